"""Numbers that cannot stand beside each other: V03 to V07, V13, V17, V18, V19, V28 of domain.md 5.9."""

from __future__ import annotations

import re

import pandas as pd

from planner.district.checks.facts import Facts, Rule, outside, positive
from planner.district.three_valued import is_any
from planner.errors import PolicyError, join_problems
from planner.text import t

_V03 = Rule("V03", "warning", "compounds", "floor_area_m2")
_V03_UNUSUAL = Rule("V03b", "info", "compounds", "floor_area_m2")
_V04 = Rule("V04", "warning", "compounds", "population")
_V05_HOUSEHOLDS = Rule("V05", "warning", "compounds", "households")
_V05_BUILDINGS = Rule("V05b", "warning", "compounds", "buildings_n")
_V06 = Rule("V06", "warning", "compounds", "floor_area_m2")
_V07_MORE = Rule("V07", "warning", "compounds", "units_n")
_V07_RATIO = Rule("V07b", "warning", "compounds", "units_n")
_V13 = (
    (Rule("V13", "error", "compounds", "cctv_working"), "cctv_points"),
    (Rule("V13b", "error", "compounds", "access_ctrl_units"), "units_n"),
    (Rule("V13c", "error", "compounds", "access_ctrl_working"), "access_ctrl_units"),
)
_V13_LANES = Rule("V13d", "error", "compounds", "barrier_lanes_n")
_V17 = (
    (Rule("V17", "error", "compounds", "support_households_n"), "surveyed_households_n"),
    (Rule("V17b", "error", "compounds", "surveyed_households_n"), "households"),
)
_V17_UNASKED = Rule("V17c", "error", "compounds", "support_households_n")
_V17_SHARE = Rule("V17d", "error", "compounds", "support_area_share")
_V17_VOTE = Rule("V17e", "error", "compounds", "vote_type")
_V18_PARTS = Rule("V18", "error", "compounds", "hotline_12m_total")
_V18_MANY = Rule("V18b", "warning", "compounds", "hotline_12m_total")
_V19_MORE = Rule("V19", "error", "heat_branches", "homes_below_18_n")
_V19_FEW = Rule("V19b", "info", "heat_branches", "homes_measured_n")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def v03_floor_area_per_household(facts: Facts) -> pd.DataFrame:
    """Return compounds whose floor area per household is impossible (warning) or unusual (info).

    An area that is right as 万平方米 is left to V28.
    """
    number, compounds = facts.policy.number, facts.compounds
    ratio = compounds["floor_area_m2"] / positive(compounds["households"])
    bounds = number("v03_floor_area_per_household_min"), number("v03_floor_area_per_household_max")
    usual = number("v03_floor_area_per_household_usual_min"), number("v03_floor_area_per_household_usual_max")
    wrong = outside(ratio, *bounds) & ~floor_area_in_wan(facts)
    unusual = outside(ratio, *usual) & ~outside(ratio, *bounds)
    shown = {"households": compounds["households"], "ratio": ratio.round(1)}
    return join_problems(
        [
            _V03.found(facts, wrong, low=bounds[0], high=bounds[1], **shown),
            _V03_UNUSUAL.found(facts, unusual, low=usual[0], high=usual[1], **shown),
        ]
    )


def v04_persons_per_household(facts: Facts) -> pd.DataFrame:
    """Return compounds with too few or too many persons per household."""
    compounds = facts.compounds
    ratio = compounds["population"] / positive(compounds["households"])
    low, high = (facts.policy.number(f"v04_persons_per_household_{end}") for end in ("min", "max"))
    shown = {"households": compounds["households"], "ratio": ratio.round(2), "low": low, "high": high}
    return _V04.found(facts, outside(ratio, low, high), **shown)


def v05_buildings_add_up(facts: Facts) -> pd.DataFrame:
    """Return compounds whose buildings hold other numbers of households, or are other in number, than the ledger says.

    Only where every building of the compound has its households, or any footprint is drawn.
    """
    compounds, buildings = facts.compounds, facts.frame("buildings")
    share = facts.policy.number("v05_households_tolerance")
    households, counted = facts.sums(buildings["households"]), facts.buildings_counted
    apart = (households - compounds["households"]).abs() > share * compounds["households"]
    differ = counted != compounds["buildings_n"]
    return join_problems(
        [
            _V05_HOUSEHOLDS.found(facts, apart, total=households, percent=100 * share),
            _V05_BUILDINGS.found(facts, differ, counted=counted),
        ]
    )


def v07_households_per_unit(facts: Facts) -> pd.DataFrame:
    """Return compounds with more unit entrances than households, or walk-ups with too few or many homes per entrance.

    The ratio holds for walk-ups only: every building's floors must be known and at most v07_floors_max.
    """
    number, compounds, buildings = facts.policy.number, facts.compounds, facts.frame("buildings")
    units, households = compounds["units_n"], compounds["households"]
    low, high = number("v07_households_per_unit_min"), number("v07_households_per_unit_max")
    ratio = households / positive(units)
    tall = facts.sums((buildings["floors"] > number("v07_floors_max")).astype("Float64"))
    shown = {"households": households, "ratio": ratio.round(1), "low": low, "high": high}
    return join_problems(
        [
            _V07_MORE.found(facts, units > households, households=households),
            _V07_RATIO.found(facts, outside(ratio, low, high) & (tall == 0) & ~(units > households), **shown),
        ]
    )


