"""Numbers as offices write them, by hand and by round trip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.district.numbers import parse_number
from planner.district.numerals import chinese_number

FEE = "元/平方米·月"


@pytest.mark.parametrize(
    ("text", "unit", "value", "rule"),
    [
        ("约80户", "户", 80, "repair.about"),
        ("80户左右", "户", 80, "repair.about"),
        ("80余户", "户", 80, "repair.at_least"),
        ("超过80户", "户", 80, "repair.at_least"),
        ("一百多户", "户", 100, "repair.at_least"),
        ("1,234", "户", 1234, "repair.number"),
        ("１２３", "户", 123, "repair.number"),
        ("三百二十户", "户", 320, "repair.number"),
        ("6栋(含2栋单身楼)", "栋", 6, "repair.number"),
        ("6幢", "栋", 6, "repair.number"),
        ("共12栋", "栋", 12, "repair.number"),
        ("无", "路", 0, "repair.none"),
    ],
)
def test_counts(text: str, unit: str, value: int, rule: str) -> None:
    reading = parse_number(text, unit, whole=True)
    assert (reading.value, reading.rule) == (value, rule)
    assert isinstance(reading.value, int)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("1.2万平方米", "平方米", 12_000),
        ("3,500㎡", "平方米", 3_500),
        ("2公顷", "平方米", 20_000),
        ("3亩", "平方米", 2_000),
        ("1.5公里", "米", 1_500),
        ("3.4m", "米", 3.4),
        ("3万余元", "元", 30_000),
        ("¥1.2万", "元", 12_000),
        ("1.5亿元", "元", 150_000_000),
        ("0.5元/平米/月", FEE, 0.5),
        ("0.5元/㎡·月", FEE, 0.5),
        ("0.5元/月/平方米", FEE, 0.5),
        ("每平米每月0.5元", FEE, None),
        ("6元/平米/年", FEE, 0.5),
        ("85%", "比例", 0.85),
        ("８５％", "比例", 0.85),
        ("百分之85", "比例", 0.85),
        ("百分之八十五", "比例", 0.85),
        ("八成", "比例", 0.8),
        ("5%", "%", 5),
    ],
)
def test_measures_in_their_units(text: str, unit: str, value: float | None) -> None:
    assert parse_number(text, unit).value == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    ("text", "unit", "whole", "rule"),
    [
        ("0.5至2元/平米/月", FEE, False, "cell.range"),
        ("120-130", "户", True, "cell.range"),
        ("3~5", "处", True, "cell.range"),
        ("3—5处", "处", True, "cell.range"),
        ("不足100户", "户", True, "cell.at_most"),
        ("100户以下", "户", True, "cell.at_most"),
        ("3栋", "户", True, "cell.unit"),
        ("12.5", "户", True, "cell.integer"),
        ("有", "路", True, "cell.number"),
        ("1,23", "户", True, "cell.number"),
        ("1e3", "户", True, "cell.number"),
        ("inf", "米", False, "cell.number"),
        ("99999999999999999", "米", False, "cell.number"),
        ("八十多栋楼还是九十栋", "栋", True, "cell.unit"),
        ("", "米", False, "cell.number"),
    ],
)
def test_refusals_have_no_value(text: str, unit: str, whole: bool, rule: str) -> None:
    reading = parse_number(text, unit, whole=whole)
    assert (reading.value, reading.rule) == (None, rule)


def test_a_negative_number_is_a_number_not_a_range() -> None:
    assert parse_number("-5", "户", whole=True).value == -5


@pytest.mark.parametrize(
    ("text", "value"),
    [("十", 10), ("十二", 12), ("二十", 20), ("一百零五", 105), ("两万三千", 23_000), ("一九八五", 1985), ("几", None)],
)
def test_chinese_numerals(text: str, value: int | None) -> None:
    assert chinese_number(text) == value


@given(st.integers(0, 10**9), st.sampled_from(["{:d}户", "约{:d}户", "{:,d}", "{:d}余户", "共{:d} 户", "{:d}（户）"]))
def test_a_count_written_any_way_is_that_count(count: int, form: str) -> None:
    assert parse_number(form.format(count), "户", whole=True).value == count


@given(st.decimals(0, 10**8, places=3))
def test_areas_in_wan_round_trip(area) -> None:
    assert parse_number(f"{area}万平方米", "平方米").value == pytest.approx(float(area) * 10_000)


@given(st.text(max_size=30))
def test_no_text_breaks_the_parser(text: str) -> None:
    reading = parse_number(text, "平方米")
    assert (reading.value is None) == reading.rule.startswith("cell.")


@pytest.mark.parametrize("text", ["1e9999999", "1e99999999999999", "9" * 400, "-1e999999999"])
def test_a_number_beyond_all_measure_is_refused_not_a_crash(text: str) -> None:
    assert parse_number(text, "米").rule in ("cell.number", "cell.range")


@pytest.mark.parametrize("text", ["万", "亿", "万元", "亿万"])
def test_a_multiplier_without_a_number_is_no_zero(text: str) -> None:
    assert parse_number(text, "元").value is None
