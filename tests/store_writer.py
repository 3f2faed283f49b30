"""A process that writes into a store until it is done or killed: `python -m tests.store_writer PLACE NAME COUNT [DIE]`.

It prints the number of every batch that was acknowledged. DIE: stop dead (as kill -9 does) inside the batch of this
number, after its events are written and before it is complete.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from planner.store import batches
from planner.store.opening import open_store
from planner.store.place import as_place
from tests.stores import POLICY, cell, change

ROWS = ("A1", "A2", "B10")


def main() -> None:
    """Write COUNT batches of three cells each."""
    place, name, count, *die = sys.argv[1:]
    store = open_store(as_place(place), POLICY)
    save = batches.save_rows
    for number in range(1, int(count) + 1):

        def dying(*args: Any, this: int = number) -> None:
            save(*args)
            if die and this == int(die[0]):
                os.kill(os.getpid(), signal.SIGKILL)

        batches.save_rows = dying  # type: ignore[assignment]
        receipt = change(store, *[cell(row, "note", f"{name} {number}") for row in ROWS])
        print(receipt.batch, flush=True)
    store.close()


if __name__ == "__main__":
    main()
