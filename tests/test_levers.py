"""怎样才能列入: every change that is named does what is said, and nothing is named for nothing."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decisions.assessment import Assessment
from planner.decisions.lever_changes import CONSENT, CUSTODIAN, YEAR, Change, between, households_needed
from planner.decisions.lever_words import lever_rows, lever_summary
from planner.decisions.levers import Lever, levers
from planner.decisions.pipeline import assess
from planner.decisions.states import CONSULT_FIRST, CUSTODIAN_FIRST, EXCLUDED, LISTED, NO_NEED, READY, TO_VERIFY
from planner.decisions.what_if import copies, states_with
from planner.district.district import District
from planner.district.load import read_district
from planner.policy import with_settings
from tests.builders import make_district, shared_policy
from tests.cases import AS_OF, SOUND, case_1, case_2, case_7, case_policy
from tests.cases import CUSTODIAN as KEPT
from tests.source_tree import ROOT


@functools.cache
def demo() -> Assessment:
    """The demo district at its own date."""
    policy = shared_policy()
    return assess(read_district(ROOT / "data", policy), policy, as_of=dt.date(2026, 11, 20))


def of(district: District, **settings: str) -> Assessment:
    """The assessment of a hand-made district."""
    return assess(district, case_policy(**settings), as_of=AS_OF)


def compound(**facts: object) -> District:
    """A sound compound of 1990 with a custodian, consent and everything in place, but for ``facts``."""
    row = {"compound_id": "a", **SOUND, **KEPT, "households": 120, "units_n": 12, "buildings_n": 4,
           "built_year_min": 1990, "built_year_max": 1990, "access_ctrl_units": 12, "access_ctrl_working": 12,
           "cctv_points": 40, "cctv_working": 40, "support_households_n": 100, "surveyed_households_n": 110,
           "households_not_reached": 0}  # fmt: skip
    return make_district([{**row, **facts}])


LACKING = {"road_bad_share": 0.6, "drain_bad_m": 80.0, "road_light_ok": "无", "lines_overhead_m": 300.0,
           "waste_sorting": "无", "stair_light_broken_rate": 0.8, "fire_lane_ok": True}  # fmt: skip


def test_what_is_ready_or_under_way_needs_nothing() -> None:
    ready = of(case_1())
    assert ready.states["state"].tolist() == [READY]
    assert levers(ready, "C01") == []
    listed = next(iter(demo().states.index[demo().states["state"] == LISTED]))
    assert levers(demo(), listed) == []


def test_a_custodian_alone_brings_in_what_only_lacks_one() -> None:
    found = of(compound(**LACKING, custodian_doc="无", custodian_type="无"))
    assert found.states["state"].tolist() == [CUSTODIAN_FIRST]
    rows = lever_rows(levers(found, "a"), found.policy)
    assert rows[0] == ("落实管护责任主体（社区、物业服务企业、居民自管小组，有书面文件）", READY)
    assert lever_summary(levers(found, "a")) == ""


def test_consent_names_the_households_that_are_two_thirds() -> None:
    found = of(compound(**LACKING, support_households_n=None, surveyed_households_n=None))
    assert found.states["state"].tolist() == [CONSULT_FIRST]
    assert lever_rows(levers(found, "a"), found.policy)[0] == ("征询意愿，同意达到80户（2/3）", READY)
    english = lever_rows(levers(found, "a"), found.policy, "en")
    assert english[0][0] == "consent of 80 households (2/3)"


def test_the_year_is_cut_exactly_where_the_policy_cuts() -> None:
    found = of(compound(**LACKING, built_year_min=None, built_year_max=None))
    assert found.states["state"].tolist() == [TO_VERIFY]
    rows = dict(lever_rows(levers(found, "a"), found.policy))
    limit = int(found.policy.number("built_before_A"))
    assert rows[f"建成年代（最晚）查明为{limit}年及以前"] == READY
    after = {"year": limit + 1, "built_year_source": "竣工档案"}
    assert states_with(found, "a", [after])["state"].tolist() != [READY]
    later = of(compound(**LACKING, built_year_min=None, built_year_max=None), built_before_A="1995")
    assert dict(lever_rows(levers(later, "a"), later.policy))["建成年代（最晚）查明为1995年及以前"] == READY


def test_two_facts_together_where_one_is_not_enough() -> None:
    found = of(compound(**LACKING, custodian_doc="无", custodian_type="无", support_households_n=None))
    made = levers(found, "a")
    ready = [lever for lever in made if lever.state == READY]
    assert {tuple(part.change.about for part in lever.parts) for lever in ready} >= {(CUSTODIAN, CONSENT)}
    assert all(len(lever.parts) == 2 for lever in ready)
    assert lever_summary(made) == "按现行规则，改变任何一项都还不能列入；两项同时改变可以。"


def test_nothing_is_said_where_nothing_would() -> None:
    found = of(case_7())
    assert found.states["state"].tolist() == [EXCLUDED]
    assert levers(found, "C07") == []
    assert lever_summary([]).startswith("按现行规则，现有情况改变任何一项或两项")
    settled = demo().states.index[demo().states["state"] == NO_NEED][0]
    assert levers(demo(), settled) == []


def test_a_dispute_can_be_settled_a_secret_unit_cannot() -> None:
    disputed, secret = (of(compound(**LACKING, land_status=word)) for word in ("争议", "涉密"))
    assert lever_rows(levers(disputed, "a"), disputed.policy) == [("权属状态由争议改为清晰", READY)]
    assert levers(secret, "a") == []


def test_the_nameless_number_of_households_is_said_as_a_share() -> None:
    found = of(compound(**LACKING, households=None, support_households_n=None, surveyed_households_n=None))
    words = [what for what, _ in lever_rows(levers(found, "a"), found.policy)]
    assert "户数查实，征询意愿，同意达到总户数的2/3" in words


@given(st.integers(1, 6000))
def test_households_needed_is_the_least_number_that_makes_two_thirds(whole: int) -> None:
    need = households_needed(whole, shared_policy())
    assert 3 * need >= 2 * whole > 3 * (need - 1)


@given(st.integers(0, 3000), st.integers(0, 300))
def test_between_two_counts_lie_whole_numbers_only(low: int, gap: int) -> None:
    ends = [Change("cctv_points", {"cctv_points": float(v)}, float(v)) for v in (low, low + gap)]
    found = [change.value for change in between(*ends)]
    assert len(found) == min(max(gap - 1, 0), 64)
    assert all(low < float(v) < low + gap and float(v).is_integer() for v in found)
    assert sorted(set(found)) == found


def _changed(lever: Lever, compound_id: str) -> District:
    """The whole demo district with the facts of a lever."""
    cells = {k: v for part in lever.parts for k, v in part.change.cells.items()}
    district = demo().district
    frame, years = district.compounds.copy(), district.year_range.copy()
    plain = {k: v for k, v in cells.items() if k != "year"}
    if "year" in cells:
        plain |= {"built_year_min": cells["year"], "built_year_max": cells["year"]}
        years.loc[compound_id, ["year_lo", "year_hi"]] = cells["year"]
    for field, value in plain.items():
        frame.loc[compound_id, field] = value
    return dataclasses.replace(district, compounds=frame, year_range=years)


@pytest.mark.parametrize("state", [CUSTODIAN_FIRST, CONSULT_FIRST, TO_VERIFY, EXCLUDED, NO_NEED])
def test_the_whole_district_says_the_same_as_the_copies(state: str) -> None:
    """Every third compound of a state in the demo: what is said of the first lever is what assess says."""
    told = demo()
    for compound_id in list(told.states.index[told.states["state"] == state])[::3][:3]:
        for lever in levers(told, compound_id)[:1]:
            again = assess(_changed(lever, compound_id), shared_policy(), as_of=told.as_of)
            assert again.states.at[compound_id, "state"] == lever.state
            others = again.states["state"].drop(compound_id)
            assert (others == told.states["state"].drop(compound_id)).all()


def test_a_copy_is_the_compound_with_its_own_rows_and_nobody_is_changed() -> None:
    before = case_2()
    district = copies(before, "C02", [{}, {"households": 70, "year": 1999}])
    assert district.compounds.index.tolist() == ["C02/0", "C02/1"]
    assert district.compounds["households"].tolist() == [48, 70]
    assert district.year_range.loc["C02/1"].tolist() == [1999, 1999]
    entrances = district.layers["entrances"]["compound_id"].value_counts().to_dict()
    assert entrances == {"C02/0": len(before.layers["entrances"]), "C02/1": len(before.layers["entrances"])}
    assert before.compounds["households"].tolist() == [48]


def test_without_a_change_the_state_is_the_one_of_the_district() -> None:
    told = demo()
    for compound_id in told.states.index[::9]:
        assert states_with(told, compound_id, [{}])["state"].tolist() == [told.states.at[compound_id, "state"]]


def test_one_compound_is_quick() -> None:
    told, spent = demo(), []
    for compound_id in told.states.index[told.states["state"] == TO_VERIFY][:5]:
        begin = time.process_time()
        levers(told, compound_id)
        spent.append(time.process_time() - begin)
    print(f"levers: {min(spent):.2f}-{max(spent):.2f} s CPU")
    assert sorted(spent)[len(spent) // 2] < 1.5


def test_the_consent_of_micro_renovation_counts_where_the_policy_asks_for_it() -> None:
    policy = with_settings(shared_policy(), consent_min_M="4/5")
    assert households_needed(10, policy) == 8
    assert YEAR == "built_year_max"
