"""Cell changes on their way into the store: their table, and what they mean against the current rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from planner.errors import InputError, join_problems, problem
from planner.store.rows import Event, Key, Row
from planner.store.tables import PLANNER_TABLES, PRESENT, Fields, key_field
from planner.text import t

CHANGE_COLUMNS = (
    "table", "row_id", "field", "value", "old", "base_version", "surveyed_on", "surveyor", "source", "file_row",
)  # fmt: skip
HELD_COLUMNS = PLANNER_TABLES["planner_held"]
_REST = ("surveyed_on", "surveyor", "source", "file_row")


@dataclass(frozen=True, slots=True)
class Change:
    """One cell to change: `old` and `base_version` are what the change was made against, None where nobody said."""

    table: str
    row_id: str
    field: str
    value: str
    old: str | None
    base_version: int | None
    surveyed_on: str
    surveyor: str
    source: str
    file_row: int | None


@dataclass(frozen=True, slots=True)
class Planned:
    """What a batch does: events in order, cells held (dicts of HELD_COLUMNS), and how many cells were equal already."""

    events: list[Event]
    held: list[dict[str, str]]
    equal: int


def changes_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return a table of changes (CHANGE_COLUMNS) from dicts that may leave out all but table, row_id, field, value.

    value: the text as compounds.csv holds it, blank for unknown; of the field `@present` "1" makes or brings back a
    row and blank retires it. old: the text that the change was made against; base_version: the row version that it was
    made against; missing where nobody said, then nothing is held.
    """
    return pd.DataFrame([{name: row.get(name) for name in CHANGE_COLUMNS} for row in rows], columns=CHANGE_COLUMNS)


def as_changes(frame: pd.DataFrame) -> list[Change]:
    """Return the rows of a table of changes as values; columns that it lacks are missing."""
    columns = []
    for name in CHANGE_COLUMNS:
        given = frame[name] if name in frame.columns else pd.Series(None, index=frame.index, dtype=object)
        missing = None if name in ("old", "base_version", "file_row") else ""
        cells = given.astype(object)
        read = int if name in ("base_version", "file_row") else str
        columns.append([missing if absent else read(v) for v, absent in zip(cells, cells.isna(), strict=True)])
    return [Change(*row) for row in zip(*columns, strict=True)]


def with_ids(changes: list[Change], fields: Fields) -> list[Change]:
    """Return the changes and, for every compound that they make, its id where they do not say it themselves."""
    key = key_field("compounds", fields)
    said = {c.row_id for c in changes if (c.table, c.field) == ("compounds", key)}
    made = [c for c in changes if (c.table, c.field, c.value) == ("compounds", PRESENT, "1") and c.row_id not in said]
    return [*changes, *(replace(c, field=key, value=c.row_id, old=None, base_version=None) for c in made)]


def wanted_fields(changes: Iterable[Change]) -> dict[Key, list[str]]:
    """Return the cells that the changes touch, by row."""
    wanted: dict[Key, list[str]] = {}
    for change in changes:
        wanted.setdefault((change.table, change.row_id), []).append(change.field)
    return wanted


def refuse_unknown(changes: Iterable[Change], fields: Fields) -> None:
    """Raise InputError that lists every change of a table or field that the store does not have, or of a cell twice."""
    seen: set[tuple[str, str, str]] = set()
    found = []
    for change in changes:
        cell = (change.table, change.row_id, change.field)
        if change.field != PRESENT and change.field not in fields.get(change.table, {}):
            found.append(_problem("store.field", change))
        elif cell in seen or not change.row_id:
            found.append(_problem("store.twice" if cell in seen else "store.nameless", change))
        seen.add(cell)
    _refuse(found)


def plan_changes(rows: Mapping[Key, Row], changes: list[Change], fields: Fields, *, file: str) -> Planned:
    """Return what the changes do to these rows, which move along with them.

    A cell that has changed since it was looked at (`old`, `base_version`) to something else than the new value is
    held. Raises InputError for rows that do not stand and for a changed id.
    """
    _refuse_rows(rows, changes, fields)
    events: list[Event] = []
    held: list[dict[str, str]] = []
    equal = 0
    for key, group in _grouped(changes).items():
        row = rows[key[:2]]
        patch: dict[str, list[Any]] = {}
        for change in group:
            current = row.texts[change.field]
            if current == change.value:
                equal += 1
            elif _moved(row, change, current):
                held.append(_held(change, current, file))
            else:
                stamp = row.stamps.get(change.field)
                patch[change.field] = [current, change.value] if row.version == 0 else [current, change.value, stamp]
        if patch:
            event = Event(key[0], key[1], row.version + 1, patch, *key[2:])
            row.advance(event)
            events.append(event)
    return Planned(events, held, equal)


def _grouped(changes: list[Change]) -> dict[tuple[Any, ...], list[Change]]:
    """Changes of one row from one place in a file make one event."""
    groups: dict[tuple[Any, ...], list[Change]] = {}
    for change in changes:
        place = tuple(getattr(change, name) for name in _REST)
        groups.setdefault((change.table, change.row_id, *place), []).append(change)
    return groups


def _moved(row: Row, change: Change, current: str) -> bool:
    later = change.base_version is not None and row.cell_version(change.field) > change.base_version
    return row.version > 0 and (later or (change.old is not None and change.old != current))


def _held(change: Change, current: str, file: str) -> dict[str, str]:
    row = "" if change.file_row is None else str(change.file_row)
    told = (change.table, change.row_id, change.field, change.old or "", current, change.value, "conflict", file, row)
    return dict(zip(HELD_COLUMNS, (*told, change.surveyed_on, change.surveyor, ""), strict=True))


def _refuse_rows(rows: Mapping[Key, Row], changes: list[Change], fields: Fields) -> None:
    made = {(c.table, c.row_id) for c in changes if c.field == PRESENT}
    found = []
    for change in changes:
        row = rows[(change.table, change.row_id)]
        if not row.present and (change.table, change.row_id) not in made:
            found.append(_problem("store.row" if row.version == 0 else "store.retired", change))
        elif _renames(change, fields):
            found.append(_problem("store.key", change))
    _refuse(found)


def _renames(change: Change, fields: Fields) -> bool:
    of_compounds = change.table == "compounds" and change.field == key_field("compounds", fields)
    return of_compounds and change.value != change.row_id


def _problem(rule: str, change: Change) -> pd.DataFrame:
    return problem(rule, row=change.file_row, column=change.field, value=change.row_id, table=change.table)


def _refuse(found: list[pd.DataFrame]) -> None:
    if found:
        raise InputError(t("store.error.refused", n=len(found)), join_problems(found))
