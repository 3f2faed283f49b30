"""A boundary or a point that a person drew: usable or not, and what looks wrong about it beside its neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.district.crs import in_china, metric_crs
from planner.errors import join_problems, problem
from planner.policy import Policy

GRID = 1e-7
"""Degrees to which what was drawn is rounded, about a centimetre."""
BOUNDARY, POINT = "boundary", "point"


def shape_of(feature: Mapping[str, Any] | None) -> shapely.Geometry | None:
    """Return the shape of a GeoJSON feature or geometry in degrees, rounded; None where nothing is drawn.

    Raises ValueError for what is no GeoJSON shape.
    """
    if not feature:
        return None
    try:
        shape = shapely.geometry.shape(feature.get("geometry") or feature)
        flat = shapely.force_2d(shape)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError, shapely.errors.ShapelyError) as error:
        raise ValueError("no shape") from error
    return None if flat.is_empty else shapely.set_precision(flat, GRID, mode="pointwise")


def check_shape(
    shape: shapely.Geometry | None, kind: str, compounds: gpd.GeoDataFrame, compound_id: str, *, policy: Policy
) -> pd.DataFrame:
    """Return everything that is wrong with a drawn shape (PROBLEM_COLUMNS); with a problem of severity error it is not
    to be kept.

    shape: lon, lat (EPSG:4490). kind: BOUNDARY or POINT. compounds: those of the district, index compound_id. Errors:
    nothing drawn, not the kind that was asked for, outside China, a boundary that crosses itself or has no area.
    Warnings: an unusual area (settings compound_area_*), far from the rest of the district, overlap with neighbours.
    """
    wanted = ("Polygon", "MultiPolygon") if kind == BOUNDARY else ("Point",)
    if shape is None or shape.is_empty:
        return problem(f"drawn.{kind}_none", column="geometry")
    if shape.geom_type not in wanted:
        return problem("drawn.kind", column="geometry", value=shape.geom_type)
    west, south, east, north = shapely.bounds(shape)
    if not in_china(np.array([west, east]), np.array([south, north])):
        return problem("drawn.outside", column="geometry", value=f"{west:.5f}, {south:.5f}")
    if not shape.is_valid:
        return problem("drawn.crossing", column="geometry", value=shapely.is_valid_reason(shape))
    others = compounds.geometry[compounds.index != compound_id]
    others = others[others.notna() & ~others.is_empty]
    metres = metric_crs(gpd.GeoSeries([shape], crs=compounds.crs))
    own = gpd.GeoSeries([shape], crs=compounds.crs).to_crs(metres).iloc[0]
    near = others.to_crs(metres)
    names = compounds["name"].reindex(near.index)
    return join_problems(
        [*_area(own, kind, policy), *_distance(own, near), *_overlaps(own, near, names, policy=policy)]
    )


def area_of(shape: shapely.Geometry, crs: Any) -> float:
    """Return the area of a shape in square metres; 0 for a point."""
    series = gpd.GeoSeries([shape], crs=crs)
    return float(series.to_crs(metric_crs(series)).area.iloc[0])


def _area(own: shapely.Geometry, kind: str, policy: Policy) -> list[pd.DataFrame]:
    if kind == POINT:
        return []
    low, high = policy.number("compound_area_min_m2"), policy.number("compound_area_max_m2")
    area = float(own.area)
    if area < 1:
        return [problem("drawn.no_area", column="geometry", value=f"{area:.2f}")]
    if low <= area <= high:
        return []
    wide, narrow = f"{high:,.0f}", f"{low:,.0f}"
    found = problem("drawn.area", severity="warning", column="geometry", value=f"{area:,.0f}", low=narrow, high=wide)
    return [found]


def _distance(own: shapely.Geometry, near: gpd.GeoSeries) -> list[pd.DataFrame]:
    """Farther from every other compound than the district is wide."""
    if len(near) < 2:
        return []
    west, south, east, north = near.total_bounds
    span = max(float(np.hypot(east - west, north - south)), 1000.0)
    distance = float(near.distance(own).min())
    if distance <= span:
        return []
    return [problem("drawn.far", severity="warning", column="geometry", value=f"{distance / 1000:.1f}")]


def _overlaps(own: shapely.Geometry, near: gpd.GeoSeries, names: pd.Series, *, policy: Policy) -> list[pd.DataFrame]:
    """The neighbours that it covers, by more than their share allows; a point inside another's boundary."""
    touched = near[near.intersects(own).to_numpy(dtype=bool)]
    if not len(touched):
        return []
    common = touched.intersection(own).area.to_numpy(dtype=float)
    smaller = np.minimum(touched.area.to_numpy(dtype=float), own.area)
    point = own.geom_type == "Point"
    inside = touched.area.to_numpy(dtype=float) > 0
    bad = inside if point else common > policy.number("v22_overlap_share_max") * np.maximum(smaller, 1e-9)
    found = []
    for key, area in zip(touched.index[bad], common[bad], strict=True):
        other = f"{'' if pd.isna(names[key]) else names[key]}（{key}）"
        rule = "drawn.inside" if point else "drawn.overlap"
        found.append(problem(rule, severity="warning", column="geometry", value=f"{area:,.0f}", other=other))
    return found
