"""The annual plan as projects: content, scale, money, dates; where it departs from the order; plans compared."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from planner.decisions.assessment import Assessment
from planner.decisions.portfolio.plan import Plan, make_plan
from planner.decisions.portfolio.projects import projects, street_order, totals, trench_groups
from planner.decisions.portfolio.request import ALLOW, Order, PlanRequest
from planner.decisions.portfolio.schedule import with_dates
from planner.decisions.portfolio.solve import QUICK
from planner.errors import InputError
from planner.outputs import plan_view
from planner.outputs.plan_compare import differences, figure_rows, placed_of, scenario_body
from planner.outputs.plan_map import outlines, placed, small_map, year_layer
from tests.builders import shared_policy
from tests.plan_cases import case_assessment, case_plan
from tests.portfolio_instances import make_problem
from tests.test_plan import MONEY


@pytest.fixture(scope="module")
def cases() -> Assessment:
    return case_assessment()


@pytest.fixture(scope="module")
def plan() -> Plan:
    return case_plan()


@pytest.fixture(scope="module")
def richer(cases: Assessment) -> Plan:
    funds = {(2027, ""): 400_000, (2028, ""): 50_000}
    return make_plan(cases, PlanRequest(funds=funds, unverified=ALLOW), effort=QUICK)


def test_projects_add_up_to_the_lines_to_the_yuan(plan: Plan) -> None:
    rows = projects(plan)
    keys = ["year", "compound_id", "programme"]
    assert len(rows) == len(plan.lines.drop_duplicates(keys)) > 3
    for name in ("cost", "residents", "saving"):
        assert rows[name].sum() == plan.lines[name].sum()
    content = rows.set_index(keys)["content"]
    for line in plan.lines.itertuples():
        assert line.label_zh in content[line.year, line.compound_id, line.programme]


def test_a_compound_counts_once_whatever_is_built_there_and_unknown_is_left_out() -> None:
    rows = pd.DataFrame({
        "compound_id": ["a", "a", "b"], "households": pd.array([10, 10, None], dtype="Int64"),
        "buildings": pd.array([None] * 3, dtype="Int64"), "area_m2": [5.0, 5.0, 7.0], "cost": [1, 2, 3],
        "residents": [0, 0, 1],
    })  # fmt: skip
    assert totals(rows) == {
        "compounds": 2, "households": 10.0, "buildings": None, "area_m2": 12.0, "cost": 6.0, "residents": 1.0,
    }  # fmt: skip


def test_pipes_lie_between_the_seasons_and_before_the_surface_and_custody_comes_first() -> None:
    rows = pd.DataFrame({"compound_id": list("aaab"), "year": [2027] * 4, "programme": ["H", "A", "Z", "M"]})
    found = with_dates(rows, shared_policy(), dt.date(2026, 11, 20)).set_index(["compound_id", "programme"])
    start, end = (found[name].astype("datetime64[s]") for name in ("start", "end"))
    assert start["a", "H"] == pd.Timestamp("2027-04-14")
    assert end["a", "H"] <= pd.Timestamp("2027-10-04")
    assert start["a", "A"] == end["a", "H"]
    assert start["a", "Z"] < start["a", "H"]
    assert (start["b", "M"], end["b", "M"]) == (pd.Timestamp("2027-03-01"), pd.Timestamp("2027-04-15"))
    late = with_dates(rows, shared_policy(), dt.date(2027, 6, 1))
    assert (late["start"] >= pd.Timestamp("2027-06-01")).all()
    assert (late["start"] <= late["end"]).all()
    assert (late["end"] <= pd.Timestamp("2027-12-20")).all()


def test_compounds_of_one_trench_share_a_group() -> None:
    problem = make_problem(12, 3)
    whole = problem.nothing()
    whole[:] = 0
    groups = trench_groups(problem, whole)
    slots = problem.relations.shares
    assert len(slots) > 0
    for a, b in slots.tolist():
        one, other = ((problem.units[problem.slots.unit[s]], problem.years[0]) for s in (a, b))
        assert groups[one] == groups[other]
    assert sorted(set(groups.values())) == list(range(1, len(set(groups.values())) + 1))
    assert trench_groups(problem, problem.nothing()) == {}


def test_cards_and_subtotals_say_what_the_plan_says(plan: Plan) -> None:
    rows = projects(plan)
    cards = plan_view.figures(plan, rows, "zh")
    assert cards[0].value == str(rows["compound_id"].nunique())
    values = plan_view.plan_figures(plan)
    assert values["limited"] == sum(
        int(x) for x, f in zip(plan.money["spent"], plan.money["funds"], strict=True) if f is not pd.NA
    )
    groups = plan_view.project_groups(plan, rows, "zh")
    assert sum(len(g["rows"]) for g in groups) == len(rows)
    assert [g["street"] for g in groups if g["street"]] == [
        s or "街道待核实" for s in street_order(plan) if s in set(rows["street"])
    ]
    whole = plan_view.sum_cells(rows)
    parts = [float(g["sum"]["cost"].replace(",", "")) for g in groups]
    assert float(whole["cost"].replace(",", "")) == pytest.approx(sum(parts), abs=0.02)
    assert plan_view.money_rows(plan, "zh")[-1][2] == "30.00"


def test_the_map_counts_every_compound_once(plan: Plan) -> None:
    index = plan.assessment.district.compounds.index
    where = placed((2027, 2028), plan.lines, set(plan.reserve["compound_id"]))
    layer = year_layer(where, index)
    assert sum(layer.counts()) == len(index)
    codes = dict(zip(index, layer.codes.tolist(), strict=True))
    for compound, year in where.planned.items():
        assert codes[compound] == year - 2027
    drawing = small_map(outlines(plan.assessment.district), layer)
    assert "M" in drawing or not plan.assessment.district.compounds.geometry.notna().any()


def test_what_is_under_way_is_in_takes_no_funds_and_needs_basis_programme_and_year(
    cases: Assessment, plan: Plan
) -> None:
    compound = str(plan.lines["compound_id"].iloc[0])
    request = PlanRequest(funds=MONEY, unverified=ALLOW, under_way=(Order(compound, "施工合同（3号）", "A", 2027),))
    found = make_plan(cases, request, effort=QUICK)
    own = found.lines.loc[found.lines["compound_id"] == compound]
    assert list(own.loc[own["status"] == "已下达", ["option", "year", "basis"]].itertuples(index=False, name=None)) == [
        ("A", 2027, "施工合同（3号）")
    ]
    assert set(own.loc[own["status"] != "已下达", "option"]) <= {"H", "Z"}
    for order in (Order(compound, "", "A", 2027), Order(compound, "x", "", 2027), Order(compound, "x", "A", 2031)):
        with pytest.raises(InputError, match="在建"):
            make_plan(cases, replace(request, under_way=(order,)), effort=QUICK)


def test_rules_of_a_request_hold_for_this_plan_only(cases: Assessment) -> None:
    request = PlanRequest(funds=MONEY, unverified=ALLOW, rules={"plan_floor_share": "0"})
    found = make_plan(cases, request, effort=QUICK)
    assert not found.planning.problem.floor.any()
    assert cases.policy.text("plan_floor_share") != "0"


def test_two_plans_side_by_side_differ_where_their_lines_differ(plan: Plan, richer: Plan) -> None:
    bodies = [scenario_body(p, {}, rules="r") for p in (plan, richer)]
    found = differences(bodies, plan.assessment.policy)
    keys = [p.lines.set_index(["compound_id", "option"])[["year", "cost"]] for p in (plan, richer)]
    both = keys[0].join(keys[1], how="outer", suffixes=("_a", "_b"))
    same = (both["year_a"] == both["year_b"]) & (both["cost_a"] == both["cost_b"])
    assert len(found) == int((~same.fillna(False)).sum()) > 0
    only = found.loc[found["kind"] == "only"]
    assert ((only["plan_0"] == "—") != (only["plan_1"] == "—")).all()
    rows = {label: (values, marks) for label, values, marks in figure_rows(bodies, "zh")}
    assert rows["消除短板（分）"][1] == [False, True]
    assert placed_of(bodies[0]).planned == placed((2027, 2028), plan.lines, set(plan.reserve["compound_id"])).planned
    assert not len(differences([bodies[0], bodies[0]], plan.assessment.policy))
    assert not np.any([any(marks) for _, _, marks in figure_rows([bodies[0], bodies[0]], "zh")])
