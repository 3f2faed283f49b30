"""Making a store, opening one, and bringing an older one up to date (with a backup first)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from planner.errors import CallError, StoreError
from planner.policy import Policy
from planner.store import migrations
from planner.store.cell_values import GEOMETRY
from planner.store.connection import NO_HASH, Store, connect, snapshot, transaction
from planner.store.copying import vacuum_into
from planner.store.geopackage import list_table, make_geopackage
from planner.store.marks import HEAD
from planner.store.place import is_store, is_url, shown
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

    Raises CallError where there is no store, StoreError where it cannot be read or is newer than this program.
    at: the moment that QGIS is told a new table appeared (default: 2000-01-01).
    """
    if not is_store(place):
        raise CallError(t("store.error.none", place=shown(place)))
    engine = connect(place)
    with _closed_on_failure(engine), explained(shown(place)):
        _upgrade(engine, place)
        kept = _kept_fields(engine, store_fields(policy))
        store = Store(shown(place), engine, kept, describe(kept))
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
            step(connection)
            connection.exec_driver_sql(f"UPDATE {HEAD} SET writing = 0, schema_version = {number}")


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


def _kept_fields(engine: sa.Engine, wanted: Fields) -> Fields:
    """The wanted fields, kept as the columns that are there keep them, and those that columns.csv has dropped."""
    inspector = sa.inspect(engine)
    there = set(inspector.get_table_names())
    fields = {}
    for table, kinds in wanted.items():
        columns = inspector.get_columns(table) if table in there else []
        own = {"fid", *OWN_COLUMNS, column_name(GEOMETRY)}
        old = {c["name"]: kind_of(c["type"]) for c in columns if c["name"] not in own}
        fields[table] = {f: old.get(f, kind) for f, kind in kinds.items()} | {
            f: k for f, k in old.items() if f not in kinds
        }
    return fields


def _add_missing(store: Store, at: dt.datetime) -> None:
    """Tables and columns that columns.csv has gained since the store was last opened."""
    inspector = sa.inspect(store.engine)
    there = set(inspector.get_table_names())
    columns = {t: {c["name"] for c in inspector.get_columns(t)} if t in there else set() for t in store.fields}
    new = {t: [f for f in kinds if column_name(f) not in columns[t]] for t, kinds in store.fields.items()}
    if not any(new.values()):
        return
    with store.writing() as (connection, _):
        for table, names in new.items():
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
