"""What a chunk of robustness trials found, and the store that most of them begin with."""

from __future__ import annotations

import json
import random
import shutil
import traceback
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import harness  # noqa: F401  (puts the project on the path)

from planner.district.demo import make_demo
from planner.district.write import write_district
from planner.store.connection import Store
from planner.store.history import list_batches
from planner.store.opening import open_store
from planner.store.state import table_state
from planner.store.verify import verify
from tests.stores import POLICY, cell, change, seeded

COMPOUNDS = 40
DEMO_SEED = 7
FIELD = "note"
_LONGEST = 3_000


@dataclass(slots=True)
class Found:
    """Failures, each with the number of its trial; notes are counts, or a greatest value where they begin with max."""

    failures: list[str] = field(default_factory=list)
    notes: dict[str, float] = field(default_factory=dict)
    skipped: str = ""

    def count(self, name: str, more: float = 1) -> None:
        """Add to a count."""
        self.notes[name] = self.notes.get(name, 0) + more

    def greatest(self, name: str, value: float) -> None:
        """Keep the greatest value; the name begins with max."""
        self.notes[name] = max(self.notes.get(name, 0), value)

    def fail(self, number: int, said: object) -> None:
        """Keep one failure."""
        self.failures.append(f"{number}: {_told(said)}"[:_LONGEST])


def _told(said: object) -> str:
    """What an error said, where it came from, and what was noted along with it (the steps of a sequence)."""
    if not isinstance(said, BaseException):
        return str(said)
    frames = [f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(said.__traceback__)[-3:]]
    return "\n".join([f"{type(said).__name__}: {said} at {' > '.join(frames)}", *getattr(said, "__notes__", [])])


def dice(seed: int, trial: str, number: int) -> random.Random:
    """Return the dice of one trial: the same for the same seed, trial and number."""
    return random.Random(f"{seed}:{trial}:{number}")


def demo_folder(folder: Path, compounds: int = COMPOUNDS) -> Path:
    """Write the demo district of so many compounds below `folder`, once, and return where it is."""
    out = folder / f"district-{compounds}"
    if not out.exists():
        write_district(make_demo(compounds, DEMO_SEED), out)
    return out


def filled_file(folder: Path, compounds: int = COMPOUNDS) -> Path:
    """Return a store file filled from the demo, closed; to be copied."""
    place = folder / f"filled-{compounds}.gpkg"
    if not place.exists():
        seeded(place, demo_folder(folder, compounds)).close()
    return place


def copied(source: Path, target: Path) -> Path:
    """Copy a closed store."""
    return Path(shutil.copyfile(source, target))


@contextmanager
def opened(place: Path | str) -> Iterator[Store]:
    """An open store, closed in the end."""
    store = open_store(place, POLICY)
    try:
        yield store
    finally:
        store.close()


def write_all(store: Store, ids: list[str], word: str) -> int:
    """Write one batch: the same word into one cell of every compound, and a number; return the number of the batch."""
    number = str(sum(map(ord, word)) % 900 + 100)
    receipt = change(store, *[cell(i, f, v) for i in ids for f, v in ((FIELD, word), ("households", number))])
    return int(receipt.batch or 0)


def standing(store: Store) -> list[str]:
    """The ids of the compounds."""
    return [str(i) for i in table_state(store, "compounds").index]


def judge(
    found: Found, number: int, store: Store, acknowledged: set[int], *, before: Collection[int] = (1,), writers: int = 1
) -> int:
    """Look at a store after an accident; return how many batches it holds.

    before: the batches that it held when the writers began; acknowledged: those that they were told of.

    Lost: an acknowledged batch that is not there. Half: a store that does not verify, a gap in the numbers, or rows
    that do not all say what the last batch said (every batch writes one word into all of them). At most one batch per
    writer may be there that nobody was told of.
    """
    faults = verify(store)
    batches = [int(b) for b in list_batches(store)["batch"]]
    words = set(table_state(store, "compounds")[FIELD])
    lost = (acknowledged | set(before)) - set(batches)
    untold = set(batches) - acknowledged - set(before)
    found.count("acknowledged", len(acknowledged - set(before)))
    found.count("committed", len(set(batches) - set(before)))
    found.count("lost", len(lost))
    if lost:
        found.fail(number, f"lost batches {sorted(lost)}")
    if len(faults) or batches != list(range(1, len(batches) + 1)) or (len(batches) > 1 and len(words) != 1):
        found.count("half")
        found.fail(number, f"half: {faults['rule'].tolist()[:5]} batches {len(batches)} words {sorted(words)[:5]}")
    if len(untold) > writers:
        found.fail(number, f"{len(untold)} batches that nobody was told of, {writers} writers")
    return len(batches)


def attempt(found: Found, number: int, call: Callable[[], None]) -> None:
    """Run one trial; an error that nobody handled is a failure of it."""
    try:
        call()
    except Exception as error:
        found.count("unhandled")
        found.fail(number, error)


def lines(text: str) -> list[Any]:
    """The JSON values of a text with one per line; a last line that was cut is left out."""
    whole = text[: text.rfind("\n") + 1]
    return [json.loads(line) for line in whole.splitlines()]
