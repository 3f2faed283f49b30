"""import.json in words: coordinate systems by evidence, columns and cells left out, words read in another form."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.outputs import import_note
from planner.outputs.import_note import crs_words, system_name
from planner.text import LANGUAGES, t
from tests.builders import make_district, shared_policy
from tests.import_files import run

PAIRS = [
    {"table": "EPSG:4490", "areas": "EPSG:4490", "agreement": 0.62},
    {"table": "GCJ-02", "areas": "EPSG:4490", "agreement": 0.991},
]


def note(**crs: Any) -> dict[str, Any]:
    """An import.json with these coordinate systems."""
    base = {"applied": {"table": "GCJ-02", "areas": "EPSG:4490"}, "declared": {"areas": "EPSG:4490"},
            "proposed": {"table": "GCJ-02", "areas": "EPSG:4490"}, "clear": True, "points": 1234,
            "evidence": PAIRS}  # fmt: skip
    return {"crs": base | crs}


def test_clear_evidence_that_was_applied() -> None:
    words = crs_words(note())
    assert words.state == "clear"
    assert "1,234" in words.verdict
    assert "99.1%" in words.verdict
    assert [pair[2] for pair in words.evidence] == [0.991, 0.62]
    assert words.lines[0] == "台账坐标：按GCJ-02（高德、腾讯）读入，文件没有写明，由人指定或经比对认定。"
    assert words.lines[1] == "社区（街道）界线：国家2000经纬度（EPSG:4490），文件自己写明。"


def test_evidence_that_speaks_against_what_was_done() -> None:
    words = crs_words(note(applied={"table": "EPSG:4490", "areas": "EPSG:4490"}, declared={"table": "EPSG:4490"}))
    assert words.state == "against"
    assert "GCJ-02" in words.verdict
    assert "重新导入" in words.verdict


def test_evidence_that_does_not_decide_and_none_at_all() -> None:
    assert crs_words(note(clear=False)).state == "open"
    assert crs_words(note(evidence=[], proposed=None, clear=False)).state == "none"
    assert crs_words({}).state == "unknown"
    assert "import.json" in crs_words({}).verdict
    assert crs_words({"crs": {}}).state == "unknown"


def test_a_system_other_than_the_declared_one_is_said() -> None:
    words = crs_words(note(declared={"table": "EPSG:4490", "areas": "EPSG:4490"}))
    assert words.lines[0] == "台账坐标：按GCJ-02（高德、腾讯）读入，文件写的是国家2000经纬度（EPSG:4490）。"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("EPSG:4490", "国家2000经纬度（EPSG:4490）"),
        ("EPSG:4490+swapped", "国家2000经纬度（EPSG:4490）、经纬度写反"),
        ("BD-09", "BD-09（百度）"),
        ("EPSG:4547", "国家2000投影、中央经线114度（EPSG:4547）"),
        ("EPSG:32650", "EPSG:32650"),
    ],
)
def test_names_of_systems(code: str, words: str) -> None:
    assert system_name(code) == words


def test_a_real_import_is_described_whole() -> None:
    result = run("小区名称,建成年代,户数,联系方式栏\n幸福里,80年代,约90户,甲\n安居苑,1990,很多,乙\n")
    summary = result.district.crs_note
    counts = import_note.cell_counts(summary)
    assert counts is not None
    assert counts["total"] == counts["mapped"] + counts["unmapped"] + counts["problem"]
    assert import_note.columns_left_out(summary)["compounds"] == ["联系方式栏"]
    held = import_note.cells_held_out(summary)
    assert held[["column", "value"]].to_numpy().tolist() == [["户数", "很多"]]
    words = import_note.original_words(result.district, shared_policy())
    told = {(row["field"], row["text"], row["value"]) for row in words.to_dict("records")}
    assert ("households", "约90户", "90") in told
    assert set(words["name"]) == {"幸福里"}


def test_originals_by_field_count_and_show_the_commonest() -> None:
    rows = [
        {"compound_id": f"A{k}", "households": 80, "original": {"households": "约80户" if k < 3 else "80来户"}}
        for k in range(4)
    ]
    words = import_note.original_words(make_district(rows), shared_policy())
    table = import_note.original_by_field(words)
    assert table["n"].tolist() == [4]
    assert table["examples"][0] == [("约80户", "80", 3), ("80来户", "80", 1)]
    assert table["label"][0] == shared_policy().fields("compounds").at["households", "label_zh"]
    assert len(import_note.original_by_field(words.iloc[:0])) == 0


def test_originals_come_in_the_order_of_the_columns() -> None:
    rows = [{"compound_id": "B", "households": 8, "units_n": 1, "original": {"units_n": "一", "households": "八"}},
            {"compound_id": "A", "households": 7, "original": {"households": "七"}}]  # fmt: skip
    words = import_note.original_words(make_district(rows), shared_policy())
    order = list(shared_policy().fields("compounds").index)
    places = [order.index(field) for field in words["field"]]
    assert places == sorted(places)
    assert sorted(words["text"]) == ["一", "七", "八"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["crs", "layers", "unmapped", "cells", "problem_cells", "x"])
inside = st.sampled_from(["applied", "declared", "proposed", "clear", "points", "evidence", "table", "total", "row"])


@given(st.dictionaries(names, json_values | st.dictionaries(inside, json_values, max_size=4), max_size=5))
def test_a_note_of_any_shape_is_described_without_fault(content: dict[str, Any]) -> None:
    for lang in LANGUAGES:
        words = crs_words(content, lang)
        assert words.verdict.startswith(t(f"quality.crs.verdict.{words.state}", lang).partition("{")[0])
    import_note.columns_left_out(content)
    import_note.cell_counts(content)
    assert list(import_note.cells_held_out(content).columns) == ["row", "column", "value", "rule"]


def test_rows_of_held_out_cells_are_whole_numbers_or_missing() -> None:
    cells = [{"row": 9, "column": "物业费", "value": "1至2", "rule": "cell.range"}, {"row": "x"}, "nonsense"]
    table = import_note.cells_held_out({"problem_cells": cells})
    assert table["row"].tolist() == [9, pd.NA]
    assert table["rule"].tolist() == ["cell.range", ""]
