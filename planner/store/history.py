"""What happened: the batches, the cells of one batch, the life of one cell, what waits for a decision."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import sqlalchemy as sa

from planner.store.batches import undone_batches
from planner.store.connection import Store
from planner.store.marks import BATCHES, EVENTS
from planner.store.rows import Event
from planner.store.state import table_state
from planner.store.undo import as_event

BATCH_COLUMNS = ("batch", "kind", "actor", "at", "reason", "file", "rows", "undoes", "undone_by", "hash")
CELL_COLUMNS = (
    "batch", "kind", "actor", "at", "reason", "file", "file_row", "table", "row_id", "field", "old", "new", "version",
    "surveyed_on", "surveyor", "source",
)  # fmt: skip


def list_batches(store: Store) -> pd.DataFrame:
    """Return every batch, oldest first: BATCH_COLUMNS; undoes, undone_by are batch numbers or missing."""
    source = store.table(BATCHES)
    with store.reading() as connection:
        found = connection.execute(sa.select(source).order_by(source.c.id)).mappings().all()
        undone = undone_batches(connection, store)
    rows = [{**b, "batch": b["id"], "rows": b["events"], "undone_by": undone.get(b["id"])} for b in found]
    frame = pd.DataFrame(rows, columns=list(BATCH_COLUMNS))
    return frame.astype({"batch": "Int64", "rows": "Int64", "undoes": "Int64", "undone_by": "Int64"})


def batch_cells(store: Store, number: int) -> pd.DataFrame:
    """Return every cell that a batch changed: CELL_COLUMNS, in the order in which they were changed."""
    return _cells(store, store.table(EVENTS).c.batch_id == number)


def row_history(store: Store, table: str, row_id: str, field: str | None = None) -> pd.DataFrame:
    """Return every change of a row, or of one of its cells, oldest first: CELL_COLUMNS."""
    events = store.table(EVENTS).c
    cells = _cells(store, sa.and_(events.table_name == table, events.row_id == row_id))
    return cells if field is None else cells[cells["field"] == field].reset_index(drop=True)


def held_cells(store: Store) -> pd.DataFrame:
    """Return the cells that wait for a decision: index held id, the columns of planner_held."""
    held = table_state(store, "planner_held")
    return held[held["decision"] == ""]


def text_at(store: Store, cell: tuple[str, str, str], version: int) -> str:
    """Return what a cell (table, row id, field) held at a version of its row; blank where it had nothing yet."""
    table, row_id, field = cell
    past = row_history(store, table, row_id, field)
    past = past[past["version"] <= version]
    return str(past["new"].iloc[-1]) if len(past) else ""


def _cells(store: Store, where: Any) -> pd.DataFrame:
    events, batches = store.table(EVENTS), store.table(BATCHES)
    told = [batches.c[name] for name in ("kind", "actor", "at", "reason", "file")]
    query = sa.select(events, *told).join(batches, batches.c.id == events.c.batch_id).where(where)
    with store.reading() as connection:
        records = connection.execute(query.order_by(events.c.seq)).mappings().all()
    rows = [cell for record in records for cell in _cells_of(record, as_event(record))]
    return pd.DataFrame(rows, columns=list(CELL_COLUMNS)).astype({"file_row": "Int64", "version": "Int64"})


def _cells_of(record: sa.RowMapping, event: Event) -> list[dict[str, Any]]:
    shared = {**record, "batch": record["batch_id"], "table": event.table}
    return [{**shared, "field": name, "old": e[0], "new": e[1]} for name, e in json.loads(record["patch"]).items()]
