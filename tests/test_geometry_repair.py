"""Shapes: what is repaired, what is refused, what stays as it is."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import from_wkt

from planner.district.geometry_repair import KINDS, repair_geometry

BOW_TIE = "POLYGON((0 0,2 2,2 0,0 2,0 0))"


def _repair(*shapes: str | None, table: str = "buildings"):
    geometry = [None if wkt is None else from_wkt(wkt) for wkt in shapes]
    ids = [f"b{n}" for n in range(len(shapes))]
    frame = gpd.GeoDataFrame({"building_id": ids}, geometry=geometry, crs=4490)
    repaired, problems = repair_geometry(frame, "楼栋.gpkg", table)
    assert repaired.index.equals(frame.index)
    assert repaired.crs == frame.crs
    return repaired.geometry, problems


def test_a_bow_tie_keeps_its_two_halves() -> None:
    shapes, problems = _repair(BOW_TIE)
    assert (shapes[0].geom_type, shapes[0].area) == ("MultiPolygon", 2)
    row = problems.iloc[0]
    assert (row["rule"], row["severity"], row["row"], row["value"]) == ("layer.repaired", "info", 1, "b0")
    assert row["params"] == {"reason": "Self-intersection"}


def test_a_spike_goes_and_the_area_stays() -> None:
    shapes, _ = _repair("POLYGON((0 0,4 0,4 4,2 4,2 9,2 4,0 4,0 0))")
    assert (shapes[0].geom_type, shapes[0].area) == ("Polygon", 16)


def test_multi_parts_holes_and_slivers_stay() -> None:
    wkt = "MULTIPOLYGON(((0 0,10 0,10 10,0 10,0 0),(2 2,3 2,3 3,2 3,2 2)),((20 0,20.0001 0,20.0001 9,20 0)))"
    shapes, problems = _repair(wkt)
    assert shapes[0].equals_exact(from_wkt(wkt))
    assert problems.empty


def test_heights_are_dropped_with_one_note() -> None:
    shapes, problems = _repair("POLYGON Z((0 0 5,1 0 5,1 1 5,0 0 5))", "POLYGON Z((0 0 5,1 0 5,1 1 5,0 0 5))")
    assert not shapes.has_z.any()
    assert problems["rule"].tolist() == ["layer.height"]
    assert problems["params"].iloc[0] == {"count": 2}


@pytest.mark.parametrize(
    ("wkt", "rule", "severity"),
    [
        (None, "layer.empty", "warning"),
        ("POLYGON EMPTY", "layer.empty", "warning"),
        ("LINESTRING(0 0,1 1,1 0,0 0)", "layer.wrong_kind", "error"),
        ("POINT(0 0)", "layer.wrong_kind", "error"),
        ("GEOMETRYCOLLECTION(POINT(0 0),POLYGON((0 0,1 0,1 1,0 0)))", "layer.wrong_kind", "error"),
        ("POLYGON((0 0,1 1,0 0,0 0))", "layer.collapsed", "error"),
        ("POLYGON((0 0,1 0,inf 1,0 0))", "layer.not_finite", "error"),
    ],
)
def test_what_cannot_be_used_is_none_and_said_once(wkt: str | None, rule: str, severity: str) -> None:
    shapes, problems = _repair("POLYGON((0 0,1 0,1 1,0 0))", wkt)
    assert shapes.isna().tolist() == [False, True]
    assert problems[["rule", "severity", "row", "value"]].to_numpy().tolist() == [[rule, severity, 2, "b1"]]


def test_points_where_points_belong() -> None:
    shapes, problems = _repair("POINT(1 2)", "MULTIPOINT(3 4)", "MULTIPOINT(1 2,3 4)", table="entrances")
    assert [None if s is None else s.wkt for s in shapes] == ["POINT (1 2)", "POINT (3 4)", None]
    assert problems["rule"].tolist() == ["layer.wrong_kind"]


def test_compounds_may_be_points_and_pipes_must_be_lines() -> None:
    assert _repair("POINT(1 2)", "POLYGON((0 0,1 0,1 1,0 0))", table="compounds")[1].empty
    shapes, _ = _repair("LINESTRING(0 0,1 1)", "MULTILINESTRING((0 0,1 1),(2 2,3 3))", BOW_TIE, table="heat_branches")
    assert shapes.isna().tolist() == [False, False, True]


def test_no_features_and_the_input_unchanged() -> None:
    empty = gpd.GeoDataFrame({"building_id": []}, geometry=[], crs=4490)
    repaired, problems = repair_geometry(empty, "f", "buildings")
    assert len(repaired) == 0
    assert problems.empty
    frame = gpd.GeoDataFrame({"building_id": ["a"]}, geometry=[from_wkt(BOW_TIE)], crs=4490)
    before = frame.copy(deep=True)
    repair_geometry(frame, "f", "buildings")
    pd.testing.assert_frame_equal(pd.DataFrame(frame.to_wkb()), pd.DataFrame(before.to_wkb()))


def test_parts_that_share_an_edge_become_one_shape() -> None:
    """GEOS's make_valid (structure) can give a MultiPolygon whose parts share an edge, which is invalid itself."""
    corners = [(0, 1), (0, 0), (1, 0), (0, 1), (0, 2), (1, 0)]
    frame = gpd.GeoDataFrame({"building_id": ["a"]}, geometry=[shapely.Polygon(corners)], crs=4490)
    shape = repair_geometry(frame, "f", "buildings")[0].geometry[0]
    assert shape.is_valid
    assert shape.equals(shapely.Polygon([(0, 0), (1, 0), (0, 2)]))


_COORDINATE = st.integers(0, 5)


@given(st.lists(st.tuples(_COORDINATE, _COORDINATE), min_size=3, max_size=9), st.sampled_from(sorted(KINDS)))
def test_any_ring_ends_valid_or_none(corners: list[tuple[int, int]], table: str) -> None:
    frame = gpd.GeoDataFrame({"building_id": ["a"]}, geometry=[shapely.Polygon(corners)], crs=4490)
    repaired, problems = repair_geometry(frame, "f", table)
    shape = repaired.geometry[0]
    assert shape is None or (shape.is_valid and shape.area > 0)
    assert (shape is None) == bool(problems["rule"].isin(["layer.collapsed", "layer.wrong_kind"]).any())
