"""The planning engine against enumeration, an independent checker and its own promises."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.decisions.portfolio import polish as polish_module
from planner.decisions.portfolio.check import check_plan
from planner.decisions.portfolio.generation import generate
from planner.decisions.portfolio.matrix import broken_rows, build_matrix, plan_of, point_of
from planner.decisions.portfolio.polish import polish
from planner.decisions.portfolio.pricing import best_plans, layouts
from planner.decisions.portfolio.problem import (
    NONE,
    Demand,
    Problem,
    Relations,
    Role,
    Slots,
    check_structure,
    pairs,
    value_of,
)
from planner.decisions.portfolio.solve import FEASIBLE, INFEASIBLE, OPTIMAL, QUICK, STOPPED, Effort, solve
from planner.decisions.portfolio.usage import feasible, slot_prices
from tests.portfolio_instances import every_plan, make_problem, polish_here

SMALL = Effort(rounds=20, nearby=5, roundings=2, shakes=5, core_columns=20, core_rounds=1, polish_columns=0)
EXACT = Effort(rounds=20, nearby=5, roundings=2, shakes=5, core_columns=0, polish_columns=3000, nodes=100)


@pytest.fixture(autouse=True)
def _polish_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Solve in this process, except where the child itself is the matter: starting one takes half a second."""
    if "child" in request.node.name:
        return

    polish_here(monkeypatch)


def four_cells() -> Problem:
    """The example of docs/portfolio.md: two compounds, two options each, two years of 100."""
    slots = Slots(
        unit=np.array([0, 0, 1, 1]),
        role=np.array([Role.ITEM, Role.ITEM, Role.ITEM, Role.HEAT]),
        code=np.array(["locks", "cameras", "locks", "heat"], dtype=object),
        cost=np.array([[60], [50], [40], [90]]),
        use=np.zeros((4, 0), dtype=np.int64),
        benefit=np.array([6.0, 4.0, 5.0, 8.0]),
        allowed=np.array([[True, True], [True, True], [True, True], [False, True]]),
        must=np.zeros(4, dtype=bool),
        counts=np.array([60, 50, 40, 90]),
    )
    none = np.zeros(0, dtype=np.int64)
    return Problem(
        years=(2027, 2028), units=("甲", "乙"), purses=("区级资金",), capacities=(), streets=("街道",),
        street=np.array([0, 0]), slots=slots,
        relations=Relations(pairs([]), pairs([]), pairs([]), pairs([]), none, none),
        funds=np.array([[100, 100]]), limits=np.zeros((0, 2), dtype=np.int64), floor=np.array([0]), demands=(),
        discount=np.array([1.0, 0.9]),
    )  # fmt: skip


def brute_force(problem: Problem) -> float:
    """The best value over all plans that keep every rule, by the independent checker alone."""
    return max((value_of(problem, plan) for plan in every_plan(problem) if not check_plan(problem, plan)), default=-1.0)


def test_four_cells_by_hand() -> None:
    # 2027: 60 + 40 = 100 gives 6 + 5; 2028: 90 gives 0.9 x 8; the cameras (50) fit nowhere: 18.2
    problem = four_cells()
    solution = solve(problem)
    assert solution.plan.tolist() == [0, NONE, 0, 1]
    assert solution.objective == pytest.approx(18.2)
    assert solution.status == OPTIMAL
    assert solution.bound == pytest.approx(18.2)
    assert brute_force(problem) == pytest.approx(18.2)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), years=st.integers(1, 2))
def test_optimum_equals_brute_force(seed: int, years: int) -> None:
    problem = make_problem(2, seed, years=years, items=2, money=0.45)
    if problem.slots.allowed.sum() > 16:
        problem = make_problem(1, seed, years=years, items=2, money=0.6)
    best = brute_force(problem)
    solution = solve(problem, effort=EXACT)
    if best < 0:
        assert solution.status == INFEASIBLE
        return
    assert solution.objective == pytest.approx(best, rel=1e-6)
    assert solution.bound >= best - 1e-6


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), years=st.integers(1, 3))
def test_pricing_is_exact(seed: int, years: int) -> None:
    problem = make_problem(2, seed, years=years if years < 3 else 1, items=2)
    problem = replace(problem, floor=problem.floor * 0, demands=(), funds=problem.funds * 0 + 10**9)
    problem = replace(problem, limits=problem.limits * 0 + 10**9)
    rng = np.random.default_rng(seed)
    price = rng.random(problem.funds.size + problem.limits.size) * 0.2
    value = slot_prices(problem, price, np.zeros(len(problem.streets)))
    purses = price[: problem.funds.size].reshape(problem.funds.shape)
    total, plan = best_plans(problem, layouts(problem), value, purses)
    if problem.slots.allowed.sum() > 16:
        return

    def worth(one: np.ndarray) -> float:
        chosen = np.flatnonzero(one >= 0)
        both = [(a, b) for a, b in problem.relations.shares if one[a] >= 0 and one[a] == one[b]]
        back = [k for k, (a, b) in enumerate(problem.relations.shares) if (a, b) in both]
        gain = sum(
            problem.relations.saving[k] * purses[problem.relations.saving_purse[k], one[problem.relations.shares[k, 0]]]
            for k in back
        )
        return float(value[chosen, one[chosen]].sum() + gain)

    assert check_plan(problem, plan) == []
    assert total == pytest.approx(worth(plan), abs=1e-6)
    assert total == pytest.approx(max(worth(p) for p in every_plan(problem) if not check_plan(problem, p)), abs=1e-6)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(3, 30), money=st.sampled_from([0.05, 0.2, 0.5]))
