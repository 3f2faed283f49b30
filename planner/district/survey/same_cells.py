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
    equal = np.zeros(len(fields), dtype=bool)
    field_codes, names = pd.factorize(fields)
    for n, name in enumerate(names):
        own = field_codes == n
        keys = _key_numbers([side[own] for side in (left, right)], kinds.get(str(name), "text"))
        equal[own] = keys[0] == keys[1]
    return equal


def _key_numbers(sides: list[pd.Series], kind: str) -> list[np.ndarray]:
    """A number for what each text says: equal numbers say the same; every distinct text is looked into once."""
    texts = pd.concat([side.astype("str").fillna("") for side in sides], ignore_index=True)
    codes, distinct = pd.factorize(texts)
    keys = np.array([_key(str(cell), kind) for cell in distinct], dtype=object)
    numbers = pd.factorize(keys)[0][codes]
    return [numbers[: len(sides[0])], numbers[len(sides[0]) :]]


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
