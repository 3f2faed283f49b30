"""Geometry checks on rectangles whose sizes are known in metres."""

from __future__ import annotations

import datetime as dt
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from builders import make_district, shared_policy
from ground import METRIC, box, degrees, point
from hypothesis import given
from hypothesis import strategies as st

from planner.district.checks import CHECKS, run_checks
from planner.district.checks.facts import Facts
from planner.district.checks.shifts import find_shift
from planner.district.district import District
from planner.district.offsets import wgs84_to_bd09, wgs84_to_gcj02
from planner.text import render_problems

AS_OF = dt.date(2026, 11, 20)
Row = dict[str, Any]


def found(checked: District, rule: str) -> pd.DataFrame:
    return CHECKS[rule](Facts(checked, shared_policy(), AS_OF))


def codes(checked: District, rule: str) -> list[str]:
    return list(found(checked, rule)["rule"])


def one(geometry: Any, buildings: list[Row] | None = None, **values: Any) -> District:
    """One compound C1 of this shape with its buildings."""
    owned = [{"compound_id": "C1", "building_id": f"B{i}", **row} for i, row in enumerate(buildings or [])]
    return make_district([{"compound_id": "C1", "geometry": geometry, **values}], buildings=owned)


def test_perimeter_against_the_drawn_boundary() -> None:
    square = box(0, 0, 100, 100)  # 400 m round
    assert codes(one(square, perimeter_m=521.0), "V21") == ["V21b"]
    assert codes(one(square, perimeter_m=319.0), "V21") == ["V21b"]
    assert codes(one(square, perimeter_m=519.0), "V21") == []
    assert codes(one(point(0, 0), perimeter_m=519.0), "V21") == []
    assert codes(one(None, perimeter_m=519.0), "V21") == []
    params = found(one(square, perimeter_m=600.0), "V21")["params"].iloc[0]
    assert (params["drawn"], params["percent"]) == ("400", "150")


def pair(first: Any, second: Any) -> District:
    return make_district(
        [
            {"compound_id": "C1", "name": "甲院", "geometry": first},
            {"compound_id": "C2", "name": "乙院", "geometry": second},
        ]
    )


def test_overlap_is_measured_against_the_smaller_compound() -> None:
    small, large = box(0, 0, 100, 100), box(94, 0, 400, 100)  # 6 m of 100 m are shared
    row = found(pair(large, small), "V22").iloc[0]
    assert (row["params"]["compound_id"], row["params"]["other_id"]) == ("C2", "C1")
    assert (row["params"]["shared"], row["params"]["percent"]) == ("600", "6")
    assert codes(pair(small, box(96, 0, 400, 100)), "V22") == []  # 4 %
    assert codes(pair(small, box(100, 0, 400, 100)), "V22") == []  # neighbours
    assert codes(pair(small, point(50, 50)), "V22") == []
    assert codes(pair(small, small), "V22") == ["V22"]
    assert codes(pair(small, None), "V22") == []


def test_neighbours_whose_boxes_overlap_do_not_overlap() -> None:
    lower = degrees(shapely.Polygon([(0, 0), (100, 0), (0, 100)]))
    upper = degrees(shapely.Polygon([(100, 100), (100, 0), (0, 100)]))
    assert codes(pair(lower, upper), "V22") == []


def test_a_compound_is_neither_a_hut_nor_a_town() -> None:
    assert codes(one(box(0, 0, 17, 17)), "G01") == ["G01"]  # 289 m2
    assert codes(one(box(0, 0, 18, 18)), "G01") == []  # 324 m2
    assert codes(one(box(0, 0, 640, 640)), "G01") == ["G01"]  # 409,600 m2
    assert codes(one(point(0, 0)), "G01") == []


COMMUNITY = {"community_code": "S1", "community_name": "东湖社区", "geometry": box(0, 0, 1000, 1000)}
NEXT = {"community_code": "S2", "community_name": "西湖社区", "geometry": box(1000, 0, 1000, 1000)}


def placed(geometry: Any, *communities: Row, **values: Any) -> District:
    return make_district([{"compound_id": "C1", "geometry": geometry, **values}], communities=communities)


