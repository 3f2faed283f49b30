"""`planner import` from the command line: calls, memory, exit codes, and the real data of ../shared."""

import json
import os
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from planner.cli import import_
from planner.cli.main import main
from planner.district.load import read_district
from planner.district.offsets import bd09_to_wgs84
from tests.builders import shared_policy

SHARED = Path(os.environ.get("PLANNER_SHARED", "../shared")) / "data"
REAL, BEIJING = SHARED / "real_district", SHARED / "beijing_points"
LEDGER = "小区编码,小区名称,建成年份,建筑年代\nA1,红旗家属院,1985,1986\nA2,滨河花园,1990,1991\n"


@pytest.fixture(autouse=True)
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "memory"
    monkeypatch.setenv("PLANNER_VAR", str(folder))
    return folder


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "台账.csv"
    path.write_text(LEDGER, encoding="utf-8")
    return path


def call(*words: object) -> int:
    return main(["import", *map(str, words)])


def summary(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    capsys.readouterr()
    assert call(*words, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_a_hand_is_remembered_for_the_same_headers(ledger: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert call("--table", ledger, "--out", out) == 1
    assert not out.exists()
    assert call("--table", ledger, "--map", "建筑年代=built_year_min", "--out", out) == 0
    first = (out / "compounds.csv").read_bytes()
    assert call("--table", ledger, "--out", out) == 0
    assert (out / "compounds.csv").read_bytes() == first
    assert read_district(out, shared_policy()).compounds["built_year_min"].tolist() == [1986, 1991]


def test_ids_stay_on_a_second_import_into_the_same_folder(tmp_path: Path) -> None:
    table, out = tmp_path / "t.csv", tmp_path / "out"
    table.write_text("小区名称,社区\n红旗,东风\n滨河,东风\n", encoding="utf-8")
    assert call("--table", table, "--out", out) == 0
    before = read_district(out, shared_policy()).compounds["name"]
    table.write_text("小区名称,社区\n安康里,东风\n滨河小区,东风\n红旗,东风\n", encoding="utf-8")
    assert call("--table", table, "--out", out) == 0
    after = read_district(out, shared_policy()).compounds["name"]
    assert [name.removesuffix("小区") for name in after[before.index]] == before.tolist()
    assert after.index.is_unique


def test_rows_that_contradict_are_left_out_with_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, out = tmp_path / "t.csv", tmp_path / "out"
    table.write_text("小区编码,小区名称,户数\nA1,红旗,10\nA1,红旗,20\nA2,建设,5\n", encoding="utf-8")
    problems = tmp_path / "问题.csv"
    assert call("--table", table, "--out", out, "--problems", problems) == 1
    assert "1行" in capsys.readouterr().err
    assert len(read_district(out, shared_policy()).compounds) == 2
    listed = pd.read_csv(problems)
    assert listed.loc[listed["severity"] == "error", "row"].tolist() == [3]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--table", "{ledger}", "--map", "nothing"],
        ["--table", "{ledger}", "--map", "建筑年代=built_year_min", "--map", "没有=name"],
        ["--table", "{ledger}", "--layer", "buildings"],
        ["--table", "{ledger}", "--layer", "houses=x.gpkg"],
        ["--table", "{ledger}", "--layer", "roads=a.gpkg", "--layer", "roads=b.gpkg"],
        ["--table", "{ledger}", "--lonlat", "经度"],
        ["--table", "{ledger}", "--layer-crs", "roads=auto"],
    ],
)
def test_calls_that_make_no_sense_end_with_2_and_write_nothing(words: list[str], ledger: Path, tmp_path: Path) -> None:
    shown = [word.replace("{ledger}", str(ledger)) for word in words]
    assert call(*shown, "--out", tmp_path / "out") == 2
    assert not (tmp_path / "out").exists()


def test_a_name_of_a_system_that_nobody_knows_is_a_wrong_call(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("小区名称,经度,纬度\n红旗,116.3,39.9\n建设,116.4,39.9\n", encoding="utf-8")
    assert call("--table", table, "--crs", "北京坐标", "--out", tmp_path / "out") == 2
    assert call("--table", table, "--out", tmp_path / "out") == 1
    assert call("--table", table, "--crs", "GCJ-02", "--out", tmp_path / "out") == 0


def test_a_folder_that_is_no_district_is_never_replaced(ledger: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "报告.docx").write_text("x")
    assert call("--table", ledger, "--map", "建筑年代=built_year_min", "--out", out) == 2
    assert [f.name for f in out.iterdir()] == ["报告.docx"]


def test_a_layer_is_named_after_a_colon_and_paths_with_colons_stay_whole(tmp_path: Path) -> None:
    odd = tmp_path / "a:b.gpkg"
    odd.touch()
    assert import_.source_of(str(odd)).content == odd
    named = import_.source_of(f"{odd}:compounds")
    assert (named.content, named.layer) == (odd, "compounds")
    assert import_.source_of("C:x.gpkg").layer == ""


def test_the_summary_has_the_agreed_shape_and_goes_to_standard_output(
    ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "f.geojson"
    shape = shapely.box(116.3, 39.9, 116.301, 39.901)
    gpd.GeoDataFrame({"小区编码": ["A1"]}, geometry=[shape], crs="EPSG:4326").to_file(path)
    hand = ("--map", "建筑年代=built_year_min")
    found = summary(capsys, "--table", ledger, *hand, "--footprints", path, "--out", tmp_path / "out", "--lang", "en")
    assert {"rows", "matched", "unmatched", "encoding", "columns", "repairs", "crs"} <= set(found)
    assert {"applied", "proposed", "clear", "evidence"} <= set(found["crs"])
    assert (found["rows"], found["matched"], found["unmatched"]) == (2, 1, 1)
    assert json.loads((tmp_path / "out" / "import.json").read_text(encoding="utf-8")) == found


REAL_CALL = [
    "--footprints",
    f"{REAL}/real_district.gpkg:compounds",
    "--layer",
    f"buildings={REAL}/real_district.gpkg:buildings",
]


@pytest.mark.needs_shared
def test_real_district_in_both_encodings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [tmp_path / "utf8", tmp_path / "gb18030"]
    for folder, name in zip(folders, ("real_compounds.csv", "real_compounds_gb18030.csv"), strict=True):
        found = summary(capsys, "--table", REAL / name, *REAL_CALL, "--out", folder)
        assert (found["rows"], found["matched"], found["unmatched"], found["rejected"]) == (761, 761, 0, 0)
        cells = found["cells"]
        assert cells["total"] == 761 * 24 == cells["mapped"] + cells["unmapped"] + cells["problem"]
        assert cells["unmapped"] == 761 * 16
        assert cells["problem"] == len(found["problem_cells"]) == 22
        assert {c["column"] for c in found["problem_cells"]} == {"物业费"}
        assert found["columns"] == {
            "compound_id": "compound_id",
            "小区名称": "name",
            "建筑年代": "built_year_min",
            "总栋数": "buildings_n",
            "总户数": "households",
            "物业费": "fee_yuan_m2_month",
            "物业公司": "property_status",
            "地址": "address",
        }
    for name in ("compounds.csv", "geo/district.gpkg", "original.csv", "district.json"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
    compounds = read_district(folders[0], shared_policy()).compounds
    assert compounds["property_status"].isna().sum() == 467
    assert (compounds["property_status"] == "无").sum() == 4
    assert compounds["built_year_min"].isna().sum() == 443
    assert set(compounds.geom_type) == {"MultiPolygon"}


@pytest.mark.needs_shared
def test_beijing_points_with_their_districts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--table", BEIJING / "compounds_bd09.csv", "--areas", BEIJING / "districts_gcj02.json"]
    words = [*files, "--area-label", "DISTRICT", "--out", tmp_path / "out"]
    assert call(*words) == 1
    assert "BD-09 / GCJ-02 99.1%" in capsys.readouterr().err
    found = summary(capsys, *words, "--crs", "auto")
    crs = found["crs"]
    assert crs["applied"] == crs["proposed"] == {"table": "BD-09", "areas": "GCJ-02"}
    assert crs["clear"] is True
    assert [round(pair["agreement"], 3) for pair in crs["evidence"][:2]] == [0.991, 0.937]
    assert (found["rows"], found["points"], found["merged"]) == (4846, 4846, 5)
    assert found["cells"] == {"total": 4851 * 7, "mapped": 4851 * 6, "unmapped": 4851, "problem": 0}
    table = pd.read_csv(BEIJING / "compounds_bd09.csv", dtype={"ID": str}).drop_duplicates().set_index("ID")
    compounds = read_district(tmp_path / "out", shared_policy()).compounds
    lon, lat = bd09_to_wgs84(*(table.loc[compounds.index, axis].to_numpy() for axis in ("longitude", "latitude")))
    assert abs(compounds.geometry.x.to_numpy() - lon).max() < 1e-7
    assert abs(compounds.geometry.y.to_numpy() - lat).max() < 1e-7
