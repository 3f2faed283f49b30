"""GCJ-02 and BD-09: the published formula, its exact inverse, and what lies outside."""

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.district import offsets

METRES = 111_320.0
FORWARD_AND_BACK = [
    (offsets.wgs84_to_gcj02, offsets.gcj02_to_wgs84),
    (offsets.gcj02_to_bd09, offsets.bd09_to_gcj02),
    (offsets.wgs84_to_bd09, offsets.bd09_to_wgs84),
]
CITIES = [  # lon, lat, metres WGS84 -> GCJ-02, GCJ-02 -> BD-09 and WGS84 -> BD-09 (reference figures, to the metre)
    (116.407, 39.904, 556, 890, 1380),
    (112.549, 37.857, 557, 899, 1350),
    (103.834, 36.061, 220, 884, 1019),
    (87.617, 43.793, 266, 855, 1106),
]


def metres(lon: np.ndarray, lat: np.ndarray, lon2: np.ndarray, lat2: np.ndarray) -> np.ndarray:
    return np.hypot((lon2 - lon) * np.cos(np.radians(lat)), lat2 - lat) * METRES


def test_the_examples_of_the_docstrings() -> None:
    assert doctest.testmod(offsets).failed == 0


@pytest.mark.parametrize(("lon", "lat", "gcj", "bd", "both"), CITIES)
def test_the_shift_in_known_cities(lon: float, lat: float, gcj: float, bd: float, both: float) -> None:
    lon1, lat1 = offsets.wgs84_to_gcj02(lon, lat)
    lon2, lat2 = offsets.gcj02_to_bd09(lon1, lat1)
    assert metres(lon, lat, lon1, lat1) == pytest.approx(gcj, abs=15)
    assert metres(lon1, lat1, lon2, lat2) == pytest.approx(bd, abs=15)
    assert metres(lon, lat, lon2, lat2) == pytest.approx(both, abs=15)


@pytest.mark.parametrize(("forward", "back"), FORWARD_AND_BACK)
def test_the_inverse_is_within_a_millimetre_all_over_china(forward, back) -> None:  # type: ignore[no-untyped-def]
    grid = np.meshgrid(np.arange(75, 134, 0.13), np.arange(20, 52, 0.13))
    lon, lat = grid[0].ravel(), grid[1].ravel()
    assert metres(lon, lat, *forward(*back(lon, lat))).max() < 0.001
    assert metres(lon, lat, *back(*forward(lon, lat))).max() < 0.001


@given(st.floats(75, 134), st.floats(20, 52))
def test_the_inverse_holds_everywhere(lon: float, lat: float) -> None:
    for forward, back in FORWARD_AND_BACK:
        assert metres(lon, lat, *forward(*back(lon, lat))) < 0.01


def test_missing_coordinates_stay_missing_and_the_rest_is_converted() -> None:
    lon, lat = offsets.bd09_to_wgs84([np.nan, 116.4], [39.9, 39.9])
    assert np.isnan(lon[0])
    assert metres(lon[1:], lat[1:], 116.4, 39.9)[0] > 1000


def test_outside_the_box_of_the_formula_nothing_moves() -> None:
    for forward, back in FORWARD_AND_BACK:
        assert [float(v) for v in forward(2.35, 48.86)] == [2.35, 48.86]
        assert [float(v) for v in back(2.35, 48.86)] == [2.35, 48.86]
