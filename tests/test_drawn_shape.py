"""What is said about a drawn boundary or point: hand-computed areas, overlaps and distances."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from shapely.geometry import Point, Polygon, box, mapping

from planner.district.drawn_shape import BOUNDARY, POINT, area_of, check_shape, shape_of
from tests.builders import make_district, shared_policy

POLICY = shared_policy()
DEGREE_LAT = 111_000.0
"""Metres of a degree of latitude at 38 N, to half a percent."""
COMPOUNDS = make_district(
    [
        {"compound_id": "A", "name": "甲", "geometry": box(114, 38, 114.002, 38.002)},
        {"compound_id": "B", "name": "乙", "geometry": box(114.002, 38, 114.004, 38.002)},
        {"compound_id": "C", "geometry": Point(114.01, 38)},
        {"compound_id": "D"},
    ]
).compounds
CROSSED = Polygon([(114, 38), (114.002, 38.002), (114.002, 38), (114, 38.002)])


def said(shape: Any, kind: str = BOUNDARY, of: str = "D") -> list[tuple[str, str]]:
    """Severity and rule of everything that is said."""
    found = check_shape(shape, kind, COMPOUNDS, of, policy=POLICY)
    return list(zip(found["severity"], found["rule"], strict=True))


@pytest.mark.parametrize(
    ("shape", "kind", "of", "expected"),
    [
        (box(114.005, 38, 114.007, 38.002), BOUNDARY, "D", []),
        (box(114, 38, 114.002, 38.002), BOUNDARY, "A", []),
        (None, BOUNDARY, "D", [("error", "drawn.boundary_none")]),
        (None, POINT, "D", [("error", "drawn.point_none")]),
        (Point(114, 38), BOUNDARY, "D", [("error", "drawn.kind")]),
        (box(14, 38, 14.002, 38.002), BOUNDARY, "D", [("error", "drawn.outside")]),
        (CROSSED, BOUNDARY, "D", [("error", "drawn.crossing")]),
        (box(114.005, 38, 114.0050001, 38.0000001), BOUNDARY, "D", [("error", "drawn.no_area")]),
        (box(114.005, 38, 114.0051, 38.0001), BOUNDARY, "D", [("warning", "drawn.area")]),
        (box(114.9, 38, 114.902, 38.002), BOUNDARY, "D", [("warning", "drawn.far")]),
        (box(114.001, 38, 114.003, 38.002), BOUNDARY, "D", [("warning", "drawn.overlap")] * 2),
        (box(114.00199, 38, 114.00399, 38.002), BOUNDARY, "B", []),
        (Point(114.001, 38.001), POINT, "D", [("warning", "drawn.inside")]),
        (Point(114.005, 38.001), POINT, "D", []),
    ],
)
def test_what_is_said(shape: Any, kind: str, of: str, expected: list[tuple[str, str]]) -> None:
    assert said(shape, kind, of) == expected


def test_area_and_overlap_are_measured_in_metres() -> None:
    square = box(114, 38, 114.002, 38.002)
    side = 0.002 * DEGREE_LAT
    assert area_of(square, COMPOUNDS.crs) == pytest.approx(side * side * 0.788, rel=0.01)
    found = check_shape(box(114.001, 38, 114.003, 38.002), BOUNDARY, COMPOUNDS, "D", policy=POLICY)
    overlap = float(found.loc[0, "value"].replace(",", ""))
    assert overlap == pytest.approx(side * side * 0.788 / 2, rel=0.01)
    assert [params["other"] for params in found["params"]] == ["甲（A）", "乙（B）"]


def test_a_feature_of_the_map_becomes_a_shape_of_centimetres() -> None:
    drawn = {"type": "Feature", "properties": {}, "geometry": mapping(box(114.000000012, 38, 114.1, 38.1))}
    assert shape_of(drawn) == box(114, 38, 114.1, 38.1)
    assert shape_of(mapping(Point(1, 2, 3))) == Point(1, 2)
    assert shape_of(None) is None
    assert shape_of(mapping(shapely.Polygon())) is None
    for broken in ({"type": "Feature"}, {"type": "Polygon", "coordinates": "x"}, {"geometry": {"type": "?"}}):
        with pytest.raises(ValueError, match="no shape"):
            shape_of(broken)
