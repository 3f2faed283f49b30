"""A cell of a workbook or a layer as the text that a person reads there; nothing but the standard library."""

from __future__ import annotations

import datetime as dt


def as_text(value: object) -> str:
    """Return a value as text: whole floats without .0, dates and moments ISO, booleans 是 / 否, missing ""."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)
