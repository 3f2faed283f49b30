"""The district as it would be once a survey is applied, so that its effect can be seen before anything is written."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd

from planner.district.clean import Cleaned, clean_table
from planner.district.district import District
from planner.district.survey.incoming import texts_of
from planner.policy import Policy

_YEARS = frozenset({"built_year_min", "built_year_max"})


def changed_district(district: District, applied: pd.DataFrame, policy: Policy) -> District:
    """Return the district with these cells changed; the input is not.

    applied: compound_id, field, incoming (the text of compounds.csv, blank clears), e.g. `Merge.applied`; cells of
    compounds that the district does not have are left out. The changed compounds are read again as a folder would be,
    so that `na`, rough years and limits mean what they mean there.
    """
    known = applied[applied["compound_id"].isin(district.compounds.index)]
    if not len(known):
        return district
    ids = pd.Index(known["compound_id"].astype(str).unique(), name="compound_id")
    new = known.pivot(index="compound_id", columns="field", values="incoming").reindex(ids)
    touched = new.notna()
    old = texts_of(district, ids).reindex(ids)
    fields = [*old.columns, *(field for field in new.columns if field not in old.columns)]
    texts = old.reindex(columns=fields).astype(object).fillna("")
    texts = texts.mask(touched.reindex(columns=fields, fill_value=False), new.reindex(columns=fields))
    cleaned = clean_table(texts.astype(str), "compounds", policy)
    return replace(
        district,
        compounds=_with_cells(district.compounds, cleaned.frame, touched),
        not_applicable=_not_applicable(district, cleaned, touched),
        original=_original(district, touched),
        year_range=_year_range(district, cleaned, touched),
    )


def _with_cells(compounds: gpd.GeoDataFrame, frame: pd.DataFrame, touched: pd.DataFrame) -> gpd.GeoDataFrame:
    out = compounds.copy()
    for field in touched.columns:
        if field in out.columns:
            owners = touched.index[touched[field]]
            column = out[field].copy()
            column.loc[owners] = frame.loc[owners, field]
            out[field] = column
    return out


def _cells(touched: pd.DataFrame) -> set[tuple[str, str]]:
    long = touched.stack()
    return set(long.index[long.to_numpy(dtype=bool)])


def _not_applicable(district: District, cleaned: Cleaned, touched: pd.DataFrame) -> frozenset[tuple[str, str]]:
    changed = _cells(touched)
    now = {(str(owner), field) for owner, field in cleaned.not_applicable}
    return (district.not_applicable - changed) | frozenset(now & changed)


def _original(district: District, touched: pd.DataFrame) -> pd.DataFrame:
    """Texts of repaired cells, without those of the cells that changed."""
    changed = _cells(touched)
    pairs = zip(district.original["compound_id"], district.original["field"], strict=True)
    return district.original[[pair not in changed for pair in pairs]].reset_index(drop=True)


def _year_range(district: District, cleaned: Cleaned, touched: pd.DataFrame) -> pd.DataFrame:
    fields = [field for field in touched.columns if field in _YEARS]
    owners = touched.index[touched[fields].any(axis=1)]
    ends = district.year_range.copy()
    ends.loc[owners] = cleaned.year_range.loc[owners, ends.columns]
    return ends
