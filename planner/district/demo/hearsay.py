"""Years that neighbours remember as a decade: 80年代 has two ends and no document."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.district.demo.chance import stream
from planner.district.demo.roles import is_role

YEARS = ("built_year_min", "built_year_max")
SHARE = 0.5
"""Of the remembered years outside the role that stands for them, how many are told as a decade."""


def tell_decades(facts: pd.DataFrame, roles: pd.Series, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Return the facts with decades told (both years are then the middle), and the first year of each told decade.

    The second value is indexed by compound_id and holds only compounds whose year is a decade.
    """
    rng = stream(seed, "decades")
    remembered = facts["built_year_source"].eq("居民口述").to_numpy(bool) & (facts["built_year_min"] < 2000).to_numpy(
        bool
    )
    told = remembered & (is_role(roles, "list_hearsay") | (rng.random(len(facts)) < SHARE))
    decade = (np.floor(facts["built_year_min"].astype(float) / 10) * 10)[told].astype("Int64")
    out = facts.copy()
    for field in YEARS:
        out.loc[told, field] = decade + 5
    return out, decade


def decade_texts(decades: pd.Series) -> pd.DataFrame:
    """Return compound_id, field, text: what was written where a decade was told."""
    told = [(owner, field, f"{int(year) % 100}年代") for owner, year in decades.items() for field in YEARS]
    return pd.DataFrame(told, columns=["compound_id", "field", "text"], dtype="string")


def decade_ends(exact: pd.DataFrame, decades: pd.Series) -> pd.DataFrame:
    """Return year_lo, year_hi with the ends of the told decades."""
    ends = exact.copy()
    ends.loc[decades.index, "year_lo"] = decades.astype("Float64")
    ends.loc[decades.index, "year_hi"] = decades.astype("Float64") + 9
    return ends
