"""Held cells and the decisions on them, as the tables that a store writes: a decision is a change like any other."""

from __future__ import annotations

import pandas as pd

from planner.district.survey.merge import WHY, Merge
from planner.errors import join_problems, problem_rows

TAKES = ("survey", "current")
"""What a planner can decide: 本次上报 or 台账现值."""

CHANGE_COLUMNS = [
    "table", "row_id", "field", "value", "old", "base_version", "surveyed_on", "surveyor", "source", "file_row",
]  # fmt: skip
"""A cell to write: value and old are texts of compounds.csv; old is what the change was made against."""

HELD_COLUMNS = [
    "table", "row_id", "field", "base", "current", "incoming", "why", "file", "file_row", "surveyed_on", "surveyor",
    "decision",
]  # fmt: skip
"""A cell that waits: 上次上报 (base), 台账现值 (current), 本次上报 (incoming), why; decision blank until made."""

TABLE, HELD = "compounds", "planner_held"


def decide(merged: Merge, decisions: pd.DataFrame) -> Merge:
    """Return the merge after decisions on held cells, made before it is applied.

    decisions: compound_id, field, row (of the survey), take (one of TAKES). `survey` lets the cell go in; `current`
    leaves it. Of several rows for one cell at most one may be taken: ValueError otherwise, and on a cell that is not
    held or an unknown take.
    """
    keys = ["compound_id", "field", "row"]
    wrong = decisions[~decisions["take"].isin(TAKES)]
    cells = merged.cells.merge(decisions[[*keys, "take"]], on=keys, how="left", validate="many_to_one")
    decided = cells["take"].notna()
    strange = len(wrong) > 0 or int(decided.sum()) != len(decisions) or not (cells["outcome"][decided] == "held").all()
    taken = cells[cells["take"] == "survey"]
    if strange or taken.duplicated(["compound_id", "field"]).any():
        raise ValueError("decisions must name held cells, each once, and take one of several values")
    outcome = cells["outcome"].mask(cells["take"] == "survey", "apply").mask(cells["take"] == "current", "left")
    return Merge(cells.assign(outcome=outcome)[merged.cells.columns])


def changes_to_write(merged: Merge, *, source: str = "") -> pd.DataFrame:
    """Return the cells that go in as CHANGE_COLUMNS, in the order of the survey. source: why (a file, 电话, 来文)."""
    applied = merged.applied
    columns = {
        "table": TABLE,
        "row_id": applied["compound_id"],
        "field": applied["field"],
        "value": applied["incoming"],
        "old": applied["current"],
        "base_version": pd.NA,
        "surveyed_on": applied["surveyed_on"],
        "surveyor": applied["surveyor"],
        "source": source,
        "file_row": applied["row"],
    }
    return pd.DataFrame(columns, index=applied.index, columns=CHANGE_COLUMNS).reset_index(drop=True)


def held_to_write(merged: Merge, *, file: str) -> pd.DataFrame:
    """Return the cells that wait as HELD_COLUMNS, all text, and those decided already with their decision."""
    waits = merged.cells[merged.cells["outcome"].eq("held") | (merged.cells["why"].ne("") & ~_all_left(merged))]
    decision = waits["outcome"].map({"held": "", "apply": "survey", "left": "current"})
    columns = {
        "table": TABLE,
        "row_id": waits["compound_id"],
        "field": waits["field"],
        "base": waits["base"],
        "current": waits["current"],
        "incoming": waits["incoming"],
        "why": waits["why"],
        "file": file,
        "file_row": waits["row"],
        "surveyed_on": waits["surveyed_on"],
        "surveyor": waits["surveyor"],
        "decision": decision,
    }
    table = pd.DataFrame(columns, index=waits.index, columns=HELD_COLUMNS).astype(object)
    return table.where(table.notna(), "").astype(str).reset_index(drop=True)


def _all_left(merged: Merge) -> pd.Series:
    """Cells that were never held: those that equal the ledger or stand at their base."""
    return merged.cells["outcome"].isin(["same", "behind"])


def decisions_to_write(held: pd.DataFrame, takes: pd.Series) -> pd.DataFrame:
    """Return what decisions on cells that wait in a store write: CHANGE_COLUMNS.

    held: index held id, HELD_COLUMNS; takes: held id -> one of TAKES. Each decision is written beside its held cell;
    `survey` writes the cell too, against the value that was shown, so that a store holds it again if that has moved.
    Raises KeyError for an id that does not wait, ValueError for an unknown take.
    """
    if not takes.isin(TAKES).all():
        raise ValueError("a decision takes the survey or the ledger")
    rows = held.loc[takes.index]
    if (rows["decision"] != "").any():
        raise KeyError(rows.index[rows["decision"] != ""][0])
    beside = pd.DataFrame(
        {"table": HELD, "row_id": rows.index, "field": "decision", "value": takes.to_numpy(), "old": ""},
        columns=CHANGE_COLUMNS,
    )
    taken = rows[(takes == "survey").to_numpy()]
    cells = taken.rename(columns={"incoming": "value", "current": "old"}).reindex(columns=CHANGE_COLUMNS)
    cells = cells.assign(
        source=taken["file"], file_row=pd.to_numeric(taken["file_row"], errors="coerce").astype("Int64")
    )
    return pd.concat([beside, cells], ignore_index=True) if len(cells) else beside


def held_problems(merged: Merge, headers: pd.Series, *, file: str) -> pd.DataFrame:
    """Return one warning per held cell with its row, column and both values. headers: field -> column of the file."""
    reports = []
    for why in WHY:
        rows = merged.held[merged.held["why"] == why]
        for field, part in rows.groupby("field", sort=False):
            params = [
                {"current": current, "compound": owner}
                for current, owner in zip(part["current"], part["compound_id"], strict=True)
            ]
            reports.append(
                problem_rows(
                    f"survey.held.{why}",
                    part["row"],
                    severity="warning",
                    file=file,
                    column=str(headers.get(field, field)),
                    values=part["text"],
                    params=params,
                )
            )
    return join_problems(reports)
