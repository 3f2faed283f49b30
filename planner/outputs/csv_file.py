"""The one way a table leaves as CSV: UTF-8 with BOM, CRLF, every text cell safe to open in Excel or WPS."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

import pandas as pd

from planner.text import safe_cell

_WORDS: Mapping[object, str] = {True: "true", False: "false"}
_PERHAPS_FORMULA = r"[^\w(（“‘〔《]"
"""Text that begins like this is looked at cell by cell; safe_cell decides."""


def csv_bytes(table: pd.DataFrame) -> bytes:
    """Return the table as CSV bytes, column names first, without its index.

    Missing cells are blank, whole numbers have no decimal point, other numbers keep full precision (the shortest text
    that reads back to the same number), dates are ISO 8601, true and false are ``true`` and ``false``.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([str(name) for name in table.columns])
    writer.writerows(zip(*(_written(table[name]) for name in table.columns), strict=True))
    return buffer.getvalue().encode("utf-8-sig")


def plain_cells(column: pd.Series) -> list[object]:
    """Return a column as plain Python values: None for missing, else str, int, float, bool or ISO date text."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        column = column.dt.strftime("%Y-%m-%d")
    if pd.api.types.is_extension_array_dtype(column.dtype):
        return list(column.to_numpy(dtype=object, na_value=None))
    values = column.astype(object)
    return list(values.where(column.notna(), None))


def _written(column: pd.Series) -> list[object]:
    """Text made safe, true and false as words; csv itself writes numbers in full and None as a blank."""
    cells = plain_cells(column)
    if pd.api.types.is_bool_dtype(column.dtype):
        return [_WORDS.get(c) for c in cells]
    if isinstance(column.dtype, pd.StringDtype):
        return [safe_cell(c) for c in cells] if column.str.match(_PERHAPS_FORMULA).any() else cells
    if pd.api.types.is_object_dtype(column.dtype):
        return [_WORDS[c] if isinstance(c, bool) else safe_cell(c) for c in cells]
    return cells
