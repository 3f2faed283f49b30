"""District folders: what is used, what is written down, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from builders import shared_policy
from shapely.geometry import LineString, MultiPolygon, Point, box

from planner.district.district import LAYERS, TABLES
from planner.district.load import read_district
from planner.errors import InputError
from planner.text import render_problems

POLICY = shared_policy()
X, Y = 114.5, 38.0


def _folder(path: Path, ledger: str | None, /, **layers: gpd.GeoDataFrame) -> Path:
    (path / "geo").mkdir(parents=True, exist_ok=True)
    if ledger is not None:
        (path / "compounds.csv").write_text(ledger, encoding="utf-8")
    for name, layer in layers.items():
        layer.to_file(path / "geo" / "district.gpkg", layer=name)
    return path


def _boxes(ids: list[str | None], crs: object = 4490, **columns: list[object]) -> gpd.GeoDataFrame:
    shapes = [box(X + n * 0.01, Y, X + n * 0.01 + 0.005, Y + 0.005) for n in range(len(ids))]
    return gpd.GeoDataFrame({"compound_id": ids, **columns}, geometry=shapes, crs=crs)


def _rules(district, rule: str) -> pd.DataFrame:
    return district.problems[district.problems["rule"] == rule]


def test_a_plain_folder(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "compound_id,name,households\nA1,甲,80\nA2,乙,30\n", compounds=_boxes(["A2", "A1"]))
    district = read_district(folder, POLICY)
    assert district.compounds.index.tolist() == ["A1", "A2"]
    assert district.compounds.index.name == "compound_id"
    assert district.compounds.crs.to_epsg() == 4490
    assert district.compounds.geometry["A1"].bounds[0] == pytest.approx(X + 0.01)
    assert set(district.layers) == set(LAYERS)
    assert set(district.tables) == set(TABLES)
    assert all(len(layer) == 0 for layer in district.layers.values())
    assert district.problems.empty
    assert (district.name, district.demo) == ("", False)


def test_the_shape_is_drawn_or_a_point_or_none(tmp_path: Path) -> None:
    text = f"compound_id,name,lon,lat\nA1,甲,{X},{Y}\nA2,乙,{X},{Y}\nA3,丙,,\n"
    district = read_district(_folder(tmp_path, text, compounds=_boxes(["A1"])), POLICY)
    shapes = district.compounds.geometry
    assert shapes["A1"].geom_type == "Polygon"
    assert shapes["A2"] == Point(X, Y)
    assert shapes["A3"] is None


def test_duplicates(tmp_path: Path) -> None:
    text = "compound_id,name,households\nA1,甲,80\nA1,甲,80\nA1,甲,90\n,乙,30\nA2,丙,20\n"
    district = read_district(_folder(tmp_path, text), POLICY)
    assert district.compounds["households"].to_dict() == {"A1": 80, "A2": 20}
    same, other, nameless = (_rules(district, f"district.{r}") for r in ("same_row", "same_id", "no_id"))
    assert (same["row"].tolist(), same["severity"].tolist()) == ([3], ["info"])
    assert (other["row"].tolist(), other["severity"].tolist()) == ([4], ["error"])
    assert other["params"].iloc[0] == {"first": 2, "compound_id": "A1"}
    assert nameless["row"].tolist() == [5]


def test_shapes_without_row_without_id_and_in_parts(tmp_path: Path) -> None:
    layer = _boxes(["A1", "A1", "X9", None])
    district = read_district(_folder(tmp_path, "compound_id,name\nA1,甲\n", compounds=layer), POLICY)
    assert isinstance(district.compounds.geometry["A1"], MultiPolygon)
    assert _rules(district, "district.parts_joined")["value"].tolist() == ["A1"]
    assert _rules(district, "district.shape_without_row")["value"].tolist() == ["X9"]
    assert _rules(district, "district.shape_no_id")["row"].tolist() == [4]


def test_the_ledger_wins_over_the_columns_of_its_layer(tmp_path: Path) -> None:
    layer = _boxes(["A1"], name=["别名"], households=[5])
    district = read_district(_folder(tmp_path, "compound_id,name\nA1,甲\n", compounds=layer), POLICY)
    assert district.compounds.loc["A1", "name"] == "甲"
    assert pd.isna(district.compounds.loc["A1", "households"])


def test_a_folder_with_nothing_but_a_layer(tmp_path: Path) -> None:
    layer = _boxes(["A1", "A2"], name=["甲", "乙"], households=[80, None])
    district = read_district(_folder(tmp_path, None, compounds=layer), POLICY)
    assert district.compounds["name"].tolist() == ["甲", "乙"]
    assert district.compounds["households"].isna().tolist() == [False, True]
    assert district.compounds.geometry.notna().all()


def test_our_own_csv_is_taken_to_the_letter(tmp_path: Path) -> None:
    text = "compound_id,name,subdistrict_name,note\nA1,甲,红旗街道,同上\nA2,合计,,备注：无\nA3,丙,,\n"
    district = read_district(_folder(tmp_path, text), POLICY)
    assert district.compounds["name"].tolist() == ["甲", "合计", "丙"]
    assert district.compounds["subdistrict_name"].isna().tolist() == [False, True, True]
    assert district.compounds["note"].tolist()[:2] == ["同上", "备注：无"]
    assert district.problems.empty


def test_an_office_ledger_in_the_folder_is_read_as_one(tmp_path: Path) -> None:
    text = "台账,,\n小区编码,小区名称,户数\nA1,甲,约80户\nA2,乙,30\n合计,,110\n"
    (tmp_path / "compounds.csv").write_bytes(text.encode("gb18030"))
    district = read_district(tmp_path, POLICY)
    assert district.compounds["households"].to_dict() == {"A1": 80, "A2": 30}
    repaired = _rules(district, "repair.about").iloc[0]
    assert (repaired["file"], repaired["row"], repaired["column"]) == ("compounds.csv", 3, "户数")
    assert district.original.to_numpy().tolist() == [["A1", "households", "约80户"]]


def test_not_applicable_and_decades_are_kept_by_id(tmp_path: Path) -> None:
    text = "compound_id,name,heating_type,built_year_min\nA1,甲,na,90年代\nA2,乙,无,1985\n"
    district = read_district(_folder(tmp_path, text), POLICY)
    assert district.not_applicable == {("A1", "heating_type")}
    assert district.year_range.loc["A1"].tolist() == [1990, 1999]
    assert district.year_range.index.equals(district.compounds.index)


def test_layers_are_typed_repaired_and_brought_to_4490(tmp_path: Path) -> None:
    buildings = gpd.GeoDataFrame(
        {"building_id": ["b1", "b2"], "compound_id": ["A1", "A1"], "层数": [6, 500]},
        geometry=[
            box(500_000, 4_200_000, 500_020, 4_200_010),
            LineString([(500_000, 4_200_000), (500_001, 4_200_001)]),
        ],
        crs=4547,
    )
    roads = gpd.GeoDataFrame({"name": ["幸福路"]}, geometry=[LineString([(X, Y), (X + 1, Y)])], crs=4326)
    district = read_district(_folder(tmp_path, "compound_id,name\nA1,甲\n", buildings=buildings, roads=roads), POLICY)
    read = district.layers["buildings"]
    assert read["floors"].isna().tolist() == [False, True]
    assert read.geometry.isna().tolist() == [False, True]
    assert read.crs.to_epsg() == 4490
    assert read.geometry[0].bounds[0] == pytest.approx(114.0, abs=1e-6)
    assert district.layers["roads"].geometry[0].coords[0] == (X, Y)
    assert set(district.problems["rule"]) >= {"layer.wrong_kind", "cell.hard_limit"}
    assert _rules(district, "layer.wrong_kind")["file"].tolist() == ["district.gpkg:buildings"]


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_layers_without_crs(tmp_path: Path) -> None:
    degrees = _boxes(["A1"], crs=None)
    metres = gpd.GeoDataFrame({"building_id": ["b"]}, geometry=[box(500_000, 4_200_000, 500_020, 4_200_010)])
    district = read_district(
        _folder(tmp_path, "compound_id,name\nA1,甲\n", compounds=degrees, buildings=metres), POLICY
    )
    assert _rules(district, "layer.crs_assumed")["severity"].tolist() == ["warning"]
    assert _rules(district, "layer.crs_missing")["severity"].tolist() == ["error"]
    assert district.compounds.geometry.notna().all()
    assert len(district.layers["buildings"]) == 0


def test_layers_in_files_of_their_own_and_foreign_ones(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "compound_id,name\nA1,甲\n", buildings=_boxes(["A1"]))
    _boxes(["A1"]).to_file(folder / "geo" / "buildings.geojson")
    _boxes(["A1"]).to_parquet(folder / "geo" / "green.parquet")
    _boxes(["A1"]).to_file(folder / "geo" / "district.gpkg", layer="杂项")
    (folder / "geo" / "water.geojson").write_text("{")
    district = read_district(folder, POLICY)
    assert (len(district.layers["buildings"]), len(district.layers["green"])) == (1, 1)
    assert _rules(district, "layer.twice")["value"].tolist() == ["buildings"]
    assert _rules(district, "layer.ignored")["value"].tolist() == ["杂项"]
    assert _rules(district, "layer.unreadable")["file"].tolist() == ["water.geojson"]


def test_governance_and_heads(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "compound_id,name,district_name\nA1,甲,云湖区\n")
    (folder / "governance").mkdir()
    (folder / "governance" / "meetings.csv").write_text("meeting_id,held_on,items_raised\nm1,2024.3.5,3\n")
    (folder / "governance" / "issues.csv").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "import.json").write_text('{"crs": {"applied": "BD-09"}}')
    district = read_district(folder, POLICY)
    assert district.tables["meetings"]["held_on"].tolist() == [pd.Timestamp("2024-03-05")]
    assert len(district.tables["issues"]) == 0
    assert _rules(district, "file.not_text")["file"].tolist() == ["issues.csv"]
    assert district.crs_note == {"crs": {"applied": "BD-09"}}
    assert district.name == "云湖区"
    (folder / "district.json").write_text(json.dumps({"name": "别名", "demo": True}))
    (folder / "import.json").write_text("{")
    again = read_district(folder, POLICY)
    assert (again.name, again.demo, dict(again.crs_note)) == ("别名", True, {})
    assert _rules(again, "district.json")["file"].tolist() == ["import.json"]


def test_kept_texts_that_are_no_longer_true_are_dropped(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "compound_id,name,households,property_status\nA1,甲,80,专业物业\nA2,乙,30,无\n")
    kept = "compound_id,field,text\nA1,households,约80户\nA1,property_status,某某物业有限公司\n"
    (folder / "original.csv").write_text(kept + "A2,households,约80户\nA9,households,约80户\nA2,没有,x\n")
    found = read_district(folder, POLICY).original
    assert found.to_numpy().tolist() == [
        ["A1", "households", "约80户"],
        ["A1", "property_status", "某某物业有限公司"],
    ]
    (folder / "original.csv").write_bytes(b"\xff\xfe")
    assert read_district(folder, POLICY).original.empty


@pytest.mark.parametrize("text", ["compound_id,name\n", "compound_id,name\nA1,甲\n"])
def test_none_and_one(tmp_path: Path, text: str) -> None:
    district = read_district(_folder(tmp_path, text), POLICY)
    assert len(district.compounds) == text.count("A1")
    assert district.year_range.index.equals(district.compounds.index)


def test_nothing_usable_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="没有找到辖区文件夹"):
        read_district(tmp_path / "none", POLICY)
    with pytest.raises(InputError, match=r"compounds\.csv"):
        read_district(tmp_path, POLICY)
    (tmp_path / "compounds.csv").write_bytes(b"")
    with pytest.raises(InputError, match="文件是空的"):
        read_district(tmp_path, POLICY)


def test_every_problem_can_be_said_in_both_languages(tmp_path: Path) -> None:
    text = "compound_id,name,households,错列\nA1,甲,许多,1\nA1,甲,80,2\n"
    district = read_district(_folder(tmp_path, text, compounds=_boxes(["A1", "X"])), POLICY)
    for lang in ("zh", "en"):
        assert (render_problems(district.problems, lang)["message"].str.len() > 5).all()


@pytest.mark.needs_shared
def test_the_real_district_as_a_folder(shared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "geo"
    folder.mkdir()
    (tmp_path / "compounds.csv").symlink_to(shared / "real_district" / "real_compounds_gb18030.csv")
    (folder / "district.gpkg").symlink_to(shared / "real_district" / "real_district.gpkg")
    district = read_district(tmp_path, POLICY)
    assert len(district.compounds) == 761
    assert district.compounds["property_status"].isna().sum() == 467
    assert (district.compounds["property_status"] == "无").sum() == 4
    assert district.compounds["built_year_min"].isna().sum() == 443
    assert district.compounds.geometry.notna().all()
    assert len(_rules(district, "cell.range")) == 22
