"""Settling a cell that waits: a planner takes one of its values, and that is a batch like any other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.errors import CallError
from planner.store.batches import Batch, Receipt, Signature, apply_batch
from planner.store.changes import changes_frame
from planner.store.connection import Store
from planner.store.history import held_cells
from planner.text import t

CHOICES = ("current", "incoming", "base")
"""台账现值, 本次上报, 上次上报: the columns of planner_held that hold a value."""


def decide_held(store: Store, held_id: str, choice: str, *, actor: str, at: dt.datetime, reason: str = "") -> Receipt:
    """Give a held cell one of its values and close it, in one batch that can be undone.

    A cell that has moved again since it was held is not overwritten: it is held anew against its present value.
    Raises CallError for a choice that there is not, and for a cell that does not wait.
    """
    signature = Signature(actor, at, reason)
    return decide_many(store, {held_id: choice}, signature)


def decide_many(
    store: Store, choices: Mapping[str, str], signature: Signature, *, shown: Mapping[str, str] | None = None
) -> Receipt:
    """Settle several held cells in one batch: held id -> one of CHOICES.

    shown: held id -> what the ledger was seen to say when the choice was made (default: what it said when the cell was
    held). A cell that has moved since is held anew. Raises CallError as `decide_held`, and where two values are taken
    for one cell.
    """
    waiting = held_cells(store)
    for held_id, choice in choices.items():
        if choice not in CHOICES or held_id not in waiting.index:
            raise CallError(t("store.error.held", id=held_id, choice=choice))
    asked = waiting.loc[list(choices)]
    taken = asked[[choices[str(held_id)] != "current" for held_id in asked.index]]
    double = taken[taken.duplicated(["table", "row_id", "field"])]
    if len(double):
        raise CallError(t("store.error.held_twice", id=double["row_id"].iloc[0], field=double["field"].iloc[0]))
    rows = [row for held_id, held in asked.iterrows() for row in _settled(str(held_id), held, choices, shown or {})]
    files = asked["file"].drop_duplicates()
    file = str(files.iloc[0]) if len(files) == 1 else ""
    reason = signature.reason
    return apply_batch(store, Batch("decision", signature.actor, signature.at, reason, changes_frame(rows), file=file))


def _settled(
    held_id: str, held: pd.Series, choices: Mapping[str, str], shown: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The decision beside the held cell, and the cell itself where another value than the ledger's is taken."""
    choice = choices[held_id]
    settled = {"table": "planner_held", "row_id": held_id, "field": "decision", "value": choice, "old": ""}
    if choice == "current":
        return [settled]
    cell: dict[str, Any] = {"table": held["table"], "row_id": held["row_id"], "field": held["field"]}
    told = {"surveyed_on": held["surveyed_on"], "surveyor": held["surveyor"], "source": held["file"]}
    row = int(held["file_row"]) if str(held["file_row"]).isdigit() else None
    value = {"value": held[choice], "old": shown.get(held_id, held["current"]), "file_row": row}
    return [settled, {**cell, **told, **value}]
