"""Is everything as it was written? The file itself, the chain of hashes, and the replay of every event."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import groupby

import pandas as pd
import sqlalchemy as sa

from planner.errors import join_problems, problem
from planner.store.chain import BATCH_WORDS, EVENT_WORDS, batch_hash, event_line
from planner.store.connection import Store
from planner.store.file_head import NO_HASH
from planner.store.marks import BATCHES, EVENTS, HEAD
from planner.store.rows import Event, Row
from planner.store.state import stream_rows
from planner.store.tables import PRESENT
from planner.store.undo import as_event

_STREAM = 2000
_SHOWN = 100


def verify(store: Store) -> pd.DataFrame:
    """Return what is wrong with a store as problem rows (PROBLEM_COLUMNS); none when everything holds.

    Checked: the database's own integrity; that no batch or event was altered, added or taken out (hash chain); that
    replaying every event gives the current state cell by cell. At most a hundred rows that differ are listed.
    Raises StoreError where the store cannot be read at all.
    """
    with store.reading() as connection:
        found = [*_integrity(store, connection)]
        if not found:
            found = [*_chain(store, connection), *_replay(store, connection)]
    return join_problems(found)


def _integrity(store: Store, connection: sa.Connection) -> Iterator[pd.DataFrame]:
    if store.on_postgres:
        return
    for (said,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
        if said != "ok":
            yield _fault(store, "verify.integrity", reason=said)
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        yield _fault(store, "verify.orphan")


def _chain(store: Store, connection: sa.Connection) -> Iterator[pd.DataFrame]:
    batches, head = store.table(BATCHES), store.table(HEAD)
    digests = _digests(store, connection)
    previous, expected, seen = NO_HASH, 1, 0
    for batch in connection.execute(sa.select(batches).order_by(batches.c.id)).mappings().all():
        words = {word: batch[word] for word in BATCH_WORDS}
        if batch["id"] != expected:
            yield _fault(store, "verify.missing", row=expected)
        count, digest = digests.pop(batch["id"], (0, hashlib.sha256().hexdigest()))
        if batch["previous"] != previous or batch_hash(words) != batch["hash"]:
            yield _fault(store, "verify.batch", row=batch["id"])
        if (count, digest) != (batch["events"], batch["digest"]):
            yield _fault(store, "verify.events", row=batch["id"], found=count, expected=batch["events"])
        previous, expected, seen = batch["hash"], batch["id"] + 1, seen + count
    for number in digests:
        yield _fault(store, "verify.orphan", row=number)
    end = connection.execute(sa.select(head)).mappings().one_or_none()
    if end is None or (end["batch_id"], end["hash"], end["seq"]) != (expected - 1, previous, seen) or end["writing"]:
        yield _fault(store, "verify.head")


def _digests(store: Store, connection: sa.Connection) -> dict[int, tuple[int, str]]:
    """Number of events and their digest by batch, streamed."""
    events = store.table(EVENTS)
    query = sa.select(*[events.c[word] for word in EVENT_WORDS]).order_by(events.c.seq)
    result = connection.execute(query.execution_options(yield_per=_STREAM))
    digests = {}
    for number, group in groupby(result, key=lambda event: event.batch_id):
        digest, count = hashlib.sha256(), 0
        for event in group:
            digest.update(event_line(list(event)))
            count += 1
        digests[number] = (count, digest.hexdigest())
    return digests


def _replay(store: Store, connection: sa.Connection) -> Iterator[pd.DataFrame]:
    differing = (fault for table in store.fields for fault in _replay_table(store, connection, table))
    for shown, fault in enumerate(differing):
        if shown == _SHOWN:
            return
        yield fault


def _replay_table(store: Store, connection: sa.Connection, table: str) -> Iterator[pd.DataFrame]:
    """Both sides sorted by row id, so that one row at a time is in memory."""
    names = list(store.fields[table])
    current = stream_rows(store, connection, table, names)
    folded = _folded(store, connection, table, names)
    left, right = next(current, None), next(folded, None)
    while left is not None or right is not None:
        if right is None or (left is not None and _before(left[0], right[0])):
            assert left is not None
            yield _fault(store, "verify.state", column=table, value=left[0])
            left = next(current, None)
        elif left is None or _before(right[0], left[0]):
            yield _fault(store, "verify.state", column=table, value=right[0])
            right = next(folded, None)
        else:
            if right[1] is None or not _same(left[1], right[1], names):
                yield _fault(store, "verify.state", column=table, value=left[0])
            left, right = next(current, None), next(folded, None)


def _folded(store: Store, connection: sa.Connection, table: str, names: list[str]) -> Iterator[tuple[str, Row | None]]:
    """Every row as its events make it; None where an event does not fit the one before."""
    events = store.table(EVENTS)
    query = sa.select(events).where(events.c.table_name == table).order_by(events.c.row_id, events.c.seq)
    result = connection.execute(query.execution_options(yield_per=_STREAM)).mappings()
    for row_id, group in groupby(result, key=lambda record: str(record["row_id"])):
        row: Row | None = Row(texts={PRESENT: "", **dict.fromkeys(names, "")})
        for record in group:
            event = as_event(record)
            if row is None or not _fits(row, event):
                row = None
                continue
            row.advance(event)
        yield row_id, row


def _fits(row: Row, event: Event) -> bool:
    """Whether the event begins where the row is."""
    if event.version != row.version + 1:
        return False
    for name, entry in event.patch.items():
        old, _, stamp, _ = event.whole(entry)
        if name not in row.texts or (row.texts[name], row.stamps.get(name)) != (old, stamp):
            return False
    return True


def _same(row: Row, folded: Row, names: list[str]) -> bool:
    cells = all(row.texts[name] == folded.texts[name] for name in (*names, PRESENT))
    return cells and row.version == folded.version and row.stamps == folded.stamps


def _before(one: str, other: str) -> bool:
    return one.encode("utf-8", "surrogatepass") < other.encode("utf-8", "surrogatepass")


def _fault(store: Store, rule: str, **told: object) -> pd.DataFrame:
    return problem(rule, file=store.place, **told)  # type: ignore[arg-type]
