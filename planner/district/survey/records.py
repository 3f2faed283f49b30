"""A survey file to its records: every line of it accounted for, none padded, none shifted, within the limits."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from planner.district.body_rows import read_body
from planner.district.decoder import Decoded, decode
from planner.district.grid import Grid, plain, sheet_grid
from planner.district.header_rows import Header, find_header
from planner.district.office import is_office, read_workbook
from planner.district.refusal import refuse
from planner.district.separated import told_or_sniffed
from planner.district.table import read_bytes, refuse_markup
from planner.errors import join_problems, problem, problem_rows

MAX_BYTES = 20 << 20
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELL = 2_000
_LEFT_OUT = ("read.total", "read.header_again", "read.numbering", "read.section", "read.note")
_LONG_NOTE = 20
_NAMELESS = re.compile(r"（第\d+列）")
_NOTE_WORD = re.compile(r"(备注|附注|注|说明|填表|制表|填报|审核|复核|单位|负责|经办|联系|数据|截至)")


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a survey file as text.

    cells: one text column per header, the rows to read; rows: line of each in the file (in a text file the line on
    which the record ends, in a workbook the row). log: every record of the file with row, record (counted from 1) and
    status: header, title, blank, skipped (totals, notes, repeated headers), refused (another number of cells than the
    header) or "" for a row to read. broken: row -> cells of the records that were refused.
    """

    file: str
    cells: pd.DataFrame
    rows: pd.Series
    log: pd.DataFrame
    broken: dict[int, list[str]]
    encoding: str
    evidence: str
    separator: str
    sheet: str
    problems: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Source:
    """The grid of a file, the line of each record, and how it came out of the bytes."""

    grid: Grid
    lines: list[int]
    lengths: list[int]
    decoded: Decoded
    separator: str
    problems: pd.DataFrame


def read_records(
    source: Path | bytes,
    known: frozenset[str],
    *,
    name: str = "",
    encoding: str | None = None,
    sheet: str | None = None,
) -> Records:
    """Return the records of a .csv, .txt, .tsv, .xlsx or .xls file; what it is, its bytes tell.

    known: header words (`table.known_headers`). A file over 20 MB, 200,000 rows or 200 columns, an empty or binary one,
    an encoding that is not certain, a quote that is not closed raise InputError. A header without rows is no fault.
    """
    data, file = read_bytes(source, name, limit=MAX_BYTES)
    found = _workbook(data, known, file, sheet) if is_office(data) else _text(data, known, file, encoding)
    _refuse_size(found.grid, file)
    header = find_header(found.grid, known, file=file)
    body = read_body(found.grid, header, file=file)
    named = header.problems[~(header.problems["rule"].eq("read.header_renamed") & header.problems["value"].eq(""))]
    report = join_problems([found.problems, named, body.problems])
    log = _log(found, header, report)
    log, widths = _check_widths(log, found, header, file=file)
    kept = body.row_numbers.isin(log.loc[log["status"] == "", "record"])
    lines = pd.Series(found.lines, index=range(1, len(found.lines) + 1), dtype="int64")
    broken = {int(r.row): found.grid.rows[r.record - 1] for r in log[log["status"] == "refused"].itertuples()}
    report = report[~report["row"].isin(log.loc[log["status"] == "refused", "record"]).fillna(False)]
    return Records(
        file=file,
        cells=_named_or_filled(body.cells[kept].reset_index(drop=True)),
        rows=body.row_numbers[kept].map(lines).astype("int64").reset_index(drop=True).rename("row"),
        log=log,
        broken=broken,
        encoding=found.decoded.encoding,
        evidence=found.decoded.evidence,
        separator=found.separator,
        sheet=found.grid.sheet,
        problems=join_problems([report.assign(row=report["row"].map(lines).astype("Int64")), widths]),
    )


def _workbook(data: bytes, known: frozenset[str], file: str, sheet: str | None) -> _Source:
    book = read_workbook(data, known, file=file, sheet=sheet)
    lines = list(range(1, len(book.grid.rows) + 1))
    return _Source(book.grid, lines, [], Decoded("", "", ""), "", book.problems)


def _text(data: bytes, known: frozenset[str], file: str, encoding: str | None) -> _Source:
    decoded = decode(data, encoding, file=file)
    refuse_markup(decoded.text, file)
    separator, told = told_or_sniffed(decoded.text, known)
    rows, lines = [], []
    same: dict[str, str] = {}
    for record, line in _numbered(decoded.text, separator, file):
        rows.append([same.setdefault(cell, cell) for cell in record])  # equal cells are held once
        lines.append(line)
    if told:
        rows[0] = []
    lengths = [len(row) for row in rows]
    return _Source(sheet_grid(rows), lines, lengths, replace(decoded, text=""), separator, join_problems([]))


