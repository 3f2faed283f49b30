"""What people write, read by the same rules as a table, on its way to the store's canonical texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import shapely

from planner.district.clean import clean_table
from planner.district.headers import map_headers
from planner.district.write import table_texts
from planner.errors import CallError, InputError, join_problems
from planner.policy import Policy
from planner.store.batches import Batch, Receipt, apply_batch
from planner.store.cell_values import GEOMETRY
from planner.store.changes import CHANGE_COLUMNS, changes_frame
from planner.store.connection import Store
from planner.store.folders import geometry_texts, shapes_of
from planner.store.state import load_rows
from planner.store.tables import PLANNER_TABLES, PRESENT
from planner.text import t

CLEAR = ("", "#清空", "#clear")
"""Written for "unknown"."""
_YEARS = ("built_year_min", "built_year_max")


@dataclass(frozen=True, slots=True)
class SingleValue:
    """One value that somebody told: row, field, as written, its source (电话, 来文, 踏勘, 档案), as of when."""

    row_id: str
    field: str
    written: str
    source: str
    surveyed_on: str = ""
    table: str = "compounds"


def canonical_changes(changes: pd.DataFrame, policy: Policy, *, file: str = "") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return changes with their values as canonical texts, and what there is to say about them (PROBLEM_COLUMNS).

    changes: CHANGE_COLUMNS with values as people write them (约80户, 90年代, na; CLEAR for unknown). A value that
    cannot be read is an error row and its change is left out. Of a repaired value of a compound the text as written is
    kept too. Shapes, `@present` and what planners keep pass as they are.
    """
    taken, reports = [], []
    for (table, field), group in changes.groupby(["table", "field"], sort=False):
        if field in (PRESENT, GEOMETRY) or table in PLANNER_TABLES or field not in policy.fields(str(table)).index:
            taken.append(group)
            continue
        kept, report = _read_field(group, str(table), str(field), policy=policy, file=file)
        taken.append(kept)
        reports.append(report)
    frame = pd.concat(taken, ignore_index=True) if taken else changes
    return frame.reindex(columns=list(CHANGE_COLUMNS)), join_problems(reports)


def set_value(store: Store, policy: Policy, value: SingleValue, *, actor: str, at: dt.datetime) -> Receipt:
    """Apply one value as a batch of its own.

    The field may be called by its label. Raises CallError for an unknown field, InputError for a value that cannot be
    read and for a row that does not stand.
    """
    field = _field(value, policy)
    told = {"source": value.source, "surveyed_on": value.surveyed_on}
    wanted = {"table": value.table, "row_id": value.row_id, "field": field, "value": value.written, **told}
    changes, problems = canonical_changes(changes_frame([wanted]), policy)
    if field not in set(changes["field"]):
        raise InputError(t("store.error.refused", n=1), problems)
    changes = _with_point(store, changes)
    return apply_batch(store, Batch("set", actor, at, value.source, changes))


def _field(value: SingleValue, policy: Policy) -> str:
    if value.field in policy.fields(value.table).index:
        return value.field
    found = map_headers([value.field], policy, value.table).fields.get(value.field)
    if found is None:
        raise CallError(t("store.error.field", value=value.field))
    return found


def _read_field(
    group: pd.DataFrame, table: str, field: str, *, policy: Policy, file: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    written = group["value"].astype(object).map(lambda cell: "" if cell in CLEAR else str(cell))
    cleaned = clean_table(written.to_frame(field), table, policy, file=file, row_numbers=group["file_row"])
    texts = table_texts(cleaned.frame[[field]])[field]
    if field in _YEARS:
        wide = cleaned.year_range["year_lo"] < cleaned.year_range["year_hi"]
        texts = texts.mask(wide.fillna(False).astype(bool) & texts.ne(""), written.str.strip())
    absent = [row for row, name in cleaned.not_applicable if name == field]
    texts[texts.index.isin(absent)] = "na"
    problems = cleaned.problems[cleaned.problems["rule"] != "cell.required"]
    good = group.assign(value=texts)[texts.ne("") | written.eq("")]
    return pd.concat([good, _told(good, cleaned.original, table)], ignore_index=True), problems


def _told(group: pd.DataFrame, original: pd.DataFrame, table: str) -> pd.DataFrame:
    """The texts of repaired cells, kept beside their compounds."""
    if table != "compounds":
        return changes_frame([])
    rows: list[dict[Hashable, Any]] = []
    for label, field, text in original[["row", "field", "text"]].itertuples(index=False):
        if label in group.index and field not in _YEARS:
            change = dict(group.loc[label])
            owner = str(change["row_id"])
            shared = {**change, "table": "planner_original", "row_id": f"{owner}/{field}", "old": None}
            cells = {PRESENT: "1", "compound_id": owner, "field": field, "text": text}
            rows += [{**shared, "base_version": None, "field": name, "value": cell} for name, cell in cells.items()]
    return changes_frame([{str(k): v for k, v in row.items()} for row in rows])


def _with_point(store: Store, changes: pd.DataFrame) -> pd.DataFrame:
    """A compound that is only a point moves with its coordinates."""
    moved = changes[changes["field"].isin(["lon", "lat"]) & (changes["table"] == "compounds") & changes["value"].ne("")]
    if moved.empty:
        return changes
    change = moved.iloc[0]
    key = ("compounds", str(change["row_id"]))
    with store.reading() as connection:
        row = load_rows(store, connection, {key: ["lon", "lat", GEOMETRY]})[key]
    place = {**row.texts, str(change["field"]): str(change["value"])}
    shape = shapes_of(pd.Series([place[GEOMETRY]]))[0]
    if not place["lon"] or not place["lat"] or (shape is not None and shape.geom_type != "Point"):
        return changes
    point = geometry_texts(pd.Series([shapely.Point(float(place["lon"]), float(place["lat"]))]))[0]
    return pd.concat([changes, change.to_frame().T.assign(field=GEOMETRY, value=point)], ignore_index=True)
