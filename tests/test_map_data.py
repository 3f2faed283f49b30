"""Shapes for the browser: ids, names and geometry only; merged, rounded, in administrative order, safe."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from planner.district.district import District
from planner.outputs import basemap, map_data
from tests.builders import make_district

HOSTILE = "<img src=x onerror=alert(1)>${7*7}`{{7*191}}{% 楼 %}</script>\\u003c"

RECTANGLE = box(116.0, 39.0, 116.002, 39.001)


def _district(**more: Any) -> District:
    return make_district(
        [
            {"compound_id": "A1", "name": "幸福里", "subdistrict_name": "湖滨街道", "geometry": RECTANGLE},
            {"compound_id": "B2", "name": HOSTILE, "subdistrict_name": "站前街道", "geometry": Point(116.015, 39.005)},
            {"compound_id": "C3", "households": 77, "police_calls_12m": 5},
        ],
        **more,
    )


def _communities() -> list[dict[str, Any]]:
    lake, station = "湖滨街道", "站前街道"
    rows = [
        ("甲社区", station, 1, box(116.01, 39, 116.02, 39.01)),
        ("乙社区", lake, 2, box(116.0, 39, 116.01, 39.01)),
        ("丙社区", lake, 2, box(116.0, 39.01, 116.01, 39.02)),
    ]
    fields = ("community_name", "subdistrict_name", "subdistrict_order", "geometry")
    return [dict(zip(fields, row, strict=True)) for row in rows]


def test_shapes_hold_ids_names_and_geometry_only() -> None:
    shapes = json.loads(map_data.shapes_text(_district()))
    features = shapes["compounds"]["features"]
    assert [f["properties"]["i"] for f in features] == [0, 1]
    assert [f["properties"]["id"] for f in features] == ["A1", "B2"]
    assert {key for f in features for key in f["properties"]} == {"i", "id", "name"}
    assert features[0]["geometry"]["type"] == "Polygon"
    assert features[1]["geometry"] == {"type": "Point", "coordinates": [116.015, 39.005]}
    assert "77" not in json.dumps(shapes["compounds"])


def test_text_passes_the_one_door() -> None:
    text = map_data.shapes_text(_district())
    assert not set("<`$%\\") & set(text)
    assert "{{" not in text
    assert "&#60;img src=x onerror=alert(1)&#62;" in text


def test_a_compound_without_a_name_shows_its_id_and_one_without_a_shape_keeps_its_number() -> None:
    district = make_district([{"compound_id": "X"}, {"compound_id": "Y", "geometry": Point(116, 39)}])
    shapes = json.loads(map_data.shapes_text(district))
    assert [(f["properties"]["i"], f["properties"]["name"]) for f in shapes["compounds"]["features"]] == [(1, "Y")]
    assert shapes["spots"] == [None, None]
    assert map_data.drawn(district.compounds).tolist() == [False, True]


def test_spot_of_a_rectangle_is_its_middle_and_its_size_in_metres() -> None:
    lat, lon, wide, tall = map_data.spots(_district().compounds)[0]
    assert (lat, lon) == (39.0005, 116.001)
    assert wide == pytest.approx(0.002 * 111_320 * np.cos(np.radians(39.0005)), abs=0.1)
    assert tall == pytest.approx(111.3, abs=0.1)


def test_spot_of_an_angular_shape_lies_inside_and_is_smaller_than_its_box() -> None:
    corner = Polygon([(0, 0), (0.01, 0), (0.01, 0.001), (0.001, 0.001), (0.001, 0.01), (0, 0.01)])
    district = make_district([{"compound_id": "L", "geometry": corner}])
    lat, lon, wide, _ = map_data.spots(district.compounds)[0]
    assert corner.contains(Point(lon, lat))
    assert wide < 0.6 * 0.01 * 111_320


def test_boxes() -> None:
    assert map_data.district_box(make_district()) is None
    assert map_data.district_box(_district()) == [[39.0, 116.0], [39.005, 116.015]]
    assert map_data.district_box(_district(communities=_communities())) == [[39.0, 116.0], [39.02, 116.02]]
    assert basemap.box(Point(116, 39)) == [[38.9975, 115.9975], [39.0025, 116.0025]]


def test_streets_come_in_administrative_order_and_from_compounds_where_nobody_drew_them() -> None:
    drawn = _district(communities=_communities())
    assert list(basemap.street_areas(drawn.layers["communities"])) == ["站前街道", "湖滨街道"]
    assert basemap.street_boxes(drawn)["湖滨街道"] == [[39.0, 116.0], [39.02, 116.01]]
    assert basemap.street_boxes(_district())["湖滨街道"] == [[39.0, 116.0], [39.001, 116.002]]
    assert [n["text"] for n in basemap.names(_district())] == ["湖滨街道", "站前街道"]


def test_a_border_between_two_communities_is_drawn_once() -> None:
    shapes = basemap.base_shapes(_district(communities=_communities()))
    lines = shapes["communities"]
    parts = lines["coordinates"] if lines["type"] == "MultiLineString" else [lines["coordinates"]]
    total = sum(LineString(part).length for part in parts)
    assert total == pytest.approx(0.04 * 2 + 0.02, abs=1e-6)
    assert Polygon(shapes["ground"]["coordinates"][0]).area == pytest.approx(3e-4, abs=1e-9)


def test_empty_layers_give_no_shapes() -> None:
    shapes = basemap.base_shapes(make_district())
    assert shapes == {"ground": None, "green": None, "water": None, "roads": [], "communities": None, "streets": None}
    assert basemap.names(make_district()) == []


def test_roads_are_merged_by_class_narrow_first_and_named_along_their_longest_part() -> None:
    roads = [
        {"name": "人民路", "road_class": "主干路", "geometry": LineString([(116, 39), (116.02, 39)])},
        {"name": "人民路", "road_class": "主干路", "geometry": LineString([(116.02, 39), (116.021, 39)])},
        {"name": "小巷", "road_class": "支路", "geometry": LineString([(116, 39), (116, 39.01)])},
    ]
    district = _district(roads=roads)
    assert [road["kind"] for road in basemap.base_shapes(district)["roads"]] == ["支路", "主干路"]
    names = {name["text"]: name for name in basemap.names(district) if name["kind"] == "road"}
    assert names["人民路"]["at"] == [39.0, 116.01]
    assert names["人民路"]["turn"] == 0.0
    assert abs(names["小巷"]["turn"]) == 90.0


def test_street_name_stands_where_it_covers_no_compound() -> None:
    half = box(116.0, 39.0, 116.05, 39.1)
    district = make_district(
        [{"compound_id": "big", "subdistrict_name": "湖滨街道", "geometry": half}],
        communities=[{"community_name": "甲", "subdistrict_name": "湖滨街道", "geometry": box(116, 39, 116.1, 39.1)}],
    )
    place = next(name["at"] for name in basemap.names(district) if name["kind"] == "street")
    assert place[1] > 116.05


def test_buildings_are_cut_into_cells_and_none_is_lost() -> None:
    shapes = [box(116 + i * 0.004, 39, 116.001 + i * 0.004, 39.001) for i in range(10)]
    shapes[3] = MultiPolygon([shapes[3], box(116.0135, 39, 116.0136, 39.0001)])
    district = make_district(buildings=[{"building_id": str(i), "geometry": shape} for i, shape in enumerate(shapes)])
    cells = basemap.building_cells(district.layers["buildings"])
    assert set(cells) == {"11600_3900", "11601_3900", "11602_3900", "11603_3900"}
    assert sum(len(json.loads(text)["coordinates"]) for text in cells.values()) == 11
    listed = json.loads(map_data.shapes_text(district, cells))["buildings"]
    assert listed == {"cell": 0.01, "names": sorted(cells)}
    assert basemap.building_cells(make_district().layers["buildings"]) == {}


def test_the_same_district_gives_the_same_bytes() -> None:
    once, twice = (map_data.shapes_text(_district(communities=_communities())) for _ in range(2))
    assert once == twice


def test_input_is_not_changed() -> None:
    district = _district(communities=_communities())
    before = district.compounds.copy(deep=True)
    map_data.shapes_text(district)
    assert district.compounds.equals(before)
