"""Short phrases with numbers for many compounds at once: "建成1989年", "基础缺项3项：单元门禁、道闸、监控".

A phrase is a key of text.csv with its values as arrays; each distinct combination of values is worded once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decisions.kleene import Bools, joined_where
from planner.text import date_text, load_words, t

Words = npt.NDArray[np.object_]
Value = npt.NDArray[Any] | Mapping[str, Bools]
SEPARATORS = {"zh": ("；", "、"), "en": ("; ", ", ")}


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase: the text key, the rows in which it is said, and its values.

    A value is an array of numbers, dates (datetime64) or texts, or a mapping text key -> rows, which becomes a list
    of those words.
    """

    key: str
    where: Bools
    values: Mapping[str, Value] = field(default_factory=dict)


def say(phrases: Sequence[Phrase], at: int | npt.NDArray[np.intp], lang: str) -> Words:
    """Return for each row of ``at`` (positions, or how many rows there are) its phrases in order, joined.

    Where no phrase holds the text is empty.
    """
    rows = np.arange(at) if isinstance(at, int) else at
    text = np.full(len(rows), "", dtype=object)
    for phrase in phrases:
        here = np.flatnonzero(phrase.where[rows])
        if len(here):
            said = _worded(phrase, rows[here], lang)
            before = text[here]
            text[here] = np.where(before == "", said, before + SEPARATORS[lang][0] + said)
    return text


def text_column(values: Words) -> pd.api.extensions.ExtensionArray:
    """Return texts that repeat often as a pandas ``str`` array, each distinct one converted once."""
    codes, distinct = pd.factorize(values)
    return pd.array(np.asarray(distinct, dtype=object), dtype="str").take(codes)


def worded(key: str, otherwise: str) -> str:
    """Return ``key`` where text.csv knows it, else ``otherwise``: a new policy row needs no new words to work."""
    return key if key in load_words() else otherwise


def number_text(value: float) -> str:
    """Return a number as people write it: no decimals when whole, else at most two."""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}".rstrip("0").rstrip(".")


def _worded(phrase: Phrase, at: npt.NDArray[np.intp], lang: str) -> Words:
    codes = np.zeros(len(at), dtype=np.int64)
    columns: dict[str, tuple[npt.NDArray[np.intp], Words]] = {}
    for name, value in phrase.values.items():
        own, words = pd.factorize(_texts(value, at, lang))
        columns[name] = (own, np.asarray(words, dtype=object))
        codes = np.unique(codes * (len(words) + 1) + own, return_inverse=True)[1]
    first = np.unique(codes, return_index=True)[1]
    said = [t(phrase.key, lang, **{n: w[c[i]] for n, (c, w) in columns.items()}) for i in first.tolist()]
    return np.array([str(words) for words in said], dtype=object)[codes]


def _texts(value: Value, at: npt.NDArray[np.intp], lang: str) -> Words:
    if isinstance(value, Mapping):
        flags = {t(key, lang): rows[at] for key, rows in value.items()}
        return joined_where({str(k): v for k, v in flags.items()}, len(at), separator=SEPARATORS[lang][1])
    codes, distinct = pd.factorize(np.asarray(value)[at])
    return np.asarray(np.array([*[_text(one, lang) for one in distinct], ""], dtype=object)[codes])


def _text(value: Any, lang: str) -> str:
    if isinstance(value, np.datetime64):
        day = value.astype("datetime64[D]").astype(object)
        return _month(day, lang) if isinstance(day, dt.date) else ""
    if isinstance(value, str):
        return value
    return number_text(float(value))


def _month(day: dt.date, lang: str) -> str:
    return date_text(day, lang).split("月")[0] + "月" if lang == "zh" else f"{day:%B %Y}"
