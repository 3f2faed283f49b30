"""Making a store, opening one, and bringing an older one up to date (with a backup first)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from planner.errors import CallError, StoreError
from planner.policy import Policy
from planner.store import migrations
from planner.store.cell_values import GEOMETRY
from planner.store.connection import Store, connect, snapshot, transaction
from planner.store.copying import vacuum_into
from planner.store.file_head import NO_HASH
from planner.store.geopackage import list_table, make_geopackage
from planner.store.marks import HEAD
from planner.store.place import is_store, is_url, shown, writable
from planner.store.postgis import copy_tables, guard_table, make_postgis, prepare_postgis
from planner.store.schema import OWN_COLUMNS, column_name, column_type, describe, kind_of
from planner.store.tables import Fields, store_fields
from planner.store.trouble import explained
from planner.text import t


def open_or_create(place: Path | str, policy: Policy, *, at: dt.datetime) -> Store:
    """Return the store of a place, made empty where there is none. Raises StoreError and CallError as `open_store`."""
    if not is_url(place) and not Path(place).exists():
        return create_store(place, policy, at=at)
    engine = connect(place)
    try:
        with explained(shown(place)):
            there = sa.inspect(engine).has_table(HEAD)
    finally:
        engine.dispose()
    return open_store(place, policy, at=at) if there else create_store(place, policy, at=at)


def create_store(place: Path | str, policy: Policy, *, at: dt.datetime) -> Store:
    """Make an empty store. A file that is there already and is something else is refused (CallError)."""
    return make_store(place, store_fields(policy), at=at)


def make_store(place: Path | str, fields: Fields, *, at: dt.datetime) -> Store:
    """Make an empty store of these tables, as `create_store` does."""
    if not is_url(place):
        if Path(place).exists() and Path(place).stat().st_size:
            raise CallError(t("store.error.occupied", place=place))
        Path(place).absolute().parent.mkdir(parents=True, exist_ok=True)
    store = Store(shown(place), connect(place), fields, describe(fields))
    with _closed_on_failure(store.engine), explained(store.place):
        with transaction(store.engine) as connection:
            if sa.inspect(connection).has_table(HEAD):
                raise CallError(t("store.error.occupied", place=store.place))
            lay_out(store, connection, at=at)
            head = {"one": 1, "batch_id": 0, "seq": 0, "hash": NO_HASH, "schema_version": migrations.current()}
            told = {"writing": 0, "synced": 0, "folder": "", "ledger_hash": "", "layers_hash": ""}
            connection.execute(store.table(HEAD).insert(), {**head, **told})
        checkpoint(store)  # GDAL looks for the mark of a GeoPackage in the file itself, not in its log
    return store


def lay_out(store: Store, connection: sa.Connection, *, at: dt.datetime) -> None:
    """Make every table of a store, still without its head, with what QGIS needs and what guards the log."""
    if store.on_postgres:
        prepare_postgis(connection)
    store.tables.create_all(connection)
    if store.on_postgres:
        make_postgis(connection, store.fields)
    else:
        make_geopackage(connection, store.fields, at)


def open_store(place: Path | str, policy: Policy, *, at: dt.datetime | None = None) -> Store:
    """Open a store; one of an older version is upgraded, its backup beside it, new fields of columns.csv are added.

    A file that may not be written is opened for reading, without the fields that it lacks.

    Raises CallError where there is no store, StoreError where it cannot be read or is newer than this program.
    at: the moment that QGIS is told a new table appeared (default: 2000-01-01).
    """
    if not is_store(place):
        raise CallError(t("store.error.none", place=shown(place)))
    engine = connect(place)
    with _closed_on_failure(engine), explained(shown(place)):
        _upgrade(engine, place)
        there = _columns(engine)
        kept = _kept_fields(there, store_fields(policy))
        store = Store(shown(place), engine, kept, describe(kept))
        if any(_missing(store, there).values()):
            if not is_url(place) and not writable(Path(place)):
                found = _without_missing(kept, there)
                return Store(shown(place), engine, found, describe(found))
            _add_missing(store, at or dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
    return store


def checkpoint(store: Store) -> None:
    """Bring everything from the log of SQLite into the file itself; nothing to do on a server."""
    if not store.on_postgres:
        raw = store.engine.raw_connection()
        try:
            raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
        finally:
            raw.close()


@contextmanager
def _closed_on_failure(engine: sa.Engine) -> Iterator[None]:
    try:
        yield
    except BaseException:
        engine.dispose()
        raise


def _upgrade(engine: sa.Engine, place: Path | str) -> None:
    steps = _steps(engine, place)
    if steps:
        before = migrations.current() - len(steps)
        if is_url(place):
            with transaction(engine) as connection:
                copy_tables(connection, f"planner_v{before}_backup")
        else:
            vacuum_into(engine, Path(f"{place}.v{before}.bak"))
    for number, step in steps:
        with transaction(engine) as connection:
            connection.exec_driver_sql(f"UPDATE {HEAD} SET writing = 1")
            found = connection.exec_driver_sql(f"SELECT schema_version FROM {HEAD}").scalar_one()
            if found < number:  # else another process was quicker
                step(connection)
                connection.exec_driver_sql(f"UPDATE {HEAD} SET schema_version = {number}")
            connection.exec_driver_sql(f"UPDATE {HEAD} SET writing = 0")


def _steps(engine: sa.Engine, place: Path | str) -> list[tuple[int, Callable[[sa.Connection], None]]]:
    """The migrations that this store has not seen, with the version that each leads to."""
    with snapshot(engine) as connection:
        if not sa.inspect(connection).has_table(HEAD):
            raise CallError(t("store.error.none", place=shown(place)))
        found = connection.exec_driver_sql(f"SELECT schema_version FROM {HEAD}").scalar()
    if found is None:
        raise StoreError(t("store.error.broken", place=shown(place), reason=HEAD))
    if found > migrations.current():
        raise StoreError(t("store.error.newer", place=shown(place), found=found, known=migrations.current()))
    numbered = enumerate(migrations.MIGRATIONS, start=2)
    return [(number, step) for number, step in numbered if number > found]


def _columns(database: sa.Engine | sa.Connection) -> dict[str, dict[str, Any]]:
    """Table -> column -> SQL type of everything that the database holds."""
    found = sa.inspect(database).get_multi_columns()
    return {table: {column["name"]: column["type"] for column in columns} for (_, table), columns in found.items()}


def _kept_fields(there: Mapping[str, Mapping[str, Any]], wanted: Fields) -> Fields:
    """The wanted fields, kept as the columns that are there keep them, and those that columns.csv has dropped."""
    own = {"fid", *OWN_COLUMNS, column_name(GEOMETRY)}
    fields = {}
    for table, kinds in wanted.items():
        old = {name: kind_of(kind) for name, kind in there.get(table, {}).items() if name not in own}
        dropped = {name: kind for name, kind in old.items() if name not in kinds}
        fields[table] = {name: old.get(name, kind) for name, kind in kinds.items()} | dropped
    return fields


def _missing(store: Store, there: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """The fields that columns.csv has gained since the store was last opened."""
    return {t: [f for f in kinds if column_name(f) not in there.get(t, {})] for t, kinds in store.fields.items()}


def _without_missing(fields: Fields, there: Mapping[str, Mapping[str, Any]]) -> Fields:
    tables = {table: kinds for table, kinds in fields.items() if table in there}
    return {t: {f: kind for f, kind in of.items() if column_name(f) in there[t]} for t, of in tables.items()}


def _add_missing(store: Store, at: dt.datetime) -> None:
    with store.writing() as (connection, _):
        there = _columns(connection)  # another process may have been quicker
        for table, names in _missing(store, there).items():
            if table not in there:
                _add_table(store, connection, table, at)
                continue
            for name in names:
                sql_type = column_type(store.fields[table][name]).compile(store.engine.dialect)
                column = connection.dialect.identifier_preparer.quote(name)
                connection.exec_driver_sql(f'ALTER TABLE "{table}" ADD COLUMN {column} {sql_type}')


def _add_table(store: Store, connection: sa.Connection, table: str, at: dt.datetime) -> None:
    store.table(table).create(connection)
    shaped = GEOMETRY in store.fields[table]
    if store.on_postgres:
        guard_table(connection, table, shaped=shaped)
    else:
        list_table(connection, table, shaped=shaped, at=at)
