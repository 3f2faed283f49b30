"""The master problem of Dantzig-Wolfe: which mixture of the plans seen so far keeps all limits, and at which prices."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from planner.decisions.portfolio.problem import Floats, Ints
from planner.decisions.portfolio.quiet import new_highs
from planner.decisions.portfolio.usage import Rows

PENALTY = 20.0
"""Price of breaking a limit whole, as a multiple of everything that could be gained."""
_NO_INTS, _NO_FLOATS = np.zeros(0, dtype=np.int32), np.zeros(0)


@dataclass(frozen=True, slots=True)
class Answer:
    """Value of the mixture, its weights [columns], prices of limits [R] and floors [S], and the breach it needs."""

    value: float
    weight: Floats
    price: Floats
    street_price: Floats
    breach: float


class Master:
    """A linear program that grows by columns: one convexity row per group, one row per limit and street."""

    def __init__(self, rows: Rows, street: Ints, worth: float) -> None:
        """``street`` [G] is the street of every group; ``worth`` what could be gained at most."""
        self._rows, self._street = rows, street
        self._size = np.concatenate([rows.size, rows.floor_size])
        self._room = np.concatenate([rows.room, rows.floor]) / self._size
        self._groups, self._slack = len(street), int(np.isfinite(self._room).sum())
        self._highs = new_highs()
        self._start(PENALTY * max(worth, 1.0))
        self.count = 0

    def _start(self, penalty: float) -> None:
        """Rows, and one column per limit that breaks it at a price: the first mixture is always possible."""
        infinite, limits = highspy.kHighsInf, len(self._room)
        finite = np.flatnonzero(np.isfinite(self._room)).astype(np.int32)
        upper = np.concatenate([np.where(np.isfinite(self._room), self._room, infinite), np.ones(self._groups)])
        lower = np.concatenate([np.full(limits, -infinite), np.ones(self._groups)])
        self._highs.addRows(len(upper), lower, upper, 0, _NO_INTS, _NO_INTS, _NO_FLOATS)
        k = len(finite)
        starts, cost, top = np.arange(k, dtype=np.int32), np.full(k, penalty), np.full(k, infinite)
        self._highs.addCols(k, cost, np.zeros(k), top, k, starts, finite, np.full(k, -1.0))

    def add(self, group: Ints, benefit: Floats, usage: Floats, floor: Floats) -> None:
        """Add one column per entry: its group, what it gains, what it takes of the limits [k, R] and of its floor."""
        k, limits = len(group), usage.shape[1]
        dense = np.zeros((k, len(self._room) + self._groups))
        dense[:, :limits] = usage / self._size[:limits]
        street = limits + self._street[group]
        dense[np.arange(k), street] = floor / self._size[street]
        dense[np.arange(k), len(self._room) + group] = 1.0
        column, row = np.nonzero(dense)
        starts = np.searchsorted(column, np.arange(k)).astype(np.int32)
        infinite = np.full(k, highspy.kHighsInf)
        values = dense[column, row]
        self._highs.addCols(k, -benefit, np.zeros(k), infinite, len(row), starts, row.astype(np.int32), values)
        self.count += k

    def solve(self) -> Answer:
        """Return the best mixture of all columns added so far."""
        self._highs.run()
        solution = self._highs.getSolution()
        value, dual = np.array(solution.col_value), np.array(solution.row_dual)
        price = np.maximum(-dual[: len(self._room)], 0.0) / self._size
        cut = len(self._rows.room)
        breach = float(value[: self._slack].sum())
        total = -float(self._highs.getInfo().objective_function_value)
        return Answer(total, value[self._slack :], price[:cut], price[cut:], breach)
