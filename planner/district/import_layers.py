"""The other layers of an import: attributes understood and typed, shapes repaired and converted, compounds found."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from planner.district.assign import ASSIGNED_LAYERS, Assignment, Ints, assign
from planner.district.clean import clean_table
from planner.district.crs import System, to_cgcs2000
from planner.district.district import as_layer
from planner.district.geometry_repair import repair_geometry
from planner.district.import_crs import settle_layer
from planner.district.import_request import ImportRequest, Source
from planner.district.layers import read_layer
from planner.errors import join_problems

PREFIX = {
    "buildings": "LD",
    "entrances": "CK",
    "devices": "SB",
    "roads": "DL",
    "water": "SX",
    "green": "LH",
    "communities": "SQ",
    "heat_stations": "HZ",
    "heat_branches": "GX",
}
"""What the ids of features begin with that have none of their own and belong to no compound, as XQ for compounds."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer, ready for the district, with what to report about it; numbered: features whose id was made here."""

    frame: gpd.GeoDataFrame
    numbered: npt.NDArray[np.bool_]
    columns: pd.DataFrame
    problems: pd.DataFrame
    summary: dict[str, Any]


def open_layer(source: Source, encoding: str | None = None) -> gpd.GeoDataFrame:
    """Return a layer of a file or of an upload (bytes), as layers.read_layer does."""
    if isinstance(source.content, Path):
        return read_layer(source.content, source.layer or None, encoding=encoding)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{Path(source.name).suffix}"
        path.write_bytes(source.content)
        return read_layer(path, source.layer or None, encoding=encoding)


def import_layer(
    name: str, source: Source, compounds: gpd.GeoDataFrame, request: ImportRequest, *, system: System | None = None
) -> Layer:
    """Return the layer `name` of the district: every field typed, EPSG:4490, an id for each feature.

    compounds: index compound_id, EPSG:4490. system: where the evidence has settled it already. Buildings, entrances
    and devices get the compound that they name or lie in. Attributes without a field are listed. Features without an
    id of their own are numbered within their compound by place, so that the order of the file does not matter.
    """
    read = open_layer(source, request.encoding)
    file = source.label
    headers = request.map_headers(name, [str(c) for c in read.columns if c != "geometry"])
    owner = next((h for h, f in headers.fields.items() if f == "compound_id"), "compound_id")
    raw = read[list(headers.fields)].rename(columns=headers.fields)
    rows = pd.Series(np.arange(1, len(read) + 1), index=read.index)
    placed = gpd.GeoDataFrame(raw.reindex(columns=[c for c in raw if c == "compound_id"]), geometry=read.geometry)
    if system is None or name in request.layer_crs:
        system = settle_layer(name, placed, compounds, request)
    shapes, repaired = repair_geometry(to_cgcs2000(placed, system), file, name)
    cleaned = clean_table(raw, name, request.policy, file=file, row_numbers=rows, columns=headers.columns)
    frame, place, assigned = cleaned.frame, np.full(len(read), -1, dtype=np.int64), join_problems([])
    how: dict[str, int] = {}
    if name in ASSIGNED_LAYERS:
        layer = gpd.GeoDataFrame(frame[["compound_id"]], geometry=shapes.geometry)
        tolerance = request.policy.number("assign_tolerance_m")
        done = assign(layer, compounds, tolerance_m=tolerance, file=file, rows=rows)
        frame, place, assigned = frame.assign(compound_id=done.found["compound_id"]), done.place, done.problems
        how = _counts(done)
    key = str(request.policy.fields(name).index[0])
    groups = pd.Index([PREFIX[name], *compounds.index])
    numbered = frame[key].isna().to_numpy()
    frame = frame.assign(**{key: _ids(frame[key], groups, place + 1, shapes.geometry)})
    cells = cleaned.problems
    if name in ASSIGNED_LAYERS:  # a blank id is no finding here: the place was asked, and leftovers are listed
        cells = cells[~(cells["rule"].eq("cell.required") & cells["column"].isin([owner, "compound_id"]))]
    problems = join_problems([headers.problems.assign(file=file), repaired, cells, assigned])
    summary = {
        "file": file,
        "features": len(read),
        "crs": system.name,
        "columns": headers.fields,
        "unmapped": headers.unmapped,
        "assigned": how,
    }
    shown = as_layer(frame, shapes.geometry.to_numpy()).reset_index(drop=True)
    return Layer(shown, numbered, headers.columns, problems, summary)


def _counts(done: Assignment) -> dict[str, int]:
    counts = done.found["how"].value_counts()
    return {str(way) or "left_over": int(n) for way, n in counts.items() if n}


def _ids(ids: pd.Series, groups: pd.Index, group: Ints, shapes: gpd.GeoSeries) -> pd.Series:
    """Ids where there are none: the group's name and a number, counted from west to east and south to north."""
    new = ids.isna().to_numpy()
    if not new.any():
        return ids
    mine = group[new]
    order = _by_place(mine, shapely.bounds(shapes.to_numpy()[new]))
    number = np.empty(len(order), dtype=np.int64)
    sizes = np.bincount(mine, minlength=len(groups))
    number[order] = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + 1
    names = pd.Series(groups, dtype="string").take(mine).set_axis(ids.index[new])
    made = names + "-" + pd.Series(number, index=names.index).astype("string").str.zfill(3)
    given = set(ids[~new])
    while given and made.isin(given).any():
        made = made + "N"
    return ids.fillna(made)


def _by_place(group: Ints, bounds: npt.NDArray[np.float64]) -> Ints:
    west, south, east, north = bounds.T
    order = np.lexsort((south, west, group))
    first = np.column_stack([group, west, south])[order]
    if (first[1:] == first[:-1]).all(axis=1).any():
        order = np.lexsort((north, east, south, west, group))
    return order
