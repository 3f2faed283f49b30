"""Whole tables cleaned: values, problems with file, row and column, what is kept of the source."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from builders import shared_policy
from hypothesis import given
from hypothesis import strategies as st

from planner.district.clean import clean_table
from planner.policy import with_settings
from planner.text import render_problems

POLICY = shared_policy()


def _clean(table: str = "compounds", policy=POLICY, **columns: list[object]):
    raw = pd.DataFrame({name: pd.Series(cells) for name, cells in columns.items()})
    raw.index = pd.Index([f"r{n}" for n in range(len(raw))])
    return clean_table(raw, table, policy, file="台账.csv")


def _one(cleaned, rule: str) -> pd.Series:
    found = cleaned.problems[cleaned.problems["rule"] == rule]
    assert len(found) == 1, cleaned.problems
    return found.iloc[0]


def test_every_field_is_there_in_its_type() -> None:
    cleaned = _clean(compound_id=["A1"], households=["80"])
    fields = POLICY.fields("compounds")
    assert cleaned.frame.columns.tolist() == fields.index.tolist()
    assert cleaned.frame["households"].dtype == "Int64"
    assert cleaned.frame["vote_date"].dtype == "datetime64[s]"
    assert cleaned.frame.loc["r0", "households"] == 80
    assert cleaned.problems.empty


def test_a_repair_says_file_row_column_and_value() -> None:
    cleaned = _clean(compound_id=["A1", "A2"], name=["甲", "乙"], households=["80", "约30户"])
    row = _one(cleaned, "repair.about")
    assert (row["severity"], row["file"], row["row"], row["column"], row["value"]) == (
        "info", "台账.csv", 3, "households", "约30户",
    )  # fmt: skip
    assert cleaned.frame["households"].tolist() == [80, 30]
    assert cleaned.original.to_numpy().tolist() == [["r1", "households", "约30户"]]


def test_row_numbers_and_headers_are_those_of_the_file() -> None:
    raw = pd.DataFrame({"households": ["80", "许多"]})
    columns = pd.DataFrame({"header": ["总户数"], "field": ["households"], "unit": [""]})
    cleaned = clean_table(raw, "compounds", POLICY, file="f", row_numbers=pd.Series([7, 12]), columns=columns)
    row = _one(cleaned, "cell.number")
    assert (row["row"], row["column"], row["severity"]) == (12, "总户数", "warning")


def test_the_unit_of_a_header_counts_unless_the_cell_has_its_own() -> None:
    columns = pd.DataFrame({"header": ["建筑面积（万平方米）"], "field": ["floor_area_m2"], "unit": ["万平方米"]})
    raw = pd.DataFrame({"floor_area_m2": ["1.2", "3500平方米", "0.8万平方米"]})
    cleaned = clean_table(raw, "compounds", POLICY, columns=columns)
    assert cleaned.frame["floor_area_m2"].tolist() == [12_000, 3_500, 8_000]


def test_hard_limits_are_errors_and_unknown_soft_ones_warnings_and_kept() -> None:
    cleaned = _clean(compound_id=["A", "B", "C"], name=["甲"] * 3, households=["0", "20000", "20001"])
    assert cleaned.frame["households"].isna().tolist() == [True, False, True]
    by_rule = cleaned.problems.groupby("rule")["row"].apply(list).to_dict()
    assert by_rule == {"cell.hard_limit": [2, 4], "cell.soft_limit": [3]}
    assert cleaned.problems.set_index("rule").loc["cell.soft_limit", "severity"] == "warning"


def test_the_newest_year_is_the_as_of_year() -> None:
    policy = with_settings(POLICY, as_of="2026-11-20")
    cleaned = _clean(policy=policy, built_year_min=["2026", "2027"])
    assert cleaned.frame["built_year_min"].isna().tolist() == [False, True]
    assert _clean(built_year_min=["2027"]).frame["built_year_min"].tolist() == [2027]


def test_a_share_without_percent_sign_is_not_guessed() -> None:
    cleaned = _clean(elderly_60_share=["0.35", "35%", "35"])
    assert cleaned.frame["elderly_60_share"].isna().tolist() == [False, False, True]
    assert cleaned.frame["elderly_60_share"].tolist()[:2] == [0.35, 0.35]
    assert "35%" in render_problems(cleaned.problems).query("rule == 'cell.percent'")["fix"].iloc[0]


def test_blank_unknown_words_and_not_applicable_are_three_things() -> None:
    cleaned = _clean(heating_type=["", "不详", "不适用", "na", "NA", "无"])
    assert cleaned.frame["heating_type"].isna().tolist() == [True] * 5 + [False]
    assert cleaned.not_applicable == {("r2", "heating_type"), ("r3", "heating_type")}
    assert cleaned.problems["rule"].tolist() == ["cell.unknown_word"] * 2
    assert cleaned.problems["row"].tolist() == [3, 6]


def test_values_that_sound_unknown_stay_values() -> None:
    cleaned = _clean(public_meter=["不清", "不详"], hydrant_ok=["未查", "好"])
    assert cleaned.frame["public_meter"].tolist() == ["不清", "不清"]
    assert cleaned.frame["hydrant_ok"].tolist() == ["未查", "好"]


def test_ids_are_text() -> None:
    cleaned = _clean(compound_id=[" 0012 ", "12.0", "1E5", "3.70203E+17", "A-1", "小区1"])
    assert cleaned.frame["compound_id"].tolist()[:3] == ["0012", "12", "1E5"]
    assert pd.isna(cleaned.frame.loc["r3", "compound_id"])
    assert _one(cleaned, "cell.id_destroyed")["severity"] == "error"


def test_lists_of_ids() -> None:
    cleaned = _clean("heat_branches", branch_id=["b"], compound_ids=["A1，A2、A1; 3.0"])
    assert cleaned.frame.loc["r0", "compound_ids"] == "A1;A2;3"


def test_free_text_is_kept_to_the_byte() -> None:
    text = "　前后有空格（全角）\n第二行 ＝1+1 "
    cleaned = _clean(note=[text], name=["甲"])
    assert cleaned.frame.loc["r0", "note"] == text
    assert cleaned.problems.empty


def test_a_personal_cell_is_held_out_and_the_rest_of_the_row_stays() -> None:
    cleaned = _clean(name=["甲", "乙"], note=["联系13812345678", "好"], households=["80", "30"])
    assert pd.isna(cleaned.frame.loc["r0", "note"])
    assert cleaned.frame["households"].tolist() == [80, 30]
    row = _one(cleaned, "V26")
    assert (row["severity"], row["row"], row["value"]) == ("error", 2, "联系138******78")
    everything = "".join(part.to_csv() for part in (cleaned.problems, cleaned.original, cleaned.frame))
    assert "13812345678" not in everything


def test_a_mobile_number_in_a_column_of_numbers_never_shows() -> None:
    typed_by_a_layer = clean_table(pd.DataFrame({"population": [13812345678.0, 300.0]}), "compounds", POLICY)
    as_text = clean_table(pd.DataFrame({"population": ["13812345678", "300"]}), "compounds", POLICY)
    for cleaned in (typed_by_a_layer, as_text):
        assert _one(cleaned, "V26")["value"] == "138******78"
        assert cleaned.frame["population"].tolist()[1] == 300


def test_a_firm_in_the_status_column_names_the_firm_where_nobody_else_does() -> None:
    firm = "成都麓山物业管理有限公司"
    cleaned = _clean(property_status=[firm, firm, "无"], property_firm=["", "别的物业公司", ""])
    assert cleaned.frame["property_status"].tolist() == ["专业物业", "专业物业", "无"]
    assert cleaned.frame["property_firm"].tolist()[:2] == [firm, "别的物业公司"]
    assert _clean(property_status=[firm]).frame.loc["r0", "property_firm"] == firm


def test_one_year_column_stands_for_both() -> None:
    cleaned = _clean(built_year_min=["1985", ""])
    assert cleaned.frame["built_year_max"].tolist()[0] == 1985
    assert pd.isna(cleaned.frame["built_year_max"].iloc[1])
    assert _one(cleaned, "repair.year_one_column")["params"] == {"other": "built_year_max", "count": 1}


def test_two_year_columns_stand_for_themselves() -> None:
    cleaned = _clean(built_year_min=["1985", "1985"], built_year_max=["1992", ""])
    assert cleaned.frame["built_year_max"].tolist()[0] == 1992
    assert pd.isna(cleaned.frame["built_year_max"].iloc[1])
    assert cleaned.year_range.to_numpy().tolist() == [[1985, 1992], [1985, 1985]]


def test_a_decade_keeps_its_mean_and_its_ends_and_is_an_estimate() -> None:
    cleaned = _clean(built_year_min=["80年代", "1990"], built_year_source=["", ""])
    first = cleaned.frame.loc["r0"]
    assert (first["built_year_min"], first["built_year_max"], first["built_year_source"]) == (1985, 1985, "估计")
    assert pd.isna(cleaned.frame.loc["r1", "built_year_source"])
    assert cleaned.year_range.to_numpy().tolist() == [[1980, 1989], [1990, 1990]]
    assert _one(cleaned, "repair.year_source")["row"] == 2


def test_a_decade_told_by_residents_stays_their_word() -> None:
    cleaned = _clean(built_year_min=["80年代"], built_year_source=["居民反映"])
    assert cleaned.frame.loc["r0", "built_year_source"] == "居民口述"


def test_a_pair_of_years_fills_both_columns() -> None:
    one = _clean(built_year_min=["1995-1998"])
    two = _clean(built_year_min=["1995-1998", "1990"], built_year_max=["", "1990-1994"])
    assert one.frame.loc["r0", ["built_year_min", "built_year_max"]].tolist() == [1995, 1998]
    assert two.frame["built_year_max"].tolist() == [1998, 1994]
    assert one.year_range.to_numpy().tolist() == [[1995, 1998]]
    assert one.frame["built_year_source"].isna().all()


def test_a_pair_has_no_place_in_other_year_columns() -> None:
    cleaned = _clean(gas_riser_year=["1995-1998"])
    assert cleaned.frame["gas_riser_year"].isna().all()
    assert _one(cleaned, "cell.year_pair")["severity"] == "warning"


def test_a_refused_year_has_no_ends() -> None:
    cleaned = _clean(built_year_min=["1700", "很久了"])
    assert cleaned.year_range.isna().all(axis=None)


def test_required_cells_that_are_blank_are_said_to_be() -> None:
    cleaned = _clean(compound_id=["A", "B"], name=["甲", " "])
    assert _one(cleaned, "cell.required")["row"] == 3


def test_typed_layers_are_taken_as_they_are() -> None:
    raw = pd.DataFrame(
        {
            "building_id": ["b1", "b2"],
            "compound_id": [12.0, 13.0],
            "floors": np.array([6, 0], dtype="int64"),
            "height_m": [17.5, np.nan],
            "roof_leak": pd.Series([True, None], dtype=object),
            "hazard_report_date": pd.to_datetime(["2024-03-05", None]),
        }
    )
    cleaned = clean_table(raw, "buildings", POLICY)
    frame = cleaned.frame
    assert frame["compound_id"].tolist() == ["12", "13"]
    assert frame["floors"].isna().tolist() == [False, True]
    assert frame["height_m"].tolist()[0] == 17.5
    assert frame["roof_leak"].tolist()[0] is True
    assert frame["hazard_report_date"].iloc[0] == pd.Timestamp("2024-03-05")
    assert cleaned.problems["rule"].tolist() == ["cell.hard_limit"]


def test_the_input_is_not_changed() -> None:
    raw = pd.DataFrame({"households": ["约80户"], "note": ["13812345678"], "built_year_min": ["90年代"]})
    before = raw.copy(deep=True)
    clean_table(raw, "compounds", POLICY)
    pd.testing.assert_frame_equal(raw, before)


@given(st.data())
def test_no_text_breaks_any_column_and_no_row_is_lost(data: st.DataObject) -> None:
    fields = POLICY.fields("compounds").index
    field = data.draw(st.sampled_from(list(fields)))
    words = st.sampled_from(["约80户", "90年代", "无", "na", "—", "2024年3月", "85%", "有", "13812345678", "1,2"])
    cells = data.draw(st.lists(st.one_of(st.text(max_size=12), words), min_size=1, max_size=6))
    raw = pd.DataFrame({field: pd.Series(cells, dtype=str)})
    cleaned = clean_table(raw, "compounds", POLICY)
    assert len(cleaned.frame) == len(cells)
    render_problems(cleaned.problems)
    render_problems(cleaned.problems, "en")


@given(st.permutations(list(range(6))))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    cells = ["约80户", "30", "", "许多", "na", "20001"]
    raw = pd.DataFrame({"households": cells})
    straight = clean_table(raw, "compounds", POLICY).frame
    turned = clean_table(raw.iloc[order], "compounds", POLICY).frame
    pd.testing.assert_frame_equal(turned.sort_index(), straight)


@pytest.mark.parametrize("table", ["buildings", "entrances", "devices", "heat_branches", "committees", "issues"])
def test_every_table_is_cleaned_empty_too(table: str) -> None:
    cleaned = clean_table(pd.DataFrame(), table, POLICY)
    assert cleaned.frame.columns.tolist() == POLICY.fields(table).index.tolist()
    assert cleaned.frame.empty


def test_not_applicable_outside_the_compounds_is_unknown_and_said() -> None:
    cleaned = _clean("heat_branches", branch_id=["b"], compound_ids=["A"], dn_mm=["不适用"])
    assert _one(cleaned, "cell.na")["severity"] == "info"
    assert cleaned.frame["dn_mm"].isna().all()
