"""Taking a batch back: an inverse batch, cell by cell, refused where later edits stand on a cell."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from planner.errors import CallError
from planner.store.batches import BESIDE, REFUSED_COLUMNS, Batch, Receipt, write_batch
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
    with store.writing() as (connection, head):
        _check(store, connection, number)
        events = read_events(store, connection, number)
        rows = load_rows(store, connection, _cells(events))
        undone, refused = _inverse(events, rows)
        batch = Batch("undo", actor, at, reason)
        written = write_batch(store, connection, batch, head=head, events=undone, rows=rows, undoes=number)
    return Receipt(
        batch=written[0],
        rows=len({(e.table, e.row_id) for e in undone if e.table not in BESIDE}),
        cells=sum(len(e.patch) for e in undone if e.table not in BESIDE),
        equal=sum(len(e.patch) for e in events) - sum(len(e.patch) for e in undone) - len(refused),
        held=pd.DataFrame(columns=list(HELD_COLUMNS), dtype=object),
        refused=pd.DataFrame(refused, columns=list(REFUSED_COLUMNS), dtype=object),
        hash=written[1],
    )


def preview_undo(store: Store, number: int) -> UndoPreview:
    """Return what `undo_batch` would do now; nothing is written. CallError as there."""
    with store.reading() as connection:
        _check(store, connection, number)
        events = read_events(store, connection, number)
        undone, refused = _inverse(events, load_rows(store, connection, _cells(events)))
    cells = [
        (event.table, event.row_id, name, entry[0], entry[1])
        for event in undone
        for name, entry in event.patch.items()
        if event.table not in BESIDE
    ]
    told = pd.DataFrame(refused, columns=list(REFUSED_COLUMNS), dtype=object)
    return UndoPreview(pd.DataFrame(cells, columns=list(UNDO_COLUMNS), dtype=object), told)


def read_events(store: Store, connection: sa.Connection, number: int) -> list[Event]:
    """Return the events of a batch, in order."""
    source = store.table(EVENTS)
    query = sa.select(source).where(source.c.batch_id == number).order_by(source.c.seq)
    return [as_event(record) for record in connection.execute(query).mappings()]


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
    """The events that take these back, last first, and the cells that cannot be; the rows move along."""
    undone: list[Event] = []
    refused: list[dict[str, str]] = []
    for event in reversed(events):
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
