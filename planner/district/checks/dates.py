"""The as-of date against the surveys: ages are counted to it, so it must not lie far from what was surveyed."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from planner.district.district import District
from planner.errors import join_problems, problem
from planner.policy import Policy


def as_of_far_from_surveys(district: District, policy: Policy, as_of: dt.date) -> pd.DataFrame:
    """Return a warning when ``as_of`` and the newest survey lie further apart than the setting as_of_gap_days.

    PROBLEM_COLUMNS, one row or none; nothing while no compound has a survey date. CONTRACTS 1 (Date).
    """
    newest = district.compounds["surveyed_on"].max()
    if pd.isna(newest):
        return join_problems([])
    days = abs((pd.Timestamp(as_of) - newest).days)
    if days <= policy.number("as_of_gap_days"):
        return join_problems([])
    dates = {"as_of": as_of.isoformat(), "newest": newest.date().isoformat(), "days": days}
    return problem("D01", severity="warning", file="settings.csv", column="as_of", value=as_of.isoformat(), **dates)
