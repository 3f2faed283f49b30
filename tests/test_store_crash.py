"""Killed, torn, full, crowded: what was acknowledged is there, nothing is there by halves."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from planner.errors import PlannerError, StoreError
from planner.store.connection import Store
from planner.store.history import list_batches
from planner.store.opening import open_store
from planner.store.place import is_store
from planner.store.state import table_state
from planner.store.turns import Turns
from planner.store.verify import verify
from tests.conftest import ROOT
from tests.stores import POLICY, cell, change


def _writer(place: Path | str, name: str, *words: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.store_writer", str(place), name, *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@contextmanager
def _opened(place: Path | str) -> Iterator[Store]:
    store = open_store(place, POLICY)
    try:
        yield store
    finally:
        store.close()


def _whole(store: Store) -> list[str]:
    """The store verifies; what the rows say, which every batch wrote alike."""
    assert verify(store).empty
    notes = table_state(store, "compounds").loc[["A1", "A2", "B10"], "note"]
    return sorted(set(notes))


def test_killed_in_the_middle_of_a_batch_nothing_is_lost_and_nothing_is_half(store_place: Path | str) -> None:
    with _writer(store_place, "杀", 9, 4) as child:
        said = child.communicate(timeout=60)[0].split()
    assert child.returncode == -signal.SIGKILL
    assert said == ["2", "3", "4"]
    with _opened(store_place) as store:
        assert list_batches(store)["batch"].tolist() == [1, 2, 3, 4]
        assert _whole(store) == ["杀 3"]
        assert change(store, cell("A1", "note", "后")).batch == 5
        assert verify(store).empty


def test_killed_at_any_moment_what_was_acknowledged_is_there(filled_file: Path, tmp_path: Path) -> None:
    place = Path(shutil.copyfile(filled_file, tmp_path / "planner.gpkg"))
    rng = random.Random(4490)
    for _ in range(2):
        with _writer(place, "杀", 100_000) as child:
            assert child.stdout is not None
            said = [int(child.stdout.readline()) for _ in range(rng.randint(3, 9))]
            timer = threading.Timer(rng.random() / 50, child.kill)
            timer.start()
            said += [int(line) for line in child.stdout.read().split()]
            timer.join()
        with _opened(place) as store:
            batches = list_batches(store)["batch"].tolist()
            assert batches == list(range(1, len(batches) + 1))
            assert set(said) <= set(batches)
            assert len(batches) - max(said) <= 1
            assert len(_whole(store)) == 1


def test_two_processes_write_at_once_and_both_succeed(store_place: Path | str) -> None:
    children = [_writer(store_place, name, 12) for name in ("左", "右")]
    said = [[int(line) for line in child.communicate(timeout=120)[0].split()] for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert sorted(said[0] + said[1]) == list(range(2, 26))
    with _opened(store_place) as store:
        assert len(_whole(store)) == 1
        assert len(list_batches(store)) == 25


def test_many_threads_write_and_read_at_once(store: Store) -> None:
    faults: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for number in range(4):
                change(store, cell("A1", "note", f"{name} {number}"))
                table_state(store, "compounds")
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "甲乙丙丁"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(list_batches(store)) == 17
    assert verify(store).empty


def test_writers_of_one_process_take_turns_in_the_order_of_asking() -> None:
    turns, order, ready = Turns(), [], threading.Event()

    def wait(name: int) -> None:
        with turns.turn():
            order.append(name)

    with turns.turn():
        threads = []
        for name in range(5):
            thread = threading.Thread(target=wait, args=(name,))
            thread.start()
            threads.append(thread)
            while len(turns._waiting) < name + 2:
                ready.wait(0.001)
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]
    assert not turns._waiting


def test_a_full_disk_leaves_the_state_of_before(filled_file: Path, tmp_path: Path) -> None:
    place = Path(shutil.copyfile(filled_file, tmp_path / "planner.gpkg"))
    with closing(sqlite3.connect(place)) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    with _opened(place) as store:
        before = table_state(store, "compounds")
        store.engine.dispose()

        def limit(connection: sqlite3.Connection, _: object) -> None:
            connection.execute(f"PRAGMA max_page_count={pages + 2}")

        sa.event.listen(store.engine, "connect", limit)
        for size in range(10):
            with pytest.raises(StoreError, match="磁盘已满"):
                change(store, cell("A1", "note", "长" * (30_000 + 7_000 * size)), cell("A2", "name", "二"))
            pd.testing.assert_frame_equal(table_state(store, "compounds"), before)
        assert verify(store).empty
        sa.event.remove(store.engine, "connect", limit)
        store.engine.dispose()
        assert change(store, cell("A1", "note", "长" * 30_000)).batch == 2
        assert verify(store).empty


def _detected(place: Path) -> bool:
    """Whether a damaged file is refused, or found out by verify."""
    try:
        with _opened(place) as store:
            return len(verify(store)) > 0
    except PlannerError:
        return True


@pytest.mark.parametrize("damage", ["cut", "zeroed", "garbage"])
def test_a_damaged_copy_is_found_out(filled_file: Path, tmp_path: Path, damage: str) -> None:
    whole = filled_file.read_bytes()
    pages = len(whole) // 4096
    rng = random.Random(7)
    for number in sorted(rng.sample(range(1, pages), 6)):
        start = number * 4096
        torn = {
            "cut": whole[: start + 100],
            "zeroed": whole[:start] + bytes(4096) + whole[start + 4096 :],
            "garbage": whole[:start] + rng.randbytes(4096) + whole[start + 4096 :],
        }[damage]
        place = tmp_path / f"{number}.gpkg"
        place.write_bytes(torn)
        assert _detected(place), number


def test_an_altered_letter_is_found_out(filled_file: Path, tmp_path: Path) -> None:
    whole, word = filled_file.read_bytes(), "约80户".encode()
    places = [i for i in range(len(whole)) if whole.startswith(word, i)]
    assert len(places) >= 2
    for number, start in enumerate(places):
        place = tmp_path / f"{number}.gpkg"
        place.write_bytes(whole[:start] + "约81户".encode() + whole[start + len(word) :])
        assert _detected(place)


def test_a_torn_log_gives_whole_batches(filled_file: Path, tmp_path: Path) -> None:
    place = Path(shutil.copyfile(filled_file, tmp_path / "planner.gpkg"))
    rng = random.Random(11)
    with _opened(place) as store:
        for number in range(6):
            change(store, *[cell(row, "note", f"第{number}") for row in ("A1", "A2", "B10")])
        main, log = place.read_bytes(), Path(f"{place}-wal").read_bytes()
    assert len(log) > 40_000
    counts = set()
    for number in range(10):
        cut = rng.randrange(len(log))
        torn = log[:cut] if number % 2 else log[:cut] + bytes([log[cut] ^ 255]) + log[cut + 1 :]
        copy = tmp_path / f"copy{number}.gpkg"
        copy.write_bytes(main)
        Path(f"{copy}-wal").write_bytes(torn)
        with _opened(copy) as store:
            counts.add(len(list_batches(store)))
            assert len(_whole(store)) == 1 or len(list_batches(store)) == 1
    assert max(counts) <= 7
    assert len(counts) > 1


def test_a_copy_of_the_file_alone_is_older_but_whole(filled_file: Path, tmp_path: Path) -> None:
    place = Path(shutil.copyfile(filled_file, tmp_path / "planner.gpkg"))
    with _opened(place) as store:
        change(store, cell("A1", "note", "新"))
        alone = Path(shutil.copyfile(place, tmp_path / "alone.gpkg"))
    with _opened(alone) as store:
        assert verify(store).empty
        assert len(list_batches(store)) == 1


def test_a_folder_that_cannot_be_written_is_said(filled_file: Path, tmp_path: Path) -> None:
    place = Path(shutil.copyfile(filled_file, tmp_path / "planner.gpkg"))
    with _opened(place) as store:
        store.engine.dispose()

        def query_only(connection: sqlite3.Connection, _: object) -> None:
            connection.execute("PRAGMA query_only=ON")

        sa.event.listen(store.engine, "connect", query_only)
        with pytest.raises(StoreError, match="不可写"):
            change(store, cell("A1", "note", "x"))


def test_what_is_no_store_is_told_apart(tmp_path: Path, filled_file: Path) -> None:
    (tmp_path / "text.gpkg").write_text("x")
    with closing(sqlite3.connect(tmp_path / "other.gpkg")) as other:
        other.execute("CREATE TABLE a (b)")
    assert [is_store(p) for p in (tmp_path, tmp_path / "no", tmp_path / "text.gpkg", tmp_path / "other.gpkg")] == [
        False
    ] * 4
    assert is_store(filled_file)
    assert is_store("postgresql://x/y")
    assert is_store("postgresql+psycopg://x/y")
