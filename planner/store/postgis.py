"""What PostgreSQL needs beside the tables: the extension, an index of shapes, and the guards of the log."""

from __future__ import annotations

import sqlalchemy as sa

from planner.store.cell_values import GEOMETRY
from planner.store.marks import BATCHES, EVENTS, HEAD
from planner.store.schema import GEOM
from planner.store.tables import Fields

_FUNCTIONS = (
    "CREATE OR REPLACE FUNCTION planner_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    f" IF (SELECT writing FROM {HEAD}) = 0 THEN RAISE EXCEPTION 'edit through the planner: the log must see it';"
    " END IF; RETURN NULL; END $$",
    "CREATE OR REPLACE FUNCTION planner_log_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION 'append-only'; END $$",
)


def prepare_postgis(connection: sa.Connection) -> None:
    """Make sure that the database knows geometry, before any table is made."""
    connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS postgis")


def make_postgis(connection: sa.Connection, fields: Fields) -> None:
    """Add the indexes of shapes and the guards to a new store."""
    for statement in _FUNCTIONS:
        connection.exec_driver_sql(statement)
    for table in (*fields, BATCHES, EVENTS):
        guard_table(connection, table, shaped=GEOMETRY in fields.get(table, {}))


def guard_table(connection: sa.Connection, table: str, *, shaped: bool) -> None:
    """Index the shapes of one table and refuse edits that pass the log by."""
    if shaped:
        connection.exec_driver_sql(f'CREATE INDEX "{table}_{GEOM}" ON "{table}" USING gist ({GEOM})')
    log = table in (BATCHES, EVENTS)
    actions = "UPDATE OR DELETE OR TRUNCATE" if log else "INSERT OR UPDATE OR DELETE OR TRUNCATE"
    function = "planner_log_guard" if log else "planner_guard"
    connection.exec_driver_sql(
        f'CREATE TRIGGER planner_guard BEFORE {actions} ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION {function}()'
    )


def copy_tables(connection: sa.Connection, schema: str) -> None:
    """Copy every table of the store into a schema of its own beside it: what an upgrade keeps of the version before."""
    connection.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
    connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')
    guarded = "SELECT DISTINCT event_object_table FROM information_schema.triggers WHERE trigger_name = 'planner_guard'"
    tables = connection.exec_driver_sql(f"{guarded} AND trigger_schema = current_schema()").scalars().all()
    for table in (HEAD, *sorted(tables)):
        connection.exec_driver_sql(f'CREATE TABLE "{schema}"."{table}" AS TABLE "{table}"')
