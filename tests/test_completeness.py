"""Share known per field and 街道, and what an export must not show."""

from __future__ import annotations

import pandas as pd
from builders import NA, make_district, shared_policy
from ground import box

from planner.district.checks import completeness_table, known, mark_for_suppression


def test_share_known_per_field_and_subdistrict() -> None:
    rows = [
        {
            "compound_id": "C1",
            "subdistrict_name": "东街道",
            "households": 100,
            "hydrant_ok": "未查",
            "heating_type": NA,
        },
        {"compound_id": "C2", "subdistrict_name": "东街道", "hydrant_ok": "好", "heating_type": "集中供热"},
        {"compound_id": "C3", "subdistrict_name": "西街道", "households": 90, "public_meter": "不清"},
        {"compound_id": "C4", "households": 80},
    ]
    table = completeness_table(make_district(rows), shared_policy())
    assert list(table.columns) == ["all", "东街道", "西街道", ""]
    assert list(table.loc["households"]) == [0.75, 0.5, 1.0, 1.0]
    assert list(table.loc["hydrant_ok"]) == [0.25, 0.5, 0.0, 0.0]
    assert table.at["public_meter", "西街道"] == 0.0
    assert table.at["heating_type", "all"] == 1 / 3  # C1 cannot have it and is not counted
    assert "compound_id" not in table.index


def test_a_field_that_nobody_can_have_is_missing_and_not_zero() -> None:
    table = completeness_table(make_district([{"compound_id": "C1", "heating_type": NA}]), shared_policy())
    assert pd.isna(table.at["heating_type", "all"])
    assert table.at["households", "all"] == 0.0
    assert completeness_table(make_district(), shared_policy())["all"].isna().all()


def test_subdistricts_come_in_administrative_order() -> None:
    rows = [{"compound_id": f"C{i}", "subdistrict_name": name} for i, name in enumerate(["甲街道", "乙街道", "丙街道"])]
    communities = [
        {"community_code": "S1", "subdistrict_name": "乙街道", "subdistrict_order": 1, "geometry": box(0, 0, 9, 9)},
        {"community_code": "S2", "subdistrict_name": "甲街道", "subdistrict_order": 2, "geometry": box(9, 0, 9, 9)},
    ]
    table = completeness_table(make_district(rows, communities=communities), shared_policy())
    assert list(table.columns) == ["all", "乙街道", "甲街道", "丙街道"]


def test_known_is_an_answer_and_not_a_word_for_not_knowing() -> None:
    frame = pd.DataFrame(
        {"a": pd.array(["好", "未查", None], dtype="string"), "b": pd.array([1, 0, None], dtype="Int64")}
    )
    assert known(frame).to_dict("list") == {"a": [True, False, False], "b": [True, True, False]}


def marks(**values: object) -> set[str]:
    compounds = make_district([{"compound_id": "C1", **values}]).compounds
    table = mark_for_suppression(compounds, shared_policy())
    assert table.shape == compounds.shape
    return set(table.columns[table.loc["C1"].fillna(True)])


def test_counts_under_five_are_marked_and_five_is_not() -> None:
    assert marks(households=100, elderly_80_count=4, theft_12m=0) == {"elderly_80_count", "theft_12m"}
    assert marks(households=100, elderly_80_count=5) == set()
    assert marks() == set()


def test_a_share_is_marked_when_few_people_or_an_unknown_number_stand_behind_it() -> None:
    assert marks(elderly_60_share=0.2, population=20) == {"elderly_60_share"}  # four people
    assert marks(elderly_60_share=0.25, population=20) == set()
    assert marks(elderly_60_share=0.25) == {"elderly_60_share"}


def test_a_single_household_has_no_shape_and_a_few_have_no_aggregates() -> None:
    assert marks(households=1, geometry=box(0, 0, 9, 9)) == {"households", "geometry"}
    assert marks(households=4, maint_fund_balance_yuan=9000.0, geometry=box(0, 0, 9, 9)) == {
        "households",
        "maint_fund_balance_yuan",
    }
    assert marks(households=60, maint_fund_balance_yuan=9000.0) == set()
