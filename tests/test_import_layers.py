"""The other layers of an import: typed, assigned, numbered, in their own systems."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from planner.district.import_layers import open_layer
from planner.district.import_request import Source
from planner.district.offsets import wgs84_to_gcj02
from planner.errors import CallError
from tests.import_files import layer, rules, run, square


def test_layers_are_typed_assigned_and_numbered_whatever_the_order(tmp_path: Path) -> None:
    footprints = layer(tmp_path, "compounds", [square(0), square(1)], 小区编码=["A1", "A2"])
    spots = [square(0).centroid.buffer(1e-4), square(1).centroid.buffer(1e-4), square(7), square(0).buffer(-7e-4)]
    rows = {"层数": ["6", "七层", "3", "6"], "颜色": ["红", "黄", "", ""]}
    one = run(footprints=footprints, layers={"buildings": layer(tmp_path, "houses", spots, **rows)})
    turned = {name: cells[::-1] for name, cells in rows.items()}
    two = run(footprints=footprints, layers={"buildings": layer(tmp_path, "houses2", spots[::-1], **turned)})
    frame = one.district.layers["buildings"].set_index("building_id")
    assert sorted(frame.index) == ["A1-001", "A1-002", "A2-001", "LD-001"]
    assert frame.loc[["A1-001", "A1-002", "A2-001"], "floors"].tolist() == [6, 6, 7]
    assert pd.isna(frame.loc["LD-001", "compound_id"])
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


def test_given_ids_stay_and_new_ones_differ_from_them(tmp_path: Path) -> None:
    footprints = layer(tmp_path, "compounds", [square(0)], 小区编码=["A1"])
    spots = [square(0).buffer(-7e-4), square(0).buffer(-8e-4)]
    houses = layer(tmp_path, "houses", spots, 楼栋编码=["A1-001", None])
    ids = run(footprints=footprints, layers={"buildings": houses}).district.layers["buildings"]["building_id"]
    assert sorted(ids) == ["A1-001", "A1-001N"]


def test_a_building_layer_that_names_its_compounds_keeps_them_and_lists_the_rest(tmp_path: Path) -> None:
    houses = layer(tmp_path, "houses", [square(0), square(1), None], 小区编码=["A1", "Z9", ""], Floor=[6, 5, 4])
    done = run(layers={"buildings": houses})
    frame = done.district.layers["buildings"]
    assert frame["floors"].tolist() == [6, 5, 4]
    assert frame["compound_id"].fillna("").tolist() == ["A1", "", ""]
    assert [r for r in rules(done) if r in ("I10", "I12", "cell.required")] == ["I10", "I12"]


def test_communities_fill_what_the_ledger_leaves_blank(tmp_path: Path) -> None:
    land = layer(
        tmp_path, "land", [square(0), square(1)], 社区代码=["01", "02"], 社区=["东风", "西山"], 街道=["甲", "乙"]
    )
    done = run(layers={"communities": land})
    assert done.district.compounds["subdistrict_name"].tolist() == ["甲", "甲", "乙"]
    filled = done.report.problems[done.report.problems["rule"] == "I27"]
    assert len(filled) == 6
    assert set(filled["row"]) == {2, 3, 4}


def test_numbers_made_for_communities_are_not_their_codes(tmp_path: Path) -> None:
    land = layer(tmp_path, "land", [square(0), square(1)], 社区=["东风", "西山"], 街道=["甲", "乙"])
    done = run(layers={"communities": land})
    assert done.district.layers["communities"]["community_code"].tolist() == ["SQ-001", "SQ-002"]
    assert done.district.compounds["community_code"].isna().all()
    assert done.district.compounds["subdistrict_name"].tolist() == ["甲", "甲", "乙"]


def test_an_upload_is_read_like_a_file(tmp_path: Path) -> None:
    source = layer(tmp_path, "houses", [square(0)], 层数=["6"])
    assert isinstance(source.content, Path)
    upload = Source(source.content.read_bytes(), "楼栋.parquet")
    assert open_layer(upload).equals(open_layer(source))
