"""Streets whose floor costs something: it is met by whole works, so the mixture of the master is too hopeful there.

At the final prices every such street is settled for itself, floor included: first over the plans seen so far, by
dynamic programming over what counts for the floor; where that loses most, exactly, by HiGHS. The plans are good starts
for the search, and the exact values make the bound tighter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from planner.decisions.portfolio.generation import Generated, priced
from planner.decisions.portfolio.matrix import Matrix, Model, build_matrix, plan_of
from planner.decisions.portfolio.part import part_of
from planner.decisions.portfolio.polish_child import solve as exact
from planner.decisions.portfolio.problem import Ints, Problem, Years
from planner.decisions.portfolio.search import Pool
from planner.decisions.portfolio.usage import slot_prices, totals

Grid = npt.NDArray[np.int8]
CELLS = 400
"""A floor is counted in so many cells, rounded so that it is kept."""
NODES = 20
WORTH_IT = 0.1
"""Points of benefit below which a street is not settled exactly."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A plan at the final prices in which the streets ``short`` keep their floor, and by how much the bound falls."""

    plan: Years
    short: Ints
    tighter: float


def settle_streets(problem: Problem, found: Generated, pool: Pool, plans: list[Years], *, most: int) -> Settled:
    """Return the best plan at the final prices with every short street settled, the ``most`` costly ones exactly."""
    short = short_streets(problem, found)
    _, plan = priced(problem, found.kinds, found.price, found.street_price)
    at_prices = _AtPrices(problem, found, pool, np.array(plans), plan.copy())
    loss = np.array([at_prices.settle(street) for street in short.tolist()])
    costly = [int(short[k]) for k in np.argsort(-loss, kind="stable")[:most] if loss[k] > WORTH_IT]
    tighter = sum(at_prices.settle_exactly(street) for street in costly)
    return Settled(at_prices.plan, short, tighter)


def short_streets(problem: Problem, found: Generated) -> Ints:
    """Return the streets that would miss their floor if it were not paid for."""
    _, plan = priced(problem, found.kinds, found.price, np.zeros_like(found.street_price))
    _, given = totals(problem, plan)
    return np.flatnonzero((given > found.rows.floor) & (found.street_price > 0))


class _AtPrices:
    """Streets one by one, at the prices of the limits that join all; ``plan`` is written into."""

    def __init__(self, problem: Problem, found: Generated, pool: Pool, plans: Grid, plan: Years) -> None:
        self.problem, self.found, self.pool, self.plans, self.plan = problem, found, pool, plans, plan
        self.value = pool.benefit - pool.usage @ found.price
        self.slot_street = problem.street[problem.slots.unit]
        self.first = np.searchsorted(pool.block, np.arange(found.blocks.count + 1))

    def _entries(self, street: int) -> list[Ints]:
        """The pool entries of every block of a street."""
        blocks = np.flatnonzero(self.found.blocks.street == street)
        return [np.arange(self.first[block], self.first[block + 1]) for block in blocks.tolist()]

    def hoped(self, street: int) -> float:
        """What the street is worth where its floor may be met by a mixture."""
        price, floor = self.found.street_price[street], self.problem.floor[street]
        paid = self.value - price * self.pool.floor
        return float(sum(paid[rows].max() for rows in self._entries(street)) - price * floor)

    def settle(self, street: int) -> float:
        """Write the best choice of pool entries that keeps the floor; return what it loses against the mixture."""
        blocks = self._entries(street)
        cells = CELLS / max(1, int(self.problem.floor[street]))
        worth = np.full(CELLS + 1, -np.inf)  # best value of the blocks so far with at least so many cells
        worth[0] = 0.0
        picks = []
        for rows in blocks:
            counts = np.floor(-self.pool.floor[rows] * cells).astype(np.int64)
            reached = np.maximum(np.arange(CELLS + 1) - counts[:, None], 0)
            candidates = self.value[rows][:, None] + worth[reached]
            picks.append(candidates.argmax(axis=0))
            worth = candidates.max(axis=0)
        if not np.isfinite(worth[CELLS]):
            return np.inf
        self._write(street, blocks, picks)
        return float(self.hoped(street) - worth[CELLS])

    def _write(self, street: int, blocks: list[Ints], picks: list[Ints]) -> None:
        cells, scale = CELLS, CELLS / max(1, int(self.problem.floor[street]))
        number = np.full(self.found.blocks.count, -1, dtype=np.int64)
        for rows, pick in zip(reversed(blocks), reversed(picks), strict=True):
            entry = int(rows[pick[cells]])
            number[self.pool.block[entry]] = self.pool.plan[entry]
            cells = max(0, cells - int(np.floor(-self.pool.floor[entry] * scale)))
        slots = np.flatnonzero(self.slot_street == street)
        blocks_of = self.found.blocks.of_unit[self.problem.slots.unit[slots]]
        self.plan[slots] = self.plans[number[blocks_of], slots]

    def settle_exactly(self, street: int) -> float:
        """Write the best plan of a street at these prices; return by how much the mixture was too hopeful."""
        slots, part, model = self._model(street)
        wish = {name: getattr(model, name) for name in Model.__dataclass_fields__}
        answer = exact({**wish, "point": np.zeros(0), "nodes": NODES, "gap": 1e-4, "limit": np.inf})
        if answer["found"]:
            self.plan[slots] = plan_of(part, model, answer["point"])
        return max(0.0, self.hoped(street) - float(answer["bound"]))

    def _model(self, street: int) -> tuple[Ints, Problem, Matrix]:
        problem, found = self.problem, self.found
        slots, part = part_of(problem, np.asarray(problem.street == street))
        least = np.zeros_like(problem.floor)
        least[street] = problem.floor[street]
        part = replace(part, floor=least)
        matrix = build_matrix(part)
        worth = slot_prices(problem, found.price, np.zeros_like(found.street_price))[slots]
        funds = found.price[: problem.funds.size].reshape(problem.funds.shape)
        gain = matrix.gain.copy()
        gain[: int(part.slots.allowed.sum())] = worth[part.slots.allowed]
        gain[matrix.share_column] = part.relations.saving[:, None] * funds[part.relations.saving_purse]
        return slots, part, replace(matrix, gain=gain)