def test_compounds_outside_and_across_communities() -> None:
    assert codes(placed(box(2100, 0, 100, 100), COMMUNITY, NEXT), "G02") == ["G02"]
    assert codes(placed(point(2100, 0), COMMUNITY, NEXT), "G02") == ["G02"]
    assert codes(placed(box(100, 100, 100, 100), COMMUNITY, NEXT), "G02") == []
    assert codes(placed(box(906, 0, 100, 100), COMMUNITY, NEXT), "G02") == ["G02b"]  # 94 % in the first
    assert codes(placed(box(904, 0, 100, 100), COMMUNITY, NEXT), "G02") == []  # 96 %
    assert codes(placed(box(2100, 0, 100, 100)), "G02") == []  # no communities drawn
    assert codes(placed(None, COMMUNITY), "G02") == []


def test_a_compound_far_from_the_community_that_it_names() -> None:
    far, near = box(1301, 0, 100, 100), box(1299, 0, 100, 100)
    assert codes(placed(far, COMMUNITY, NEXT, community_code="S1"), "V23") == ["V23"]
    assert codes(placed(near, COMMUNITY, NEXT, community_code="S1"), "V23") == []
    assert codes(placed(far, COMMUNITY, NEXT, community_name="东湖社区"), "V23") == ["V23"]
    assert codes(placed(far, COMMUNITY, NEXT), "V23") == []
    same_name = [{**COMMUNITY, "community_code": "S8"}, {**COMMUNITY, "community_code": "S9"}]
    assert codes(placed(far, *same_name, community_name="东湖社区"), "V23") == []


def test_entrances_lie_on_the_boundary() -> None:
    def entrance(x: float, y: float, geometry: Any) -> list[str]:
        rows = [{"entrance_id": "E1", "compound_id": "C1", "geometry": point(x, y)}]
        return codes(make_district([{"compound_id": "C1", "geometry": geometry}], entrances=rows), "G03")

    square = box(0, 0, 100, 100)
    assert entrance(50, -6, square) == ["G03"]
    assert entrance(50, 50, square) == ["G03"]
    assert entrance(50, -4.9, square) == []
    assert entrance(50, -6, None) == []
    assert entrance(50, -6, point(0, 0)) == []


def test_floor_area_against_footprints_and_floors() -> None:
    square = box(0, 0, 100, 100)
    buildings = [{"geometry": box(10, 10, 20, 20), "floors": 5}, {"geometry": box(50, 10, 20, 20), "floors": 5}]
    assert codes(one(square, buildings, floor_area_m2=4000.0), "V06") == []  # 2 x 400 x 5 = 4,000
    assert codes(one(square, buildings, floor_area_m2=3000.0), "V06") == ["V06"]  # 133 %
    assert codes(one(square, buildings, floor_area_m2=3100.0), "V06") == []  # 129 %
    assert codes(one(square, buildings, floor_area_m2=5750.0), "V06") == ["V06"]  # 69.6 %
    assert codes(one(square, buildings, floor_area_m2=759.0), "V06") == ["V06b"]  # 800 on the ground, less 5 %
    assert codes(one(square, [{**row, "floors": 1} for row in buildings], floor_area_m2=761.0), "V06") == []
    unknown_floors = [buildings[0], {"geometry": box(50, 10, 20, 20)}]
    assert codes(one(square, unknown_floors, floor_area_m2=9000.0), "V06") == []
    assert codes(one(square, unknown_floors, floor_area_m2=759.0), "V06") == ["V06b"]
    assert codes(one(square, [], floor_area_m2=9000.0), "V06") == []
    assert codes(one(square, buildings), "V06") == []


@pytest.mark.parametrize("latitude", [20.0, 31.0, 45.0, 52.0])
def test_areas_in_degrees_are_good_enough_to_choose_what_is_measured(latitude: float) -> None:
    around = gpd.GeoSeries([shapely.Point(120.0, latitude)], crs="EPSG:4490").to_crs(METRIC).iloc[0]
    metric = gpd.GeoSeries([shapely.box(around.x, around.y, around.x + 60, around.y + 12)], crs=METRIC)
    checked = make_district([{"compound_id": "C1"}], buildings=[{"geometry": metric.to_crs("EPSG:4490").iloc[0]}])
    about = Facts(checked, shared_policy(), AS_OF).footprints_about[0]
    assert about == pytest.approx(720, rel=0.015)


