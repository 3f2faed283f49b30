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

from planner.district.assign import ASSIGNED_LAYERS, assign
from planner.district.clean import clean_table
from planner.district.crs import to_cgcs2000
from planner.district.district import as_layer
from planner.district.geometry_repair import repair_geometry
from planner.district.import_crs import settle_layer
from planner.district.import_request import ImportRequest, Source
from planner.district.layers import read_layer
from planner.errors import join_problems


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer, ready for the district, with what to report about it."""

    frame: gpd.GeoDataFrame
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


def import_layer(name: str, source: Source, compounds: gpd.GeoDataFrame, request: ImportRequest) -> Layer:
    """Return the layer `name` of the district: every field typed, EPSG:4490, an id for each feature.

    compounds: index compound_id, EPSG:4490. Buildings, entrances and devices get the compound that they name or lie
    in. Attributes without a field are listed. Features without an id of their own are numbered within their compound
    by place, so that the order of the file does not matter.
    """
    read = open_layer(source, request.encoding)
    file = source.label
    headers = request.map_headers(name, [str(c) for c in read.columns if c != "geometry"])
    owner = next((h for h, f in headers.fields.items() if f == "compound_id"), "compound_id")
    raw = read[list(headers.fields)].rename(columns=headers.fields)
    rows = pd.Series(np.arange(1, len(read) + 1), index=read.index)
    placed = gpd.GeoDataFrame(raw.reindex(columns=[c for c in raw if c == "compound_id"]), geometry=read.geometry)
    system = settle_layer(name, placed, compounds, request)
    shapes, repaired = repair_geometry(to_cgcs2000(placed, system), file, name)
    cleaned = clean_table(raw, name, request.policy, file=file, row_numbers=rows, columns=headers.columns)
    frame, assigned, how = _assigned(name, cleaned.frame, shapes, compounds, request=request, file=file, rows=rows)
    frame = frame.assign(**{_id_field(name, request): _ids(name, frame, shapes, request)})
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
    return Layer(shown, headers.columns, problems, summary)


def _assigned(
    name: str,
    frame: pd.DataFrame,
    shapes: gpd.GeoDataFrame,
    compounds: gpd.GeoDataFrame,
    *,
    request: ImportRequest,
    file: str,
    rows: pd.Series,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    if name not in ASSIGNED_LAYERS:
        return frame, join_problems([]), {}
    layer = gpd.GeoDataFrame(frame[["compound_id"]], geometry=shapes.geometry)
    tolerance = request.policy.number("assign_tolerance_m")
    done = assign(layer, compounds, tolerance_m=tolerance, file=file, rows=rows)
    how = done.found["how"].replace("", "left_over").value_counts().sort_index()
    counts = {str(k): int(v) for k, v in how.items()}
    return frame.assign(compound_id=done.found["compound_id"]), done.problems, counts


def _id_field(name: str, request: ImportRequest) -> str:
    return str(request.policy.fields(name).index[0])


def _ids(name: str, frame: pd.DataFrame, shapes: gpd.GeoDataFrame, request: ImportRequest) -> pd.Series:
    ids = frame[_id_field(name, request)]
    new = ids.isna().to_numpy()
    if not new.any():
        return ids
    owner = frame["compound_id"].fillna("") if name in ASSIGNED_LAYERS else pd.Series("", index=frame.index)
    group, names = pd.factorize(owner[new], sort=True)
    bounds = shapely.bounds(shapes.geometry.to_numpy()[new])
    order = np.lexsort((*bounds.T[::-1], group))
    number = np.empty(len(order), dtype=np.int64)
    sizes = np.bincount(group, minlength=len(names))
    number[order] = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + 1
    made = _numbered(np.array([n or name for n in names], dtype=object)[group], number, ids.index[new])
    given = set(ids[~new])
    while given and made.isin(given).any():
        made = made + "N"
    return ids.fillna(made)


def _numbered(groups: npt.NDArray[np.object_], number: npt.NDArray[np.int64], index: pd.Index) -> pd.Series:
    digits = pd.Series(number, index=index).astype("string").str.zfill(3)
    return pd.Series(groups, index=index, dtype="string") + "-" + digits
