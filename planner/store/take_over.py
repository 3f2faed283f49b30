"""What was kept in files before there was a store, taken over once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from planner.store.batches import Batch, apply_batch
from planner.store.chain import sha256
from planner.store.changes import changes_frame
from planner.store.connection import Store
from planner.store.mappings import HEADERS_FILE, HEADERS_TABLE, NAMES_FILE, NAMES_TABLE, read_files
from planner.store.remembering import KEEP, InStore, kept_rows, row_name
from planner.store.state import table_state
from planner.store.tables import PLANNER_TABLES, PRESENT
from planner.store.variants import FOLDER, TABLE, file_rows

_KEYS = {TABLE: 3, HEADERS_TABLE: 3, NAMES_TABLE: 2}
"""How many fields name a row."""


def take_over(store: Store, folder: Path, *, actor: str, at: dt.datetime) -> int | None:
    """Take variants, header mappings and confirmed names of a folder into a store; return the batch, None for none.

    The same files are taken once. What the store has, or had and has lost since, is not touched. The files stay.
    """
    files = [*sorted((folder / FOLDER).glob("*.csv")), folder / HEADERS_FILE, folder / NAMES_FILE]
    found = {file.name: sha256(file.read_bytes().hex()) for file in files if file.is_file()}
    if not found:
        return None
    rows = {TABLE: file_rows(folder), **read_files(folder)}
    return _take(InStore(store, actor, at), rows, content_key=sha256(repr(sorted(found.items()))))


def carry_over(source: Store, target: InStore) -> int | None:
    """Take what planners decided about foreign tables from one store into another; return the batch, None for none."""
    return _take(target, {table: kept_rows(source, table) for table in (HEADERS_TABLE, NAMES_TABLE)}, content_key="")


def _take(where: InStore, rows: dict[str, list[dict[str, str]]], *, content_key: str) -> int | None:
    changes = []
    for table, wanted in rows.items():
        there = set(table_state(where.store, table, retired=True).iloc[:, 0]) if table == TABLE else set()
        known = set(table_state(where.store, table, retired=True).index)
        for row in wanted:
            row_id = row_name(table, row, _KEYS[table])
            if row_id not in known and row[PLANNER_TABLES[table][0]] not in there:
                cells = {PRESENT: "1", **row}
                changes += [{"table": table, "row_id": row_id, "field": n, "value": v} for n, v in cells.items()]
                known.add(row_id)
    batch = Batch(KEEP, where.actor, where.at, "", changes_frame(changes), content_key=content_key)
    return apply_batch(where.store, batch).batch