def test_plans_keep_every_rule(seed: int, n: int, money: float) -> None:
    problem = make_problem(n, seed, money=money, floor=0.35)
    solution = solve(problem, effort=SMALL)
    if solution.status == INFEASIBLE:
        assert solution.unmet
        return
    matrix = build_matrix(problem)
    point = point_of(problem, matrix, solution.plan)
    assert check_plan(problem, solution.plan) == []
    assert broken_rows(matrix, point) == []
    assert feasible(problem, solution.plan)
    assert plan_of(problem, matrix, point).tolist() == solution.plan.tolist()
    assert float(matrix.gain @ point) == pytest.approx(solution.objective)
    assert solution.bound >= solution.objective
    assert solution.objective >= max(solution.first) - 1e-9 or check_first_breaks(problem, solution.first)


def check_first_breaks(problem: Problem, first: tuple[float, float]) -> bool:
    """A plan without optimising that is worth more must break a floor or a demand."""
    from planner.decisions.portfolio.first_fit import by_ratio, by_score

    plans = by_score(problem, range(problem.n)), by_ratio(problem)
    return all(check_plan(problem, p) for p, v in zip(plans, first, strict=True) if v == max(first))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), spoil=st.integers(0, 5))
def test_checker_and_matrix_agree_on_wrong_plans(seed: int, spoil: int) -> None:
    problem = make_problem(4, seed)
    rng = np.random.default_rng(seed)
    plan = problem.nothing()
    for slot in rng.choice(len(plan), min(len(plan), 3 + spoil), replace=False):
        open_years = np.flatnonzero(problem.slots.allowed[slot])
        if len(open_years):
            plan[slot] = rng.choice(open_years)
    matrix = build_matrix(problem)
    broken = {tag[0] for tag in broken_rows(matrix, point_of(problem, matrix, plan))}
    seen = {violation.rule for violation in check_plan(problem, plan)}
    assert broken == seen


