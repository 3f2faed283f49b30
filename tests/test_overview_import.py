"""The import steps as values: a real office file in bytes, corrections, coordinate systems, what is written."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
from shapely.geometry import box

from planner.district.load import read_district
from planner.web import import_state
from planner.web.blocks import plain_label
from planner.web.import_state import Upload, Wish
from tests.builders import shared_policy

HEADS = ("序号", "小区名称", "社区", "户数", "建成时间", "怪列")
ROWS = (
    (1, "红旗家属院", "红旗", 120, 1986, "a"),
    (2, "幸福里", "红旗", 60, "80年代", "b"),
    ("小计", None, None, 180, None, None),
    (3, "幸福里", "站前", 48, 1992, "c"),
)


def _ledger() -> Upload:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["云湖区老旧小区台账"])
    for row in (HEADS, *ROWS):
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return Upload("台账.xlsx", out.getvalue())


def _boundaries() -> Upload:
    shapes = gpd.GeoDataFrame(
        {"小区名称": ["红旗家属院"]}, geometry=[box(116.0, 39.0, 116.001, 39.001)], crs="EPSG:4490"
    )
    return Upload("边界.geojson", shapes.to_json().encode("utf-8"))


def test_the_line_says_what_was_read_skipped_and_doubtful(tmp_path: Path) -> None:
    outcome = import_state.try_import(Wish(_ledger()), shared_policy(), tmp_path)
    assert outcome.error is None
    assert outcome.result is not None
    assert import_state.count_text(outcome.result, "zh") == "读到**4**行：**3**个小区、1行合计已跳过、2行重名待确认"


def test_a_column_can_be_given_another_field_and_that_is_remembered(tmp_path: Path) -> None:
    policy, wish = shared_policy(), Wish(_ledger())
    result = import_state.try_import(wish, policy, tmp_path).result
    assert result is not None
    before = import_state.mapping_rows(result, policy, "zh")
    assert before.loc[before["header"] == "怪列", "field"].tolist() == ["（不导入）"]
    after = before.copy()
    after.loc[after["header"] == "怪列", "field"] = import_state.field_labels(policy, "zh")["note"]
    changed = import_state.hand_changes(before, after, policy, "zh")
    assert changed == {"怪列": "note"}
    again = Wish(_ledger(), by_hand=changed)
    result = import_state.try_import(again, policy, tmp_path).result
    assert result is not None
    assert set(result.district.compounds["note"]) == {"a", "b", "c"}
    import_state.remember_mapping(result, again, tmp_path)
    fresh = import_state.try_import(wish, policy, tmp_path).result
    assert fresh is not None
    assert set(fresh.district.compounds["note"]) == {"a", "b", "c"}


def test_a_column_can_be_left_out(tmp_path: Path) -> None:
    policy = shared_policy()
    result = import_state.try_import(Wish(_ledger(), by_hand={"户数": ""}), policy, tmp_path).result
    assert result is not None
    assert result.district.compounds["households"].isna().all()


def test_kept_data_can_be_read_as_a_district_and_name_who_did_it(tmp_path: Path) -> None:
    wish = Wish(_ledger(), _boundaries(), name="云湖区")
    result = import_state.try_import(wish, shared_policy(), tmp_path).result
    assert result is not None
    folder = import_state.keep(result, wish, tmp_path, author="李工", today=dt.date(2026, 11, 24))
    assert folder.parent == tmp_path / "districts"
    district = read_district(folder, shared_policy())
    assert district.name == "云湖区"
    assert district.compounds.geometry.notna().sum() == 1
    note = json.loads((folder / "import.json").read_text(encoding="utf-8"))
    assert (note["author"], note["imported_on"], note["files"]) == ("李工", "2026-11-24", ["台账.xlsx", "边界.geojson"])
    assert import_state.keep(result, wish, tmp_path, author="李工", today=dt.date(2026, 11, 24)) == folder


def test_a_file_that_cannot_be_used_is_an_outcome_not_a_crash(tmp_path: Path) -> None:
    outcome = import_state.try_import(Wish(Upload("x.csv", b"")), shared_policy(), tmp_path)
    assert outcome.result is None
    assert outcome.error is not None
    assert not outcome.asks_crs
    assert import_state.error_text(outcome.error, "zh")


def test_hostile_names_stay_text_and_cannot_leave_the_folder(tmp_path: Path) -> None:
    wish = Wish(_ledger(), name="../../<img src=x onerror=alert(1)>{{7*191}}")
    result = import_state.try_import(wish, shared_policy(), tmp_path).result
    assert result is not None
    folder = import_state.keep(result, wish, tmp_path, author="", today=dt.date(2026, 11, 24))
    assert folder.parent == tmp_path / "districts"
    assert read_district(folder, shared_policy()).name == wish.name


def test_every_choice_of_system_has_its_words() -> None:
    words = [import_state.crs_label(code, lang) for code in import_state.SYSTEMS for lang in ("zh", "en")]
    assert all(words)
    assert import_state.crs_label("EPSG:4547", "zh") == "CGCS2000 3度带，中央经线114°（EPSG:4547）"


@pytest.mark.parametrize("field", ["crs", "footprints_crs", "communities_crs", "encoding", "footprints_layer"])
def test_every_decision_changes_the_key(field: str) -> None:
    assert Wish(_ledger()).key != Wish(_ledger(), **{field: "BD-09"}).key


def test_a_boundary_with_a_name_only_alike_is_asked_for_once_and_remembered(tmp_path: Path) -> None:
    policy = shared_policy()
    ledger = Upload("台账.csv", "小区编码,小区名称,社区,户数\nA1,红旗毛巾厂家属院,红旗,10\n".encode())
    shapes = gpd.GeoDataFrame(
        {"小区名称": ["红旗路毛巾厂宿舍"], "社区": ["红旗"]}, geometry=[box(116, 39, 116.001, 39.001)], crs="EPSG:4490"
    )
    wish = Wish(ledger, Upload("边界.geojson", shapes.to_json().encode("utf-8")))
    result = import_state.try_import(wish, policy, tmp_path).result
    assert result is not None
    assert result.district.compounds.geometry.isna().all()
    doubts = import_state.doubtful_shapes(result, wish, policy)
    assert [(d.name, d.community, list(d.choices)) for d in doubts] == [("红旗路毛巾厂宿舍", "红旗", ["A1"])]
    assert "67%" in doubts[0].choices["A1"]
    import_state.confirm_names(tmp_path, {0: "A1"}, doubts)
    again = import_state.try_import(wish, policy, tmp_path).result
    assert again is not None
    assert again.district.compounds.geometry.notna().all()
    assert import_state.doubtful_shapes(again, wish, policy) == []


def test_a_label_made_of_data_is_no_markup() -> None:
    assert plain_label("**[x](http://a)** :red[b] $y$") == ("\\*\\*\\[x\\]\\(http\\://a\\)\\*\\* \\:red\\[b\\] \\$y\\$")


@pytest.mark.needs_shared
def test_points_and_borders_in_two_shifted_systems_are_both_put_right(shared: Path, tmp_path: Path) -> None:
    folder = shared / "beijing_points"
    ledger, borders = folder / "compounds_bd09.csv", folder / "districts_gcj02.json"
    wish = Wish(Upload(ledger.name, ledger.read_bytes()), None, Upload(borders.name, borders.read_bytes()))
    outcome = import_state.try_import(wish, shared_policy(), tmp_path)
    assert outcome.result is not None
    note = outcome.result.report.summary["crs"]
    assert (note["proposed"], note["clear"]) == ({"table": "BD-09", "areas": "GCJ-02"}, True)
    rows = import_state.evidence_rows(note)
    assert rows[0] == ["BD-09", "GCJ-02", "99.1%"]
    assert rows[1][2] == "93.7%"
    district = outcome.result.district
    areas = district.layers["communities"]
    assert outcome.result.report.summary["layers"]["communities"]["crs"] == "GCJ-02"
    inside = gpd.sjoin(district.compounds[["geometry"]], areas[["geometry"]], predicate="within")
    assert len(inside) / len(district.compounds) > 0.99


def test_an_error_is_said_in_the_language_of_the_page(tmp_path: Path) -> None:
    outcome = import_state.try_import(
        Wish(Upload("坏.csv", b"\xff\xfe\xfd\x80\x81\x00\x9f")), shared_policy(), tmp_path
    )
    assert outcome.error is not None
    chinese, english = (import_state.error_text(outcome.error, lang) for lang in ("zh", "en"))
    assert chinese != english
    assert not any("\u4e00" <= c <= "\u9fff" for c in english.replace("坏.csv", ""))
