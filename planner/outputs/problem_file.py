"""The problem table as other programs and people get it: records for JSON, CSV for a spreadsheet."""

from __future__ import annotations

import pandas as pd

from planner.outputs.csv_file import csv_bytes, plain_cells
from planner.text import render_problems

_ORDER = {"error": 0, "warning": 1, "info": 2}


def rendered(problems: pd.DataFrame, lang: str = "zh") -> pd.DataFrame:
    """Return severity, file, row, column, value, rule, message, fix: errors first, then in the order they were found.

    ``problems`` has ``errors.PROBLEM_COLUMNS``; a problem of a whole file has no row. Raises nothing.
    """
    order = problems["severity"].map(_ORDER).sort_values(kind="stable").index
    return render_problems(problems.loc[order].reset_index(drop=True), lang)


def problem_records(problems: pd.DataFrame, lang: str = "zh") -> list[dict[str, object]]:
    """Return the problems as plain dicts, the ``--json`` of ``planner check`` (CONTRACTS 3); no row is None."""
    table = rendered(problems, lang)
    columns = [plain_cells(table[name]) for name in table.columns]
    return [dict(zip(table.columns, cells, strict=True)) for cells in zip(*columns, strict=True)]


def problems_csv(problems: pd.DataFrame, lang: str = "zh") -> bytes:
    """Return the problems as a CSV file with the same columns as the JSON (UTF-8 with BOM, CRLF)."""
    return csv_bytes(rendered(problems, lang))
