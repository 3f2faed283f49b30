"""The as-of date against the newest survey: more than 400 days apart is a warning, in either direction."""

from __future__ import annotations

import datetime as dt

import pytest

from planner.district.checks.dates import as_of_far_from_surveys
from planner.text import render_problems
from tests.builders import make_district, shared_policy

SURVEYED = dt.datetime(2025, 6, 1)


@pytest.mark.parametrize(("days", "warned"), [(0, False), (400, False), (401, True), (-400, False), (-401, True)])
def test_four_hundred_days(days: int, warned: bool) -> None:
    rows = [{"compound_id": "A", "surveyed_on": SURVEYED}, {"compound_id": "B", "surveyed_on": dt.datetime(2001, 1, 1)}]
    as_of = SURVEYED.date() + dt.timedelta(days=days)
    found = as_of_far_from_surveys(make_district([*rows, {"compound_id": "C"}]), shared_policy(), as_of)
    assert list(found["severity"]) == ["warning"] * warned
    if warned:
        assert "相差401天" in render_problems(found).loc[0, "message"]


def test_no_survey_date_no_warning() -> None:
    assert not len(as_of_far_from_surveys(make_district([{"compound_id": "A"}]), shared_policy(), dt.date(1990, 1, 1)))
    assert not len(as_of_far_from_surveys(make_district([]), shared_policy(), dt.date(1990, 1, 1)))
