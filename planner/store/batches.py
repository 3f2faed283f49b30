"""Applying a batch: everything or nothing, in one transaction, with a receipt."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import sqlalchemy as sa

from planner.district.memory import uncollected
from planner.store.chain import EVENT_WORDS, batch_hash, compact, event_line
from planner.store.changes import (
    HELD_COLUMNS,
    as_changes,
    changes_frame,
    plan_changes,
    refuse_absent,
    refuse_unknown,
    row_codes,
    row_parts,
    wanted_fields,
    with_ids,
)
from planner.store.connection import Store
from planner.store.marks import BATCHES, EVENTS, HEAD
from planner.store.rows import Event, Key, Row
from planner.store.state import load_rows, run_many, save_rows
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
PART = 4_000
"""Rows that are in memory at a time."""
REFUSED_COLUMNS = ("table", "row_id", "field", "value", "why")


def apply_batch(store: Store, batch: Batch) -> Receipt:
    """Write a batch in one transaction: all of it, or (when anything fails) nothing.

    Cells that moved since the change was made against them are held, as rows of planner_held; equal values are no
    change. Raises InputError with every wrong row (unknown table, field or row, a cell twice), StoreError where the
    database cannot; the store is then as before.
    """
    codes = row_codes(batch.changes)
    refuse_unknown(batch.changes, codes, store.fields)
    held = [*_as_held(batch.held)]
    with uncollected(), store.writing() as (connection, head):
        before = batch_of_content(store, connection, batch.content_key)
        if before is not None:
            return _receipt(before, already=True)
        refuse_absent(store, connection, batch.changes, codes)
        writer = BatchWriter(store, connection, batch, head)
        equal = 0
        for part in row_parts(batch.changes, codes, PART):
            changes = with_ids(as_changes(part), store.fields)
            rows = load_rows(store, connection, wanted_fields(changes))
            planned = plan_changes(rows, changes, file=batch.file)
            writer.add(planned.events, rows)
            held += planned.held
            equal += planned.equal
        writer.add(*_held_events(head.batch_id + 1, held))
        number, digest = writer.finish()
    return Receipt(
        batch=number,
        rows=len(writer.touched),
        cells=writer.cells,
        equal=equal,
        held=pd.DataFrame(held, columns=list(HELD_COLUMNS), dtype=object),
        refused=_none_refused(),
        hash=digest,
    )


class BatchWriter:
    """One batch on its way into the store, some rows at a time; the caller holds the transaction.

    The rows are written as they come; the events wait, as the few words that the log keeps of each, for the batch that
    vouches for them. Nothing added, no batch.
    """

    def __init__(
        self, store: Store, connection: sa.Connection, batch: Batch, head: Any, *, undoes: int | None = None
    ) -> None:
        self._store, self._connection, self._batch = store, connection, batch
        self._head, self._undoes = head, undoes
        self._records: list[tuple[Any, ...]] = []
        self._digest = hashlib.sha256()
        self.touched: set[Key] = set()
        self.cells = 0

    def add(self, events: Sequence[Event], rows: Mapping[Key, Row]) -> None:
        """Write the rows that these events have moved, and remember the events."""
        if not events:
            return
        if not self._records:
            self._connection.execute(self._store.table(HEAD).update().values(writing=1))
        first = self._head.seq + len(self._records) + 1
        records = [event_record(e, n, self._head.batch_id + 1) for n, e in enumerate(events, start=first)]
        for record in records:
            self._digest.update(event_line(record))
        self._records += records
        save_rows(self._store, self._connection, rows, _changed(events, rows, first - 1))
        for event in events:
            if event.table not in BESIDE:
                self.touched.add((event.table, event.row_id))
                self.cells += len(event.patch)

    def finish(self) -> tuple[int | None, str]:
        """Write the batch and its events; return its number and hash (of the batch before where there is none)."""
        if not self._records:
            return None, str(self._head.hash)
        batch = self._batch
        words = {
            "id": self._head.batch_id + 1, "kind": batch.kind, "actor": batch.actor, "at": moment(batch.at),
            "reason": batch.reason, "file": batch.file, "content_key": batch.content_key, "undoes": self._undoes,
            "events": len(self._records), "digest": self._digest.hexdigest(), "previous": self._head.hash,
        }  # fmt: skip
        words["hash"] = batch_hash(words)
        self._connection.execute(self._store.table(BATCHES).insert(), words)
        for start in range(0, len(self._records), PART):
            some = self._records[start : start + PART]
            run_many(self._connection, self._store.table(EVENTS).insert(), EVENT_WORDS, some)
        seq = self._head.seq + len(self._records)
        moved = {"batch_id": words["id"], "seq": seq, "hash": words["hash"], "writing": 0}
        self._connection.execute(self._store.table(HEAD).update().values(**moved))
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


def _held_events(number: int, held: list[dict[str, str]]) -> tuple[list[Event], dict[Key, Row]]:
    events, rows = [], {}
    for n, cells in enumerate(held, start=1):
        key = ("planner_held", f"{number:06d}-{n:06d}")
        patch: dict[str, list[Any]] = {PRESENT: ["", "1"], **{f: ["", v] for f, v in cells.items() if v}}
        event = Event(*key, 1, patch, cells["surveyed_on"], cells["surveyor"])
        rows[key] = Row(texts=dict.fromkeys(HELD_COLUMNS, ""))
        rows[key].advance(event)
        events.append(event)
    return events, rows


def event_record(event: Event, seq: int, batch_id: int) -> tuple[Any, ...]:
    """Return what the log keeps of an event, in the order of EVENT_WORDS."""
    told = (event.version, event.file_row, event.surveyed_on, event.surveyor, event.source)
    return (seq, batch_id, event.table, event.row_id, *told, compact(event.patch))


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
