"""The two built-year columns together: pairs, decades, one column for both, and where a year comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from planner.district.cells import Column
from planner.errors import join_problems, problem, problem_rows

_EARLY, _LATE, _SOURCE = "built_year_min", "built_year_max", "built_year_source"


@dataclass(frozen=True, slots=True)
class Years:
    """The settled columns, the ends of every compound's year, and what was done."""

    values: dict[str, pd.Series]
    year_range: pd.DataFrame
    problems: pd.DataFrame


def settle_years(
    columns: Mapping[str, Column], values: Mapping[str, pd.Series], *, file: str, rows: pd.Series
) -> Years:
    """Return built_year_min, built_year_max, built_year_source and year_lo, year_hi of all rows.

    A pair (1995-1998) fills both columns. A decade (90年代) keeps the mean in both, with its ends in year_range, and
    built_year_source becomes 估计 where it is blank. Where the file has only one of the two columns it stands for both
    (CONTRACTS 2, n2). A value that the limits refused has no ends.
    """
    unknown = pd.Series(pd.NA, index=rows.index, dtype="Int64")
    early, late = values.get(_EARLY, unknown), values.get(_LATE, unknown)
    ends_early, ends_late = _ends(columns.get(_EARLY), early), _ends(columns.get(_LATE), late)
    guessed = _is_guess(columns.get(_EARLY), rows) | _is_guess(columns.get(_LATE), rows)
    late = _latest(columns.get(_LATE), late, ends_late)
    late = late.fillna(ends_early["year_hi"].where(~guessed, early).astype("Int64").where(_is_wide(ends_early)))
    reports = []
    if (_EARLY in columns) != (_LATE in columns):
        reports.append(_one_column(early, late, file, _EARLY in columns))
        early, late = early.fillna(late), late.fillna(early)
    source, told = _source(values.get(_SOURCE), guessed & early.notna(), file, rows)
    year_range = pd.DataFrame(
        {
            "year_lo": ends_early["year_lo"].fillna(ends_late["year_lo"]),
            "year_hi": ends_late["year_hi"].fillna(ends_early["year_hi"]),
        }
    )
    return Years({_EARLY: early, _LATE: late, _SOURCE: source}, year_range, join_problems([*reports, told]))


def _ends(column: Column | None, values: pd.Series) -> pd.DataFrame:
    """Ends of the years of one column, missing where the value is; both ends are the year where it is exact."""
    low, high = values.astype("Float64"), values.astype("Float64")
    if column is not None:
        told_low = column.each(lambda reading: reading.low).astype("Float64")
        told_high = column.each(lambda reading: reading.high).astype("Float64")
        low, high = told_low.fillna(low).where(values.notna()), told_high.fillna(high).where(values.notna())
    return pd.DataFrame({"year_lo": low, "year_hi": high})


def _is_guess(column: Column | None, rows: pd.Series) -> pd.Series:
    if column is None:
        return pd.Series(False, index=rows.index)
    return pd.Series(column.where(lambda rule: rule == "repair.year_ends"), index=rows.index)


def _is_wide(ends: pd.DataFrame) -> pd.Series:
    return (ends["year_lo"] < ends["year_hi"]).fillna(False).astype(bool)


def _latest(column: Column | None, late: pd.Series, ends: pd.DataFrame) -> pd.Series:
    """In the column of the latest year, a pair means its later end."""
    if column is None:
        return late
    pair = late.notna() & column.where(lambda rule: rule == "repair.year_span")
    return late.mask(pair, ends["year_hi"].astype("Int64"))


def _one_column(early: pd.Series, late: pd.Series, file: str, has_early: bool) -> pd.DataFrame:
    present, absent = (_EARLY, _LATE) if has_early else (_LATE, _EARLY)
    count = int((early if has_early else late).notna().sum())
    return problem("repair.year_one_column", severity="info", file=file, column=present, other=absent, count=count)


def _source(source: pd.Series | None, guessed: pd.Series, file: str, rows: pd.Series) -> tuple[pd.Series, pd.DataFrame]:
    stated = pd.Series(pd.NA, index=rows.index, dtype="string") if source is None else source
    blank = guessed & stated.isna()
    report = problem_rows(
        "repair.year_source",
        rows[blank],
        severity="info",
        file=file,
        column=_SOURCE,
        values=["估计"] * int(blank.sum()),
    )
    return stated.mask(blank, "估计"), report
