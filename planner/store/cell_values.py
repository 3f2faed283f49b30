"""One cell of the store: the text that files hold, and the typed value that QGIS and SQL see in its column.

The text is the truth. Where the typed value alone would not give the text back (`na`, 1980年代),
the column is empty and the text is kept beside it; so any text whatever comes back as it was.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

from planner.district.write import decimal_text

_WHOLE = re.compile(r"0|-?[1-9]\d{0,17}")
_DECIMAL = re.compile(r"-?\d{1,30}(\.\d{1,30})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_YES_NO = {"是": True, "否": False}

GEOMETRY = "geometry"
"""The field of a shape; its text is the well-known binary, little-endian, as lower-case hexadecimal digits."""


def typed_value(text: str, kind: str) -> Any:
    """Return the value of a text for a column of this kind (`tables.Fields`); None where it cannot hold it."""
    return _READERS.get(kind, _text)(text) if text else None


def text_of(value: Any, kind: str) -> str:
    """Return the text of a typed value: the inverse of `typed_value`; missing is blank."""
    return "" if value is None else _WRITERS.get(kind, str)(value)


def split_text(text: str, kind: str) -> tuple[Any, str | None]:
    """Return the typed value of a text and, where that would not give the text back, the text itself."""
    return _split_word(text, kind) if len(text) <= _WORD else _split(text, kind)


def _split(text: str, kind: str) -> tuple[Any, str | None]:
    value = typed_value(text, kind)
    return (value, None) if text_of(value, kind) == text else (None, text)


_WORD = 40
_split_word = functools.lru_cache(maxsize=20_000)(_split)  # a hundred thousand cells say a few words


def _text(text: str) -> str:
    return text


def _whole(text: str) -> int | None:
    return int(text) if _WHOLE.fullmatch(text) else None


def _number(text: str) -> float | None:
    return float(text) if _DECIMAL.fullmatch(text) else None


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


_READERS: Mapping[str, Callable[[str], Any]] = {
    "int": _whole,
    "decimal": _number,
    "bool": _YES_NO.get,
    "date": _date,
}
_WRITERS: Mapping[str, Callable[[Any], str]] = {
    "bool": lambda value: "是" if value else "否",
    "date": lambda value: str(value.isoformat()),
    "decimal": decimal_text,
}
