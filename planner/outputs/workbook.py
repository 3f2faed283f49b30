"""Workbooks with xlsxwriter: every cell written by its type, so text stays text; the same input gives the same bytes.

A sheet is a table whose columns say how they are written (`Field`); the page is set up for A3 landscape, with the
header frozen and repeated, a filter on every column and a footer that names the date and the rules.
"""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from planner.errors import CallError
from planner.outputs.csv_file import plain_cells
from planner.text import t

MAX_ROWS = 1_048_576
"""Rows of an .xlsx sheet, the heading among them."""
MAX_TEXT = 32_767
"""Characters that Excel keeps in a cell; xlsxwriter drops a longer text without a word, so it is cut here."""
A3_PAPER = 8
_FONT = "宋体"
_HEADING_FONT = "黑体"
_NUMBER_FORMATS = {
    "text": "@",
    "note": "@",
    "year": "0",
    "whole": "#,##0",
    "number": "#,##0.00",
    "score": "0.0",
    "share": "0%",
}
_WIDEST = {"text": 26, "note": 60}


@dataclass(frozen=True, slots=True)
class Fill:
    """The colours of a cell with a certain text: ground and letters as ``#RRGGBB``."""

    ground: str
    letters: str = "#1B2733"


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a sheet: the column of the table, its heading, and how its cells are written.

    ``kind`` is text, note (long text, wrapped), year, whole, number (two decimals), score (one decimal), share
    (0..1 as a percentage) or plain (numbers and text as they are). ``fills`` colours cells by their text.
    """

    name: str
    heading: str
    kind: str = "plain"
    fills: Mapping[str, Fill] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, its table and columns, and a title above them (blank for a sheet read by programs)."""

    name: str
    table: pd.DataFrame
    fields: Sequence[Field]
    title: str = ""
    subtitle: str = ""
    frozen_columns: int = 1


def workbook_bytes(sheets: Sequence[Sheet], *, as_of: dt.date, footer: str, title: str) -> bytes:
    """Return an .xlsx file of these sheets; the date inside the file is ``as_of``, so equal input gives equal bytes.

    ``footer`` is printed at the left of every page (``&P`` and ``&N`` stand for page and pages). Raises CallError when
    a table has more rows than a sheet can hold.
    """
    for sheet in sheets:
        if len(sheet.table) + 3 > MAX_ROWS:
            raise CallError(t("table.too_many_rows", sheet=sheet.name, n=len(sheet.table), most=MAX_ROWS))
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    import xlsxwriter  # no page waits for it before somebody asks for a file

    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": title, "created": dt.datetime.combine(as_of, dt.time())})
        formats = _formats(book, {fill for sheet in sheets for f in sheet.fields for fill in f.fills.values()})
        for sheet in sheets:
            _write_sheet(book.add_worksheet(sheet.name), sheet, formats, footer)
    return buffer.getvalue()


def plain_fields(table: pd.DataFrame) -> list[Field]:
    """Return the columns of a table for a sheet that programs read: headings are the column names."""
    return [Field(str(name), str(name)) for name in table.columns]


def _formats(book: Any, fills: Iterable[Fill]) -> Mapping[object, Any]:
    cell = {"font_name": _FONT, "font_size": 10, "valign": "vcenter", "border": 1, "border_color": "#D6DEE6"}
    numbers = _NUMBER_FORMATS.items()
    formats: dict[object, Any] = {kind: book.add_format({**cell, "num_format": code}) for kind, code in numbers}
    formats["plain"] = None
    formats["note"] = book.add_format({**cell, "num_format": "@", "text_wrap": True})
    head = {"font_name": _HEADING_FONT, "bold": True, "bg_color": "#24435C", "font_color": "#FFFFFF"}
    formats["heading"] = book.add_format({**cell, **head, "align": "center", "text_wrap": True})
    formats["title"] = book.add_format({"font_name": _HEADING_FONT, "font_size": 18, "valign": "vcenter"})
    for fill in sorted(fills, key=lambda f: (f.ground, f.letters)):
        colours = {"bg_color": fill.ground, "font_color": fill.letters}
        formats[fill] = book.add_format({**cell, "num_format": "@", **colours})
    formats["subtitle"] = book.add_format({"font_name": _FONT, "font_size": 10, "font_color": "#51606F"})
    return formats


def _write_sheet(worksheet: Any, sheet: Sheet, formats: Mapping[object, Any], footer: str) -> None:
    top = _write_title(worksheet, sheet, formats)
    last = top + len(sheet.table)
    for column, one in enumerate(sheet.fields):
        _write_string(worksheet, (top, column), one.heading, formats["heading"])
        cells = plain_cells(sheet.table[one.name])
        styles = {text: formats[fill] for text, fill in one.fills.items()}
        _write_cells(worksheet, (top + 1, column), cells, style=formats[one.kind], styles=styles)
        worksheet.set_column(column, column, _width(one, cells))
    worksheet.freeze_panes(top + 1, sheet.frozen_columns)
    if sheet.fields:
        worksheet.autofilter(top, 0, last, len(sheet.fields) - 1)
    _set_print(worksheet, top, footer)


def _write_title(worksheet: Any, sheet: Sheet, formats: Mapping[object, Any]) -> int:
    if not sheet.title:
        return 0
    _write_string(worksheet, (0, 0), sheet.title, formats["title"])
    _write_string(worksheet, (1, 0), sheet.subtitle, formats["subtitle"])
    worksheet.set_row(0, 30)
    return 2


def _write_cells(
    worksheet: Any, start: tuple[int, int], cells: Sequence[object], *, style: Any, styles: Mapping[str, Any]
) -> None:
    first, column = start
    for row, cell in enumerate(cells, first):
        if cell is None:
            if style is not None:
                worksheet.write_blank(row, column, None, style)
        elif isinstance(cell, bool):
            worksheet.write_boolean(row, column, cell, style)
        elif isinstance(cell, int | float):
            worksheet.write_number(row, column, cell, style)
        else:
            _write_string(worksheet, (row, column), str(cell), styles.get(str(cell), style))


def _write_string(worksheet: Any, place: tuple[int, int], text: str, style: Any) -> None:
    kept = text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
    worksheet.write_string(*place, kept, style)


def _width(one: Field, cells: Sequence[object]) -> float:
    if one.kind == "note":
        return _WIDEST["note"]
    longest = max((_columns(str(c)) for c in cells[:500] if c is not None), default=0)
    widest = _WIDEST.get(one.kind, 16)
    return float(min(max(longest + 2, _columns(one.heading) / 2 + 4, 8), widest))


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _set_print(worksheet: Any, top: int, footer: str) -> None:
    worksheet.set_landscape()
    worksheet.set_paper(A3_PAPER)
    worksheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(top)
    if footer:
        worksheet.set_footer("&L" + footer)
