"""The current state in its tables: rows in, rows out, always as texts."""

from __future__ import annotations

import json
import operator
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from planner.store.cell_values import split_text, text_of
from planner.store.chain import compact
from planner.store.connection import Store
from planner.store.marks import HEAD
from planner.store.rows import Key, Row
from planner.store.schema import RETIRED, ROW, STAMPS, TOLD, VERSION, column_name
from planner.store.tables import PRESENT

_STREAM = 2000
_NOTHING_TOLD = "{}"
_THE_ROW = "the_row"
_CHUNK = 400
_MANY = 4000


def table_state(store: Store, table: str, *, retired: bool = False) -> pd.DataFrame:
    """Return the texts of a table: index row id (sorted), one column per field, blank where unknown.

    retired: also the rows that no longer stand, with a column `@present` ("1" or blank).
    """
    with store.reading() as connection:
        return _table_state(store, connection, table, retired=retired)


def store_tables(store: Store, *, retired: bool = False) -> tuple[dict[str, pd.DataFrame], Any]:
    """Return every table as `table_state` does, and the head, all of one moment."""
    with store.reading() as connection:
        states = {table: _table_state(store, connection, table, retired=retired) for table in store.fields}
        return states, connection.execute(sa.select(store.table(HEAD))).one()


def _table_state(store: Store, connection: sa.Connection, table: str, *, retired: bool) -> pd.DataFrame:
    names = list(store.fields[table])
    rows = {key: row for key, row in stream_rows(store, connection, table, names) if retired or row.present}
    columns = [*names, PRESENT] if retired else names
    cells = [[row.texts[name] for name in columns] for row in rows.values()]
    return pd.DataFrame(cells, index=pd.Index(list(rows), name="row_id", dtype=object), columns=columns, dtype=object)


def row_versions(store: Store, table: str) -> pd.Series:
    """Return the version of every standing row: what a form carries as its base version."""
    source = store.table(table)
    query = sa.select(source.c[ROW], source.c[VERSION]).where(source.c[RETIRED] == 0).order_by(source.c[ROW])
    with store.reading() as connection:
        found = connection.execute(query).all()
    return pd.Series(dict(tuple(row) for row in found), dtype="Int64", name="row_version")


def standing_rows(store: Store, connection: sa.Connection, table: str) -> dict[str, bool]:
    """Return every row that a table has ever had: row id -> whether it stands."""
    source = store.table(table)
    query = sa.select(source.c[ROW], source.c[RETIRED]).execution_options(yield_per=_STREAM)
    return {row_id: not retired for row_id, retired in connection.execute(query)}


def stream_rows(
    store: Store, connection: sa.Connection, table: str, names: Sequence[str], ids: Collection[str] | None = None
) -> Iterator[tuple[str, Row]]:
    """Yield id and row in the order of the ids (as bytes), with the texts of these fields and `@present`."""
    source, kinds = store.table(table), store.fields[table]
    own = [source.c.fid, source.c[ROW], source.c[VERSION], source.c[RETIRED], source.c[TOLD], source.c[STAMPS]]
    query = sa.select(*own, *[source.c[column_name(name)] for name in names]).order_by(source.c[ROW])
    if ids is not None:
        query = query.where(source.c[ROW].in_(list(ids)))
    result = connection.execute(query.execution_options(yield_per=_STREAM))
    for fid, row_id, version, retired, told_text, stamps, *values in result:
        told = json.loads(told_text) if told_text != _NOTHING_TOLD else {}
        texts = {
            name: told[name] if name in told else text_of(value, kinds[name])
            for name, value in zip(names, values, strict=True)
        }
        texts[PRESENT] = "" if retired else "1"
        yield row_id, Row(fid, version, texts, told, json.loads(stamps))


