"""Plans without any optimising: options in a given order, each in the first year in which it fits.

They are the first answer on the screen and the plans that the engine must never fall behind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from planner.decisions.portfolio.problem import NONE, UNLIMITED, Floats, Problem, Role, Years

Bundle = list[tuple[int, int]]


def by_score(problem: Problem, place: Sequence[int]) -> Years:
    """Return the plan that funds whole compounds in the order ``place`` (compounds by number, first one first).

    In a compound the packages come first, then heating, custodian and items.
    """
    rank = np.empty(problem.n, dtype=np.int64)
    rank[np.asarray(place, dtype=np.int64)] = np.arange(problem.n)
    role = problem.slots.role
    order = np.lexsort((-problem.slots.benefit, role, rank[problem.slots.unit]))
    return first_fit(problem, order.tolist())


def by_ratio(problem: Problem) -> Years:
    """Return the plan that takes options by benefit per yuan, the dearest way to need (a recorder) counted in."""
    whole = problem.slots.cost.sum(axis=1).astype(float)
    extra = np.zeros(len(whole))
    for child, parent in problem.relations.needs:
        if problem.slots.role[parent] == Role.HUB:
            extra[child] = whole[parent] / 2
    ratio = problem.slots.benefit / np.maximum(whole + extra, 1.0)
    return first_fit(problem, np.argsort(-ratio, kind="stable").tolist())


def first_fit(problem: Problem, order: Sequence[int]) -> Years:
    """Return the plan of the options in ``order``: musts first, then streets below their floor, then all."""
    state = _State(problem)
    state.take_all(slot for slot in order if problem.slots.must[slot])
    state.take_all(order, floors_only=True)
    for _ in range(2):  # what a demand held back may fit after others came in
        state.take_all(order)
    return state.plan


class _State:
    """A plan under way, with what it takes."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.plan = problem, problem.nothing()
        self.spent = np.zeros_like(problem.funds)
        self.used = np.zeros_like(problem.limits)
        self.given = np.zeros(len(problem.streets), dtype=np.int64)
        self.asked = [0 for _ in problem.demands]
        relations = problem.relations
        self.parents, self.against = _by_slot(relations.needs), _by_slot(relations.excludes, both=True)
        self.before, self.behind = _by_slot(relations.after), _by_slot(relations.after[:, ::-1])
        self.street = problem.street[problem.slots.unit]

    def take_all(self, order: Iterable[int], *, floors_only: bool = False) -> None:
        """Take each option of ``order`` that fits; ``floors_only``: while its street is below its floor."""
        for slot in order:
            if self.plan[slot] >= 0 or any(self.plan[other] >= 0 for other in self.against.get(slot, ())):
                continue
            if floors_only and self.given[self.street[slot]] >= self.problem.floor[self.street[slot]]:
                continue
            if self.problem.slots.benefit[slot] > 0 or self.problem.slots.must[slot]:
                self._take(slot)

    def _take(self, slot: int) -> None:
        for t in np.flatnonzero(self.problem.slots.allowed[slot]):
            bundle = self._bundle(slot, int(t))
            if bundle is not None and self._fits(bundle):
                for one, year in bundle:
                    self._write(one, year)
                return

    def _bundle(self, slot: int, year: int) -> Bundle | None:
        """The option with everything that it needs and that is not there yet; None where that is impossible."""
        if not self._possible(slot, year):
            return None
        bundle: Bundle = [(slot, year)]
        for parent in self.parents.get(slot, ()):
            if self.plan[parent] >= 0:
                if self.plan[parent] > year:
                    return None
                continue
            years = [int(t) for t in np.flatnonzero(self.problem.slots.allowed[parent]) if t <= year]
            more = next((b for t in reversed(years) if (b := self._bundle(parent, t)) is not None), None)
            if more is None:
                return None
            bundle = [*more, *bundle]
        return list(dict(bundle).items())

    def _possible(self, slot: int, year: int) -> bool:
        plan = self.plan
        if any(plan[other] >= 0 for other in self.against.get(slot, ())):
            return False
        if any(plan[pipes] >= 0 and plan[pipes] > year for pipes in self.before.get(slot, ())):
            return False
        return not any(plan[later] >= 0 and plan[later] < year for later in self.behind.get(slot, ()))

    def _fits(self, bundle: Bundle) -> bool:
        slots = self.problem.slots
        spent, used, asked = self.spent.copy(), self.used.copy(), list(self.asked)
        for slot, year in bundle:
            spent[:, year] += slots.cost[slot]
            used[:, year] += slots.use[slot]
            asked = [a + int(d.weight[slot]) for a, d in zip(asked, self.problem.demands, strict=True)]
        years = [year for _, year in bundle]
        funds, limits = self.problem.funds[:, years], self.problem.limits[:, years]
        if (spent[:, years] > funds).any() or (used[:, years] > limits).any():
            return False
        before = zip(asked, self.asked, self.problem.demands, strict=True)
        return all(now >= min(d.least, then) for now, then, d in before)

    def _write(self, slot: int, year: int) -> None:
        slots = self.problem.slots
        self.plan[slot] = year
        self.spent[:, year] += slots.cost[slot]
        self.used[:, year] += slots.use[slot]
        self.given[self.street[slot]] += slots.counts[slot]
        self.asked = [a + int(d.weight[slot]) for a, d in zip(self.asked, self.problem.demands, strict=True)]


def _by_slot(rows: np.ndarray, *, both: bool = False) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for a, b in rows.tolist():
        found[a].append(b)
        if both:
            found[b].append(a)
    return found


def top_up(problem: Problem, plan: Years, price: Floats) -> Years:
    """Return ``plan`` with options added while they fit, what gains most for its price ``price`` [m, T] first."""
    state = _State(problem)
    for slot in np.flatnonzero(plan >= 0):
        state._write(int(slot), int(plan[slot]))
    gain = problem.slots.benefit[:, None] * problem.discount
    rate = np.where(problem.slots.allowed & (gain > 0), gain / np.maximum(price, 1e-9), NONE)
    best = rate.max(axis=1)
    open_ = np.flatnonzero((plan < 0) & (best > 0) & state_fits(problem, state.spent))
    state.take_all(open_[np.argsort(-best[open_], kind="stable")].tolist())
    return state.plan


def state_fits(problem: Problem, spent: np.ndarray) -> np.ndarray:
    """Return which slots are no dearer than what is left of their purses in some year [m]."""
    left = np.where(problem.funds >= UNLIMITED, UNLIMITED, problem.funds - spent)
    fits: np.ndarray = problem.slots.cost[:, :, None] <= left[None]
    return np.asarray(np.any(np.all(fits, axis=1), axis=1))
