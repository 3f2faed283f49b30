"""踏勘单 as a workbook: drop-downs, limits, what the ledger says now, what to look for; one file per community."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Mapping
from typing import Any

from planner.decisions.ledger import UNKNOWN_WORDS
from planner.errors import CallError
from planner.outputs.forms.form_fields import CLEAR, GROUPS, NOT_APPLICABLE, OTHER, FormField
from planner.outputs.forms.form_set import FormSet
from planner.outputs.forms.form_table import (
    DATE,
    HEAD,
    ID,
    NAME,
    VERSION,
    FormColumn,
    FormTable,
    cell_value,
    form_table,
)
from planner.text import date_text, safe_file_name, t

MOST_LIST = 255
"""Characters of a list that Excel takes inside a validation."""
HEADER_ROW = 2
EMPTY_ROWS = 300
"""Rows of a template that have drop-downs already."""
_FONT, _A3 = "宋体", 8
_COLOURS = ("#24435C", "#1D5C8F", "#00614A", "#6E4C00", "#8F3115", "#51606F", "#00538A", "#85375F", "#24435C")
_GROUNDS = dict(zip((*GROUPS, OTHER), _COLOURS, strict=True))
_WANTED, _UNKNOWN, _FIXED = "#FFE9C7", "#FBF1EC", "#EEF1F4"


def forms_xlsx(forms: FormSet) -> bytes:
    """Return all compounds of a set in one workbook. Raises CallError where there is none."""
    if not forms.ids:
        raise CallError(t("form.error.none", forms.lang))
    places = forms.walk[["street", "community"]].drop_duplicates()
    where = " ".join(part for part in places.iloc[0] if part) if len(places) == 1 else forms.assessment.district.name
    return form_workbook(
        form_table(forms), where=where, as_of=forms.assessment.as_of, version=forms.version, lang=forms.lang
    )


def forms_zip(forms: FormSet) -> bytes:
    """Return a ZIP of one workbook per community; equal input gives equal bytes."""
    if not forms.ids:
        raise CallError(t("form.error.none", forms.lang))
    buffer = io.BytesIO()
    day, lang = forms.assessment.as_of, forms.lang
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for (street, community), rows in forms.walk.groupby(["street", "community"], sort=False):
            where = " ".join(part for part in (str(street), str(community)) if part)
            content = form_workbook(
                form_table(forms, [str(key) for key in rows.index]),
                where=where, as_of=day, version=forms.version, lang=lang,
            )  # fmt: skip
            name = safe_file_name(f"{t('form.file', lang)}_{where or t('form.no_community', lang)}") + ".xlsx"
            info = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


def form_workbook(table: FormTable, *, where: str, as_of: dt.date, version: str, lang: str = "zh") -> bytes:
    """Return one workbook: the form, and a sheet that explains it. The date inside the file is ``as_of``."""
    import xlsxwriter  # no page waits for it before somebody asks for a file

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        title = t("form.workbook.title", lang, where=where)
        book.set_properties({"title": title, "created": dt.datetime.combine(as_of, dt.time())})
        formats = _formats(book)
        sheet = book.add_worksheet(t("form.workbook.sheet", lang))
        subtitle = t("form.workbook.subtitle", lang, date=date_text(as_of, lang), version=version)
        _write_head(sheet, table, formats, (title, subtitle))
        _write_rows(sheet, table, formats)
        _validate(sheet, table, as_of, lang)
        _set_page(sheet, table, title)
        _explain(book.add_worksheet(t("form.workbook.help", lang)), table, formats, lang)
    return buffer.getvalue()


def _formats(book: Any) -> Mapping[str, Any]:
    cell = {"font_name": _FONT, "font_size": 10, "valign": "vcenter", "border": 1, "border_color": "#D6DEE6"}
    formats: dict[str, Any] = {}
    codes = {"text": "@", "number": "General", "share": "0%"}
    for ground, colour in (("plain", ""), ("wanted", _WANTED), ("unknown", _UNKNOWN), ("fixed", _FIXED)):
        for kind, code in codes.items():
            look = {**cell, "num_format": code} | ({"bg_color": colour} if colour else {})
            formats[f"{ground} {kind}"] = book.add_format(look)
    head = {**cell, "font_name": "黑体", "bold": True, "font_color": "#FFFFFF", "align": "center", "text_wrap": True}
    formats |= {group: book.add_format({**head, "bg_color": colour}) for group, colour in _GROUNDS.items()}
    formats["title"] = book.add_format({"font_name": "黑体", "font_size": 16, "valign": "vcenter"})
    formats["note"] = book.add_format({"font_name": _FONT, "font_size": 10, "font_color": "#51606F"})
    formats["wrap"] = book.add_format({**cell, "text_wrap": True})
    return formats


def _write_head(sheet: Any, table: FormTable, formats: Mapping[str, Any], words: tuple[str, str]) -> None:
    sheet.write_string(0, 0, words[0], formats["title"])
    sheet.write_string(1, 0, words[1], formats["note"])
    sheet.set_row(0, 26)
    sheet.set_row(HEADER_ROW, 44)
    for place, column in enumerate(table.columns):
        group = column.field.group if column.field and column.name not in HEAD else OTHER
        sheet.write_string(HEADER_ROW, place, column.heading, formats[group])
        sheet.set_column(place, place, _width(column, table))


def _width(column: FormColumn, table: FormTable) -> float:
    longest = max((2.0 * len(str(text)) for text in table.rows[column.name]), default=0.0)
    listed = max((2.0 * len(word) + 3 for word in column.field.words), default=0.0) if column.field else 0.0
    return float(min(max(longest + 2, listed, len(column.heading) + 3, 9.0), 26.0))


def _write_rows(sheet: Any, table: FormTable, formats: Mapping[str, Any]) -> None:
    for place, column in enumerate(table.columns):
        wanted = table.wanted[column.name].to_numpy(dtype=bool)
        kind = _kind(column)
        for n, (key, text) in enumerate(zip(table.rows[ID], table.rows[column.name], strict=True)):
            row = HEADER_ROW + 1 + n
            style = formats[f"{_ground(column, str(text), bool(wanted[n]))} {kind}"]
            value = cell_value(column, str(text))
            if value == "":
                sheet.write_blank(row, place, None, style)
            elif isinstance(value, str):
                sheet.write_string(row, place, value, style)
            else:
                sheet.write_number(row, place, value, style)
            if (hint := table.hints.get((str(key), column.name))) is not None:
                sheet.write_comment(row, place, hint, {"x_scale": 1.6, "font_size": 9})


def _kind(column: FormColumn) -> str:
    if column.field is None or not column.field.number:
        return "text"
    return "share" if column.field.kind == "ratio" else "number"


def _ground(column: FormColumn, text: str, wanted: bool) -> str:
    if wanted:
        return "wanted"
    if column.name in (ID, NAME, VERSION):
        return "fixed"
    return "unknown" if column.field is not None and text in ("", *UNKNOWN_WORDS) else "plain"


def _validate(sheet: Any, table: FormTable, as_of: dt.date, lang: str) -> None:
    last = HEADER_ROW + (len(table.rows) or EMPTY_ROWS)
    for place, column in enumerate(table.columns):
        rule = _date_rule(as_of, lang) if column.name == DATE else _rule(column.field, lang) if column.field else None
        if rule:
            sheet.data_validation(HEADER_ROW + 1, place, last, place, rule)


def _rule(field: FormField, lang: str) -> dict[str, Any] | None:
    """What a cell takes; whatever else is typed is questioned, not refused, because #清空 and 不适用 are allowed."""
    words = {"error_type": "warning", "error_title": t("form.check", lang), "ignore_blank": True}
    if field.kind == "enums":
        return {"validate": "any", "input_message": t("form.take.several", lang, words="；".join(field.words))[:255]}
    if field.words:
        listed = [*field.words, NOT_APPLICABLE, CLEAR]
        if len(",".join(listed)) > MOST_LIST:
            return {"validate": "any", "input_message": t("form.take.one", lang, words="、".join(field.words))[:255]}
        return {"validate": "list", "source": listed, **words, "error_message": t("form.take.list", lang)}
    if not field.number:
        return None
    low, high = field.low if field.low is not None else 0.0, field.high
    span = limits_words(field, lang)
    rule = {"validate": "integer" if field.whole else "decimal", "input_message": span, **words, "error_message": span}
    ends = (
        {"criteria": ">=", "value": low} if high is None else {"criteria": "between", "minimum": low, "maximum": high}
    )
    return rule | ends


