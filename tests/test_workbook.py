"""Workbooks: typed cells, print set-up, and the same bytes every time."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pandas as pd
import pytest

from planner.errors import CallError
from planner.outputs import workbook
from planner.outputs.workbook import Field, Sheet, plain_fields, workbook_bytes

AS_OF = dt.date(2026, 11, 20)
TABLE = pd.DataFrame(
    {
        "name": ["=HYPERLINK(\"http://x\")", "+86 10", "http://a.b", "  {=1+1}", None],
        "households": pd.array([216, 0, None, 12, 5], "Int64"),
        "share": pd.array([0.5, None, 1.0, 0.0, 0.25], "Float64"),
        "done": pd.array([True, None, False, True, None], "boolean"),
        "mixed": pd.Series([1988, "na", None, 2.5, "专业物业"], dtype=object),
    }
)  # fmt: skip
FIELDS = [Field("name", "小区", "text"), Field("households", "户数", "whole"), Field("share", "比例", "share")]


def _open(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def _book(**changes: object) -> bytes:
    sheets = [Sheet("一览表", TABLE, FIELDS, title="一览", subtitle="小计"), Sheet("raw", TABLE, plain_fields(TABLE))]
    options = {"as_of": AS_OF, "footer": "数据截至2026年11月20日", "title": "清单", **changes}
    return workbook_bytes(sheets, **options)  # type: ignore[arg-type]


def test_text_stays_text_and_numbers_stay_numbers() -> None:
    sheet = _open(_book())["raw"]
    assert [c.data_type for c in sheet["A"][1:5]] == ["s"] * 4
    assert [c.value for c in sheet["A"][1:]] == [*TABLE["name"][:4], None]
    assert [c.hyperlink for c in sheet["A"][1:]] == [None] * 5
    assert [c.value for c in sheet["B"][1:]] == [216, 0, None, 12, 5]
    assert [c.value for c in sheet["D"][1:]] == [True, None, False, True, None]
    assert [c.value for c in sheet["E"][1:]] == [1988, "na", None, 2.5, "专业物业"]


def test_the_page_is_set_up_for_a3() -> None:
    sheet = _open(_book())["一览表"]
    assert (sheet["A1"].value, sheet["A2"].value) == ("一览", "小计")
    assert [c.value for c in sheet[3]] == ["小区", "户数", "比例"]
    assert sheet.freeze_panes == "B4"
    assert sheet.auto_filter.ref == "A3:C8"
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (8, "landscape")
    assert sheet.print_title_rows == "$3:$3"
    assert "数据截至2026年11月20日" in sheet.oddFooter.left.text
    assert sheet["C4"].number_format == "0%"


def test_the_same_input_gives_the_same_bytes_and_the_date_is_the_as_of_date() -> None:
    first = _book()
    assert first == _book()
    assert _open(first).properties.created == dt.datetime(2026, 11, 20)
    assert _book(as_of=dt.date(2026, 11, 21)) != first


def test_a_text_too_long_for_a_cell_is_cut_and_says_so() -> None:
    table = pd.DataFrame({"note": ["长" * 40_000]})
    data = workbook_bytes([Sheet("a", table, plain_fields(table))], as_of=AS_OF, footer="", title="")
    text = _open(data)["a"]["A2"].value
    assert len(text) == workbook.MAX_TEXT
    assert text.endswith("长…")


def test_more_rows_than_a_sheet_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 6)
    with pytest.raises(CallError, match="一览表"):
        _book()


def test_an_empty_table_still_has_its_header() -> None:
    table = TABLE.iloc[:0]
    sheet = _open(workbook_bytes([Sheet("a", table, FIELDS)], as_of=AS_OF, footer="", title=""))["a"]
    assert [c.value for c in sheet[1]] == ["小区", "户数", "比例"]