def v13_devices(facts: Facts) -> pd.DataFrame:
    """Return compounds with more working than existing devices, more locks than units, or lanes without a gate."""
    compounds = facts.compounds
    found = [_more(facts, rule, whole) for rule, whole in _V13]
    no_gate = (compounds["barrier_lanes_n"] > 0) & (compounds["vehicle_gates_n"] == 0)
    return join_problems([*found, _V13_LANES.found(facts, no_gate)])


def v17_consent(facts: Facts) -> pd.DataFrame:
    """Return consent that cannot be: more in favour than asked, more asked than live there, half a vote.

    A statutory vote passes by households and by area (Civil Code 278): one that is held, or has one of the two
    counts, needs both.
    """
    compounds = facts.compounds
    found = [_more(facts, rule, whole) for rule, whole in _V17]
    unasked = compounds["surveyed_households_n"].isna() & (compounds["support_households_n"] > compounds["households"])
    found.append(_V17_UNASKED.found(facts, unasked, limit=compounds["households"]))
    found.append(_V17_SHARE.found(facts, outside(compounds["support_area_share"], 0, 1)))
    heads, area = compounds["support_households_n"].notna(), compounds["support_area_share"].notna()
    held = compounds["vote_date"] <= pd.Timestamp(facts.as_of)
    half = is_any(compounds["vote_type"], "业主表决") & (held | heads | area) & ~(heads & area)
    return join_problems([*found, _V17_VOTE.found(facts, half)])


def v18_hotline(facts: Facts) -> pd.DataFrame:
    """Return compounds whose 12345 requests by kind exceed the total, or whose total is unlikely for its households."""
    compounds, most = facts.compounds, facts.policy.number("v18_requests_per_household_max")
    kinds = ("property", "heating", "parking", "security", "leak", "illegal")
    total, households = compounds["hotline_12m_total"], compounds["households"]
    parts = compounds[[f"hotline_12m_{kind}" for kind in kinds]].sum(axis=1, min_count=1)
    ratio = total / positive(households)
    return join_problems(
        [
            _V18_PARTS.found(facts, parts > total, parts=parts),
            _V18_MANY.found(facts, ratio > most, households=households, ratio=ratio.round(2), high=most),
        ]
    )


def v19_measured_homes(facts: Facts) -> pd.DataFrame:
    """Return branches with more cold than measured homes (error), or with too few measured to be scored (info)."""
    branches, members = facts.frame("heat_branches"), facts.members("heat_branches")
    measured = branches["homes_measured_n"]
    homes = facts.compounds["households"].reindex(members["position"]).reset_index(drop=True)
    served = homes.astype("Float64").groupby(members["row"]).agg(lambda n: n.sum(skipna=False))
    served = served.reindex(range(len(branches))).astype("Float64").set_axis(branches.index)
    least, share = _sample_size(facts)
    needed = (served * share).where(served * share > least, least).where(served.notna())
    whose = {"compound_id": branches["compound_ids"], "branch": branches["branch_id"]}
    return join_problems(
        [
            _V19_MORE.found(facts, branches["homes_below_18_n"] > measured, measured=measured, **whose),
            _V19_FEW.found(facts, measured < needed, needed=needed.round(1), **whose),
        ]
    )


def _more(facts: Facts, rule: Rule, whole: str) -> pd.DataFrame:
    """Return compounds in which the rule's field, a part, is more than the field `whole`."""
    part, limit = facts.compounds[rule.column], facts.compounds[whole]
    return rule.found(facts, part > limit, limit=limit)


def floor_area_in_wan(facts: Facts) -> pd.Series:
    """Return whether a floor area makes sense only as 万平方米 (boolean): too small by itself, usual times 10,000."""
    compounds, number = facts.compounds, facts.policy.number
    ratio = compounds["floor_area_m2"] / positive(compounds["households"])
    low, high = number("v03_floor_area_per_household_min"), number("v03_floor_area_per_household_max")
    return ((ratio > 0) & (ratio < low) & ~outside(10_000 * ratio, low, high)).fillna(False)


def _sample_size(facts: Facts) -> tuple[float, float]:
    """Return the least number and the share of homes that a measurement needs: heat_min_sample, max(5;0.03H)."""
    text = facts.policy.text("heat_min_sample")
    numbers = [float(n) for n in _NUMBER.findall(text)]
    if len(numbers) != 2:
        raise PolicyError(t("policy.setting_not_number", setting="heat_min_sample", value=text))
    return numbers[0], numbers[1]
