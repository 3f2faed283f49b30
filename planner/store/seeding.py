"""The folder as seed: it fills an empty store, and a folder changed since is offered as an update, never taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from planner.district.district import District
from planner.district.load import read_district
from planner.errors import CallError
from planner.policy import Policy
from planner.store.batches import Batch, BatchWriter, Receipt, apply_batch
from planner.store.changes import CHANGE_COLUMNS
from planner.store.connection import Store
from planner.store.folders import district_rows, folder_hashes
from planner.store.marks import EVENTS, HEAD
from planner.store.rows import Event, Key, Row
from planner.store.state import store_tables
from planner.store.tables import PRESENT
from planner.store.undo import SEED, as_event
from planner.text import t

_SURVEYED = "surveyed_on"


@dataclass(frozen=True, slots=True)
class FolderUpdate:
    """What a folder says that it did not say when folder and store last agreed.

    counts: index table; new, gone, rows, cells (numbers of rows added, absent, changed, and of cells changed).
    changes: CHANGE_COLUMNS, each with the text that folder and store last agreed on (`old`); a cell that was edited in
    the store since will be held. gone: table, row_id of rows that the folder no longer has.
    """

    folder: Path
    hashes: tuple[str, str]
    counts: pd.DataFrame
    changes: pd.DataFrame
    gone: pd.DataFrame


def seed_store(store: Store, folder: Path, policy: Policy, *, actor: str, at: dt.datetime) -> int:
    """Fill an empty store from a district folder as batch 1; return the number of rows.

    Raises CallError where the store holds something, InputError as reading a folder does.
    """
    hashes = folder_hashes(folder)
    return seed_district(store, read_district(folder, policy), folder, hashes=hashes, by=(actor, at))


def seed_district(
    store: Store, district: District, folder: Path, *, hashes: tuple[str, str], by: tuple[str, dt.datetime]
) -> int:
    """Do as `seed_store` with a district that was read from the folder when it said what `hashes` stand for.

    by: who and when.
    """
    actor, at = by
    batch = Batch(SEED, actor, at, "", file=str(folder), content_key=":".join(hashes))
    with store.writing() as (connection, head):
        if head.batch_id:
            raise CallError(t("store.error.not_empty", place=store.place))
        events = [*_created(district, store)]
        rows: dict[Key, Row] = {}
        for event in events:
            rows[(event.table, event.row_id)] = Row(texts={PRESENT: ""})
            rows[(event.table, event.row_id)].advance(event)
        writer = BatchWriter(store, connection, batch, head)
        writer.add(events, rows)
        writer.finish()
        _sync(store, connection, folder, hashes)
    return len(events)


def folder_changed(store: Store, folder: Path | None = None) -> bool:
    """Return whether the folder (default: the store's own) says other bytes than when it last agreed with the store."""
    with store.reading() as connection:
        head = connection.execute(sa.select(store.table(HEAD))).one()
    where = folder or Path(head.folder)
    return where.is_dir() and folder_hashes(where) != (head.ledger_hash, head.layers_hash)


def compare_folder(store: Store, folder: Path, policy: Policy) -> FolderUpdate:
    """Return what a folder would change: the preview, nothing is written. InputError as reading a folder does."""
    hashes = folder_hashes(folder)
    incoming = district_rows(read_district(folder, policy))
    agreed = _agreed(store)
    changes, gone, counts = [], [], {}
    for table, rows in incoming.items():
        cells = [*_table_changes(table, agreed[table], rows)]
        absent = sorted(set(agreed[table]) - set(rows.index))
        changes += cells
        gone += [(table, row_id) for row_id in absent]
        made = {cell["row_id"] for cell in cells if cell["field"] == PRESENT}
        changed = [cell for cell in cells if cell["row_id"] not in made]
        counts[table] = (len(made), len(absent), len({c["row_id"] for c in changed}), len(changed))
    return FolderUpdate(
        folder,
        hashes,
        pd.DataFrame.from_dict(counts, orient="index", columns=["new", "gone", "rows", "cells"]),
        pd.DataFrame(changes, columns=list(CHANGE_COLUMNS), dtype=object),
        pd.DataFrame(gone, columns=["table", "row_id"], dtype=object),
    )


def apply_folder(
    store: Store, update: FolderUpdate, *, actor: str, at: dt.datetime, reason: str, retire: bool = False
) -> Receipt:
    """Take a previewed update: its changes in one batch; with `retire` the rows that the folder no longer has go too.

    Cells that were edited in the store since are held. Folder and store then count as agreed.
    """
    going = update.gone.assign(field=PRESENT, value="", old="1") if retire else update.gone.iloc[:0]
    changes = pd.concat([update.changes, going], ignore_index=True) if len(going) else update.changes
    batch = Batch("folder", actor, at, reason, changes, file=str(update.folder))
    receipt = apply_batch(store, batch)
    with store.writing() as (connection, _):
        _sync(store, connection, update.folder, update.hashes)
    return receipt


def mark_agreed(store: Store, folder: Path) -> None:
    """Record that this folder says what the store says now (after an export)."""
    with store.writing() as (connection, _):
        _sync(store, connection, folder, folder_hashes(folder))


def _created(district: District, store: Store) -> Iterator[Event]:
    for table, rows in district_rows(district).items():
        names = [name for name in rows.columns if name in store.fields[table]]
        day = names.index(_SURVEYED) if _SURVEYED in names else None
        for row_id, cells in zip(rows.index, rows[names].to_numpy(dtype=object).tolist(), strict=True):
            patch = {PRESENT: ["", "1"], **{n: ["", text] for n, text in zip(names, cells, strict=True) if text}}
            yield Event(table, row_id, 1, patch, "" if day is None else cells[day])


def _sync(store: Store, connection: sa.Connection, folder: Path, hashes: tuple[str, str]) -> None:
    """Where the layers are, what the folder says now, and up to which batch folder and store agree."""
    head = store.table(HEAD)
    known = {"folder": str(folder.absolute()), "ledger_hash": hashes[0], "layers_hash": hashes[1]}
    connection.execute(head.update().values(synced=head.c.batch_id, **known))


def _agreed(store: Store) -> dict[str, dict[str, dict[str, str]]]:
    """Table -> row -> field -> text as folder and store last agreed: today's state without what came after."""
    tables, told = store_tables(store, retired=True)
    state = {table: frame.to_dict("index") for table, frame in tables.items()}
    events = store.table(EVENTS)
    with store.reading() as connection:
        later = (
            sa.select(events)
            .where(events.c.batch_id > told.synced, events.c.batch_id <= told.batch_id)
            .order_by(events.c.seq.desc())
        )
        for record in connection.execute(later).mappings():
            event = as_event(record)
            row: dict[Any, Any] = state[event.table][event.row_id]
            row.update({name: entry[0] for name, entry in event.patch.items()})
    return {table: _standing(rows) for table, rows in state.items()}


def _standing(rows: Mapping[Any, Any]) -> dict[str, dict[str, str]]:
    return {str(row_id): row for row_id, row in rows.items() if row[PRESENT] == "1"}


def _table_changes(
    table: str, agreed: Mapping[str, Mapping[str, str]], incoming: pd.DataFrame
) -> Iterator[dict[str, Any]]:
    names = list(incoming.columns)
    for row_id, cells in zip(incoming.index, incoming.to_numpy(dtype=object).tolist(), strict=True):
        before = agreed.get(row_id)
        said = dict(zip(names, cells, strict=True))
        if before is None:
            yield {"table": table, "row_id": row_id, "field": PRESENT, "value": "1"}
            before = {}
        shared = {"table": table, "row_id": row_id, "surveyed_on": said.get(_SURVEYED, "")}
        for name in dict.fromkeys([*names, *before]):
            new, old = said.get(name, ""), before.get(name, "")
            if name != PRESENT and new != old:
                yield {**shared, "field": name, "value": new, "old": old if before else None}
