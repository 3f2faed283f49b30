"""Dantzig-Wolfe: price every compound, mix the plans seen so far in the master, and prove a bound at every step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from planner.decisions.portfolio.master import Answer, Master
from planner.decisions.portfolio.pricing import Layout, best_plans, layouts
from planner.decisions.portfolio.problem import Floats, Ints, Problem, Years
from planner.decisions.portfolio.usage import Rows, rows_of, slot_prices, usage_by

Hashes = npt.NDArray[np.uint64]
SMOOTHING = 0.6
"""How much of the best prices so far stays in the next ones; pure prices of the master jump from year to year."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Compounds that are settled together (neighbours that share a trench) and the groups of the master.

    of_unit [n] the block of every compound; street, group [blocks]; group_street [groups].
    """

    of_unit: Ints
    street: Ints
    group: Ints
    group_street: Ints

    @property
    def count(self) -> int:
        """Number of blocks."""
        return len(self.street)


@dataclass(slots=True)
class Generated:
    """What the iterations left: plans [K], by column its group and plan, and the best prices with their bound."""

    bound: float
    price: Floats
    street_price: Floats
    rows: Rows
    blocks: Blocks
    kinds: list[Layout]
    plans: list[Years] = field(default_factory=list)
    column_group: list[Ints] = field(default_factory=list)
    column_plan: list[Ints] = field(default_factory=list)
    answer: Answer | None = None
    iterations: int = 0

    def weights(self) -> Floats:
        """Return the weight of every plan in every group [groups, K]."""
        table = np.zeros((len(self.blocks.group_street), len(self.plans)))
        if self.answer is not None:
            np.add.at(table, (np.concatenate(self.column_group), np.concatenate(self.column_plan)), self.answer.weight)
        return table


def blocks_of(problem: Problem, groups: int) -> Blocks:
    """Return the blocks of a problem, spread over about ``groups`` groups; a group lies in one street."""
    of_unit = np.arange(problem.n)
    unit = problem.slots.unit
    joined = np.sort(unit[problem.relations.shares], axis=1)
    joined = joined[joined[:, 0] < joined[:, 1]]  # a compound shares with one neighbour at most
    of_unit[joined[:, 1]] = joined[:, 0]
    kept, of_unit = np.unique(of_unit, return_inverse=True)
    street = problem.street[kept]
    order = np.argsort(street, kind="stable")
    size = max(1, -(-len(kept) // max(1, groups)))
    place = np.arange(len(kept)) - np.searchsorted(street[order], street[order])
    number = np.empty(len(kept), dtype=np.int64)
    _, number[order] = np.unique(street[order] * len(kept) + place // size, return_inverse=True)
    group_street = np.zeros(int(number.max(initial=-1)) + 1, dtype=np.int64)
    group_street[number] = street
    return Blocks(of_unit, street, number, group_street)


def block_marks(problem: Problem, plan: Years, part: Ints, parts: int) -> Hashes:
    """Return one number per part that differs where the plan differs (64 bits; parts [n] by compound)."""
    dice = np.random.default_rng(20261124).integers(1, 2**63, size=(len(plan), problem.periods), dtype=np.uint64)
    chosen = np.flatnonzero(plan >= 0)
    marks = np.zeros(parts, dtype=np.uint64)
    np.add.at(marks, part[problem.slots.unit[chosen]], dice[chosen, plan[chosen]])
    return marks


def generate(
    problem: Problem, *, groups: int, iterations: int, gap: float, watch: Callable[[int, float, float], bool]
) -> Generated:
    """Return the columns and the bound after at most ``iterations`` rounds, or when the mixture is within ``gap``.

    ``watch`` is told round, value of the mixture and bound; it returns True to stop.
    """
    run = _Run(problem, blocks_of(problem, groups))
    run.start()
    for number in range(iterations):
        ended = run.step()
        answer = run.found.answer
        stopped = watch(number, answer.value if answer else 0.0, run.found.bound)
        if ended or stopped or run.gap() < gap:
            break
    return run.found


class _Run:
    """One run of the iterations."""

    def __init__(self, problem: Problem, blocks: Blocks) -> None:
        self.problem, self.blocks, self.kinds = problem, blocks, layouts(problem)
        rows = rows_of(problem)
        self.found = Generated(np.inf, np.zeros(len(rows.room)), np.zeros(len(rows.floor)), rows, blocks, self.kinds)
        self.group = blocks.group[blocks.of_unit]
        self.seen: set[tuple[int, int]] = set()
        worth, plan = self._price(*self._no_prices())
        self.master = Master(rows, blocks.group_street, worth)
        self.fresh = self._add(plan)

    def _no_prices(self) -> tuple[Floats, Floats]:
        return np.zeros(len(self.found.rows.room)), np.zeros(len(self.found.rows.floor))

    def start(self) -> None:
        """Columns at high prices, at the price of the funds, and at that price with one year favoured."""
        price = guessed_price(self.problem, self.found.rows)
        streets = np.zeros(len(self.found.rows.floor))
        self._visit(price * 1e3, streets)
        self._visit(price, streets)
        years = np.arange(len(price)) % self.problem.periods
        for t in range(self.problem.periods):
            self._visit(np.where(years == t, price * 0.98, price * 1.02), streets)
        self.found.answer = self.master.solve()

    def step(self) -> bool:
        """Price at smoothed prices, at the master's own when that brings nothing new; True when it is over."""
        answer = self.found.answer
        assert answer is not None
        mixed = [
            SMOOTHING * best + (1 - SMOOTHING) * now
            for best, now in ((self.found.price, answer.price), (self.found.street_price, answer.street_price))
        ]
        new = self._visit(*mixed) or self._visit(answer.price, answer.street_price)
        self.found.iterations += 1
        self.found.answer = self.master.solve()
        return not new

    def gap(self) -> float:
        """How far the mixture is from the bound; infinite while it breaks a limit."""
        answer = self.found.answer
        if answer is None or answer.breach > 1e-9:
            return np.inf
        return (self.found.bound - answer.value) / max(abs(answer.value), 1e-9)

    def _price(self, price: Floats, street_price: Floats) -> tuple[float, Years]:
        return priced(self.problem, self.kinds, price, street_price)

    def _visit(self, price: Floats, street_price: Floats) -> bool:
        """Price, tighten the bound, add what is new; True when something was."""
        rows = self.found.rows
        total, plan = self._price(price, street_price)
        room = np.where(np.isfinite(rows.room), rows.room, 0.0)
        bound = total + float(price @ room) + float(street_price @ rows.floor)
        if bound < self.found.bound:
            self.found.bound, self.found.price, self.found.street_price = bound, price, street_price
        return self._add(plan)

    def _add(self, plan: Years) -> bool:
        groups = len(self.blocks.group_street)
        marks = block_marks(self.problem, plan, self.group, groups)
        keys = [(g, int(mark)) for g, mark in enumerate(marks)]
        new = np.array([g for g, key in enumerate(keys) if key not in self.seen], dtype=np.int64)
        if not len(new):
            return False
        self.seen.update(keys)
        benefit, usage, floor = usage_by(self.problem, plan, self.group, groups)
        self.master.add(new, benefit[new], usage[new], floor[new])
        self.found.plans.append(plan)
        self.found.column_group.append(new)
        self.found.column_plan.append(np.full(len(new), len(self.found.plans) - 1))
        return True


