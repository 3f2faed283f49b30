"""Where the store of the open district stands, asked at every run; for a file without loading a database library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from planner.errors import CallError
from planner.policy import Policy
from planner.store.chosen import Chosen
from planner.store.file_head import Head, read_file_head
from planner.store.migrations import current
from planner.store.place import is_url

Place = Path | str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a store stands: its head, and a text that changes with everything that its ledger says."""

    head: Head
    content: str


def standing(place: Place, policy: Policy) -> Standing:
    """Return where a store stands at this moment. Raises StoreError and CallError as `open_store`."""
    found = None if is_url(place) else read_file_head(Path(place))
    if found is not None and found.version == current():
        head, ledger = found.head, found.ledger
    else:
        from planner.web import stores

        head, ledger = stores.head_of(place, policy)
    return Standing(head, f"{ledger} {head.folder} {head.layers_hash}")


def filled(chosen: Chosen, policy: Policy) -> bool:
    """Return whether there is a store at the place and something in it. Raises StoreError where it cannot be read."""
    if chosen.store is None or chosen.waiting:
        return False
    try:
        return standing(chosen.store, policy).head.batch > 0
    except CallError:  # a database without our tables
        return False