def load_rows(store: Store, connection: sa.Connection, wanted: Mapping[Key, Collection[str]]) -> dict[Key, Row]:
    """Return the rows of these keys with the fields that each table needs; a row that is not there has version 0."""
    rows = {key: Row(texts={PRESENT: ""}) for key in wanted}
    by_table: dict[str, set[str]] = defaultdict(set)
    names: dict[str, set[str]] = defaultdict(set)
    for (table, row_id), fields in wanted.items():
        by_table[table].add(row_id)
        names[table].update(fields)
    for table, ids in by_table.items():
        columns = sorted(names[table] - {PRESENT})
        for part in _parts(sorted(ids)):
            for row_id, row in stream_rows(store, connection, table, columns, part):
                if row_id in ids:
                    rows[(table, row_id)] = row
    for (table, _), row in rows.items():
        if row.version == 0:
            row.texts.update(dict.fromkeys(names[table] - {PRESENT}, ""))
    return rows


def save_rows(
    store: Store, connection: sa.Connection, rows: Mapping[Key, Row], changed: Mapping[Key, Collection[str]]
) -> None:
    """Write rows back: a row without fid is new (its fid is given before), of the others only what changed."""
    groups: dict[tuple[str, frozenset[str], bool], list[tuple[str, Row]]] = defaultdict(list)
    for (table, row_id), fields in changed.items():
        row = rows[(table, row_id)]
        new = row.fid < 0
        groups[(table, frozenset() if new else frozenset(fields), new)].append((row_id, row))
    for (table, fields, new), some in groups.items():
        source, kinds = store.table(table), store.fields[table]
        names = sorted(kinds if new else fields - {PRESENT})
        cells = [_sql_cells(row, names, kinds) for _, row in some]
        own = [(row.version, 0 if row.present else 1, _told(row), compact(row.stamps), row_id) for row_id, row in some]
        columns = [*map(column_name, names), VERSION, RETIRED, TOLD, STAMPS]
        if new:
            fids = [(-row.fid,) for _, row in some]
            records = [(*c, *o, *f) for c, o, f in zip(cells, own, fids, strict=True)]
            run_many(connection, source.insert(), (*columns, ROW, "fid"), records)
        else:
            records = [(*c, *o) for c, o in zip(cells, own, strict=True)]
            where = source.c[ROW] == sa.bindparam(_THE_ROW)
            run_many(connection, source.update().where(where), (*columns, _THE_ROW), records)


def run_many(
    connection: sa.Connection, statement: Any, names: Sequence[str], records: Sequence[tuple[Any, ...]]
) -> None:
    """Run a statement once per record; names are those of the parameters, in the order of the records.

    On SQLite the driver gets the values at once, by the types of the columns, without SQLAlchemy's look at each row.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(statement, [dict(zip(names, record, strict=True)) for record in records])
        return
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(names))
    types = [compiled.binds[name].type.dialect_impl(connection.dialect) for name in compiled.positiontup]
    readers = [kind.bind_processor(connection.dialect) for kind in types]
    place = [names.index(name) for name in compiled.positiontup]
    ordered = records if place == [*range(len(names))] else [*map(operator.itemgetter(*place), records)]
    if any(readers):
        columns = zip(readers, zip(*ordered, strict=True), strict=True)
        ordered = [*zip(*(map(read, column) if read else column for read, column in columns), strict=True)]
    connection.exec_driver_sql(str(compiled), ordered)


def _sql_cells(row: Row, names: Sequence[str], kinds: Mapping[str, str]) -> list[Any]:
    """The values of the typed columns; a text that its column cannot give back goes into the told ones."""
    cells = []
    for name in names:
        value, text = split_text(row.texts.get(name, ""), kinds[name])
        cells.append(value)
        if text is not None:
            row.told[name] = text
        elif row.told:
            row.told.pop(name, None)
    return cells


def _told(row: Row) -> str:
    return compact(row.told) if row.told else _NOTHING_TOLD


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str] | None]:
    """A few ids by list, many by reading the whole table."""
    if len(ids) > _MANY:
        yield None
        return
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
