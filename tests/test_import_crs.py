"""Systems of an import: told, declared, proposed with evidence, asked for."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from planner.district.import_request import Source
from planner.district.offsets import wgs84_to_bd09, wgs84_to_gcj02
from planner.errors import CallError, CrsError
from tests.import_files import layer, rules, run, square

POINTS = "小区编码,小区名称,街道,经度,纬度\n" + "".join(
    f"C{k},小区{k},街道{k % 4},{{{k}[0]:.7f}},{{{k}[1]:.7f}}\n" for k in range(40)
)


def places(move: Any = None) -> tuple[str, np.ndarray]:
    spots = np.array([[116.3 + 0.02 * (k % 4) + 0.0011 + 0.0004 * k, 39.9 + 0.0003 * k] for k in range(40)])
    shown = spots if move is None else np.column_stack(move(spots[:, 0], spots[:, 1]))
    return POINTS.format(*shown.tolist()), spots


def areas(tmp_path: Path, move: Any = None) -> Source:
    shapes = np.array([shapely.box(116.3 + 0.02 * k, 39.89, 116.3 + 0.02 * (k + 1), 39.915) for k in range(4)])
    if move is not None:
        shapes = shapely.transform(shapes, lambda c: np.column_stack(move(c[:, 0], c[:, 1])))
    return layer(tmp_path, "areas", list(shapes), name=["甲", "乙", "丙", "丁"])


def test_an_undeclared_table_stops_and_asks() -> None:
    with pytest.raises(CrsError, match="--crs"):
        run(places()[0])


def test_a_told_system_is_converted_and_recorded() -> None:
    text, spots = places(wgs84_to_bd09)
    done = run(text, crs="百度坐标")
    compounds = done.district.compounds.loc[[f"C{k}" for k in range(40)]]
    assert np.abs(np.column_stack([compounds["lon"], compounds["lat"]]).astype(float) - spots).max() < 2e-7
    assert np.abs(compounds.geometry.x.to_numpy() - spots[:, 0]).max() < 2e-7
    assert set(compounds["geom_crs_src"]) == {"BD-09"}
    assert done.report.summary["crs"]["applied"] == {"table": "BD-09"}


def test_a_column_that_names_the_system_declares_it() -> None:
    text, spots = places(wgs84_to_gcj02)
    named = "\n".join(line + (",原坐标系" if k == 0 else ",GCJ-02") for k, line in enumerate(text.splitlines())) + "\n"
    lon = run(named).district.compounds.loc["C0", "lon"]
    assert lon == pytest.approx(spots[0, 0], abs=2e-7)


def test_clear_evidence_that_nothing_is_shifted_needs_no_option(tmp_path: Path) -> None:
    done = run(places()[0], areas=areas(tmp_path))
    assert done.report.summary["crs"]["applied"] == {"table": "EPSG:4490", "areas": "EPSG:4490"}
    assert done.report.summary["crs"]["clear"] is True


def test_evidence_of_a_shift_is_proposed_and_applied_only_with_auto(tmp_path: Path) -> None:
    text, spots = places(wgs84_to_bd09)
    shifted = areas(tmp_path, wgs84_to_gcj02)
    with pytest.raises(CrsError, match="--crs auto") as caught:
        run(text, areas=shifted)
    assert "BD-09 / GCJ-02 100.0%" in str(caught.value)
    done = run(text, areas=shifted, crs="auto")
    crs = done.report.summary["crs"]
    assert crs["proposed"] == {"table": "BD-09", "areas": "GCJ-02"}
    assert crs["applied"] == {"table": "BD-09", "areas": "GCJ-02"}
    assert set(crs["evidence"][0]) == {"table", "areas", "agreement"}
    assert done.district.compounds.loc["C3", "lon"] == pytest.approx(spots[3, 0], abs=2e-7)
    by_areas = run(text, areas=shifted, crs="auto", area_label="name")
    assert by_areas.report.summary["crs"]["applied"] == crs["applied"]
    with pytest.raises(CallError, match="街道"):
        run(text, areas=shifted, crs="auto", area_label="没有这列")


def test_auto_with_nothing_to_compare_asks(tmp_path: Path) -> None:
    with pytest.raises(CrsError, match="EPSG:4490"):
        run(places()[0], crs="auto")
    undeclared = layer(tmp_path, "compounds", [square(0)], crs=None, 小区编码=["A1"])
    with pytest.raises(CrsError, match="--crs"):
        run(footprints=undeclared)
    assert run(footprints=undeclared, crs="EPSG:4490").report.summary["matched"] == 1


def test_points_in_their_own_footprints_bear_out_the_declared_system(tmp_path: Path) -> None:
    text, spots = places()
    shapes = [shapely.Point(x, y).buffer(0.0003) for x, y in spots]
    footprints = layer(tmp_path, "compounds", shapes, 小区编码=[f"C{k}" for k in range(40)])
    done = run(text, footprints=footprints)
    assert done.report.summary["crs"]["applied"] == {"table": "EPSG:4490", "footprints": "EPSG:4490"}
    shifted, _ = places(wgs84_to_gcj02)
    with pytest.raises(CrsError, match="GCJ-02"):
        run(shifted, footprints=footprints)
    found = run(shifted, footprints=footprints, crs="auto")
    assert found.report.summary["crs"]["applied"]["table"] == "GCJ-02"
    assert found.district.compounds.loc["C5", "lon"] == pytest.approx(spots[5, 0], abs=2e-7)


def test_footprints_can_be_found_shifted_against_their_points(tmp_path: Path) -> None:
    text, spots = places()
    moved = np.column_stack(wgs84_to_bd09(spots[:, 0], spots[:, 1]))
    shapes = [shapely.Point(x, y).buffer(0.0003) for x, y in moved]
    footprints = layer(tmp_path, "compounds", shapes, 小区编码=[f"C{k}" for k in range(40)])
    done = run(text, footprints=footprints, crs="WGS84", layer_crs={"footprints": "auto"})
    assert done.report.summary["crs"]["applied"]["footprints"] == "BD-09"
    assert done.district.compounds.loc["C7"].geometry.centroid.x == pytest.approx(spots[7, 0], abs=1e-6)


def test_declared_but_shifted_data_is_taken_as_declared_with_a_warning(tmp_path: Path) -> None:
    _, spots = places()
    moved = np.column_stack(wgs84_to_bd09(spots[:, 0], spots[:, 1]))
    shapes = [shapely.Point(x, y).buffer(0.0003) for x, y in moved]
    ids = [f"C{k}" for k in range(40)]
    ledger = "小区编码,小区名称,街道\n" + "".join(f"C{k},小区{k},街道{k % 4}\n" for k in range(40))
    footprints = layer(tmp_path, "compounds", shapes, 小区编码=ids)
    done = run(ledger, footprints=footprints, areas=areas(tmp_path))
    assert done.report.summary["crs"]["applied"]["footprints"] == "EPSG:4490"
    assert "I33" in rules(done)
    fixed = run(ledger, footprints=footprints, areas=areas(tmp_path), crs="auto")
    assert fixed.report.summary["crs"]["applied"]["footprints"] == "BD-09"
    assert "I33" not in rules(fixed)


def test_undeclared_footprints_in_metres_are_found_by_their_points(tmp_path: Path) -> None:
    text, spots = places()
    shapes = gpd.GeoSeries([shapely.Point(x, y).buffer(0.0003) for x, y in spots], crs="EPSG:4490").to_crs(4548)
    ids = [f"C{k}" for k in range(40)]
    footprints = layer(tmp_path, "compounds", list(shapes), crs=None, 小区编码=ids)
    for layer_crs in ({}, {"footprints": "auto"}):
        done = run(text, footprints=footprints, crs="WGS84" if layer_crs else "auto", layer_crs=layer_crs)
        assert done.report.summary["crs"]["applied"] == {"table": "EPSG:4490", "footprints": "EPSG:4548"}
        assert done.district.compounds.loc["C7"].geometry.centroid.x == pytest.approx(spots[7, 0], abs=1e-6)


@pytest.mark.parametrize(("told", "hint"), [("EPSG:4548", "EPSG:4490"), ("EPSG:4490+swapped", "EPSG:4490")])
def test_a_system_that_leads_out_of_china_is_refused_with_a_better_one(told: str, hint: str) -> None:
    with pytest.raises(CrsError, match=hint):
        run(places()[0], crs=told)


def test_north_before_east_in_metres_is_refused_with_the_cure() -> None:
    text = "小区名称,X坐标,Y坐标\n红旗家属院,4418598,448688\n滨河花园,4418698,448788\n"
    with pytest.raises(CrsError, match=r"EPSG:45\d\d\+swapped"):
        run(text, crs="EPSG:4548")
    done = run(text, crs="EPSG:4548+swapped")
    assert done.district.compounds["lat"].astype(float).round(2).tolist() == [39.9, 39.9]


def test_another_datum_is_converted_with_a_warning() -> None:
    text = "小区名称,X坐标,Y坐标\n红旗家属院,448688,4418598\n滨河花园,448788,4418698\n"
    done = run(text, crs="EPSG:2384")
    assert "I31" in rules(done)


def test_declared_footprints_stay_as_declared_where_the_points_do_not_decide(tmp_path: Path) -> None:
    text, spots = places()
    shapes = [shapely.Point(x + 0.01, y).buffer(0.0003) for x, y in spots]
    footprints = layer(tmp_path, "compounds", shapes, 小区编码=[f"C{k}" for k in range(40)])
    done = run(text, footprints=footprints, crs="WGS84", layer_crs={"footprints": "auto"})
    assert done.report.summary["crs"]["applied"]["footprints"] == "EPSG:4490"


def test_communities_serve_as_areas_and_are_converted_with_them(tmp_path: Path) -> None:
    text, spots = places(wgs84_to_bd09)
    shifted = areas(tmp_path, wgs84_to_gcj02)
    done = run(text, layers={"communities": shifted}, crs="auto", by_hand={"name": "community_name"})
    assert done.report.summary["crs"]["applied"] == {
        "table": "BD-09",
        "areas": "GCJ-02",
        "communities": "GCJ-02",
    }
    west = done.district.layers["communities"].geometry.bounds["minx"].min()
    assert west == pytest.approx(116.3, abs=1e-6)
    lon = done.district.compounds.loc["C3", "lon"]
    assert lon == pytest.approx(spots[3, 0], abs=2e-7)