def test_buildings_counted_against_the_ledger() -> None:
    square = box(0, 0, 100, 100)
    drawn = [{"geometry": box(10, 10, 20, 20)}]
    assert codes(one(square, drawn, buildings_n=2), "V05") == ["V05b"]
    assert codes(one(square, drawn, buildings_n=1), "V05") == []
    assert codes(one(square, [], buildings_n=2), "V05") == []
    assert codes(one(square, drawn), "V05") == []


def test_buildings_outside_their_compound_are_one_finding_per_compound() -> None:
    square = box(0, 0, 100, 100)
    out = [{"geometry": box(200 + 30 * i, 0, 20, 20)} for i in range(5)]
    row = found(one(square, [*out, {"geometry": box(10, 10, 20, 20)}]), "G04")
    assert list(row["rule"]) == ["G04"]
    assert row["params"].iloc[0]["n"] == 5
    assert row["params"].iloc[0]["buildings"] == "B0、B1、B2"
    assert row["params"].iloc[0]["name"] == "C1"
    assert codes(one(square, [{"geometry": box(91, 0, 20, 20)}]), "G04") == ["G04"]  # 45 % inside
    assert codes(one(square, [{"geometry": box(89, 0, 20, 20)}]), "G04") == []  # 55 % inside
    assert codes(one(point(0, 0), out), "G04") == []
    assert codes(one(square, [{"geometry": None}]), "G04") == []


def test_an_angle_shaped_building_with_its_middle_outside_is_inside() -> None:
    notched = degrees(shapely.box(0, 0, 100, 100) - shapely.box(55, 55, 100, 100))
    angle = degrees(shapely.box(20, 20, 95, 50) | shapely.box(20, 20, 50, 95))
    assert codes(one(notched, [{"geometry": angle}]), "G04") == []


def test_slivers_doubles_and_unlikely_sizes() -> None:
    square = box(0, 0, 100, 100)
    assert codes(one(square, [{"geometry": box(0, 0, 3, 3)}]), "G05") == ["G05"]  # 9 m2
    assert codes(one(square, [{"geometry": box(0, 0, 4, 3)}]), "G05") == []
    assert codes(one(square, [{"geometry": box(0, 0, 3, 3)}]), "G07") == []  # told once
    assert codes(one(square, [{"geometry": box(0, 0, 6, 6)}]), "G07") == ["G07"]
    assert codes(one(square, [{"geometry": box(0, 0, 80, 80)}]), "G07") == ["G07"]
    assert codes(one(square, [{"geometry": box(0, 0, 20, 20)}]), "G07") == []
    twice = [{"geometry": box(10, 10, 20, 20)}, {"geometry": box(10, 10, 20, 20).reverse()}]
    assert [p["buildings"] for p in found(one(square, twice), "G06")["params"]] == ["B1"]
    angle = degrees(shapely.box(10, 10, 30, 20) | shapely.box(10, 10, 20, 30))
    same_box = [{"geometry": box(10, 10, 20, 20)}, {"geometry": angle}]
    assert codes(one(square, same_box), "G06") == []


def test_a_compound_of_parts_may_not_have_slivers() -> None:
    yard, hut = shapely.box(0, 0, 100, 100), shapely.box(120, 0, 123, 3)
    assert codes(one(degrees(shapely.MultiPolygon([yard, hut]))), "G05") == ["G05b"]
    assert codes(one(degrees(shapely.MultiPolygon([yard, shapely.box(120, 0, 140, 20)]))), "G05") == []


def test_a_broken_polygon_is_measured_as_mended() -> None:
    bow_tie = degrees(shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)]))
    assert run_checks(pair(bow_tie, box(0, 0, 100, 100)), shared_policy(), AS_OF)["rule"].tolist() == ["V22"]


