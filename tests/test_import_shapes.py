"""Footprints to rows: by id, by point, by name, and what is left over."""

from pathlib import Path

import pandas as pd
import pytest
import shapely

from planner.district.import_request import ImportRequest
from planner.district.importing import import_district
from planner.errors import CallError
from tests.import_files import POLICY, layer, rules, run, square


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
