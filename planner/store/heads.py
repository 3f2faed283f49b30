"""Where a store stands: its last batch, the folder it goes with, and a key of everything that its ledger says."""

from __future__ import annotations

import sqlalchemy as sa

from planner.store.connection import Store
from planner.store.file_head import BESIDE, COLUMNS, NO_HASH, Head
from planner.store.marks import BATCHES, EVENTS, HEAD


def read_head(store: Store) -> Head:
    """Return where the store stands now: one row, cheap enough to ask at every run of a page."""
    head = store.table(HEAD)
    with store.reading() as connection:
        return Head(*connection.execute(sa.select(*[head.c[name] for name in COLUMNS])).one())


def ledger_hash(store: Store) -> str:
    """Return the hash of the last batch that changed what a district is made of; equal hashes, equal districts.

    Batches of variants, mappings, scenarios and held cells alone are passed over.
    """
    batches, events = store.table(BATCHES), store.table(EVENTS)
    of_ledger = sa.exists().where(events.c.batch_id == batches.c.id, events.c.table_name.not_in(BESIDE))
    query = sa.select(batches.c.hash).where(of_ledger).order_by(batches.c.id.desc()).limit(1)
    with store.reading() as connection:
        return str(connection.execute(query).scalar() or NO_HASH)
