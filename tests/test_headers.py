"""Headers: every way of writing one, strength, conflicts, hands and memory."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.district import headers
from planner.district.headers import header_key, map_headers, parse_mapping
from planner.errors import CallError
from tests.builders import shared_policy

POLICY = shared_policy()


def fields(*names: str, table: str = "compounds", **how: dict[str, str]) -> dict[str, str]:
    return map_headers(names, POLICY, table, **how).fields


def test_the_examples_of_the_docstrings() -> None:
    assert doctest.testmod(headers).failed == 0


@pytest.mark.parametrize(
    ("header", "field", "how"),
    [
        ("built_year_min", "built_year_min", "name"),
        ("BUILT_YEAR_MIN", "built_year_min", "name"),
        ("建成年代（最早）", "built_year_min", "label"),
        ("建成年代(最早)", "built_year_min", "label"),
        ("Built year (latest)", "built_year_max", "label"),
        ("建筑年代", "built_year_min", "alias"),
        ("　户 数 ", "households", "label"),
        ("户数（户）", "households", "label_unit"),
        ("*户数：", "households", "label"),
        ("basic/households", "households", "path"),
        ("basic:households", "households", "path"),
        ("basic-households", "households", "path"),
        ("基本情况/户数", "households", "path"),
        ("_位置_latitude", "lat", "path"),
        ("gps_Longitude", "lon", "path"),
        ("汽车保有量", "cars_est", "alias_unit"),
        ("总户数", "households", "alias"),
    ],
)
def test_a_header_is_known_however_it_is_written(header: str, field: str, how: str) -> None:
    row = map_headers([header], POLICY, "compounds").columns.iloc[0]
    assert (row["field"], row["how"]) == (field, how)


@pytest.mark.parametrize("header", ["est_households", "n_buildings", "gfa_m2", "户", "", "序号", "户数合计说明"])
def test_what_only_looks_alike_is_left_unmapped_and_listed(header: str) -> None:
    found = map_headers([header], POLICY, "compounds")
    assert found.fields == {}
    assert found.unmapped == [header]


def test_the_unit_in_brackets_is_kept_and_a_label_with_brackets_is_no_unit() -> None:
    found = map_headers(["建筑面积（万平方米）", "建成年代（最早）", "户数(户)"], POLICY, "compounds")
    assert found.units == {"floor_area_m2": "万平方米", "households": "户"}


def test_the_stronger_header_takes_the_field_and_the_other_is_listed() -> None:
    found = map_headers(["名称", "小区名称"], POLICY, "compounds")
    assert found.fields == {"小区名称": "name"}
    assert found.unmapped == ["名称"]
    assert list(found.problems["rule"]) == ["I03"]
    assert list(found.problems["severity"]) == ["info"]


def test_two_equal_headers_are_a_conflict_until_a_hand_decides() -> None:
    found = map_headers(["建成年份", "建筑年代"], POLICY, "compounds")
    assert found.fields == {}
    assert list(found.problems["rule"]) == ["I02"]
    assert list(found.problems["severity"]) == ["error"]
    settled = map_headers(["建成年份", "建筑年代"], POLICY, "compounds", by_hand={"建筑年代": "built_year_min"})
    assert settled.fields == {"建筑年代": "built_year_min"}
    assert settled.unmapped == ["建成年份"]


def test_a_header_that_means_two_fields_is_listed_with_the_choices() -> None:
    found = map_headers(["建成年代", "Built year", "“三无”"], POLICY, "compounds")
    assert found.fields == {"建成年代": "built_year_min"}
    ambiguous = found.problems[found.problems["rule"] == "I01"]
    assert list(ambiguous["column"]) == ["Built year", "“三无”"]
    assert "built_year_max" in ambiguous["params"].iloc[0]["choices"]


def test_hands_write_fields_or_labels_and_can_leave_a_column_out() -> None:
    hand = {"甲": "户数", "乙": "name", "地址": ""}
    found = map_headers(["甲", "乙", "地址"], POLICY, "compounds", by_hand=hand)
    assert found.fields == {"甲": "households", "乙": "name"}
    assert list(found.columns["how"]) == ["hand", "hand", "left_out"]


@pytest.mark.parametrize("hand", [{"没有这列": "name"}, {"甲": "no_such_field"}])
def test_a_hand_that_names_what_is_not_there_is_a_wrong_call(hand: dict[str, str]) -> None:
    with pytest.raises(CallError, match=r"没有|不是"):
        map_headers(["甲"], POLICY, "compounds", by_hand=hand)


def test_memory_is_weaker_than_the_hand_and_stronger_than_words() -> None:
    names = ["名称", "说明书"]
    assert fields(*names, remembered={"说明书": "name"}) == {"说明书": "name"}
    assert fields(*names, remembered={"说明书": "name"}, by_hand={"名称": "name"}) == {"名称": "name"}
    assert fields(*names, remembered={"别的": "name", "名称": "gone_field"}) == {"名称": "name"}


def test_other_tables_have_their_own_words() -> None:
    assert fields("层数", "楼号", "小区编码", table="buildings") == {
        "层数": "floors",
        "楼号": "building_no",
        "小区编码": "compound_id",
    }


def test_personal_columns_are_told_and_never_suggested() -> None:
    found = map_headers(["业主姓名", "联系电话", "建成年代最早"], POLICY, "compounds").columns
    assert list(found["how"][:2]) == ["personal", "personal"]
    assert list(found["suggestion"]) == ["", "", "built_year_min"]


@pytest.mark.parametrize("text", ["", "甲", "=name", " = name"])
def test_a_mapping_without_both_sides_is_a_wrong_call(text: str) -> None:
    with pytest.raises(CallError, match="="):
        parse_mapping(text)


def test_the_key_of_a_header_set_ignores_order_width_and_case_only() -> None:
    assert header_key(["a", "Ｂ"]) == header_key(["b ", "A"])
    assert header_key(["a"]) != header_key(["a", "b"])


@given(st.permutations(["小区名称", "名称", "户数", "总户数", "建成年份", "建筑年代", "地址", "foo"]))
def test_column_order_never_changes_the_mapping(names: list[str]) -> None:
    found = map_headers(names, POLICY, "compounds")
    assert found.fields == {"小区名称": "name", "户数": "households", "地址": "address"}
    assert sorted(found.unmapped) == sorted(set(names) - set(found.fields))
    assert list(found.columns["header"]) == names