def grid_district(n: int, shift: Any = None, layer: str = "buildings") -> District:
    """n x n compounds of 150 m with gaps of 50 m, a building in each; the named layer is moved by `shift`."""

    def moved(shape: Any, name: str) -> Any:
        if shift is None or name != layer:
            return shape
        return shapely.transform(shape, lambda xy: np.column_stack(shift(xy[:, 0], xy[:, 1])))

    cells = [(i, 200 * (i % n), 200 * (i // n)) for i in range(n * n)]
    return make_district(
        [{"compound_id": f"C{i}", "geometry": box(x, y, 150, 150)} for i, x, y in cells],
        buildings=[
            {"compound_id": f"C{i}", "geometry": moved(box(x + 60, y + 60, 30, 12), "buildings")} for i, x, y in cells
        ],
        entrances=[{"compound_id": f"C{i}", "geometry": moved(point(x + 75, y), "entrances")} for i, x, y in cells],
    )


@pytest.mark.parametrize(("shift", "system", "near"), [(wgs84_to_gcj02, "GCJ-02", 480), (wgs84_to_bd09, "BD-09", 1100)])
def test_buildings_in_another_system_are_one_finding_with_its_size(shift: Any, system: str, near: float) -> None:
    row = found(grid_district(4, shift), "V23")
    assert list(row["rule"]) == ["V23c"]
    params = row["params"].iloc[0]
    assert params["system"] == system
    assert params["metres"] == pytest.approx(near, rel=0.2)
    assert (params["before"], params["after"]) == (0, 100)


def test_sound_layers_are_not_shifted_and_few_areas_prove_nothing() -> None:
    assert codes(grid_district(4), "V23") == []
    assert codes(grid_district(2, wgs84_to_gcj02), "V23") == []  # four compounds


def test_entrances_and_written_coordinates_are_held_against_the_boundaries() -> None:
    inside = grid_district(3)
    middles = inside.compounds.geometry.representative_point()
    lon, lat = wgs84_to_gcj02(middles.x.to_numpy(), middles.y.to_numpy())
    rows = [
        {"compound_id": i, "geometry": g, "lon": x, "lat": y}
        for i, g, x, y in zip(inside.compounds.index, inside.compounds.geometry, lon, lat, strict=True)
    ]
    assert codes(make_district(rows), "V23") == ["V23e"]
    written = make_district([{**row, "lon": p.x, "lat": p.y} for row, p in zip(rows, middles, strict=True)])
    assert codes(written, "V23") == []


def test_compounds_in_another_system_than_the_communities_are_one_finding() -> None:
    communities = [
        {"community_code": f"S{i}", "geometry": box(300 * (i % 3), 300 * (i // 3), 300, 300)} for i in range(9)
    ]
    middles = [point(300 * (i % 3) + 150, 300 * (i // 3) + 150) for i in range(9)]
    gcj = [shapely.Point(*(float(c[0]) for c in wgs84_to_gcj02(np.array([p.x]), np.array([p.y])))) for p in middles]
    rows = [{"compound_id": f"C{i}", "community_code": f"S{i}", "geometry": g} for i, g in enumerate(gcj)]
    assert codes(make_district(rows, communities=communities), "V23") == ["V23b"]


@given(east=st.floats(-1000, 1000), north=st.floats(-1000, 1000))
def test_the_shift_found_is_the_shift_made(east: float, north: float) -> None:
    middles = np.array([(x, y) for x in range(0, 2500, 500) for y in range(0, 2500, 500)], dtype=float)
    areas = shapely.buffer(shapely.points(middles), 100)
    shift = find_shift(middles + np.array([east, north]), np.arange(25), areas, shared_policy())
    metres = float(np.hypot(east, north))
    assert (shift is not None) == (200 <= metres <= 1400)
    if shift is not None:
        assert shift.metres == pytest.approx(metres)
        assert np.sin(np.radians(shift.bearing)) * metres == pytest.approx(east, abs=1e-6)
        assert (shift.before, shift.after) == (0.0, 1.0)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_geometry_message_is_filled(lang: str) -> None:
    square = box(0, 0, 100, 100)
    checked = [
        grid_district(4, wgs84_to_gcj02),
        pair(square, square),
        one(box(0, 0, 17, 17), [{"geometry": box(50, 0, 3, 3)}, {"geometry": box(50, 0, 80, 80)}], perimeter_m=900.0),
        placed(box(906, 0, 100, 100), COMMUNITY, NEXT),
        placed(box(2400, 0, 100, 100), COMMUNITY, NEXT, community_code="S1"),
    ]
    problems = pd.concat([run_checks(c, shared_policy(), AS_OF) for c in checked], ignore_index=True)
    text = render_problems(problems, lang)["message"]
    assert {"V22", "V23", "V23c", "V21b", "G01", "G02", "G02b", "G04", "G05", "G07"} <= set(problems["rule"])
    assert not text.str.contains(r"\{\w+\}|nan|<NA>", regex=True).any()
