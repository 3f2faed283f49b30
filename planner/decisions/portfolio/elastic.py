"""The smallest change that makes an impossible problem possible, shared fairly: the largest part is as small as can be.

Every limit that joins compounds may be broken by a share of its size. First the largest share is made as small as it
can be (min-max, so nobody carries the whole shortfall); then, no share larger than that, limits are taken out one by
one as long as a plan remains; what is left cannot lose any part, and its amounts are made as small as they can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.decisions.portfolio.matrix import Model, Tag, build_matrix, by_columns, plan_of
from planner.decisions.portfolio.polish import polish
from planner.decisions.portfolio.polish_child import relaxed
from planner.decisions.portfolio.problem import NONE, UNLIMITED, Demand, Floats, Ints, Problem, Years
from planner.decisions.portfolio.usage import totals

SOFT = ("funds", "limit", "floor", "demand")
NODES, SECONDS = 3_000, 60.0
LEAST = 1e-7
"""A share smaller than this is none."""


@dataclass(frozen=True, slots=True)
class Change:
    """One limit that has to give way: its tag (matrix.Tag) and by how much, in its own unit."""

    tag: Tag
    amount: int


@dataclass(frozen=True, slots=True)
class Remedy:
    """changes (empty: nothing helps), the plan that they make possible, and the largest share of a limit among them."""

    changes: tuple[Change, ...]
    plan: Years
    share: float


def remedy(problem: Problem) -> Remedy | None:
    """Return the remedy of an impossible problem; None where no change of limits helps (rules inside a compound)."""
    elastic = _Elastic(problem)
    broken = elastic.least_largest()
    if broken is None:
        return None
    elastic.cap = float(broken.max(initial=0.0)) * (1 + 1e-6)
    kept = np.flatnonzero(broken > LEAST).tolist()
    for row in sorted(kept, key=lambda k: broken[k]):
        if row not in kept:
            continue
        fewer = elastic.least_sum([k for k in kept if k != row])
        if fewer is not None:
            kept = np.flatnonzero(fewer > LEAST).tolist()
    if elastic.least_sum(kept) is None:
        return None
    return Remedy(elastic.changes(), elastic.plan, elastic.cap)


def clashing(problem: Problem, changes: Sequence[Change]) -> list[Tag]:
    """Return the limits and musts that cannot all be kept: what has a price in the fairest mixture that breaks them.

    Where a mixture could keep them all and only whole works cannot: the limits that have to change, and the musts.
    """
    elastic = _Elastic(problem)
    tags = [tag for tag, price in zip(elastic.matrix.tags, elastic.prices(), strict=False) if price > LEAST]
    priced = [tag for tag in tags if tag[0] in SOFT or (tag[0] == "once" and problem.slots.must[tag[1]])]
    musts: list[Tag] = [("once", int(slot), NONE) for slot in np.flatnonzero(problem.slots.must)]
    return priced or [*(change.tag for change in changes), *musts]


def with_changes(problem: Problem, changes: Sequence[Change]) -> Problem:
    """Return the problem with these limits widened by their amounts."""
    funds, limits, floor = problem.funds.copy(), problem.limits.copy(), problem.floor.copy()
    demands = list(problem.demands)
    for change in changes:
        name, number, year = change.tag
        if name == "funds":
            funds[number, year] += change.amount
        elif name == "limit":
            limits[number, year] += change.amount
        elif name == "floor":
            floor[number] -= change.amount
        else:
            old = demands[number]
            demands[number] = Demand(old.tag, old.weight, old.least - change.amount)
    return replace(problem, funds=funds, limits=limits, floor=floor, demands=tuple(demands))


def size_of(problem: Problem, tag: Tag) -> float:
    """Return what one whole share of a limit is: its funds, capacity or floor; of a demand the largest weight."""
    name, number, year = tag
    if name == "demand":
        demand = problem.demands[number]
        return float(max(1, abs(demand.least), int(np.abs(demand.weight).max(initial=1))))
    table = {"funds": problem.funds, "limit": problem.limits}.get(name)
    own = problem.floor[number] if table is None else table[number, year]
    largest = problem.floor.max() if table is None else table[number][table[number] < UNLIMITED].max(initial=1)
    return float(max(1, own or largest))


class _Elastic:
    """The matrix with one slack per limit that joins compounds."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.matrix = problem, build_matrix(problem)
        soft = [k for k, tag in enumerate(self.matrix.tags) if tag[0] in SOFT and self._limited(k)]
        self.soft: Ints = np.array(soft, dtype=np.int64)
        self.size: Floats = np.array([size_of(problem, self.matrix.tags[k]) for k in soft])
        self.sign = np.where(np.isfinite(self.matrix.upper[self.soft]), -1.0, 1.0)
        self.cap, self.plan = np.inf, problem.nothing()

    def _limited(self, row: int) -> bool:
        return bool(np.isfinite(self.matrix.upper[row]) or np.isfinite(self.matrix.lower[row]))

    def least_largest(self) -> Floats | None:
        """The shares by which limits are broken when the largest is as small as it can be; None: impossible."""
        model = self._fairest()
        answer = polish(model, np.zeros(0), nodes=NODES, gap=1e-4, seconds=SECONDS)
        if not len(answer.point):
            return None
        self._take(answer.point)
        return answer.point[self.matrix.columns : -1]

    def prices(self) -> Floats:
        """What each row costs in the fairest mixture of parts of works."""
        model = self._fairest()
        parts = {name: getattr(model, name) for name in Model.__dataclass_fields__}
        answer = relaxed({**parts, "point": np.zeros(0), "nodes": 1, "gap": 1e-9, "limit": np.inf})
        return np.asarray(np.abs(answer["dual"][: len(self.matrix.tags)]))

    def _fairest(self) -> Model:
        k, rows = len(self.soft), len(self.matrix.tags)
        # slack r of row r, then the largest of them: largest - slack r >= 0
        row = np.concatenate([self.soft, rows + np.arange(k), rows + np.arange(k)])
        col = np.concatenate([np.arange(k), np.arange(k), np.full(k, k)])
        value = np.concatenate([self.sign * self.size, np.full(k, -1.0), np.ones(k)])
        gain = np.append(np.full(k, -1e-3 / max(1, k)), -1.0)
        return self._model((row, col, value), gain, more_rows=k)

    def least_sum(self, allowed: list[int]) -> Floats | None:
        """The smallest shares in all when only ``allowed`` limits may be broken, none by more than the cap."""
        rows = self.soft[allowed]
        entries = (rows, np.arange(len(rows)), self.sign[allowed] * self.size[allowed])
        model = self._model(entries, np.full(len(rows), -1.0), more_rows=0)
        answer = polish(model, np.zeros(0), nodes=NODES, gap=1e-4, seconds=SECONDS)
        if not len(answer.point):
            return None
        self._take(answer.point)
        shares = np.zeros(len(self.soft))
        shares[allowed] = answer.point[self.matrix.columns :]
        return shares

    def _take(self, point: Floats) -> None:
        self.plan = plan_of(self.problem, self.matrix, point[: self.matrix.columns])

    def _model(self, slack: tuple[Ints, Ints, Floats], gain: Floats, *, more_rows: int) -> Model:
        matrix, columns = self.matrix, self.matrix.columns
        row = np.concatenate([matrix.index, slack[0]])
        col = np.concatenate([np.repeat(np.arange(columns), np.diff(matrix.start)), columns + slack[1]])
        whole = by_columns(row, col, np.concatenate([matrix.value, slack[2]]), columns + len(gain))
        lower = np.concatenate([matrix.lower, np.zeros(more_rows)])
        upper = np.concatenate([matrix.upper, np.full(more_rows, np.inf)])
        gains = np.concatenate([np.zeros(columns), gain])
        return Model(gains, lower, upper, *whole, slack=len(gain), top=self.cap)

    def changes(self) -> tuple[Change, ...]:
        """By how much the last plan breaks each limit, in whole units."""
        usage, given = totals(self.problem, self.plan)
        least = [demand.least for demand in self.problem.demands]
        room = [*self.problem.funds.ravel().tolist(), *self.problem.limits.ravel().tolist(), *(-n for n in least)]
        over = [round(taken) - limit for taken, limit in zip(usage.tolist(), room, strict=True)]
        over += [round(missing) + floor for missing, floor in zip(given.tolist(), self.problem.floor, strict=True)]
        tags = [tag for tag in self.matrix.tags if tag[0] in SOFT]
        order = [tag for name in ("funds", "limit", "demand", "floor") for tag in tags if tag[0] == name]
        return tuple(Change(tag, int(amount)) for tag, amount in zip(order, over, strict=True) if amount > 0)
