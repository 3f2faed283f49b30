"""Random sequences of thirty steps on a store, each step against a model and a full verify."""

from __future__ import annotations

from collections import Counter
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from robust_found import Found, attempt, copied

from tests.store_sequences import Sequences
from tests.stores import seeded, small_folder

STEPS = 30


def run(seed_: int, numbers: range, folder: Path) -> Found:
    """Run so many sequences, drawn from the seed and the first number; what fails is told with the steps to it."""
    found = Found()
    source = folder / "filled.gpkg"
    seeded(source, small_folder(folder / "district")).close()
    first, n = numbers.start, len(numbers)
    attempt(found, first, lambda: _sequences(found, source, folder, number=seed_ + first, n=n))
    return found


def _sequences(found: Found, source: Path, folder: Path, *, number: int, n: int) -> None:
    """The first that hypothesis draws is the shortest there is: one more is drawn instead."""
    steps: Counter[str] = Counter()
    places = count()

    @seed(number)
    class Here(Sequences):
        def __init__(self) -> None:
            super().__init__()
            self.place = copied(source, folder / f"{next(places)}.gpkg")
            self.steps = steps

        def teardown(self) -> None:
            super().teardown()
            for ending in ("", "-wal", "-shm"):
                Path(f"{self.place}{ending}").unlink(missing_ok=True)

    told = settings(stateful_step_count=STEPS, max_examples=n + 1, database=None, deadline=None,
                    phases=(Phase.generate,), print_blob=True, suppress_health_check=list(HealthCheck))  # fmt: skip
    run_state_machine_as_test(Here, settings=told, _min_steps=STEPS)
    for name, times in steps.items():
        found.count(name, times)
    beside = ("sequences", "back up and restore")
    found.count("steps", sum(times for name, times in steps.items() if name not in beside))
