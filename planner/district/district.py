"""The checked district: every table present, every field typed, nothing more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd

from planner.policy import Policy

CRS = "EPSG:4490"
"""CGCS2000, longitude and latitude: what a district folder holds (CONTRACTS 1)."""

LAYERS = (
    "buildings",
    "entrances",
    "roads",
    "water",
    "green",
    "communities",
    "heat_stations",
    "heat_branches",
    "devices",
)
"""Tables with a geometry beside the compounds."""

TABLES = ("committees", "meetings", "issues", "appraisals", "interventions")
"""Tables without a geometry, in governance/."""

DTYPES: Mapping[str, str] = {
    "id": "string",
    "text": "string",
    "enum": "string",
    "enums": "string",
    "ids": "string",
    "int": "Int64",
    "year": "Int64",
    "decimal": "Float64",
    "ratio": "Float64",
    "area": "Float64",
    "money": "Float64",
    "bool": "boolean",
    "date": "datetime64[s]",
}
"""pandas dtype of each `type` of columns.csv; missing is NA (NaT for dates) in all of them."""


@dataclass(frozen=True, slots=True)
class District:
    """One district, read and typed: what every rule, score, page and export starts from.

    compounds: index compound_id, every field of columns.csv except compound_id, `geometry` in EPSG:4490 or None.
    layers, tables: every name of LAYERS and TABLES, empty where the district has none.
    not_applicable: the cells written `na` (their typed value is missing).
    original: compound_id, field, text of every cell whose text was repaired, for display.
    problems: PROBLEM_COLUMNS, what reading repaired or refused.
    year_range: index compound_id; year_lo, year_hi (Float64): the ends of a year told as a decade or a range, the
    earliest and latest year where those are documented, missing where the year is unknown.
    """

    name: str
    compounds: gpd.GeoDataFrame
    layers: Mapping[str, gpd.GeoDataFrame]
    tables: Mapping[str, pd.DataFrame]
    not_applicable: frozenset[tuple[str, str]]
    original: pd.DataFrame
    problems: pd.DataFrame
    year_range: pd.DataFrame
    demo: bool = False
    crs_note: Mapping[str, Any] = field(default_factory=dict)


def dtype_of(kind: str) -> str:
    """Return the pandas dtype of a columns.csv type; KeyError on a type that columns.csv does not know."""
    return DTYPES[kind]


def typed(frame: pd.DataFrame, policy: Policy, table: str) -> pd.DataFrame:
    """Return exactly the fields of `table`, in the order of columns.csv, in their dtypes; absent ones are missing.

    Values must be of their type already (cells.py turns text into values); other columns are dropped.
    """
    kinds = policy.fields(table)["type"]
    missing = {dtype: _missing(frame.index, dtype) for dtype in {DTYPES[kind] for kind in kinds}}
    columns = {
        name: frame[name].astype(DTYPES[kind]) if name in frame.columns else missing[DTYPES[kind]]
        for name, kind in kinds.items()
    }
    return pd.DataFrame(columns, index=frame.index, copy=False)


def empty_table(policy: Policy, table: str) -> pd.DataFrame:
    """Return the table with every field typed and no row."""
    return typed(pd.DataFrame(index=pd.RangeIndex(0)), policy, table)


def empty_layer(policy: Policy, table: str) -> gpd.GeoDataFrame:
    """Return the layer with every field typed, an empty geometry column in EPSG:4490 and no row."""
    return as_layer(empty_table(policy, table), [])


def as_layer(table: pd.DataFrame, geometry: Any) -> gpd.GeoDataFrame:
    """Return the table with `geometry` (aligned by position, EPSG:4490) as its active geometry column."""
    shapes = gpd.GeoSeries(geometry, index=table.index, crs=CRS)
    return gpd.GeoDataFrame(table, geometry=shapes, crs=CRS)


def year_ends(compounds: pd.DataFrame) -> pd.DataFrame:
    """Return year_lo, year_hi (Float64) of exact years: the earliest and the latest, one standing in for the other."""
    low, high = compounds["built_year_min"], compounds["built_year_max"]
    ends = {"year_lo": low.fillna(high), "year_hi": high.fillna(low)}
    return pd.DataFrame(ends, index=compounds.index).astype("Float64")


def _missing(index: pd.Index, dtype: str) -> pd.Series:
    """A column of nothing but missing values; all absent fields of one type share it, pandas copies on write."""
    return pd.Series(pd.NaT if dtype.startswith("datetime") else pd.NA, index=index, dtype=dtype)
