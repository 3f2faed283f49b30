"""An independent look at a plan: every rule again, in whole numbers, without the engine's own arithmetic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from planner.decisions.portfolio.problem import UNLIMITED, Problem, Years

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
    year = {slot: int(t) for slot, t in enumerate(plan.tolist()) if t >= 0}
    return [
        *_own_rules(problem, year),
        *_pairs(problem, year),
        *_yearly(problem, year),
        *_overall(problem, year),
    ]


def _name(problem: Problem, slot: int) -> str:
    return f"{problem.units[problem.slots.unit[slot]]}/{problem.slots.code[slot]}"


def _own_rules(problem: Problem, year: Mapping[int, int]) -> Iterator[Violation]:
    for slot, t in year.items():
        if t >= len(problem.years) or not problem.slots.allowed[slot, t]:
            yield Violation("window", _name(problem, slot), 1)
    for slot, must in enumerate(problem.slots.must.tolist()):
        if must and slot not in year:
            yield Violation("must", _name(problem, slot), 1)


def _pairs(problem: Problem, year: Mapping[int, int]) -> Iterator[Violation]:
    never = len(problem.years)
    for child, parent in problem.relations.needs.tolist():
        if child in year and year.get(parent, never) > year[child]:
            yield Violation("needs", f"{_name(problem, child)} < {_name(problem, parent)}", 1)
    for later, earlier in problem.relations.after.tolist():
        if later in year and earlier in year and year[later] < year[earlier]:
            yield Violation("after", f"{_name(problem, later)} < {_name(problem, earlier)}", 1)
    for one, other in problem.relations.excludes.tolist():
        if one in year and other in year:
            yield Violation("excludes", f"{_name(problem, one)} + {_name(problem, other)}", 1)


def spending(problem: Problem, year: Mapping[int, int]) -> dict[tuple[int, int], int]:
    """Return yuan by (purse, year number): costs less what shared trenches save."""
    spent: dict[tuple[int, int], int] = defaultdict(int)
    for slot, t in year.items():
        for purse, yuan in enumerate(problem.slots.cost[slot].tolist()):
            spent[purse, t] += yuan
    shares = problem.relations.shares.tolist()
    money = zip(problem.relations.saving.tolist(), problem.relations.saving_purse.tolist(), strict=True)
    for (one, other), (yuan, purse) in zip(shares, money, strict=True):
        if one in year and year[one] == year.get(other):
            spent[purse, year[one]] -= yuan
    return spent


def _yearly(problem: Problem, year: Mapping[int, int]) -> Iterator[Violation]:
    spent = spending(problem, year)
    for (purse, t), yuan in sorted(spent.items()):
        room = int(problem.funds[purse, t])
        if room < UNLIMITED and yuan > room:
            yield Violation("funds", f"{problem.purses[purse]} {problem.years[t]}", yuan - room)
    used: dict[tuple[int, int], int] = defaultdict(int)
    for slot, t in year.items():
        for kind, amount in enumerate(problem.slots.use[slot].tolist()):
            used[kind, t] += amount
    for (kind, t), amount in sorted(used.items()):
        if amount > int(problem.limits[kind, t]):
            yield Violation("limit", f"{problem.capacities[kind]} {problem.years[t]}", amount - problem.limits[kind, t])


def _overall(problem: Problem, year: Mapping[int, int]) -> Iterator[Violation]:
    given: dict[int, int] = defaultdict(int)
    for slot in year:
        given[int(problem.street[problem.slots.unit[slot]])] += int(problem.slots.counts[slot])
    for street, least in enumerate(problem.floor.tolist()):
        if given[street] < least:
            yield Violation("floor", problem.streets[street], least - given[street])
    for demand in problem.demands:
        got = sum(int(demand.weight[slot]) for slot in year)
        if got < demand.least:
            yield Violation("demand", demand.tag, demand.least - got)
