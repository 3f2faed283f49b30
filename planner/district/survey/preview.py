"""What a survey would change, as a person reads it in a minute: counts, then compound by compound, old and new."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.district.memory import give_back
from planner.district.survey.merge import OUTCOMES, WHY, Merge
from planner.policy import Policy
from planner.text import t

PREVIEW_COLUMNS = ["compound_id", "name", "field", "label", "old", "new", "outcome", "why", "row", "surveyed_on"]
COUNT_COLUMNS = ["compound_id", "name", *OUTCOMES]


def preview_cells(merged: Merge, names: pd.Series, policy: Policy, lang: str = "zh") -> pd.DataFrame:
    """Return the cells that would change or wait: PREVIEW_COLUMNS, by compound and in the order of columns.csv.

    names: compound_id -> name. old and new are texts of compounds.csv, 未知 where blank; label is the field's; outcome
    and why stay codes (`merge.OUTCOMES`, `merge.WHY`).
    """
    fields = policy.fields("compounds")
    shown = np.flatnonzero(merged.cells["outcome"].isin(["apply", "held", "left"]).to_numpy())
    places, known = pd.factorize(merged.cells["field"].array.take(shown))
    place = fields.index.get_indexer(known)[places]
    owner = pd.factorize(merged.cells["compound_id"].array.take(shown), sort=True)[0]
    order = np.lexsort((merged.cells["row"].to_numpy()[shown], place, owner))
    told = ["compound_id", "field", "current", "incoming", *PREVIEW_COLUMNS[6:]]
    cells = merged.cells[told].take(shown[order])
    give_back(len(merged.cells))
    blank = t("survey.blank", lang)
    return pd.DataFrame(
        {
            "compound_id": cells["compound_id"].array,
            "name": cells["compound_id"].map(names).array,
            "field": cells["field"].array,
            "label": fields[f"label_{lang}"].array.take(place[order]),
            "old": cells["current"].replace("", blank).array,
            "new": cells["incoming"].replace("", blank).array,
            **{name: cells[name].array for name in PREVIEW_COLUMNS[6:]},
        },
        copy=False,
    )


def preview_counts(merged: Merge, names: pd.Series) -> pd.DataFrame:
    """Return how many cells of each compound have each outcome: COUNT_COLUMNS, most changes and held cells first."""
    owner, ids = pd.factorize(merged.cells["compound_id"], sort=True)
    outcome = pd.Index(OUTCOMES).get_indexer(merged.cells["outcome"])
    table = np.bincount(owner * len(OUTCOMES) + outcome, minlength=len(ids) * len(OUTCOMES))
    index = pd.Index(ids, name="compound_id", dtype=object)
    counts = pd.DataFrame(table.reshape(-1, len(OUTCOMES)), index=index, columns=list(OUTCOMES))
    busy = counts["apply"] + counts["held"]
    order = busy.sort_values(ascending=False, kind="stable").index
    table = counts.loc[order].reset_index()
    return table.assign(name=table["compound_id"].map(names))[COUNT_COLUMNS]


def why_counts(merged: Merge) -> dict[str, int]:
    """Return how many cells are held for each reason, in the order of WHY."""
    found = merged.held["why"].value_counts()
    return {why: int(found.get(why, 0)) for why in WHY}
