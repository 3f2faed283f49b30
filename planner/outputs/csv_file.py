"""The one way a table leaves as CSV: UTF-8 with BOM, CRLF, every text cell safe to open in Excel or WPS."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence

import numpy as np
import pandas as pd

from planner.text import safe_cell


def csv_bytes(table: pd.DataFrame) -> bytes:
    """Return the table as CSV bytes, column names first, without its index.

    Missing cells are blank, whole numbers have no decimal point, other numbers keep full precision (the shortest text
    that reads back to the same number), dates are ISO 8601, true and false are ``true`` and ``false``.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([str(name) for name in table.columns])
    writer.writerows(zip(*(_cells(table[name]) for name in table.columns), strict=True))
    return buffer.getvalue().encode("utf-8-sig")


def plain_cells(column: pd.Series) -> list[object]:
    """Return a column as plain Python values: None for missing, else str, int, float, bool or ISO date text."""
    missing = column.isna().to_numpy()
    return [None if gone else _plain(value) for value, gone in zip(column.tolist(), missing, strict=True)]


def _cells(column: pd.Series) -> Sequence[object]:
    return [_written(value) for value in plain_cells(column)]


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    return value


def _written(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    return safe_cell(value)
