"""Questions to a finished plan: what would bring a compound in, how sure it is, what more money adds and drops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.decisions.assessment import Assessment
from planner.decisions.pipeline import assess
from planner.decisions.portfolio.effort import Effort
from planner.decisions.portfolio.more_money import more_money
from planner.decisions.portfolio.plan import Plan, make_plan
from planner.decisions.portfolio.request import ALLOW, Order, PlanRequest
from planner.decisions.portfolio.robust import robustness
from planner.decisions.portfolio.ways_in import ways_in
from planner.policy import with_settings
from tests.builders import shared_policy
from tests.cases import AS_OF
from tests.joined import case_district

LITTLE = Effort(
    rounds=15, nearby=3, roundings=2, shakes=5, exact_streets=0, core_columns=0, core_rounds=0, polish_columns=0
)
MONEY = {(2027, ""): 150_000, (2028, ""): 150_000}


@pytest.fixture(scope="module")
def cases() -> Assessment:
    names = ("expropriation", "renovation", "hazard", "land", "heritage")
    policy = with_settings(shared_policy(), **{f"{n}_register_as_of": "2026-10-01" for n in names})
    return assess(case_district(), policy, as_of=AS_OF)


@pytest.fixture(scope="module")
def plan(cases: Assessment) -> Plan:
    return make_plan(cases, PlanRequest(funds=MONEY, unverified=ALLOW), effort=LITTLE)


def test_departures_are_counted(plan: Plan) -> None:
    rows = plan.departures.set_index("compound_id")
    ranked = plan.assessment.ranking.loc[plan.assessment.ranking["rank"].notna(), "compound_id"].tolist()
    inside = set(plan.lines["compound_id"])
    assert len(rows)
    for compound, row in rows.iterrows():
        at = ranked.index(compound)
        others = ranked[:at] if row["kind"] == "ahead" else ranked[at + 1 :]
        wanted = [c for c in others if (c in inside) == (row["kind"] == "passed")]
        assert (row["n"], row["place"]) == (len(wanted), at + 1)
        assert (compound in inside) == (row["kind"] == "ahead")
        assert str(row["n"]) in row["reason_zh"]


def test_more_money_never_worth_less_and_drops_are_told(plan: Plan) -> None:
    steps = more_money(plan, [100_000, 20_000, 400_000], effort=LITTLE)
    assert [step.extra for step in steps] == [20_000, 100_000, 400_000]
    values = [plan.solution.objective, *(step.value for step in steps)]
    assert values == sorted(values)
    lines = plan.lines.loc[plan.lines["status"] == "拟列入"]
    before = set(zip(lines["compound_id"], lines["option"], strict=True))
    for step in steps:
        dropped = set(zip(step.dropped["compound_id"], step.dropped["option"], strict=True))
        added = set(zip(step.added["compound_id"], step.added["option"], strict=True))
        assert dropped <= before
        assert not added & before
    assert len(steps[-1].added)


def test_what_was_promised_is_kept(plan: Plan) -> None:
    for step in more_money(plan, [50_000, 400_000], keep=True, effort=LITTLE):
        assert len(step.dropped) == len(step.moved) == 0
        assert step.value >= plan.solution.objective - 1e-9


def test_places_and_shares_without_doubt(plan: Plan) -> None:
    sure = replace(plan, assessment=replace(
        plan.assessment, policy=with_settings(plan.assessment.policy, plan_weight_spread="0")))  # fmt: skip
    known = sure.assessment.scores.filter(regex="_(lo|hi|v)$")
    scores = sure.assessment.scores.copy()
    for code in sure.assessment.policy.criteria.index:
        for end in ("lo", "hi"):
            scores[f"{code}_{end}"] = known[f"{code}_v"].fillna(50.0)
    sure = replace(sure, assessment=replace(sure.assessment, scores=scores))
    table = robustness(sure, draws=50, solves=1, replaced=0).table
    ranked = table.loc[table["place"].notna()]
    assert (ranked["place_low"] == ranked["place_high"]).all()
    assert (table["p_in"] == table["inside"]).all()
    assert set(table["label"]) == {"sure"}


def test_robustness_counts(plan: Plan) -> None:
    seen: list[float] = []
    found = robustness(plan, draws=400, solves=2, replaced=1, watch=lambda share: seen.append(share) or False)
    table = found.table
    assert seen == [0.5, 1.0]
    assert table["p_in"].isin([0.0, 0.5, 1.0]).all()
    ranked = table.loc[table["place"].notna()]
    assert (ranked["place_low"] <= ranked["place_mid"]).all()
    assert (ranked["place_mid"] <= ranked["place_high"]).all()
    assert (ranked["place_low"] < ranked["place_high"]).any()
    assert set(table["label_zh"]) <= {"稳", "较稳", "临界"}
    again = robustness(plan, draws=400, solves=2, replaced=1)
    assert again.table.equals(table)
    losses = found.replacement
    assert losses["proved"].sum() == 1
    assert (losses["loss"] >= -1e-9).all()
    assert set(losses["compound_id"]) == set(table.loc[table["inside"], "compound_id"])


def test_ways_in_hold_when_they_are_done(plan: Plan, cases: Assessment) -> None:
    ways = ways_in(plan, most=3, effort=LITTLE)
    assert len(ways)
    assert set(ways["compound_id"]) <= set(plan.left_out["compound_id"])
    funds = ways.loc[(ways["kind"] == "funds") & ways["proved"]]
    assert len(funds)
    way = funds.iloc[0]
    money = {**MONEY, (int(way["year"]), ""): MONEY[int(way["year"]), ""] + int(way["yuan"])}
    must = (Order(str(way["compound_id"]), "会议纪要", str(way["option"])),)
    richer = make_plan(cases, PlanRequest(funds=money, unverified=ALLOW, must=must), effort=LITTLE)
    assert richer.solution.objective >= plan.solution.objective - 1e-6


def test_value_of_one_more_is_about_what_more_money_brings(plan: Plan) -> None:
    price = plan.binding.loc[plan.binding["unit"] == "yuan_10000", "value_of_one_more"].max()
    step = more_money(plan, [20_000], effort=LITTLE)[0]
    # the bound is concave in money: two more units can never be worth more than twice the price, gap apart
    assert step.value - plan.solution.objective <= 2 * price + (plan.solution.bound - plan.solution.objective) + 1e-6
    assert np.isfinite(price)
