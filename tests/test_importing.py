"""Import as a whole: mapping, ids, footprints, coordinates, layers, and where every cell went."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.district.import_request import ImportRequest, ImportResult, Source
from planner.district.importing import import_district
from planner.district.load import read_district
from planner.district.offsets import wgs84_to_bd09, wgs84_to_gcj02
from planner.district.write import write_district
from planner.errors import CallError, CrsError, InputError
from planner.text import render_problems
from tests.builders import shared_policy

POLICY = shared_policy()
LEDGER = """编码,小区名称,社区,建筑年代,总户数,物业公司,备用
A1,红旗家属院,东风,1985年,120,无物业,x
A2,滨河花园,东风,90年代,约80户,某某物业服务有限公司,y
A3,建设小区,西山,,暂无信息,街道代管,
"""


def csv(text: str, name: str = "台账.csv") -> Source:
    return Source(text.encode(), name)


def request(text: str = LEDGER, **more: Any) -> ImportRequest:
    return ImportRequest(policy=POLICY, table=csv(text), **more)


def run(text: str = LEDGER, **more: Any) -> ImportResult:
    return import_district(request(text, **more))


def square(column: int, row: int = 0, size: float = 0.002) -> shapely.Geometry:
    lon, lat = 116.3 + column * size, 39.9 + row * size
    return shapely.box(lon, lat, lon + size * 0.9, lat + size * 0.9)


def layer(tmp_path: Path, stem: str, shapes: list[Any], crs: str | None = "EPSG:4326", **columns: list[Any]) -> Source:
    path = tmp_path / f"{stem}.parquet"
    gpd.GeoDataFrame(columns, geometry=shapes, crs=crs).to_parquet(path)
    return Source(path)


def rules(result: ImportResult) -> list[str]:
    return list(result.report.problems["rule"])


def test_headers_words_and_numbers_become_fields() -> None:
    done = run()
    compounds = done.district.compounds
    assert list(compounds.index) == ["A1", "A2", "A3"]
    assert list(compounds["property_status"]) == ["无", "专业物业", "社区托管"]
    assert compounds.loc["A2", "property_firm"] == "某某物业服务有限公司"
    assert compounds["households"].tolist()[:2] == [120, 80]
    assert compounds["households"].isna().tolist() == [False, False, True]
    assert done.district.year_range.loc["A2"].tolist() == [1990, 1999]
    assert done.report.summary["columns"]["建筑年代"] == "built_year_min"
    assert done.report.summary["unmapped"] == ["备用"]
    assert set(done.district.original["compound_id"]) <= set(compounds.index)


def test_every_cell_is_mapped_listed_or_a_problem() -> None:
    done = run(LEDGER + "A4,北里,西山,去年,多,无物业,z\n")
    cells = done.report.summary["cells"]
    assert cells["total"] == 4 * 7 == cells["mapped"] + cells["unmapped"] + cells["problem"]
    assert cells["unmapped"] == 4
    lost = {(c["row"], c["column"], c["value"]) for c in done.report.summary["problem_cells"]}
    assert lost == {(5, "建筑年代", "去年"), (5, "总户数", "多")}
    assert cells["problem"] == 2
    assert "I09" not in rules(done)


def test_identical_rows_merge_with_a_note_and_count_as_mapped() -> None:
    done = run(LEDGER + "A1,红旗家属院,东风,1985年,120,无物业,x\n")
    assert len(done.district.compounds) == 3
    note = done.report.problems[done.report.problems["rule"] == "I05"].iloc[0]
    assert (note["severity"], note["row"], note["params"]["first"]) == ("info", 5, 2)
    assert done.report.summary["cells"] == {"total": 28, "mapped": 24, "unmapped": 4, "problem": 0}
    assert done.report.rejected == 0


def test_the_same_id_with_other_content_is_an_error_and_its_cells_are_problems() -> None:
    done = run(LEDGER + "A1,红旗家属院,东风,1985年,999,无物业,x\n")
    assert done.report.rejected == 1
    assert done.district.compounds.loc["A1", "households"] == 120
    error = done.report.problems[done.report.problems["severity"] == "error"].iloc[0]
    assert (error["rule"], error["row"], error["value"]) == ("district.same_id", 5, "A1")
    assert done.report.summary["cells"] == {"total": 28, "mapped": 18, "unmapped": 3, "problem": 7}


def test_rows_without_an_id_get_one_that_does_not_depend_on_the_order() -> None:
    text = LEDGER.replace("编码,", "序号,").replace("A1", "1").replace("A2", "2").replace("A3", "3")
    names = run(text).district.compounds["name"]
    assert set(names.index) == {"XQ-000-001", "XQ-000-002", "XQ-000-003"}
    head, *rows = text.splitlines()
    turned = run("\n".join([head, *reversed(rows)]) + "\n").district.compounds["name"]
    assert names.to_dict() == turned.to_dict()


def test_ids_are_kept_from_an_earlier_import_and_it_is_asked_only_then() -> None:
    text = LEDGER.replace("编码,", "序号,")
    first = run(text).district.compounds
    more = text + "9,安康里,东风,1990,50,无物业,\n"
    again = run(more, previous=lambda: first).district.compounds["name"]
    assert again[first.index].tolist() == first["name"].tolist()
    assert again["XQ-000-004"] == "安康里"

    def never() -> pd.DataFrame:
        raise AssertionError("asked without need")

    assert len(run(previous=never).district.compounds) == 3


def test_a_table_without_any_name_is_refused_with_the_cure() -> None:
    with pytest.raises(InputError, match="--map"):
        run("甲,乙\n1,2\n3,4\n")


def test_two_columns_for_one_field_are_refused_until_a_hand_decides() -> None:
    text = "小区名称,建成年份,建筑年代\n红旗,1990,1985\n建设,1980,1981\n"
    with pytest.raises(InputError, match="同一字段") as caught:
        run(text)
    assert list(caught.value.problems["rule"]) == ["I02"]
    done = run(text, by_hand={"建筑年代": "built_year_min"})
    assert sorted(done.district.compounds["built_year_min"]) == [1981, 1985]


@pytest.mark.parametrize("hand", [{"没有": "name"}, {"备用": "no_such_field"}])
def test_a_hand_that_fits_nothing_is_a_wrong_call(hand: dict[str, str]) -> None:
    with pytest.raises(CallError, match=r"没有名为|不是表"):
        run(by_hand=hand)


def test_what_was_remembered_is_used() -> None:
    done = run(recall=lambda table, headers: {"备用": "note"} if table == "compounds" and "备用" in headers else {})
    assert done.report.summary["columns"]["备用"] == "note"


def test_footprints_join_by_id_and_the_rest_is_listed(tmp_path: Path) -> None:
    shapes = [square(0), square(1), square(2), square(3)]
    footprints = layer(tmp_path, "compounds", shapes, 小区编码=["A1", "A1", "A2", "Z9"], 户数=["1", "2", "3", "4"])
    done = run(footprints=footprints)
    compounds = done.district.compounds
    assert compounds.geom_type.isna().tolist() == [False, False, True]
    assert compounds.loc["A1"].geometry.equals(shapely.union_all(shapes[:2]))
    assert compounds.loc["A1", "households"] == 120
    assert done.report.summary["footprints"] == {"matched_by": {"id": 3, "point": 0, "name": 0}, "unclaimed": 1}
    assert [r for r in rules(done) if r in ("I21", "I23", "I26")] == ["I21", "I23", "I26"]
    assert {k: done.report.summary[k] for k in ("rows", "matched", "points", "unmatched")} == {
        "rows": 3,
        "matched": 2,
        "points": 0,
        "unmatched": 1,
    }


def test_footprints_without_ids_join_by_the_rows_points(tmp_path: Path) -> None:
    text = "小区名称,经度,纬度\n红旗,116.3005,39.9005\n建设,116.3025,39.9005\n滨河,116.3026,39.9006\n城南,116.4,39.9\n"
    footprints = layer(tmp_path, "compounds", [square(0), square(1), square(9)], fid_text=["a", "b", "c"])
    done = run(text, footprints=footprints, crs="WGS84")
    by_name = done.district.compounds.set_index("name").geom_type
    assert by_name.to_dict() == {"红旗": "Polygon", "建设": "Point", "滨河": "Point", "城南": "Point"}
    assert [r for r in rules(done) if r in ("I22", "I23", "I24")] == ["I24", "I23", "I22", "I22", "I22"]


def test_footprints_without_ids_join_by_a_unique_name_and_offer_candidates(tmp_path: Path) -> None:
    shapes = [square(0), square(1), square(2)]
    footprints = layer(tmp_path, "compounds", shapes, 名称=["红旗小区", "滨河花苑", "不知何处"])
    done = run(footprints=footprints)
    assert done.district.compounds.geom_type.notna().tolist() == [True, False, False]
    assert done.report.summary["footprints"]["matched_by"]["name"] == 1
    assert list(done.report.candidates["compound_id"]) == ["A2"]
    assert [r for r in rules(done) if r in ("I23", "I25")] == ["I25", "I23"]
    confirmed = pd.DataFrame({"name": ["滨河花苑"], "community": [""], "compound_id": ["A2"]})
    again = run(footprints=footprints, remembered_names=confirmed)
    assert again.district.compounds.geom_type.notna().tolist() == [True, True, False]


def test_rows_without_ids_take_over_those_of_their_footprints(tmp_path: Path) -> None:
    text = "小区名称,经度,纬度\n甲乙丙,116.3005,39.9005\n建设小区,,\n无图,,\n"
    footprints = layer(tmp_path, "compounds", [square(0), square(1)], 小区编码=["P7", "P8"], 名称=["", "建设"])
    done = run(text, footprints=footprints, crs="WGS84")
    assert done.district.compounds["name"].to_dict() == {"P7": "甲乙丙", "P8": "建设小区", "XQ-000-001": "无图"}
    assert done.report.summary["matched"] == 2


def test_footprints_alone_are_the_ledger(tmp_path: Path) -> None:
    footprints = layer(tmp_path, "compounds", [square(0), None], 小区编码=["A1", "A2"], 总户数=["30", "约40户"])
    done = import_district(ImportRequest(policy=POLICY, footprints=footprints))
    assert done.district.compounds["households"].tolist() == [30, 40]
    assert done.report.summary["cells"]["total"] == 4
    with pytest.raises(CallError, match="--table"):
        import_district(ImportRequest(policy=POLICY))


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


def test_unreadable_coordinates_are_problem_cells_and_swapped_columns_are_named_by_hand() -> None:
    text = "小区名称,东,北\n甲乙丙,116.3,39.9\n丁戊己,不详,39.9\n"
    done = run(text, lonlat=("东", "北"), crs="4490")
    assert done.report.summary["cells"] == {"total": 6, "mapped": 5, "unmapped": 0, "problem": 1}
    assert done.district.compounds.geom_type.isna().tolist().count(True) == 1
    with pytest.raises(CallError, match="没有这列"):
        run(text, lonlat=("没有这列", "北"))


def test_layers_are_typed_assigned_and_numbered_whatever_the_order(tmp_path: Path) -> None:
    footprints = layer(tmp_path, "compounds", [square(0), square(1)], 小区编码=["A1", "A2"])
    spots = [square(0).centroid.buffer(1e-4), square(1).centroid.buffer(1e-4), square(7), square(0).buffer(-7e-4)]
    rows = {"层数": ["6", "七层", "3", "6"], "颜色": ["红", "黄", "", ""]}
    one = run(footprints=footprints, layers={"buildings": layer(tmp_path, "houses", spots, **rows)})
    turned = {name: cells[::-1] for name, cells in rows.items()}
    two = run(footprints=footprints, layers={"buildings": layer(tmp_path, "houses2", spots[::-1], **turned)})
    frame = one.district.layers["buildings"].set_index("building_id")
    assert sorted(frame.index) == ["A1-001", "A1-002", "A2-001", "buildings-001"]
    assert frame.loc[["A1-001", "A1-002", "A2-001"], "floors"].tolist() == [6, 6, 7]
    assert pd.isna(frame.loc["buildings-001", "compound_id"])
    other = two.district.layers["buildings"].set_index("building_id")
    assert other["compound_id"].fillna("").to_dict() == frame["compound_id"].fillna("").to_dict()
    summary = one.report.summary["layers"]["buildings"]
    assert summary["assigned"] == {"inside": 3, "left_over": 1}
    assert summary["unmapped"] == ["颜色"]
    assert one.report.summary["crs"]["applied"]["buildings"] == "EPSG:4490"


def test_a_layer_in_another_system_is_found_against_the_compounds(tmp_path: Path) -> None:
    shapes = [square(k, j) for k in range(5) for j in range(5)]
    ids = [f"B{k}" for k in range(25)]
    text = "小区编码,小区名称\n" + "".join(f"B{k},小区{k}\n" for k in range(25))
    footprints = layer(tmp_path, "compounds", shapes, 小区编码=ids)
    dots = [s.centroid.buffer(2e-4) for s in shapes]
    moved = shapely.transform(np.array(dots), lambda c: np.column_stack(wgs84_to_gcj02(c[:, 0], c[:, 1])))
    houses = layer(tmp_path, "houses", list(moved), 层数=["6"] * 25)
    wrong = run(text, footprints=footprints, layers={"buildings": houses})
    assert wrong.report.summary["layers"]["buildings"]["assigned"].get("inside", 0) < 25
    right = run(text, footprints=footprints, layers={"buildings": houses}, layer_crs={"buildings": "auto"})
    assert right.report.summary["layers"]["buildings"]["crs"] == "GCJ-02"
    assert right.report.summary["layers"]["buildings"]["assigned"] == {"inside": 25}


@pytest.mark.parametrize(
    "more",
    [
        {"layers": {"houses": Source(Path("x.gpkg"))}},
        {"layer_crs": {"areas": "auto"}},
        {"layer_crs": {"roads": "4490"}},
    ],
)
def test_names_of_layers_that_do_not_exist_are_wrong_calls(more: dict[str, Any]) -> None:
    with pytest.raises(CallError, match=r"houses|areas|roads"):
        run(**more)


def test_written_and_read_again_it_is_the_same_district_in_both_encodings(tmp_path: Path) -> None:
    footprints = layer(tmp_path, "compounds", [square(0), square(1)], 小区编码=["A1", "A2"])
    folders = []
    for codec in ("utf-8-sig", "gb18030"):
        source = Source(LEDGER.encode(codec), "台账.csv")
        done = import_district(replace(request(footprints=footprints), table=source))
        folders.append(tmp_path / codec)
        write_district(done.district, folders[-1])
    for name in ("compounds.csv", "geo/district.gpkg", "original.csv", "district.json"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
    again = read_district(folders[0], POLICY)
    pd.testing.assert_frame_equal(
        again.compounds.drop(columns="geometry"), done.district.compounds.drop(columns="geometry")
    )
    note = json.loads((folders[1] / "import.json").read_text(encoding="utf-8"))
    assert (note["encoding"], note["rows"]) == ("GB18030", 3)


def test_a_header_without_rows_is_an_empty_district() -> None:
    done = run("小区编码,小区名称\n")
    assert len(done.district.compounds) == 0
    assert done.report.summary["cells"]["total"] == 0


def test_personal_cells_are_held_out_and_masked_everywhere() -> None:
    done = run("小区名称,备注\n红旗,找13812345678\n建设,好\n")
    assert done.district.compounds["note"].isna().sum() == 1
    assert "13812345678" not in json.dumps(done.report.summary, ensure_ascii=False)
    assert done.report.summary["cells"]["problem"] == 1


def test_every_problem_has_its_words_in_both_languages(tmp_path: Path) -> None:
    footprints = layer(tmp_path, "compounds", [square(0), square(0), square(5)], 名称=["红旗", "滨河花苑", "?"])
    done = run(LEDGER + "A1,x,东风,1985年,999,无物业,x\n", footprints=footprints)
    for lang in ("zh", "en"):
        shown = render_problems(done.report.problems, lang)
        assert len(shown) > 5
        assert not shown["message"].str.contains("{", regex=False).any()


CELL = st.text("0123456789年约户无物业A1,-:/ \n\"'未知na清", max_size=8)


@settings(max_examples=20)
@given(st.lists(st.tuples(CELL, CELL, CELL, CELL), max_size=6))
def test_no_text_whatever_is_lost_in_silence(rows: list[tuple[str, str, str, str]]) -> None:
    table = pd.DataFrame(rows, columns=["小区名称", "总户数", "建筑年代", "物业公司"])
    done = run(table.assign(编码=[f"K{i}" for i in range(len(rows))]).to_csv(index=False))
    cells = done.report.summary["cells"]
    assert cells["total"] == cells["mapped"] + cells["unmapped"] + cells["problem"]
    assert "I09" not in rules(done)
    assert len(done.report.summary["problem_cells"]) == cells["problem"]
