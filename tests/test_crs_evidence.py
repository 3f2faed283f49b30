"""Evidence for coordinate systems: the real case, hand-made shifts, what cannot be told apart, and the limits."""

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from planner.district.crs import System, parse_system, shapes_to_lonlat
from planner.district.crs_evidence import Declared, Limits, detect_crs, own_footprints_hold
from planner.district.offsets import bd09_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02

BEIJING = Path(os.environ.get("PLANNER_SHARED", "../shared")) / "data" / "beijing_points"
LIMITS = Limits(0.95, 0.03)
WGS84, GCJ, BD = System("EPSG:4490"), System("GCJ-02"), System("BD-09")


def grid(size: float = 0.01, n: int = 6, lon: float = 116.3, lat: float = 39.9) -> gpd.GeoDataFrame:
    """n x n squares of about 0.9 x 1.1 km, named A0 ..., in true degrees."""
    shapes = [
        shapely.box(lon + i * size, lat + j * size, lon + (i + 1) * size, lat + (j + 1) * size)
        for j in range(n)
        for i in range(n)
    ]
    return gpd.GeoDataFrame({"name": [f"A{k}" for k in range(n * n)]}, geometry=shapes, crs="EPSG:4326")


def scattered(areas: gpd.GeoDataFrame, per_area: int = 40) -> pd.DataFrame:
    """Points spread over each area, labelled in another spelling, in true degrees."""
    steps = [0.05 + 0.9 * ((np.arange(per_area) * pace) % 1) for pace in (0.618, 0.414)]
    bounds = areas.bounds.to_numpy()
    rows = [
        pd.DataFrame({"x": w + (e - w) * steps[0], "y": s + (n - s) * steps[1], "label": f"区{k}"})
        for k, (w, s, e, n) in enumerate(bounds)
    ]
    return pd.concat(rows, ignore_index=True)


def moved(points: pd.DataFrame, move) -> pd.DataFrame:  # type: ignore[no-untyped-def]
    x, y = move(points["x"], points["y"])
    return points.assign(x=x, y=y)


@pytest.mark.needs_shared
def test_beijing_points_are_bd09_against_gcj02() -> None:
    table = pd.read_csv(BEIJING / "compounds_bd09.csv", dtype=str)
    points = pd.DataFrame({"x": table["longitude"], "y": table["latitude"], "label": table["DISTRICT"]})
    areas = gpd.read_file(BEIJING / "districts_gcj02.json")
    found = detect_crs(points, areas, declared=Declared(areas=WGS84), limits=LIMITS)
    assert found.proposed == (BD, GCJ)
    assert found.clear
    assert (round(found.best, 3), round(found.runner_up or 0, 3)) == (0.991, 0.937)
    raw = {(r["table"], r["areas"]): r["agreement"] for r in found.records()}
    assert round(raw["EPSG:4490", "EPSG:4490"], 3) == 0.884
    assert len(raw) == 9


def test_shifted_points_are_found_against_true_areas() -> None:
    areas = grid()
    for system, move in ((GCJ, wgs84_to_gcj02), (BD, wgs84_to_bd09)):
        points = moved(scattered(areas), move)
        found = detect_crs(points, areas, declared=Declared(areas=WGS84), limits=LIMITS)
        assert found.proposed == (system, WGS84)
        assert found.best == 1.0
        assert found.clear


def test_points_and_areas_shifted_alike_are_taken_as_declared_or_asked() -> None:
    areas = grid()
    declared = detect_crs(scattered(areas), areas, declared=Declared(areas=WGS84), limits=LIMITS)
    assert declared.proposed == (WGS84, WGS84)
    assert declared.clear
    assert declared.runner_up is not None
    assert declared.runner_up < 0.9
    unknown = detect_crs(scattered(areas), areas, declared=Declared(), limits=LIMITS)
    assert not unknown.clear
    by_points = detect_crs(scattered(areas), areas, declared=Declared(points=GCJ), limits=LIMITS)
    assert by_points.proposed == (GCJ, GCJ)


def test_swapped_axes_and_zones_are_found() -> None:
    areas = grid()
    points = scattered(areas)
    swapped = points.rename(columns={"x": "y", "y": "x"})
    found = detect_crs(swapped, areas, declared=Declared(areas=WGS84), limits=LIMITS)
    assert found.proposed == (System("EPSG:4490", swapped=True), WGS84)
    assert found.clear
    for epsg in (4548, 4527, 4498):
        east, north = pyproj.Transformer.from_crs(4490, epsg, always_xy=True).transform(points["x"], points["y"])
        for first, second, turned in ((east, north, False), (north, east, True)):
            metres = points.assign(x=first, y=second)
            found = detect_crs(metres, areas, declared=Declared(areas=WGS84), limits=LIMITS)
            assert found.proposed == (System(f"EPSG:{epsg}", turned), WGS84)
            assert found.clear


def test_labels_decide_where_places_alone_would_not() -> None:
    areas = grid()
    points = scattered(areas)
    unlabelled = detect_crs(points.assign(label=None), areas, declared=Declared(areas=WGS84), limits=LIMITS)
    assert unlabelled.best == 1.0
    same_label = detect_crs(points.assign(label="区"), areas, declared=Declared(areas=WGS84), limits=LIMITS)
    assert same_label.best == pytest.approx(1 / 36, abs=0.002)
    assert not same_label.clear


