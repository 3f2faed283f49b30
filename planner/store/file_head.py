"""Where a store stands, and for a file the quick way to ask: without a database library, at every run of a page."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from planner.store.marks import BATCHES, EVENTS, HEAD
from planner.store.place import is_store, read_only_uri, writable
from planner.store.tables import PLANNER_TABLES

BESIDE = tuple(name for name in PLANNER_TABLES if name not in ("planner_district", "planner_original"))
"""Tables of which no district is made."""
NO_HASH = "0" * 64
"""What the first batch is chained to."""
COLUMNS = ("batch_id", "hash", "synced", "folder", "ledger_hash", "layers_hash")


@dataclass(frozen=True, slots=True)
class Head:
    """The one row of planner_head: last batch and its hash, the folder and what it said when both last agreed."""

    batch: int
    hash: str
    synced: int
    folder: str
    ledger_hash: str
    layers_hash: str


@dataclass(frozen=True, slots=True)
class FileHead:
    """The head of a store file, the version of its tables, and the hash of the last batch that touched the ledger."""

    head: Head
    version: int
    ledger: str


def read_file_head(path: Path) -> FileHead | None:
    """Return where a store file stands at this moment; None where it is no store or cannot be read this way."""
    if not is_store(path):
        return None
    where, as_uri = (str(path), False) if writable(path) else (read_only_uri(path), True)
    marks = ", ".join("?" * len(BESIDE))
    ledger = (
        f"SELECT hash FROM {BATCHES} b WHERE EXISTS (SELECT 1 FROM {EVENTS} e WHERE e.batch_id = b.id"
        f" AND e.table_name NOT IN ({marks})) ORDER BY id DESC LIMIT 1"
    )
    try:
        with closing(sqlite3.connect(where, timeout=30, uri=as_uri)) as connection:
            connection.execute("BEGIN")
            row = connection.execute(f"SELECT {', '.join(COLUMNS)}, schema_version FROM {HEAD}").fetchone()
            last = connection.execute(ledger, BESIDE).fetchone()
    except sqlite3.Error:
        return None
    return None if row is None else FileHead(Head(*row[:-1]), int(row[-1]), str(last[0]) if last else NO_HASH)
