"""The last part of the sentence: what to do now, with which items, for how much money.

The items are those whose cost makes up cost_now (for repairs: the repair rows): first those of
settings.reason_first_items in its order, then the others in working order, free ones last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.decisions import states
from planner.decisions.items import item_sequence
from planner.decisions.kleene import Bools, Floats
from planner.decisions.phrases import SEPARATORS, Words, number_text
from planner.decisions.reason_basis import Basis
from planner.decisions.reason_facts import first_words
from planner.text import load_words, t, wan

TOGETHER: Mapping[str, tuple[str, ...]] = {
    "ac_unit": ("ac_unit", "ac_lock"),
    "ac_gate": ("ac_gate", "ac_gate_simple"),
    "cctv_wall": ("cctv_wall", "cctv_pole"),
}
"""Items that are one thing to the reader, under the name of the first; their quantities add up."""

SILENT = ("nvr",)
"""Items that go without saying with another one."""

MOST_ITEMS = 4


@dataclass(frozen=True, slots=True)
class ItemWords:
    """Items of every compound in words: ``texts`` (item by compound, empty where absent) and how many there are."""

    texts: tuple[Words, ...]
    count: Floats
    lang: str

    def shown(self, most: int) -> Words:
        """Return the first ``most`` items; what is left out is counted (等N项); none at all is a count (N项)."""
        separator = SEPARATORS[self.lang][1]
        n = len(self.count)
        text, used = np.full(n, "", dtype=object), np.zeros(n)
        for words in self.texts:
            here = (words != "") & (used < most)
            text[here] = np.where(text[here] == "", words[here], text[here] + separator + words[here])
            used += here
        if most == 0:
            some = self.count > 0
            text[some] = [t("reason.count", self.lang, n=number_text(k)) for k in self.count[some].tolist()]
            return text
        more = (self.count > most) & (text != "")
        text[more] = [
            t("reason.and_more", self.lang, items=s, n=number_text(k)) for s, k in _pairs(text, self.count, more)
        ]
        return text


def items_now(basis: Basis, lang: str) -> ItemWords:
    """Return the items that cost_now pays for."""
    items = basis.items
    now = items["purse"].isin(basis.policy.values("now_purses")).to_numpy(dtype=bool)
    free = items["cost"].to_numpy(dtype=float, na_value=np.nan) == 0
    own = (now | (free & _fiscal_neighbour(basis))) & ~_true(basis, "blocking") & ~_true(basis, "repair")
    return _in_words(basis, own, lang)


def items_to_repair(basis: Basis, lang: str) -> ItemWords:
    """Return the broken devices."""
    return _in_words(basis, _true(basis, "repair"), lang)


def advice(basis: Basis, items: tuple[ItemWords, ItemWords], *, most: int) -> Words:
    """Return 建议+金额 for every state, naming at most ``most`` of the items to buy and of those to repair."""
    lang = items[0].lang
    new, broken = (words.shown(most) for words in items)
    money = _money(basis, lang)
    choices = []
    for key, where in _cases(basis, new, broken):
        words = basis.words(f"reason.do.{key}", where, lang, items=np.where(key == "repair", broken, new), money=money)
        choices.append((where, words))
    return first_words(choices, basis.n)


def _cases(basis: Basis, new: Words, broken: Words) -> list[tuple[str, Bools]]:
    ready, paid = basis.state(states.READY), (basis.cost("cost_now") > 0) & (new != "")
    first, consult = basis.state(states.CUSTODIAN_FIRST), basis.state(states.CONSULT_FIRST)
    verify, nothing = basis.state(states.TO_VERIFY), basis.state(states.NO_NEED)
    excluded, repair = basis.state(states.EXCLUDED), basis.verdicts.yes("W") & (broken != "")
    kinds = basis.states["verify"]
    kind_of = {f"verify_{i}": (kinds == k).to_numpy(bool, na_value=False) for i, k in enumerate(states.VERIFY_KINDS)}
    return [
        *((f"ready_{code}", ready & basis.lead(code) & paid) for code in ("A", "M", "E")),
        *((f"ready_{code}_only", ready & basis.lead(code)) for code in ("A", "M", "E")),
        ("custodian_items", first & paid),
        ("custodian", first),
        ("consult_items", consult & paid & basis.verdicts.unknown("X7")),
        ("consult_now", consult & paid),
        ("consult", consult),
        *((key, verify & where) for key, where in kind_of.items()),
        ("verify", verify),
        ("listed", basis.state(states.LISTED)),
        ("X2", excluded & basis.verdicts.yes("X2")),
        ("X1", excluded & basis.verdicts.yes("X1")),
        ("X8", excluded),
        ("warranty", nothing & repair & basis.verdicts.yes("WD")),
        ("repair", nothing & repair),
        ("nothing", nothing),
    ]


def _money(basis: Basis, lang: str) -> Words:
    yuan = basis.cost("cost_now")
    distinct, codes = np.unique(np.nan_to_num(yuan), return_inverse=True)
    words = np.array([t("unit.wan_yuan", lang, amount=wan(value, 1)) for value in distinct.tolist()], dtype=object)
    return words[codes] if len(words) else np.full(basis.n, "", dtype=object)


def _in_words(basis: Basis, rows: Bools, lang: str) -> ItemWords:
    known = basis.items["qty"].to_numpy(dtype=float, na_value=0.0) > 0
    texts, count = [], np.zeros(basis.n)
    for code in _reading_order(basis):
        amount = basis.quantity(TOGETHER.get(code, (code,)), rows & known)
        where = amount > 0
        if where.any():
            texts.append(_item_words(basis, code, where, amount, lang))
            count += where
    return ItemWords(tuple(texts), count, lang)


def _reading_order(basis: Basis) -> list[str]:
    inside = {other for first, others in TOGETHER.items() for other in others if other != first}
    codes = [code for code in item_sequence(basis.policy) if code not in inside and code not in SILENT]
    first = {code: place for place, code in enumerate(basis.policy.values("reason_first_items"))}
    price = basis.policy.items["cost_likely"]
    return sorted(codes, key=lambda code: (first.get(code, len(first)), not price[code] > 0))


def _item_words(basis: Basis, code: str, where: Bools, amount: Floats, lang: str) -> Words:
    key = f"reason.item.{code}"
    if key in load_words():
        return basis.words(key, where, lang, n=amount)
    unit = np.full(basis.n, str(basis.policy.items.at[code, "unit"]), dtype=object)
    label = np.full(basis.n, basis.policy.label("items", code, lang), dtype=object)
    return basis.words("reason.item", where, lang, n=amount, unit=unit, label=label)


def _fiscal_neighbour(basis: Basis) -> Bools:
    """Free items that our own works wait for (the public meter), not those that only others do."""
    waits = {part for cell in basis.policy.items["after"] for part in str(cell).split(";")}
    return np.asarray(basis.items["item"].isin(waits).to_numpy(dtype=bool))


def _true(basis: Basis, column: str) -> Bools:
    return np.asarray(basis.items[column].to_numpy(dtype=bool, na_value=False))


def _pairs(text: Words, count: Floats, where: Bools) -> list[tuple[str, float]]:
    return list(zip(text[where].tolist(), count[where].tolist(), strict=True))
