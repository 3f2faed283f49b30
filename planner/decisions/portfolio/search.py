"""From the mixture to a plan: every compound takes one of its plans seen so far; broken limits are mended at the least
loss, then what money is left is filled. Moves are whole plans of a block, so the rules inside a compound always hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from planner.decisions.portfolio.generation import Generated, block_marks
from planner.decisions.portfolio.problem import Floats, Ints, Problem, Years
from planner.decisions.portfolio.usage import usage_by

TOLERANCE = 1e-6
AT_ONCE = 8
"""So many moves are made from one look at all of them, each checked again."""
MIX = np.uint64(0x9E3779B97F4A7C15)
"""Tells blocks apart where their plans have the same mark."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Distinct plans of every block. block, plan, benefit, floor [C], usage [C, R]; of [K, blocks] finds them again."""

    block: Ints
    plan: Ints
    benefit: Floats
    usage: Floats
    floor: Floats
    of: Ints


def pool_of(problem: Problem, found: Generated, extra: list[Years]) -> tuple[Pool, list[Years]]:
    """Return the distinct plans of every block in the generated plans and in ``extra``, and all those plans."""
    plans = [*found.plans, *extra]
    part, parts = found.blocks.of_unit, found.blocks.count
    marks = np.array([block_marks(problem, plan, part, parts) for plan in plans])
    keys = marks + np.arange(parts, dtype=np.uint64) * MIX
    _, first, inverse = np.unique(keys.ravel(), return_index=True, return_inverse=True)
    order = np.lexsort((first, first % parts))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    first, inverse = first[order], rank[inverse.ravel()]
    number, block = first // parts, first % parts
    width = len(found.rows.room)
    benefit, floor, usage = np.zeros(len(first)), np.zeros(len(first)), np.zeros((len(first), width))
    for k in np.unique(number):
        here = number == k
        values = usage_by(problem, plans[k], part, parts)
        benefit[here], usage[here], floor[here] = (v[block[here]] for v in values)
    return Pool(block, number, benefit, usage, floor, inverse.reshape(len(plans), parts)), plans


def sampled(found: Generated, rng: np.random.Generator) -> Ints:
    """Return which plan every block takes: in each group in proportion to the weights, by systematic sampling."""
    weights = np.cumsum(found.weights(), axis=1)
    group = found.blocks.group
    weights /= np.maximum(weights[:, -1:], 1e-12)
    order = rng.permutation(len(group))
    order = order[np.argsort(group[order], kind="stable")]
    sizes = np.bincount(group, minlength=len(weights))
    place = np.arange(len(group)) - np.searchsorted(group[order], group[order])
    at = (place + rng.random(len(weights))[group[order]]) / sizes[group[order]]
    chosen = np.empty(len(group), dtype=np.int64)
    chosen[order] = (weights[group[order]] < np.minimum(at, 1 - 1e-12)[:, None]).sum(axis=1)
    return chosen


