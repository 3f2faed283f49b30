"""Heat branches counted onto their compounds: pipe age, cold homes, bursts per km, complaints (domain.md 2.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from planner.decisions.kleene import Bools, Floats, Kleene, answer
from planner.decisions.ledger import Ledger, Rows
from planner.policy import Policy

NO_NETWORK = ("无", "分户自采暖")
_NUMBER = re.compile(r"[\d.]+")


@dataclass(frozen=True, slots=True)
class Heating:
    """Heating figures of n compounds, NaN where unknown.

    laid_year: of the oldest branch, by its last renewal. fail: share of measured homes below 18 degrees, where enough
    homes were measured. bursts: per km and season. complaints: per 1,000 households and season, the larger of what
    the company and 12345 counted; complaints_whole: both counts are known. network: is there district heating.
    planned_year: the earliest year in which a branch is planned to be renewed.
    """

    laid_year: Floats
    fail: Floats
    bursts: Floats
    complaints: Floats
    complaints_whole: Bools
    network: Kleene
    planned_year: Floats


def read_heating(ledger: Ledger, policy: Policy) -> Heating:
    """Return the heating figures of every compound; a figure that a branch lacks is unknown for its compounds."""
    rows = ledger.rows("heat_branches")
    company = _complaints(ledger, rows)
    hotline = ledger.number("hotline_12m_heating") / _homes(ledger) * 1000
    laid = -rows.highest(-np.fmax(rows.number("laid_year"), rows.number("renewed_year")))
    return Heating(
        laid_year=laid,
        fail=_cold_homes(ledger, rows, policy),
        bursts=_ratio(rows.total(rows.number("bursts_per_season")), rows.total(rows.number("length_m")) / 1000, rows),
        complaints=np.fmax(company, hotline),
        complaints_whole=~np.isnan(company) & ~np.isnan(hotline),
        network=_network(ledger, policy),
        planned_year=-rows.highest(-rows.number("planned_year")),
    )


def minimum_sample(policy: Policy) -> tuple[float, float]:
    """Return how many homes must have been measured: a number and a share of the households (heat_min_sample)."""
    numbers = [float(n) for n in _NUMBER.findall(policy.text("heat_min_sample"))]
    return numbers[0], numbers[1]


def _network(ledger: Ledger, policy: Policy) -> Kleene:
    """District heating by the compound's own field; blank takes the district's setting ``heating``."""
    own = ledger.is_in("heating_type", NO_NETWORK)
    none_here = policy.text("heating") == "无"
    there = policy.text("heating") == "集中"
    own_no = own.yes | ledger.not_applicable("heating_type")
    blank = own.unknown
    return answer((own.no & ~own_no) | (blank & there), own_no | (blank & none_here), "heating_type")


def _cold_homes(ledger: Ledger, rows: Rows, policy: Policy) -> Floats:
    measured, below = rows.total(rows.number("homes_measured_n")), rows.total(rows.number("homes_below_18_n"))
    least, share = minimum_sample(policy)
    enough = measured >= np.fmax(least, share * ledger.number("households"))
    return np.where(enough, _ratio(below, measured, rows), np.nan)


def _complaints(ledger: Ledger, rows: Rows) -> Floats:
    """Complaints to the company per 1,000 households; those of a branch shared with others cannot be told apart."""
    shared = np.asarray(rows.frame["compound_ids"].str.contains(";", na=False), dtype=bool)
    counts = np.where(shared, np.nan, rows.number("complaints_season"))
    return np.where(rows.count() > 0, rows.total(counts) / _homes(ledger) * 1000, np.nan)


def _homes(ledger: Ledger) -> Floats:
    homes = ledger.number("households")
    return np.where(homes > 0, homes, np.nan)


def _ratio(above: Floats, below: Floats, rows: Rows) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = above / below
    return np.where((rows.count() > 0) & (below > 0), ratio, np.nan)
