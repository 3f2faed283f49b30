"""Where a store is: a GeoPackage file or a PostgreSQL URL; told from a folder without loading a database driver."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from planner.store.marks import HEAD

_URL = re.compile(r"postgres(ql)?(\+\w+)?://", re.IGNORECASE)
_SQLITE = b"SQLite format 3\x00"


def is_url(place: Path | str) -> bool:
    """Return whether the place is the address of a database server."""
    return isinstance(place, str) and bool(_URL.match(place))


def as_place(text: str) -> Path | str:
    """Return what a person typed as a place: a URL stays text, anything else is a path."""
    return text if is_url(text) else Path(text)


def is_store(place: Path | str) -> bool:
    """Return whether the place is a store: a URL, or a database file with the table planner_head (CONTRACTS 1)."""
    if is_url(place):
        return True
    path = Path(place)
    if not path.is_file() or not _is_database(path):
        return False
    try:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
            return connection.execute(query, (HEAD,)).fetchone() is not None
    except sqlite3.DatabaseError:
        return False


def shown(place: Path | str) -> str:
    """Return a place as it may be shown and logged: without the password of a URL."""
    return re.sub(r"(?<=//)([^:/@]*):[^@/]*@", r"\1:***@", str(place))


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE
