"""ranking and item list in every format: the columns of the contract, the same bytes, text that stays text."""

from __future__ import annotations

import csv
import datetime as dt
import functools
import io
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest

from planner.decisions.pipeline import Assessment, assess
from planner.district.district import District
from planner.outputs import item_file, ranking_file
from planner.outputs.columns import ITEM_COLUMNS, PROGRAMME_COLUMNS, ranking_columns
from planner.outputs.item_file import write_items
from planner.outputs.overview_table import overview_table
from planner.outputs.ranking_file import programmes_file, write_programmes, write_ranking
from planner.outputs.tables import item_table, programmes_table, ranking_table, ranking_workbook
from tests.builders import make_district
from tests.cases import AS_OF, case_1, case_2, case_4, case_6, case_8, case_policy
from tests.joined import case_district, joined

HOSTILE = '=HYPERLINK("http://x","点")'


@functools.cache
def _cases() -> tuple[Assessment, District]:
    district = case_district()
    return assess(district, case_policy(), as_of=AS_OF), district


@functools.cache
def _hostile() -> tuple[Assessment, District]:
    names = [case_1(name=HOSTILE), case_2(name="+86\n甲,乙"), case_4(note="@SUM(A1)", name="\t{{7*7}}"), case_6()]
    district = joined(names)
    return assess(district, case_policy(), as_of=AS_OF), district


@functools.cache
def _empty() -> tuple[Assessment, District]:
    district = make_district([])
    return assess(district, case_policy(), as_of=AS_OF), district


@functools.cache
def _points() -> tuple[Assessment, District]:
    district = make_district([{"compound_id": "P1", "name": "只有名字"}, {"compound_id": "P2", "name": "乙"}])
    return assess(district, case_policy(), as_of=AS_OF), district


@functools.cache
def _again(made: Any) -> tuple[Assessment, District]:
    again: tuple[Assessment, District] = made.__wrapped__()
    return again


def _rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def _write(suffix: str, made: tuple[Assessment, District], folder: Path, lang: str = "zh") -> bytes:
    path = folder / f"ranking{suffix}"
    path.unlink(missing_ok=True)
    write_ranking(*made, path=path, lang=lang)
    return path.read_bytes()


def test_ranking_csv_has_the_columns_and_order_of_the_contract(tmp_path: Path) -> None:
    assessment, _ = _cases()
    data = _write(".csv", _cases(), tmp_path)
    assert data.startswith(b"\xef\xbb\xbfcompound_id,name,rank,block,state,verify,state_reason,sentence,profile,score,")
    lines = data.decode("utf-8-sig").split("\r\n")
    header = lines[0].split(",")
    assert ",".join(header[9:24]) == (
        "score,score_low,score_high,completeness,need,readiness,band,built_year_min,households,cost_now,cost_all,"
        "N_assumed,D_assumed,R_assumed,V_assumed"
    )
    codes = list(case_policy().criteria.index)
    assert header[24:] == [f"{code}_{part}" for code in codes for part in ("x", "v", "lo", "hi", "p")]
    assert lines[-1] == ""
    assert "\n" not in data.decode().replace("\r\n", "")
    assert [row["compound_id"] for row in _rows(data)] == list(assessment.ranking["compound_id"])


def test_ranking_csv_keeps_every_number(tmp_path: Path) -> None:
    assessment, _ = _cases()
    rows = _rows(_write(".csv", _cases(), tmp_path))
    table = ranking_table(assessment)
    for name in ("score", "score_low", "score_high", "completeness", "n2_v", "n3_p"):
        assert [float(row[name]) if row[name] else None for row in rows] == [
            None if pd.isna(value) else float(value) for value in table[name]
        ]
    assert all(row["cost_now"] == "" or row["cost_now"].isdigit() for row in rows)


@pytest.mark.parametrize("suffix", list(ranking_file.FORMATS))
@pytest.mark.parametrize("made", [_cases, _hostile, _empty, _points])
def test_the_same_input_gives_the_same_bytes(suffix: str, made: Any, tmp_path: Path) -> None:
    """The assessment is computed twice: nothing in it may depend on chance, on the clock or on a former run."""
    assert _write(suffix, made(), tmp_path) == _write(suffix, _again(made), tmp_path)


