"""V28 of domain.md 5.9: a unit or a decimal that slipped, with the value that was probably meant."""

from __future__ import annotations

import pandas as pd

from planner.district.checks.counts import floor_area_in_wan
from planner.district.checks.facts import Facts, Rule, positive
from planner.errors import join_problems

_WAN = 10_000
_YEARS = (("compounds", "built_year_min"), ("compounds", "built_year_max"), ("buildings", "built_year"))
_MONEY = (
    ("compounds", "maint_fund_balance_yuan"),
    ("compounds", "self_fund_commit_yuan"),
    ("interventions", "cost_yuan"),
)
_CHINA_LON, _CHINA_LAT = (73, 136), (3, 54)


def v28_slips(facts: Facts) -> pd.DataFrame:
    """Return values that make sense only in another unit: 万平方米, 万元, a year of two digits, swapped coordinates.

    Each finding carries the suggested value; nothing is repaired here.
    """
    return join_problems([*_areas(facts), *_money(facts), *_years(facts), _swapped(facts)])


def _areas(facts: Facts) -> list[pd.DataFrame]:
    """Return floor and site areas that were given in 万平方米."""
    compounds, number = facts.compounds, facts.policy.number
    site = compounds["site_area_m2"]
    low, high = number("compound_area_min_m2"), number("compound_area_max_m2")
    small = (site > 0) & (site < low / 10) & (site * _WAN >= low) & (site * _WAN <= high)
    slips = {"floor_area_m2": floor_area_in_wan(facts), "site_area_m2": small}
    return [_slip("V28", facts, "compounds", field, wrong) for field, wrong in slips.items()]


def _money(facts: Facts) -> list[pd.DataFrame]:
    """Return amounts that were given in 万元: too small in yuan, likely for the compound's households times 10,000."""
    return [_slip("V28b", facts, table, field, _in_wan(facts, table, field)) for table, field in _MONEY]


def _in_wan(facts: Facts, table: str, field: str) -> pd.Series:
    number, frame = facts.policy.number, facts.frame(table)
    amount, where = frame[field], facts.positions(frame["compound_id"])
    households = facts.compounds["households"].reindex(where).set_axis(frame.index)
    each = amount * _WAN / positive(households)
    return (amount > 0) & (amount < number("v28_yuan_min")) & (each <= number("v28_yuan_per_household_max"))


def _slip(code: str, facts: Facts, table: str, field: str, wrong: pd.Series) -> pd.DataFrame:
    meant = (facts.frame(table)[field] * _WAN).round(0)
    return Rule(code, "warning", table, field).found(facts, wrong, suggested=meant)


def _years(facts: Facts) -> list[pd.DataFrame]:
    """Return years of two digits; those up to the as-of year's own are of this century."""
    found = []
    for table, field in _YEARS:
        years = facts.frame(table)[field]
        meant = years + 1900 + 100 * (years <= facts.as_of.year % 100).astype("Int64")
        wrong = (years >= 0) & (years < 100)
        found.append(Rule("V28c", "warning", table, field).found(facts, wrong, suggested=meant))
    return found


def _swapped(facts: Facts) -> pd.DataFrame:
    """Return compounds whose longitude and latitude stand in each other's column."""
    lon, lat = facts.compounds["lon"], facts.compounds["lat"]
    wrong = lon.between(*_CHINA_LAT) & lat.between(*_CHINA_LON)
    return Rule("V28d", "warning", "compounds", "lon").found(facts, wrong, lon=lon, lat=lat)
