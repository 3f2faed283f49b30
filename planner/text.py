"""Words in two languages, numbers as people read them, and the doors through which data text leaves the program."""

from __future__ import annotations

import csv
import datetime as dt
import math
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import pandas as pd

LANGUAGES = ("zh", "en")
TEXT_FILE = Path(__file__).resolve().parent.parent / "data" / "policy" / "text.csv"
_UNSAFE = {ord(c): f"&#{ord(c)};" for c in "&<>\"'`${}%#\\"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FILE_NAME = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)


@lru_cache(maxsize=4)
def load_words(file: Path = TEXT_FILE) -> Mapping[str, Mapping[str, str]]:
    """Return the words of text.csv: key -> language -> text.

    The file has the columns ``key,zh,en``. A key that stands twice raises ValueError, since one of the two would
    never be shown.
    """
    with file.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    words: dict[str, Mapping[str, str]] = {}
    for row in rows:
        if row["key"] in words and words[row["key"]] != {lang: row[lang] for lang in LANGUAGES}:
            raise ValueError(f"{file.name}: the key {row['key']!r} stands twice")
        words[row["key"]] = {lang: row[lang] for lang in LANGUAGES}
    return MappingProxyType(words)


class _Blanks(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


class Words(str):
    """Text that remembers which words it is, so that a shell can say an error again in the other language."""

    key: str
    params: Mapping[str, object]


def t(key: str, /, lang: str = "zh", **params: object) -> str:
    """Return the words of ``key`` in ``lang``, with ``{placeholders}`` filled from ``params``.

    Raises KeyError when text.csv has no such key: a missing word is a fault of the program, never of the data.
    A placeholder without a parameter is left as it is.
    """
    template = load_words()[key][lang]
    words = Words(template.format_map(_Blanks(params)) if params else template)
    words.key, words.params = key, params
    return words


def in_language(text: str, lang: str) -> str:
    """Return what ``t`` returned in another language; text that does not come from ``t`` comes back as it is."""
    if not isinstance(text, Words):
        return text
    params = {name: in_language(v, lang) if isinstance(v, str) else v for name, v in text.params.items()}
    return t(text.key, lang, **params)


def render_problems(problems: pd.DataFrame, lang: str = "zh") -> pd.DataFrame:
    """Return the problem table as people and files get it: severity, file, row, column, value, rule, message, fix.

    ``problems`` has ``errors.PROBLEM_COLUMNS``; the words come from ``problem.<rule>.message`` and ``.fix``.
    """
    plain = ["severity", "file", "row", "column", "value", "rule"]
    out = problems[plain].copy()
    records = problems[["rule", "file", "row", "column", "value", "params"]].to_dict("records")
    for part in ("message", "fix"):
        out[part] = pd.Series([_problem_text(r, part, lang) for r in records], index=out.index, dtype="object")
    return out


def _problem_text(record: Mapping[str, object], part: str, lang: str) -> str:
    known = {k: record[k] for k in ("file", "row", "column", "value")}
    params = record["params"] if isinstance(record["params"], dict) else {}
    return t(f"problem.{record['rule']}.{part}", lang, **{**known, **params})


def safe_text(value: object) -> str:
    """Return text that is inert in HTML, in a folium template (rendered twice through Jinja) and in a script.

    Missing values give an empty string. Every character that HTML, JavaScript template strings or Jinja could read
    as code becomes a numeric entity, which a browser shows as typed. This is the only door from data into HTML.
    """
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    return str(value).translate(_UNSAFE)


def safe_cell(value: object) -> object:
    """Return a cell that Excel and WPS will not read as a formula when they open a CSV; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value


def safe_file_name(value: object, *, fallback: str = "planner") -> str:
    """Return a file name of at most 80 characters that every system accepts and that cannot leave its folder."""
    name = _FILE_NAME.sub("_", str(value)).strip(" .")[:80].strip(" .")
    if not name or _RESERVED.match(name):
        return fallback
    return name


def wan(yuan: float, decimals: int = 2) -> str:
    """Return an amount in 万元 (10,000 yuan) without unit, rounded half up: ``wan(133600, 1) == '13.4'``."""
    step = Decimal(1).scaleb(-decimals)
    amount = (Decimal(str(yuan)) / 10000).quantize(step, rounding=ROUND_HALF_UP)
    return f"{amount:,f}"


def wan_text(yuan: float, lang: str = "zh", decimals: int = 1) -> str:
    """Return an amount with its unit: ``13.4万元``; English keeps the unit, so that figures compare by eye."""
    return t("unit.wan_yuan", lang, amount=wan(yuan, decimals))


def date_text(date: dt.date, lang: str = "zh") -> str:
    """Return a date as documents print it: ``2026年11月23日`` or ``23 November 2026``."""
    if lang == "zh":
        return f"{date.year}年{date.month}月{date.day}日"
    return f"{date.day} {date:%B} {date.year}"
