"""Cell changes on their way into the store: their table, and what they mean against the current rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import sqlalchemy as sa

from planner.errors import InputError, join_problems, problem
from planner.store.connection import Store
from planner.store.rows import Event, Key, Row
from planner.store.state import standing_rows
from planner.store.tables import PLANNER_TABLES, PRESENT, Fields, key_field
from planner.text import t

CHANGE_COLUMNS = (
    "table", "row_id", "field", "value", "old", "base_version", "surveyed_on", "surveyor", "source", "file_row",
)  # fmt: skip
HELD_COLUMNS = PLANNER_TABLES["planner_held"]


class Change(NamedTuple):
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
        read = int if name in ("base_version", "file_row") else str
        absent = given.isna().to_numpy(dtype=bool)
        told = map(read, given[~absent].tolist())
        columns.append([missing if no else next(told) for no in absent.tolist()] if absent.any() else [*told])
    return [*map(Change, *columns)]


def with_ids(changes: list[Change], fields: Fields) -> list[Change]:
    """Return the changes and, for every compound that they make, its id where they do not say it themselves."""
    if not any(c.field == PRESENT for c in changes):
        return changes
    key = key_field("compounds", fields)
    said = {c.row_id for c in changes if (c.table, c.field) == ("compounds", key)}
    made = [c for c in changes if (c.table, c.field, c.value) == ("compounds", PRESENT, "1") and c.row_id not in said]
    return [*changes, *(c._replace(field=key, value=c.row_id, old=None, base_version=None) for c in made)]


def wanted_fields(changes: Iterable[Change]) -> dict[Key, list[str]]:
    """Return the cells that the changes touch, by row."""
    wanted: dict[Key, list[str]] = {}
    for change in changes:
        wanted.setdefault((change.table, change.row_id), []).append(change.field)
    return wanted


def row_parts(frame: pd.DataFrame, codes: np.ndarray, rows: int) -> Iterator[pd.DataFrame]:
    """Yield the changes in parts of at most so many rows of the store, all changes of a row in one part.

    The rows come in the order in which the changes first name them, the changes of a row in theirs.
    """
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(rows, codes.max(initial=0) + rows + 1, rows))
    for start, end in itertools.pairwise([0, *ends]):
        if end > start:
            yield frame.iloc[order[start:end]]


def refuse_unknown(frame: pd.DataFrame, codes: np.ndarray, fields: Fields) -> None:
    """Raise InputError that lists every change of a table or field that the store does not have, of a cell twice, or
    of the id of a compound."""
    table, name = frame["table"].astype(object), frame["field"].astype(object)
    (of, tables), (cell, names) = pd.factorize(table), pd.factorize(name)
    known = [[field == PRESENT or field in fields.get(one, {}) for field in names] for one in tables]
    strange = ~np.array(known, dtype=bool).reshape(len(tables), len(names))[of, cell]
    nameless = frame["row_id"].isna() | frame["row_id"].eq("")
    twice = pd.Series(codes * (len(names) + 1) + cell).duplicated().to_numpy()
    found = pd.Series("", index=frame.index, dtype=object)
    found[_renames(frame, fields)] = "store.key"
    found[nameless.to_numpy(dtype=bool)] = "store.nameless"
    found[twice] = "store.twice"
    found[strange] = "store.field"
    _refuse(frame, found)


def refuse_absent(store: Store, connection: sa.Connection, frame: pd.DataFrame, codes: np.ndarray) -> None:
    """Raise InputError that lists every change of a row that is not there or is retired, unless it is (re)made."""
    first = frame[~pd.Series(codes).duplicated().to_numpy()]
    standing = {name: standing_rows(store, connection, str(name)) for name in first["table"].unique()}
    cells = zip(first["table"], first["row_id"], strict=True)
    known = [standing[table].get(str(row_id)) for table, row_id in cells]
    why = {None: "store.row", False: "store.retired", True: ""}
    rules = np.array([why[there] for there in known], dtype=object)
    made = np.zeros(len(first), dtype=bool)
    made[codes[(frame["field"] == PRESENT).to_numpy(dtype=bool)]] = True
    rules[made] = ""
    _refuse(frame, pd.Series(rules[codes], index=frame.index, dtype=object))


def row_codes(frame: pd.DataFrame) -> np.ndarray:
    """Return a number for each change: the row of the store that it is of, in the order of their first appearance."""
    table, tables = pd.factorize(frame["table"].astype(object))
    row, _ = pd.factorize(frame["row_id"].astype(object).where(frame["row_id"].notna(), ""))
    codes: np.ndarray = pd.factorize(row * (len(tables) + 1) + table)[0]
    return codes


def _renames(frame: pd.DataFrame, fields: Fields) -> np.ndarray:
    of_compounds = frame["table"].eq("compounds") & frame["field"].eq(key_field("compounds", fields))
    found: np.ndarray = (of_compounds & frame["value"].ne(frame["row_id"])).to_numpy(dtype=bool)
    return found


def plan_changes(rows: Mapping[Key, Row], changes: list[Change], *, file: str) -> Planned:
    """Return what the changes do to these rows, which move along with them.

    A cell that has changed since it was looked at (`old`, `base_version`) to something else than the new value is
    held.
    """
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
        place = (change.surveyed_on, change.surveyor, change.source, change.file_row)
        groups.setdefault((change.table, change.row_id, *place), []).append(change)
    return groups


def _moved(row: Row, change: Change, current: str) -> bool:
    later = change.base_version is not None and row.cell_version(change.field) > change.base_version
    return row.version > 0 and (later or (change.old is not None and change.old != current))


def _held(change: Change, current: str, file: str) -> dict[str, str]:
    row = "" if change.file_row is None else str(change.file_row)
    told = (change.table, change.row_id, change.field, change.old or "", current, change.value, "conflict", file, row)
    return dict(zip(HELD_COLUMNS, (*told, change.surveyed_on, change.surveyor, ""), strict=True))


def _refuse(frame: pd.DataFrame, rules: pd.Series) -> None:
    """Raise InputError with a problem for each change that has a rule against it."""
    wrong = (rules != "").to_numpy(dtype=bool)
    if wrong.any():
        told = zip(rules[wrong], as_changes(frame[wrong]), strict=True)
        found = [problem(r, row=c.file_row, column=c.field, value=c.row_id, table=c.table) for r, c in told]
        raise InputError(t("store.error.refused", n=len(found)), join_problems(found))
