"""Where the map stands on the paper and at which scale: metres of the district's metric plane to millimetres."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from planner.district.crs import CGCS2000, metric_crs
from planner.district.district import District
from planner.outputs.map_data import district_box
from planner.outputs.sheet.request import Box, SheetRequest

SMALLEST = 500
"""No sheet is drawn at a larger scale than 1:500: the outlines are not surveyed."""

_STEPS = (
    (1_000, 50), (2_000, 100), (5_000, 250), (20_000, 500), (50_000, 1_000), (200_000, 5_000), (500_000, 10_000),
    (2_000_000, 50_000), (10**9, 250_000),
)  # fmt: skip
_NOWHERE: Box = (105.0, 35.0, 105.02, 35.02)


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of a paper in millimetres (x, y, width, height); ``k`` scales type, 1 on A3."""

    width: float
    height: float
    k: float
    landscape: bool
    title: Box
    map: Box
    panel: Box
    margin: float
    strip: float


@dataclass(frozen=True, slots=True)
class Frame:
    """The map's rectangle on the paper, at 1:``scale``; ``west``, ``south`` are metres of ``crs`` at its corner."""

    x: float
    y: float
    width: float
    height: float
    scale: int
    west: float
    south: float
    crs: pyproj.CRS
    empty: bool = False

    def paper(self, shapes: Any) -> npt.NDArray[np.object_]:
        """Return shapes given in EPSG:4490 degrees in millimetres of the paper; missing shapes stay missing."""
        way = _way(CGCS2000, self.crs)
        found = shapely.transform(np.atleast_1d(np.asarray(shapes, dtype=object)), lambda c: self._place(c, way))
        return np.asarray(found, dtype=object)

    def _place(self, points: npt.NDArray[np.float64], way: pyproj.Transformer) -> npt.NDArray[np.float64]:
        x, y = way.transform(points[:, 0], points[:, 1])
        mm = 1000.0 / self.scale
        return np.column_stack([self.x + (x - self.west) * mm, self.y + (y - self.south) * mm])

    @property
    def enlarged(self) -> float:
        """How much larger names and letters on compounds are written where the compounds are larger."""
        return next((factor for most, factor in ((4_500, 1.5), (8_000, 1.25)) if self.scale <= most), 1.0)

    @property
    def rectangle(self) -> Box:
        """Its x, y, width and height in millimetres."""
        return self.x, self.y, self.width, self.height

    @property
    def box(self) -> Any:
        """The rectangle as a shape."""
        return shapely.box(self.x, self.y, self.x + self.width, self.y + self.height)

    @property
    def metres(self) -> Box:
        """West, south, east, north in metres of the plane."""
        m = self.scale / 1000.0
        return self.west, self.south, self.west + self.width * m, self.south + self.height * m

    @property
    def degrees(self) -> Box:
        """West, south, east, north in degrees, read at the middle of each edge."""
        west, south, east, north = self.metres
        x, y = (west + east) / 2, (south + north) / 2
        back = _way(self.crs, CGCS2000)
        lon, lat = back.transform([west, x, east, x], [y, south, y, north])
        return float(lon[0]), float(lat[1]), float(lon[2]), float(lat[3])

    @property
    def corners(self) -> list[tuple[int, int, tuple[float, float]]]:
        """Right (0, 1), top (0, 1), and longitude and latitude of each corner."""
        west, south, east, north = self.metres
        back = _way(self.crs, CGCS2000)
        places = [(0, 0, west, south), (1, 0, east, south), (0, 1, west, north), (1, 1, east, north)]
        return [(right, top, back.transform(x, y)) for right, top, x, y in places]

    @property
    def north(self) -> float:
        """Degrees, counter-clockwise from up, in which true north lies at the middle of the map."""
        west, south, east, north = self.degrees
        lon, lat = (west + east) / 2, (south + north) / 2
        there = _way(CGCS2000, self.crs)
        x, y = there.transform([lon, lon], [lat, lat + 0.01])
        return -math.degrees(math.atan2(x[1] - x[0], y[1] - y[0]))