def limits_words(field: FormField, lang: str) -> str:
    """Return the range of a number as a form says it: 0—5000路."""
    low = 0.0 if field.low is None else field.low
    key = "form.take.least" if field.high is None else "form.take.between"
    return t(key, lang, low=f"{low:g}", high=f"{field.high or 0:.12g}", unit=field.unit)


def _date_rule(as_of: dt.date, lang: str) -> dict[str, Any]:
    return {"validate": "any", "input_message": t("form.take.date", lang, date=as_of.isoformat())}


def _set_page(sheet: Any, table: FormTable, title: str) -> None:
    sheet.freeze_panes(HEADER_ROW + 1, 2)
    sheet.set_landscape()
    sheet.set_paper(_A3)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.repeat_rows(HEADER_ROW)
    sheet.repeat_columns(0, 1)
    sheet.set_footer(f"&L{title.replace('&', '&&')}&R&P/&N")
    sheet.ignore_errors({"number_stored_as_text": f"A1:A{HEADER_ROW + 1 + max(len(table.rows), EMPTY_ROWS)}"})


def _explain(sheet: Any, table: FormTable, formats: Mapping[str, Any], lang: str) -> None:
    """The sheet beside the form: how to fill it in, then every column with what it takes."""
    row = 0
    while True:
        words = t(f"form.help.{row + 1}", lang)
        sheet.write_string(row, 0, words, formats["note"])
        row += 1
        if row == _HELP_LINES:
            break
    row += 1
    for place, name in enumerate(("column", "take")):
        sheet.write_string(row, place, t(f"form.help.{name}", lang), formats[OTHER])
    for column in table.columns:
        if column.field is not None:
            row += 1
            sheet.write_string(row, 0, column.heading, formats["wrap"])
            sheet.write_string(row, 1, _takes(column.field, lang), formats["wrap"])
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 80)


_HELP_LINES = 6


def _takes(field: FormField, lang: str) -> str:
    if field.words:
        return "、".join(field.words)
    return (
        limits_words(field, lang) if field.number else t(f"form.take.{'day' if field.kind == 'date' else 'text'}", lang)
    )
