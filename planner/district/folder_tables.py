"""The tables of a district folder: our own CSV taken to the letter, anybody else's table read as office tables are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from planner.district.clean import Cleaned, clean_table
from planner.district.decoder import decode
from planner.district.headers import map_headers
from planner.district.office import is_office
from planner.district.separated import parse_rows
from planner.district.table import RawTable, known_headers, read_table
from planner.errors import join_problems, problem, problem_rows
from planner.policy import Policy

_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".et")


@dataclass(frozen=True, slots=True)
class FolderTable:
    """A cleaned table of a folder, the row of each record in its file, and everything found on the way."""

    cleaned: Cleaned
    row_numbers: pd.Series
    problems: pd.DataFrame
    file: str


def find_table(folder: Path, name: str) -> Path | None:
    """Return the file of a table: name.csv before the other formats; None where there is none."""
    return next((path for suffix in _SUFFIXES if (path := folder / f"{name}{suffix}").is_file()), None)


def read_folder_table(path: Path, policy: Policy, table: str, *, file: str) -> FolderTable:
    """Return the typed table of a file. `file` is what reports call it. Raises InputError as `read_table` does."""
    return read_table_bytes(path.read_bytes(), policy, table, file=file)


def read_table_bytes(data: bytes, policy: Policy, table: str, *, file: str) -> FolderTable:
    """Return the typed table of a file's content, as `read_folder_table` does."""
    raw = _own(data, policy, table, file) or read_table(data, name=file, known=known_headers(policy, table))
    named = map_headers(list(raw.cells.columns), policy, table)
    cells = raw.cells[list(named.fields)].rename(columns=named.fields)
    cleaned = clean_table(cells, table, policy, file=file, row_numbers=raw.row_numbers, columns=named.columns)
    listed = [problem("district.unmapped", severity="info", file=file, row=1, value=h) for h in named.unmapped]
    problems = join_problems([raw.problems, named.problems, *listed, cleaned.problems])
    return FolderTable(cleaned, raw.row_numbers, problems, file)


def _own(data: bytes, policy: Policy, table: str, file: str) -> RawTable | None:
    """The table as this program writes it: row 1 holds field names and nothing else, so nothing is to be guessed.

    Blank cells are unknown here, never merged cells; a text that says 合计 or 同上 is that text.
    """
    if is_office(data) or not data:
        return None
    decoded = decode(data, file=file)
    header = decoded.text.partition("\n")[0].strip().rstrip(",").split(",")
    if not set(header) <= set(policy.fields(table).index) or len(set(header)) < len(header):
        return None
    rows = parse_rows(decoded.text, ",", file=file)
    numbered = [(i, row) for i, row in enumerate(rows, start=1) if i > 1 and "".join(row).strip()]
    odd = [(i, row) for i, row in numbered if len(row) != len(header)]
    over = {i for i, row in odd if any(row[len(header) :])}
    kept = [(i, _evened(row, len(header))) for i, row in numbered if i not in over]
    cells = pd.DataFrame([row for _, row in kept], columns=header, dtype=str)
    return RawTable(
        cells=cells,
        row_numbers=pd.Series([i for i, _ in kept], index=cells.index, dtype="int64"),
        header_rows=(1,),
        sheet="",
        encoding=decoded.encoding,
        evidence=decoded.evidence,
        separator=",",
        problems=_widths(odd, len(header), file),
    )


def _evened(row: list[str], width: int) -> list[str]:
    return row if len(row) == width else (row + [""] * width)[:width]


def _widths(odd: list[tuple[int, list[str]]], width: int, file: str) -> pd.DataFrame:
    over = [(i, row) for i, row in odd if any(row[width:])]
    short = [(i, row) for i, row in odd if len(row) < width]
    reports = []
    for rule, severity, found in (("read.overlong", "error", over), ("read.short", "warning", short)):
        values = [" ".join(cell for cell in row if cell.strip()) for _, row in found]
        params = [{"cells": len(row), "columns": width} for _, row in found]
        rows = [i for i, _ in found]
        report = problem_rows(rule, rows, severity=severity, file=file, column="", values=values, params=params)
        reports.append(report)
    return join_problems(reports)
