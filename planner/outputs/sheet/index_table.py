"""Names that found no room on the map: a small number in the compound, the name in a list."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from planner.district.district import District
from planner.outputs.sheet.compounds import Drawn, places_near
from planner.outputs.sheet.fonts import text_width
from planner.outputs.sheet.panel import Block
from planner.outputs.sheet.room import Room
from planner.outputs.sheet.scene import MM_PER_POINT, Mark, Shape, centred, line, plain
from planner.outputs.sheet.table import Column, Row, capacity, table_block
from planner.text import t

NUMBER = "#8A1F5C"
_RINGS = (2.0, 3.2, 4.6, 6.2, 8.0)
_TURNS = tuple(n * math.pi / 6 for n in range(12))
"""Where a number stands, with a line, when its compound has no room: distances in millimetres, directions."""


def numbered(
    district: District, drawn: Drawn, unnamed: Sequence[int], *, room: Room, k: float
) -> tuple[list[Mark], list[Row]]:
    """Return the numbers on the map, and the rows of the list: number and name, twice.

    Numbers run from the north to the south and from the west to the east, so that one is found by its neighbours. A
    compound that has not even room for a number, or no place, has a dash and its community in the list.
    """
    marks: list[Mark] = []
    found: list[tuple[str, str]] = []
    number = 1
    names = district.compounds["name"].fillna(district.compounds.index.to_series()).to_numpy(dtype=object)
    where = district.compounds["community_name"].fillna("").to_numpy(dtype=object)
    for i in _by_place(drawn.shapes, unnamed):
        placed = _number(str(number), drawn.shapes[i], room, 5.0 * k) if drawn.shapes[i] is not None else []
        marks += placed
        beside = plain(f"（{where[i]}）" if where[i] and not placed else "", 12)
        found.append((str(number) if placed else "—", plain(names[i]) + beside))
        number += bool(placed)
    return marks, [Row((*a, *b), role="index") for a, b in _pairs(found)]


def _number(text: str, shape: Any, room: Room, size: float) -> list[Mark]:
    wide, tall = text_width(text, size, True) + 0.3, size * MM_PER_POINT * 0.95
    point = shapely.get_coordinates(shapely.point_on_surface(shape))[0]
    around = [(point[0] + r * math.cos(a), point[1] + r * math.sin(a)) for r in _RINGS for a in _TURNS]
    at = room.place([*places_near(shape, (wide, tall)), *around], wide, tall)
    if at is None:
        return []
    look: dict[str, Any] = {"bold": True, "colour": NUMBER, "halo": 0.9, "role": "index number"}
    marks: list[Mark] = [centred(text, at, size, z=43, **look)]
    gap = shapely.distance(shape, shapely.Point(at))
    if gap > tall:
        marks.append(Shape(line(tuple(point), at), 42.5, "", NUMBER, 0.35, role="index leader"))
    return marks


def _pairs(found: Sequence[tuple[str, str]]) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Two to a row, the second half beside the first."""
    half = -(-len(found) // 2)
    right = [*found[half:], *[("", "")] * (2 * half - len(found))]
    return list(zip(found[:half], right, strict=True))


def _by_place(shapes: Any, chosen: Sequence[int], rows: float = 12.0) -> list[int]:
    """Order by strips of ``rows`` millimetres from the top, inside them from the left; what has no shape last."""
    known = [i for i in chosen if shapes[i] is not None]
    points = shapely.centroid(shapes[known]) if known else np.array([], dtype=object)
    keys = [(-float(np.floor(y / rows)), x) for x, y in zip(shapely.get_x(points), shapely.get_y(points), strict=True)]
    ordered = [i for _, i in sorted(zip(keys, known, strict=True))]
    return [*ordered, *(i for i in chosen if shapes[i] is None)]


def index_blocks(rows: Sequence[Row], room: Sequence[float], *, width: float, k: float, lang: str) -> list[Block]:
    """Return the list as a block for every column of ``room`` millimetres, the first with the title."""
    no, name = t("sheet.index.no", lang), t("sheet.index.name", lang)
    half = (width / k - 14.0) / 2
    columns = [Column(no, 7.0, "right"), Column(name, half), Column(no, 7.0, "right"), Column(name, half)]
    names = sum(bool(cell) for row in rows for cell in row.cells[1::2])
    blocks, left = [], list(rows)
    for n, height in enumerate(room):
        most = capacity(height, k, title=not n)
        if left and most:
            title = t("sheet.index", lang, n=names) if not n else ""
            blocks.append(table_block(title, columns, left[:most], width=width, k=k))
            left = left[most:]
    return blocks
