"""Shapes for tests, given in metres from one corner and returned in EPSG:4490."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

METRIC = "EPSG:4549"
"""CGCS2000 3-degree Gauss-Krueger, central meridian 120 E: what metric_crs chooses here."""

_EAST, _NORTH = 500_000, 3_460_000


def degrees(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape given in metres from the corner (500000, 3460000) of EPSG:4549 in EPSG:4490."""
    placed = shapely.transform(shape, lambda xy: xy + np.array([_EAST, _NORTH]))
    return gpd.GeoSeries([placed], crs=METRIC).to_crs("EPSG:4490").iloc[0]


def box(x: float, y: float, width: float, height: float) -> BaseGeometry:
    """Return a rectangle with its lower left corner at x, y metres, in EPSG:4490."""
    return degrees(shapely.box(x, y, x + width, y + height))


def point(x: float, y: float) -> BaseGeometry:
    """Return a point at x, y metres, in EPSG:4490."""
    return degrees(shapely.Point(x, y))
