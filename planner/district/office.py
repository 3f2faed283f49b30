"""Office workbooks (.xlsx .xls .ods, .et) to grids: the ledger sheet, its cells as text, its merged ranges."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from planner.district.grid import Grid, Merge, sheet_grid, word_keys
from planner.district.refusal import refuse
from planner.errors import InputError, join_problems, problem, problem_rows
from planner.text import t

MAX_UNPACKED = 512 << 20
"""Bytes a workbook may unpack to; a 100,000-row ledger of 40 columns takes about 200 MiB."""
MAX_RATIO = 400
"""Unpacked to packed size; honest sheets reach about 60."""
MAX_MEMBERS = 2_000
MAX_CELLS = 30_000_000
"""Cells of one sheet's used range: one cell at XFD1048576 makes 17 thousand million."""
_EXACT = 10**15
_CONVERT_SECONDS = 120
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True, slots=True)
class Workbook:
    """The chosen sheet, and what was found on the way."""

    grid: Grid
    problems: pd.DataFrame


def is_office(data: bytes) -> bool:
    """Whether the bytes are a ZIP or an OLE container, as .xlsx, .ods, .xls and .et are."""
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
    best = max(filled, key=lambda name: (*_likeness(filled[name][0], known), -names.index(name)))
    others = [name for name in book.sheet_names if name != best]
    listed = problem_rows(
        "read.sheet_other",
        [None] * len(others),
        severity="info",
        file=file,
        column="",
        values=others,
        params=[{"sheet": best}] * len(others),
    )
    return Workbook(filled[best][0], join_problems([listed, filled[best][1]]))


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
    if data.startswith(b"PK"):
        _refuse_bomb(data, file)
    elif _ENCRYPTED in data[: 1 << 16] or _ENCRYPTED in data[-(1 << 16) :]:
        raise refuse("file.password", file=file)
    try:
        return _calamine(data, file)
    except InputError:
        if file.lower().endswith(".et"):
            return _calamine(_by_libreoffice(data, file), file)
        raise


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


def _refuse_bomb(data: bytes, file: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            if len(members) > MAX_MEMBERS or total > MAX_UNPACKED or total > MAX_RATIO * max(len(data), 1 << 10):
                raise refuse("file.bomb", file=file, size=total >> 20, members=len(members))
            _refuse_other_zip({member.filename for member in members}, file)
            for member in members:
                with archive.open(member) as stream:
                    while stream.read(1 << 20):
                        pass
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise refuse("file.workbook", file=file, reason=str(error)[:120]) from error
    except Exception as error:
        if isinstance(error, InputError):
            raise
        raise refuse("file.workbook", file=file, reason=str(error)[:120]) from error


def _refuse_other_zip(names: set[str], file: str) -> None:
    spreadsheet = any(name.startswith("xl/") for name in names) or "content.xml" in names
    if not spreadsheet:
        kind = "word" if any(name.startswith("word/") for name in names) else "archive"
        raise refuse("file.not_text", file=file, kind=t(f"read.kind.{kind}"))


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
