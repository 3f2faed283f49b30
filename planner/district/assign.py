"""Buildings, entrances and devices to their compounds: by the id they carry, else by where they are.

By place: wholly inside; else the largest overlap; a point outside every boundary goes to the nearest one within a
tolerance (gates stand on the line, cameras a few metres out). What is left over is listed, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from planner.district.crs import metric_crs
from planner.errors import join_problems, problem_rows

ASSIGNED_LAYERS = ("buildings", "entrances", "devices")
"""The layers whose features belong to one compound each."""

HOW = ("", "id", "inside", "overlap", "nearest")
_HALF = 0.5
_POINT_TYPES = (0, 4)
_POLYGON_TYPES = (3, 6)
Objects = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which compound each feature belongs to.

    found: index of the layer; compound_id (string, NA = left over), how (one of HOW). place: position in the compounds
    (-1 = left over). problems: unknown ids, features outside every compound or without a shape, buildings that are
    mostly outside (PROBLEM_COLUMNS).
    """

    found: pd.DataFrame
    place: Ints
    problems: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Hits:
    """Features (positions) that found a compound (position), and the share of each that lies in it."""

    item: Ints
    land: Ints
    share: Floats


def assign(
    layer: gpd.GeoDataFrame, compounds: gpd.GeoDataFrame, *, tolerance_m: float, file: str, rows: pd.Series
) -> Assignment:
    """Return the compound of each feature of `layer`.

    layer: EPSG:4490, with or without a column compound_id. compounds: index compound_id, polygons in EPSG:4490;
    points and missing shapes take nothing by place. rows: number of each feature in its file, for the reports. An id
    that no compound has is reported, and the place decides. Inside several compounds the smallest counts; of equal
    overlaps the first in the order of `compounds`.
    """
    given = _given(layer)
    land = _by_id(given, compounds.index)
    how = np.where(land >= 0, 1, 0)
    share = np.ones(len(layer))
    left = np.flatnonzero((land < 0) & ~_absent(layer.geometry.to_numpy()))
    methods: tuple[Callable[[gpd.GeoSeries, gpd.GeoSeries], _Hits], ...] = (
        _inside,
        _overlap,
        lambda places, lands: _nearest(places, lands, tolerance_m),
    )
    for number, method in enumerate(methods, start=2):
        if not len(left):
            break
        hits = method(layer.geometry.iloc[left], compounds.geometry)
        at = left[hits.item]
        land[at], how[at], share[at] = hits.land, number, hits.share
        left = np.delete(left, hits.item)
    ways = pd.Categorical.from_codes(how, list(HOW))
    found = pd.DataFrame({"compound_id": _names(compounds.index, land), "how": ways}, index=layer.index)
    return Assignment(found, land, _problems(layer, found, given, share, file=file, rows=rows))


def _given(layer: gpd.GeoDataFrame) -> pd.Series:
    if "compound_id" not in layer:
        return pd.Series(pd.NA, index=layer.index, dtype="string")
    text = layer["compound_id"].astype("string").str.strip()
    return text.mask(text.eq("").fillna(False))


def _by_id(given: pd.Series, ids: pd.Index) -> Ints:
    if not given.notna().any():
        return np.full(len(given), -1, dtype=np.int64)
    return np.asarray(ids.get_indexer(given), dtype=np.int64)


def _names(ids: pd.Index, land: Ints) -> pd.api.extensions.ExtensionArray:
    if not len(ids):
        return pd.array([pd.NA] * len(land), dtype="string")
    names = pd.array(ids.astype("string"), dtype="string").take(np.maximum(land, 0))
    names[land < 0] = pd.NA
    return names


def _absent(shapes: Objects) -> npt.NDArray[np.bool_]:
    return np.asarray(shapely.is_missing(shapes) | shapely.is_empty(shapes))


def _lands(compounds: gpd.GeoSeries) -> Objects:
    shapes = compounds.to_numpy()
    lands: Objects = np.full(len(shapes), None, dtype=object)
    polygons = np.isin(shapely.get_type_id(shapes), _POLYGON_TYPES)
    lands[polygons] = shapes[polygons]
    return lands


def _first(item: Ints, land: Ints, order: npt.ArrayLike, share: Floats | None = None) -> _Hits:
    """One compound per feature: the first by `order`, then by the order of the compounds."""
    rank = np.lexsort((land, np.asarray(order), item))
    features, first = np.unique(item[rank], return_index=True)
    chosen = rank[first]
    return _Hits(features, land[chosen], np.ones(len(chosen)) if share is None else share[chosen])


def _inside(places: gpd.GeoSeries, compounds: gpd.GeoSeries) -> _Hits:
    lands, shapes = _lands(compounds), places.to_numpy()
    item, land = shapely.STRtree(lands).query(shapes)
    shapely.prepare(lands)
    wholly = shapely.contains_properly(lands[land], shapes[item])  # much faster than covers, and true for nearly all
    wholly[~wholly] = shapely.covers(lands[land[~wholly]], shapes[item[~wholly]])
    item, land = item[wholly], land[wholly]
    return _first(item, land, shapely.area(lands)[land])


def _overlap(places: gpd.GeoSeries, compounds: gpd.GeoSeries) -> _Hits:
    lands, shapes = _lands(compounds), places.to_numpy()
    item, land = shapely.STRtree(lands).query(shapes, predicate="intersects")
    shared = shapely.area(shapely.intersection(shapes[item], lands[land]))
    some = shared > 0
    item, land, shared = item[some], land[some], shared[some]
    return _first(item, land, -shared, shared / shapely.area(shapes[item]))


def _nearest(places: gpd.GeoSeries, compounds: gpd.GeoSeries, tolerance_m: float) -> _Hits:
    shapes = places.to_numpy()
    points = np.flatnonzero(np.isin(shapely.get_type_id(shapes), _POINT_TYPES))
    lands = _lands(compounds)
    known = np.flatnonzero(~shapely.is_missing(lands))
    if not len(points) or not len(known):
        return _Hits(points[:0], known[:0], np.empty(0))
    target = metric_crs(places)
    near = gpd.GeoSeries(lands[known], crs=places.crs).to_crs(target).to_numpy()
    spots = places.iloc[points].to_crs(target).to_numpy()
    (item, land), metres = shapely.STRtree(near).query_nearest(
        spots, max_distance=tolerance_m, return_distance=True, all_matches=True
    )
    return _first(points[item], known[land], metres)


def _problems(
    layer: gpd.GeoDataFrame, found: pd.DataFrame, given: pd.Series, share: Floats, *, file: str, rows: pd.Series
) -> pd.DataFrame:
    absent = _absent(layer.geometry.to_numpy())
    how = found["how"].cat.codes.to_numpy()
    alone, strange = how == 0, given.notna().to_numpy() & (how != HOW.index("id"))
    cases = {
        "I10": (strange, given, found["compound_id"].fillna("—")),
        "I11": (alone & ~absent & ~strange, given, None),
        "I12": (alone & absent & ~strange, given, None),
        "I13": (share < _HALF, found["compound_id"], pd.Series(share * 100, index=layer.index).round()),
    }
    reports = []
    for rule, (where, values, detail) in cases.items():
        if not where.any():
            continue
        params = None if detail is None else [{"detail": v} for v in detail[where]]
        reports.append(
            problem_rows(
                rule,
                rows[where],
                severity="info" if rule == "I13" else "warning",
                file=file,
                column="compound_id",
                values=values[where],
                params=params,
            )
        )
    return join_problems(reports)
