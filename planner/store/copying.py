"""A whole copy of a SQLite store while it is in use, and the way back into a file that is in use.

A copy of the file alone is not one: what was written last may still be in the log beside it.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from planner.store.trouble import explained


def vacuum_into(engine: sa.Engine, target: Path) -> None:
    """Copy a store, as it is at one moment, into one file without a log; the target is replaced whole."""
    target.absolute().parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    raw = engine.raw_connection()
    try:
        with explained(str(target)):
            raw.driver_connection.execute("VACUUM INTO ?", (str(part),))  # type: ignore[union-attr]
        settle(part, target)
    finally:
        raw.close()
        part.unlink(missing_ok=True)


def settle(part: Path, target: Path) -> None:
    """Move a finished file onto its place, safe against a power cut."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(part, target)


def pour(source: Path, target: Path) -> None:
    """Replace everything in a SQLite file by what another holds, in one transaction that open readers survive."""
    old, new = sqlite3.connect(source), sqlite3.connect(target, timeout=30)
    with explained(str(target)), closing(old), closing(new):
        old.backup(new)


def set_aside(path: Path, target: Path) -> None:
    """Move a database file that cannot be read, and its log, out of the way."""
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            os.replace(part, target.with_name(target.name + ending))
