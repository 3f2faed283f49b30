"""What lies under and over the compounds on a web map: ground, green, water, roads, borders, names, buildings.

Everything is EPSG:4490 (taken as WGS84 by web maps), rounded to 1e-6 degree, merged to one shape per look so that a
browser draws few paths. Names leave through ``safe_text``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from planner.district.district import District
from planner.text import safe_text

GRID = 1e-6
"""Degrees; about 0.1 m, finer than any line on a screen."""

CELL = 0.01
"""Degrees; buildings are served in cells of about one square kilometre."""

ROAD_ORDER = ("支路", "次干路", "主干路", "快速路")
"""Drawn in this order, the widest on top."""

_ROAD_NAMES_FROM = {"快速路": 14.0, "主干路": 14.0, "次干路": 15.0, "支路": 16.0}
_LABEL_PX = (25.0, 13.0, 22.0)
_MAP_PX = 560.0

Shapes = npt.NDArray[np.object_]


def base_shapes(district: District) -> dict[str, Any]:
    """Return the GeoJSON shapes of the base map by role; None where the district has no such layer.

    Keys: ground (union of the communities), green, water, roads (list of {kind, shape}, narrow first), communities
    and streets (borders as lines, a shared border once).
    """
    layers = district.layers
    areas = layers["communities"]
    return {
        "ground": _geojson(shapely.union_all(_present(areas))) if len(_present(areas)) else None,
        "green": _geojson(_polygons(_present(layers["green"]))),
        "water": _geojson(_polygons(_present(layers["water"]))),
        "roads": _roads(layers["roads"]),
        "communities": _geojson(_borders(_present(areas))),
        "streets": _geojson(_borders(np.array(list(street_areas(areas).values()), dtype=object))),
    }


def street_areas(communities: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return street name -> area, in administrative order; communities without a street or a shape are left out."""
    known = communities[communities["subdistrict_name"].notna() & communities.geometry.notna()]
    ordered = known.sort_values(["subdistrict_order", "subdistrict_code"], kind="stable", na_position="last")
    names = ordered["subdistrict_name"].astype(object).to_numpy()
    shapes = ordered.geometry.to_numpy()
    return {str(name): shapely.union_all(shapes[names == name]) for name in dict.fromkeys(names)}


def street_boxes(district: District) -> dict[str, list[list[float]]]:
    """Return street name -> [[south, west], [north, east]] from the street's area, else from its compounds."""
    areas = street_areas(district.layers["communities"])
    names = district.compounds["subdistrict_name"]
    for name in names.dropna().unique():
        inside = district.compounds.geometry[(names == name).fillna(False).to_numpy(dtype=bool)].dropna()
        if str(name) not in areas and len(inside):
            areas[str(name)] = shapely.union_all(inside.to_numpy())
    return {name: box(area) for name, area in areas.items()}


def box(shape: Any) -> list[list[float]]:
    """Return [[south, west], [north, east]] of a shape, as Leaflet takes it; a point gets a box of about 500 m."""
    west, south, east, north = (float(v) for v in shapely.bounds(shape))
    grow = 0.0025 if max(east - west, north - south) < 0.001 else 0.0
    return [[south - grow, west - grow], [north + grow, east + grow]]


def names(district: District) -> list[dict[str, Any]]:
    """Return every name on the map, the weightiest first: {kind, text, at [lat, lon], from (zoom), turn (degrees)}.

    Water and green are named from the zoom at which the name fits into their extent. A street's name stands where it
    covers the fewest compounds at the district view; where nobody drew the streets, at the middle of its compounds.
    """
    return [
        *_street_names(district),
        *_area_names(district.layers["water"], "water"),
        *_area_names(district.layers["green"], "green"),
        *_community_names(district.layers["communities"]),
        *_road_names(district.layers["roads"]),
    ]


def building_cells(buildings: gpd.GeoDataFrame) -> Mapping[str, str]:
    """Return cell name -> GeoJSON text of the buildings whose middle lies in it (cell = ``CELL`` degrees, x_y)."""
    shapes = _rounded(_polygons_only(_present(buildings)))
    if not len(shapes):
        return {}
    middle = shapely.centroid(shapes)
    x, y = np.floor(shapely.get_x(middle) / CELL).astype(int), np.floor(shapely.get_y(middle) / CELL).astype(int)
    cells = pd.Series([f"{a}_{b}" for a, b in zip(x, y, strict=True)])
    return {
        str(name): shapely.to_geojson(_polygons(shapes[rows.to_numpy()]))
        for name, rows in cells.groupby(cells).groups.items()
    }


def _present(frame: gpd.GeoDataFrame) -> Shapes:
    shapes = frame.geometry.to_numpy()
    return np.asarray(shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))], dtype=object)


def _polygons_only(shapes: Shapes) -> Shapes:
    return shapes[np.isin(shapely.get_type_id(shapes), (3, 6))]


def _rounded(shapes: Any) -> Any:
    return shapely.set_precision(shapes, GRID, mode="pointwise")


def _polygons(shapes: Shapes) -> Any:
    return shapely.multipolygons(shapely.get_parts(_polygons_only(shapes))) if len(_polygons_only(shapes)) else None


def _lines(shapes: Shapes) -> Any:
    lines = shapes[np.isin(shapely.get_type_id(shapes), (1, 5))]
    return shapely.multilinestrings(shapely.get_parts(lines)) if len(lines) else None


def _borders(areas: Shapes) -> Any:
    return shapely.line_merge(shapely.union_all(shapely.boundary(areas))) if len(areas) else None


