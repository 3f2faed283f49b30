"""The compounds on the sheet: filled by their class as on the web map, with programme letters, red rings and names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from planner.decisions.pipeline import Assessment
from planner.district.district import District
from planner.outputs.map_classes import PROGRAMMES, MapClass, MapLayer, programme_marks
from planner.outputs.map_data import spots
from planner.outputs.sheet.fonts import text_width
from planner.outputs.sheet.frame import Frame
from planner.outputs.sheet.room import Room
from planner.outputs.sheet.scene import INK, RED, Mark, Shape, centred, hatch, plain
from planner.text import t

Shapes = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]

FADED_FILL, FADED_LINE = 0.14, 0.3
"""As on the screen (browser/map.js DIM)."""

HATCH_LINE = "#8E9AA6"
PATTERNS: Mapping[str, tuple[tuple[float, float, str, float, tuple[float, ...]], ...]] = {
    "down": ((135.0, 1.5, "#8A4E0E", 0.35, ()),),
    "flat": ((0.0, 1.2, "#4F8DBD", 0.35, ()),),
    "cross": ((45.0, 1.9, "#868C92", 0.3, ()), (135.0, 1.9, "#868C92", 0.3, ())),
    "dots": ((45.0, 1.4, "#A98A1F", 0.8, (0.8, 3.2)),),
}
"""Lines that tell classes apart when the sheet is printed grey: angle, distance in millimetres, colour, width, dash."""

DOT = 1.2
"""Radius in millimetres of a compound that is only a point."""

CELL = 2.75
"""Millimetres that a programme letter takes."""

DARK = 0.25
"""Fills of less luminance carry white names."""

_SCREEN = 0.62
"""Points of line on paper per pixel of line on the screen."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn: ``shapes`` in millimetres per compound (None = nothing there), ``shown`` by the filter."""

    layer: MapLayer
    shapes: Shapes
    shown: Mask
    safety: Mask
    inside: Mask
    lang: str


def drawn_compounds(
    district: District, assessment: Assessment, layer: MapLayer, *, shown: Mask, frame: Frame, lang: str = "zh"
) -> Drawn:
    """Return the compounds on paper; ``inside`` are those of which anything lies in the frame."""
    shapes = (
        frame.paper(district.compounds.geometry.to_numpy()) if len(district.compounds) else np.array([], dtype=object)
    )
    absent = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    flat = ~absent & ~np.isin(shapely.get_type_id(shapes), (3, 6))
    shapes[flat] = shapely.buffer(shapely.centroid(shapes[flat]), DOT)
    shapes[absent] = None
    safety = assessment.states["safety"].reindex(district.compounds.index).fillna(False).to_numpy(dtype=bool)
    inside = np.asarray(shapely.intersects(shapes, frame.box), dtype=bool) & ~absent
    return Drawn(layer, shapes, shown, safety, inside, lang)


def areas(drawn: Drawn) -> list[Mark]:
    """Return the fills and outlines, class by class; what the filter leaves out is faded."""
    marks: list[Mark] = []
    for code, look in enumerate(drawn.layer.classes):
        for shown in (False, True):
            chosen = drawn.shapes[(drawn.layer.codes == code) & (drawn.shown == shown) & drawn.inside]
            if len(chosen):
                marks += class_look(look, chosen, z=20.0 if shown else 18.0, faded=not shown, role=f"class{code}")
    return marks


def class_look(look: MapClass, shapes: Any, *, z: float, faded: bool = False, role: str = "") -> list[Mark]:
    """Return shapes drawn as the class is drawn: fill, hatch of the unknown, outline."""
    unknown = look.fill == "hatch"
    fill, line = (FADED_FILL, FADED_LINE) if faded else (1.0, 1.0)
    clip = bool(role)
    dash = tuple(float(d) * 0.7 for d in look.dash.split()) if look.dash else ()
    marks: list[Mark] = [Shape(shapes, z, "#FFFFFF" if unknown else look.fill, opacity=fill, clip=clip)]
    lines = hatch(shapes) if unknown else None
    if lines is not None:
        marks.append(Shape(lines, z + 0.1, "", HATCH_LINE, 0.4, opacity=0.25 if faded else 1.0, clip=clip))
    for angle, step, colour, width, dots in () if faded else PATTERNS.get(look.pattern, ()):
        if (lines := hatch(shapes, step, angle)) is not None:
            marks.append(Shape(lines, z + 0.1, "", colour, width, dots, clip=clip))
    return [*marks, Shape(shapes, z + 0.2, "", look.edge, look.width * _SCREEN, dash, line, clip, role)]


def rings(drawn: Drawn) -> list[Mark]:
    """Return the red outline of the compounds with an immediate danger, on white."""
    chosen = drawn.shapes[drawn.safety & drawn.shown & drawn.inside]
    return ring(chosen, clip=True) if len(chosen) else []


def ring(shapes: Any, *, clip: bool, z: float = 30.0) -> list[Mark]:
    """Return the red outline of these shapes."""
    white = Shape(shapes, z, "", "#FFFFFF", 2.8, clip=clip)
    return [white, Shape(shapes, z + 0.1, "", RED, 1.5, clip=clip, role="safety")]


