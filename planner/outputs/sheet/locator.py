"""The locator: the streets of the district in small, and where the map stands among them."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from planner.district.district import District
from planner.outputs.basemap import street_areas
from planner.outputs.sheet.fonts import text_width
from planner.outputs.sheet.frame import Frame
from planner.outputs.sheet.panel import HAIR, Block, heading
from planner.outputs.sheet.scene import INK, RED, Mark, Shape, centred, fit_size, plain, rectangle
from planner.text import t

_TINTS = ("#E9EEF3", "#F3EDE2", "#E7F0E8", "#F1E8F0", "#EEF0E2")


def locator_block(district: District, frame: Frame, *, width: float, height: float, lang: str) -> Block:
    """Return the streets in administrative order with their names; dots of compounds where nobody drew streets."""
    k = width / 65.0
    marks = heading(t("sheet.locator", lang), width, k)
    room = (1.0, -height + 1.0, width - 2.0, height - 8.0 * k - 1.0)
    marks.append(Shape(rectangle(0, -height, width, height - 7.0 * k), 64, "#FBFAF6", HAIR, 0.5))
    names = street_areas(district.layers["communities"])
    areas = frame.paper(list(names.values())) if names else np.array([], dtype=object)
    shapes = areas if len(areas) else _dots(district, frame)
    if not len(shapes):
        return Block(marks, height)
    place = _fitted(shapes, room)
    for n, (name, area) in enumerate(zip(names, areas, strict=True)):
        marks.append(Shape(place(area), 66, _TINTS[n % len(_TINTS)], "#6F5C86", 0.5, role="locator"))
        marks += _name(plain(name, 12), place(area), k)
    if not len(areas):
        marks.append(Shape(shapely.buffer(place(shapes), 0.35), 66, "#7C8894"))
    window = shapely.intersection(place(frame.box), rectangle(*room))
    if not shapely.contains(window, shapely.box(*shapely.total_bounds(place(shapes)))):
        marks.append(Shape(window, 68, RED, opacity=0.1))
    marks.append(Shape(window, 68.1, "", RED, 1.1, role="locator window"))
    return Block(marks, height)


def _dots(district: District, frame: Frame) -> Any:
    shapes = district.compounds.geometry.to_numpy()
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    return shapely.centroid(frame.paper(shapes)) if len(shapes) else shapes


def _fitted(shapes: Any, room: tuple[float, float, float, float]) -> Any:
    """Return a function that brings shapes of the paper into the room, the whole of ``shapes`` in its middle."""
    west, south, east, north = shapely.total_bounds(shapes)
    x, y, width, height = room
    scale = 0.94 * min(width / max(east - west, 1.0), height / max(north - south, 1.0))
    middle, target = np.array([west + east, south + north]) / 2, np.array([x + width / 2, y + height / 2])
    return lambda part: shapely.transform(part, lambda points: (points - middle) * scale + target)


def _name(text: str, area: Any, k: float) -> list[Mark]:
    west, _, east, _ = shapely.bounds(area)
    size = fit_size(text, (east - west) * 0.9, 6.6 * k, text_width)
    if size < 4.0 * k:
        return []
    point = shapely.point_on_surface(area)
    at = (float(shapely.get_x(point)), float(shapely.get_y(point)))
    return [centred(text, at, size, z=67, colour=INK, role="locator name")]
