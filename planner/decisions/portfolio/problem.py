"""The planning problem as arrays: which options, in which compound, in which year, from which purse.

A *slot* is one option of one compound (an item, a package, the heating network, a custodian). A plan gives every slot
a year or none. Money and capacities are whole numbers, so every limit is kept exactly. docs/portfolio.md tells the
same problem in words and as a formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Years = npt.NDArray[np.int8]

NONE = -1
"""The year of a slot that is not in the plan."""
UNLIMITED = np.iinfo(np.int64).max // 4
"""Funds or capacity without a limit."""


class Role(IntEnum):
    """What a slot is: it decides which relations it may have."""

    PACKAGE = 0
    HEAT = 1
    KEEPER = 2
    HUB = 3
    ITEM = 4


@dataclass(frozen=True, slots=True)
class Slots:
    """The options of all compounds, row by row; compounds are numbered 0..n-1, years 0..T-1.

    cost: yuan by purse [m, B]. use: units of each capacity [m, K]. benefit: points that it removes when done in the
    first year. allowed [m, T]. must: it has to be in the plan. counts: yuan that count for its street.
    """

    unit: Ints
    role: Ints
    code: npt.NDArray[np.object_]
    cost: Ints
    use: Ints
    benefit: Floats
    allowed: Bools
    must: Bools
    counts: Ints

    def __len__(self) -> int:
        return len(self.unit)


@dataclass(frozen=True, slots=True)
class Relations:
    """Pairs of slots. needs: the first not before the second, and not without it. after: not before it, if both are
    in. excludes: never both. shares: both in the same year save ``saving`` yuan of ``saving_purse``.

    Shares join a package and the heating of one compound, or the heating of two neighbours; a compound shares with at
    most one neighbour, of the same street.
    """

    needs: Ints
    after: Ints
    excludes: Ints
    shares: Ints
    saving: Ints
    saving_purse: Ints


@dataclass(frozen=True, slots=True)
class Demand:
    """A demand on the whole plan: sum of ``weight`` over the slots in it is at least ``least``."""

    tag: str
    weight: Ints
    least: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. funds [B, T] and limits [K, T] are per year; floor [S] is the least sum of ``counts`` per street."""

    years: tuple[int, ...]
    units: tuple[str, ...]
    purses: tuple[str, ...]
    capacities: tuple[str, ...]
    streets: tuple[str, ...]
    street: Ints
    slots: Slots
    relations: Relations
    funds: Ints
    limits: Ints
    floor: Ints
    demands: tuple[Demand, ...]
    discount: Floats

    @property
    def n(self) -> int:
        """Number of compounds."""
        return len(self.units)

    @property
    def periods(self) -> int:
        """Number of years."""
        return len(self.years)

    def nothing(self) -> Years:
        """Return the plan without any slot."""
        return np.full(len(self.slots), NONE, dtype=np.int8)


def pairs(rows: Any) -> Ints:
    """Return a list of pairs of slots as an array [k, 2], also when it is empty."""
    return np.asarray(list(rows), dtype=np.int64).reshape(-1, 2)


def value_of(problem: Problem, plan: Years) -> float:
    """Return the benefit of a plan: points removed, discounted by year."""
    chosen = np.flatnonzero(plan >= 0)
    return float((problem.slots.benefit[chosen] * problem.discount[plan[chosen]]).sum())


def saved(problem: Problem, plan: Years) -> Bools:
    """Return which shares a plan makes use of: both slots in the same year."""
    first, second = problem.relations.shares.T
    return np.asarray((plan[first] >= 0) & (plan[first] == plan[second]))


def check_structure(problem: Problem) -> None:
    """Raise ValueError when a relation joins slots that the pricing does not know how to join."""
    role, unit = problem.slots.role, problem.slots.unit
    allowed = {
        "needs": {(r, Role.KEEPER) for r in (Role.PACKAGE, Role.HUB, Role.ITEM)} | {(Role.ITEM, Role.HUB)},
        "after": {(Role.PACKAGE, Role.HEAT), (Role.ITEM, Role.HEAT)},
        "excludes": {(Role.PACKAGE, r) for r in (Role.PACKAGE, Role.HUB, Role.ITEM)},
    }
    for name, kinds in allowed.items():
        first, second = getattr(problem.relations, name).T
        known = np.zeros((len(Role), len(Role)), dtype=bool)
        known[tuple(np.array(sorted(kinds)).T)] = True
        wrong = np.flatnonzero((unit[first] != unit[second]) | ~known[role[first], role[second]])
        for a, b in zip(first[wrong[:1]], second[wrong[:1]], strict=True):
            raise ValueError(f"{name}: {problem.slots.code[a]} and {problem.slots.code[b]} cannot be joined")
    for kind in (Role.HEAT, Role.KEEPER, Role.HUB):
        if np.bincount(unit[role == kind], minlength=1).max() > 1:
            raise ValueError(f"more than one {kind.name} in a compound")
    _check_shares(problem)


def _check_shares(problem: Problem) -> None:
    role, unit = problem.slots.role, problem.slots.unit
    first, second = problem.relations.shares.T
    own = unit[first] == unit[second]
    inside = own & (role[first] == Role.PACKAGE) & (role[second] == Role.HEAT)
    between = ~own & (role[first] == Role.HEAT) & (role[second] == Role.HEAT)
    if not (inside | between).all():
        raise ValueError("a share joins a package with the heating of its compound, or the heating of neighbours")
    a, b = unit[first[between]], unit[second[between]]
    if (np.bincount(np.concatenate([a, b]), minlength=1) > 1).any() or (problem.street[a] != problem.street[b]).any():
        raise ValueError("a compound shares with one neighbour of its street")
