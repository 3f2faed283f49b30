"""Taking a batch back: an inverse batch, cell by cell, refused where later edits stand on a cell."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from planner.district.memory import uncollected
from planner.errors import CallError
from planner.store.batches import BESIDE, PART, REFUSED_COLUMNS, Batch, BatchWriter, Receipt
from planner.store.changes import HELD_COLUMNS
from planner.store.connection import Store
from planner.store.marks import BATCHES, EVENTS
from planner.store.rows import Event, Key, Row
from planner.store.state import load_rows
from planner.store.tables import PRESENT
from planner.text import t

SEED = "seed"
UNDO_COLUMNS = ("table", "row_id", "field", "now", "back")


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What undoing a batch would do: cells (UNDO_COLUMNS: what they say now and what they would say), and refused
    (REFUSED_COLUMNS) on which later edits stand. Without either there is nothing left to take back."""

    cells: pd.DataFrame
    refused: pd.DataFrame


def undo_batch(store: Store, number: int, *, actor: str, at: dt.datetime, reason: str = "") -> Receipt:
    """Give every cell of a batch its value of before, where the batch's value still stands.

    A cell that a later batch changed is refused and listed (receipt.refused: why `later`, `retired`); a row that the
    batch made goes as a whole or stays as a whole. An undo can be undone. Nothing left to take back gives a receipt
    without a batch. CallError for a number that is no batch, and for the seed, which everything stands on.
    """
    refused: list[dict[str, str]] = []
    cells = undone_cells = 0
    with uncollected(), store.writing() as (connection, head):
        _check(store, connection, number)
        writer = BatchWriter(store, connection, Batch("undo", actor, at, reason), head, undoes=number)
        for events in _last_first(store, connection, number):
            rows = load_rows(store, connection, _cells(events))
            undone, kept = _inverse(events, rows)
            writer.add(undone, rows)
            refused += kept
            cells += sum(len(event.patch) for event in events)
            undone_cells += sum(len(event.patch) for event in undone)
        written, digest = writer.finish()
    return Receipt(
        batch=written,
        rows=len(writer.touched),
        cells=writer.cells,
        equal=cells - undone_cells - len(refused),
        held=pd.DataFrame(columns=list(HELD_COLUMNS), dtype=object),
        refused=pd.DataFrame(refused, columns=list(REFUSED_COLUMNS), dtype=object),
        hash=digest,
    )


def preview_undo(store: Store, number: int) -> UndoPreview:
    """Return what `undo_batch` would do now; nothing is written. CallError as there."""
    with store.reading() as connection:
        _check(store, connection, number)
        events = [event for part in _last_first(store, connection, number) for event in part]
        undone, refused = _inverse(events, load_rows(store, connection, _cells(events)))
    cells = [
        (event.table, event.row_id, name, entry[0], entry[1])
        for event in undone
        for name, entry in event.patch.items()
        if event.table not in BESIDE
    ]
    told = pd.DataFrame(refused, columns=list(REFUSED_COLUMNS), dtype=object)
    return UndoPreview(pd.DataFrame(cells, columns=list(UNDO_COLUMNS), dtype=object), told)


def _last_first(store: Store, connection: sa.Connection, number: int) -> Iterator[list[Event]]:
    """The events of a batch from its last to its first, some at a time."""
    source = store.table(EVENTS).c
    before = connection.execute(sa.select(sa.func.max(source.seq)).where(source.batch_id == number)).scalar()
    query = sa.select(store.table(EVENTS)).where(source.batch_id == number).order_by(source.seq.desc()).limit(PART)
    while before is not None:
        records = connection.execute(query.where(source.seq <= before)).mappings().all()
        yield [as_event(record) for record in records]
        before = records[-1]["seq"] - 1 if len(records) == PART else None


def as_event(record: Mapping[str, Any] | sa.RowMapping) -> Event:
    """Return one record of planner_events as an event."""
    return Event(
        record["table_name"],
        record["row_id"],
        record["version"],
        json.loads(record["patch"]),
        record["surveyed_on"],
        record["surveyor"],
        record["source"],
        record["file_row"],
    )


def _check(store: Store, connection: sa.Connection, number: int) -> None:
    source = store.table(BATCHES)
    kind = connection.execute(sa.select(source.c.kind).where(source.c.id == number)).scalar()
    if kind is None:
        raise CallError(t("store.error.no_batch", number=number))
    if kind == SEED:
        raise CallError(t("store.error.seed", number=number))


def _cells(events: list[Event]) -> dict[Key, list[str]]:
    cells: dict[Key, list[str]] = {}
    for event in events:
        cells.setdefault((event.table, event.row_id), []).extend(event.patch)
    return cells


def _inverse(events: list[Event], rows: dict[Key, Row]) -> tuple[list[Event], list[dict[str, str]]]:
    """The events that take these back, and the cells that cannot be; events from the last; the rows move along."""
    undone: list[Event] = []
    refused: list[dict[str, str]] = []
    for event in events:
        row = rows[(event.table, event.row_id)]
        patch, kept = _inverse_patch(event, row)
        refused += kept
        if patch:
            back = Event(event.table, event.row_id, row.version + 1, patch)
            row.advance(back)
            undone.append(back)
    return undone, refused


def _inverse_patch(event: Event, row: Row) -> tuple[dict[str, list[Any]], list[dict[str, str]]]:
    patch: dict[str, list[Any]] = {}
    refused: list[dict[str, str]] = []
    for name, entry in event.patch.items():
        old, new, old_stamp, new_stamp = event.whole(entry)
        stamp = row.stamps.get(name)
        current = row.texts[name]
        if (current, stamp) == (old, old_stamp):
            continue
        if (current, stamp) != (new, new_stamp):
            refused.append(_refused(event, name, current, "later"))
        elif not row.present and PRESENT not in event.patch:
            refused.append(_refused(event, name, current, "retired"))
        else:
            patch[name] = [new, old, new_stamp, old_stamp]
    if PRESENT in event.patch and refused:
        refused += [_refused(event, name, row.texts[name], "later") for name in patch]
        patch = {}
    return patch, refused


def _refused(event: Event, name: str, current: str, why: str) -> dict[str, str]:
    return dict(zip(REFUSED_COLUMNS, (event.table, event.row_id, name, current, why), strict=True))
