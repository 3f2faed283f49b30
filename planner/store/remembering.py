"""Where planners' own things are kept: a folder of small CSV files, or the tables of a store, by who and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from planner.store.batches import Batch, apply_batch
from planner.store.chain import compact
from planner.store.changes import changes_frame
from planner.store.connection import Store
from planner.store.state import table_state
from planner.store.tables import PLANNER_TABLES, PRESENT

KEEP = "keep"
"""The kind of a batch that keeps or takes out something of planners' own."""


@dataclass(frozen=True, slots=True)
class InStore:
    """A store to keep things in, with who does it and when."""

    store: Store
    actor: str
    at: dt.datetime


Memory = Path | InStore
"""A folder of this installation, or a store."""


def kept_rows(store: Store, table: str) -> list[dict[str, str]]:
    """Return the standing rows of one of planners' own tables as texts by field."""
    return [{str(k): str(v) for k, v in row.items()} for row in table_state(store, table).to_dict("records")]


def row_name(table: str, row: Mapping[str, str], key: int) -> str:
    """Return the id of a row of one of planners' own tables: its first `key` fields."""
    return compact([row[name] for name in PLANNER_TABLES[table][:key]])


def replace_rows(
    where: InStore,
    table: str,
    rows: Sequence[Mapping[str, str]],
    *,
    key: int,
    among: Callable[[pd.DataFrame], pd.Series],
) -> int | None:
    """Put rows in the place of those that `among` picks from the standing ones; return the batch, None for no change.

    key: how many fields, from the first, name a row. What was there and is not any more is retired; the log keeps it.
    """
    fields = PLANNER_TABLES[table]
    wanted = {row_name(table, row, key): row for row in rows}
    before = table_state(where.store, table)
    gone = before.index[among(before).to_numpy(dtype=bool) & ~before.index.isin(list(wanted))]
    made = [
        {"table": table, "row_id": row_id, "field": name, "value": value}
        for row_id, row in wanted.items()
        for name, value in {PRESENT: "1", **{name: row[name] for name in fields}}.items()
    ]
    retired = [{"table": table, "row_id": row_id, "field": PRESENT, "value": ""} for row_id in gone]
    return apply_batch(where.store, Batch(KEEP, where.actor, where.at, "", changes_frame([*made, *retired]))).batch
