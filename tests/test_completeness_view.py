"""How much is known, the most deciding fields first, as a table and as a workbook."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.decisions.criteria import RAW
from planner.decisions.field_weights import READS, field_weights
from planner.decisions.pipeline import assess
from planner.district.checks import completeness_table as shares_of
from planner.outputs.completeness_view import completeness, completeness_table, completeness_workbook, places
from planner.policy import with_settings
from tests.builders import NA, make_district, shared_policy
from tests.cases import AS_OF

ROWS: list[dict[str, Any]] = [
    {"compound_id": "A", "subdistrict_name": "东街", "households": 90, "built_year_max": 1985, "cctv_points": NA},
    {"compound_id": "B", "subdistrict_name": "东街", "property_status": "无", "cctv_points": 3},
    {"compound_id": "C", "subdistrict_name": "西街", "households": 20},
]


def test_weights_follow_the_profile() -> None:
    policy = shared_policy()
    screen, review = field_weights(policy, "screen"), field_weights(policy, "review")
    assert screen.at["property_status", "weight"] == policy.criteria.at["n4", "weight_screen"]
    assert review.at["property_status", "weight"] == policy.criteria.at["n4", "weight_review"]
    read_twice = policy.criteria.loc[["n5", "n6", "d1", "d3", "v1"], "weight_review"].sum()
    assert review.at["households", "weight"] == read_twice
    assert screen["weight"].is_monotonic_decreasing
    assert set(screen.index) == set(policy.fields("compounds").index) - {"compound_id"}
    assert set(screen.index[screen["key"]]) == set(policy.values("key_fields"))
    aside = with_settings(policy, unused_criteria="n4")
    assert field_weights(aside, "screen").at["property_status", "weight"] == 0


def test_every_criterion_says_which_fields_it_reads() -> None:
    fields = set(shared_policy().fields("compounds").index)
    assert set(READS) == set(RAW)
    assert {f for own in READS.values() for f in own} <= fields


FULL: dict[str, Any] = {
    "compound_id": "A", "object_type": "小区", "built_year_min": 1985, "built_year_max": 1988, "households": 90,
    "units_n": 6, "buildings_n": 3, "property_status": "无", "custodian_type": "社区", "custodian_doc": "管护承诺书",
    "access_ctrl_units": 2, "access_ctrl_working": 1, "cctv_points": 3, "cctv_working": 2, "vehicle_gates_n": 1,
    "barrier_lanes_n": 0, "ped_gates_n": 1, "perimeter_closable": True, "elderly_60_share": 0.3,
    "approval_stage": "方案", "illegal_structures_n": 2, "illegal_blocking": False, "self_fund_rate": 0.1,
    "support_households_n": 40, "surveyed_households_n": 60, "hotline_12m_total": 4, "police_calls_12m": 2,
    "road_bad_share": 0.4, "ponding_points": 1, "stair_light_broken_rate": 0.5, "lines_overhead_m": 20,
    "drain_type": "合流", "waste_sorting": "无", "ebike_ports_n": 1, "fire_lane_ok": True, "hydrant_ok": "坏",
    "indoor_charging": False, "fire_lane_min_width_m": 3.5, "parking_n": 20,
}  # fmt: skip


def _raw(row: dict[str, Any]) -> pd.Series:
    """The raw values of a compound."""
    frame = assess(make_district([row]), shared_policy(), as_of=AS_OF, profile="final").criteria
    return frame.loc["A"]


@pytest.mark.parametrize(
    ("code", "fields"),
    [("n2", "built_year_min;built_year_max"), ("n3", "cctv_points;cctv_working"), ("n3", "units_n"),
     ("n3", "access_ctrl_units;access_ctrl_working"), ("n4", "property_status"), ("n8", "households"),
     ("n1", "hydrant_ok"), ("n1", "indoor_charging"), ("n6", "road_bad_share"), ("n6", "ponding_points"),
     ("n6", "stair_light_broken_rate"), ("n6", "lines_overhead_m"), ("n6", "drain_type"), ("n6", "ebike_ports_n"),
     ("n7", "police_calls_12m"), ("d1", "support_households_n"), ("d2", "self_fund_rate"),
     ("d3", "hotline_12m_total"), ("d4", "elderly_60_share"), ("r1", "custodian_doc"), ("r2", "approval_stage"),
     ("r3", "illegal_structures_n")],
)  # fmt: skip
def test_a_criterion_changes_with_the_fields_it_reads(code: str, fields: str) -> None:
    gone = fields.split(";")
    assert set(gone) <= set(READS[str(shared_policy().criteria.at[code, "raw"])])
    blank = {k: v for k, v in FULL.items() if k not in gone}
    full, less = (_raw(row)[[f"{code}_x", f"{code}_lo_x", f"{code}_hi_x", f"{code}_kind"]] for row in (FULL, blank))
    assert not full.equals(less)


def test_shares_and_counts_by_hand() -> None:
    found = completeness(make_district(ROWS), shared_policy(), "screen")
    share = found.share()
    assert share.loc["households"].round(4).tolist() == [0.6667, 0.5, 1.0]
    assert share.loc["cctv_points"].tolist() == [0.5, 1.0, 0.0]
    assert found.asked.loc["cctv_points"].tolist() == [2, 1, 1]
    assert places(found) == ["all", "东街", "西街"]
    pd.testing.assert_frame_equal(
        share.sort_index(), shares_of(make_district(ROWS), shared_policy()).sort_index(), check_names=False
    )
    deciding = found.deciding()
    assert found.overall() == found.known.loc[deciding, "all"].sum() / found.asked.loc[deciding, "all"].sum()
    assert found.overall("没有这个街道") is None


def test_nothing_known_and_nobody_there() -> None:
    nobody = completeness(make_district([]), shared_policy(), "screen")
    assert nobody.overall() is None
    assert nobody.share()["all"].isna().all()
    unknown = completeness(make_district([{"compound_id": "A"}]), shared_policy(), "screen")
    assert unknown.overall() == 0.0
    assert places(unknown) == ["all"]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(["东街", "西街", ""]), st.booleans()), max_size=10))
def test_places_add_up_to_the_district(rows: list[tuple[str, bool]]) -> None:
    given_rows = [
        {"compound_id": f"C{k}", **({"subdistrict_name": s} if s else {}), **({"households": 5} if h else {})}
        for k, (s, h) in enumerate(rows)
    ]
    found = completeness(make_district(given_rows), shared_policy(), "screen")
    for table in (found.known, found.asked):
        assert (table.drop(columns="all").sum(axis=1) == table["all"]).all()
    assert found.known.at["households", "all"] == sum(h for _, h in rows)
    assert (found.asked["all"] == len(rows)).all()


def test_the_workbook_has_the_same_numbers_and_the_same_bytes() -> None:
    district = make_district(ROWS)
    found = completeness(district, shared_policy(), "screen")
    data = completeness_workbook(found, district, shared_policy(), as_of=AS_OF)
    assert data == completeness_workbook(found, district, shared_policy(), as_of=AS_OF)
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(min_row=3, values_only=True))
    assert list(rows[0][-3:]) == ["全区", "东街", "西街"]
    table = completeness_table(found, shared_policy())
    assert len(rows) - 1 == len(table)
    households = next(row for row in rows if row[1] == "households")
    assert [round(float(str(v)), 4) for v in households[-3:]] == [0.6667, 0.5, 1.0]
    assert households[5:7] == (2, 3)
