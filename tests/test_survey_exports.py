"""Exports of ODK Central and KoboToolbox as they are, and workbooks of Excel and WPS."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from planner.district.survey.export_columns import role_of
from planner.district.survey.incoming import SEEN_COLUMNS, incoming_cells, ledger_cells, no_base
from planner.district.survey.merge import merge, merge_policy
from tests.builders import shared_policy
from tests.survey_files import AS_OF, KOBO, ODK, all_accounted_for, ledger, read, rules, table, values


def test_odk_central_as_it_is() -> None:
    found = read(ODK, ledger(row_version=4))
    assert values(found) == {
        ("C1", "households"): 120,
        ("C1", "cctv_points"): 12,
        ("C1", "access_type"): "刷卡;对讲",
        ("C3", "households"): 50,
    }
    rows = found.rows.set_index("record")
    assert rows["status"].tolist() == ["header", "used", "rejected", "used"]
    first = rows.loc[2]
    assert (first["instance"], first["surveyor"], first["base_version"]) == ("aaa", "甲", 4)
    assert (first["surveyed_on"].date(), first["precision"]) == (dt.date(2026, 5, 1), "day")
    assert str(first["submitted"]) == "2026-05-01 08:15:00+00:00"
    assert rules(found, "warning") == ["survey.questioned"]
    how = found.mapping.set_index("header")["how"]
    assert (how["KEY"], how["ReviewState"], how["place-Altitude"], how["FormVersion"]) == (
        "role",
        "role",
        "system",
        "system",
    )
    assert set(found.mapping.loc[found.mapping["how"] == "", "header"]) == {"photo"}
    assert all_accounted_for(found)


def test_kobo_as_it_is() -> None:
    found = read(KOBO)
    assert found.separator == ";"
    assert values(found) == {("C1", "households"): 120, ("C1", "cctv_points"): 12}
    rows = found.rows.set_index("record")
    assert rows["status"].tolist() == ["header", "used", "rejected"]
    assert (rows.at[2, "instance"], rows.at[2, "surveyor"]) == ("aaa", "zhang")
    assert rows.at[2, "surveyed_on"].date() == dt.date(2026, 5, 1)


@pytest.mark.parametrize(
    ("header", "role"),
    [
        ("KEY", "instance"),
        ("meta-instanceID", "instance"),
        ("meta/instanceID", "instance"),
        ("_uuid", "instance"),
        ("__version__", "system"),
        ("gps:Accuracy", "system"),
        ("_位置_precision", "system"),
        ("退回原因", "system"),
        ("调查人", "surveyor"),
        ("ReviewState", "review"),
        ("户数", ""),
    ],
)
def test_columns_of_the_exporters(header: str, role: str) -> None:
    assert role_of(header) == role


def test_a_submission_that_was_applied_before_is_left_out() -> None:
    found = read(ODK)
    rows = found.rows[found.rows["instance"].notna()]
    seen = rows[SEEN_COLUMNS]
    assert len(incoming_cells(found, seen)) == 0
    other = seen.assign(content="something else")
    cells = incoming_cells(found, other)
    assert cells["late"].all()
    merged = merge(
        no_base(), ledger_cells(ledger(), cells), cells.assign(base_version=pd.NA), merge_policy(shared_policy())
    )
    assert set(merged.held["why"]) == {"stale"}
    older = other.assign(submitted=other["submitted"] - pd.Timedelta(days=1))
    edits = incoming_cells(found, older)
    assert len(edits) == 4
    assert not edits["late"].any()
    assert not incoming_cells(found, seen.assign(instance="zzz"))["late"].any()


def test_choices_spread_over_columns_count_once() -> None:
    found = table("小区编码,门禁方式,门禁方式/刷卡,门禁方式/密码", "C1,刷卡 密码,1,1", "C2,,0,0")
    assert values(found) == {("C1", "access_type"): "刷卡;密码"}
    assert list(found.mapping["header"]) == ["小区编码", "门禁方式"]


def test_an_edit_in_one_file_counts_by_its_newest() -> None:
    text = (
        "KEY,compound_id,households,SubmissionDate\n"
        "uuid:a,C1,100,2026-05-01T08:00:00Z\nuuid:a,C1,110,2026-05-01T09:00:00Z\n"
    )
    found = read(text)
    assert values(found) == {("C1", "households"): 110}
    assert rules(found, "info") == ["survey.older_edit"]


def workbook(rows: list[list[object]], **options: object) -> bytes:
    """An .xlsx with these rows."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, **options})
    sheet = book.add_worksheet("踏勘单")
    for n, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, dt.date):
                sheet.write_datetime(
                    n, c, dt.datetime(value.year, value.month, value.day), book.add_format({"num_format": "yyyy-mm-dd"})
                )
            else:
                sheet.write(n, c, value)
    book.close()
    return out.getvalue()


def test_a_workbook_reads_like_the_same_text() -> None:
    found = read(
        workbook(
            [
                ["东街社区踏勘表", "", "", "", ""],
                ["小区编码", "户数", "小区党支部", "合同到期", "调查日期"],
                ["C1", 120, True, dt.date(2027, 6, 30), dt.date(2026, 5, 1)],
                ["C2", "约300户", "否", "", "2026年5月"],
                ["合计", 420],
            ]
        )
    )
    assert values(found) == {
        ("C1", "households"): 120,
        ("C1", "party_branch"): True,
        ("C1", "contract_end"): dt.date(2027, 6, 30),
        ("C2", "households"): 300,
        ("C2", "party_branch"): False,
    }
    rows = found.rows.set_index("row")
    assert rows["status"].tolist() == ["title", "header", "used", "used", "skipped"]
    assert rows.at[4, "precision"] == "month"
    assert (found.sheet, found.encoding, found.refused) == ("踏勘单", "", False)


def test_merged_cells_are_filled_down() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["小区编码", "供热方式"], ["C1", "集中供热"], ["C2", None]):
        sheet.append(row)
    sheet.merge_cells("B2:B3")
    out = io.BytesIO()
    book.save(out)
    assert values(read(out.getvalue())) == {("C1", "heating_type"): "集中供热", ("C2", "heating_type"): "集中供热"}


def test_a_bomb_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (30 << 20))
    found = read(out.getvalue())
    assert (found.refused, rules(found)) == (True, ["file.bomb"])


def test_a_document_under_the_name_of_a_table_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert rules(read(out.getvalue())) == ["file.not_text"]
    assert rules(read("<html><table><tr><td>小区编码</td></tr></table></html>")) == ["file.markup"]


def test_the_inputs_stay_as_they_were(tmp_path: Path) -> None:
    district = ledger()
    copy = district.compounds.copy(deep=True)
    path = tmp_path / "a.csv"
    path.write_text(ODK, "utf8")
    read(ODK, district)
    pd.testing.assert_frame_equal(pd.DataFrame(district.compounds), pd.DataFrame(copy))
    assert dt.date(2026, 11, 20) == AS_OF
