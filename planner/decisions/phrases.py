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

from planner.decisions.kleene import Bools
from planner.text import LANGUAGES, date_text, load_words, t

Words = npt.NDArray[np.object_]
Codes = npt.NDArray[np.intp]
Value = npt.NDArray[Any] | Mapping[str, Bools] | str
SEPARATORS = {"zh": ("；", "、"), "en": ("; ", ", ")}


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase: the text key, the rows in which it is said, and its values.

    A value is an array of numbers, dates (datetime64) or texts, one text for all rows, or a mapping text key -> rows
    (at most 62), which becomes a list of those words.
    """

    key: str
    where: Bools
    values: Mapping[str, Value] = field(default_factory=dict)


def say(phrases: Sequence[Phrase], at: int | Codes, lang: str) -> Words:
    """Return for each row of ``at`` (positions, or how many rows there are) its phrases in order, joined.

    Where no phrase holds the text is empty.
    """
    return _said(phrases, at, (lang,))[lang]


def say_in_both(phrases: Sequence[Phrase], at: int | Codes) -> dict[str, Words]:
    """Return the same as `say` in every language: language -> texts."""
    return _said(phrases, at, LANGUAGES)


def text_column(values: Words) -> pd.api.extensions.ExtensionArray:
    """Return texts that repeat often as a pandas ``str`` array, each distinct one converted once."""
    codes, distinct = pd.factorize(values)
    return pd.array(np.asarray(distinct, dtype=object), dtype="str").take(codes)


def text_categories(values: Words) -> pd.Categorical:
    """Return texts that repeat often as categories, in the order of the texts, whatever the order of the rows."""
    codes, distinct = pd.factorize(values)
    order = np.argsort(distinct)
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.arange(len(order))
    words = pd.Index(np.asarray(distinct, dtype=object)[order], dtype="str")
    return pd.Categorical.from_codes(place[codes], categories=words)


def worded(key: str, otherwise: str) -> str:
    """Return ``key`` where text.csv knows it, else ``otherwise``: a new policy row needs no new words to work."""
    return key if key in load_words() else otherwise


def number_text(value: float) -> str:
    """Return a number as people write it: no decimals when whole, else at most two."""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}".rstrip("0").rstrip(".")


def _said(phrases: Sequence[Phrase], at: int | Codes, langs: Sequence[str]) -> dict[str, Words]:
    rows = np.arange(at) if isinstance(at, int) else at
    texts = {lang: np.full(len(rows), "", dtype=object) for lang in langs}
    spoken = np.zeros(len(rows), dtype=bool)
    for phrase in phrases:
        here = np.flatnonzero(phrase.where[rows])
        if not len(here):
            continue
        codes, wordings = _wordings(phrase, rows[here], langs)
        later = spoken[here]
        for lang, text in texts.items():
            said = wordings[lang][codes]
            text[here[~later]] = said[~later]
            text[here[later]] += SEPARATORS[lang][0] + said[later]
        spoken[here] = True
    return texts


def _wordings(phrase: Phrase, at: Codes, langs: Sequence[str]) -> tuple[Codes, dict[str, Words]]:
    """Which wording each row has, and the wordings in every language."""
    constant = {name: value for name, value in phrase.values.items() if isinstance(value, str)}
    varying = {name: _distinct(value, at) for name, value in phrase.values.items() if not isinstance(value, str)}
    codes, first = _combined([own for own, _ in varying.values()], len(at))
    wordings = {}
    for lang in langs:
        texts = {name: [_text(one, lang) for one in values] + [""] for name, (_, values) in varying.items()}
        combinations = [{name: texts[name][own[i]] for name, (own, _) in varying.items()} for i in first.tolist()]
        said = [str(t(phrase.key, lang, **constant, **values)) for values in combinations]
        wordings[lang] = np.array(said, dtype=object)
    return codes, wordings


def _combined(columns: Sequence[Codes], n: int) -> tuple[Codes, Codes]:
    """Number the combinations of several codes 0, 1, 2 ..., and where each stands first."""
    codes = np.zeros(n, dtype=np.intp)
    for own in columns:
        codes = pd.factorize(codes * (own.max(initial=0) + 2) + own + 1)[0]
    first = np.zeros(codes.max(initial=-1) + 1, dtype=np.intp)
    first[codes[::-1]] = np.arange(n)[::-1]
    return codes, first


def _distinct(value: Value, at: Codes) -> tuple[Codes, Sequence[Any]]:
    if not isinstance(value, Mapping):
        codes, values = pd.factorize(np.asarray(value)[at])
        return codes, list(values)
    bits = np.zeros(len(at), dtype=np.int64)
    for bit, rows in enumerate(value.values()):
        bits |= rows[at].astype(np.int64) << bit
    codes, sets = pd.factorize(bits)
    keys = list(value)
    return codes, [tuple(key for bit, key in enumerate(keys) if number >> bit & 1) for number in sets.tolist()]


def _text(value: Any, lang: str) -> str:
    if isinstance(value, tuple):
        return SEPARATORS[lang][1].join(dict.fromkeys(t(key, lang) for key in value))
    if isinstance(value, str):
        return value
    if isinstance(value, np.datetime64 | dt.date):
        return _month(pd.Timestamp(value).date(), lang)
    return number_text(float(value))


def _month(day: dt.date, lang: str) -> str:
    return date_text(day, lang).split("月")[0] + "月" if lang == "zh" else f"{day:%B %Y}"
