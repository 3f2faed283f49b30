"""Many compounds, each as often as asked, every time with one fact filled in: one district, so that rules run once.

No rule that decides a state, a score or the order looks at another compound, so copies side by side come to what the
district would come to with that one fact; a test compares the two. Neighbours, who only make a candidate, see nobody:
the copies have no place and no community.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.district.district import District, year_ends

FILL_COLUMNS = ["at", "field", "value"]
"""at: position of the compound in the district; field: what is filled in ("" nothing); value: typed, never missing.
Where a table has SECOND too, another cell of the same row is filled in beside the first."""
SECOND = ["field2", "value2"]

BOTH_YEARS = "built_year"
"""Stands for the earliest and the latest year together, as a survey with one of the two columns fills them."""

YEARS = ("built_year_min", "built_year_max")
_WRITES: Mapping[str, Sequence[str]] = {BOTH_YEARS: YEARS}
_NEIGHBOURS = ("community_code", "community_name")
_OTHERS = ";?"
"""Whoever else a row with a list of compounds names: nobody here, but it stays shared."""
_NO_ROW = np.empty(0, dtype=np.intp)


@dataclass(frozen=True, slots=True)
class Copies:
    """A district prepared for copying: which rows of each layer and table belong to which compound.

    rows: table -> (rows, first, count): the rows in the order of their compounds, where each compound's start and how
    many it has. na: compound position -> fields that cannot apply.
    """

    district: District
    rows: Mapping[str, tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp]]]
    na: Mapping[int, tuple[str, ...]]


def prepare_copies(district: District) -> Copies:
    """Return the district prepared for `filled`."""
    index = district.compounds.index
    frames = {**district.layers, **district.tables}
    rows = {name: _rows_of(frame, index) for name, frame in frames.items() if _owner_column(frame)}
    na: dict[int, list[str]] = {}
    places = index.get_indexer(pd.Index([owner for owner, _ in sorted(district.not_applicable)], dtype=index.dtype))
    for place, (_, field) in zip(places.tolist(), sorted(district.not_applicable), strict=True):
        na.setdefault(place, []).append(field)
    return Copies(district, rows, {place: tuple(fields) for place, fields in na.items() if place >= 0})


def filled(copies: Copies, fills: pd.DataFrame) -> District:
    """Return a district of one compound per row of ``fills`` (FILL_COLUMNS), each with its one cell filled in.

    Ids are the compound's, a stroke and the number of the row. Values have the type of their column.
    """
    district, at = copies.district, fills["at"].to_numpy(dtype=np.intp)
    ids = _ids(district.compounds.index, at)
    compounds, years = _with_cells(district, fills, ids)
    layers = {name: gpd.GeoDataFrame(_own(copies, name, at, ids), crs=f.crs) for name, f in district.layers.items()}
    tables = {name: _own(copies, name, at, ids) for name in district.tables}
    return replace(
        district,
        compounds=compounds,
        year_range=years,
        layers=layers,
        tables=tables,
        not_applicable=_still_na(copies, fills, ids),
    )


def _ids(index: pd.Index, at: npt.NDArray[np.intp]) -> pd.Index:
    names = index.to_numpy(dtype=object)[at]
    return pd.Index([f"{name}/{k}" for k, name in enumerate(names)], name=index.name, dtype=index.dtype)


def _with_cells(district: District, fills: pd.DataFrame, ids: pd.Index) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    at = fills["at"].to_numpy(dtype=np.intp)
    own = pd.DataFrame(district.compounds.drop(columns="geometry")).iloc[at].set_axis(ids)
    columns: dict[str, Any] = {name: own[name] for name in own.columns}
    columns |= {name: pd.array([pd.NA] * len(at), dtype=own[name].dtype) for name in _NEIGHBOURS}
    years = district.year_range.reindex(district.compounds.index).iloc[at].set_axis(ids)
    dated = np.zeros(len(at), dtype=bool)
    for fields, values in _cells(fills):
        for field in dict.fromkeys(fields):
            places = np.flatnonzero(fields == field)
            for name in _WRITES.get(field, (field,) if field else ()):
                columns[name] = _written(columns[name], places, values[places])
        dated |= np.isin(fields.astype(str), (*YEARS, BOTH_YEARS))
    table = pd.DataFrame(columns, index=ids, copy=False)
    years[dated] = year_ends(table[dated])
    return gpd.GeoDataFrame(
        table, geometry=gpd.GeoSeries([None] * len(at), index=ids, crs=district.compounds.crs)
    ), years


def _cells(fills: pd.DataFrame) -> list[tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]]:
    """Fields and values of the first and, where there is one, of the second cell of every row."""
    pairs = [FILL_COLUMNS[1:], SECOND] if SECOND[0] in fills.columns else [FILL_COLUMNS[1:]]
    return [(fills[f].to_numpy(dtype=object), fills[v].to_numpy(dtype=object)) for f, v in pairs]


def _written(column: pd.Series, places: npt.NDArray[np.intp], values: npt.NDArray[Any]) -> pd.Series:
    changed = column.copy()
    changed.iloc[places] = pd.array(list(values), dtype=column.dtype)
    return changed


def _still_na(copies: Copies, fills: pd.DataFrame, ids: pd.Index) -> frozenset[tuple[str, str]]:
    cells, none = _cells(fills), ()
    second = cells[-1][0]
    rows = zip(ids, fills["at"].tolist(), cells[0][0], second, strict=True)
    return frozenset((key, name) for key, at, *two in rows for name in copies.na.get(at, none) if name not in two)


def _owner_column(frame: pd.DataFrame) -> str:
    return next((name for name in ("compound_id", "compound_ids") if name in frame.columns), "")


def _rows_of(
    frame: pd.DataFrame, index: pd.Index
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    named = frame[_owner_column(frame)].reset_index(drop=True)
    parts = named.str.split(";").explode().str.strip() if len(named) else named
    owner = index.get_indexer(pd.Index(parts))
    rows = parts.index.to_numpy(dtype=np.intp)[owner >= 0] if len(parts) else _NO_ROW
    owner = owner[owner >= 0]
    order = np.argsort(owner, kind="stable")
    count = np.bincount(owner, minlength=len(index)).astype(np.intp)
    return rows[order], np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.intp), count


def _own(copies: Copies, name: str, at: npt.NDArray[np.intp], ids: pd.Index) -> pd.DataFrame:
    """The rows of a table that name the compounds, once for every copy; a table of nobody's rows stays whole."""
    district = copies.district
    frame: pd.DataFrame = district.layers[name] if name in district.layers else district.tables[name]
    if name not in copies.rows:
        return frame
    rows, first, count = copies.rows[name]
    many = count[at] if len(count) else at[:0]
    steps = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    taken = frame.iloc[rows[np.repeat(first[at], many) + steps]] if len(steps) else frame.iloc[:0]
    column = _owner_column(frame)
    owners = np.repeat(ids.to_numpy(dtype=object), many)
    if column == "compound_ids":
        shared = taken[column].str.contains(";", regex=False, na=False).to_numpy(dtype=bool)
        owners = np.array(
            [f"{key}{_OTHERS}" if s else key for key, s in zip(owners, shared, strict=True)], dtype=object
        )
    named: dict[str, Any] = {column: pd.array(owners, dtype="string")}
    return taken.assign(**named).reset_index(drop=True)
