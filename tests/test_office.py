"""Workbooks: .xlsx by openpyxl and xlsxwriter, .xls by xlwt; merges, types, sheets, and what is refused."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
import xlwt
from builders import shared_policy
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.district import office
from planner.district.cell_text import as_text
from planner.district.table import known_headers, read_table
from planner.errors import InputError

KNOWN = known_headers(shared_policy(), "compounds")


def _xlsx(fill: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.Workbook()
    fill(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _ledger(book: openpyxl.Workbook) -> None:
    sheet = book.active
    sheet.title = "台账"
    for row in [
        ["XX区老旧小区台账"],
        ["序号", "街道", "小区名称", "建成年代", None, "户数", "征询日期", "小区党支部"],
        [None, None, None, "最早", "最晚", None, None, None],
        [1, "红旗街道", "甲小区", 1980, 1985.0, 80.0, dt.date(2024, 3, 5), True],
        [2, None, "乙小区", "90年代", None, "约30户", dt.datetime(2024, 3, 5, 8, 30), False],
        [3, None, "丙小区", None, None, 12.5, None, None],
        [None, "小计", None, None, None, 110, None, None],
    ]:
        sheet.append(row)
    for area in ("A1:H1", "A2:A3", "B2:B3", "C2:C3", "D2:E2", "F2:F3", "G2:G3", "H2:H3", "B4:B6"):
        sheet.merge_cells(area)


def test_a_merged_xlsx_ledger() -> None:
    table = read_table(_xlsx(_ledger), name="台账.xlsx", known=KNOWN)
    assert table.cells.columns.tolist() == [
        "序号", "街道", "小区名称", "建成年代（最早）", "建成年代（最晚）", "户数", "征询日期", "小区党支部",
    ]  # fmt: skip
    assert table.cells["街道"].tolist() == ["红旗街道"] * 3
    assert table.cells.iloc[0].tolist() == ["1", "红旗街道", "甲小区", "1980", "1985", "80", "2024-03-05", "是"]
    assert table.cells.iloc[1].tolist()[3:] == ["90年代", "", "约30户", "2024-03-05 08:30:00", "否"]
    assert table.cells["户数"].tolist() == ["80", "约30户", "12.5"]
    assert table.row_numbers.tolist() == [4, 5, 6]
    assert (table.sheet, table.encoding) == ("台账", "")
    rules = table.problems.set_index("rule")["row"]
    assert rules["read.total"] == 7
    assert rules["repair.merged"] == 4


def test_an_xls_of_1997() -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("表一")
    sheet.write_merge(0, 0, 0, 3, "老旧小区情况")
    for column, word in enumerate(["街道", "小区名称", "户数", "征询日期"]):
        sheet.write(1, column, word)
    sheet.write_merge(2, 3, 0, 0, "红旗街道")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for row, (name, count) in enumerate([("甲小区", 80), ("乙小区", 30)], start=2):
        sheet.write(row, 1, name)
        sheet.write(row, 2, float(count))
        sheet.write(row, 3, dt.date(2024, 3, 5), day)
    out = io.BytesIO()
    book.save(out)
    table = read_table(out.getvalue(), name="台账.xls", known=KNOWN)
    assert table.cells.to_numpy().tolist() == [
        ["红旗街道", "甲小区", "80", "2024-03-05"],
        ["红旗街道", "乙小区", "30", "2024-03-05"],
    ]


def test_the_ledger_sheet_is_found_and_the_others_listed() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.active.title = "填表说明"
        book.active.append(["请逐项填写"])
        ledger = book.create_sheet("台账")
        ledger.append(["小区名称", "户数", "楼栋数"])
        ledger.append(["甲", 80, 3])
        hidden = book.create_sheet("旧数据")
        for row in (["小区名称", "户数", "楼栋数", "地址"], ["乙", 1, 1, "丙"]):
            hidden.append(row)
        hidden.sheet_state = "hidden"

    data = _xlsx(fill)
    table = read_table(data, name="a.xlsx", known=KNOWN)
    assert (table.sheet, table.cells["小区名称"].tolist()) == ("台账", ["甲"])
    others = table.problems[table.problems["rule"] == "read.sheet_other"]["value"]
    assert others.tolist() == ["填表说明", "旧数据"]
    assert read_table(data, name="a.xlsx", known=KNOWN, sheet="旧数据").cells["小区名称"].tolist() == ["乙"]
    with pytest.raises(InputError, match="现有工作表：填表说明、台账、旧数据"):
        read_table(data, name="a.xlsx", sheet="没有")


def test_the_kind_is_told_by_content_not_by_name() -> None:
    assert read_table(_xlsx(_ledger), name="台账.csv", known=KNOWN).sheet == "台账"
    assert read_table("小区名称,户数\n甲,80\n".encode(), name="台账.xlsx", known=KNOWN).separator == ","


def test_long_codes_typed_as_numbers_have_lost_their_end() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.active.append(["小区编码", "小区名称"])
        book.active.append([110105194912310020, "甲"])

    table = read_table(_xlsx(fill), name="a.xlsx", known=KNOWN)
    lost = table.problems[table.problems["rule"] == "read.digits_lost"].iloc[0]
    assert (lost["severity"], lost["row"]) == ("warning", 2)


def test_a_cell_far_away_is_refused_before_it_is_read() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.active["A1"] = "小区名称"
        book.active["XFD1048576"] = "x"

    with pytest.raises(InputError, match="使用范围过大"):
        read_table(_xlsx(fill), name="a.xlsx", known=KNOWN)


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"x")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (200 << 20))
    with pytest.raises(InputError, match="解开后过大"):
        read_table(out.getvalue(), name="a.xlsx")


def test_a_lying_zip_is_refused() -> None:
    data = bytearray(_xlsx(_ledger))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = (5).to_bytes(4, "little")
    with pytest.raises(InputError, match="损坏"):
        read_table(bytes(data), name="a.xlsx")


@pytest.mark.parametrize("cut", [40, 400, 2000])
def test_damaged_workbooks_are_refused(cut: int) -> None:
    with pytest.raises(InputError, match=r"a\.xlsx"):
        read_table(_xlsx(_ledger)[:cut], name="a.xlsx")
    with pytest.raises(InputError, match=r"a\.xls"):
        read_table(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * cut, name="a.xls")


def test_other_archives_and_empty_books_are_named() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(InputError, match="Word"):
        read_table(out.getvalue(), name="a.docx")
    with pytest.raises(InputError, match="文件是空的"):
        read_table(_xlsx(lambda _book: None), name="a.xlsx")


def test_a_password_is_said_to_be_one() -> None:
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(InputError, match="密码"):
        read_table(locked, name="a.xlsx")


def test_et_without_libreoffice_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(InputError, match="在WPS中另存为xlsx"):
        read_table(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, name="台账.et")


@pytest.mark.needs_libreoffice
def test_et_with_libreoffice(tmp_path: Path) -> None:
    book = tmp_path / "table.xlsx"
    book.write_bytes(_xlsx(_ledger))
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "ods", "--outdir", tmp_path, book], check=True, timeout=120
    )
    data = (tmp_path / "table.ods").read_bytes()
    assert read_table(data, name="台账.et", known=KNOWN).cells["小区名称"].tolist() == ["甲小区", "乙小区", "丙小区"]


def test_xlsxwriter_books_too() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("台账")
        sheet.write_row(0, 0, ["小区编码", "小区名称", "户数"])
        sheet.write_row(1, 0, ["0012", "甲", 80])
    table = read_table(out.getvalue(), name="a.xlsx", known=KNOWN)
    assert table.cells.iloc[0].tolist() == ["0012", "甲", "80"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12.0, "12"),
        (12.5, "12.5"),
        (-0.0, "0"),
        (1e20, "1e+20"),
        (True, "是"),
        (None, ""),
        (dt.time(8, 30), "08:30:00"),
    ],
)
def test_cells_as_text(value: object, text: str) -> None:
    assert as_text(value) == text


def test_et_that_only_libreoffice_reads_is_converted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    converted = tmp_path / "converted.xlsx"
    converted.write_bytes(_xlsx(_ledger))
    program = tmp_path / "soffice"
    program.write_text(f'#!/bin/sh\nwhile [ "$1" != "--outdir" ]; do shift; done\ncp "{converted}" "$2/table.xlsx"\n')
    program.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _name: str(program))
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    assert read_table(old, name="台账.et", known=KNOWN).cells["小区名称"].tolist() == ["甲小区", "乙小区", "丙小区"]
    program.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(InputError, match="LibreOffice"):
        read_table(old, name="台账.et")


def test_et_that_is_a_workbook_of_excels_kind_needs_no_libreoffice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert len(read_table(_xlsx(_ledger), name="台账.et", known=KNOWN).cells) == 3


def test_a_sheet_per_street_is_a_warning() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.active.title = "红旗街道"
        for sheet in (book.active, book.create_sheet("东风街道")):
            sheet.append(["小区名称", "户数"])
            sheet.append(["甲", 80])

    table = read_table(_xlsx(fill), name="a.xlsx", known=KNOWN)
    left = table.problems[table.problems["rule"] == "read.sheet_same"].iloc[0]
    assert (table.sheet, left["value"], left["severity"]) == ("红旗街道", "东风街道", "warning")


def test_a_reader_that_dies_does_not_take_the_program_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "_CHILD", "import os; os.abort()")
    with pytest.raises(InputError, match="工作簿已损坏"):
        read_table(_xlsx(_ledger), name="a.xlsx", known=KNOWN)
    monkeypatch.setattr(office, "_CHILD", "print('no json')")
    with pytest.raises(InputError, match="工作簿已损坏"):
        read_table(_xlsx(_ledger), name="a.xlsx", known=KNOWN)


def _xls(rows: int) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("台账")
    for row in range(rows):
        for column, word in enumerate(["小区名称", "户数", "地址"] if row == 0 else [f"小区{row}", row, "幸福路"]):
            sheet.write(row, column, word)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@settings(max_examples=12)
@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), min_size=1, max_size=12))
def test_a_damaged_xls_is_read_or_refused(damage: list[tuple[int, int]]) -> None:
    data = bytearray(_xls(20))
    for place, value in damage:
        data[place % len(data)] = value
    try:
        table = read_table(bytes(data), name="a.xls", known=KNOWN)
    except InputError:
        return
    assert len(table.cells) == len(table.row_numbers)
