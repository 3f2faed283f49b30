"""Office workbooks (.xlsx .xls .et) to grids: the ledger sheet, its cells as text, its merged ranges."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from planner.district.grid import Grid, Merge, sheet_grid, word_keys
from planner.district.refusal import refuse
from planner.district.zip_safety import MAX_CELLS, refuse_unsafe_zip
from planner.errors import InputError, join_problems, problem_rows

_CONVERT_SECONDS = 120
_READ_SECONDS = 300
_MEMORY = 4 << 30
_PROJECT = Path(__file__).resolve().parents[2]
_CHILD = f"import sys; sys.path.insert(0, {str(_PROJECT)!r}); from planner.district.workbook_child import main; main()"
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
    book = _open(data, file, sheet or "")
    if sheet is not None and sheet not in book["names"]:
        raise refuse("file.sheet", file=file, value=sheet, choices="、".join(book["names"]))
    for name, rows, columns in book["huge"]:
        raise refuse("file.huge", file=file, value=name, rows=rows, columns=columns)
    grids = {found["name"]: (_grid(found), _lost_digits(found, file)) for found in book["sheets"]}
    filled = {name: pair for name, pair in grids.items() if pair[0].width}
    if not filled:
        raise refuse("file.empty", file=file)
    if sheet is not None:
        return Workbook(*filled[sheet])
    likeness = {name: _likeness(pair[0], known) for name, pair in filled.items()}
    best = max(filled, key=lambda name: (*likeness[name], -book["visible"].index(name)))
    same = [name for name in filled if name != best and likeness[name][0] == likeness[best][0] > 1]
    others = [name for name in book["names"] if name != best and name not in same]
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


def _open(data: bytes, file: str, sheet: str) -> dict[str, Any]:
    """WPS writes .et as a workbook of Excel's own kinds more often than not; LibreOffice has to read the others."""
    if not file.lower().endswith(".et"):
        return _read(data, file, sheet)
    try:
        return _read(data, file, sheet)
    except InputError:
        return _read(_by_libreoffice(data, file), file, sheet)


def _read(data: bytes, file: str, sheet: str) -> dict[str, Any]:
    if data.startswith(b"PK"):
        refuse_unsafe_zip(data, file=file)
    elif _ENCRYPTED in data[: 1 << 16] or _ENCRYPTED in data[-(1 << 16) :]:
        raise refuse("file.password", file=file)
    found = _in_child(data, file, sheet)
    if "error" in found:
        raise refuse(found["error"], file=file, reason=found.get("reason", ""))
    return found


def _in_child(data: bytes, file: str, sheet: str) -> dict[str, Any]:
    """What workbook_child finds; whatever it dies of (a panic, an abort, memory, time) is a damaged workbook here."""
    call = [sys.executable, "-I", "-c", _CHILD, str(_MEMORY), str(MAX_CELLS), sheet]
    try:
        done = subprocess.run(call, input=data, capture_output=True, timeout=_READ_SECONDS, check=True)
        found: dict[str, Any] = json.loads(done.stdout.decode("utf-8", "surrogatepass"))
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        raise refuse("file.workbook", file=file, reason=type(error).__name__) from error
    return found


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


def _grid(found: dict[str, Any]) -> Grid:
    merges = tuple(Merge(*area) for area in sorted(found["merges"]))
    return sheet_grid(found["rows"], merges, found["name"])


def _lost_digits(found: dict[str, Any], file: str) -> pd.DataFrame:
    rows = [row for row, _ in found["lost"]]
    values = [value for _, value in found["lost"]]
    return problem_rows("read.digits_lost", rows, severity="warning", file=file, column="", values=values)


def _likeness(grid: Grid, known: frozenset[str]) -> tuple[int, int]:
    hits = max((sum(not known.isdisjoint(word_keys(c)) for c in row if c) for row in grid.rows[:40]), default=0)
    return hits, len(grid.rows)
