"""What a disk does: a log that is torn, a disk that is full, and copies made while others write."""

from __future__ import annotations

import resource
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import sqlalchemy as sa
from robust_found import Found, attempt, copied, dice, filled_file, judge, opened, standing, write_all
from robust_writers import Say, fork, told, writer

from planner.errors import StoreError
from planner.store.backup import backup_store, restore_store
from planner.store.connection import Store
from planner.store.history import list_batches
from planner.store.state import table_state
from planner.store.verify import verify
from tests.stores import AT, POLICY

BATCHES = 6
WAYS = ("cut", "zeroed", "garbage", "one bit")


def torn(seed: int, numbers: range, folder: Path) -> Found:
    """Tear the log of a store in which batches were written: what is left is whole batches, the first ones."""
    found = Found()
    place = copied(filled_file(folder), folder / "planner.gpkg")
    with opened(place) as store:
        ids = standing(store)
        for number in range(BATCHES):
            write_all(store, ids, f"batch {number}")
        main, log = place.read_bytes(), Path(f"{place}-wal").read_bytes()
    for number in numbers:
        attempt(found, number, lambda n=number: _tear(found, n, main, log, folder=folder, seed=seed))  # type: ignore[misc]
    return found


def _tear(found: Found, number: int, main: bytes, log: bytes, *, folder: Path, seed: int) -> None:
    rng = dice(seed, "torn", number)
    place = rng.randrange(len(log))
    size = min(len(log) - place, rng.choice((1, 512, 4096, 20_000)))
    way = rng.choice(WAYS)
    pieces = {
        "cut": log[:place],
        "zeroed": log[:place] + bytes(size) + log[place + size :],
        "garbage": log[:place] + rng.randbytes(size) + log[place + size :],
        "one bit": log[:place] + bytes([log[place] ^ (1 << rng.randrange(8))]) + log[place + 1 :],
    }
    copy = folder / "torn.gpkg"
    for ending in ("", "-wal", "-shm"):
        Path(f"{copy}{ending}").unlink(missing_ok=True)
    copy.write_bytes(main)
    Path(f"{copy}-wal").write_bytes(pieces[way])
    with opened(copy) as store:
        kept = [int(b) for b in list_batches(store)["batch"]]
        judge(found, number, store, set(kept))
        found.count(f"{way}")
        found.greatest("max batches kept", len(kept))
        if len(kept) > 1 and set(table_state(store, "compounds")["note"]) != {f"batch {len(kept) - 2}"}:
            found.fail(number, f"{way}: {len(kept)} batches, but the rows say something else")


def full(seed: int, numbers: range, folder: Path) -> Found:
    """Let the disk end inside a batch: it is refused in words, and the store is as before.

    The disk is not filled for real: even numbers end the database at a page (PRAGMA max_page_count), odd ones end every
    file at a byte (RLIMIT_FSIZE, in a process of its own).
    """
    found = Found()
    for number in numbers:
        place = copied(filled_file(folder), folder / f"full{number}.gpkg")
        limit = _limit_pages if number % 2 == 0 else _limit_bytes
        attempt(found, number, lambda n=number, p=place, way=limit: way(found, n, p, seed))  # type: ignore[misc]
        attempt(found, number, lambda n=number, p=place: _as_before(found, n, p))  # type: ignore[misc]
    return found


def _limit_pages(found: Found, number: int, place: Path, seed: int) -> None:
    more = dice(seed, "full", number).randint(0, 3)
    with closing(sqlite3.connect(place)) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    with opened(place) as store:
        ids = standing(store)
        store.engine.dispose()

        def limit(connection: sqlite3.Connection, _: object) -> None:
            connection.execute(f"PRAGMA max_page_count={pages + more}")

        sa.event.listen(store.engine, "connect", limit)
        found.count("by max_page_count")
        _refused(found, number, _write_long(store, ids))


def _limit_bytes(found: Found, number: int, place: Path, seed: int) -> None:
    limit = dice(seed, "full", number).randint(8_192, 300_000)

    def work(say: Say) -> None:
        with opened(place) as store:
            ids = standing(store)
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            say(["said", _write_long(store, ids)])
            say(["faults", len(verify(store))])

    reports = fork(work).finish()
    found.count("by RLIMIT_FSIZE")
    _refused(found, number, str((told(reports, "said") or ["the process ended"])[0]))
    if told(reports, "faults") != [0]:
        found.fail(number, f"on the full disk the store does not verify: {reports}")


def _write_long(store: Store, ids: list[str]) -> str:
    """Write a batch that needs some 400 kB; return what the store said against it."""
    try:
        write_all(store, ids, "长" * 3_000)
    except StoreError as error:
        return str(error)
    return ""


def _refused(found: Found, number: int, said: str) -> None:
    if "磁盘已满" in said:
        found.count("refused")
    else:
        found.fail(number, f"the disk was full and the store said: {said or 'nothing'}")


def _as_before(found: Found, number: int, place: Path) -> None:
    """After the refusal: the state of before, and the next batch goes in."""
    with opened(place) as store, opened(place.parent / f"filled-{len(standing(store))}.gpkg") as untouched:
        pd.testing.assert_frame_equal(*(table_state(side, "compounds") for side in (store, untouched)))
        faults = verify(store)
        if len(faults) or len(list_batches(store)) != 1:
            found.fail(number, f"not as before: {faults['rule'].tolist()[:5]}")
        if write_all(store, standing(store), "afterwards") != 2 or len(verify(store)):
            found.fail(number, "the next batch did not go in")
        found.count("valid afterwards")


def backups(seed: int, numbers: range, folder: Path) -> Found:
    """Copy a store while a process writes into it, restore the copy elsewhere, look at both."""
    found = Found()
    place = copied(filled_file(folder), folder / "planner.gpkg")
    child = fork(writer(place, "meanwhile"))
    child.wait_for(2)
    for number in numbers:
        attempt(found, number, lambda n=number: _back_up(found, n, place, seed))  # type: ignore[misc]
    child.kill()
    found.count("batches meanwhile", len(told(child.finish(), "done")))
    return found


def _back_up(found: Found, number: int, place: Path, seed: int) -> None:
    copy, elsewhere = place.with_name(f"copy{number}.gpkg"), place.with_name(f"restored{number}.gpkg")
    if dice(seed, "backups", number).random() < 0.5:  # half of them over a store that is there
        copied(filled_file(place.parent), elsewhere)
    with opened(place) as store:
        known = {int(b) for b in list_batches(store)["batch"]}
        backup_store(store, copy, at=AT)
    restore_store(copy, elsewhere, POLICY, at=AT)
    with opened(elsewhere) as store:
        found.greatest("max batches in a copy", judge(found, number, store, known, writers=10**6))
    found.count("restored")
