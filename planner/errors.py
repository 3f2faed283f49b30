"""The planner's errors, and the one table in which every problem of the data is written down."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

PROBLEM_COLUMNS = ["severity", "file", "row", "column", "value", "rule", "params"]
SEVERITIES = ("error", "warning", "info")


class PlannerError(Exception):
    """Anything that the planner reports to a person: the text says what is wrong and what to do.

    ``problems`` holds the rows behind it (columns ``PROBLEM_COLUMNS``), empty where there are none.
    """

    def __init__(self, message: str, problems: pd.DataFrame | None = None) -> None:
        super().__init__(message)
        self.problems = join_problems([]) if problems is None else problems


class PolicyError(PlannerError):
    """A policy table holds a value that the planner cannot work with."""


class InputError(PlannerError):
    """A file or table that was handed in cannot be used."""


class CrsError(PlannerError):
    """A coordinate reference system is missing, wrong or unfit for measuring."""


class StoreError(PlannerError):
    """The store cannot be opened, read or written; what it held before is still there."""


class CallError(PlannerError):
    """The command or function was called with arguments that do not fit together (exit code 2)."""


def problem(
    rule: str,
    *,
    severity: str = "error",
    file: str = "",
    row: int | None = None,
    column: str = "",
    value: object = "",
    **params: object,
) -> pd.DataFrame:
    """Return one problem as a one-row table with ``PROBLEM_COLUMNS``.

    ``row`` counts as a person does (the header is row 1); ``params`` fill the placeholders of the message
    ``problem.<rule>.message`` in policy/text.csv. A missing row stays missing.
    """
    return problem_rows(rule, [row], severity=severity, file=file, column=column, values=[value], params=[params])


def problem_rows(
    rule: str,
    rows: Sequence[int | None] | pd.Series,
    *,
    severity: str,
    file: str,
    column: str,
    values: Sequence[object] | pd.Series,
    params: Sequence[Mapping[str, object]] | None = None,
) -> pd.DataFrame:
    """Return many problems of one rule, file and column as a table with ``PROBLEM_COLUMNS``.

    ``rows``, ``values`` and ``params`` have one entry per problem; without ``params`` the messages have none.
    Raises ValueError on an unknown severity.
    """
    if severity not in SEVERITIES:
        raise ValueError(f"severity {severity!r} is not one of {SEVERITIES}")
    row_list, value_list = list(rows), list(values)
    if not row_list:
        return _no_problems().copy()
    details: list[Any] = [{} for _ in row_list] if params is None else [dict(p) for p in params]
    table = pd.DataFrame(
        {
            "severity": severity,
            "file": file,
            "row": pd.array(row_list, dtype="Int64"),
            "column": column,
            "value": ["" if v is None or v is pd.NA else str(v) for v in value_list],
            "rule": rule,
        }
    )
    table["params"] = pd.Series(details, index=table.index, dtype=object)
    return table.astype(dict.fromkeys(("severity", "file", "column", "value", "rule"), "object"))[PROBLEM_COLUMNS]


def join_problems(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return all problems below each other, numbered anew; no frames give an empty table with the same columns."""
    kept = [f for f in frames if len(f)]
    if len(kept) > 1:
        return pd.concat(kept, ignore_index=True)[PROBLEM_COLUMNS]
    return kept[0][PROBLEM_COLUMNS].reset_index(drop=True) if kept else _no_problems().copy()


@functools.cache
def _no_problems() -> pd.DataFrame:
    empty = pd.DataFrame({c: pd.Series(dtype="object") for c in PROBLEM_COLUMNS})
    return empty.astype({"row": "Int64"})
