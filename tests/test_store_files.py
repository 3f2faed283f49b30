"""The file itself: a GeoPackage that QGIS reads live, versions, migrations, backup and restore, tampering."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pyogrio
import pytest
import sqlalchemy as sa

from planner.errors import CallError, StoreError
from planner.store import migrations
from planner.store.backup import backup_store, restore_store
from planner.store.connection import Store
from planner.store.history import list_batches
from planner.store.marks import HEAD
from planner.store.opening import create_store, open_or_create, open_store
from planner.store.place import is_store
from planner.store.state import table_state
from planner.store.undo import undo_batch
from planner.store.verify import verify
from tests.conftest import ROOT
from tests.stores import AT, POLICY, Postgres, cell, change, says

RELEASED = sorted((ROOT / "tests" / "fixtures" / "stores").glob("v*.gpkg"))


@pytest.fixture
def place(filled_file: Path, tmp_path: Path) -> Path:
    """A store file of the small district."""
    return Path(shutil.copyfile(filled_file, tmp_path / "planner.gpkg"))


def test_gdal_reads_every_row_while_the_store_is_open(place: Path) -> None:
    store = open_store(place, POLICY)
    change(
        store,
        cell("A1", "households", "91"),
        cell("B9", "geometry", "0101000000000000000080804100000000000040434"[:42]),
    )
    layers = dict(pyogrio.list_layers(place))
    assert {"compounds", "buildings", "issues", "planner_batches", "planner_events"} <= set(layers)
    found = pyogrio.read_dataframe(place, layer="compounds").set_index("compound_id")
    assert sorted(found.index) == ["A1", "A2", "B10", "B9"]
    assert found.crs.to_epsg() == 4490
    assert found.loc["A1", ["households", "floor_area_m2", "planner_version"]].tolist() == [91, 12345.678, 2]
    assert found.geometry.geom_type.dropna().tolist() == ["Polygon", "MultiPolygon", "Point", "Point"]
    assert found.geometry["A1"].bounds == (114, 38, 114.002, 38.001)
    buildings = pyogrio.read_dataframe(place, layer="buildings")
    assert buildings["roof_leak"].tolist()[0]
    assert buildings["hazard_report_date"].dt.strftime("%Y-%m-%d").tolist()[0] == "2020-01-02"
    assert len(pyogrio.read_dataframe(place, layer="planner_batches")) == 2
    store.close()


def test_a_newer_store_is_refused_and_left_alone(store: Store, store_place: Path | str) -> None:
    with store.writing() as (connection, _):
        connection.exec_driver_sql(f"UPDATE {HEAD} SET schema_version = 99")
    with pytest.raises(StoreError, match="99"):
        open_store(store_place, POLICY)
    with store.reading() as connection:
        assert connection.exec_driver_sql(f"SELECT schema_version FROM {HEAD}").scalar() == 99


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
def test_stores_of_every_released_version_open_and_verify(released: Path, tmp_path: Path) -> None:
    place = Path(shutil.copyfile(released, tmp_path / released.name))
    store = open_store(place, POLICY)
    assert verify(store).empty
    state = table_state(store, "compounds")
    assert state.loc["A1", ["name", "households"]].tolist() == ["甲", "90"]
    assert state.loc["A2", ["heating_type", "built_year_min"]].tolist() == ["na", "1980年代"]
    assert list_batches(store)["kind"].tolist() == ["seed", "survey", "survey", "undo"]
    assert change(store, cell("A1", "name", "新")).batch == 5
    assert verify(store).empty
    store.close()


def test_there_is_a_file_of_every_released_version() -> None:
    assert [path.stem for path in RELEASED] == [f"v{n}" for n in range(1, migrations.current() + 1)]


def _step(connection: sa.Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE planner_held ADD COLUMN kept_since TEXT")


def test_an_older_store_is_upgraded_after_a_backup(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, _step))
    store = open_store(place, POLICY)
    assert "kept_since" in store.fields["planner_held"]
    assert verify(store).empty
    store.close()
    with closing(sqlite3.connect(place)) as now, closing(sqlite3.connect(f"{place}.v2.bak")) as then:
        versions = [c.execute(f"SELECT schema_version, writing FROM {HEAD}").fetchone() for c in (now, then)]
    assert versions == [(3, 0), (2, 0)]


@pytest.mark.needs_postgres
def test_an_older_server_keeps_its_tables_beside(
    postgres: Postgres, filled_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.new(filled_database)
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, _step))
    store = open_store(url, POLICY)
    assert "kept_since" in store.fields["planner_held"]
    assert verify(store).empty
    with store.reading() as connection:
        kept = connection.exec_driver_sql("SELECT name FROM planner_v2_backup.compounds ORDER BY planner_row").scalars()
        assert kept.all() == ["甲", "=1+1", "乙，“引号”", "丙"]
        versions = [
            connection.exec_driver_sql(f"SELECT schema_version FROM {s}{HEAD}").scalar()
            for s in ("", "planner_v2_backup.")
        ]
    assert versions == [3, 2]
    store.close()


def test_a_migration_that_fails_leaves_the_store_as_it_was(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(connection: sa.Connection) -> None:
        _step(connection)
        raise RuntimeError("stop")

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, fails))
        open_store(place, POLICY)
    store = open_store(place, POLICY)
    assert "kept_since" not in store.fields["planner_held"]
    assert verify(store).empty
    store.close()


def test_a_file_that_is_something_else_is_not_touched(tmp_path: Path) -> None:
    other = tmp_path / "other.gpkg"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE mine (a)")
        connection.commit()
    content = other.read_bytes()
    for opening in (lambda: open_store(other, POLICY), lambda: create_store(other, POLICY, at=AT)):
        with pytest.raises(CallError):
            opening()
    assert other.read_bytes() == content


def test_open_or_create(empty_place: Path | str) -> None:
    for _ in range(2):
        store = open_or_create(empty_place, POLICY, at=AT)
        assert list_batches(store).empty
        assert verify(store).empty
        store.close()
    with pytest.raises(CallError, match="已存在"):
        create_store(empty_place, POLICY, at=AT)


def test_a_hot_backup_is_whole_and_restores(store: Store, store_place: Path | str, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            change(store, cell("A1", "note", str(number)), cell("A2", "note", str(number)))

    writer = threading.Thread(target=write)
    writer.start()
    for number in range(3):
        backup_store(store, tmp_path / f"backup{number}.gpkg", at=AT)
    stop.set()
    writer.join()
    for number in range(3):
        copy = open_store(tmp_path / f"backup{number}.gpkg", POLICY)
        assert verify(copy).empty
        notes = table_state(copy, "compounds")["note"]
        assert notes["A1"] == notes["A2"]
        said = says(copy)
        copy.close()
    latest = says(store)
    kept = restore_store(tmp_path / "backup2.gpkg", store_place, POLICY, at=AT)
    restored = open_store(store_place, POLICY)
    assert verify(restored).empty
    assert says(restored) == said
    assert change(restored, cell("A1", "note", "后")).batch == len(list_batches(restored))
    assert verify(restored).empty
    restored.close()
    assert kept is not None
    before = open_store(kept, POLICY)
    assert says(before) == latest
    before.close()


def test_a_backup_of_a_server_is_the_same_chain(store: Store, tmp_path: Path) -> None:
    change(store, cell("A2", "built_year_min", "1990年代"), cell("A1", "lpr", "否"))
    backup_store(store, tmp_path / "b.gpkg", at=AT)
    copy = open_store(tmp_path / "b.gpkg", POLICY)
    assert list_batches(copy)["hash"].tolist() == list_batches(store)["hash"].tolist()
    assert says(copy) == says(store)
    copy.close()


def test_restore_to_a_new_place_and_over_a_broken_one(place: Path, tmp_path: Path) -> None:
    assert restore_store(place, tmp_path / "new.gpkg", POLICY, at=AT) is None
    (tmp_path / "broken.gpkg").write_bytes(b"x" * 5000)
    kept = restore_store(place, tmp_path / "broken.gpkg", POLICY, at=AT)
    assert kept is not None
    assert kept.read_bytes() == b"x" * 5000
    for name in ("new.gpkg", "broken.gpkg"):
        store = open_store(tmp_path / name, POLICY)
        assert verify(store).empty
        store.close()


def _tampered(place: Path, *statements: str) -> None:
    with closing(sqlite3.connect(place)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            assert connection.execute(statement).rowcount > 0
        connection.commit()


TAMPERING = {
    "a current value": ("UPDATE compounds SET households = 81 WHERE compound_id = 'A1'",),
    "a shape": ("UPDATE compounds SET geom = (SELECT geom FROM compounds WHERE fid = 2) WHERE planner_row = 'A1'",),
    "a stamp": ("UPDATE compounds SET planner_stamps = '{}' WHERE planner_row = 'A1'",),
    "a version": ("UPDATE compounds SET planner_version = 9 WHERE planner_row = 'A1'",),
    "a retired mark": ("UPDATE compounds SET planner_retired = 1 WHERE planner_row = 'A1'",),
    "a row taken out": ("DELETE FROM compounds WHERE planner_row = 'A1'",),
    "a row put in": ("UPDATE compounds SET planner_row = 'A0' WHERE planner_row = 'A1'",),
    "an event": ("UPDATE planner_events SET patch = replace(patch, '80', '81')",),
    "the row of an event": ("UPDATE planner_events SET surveyed_on = '2020-01-01' WHERE seq = 1",),
    "the actor": ("UPDATE planner_batches SET actor = '别人' WHERE id = 2",),
    "what an undo undoes": ("UPDATE planner_batches SET undoes = 2 WHERE id = 4",),
    "a batch in the middle": ("DELETE FROM planner_events WHERE batch_id=2", "DELETE FROM planner_batches WHERE id=2"),
    "the tail cut off": ("DELETE FROM planner_events WHERE batch_id = 4", "DELETE FROM planner_batches WHERE id = 4"),
    "the head": (f"UPDATE {HEAD} SET seq = seq + 1",),
    "an event without batch": ("UPDATE planner_events SET batch_id = 77 WHERE batch_id = 4",),
}  # fmt: skip


@pytest.fixture(scope="module")
def with_history(filled_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with four batches: the seed, two changes, an undo."""
    place = Path(shutil.copyfile(filled_file, tmp_path_factory.mktemp("history") / "planner.gpkg"))
    store = open_store(place, POLICY)
    _history(store)
    store.close()
    return place


