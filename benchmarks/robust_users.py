"""Twenty people at once: processes with threads that read, set values and apply small surveys for a while."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import numpy as np
from robust_found import Found, copied, demo_folder, dice, filled_file, opened, standing
from robust_kills import BIN, NO_SERVER, Cluster
from robust_writers import Say, fork, told

from planner.store.connection import Store
from planner.store.history import held_cells, list_batches, row_history
from planner.store.state import row_versions, table_state
from planner.store.undo import undo_batch
from planner.store.values import SingleValue, set_value
from planner.store.verify import verify
from tests.stores import AT, POLICY, cell, change, seeded

COMPOUNDS = 300
PROCESSES, THREADS = 4, 5
THINK_S = 4.0
"""A person acts every two seconds on average."""
BATCH = 20


def on_file(seed: int, numbers: range, folder: Path) -> Found:
    """Twenty users of one GeoPackage: `numbers` are seconds."""
    return _crowd(copied(filled_file(folder, COMPOUNDS), folder / "planner.gpkg"), seed, numbers)


def on_server(seed: int, numbers: range, folder: Path) -> Found:
    """Twenty users of one PostGIS database: `numbers` are seconds."""
    if not (BIN / "initdb").exists():
        return Found(skipped=NO_SERVER)
    with Cluster() as cluster:
        cluster.start()
        url = cluster.database("crowd")
        seeded(url, demo_folder(folder, COMPOUNDS)).close()
        return _crowd(url, seed, numbers)


def _crowd(place: Path | str, seed: int, numbers: range) -> Found:
    """Four processes of five threads each, every one a person."""
    found = Found()
    end = time.monotonic() + len(numbers)
    children = [fork(lambda say, n=n: _process(say, place, end=end, dice_of=(seed, n))) for n in range(PROCESSES)]  # type: ignore[misc]
    reports = [child.finish() for child in children]
    took = [pair for report in reports for pairs in told(report, "took") for pair in pairs]  # type: ignore[attr-defined]
    errors = [str(error) for report in reports for error in told(report, "error")]
    for number, error in enumerate(errors):
        found.fail(number, error)
    found.count("errors", len(errors))
    for kind in ("read", "write"):
        own = np.array([seconds for name, seconds in took if name == kind] or [np.nan])
        found.count(f"{kind}s", float(np.isfinite(own).sum()))
        for share in (50, 95):
            found.greatest(f"p{share} {kind} ms", round(float(np.percentile(own, share)) * 1000, 1))
        found.greatest(f"max {kind} ms", round(float(own.max()) * 1000, 1))
    _settle(found, place, sum(int(str(n)) for report in reports for n in told(report, "batches")))
    return found


def _settle(found: Found, place: Path | str, acknowledged: int) -> None:
    """Nothing of what was acknowledged is missing, and the store verifies."""
    with opened(place) as store:
        faults, batches = verify(store), len(list_batches(store)) - 1
        found.count("batches", batches)
        found.count("held cells", len(held_cells(store)))
    if len(faults) or batches != acknowledged:
        found.fail(0, f"{batches} batches, {acknowledged} acknowledged, faults {faults['rule'].tolist()[:5]}")


def _process(say: Say, place: Path | str, *, end: float, dice_of: tuple[int, int]) -> None:
    with opened(place) as store:
        ids = standing(store)
        people = [_Person(store, ids, dice(dice_of[0], "users", dice_of[1] * THREADS + n)) for n in range(THREADS)]
        threads = [threading.Thread(target=person.stay, args=(end,)) for person in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for person in people:
        say(["took", person.took])
        say(["batches", person.batches])
        for error in person.errors:
            say(["error", error])


class _Person:
    """Reads mostly, sets a value now and then, applies a small survey, takes one back."""

    def __init__(self, store: Store, ids: list[str], rng: random.Random) -> None:
        self.store, self.ids, self.rng = store, ids, rng
        self.took: list[tuple[str, float]] = []
        self.errors: list[str] = []
        self.batches = 0
        self.mine: list[int] = []

    def stay(self, end: float) -> None:
        """Act until the time is over; every error is kept."""
        while time.monotonic() < end:
            time.sleep(self.rng.uniform(0, THINK_S))
            kind, act = self.rng.choices(
                (("read", self.look), ("read", self.past), ("write", self.one), ("write", self.survey),
                 ("write", self.back)), weights=(40, 20, 20, 15, 5),
            )[0]  # fmt: skip
            began = time.perf_counter()
            try:
                act()
            except Exception as error:
                self.errors.append(f"{act.__name__}: {type(error).__name__}: {error}"[:300])
            self.took.append((kind, time.perf_counter() - began))

    def look(self) -> None:
        """Read the whole ledger."""
        table_state(self.store, "compounds")

    def past(self) -> None:
        """Read the list of batches and the life of one compound."""
        list_batches(self.store)
        row_history(self.store, "compounds", self.rng.choice(self.ids))

    def one(self) -> None:
        """Set one value."""
        value = SingleValue(self.rng.choice(self.ids), "households", str(self.rng.randint(20, 900)), "电话", "")
        receipt = set_value(self.store, POLICY, value, actor="乙", at=AT)
        self._keep(receipt.batch)

    def survey(self) -> None:
        """Apply a survey of twenty compounds, made on the versions of a moment ago: some cells will be held."""
        versions = row_versions(self.store, "compounds")
        rows = self.rng.sample(self.ids, BATCH)
        told = [(row, {"base_version": int(versions[row]), "surveyed_on": "2026-11-01"}) for row in rows]
        cells = [cell(row, "households", str(self.rng.randint(20, 900)), **facts) for row, facts in told]
        self._keep(change(self.store, *cells).batch)

    def back(self) -> None:
        """Undo an own batch; cells that others changed since stay."""
        if self.mine:
            number = self.mine.pop(self.rng.randrange(len(self.mine)))
            self._keep(undo_batch(self.store, number, actor="乙", at=AT).batch)

    def _keep(self, batch: int | None) -> None:
        if batch is not None:
            self.batches += 1
            self.mine.append(batch)
