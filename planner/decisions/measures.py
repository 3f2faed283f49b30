"""Measures of a compound's own shape and of what stands in it: one function each, in metres, unknown for points.

Every function takes layers in a metric system (`district.crs.metric_crs`) and returns one value per compound, aligned
to the compounds' index. Degrees raise CrsError. Polygons and multi-polygons are measured whole; a compound that is a
point, or has no shape, is unknown (NA), never 0; so is a sum over buildings where the compound has none. `measure`
does all of them for a district and takes care of the system. Definitions follow momepy (shape, dimension, intensity).

In the examples `hectare` is one compound of 100 x 100 m, `nested` the same with another of 60 x 60 m drawn inside it;
`block` is a building of 10 x 10 m with six floors on the hectare, `unknown_floors` the same without a storey count,
`road` a line that ends in its middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from planner.district.crs import metric_crs, require_metric
from planner.district.district import District

Bools = npt.NDArray[np.bool_]
_POLYGON, _MULTIPOLYGON = 3, 6


def measure(district: District) -> pd.DataFrame:
    """Return every measure of every compound: index compound_id, columns named with their unit.

    area_m2, perimeter_m, compactness, elongation, convexity, parts; buildings_counted, footprint_m2,
    gross_floor_area_m2 (unknown unless every building's floors are known), gross_floor_area_min_m2 (its lower bound),
    floors_max, coverage, far, open_area_m2, overlap_m2 (with other compounds), road_inside_m. Shapes are taken into
    the metric system of the district's middle longitude first.
    """
    crs = metric_crs(district.compounds)
    compounds = district.compounds[["geometry"]].to_crs(crs)
    buildings = district.layers["buildings"][["compound_id", "floors", "geometry"]].to_crs(crs)
    roads = district.layers["roads"][["geometry"]].to_crs(crs)
    shape = [f(compounds) for f in (area, perimeter, compactness, elongation, convexity, parts)]
    built = _stock(compounds, buildings)
    stock = [f(built) for f in (_counted, _ground, _gross, _gross_min, _tallest)]
    footprint, floor_area = stock[1], stock[2]
    use = [_share(footprint, shape[0], "coverage"), _share(floor_area, shape[0], "far"), _rest(shape[0], footprint)]
    return pd.concat([*shape, *stock, *use, overlap(compounds), road_inside(compounds, roads)], axis=1)


def area(compounds: gpd.GeoDataFrame) -> pd.Series:
    """Return the site area in square metres, holes not counted.

    >>> area(hectare).tolist()
    [10000.0]
    """
    require_metric(compounds)
    shapes, known = _polygons(compounds)
    return _series(shapely.area(shapes), known, compounds, "area_m2")


def perimeter(compounds: gpd.GeoDataFrame) -> pd.Series:
    """Return the length of the outer boundary in metres, all parts added, courtyards left out.

    It is the length that a wall around the compound would have.

    >>> perimeter(hectare).tolist()
    [400.0]
    """
    require_metric(compounds)
    shapes, known = _polygons(compounds)
    pieces, owner = shapely.get_parts(shapes, return_index=True)
    rings = shapely.length(shapely.get_exterior_ring(pieces))
    return _series(np.bincount(owner, rings, minlength=len(shapes)), known, compounds, "perimeter_m")


def compactness(compounds: gpd.GeoDataFrame) -> pd.Series:
    """Return the isoperimetric quotient 4 pi A / P^2: 1 for a circle, 0.785 for a square, small for a ragged shape.

    P is `perimeter`, A is `area`. An easily enclosed compound has a high value.

    >>> compactness(hectare).round(3).tolist()
    [0.785]
    """
    quotient = 4 * np.pi * area(compounds) / perimeter(compounds) ** 2
    return quotient.rename("compactness")


def elongation(compounds: gpd.GeoDataFrame) -> pd.Series:
    """Return the shorter over the longer side of the smallest rectangle around: 1 for a square, near 0 for a strip.

    The rectangle may be turned.

    >>> elongation(hectare).tolist()
    [1.0]
    """
    require_metric(compounds)
    shapes, known = _polygons(compounds)
    corners = shapely.get_coordinates(shapely.oriented_envelope(shapes[known])).reshape(-1, 5, 2)
    sides = np.hypot(*np.moveaxis(np.diff(corners[:, :3], axis=1), 2, 0))
    ratio = np.full(len(shapes), np.nan)
    ratio[known] = sides.min(axis=1) / sides.max(axis=1)
    return _series(ratio, known, compounds, "elongation")


def convexity(compounds: gpd.GeoDataFrame) -> pd.Series:
    """Return the area over the area of the convex hull: 1 without indentation, low for an L or for scattered parts.

    >>> convexity(hectare).tolist()
    [1.0]
    """
    hull = shapely.area(shapely.convex_hull(_polygons(compounds)[0]))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = area(compounds).to_numpy(dtype=float, na_value=np.nan) / hull
    return _series(ratio, ~np.isnan(ratio), compounds, "convexity")


def parts(compounds: gpd.GeoDataFrame) -> pd.Series:
    """Return how many separate pieces of land the compound has (Int64): more than one cannot have one wall.

    >>> parts(hectare).tolist()
    [1]
    """
    shapes, known = _polygons(compounds)
    return _series(shapely.get_num_geometries(shapes), known, compounds, "parts").astype("Int64")


def buildings_counted(compounds: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return how many buildings carry the compound's id (Int64), unknown where none does.

    None drawn is not none there: the ledger's figure stands in then (CONTRACTS 2).

    >>> buildings_counted(hectare, block).tolist()
    [1]
    """
    return _counted(_stock(compounds, buildings))


def footprint_area(compounds: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return the ground covered by the compound's buildings in square metres: the sum of their polygons.

    A building without a polygon makes the sum unknown.

    >>> footprint_area(hectare, block).tolist()
    [100.0]
    """
    return _ground(_stock(compounds, buildings))


def gross_floor_area(compounds: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return the floor area in square metres: the sum of footprint x floors over the compound's buildings.

    One building whose floors or polygon are unknown makes it unknown; `gross_floor_area_min` bounds it from below.

    >>> gross_floor_area(hectare, block).tolist()
    [600.0]
    """
    return _gross(_stock(compounds, buildings))


def gross_floor_area_min(compounds: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return the least floor area in square metres: as `gross_floor_area`, unknown floors taken as one floor.

    >>> gross_floor_area_min(hectare, unknown_floors).tolist()
    [100.0]
    """
    return _gross_min(_stock(compounds, buildings))


def floors_max(compounds: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return the storeys of the compound's tallest building among those known (Int64).

    >>> floors_max(hectare, block).tolist()
    [6]
    """
    return _tallest(_stock(compounds, buildings))


def coverage(compounds: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return the building density 建筑密度: footprint over site area (0..1; above 1 where the site is drawn too small).

    >>> coverage(hectare, block).tolist()
    [0.01]
    """
    return _share(footprint_area(compounds, buildings), area(compounds), "coverage")


def floor_area_ratio(compounds: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return the floor area ratio 容积率: gross floor area over site area.

    >>> floor_area_ratio(hectare, block).tolist()
    [0.06]
    """
    return _share(gross_floor_area(compounds, buildings), area(compounds), "far")


def open_area(compounds: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return the ground left open in square metres: site area less footprints, at least 0.

    It bounds what parking, green and roads can take together.

    >>> open_area(hectare, block).tolist()
    [9900.0]
    """
    return _rest(area(compounds), footprint_area(compounds, buildings))


def overlap(compounds: gpd.GeoDataFrame) -> pd.Series:
    """Return the area in square metres that the compound shares with other compounds, 0 where it touches none.

    Two polygons over each other count the shared ground for both; check V22 judges the share.

    >>> overlap(nested).tolist()
    [3600.0, 3600.0]
    """
    require_metric(compounds)
    shapes, known = _polygons(compounds)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    both = np.bincount(left, shared, minlength=len(shapes)) + np.bincount(right, shared, minlength=len(shapes))
    return _series(both, known, compounds, "overlap_m2")


def road_inside(compounds: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> pd.Series:
    """Return the length in metres of the roads layer's centre lines inside the compound; unknown without a road layer.

    >>> road_inside(hectare, road).tolist()
    [50.0]
    """
    require_metric(compounds)
    require_metric(roads)
    shapes, known = _polygons(compounds)
    lines = roads.geometry.to_numpy()
    site, road = shapely.STRtree(lines).query(shapes, predicate="intersects")
    metres = shapely.length(shapely.intersection(lines[road], shapes[site]))
    known = known if len(lines) else np.zeros(len(shapes), dtype=bool)
    return _series(np.bincount(site, metres, minlength=len(shapes)), known, compounds, "road_inside_m")


def _polygons(compounds: gpd.GeoDataFrame) -> tuple[npt.NDArray[np.object_], Bools]:
    shapes = compounds.geometry.to_numpy()
    kind = np.asarray(shapely.get_type_id(shapes))
    known = np.isin(kind, (_POLYGON, _MULTIPOLYGON)) & ~np.asarray(shapely.is_empty(shapes))
    kept: npt.NDArray[np.object_] = np.full(len(shapes), None, dtype=object)
    kept[known] = shapes[known]
    return kept, known


def _series(values: npt.NDArray[np.generic], known: Bools, compounds: gpd.GeoDataFrame, name: str) -> pd.Series:
    array = pd.array(np.where(known, values, np.nan).astype(float), dtype="Float64")
    array[~known] = pd.NA
    return pd.Series(array, index=compounds.index, name=name)


def _share(part: pd.Series, whole: pd.Series, name: str) -> pd.Series:
    return (part / whole).rename(name)


def _rest(site: pd.Series, footprint: pd.Series) -> pd.Series:
    return (site - footprint).clip(lower=0.0).rename("open_area_m2")


@dataclass(frozen=True, slots=True)
class _Stock:
    """The buildings by position: each one's compound (-1 for none), ground in square metres and floors, NaN unknown."""

    compounds: gpd.GeoDataFrame
    place: npt.NDArray[np.intp]
    ground: npt.NDArray[np.float64]
    floors: npt.NDArray[np.float64]

    def total(self, values: npt.NDArray[np.float64], name: str) -> pd.Series:
        """Sum over each compound; one unknown building makes it unknown (bincount keeps NaN, sum() would not)."""
        inside = self.place >= 0
        totals = np.bincount(self.place[inside], values[inside], minlength=len(self.compounds))
        some = np.bincount(self.place[inside], minlength=len(self.compounds)) > 0
        return _series(totals, some & ~np.isnan(totals), self.compounds, name)


def _stock(compounds: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> _Stock:
    require_metric(buildings)
    shapes, known = _polygons(buildings)
    ground = np.where(known, shapely.area(shapes), np.nan)
    place = compounds.index.get_indexer(pd.Index(buildings["compound_id"]))
    return _Stock(compounds, place, ground, buildings["floors"].to_numpy(dtype=float, na_value=np.nan))


def _counted(stock: _Stock) -> pd.Series:
    return stock.total(np.ones(len(stock.place)), "buildings_counted").astype("Int64")


def _ground(stock: _Stock) -> pd.Series:
    return stock.total(stock.ground, "footprint_m2")


def _gross(stock: _Stock) -> pd.Series:
    return stock.total(stock.ground * stock.floors, "gross_floor_area_m2")


def _gross_min(stock: _Stock) -> pd.Series:
    floors = np.where(np.isnan(stock.floors), 1.0, stock.floors)
    return stock.total(stock.ground * floors, "gross_floor_area_min_m2")


def _tallest(stock: _Stock) -> pd.Series:
    told = (stock.place >= 0) & ~np.isnan(stock.floors)
    tallest = np.full(len(stock.compounds), -np.inf)
    np.maximum.at(tallest, stock.place[told], stock.floors[told])
    return _series(tallest, np.isfinite(tallest), stock.compounds, "floors_max").astype("Int64")
