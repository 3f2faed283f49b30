"""How the demo's straight plan becomes crooked ground, and how ground becomes degrees.

Everything is laid out on a plan of axis-parallel rectangles, in metres. `bend` curves the plan gently (at most some
8 degrees), so that streets, plots and building rows bend together and never cross.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[Any]

CENTRE = (113.98, 39.40)
"""Longitude and latitude of the plan's origin: hills where no town stands."""

TURN = np.deg2rad(2.5)
WAVES_X = ((48.0, 2900.0, 0.6), (7.0, 1150.0, 2.0))
WAVES_Y = ((42.0, 3400.0, 1.1), (7.0, 1350.0, 0.3))
DEGREE_DECIMALS = 7


def bend(points: Floats) -> Floats:
    """Return ground metres (n, 2) of plan metres (n, 2)."""
    x, y = points[:, 0], points[:, 1]
    east = x + _waves(y, WAVES_X)
    north = y + _waves(x, WAVES_Y)
    cos, sin = np.cos(TURN), np.sin(TURN)
    return np.column_stack((cos * east - sin * north, sin * east + cos * north))


def heading(points: Floats) -> Floats:
    """Return the direction (radians) that the plan's east takes on the ground at these plan points (n, 2)."""
    out: Floats = np.arctan(_slopes(points[:, 0], WAVES_Y)) + TURN
    return out


def on_ground(shapes: Shapes, step: float = 80.0) -> Shapes:
    """Return plan shapes as ground shapes, with a vertex at least every `step` metres."""
    bent: Shapes = shapely.transform(shapely.segmentize(shapes, step), bend)
    return bent


def in_degrees(shapes: Shapes) -> Shapes:
    """Return ground shapes in CGCS2000 longitude and latitude, rounded to about a centimetre."""
    placed: Shapes = shapely.transform(shapes, _degrees)
    return placed


def _degrees(points: Floats) -> Floats:
    lon, lat = _projection().transform(points[:, 0], points[:, 1])
    return np.round(np.column_stack((lon, lat)), DEGREE_DECIMALS)


@functools.cache
def _projection() -> Transformer:
    plane = f"+proj=tmerc +lat_0={CENTRE[1]} +lon_0={CENTRE[0]} +k=1 +x_0=0 +y_0=0 +ellps=GRS80 +units=m"
    return Transformer.from_crs(plane, "EPSG:4490", always_xy=True)


def _waves(along: Floats, waves: tuple[tuple[float, float, float], ...]) -> Floats:
    out: Floats = np.sum([a * np.sin(2 * np.pi * along / length + phase) for a, length, phase in waves], axis=0)
    return out


def _slopes(along: Floats, waves: tuple[tuple[float, float, float], ...]) -> Floats:
    turns = [a * 2 * np.pi / length * np.cos(2 * np.pi * along / length + phase) for a, length, phase in waves]
    out: Floats = np.sum(turns, axis=0)
    return out
