"""What makes an impossible problem possible: enough, no more than the fair share, and no part too many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from planner.decisions.portfolio.check import INSIDE, check_plan
from planner.decisions.portfolio.elastic import Change, remedy, size_of, with_changes
from planner.decisions.portfolio.matrix import Tag
from planner.decisions.portfolio.problem import Problem, Years
from planner.decisions.portfolio.solve import INFEASIBLE, Effort, solve
from tests.portfolio_instances import every_plan, make_problem, polish_here

EXACT = Effort(rounds=10, nearby=3, roundings=2, shakes=2, exact_streets=0, core_columns=0, nodes=300)


@pytest.fixture(autouse=True)
def _polish_here(monkeypatch: pytest.MonkeyPatch) -> None:
    polish_here(monkeypatch)


def impossible(seed: int) -> Problem:
    """A small problem in which some options are musts and a floor asks for more than the money can give."""
    problem = make_problem(2 + seed % 2, seed, years=1 + seed % 2, items=2, money=0.35)
    rng = np.random.default_rng(seed)
    must = np.zeros(len(problem.slots), dtype=bool)
    open_ = np.flatnonzero(problem.slots.allowed.any(axis=1) & (problem.slots.cost.sum(axis=1) > 0))
    must[rng.choice(open_, min(len(open_), 2 + seed % 2), replace=False)] = True
    tight = problem.funds * (1 if seed % 3 else 0) // 2 + 30
    floor = problem.floor * (1 + seed % 4)
    return replace(problem, slots=replace(problem.slots, must=must), funds=tight, floor=floor)


def by_tag(problem: Problem, plan: Years) -> dict[Tag, int] | None:
    """What a plan breaks of every limit, by the independent checker; None where it breaks a rule inside a compound."""
    names = {"funds": problem.purses, "limit": problem.capacities}
    broken: dict[Tag, int] = {}
    for violation in check_plan(problem, plan):
        if violation.rule in INSIDE:
            return None
        if violation.rule in names:
            name, year = violation.about.rsplit(" ", 1)
            at = (names[violation.rule].index(name), problem.years.index(int(year)))
        elif violation.rule == "floor":
            at = (problem.streets.index(violation.about), -1)
        else:
            at = ([d.tag for d in problem.demands].index(violation.about), -1)
        broken[violation.rule, *at] = violation.amount
    return broken


def fairest(problem: Problem) -> float | None:
    """The smallest possible largest share, over every plan."""
    largest = []
    for plan in every_plan(problem):
        broken = by_tag(problem, plan)
        if broken is not None:
            largest.append(max((n / size_of(problem, tag) for tag, n in broken.items()), default=0.0))
    return min(largest, default=None)


def possible(problem: Problem, changes: Sequence[Change]) -> bool:
    return solve(with_changes(problem, changes), effort=EXACT).status != INFEASIBLE


@pytest.mark.parametrize("count", [6, pytest.param(100, marks=pytest.mark.slow)])
def test_remedy_is_enough_fair_and_without_excess(count: int) -> None:
    tried, seed = 0, -1
    while tried < count:
        seed += 1
        problem = impossible(seed)
        if np.prod(problem.slots.allowed.sum(axis=1) + 1.0) > 20_000:
            continue
        best = fairest(problem)
        if best == 0.0:
            continue
        found = remedy(problem)
        if best is None:
            assert found is None
            continue
        tried += 1
        assert found is not None
        assert found.changes
        assert check_plan(with_changes(problem, found.changes), found.plan) == []
        assert max(c.amount / size_of(problem, c.tag) for c in found.changes) <= 1.05 * best + 1e-9
        for part in found.changes:
            rest = [change for change in found.changes if change is not part]
            assert not possible(problem, rest)


def test_a_possible_problem_needs_nothing() -> None:
    found = remedy(make_problem(3, 1, floor=0.0))
    assert found is not None
    assert found.changes == ()


def test_what_no_money_can_cure_has_no_remedy() -> None:
    problem = make_problem(4, 3)
    whole, part = problem.relations.excludes[0]
    must = np.zeros(len(problem.slots), dtype=bool)
    must[[whole, part]] = True
    assert remedy(replace(problem, slots=replace(problem.slots, must=must))) is None
