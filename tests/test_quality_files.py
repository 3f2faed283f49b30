"""The downloads of 数据核对: a list for people, the list for programs, the rows to correct; hostile cells stay text."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest

from planner.district.headers import map_headers
from planner.errors import join_problems, problem
from planner.outputs import quality_files, quality_view
from planner.outputs.problem_file import problem_records
from planner.outputs.quality_view import Findings, QualityView
from planner.text import t
from tests.builders import make_district, shared_policy
from tests.cases import AS_OF
from tests.test_quality_view import THREE, by_hand

DISTRICT = make_district(THREE)


@pytest.fixture(scope="module")
def three() -> Findings:
    """The problems of the three compounds."""
    return quality_view.find(DISTRICT, shared_policy(), AS_OF)


def read(data: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_list_for_people_names_compound_and_place(three: Findings) -> None:
    rows = read(quality_files.problem_list_csv(three, DISTRICT, quality_view.shown(three, QualityView())))
    assert len(rows) == 5
    heads = {name: t(f"quality.file.{name}") for name in quality_files.LIST_COLUMNS}
    assert list(rows[0]) == list(heads.values())
    overlap = next(row for row in rows if row[heads["rule"]] == "V22")
    assert set(overlap[heads["name"]].split("、")) == {"幸福里", "红旗家属院"}
    assert set(overlap[heads["street"]].split("、")) == {"东街", "西街"}
    assert {row[heads["severity"]] for row in rows} == {t("web.severity.error"), t("web.severity.warning")}
    assert all(row[heads["message"]] and row[heads["fix"]] for row in rows)


def test_every_line_of_the_list_tells_of_its_own_problem() -> None:
    found = join_problems(
        [problem("V03b", severity="info", compound_id="A1", name="幸福里"), problem("D01", severity="warning"),
         problem("V15", compound_id="B2", name="红旗家属院")]
    )  # fmt: skip
    findings = by_hand(found)
    table = quality_files.problem_list(findings, DISTRICT, np.ones(3, dtype=bool))
    assert list(table["rule"]) == ["V15", "D01", "V03b"]
    assert list(table["compound_id"]) == ["B2", "", "A1"]
    assert list(table["name"]) == ["红旗家属院", "", "幸福里"]
    assert "红旗家属院" in table["message"][0]


def test_the_canonical_list_is_that_of_the_command(three: Findings) -> None:
    everything = quality_view.shown(three, QualityView())
    data = quality_files.problem_canonical_csv(three, everything)
    assert not data.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in data
    rows = [{k: v or None for k, v in row.items()} for row in read(data)]
    expected = [{k: None if v in (None, "") else str(v) for k, v in r.items()} for r in problem_records(three.problems)]
    assert rows == expected
    some = quality_files.problem_canonical_csv(three, quality_view.shown(three, QualityView(rule="V15")))
    assert len(read(some)) == 1


def test_rows_to_correct_have_their_reasons_in_columns_of_their_own(three: Findings) -> None:
    everything = quality_view.shown(three, QualityView())
    table = quality_files.rows_to_correct(three, DISTRICT, shared_policy(), everything)
    assert list(table["compound_id"]) == ["A1", "B2"]
    assert list(table.columns[-2:]) == ["reason", "fix"]
    first = table.set_index("compound_id").loc["A1"]
    assert first["property_firm"] == "某企业"
    assert "每" in first["reason"] or "单元数" in first["reason"]
    assert first["reason"].count("；") == 3
    assert "幸福里" in table.set_index("compound_id").loc["B2", "reason"]
    only = quality_files.rows_to_correct(
        three, DISTRICT, shared_policy(), quality_view.shown(three, QualityView(rule="V15"))
    )
    assert list(only["compound_id"]) == ["B2"]


def test_corrected_rows_can_be_imported_again(three: Findings) -> None:
    everything = quality_view.shown(three, QualityView())
    data = quality_files.rows_to_correct_csv(three, DISTRICT, shared_policy(), everything)
    heads = list(read(data)[0])
    fields = map_headers(heads, shared_policy(), "compounds").fields
    table = quality_files.rows_to_correct(three, DISTRICT, shared_policy(), everything)
    assert [fields.get(head) for head in heads[:-2]] == list(table.columns[:-2])
    assert not set(heads[-2:]) & set(fields)


def test_a_formula_stays_text_for_excel_and_untouched_for_programs() -> None:
    rows: list[dict[str, Any]] = [{"compound_id": "A1", "name": "=HYPERLINK(1)"}]
    district = make_district(rows)
    found = problem("V15", compound_id="A1", name="=HYPERLINK(1)", value="=1+1")
    findings = Findings(found, quality_view._links(found, district.compounds.index), three_streets())
    mask = np.ones(1, dtype=bool)
    list_, rows_ = (
        read(quality_files.problem_list_csv(findings, district, mask)),
        read(quality_files.rows_to_correct_csv(findings, district, shared_policy(), mask)),
    )
    assert list_[0][t("quality.file.name")] == "'=HYPERLINK(1)"
    assert list_[0][t("quality.file.value")] == "'=1+1"
    assert "'=HYPERLINK(1)" in rows_[0].values()
    assert read(quality_files.problem_canonical_csv(findings, mask))[0]["value"] == "=1+1"


def three_streets() -> Any:
    """The sub-districts of a district with the compound A1."""
    return by_hand(join_problems([])).streets.iloc[:1]


@pytest.mark.parametrize("rows", [[], THREE[2:]])
def test_nothing_to_say_gives_files_with_a_header_only(rows: list[dict[str, Any]]) -> None:
    district = make_district(rows)
    findings = quality_view.find(district, shared_policy(), AS_OF)
    mask = quality_view.shown(findings, QualityView())
    assert not mask.any()
    for data in (
        quality_files.problem_list_csv(findings, district, mask),
        quality_files.problem_canonical_csv(findings, mask),
        quality_files.rows_to_correct_csv(findings, district, shared_policy(), mask),
    ):
        assert len(data.decode("utf-8-sig").splitlines()) == 1
