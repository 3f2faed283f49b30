"""The map of one compound: itself bright, the others faint; buildings, entrances, heat lines, proposals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from planner.decisions.pipeline import Assessment
from planner.district.district import District
from planner.outputs.sheet import ground
from planner.outputs.sheet.compounds import places_near, ring
from planner.outputs.sheet.fonts import text_width
from planner.outputs.sheet.frame import Frame
from planner.outputs.sheet.panel import moved
from planner.outputs.sheet.room import Room
from planner.outputs.sheet.scene import INK, MM_PER_POINT, MUTED, PRIMARY, Mark, Shape, Word, centred, plain, rectangle
from planner.outputs.site_map import STYLES, site_shapes
from planner.text import t

THIS, OTHERS, OTHERS_EDGE = "#FFF3CC", "#EFECE5", "#B9AFA2"
GATE = 1.5
"""Radius of an entrance in millimetres."""
_PROPOSED = {"bar_lane": ("车行", "人车混行"), "ac_gate": ("人行",)}
"""Items that are drawn at the entrances of these types."""
_OFFER = "#8A1F5C"


@dataclass(frozen=True, slots=True)
class Site:
    """What the page of one compound draws from: the district near it, its id, the frame, the words.

    ``shapes`` are those of `site_map.site_shapes`, ``offers`` item -> the entrances at which it would stand (degrees).
    """

    near: District
    assessment: Assessment
    key: str
    frame: Frame
    k: float
    lang: str
    shapes: Mapping[str, list[Any]]
    offers: Mapping[str, list[Any]]


def site_of(
    near: District, assessment: Assessment, key: str, *, frame: Frame, k: float, lang: str
) -> Site:  # fmt: skip
    """Return what the map of a compound draws from."""
    return Site(near, assessment, key, frame, k, lang, site_shapes(near, key), _proposed(near, assessment, key))


def site_marks(site: Site) -> list[Mark]:
    """Return everything inside the frame of the map."""
    near, frame, k = site.near, site.frame, site.k
    room = Room(frame)
    room.take(frame.x + frame.width - 8.5 * k, frame.y + frame.height - 13 * k, 13 * k, 22 * k)
    own = frame.paper(near.compounds.geometry[near.compounds.index == site.key].to_numpy())
    shapes = {kind: frame.paper(found) for kind, found in site.shapes.items() if found}
    safety = bool(site.assessment.states.at[site.key, "safety"])
    return [
        *ground.ground(near, frame),
        *_others(site),
        *_this(own, safety=safety),
        *_buildings(site, room),
        *_lines_and_gates(shapes),
        *_proposals(site, room),
        *ground.borders(near, frame),
        *_own_name(site, own, room),
        *ground.area_names(near, frame, room, k),
        *ground.road_names(near, frame, room, k),
        *_other_names(site, room),
    ]


def _others(site: Site) -> list[Mark]:
    near, frame = site.near, site.frame
    rest = near.compounds.geometry[near.compounds.index != site.key].to_numpy()
    houses = near.layers["buildings"]
    others = houses[(houses["compound_id"] != site.key).to_numpy(dtype=bool, na_value=True)]
    areas = _areas(frame.paper(rest)) if len(rest) else rest
    return [
        Shape(areas, 20, OTHERS, OTHERS_EDGE, 0.5, clip=True),
        Shape(ground.cut(frame, others), 21, "#E2DCD0", "#B9AFA2", 0.3, clip=True, role="other buildings"),
    ]


def _areas(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    return shapes[np.isin(shapely.get_type_id(shapes), (3, 6))]


def _this(own: npt.NDArray[np.object_], *, safety: bool) -> list[Mark]:
    areas = _areas(own)
    points = own[~np.isin(shapely.get_type_id(own), (3, 6)) & ~shapely.is_missing(own)]
    shapes = areas if len(areas) else shapely.buffer(shapely.centroid(points), 2.5)
    marks: list[Mark] = [Shape(shapes, 22, THIS, PRIMARY, 2.2, clip=True, role="this")]
    return [*marks, *(ring(shapes, clip=True) if safety and len(shapes) else [])]


def _buildings(site: Site, room: Room) -> list[Mark]:
    houses = site.near.layers["buildings"]
    own = houses[(houses["compound_id"] == site.key).to_numpy(dtype=bool, na_value=False)]
    if not len(own):
        return []
    shapes = site.frame.paper(own.geometry.to_numpy())
    look = STYLES["buildings"]
    marks: list[Mark] = [Shape(_areas(shapes), 24, look["fillColor"], look["color"], 0.6, clip=True, role="buildings")]
    size = 6.4 * site.k
    for shape, number in zip(shapes, own["building_no"].fillna("").to_numpy(dtype=object), strict=True):
        text = plain(number, 8)
        wide, tall = text_width(text, size) + 0.4, size * MM_PER_POINT * 1.1
        if text and shape is not None and (at := room.place(places_near(shape, (wide, tall))[:3], wide, tall)):
            marks.append(centred(text, at, size, z=42, colour="#3D3226", halo=0.9, role="building number"))
    return marks


def _lines_and_gates(shapes: Mapping[str, Any]) -> list[Mark]:
    marks: list[Mark] = []
    if "heat" in shapes:
        lines = np.asarray(shapes["heat"], dtype=object)
        marks.append(Shape(lines, 26, "", "#FFFFFF", 3.0, clip=True))
        marks.append(Shape(lines, 26.1, "", STYLES["heat"]["color"], 1.7, clip=True, role="heat"))
    gates = [kind for kind in ("entrances", "fire") if kind in shapes]
    return [*marks, *(gate(shapely.centroid(shapes[kind]), kind, clip=True, z=36) for kind in gates)]


def gate(points: Any, kind: str, *, clip: bool, z: float) -> Shape:
    """Return entrances as discs, as on the little map of the page."""
    look = STYLES[kind]
    return Shape(shapely.buffer(points, GATE), z, look["fillColor"], look["color"], 0.8, clip=clip, role=kind)


def _proposed(near: District, assessment: Assessment, key: str) -> dict[str, list[Any]]:
    """Return item -> the points of the entrances (degrees) at which it would stand, for items that can be done now."""
    rows = assessment.items
    own = rows[(rows["compound_id"] == key) & rows["item"].isin(list(_PROPOSED))]
    own = own[(own["qty"] > 0).fillna(False) & ~own["blocking"].fillna(False).astype(bool)]
    gates = near.layers["entrances"]
    gates = gates[(gates["compound_id"] == key).to_numpy(dtype=bool, na_value=False)]
    found = {str(item): _at(gates, _PROPOSED[str(item)]) for item in own["item"]}
    return {item: points for item, points in found.items() if points}


def _at(gates: gpd.GeoDataFrame, kinds: tuple[str, ...]) -> list[Any]:
    return list(gates.geometry[gates["gate_type"].isin(kinds).to_numpy(dtype=bool)].dropna())


def _proposals(site: Site, room: Room) -> list[Mark]:
    marks: list[Mark] = []
    for item, points in site.offers.items():
        for point in site.frame.paper(points):
            x, y = float(shapely.get_x(point)), float(shapely.get_y(point))
            around = [
                (x + dx, y + dy) for dx, dy in ((3.6, 0), (-3.6, 0), (0, 3.6), (0, -3.6), (3.4, 3.4), (-3.4, -3.4))
            ]
            if at := room.place(around, 3.4 * site.k, 3.4 * site.k):
                marks += offer(t(f"atlas.offer.{item}", site.lang), at, site.k)
    return marks


def offer(letter: str, at: tuple[float, float], k: float) -> list[Mark]:
    """Return the sign of something proposed: a letter in a square."""
    side = 3.2 * k
    square = rectangle(at[0] - side / 2, at[1] - side / 2, side, side)
    marks: list[Mark] = [Shape(square, 41, "#FFFFFF", _OFFER, 0.8, role="offer")]
    return [*marks, Word(letter, *at, 6.6 * k, 41.5, bold=True, colour=_OFFER, align="center", role="offer")]


def _own_name(site: Site, own: npt.NDArray[np.object_], room: Room) -> list[Mark]:
    """The name over the compound, else wherever near it there is room."""
    name = site.near.compounds["name"].get(site.key)
    shape = own[0] if len(own) else None
    if shape is None or not isinstance(name, str):
        return []
    size = 11.0 * site.k
    text = plain(name, 20)
    wide, tall = text_width(text, size, True) + 1, size * MM_PER_POINT * 1.25
    at = room.place(places_near(shape, (wide, tall))[::-1], wide, tall)
    return [centred(text, at, size, z=48, bold=True, colour=PRIMARY, halo=2.0, role="own name")] if at else []


def _other_names(site: Site, room: Room) -> list[Mark]:
    near, frame = site.near, site.frame
    rest = near.compounds[near.compounds.index != site.key]
    size = 6.6 * site.k
    marks: list[Mark] = []
    shapes: Any = frame.paper(rest.geometry.to_numpy()) if len(rest) else []
    for shape, name in zip(shapes, rest["name"].fillna("").to_numpy(dtype=object), strict=True):
        seen = shapely.intersection(shape, frame.box) if shape is not None else None
        if seen is None or shapely.is_empty(seen) or not name:
            continue
        text = plain(name, 16)
        wide, tall = text_width(text, size) + 0.6, size * MM_PER_POINT * 1.2
        if at := room.place(places_near(seen, (wide, tall))[:5], wide, tall):
            marks.append(centred(text, at, size, z=40, colour=MUTED, halo=1.2, role="other name"))
    return marks


def site_key(site: Site, at: tuple[float, float], width: float) -> list[Mark]:
    """Return the key of what this map holds, in one line from ``at``."""
    k, found = site.k, site.shapes
    area = rectangle(0, -1.4 * k, 6 * k, 2.8 * k)
    entries: list[tuple[str, list[Mark]]] = [("this", [Shape(area, 70, THIS, PRIMARY, 1.4)])]
    look = STYLES["buildings"]
    samples: dict[str, list[Mark]] = {
        "buildings": [Shape(area, 70, look["fillColor"], look["color"], 0.5)],
        "heat": [Shape(shapely.linestrings([(0, 0), (6 * k, 0)]), 70, "", STYLES["heat"]["color"], 1.7)],
        "entrances": [gate(shapely.Point(3 * k, 0), "entrances", clip=False, z=70)],
        "fire": [gate(shapely.Point(3 * k, 0), "fire", clip=False, z=70)],
    }
    entries += [(kind, samples[kind]) for kind in samples if found[kind]]
    marks: list[Mark] = []
    x, size = at[0], 7.0 * k
    words = [(t(f"compound.legend.{kind}", site.lang), sample) for kind, sample in entries]
    if bool(site.assessment.states.at[site.key, "safety"]):
        words.insert(1, (t("compound.safety", site.lang), ring(area, clip=False, z=70)))
    words += [(t(f"atlas.offer.{i}.word", site.lang), offer(t(f"atlas.offer.{i}", site.lang), (3 * k, 0), k))
              for i in site.offers]  # fmt: skip
    for text, sample in words:
        wide = 8 * k + text_width(text, size) + 4 * k
        if x + wide > at[0] + width + 4 * k:
            break
        marks += [moved(mark, x, at[1]) for mark in sample]
        marks.append(Word(text, x + 7.6 * k, at[1], size, colour=INK, role="site key"))
        x += wide
    return marks
