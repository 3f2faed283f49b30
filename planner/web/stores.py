"""The stores behind the pages: opened once per process, made and filled at the first start, asked where they stand.

A store that another process writes (a colleague's page, the command line) tells a new head at the next run; a file
that was replaced is opened anew.
"""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

import streamlit as st

from planner.district.district import District
from planner.errors import CallError, PlannerError, StoreError
from planner.policy import Policy
from planner.store.chosen import Chosen
from planner.store.connection import Store
from planner.store.file_head import Head
from planner.store.folders import folder_hashes
from planner.store.heads import ledger_hash, read_head
from planner.store.opening import open_or_create, open_store
from planner.store.place import as_place, identity, is_url, may_write
from planner.store.seeding import seed_district
from planner.store.take_over import take_over
from planner.text import t
from planner.web.installation import var_folder

Place = Path | str
_MAKING = threading.Lock()


def handle(place: Place, policy: Policy) -> Store:
    """Return the open store of a place, shared by all sessions. Raises StoreError and CallError as `open_store`."""
    return _handle(str(place), identity(place), policy.version, policy)


def head_of(place: Place, policy: Policy) -> tuple[Head, str]:
    """Return where a store stands, and the hash of the last batch that touched its ledger."""
    store = handle(place, policy)
    head = read_head(store)
    return head, _ledger_hash(str(place), head.hash, store)


def make(chosen: Chosen, policy: Policy, district: District, folder: Path) -> None:
    """Make the store of a folder and fill it with the district that was read from it; one that is filled stays.

    What planners kept in files before comes along. Raises StoreError, CallError and OSError.
    """
    assert chosen.store is not None
    at, hashes = dt.datetime.now(dt.UTC), folder_hashes(folder)
    if not is_url(chosen.store):
        Path(chosen.store).absolute().parent.mkdir(parents=True, exist_ok=True)
    with _MAKING:
        try:
            store = open_or_create(chosen.store, policy, at=at)
        except CallError:  # another process was quicker
            store = open_store(chosen.store, policy, at=at)
        try:
            if read_head(store).batch == 0:
                seed_district(store, district, folder, hashes=hashes, by=(t("store.actor.program"), at))
        finally:
            store.close()


def trouble_of(error: Exception) -> PlannerError:
    """Return what stood in the way of making a store as an error for the page."""
    return error if isinstance(error, PlannerError) else StoreError(t("keeping.not_made", reason=str(error)))


@st.cache_resource(show_spinner=False, max_entries=16)
def _handle(place: str, mark: tuple[str, ...], version: str, _policy: Policy) -> Store:  # noqa: ARG001  (keys)
    at = dt.datetime.now(dt.UTC)
    store = open_store(as_place(place), _policy, at=at)
    if may_write(as_place(place)):
        take_over(store, var_folder(), actor=t("store.actor.program"), at=at)
    return store


@st.cache_resource(show_spinner=False, max_entries=64)
def _ledger_hash(place: str, head_hash: str, _store: Store) -> str:  # noqa: ARG001  (they are the cache key)
    return ledger_hash(_store)
