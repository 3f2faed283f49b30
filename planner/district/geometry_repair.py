"""Shapes put right before anything measures them: invalid polygons, heights, empties; wrong kinds refused."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.errors import join_problems, problem, problem_rows

_POINT, _LINE, _POLYGON = (0,), (1, 2, 5), (3, 6)
_COLLECTION = 7
KINDS: Mapping[str, tuple[int, ...]] = {
    "compounds": (*_POLYGON, *_POINT),
    "buildings": _POLYGON,
    "entrances": _POINT,
    "devices": _POINT,
    "heat_stations": (*_POINT, *_POLYGON),
    "heat_branches": _LINE,
    "roads": (*_LINE, *_POLYGON),
    "water": (*_POLYGON, *_LINE),
    "green": _POLYGON,
    "communities": _POLYGON,
}
"""Geometry type ids (shapely.get_type_id) that a table may hold."""


def repair_geometry(gdf: gpd.GeoDataFrame, file: str, table: str) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the layer with usable geometries, and a problem for every one that was changed or refused.

    Heights are dropped (one note for the layer). Invalid polygons are made valid by structure: area is kept, crossing
    lines removed, parts stay a MultiPolygon; holes and slivers stay as they are. Empty geometries, coordinates that
    are no numbers, and kinds that the table cannot hold (lines in a polygon layer) become None; the row stays. Row
    numbers are the feature's place in the layer, from 1.
    """
    shapes = gdf.geometry.to_numpy().copy()
    ids = _ids(gdf)
    shapes, flat = _flatten(shapes, file)
    bad = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    unusable = _unusable(shapes, bad)
    shapes, gone = _drop(shapes, unusable, "layer.not_finite", "error", file=file, ids=ids)
    shapes, repaired = _make_valid(shapes, bad & ~unusable, file, ids)
    shapes = _single_points(shapes, table)
    wrong = ~np.isin(shapely.get_type_id(shapes), KINDS[table]) & ~shapely.is_missing(shapes)
    shapes, refused = _drop(shapes, wrong & ~shapely.is_empty(shapes), "layer.wrong_kind", "error", file=file, ids=ids)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    silent = shapely.is_missing(gdf.geometry.to_numpy()) | shapely.is_empty(gdf.geometry.to_numpy())
    shapes, lost = _drop(shapes, empty & silent, "layer.empty", "warning", file=file, ids=ids)
    out = gdf.set_geometry(gpd.GeoSeries(shapes, index=gdf.index, crs=gdf.crs))
    return out, join_problems([flat, gone, repaired, refused, lost])


def _ids(gdf: gpd.GeoDataFrame) -> np.ndarray:
    """What a person calls each feature: its first column that ends in _id, else the index where it has a name."""
    named = [name for name in gdf.columns if str(name).endswith("_id")]
    if gdf.index.name:
        return np.asarray(gdf.index.astype(str))
    ids: np.ndarray = gdf[named[0]].astype(str).to_numpy() if named else np.full(len(gdf), "")
    return ids


def _flatten(shapes: np.ndarray, file: str) -> tuple[np.ndarray, pd.DataFrame]:
    high = shapely.has_z(shapes)
    if not high.any():
        return shapes, join_problems([])
    note = problem("layer.height", severity="info", file=file, count=int(high.sum()))
    return shapely.force_2d(shapes), note


def _unusable(shapes: np.ndarray, bad: np.ndarray) -> np.ndarray:
    """Shapes with coordinates that are no numbers: only invalid ones have them, and only those are looked into."""
    invalid = np.flatnonzero(bad)
    coordinates, owners = shapely.get_coordinates(shapes[invalid], return_index=True)
    unusable = np.zeros(len(shapes), dtype=bool)
    unusable[invalid[owners[~np.isfinite(coordinates).all(axis=1)]]] = True
    return unusable


def _make_valid(shapes: np.ndarray, bad: np.ndarray, file: str, ids: np.ndarray) -> tuple[np.ndarray, pd.DataFrame]:
    if not bad.any():
        return shapes, join_problems([])
    reasons = [str(text).partition("[")[0] for text in shapely.is_valid_reason(shapes[bad])]
    made = shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
    dim = shapely.get_dimensions(shapes[bad])
    out = shapes.copy()
    out[bad] = [_parts(shape, d) for shape, d in zip(made, dim, strict=True)]
    rows = np.flatnonzero(bad) + 1
    lost = shapely.is_missing(out[bad])
    params = [{"reason": reason} for reason in reasons]
    reports = [
        _report(rule, severity, rows[keep], ids[bad][keep], [p for p, k in zip(params, keep, strict=True) if k], file)
        for rule, severity, keep in (("layer.repaired", "info", ~lost), ("layer.collapsed", "error", lost))
    ]
    return out, join_problems(reports)


def _parts(shape: shapely.Geometry, dimension: int) -> shapely.Geometry | None:
    """The parts of a repaired shape that have its own dimension, as one shape; None where nothing is left."""
    if shapely.get_type_id(shape) == _COLLECTION:
        parts = shapely.get_parts(shape)
        shape = shapely.union_all(parts[shapely.get_dimensions(parts) == dimension])
    if not shapely.is_valid(shape):  # GEOS may leave parts that share an edge
        shape = shapely.union_all(shapely.get_parts(shape))
    return None if shapely.is_empty(shape) or shapely.get_dimensions(shape) != dimension else shape


def _single_points(shapes: np.ndarray, table: str) -> np.ndarray:
    """A MultiPoint of one point is that point; of several it is refused, because nobody knows which is meant."""
    several = shapely.get_type_id(shapes) == 4
    out = shapes.copy()
    if several.any() and 0 in KINDS[table]:
        counts = shapely.get_num_geometries(shapes)
        out[several & (counts == 1)] = shapely.get_geometry(shapes[several & (counts == 1)], 0)
    return out


def _drop(
    shapes: np.ndarray, found: np.ndarray, rule: str, severity: str, *, file: str, ids: np.ndarray
) -> tuple[np.ndarray, pd.DataFrame]:
    if not found.any():
        return shapes, join_problems([])
    kinds = [{"kind": shape.geom_type if shape is not None else ""} for shape in shapes[found]]
    out = shapes.copy()
    out[found] = None
    return out, _report(rule, severity, np.flatnonzero(found) + 1, ids[found], kinds, file)


def _report(
    rule: str, severity: str, rows: np.ndarray, ids: np.ndarray, params: list[dict[str, str]], file: str
) -> pd.DataFrame:
    listed = [int(row) for row in rows]
    return problem_rows(rule, listed, severity=severity, file=file, column="geometry", values=list(ids), params=params)
