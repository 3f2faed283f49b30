"""Years and dates that contradict each other: V01, V02, V20, V27, V29 of domain.md 5.9."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.district.checks.facts import Facts, Rule
from planner.errors import join_problems

_V01 = Rule("V01", "error", "compounds", "built_year_min")
_V02_BUILDING = Rule("V02", "error", "buildings", "renovated_year")
_V02_WORKS = Rule("V02b", "error", "interventions", "end")
_V02_AGAIN = Rule("V02c", "warning", "interventions", "year")
_V20_RENEWED = Rule("V20", "error", "heat_branches", "renewed_year")
_V20_BEFORE = Rule("V20b", "warning", "heat_branches", "laid_year")
_V27 = Rule("V27", "warning", "compounds", "surveyed_on")
_V29 = {field: Rule("V29", "warning", "compounds", field) for field in ("built_year_min", "built_year_max")}


def v01_built_years(facts: Facts) -> pd.DataFrame:
    """Return compounds whose earliest built year is after the latest one, or either is after the as-of year."""
    low, high = facts.compounds["built_year_min"], facts.compounds["built_year_max"]
    this_year = facts.as_of.year
    wrong = (low > high) | (low > this_year) | (high > this_year)
    return _V01.found(facts, wrong, low=_or_blank(low), high=_or_blank(high), this_year=this_year)


def v02_works_in_order(facts: Facts) -> pd.DataFrame:
    """Return renovations before the building, works that end before they start, and an A soon after an A."""
    buildings, works = facts.frame("buildings"), facts.frame("interventions")
    renovated = buildings["renovated_year"] < buildings["built_year"]
    backwards = works["end"] < works["start"]
    names = {"building": buildings["building_id"], "built_year": buildings["built_year"]}
    return join_problems(
        [
            _V02_BUILDING.found(facts, renovated, **names),
            _V02_WORKS.found(facts, backwards, work=works["intervention_id"], start=works["start"]),
            _renovated_again(facts),
        ]
    )


def v20_pipes(facts: Facts) -> pd.DataFrame:
    """Return branches renewed before they were laid, or laid years before the oldest compound that they serve.

    A branch that serves a compound of unknown year may be right, so it is not a finding.
    """
    branches, years = facts.frame("heat_branches"), int(facts.policy.number("v20_pipe_before_building_years"))
    members = facts.members("heat_branches")
    lows = facts.district.year_range["year_lo"].reindex(members["compound_id"]).to_numpy("float64", na_value=np.nan)
    oldest = pd.Series(lows).groupby(members["row"]).agg(lambda year: year.min(skipna=False))
    oldest = oldest.reindex(range(len(branches))).astype("Float64").set_axis(branches.index)
    whose = {"compound_id": branches["compound_ids"], "branch": branches["branch_id"]}
    renewed = branches["renewed_year"] < branches["laid_year"]
    early = branches["laid_year"] < oldest - years
    return join_problems(
        [
            _V20_RENEWED.found(facts, renewed, laid_year=branches["laid_year"], **whose),
            _V20_BEFORE.found(facts, early, built_year=oldest, years=years, **whose),
        ]
    )


def v27_older_survey(facts: Facts) -> pd.DataFrame:
    """Return rows of a compound that stands more than once whose survey is older than the newest one of the same id.

    Within one district folder this needs two rows of one id; when a survey file meets the stored rows, the survey
    merge asks the same question.
    """
    compounds = facts.compounds
    newest = compounds.groupby("compound_id")["surveyed_on"].transform("max")
    return _V27.found(facts, compounds["surveyed_on"] < newest, newest=newest)


def v29_heaped_year(facts: Facts) -> pd.DataFrame:
    """Return a built year that is a programme's threshold and holds too many of the known years: a default, perhaps.

    CONTRACTS 2. One finding per year for the whole district; the thresholds are the settings named by
    v29_threshold_settings. A few compounds of one year are no heap (v29_count_min).
    """
    policy = facts.policy
    thresholds = {int(policy.number(key)) for key in policy.values("v29_threshold_settings")}
    share_max, count_min = policy.number("year_heap_share"), policy.number("v29_count_min")
    found: dict[int, pd.DataFrame] = {}
    for field, rule in _V29.items():
        years = facts.compounds[field].dropna()
        for year in sorted(thresholds - set(found)):
            n = int((years == year).sum())
            if n >= count_min and n > share_max * len(years):
                share = round(100 * n / len(years), 1)
                found[year] = rule.district_wide(value=year, n=n, known=len(years), percent=share)
    return join_problems(found.values())


def _renovated_again(facts: Facts) -> pd.DataFrame:
    """Return comprehensive renovations (A) within x3_years_A of the one before in the same compound."""
    works, years = facts.frame("interventions"), int(facts.policy.number("x3_years_A"))
    counts = works["programme"].isin(["A"]) & ~works["status"].isin(["撤销"])
    taken = works[counts].sort_values(["compound_id", "year"], kind="stable")
    before = taken.groupby("compound_id")["year"].shift().reindex(works.index)
    again = works["year"] - before < years
    return _V02_AGAIN.found(facts, again, work=works["intervention_id"], before=before, years=years)


def _or_blank(years: pd.Series) -> pd.Series:
    """Return years as text, an unknown one as a dash."""
    return years.astype("string").fillna("—")