class Search:
    """Moves between the plans of the pool; ``taken`` [blocks] is the current one of every block."""

    def __init__(self, found: Generated, pool: Pool) -> None:
        self.rows, self.pool, self.price = found.rows, pool, found.price
        self.street = found.blocks.street[pool.block]
        self.street_price = found.street_price
        self.first = np.searchsorted(pool.block, np.arange(found.blocks.count + 1))
        self.worth = pool.usage @ self.price + pool.floor * self.street_price[self.street]
        self.taken = pool.of[0].copy()
        self._restart()

    def take(self, chosen: Ints) -> None:
        """Start from the pool entries ``chosen`` [blocks]."""
        self.taken = chosen.copy()
        self._restart()

    def _restart(self) -> None:
        pool, now = self.pool, self.taken
        self.usage = pool.usage[now].sum(axis=0)
        given = np.bincount(self.street[now], pool.floor[now], len(self.rows.floor))
        self.floor: Floats = np.asarray(given, dtype=float)
        self.more = pool.benefit - pool.benefit[now[pool.block]]
        self.d_usage = pool.usage - pool.usage[now[pool.block]]
        self.d_floor = pool.floor - pool.floor[now[pool.block]]
        self.d_worth = self.worth - self.worth[now[pool.block]]

    def value(self) -> float:
        """Benefit of the current plan."""
        return float(self.pool.benefit[self.taken].sum())

    def breach(self) -> float:
        """How far the current plan is from keeping all limits; 0 when it does."""
        return float(self._over_limits(self.usage).sum() + self._over_floors(self.floor).sum())

    def _over_limits(self, usage: Floats) -> Floats:
        over = np.maximum(usage - self.rows.room, 0.0) / self.rows.size
        return np.asarray(np.where(over < 1e-12, 0.0, over))

    def _over_floors(self, floor: Floats) -> Floats:
        over = np.maximum(floor - self.rows.floor, 0.0) / self.rows.floor_size
        return np.asarray(np.where(over < 1e-12, 0.0, over))

    def move(self, entry: int) -> None:
        """Let the block of a pool entry take it."""
        block = int(self.pool.block[entry])
        self.usage = self.usage + self.d_usage[entry]
        self.floor[self.street[entry]] += self.d_floor[entry]
        self.taken[block] = entry
        own = slice(self.first[block], self.first[block + 1])
        for now, table in (("more", self.pool.benefit), ("d_usage", self.pool.usage)):
            getattr(self, now)[own] = table[own] - table[entry]
        self.d_floor[own] = self.pool.floor[own] - self.pool.floor[entry]
        self.d_worth[own] = self.worth[own] - self.worth[entry]

    def repair(self, steps: int) -> bool:
        """Mend broken limits, each time by the move that loses least for what it mends; True when all are kept."""
        for _ in range(steps):
            limits, floors = self._over_limits(self.usage), self._over_floors(self.floor)
            if not limits.any() and not floors.any():
                return True
            broken = np.flatnonzero(limits)
            touched = (self.d_usage[:, broken] < 0).any(axis=1) | ((self.d_floor < 0) & (floors[self.street] > 0))
            near = np.flatnonzero(touched)
            if not len(near):
                return False
            mended = self._mended(near, limits, floors)
            useful = mended > 1e-12
            if not useful.any():
                return False
            near, mended = near[useful], mended[useful]
            loss = np.maximum(self.d_worth[near] - self.more[near], 0.0)
            order = np.argsort((loss + 1e-9) / mended, kind="stable")[:AT_ONCE]
            self._move_all(near[order], self._mends)
        return self.breach() == 0

    def _mends(self, entry: int) -> bool:
        one = np.array([entry])
        mended = self._mended(one, self._over_limits(self.usage), self._over_floors(self.floor))
        return bool(mended[0] > 1e-12)

    def _move_all(self, entries: Ints, good: Callable[[int], bool]) -> None:
        """Make the first move, and the following ones of other blocks where they are still good."""
        moved: set[int] = set()
        for entry in entries.tolist():
            block = int(self.pool.block[entry])
            if not moved or (block not in moved and good(entry)):
                self.move(entry)
                moved.add(block)

    def _mended(self, near: Ints, limits: Floats, floors: Floats) -> Floats:
        after = self._over_limits(self.usage + self.d_usage[near]).sum(axis=1)
        street = self.street[near]
        own = np.maximum(self.floor[street] + self.d_floor[near] - self.rows.floor[street], 0.0)
        return np.asarray(limits.sum() - after + floors[street] - own / self.rows.floor_size[street])

    def fill(self, steps: int) -> None:
        """Take moves that gain and fit, the one that gains most for what it takes first."""
        for _ in range(steps):
            near = np.flatnonzero(self.more > 1e-9)
            fits = (self.usage + self.d_usage[near] <= self.rows.room + TOLERANCE).all(axis=1)
            street = self.street[near]
            fits &= self.floor[street] + self.d_floor[near] <= self.rows.floor[street] + TOLERANCE
            near = near[fits]
            if not len(near):
                return
            rate = self.more[near] / np.maximum(self.d_worth[near], 1e-9)
            self._move_all(near[np.argsort(-rate, kind="stable")[:AT_ONCE]], self._fits)

    def _fits(self, entry: int) -> bool:
        street = self.street[entry]
        kept = self.floor[street] + self.d_floor[entry] <= self.rows.floor[street] + TOLERANCE
        return bool(kept and (self.usage + self.d_usage[entry] <= self.rows.room + TOLERANCE).all())

    def shake(self, rng: np.random.Generator, blocks: int) -> None:
        """Let some random blocks take a random one of their plans."""
        count = len(self.first) - 1
        for block in rng.choice(count, min(blocks, count), replace=False):
            self.move(int(rng.integers(self.first[block], self.first[block + 1])))

    def plan(self, problem: Problem, found: Generated, plans: list[Years]) -> Years:
        """Return the current choice as a plan."""
        number = self.pool.plan[self.taken][found.blocks.of_unit[problem.slots.unit]]
        return np.asarray(np.array(plans)[number, np.arange(len(problem.slots))], dtype=np.int8)
