"""Many random small problems: no plan breaks a rule, no bound lies below the best, every kind of limit binds often."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from planner.decisions.portfolio.check import check_plan
from planner.decisions.portfolio.matrix import broken_rows, build_matrix, point_of
from planner.decisions.portfolio.problem import Problem, value_of
from planner.decisions.portfolio.solve import INFEASIBLE, Effort, Solution, solve
from tests.portfolio_instances import every_plan, make_problem

EFFORT = Effort(rounds=20, nearby=3, roundings=2, generations=1, shakes=3, polish_columns=0)
KINDS = ("funds", "limit", "demand", "needs", "after", "excludes")


def binding(problem: Problem, solution: Solution) -> set[str]:
    """The kinds of limits without which the mixture, or this plan, would be worth more."""
    found = set()
    cut = problem.funds.size
    prices = {"funds": solution.price[:cut], "limit": solution.price[cut : cut + problem.limits.size]}
    prices |= {"demand": solution.price[cut + problem.limits.size :], "floor": solution.street_price}
    found |= {kind for kind, price in prices.items() if (price > 1e-9).any()}
    plan, relations = solution.plan, problem.relations
    if any(plan[a] >= 0 and plan[a] == plan[b] for a, b in relations.needs):
        found.add("needs")
    if any(plan[b] >= 0 for _, b in relations.after):
        found.add("after")
    if any(plan[a] >= 0 or plan[b] >= 0 for a, b in relations.excludes):
        found.add("excludes")
    return found


@pytest.mark.parametrize("count", [24, pytest.param(1_000, marks=pytest.mark.slow)])
def test_no_rule_is_ever_broken(count: int) -> None:
    seen, solved = Counter[str](), 0
    for seed in range(count):
        problem = make_problem(6 + seed % 8, seed, years=1 + seed % 3, money=0.4, floor=0.9, tight=True)
        solution = solve(problem, effort=EFFORT)
        if solution.status == INFEASIBLE:
            assert solution.unmet
            continue
        solved += 1
        assert check_plan(problem, solution.plan) == []
        matrix = build_matrix(problem)
        assert broken_rows(matrix, point_of(problem, matrix, solution.plan)) == []
        assert solution.bound >= solution.objective
        seen.update(binding(problem, solution))
    assert solved >= 0.7 * count
    assert [kind for kind in KINDS if seen[kind] < solved / 2] == []
    assert seen["floor"] >= solved / 10  # floors bind less often than the rest


@pytest.mark.parametrize("count", [8, pytest.param(200, marks=pytest.mark.slow)])
def test_bound_is_never_below_the_best(count: int) -> None:
    for seed in range(count):
        problem = make_problem(1 + seed % 2, seed, years=2, items=2 - seed % 2, money=0.5)
        if np.prod(problem.slots.allowed.sum(axis=1) + 1.0) > 20_000:
            continue
        best = max((value_of(problem, p) for p in every_plan(problem) if not check_plan(problem, p)), default=None)
        solution = solve(problem, effort=EFFORT)
        if best is not None and solution.status != INFEASIBLE:
            assert solution.bound >= best - 1e-6
            assert solution.objective <= best + 1e-6


def test_order_of_compounds_never_matters_to_the_value() -> None:
    problem = make_problem(8, 21)
    solution = solve(problem, effort=replace(EFFORT, shakes=0))
    again = solve(problem, place=list(reversed(range(8))), effort=replace(EFFORT, shakes=0))
    assert again.bound == pytest.approx(solution.bound, rel=1e-6)
