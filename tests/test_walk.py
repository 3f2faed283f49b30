"""The order of a walk: shortest on small sets, each compound once, the same from any order of the input."""

from __future__ import annotations

import itertools

import hypothesis.strategies as st
import numpy as np
from hypothesis import given
from shapely.geometry import Point

from planner.decisions.walk import walk_length, walk_order, walks
from tests.builders import make_district

_METRES = st.integers(0, 900)
_POINTS = st.lists(st.tuples(_METRES, _METRES), min_size=1, max_size=6, unique=True)


def _apart(points: np.ndarray) -> np.ndarray:
    return np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))


def test_a_line_is_walked_from_its_northern_end() -> None:
    points = np.array([(0.0, 300.0), (0.0, 0.0), (0.0, 200.0), (0.0, 100.0)])
    assert walk_order(points).tolist() == [0, 2, 3, 1]


def test_crossed_legs_are_turned_round() -> None:
    points = np.array([(0.0, 0.0), (100.0, 0.0), (0.0, 10.0), (100.0, 10.0)])
    walk = walk_order(points)
    assert walk_length(walk, _apart(points)) == 120.0  # two sides of 10 and one of 100; crossing would cost 221


@given(_POINTS)
def test_each_place_once_and_close_to_the_shortest(places: list[tuple[int, int]]) -> None:
    points = np.array(places, dtype=float)
    walk, apart = walk_order(points), _apart(points)
    assert sorted(walk.tolist()) == list(range(len(points)))
    shortest = min(walk_length(np.array(way), apart) for way in itertools.permutations(range(len(points))))
    assert walk_length(walk, apart) <= 1.1 * shortest + 1e-6


def test_by_community_and_unplaced_ones_last() -> None:
    def at(key: str, community: str | None, lat: float | None) -> dict[str, object]:
        place = {} if lat is None else {"geometry": Point(116.0, lat)}
        return {"compound_id": key, "community_name": community, "name": key, **place}

    rows = [
        at("a1", "甲", 40.0),
        at("b1", "乙", 40.0),
        at("a3", "甲", None),
        at("a2", "甲", 40.01),
        at("c", None, 40.0),
    ]
    walk = walks(make_district(rows), ["a1", "b1", "a3", "a2", "c"])
    inside = walk[walk["community"] == "甲"]
    assert inside.index.tolist() == ["a2", "a1", "a3"]
    assert inside["stop"].tolist() == [1, 2, 3]
    assert set(inside["stops"]) == {3}
    assert walk.index[-1] == "c"
    assert walk["community"].iloc[-1] == ""
