"""The ledger's side of a survey merge: what its cells say now, when they last changed, and what they said before."""

from __future__ import annotations

import pandas as pd

from planner.district.survey.merge import BASE_COLUMNS, LEDGER_COLUMNS
from planner.store.connection import Store
from planner.store.history import row_history
from planner.store.rows import Row
from planner.store.state import stream_rows

_TABLE = "compounds"
_ROW_FACTS = ("surveyed_on", "surveyor_code")
_MANY = 400


def ledger_cells(store: Store, wanted: pd.DataFrame) -> pd.DataFrame:
    """Return what a store says in these cells: LEDGER_COLUMNS, one row per distinct cell of a standing compound.

    wanted: compound_id, field. version, surveyed_on and surveyor are those of the cell's last change; a cell that says
    something since its row was made takes the date and surveyor that the row itself names.
    """
    cells = wanted[["compound_id", "field"]].drop_duplicates()
    fields = {str(owner): list(part) for owner, part in cells.groupby("compound_id", sort=False)["field"]}
    names = sorted({*cells["field"].astype(str), *_ROW_FACTS})
    ids = list(fields) if len(fields) <= _MANY else None
    rows = []
    with store.reading() as connection:
        for row_id, row in stream_rows(store, connection, _TABLE, names, ids):
            if row.present:
                rows += [_cell(row_id, row, str(field)) for field in fields.get(row_id, ())]
    return pd.DataFrame(rows, columns=LEDGER_COLUMNS).astype({"version": "Int64"})


def base_cells(store: Store, incoming: pd.DataFrame, current: pd.DataFrame) -> pd.DataFrame:
    """Return what cells said at the base versions of a survey, for those that changed since: BASE_COLUMNS.

    incoming: compound_id, field, base_version (missing: no base); current: `ledger_cells` of them.
    """
    keys = ["compound_id", "field"]
    asked = incoming[[*keys, "base_version"]].dropna().drop_duplicates()
    both = asked.astype(dict.fromkeys(keys, object)).merge(current[[*keys, "version"]], on=keys)
    moved = both[both["version"] > both["base_version"]]
    rows = []
    for owner, part in moved.groupby("compound_id", sort=False):
        history = row_history(store, _TABLE, str(owner))
        for field, base in zip(part["field"], part["base_version"], strict=True):
            later = history[(history["field"] == field) & (history["version"] > base)]
            rows += [(owner, field, base, later["old"].iloc[0])] if len(later) else []
    return pd.DataFrame(rows, columns=BASE_COLUMNS)


def _cell(row_id: str, row: Row, field: str) -> tuple[str, str, str, int, str, str]:
    version, surveyed_on, surveyor = row.stamps.get(field) or row.stamps.get("") or (0, "", "")
    text = row.texts[field]
    if text and field not in row.stamps and not surveyed_on:
        surveyed_on, surveyor = (row.texts[name] for name in _ROW_FACTS)
    return row_id, field, text, int(version), surveyed_on, surveyor
