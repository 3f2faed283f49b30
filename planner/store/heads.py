"""Where a store stands: its last batch, the folder it goes with, and a key of everything that its ledger says."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from planner.store.connection import NO_HASH, Store
from planner.store.marks import BATCHES, EVENTS, HEAD
from planner.store.tables import PLANNER_TABLES

_BESIDE = tuple(name for name in PLANNER_TABLES if name not in ("planner_district", "planner_original"))
"""Tables of which no district is made."""


@dataclass(frozen=True, slots=True)
class Head:
    """The one row of planner_head: last batch and its hash, the folder and what it said when both last agreed."""

    batch: int
    hash: str
    synced: int
    folder: str
    ledger_hash: str
    layers_hash: str


def read_head(store: Store) -> Head:
    """Return where the store stands now: one row, cheap enough to ask at every run of a page."""
    head = store.table(HEAD)
    names = ("batch_id", "hash", "synced", "folder", "ledger_hash", "layers_hash")
    with store.reading() as connection:
        return Head(*connection.execute(sa.select(*[head.c[name] for name in names])).one())


def ledger_hash(store: Store) -> str:
    """Return the hash of the last batch that changed what a district is made of; equal hashes, equal districts.

    Batches of variants, mappings, scenarios and held cells alone are passed over.
    """
    batches, events = store.table(BATCHES), store.table(EVENTS)
    of_ledger = sa.exists().where(events.c.batch_id == batches.c.id, events.c.table_name.not_in(_BESIDE))
    query = sa.select(batches.c.hash).where(of_ledger).order_by(batches.c.id.desc()).limit(1)
    with store.reading() as connection:
        return str(connection.execute(query).scalar() or NO_HASH)
