"""Connections to both engines, alike: snapshots for reading, one transaction at a time for writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from planner.errors import StoreError
from planner.store.geopackage import PRAGMAS
from planner.store.marks import HEAD
from planner.store.place import is_url, read_only_uri, shown, writable
from planner.store.tables import Fields
from planner.store.trouble import explained
from planner.store.turns import turns_of
from planner.text import t


@dataclass(frozen=True, slots=True)
class Store:
    """An open store: `fields` is every table with its fields and how they are kept, `tables` their SQL description."""

    place: str
    engine: sa.Engine
    fields: Fields
    tables: sa.MetaData

    @property
    def on_postgres(self) -> bool:
        """Whether a database server holds the store."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One moment of the store, unmoved by writers. Raises StoreError."""
        with explained(self.place), snapshot(self.engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[tuple[sa.Connection, Any]]:
        """One transaction that no other writer overlaps, and the head at its beginning.

        It is done when the block ends and undone when the block fails. Raises StoreError.
        """
        with turns_of(str(self.engine.url)).turn(), explained(self.place), transaction(self.engine) as connection:
            head = sa.select(self.tables.tables[HEAD]).with_for_update()
            yield connection, connection.execute(head).one()

    def table(self, name: str) -> sa.Table:
        """Return the SQL description of one table."""
        return self.tables.tables[name]

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def connect(place: Path | str) -> sa.Engine:
    """Return an engine for a place. Raises StoreError where the driver of a server is not installed."""
    if is_url(place):
        return _server(str(place))
    path = Path(place).absolute()
    url = sa.URL.create("sqlite", database=str(path))
    if path.exists() and not writable(path):
        url = sa.URL.create("sqlite", database=read_only_uri(path), query={"uri": "true"})
    engine = sa.create_engine(url, connect_args={"check_same_thread": False})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def snapshot(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that reads one moment."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that writes: on SQLite it takes the file's lock at once, so that it never fails half-way."""
    with engine.execution_options(planner_write=True).begin() as connection:
        yield connection


def _server(text: str) -> sa.Engine:
    url = sa.make_url(text).set(drivername="postgresql+psycopg")
    try:
        return sa.create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise StoreError(t("store.error.driver", place=shown(text))) from error


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the transaction begins in _begin_sqlite, not where the driver likes
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("planner_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
