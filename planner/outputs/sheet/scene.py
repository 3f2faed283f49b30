"""What a sheet is made of before anybody draws it: shapes and words, placed in millimetres from the lower left."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

INK, MUTED, LINE = "#1B2733", "#51606F", "#9AA5B0"
PRIMARY, RED = "#1D5C8F", "#C1121F"
MM_PER_POINT = 25.4 / 72
MIDDLE = 0.38
"""Height above the baseline, in em, of the middle of a Chinese character."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape in millimetres. ``width`` and ``dash`` in points; ``clip`` keeps it inside the map's frame."""

    shape: Any
    z: float
    fill: str = ""
    edge: str = ""
    width: float = 0.0
    dash: tuple[float, ...] = ()
    opacity: float = 1.0
    clip: bool = False
    role: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A line of text whose middle height is ``y``; ``size`` in points, ``align`` left, center or right at ``x``."""

    text: str
    x: float
    y: float
    size: float
    z: float = 70.0
    bold: bool = False
    colour: str = INK
    align: str = "left"
    turn: float = 0.0
    halo: float = 0.0
    role: str = ""


Mark = Shape | Word


@dataclass(frozen=True, slots=True)
class Page:
    """One side of paper: its marks, its size in millimetres, the rectangle (x, y, width, height) that clips the map.

    ``name`` is its bookmark, ``chapter`` the bookmark above it; blank = none.
    """

    scene: tuple[Mark, ...]
    size: tuple[float, float]
    window: tuple[float, float, float, float]
    name: str = ""
    chapter: str = ""


def centred(text: str, at: tuple[float, float], size: float, **look: Any) -> Word:
    """Return a word centred on ``at``; ``look`` are other fields of Word."""
    return Word(text, at[0], at[1], size, align="center", **look)


def plain(text: object, most: int = 0) -> str:
    """Return data text as one line without control and direction characters, cut to ``most`` characters."""
    words = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in str(text))
    words = " ".join("".join(c for c in words if unicodedata.category(c) not in ("Cf", "Cs")).split())
    return words[: most - 1] + "…" if most and len(words) > most else words


def rectangle(x: float, y: float, width: float, height: float) -> Any:
    """Return the rectangle with its lower left corner at ``x``, ``y``."""
    return shapely.box(x, y, x + width, y + height)


def line(*points: tuple[float, float]) -> Any:
    """Return the line through these points."""
    return shapely.linestrings(np.array(points, dtype=float))


def hatch(shapes: Sequence[Any] | Any, step: float = 1.5, angle: float = 45.0) -> Any:
    """Return lines at ``angle`` degrees, ``step`` millimetres apart, inside the shapes; None where there is no area.

    The lines of all shapes belong to one grid, so that hatches of neighbours fit together.
    """
    areas = np.atleast_1d(np.asarray(shapes, dtype=object))
    areas = areas[shapely.area(areas) > 0] if len(areas) else areas
    if not len(areas):
        return None
    west, south, east, north = shapely.total_bounds(areas)
    along = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    across = np.array([-along[1], along[0]])
    corners = np.array([(west, south), (west, north), (east, south), (east, north)])
    near, far = corners @ across, corners @ along
    heights = np.arange(math.ceil(near.min() / step), math.floor(near.max() / step) + 1) * step
    ends = heights[:, None, None] * across + np.array([far.min(), far.max()])[None, :, None] * along
    lines = shapely.linestrings(ends)
    which, hit = shapely.STRtree(lines).query(areas, predicate="intersects")
    parts = shapely.get_parts(shapely.intersection(areas[which], lines[hit]))
    return shapely.multilinestrings(parts[shapely.get_type_id(parts) == 1])


def fit_size(text: str, width: float, size: float, measure: Any) -> float:
    """Return the largest size up to ``size`` at which the text is at most ``width`` millimetres wide."""
    wide = measure(text, size)
    return size if wide <= width else max(size * width / wide, 3.0)


def rings_of(shape: Any) -> tuple[Any, Any]:
    """Return the points of all rings of the polygons among the shapes, and the number of the ring of each point.

    Outer rings run against the clock and holes with it, so that holes stay open whatever else overlaps.
    """
    parts = shapely.get_parts(np.atleast_1d(np.asarray(shape, dtype=object)))
    parts = parts[shapely.get_type_id(parts) == 3]
    holed = shapely.get_num_interior_rings(parts) > 0
    parts[holed] = shapely.orient_polygons(parts[holed])
    points, ring = shapely.get_coordinates(shapely.get_rings(parts), return_index=True)
    return points, ring


def lines_of(shape: Any) -> tuple[Any, Any]:
    """Return the points of all lines among the shapes, and the number of the line of each point."""
    parts = shapely.get_parts(np.atleast_1d(np.asarray(shape, dtype=object)))
    points, line_number = shapely.get_coordinates(parts[np.isin(shapely.get_type_id(parts), (1, 2))], return_index=True)
    return points, line_number


def words_of(marks: Iterable[Mark]) -> list[Word]:
    """Return the words among the marks."""
    return [mark for mark in marks if isinstance(mark, Word)]
