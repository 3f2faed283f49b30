"""Measures: hand-computed shapes, multi-part shapes, points, unknown parts, degrees, and independence of order."""

import doctest
import inspect
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import rotate, translate

from planner.decisions import measures
from planner.errors import CrsError
from tests.builders import make_district

METRIC = "EPSG:4548"


def land(*shapes: shapely.Geometry | None) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), index=[f"C{i}" for i in range(len(shapes))], crs=METRIC)


def houses(*rows: tuple[str | None, int | None, shapely.Geometry | None]) -> gpd.GeoDataFrame:
    table = pd.DataFrame(
        {
            "compound_id": pd.array([r[0] for r in rows], dtype="string"),
            "floors": pd.array([r[1] for r in rows], dtype="Int64"),
        }
    )
    return gpd.GeoDataFrame(table, geometry=[r[2] for r in rows], crs=METRIC)


HECTARE = shapely.box(0, 0, 100, 100)
BLOCK = shapely.box(0, 0, 10, 10)
RING = HECTARE.difference(shapely.box(40, 40, 60, 60))
TWO = shapely.MultiPolygon([HECTARE, translate(HECTARE, 200, 0)])
ELL = shapely.Polygon([(0, 0), (20, 0), (20, 10), (10, 10), (10, 20), (0, 20)])
POINT = shapely.Point(5, 5)
SHAPES = (
    measures.area,
    measures.perimeter,
    measures.compactness,
    measures.elongation,
    measures.convexity,
    measures.parts,
)
COUNTS = (measures.parts, measures.buildings_counted, measures.floors_max)
STOCK = (
    measures.buildings_counted,
    measures.footprint_area,
    measures.gross_floor_area,
    measures.gross_floor_area_min,
    measures.floors_max,
    measures.coverage,
    measures.floor_area_ratio,
    measures.open_area,
)


def test_the_examples_of_the_docstrings() -> None:
    words = {
        "hectare": land(HECTARE),
        "nested": land(HECTARE, shapely.box(0, 0, 60, 60)),
        "block": houses(("C0", 6, BLOCK)),
        "unknown_floors": houses(("C0", None, BLOCK)),
        "road": land(shapely.LineString([(-50, 50), (50, 50)])),
    }
    outcome = doctest.testmod(measures, extraglobs=words)
    assert outcome.failed == 0
    assert outcome.attempted >= 16


def test_a_courtyard_is_no_land_and_needs_no_wall() -> None:
    assert measures.area(land(RING)).tolist() == [9600]
    assert measures.perimeter(land(RING)).tolist() == [400]


def test_parts_are_measured_together() -> None:
    two = land(TWO)
    assert measures.area(two).tolist() == [20_000]
    assert measures.perimeter(two).tolist() == [800]
    assert measures.parts(two).tolist() == [2]
    assert measures.convexity(two).tolist() == [pytest.approx(2 / 3)]
    assert measures.elongation(two).tolist() == [pytest.approx(1 / 3)]
    assert measures.compactness(two).tolist() == [pytest.approx(4 * math.pi * 20_000 / 800**2)]


def test_shape_figures_by_hand() -> None:
    assert measures.convexity(land(ELL)).tolist() == [pytest.approx(300 / 350)]
    strip = land(rotate(shapely.box(0, 0, 50, 10), 33))
    assert measures.elongation(strip).tolist() == [pytest.approx(0.2)]
    circle = land(shapely.Point(0, 0).buffer(10, quad_segs=64))
    assert measures.compactness(circle).tolist() == [pytest.approx(1, abs=0.001)]


def test_points_and_missing_shapes_are_unknown_and_never_zero() -> None:
    nothing = land(POINT, None, shapely.Polygon(), HECTARE)
    for function in SHAPES:
        assert function(nothing).isna().tolist() == [True, True, True, False]
    for function in (measures.coverage, measures.floor_area_ratio, measures.open_area):
        assert function(nothing, houses(("C0", 6, BLOCK), ("C3", 6, BLOCK))).isna().tolist() == [
            True,
            True,
            True,
            False,
        ]
    assert measures.overlap(nothing).isna().tolist() == [True, True, True, False]


def test_a_compound_without_drawn_buildings_is_unknown() -> None:
    for function in STOCK:
        assert function(land(HECTARE), houses()).isna().all()
        assert function(land(HECTARE), houses(("C9", 6, BLOCK), (None, 6, BLOCK))).isna().all()


def test_buildings_add_up_and_one_unknown_floor_makes_the_sum_unknown() -> None:
    some = houses(("C0", 6, BLOCK), ("C0", 2, translate(BLOCK, 20, 0)), ("C1", None, BLOCK), ("C1", 3, BLOCK))
    two = land(HECTARE, HECTARE)
    assert measures.buildings_counted(two, some).tolist() == [2, 2]
    assert measures.footprint_area(two, some).tolist() == [200, 200]
    total = measures.gross_floor_area(two, some)
    assert total.iloc[0] == 800
    assert total.isna().tolist() == [False, True]
    assert measures.gross_floor_area_min(two, some).tolist() == [800, 400]
    assert measures.floors_max(two, some).tolist() == [6, 3]
    assert measures.coverage(two, some).tolist() == [0.02, 0.02]
    assert measures.floor_area_ratio(two, some).isna().tolist() == [False, True]


