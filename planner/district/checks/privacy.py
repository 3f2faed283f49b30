"""What must not be held (V26) and what must not leave (V25): domain.md 5.9 and 7.6."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.district.checks.facts import Facts, Rule
from planner.district.district import LAYERS, TABLES
from planner.district.personal import mask, personal_cells
from planner.errors import join_problems
from planner.policy import Policy

_SHARE_OF_PEOPLE = {"elderly_60_share": "population", "rental_share": "households"}
"""Shares that stand for a number of people, and the field they are a share of."""


def v26_personal_data(facts: Facts) -> pd.DataFrame:
    """Return text cells with a phone, identity, plate or flat number, in every table, shown masked.

    Reading holds such cells out already; a district from elsewhere, or made by hand, may still have them.
    """
    columns = facts.policy.columns
    texts = columns[columns["type"] == "text"]
    wanted = texts[texts["table"].isin(("compounds", *LAYERS, *TABLES))]
    cells = zip(wanted["table"], wanted["field"], strict=True)
    return join_problems([_personal(facts, table, field) for table, field in cells])


def mark_for_suppression(compounds: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return which cells an export outside the bureau must not show (boolean, same shape as `compounds`); rule V25.

    Counts of people (personal=agg in columns.csv) below settings.v25_count_below; shares of people whose number is
    below it or unknown; a geometry that stands for one household, and every aggregate of such a small compound.
    Blank cells hide nothing. Which columns an export has at all is its allow-list's business.
    """
    least, fields = policy.number("v25_count_below"), policy.fields("compounds")
    marks = pd.DataFrame(False, index=compounds.index, columns=compounds.columns)
    households = compounds["households"]
    few = (households < least).fillna(False)
    for field in fields.index[fields["personal"] == "agg"].intersection(compounds.columns):
        marks[field] = _below(compounds, field, least) | (few & compounds[field].notna())
    if "geometry" in compounds:
        marks["geometry"] = (households <= 1).fillna(False) & compounds["geometry"].notna()
    return marks.astype("boolean")


def _below(compounds: pd.DataFrame, field: str, least: float) -> pd.Series:
    """Return whether a cell stands for fewer people than may be shown; a share of an unknown number does."""
    values = compounds[field]
    if field in _SHARE_OF_PEOPLE:
        return (values * compounds[_SHARE_OF_PEOPLE[field]] < least).fillna(True) & values.notna()
    counted = str(values.dtype) == "Int64"
    return (values < least).fillna(False) if counted else pd.Series(False, index=values.index)


def _personal(facts: Facts, table: str, field: str) -> pd.DataFrame:
    """Return the cells of one text column that hold personal data; a flat number counts in every text."""
    cells = facts.frame(table)[field]
    if not cells.notna().any():
        return join_problems([])
    held = np.asarray(personal_cells(cells.fillna(""), kind="text", notes=True))
    if not held.any():
        return join_problems([])
    return Rule("V26", "error", table, field).found(facts, held, value=cells.where(held).map(mask, na_action="ignore"))
