"""What there is to say about the cells of a column: repairs, refusals, limits; each with its file, row and cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.district.cells import Column, as_cell_text
from planner.district.column_spec import NUMBERS, ColumnSpec, limits_text
from planner.errors import problem_rows

_ERRORS = ("V26", "cell.hard_limit", "cell.percent", "cell.id_destroyed")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cells stand: the file, each row's number in it as a person counts, what it calls the column."""

    file: str
    rows: pd.Series
    header: str = ""


def told(column: Column, spec: ColumnSpec, place: Place) -> list[pd.DataFrame]:
    """Return one problem per repaired, unknown or refused cell, a table per rule."""
    reports = []
    for rule in sorted({reading.rule for reading in column.readings} - {"", "na"}):
        found = column.where(rule.__eq__)
        details = [{"unit": spec.unit, **reading.params} for reading in column.readings]
        params = [details[code] for code in column.codes[found].tolist()]
        reports += rows_of(rule, found, place, values=column.cells, params=params)
    return reports


def within_limits(column: Column, spec: ColumnSpec, place: Place) -> tuple[pd.Series, list[pd.DataFrame]]:
    """Return the values with those outside the hard limits missing, and the problems of both kinds of limits.

    A number between 1 and 100 where a share is due is most likely a percentage without its sign; it is not read as
    one, but the cure says so.
    """
    values = column.values
    if spec.kind not in NUMBERS | {"year"}:
        return values, []
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    hard = _outside(numbers, spec.hard)
    soft = _outside(numbers, spec.soft) & ~hard
    percent = hard & (numbers > 1) & (numbers <= 100) & (spec.kind == "ratio")
    reports = []
    for rule, found in (("cell.percent", percent), ("cell.hard_limit", hard & ~percent), ("cell.soft_limit", soft)):
        limits = limits_text(*(spec.soft if rule == "cell.soft_limit" else spec.hard))
        details = [{"limits": limits, "unit": spec.unit}] * int(found.sum())
        reports += rows_of(rule, found, place, values=column.cells, params=details)
    return values.mask(hard) if hard.any() else values, reports


def rows_of(
    rule: str,
    found: np.ndarray,
    place: Place,
    *,
    values: pd.Series,
    params: Sequence[Mapping[str, object]] | None = None,
    shown: Callable[[str], str] = str,
) -> list[pd.DataFrame]:
    """Return the problems of the cells `found` (booleans by position): no table where there is none, else one.

    values: the cells of the whole column; shown: how their text is shown.
    """
    if not found.any():
        return []
    report = problem_rows(
        rule,
        place.rows[found],
        severity=_severity(rule),
        file=place.file,
        column=place.header,
        values=as_cell_text(values[found]).map(shown),
        params=params,
    )
    return [report]


def _outside(numbers: np.ndarray, limits: tuple[float | None, float | None]) -> np.ndarray:
    low, high = limits
    below = numbers < low if low is not None else np.zeros(len(numbers), dtype=bool)
    above = numbers > high if high is not None else np.zeros(len(numbers), dtype=bool)
    outside: np.ndarray = below | above
    return outside


def _severity(rule: str) -> str:
    if rule in _ERRORS:
        return "error"
    return "info" if rule.startswith("repair.") or rule in ("cell.unknown_word", "cell.na") else "warning"
