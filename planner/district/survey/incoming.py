"""The two sides of a merge as tables of cells: what a survey file brings, and what the ledger has now."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from planner.district.district import District
from planner.district.survey.merge import BASE_COLUMNS, INCOMING_COLUMNS, LEDGER_COLUMNS, Merge
from planner.district.survey.survey_file import SurveyFile
from planner.district.write import ledger_texts

SEEN_COLUMNS = ["instance", "content", "submitted"]
"""Submissions that were applied before: their id, content key (`SurveyFile.rows`) and time."""
_EXACT = {"day": 10, "month": 7, "year": 4}


def incoming_cells(survey: SurveyFile, seen: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the cells of a survey as `merge` takes them: INCOMING_COLUMNS, in the order of the file.

    seen: SEEN_COLUMNS. A submission that was applied before with the same content is left out; with other content it
    is an edit where it is newer, and else late, which holds its cells.
    """
    rows = survey.rows.set_index("row")
    surveyors = rows["surveyor"].astype(object)
    submissions = _compared(rows, seen)
    facts = {
        "surveyed_on": _partial_dates(rows["surveyed_on"], rows["precision"]).to_numpy(dtype=object),
        "surveyor": surveyors.where(surveyors.notna(), "").to_numpy(dtype=object),
        "base_version": rows["base_version"].astype("Int64").array,
        "late": submissions["late"],
    }
    place = rows.index.get_indexer(survey.changes["row"])
    fresh = ~submissions["applied"][place]
    changes = survey.changes[[name for name in INCOMING_COLUMNS if name in survey.changes.columns]]
    changes = changes if fresh.all() else changes[fresh].reset_index(drop=True)
    told = {name: column.take(place[fresh]) for name, column in facts.items()}
    return changes.assign(**told)[INCOMING_COLUMNS]


def _compared(rows: pd.DataFrame, seen: pd.DataFrame | None) -> dict[str, np.ndarray]:
    none = np.zeros(len(rows), dtype=bool)
    if seen is None or not len(seen):
        return {"applied": none, "late": none}
    newest = seen.assign(submitted=pd.to_datetime(seen["submitted"], utc=True)).sort_values("submitted")
    newest = newest.drop_duplicates("instance", keep="last").set_index("instance")
    before = newest.reindex(rows["instance"])
    known = rows["instance"].isin(newest.index).to_numpy(dtype=bool)
    old, new = (side["content"].astype(object).fillna("").to_numpy(dtype=object) for side in (before, rows))
    same = known & (old == new)
    newer = (rows["submitted"].to_numpy() > before["submitted"].to_numpy()) if len(rows) else none
    return {"applied": same, "late": known & ~same & ~newer}


def _partial_dates(days: pd.Series, precision: pd.Series) -> pd.Series:
    """Dates as text, as exact as they are known: 2026-05-01, 2026-05, 2026; blank where there is none."""
    text = pd.to_datetime(days).dt.strftime("%Y-%m-%d").astype(object).where(days.notna(), "")
    length = precision.map(_EXACT).fillna(0).astype(int)
    return pd.Series([t[:n] for t, n in zip(text, length, strict=True)], index=days.index, dtype=object)


def ledger_cells(district: District, wanted: pd.DataFrame) -> pd.DataFrame:
    """Return what a district folder says in these cells: LEDGER_COLUMNS, one row per distinct cell of `wanted`.

    wanted: compound_id, field. Version, date and surveyor are those of the compound's row, where the folder has them;
    a store knows them for each cell. A cell that is unknown has no date.
    """
    cells = wanted[["compound_id", "field"]].drop_duplicates().astype("string").reset_index(drop=True)
    texts = texts_of(district, pd.Index(cells["compound_id"].unique()))
    long = texts.rename_axis("compound_id").reset_index().melt("compound_id", var_name="field", value_name="cell")
    cells = cells.merge(long.astype({"compound_id": "string", "field": "string"}), how="left")
    cells["cell"] = cells["cell"].astype(object).where(cells["cell"].notna(), "")
    facts = district.compounds.reindex(cells["compound_id"])[["row_version", "surveyed_on", "surveyor_code"]]
    told = cells["cell"].ne("").to_numpy(dtype=bool)
    dates = facts["surveyed_on"].dt.strftime("%Y-%m-%d").astype(object).to_numpy()
    surveyors = facts["surveyor_code"].astype(object).to_numpy()
    return cells.assign(
        version=facts["row_version"].astype("Int64").to_numpy(),
        surveyed_on=[d if t and isinstance(d, str) else "" for d, t in zip(dates, told, strict=True)],
        surveyor=[s if t and isinstance(s, str) else "" for s, t in zip(surveyors, told, strict=True)],
    )[LEDGER_COLUMNS]


def texts_of(district: District, ids: pd.Index) -> pd.DataFrame:
    """Return the texts of compounds.csv for some compounds (index compound_id); ids that are not there are left out."""
    kept = district.compounds.index.isin(ids)
    owners = set(district.compounds.index[kept])
    part = replace(
        district,
        compounds=district.compounds[kept],
        not_applicable=frozenset(cell for cell in district.not_applicable if cell[0] in owners),
    )
    return ledger_texts(part).set_index("compound_id")


def no_base() -> pd.DataFrame:
    """Return the base of a ledger without history: nothing is known of earlier versions."""
    return pd.DataFrame(columns=BASE_COLUMNS)


def after_merge(current: pd.DataFrame, merged: Merge) -> pd.DataFrame:
    """Return the ledger's cells once a merge is applied: LEDGER_COLUMNS, sorted by compound and field.

    A cell that goes in gets the date and surveyor of its survey and the next version.
    """
    applied = merged.applied
    new = applied[["compound_id", "field", "incoming", "surveyed_on", "surveyor"]].rename(columns={"incoming": "cell"})
    new = new.assign(version=applied["version"].fillna(0).astype("Int64") + 1)[LEDGER_COLUMNS]
    old = current[LEDGER_COLUMNS].astype({"compound_id": "string", "field": "string"})
    both = pd.concat([old, new], ignore_index=True) if len(new) else old
    kept = both.drop_duplicates(["compound_id", "field"], keep="last")
    return kept.sort_values(["compound_id", "field"], kind="stable").reset_index(drop=True)