def priced(problem: Problem, kinds: list[Layout], price: Floats, street_price: Floats) -> tuple[float, Years]:
    """Return the highest value at these prices and a plan that reaches it."""
    purses = price[: len(problem.purses) * problem.periods].reshape(-1, problem.periods)
    return best_plans(problem, kinds, slot_prices(problem, price, street_price), purses)


def plans_nearby(
    problem: Problem, found: Generated, rng: np.random.Generator, *, count: int, noise: float
) -> list[Years]:
    """Return the best plans at ``count`` prices scattered around the best ones: more for the search to choose from."""
    plans = []
    for _ in range(count):
        price = found.price * np.exp(rng.normal(0.0, noise, len(found.price)))
        street_price = found.street_price * np.exp(rng.normal(0.0, noise, len(found.street_price)))
        plans.append(priced(problem, found.kinds, price, street_price)[1])
    return plans


def guessed_price(problem: Problem, rows: Rows) -> Floats:
    """Return a first price per limit: what the last yuan of each purse would buy if items were taken by ratio."""
    slots, periods = problem.slots, problem.periods
    price = np.zeros(len(rows.room))
    tables = [(slots.cost, problem.funds), (slots.use, problem.limits)]
    at = 0
    for share, (table, room) in zip((0.8, 0.3), tables, strict=True):
        for kind in range(table.shape[1]):
            taken = table[:, kind].astype(float)
            here = np.flatnonzero((taken > 0) & (slots.benefit > 0))
            ratio = slots.benefit[here] / taken[here]
            order = np.argsort(-ratio, kind="stable")
            reached = np.searchsorted(np.cumsum(taken[here][order]), float(room[kind].astype(float).sum()))
            if len(here) and reached < len(here):
                price[at : at + periods] = share * ratio[order[reached]]
            at += periods
    return np.where(np.isfinite(rows.room), price, 0.0)