def _numbered(text: str, separator: str, file: str) -> Iterator[tuple[list[str], int]]:
    """Each record with the line on which it ends; a file that is not strict CSV is refused with the line it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    before = 0
    try:
        for record in reader:
            yield record, reader.line_num
            before = reader.line_num
    except csv.Error as error:
        rule = "file.quote" if "end of data" in str(error) else "file.csv"
        raise refuse(rule, file=file, row=before + 1, reason=str(error)) from error


def _refuse_size(grid: Grid, file: str) -> None:
    if not grid.width:
        raise refuse("file.empty", file=file)
    if grid.width > MAX_COLUMNS:
        raise refuse("file.columns", file=file, value=grid.width, limit=MAX_COLUMNS)
    filled = sum(1 for row in grid.rows if any(row))
    if filled > MAX_ROWS + 1:
        raise refuse("survey.rows", file=file, value=filled - 1, limit=MAX_ROWS)


def _log(found: _Source, header: Header, report: pd.DataFrame) -> pd.DataFrame:
    """Every record with its line and what it is; "" for rows of data."""
    blank = [not _says(row) for row in found.grid.rows]
    log = pd.DataFrame({"row": found.lines, "record": range(1, len(blank) + 1), "status": ""})
    skipped = report.loc[report["rule"].isin(_LEFT_OUT), "row"].astype("int64")
    log.loc[log["record"].isin(skipped), "status"] = "skipped"
    log.loc[log["record"] <= header.top, "status"] = "title"
    log.loc[log["record"].between(header.top + 1, header.bottom + 1), "status"] = "header"
    log.loc[pd.Series(blank, index=log.index) & ~log["status"].eq("header"), "status"] = "blank"
    return log


def _says(row: list[str]) -> bool:
    """Whether a row has a cell that is not blank; its first one tells nearly always."""
    return bool(row and row[0] and not row[0].isspace()) or any(cell and not cell.isspace() for cell in row)


def _check_widths(log: pd.DataFrame, found: _Source, header: Header, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of a text file with another number of cells than the header are refused; blank cells at the end are none.

    A row that was cut may look like a note of one cell: a note is only left out when it is one in full width or words.
    """
    if not found.lengths:
        return log, join_problems([])
    head = found.grid.rows[header.top : header.bottom + 1]
    width = max(_filled(row) for row in head)
    lengths = np.array(found.lengths)
    data, skipped = ((log["status"] == status).to_numpy() for status in ("", "skipped"))
    beyond = {p for p in np.flatnonzero(data & (lengths > width)) if _filled(found.grid.rows[p]) > width}
    cut = {p for p in np.flatnonzero(skipped & (lengths < width)) if _is_cut(found.grid.rows[p])}
    wrong = sorted({*np.flatnonzero(data & (lengths < width)), *beyond, *cut})
    counts = [_filled(found.grid.rows[p]) if p in beyond else int(lengths[p]) for p in wrong]
    report = problem_rows(
        "survey.width",
        log["row"].iloc[wrong],
        severity="error",
        file=file,
        column="",
        values=[""] * len(wrong),
        params=[{"cells": count, "columns": width} for count in counts],
    )
    return log.assign(status=log["status"].mask(log.index.isin(wrong), "refused")), report


def _named_or_filled(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells without the columns that have neither a header nor, once wide rows are refused, any content."""
    nameless = [name for name in cells.columns if _NAMELESS.fullmatch(name) and not cells[name].str.strip().any()]
    return cells.drop(columns=nameless)


def _is_cut(row: list[str]) -> bool:
    filled = [plain(cell) for cell in row if cell.strip()]
    return len(filled) == 1 and len(filled[0]) > _LONG_NOTE and not _NOTE_WORD.match(filled[0])


def _filled(row: list[str]) -> int:
    return max((c + 1 for c, cell in enumerate(row) if cell.strip()), default=0)


def no_rows(records: Records) -> pd.DataFrame:
    """Return the note that a file has a header and nothing below it; without problems where it has rows."""
    if len(records.cells) or (records.log["status"] == "refused").any():
        return join_problems([])
    return problem("survey.no_rows", severity="warning", file=records.file)
