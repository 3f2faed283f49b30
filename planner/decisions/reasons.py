"""Why a compound stands where it stands, in words: one sentence, the reasons behind it, the way in, the unknowns.

The sentence has the form 年代·栋·户·物业；最大短板带数；卡点；建议+金额, in Chinese with at most as many characters as
settings.reason_max_chars. What does not fit is dropped in this order: second shortfall, buildings, items after the
second, and goes to state_reason. Every number equals the cell that it comes from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from planner.decisions.kleene import Bools
from planner.decisions.phrases import SEPARATORS, Words
from planner.decisions.reason_advice import MOST_ITEMS, ItemWords, advice, items_now, items_to_repair
from planner.decisions.reason_basis import Basis
from planner.decisions.reason_facts import in_the_way, size_words, who_it_is
from planner.decisions.reason_lacks import largest_lacks
from planner.decisions.reason_notes import state_reasons, unknowns, ways_in
from planner.text import t

__all__ = ["Basis", "sentences"]


@dataclass(frozen=True, slots=True)
class _Cut:
    """One way to say it: with the second shortfall, with buildings, how many items, papers or not."""

    second: bool = True
    buildings: bool = True
    items: int = MOST_ITEMS
    short: bool = False


SHORT_LIST = 2
CUTS = (
    _Cut(),
    _Cut(second=False),
    _Cut(second=False, buildings=False),
    _Cut(second=False, buildings=False, items=SHORT_LIST),
    _Cut(second=False, buildings=False, items=SHORT_LIST, short=True),
    _Cut(second=False, buildings=False, items=1, short=True),
    _Cut(second=False, buildings=False, items=0, short=True),
)
"""From the whole sentence to the shortest, in the order of CONTRACTS 2; the last three are for very long words."""


def sentences(basis: Basis, lang: str = "zh") -> pd.DataFrame:
    """Return sentence, state_reason, would_raise and unknowns of every compound (string): index compound_id.

    An empty text means that there is nothing to say (no unknowns, nothing more to do).
    """
    most = int(basis.policy.number("reason_max_chars")) if lang == "zh" else None
    lacks, items = largest_lacks(basis, lang), (items_now(basis, lang), items_to_repair(basis, lang))
    text, used = _longest_that_fits(_versions(basis, lacks, items), basis.n, most)
    left_out = _left_out(basis, lacks[1], items, used)
    columns = {
        "sentence": text,
        "state_reason": state_reasons(basis, left_out, lang),
        "would_raise": ways_in(basis, lang),
        "unknowns": unknowns(basis, lang),
    }
    index = basis.ledger.index
    return pd.DataFrame({name: pd.array(words, dtype="string") for name, words in columns.items()}, index=index)


def _longest_that_fits(versions: Iterator[Words], n: int, most: int | None) -> tuple[Words, np.ndarray]:
    """Return the first version that fits, else the last, cut off; and which of CUTS it is."""
    text, used = np.full(n, "", dtype=object), np.full(n, -1)
    for number, whole in enumerate(versions):
        fits = _lengths(whole) <= most if most else np.ones(n, dtype=bool)
        here = (used < 0) & (fits | (number == len(CUTS) - 1))
        text[here], used[here] = whole[here], number
        if (used >= 0).all():
            break
    if most:
        text = np.array([s if len(s) <= most else s[: most - 1] + "…" for s in text.tolist()], dtype=object)
    return text, used


def _versions(basis: Basis, lacks: tuple[Words, Words], items: tuple[ItemWords, ItemWords]) -> Iterator[Words]:
    """Yield the sentence in the versions of CUTS; parts that several versions share are worded once."""
    lang = items[0].lang
    facts = cache(lambda with_buildings: who_it_is(basis, lang, with_buildings=with_buildings))
    block = cache(lambda short: in_the_way(basis, lang, short=short))
    advised = cache(lambda most: advice(basis, items, most=most))
    before, after = t("reason.sentence", lang, parts=SEPARATORS[lang][0]).split(SEPARATORS[lang][0])
    for cut in CUTS:
        lack = _joined(lacks if cut.second else lacks[:1], SEPARATORS[lang][1])
        parts = (facts(cut.buildings), lack, block(cut.short), advised(cut.items))
        yield before + _joined(parts, SEPARATORS[lang][0]) + after


def _joined(parts: tuple[Words, ...], separator: str) -> Words:
    text = parts[0]
    for part in parts[1:]:
        text = np.where(text == "", part, np.where(part == "", text, text + separator + part))
    return text


def _left_out(basis: Basis, second: Words, items: tuple[ItemWords, ItemWords], used: np.ndarray) -> Words:
    """Return in words what the sentence had to drop."""
    lang, few = items[0].lang, _within(used, "items")
    lists = [np.where(few & (words.count > SHORT_LIST), words.shown(len(words.texts)), "") for words in items]
    parts = (
        np.where(_within(used, "second"), second, ""),
        np.where(_within(used, "buildings"), size_words(basis, lang), ""),
        *lists,
    )
    dropped = _joined(parts, SEPARATORS[lang][0])
    return basis.words("reason.left_out", dropped != "", lang, parts=dropped)


def _within(used: np.ndarray, what: str) -> Bools:
    whole = CUTS[0]
    dropped = np.array([getattr(cut, what) != getattr(whole, what) for cut in CUTS])
    return dropped[used] if len(used) else np.zeros(0, dtype=bool)


def _lengths(text: Words) -> np.ndarray:
    return np.array([len(words) for words in text.tolist()], dtype=int)


def empty_sentence(lang: str) -> str:
    """Return what is said of a district without compounds."""
    return t("reason.empty", lang)
