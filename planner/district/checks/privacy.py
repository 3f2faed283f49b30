"""What must not be held (V26) and what must not leave (V25): domain.md 5.9 and 7.6."""

from __future__ import annotations

import re

import pandas as pd

from planner.district.checks.facts import Facts, Rule
from planner.district.district import LAYERS, TABLES
from planner.errors import join_problems
from planner.policy import Policy

_PHONE = r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)"
_IDENTITY = r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = rf"[{_PROVINCES}][A-HJ-NP-Z][·\s-]?[A-HJ-NP-Z0-9]{{5,6}}(?![A-Z0-9])"
_ROOM = r"\d+\s*(?:号楼|栋|幢|座|号)\s*\d+\s*(?:单元|门)\s*\d+\s*(?:室|户|号)"
PATTERNS = {"V26": _PHONE, "V26b": _IDENTITY, "V26c": _PLATE, "V26d": _ROOM}
"""What identifies a person: mobile number, identity number, licence plate, flat number."""

_ANY = re.compile("|".join(PATTERNS.values()))
_CONTAINS_HINT = r"\d{4}|[A-Z]|\d\s*(?:单元|门)"
_SHARE_OF_PEOPLE = {"elderly_60_share": "population", "rental_share": "households"}
"""Shares that stand for a number of people, and the field they are a share of."""


def v26_personal_data(facts: Facts) -> pd.DataFrame:
    """Return text cells with a phone, identity, plate or flat number, in every table; the value is shown masked."""
    columns = facts.policy.columns
    texts = columns[columns["type"] == "text"]
    wanted = texts[texts["table"].isin(("compounds", *LAYERS, *TABLES))]
    cells = zip(wanted["table"], wanted["field"], strict=True)
    return join_problems([found for table, field in cells for found in _personal(facts, table, field)])


def masked(text: str) -> str:
    """Return text with everything that identifies a person replaced by asterisks, first two characters kept."""
    return _ANY.sub(lambda match: match[0][:2] + "*" * (len(match[0]) - 2), text)


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


def _personal(facts: Facts, table: str, field: str) -> list[pd.DataFrame]:
    """Return the findings of each kind in one text column; a distinct text is searched once."""
    cells = facts.frame(table)[field]
    texts = pd.Series(cells.dropna().unique(), dtype="string")
    texts = texts[texts.str.contains(_CONTAINS_HINT)]
    found = []
    for code, pattern in PATTERNS.items():
        guilty = texts[texts.str.contains(pattern)]
        if len(guilty):
            rule = Rule(code, "error", table, field)
            found.append(rule.found(facts, cells.isin(guilty), value=cells.map(masked, na_action="ignore")))
    return found
