"""Many random small problems: no plan breaks a rule, no bound lies below the best, every kind of limit binds often."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from planner.decisions.portfolio.check import check_plan
from planner.decisions.portfolio.matrix import broken_rows, build_matrix, point_of
from planner.decisions.portfolio.problem import Problem, Role, value_of
from planner.decisions.portfolio.solve import INFEASIBLE, Effort, Solution, solve
from tests.portfolio_instances import every_plan, make_problem

EFFORT = Effort(
    rounds=20, nearby=3, roundings=2, shakes=3, exact_streets=2, core_columns=0, core_rounds=0, polish_columns=0
)
KINDS = ("funds", "limit", "demand", "floor", "needs", "after", "excludes", "shares", "must", "window")


def bound_everywhere(seed: int) -> tuple[Problem, bool]:
    """A problem with a floor above what its street would get, a must that would not be in, and all the rest tight.

    Also whether the plan without floors and musts breaks the floor, so that the floor shapes the plan.
    """
    problem = make_problem(7 + seed % 8, seed, years=1 + seed % 3, money=0.4, floor=0.0, tight=True)
    free = solve(problem, effort=EFFORT)
    if free.status == INFEASIBLE:
        return problem, False
    slots, street = problem.slots, problem.street[problem.slots.unit]
    out = (free.plan < 0) & (slots.role == Role.ITEM) & slots.allowed.any(axis=1)
    must = np.zeros(len(slots), dtype=bool)
    if out.any():
        must[np.flatnonzero(out)[np.argmin(slots.cost.sum(axis=1)[out])]] = True
    given = np.bincount(street, np.where(free.plan >= 0, slots.counts, 0), len(problem.streets))
    spare = np.bincount(street, np.where(out, slots.counts, 0), len(problem.streets))
    poorest = int(np.argmin(np.where(spare > 0, given / np.maximum(spare, 1), np.inf)))
    floor = problem.floor.copy()
    floor[poorest] = given[poorest] + max(1, spare[poorest] // 4)
    return replace(problem, slots=replace(slots, must=must), floor=floor), bool((given < floor).any())


def binding(problem: Problem, solution: Solution) -> set[str]:
    """The kinds of limits that the mixture pays for, or that this plan touches."""
    cut = problem.funds.size
    prices = {"funds": solution.price[:cut], "limit": solution.price[cut : cut + problem.limits.size]}
    prices |= {"demand": solution.price[cut + problem.limits.size :], "floor": solution.street_price}
    plan, relations, slots = solution.plan, problem.relations, problem.slots
    inside = plan >= 0
    touched = {
        "needs": any(inside[a] and plan[a] == plan[b] for a, b in relations.needs),
        "after": any(inside[b] for _, b in relations.after),
        "excludes": any(inside[a] or inside[b] for a, b in relations.excludes),
        "shares": any(inside[a] or inside[b] for a, b in relations.shares),
        "must": bool(slots.must.any()),
        "window": bool((~slots.allowed[:, 0] & (slots.benefit > 0)).any()),
    }
    return {kind for kind, price in prices.items() if (price > 1e-9).any()} | {k for k, yes in touched.items() if yes}


@pytest.mark.parametrize("count", [8, pytest.param(1_000, marks=pytest.mark.slow)])
def test_no_rule_is_ever_broken(count: int) -> None:
    seen, solved = Counter[str](), 0
    for seed in range(count):
        problem, floor_matters = bound_everywhere(seed)
        solution = solve(problem, effort=EFFORT)
        if solution.status == INFEASIBLE:
            assert solution.unmet
            continue
        solved += 1
        assert check_plan(problem, solution.plan) == []
        matrix = build_matrix(problem)
        assert broken_rows(matrix, point_of(problem, matrix, solution.plan)) == []
        assert solution.bound >= solution.objective
        assert (solution.plan[problem.slots.must] >= 0).all()
        seen.update(binding(problem, solution) | ({"floor"} if floor_matters else set()))
    assert solved >= 0.6 * count
    assert {kind: seen[kind] for kind in KINDS if seen[kind] < solved / 2} == {}


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
