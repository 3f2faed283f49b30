"""The store as a district folder again: the canonical export, the same bytes for the same state."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import sqlalchemy as sa

from planner.district.district import TABLES
from planner.district.write import write_district
from planner.policy import Policy
from planner.store.as_district import district_of, table_bytes
from planner.store.connection import Store
from planner.store.marks import HEAD
from planner.store.seeding import mark_agreed
from planner.store.state import store_tables


def export_store(store: Store, policy: Policy, folder: Path, *, as_of: dt.date | None = None) -> None:
    """Write the store's district into a folder in the canonical form of `write_district`, base layers included.

    The ledger and the governance tables are the store's texts to the letter. Written into the store's own folder, both
    then count as agreed. Raises as `read_district` and `write_district` do.
    """
    write_district(district_of(store, policy), folder, as_of=as_of)
    states, head = store_tables(store)
    for name in ("compounds", *TABLES):
        data = table_bytes(states[name], policy, name)
        path = folder / "compounds.csv" if name == "compounds" else folder / "governance" / f"{name}.csv"
        if data is not None and (not path.is_file() or path.read_bytes() != data):
            part = path.with_name(f".{path.name}.part")
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data)
            part.replace(path)
    if head.folder and Path(head.folder) == folder.absolute():
        mark_agreed(store, folder)


def own_folder(store: Store) -> Path | None:
    """Return the folder that the store was filled from or last agreed with; None where there was none."""
    with store.reading() as connection:
        folder = connection.execute(sa.select(store.table(HEAD).c.folder)).scalar_one()
    return Path(folder) if folder else None