def letters(district: District, assessment: Assessment, drawn: Drawn, *, frame: Frame, room: Room) -> list[Mark]:
    """Return the programme letters where they fit: all of a compound, else the main one, else none."""
    if drawn.layer.key != "action" or not len(drawn.shapes):
        return []
    held, leads = programme_marks(assessment)
    rooms = spots(district.compounds)
    mm = 1000 / frame.scale
    marks: list[Mark] = []
    for i in np.flatnonzero(drawn.shown & drawn.inside):
        spot, bits = rooms[i], int(held[i], 32)
        if spot is None or spot[0] is None or not bits:
            continue
        point = frame.paper(shapely.Point(spot[1], spot[0]))[0]
        wide, tall = float(spot[2] or 0) * mm, float(spot[3] or 0) * mm
        white = drawn.layer.classes[drawn.layer.codes[i]].white
        cell = CELL * frame.enlarged
        words = _words(bits, int(leads[i], 32), (int(wide // cell), int(tall // cell)), drawn.lang)
        marks += _letters(words, (int(wide // cell), cell), at=(point.x, point.y), white=white, room=room)
    return marks


def _words(bits: int, lead: int, cells: tuple[int, int], lang: str) -> list[str]:
    """All letters where they fit, else the main one, else none."""
    words = {k: t(f"map.glyph.{code}", lang) for k, code in enumerate(PROGRAMMES) if bits & (1 << k)}
    fits = cells[0] * cells[1]
    if fits >= len(words):
        return list(words.values())
    return [words.get(lead, next(iter(words.values())))] if fits else []


def _letters(
    words: list[str], grid: tuple[int, float], *, at: tuple[float, float], white: bool, room: Room
) -> list[Mark]:
    columns, cell = grid
    if not words:
        return []
    columns = min(columns, len(words), 2 if len(words) == 4 else 3)
    rows = -(-len(words) // columns)
    if not room.place([at], columns * cell, rows * cell):
        return []
    places = [
        (at[0] + (n % columns - (min(columns, len(words) - n // columns * columns) - 1) / 2) * cell,
         at[1] - (n // columns - (rows - 1) / 2) * cell)
        for n in range(len(words))
    ]  # fmt: skip
    colour, halo = ("#FFFFFF", 0.0) if white else (INK, 0.9)
    look: dict[str, Any] = {"bold": True, "colour": colour, "halo": halo, "role": "glyph"}
    return [centred(word, at, 2.4 * cell, z=40, **look) for word, at in zip(words, places, strict=True)]


def compound_names(
    district: District, drawn: Drawn, *, frame: Frame, room: Room, k: float, weight: npt.NDArray[np.float64]
) -> tuple[list[Mark], list[int]]:
    """Return the names of the shown compounds inside or close to the compound, and the rows that found no room.

    ``weight`` per compound says who comes first; among equals the larger one.
    """
    names = district.compounds["name"].fillna(district.compounds.index.to_series()).to_numpy(dtype=object)
    chosen = np.flatnonzero(drawn.shown & drawn.inside)
    area = shapely.area(drawn.shapes)
    size = 5.4 * max(k, 0.92) * frame.enlarged
    marks: list[Mark] = []
    unnamed: list[int] = []
    for i in sorted(chosen, key=lambda n: (-weight[n], -area[n], n)):
        dark = _luminance(drawn.layer.classes[drawn.layer.codes[i]].fill) < DARK
        found = _name(plain(names[i], 16), drawn.shapes[i], room, size=size, dark=dark)
        marks += found
        unnamed += [] if found else [int(i)]
    return marks, unnamed


def _luminance(fill: str) -> float:
    if not fill.startswith("#"):
        return 1.0
    red, green, blue = (int(fill[k : k + 2], 16) / 255 for k in (1, 3, 5))
    return float(0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2)


def _name(text: str, shape: Any, room: Room, *, size: float, dark: bool) -> list[Mark]:
    step = size * 0.3528 * 1.2
    for lines in _broken(text):
        wide = max(text_width(line, size) for line in lines) + 0.4
        tall = step * len(lines)
        found = room.place(places_near(shape, (wide, tall)), wide, tall)
        if found:
            top = found[1] + (len(lines) - 1) * step / 2
            box = shapely.box(found[0] - wide / 2, found[1] - tall / 2, found[0] + wide / 2, found[1] + tall / 2)
            within = dark and bool(shapely.contains(shape, box))
            look: dict[str, Any] = {"colour": "#FFFFFF"} if within else {"colour": "#2A333D", "halo": 1.1}
            places = [(found[0], top - n * step) for n in range(len(lines))]
            return [centred(line, at, size, z=42, role="name", **look) for line, at in zip(lines, places, strict=True)]
    return []


def _broken(text: str) -> Iterator[list[str]]:
    """The name on one line, then on two, never within a number."""
    yield [text]
    if len(text) > 4:
        half = (len(text) + 1) / 2
        cuts = [n for n in range(2, len(text) - 1) if not (text[n - 1].isascii() and text[n].isascii())]
        if cuts:
            cut = min(cuts, key=lambda n: abs(n - half))
            yield [text[:cut], text[cut:]]


def places_near(shape: Any, size: tuple[float, float]) -> list[tuple[float, float]]:
    """Return places for words of this size: the middle, up and down inside the shape, then just over its edges."""
    point = shapely.point_on_surface(shape)
    x, y = float(shapely.get_x(point)), float(shapely.get_y(point))
    west, south, east, north = shapely.bounds(shape)
    tall = float(north - south)
    heights = (d * size[1] / 2 for d in (0, 1.5, -1.5, 2.5, -2.5, 3.5, -3.5))
    steps = [d for d in heights if abs(d) + size[1] / 2 <= tall / 2 + 0.5]
    inside = [(x, y + d) for d in steps if size[0] <= (east - west) * 1.35]
    near = [(x, float(south) - size[1] / 2 + 0.4), (x, float(north) + size[1] / 2 - 0.4)]
    return inside + near