def test_every_row_has_its_tag() -> None:
    problem = make_problem(12, 3)
    tags = {tag[0] for tag in build_matrix(problem).tags}
    assert tags == {"once", "needs", "after", "excludes", "shares", "funds", "limit", "floor", "demand"}


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_more_money_is_never_worth_less(seed: int) -> None:
    problem = make_problem(4, seed, years=2, items=2, floor=0.0)
    problem = replace(problem, demands=())
    more = replace(problem, funds=problem.funds * 13 // 10)
    less, plus = solve(problem, effort=EXACT), solve(more, effort=EXACT)
    assert plus.objective >= less.objective * (1 - 2e-6)


def test_more_money_with_the_earlier_plan_known() -> None:
    problem = make_problem(40, 5)
    before = solve(problem, effort=SMALL)
    more = replace(problem, funds=problem.funds + 1)
    assert solve(more, known=[before.plan], effort=replace(SMALL, roundings=1, shakes=0)).objective >= before.objective


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_must_is_always_in(seed: int) -> None:
    problem = make_problem(8, seed, money=0.4, floor=0.0)
    rng = np.random.default_rng(seed)
    must = np.zeros(len(problem.slots), dtype=bool)
    must[rng.choice(np.flatnonzero(problem.slots.allowed.any(axis=1)), 2, replace=False)] = True
    problem = replace(problem, slots=replace(problem.slots, must=must))
    solution = solve(problem, effort=SMALL)
    if solution.status != INFEASIBLE:
        assert (solution.plan[must] >= 0).all()
    else:
        assert solution.unmet


def test_impossible_says_by_how_much() -> None:
    problem = four_cells()
    slots = replace(problem.slots, must=np.ones(4, dtype=bool))
    solution = solve(replace(problem, slots=slots))
    # 60 + 50 + 40 + 90 = 240 against 200
    assert solution.status == INFEASIBLE
    assert solution.plan.tolist() == [NONE] * 4
    assert sum(v.amount for v in solution.unmet if v.rule == "funds") >= 40


def test_result_is_the_same_every_time() -> None:
    problem = make_problem(6, 8, years=2)
    one, two = solve(problem, effort=EXACT), solve(problem, effort=EXACT)
    assert one.plan.tolist() == two.plan.tolist()
    assert (one.objective, one.bound, one.nodes) == (two.objective, two.bound, two.nodes)


def test_answer_at_once_and_never_worse() -> None:
    problem = make_problem(6, 4, years=2)
    seen: list[tuple[str, float, float]] = []

    def watch(progress: object) -> bool:
        seen.append((progress.stage, progress.objective, progress.bound))
        return False

    solution = solve(problem, effort=EXACT, watch=watch)
    assert seen[0][0] == "first"
    values, bounds = [v for _, v, _ in seen], [b for _, _, b in seen]
    assert values == sorted(values)
    assert bounds[-1] <= bounds[0]
    assert values[-1] <= solution.objective <= solution.bound <= min(bounds) + 1e-6
    assert solution.objective >= max(solution.first)


def test_stopped_by_the_planner_keeps_the_best_so_far() -> None:
    problem = make_problem(14, 4)
    solution = solve(problem, effort=SMALL, watch=lambda progress: progress.stage == "prices")
    assert (solution.status, solution.stopped_by) == (STOPPED, "planner")
    assert check_plan(problem, solution.plan) == []
    assert solution.objective == max(solution.first)


def test_killed_child_leaves_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = make_problem(12, 8)
    without = solve(problem, effort=SMALL)
    monkeypatch.setattr(polish_module, "TICK_SECONDS", 0.01)
    solution = solve(problem, effort=replace(SMALL, polish_columns=3000, seconds=0.01))
    assert (solution.status, solution.stopped_by) == (STOPPED, "time")
    assert solution.plan.tolist() == without.plan.tolist()


def test_a_child_that_dies_leaves_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = make_problem(12, 8)
    monkeypatch.setattr(polish_module, "_CHILD", "import os; os.abort()")
    solution = solve(problem, effort=replace(SMALL, polish_columns=3000))
    assert solution.status == FEASIBLE
    assert check_plan(problem, solution.plan) == []


def test_child_says_infeasible_and_is_gone() -> None:
    problem = four_cells()
    matrix = build_matrix(replace(problem, slots=replace(problem.slots, must=np.ones(4, dtype=bool))))
    answer = polish(matrix, np.zeros(0), nodes=10, gap=1e-6, seconds=60)
    assert (answer.status, len(answer.point)) == ("Infeasible", 0)
    children = subprocess.run(["pgrep", "-f", "polish_child"], capture_output=True, text=True, check=False)
    assert str(polish_module._PROJECT) not in children.stdout


def test_bound_is_valid_at_every_round() -> None:
    problem = make_problem(3, 11, years=2, items=2)
    best = solve(problem, effort=EXACT)
    assert best.status == OPTIMAL
    bounds: list[float] = []
    generate(problem, groups=3, iterations=20, gap=0.0, watch=lambda _k, _v, bound: bounds.append(bound) or False)
    assert bounds
    assert min(bounds) >= best.objective - 1e-6
    assert bounds == sorted(bounds, reverse=True)


@pytest.mark.parametrize("case", ["needs", "after", "excludes", "shares"])
def test_unknown_relations_are_refused(case: str) -> None:
    problem = four_cells()
    none, one = np.zeros(0, dtype=np.int64), np.ones(1, dtype=np.int64)
    given = {name: pairs([(0, 1)] if name == case else []) for name in ("needs", "after", "excludes", "shares")}
    saving = one if case == "shares" else none
    wrong = Relations(**given, saving=saving, saving_purse=saving * 0)
    with pytest.raises(ValueError, match=r"joined|share"):
        check_structure(replace(problem, relations=wrong))


def test_shares_and_demands_count() -> None:
    problem = four_cells()
    demand = Demand("乙 first", np.array([-1, -1, 2, 2]), 3)
    solution = solve(replace(problem, demands=(demand,)), effort=QUICK)
    # both of 乙 give 4; one of 甲 takes 1: at least 3 holds with at most one of 甲
    assert solution.plan.tolist() == [0, NONE, 0, 1]
    assert check_plan(replace(problem, demands=(replace(demand, least=5),)), solution.plan)[0].rule == "demand"
