"""Stores for tests: a small district with every kind of cell, seeded on either engine."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from shapely.geometry import LineString, MultiPolygon, Point, box

from planner.district.load import read_district
from planner.district.write import write_district
from planner.store.batches import Batch, Receipt, apply_batch
from planner.store.changes import changes_frame
from planner.store.connection import Store
from planner.store.export import export_store
from planner.store.opening import create_store
from planner.store.seeding import seed_store
from planner.store.state import store_tables
from tests.builders import NA, make_district, shared_policy

POLICY = shared_policy()
AT = dt.datetime(2026, 11, 24, 8, 30, tzinfo=dt.UTC)

COMPOUNDS = [
    {"compound_id": "A1", "name": "甲", "households": 80, "built_year_min": 1985, "built_year_max": 1985,
     "original": {"households": "约80户"}, "surveyed_on": dt.datetime(2024, 5, 1), "floor_area_m2": 12345.678,
     "geometry": box(114, 38, 114.002, 38.001)},
    {"compound_id": "A2", "name": "=1+1", "heating_type": NA, "year_lo": 1980, "year_hi": 1989, "built_year_min": 1985,
     "built_year_max": 1985, "original": {"built_year_min": "1980年代", "built_year_max": "1980年代"},
     "geometry": MultiPolygon([box(114.01, 38, 114.02, 38.01), box(114.03, 38, 114.04, 38.01)])},
    {"compound_id": "B10", "name": "乙，“引号”", "lpr": True, "lon": 114.05, "lat": 38.02, "note": "一\n二",
     "geometry": Point(114.05, 38.02)},
    {"compound_id": "B9", "name": "丙"},
]  # fmt: skip


def small_folder(folder: Path) -> Path:
    """Write a district of four compounds: typed cells, `na`, a decade, a repaired cell, shapes, a point, no shape."""
    district = make_district(
        COMPOUNDS,
        buildings=[
            {"building_id": "b1", "compound_id": "A1", "floors": 6, "roof_leak": True,
             "hazard_report_date": dt.datetime(2020, 1, 2), "geometry": box(114, 38, 114.0005, 38.0005)},
            {"building_id": "b2", "compound_id": "A1", "geometry": box(114.001, 38, 114.0015, 38.0005)},
        ],
        roads=[{"road_id": "r1", "name": "路", "geometry": LineString([(114, 38), (114.1, 38)])}],
        issues=[{"issue_id": "i1", "note": "甲"}, {"issue_id": "i1", "note": "乙"}, {"note": "丙"}],
        interventions=[{"intervention_id": "v1", "compound_id": "B9", "cost_yuan": 1200000.5}],
    )  # fmt: skip
    write_district(district, folder)
    write_district(read_district(folder, POLICY), folder)  # once read it is in its canonical form
    return folder


class Postgres:
    """Databases of the server of PLANNER_TEST_POSTGRES: one of them holds the small district and is copied per test.

    The server is a throw-away one (test.sh starts it and removes it): nothing is dropped.
    """

    def __init__(self) -> None:
        self.url = os.environ["PLANNER_TEST_POSTGRES"]
        url = sa.make_url(self.url).set(drivername="postgresql+psycopg")
        self._engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")

    def new(self, template: str | None = None) -> str:
        """Make a database, empty or a copy; return its URL."""
        name = f"planner_test_{uuid.uuid4().hex[:12]}"
        copied = f" TEMPLATE {template.rsplit('/', 1)[1]}" if template else ""
        with self._engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}{copied}")
        return f"{self.url.rsplit('/', 1)[0]}/{name}"

    def close(self) -> None:
        """Let go of the server."""
        self._engine.dispose()


def seeded(place: Path | str, folder: Path) -> Store:
    """A new store at `place`, filled from a district folder."""
    store = create_store(place, POLICY, at=AT)
    seed_store(store, folder, POLICY, actor="测试", at=AT)
    return store


def cell(row_id: str, field: str, value: str, **told: Any) -> Mapping[str, Any]:
    """One change of a compound (of another table with table=...)."""
    return {"table": "compounds", "row_id": row_id, "field": field, "value": value, **told}


def change(store: Store, *cells: Mapping[str, Any], kind: str = "survey", **words: Any) -> Receipt:
    """Apply these changes as one batch."""
    return apply_batch(store, Batch(kind, "测试", AT, "电话", changes_frame(cells), **words))


def says(store: Store) -> dict[str, object]:
    """Everything that the store says now, as its export would: tables by name, shapes and base layers apart."""
    states, _ = store_tables(store)
    return {name: state.sort_index().to_dict("index") for name, state in states.items() if len(state)}


def exported(store: Store, folder: Path) -> dict[str, bytes]:
    """The canonical export, by file name."""
    export_store(store, POLICY, folder)
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