def test_less_than_the_share_or_the_margin_is_not_clear() -> None:
    areas = grid()
    points = moved(scattered(areas), wgs84_to_bd09)
    strays = points.assign(label=["区0" if i % 10 == 0 else label for i, label in enumerate(points["label"])])
    found = detect_crs(strays, areas, declared=Declared(areas=WGS84), limits=LIMITS)
    assert found.proposed == (BD, WGS84)
    assert 0.89 < found.best < 0.95
    assert not found.clear
    assert detect_crs(strays, areas, declared=Declared(areas=WGS84), limits=Limits(0.85, 0.03)).clear
    wide = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.box(110, 30, 120, 45)], crs="EPSG:4326")
    every = detect_crs(scattered(areas).assign(label="a"), wide, declared=Declared(areas=WGS84), limits=LIMITS)
    assert every.best == 1.0
    assert not every.clear


def test_own_footprints_confirm_the_declared_system() -> None:
    areas = grid(size=0.002).set_index("name")
    middle = areas.geometry.bounds
    centres = pd.DataFrame(
        {"x": (middle["minx"] + middle["maxx"]) / 2, "y": (middle["miny"] + middle["maxy"]) / 2, "label": areas.index}
    )
    said = Declared(areas=WGS84)
    found = detect_crs(centres, areas, declared=said, limits=LIMITS, own=True)
    assert (found.proposed, found.best, found.clear) == ((WGS84, WGS84), 1.0, True)
    assert own_footprints_hold(found, said, LIMITS)
    assert not own_footprints_hold(found, Declared(), LIMITS)
    shifted = moved(centres, wgs84_to_bd09)
    found = detect_crs(shifted, areas, declared=said, limits=LIMITS, own=True)
    assert found.proposed == (BD, WGS84)
    mixed = detect_crs(centres.assign(label="A0"), areas, declared=said, limits=LIMITS, own=True)
    assert mixed.best < 0.05
    assert not own_footprints_hold(mixed, said, LIMITS)


def test_nothing_to_compare_gives_no_proposal() -> None:
    areas = grid()
    none = scattered(areas).iloc[:0]
    assert detect_crs(none, areas, declared=Declared(areas=WGS84), limits=LIMITS).proposed is None
    empty = detect_crs(scattered(areas), areas.iloc[:0], declared=Declared(areas=WGS84), limits=LIMITS)
    assert (empty.proposed, empty.clear) == (None, False)
    blank = scattered(areas).assign(x="")
    assert detect_crs(blank, areas, declared=Declared(), limits=LIMITS).points == 0


def test_text_coordinates_and_missing_ones_are_read_and_left_out() -> None:
    areas = grid()
    points = scattered(areas).astype({"x": str, "y": str})
    points.loc[0, "x"] = "不详"
    found = detect_crs(points, areas, declared=Declared(areas=WGS84), limits=LIMITS)
    assert found.points == len(points) - 1
    assert found.best == 1.0


def test_row_order_does_not_matter_and_nothing_is_changed() -> None:
    areas = grid()
    points = moved(scattered(areas), wgs84_to_bd09)
    before = points.copy(), areas.copy()
    one = detect_crs(points, areas, declared=Declared(areas=WGS84), limits=LIMITS)
    turned = detect_crs(points.iloc[::-1], areas.iloc[::-1], declared=Declared(areas=WGS84), limits=LIMITS)
    assert {tuple(r.values()) for r in one.records()} == {tuple(r.values()) for r in turned.records()}
    pd.testing.assert_frame_equal(points, before[0])
    assert areas.equals(before[1])


def test_areas_in_a_shifted_system_come_out_where_they_are() -> None:
    true = grid()
    shifted = shapely.transform(true.geometry.to_numpy(), lambda c: np.column_stack(wgs84_to_gcj02(c[:, 0], c[:, 1])))
    areas = true.set_geometry(gpd.GeoSeries(shifted, crs="EPSG:4326"))
    points = moved(scattered(true), wgs84_to_bd09)
    found = detect_crs(points, areas, declared=Declared(areas=WGS84), limits=LIMITS)
    assert found.proposed == (BD, GCJ)
    assert found.clear
    back = shapes_to_lonlat(areas.geometry.to_numpy(), parse_system("GCJ-02"))
    assert shapely.hausdorff_distance(back[0], true.geometry.iloc[0]) < 1e-8
    lon, _ = bd09_to_wgs84(points["x"], points["y"])
    assert np.abs(lon - scattered(true)["x"]).max() < 1e-8


def test_a_settled_side_leaves_only_the_other_in_question() -> None:
    areas = grid()
    points = moved(scattered(areas), wgs84_to_gcj02)
    found = detect_crs(points, areas, declared=Declared(areas=WGS84), limits=LIMITS, settled="areas")
    assert found.proposed == (GCJ, WGS84)
    assert {areas.name for areas in found.pairs["areas"]} == {"EPSG:4490"}
    found = detect_crs(scattered(areas), areas, declared=Declared(points=WGS84), limits=LIMITS, settled="points")
    assert found.proposed == (WGS84, WGS84)
    assert found.clear
