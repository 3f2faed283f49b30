"""When two cells say the same."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd


def same_values(left: pd.Series, right: pd.Series) -> np.ndarray:
    """Return for each pair of cells whether they say the same (booleans by position).

    Numbers by value (12 and 12.0), lists of words in any order, text without blanks at its ends and with any kind of
    line end; unknown is the same as unknown and as nothing else.
    """
    codes, _ = pd.factorize(np.array([*(value_key(v) for v in left), *(value_key(v) for v in right)], dtype=object))
    equal: np.ndarray = codes[: len(left)] == codes[len(left) :]
    return equal


def value_key(value: object) -> str:
    """Return a text that is equal for two values that say the same.

    >>> value_key(12) == value_key(12.0), value_key("刷卡;对讲") == value_key("对讲;刷卡"), value_key(None)
    (True, True, '')
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, bool | np.bool_):
        return f"b{bool(value)}"
    if isinstance(value, int | float | np.number):
        return "" if value != value else f"n{float(value)!r}"  # noqa: PLR0124 - missing is not itself
    if isinstance(value, pd.Timestamp | dt.datetime):
        return f"d{value.date().isoformat()}"
    if isinstance(value, dt.date):
        return f"d{value.isoformat()}"
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").strip()
    parts = [part.strip() for part in text.split(";") if part.strip()]
    return f"t{';'.join(sorted(parts))}" if parts else ""
