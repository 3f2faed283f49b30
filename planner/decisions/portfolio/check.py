"""An independent look at a plan: every rule again, in whole numbers, without the engine's own arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planner.decisions.portfolio.problem import UNLIMITED, Ints, Problem, Years

INSIDE = ("window", "must", "needs", "after", "excludes")
"""Rules that concern one compound alone; the others join compounds."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a plan breaks: its name, what it is about, and by how much (yuan, units or 1)."""

    rule: str
    about: str
    amount: int


def check_plan(problem: Problem, plan: Years) -> list[Violation]:
    """Return every violation of a plan; an empty list means that it may be signed."""
    year = plan.astype(np.int64)
    return [*_own_rules(problem, year), *_pairs(problem, year), *_yearly(problem, year), *_overall(problem, year)]


def _name(problem: Problem, slot: int) -> str:
    return f"{problem.units[problem.slots.unit[slot]]}/{problem.slots.code[slot]}"


def _own_rules(problem: Problem, year: Ints) -> Iterator[Violation]:
    inside, known = year >= 0, year < len(problem.years)
    open_ = problem.slots.allowed[np.arange(len(year)), np.where(inside & known, year, 0)]
    for slot in np.flatnonzero(inside & ~(known & open_)).tolist():
        yield Violation("window", _name(problem, slot), 1)
    for slot in np.flatnonzero(problem.slots.must & ~inside).tolist():
        yield Violation("must", _name(problem, slot), 1)


def _pairs(problem: Problem, year: Ints) -> Iterator[Violation]:
    relations, inside = problem.relations, year >= 0
    child, parent = relations.needs.T
    for k in np.flatnonzero(inside[child] & (~inside[parent] | (year[parent] > year[child]))).tolist():
        yield Violation("needs", f"{_name(problem, child[k])} < {_name(problem, parent[k])}", 1)
    later, earlier = relations.after.T
    for k in np.flatnonzero(inside[later] & inside[earlier] & (year[later] < year[earlier])).tolist():
        yield Violation("after", f"{_name(problem, later[k])} < {_name(problem, earlier[k])}", 1)
    one, other = relations.excludes.T
    for k in np.flatnonzero(inside[one] & inside[other]).tolist():
        yield Violation("excludes", f"{_name(problem, one[k])} + {_name(problem, other[k])}", 1)


def _by_year(problem: Problem, year: Ints, amounts: Ints) -> Ints:
    """Whole numbers summed by column and year [columns, T]; a year outside the plan is a broken window, not money."""
    found = np.zeros((amounts.shape[1], len(problem.years)), dtype=np.int64)
    for t in range(len(problem.years)):
        found[:, t] = amounts[year == t].sum(axis=0)
    return found


def spending(problem: Problem, plan: Years | Ints) -> Ints:
    """Return yuan by purse and year [B, T]: costs less what shared trenches save."""
    year = plan.astype(np.int64)
    spent = _by_year(problem, year, problem.slots.cost)
    one, other = problem.relations.shares.T
    used = np.flatnonzero((year[one] >= 0) & (year[one] == year[other]))
    place = problem.relations.saving_purse[used], year[one[used]]
    np.subtract.at(spent, place, problem.relations.saving[used])
    return spent


def _yearly(problem: Problem, year: Ints) -> Iterator[Violation]:
    spent, used = spending(problem, year), _by_year(problem, year, problem.slots.use)
    for purse, t in np.argwhere((problem.funds < UNLIMITED) & (spent > problem.funds)).tolist():
        over = int(spent[purse, t] - problem.funds[purse, t])
        yield Violation("funds", f"{problem.purses[purse]} {problem.years[t]}", over)
    for kind, t in np.argwhere(used > problem.limits).tolist():
        over = int(used[kind, t] - problem.limits[kind, t])
        yield Violation("limit", f"{problem.capacities[kind]} {problem.years[t]}", over)


def _overall(problem: Problem, year: Ints) -> Iterator[Violation]:
    inside = year >= 0
    given = np.zeros(len(problem.streets), dtype=np.int64)
    np.add.at(given, problem.street[problem.slots.unit[inside]], problem.slots.counts[inside])
    for street in np.flatnonzero(given < problem.floor).tolist():
        yield Violation("floor", problem.streets[street], int(problem.floor[street] - given[street]))
    for demand in problem.demands:
        got = int(demand.weight[inside].sum())
        if got < demand.least:
            yield Violation("demand", demand.tag, demand.least - got)
