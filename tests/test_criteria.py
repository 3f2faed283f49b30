"""Raw values: one hand number per criterion, then partly known, unknown and na, then what must always hold."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decisions import criteria, deficits, items, measures, programmes
from planner.decisions.criteria import RAW
from planner.decisions.raw_values import shrunk_rate
from planner.errors import PolicyError
from planner.policy import Policy, with_settings
from tests.builders import NA, make_district, shared_policy
from tests.cases import AS_OF, case_1, case_2, case_4, case_6, case_7, case_8, case_10, case_policy

Cell = tuple[Any, Any, Any, str]


PRICED = ("v1", "d2")


def raw_of(district: Any, policy: Policy | None = None, *, priced: bool = False) -> pd.DataFrame:
    """The raw frame of a district, through the steps before it; costs are unknown unless ``priced``."""
    policy = policy or case_policy()
    lacking = deficits.find_deficits(district, measures.measure(district), policy)
    index = district.compounds.index
    money = pd.DataFrame({"cost_all": 0, "cost_all_most": pd.NA, "cost_all_known": False}, index=index)
    if priced:
        answers = programmes.evaluate(district, lacking, policy, AS_OF)
        money = items.costs(items.list_items(district, lacking, answers, policy), policy, compounds=index)
    return criteria.raw(lacking, money, policy, AS_OF)


def cell(raw: pd.DataFrame, code: str) -> Cell:
    """x, lo, hi, kind of the first compound; missing is None."""
    row = raw.iloc[0]
    x, low, high = (None if pd.isna(row[f"{code}{end}"]) else row[f"{code}{end}"] for end in ("_x", "_lo_x", "_hi_x"))
    return x, low, high, row[f"{code}_kind"]


def one(code: str, policy: Policy | None = None, rows: dict[str, Any] | None = None, **fields: Any) -> Cell:
    """The cell of a compound of which only these fields are known."""
    district = make_district([{"compound_id": "A", **fields}], **(rows or {}))
    return cell(raw_of(district, policy, priced=code in PRICED), code)


def test_every_criterion_of_the_policy_has_its_function() -> None:
    assert set(shared_policy().criteria["raw"]) == set(RAW)


def test_a_raw_name_that_nobody_wrote_is_a_policy_error() -> None:
    table = shared_policy().criteria.assign(raw="no_such_thing")
    policy = Policy(**{**{f: getattr(shared_policy(), f) for f in Policy.__slots__}, "criteria": table})
    with pytest.raises(PolicyError, match="no_such_thing"):
        raw_of(make_district([]), policy)
    with pytest.raises(PolicyError, match="n99"):
        raw_of(make_district([]), case_policy(unused_criteria="n99"))


class TestCases:
    """The acceptance cases."""

    def test_case_10_police_calls_shrink(self) -> None:
        x, _, _, kind = cell(raw_of(case_10()), "n7")
        assert x == pytest.approx((1 + 0.3) / 62 * 100)
        assert x == pytest.approx(2.10, abs=0.005)
        assert kind == "known"

    def test_case_1_told_as_the_eighties(self) -> None:
        assert cell(raw_of(case_1()), "n2") == (2026 - 1984.5, 2026 - 1989, 2026 - 1980, "partly")

    def test_case_1_everything_is_missing(self) -> None:
        assert cell(raw_of(case_1()), "n3") == (1.0, 1.0, 1.0, "known")

    def test_case_1_consent_leaves_four_households_open(self) -> None:
        assert cell(raw_of(case_1()), "d1") == (96 / 108, 96 / 108, 100 / 108, "partly")

    def test_case_1_cost_per_household(self) -> None:
        x, low, high, kind = cell(raw_of(case_1(), priced=True), "v1")
        assert (x, low, high, kind) == (133_600 / 108, 133_600 / 108, 133_600 / 108, "known")

    def test_case_2_a_narrow_lane_counts_twice_and_nobody_is_custodian(self) -> None:
        raw = raw_of(case_2())
        assert cell(raw, "n1") == (2.0, 2.0, 2.0, "known")
        assert cell(raw, "r1")[0] == "无"
        assert cell(raw, "n4")[0] == "无"

    def test_case_4_a_courtyard_without_unit_doors_has_no_security_part(self) -> None:
        raw = raw_of(case_4())
        assert cell(raw, "n3") == (None, None, None, "na")
        assert cell(raw, "n6")[0] == pytest.approx((0.8 + 1 + 0 + 0 + 0 + 0) / 6)

    def test_case_6_broken_counts_in_security_and_costs_nothing(self) -> None:
        raw = raw_of(case_6(), priced=True)
        assert cell(raw, "n3")[0] == pytest.approx((9 / 30 + 0 + (40 - 22) / 54) / 3, abs=0.02)
        assert cell(raw, "v1")[0] == 0

    def test_case_7_old_pipes_and_cold_homes(self) -> None:
        x, _, _, kind = cell(raw_of(case_7()), "n5")
        assert (x, kind) == (100.0, "known")

    def test_case_8_what_cannot_be_closed_has_no_barrier_part(self) -> None:
        assert cell(raw_of(case_8(barrier_lanes_n=None)), "n3") == (1.0, 1.0, 1.0, "known")
        assert cell(raw_of(case_8(access_ctrl_units=12, access_ctrl_working=12)), "n3")[0] == 0.5


class TestNeed:
    """n1 to n8 by hand."""

    def test_n1_counts_what_is_certain_and_leaves_the_rest_open(self) -> None:
        assert one("n1", indoor_charging=True, hydrant_ok="坏") == (2.0, 2.0, 8.0, "partly")
        assert one("n1") == (None, None, None, "unknown")

    def test_n1_a_register_with_a_date_answers_for_the_grade(self) -> None:
        policy = case_policy(hazard_register_as_of="2026-10-01")
        assert one("n1", policy, hydrant_ok="好") == (0.0, 0.0, 5.0, "partly")
        assert one("n1", hydrant_ok="好") == (0.0, 0.0, 7.0, "partly")

    @pytest.mark.parametrize("grade", ["C", "D"])
    def test_n1_a_dangerous_building_counts_twice(self, grade: str) -> None:
        building = {"building_id": "b", "compound_id": "A", "hazard_grade": grade}
        assert one("n1", rows={"buildings": [building]}) == (2.0, 2.0, 8.0, "partly")

    def test_n2_uses_the_oldest_documented_building(self) -> None:
        years, known = {"built_year_min": 1985, "built_year_max": 1985}, (41.0, 41.0, 41.0, "known")
        assert one("n2", built_year_min=1985, built_year_max=1999, built_year_source="竣工档案") == known
        assert one("n2", built_year_source="居民口述", **years) == known
        assert one("n2") == (None, None, None, "unknown")

    def test_n2_a_decade_counts_from_its_mean(self) -> None:
        assert one("n2", built_year_min=1990, year_lo=1990, year_hi=1999) == (31.5, 27.0, 36.0, "partly")

    def test_n3_working_devices_bound_each_other(self) -> None:
        known = {"perimeter_closable": "不可", "units_n": 10, "cctv_points": 0, "cctv_working": 0}
        assert one("n3", access_ctrl_working=4, access_ctrl_units=6, **known)[:3] == (0.8, 0.8, 0.8)
        x, low, high, kind = one("n3", access_ctrl_units=6, **known)
        assert (x, low, high, kind) == (pytest.approx(0.7), pytest.approx(0.7), 1.0, "partly")
        assert one("n3", units_n=10) == (None, None, None, "unknown")

    def test_n3_no_lock_at_all_is_known_without_a_count_of_doors(self) -> None:
        known = {"perimeter_closable": "不可", "cctv_points": 0, "cctv_working": 0, "object_type": "小区"}
        assert one("n3", access_ctrl_units=0, access_ctrl_working=0, housing_type="商品房", **known)[0] == 1.0

    def test_n3_an_unknown_perimeter_leaves_open_whether_barriers_count(self) -> None:
        known = {"units_n": 10, "access_ctrl_units": 10, "access_ctrl_working": 10, "barrier_lanes_n": 0}
        _, low, high, kind = one("n3", **known)
        assert kind == "partly"
        assert low == 0.0
        assert high == pytest.approx(2 / 3)

    def test_n4_blank_is_unknown_never_none(self) -> None:
        assert one("n4", property_status="无")[0] == "无"
        assert one("n4") == (None, None, None, "unknown")
        assert one("n4", property_status=NA)[3] == "na"

    def test_n5_the_worst_of_four(self) -> None:
        branch = {
            "branch_id": "b", "compound_ids": "A", "laid_year": 2016, "length_m": 500.0, "bursts_per_season": 0.25,
            "homes_measured_n": 20, "homes_below_18_n": 3, "complaints_season": 2,
        }  # fmt: skip
        rows = {"heat_branches": [branch]}
        fields = {"households": 100, "heating_type": "集中供热", "hotline_12m_heating": 1}
        fail = 60 + 40 * (0.15 - 0.1) / 0.2
        assert one("n5", rows=rows, **fields)[0] == pytest.approx(max(fail, 50.0, 20.0))
        assert one("n5", rows=rows, **fields)[3] == "known"
        del fields["hotline_12m_heating"]
        assert one("n5", rows=rows, **fields)[1:] == (pytest.approx(fail), 100.0, "partly")

    def test_n5_does_not_read_another_compounds_households(self) -> None:
        branch = {"branch_id": "b", "compound_ids": "A;B", "complaints_season": 20}
        rows = [{"compound_id": "A", "households": 100, "heating_type": "集中供热", "hotline_12m_heating": 3}]
        raws = [
            raw_of(make_district([*rows, {"compound_id": "B", "households": h}], heat_branches=[branch]))
            for h in (10, 5000, None)
        ]
        assert len({cell(raw, "n5") for raw in raws}) == 1

    def test_n5_without_district_heating_cannot_apply(self) -> None:
        assert one("n5", heating_type="无")[3] == "na"
        assert one("n5", heating_type=NA)[3] == "na"
        assert one("n5", case_policy(heating="无"))[3] == "na"
        assert one("n5")[3] == "unknown"

    def test_n6_has_as_many_parts_as_apply(self) -> None:
        fields = {
            "road_bad_share": 0.4, "ponding_points": 2, "stair_light_broken_rate": 0.2, "lines_overhead_m": 0.0,
            "ebike_ports_n": 14, "households": 100, "drain_type": "混接",
        }  # fmt: skip
        assert one("n6", **fields)[0] == pytest.approx((0.4 + 1 + 0.2 + 0 + 1 + 1) / 6)
        assert one("n6", **{**fields, "ebike_ports_n": 15})[0] == pytest.approx((0.4 + 1 + 0.2 + 0 + 0 + 1) / 6)
        assert one("n6", **{**fields, "stair_light_broken_rate": NA})[0] == pytest.approx((0.4 + 1 + 0 + 1 + 1) / 5)
        x, low, high, kind = one("n6", road_bad_share=0.4)
        assert (x, low, high) == pytest.approx((0.4 / 6, 0.4 / 6, 5.4 / 6))
        assert kind == "partly"

    def test_n7_thefts_stand_in_for_calls_and_zero_is_known(self) -> None:
        assert one("n7", theft_12m=1, households=12)[0] == pytest.approx(2.0968, abs=1e-4)
        assert one("n7", theft_12m=9, police_calls_12m=0, households=50)[0] == pytest.approx(0.3)
        assert one("n7", households=12)[3] == "unknown"
        assert one("n7", theft_12m=1)[3] == "unknown"

    def test_n8_is_the_number_of_households(self) -> None:
        assert one("n8", households=48) == (48.0, 48.0, 48.0, "known")


class TestSupport:
    """d1 to v1 by hand."""

    def test_d1_not_asked_is_not_zero(self) -> None:
        assert one("d1", households=100)[3] == "unknown"
        assert one("d1", households=100, support_households_n=0, surveyed_households_n=0)[3] == "unknown"
        asked = {"households": 100, "support_households_n": 60, "surveyed_households_n": 100}
        assert one("d1", **asked) == (0.6, 0.6, 0.6, "known")
        assert one("d1", households=12, support_households_n=8)[1:] == (8 / 12, 1.0, "partly")
        missed = {"surveyed_households_n": 12, "households_not_reached": 2}
        assert one("d1", households=12, support_households_n=8, **missed)[1:3] == (8 / 12, 10 / 12)

    def test_d2_is_the_share_or_the_sum_over_a_known_cost(self) -> None:
        assert one("d2", self_fund_rate=0.05)[0] == 0.05
        assert cell(raw_of(case_1(self_fund_commit_yuan=13_360.0), priced=True), "d2")[0] == pytest.approx(0.1)
        assert one("d2", self_fund_commit_yuan=100.0)[3] == "unknown"

    def test_d3_shrinks_to_its_own_prior(self) -> None:
        assert one("d3", hotline_12m_total=10, households=150)[0] == pytest.approx((10 + 40 * 50 / 1000) / 200 * 1000)

    def test_d4(self) -> None:
        assert one("d4", elderly_60_share=0.31)[0] == 0.31

    @pytest.mark.parametrize(
        ("doc", "kinds", "expected"),
        [
            ("无", [], "无"),
            ("口头", [], "口头或仅有组织"),
            ("无", ["业委会"], "口头或仅有组织"),
            ("承接意向书", [], "有文件"),
            ("管护承诺书", ["物管会"], "有文件和物管会或自管小组"),
            ("承接意向书", ["联合业委会"], "有文件和业委会"),
            ("物业服务合同", ["业委会"], "物业合同和业委会"),
            ("物业服务合同", ["物管会", "业委会"], "物业合同和业委会"),
        ],
    )
    def test_r1(self, doc: str, kinds: list[str], expected: str) -> None:
        bodies = [{"committee_id": f"c{i}", "kind": kind, "compound_ids": "A;Z"} for i, kind in enumerate(kinds)]
        assert one("r1", rows={"committees": bodies}, custodian_doc=doc)[0] == expected

    def test_r1_a_firm_in_a_bare_ledger_is_unknown(self) -> None:
        assert one("r1", property_status="专业物业")[3] == "unknown"
        assert one("r1", custodian_type="社区")[3] == "unknown"
        assert one("r1", custodian_type="无")[0] == "无"
        idle = {"committee_id": "c", "kind": "业委会", "compound_ids": "A", "working": False}
        assert one("r1", rows={"committees": [idle]}, custodian_doc="无")[0] == "无"

    def test_r2_a_disputed_title_takes_the_stage_back(self) -> None:
        assert one("r2", approval_stage="施工图")[0] == "施工图"
        assert one("r2", approval_stage="施工图", land_status="争议")[0] == "无"
        assert one("r2", land_status="清晰")[3] == "unknown"

    @pytest.mark.parametrize(
        ("count", "blocking", "expected"),
        [
            (0, None, ("无", "无", "无", "known")),
            (0, False, ("无", "无", "无", "known")),
            (3, True, ("有且阻碍", "有且阻碍", "有且阻碍", "known")),
            (3, False, ("有不阻碍", "有不阻碍", "有不阻碍", "known")),
            (3, None, ("有不阻碍", "有且阻碍", "有不阻碍", "partly")),
            (None, True, ("有且阻碍", "有且阻碍", "有且阻碍", "known")),
            (None, False, ("有不阻碍", "有不阻碍", "无", "partly")),
            (None, None, (None, None, None, "unknown")),
        ],
    )
    def test_r3(self, count: int | None, blocking: bool | None, expected: Cell) -> None:
        assert one("r3", illegal_structures_n=count, illegal_blocking=blocking) == expected

    def test_v1_an_unknown_item_widens_the_lower_end_only(self) -> None:
        x, low, high, kind = cell(raw_of(case_1(cctv_points=None, cctv_working=None), priced=True), "v1")
        assert kind == "partly"
        assert x == high == 76_000 / 108
        assert low > x

    def test_v1_nothing_certain_is_unknown(self) -> None:
        assert one("v1", households=50)[3] == "unknown"


def test_unused_criteria_cannot_apply() -> None:
    raw = raw_of(case_1(), case_policy(unused_criteria="n3;r1"))
    assert cell(raw, "n3") == (None, None, None, "na")
    assert cell(raw, "r1")[3] == "na"
    assert cell(raw, "n4")[3] == "known"


def test_without_compounds_the_columns_are_there() -> None:
    raw = raw_of(make_district([]))
    assert len(raw) == 0
    assert raw["n3_x"].dtype == "Float64"
    assert raw["n4_x"].dtype == "string"


@given(st.integers(0, 500), st.integers(1, 5000), st.integers(1, 5000))
def test_a_shrunk_rate_lies_between_its_own_and_the_prior(events: int, people: int, more: int) -> None:
    rate = shrunk_rate(events, people, per=100, prior=0.6, k=50)  # type: ignore[arg-type]
    own = 100 * events / people
    assert min(own, 0.6) - 1e-9 <= rate <= max(own, 0.6) + 1e-9
    assert shrunk_rate(events + more, people, per=100, prior=0.6, k=50) > rate  # type: ignore[arg-type]


def test_the_policy_decides_the_prior() -> None:
    policy = with_settings(case_policy(), police_prior_per100="6")
    assert one("n7", policy, theft_12m=0, households=50)[0] == pytest.approx(3.0)