def test_a_building_without_a_polygon_is_counted_and_makes_areas_unknown() -> None:
    some = houses(("C0", 6, BLOCK), ("C0", 6, POINT))
    assert measures.buildings_counted(land(HECTARE), some).tolist() == [2]
    for function in (measures.footprint_area, measures.gross_floor_area, measures.coverage, measures.open_area):
        assert function(land(HECTARE), some).isna().all()


def test_open_area_is_never_negative() -> None:
    assert measures.open_area(land(BLOCK), houses(("C0", 6, HECTARE))).tolist() == [0]


def test_overlaps_count_for_both_and_neighbours_share_nothing() -> None:
    three = land(HECTARE, translate(HECTARE, 90, 0), translate(HECTARE, 190, 0))
    assert measures.overlap(three).tolist() == [1000, 1000, 0]


def test_roads_are_measured_inside_only_and_unknown_without_a_road_layer() -> None:
    line = shapely.LineString([(-10, 50), (110, 50)])
    assert measures.road_inside(land(HECTARE), land(line, line)).tolist() == [200]
    assert measures.road_inside(land(HECTARE), land(translate(line, 0, 500))).tolist() == [0]
    assert measures.road_inside(land(HECTARE), land()).isna().all()


@pytest.mark.parametrize(
    "function", [f for f in (*SHAPES, *STOCK, measures.overlap, measures.road_inside) if f not in COUNTS]
)
def test_degrees_are_refused(function) -> None:  # type: ignore[no-untyped-def]
    degrees = land(HECTARE).set_crs("EPSG:4490", allow_override=True)
    wanted = len(inspect.signature(function).parameters)
    args = [degrees, houses(("C0", 1, BLOCK)).set_crs("EPSG:4490", allow_override=True)][:wanted]
    with pytest.raises(CrsError, match="metric_crs"):
        function(*args)


def degrees(side: float, lon: float = 116.4) -> shapely.Geometry:
    metres = land(translate(shapely.box(0, 0, side, side), 448_688, 4_418_598))
    shape = metres.to_crs("EPSG:4490").geometry.iloc[0]
    return translate(shape, lon - shape.centroid.x, 0)


def test_a_district_is_measured_in_its_own_zone() -> None:
    district = make_district(
        [
            {"compound_id": "A", "geometry": degrees(100)},
            {"compound_id": "B", "geometry": shapely.Point(116.5, 39.9)},
            {"compound_id": "C"},
        ],
        buildings=[{"compound_id": "A", "floors": 5, "geometry": degrees(10)}],
    )
    found = measures.measure(district)
    assert list(found.index) == ["A", "B", "C"]
    row = found.loc["A"]
    assert row["area_m2"] == pytest.approx(10_000, rel=0.001)
    assert row["gross_floor_area_m2"] == pytest.approx(500, rel=0.001)
    assert (row["buildings_counted"], row["floors_max"], row["overlap_m2"]) == (1, 5, 0)
    assert found.loc[["B", "C"]].isna().all(axis=None)
    assert set(found.dtypes.astype(str)) == {"Float64", "Int64"}


def test_empty_and_point_only_districts_are_measured() -> None:
    assert len(measures.measure(make_district([]))) == 0
    points = make_district([{"compound_id": "A", "geometry": shapely.Point(116.4, 39.9)}])
    assert measures.measure(points).isna().all(axis=None)
    assert measures.measure(make_district([{"compound_id": "A"}])).isna().all(axis=None)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(2, 30)), min_size=1, max_size=6))
def test_order_never_matters_and_inputs_stay(squares: list[tuple[int, int, int]]) -> None:
    site = land(*(shapely.box(x, y, x + s, y + s) for x, y, s in squares))
    stock = houses(*((f"C{i % 3}", i % 4 or None, shapely.box(0, 0, s, s)) for i, (_, _, s) in enumerate(squares)))
    before = site.copy(), stock.copy()
    for function in (*SHAPES, measures.overlap):
        straight, turned = function(site), function(site.iloc[::-1])
        np.testing.assert_allclose(
            straight.to_numpy(float, na_value=-1), turned.iloc[::-1].to_numpy(float, na_value=-1), rtol=1e-9, atol=1e-9
        )
    for function in STOCK:
        straight, turned = function(site, stock), function(site, stock.iloc[::-1])
        np.testing.assert_allclose(straight.to_numpy(float, na_value=-1), turned.to_numpy(float, na_value=-1))
    assert site.equals(before[0])
    assert stock.equals(before[1])
