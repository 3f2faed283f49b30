"""One value that a person gives by hand: read by the rules of a table, refused with all that is wrong at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from planner.district.column_spec import UNSET
from planner.errors import InputError, join_problems, problem
from planner.policy import Policy
from planner.store.batches import Batch, Receipt, Signature, apply_batch
from planner.store.changes import changes_frame
from planner.store.connection import Store
from planner.store.state import load_rows
from planner.store.values import CLEAR, canonical_changes
from planner.text import t

SOURCES = ("电话", "来文", "踏勘", "档案")
"""Where a value that is set by hand comes from."""
AS_OF = "as_of"


@dataclass(frozen=True, slots=True)
class Edit:
    """One value for one cell of a compound.

    seen: the text of the cell when the person looked. written: as people write it, `#清空` for unknown. source: one of
    SOURCES. told_on: the day it was true. remark: a document's number, who called.
    """

    compound_id: str
    field: str
    seen: str
    written: str
    source: str
    told_on: dt.date | None
    remark: str = ""


def read_edit(edit: Edit, policy: Policy, *, today: dt.date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the changes of an edit (CHANGE_COLUMNS) and everything there is to say about it (PROBLEM_COLUMNS).

    An edit with a problem of severity error must not be applied; a value that was only read with a repair is a note.
    """
    changes, found = canonical_changes(changes_frame([_change(edit)]), policy)
    own = changes[(changes["field"] == edit.field) & (changes["table"] == "compounds")]
    if not len(own):
        found = found.assign(severity="error")
    faults = [found]
    if edit.field in UNSET or edit.field not in policy.fields("compounds").index:
        faults.append(problem("edit.fixed", column=edit.field, value=edit.written))
    if not edit.written.strip():
        faults.append(problem("edit.empty", column=edit.field))
    if edit.source not in SOURCES:
        faults.append(problem("edit.source", column=edit.field, value=edit.source, choices="、".join(SOURCES)))
    if edit.told_on is None or not dt.date(1949, 10, 1) <= edit.told_on <= today:
        faults.append(problem("edit.date", column=edit.field, value=edit.told_on or "", today=today.isoformat()))
    if len(own):
        faults += _about_value(edit, str(own["value"].iloc[0]), policy, today=today)
    return changes, join_problems(faults)


def current_text(store: Store, compound_id: str, field: str) -> str:
    """Return what a cell of a compound says now, as a text; blank for unknown."""
    key = ("compounds", compound_id)
    with store.reading() as connection:
        return load_rows(store, connection, {key: [field]})[key].texts[field]


def apply_edit(store: Store, policy: Policy, edit: Edit, signature: Signature) -> Receipt:
    """Write one value as a batch of its own; a cell that moved since it was looked at is held, not overwritten.

    Raises InputError with every fault of the edit; nothing is then written.
    """
    changes, problems = read_edit(edit, policy, today=signature.at.date() + dt.timedelta(days=1))
    if (problems["severity"] == "error").any():
        raise InputError(t("store.error.refused", n=1), problems)
    reason = "：".join(part for part in (edit.source, edit.remark.strip()) if part)
    return apply_batch(store, Batch("set", signature.actor, signature.at, reason, changes))


def _change(edit: Edit) -> dict[str, object]:
    day = edit.told_on.isoformat() if edit.told_on else ""
    cell = {"table": "compounds", "row_id": edit.compound_id, "field": edit.field, "value": edit.written}
    return {**cell, "old": edit.seen, "surveyed_on": day, "source": edit.source}


def _about_value(edit: Edit, value: str, policy: Policy, *, today: dt.date) -> list[pd.DataFrame]:
    found = []
    if value == edit.seen:
        found.append(problem("edit.same", column=edit.field, value=edit.written))
    fields = policy.fields("compounds")
    limit = str(fields.at[edit.field, "hard_max"]) if edit.field in fields.index else ""
    if limit == AS_OF and value.isdigit() and int(value) > today.year:
        found.append(problem("edit.future_year", column=edit.field, value=value, year=today.year))
    if edit.written in CLEAR and edit.written and str(fields.at[edit.field, "required"]) == "yes":
        found.append(problem("edit.required", column=edit.field, value=""))
    return found
