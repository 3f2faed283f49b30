"""The whole problem as one sparse matrix with a tag per row: what HiGHS polishes and what a reader can check.

Columns are x[slot, year] for every allowed year, then e[share, year]: both slots of a share in that year.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from planner.decisions.portfolio.problem import NONE, UNLIMITED, Floats, Ints, Problem, Years, saved

Tag = tuple[str, int, int]
"""Name of the rule, the pair, slot, purse, capacity, street or demand it is about, and the year (-1: all)."""


@dataclass(frozen=True, slots=True)
class Model:
    """lower <= A x <= upper, A by columns (start, index, value); maximise gain x; every x is 0 or 1.

    The last ``slack`` columns are not: they lie between 0 and ``top``.
    """

    gain: Floats
    lower: Floats
    upper: Floats
    start: Ints
    index: Ints
    value: Floats
    slack: int = 0
    top: float = np.inf


@dataclass(frozen=True, slots=True)
class Matrix(Model):
    """The whole problem as a model, with a tag per row and the places of slots and shares among the columns."""

    tags: tuple[Tag, ...] = ()
    column: Ints = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    share_column: Ints = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.gain)


class _Rows:
    """Rows gathered one by one: places and values of the entries, bounds, tag."""

    def __init__(self) -> None:
        self.row: list[Ints] = []
        self.col: list[Ints] = []
        self.val: list[Floats] = []
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.tags: list[Tag] = []

    def add(self, tag: Tag, entries: Iterable[tuple[Ints, object]], lower: float, upper: float) -> None:
        """Add one row; columns of -1 (not allowed) are left out."""
        number = len(self.tags)
        for columns, values in entries:
            flat = np.asarray(columns, dtype=np.int64).ravel()
            spread = np.broadcast_to(np.asarray(values, dtype=float), np.shape(columns)).ravel()
            there = (flat >= 0) & (spread != 0)
            self.row.append(np.full(int(there.sum()), number))
            self.col.append(flat[there])
            self.val.append(spread[there])
        self.tags.append(tag)
        self.lower.append(lower)
        self.upper.append(upper)


def build_matrix(problem: Problem) -> Matrix:
    """Return the problem as a matrix, rows in the order of docs/portfolio.md."""
    allowed, periods = problem.slots.allowed, problem.periods
    column = np.full(allowed.shape, NONE, dtype=np.int64)
    column[allowed] = np.arange(int(allowed.sum()))
    shares = len(problem.relations.shares)
    share_column = int(allowed.sum()) + np.arange(shares * periods).reshape(shares, periods)
    rows = _Rows()
    _inside(problem, column, rows)
    _shares(problem, column, share_column, rows)
    _yearly(problem, column, share_column, rows)
    _overall(problem, column, rows)
    gain = (problem.slots.benefit[:, None] * problem.discount)[allowed]
    return _assemble(rows, np.concatenate([gain, np.zeros(shares * periods)]), column, share_column)


def _inside(problem: Problem, column: Ints, rows: _Rows) -> None:
    for slot, must in enumerate(problem.slots.must):
        rows.add(("once", slot, NONE), [(column[slot], 1)], float(must), 1)
    for pair, (child, parent) in enumerate(problem.relations.needs):
        for t in range(problem.periods):
            entries = [(column[child, : t + 1], 1), (column[parent, : t + 1], -1)]
            rows.add(("needs", pair, t), entries, -np.inf, 0)
    for pair, (later, earlier) in enumerate(problem.relations.after):
        for t in range(1, problem.periods):
            rows.add(("after", pair, t), [(column[later, :t], 1), (column[earlier, t:], 1)], -np.inf, 1)
    for pair, both in enumerate(problem.relations.excludes):
        rows.add(("excludes", pair, NONE), [(column[both], 1)], -np.inf, 1)


def _shares(problem: Problem, column: Ints, share_column: Ints, rows: _Rows) -> None:
    for share, both in enumerate(problem.relations.shares):
        for t in range(problem.periods):
            here = share_column[share, t : t + 1]
            for slot in both:
                rows.add(("shares", share, t), [(here, 1), (column[slot, t : t + 1], -1)], -np.inf, 0)


def _yearly(problem: Problem, column: Ints, share_column: Ints, rows: _Rows) -> None:
    slots, relations = problem.slots, problem.relations
    for purse in range(len(problem.purses)):
        saving = np.where(relations.saving_purse == purse, relations.saving, 0)
        for t in range(problem.periods):
            entries = [(column[:, t], slots.cost[:, purse]), (share_column[:, t], -saving)]
            rows.add(("funds", purse, t), entries, -np.inf, _limit(problem.funds[purse, t]))
    for kind in range(len(problem.capacities)):
        for t in range(problem.periods):
            rows.add(("limit", kind, t), [(column[:, t], slots.use[:, kind])], -np.inf, _limit(problem.limits[kind, t]))


def _overall(problem: Problem, column: Ints, rows: _Rows) -> None:
    slots = problem.slots
    for street, least in enumerate(problem.floor):
        counts = np.where(problem.street[slots.unit] == street, slots.counts, 0)
        rows.add(("floor", street, NONE), [(column, counts[:, None])], float(least), np.inf)
    for number, demand in enumerate(problem.demands):
        rows.add(("demand", number, NONE), [(column, demand.weight[:, None])], float(demand.least), np.inf)


def _limit(amount: int) -> float:
    return np.inf if amount >= UNLIMITED else float(amount)


def _assemble(rows: _Rows, gain: Floats, column: Ints, share_column: Ints) -> Matrix:
    row, col = (np.concatenate([np.zeros(0, dtype=np.int64), *part]) for part in (rows.row, rows.col))
    value = np.concatenate([np.zeros(0), *rows.val])
    start, index, value = by_columns(row, col, value, len(gain))
    limits = np.array(rows.lower), np.array(rows.upper)
    return Matrix(
        gain, *limits, start, index, value, tags=tuple(rows.tags), column=column, share_column=share_column
    )


def by_columns(row: Ints, col: Ints, value: Floats, columns: int) -> tuple[Ints, Ints, Floats]:
    """Return entries given by row and column as HiGHS wants them: where each column starts, rows, values."""
    order = np.lexsort((row, col))
    return np.searchsorted(col[order], np.arange(columns + 1)), row[order], value[order]


def point_of(problem: Problem, matrix: Matrix, plan: Years) -> Floats:
    """Return a plan as a point of the matrix; raises ValueError for a year that is not allowed."""
    point = np.zeros(matrix.columns)
    chosen = np.flatnonzero(plan >= 0)
    places = matrix.column[chosen, plan[chosen]]
    if (places < 0).any():
        raise ValueError("a slot stands in a year that is not allowed")
    point[places] = 1
    used = np.flatnonzero(saved(problem, plan))
    point[matrix.share_column[used, plan[problem.relations.shares[used, 0]]]] = 1
    return point


def plan_of(problem: Problem, matrix: Matrix, point: Floats) -> Years:
    """Return the plan of a point whose entries are near 0 or 1."""
    plan = problem.nothing()
    slot, year = np.nonzero((matrix.column >= 0) & (point[matrix.column] > 0.5))
    plan[slot] = year
    return plan


def broken_rows(matrix: Matrix, point: Floats, tolerance: float = 1e-6) -> Sequence[Tag]:
    """Return the tags of the rows that a point breaks."""
    taken = np.zeros(len(matrix.tags))
    weight = np.repeat(point, np.diff(matrix.start)) * matrix.value
    np.add.at(taken, matrix.index, weight)
    wrong = (taken > matrix.upper + tolerance) | (taken < matrix.lower - tolerance)
    return [matrix.tags[k] for k in np.flatnonzero(wrong)]