@pytest.mark.parametrize("suffix", [".xlsx", ".gpkg"])
def test_another_as_of_date_gives_other_bytes(suffix: str, tmp_path: Path) -> None:
    district = case_district()
    later = assess(district, case_policy(), as_of=AS_OF + dt.timedelta(days=1))
    assert _write(suffix, _cases(), tmp_path) != _write(suffix, (later, district), tmp_path)


def test_hostile_text_stays_text_in_the_workbook(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(_write(".xlsx", _hostile(), tmp_path)))
    assert book.sheetnames == ["一览表", "街道汇总", "项目清单", "programmes", "ranking", "codebook"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b"}
    assert HOSTILE in {cell.value for cell in cells}
    assert not any(cell.hyperlink for cell in cells)


def test_hostile_text_cannot_run_from_a_csv(tmp_path: Path) -> None:
    rows = _rows(_write(".csv", _hostile(), tmp_path))
    assert f"'{HOSTILE}" in {row["name"] for row in rows}
    assert "'+86\n甲,乙" in {row["name"] for row in rows}
    assert not any(str(cell).startswith(("=", "+", "@", "\t")) for row in rows for cell in row.values())


def test_the_overview_sheet_says_what_the_ledger_says() -> None:
    assessment, district = _cases()
    table = overview_table(assessment, district)
    assert list(table.index) == list(assessment.ranking["compound_id"])
    assert list(table["no"]) == list(range(1, 8))
    first = table.loc["C01"]
    assert (first["built"], first["households"], first["buildings"]) == ("80年代", 108, 3)
    assert (first["place"], first["property"]) == ("城东街道/东街社区", "社区托管")
    assert first["cost"] == pytest.approx(13.36)
    assert first["cost_range"] == "7.50—25.00"
    assert first["per_household"] == round(133_600 / 108)
    assert first["consent"] == pytest.approx(96 / 108)
    assert "微改造" in first["programmes"]
    assert "9樘" in first["items"]
    assert "视频监控" in first["gaps"]
    assert table.loc["C06", "built"] == "1994"
    assert table.loc["C07", "heating"] == "管龄28年；不达标33%"
    assert table["cost"].sum() * 10_000 == pytest.approx(float(assessment.ranking["cost_now"].sum()))
    book = openpyxl.load_workbook(io.BytesIO(ranking_workbook(assessment, district)))
    sheet = book["一览表"]
    assert [c.value for c in sheet[3]][:5] == ["序号", "小区（院落）", "街道/社区", "建成年代", "栋数（栋）"]
    assert "数据截至2026年11月23日" in sheet["A2"].value
    assert assessment.policy.version in sheet.oddFooter.left.text


def test_the_street_sheet_adds_up_to_the_district() -> None:
    assessment, district = _cases()
    book = openpyxl.load_workbook(io.BytesIO(ranking_workbook(assessment, district)))
    rows = [[cell.value for cell in row] for row in book["街道汇总"].iter_rows(min_row=3)]
    heads, body, total = rows[0], rows[1:-1], rows[-1]
    assert total[0] == "合计"
    for place, head in enumerate(heads[1:], 1):
        assert sum(row[place] for row in body) == total[place], head
    assert total[heads.index("户数")] == int(district.compounds["households"].sum())
    states = [row[0] for row in book["一览表"].iter_rows(min_row=4, min_col=18, max_col=18)]
    assert {cell.value: cell.fill.start_color.rgb for cell in states}["可列入"] == "FF0B4F8A"


def test_an_unknown_says_so_and_is_not_zero() -> None:
    table = overview_table(*_points())
    assert list(table["built"]) == ["待核实", "待核实"]
    assert table[["households", "floor_area", "consent", "hotline"]].isna().all().all()


def test_english_workbook() -> None:
    assessment, district = _cases()
    book = openpyxl.load_workbook(io.BytesIO(ranking_workbook(assessment, district, "en")))
    assert book.sheetnames[:3] == ["Overview", "Sub-districts", "Items"]
    assert book["Overview"]["B3"].value == "Compound (courtyard)"


def test_the_layer_opens_in_a_desktop_gis(tmp_path: Path) -> None:
    assessment, _ = _cases()
    _write(".gpkg", _cases(), tmp_path)
    layer = pyogrio.read_dataframe(tmp_path / "ranking.gpkg", layer="ranking")
    assert layer.crs.to_epsg() == 4490
    assert list(layer["compound_id"]) == list(assessment.ranking["compound_id"])
    assert list(layer.columns) == [*ranking_columns(assessment.policy), "geometry"]
    assert layer.geometry.notna().all()
    programmes = pyogrio.read_dataframe(tmp_path / "ranking.gpkg", layer="programmes", read_geometry=False)
    assert len(programmes) == 7 * len(assessment.policy.programmes)


def test_geojson_follows_rfc_7946(tmp_path: Path) -> None:
    document = json.loads(_write(".geojson", _cases(), tmp_path))
    assert "crs" not in document
    assert len(document["features"]) == 7
    assert document["features"][0]["geometry"]["type"] == "Polygon"


def test_parquet_reads_back_with_types(tmp_path: Path) -> None:
    assessment, _ = _cases()
    _write(".parquet", _cases(), tmp_path)
    layer = gpd.read_parquet(tmp_path / "ranking.parquet")
    assert layer.crs.to_epsg() == 4490
    assert layer["score"].tolist() == assessment.ranking["score"].tolist()


def test_programmes_stand_beside_formats_that_hold_one_table(tmp_path: Path) -> None:
    assessment, _ = _cases()
    assert programmes_file(Path("a/ranking.csv")) == Path("a/ranking_programmes.csv")
    assert programmes_file(Path("a/r.geojson")) == Path("a/r_programmes.csv")
    assert programmes_file(Path("a/r.xlsx")) is None
    assert programmes_file(Path("a/r.gpkg")) is None
    path = tmp_path / "p.csv"
    write_programmes(assessment, path, lang="zh")
    rows = _rows(path.read_bytes())
    assert list(rows[0]) == list(PROGRAMME_COLUMNS)
    assert {row["result"] for row in rows} <= {"符合", "不符合", "待核实"}
    codes = list(assessment.policy.programmes.index)
    assert [row["code"] for row in rows[: len(codes)]] == codes
    beside = programmes_file(tmp_path / "r.parquet")
    assert beside is not None
    write_programmes(assessment, beside, lang="en")
    assert set(pd.read_parquet(beside)["result"]) <= {"yes", "no", "to verify"}


def test_programmes_say_why_case_1_waits() -> None:
    table = programmes_table(_cases()[0]).set_index(["compound_id", "code"])
    assert table.loc[("C01", "A"), "result"] == "待核实"
    assert "built_year" in table.loc[("C01", "A"), "missing"]
    assert table.loc[("C01", "M"), "result"] == "符合"


@pytest.mark.parametrize("suffix", list(item_file.FORMATS))
@pytest.mark.parametrize("made", [_cases, _empty, _points])
def test_items_in_every_format(suffix: str, made: Any, tmp_path: Path) -> None:
    assessment, district = made()
    path = tmp_path / f"item_list{suffix}"
    for _ in range(2):
        before = path.read_bytes() if path.exists() else None
        write_items(assessment, district, path=path, lang="zh", known=False)
        assert before in (None, path.read_bytes())
    if suffix == ".csv":
        assert path.read_bytes().decode("utf-8-sig").split("\r\n")[0] == ",".join(ITEM_COLUMNS)
    else:
        assert openpyxl.load_workbook(path).sheetnames == ["项目清单", "item_list", "codebook"]


def test_items_are_in_order_and_known_leaves_out_the_unknown() -> None:
    district = joined([case_1(), case_8(cctv_points=None, cctv_working=None), case_2()])
    assessment = assess(district, case_policy(), as_of=AS_OF)
    everything, known = item_table(assessment.items), item_table(assessment.items, known=True)
    ranks = everything["rank"].dropna().tolist()
    assert ranks == sorted(ranks)
    assert everything["rank"].isna().tolist() == sorted(everything["rank"].isna())
    assert known["deficit"].notna().all()
    unknown = everything.loc[everything["deficit"].isna()]
    assert set(unknown["compound_id"]) == {"C08"}
    assert len(known) == len(everything) - len(unknown)
    assert unknown[["qty", "cost", "rank"]].isna().all().all()
    assert unknown["condition"].str.contains("待核实").all()


def test_writing_changes_nothing() -> None:
    assessment, district = _cases()
    before = assessment.ranking.copy(), assessment.items.copy(), district.compounds.copy()
    ranking_workbook(assessment, district)
    for old, new in zip(before, (assessment.ranking, assessment.items, district.compounds), strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(old), pd.DataFrame(new))