def layout_of(request: SheetRequest) -> Layout:
    """Return the parts of the paper: on landscape the panel stands at the right, on portrait below the map."""
    width, height = request.size
    k = request.k
    margin, title, foot, strip = 11.0 * k, 25.0 * k, 7.0 * k, 12.0 * k
    inner = width - 2 * margin
    top = height - margin - title
    bottom = margin + foot
    if request.landscape:
        side = (135.0 if request.full else 84.0) * k
        area = (margin, bottom + strip, inner - side - 5 * k, top - bottom - strip)
        panel = (width - margin - side, bottom, side, top - bottom)
    else:
        low = (138.0 if request.full else 96.0) * k
        area = (margin, bottom + low + strip, inner, top - bottom - low - strip)
        panel = (margin, bottom, inner, low)
    heading = (margin, top, inner, title)
    return Layout(width, height, k, request.landscape, heading, area, panel, margin, strip)


def round_scale(needed: float) -> int:
    """Return the smallest round denominator that is at least ``needed``; the steps are at most an eighth."""
    for most, step in _STEPS:
        found = max(SMALLEST, math.ceil(needed / step - 1e-9) * step)
        if found <= most:
            return found
    raise ValueError(needed)


@lru_cache(maxsize=64)
def _way(source: Any, target: Any) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def frame_in(room: Box, box: Box, crs: pyproj.CRS, grow: float = 1.05) -> Frame:
    """Return the frame that fills ``room`` (millimetres) and holds ``box`` (degrees) at a round scale."""
    x, y, width, height = room
    west, south, east, north = _metres(box, crs)
    scale = round_scale(max((east - west) * grow * 1000 / width, (north - south) * grow * 1000 / height))
    m = scale / 1000
    return Frame(
        x, y, width, height, scale, (west + east - width * m) / 2, (south + north - height * m) / 2, crs
    )  # fmt: skip


def district_crs(district: District) -> pyproj.CRS:
    """Return the metric plane of the middle of a district."""
    return _plane(_degrees(district_box(district)) or _NOWHERE)


def _plane(box: Box) -> pyproj.CRS:
    return metric_crs(gpd.GeoSeries([shapely.box(*box)], crs=CGCS2000))


def frame_of(district: District, request: SheetRequest, layout: Layout) -> Frame:
    """Return the map's frame: as wide and tall as ``bbox`` at a round scale, or the whole room for the district.

    A full sheet uses the whole room always.
    """
    whole = district_box(district)
    box = request.bbox or _degrees(whole) or _NOWHERE
    crs = _plane(box)
    west, south, east, north = _metres(box, crs)
    x, y, room_w, room_h = layout.map
    exact = request.bbox is not None and not request.full
    grow = 1.0 if exact else 1.05
    wide, tall = (east - west) * grow, (north - south) * grow
    scale = round_scale(max(wide * 1000 / room_w, tall * 1000 / room_h))
    if exact:
        width, height = wide * 1000 / scale, tall * 1000 / scale
    else:
        width, height = room_w, room_h
    m = scale / 1000
    corner = ((west + east - width * m) / 2, (south + north - height * m) / 2)
    left = x if layout.landscape else x + (room_w - width) / 2
    empty = whole is None and request.bbox is None
    return Frame(left, y + room_h - height, width, height, scale, *corner, crs, empty)


def _degrees(box: list[list[float]] | None) -> Box | None:
    return None if box is None else (box[0][1], box[0][0], box[1][1], box[1][0])


def _metres(box: Box, crs: pyproj.CRS) -> Box:
    west, south, east, north = box
    lon, lat = (west + east) / 2, (south + north) / 2
    there = _way(CGCS2000, crs)
    x, y = there.transform([west, lon, east, lon], [lat, south, lat, north])
    return float(x[0]), float(y[1]), float(x[2]), float(y[3])
