"""Before or after a year: documented, told by residents, or a compound built in several years."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from planner.decisions.kleene import Bools, Floats, Kleene, answer, blank
from planner.decisions.ledger import Ledger
from planner.district.crs import metric_crs
from planner.policy import Policy


@dataclass(frozen=True, slots=True)
class BuiltYears:
    """When n compounds were built: ends (NaN unknown), told by hearsay, told as two ends of a guess."""

    low: Floats
    high: Floats
    hearsay: Bools
    guessed: Bools

    @property
    def unknown(self) -> Bools:
        """Where nothing is known."""
        return np.isnan(self.low) | np.isnan(self.high)


def built_years(ledger: Ledger, policy: Policy) -> BuiltYears:
    """Return the ends of every compound's year; a source of settings.hearsay_sources is hearsay."""
    ends = ledger.district.year_range.reindex(ledger.index)
    low, high = (ends[name].to_numpy(dtype=float, na_value=np.nan) for name in ("year_lo", "year_hi"))
    written_low, written_high = ledger.number("built_year_min"), ledger.number("built_year_max")
    first, last = np.fmin(written_low, written_high), np.fmax(written_low, written_high)
    guessed = ~np.isnan(low) & ((low != first) | (high != last))
    return BuiltYears(low, high, ledger.is_in("built_year_source", policy.values("hearsay_sources")).yes, guessed)


def built_after(ledger: Ledger, limit: float, policy: Policy) -> Kleene:
    """Return whether the compound was built after ``limit``: all of it, or by floor area where years are mixed.

    Hearsay counts only as two ends that lie on one side; a single year that residents name is unknown. A documented
    mix is decided by the share of floor area (settings.mixed_year_share) where every building has its year.
    """
    years = built_years(ledger, policy)
    single = years.hearsay & (years.low == years.high)
    after, not_after = (years.low > limit) & ~single, (years.high <= limit) & ~single
    mixed = (years.low <= limit) & (years.high > limit) & ~years.hearsay & ~years.guessed
    share = _share_not_after(ledger, limit, mixed)
    enough = policy.number("mixed_year_share")
    verdict = answer(after | (share < enough), not_after | (share >= enough))
    return _with_fields(verdict, years, mixed)


def documented_by(ledger: Ledger, limit: float, policy: Policy) -> Kleene:
    """Return whether a document shows that the compound was built in ``limit`` or before.

    As ``built_after`` turned round, but hearsay never says yes: whoever applies for money needs a document.
    """
    verdict, years = ~built_after(ledger, limit, policy), built_years(ledger, policy)
    hearsay = years.hearsay & verdict.yes
    mixed = ~years.hearsay & ~years.guessed & verdict.unknown & ~years.unknown
    return _with_fields(Kleene(verdict.yes & ~hearsay, verdict.no), years, mixed)


def built_since(ledger: Ledger, limit: float, policy: Policy) -> Kleene:
    """Return whether the whole compound was built after ``limit`` (new plots); hearsay is good enough here."""
    years = built_years(ledger, policy)
    old_part = (years.low <= limit) & ~years.guessed
    return _with_fields(answer(years.low > limit, (years.high <= limit) | old_part), years, old_part)


def _with_fields(verdict: Kleene, years: BuiltYears, mixed: Bools) -> Kleene:
    asked = verdict.unknown & ~mixed
    source = years.hearsay & ~years.unknown
    return blank(verdict, {"built_year_max": asked, "built_year_source": source, "buildings.built_year": mixed})


def _share_not_after(ledger: Ledger, limit: float, where: Bools) -> Floats:
    """Share of floor area built in ``limit`` or before, NaN unless every building tells its year, floors and shape."""
    share = np.full(ledger.n, np.nan)
    rows = ledger.rows("buildings")
    rows = rows.pick(where[rows.at])
    if not len(rows.at):
        return share
    shapes = gpd.GeoSeries(rows.frame["geometry"], crs=ledger.district.compounds.crs)
    ground = shapes.to_crs(metric_crs(ledger.district.compounds)).area.to_numpy()
    floors, year = rows.number("floors"), rows.number("built_year")
    area = np.where(np.isnan(year) | (ground <= 0), np.nan, ground * floors)
    whole, old = rows.total(area), rows.total(np.where(year <= limit, area, 0.0))
    has = rows.count() > 0
    share[has] = old[has] / whole[has]
    return share
