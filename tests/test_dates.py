"""Dates as offices write them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.district.dates import parse_date


@pytest.mark.parametrize(
    ("text", "day", "rule"),
    [
        ("2024-03-05", dt.date(2024, 3, 5), ""),
        ("2024-03-05T00:00:00", dt.date(2024, 3, 5), ""),
        ("2024.3.5", dt.date(2024, 3, 5), "repair.date"),
        ("2024/3/5", dt.date(2024, 3, 5), "repair.date"),
        ("2024年3月5日", dt.date(2024, 3, 5), "repair.date"),
        ("20240305", dt.date(2024, 3, 5), "repair.date"),
        ("二〇二四年三月五日", dt.date(2024, 3, 5), "repair.date"),
        ("二〇二三年十二月", dt.date(2023, 12, 1), "repair.date_coarse"),
        ("2024年3月", dt.date(2024, 3, 1), "repair.date_coarse"),
        ("2024年", dt.date(2024, 1, 1), "repair.date_coarse"),
        ("45356", dt.date(2024, 3, 5), "repair.date_serial"),
    ],
)
def test_forms(text: str, day: dt.date, rule: str) -> None:
    reading = parse_date(text)
    assert (reading.value, reading.rule) == (day, rule)


@pytest.mark.parametrize("text", ["2024-02-30", "1/5/2023", "24.3.5", "昨天", "1234-01-01", "2024", "99999", ""])
def test_uncertain_dates_are_refused(text: str) -> None:
    assert (parse_date(text).value, parse_date(text).rule) == (None, "cell.date")


@given(
    st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"]),
)
def test_a_date_written_any_way_is_that_date(day: dt.date, form: str) -> None:
    assert parse_date(day.strftime(form)).value == day


@given(st.text(max_size=20))
def test_no_text_breaks_the_parser(text: str) -> None:
    assert parse_date(text).rule in ("", "repair.date", "repair.date_coarse", "repair.date_serial", "cell.date")
