"""The SQL tables of a store, one description for both engines.

planner_head    one row: last batch, chain hash, schema version, the folder; the writers' lock on PostgreSQL
planner_batches append-only: who, when, why, which file; hash chained
planner_events  append-only: one changed row of one batch, {field: [old, new, old stamp, new stamp]}
and one table per table of `tables.py`: the current state, a fold of the events
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.types import LargeBinary, TypeDecorator, UserDefinedType

from planner.store.cell_values import GEOMETRY
from planner.store.marks import BATCHES, EVENTS, HEAD
from planner.store.tables import Fields

ROW, VERSION, RETIRED, TOLD, STAMPS = (
    "planner_row", "planner_version", "planner_retired", "planner_told", "planner_stamps",
)  # fmt: skip
"""Columns of every state table: the row's id, its version, retired or not (1, 0), texts that the typed columns cannot
hold (JSON), and field -> [version, survey date, surveyor] of its last change ("": of the row's creation; JSON)."""
OWN_COLUMNS = (ROW, VERSION, RETIRED, TOLD, STAMPS)
GEOM = "geom"
SRID = 4490
_BLOB_HEAD = b"GP\x00\x01" + SRID.to_bytes(4, "little")

Whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class _PostgisGeometry(UserDefinedType[str]):
    """A PostGIS column; hexadecimal well-known binary goes in and comes out."""

    cache_ok = True

    def __init__(self, *_: Any) -> None:
        """Take the kind and the reference system that a column is read back with; they are always the same."""

    def get_col_spec(self, **_: Any) -> str:
        return f"geometry(Geometry,{SRID})"

    def bind_expression(self, bindvalue: Any) -> Any:
        return sa.func.ST_GeomFromWKB(sa.func.decode(sa.cast(bindvalue, sa.Text), "hex"), SRID, type_=self)

    def column_expression(self, column: Any) -> Any:
        return sa.func.encode(sa.func.ST_AsBinary(column, "NDR"), "hex", type_=sa.Text)


PGDialect.ischema_names.setdefault("geometry", _PostgisGeometry)


class Geometry(TypeDecorator[str]):
    """A shape as hexadecimal text: a GeoPackage blob on SQLite (no envelope), a geometry on PostGIS."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        """Return the column type of the engine."""
        postgres = dialect.name == "postgresql"
        return dialect.type_descriptor(_PostgisGeometry() if postgres else LargeBinary())

    def process_bind_param(self, value: str | None, dialect: Any) -> Any:
        """Return what the engine stores."""
        return value if value is None or dialect.name == "postgresql" else _BLOB_HEAD + bytes.fromhex(value)

    def process_result_value(self, value: Any, dialect: Any) -> str | None:
        """Return the hexadecimal text of what the engine holds."""
        return value if value is None or dialect.name == "postgresql" else bytes(value)[len(_BLOB_HEAD) :].hex()

    def coerce_compared_value(self, op: Any, value: Any) -> Any:  # noqa: ARG002  (SQLAlchemy's signature)
        """Return the type of the other side of a comparison: a shape too."""
        return self


_TYPES: dict[str, Any] = {
    "int": Whole,
    "decimal": sa.Double(),
    "bool": sa.Boolean(),
    "date": sa.Date(),
    GEOMETRY: Geometry(),
}


def column_name(field: str) -> str:
    """Return the SQL column of a field."""
    return GEOM if field == GEOMETRY else field


def column_type(kind: str) -> Any:
    """Return the SQL type of a kind of field (`tables.Fields`)."""
    return _TYPES.get(kind, sa.Text())


def kind_of(sql_type: Any) -> str:
    """Return the kind of field that an existing SQL column keeps: a column is never retyped."""
    known: dict[str, Any] = {"bool": sa.Boolean, "date": sa.Date, "int": sa.Integer, "decimal": (sa.Float, sa.Numeric)}
    return next((kind for kind, classes in known.items() if isinstance(sql_type, classes)), "text")


def describe(fields: Fields) -> sa.MetaData:
    """Return the description of every SQL table of a store that holds these tables."""
    metadata = sa.MetaData()
    _log_tables(metadata)
    for table, kinds in fields.items():
        shape: list[sa.Column[Any]] = [sa.Column(GEOM, Geometry())] if GEOMETRY in kinds else []
        cells = [sa.Column(field, column_type(kind)) for field, kind in kinds.items() if field != GEOMETRY]
        sa.Table(
            table,
            metadata,
            sa.Column("fid", Whole, primary_key=True, autoincrement=False),
            *shape,
            sa.Column(ROW, sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False, unique=True),
            *cells,
            sa.Column(VERSION, sa.Integer, nullable=False),
            sa.Column(RETIRED, sa.Integer, nullable=False),
            sa.Column(TOLD, sa.Text, nullable=False),
            sa.Column(STAMPS, sa.Text, nullable=False),
        )
    return metadata


def _log_tables(metadata: sa.MetaData) -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    sa.Table(
        HEAD,
        metadata,
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("batch_id", Whole, nullable=False),
        sa.Column("seq", Whole, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("writing", sa.Integer, nullable=False),
        sa.Column("synced", Whole, nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("ledger_hash", sa.Text, nullable=False),
        sa.Column("layers_hash", sa.Text, nullable=False),
    )
    sa.Table(
        BATCHES,
        metadata,
        sa.Column("id", Whole, primary_key=True, autoincrement=False),
        *[sa.Column(name, sa.Text, nullable=False) for name in ("kind", "actor", "at", "reason", "file")],
        sa.Column("content_key", sa.Text, nullable=False, index=True),
        sa.Column("undoes", Whole),
        sa.Column("events", Whole, nullable=False),
        *[sa.Column(name, sa.Text, nullable=False) for name in ("digest", "previous", "hash")],
    )
    sa.Table(
        EVENTS,
        metadata,
        sa.Column("seq", Whole, primary_key=True, autoincrement=False),
        sa.Column("batch_id", Whole, sa.ForeignKey(f"{BATCHES}.id"), nullable=False, index=True),
        sa.Column("table_name", text, nullable=False),
        sa.Column("row_id", text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("file_row", sa.Integer),
        *[sa.Column(name, sa.Text, nullable=False) for name in ("surveyed_on", "surveyor", "source")],
        sa.Column("patch", sa.Text, nullable=False),
        sa.Index("planner_events_row", "table_name", "row_id", "seq"),
    )
