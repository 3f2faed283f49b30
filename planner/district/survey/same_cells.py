"""When two cells of the ledger say the same, whatever they look like."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.district.column_spec import NUMBERS
from planner.district.years import parse_year
from planner.policy import Policy

_LISTS = frozenset({"enums", "ids"})


def field_kinds(policy: Policy) -> dict[str, str]:
    """Return field -> type of the compounds' table."""
    return {str(field): str(kind) for field, kind in policy.fields("compounds")["type"].items()}


def same_cells(left: pd.Series, right: pd.Series, fields: pd.Series, kinds: Mapping[str, str]) -> np.ndarray:
    """Return for each pair of texts of a field whether they say the same (booleans by position).

    Texts are as compounds.csv holds them; missing and blank are one. Numbers compare by value, lists in any order,
    years by what they tell (90年代 and 1990年代), text without blanks at its ends and with any kind of line end.
    """
    mine, theirs = (_keys(side, fields, kinds) for side in (left, right))
    equal: np.ndarray = np.asarray(mine == theirs, dtype=bool)
    return equal


def _keys(texts: pd.Series, fields: pd.Series, kinds: Mapping[str, str]) -> np.ndarray:
    """What each text says, field by field; every distinct text is looked into once."""
    keys: np.ndarray = texts.astype(object).where(texts.notna(), "").to_numpy(dtype=object).copy()
    codes, names = pd.factorize(fields)
    for n, name in enumerate(names):
        own = codes == n
        places, distinct = pd.factorize(keys[own])
        kind = kinds.get(str(name), "text")
        keys[own] = np.array([_key(cell, kind) for cell in distinct], dtype=object)[places]
    return keys


def _key(cell: str, kind: str) -> str:
    text = cell.replace("\r\n", "\n").replace("\r", "\n").strip()
    if kind in NUMBERS:
        return _number(text)
    if kind == "year":
        told = parse_year(text, 0)
        return text if told.value is None else f"{told.low}-{told.high}"
    if kind in _LISTS:
        return ";".join(sorted(part.strip() for part in text.split(";") if part.strip()))
    return text


def _number(text: str) -> str:
    try:
        return repr(float(text))
    except ValueError:
        return text
