"""Coordinate systems: the metric zone, refusing degrees, names, hypotheses, conversion."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from planner.district import crs
from planner.district.crs import System
from planner.errors import CallError, CrsError


def at(lon: float, lat: float, system: str = "EPSG:4490") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shapely.box(lon, lat, lon + 0.01, lat + 0.01)], crs=system)


@pytest.mark.parametrize(
    ("lon", "epsg"),
    [(75.2, 4534), (112.0, 4546), (112.6, 4547), (116.4, 4548), (117.9, 4548), (121.47, 4549), (134.9, 4554)],
)
def test_the_metric_zone_follows_the_middle_longitude(lon: float, epsg: int) -> None:
    assert crs.metric_crs(at(lon, 40)).to_epsg() == epsg
    assert crs.metric_crs(at(lon, 40, "EPSG:4326").to_crs(3857)).to_epsg() == epsg
    assert crs.metric_crs(at(lon, 40)).is_projected


def test_outside_the_range_of_the_zones_utm_is_used() -> None:
    assert crs.metric_crs(at(2.3, 48.8)).name.startswith("WGS 84 / UTM")


def test_an_empty_layer_has_a_metric_system_and_an_undeclared_one_has_not() -> None:
    assert crs.metric_crs(gpd.GeoDataFrame(geometry=[], crs="EPSG:4490")).to_epsg() == 4544
    with pytest.raises(CrsError, match="坐标系"):
        crs.metric_crs(gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)]))


@pytest.mark.parametrize("system", ["EPSG:4490", "EPSG:4326", "EPSG:3857", "EPSG:2263", None])
def test_degrees_mercator_feet_and_nothing_are_refused_with_the_cure(system: str | None) -> None:
    with pytest.raises(CrsError, match=r"metric_crs|set_crs"):
        crs.require_metric(gpd.GeoDataFrame(geometry=[shapely.Point(1, 1)], crs=system))


def test_metres_pass() -> None:
    crs.require_metric(crs.to_metric(at(116.4, 39.9)))


def test_a_square_of_one_hectare_measures_one_hectare() -> None:
    geod = pyproj.Geod(ellps="GRS80")
    east, _, _ = geod.fwd(116.4, 39.9, 90, 100)
    _, north, _ = geod.fwd(116.4, 39.9, 0, 100)
    shape = gpd.GeoDataFrame(geometry=[shapely.box(116.4, 39.9, east, north)], crs="EPSG:4490")
    assert crs.to_metric(shape).area.iloc[0] == pytest.approx(10_000, rel=0.00045)


@pytest.mark.parametrize(
    ("text", "code", "swapped"),
    [
        ("gcj02", "GCJ-02", False),
        ("火星坐标", "GCJ-02", False),
        ("bd-09", "BD-09", False),
        ("百度坐标系", "BD-09", False),
        ("4326", "EPSG:4490", False),
        ("WGS84", "EPSG:4490", False),
        ("cgcs2000", "EPSG:4490", False),
        ("EPSG:4547", "EPSG:4547", False),
        ("ＥＰＳＧ：4547+swapped", "EPSG:4547", True),
    ],
)
def test_systems_are_known_by_the_names_that_people_write(text: str, code: str, swapped: bool) -> None:
    assert crs.parse_system(text) == System(code, swapped)
    assert crs.parse_system(crs.parse_system(text).name) == System(code, swapped)


@pytest.mark.parametrize("text", ["北京坐标", "", "EPSG:99"])
def test_a_name_that_nobody_knows_is_a_wrong_call(text: str) -> None:
    with pytest.raises(CallError, match="GCJ-02"):
        crs.parse_system(text)


def test_wgs84_and_cgcs2000_are_one_system_and_other_datums_are_doubtful() -> None:
    assert crs.system_of(pyproj.CRS(4326)) == crs.system_of(pyproj.CRS(4490)) == System("EPSG:4490")
    assert crs.system_of(None) is None
    doubtful = {code: crs.datum_is_doubtful(System(f"EPSG:{code}")) for code in (4490, 4547, 32650, 2380, 4610, 4214)}
    assert doubtful == {4490: False, 4547: False, 32650: False, 2380: True, 4610: True, 4214: True}
    assert not crs.datum_is_doubtful(System("BD-09"))


def test_a_labelled_shapefile_wkt_is_known_as_its_epsg_code() -> None:
    esri = pyproj.CRS(4547).to_wkt("WKT1_ESRI")
    assert crs.system_of(pyproj.CRS.from_wkt(esri)) == System("EPSG:4547")


@pytest.mark.parametrize("epsg", [4548, 4527, 4498])
def test_projected_coordinates_come_back_to_their_degrees(epsg: int) -> None:
    lon, lat = np.array([116.31, 117.2]), np.array([39.9, 40.1])
    x, y = pyproj.Transformer.from_crs(4490, epsg, always_xy=True).transform(lon, lat)
    for args in ((x, y, System(f"EPSG:{epsg}")), (y, x, System(f"EPSG:{epsg}", swapped=True))):
        back_lon, back_lat = crs.to_lonlat(*args)
        np.testing.assert_allclose(back_lon, lon, atol=1e-8)
        np.testing.assert_allclose(back_lat, lat, atol=1e-8)


def names(x: float, y: float, declared: System | None = None) -> list[str]:
    return [s.name for s in crs.hypotheses([x], [y], declared)]


def test_hypotheses_in_degrees_and_which_way_round() -> None:
    assert names(116.4, 39.9) == ["EPSG:4490", "GCJ-02", "BD-09"]
    assert names(39.9, 116.4) == ["EPSG:4490+swapped", "GCJ-02+swapped", "BD-09+swapped"]


def test_hypotheses_in_metres_follow_the_size_of_the_numbers() -> None:
    assert names(39_448_688.0, 4_418_598.0) == ["EPSG:4527"]
    assert names(4_418_598.0, 39_448_688.0) == ["EPSG:4527+swapped"]
    assert names(20_448_688.0, 4_418_598.0) == ["EPSG:4498"]
    unprefixed = names(448_688.0, 4_418_598.0)
    assert len(unprefixed) == 21
    assert {"EPSG:4534", "EPSG:4548", "EPSG:4554"} <= set(unprefixed)
    assert names(4_418_598.0, 448_688.0)[0] == "EPSG:4534+swapped"


def test_the_declared_system_comes_first_once_and_only_while_it_makes_sense() -> None:
    assert names(116.4, 39.9, System("GCJ-02")) == ["GCJ-02", "EPSG:4490", "BD-09"]
    assert names(448_688.0, 4_418_598.0, System("EPSG:4490")).count("EPSG:4490") == 0
    assert names(2.3, 48.8, System("EPSG:4490")) == ["EPSG:4490"]
    assert names(float("nan"), 48.8) == []


def test_a_layer_changes_its_coordinates_and_not_its_rows_or_its_input() -> None:
    before = at(116.4, 39.9, "EPSG:4326")
    before.index = [7]
    shown = before.geometry.iloc[0].wkt
    after = crs.to_cgcs2000(before, System("GCJ-02"))
    assert after.crs.to_epsg() == 4490
    assert list(after.index) == [7]
    assert before.geometry.iloc[0].wkt == shown
    moved = before.set_crs(4490, allow_override=True).to_crs(4548).centroid.distance(after.to_crs(4548).centroid)
    assert moved.iloc[0] == pytest.approx(556, abs=10)


def test_missing_shapes_stay_missing() -> None:
    nothing, something = crs.shapes_to_lonlat([None, shapely.Point(116.4, 39.9)], System("BD-09"))
    assert nothing is None
    assert something.distance(shapely.Point(116.4, 39.9)) > 0.01
