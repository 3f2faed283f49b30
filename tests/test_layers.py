"""Layers of every format, with Chinese names and attributes in every encoding."""

from __future__ import annotations

import shutil
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import Point, box

from planner.district.dbf_encoding import dbf_encoding
from planner.district.layers import list_layers, read_layer
from planner.errors import InputError

NAMES = ["幸福路28号院", "机械厂家属院"]


def _frame(crs: object = 4490) -> gpd.GeoDataFrame:
    shapes = [box(n, 0, n + 1, 1) for n in range(len(NAMES))]
    return gpd.GeoDataFrame({"小区名称": NAMES, "户数": [80, 30]}, geometry=shapes, crs=crs)


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "parquet"])
def test_formats_give_one_layer(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"小区.{suffix}"
    frame = _frame(4326)
    frame.to_parquet(path) if suffix == "parquet" else frame.to_file(path)
    read = read_layer(path)
    assert list_layers(path) == ["小区"]
    assert read["小区名称"].tolist() == NAMES
    assert read["户数"].tolist() == [80, 30]
    assert read.crs == 4326
    assert read.geometry.bounds.to_numpy().tolist() == [[0, 0, 1, 1], [1, 0, 2, 1]]


@pytest.mark.parametrize(("codec", "found"), [("GBK", "GB18030"), ("UTF-8", "UTF-8"), ("CP950", "CP950")])
def test_a_shapefile_without_cpg(tmp_path: Path, codec: str, found: str) -> None:
    path = tmp_path / "a.shp"
    names = ["幸福里無物業", "機械廠宿舍"] if codec == "CP950" else NAMES
    gpd.GeoDataFrame({"NAME": names}, geometry=[Point(0, 0)] * 2, crs=4490).to_file(path, encoding=codec)
    path.with_suffix(".cpg").unlink()
    assert dbf_encoding(path) == found
    assert read_layer(path)["NAME"].tolist() == names


def test_a_cpg_that_lies_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "a.shp"
    gpd.GeoDataFrame({"NAME": NAMES}, geometry=[Point(0, 0)] * 2, crs=4490).to_file(path, encoding="GBK")
    path.with_suffix(".cpg").write_text("UTF-8")
    assert read_layer(path)["NAME"].tolist() == NAMES
    path.with_suffix(".cpg").write_text("936")
    assert dbf_encoding(path) == "GBK"
    assert dbf_encoding(path, "latin1") == "latin1"


def test_a_zipped_shapefile(tmp_path: Path) -> None:
    gpd.GeoDataFrame({"NAME": NAMES}, geometry=[Point(0, 0)] * 2, crs=4490).to_file(tmp_path / "a.shp", encoding="GBK")
    (tmp_path / "a.cpg").unlink()
    path = tmp_path / "边界.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in tmp_path.glob("a.*"):
            archive.write(part, f"内/{part.name}")
    assert read_layer(path)["NAME"].tolist() == NAMES
    with pytest.raises(InputError, match="没有名为“b”的图层"):
        read_layer(path, "b")


def test_no_crs_stays_none(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    with pytest.warns(UserWarning, match="crs"):
        _frame(None).to_file(path)
    assert read_layer(path).crs is None


def test_a_geojson_in_gb18030(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    _frame(4326).to_file(path)
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    assert read_layer(path)["小区名称"].tolist() == NAMES


def test_lists_in_cells_become_text(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":["x","y"]},'
        '"geometry":{"type":"Point","coordinates":[1,2]}}]}'
    )
    assert read_layer(path)["a"].tolist() == ['["x", "y"]']


def test_which_layer_is_asked_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    for name in ("小区", "楼栋"):
        _frame().to_file(path, layer=name)
    assert list_layers(path) == ["小区", "楼栋"]
    assert len(read_layer(path, "楼栋")) == 2
    with pytest.raises(InputError, match="现有图层：小区、楼栋"):
        read_layer(path)
    with pytest.raises(InputError, match="没有名为“道路”的图层"):
        read_layer(path, "道路")


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp", "a.parquet", "a.zip"])
def test_damaged_files_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"no layer at all")
    with pytest.raises(InputError, match=name):
        read_layer(path)


def test_unknown_formats_and_absent_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="不支持"):
        read_layer(tmp_path / "a.dwg")
    with pytest.raises(InputError, match="读不到"):
        read_layer(tmp_path / "a.gpkg")


@pytest.mark.needs_shared
def test_the_real_gbk_shapefile(shared: Path, tmp_path: Path) -> None:
    read = read_layer(shared / "gbk_shapefile" / "区县界_area.shp")
    assert (len(read), read.crs.to_epsg()) == (38, 4326)
    assert read["NAME"].tolist()[:3] == ["奉节县", "云阳县", "开县"]
    for part in (shared / "gbk_shapefile").glob("*.*"):
        shutil.copy(part, tmp_path / f"a{part.suffix.upper()}")
    (tmp_path / "A.shp").symlink_to(tmp_path / "a.SHP")
    assert dbf_encoding(tmp_path / "a.SHP") == "GB18030"


def test_a_name_and_a_cell_cut_in_the_middle_of_a_character_are_read_up_to_it(tmp_path: Path) -> None:
    path, long = tmp_path / "a.shp", "区" * 90
    frame = gpd.GeoDataFrame({"小区名称": NAMES, "NOTE": [long, "短"]}, geometry=[Point(0, 0)] * 2, crs=4490)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.to_file(path, encoding="UTF-8")
    before = path.with_suffix(".dbf").read_bytes()
    assert "小区名".encode() + b"\xe7" in before
    assert dbf_encoding(path) == "UTF-8"
    read = read_layer(path)
    assert read["小区名"].tolist() == NAMES
    assert read["NOTE"].tolist() == ["区" * 84, "短"]
    assert path.with_suffix(".dbf").read_bytes() == before
