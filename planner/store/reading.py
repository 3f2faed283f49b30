"""A district from wherever it is kept: a folder, a store in a file, a store on a server."""

from __future__ import annotations

from pathlib import Path

from planner.district.district import District
from planner.errors import CallError
from planner.policy import Policy
from planner.store.marks import HEAD
from planner.store.place import is_store, shown
from planner.text import t


def read_district(place: Path | str, policy: Policy, *, layers: Path | None = None) -> District:
    """Return the district of a folder, a store file or a store's URL (CONTRACTS 1).

    layers: the folder of the base layers (roads, water, green) of a store, where it is not the one that the store was
    filled from. Raises as `district.load.read_district` does, StoreError where a store cannot be read.
    """
    if not is_store(place):
        from planner.district import load  # half of what a page imports; one that keeps its district needs none of it

        return load.read_district(place, policy)
    from planner.store.as_district import district_of
    from planner.store.opening import open_store

    store = open_store(place, policy)
    try:
        return district_of(store, policy, layers=layers)
    finally:
        store.close()


def folder_of(place: Path | str) -> Path | None:
    """Return the folder behind a place: a folder itself, of a store the folder that it was filled from, if any."""
    if not is_store(place):
        return Path(place)
    import sqlalchemy as sa

    from planner.store.connection import connect, snapshot
    from planner.store.trouble import explained

    engine = connect(place)
    try:
        with explained(shown(place)), snapshot(engine) as connection:
            if not sa.inspect(connection).has_table(HEAD):
                raise CallError(t("store.error.none", place=shown(place)))
            found = connection.exec_driver_sql(f"SELECT folder FROM {HEAD}").scalar()
    finally:
        engine.dispose()
    return Path(found) if found else None
