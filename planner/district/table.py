"""One door for every table that an office hands in: text or workbook, to cells of text with their row numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from planner.district.body_rows import read_body
from planner.district.decoder import decode
from planner.district.grid import Grid, text_grid, word_keys
from planner.district.header_rows import find_header
from planner.district.office import is_office, read_workbook
from planner.district.refusal import refuse
from planner.district.separated import split_rows
from planner.errors import join_problems
from planner.policy import Policy, split_list
from planner.text import t

MAX_BYTES = 256 << 20
MAX_COLUMNS = 1_000


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table as text, before anything is interpreted.

    cells: one text column per header (unique names; "" is blank). row_numbers: row of each record in the file as a
    person counts. header_rows: the same for the header. sheet and separator are "" where there is none. evidence: key
    of `read.evidence.*`. problems: titles, skipped rows, filled cells, other sheets (PROBLEM_COLUMNS).
    """

    cells: pd.DataFrame
    row_numbers: pd.Series
    header_rows: tuple[int, ...]
    sheet: str
    encoding: str
    evidence: str
    separator: str
    problems: pd.DataFrame


def known_headers(policy: Policy, table: str) -> frozenset[str]:
    """Return the header words of a table as `read_table` compares them: field names, labels and aliases."""
    rows = policy.fields(table)
    aliases = [alias for cell in rows["aliases"] for alias in split_list(cell)]
    words = [*rows.index, *rows["label_zh"], *rows["label_en"], *aliases]
    return frozenset(key for word in words for key in word_keys(word))


def read_table(
    source: Path | bytes,
    *,
    name: str = "",
    encoding: str | None = None,
    sheet: str | None = None,
    known: frozenset[str] = frozenset(),
) -> RawTable:
    """Return the table of a .csv .txt .tsv .xlsx .xls or .et file; the kind is told by content, not by name.

    name: what reports call the file (default: its own name). known: header words from `known_headers`. Raises
    InputError where nothing can be read: unreadable, empty, binary, encrypted, too large, no certain encoding.
    """
    data, file = read_bytes(source, name)
    if is_office(data):
        book = read_workbook(data, known, file=file, sheet=sheet)
        return _interpret(book.grid, known, file, _Origin(problems=book.problems))
    decoded = decode(data, encoding, file=file)
    refuse_markup(decoded.text, file)
    rows, separator = split_rows(decoded.text, known, file=file)
    return _interpret(text_grid(rows), known, file, _Origin(decoded.encoding, decoded.evidence, separator))


@dataclass(frozen=True, slots=True)
class _Origin:
    """How the grid came out of the file; nothing of it for a workbook but what was found on the way."""

    encoding: str = ""
    evidence: str = ""
    separator: str = ""
    problems: pd.DataFrame = field(default_factory=lambda: join_problems([]))


def read_bytes(source: Path | bytes, name: str = "", *, limit: int = MAX_BYTES) -> tuple[bytes, str]:
    """Return the bytes of a file and what reports call it; InputError where it cannot be read, is empty or too large.

    name: default the file's own name. limit: in bytes.
    """
    if isinstance(source, bytes):
        data, file = source, name or t("read.nameless")
    else:
        file = name or source.name
        try:
            if source.stat().st_size > limit:
                raise refuse("file.large", file=file, limit=limit >> 20)
            data = source.read_bytes()
        except OSError as error:
            raise refuse("file.unreadable", file=file, reason=error.strerror or "") from error
    if len(data) > limit:
        raise refuse("file.large", file=file, limit=limit >> 20)
    if not data.strip(b"\xef\xbb\xbf\xff\xfe \r\n\t\0"):
        raise refuse("file.empty", file=file)
    return data, file


def refuse_markup(text: str, file: str) -> None:
    """Raise InputError for a web page or XML under the name .xls: its cells are not where a table has them."""
    start = text.lstrip()[:200].lower()
    if start.startswith(("<html", "<!doctype", "<table", "<?xml", "<meta")):
        raise refuse("file.markup", file=file)


def _interpret(grid: Grid, known: frozenset[str], file: str, origin: _Origin) -> RawTable:
    if not grid.width:
        raise refuse("file.empty", file=file)
    if grid.width > MAX_COLUMNS:
        raise refuse("file.columns", file=file, value=grid.width, limit=MAX_COLUMNS)
    header = find_header(grid, known, file=file)
    body = read_body(grid, header, file=file)
    gone = set(header.names) - set(body.cells.columns)
    reports = header.problems[~header.problems["column"].isin(gone)]
    return RawTable(
        cells=body.cells,
        row_numbers=body.row_numbers,
        header_rows=tuple(range(header.top + 1, header.bottom + 2)),
        sheet=grid.sheet,
        encoding=origin.encoding,
        evidence=origin.evidence,
        separator=origin.separator,
        problems=join_problems([origin.problems, reports, body.problems]),
    )
