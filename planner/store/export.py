"""The store as a district folder again: the canonical export, the same bytes for the same state."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from planner.district.district import TABLES
from planner.district.write import filled_texts, sorted_texts, table_csv, write_district
from planner.policy import Policy
from planner.store.connection import Store
from planner.store.marks import HEAD
from planner.store.reading import district_of
from planner.store.seeding import mark_agreed
from planner.store.state import store_tables
from planner.store.tables import key_field, store_fields


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


def table_bytes(state: pd.DataFrame, policy: Policy, table: str) -> bytes | None:
    """Return one table of a store as its CSV file; None for a table of no rows, but for the ledger.

    state: texts as `table_state` returns them; fields that columns.csv no longer has are left out.
    """
    ledger = table == "compounds"
    if state.empty and not ledger:
        return None
    key = key_field(table, store_fields(policy))
    names = [str(name) for name in policy.fields(table).index]
    texts = state.reindex(columns=names, fill_value="")
    always = (key, "name") if ledger else ()
    return table_csv(sorted_texts(filled_texts(texts, always=always)))


def own_folder(store: Store) -> Path | None:
    """Return the folder that the store was filled from or last agreed with; None where there was none."""
    with store.reading() as connection:
        folder = connection.execute(sa.select(store.table(HEAD).c.folder)).scalar_one()
    return Path(folder) if folder else None
