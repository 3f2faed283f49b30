"""Settling a cell that waits: a planner takes one of its values, and that is a batch like any other."""

from __future__ import annotations

import datetime as dt
from typing import Any

from planner.errors import CallError
from planner.store.batches import Batch, Receipt, apply_batch
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
    waiting = held_cells(store)
    if choice not in CHOICES or held_id not in waiting.index:
        raise CallError(t("store.error.held", id=held_id, choice=choice))
    held = waiting.loc[held_id]
    cell: dict[str, Any] = {"table": held["table"], "row_id": held["row_id"], "field": held["field"]}
    told = {"surveyed_on": held["surveyed_on"], "surveyor": held["surveyor"]}
    settled = {"table": "planner_held", "row_id": held_id, "field": "decision", "value": choice, "old": ""}
    changes = [settled, {**cell, **told, "value": held[choice], "old": held["current"]}]
    taken = changes if choice != "current" else changes[:1]
    return apply_batch(store, Batch("decision", actor, at, reason, changes_frame(taken), file=held["file"]))
