"""The small map on a form: the compound bold, its neighbours with their names, buildings, entrances, roads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from planner.decisions.assessment import Assessment
from planner.district.crs import CGCS2000, metric_crs
from planner.district.district import District
from planner.outputs.sheet import compounds, furniture, ground
from planner.outputs.sheet.frame import Frame, round_scale
from planner.outputs.sheet.request import Box
from planner.outputs.sheet.room import Room
from planner.outputs.sheet.scene import INK, MUTED, PRIMARY, Mark, Shape, Word, line
from planner.outputs.site_map import site_layer
from planner.text import t

LEAST_METRES = 180.0
"""How much of the surroundings the shorter side shows at the least."""
_AROUND = 1.7
_GATE, _FIRE_GATE = "#009E73", "#E69F00"
_KEPT = ("buildings", "entrances", "roads", "water", "green", "communities")


def form_map(assessment: Assessment, key: str, box: Box, lang: str) -> list[Mark]:
    """Return the map of one compound in a rectangle (x, y, width, height, millimetres); a grid to sketch on without a
    place in the ledger."""
    shape = assessment.district.compounds.geometry.loc[key]
    if shape is None or shape.is_empty:
        return _sketch(box, lang)
    frame = _frame(shape, box)
    district = _near(assessment.district, frame)
    layer = site_layer(district, key, lang)
    shown = np.ones(len(district.compounds), dtype=bool)
    drawn = compounds.drawn_compounds(district, assessment, layer, shown=shown, frame=frame, lang=lang)
    room = Room(frame)
    room.take(frame.x + frame.width - 5, frame.y + frame.height - 8, 10, 16)
    room.take(frame.x + 19, frame.y + 3.2, 38, 6.4)
    weight = (district.compounds.index == key).astype(float)
    names, _ = compounds.compound_names(district, drawn, frame=frame, room=room, k=1.0, weight=weight)
    own = frame.paper(np.array([shape], dtype=object))
    marks: list[Mark] = [
        *ground.ground(district, frame),
        *compounds.areas(drawn),
        *ground.buildings(district, frame),
        Shape(own, 26, "", PRIMARY, 1.6, clip=True, role="this"),
        *_gates(district, key, frame),
        *ground.road_names(district, frame, room, 1.0),
        *names,
        Shape(frame.box, 60, "", INK, 0.7, role="frame"),
        *furniture.north_arrow(frame, 0.62, lang),
        *_scale(frame),
    ]
    return marks


def _frame(shape: Any, box: Box) -> Frame:
    crs = metric_crs(gpd.GeoSeries([shape], crs=CGCS2000))
    there = pyproj.Transformer.from_crs(CGCS2000, crs, always_xy=True)
    metric = shapely.transform(shape, lambda c: np.column_stack(there.transform(c[:, 0], c[:, 1])))
    west, south, east, north = shapely.bounds(metric)
    x, y, width, height = box
    wide, tall = max((east - west) * _AROUND, LEAST_METRES), max((north - south) * _AROUND, LEAST_METRES)
    scale = round_scale(max(wide * 1000 / width, tall * 1000 / height))
    m = scale / 1000
    corner = ((west + east - width * m) / 2, (south + north - height * m) / 2)
    return Frame(x, y, width, height, scale, *corner, crs)


def _near(district: District, frame: Frame) -> District:
    """The district as far as it shows: only what touches the map."""
    window = shapely.box(*frame.degrees)
    there = shapely.intersects(district.compounds.geometry.to_numpy(), window)
    layers = dict(district.layers)
    for name in _KEPT:
        layer = district.layers[name]
        layers[name] = layer[shapely.intersects(layer.geometry.to_numpy(), window)]
    return replace(district, compounds=district.compounds[there], layers=layers)


def _gates(district: District, key: str, frame: Frame) -> list[Mark]:
    layer = district.layers["entrances"]
    own = layer[(layer["compound_id"] == key).to_numpy(dtype=bool, na_value=False)]
    fire = own["is_fire_access"].to_numpy(dtype=bool, na_value=False)
    marks: list[Mark] = []
    for chosen, colour in ((~fire, _GATE), (fire, _FIRE_GATE)):
        points = ground.cut(frame, own[chosen])
        if len(points):
            dots = shapely.buffer(shapely.centroid(points), 1.0)
            marks.append(Shape(dots, 34, colour, "#FFFFFF", 0.7, clip=True, role="gate"))
    return marks


def _scale(frame: Frame) -> list[Mark]:
    bar = furniture.scale_bar(frame, 24.0)
    x, y = frame.x + 2.0, frame.y + 2.2
    ends = line((x, y + 1.2), (x, y), (x + bar.width, y), (x + bar.width, y + 1.2))
    white = Shape(shapely.box(x - 1, y - 1.4, x + bar.width + 11, y + 3.4), 61, "#FFFFFF", opacity=0.85)
    label = Word(f"{bar.metres} m", x + bar.width + 1.2, y + 0.8, 6.2, 64)
    return [white, Shape(ends, 62, "", INK, 0.8), label]


def _sketch(box: Box, lang: str) -> list[Mark]:
    x, y, width, height = box
    step = 5.0
    columns = [line((x + n * step, y), (x + n * step, y + height)) for n in range(1, int(width / step))]
    rows = [line((x, y + n * step), (x + width, y + n * step)) for n in range(1, int(height / step))]
    words = t("form.no_place", lang)
    label = Word(words, x + width / 2, y + height - 4, 7.4, colour=MUTED, align="center", halo=2.0, role="sketch")
    return [
        Shape(np.array([*columns, *rows], dtype=object), 10, "", "#DDE3E9", 0.3),
        Shape(shapely.box(x, y, x + width, y + height), 60, "", INK, 0.7, role="frame"),
        label,
    ]
