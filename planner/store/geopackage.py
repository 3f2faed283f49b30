"""What makes a SQLite file a GeoPackage that QGIS opens while the planner works in it, and what guards its log."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyproj
import sqlalchemy as sa

from planner.store.cell_values import GEOMETRY
from planner.store.marks import BATCHES, EVENTS, HEAD
from planner.store.schema import GEOM, SRID
from planner.store.tables import Fields

_APPLICATION, _VERSION = 0x47504B47, 10300
_SYSTEM = (
    "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,"
    " organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)",
    "CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,"
    " description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE,"
    " max_y DOUBLE, srs_id INTEGER)",
    "CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,"
    " geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,"
    " CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name))",
)
_EDIT, _LOG = "edit through the planner: the log must see it", "append-only"
PRAGMAS = ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF")
"""How every connection works: readers never wait, what was answered survives a power cut."""


def make_geopackage(connection: sa.Connection, fields: Fields, at: dt.datetime) -> None:
    """Add the system tables of GeoPackage 1.3 and the list of layers and tables to a new store."""
    run = connection.exec_driver_sql
    run(f"PRAGMA application_id={_APPLICATION}")
    run(f"PRAGMA user_version={_VERSION}")
    for statement in _SYSTEM:
        run(statement)
    for row in _systems():
        run("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)", row)
    for table in (*fields, BATCHES, EVENTS):
        list_table(connection, table, shaped=GEOMETRY in fields.get(table, {}), at=at)


def list_table(connection: sa.Connection, table: str, *, shaped: bool, at: dt.datetime) -> None:
    """List one table for QGIS and guard it."""
    run = connection.exec_driver_sql
    row = (table, "features" if shaped else "attributes", table, gpkg_time(at), SRID if shaped else None)
    run(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change, srs_id) VALUES (?, ?, ?, ?, ?)", row
    )
    if shaped:
        run("INSERT INTO gpkg_geometry_columns VALUES (?, ?, 'GEOMETRY', ?, 0, 0)", (table, GEOM, SRID))
    _guard(connection, table)


def gpkg_time(at: dt.datetime) -> str:
    """Return a moment as gpkg_contents holds it: UTC with milliseconds."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _guard(connection: sa.Connection, table: str) -> None:
    """Edits that pass the log by (in QGIS, in a shell) are refused; the log itself only grows."""
    log = table in (BATCHES, EVENTS)
    for action in ("UPDATE", "DELETE") if log else ("INSERT", "UPDATE", "DELETE"):
        when = "" if log else f" WHEN (SELECT writing FROM {HEAD}) = 0"
        connection.exec_driver_sql(
            f'CREATE TRIGGER "guard_{table}_{action.lower()}" BEFORE {action} ON "{table}"{when}'
            f" BEGIN SELECT RAISE(ABORT, '{_LOG if log else _EDIT}'); END"
        )


def _systems() -> list[tuple[Any, ...]]:
    def wkt(code: int) -> str:
        return pyproj.CRS(code).to_wkt("WKT1_GDAL")

    return [
        ("Undefined cartesian SRS", -1, "NONE", -1, "undefined"),
        ("Undefined geographic SRS", 0, "NONE", 0, "undefined"),
        ("WGS 84 geodetic", 4326, "EPSG", 4326, wkt(4326)),
        ("China Geodetic Coordinate System 2000", SRID, "EPSG", SRID, wkt(SRID)),
    ]
