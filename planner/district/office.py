"""Office workbooks (.xlsx .xls .et) to grids: the ledger sheet, its cells as text, its merged ranges."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from planner.district.grid import Grid, Merge, sheet_grid, word_keys
from planner.district.refusal import refuse
from planner.district.zip_safety import MAX_CELLS, refuse_unsafe_zip
from planner.errors import InputError, join_problems, problem, problem_rows

_EXACT = 10**15
_CONVERT_SECONDS = 120
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True, slots=True)
class Workbook:
    """The chosen sheet, and what was found on the way."""

    grid: Grid
    problems: pd.DataFrame


def is_office(data: bytes) -> bool:
    """Whether the bytes are a ZIP or an OLE container, as .xlsx, .xls and .et are."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))


def read_workbook(data: bytes, known: frozenset[str], *, file: str, sheet: str | None = None) -> Workbook:
    """Return the sheet named `sheet`, or the visible one that looks most like a ledger; the others are listed.

    Most like a ledger: most `known` header words in one row, then most rows. Numbers become text as a person reads
    them (12.0 is 12), dates ISO, booleans 是 / 否. A password, a ZIP bomb, a damaged file, a sheet that is not there
    raise InputError.
    """
    book = _open(data, file)
    names = _visible(book)
    if sheet is not None:
        if sheet not in book.sheet_names:
            raise refuse("file.sheet", file=file, value=sheet, choices="、".join(book.sheet_names))
        grid, lost = _grid(book, sheet, file)
        return Workbook(grid, lost)
    grids = {name: _grid(book, name, file) for name in names}
    filled = {name: pair for name, pair in grids.items() if pair[0].width}
    if not filled:
        raise refuse("file.empty", file=file)
    likeness = {name: _likeness(pair[0], known) for name, pair in filled.items()}
    best = max(filled, key=lambda name: (*likeness[name], -names.index(name)))
    same = [name for name in filled if name != best and likeness[name][0] == likeness[best][0] > 1]
    others = [name for name in book.sheet_names if name != best and name not in same]
    listed = [
        _unread("read.sheet_same", "warning", same, best, file),
        _unread("read.sheet_other", "info", others, best, file),
    ]
    return Workbook(filled[best][0], join_problems([*listed, filled[best][1]]))


def _unread(rule: str, severity: str, sheets: list[str], read: str, file: str) -> pd.DataFrame:
    """The sheets that were not read: a warning where one looks just like the one that was (a sheet per 街道)."""
    params = [{"sheet": read}] * len(sheets)
    rows = [None] * len(sheets)
    return problem_rows(rule, rows, severity=severity, file=file, column="", values=sheets, params=params)


def as_text(value: object) -> str:
    """Return a cell of a workbook as text: whole floats without .0, dates and moments ISO, booleans 是 / 否."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _open(data: bytes, file: str) -> CalamineWorkbook:
    """WPS writes .et as a workbook of Excel's own kinds more often than not; LibreOffice has to read the others."""
    if not file.lower().endswith(".et"):
        return _checked(data, file)
    try:
        return _checked(data, file)
    except InputError:
        return _checked(_by_libreoffice(data, file), file)


def _checked(data: bytes, file: str) -> CalamineWorkbook:
    if data.startswith(b"PK"):
        refuse_unsafe_zip(data, file=file)
    elif _ENCRYPTED in data[: 1 << 16] or _ENCRYPTED in data[-(1 << 16) :]:
        raise refuse("file.password", file=file)
    return _calamine(data, file)


def _calamine(data: bytes, file: str) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError as error:
        raise refuse("file.password", file=file) from error
    except Exception as error:
        raise refuse("file.workbook", file=file, reason=str(error)[:120]) from error
    except BaseException as error:
        raise _refused_panic(error, file) from error


def _refused_panic(error: BaseException, file: str) -> BaseException:
    """A Rust panic reaches Python as a BaseException; every other one (Ctrl-C) goes on as it is."""
    if type(error).__name__ == "PanicException":
        return refuse("file.workbook", file=file, reason=str(error)[:120])
    return error


def _by_libreoffice(data: bytes, file: str) -> bytes:
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise refuse("file.et", file=file)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "table.et"
        source.write_bytes(data)
        profile = f"-env:UserInstallation=file://{folder}/profile"
        call = [program, profile, "--headless", "--convert-to", "xlsx", "--outdir", folder, str(source)]
        try:
            subprocess.run(call, check=True, capture_output=True, timeout=_CONVERT_SECONDS)
            return source.with_suffix(".xlsx").read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            raise refuse("file.et", file=file) from error


def _visible(book: CalamineWorkbook) -> list[str]:
    shown = [meta.name for meta in book.sheets_metadata if meta.visible == SheetVisibleEnum.Visible]
    return shown or list(book.sheet_names)


def _grid(book: CalamineWorkbook, name: str, file: str) -> tuple[Grid, pd.DataFrame]:
    try:
        sheet = book.get_sheet_by_name(name)
        _refuse_huge(sheet, file)
        values = sheet.to_python(skip_empty_area=False)
        ranges = sheet.merged_cell_ranges or []
    except InputError:
        raise
    except Exception as error:
        raise refuse("file.workbook", file=file, reason=str(error)[:120]) from error
    except BaseException as error:
        raise _refused_panic(error, file) from error
    merges = tuple(sorted((Merge(*a, *b) for a, b in ranges), key=lambda m: (m.top, m.left)))
    rows = [[as_text(value) for value in row] for row in values]
    return sheet_grid(rows, merges, name), _lost_digits(values, file)


def _refuse_huge(sheet: CalamineSheet, file: str) -> None:
    if sheet.end is not None and (sheet.end[0] + 1) * (sheet.end[1] + 1) > MAX_CELLS:
        raise refuse("file.huge", file=file, value=sheet.name, rows=sheet.end[0] + 1, columns=sheet.end[1] + 1)


def _lost_digits(values: Sequence[Sequence[object]], file: str) -> pd.DataFrame:
    """Whole numbers of 16 digits and more: Excel keeps 15, so an id typed as a number has lost its end."""
    found = [
        problem("read.digits_lost", severity="warning", file=file, row=i + 1, value=as_text(value))
        for i, row in enumerate(values)
        for value in row
        if isinstance(value, float | int) and abs(value) >= _EXACT
    ]
    return join_problems(found)


def _likeness(grid: Grid, known: frozenset[str]) -> tuple[int, int]:
    hits = max((sum(not known.isdisjoint(word_keys(c)) for c in row if c) for row in grid.rows[:40]), default=0)
    return hits, len(grid.rows)
