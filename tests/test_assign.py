"""Assigning features to compounds: id, inside, overlap, nearest point, and everything that is left over."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import translate

from planner.district.assign import HOW, assign
from planner.errors import PROBLEM_COLUMNS

METRE = 1 / 111_320  # degrees of latitude; longitude is stretched by 1 / cos(40)
WIDE = METRE / np.cos(np.radians(40))


def box(x: float, y: float, width: float, height: float) -> shapely.Geometry:
    return shapely.box(117 + x * WIDE, 40 + y * METRE, 117 + (x + width) * WIDE, 40 + (y + height) * METRE)


def point(x: float, y: float) -> shapely.Point:
    return shapely.Point(117 + x * WIDE, 40 + y * METRE)


LAND = gpd.GeoDataFrame(
    geometry=[box(0, 0, 100, 100), box(100, 0, 100, 100), box(10, 10, 20, 20), point(500, 500), None],
    index=pd.Index(["A", "B", "inner", "P", "none"], dtype="string", name="compound_id"),
    crs="EPSG:4490",
)


def layer(*rows: tuple[str | None, shapely.Geometry | None]) -> gpd.GeoDataFrame:
    ids = pd.array([r[0] for r in rows], dtype="string")
    return gpd.GeoDataFrame({"compound_id": ids}, geometry=[r[1] for r in rows], crs="EPSG:4490")


def run(features: gpd.GeoDataFrame, tolerance: float = 15, land: gpd.GeoDataFrame = LAND):  # type: ignore[no-untyped-def]
    rows = pd.Series(range(1, len(features) + 1), index=features.index)
    done = assign(features, land, tolerance_m=tolerance, file="楼栋.gpkg", rows=rows)
    pairs = zip(done.found["compound_id"].fillna("-"), done.found["how"], strict=True)
    return list(pairs), done.problems


def test_the_id_wins_over_the_place() -> None:
    found, problems = run(layer(("B", box(5, 50, 5, 5)), (" A ", None)))
    assert found == [("B", "id"), ("A", "id")]
    assert len(problems) == 0


def test_inside_and_in_the_smallest_of_several() -> None:
    found, _ = run(layer((None, box(50, 50, 5, 5)), (None, box(12, 12, 5, 5)), (None, point(150, 50))))
    assert found == [("A", "inside"), ("inner", "inside"), ("B", "inside")]


def test_the_largest_overlap_decides_and_a_small_one_is_told() -> None:
    found, problems = run(layer((None, box(90, 50, 15, 5)), (None, box(-15, 50, 20, 5))))
    assert found == [("A", "overlap"), ("A", "overlap")]
    assert list(problems["rule"]) == ["I13"]
    assert problems["row"].tolist() == [2]
    assert problems["params"].iloc[0]["detail"] == pytest.approx(25, abs=1)


def test_a_building_that_only_touches_is_left_over() -> None:
    found, problems = run(layer((None, box(-10, 50, 10, 5)), (None, box(-11, 50, 10, 5))))
    assert found == [("-", ""), ("-", "")]
    assert list(problems["rule"]) == ["I11", "I11"]


@pytest.mark.parametrize(("away", "taken"), [(10, True), (14, True), (16, False), (100, False)])
def test_points_go_to_the_nearest_within_the_tolerance_in_metres(away: float, taken: bool) -> None:
    for place in (point(-away, 50), point(150, 100 + away)):
        found, problems = run(layer((None, place)))
        assert (found[0][1] == "nearest") is taken
        assert list(problems["rule"]) == ([] if taken else ["I11"])


def test_an_unknown_id_is_told_and_the_place_decides() -> None:
    found, problems = run(layer(("X", box(50, 50, 5, 5)), ("X", box(900, 0, 5, 5)), ("X", None)))
    assert found == [("A", "inside"), ("-", ""), ("-", "")]
    assert list(problems["rule"]) == ["I10", "I10", "I10"]
    assert [p["detail"] for p in problems["params"]] == ["A", "—", "—"]


def test_neither_id_nor_shape_is_listed() -> None:
    _, problems = run(layer((None, None), ("", shapely.Polygon())))
    assert list(problems["rule"]) == ["I12", "I12"]


def test_point_compounds_and_empty_tables_take_nothing() -> None:
    assert run(layer((None, point(500, 500))))[0] == [("-", "")]
    assert run(layer((None, point(5, 5))), land=LAND.iloc[:0])[0] == [("-", "")]
    found, problems = run(layer())
    assert found == []
    assert list(problems.columns) == PROBLEM_COLUMNS


def test_a_layer_without_the_id_column_is_assigned_by_place() -> None:
    assert run(layer((None, box(50, 50, 5, 5))).drop(columns="compound_id"))[0] == [("A", "inside")]


@given(st.lists(st.tuples(st.integers(-40, 240), st.integers(-40, 140), st.booleans()), max_size=12))
def test_every_feature_is_assigned_or_listed_once_in_any_order(places: list[tuple[int, int, bool]]) -> None:
    features = layer(
        *((None, point(x, y) if dot else translate(box(0, 0, 9, 9), x * WIDE, y * METRE)) for x, y, dot in places)
    )
    before = features.copy(), LAND.copy()
    found, problems = run(features)
    left = [number for number, pair in enumerate(found, start=1) if pair == ("-", "")]
    assert problems.loc[problems["rule"].isin(["I11", "I12"]), "row"].tolist() == left
    assert {how for _, how in found} <= set(HOW)
    assert run(features.iloc[::-1])[0] == found[::-1]
    assert features.equals(before[0])
    assert LAND.equals(before[1])