def _history(store: Store) -> None:
    change(store, cell("A1", "households", "90"))
    change(store, cell("A2", "name", "二"), cell("A1", "lpr", "是"))
    undo_batch(store, 3, actor="李", at=AT)


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_found_out(with_history: Path, tmp_path: Path, what: str) -> None:
    place = Path(shutil.copyfile(with_history, tmp_path / "planner.gpkg"))
    _tampered(place, *TAMPERING[what])
    store = open_store(place, POLICY)
    assert len(verify(store)) > 0
    backup_store(store, tmp_path / "b.gpkg", at=AT)
    store.close()
    with pytest.raises(StoreError, match="没有通过核验"):
        restore_store(tmp_path / "b.gpkg", tmp_path / "new.gpkg", POLICY, at=AT)
    assert not (tmp_path / "new.gpkg").exists()


def test_untampered_history_verifies(with_history: Path, tmp_path: Path) -> None:
    store = open_store(Path(shutil.copyfile(with_history, tmp_path / "planner.gpkg")), POLICY)
    assert verify(store).empty
    store.close()


def test_a_closed_store_is_one_file(place: Path) -> None:
    store = open_store(place, POLICY)
    change(store, cell("A1", "name", "x"))
    store.close()
    assert not Path(f"{place}-wal").exists()


def test_asking_whether_a_file_is_a_store_leaves_its_locks_alone(place: Path) -> None:
    store = open_store(place, POLICY)
    with store.reading() as connection:  # in use here, as a page has it
        connection.exec_driver_sql("SELECT 1 FROM planner_head").all()
        assert is_store(place)
        words = "import sys; from planner.store.opening import open_store; from tests.stores import POLICY\n"
        words += "open_store(__import__('pathlib').Path(sys.argv[1]), POLICY).close()"
        subprocess.run([sys.executable, "-c", words, str(place)], cwd=ROOT, check=True)
        assert place.with_name(f"{place.name}-wal").exists()  # nobody thought the file was free
    assert change(store, cell("A1", "households", "91")).batch == 2
    store.close()
