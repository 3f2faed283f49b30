"""Applying a batch: everything or nothing, in one transaction, with a receipt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import sqlalchemy as sa

from planner.store.chain import batch_hash, compact, events_digest
from planner.store.changes import (
    HELD_COLUMNS,
    as_changes,
    changes_frame,
    plan_changes,
    refuse_unknown,
    wanted_fields,
    with_ids,
)
from planner.store.connection import Store
from planner.store.marks import BATCHES, EVENTS, HEAD
from planner.store.rows import Event, Key, Row
from planner.store.state import load_rows, save_rows
from planner.store.tables import PRESENT


def _no_changes() -> pd.DataFrame:
    return changes_frame([])


def _none_held() -> pd.DataFrame:
    return pd.DataFrame(columns=list(HELD_COLUMNS), dtype=object)


@dataclass(frozen=True, slots=True)
class Signature:
    """Who writes, when (with time zone) and why: what the log keeps of every batch."""

    actor: str
    at: dt.datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What somebody wants written: who, when (with time zone), why, from which file, and the cells.

    kind: seed, folder, survey, set, decision, retire ... (undo is made by `undo_batch` only). changes: see
    `changes_frame`. held: cells that the merge already found to wait for a decision (HELD_COLUMNS). content_key: a
    hash of what was read; the same key is not applied twice, unless it was undone in between.
    """

    kind: str
    actor: str
    at: dt.datetime
    reason: str
    changes: pd.DataFrame = field(default_factory=_no_changes)
    held: pd.DataFrame = field(default_factory=_none_held)
    file: str = ""
    content_key: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was written: batch number (None where there was nothing to write), rows and cells changed, cells equal
    already, cells held, cells refused (undo only: table, row_id, field, value, why), and the hash of the batch.

    already: this content was applied before, as `batch`; nothing was done.
    """

    batch: int | None
    rows: int
    cells: int
    equal: int
    held: pd.DataFrame
    refused: pd.DataFrame
    hash: str
    already: bool = False

    @property
    def waiting(self) -> int:
        """How many of the held cells are still to be decided."""
        return int((self.held["decision"] == "").sum())


BESIDE = ("planner_original", "planner_held", "planner_submissions")
"""Tables that go along with a change and are not counted as one."""
REFUSED_COLUMNS = ("table", "row_id", "field", "value", "why")


def apply_batch(store: Store, batch: Batch) -> Receipt:
    """Write a batch in one transaction: all of it, or (when anything fails) nothing.

    Cells that moved since the change was made against them are held, as rows of planner_held; equal values are no
    change. Raises InputError with every wrong row (unknown table, field or row, a cell twice), StoreError where the
    database cannot; the store is then as before.
    """
    changes = with_ids(as_changes(batch.changes), store.fields)
    refuse_unknown(changes, store.fields)
    with store.writing() as (connection, head):
        before = batch_of_content(store, connection, batch.content_key)
        if before is not None:
            return _receipt(before, already=True)
        rows = load_rows(store, connection, wanted_fields(changes))
        planned = plan_changes(rows, changes, store.fields, file=batch.file)
        held = [*_as_held(batch.held)]
        held += planned.held
        waiting = _held_events(head.batch_id + 1, held, rows)
        written = write_batch(store, connection, batch, head=head, events=[*planned.events, *waiting], rows=rows)
    return Receipt(
        batch=written[0],
        rows=len({(e.table, e.row_id) for e in planned.events if e.table not in BESIDE}),
        cells=sum(len(e.patch) for e in planned.events if e.table not in BESIDE),
        equal=planned.equal,
        held=pd.DataFrame(held, columns=list(HELD_COLUMNS), dtype=object),
        refused=_none_refused(),
        hash=written[1],
    )


def write_batch(
    store: Store,
    connection: sa.Connection,
    batch: Batch,
    *,
    head: Any,
    events: Sequence[Event],
    rows: Mapping[Key, Row],
    undoes: int | None = None,
) -> tuple[int | None, str]:
    """Write events, the rows that they have moved, and the batch that holds them; return its number and hash.

    No events, no batch. The caller holds the transaction.
    """
    if not events:
        return None, head.hash
    records = [_event_record(e, head.seq + n, head.batch_id + 1) for n, e in enumerate(events, start=1)]
    words = {
        "id": head.batch_id + 1, "kind": batch.kind, "actor": batch.actor, "at": moment(batch.at),
        "reason": batch.reason, "file": batch.file, "content_key": batch.content_key, "undoes": undoes,
        "events": len(records), "digest": events_digest(records), "previous": head.hash,
    }  # fmt: skip
    words["hash"] = batch_hash(words)
    connection.execute(store.table(BATCHES).insert(), words)
    connection.execute(store.table(EVENTS).insert(), records)
    connection.execute(store.table(HEAD).update().values(writing=1))
    save_rows(store, connection, rows, _changed(events, rows, head.seq))
    moved = {"batch_id": words["id"], "seq": head.seq + len(records), "hash": words["hash"], "writing": 0}
    connection.execute(store.table(HEAD).update().values(**moved))
    return words["id"], str(words["hash"])


def moment(at: dt.datetime) -> str:
    """Return a moment as the log holds it: UTC, to the second. ValueError without a time zone."""
    if at.tzinfo is None:
        raise ValueError("a batch needs a time with its time zone")
    return at.astimezone(dt.UTC).isoformat(timespec="seconds")


def batch_of_content(store: Store, connection: sa.Connection, content_key: str) -> int | None:
    """Return the batch that wrote this content and was not undone; None where there is none, and for no key."""
    if not content_key:
        return None
    source = store.table(BATCHES)
    found = connection.execute(sa.select(source.c.id).where(source.c.content_key == content_key)).scalars().all()
    undone = undone_batches(connection, store) if found else {}
    return next((int(number) for number in found if number not in undone), None)


def undone_batches(connection: sa.Connection, store: Store) -> dict[int, int]:
    """Return batch -> the undo that stands against it; an undo that was undone itself does not count."""
    source = store.table(BATCHES)
    query = sa.select(source.c.id, source.c.undoes).where(source.c.undoes.is_not(None)).order_by(source.c.id.desc())
    undone: dict[int, int] = {}
    for number, target in connection.execute(query):
        if number not in undone:
            undone.setdefault(target, number)
    return undone


def _as_held(frame: pd.DataFrame) -> list[dict[str, str]]:
    cells = frame.reindex(columns=list(HELD_COLUMNS)).astype(object)
    records = cells.where(cells.notna(), "").to_dict("records")
    return [{str(name): str(value) for name, value in record.items()} for record in records]


def _held_events(number: int, held: list[dict[str, str]], rows: dict[Key, Row]) -> list[Event]:
    events = []
    for n, cells in enumerate(held, start=1):
        key = ("planner_held", f"{number:06d}-{n:06d}")
        patch: dict[str, list[Any]] = {PRESENT: ["", "1"], **{f: ["", v] for f, v in cells.items() if v}}
        event = Event(*key, 1, patch, cells["surveyed_on"], cells["surveyor"])
        rows[key] = Row(texts=dict.fromkeys(HELD_COLUMNS, ""))
        rows[key].advance(event)
        events.append(event)
    return events


def _event_record(event: Event, seq: int, batch_id: int) -> dict[str, Any]:
    return {
        "seq": seq, "batch_id": batch_id, "table_name": event.table, "row_id": event.row_id,
        "version": event.version, "file_row": event.file_row, "surveyed_on": event.surveyed_on,
        "surveyor": event.surveyor, "source": event.source, "patch": compact(event.patch),
    }  # fmt: skip


def _changed(events: Sequence[Event], rows: Mapping[Key, Row], seq: int) -> dict[Key, set[str]]:
    """The fields that each row has to be written with; a new row gets the number of its first event as fid."""
    changed: dict[Key, set[str]] = {}
    for number, event in enumerate(events, start=seq + 1):
        key = (event.table, event.row_id)
        changed.setdefault(key, set()).update(event.patch)
        if rows[key].fid == 0:
            rows[key].fid = -number
    return changed


def _none_refused() -> pd.DataFrame:
    return pd.DataFrame(columns=list(REFUSED_COLUMNS), dtype=object)


def _receipt(batch: int | None, *, already: bool) -> Receipt:
    return Receipt(batch, 0, 0, 0, _none_held(), _none_refused(), "", already)
