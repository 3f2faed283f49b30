"""Backup and restore, alike for both engines.

A backup of a server is a GeoPackage with the same batches, events and rows: it opens, verifies and restores like any
other, and its chain of hashes is the same.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import sqlalchemy as sa

from planner.errors import CallError, StoreError
from planner.policy import Policy
from planner.store.connection import Store, connect, transaction
from planner.store.copying import pour, set_aside, settle, vacuum_into
from planner.store.marks import BATCHES, EVENTS, HEAD
from planner.store.opening import checkpoint, lay_out, make_store, open_or_create, open_store
from planner.store.place import is_store, is_url, shown
from planner.store.schema import describe
from planner.store.trouble import explained
from planner.store.verify import verify
from planner.text import t

_CHUNK = 1000


def backup_store(store: Store, target: Path, *, at: dt.datetime) -> None:
    """Write the store, as it is at one moment, into one GeoPackage file, while others work; replaced whole.

    Raises StoreError, and CallError for a folder.
    """
    if target.is_dir():
        raise CallError(t("cli.error.out_is_folder", path=target))
    if not store.on_postgres:
        vacuum_into(store.engine, target)
        return
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    copy = make_store(part, store.fields, at=at)
    try:
        with store.reading() as old, transaction(copy.engine) as new:
            _copy(store, old, copy, new)
        checkpoint(copy)
        copy.close()
        settle(part, target)
    finally:
        copy.close()
        for ending in ("", "-wal", "-shm"):
            part.with_name(part.name + ending).unlink(missing_ok=True)


def restore_store(backup: Path, place: Path | str, policy: Policy, *, at: dt.datetime) -> Path | None:
    """Put a backup in the place of a store; return the file that keeps what was there (None where nothing was).

    The backup is verified first: one that does not hold is refused (StoreError with the faults) and nothing changes.
    What was there is kept beside the store (for a server: beside the backup) as NAME.before-restore.gpkg.
    """
    source = open_store(backup, policy)
    try:
        faults = verify(source)
        if len(faults):
            raise StoreError(t("store.error.backup_broken", place=backup, n=len(faults)), faults)
        if is_url(place):
            return _restore_server(source, place, policy, backup=backup, at=at)
    finally:
        source.close()
    return _restore_file(backup, Path(place), policy)


def _restore_file(backup: Path, place: Path, policy: Policy) -> Path | None:
    if not place.exists():
        engine = connect(backup)
        vacuum_into(engine, place)
        engine.dispose()
        return None
    kept = _free(place.with_name(f"{place.stem}.before-restore.gpkg"))
    try:
        if not is_store(place):
            raise StoreError(t("store.error.broken", place=place, reason=HEAD))
        current = open_store(place, policy)
        try:
            vacuum_into(current.engine, kept)
        finally:
            current.close()
        pour(backup, place)
    except StoreError:
        kept.unlink(missing_ok=True)
        set_aside(place, kept)
        engine = connect(backup)
        vacuum_into(engine, place)
        engine.dispose()
    return kept


def _restore_server(source: Store, place: Path | str, policy: Policy, *, backup: Path, at: dt.datetime) -> Path | None:
    target = open_or_create(place, policy, at=at)
    kept = _free(backup.with_name(f"{backup.stem}.before-restore.gpkg"))
    backup_store(target, kept, at=at)
    fresh = Store(shown(place), target.engine, source.fields, describe(source.fields))
    with explained(target.place), source.reading() as old, transaction(target.engine) as new:
        target.tables.drop_all(new)
        lay_out(fresh, new, at=at)
        _copy(source, old, fresh, new)
    target.close()
    return kept


def _copy(source: Store, old: sa.Connection, target: Store, new: sa.Connection) -> None:
    """Copy every row of every table; the head last, so that the guards of the target still sleep."""
    head = dict(old.execute(sa.select(source.table(HEAD))).mappings().one())
    new.execute(target.table(HEAD).delete())
    new.execute(target.table(HEAD).insert(), {**head, "writing": 1})
    for name in (BATCHES, EVENTS, *source.fields):
        table = source.table(name)
        query = sa.select(table).order_by(table.c[0]).execution_options(yield_per=_CHUNK)
        for part in old.execute(query).mappings().partitions(_CHUNK):
            new.execute(target.table(name).insert(), [dict(row) for row in part])
    new.execute(target.table(HEAD).update().values(writing=0))


def _free(path: Path) -> Path:
    """The first name of this kind that nothing has: NAME.gpkg, NAME.2.gpkg, ..."""
    number = 2
    free = path
    while free.exists():
        free = path.with_name(f"{path.stem}.{number}{path.suffix}")
        number += 1
    return free
