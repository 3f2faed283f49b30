"""Years as ledgers tell them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.district.years import ends_text, parse_year


@pytest.mark.parametrize(
    ("text", "year", "rule"),
    [
        ("1989", 1989, ""),
        ("2000.0", 2000, ""),
        ("1989年", 1989, "repair.year"),
        ("１９８９年", 1989, "repair.year"),
        ("建于1987年", 1987, "repair.year"),
        ("1989年建成", 1989, "repair.year"),
        ("1989.10", 1989, "repair.year"),
        ("1989年10月", 1989, "repair.year"),
        ("1989-10-01", 1989, "repair.year"),
        ("1989-10-01 00:00:00", 1989, "repair.year"),
        ("19891001", 1989, "repair.year"),
        ("一九八五年", 1985, "repair.year"),
        ("二〇〇五年", 2005, "repair.year"),
        ("89", 1989, "repair.year_short"),
        ("89年", 1989, "repair.year_short"),
        ("05年", 2005, "repair.year_short"),
        ("89.10", 1989, "repair.year_short"),
        ("32874", 1990, "repair.year_serial"),
    ],
)
def test_exact_years(text: str, year: int, rule: str) -> None:
    reading = parse_year(text, 2)
    assert (reading.value, reading.low, reading.high, reading.rule) == (year, year, year, rule)


@pytest.mark.parametrize(
    ("text", "low", "high", "mean"),
    [
        ("90年代", 1990, 1999, 1995),
        ("九十年代", 1990, 1999, 1995),
        ("上世纪80年代", 1980, 1989, 1985),
        ("二十世纪八十年代", 1980, 1989, 1985),
        ("1980年代", 1980, 1989, 1985),
        ("2000年代", 2000, 2009, 2005),
        ("八十年代末", 1987, 1989, 1988),
        ("八十年代初", 1980, 1982, 1981),
        ("60年代中期", 1963, 1966, 1965),
        ("七〇年代", 1970, 1979, 1975),
        ("1985年前后", 1983, 1987, 1985),
        ("约1985年", 1983, 1987, 1985),
        ("1983-1987（估）", 1983, 1987, 1985),
    ],
)
def test_hearsay_has_two_ends_and_their_mean(text: str, low: int, high: int, mean: int) -> None:
    reading = parse_year(text, 2)
    assert (reading.low, reading.high, reading.value, reading.rule) == (low, high, mean, "repair.year_ends")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("1995-1998", 1995, 1998), ("1995~98年", 1995, 1998), ("1995至1998年", 1995, 1998), ("1985、1992", 1985, 1992)],
)
def test_pairs_are_the_earliest_and_the_latest(text: str, low: int, high: int) -> None:
    reading = parse_year(text, 2)
    assert (reading.low, reading.high, reading.rule) == (low, high, "repair.year_span")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("1985年以前", "cell.year_one_end"),
        ("1985年建，1998年翻建", "cell.year"),
        ("12", "cell.year"),
        ("1998-1995", "cell.year"),
        ("很久了", "cell.year"),
        ("198", "cell.year"),
    ],
)
def test_what_is_no_year_is_refused(text: str, rule: str) -> None:
    reading = parse_year(text, 2)
    assert (reading.value, reading.rule) == (None, rule)


@given(st.integers(1900, 2026), st.integers(0, 60))
def test_ends_written_read_back(low: int, width: int) -> None:
    reading = parse_year(ends_text(low, low + width), 2)
    assert (reading.low, reading.high) == (low, low + width)


@given(st.text(max_size=20))
def test_no_text_breaks_the_parser(text: str) -> None:
    reading = parse_year(text, 2)
    assert (reading.value is None) == reading.rule.startswith("cell.")
