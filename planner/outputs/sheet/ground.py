"""The base of the map: ground, green, water, roads under the compounds; buildings and borders over them; names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from planner.district.district import District
from planner.outputs.basemap import ROAD_ORDER, covered, street_areas
from planner.outputs.sheet.fonts import text_width
from planner.outputs.sheet.frame import Frame
from planner.outputs.sheet.room import Room
from planner.outputs.sheet.scene import Mark, Shape, centred, plain

Shapes = npt.NDArray[np.object_]

BUILDINGS_TO = 20_000
"""Buildings are drawn from this scale on; below it they would be dots."""

ROADS = {"快速路": (30.0, "#FBF3DC", 1.0), "主干路": (22.0, "#FFFFFF", 0.9), "次干路": (13.0, "#FFFFFF", 0.7)}
"""Width on the ground in metres, colour, casing in points; other roads are 6 m."""

_SMALL_ROAD = (6.0, "#FFFFFF", 0.4)
_ROAD_NAMES_TO = {"快速路": 60_000, "主干路": 60_000, "次干路": 30_000}
STREET_LINE, COMMUNITY_LINE = "#6F5C86", "#8C7AA0"
STREET_DASH, COMMUNITY_DASH = (7.0, 2.5, 1.2, 2.5), (3.0, 2.0)


def ground(district: District, frame: Frame) -> list[Mark]:
    """Return what lies under the compounds."""
    layers = district.layers
    communities = cut(frame, layers["communities"])
    marks: list[Mark] = [Shape(frame.box, 1, fill="#F4F2EE", role="ground")]
    if len(communities):
        marks.append(Shape(shapely.union_all(communities), 2, "#FBFAF6", "#9AA5B0", 0.6, clip=True))
    marks.append(Shape(cut(frame, layers["green"]), 3, "#E1EBD8", "#C9D9BC", 0.25, clip=True, role="green"))
    marks.append(Shape(cut(frame, layers["water"]), 4, "#CCE0EC", "#A5C5DA", 0.35, clip=True, role="water"))
    return marks + _roads(layers["roads"], frame)


def buildings(district: District, frame: Frame) -> list[Mark]:
    """Return the building footprints, where the scale shows them."""
    if frame.scale > BUILDINGS_TO:
        return []
    shapes = cut(frame, district.layers["buildings"])
    fine = 0.3 if frame.scale <= 6_000 else 0.18
    marks: list[Mark] = [Shape(shapes, 24, "#FFFFFF", opacity=0.3, clip=True)]
    return [*marks, Shape(shapes, 24.1, "", "#6B5B4B", fine, opacity=0.75, clip=True, role="buildings")]


def borders(district: District, frame: Frame) -> list[Mark]:
    """Return the borders of communities and streets, a shared border once."""
    areas = district.layers["communities"]
    streets = frame.paper(list(street_areas(areas).values())) if len(areas) else np.array([], dtype=object)
    thin = Shape(_outline(cut(frame, areas)), 32, "", COMMUNITY_LINE, 0.5, COMMUNITY_DASH, 0.8, True, "communities")
    thick = Shape(_outline(_inside(frame, streets)), 33, "", STREET_LINE, 1.4, STREET_DASH, 1.0, True, "streets")
    return [thin, thick]


def cut(frame: Frame, layer: gpd.GeoDataFrame) -> Shapes:
    """Return the shapes of a layer in millimetres as far as they lie in the frame (and 3 mm around it)."""
    shapes = layer.geometry.to_numpy()
    return _inside(frame, frame.paper(shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]))


def _inside(frame: Frame, shapes: Shapes) -> Shapes:
    room = shapely.buffer(frame.box, 3.0, join_style="mitre")
    near: Shapes = shapes[shapely.intersects(shapely.envelope(shapes), room)]
    found = np.asarray(shapely.clip_by_rect(near, *shapely.bounds(room)), dtype=object)
    return np.asarray(found[~shapely.is_empty(found)], dtype=object)


def _outline(areas: Shapes) -> Any:
    return shapely.line_merge(shapely.union_all(shapely.boundary(areas))) if len(areas) else []


def _roads(roads: gpd.GeoDataFrame, frame: Frame) -> list[Mark]:
    kinds = roads["road_class"].fillna("").to_numpy(dtype=object)
    marks: list[Mark] = []
    for step, kind in enumerate(("", *ROAD_ORDER)):
        metres, colour, casing = ROADS.get(kind, _SMALL_ROAD)
        width = max(0.5, metres * 1000 / frame.scale / 0.3528)
        lines = cut(frame, roads[kinds == kind])
        marks.append(Shape(lines, 5 + step / 10, "", "#CFC8B9", width + casing, clip=True))
        marks.append(Shape(lines, 6 + step / 10, "", colour, width, clip=True, role="roads"))
    return marks


def street_names(district: District, frame: Frame, room: Room, *, obstacles: Shapes, k: float) -> list[Mark]:
    """Return the name of every street that shows in the frame, where it covers the least of the compounds."""
    marks: list[Mark] = []
    for name, area in _street_places(district, frame):
        text, size = plain(name, 14), 13.0 * k
        wide, tall = text_width(text, size, True) + 2, size * 0.3528 * 1.4
        place = _least_covered(area, (wide, tall), room=room, obstacles=obstacles)
        if place is None:
            continue
        room.take(*place, wide, tall)
        look: dict[str, Any] = {"bold": True, "colour": "#4B3A66", "halo": 2.4}
        marks.append(centred(text, place, size, z=48, role="street", **look))
    return marks


def _street_places(district: District, frame: Frame) -> Iterator[tuple[str, Any]]:
    areas = street_areas(district.layers["communities"])
    known = district.compounds["subdistrict_name"]
    for name in known.dropna().unique():
        if str(name) not in areas:
            inside = district.compounds.geometry[(known == name).fillna(False).to_numpy(dtype=bool)].dropna()
            if len(inside):
                areas[str(name)] = shapely.envelope(shapely.geometrycollections(inside.to_numpy()))
    for name, area in areas.items():
        seen = shapely.intersection(frame.paper(area)[0], frame.box)
        if not shapely.is_empty(seen):
            yield name, seen


def _least_covered(
    area: Any, size: tuple[float, float], *, room: Room, obstacles: Shapes
) -> tuple[float, float] | None:
    west, south, east, north = shapely.bounds(area)
    x, y = (g.ravel() for g in np.meshgrid(np.linspace(west, east, 33), np.linspace(south, north, 33)))
    boxes = shapely.box(x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2)
    outside = 1 - shapely.area(shapely.intersection(boxes, area)) / (size[0] * size[1])
    middle = shapely.centroid(area)
    far = np.hypot(x - shapely.get_x(middle), y - shapely.get_y(middle)) / max(east - west, north - south, 1.0)
    cost = covered(boxes, shapely.STRtree(obstacles)) / (size[0] * size[1]) + 3 * outside + far / 4
    for at in np.argsort(cost, kind="stable"):
        if room.free(x[at], y[at], *size):
            return float(x[at]), float(y[at])
    return None


def area_names(district: District, frame: Frame, room: Room, k: float) -> list[Mark]:
    """Return the names of waters and greens that have room for them."""
    marks: list[Mark] = []
    for layer, colour in (("water", "#2C6E91"), ("green", "#3F6F2E")):
        for name, shapes in _by_name(district.layers[layer], frame):
            text, size = plain(name, 12), (8.0 if layer == "water" else 7.0) * k
            largest = max(shapely.get_parts(shapes), key=lambda part: (shapely.area(part), shapely.length(part)))
            wide, tall = text_width(text, size) + 1, size * 0.3528 * 1.3
            bounds = shapely.bounds(largest)
            point = shapely.point_on_surface(largest)
            fits = max(bounds[2] - bounds[0], bounds[3] - bounds[1]) >= wide * 0.8
            if fits and (at := room.place([(shapely.get_x(point), shapely.get_y(point))], wide, tall)):
                marks.append(centred(text, at, size, z=46, colour=colour, halo=1.2, role=layer))
    return marks


def road_names(district: District, frame: Frame, room: Room, k: float) -> list[Mark]:
    """Return the names along the roads; where a road runs up and down its letters stand one under the other."""
    roads = district.layers["roads"]
    kinds = dict(zip(roads["name"].astype(object), roads["road_class"].astype(object), strict=True))
    marks: list[Mark] = []
    found = sorted(_by_name(roads, frame), key=lambda pair: (-float(shapely.length(pair[1])), pair[0]))
    for name, shapes in found:
        if frame.scale <= _ROAD_NAMES_TO.get(str(kinds.get(name)), 12_000):
            marks += _along(plain(name, 12), shapes, room, 6.4 * k)
    return marks


def _by_name(layer: gpd.GeoDataFrame, frame: Frame) -> Iterator[tuple[str, Any]]:
    known = layer[layer["name"].notna()]
    for name, rows in known.groupby(known["name"].astype(object), sort=True):
        shapes = cut(frame, rows)
        seen = shapely.intersection(shapely.union_all(shapes), frame.box) if len(shapes) else None
        if seen is not None and not shapely.is_empty(seen):
            yield str(name), seen


def _along(text: str, shapes: Any, room: Room, size: float) -> list[Mark]:
    merged = shapely.line_merge(shapes) if shapely.get_dimensions(shapes) == 1 else shapes
    longest = max(shapely.get_parts(merged), key=lambda part: float(shapely.length(part)))
    wide, tall = text_width(text, size), size * 0.3528 * 1.25
    if shapely.length(longest) < wide * 1.3:
        return []
    for share in (0.5, 0.35, 0.65, 0.2, 0.8):
        a, b = (shapely.get_coordinates(shapely.line_interpolate_point(longest, share + d, normalized=True))[0]
                for d in (-0.02, 0.02))  # fmt: skip
        x, y = (a + b) / 2
        angle = math.degrees(math.atan2(b[1] - a[1], b[0] - a[0]))
        steep = abs(abs(angle) - 90) < 40
        words = _stacked(text, (x, y), angle, size) if steep else [(x, y, (angle + 90) % 180 - 90, text)]
        box = (tall, wide * 1.12) if steep else (wide, tall)
        if room.place([(x, y)], *box):
            look: dict[str, Any] = {"colour": "#6B5B35", "halo": 1.4, "role": "road"}
            return [centred(part, (px, py), size, z=44, turn=turn, **look) for px, py, turn, part in words]
    return []


def _stacked(text: str, at: Sequence[float], angle: float, size: float) -> list[tuple[float, float, float, str]]:
    """Each letter upright on the line through ``at``, the first at the top."""
    step = size * 0.3528 * 1.1
    lean = math.radians(angle if angle > 0 else angle + 180)
    offsets = [(len(text) - 1) / 2 - n for n in range(len(text))]
    return [
        (at[0] + o * step * math.cos(lean), at[1] + o * step * math.sin(lean), 0.0, letter)
        for o, letter in zip(offsets, text, strict=True)
    ]


def community_names(district: District, frame: Frame, room: Room, *, obstacles: Shapes, k: float) -> list[Mark]:
    """Return the names of the communities where there is room, at scales at which one looks for them."""
    marks: list[Mark] = []
    layer = district.layers["communities"].rename(columns={"community_name": "name"})
    for name, shapes in _by_name(layer, frame) if frame.scale <= 25_000 else ():
        text, size = plain(name, 12), 6.4 * k
        west, south, east, north = shapely.bounds(shapes)
        grid = np.meshgrid(np.linspace(west, east, 15), np.linspace(south, north, 15))
        points = np.column_stack([g.ravel() for g in grid])
        points = points[shapely.contains_xy(shapes, points)]
        middle = shapely.get_coordinates(shapely.centroid(shapes))[0]
        order = np.argsort(np.hypot(*(points - middle).T), kind="stable")
        wide, tall = text_width(text, size) + 1, size * 0.3528 * 1.3
        half = np.array([wide, tall]) / 2
        boxes = shapely.box(*(points - half).T, *(points + half).T)
        open_ = (covered(boxes, shapely.STRtree(obstacles)) == 0) & shapely.contains(shapes, boxes)
        places = [(float(x), float(y)) for x, y in points[order[open_[order]]]]
        if at := room.place(places, wide, tall):
            marks.append(centred(text, at, size, z=43, colour="#7A6A90", halo=1.2, role="community"))
    return marks
