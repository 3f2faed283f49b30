"""Where a store is: a GeoPackage file or a PostgreSQL URL; told from a folder without loading a database driver."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from planner.store.marks import HEAD

_URL = re.compile(r"postgres(ql)?(\+\w+)?://", re.IGNORECASE)


def is_url(place: Path | str) -> bool:
    """Return whether the place is the address of a database server."""
    return isinstance(place, str) and bool(_URL.match(place))


def as_place(text: str) -> Path | str:
    """Return what a person typed as a place: a URL stays text, anything else is a path."""
    return text if is_url(text) else Path(text)


def is_store(place: Path | str) -> bool:
    """Return whether the place is a store: a URL, or a database file with the table planner_head (CONTRACTS 1).

    Only SQLite itself looks into the file: whoever opens and closes a database file beside it lets go of the locks by
    which other processes know that it is in use here (sqlite.org, How To Corrupt, 2.2), and they would remove its log.
    """
    if is_url(place):
        return True
    path = Path(place)
    if not path.is_file() or not path.stat().st_size:
        return False
    where, as_uri = (str(path), False) if writable(path) else (read_only_uri(path), True)
    try:
        with closing(sqlite3.connect(where, timeout=30, uri=as_uri)) as connection:
            query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
            return connection.execute(query, (HEAD,)).fetchone() is not None
    except sqlite3.DatabaseError:
        return False


def writable(path: Path) -> bool:
    """Return whether this process may write a store file and the log beside it."""
    return os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)


def read_only_uri(path: Path) -> str:
    """Return the address by which SQLite opens a store file that may not be written.

    Where no log lies beside it nobody has it open: it is read as it stands, as a write-protected disk needs it.
    """
    rest = path.absolute()
    ending = "" if rest.with_name(f"{rest.name}-wal").exists() else "&immutable=1"
    return f"{rest.as_uri()}?mode=ro{ending}"


def may_write(place: Path | str) -> bool:
    """Return whether this process may write the store's file; of a server only a write tells."""
    return is_url(place) or writable(Path(place))


def identity(place: Path | str) -> tuple[str, ...]:
    """Return what tells one file from another at the same path; of a file that only others write also when they did."""
    if is_url(place):
        return ("server",)
    path = Path(place)
    try:
        found = path.stat()
    except OSError:
        return ("none",)
    log = path.with_name(f"{path.name}-wal")
    own = (str(found.st_dev), str(found.st_ino))
    return own if writable(path) else (*own, str(found.st_mtime_ns), str(log.exists()))


def shown(place: Path | str) -> str:
    """Return a place as it may be shown and logged: without the password of a URL."""
    return re.sub(r"(?<=//)([^:/@]*):[^@/]*@", r"\1:***@", str(place))
