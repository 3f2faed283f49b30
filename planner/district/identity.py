"""One row per id: identical rows merge, contradicting ones are shown, rows without id are left out."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planner.errors import join_problems, problem_rows


@dataclass(frozen=True, slots=True)
class UniqueRows:
    """The rows that are kept (their index is a part of the input's) and what happened to the others."""

    frame: pd.DataFrame
    problems: pd.DataFrame


def unique_rows(frame: pd.DataFrame, key: str, *, file: str, row_numbers: pd.Series) -> UniqueRows:
    """Return the first row of every id.

    A later row with the same content is merged with a note; with another content it is an error that names both rows,
    and the first is kept (CONTRACTS 4). A row without id is an error. The input is not changed.
    """
    numbers = row_numbers.set_axis(frame.index)
    known = frame[key].notna()
    first = ~frame.duplicated(key) & known
    again = known & ~first
    heads = frame.loc[first, key]
    head_rows = pd.Series(heads.index, index=heads.to_numpy())
    same = frame.duplicated() & again
    reports = [
        problem_rows(
            "district.no_id",
            numbers[~known],
            severity="error",
            file=file,
            column=key,
            values=[""] * int((~known).sum()),
        )
    ]
    for rule, severity, found in (
        ("district.same_row", "info", same),
        ("district.same_id", "error", again & ~same),
    ):
        ids = frame.loc[found, key]
        firsts = numbers.loc[head_rows.reindex(ids).to_numpy()]
        params = [{"first": int(row)} for row in firsts]
        report = problem_rows(rule, numbers[found], severity=severity, file=file, column=key, values=ids, params=params)
        reports.append(report)
    return UniqueRows(frame[first], join_problems(reports))