def _geojson(shape: Any) -> Any:
    return None if shape is None else json.loads(shapely.to_geojson(_rounded(shape)))


def _roads(roads: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    kinds = roads["road_class"].fillna("").to_numpy(dtype=object)
    order = ("", *ROAD_ORDER)
    found = ((kind, _lines(_present(roads[kinds == kind]))) for kind in order)
    return [{"kind": kind, "shape": _geojson(shape)} for kind, shape in found if shape is not None]


def _name(kind: str, text: object, at: Any, zoom: float, turn: float = 0.0) -> dict[str, Any]:
    place = [round(float(shapely.get_y(at)), 6), round(float(shapely.get_x(at)), 6)]
    return {"kind": kind, "text": safe_text(text), "at": place, "from": zoom, "turn": round(turn, 1)}


def _named(frame: gpd.GeoDataFrame, field: str) -> Iterable[tuple[str, Any]]:
    known = frame[frame[field].notna() & frame.geometry.notna()]
    for name, rows in known.groupby(known[field].astype(object), sort=True):
        yield str(name), shapely.union_all(rows.geometry.to_numpy())


def _area_names(frame: gpd.GeoDataFrame, kind: str) -> Iterable[dict[str, Any]]:
    for name, shape in _named(frame, "name"):
        largest = max(shapely.get_parts(shape), key=lambda part: float(shapely.length(part)))
        yield _name(kind, name, shapely.point_on_surface(largest), _zoom_to_fit(name, shape))


def _zoom_to_fit(text: str, shape: Any) -> float:
    """The web map zoom at which the shape is as wide or tall on the screen as its name is long."""
    west, south, east, north = shapely.bounds(shape)
    degrees = max(float(east - west), float(north - south), GRID)
    return round(float(np.log2(_LABEL_PX[1] * (len(text) + 1) * 360.0 / (256.0 * degrees))), 1)


def _road_names(roads: gpd.GeoDataFrame) -> Iterable[dict[str, Any]]:
    classes = dict(zip(roads["name"].astype(object), roads["road_class"].astype(object), strict=True))
    for name, shape in _named(roads, "name"):
        start, end = _longest_segment(shape)
        stretch = np.cos(np.radians(start[1]))
        turn = -np.degrees(np.arctan2(end[1] - start[1], (end[0] - start[0]) * stretch))
        upright = (turn + 90.0) % 180.0 - 90.0
        middle = shapely.Point((start + end) / 2)
        yield _name("road", name, middle, _ROAD_NAMES_FROM.get(str(classes.get(name)), 16.0), float(upright))


def _longest_segment(shape: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    longest = max(shapely.get_parts(shape), key=lambda part: float(shapely.length(part)))
    points = shapely.get_coordinates(longest)
    at = int(np.argmax(np.hypot(*np.diff(points, axis=0).T)))
    return points[at], points[at + 1]


def _community_names(communities: gpd.GeoDataFrame) -> Iterable[dict[str, Any]]:
    for name, shape in _named(communities, "community_name"):
        yield _name("community", name, shapely.point_on_surface(shape), 15.0)


def _street_names(district: District) -> Iterable[dict[str, Any]]:
    areas = street_areas(district.layers["communities"])
    shapes = _present(district.compounds)
    if areas:
        tree = shapely.STRtree(shapes)
        width = float(np.ptp(shapely.total_bounds(np.array(list(areas.values()), dtype=object))[[0, 2]]))
        for name, area in areas.items():
            yield _name("street", name, _free_place(name, area, tree, width / _MAP_PX), 0.0)
        return
    known = district.compounds["subdistrict_name"]
    for name in known.dropna().unique():
        inside = _present(district.compounds[(known == name).fillna(False).to_numpy(dtype=bool)])
        if len(inside):
            yield _name("street", name, shapely.centroid(shapely.geometrycollections(inside)), 0.0)


def _free_place(text: str, area: Any, compounds: shapely.STRtree, degree_per_px: float) -> Any:
    """The place inside the area where the label box covers the least of the compounds, near the middle on a tie."""
    margin, letter, height = _LABEL_PX
    half_x = (margin + letter * len(text)) * degree_per_px / 2
    half_y = height * degree_per_px / 2
    west, south, east, north = shapely.bounds(area)
    grid = np.meshgrid(np.linspace(west, east, 28), np.linspace(south, north, 28))
    x, y = grid[0].ravel(), grid[1].ravel()
    boxes = shapely.box(x - half_x, y - half_y, x + half_x, y + half_y)
    shapely.prepare(area)
    inside = shapely.contains(area, boxes)
    if not inside.any():
        return shapely.point_on_surface(area)
    boxes, x, y = boxes[inside], x[inside], y[inside]
    middle = shapely.centroid(area)
    far = np.hypot(x - shapely.get_x(middle), y - shapely.get_y(middle)) / max(east - west, north - south)
    best = int(np.argmin(covered(boxes, compounds) / (4 * half_x * half_y) + far / 4))
    return shapely.Point(x[best], y[best])


def covered(boxes: Shapes, compounds: shapely.STRtree) -> npt.NDArray[np.float64]:
    """Return how much of each box the extents of the compounds in it take (square degrees)."""
    if not len(compounds.geometries):
        return np.zeros(len(boxes))
    which, hit = compounds.query(boxes, predicate="intersects")
    a, b = shapely.bounds(boxes[which]), shapely.bounds(compounds.geometries[hit])
    sides = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    shared = np.maximum(sides, 0.0).prod(axis=1)
    return np.asarray(np.bincount(which, weights=shared, minlength=len(boxes)), dtype=np.float64)
