"""How one field of columns.csv is read: its type, unit, words and ranges, ready for cells."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from planner.district.grid import plain
from planner.district.words import Choices, choices
from planner.policy import Policy

WHOLE = frozenset({"int"})
NUMBERS = frozenset({"int", "decimal", "ratio", "area", "money"})

UNSET = (
    "compound_id", "row_version", "updated_at", "surveyed_on", "surveyor_code", "source", "sanwu_derived", "lon", "lat",
)  # fmt: skip
"""Fields that nobody sets by hand: they name the row, say where it comes from, follow from others or are drawn."""


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One field: name, label, type, unit, choices, hard and soft limits (None = none), whether blank is a finding.

    times: what the unit in the file's own header multiplies by (万平方米 in the header: 10,000).
    notes: free text in which room numbers are personal data too.
    """

    field: str
    header: str
    kind: str
    unit: str
    choices: Choices
    hard: tuple[float | None, float | None]
    soft: tuple[float | None, float | None]
    required: bool
    notes: bool
    unknown: frozenset[str]
    margin: int
    header_unit: str = ""


def column_specs(policy: Policy, table: str) -> dict[str, ColumnSpec]:
    """Return the spec of every field of a table, in the order of columns.csv."""
    unknown = _unknown_words(policy.values("unknown_words"))
    margin, latest = int(policy.number("year_about_margin")), _latest_year(policy)
    fields = policy.fields(table)
    return {
        field: ColumnSpec(
            field=field,
            header=field,
            kind=row["type"],
            unit=row["unit"],
            choices=choices(row["values"], row["synonyms"]),
            hard=(_limit(row["hard_min"], latest), _limit(row["hard_max"], latest)),
            soft=(_limit(row["soft_min"], latest), _limit(row["soft_max"], latest)),
            required=row["required"] == "yes",
            notes=row["personal"] == "risk",
            unknown=unknown,
            margin=margin,
        )
        for field, row in zip(fields.index, fields.to_dict("records"), strict=True)
    }


@lru_cache(maxsize=8)
def _unknown_words(words: tuple[str, ...]) -> frozenset[str]:
    """NA in capitals is what statistics programs write for missing; our own `na` is looked for first."""
    return frozenset({"na", *(plain(word).lower() for word in words)})


def _latest_year(policy: Policy) -> float | None:
    """The year of settings.as_of where that is a date; with `today` only the shells know it, and V01 checks there."""
    try:
        return float(dt.date.fromisoformat(policy.text("as_of")).year)
    except ValueError:
        return None


def _limit(cell: str, latest: float | None) -> float | None:
    if cell == "":
        return None
    return latest if cell == "as_of" else float(cell)


def limits_text(low: float | None, high: float | None) -> str:
    """Return limits as people read them: `1至20000`, `不小于0`, `不大于5`."""
    if low is not None and high is not None:
        return f"{_digits(low)}—{_digits(high)}"
    return f"≥{_digits(low)}" if low is not None else f"≤{_digits(high)}"


def _digits(value: float | None) -> str:
    return "" if value is None or pd.isna(value) else f"{value:.12g}"
