"""Plans without any optimising: options in a given order, each in the first year in which it fits.

They are the first answer on the screen and the plans that the engine must never fall behind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from planner.decisions.portfolio.problem import NONE, Bools, Floats, Ints, Problem, Role, Years

Bundle = list[tuple[int, int]]
Grid = npt.NDArray[np.intp]
CHUNK = 512
"""So many options are looked at together for what still fits."""


def by_score(problem: Problem, place: Sequence[int]) -> Years:
    """Return the plan that funds whole compounds in the order ``place`` (compounds by number, first one first).

    In a compound the packages come first, then heating, custodian and items.
    """
    rank = np.empty(problem.n, dtype=np.int64)
    rank[np.asarray(place, dtype=np.int64)] = np.arange(problem.n)
    role = problem.slots.role
    order = np.lexsort((-problem.slots.benefit, role, rank[problem.slots.unit]))
    return first_fit(problem, order)


def by_ratio(problem: Problem) -> Years:
    """Return the plan that takes options by benefit per yuan, the dearest way to need (a recorder) counted in."""
    whole = problem.slots.cost.sum(axis=1).astype(float)
    extra = np.zeros(len(whole))
    child, parent = problem.relations.needs[problem.slots.role[problem.relations.needs[:, 1]] == Role.HUB].T
    extra[child] = whole[parent] / 2
    ratio = problem.slots.benefit / np.maximum(whole + extra, 1.0)
    return first_fit(problem, np.argsort(-ratio, kind="stable"))


def first_fit(problem: Problem, order: Grid) -> Years:
    """Return the plan of the options in ``order``: musts first, then streets below their floor, then all."""
    state = _State(problem)
    state.take_all(order[problem.slots.must[order]])
    state.take_all(order, floors_only=True)
    for _ in range(2):  # what a demand held back may fit after others came in
        state.take_all(order)
    return state.plan


class _State:
    """A plan under way, with what is left of every purse and capacity."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.plan = problem, problem.nothing()
        self.takes = np.concatenate([problem.slots.cost, problem.slots.use], axis=1)
        room = np.concatenate([problem.funds, problem.limits])
        self.left: list[list[int]] = room.tolist()
        self.given: list[int] = [0 for _ in problem.streets]
        self.asked = [0 for _ in problem.demands]
        relations, m = problem.relations, len(problem.slots)
        self.parents = _Pairs(relations.needs, m)
        self.against = _Pairs(np.concatenate([relations.excludes, relations.excludes[:, ::-1]]), m)
        self.before, self.behind = _Pairs(relations.after, m), _Pairs(relations.after[:, ::-1], m)
        self.street = problem.street[problem.slots.unit]

    def take_all(self, order: Grid, *, floors_only: bool = False) -> None:
        """Take each option of ``order`` that fits; ``floors_only``: while its street is below its floor."""
        slots, floor = self.problem.slots, self.problem.floor.tolist()
        wanted = order[(slots.benefit[order] > 0) | slots.must[order]]
        for start in range(0, len(wanted), CHUNK):
            part = wanted[start : start + CHUNK]
            for slot in part[self._open(part, floors_only)].tolist():
                street = self.street[slot]
                if not (floors_only and self.given[street] >= floor[street]):
                    self._take(slot)

    def _open(self, part: Grid, floors_only: bool) -> Bools:
        """Which of these options are not in yet and would fit alone in some year, seen now: what is left only falls."""
        left = np.array(self.left, dtype=np.int64)
        fits = np.ones((len(part), self.problem.periods), dtype=bool)
        for kind, room in enumerate(left):
            fits &= self.takes[part, kind][:, None] <= room
        open_ = (self.plan[part] < 0) & (fits & self.problem.slots.allowed[part]).any(axis=1)
        if floors_only:
            open_ &= np.array(self.given)[self.street[part]] < self.problem.floor[self.street[part]]
        return np.asarray(open_)

    def _take(self, slot: int) -> None:
        if self.plan[slot] >= 0:
            return
        for year, allowed in enumerate(self.problem.slots.allowed[slot].tolist()):
            bundle = self._bundle(slot, year) if allowed else None
            if bundle is not None and self._fits(bundle):
                for one, its_year in bundle:
                    self.write(one, its_year)
                return

    def _bundle(self, slot: int, year: int) -> Bundle | None:
        """The option with everything that it needs and that is not there yet; None where that is impossible."""
        if not self._possible(slot, year):
            return None
        bundle: Bundle = [(slot, year)]
        for parent in self.parents.of(slot):
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
        if any(plan[other] >= 0 for other in self.against.of(slot)):
            return False
        if any(plan[pipes] >= 0 and plan[pipes] > year for pipes in self.before.of(slot)):
            return False
        return not any(plan[later] >= 0 and plan[later] < year for later in self.behind.of(slot))

    def _fits(self, bundle: Bundle) -> bool:
        need: dict[tuple[int, int], int] = defaultdict(int)
        for slot, year in bundle:
            for kind, amount in enumerate(self.takes[slot].tolist()):
                need[kind, year] += amount
        if any(amount > self.left[kind][year] for (kind, year), amount in need.items() if amount):
            return False
        before = zip(self._asked_with(bundle), self.asked, self.problem.demands, strict=True)
        return all(now >= min(d.least, then) for now, then, d in before)

    def _asked_with(self, bundle: Bundle) -> list[int]:
        added = [sum(int(d.weight[slot]) for slot, _ in bundle) for d in self.problem.demands]
        return [a + more for a, more in zip(self.asked, added, strict=True)]

    def write(self, slot: int, year: int) -> None:
        """Put an option into a year."""
        self.asked = self._asked_with([(slot, year)])
        self.plan[slot] = year
        for kind, amount in enumerate(self.takes[slot].tolist()):
            self.left[kind][year] -= amount
        self.given[self.street[slot]] += int(self.problem.slots.counts[slot])


class _Pairs:
    """The partners of every slot, kept as arrays: a nation has millions of pairs."""

    def __init__(self, rows: Ints, slots: int) -> None:
        order = np.argsort(rows[:, 0], kind="stable")
        self._partner = rows[order, 1]
        self._start = np.searchsorted(rows[order, 0], np.arange(slots + 1))

    def of(self, slot: int) -> list[int]:
        """Return the partners of a slot."""
        first, end = self._start[slot], self._start[slot + 1]
        return [] if first == end else [int(k) for k in self._partner[first:end]]


def top_up(problem: Problem, plan: Years, price: Floats) -> Years:
    """Return ``plan`` with options added while they fit, what gains most for its price ``price`` [m, T] first."""
    state = _State(problem)
    for slot in np.flatnonzero(plan >= 0).tolist():
        state.write(slot, int(plan[slot]))
    gain = problem.slots.benefit[:, None] * problem.discount
    rate = np.where(problem.slots.allowed & (gain > 0), gain / np.maximum(price, 1e-9), NONE)
    best = rate.max(axis=1)
    open_ = np.flatnonzero((plan < 0) & (best > 0))
    state.take_all(open_[np.argsort(-best[open_], kind="stable")])
    return state.plan
