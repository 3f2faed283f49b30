"""Words about one compound that page and paper share: quantities, points, long enumerations cut short."""

from __future__ import annotations

from typing import Any

import pandas as pd

from planner.outputs.policy_words import policy_word
from planner.text import t


def shortened(text: str, lang: str, most: int = 3) -> str:
    """Return a text in which every enumeration of more than ``most`` parts is cut and counted: a、b、c等9项."""
    comma, stop = t("overview.comma", lang), t("compound.semicolon", lang)

    def part(words: str) -> str:
        items = words.split(comma)
        if len(items) <= most:
            return words
        return t("compound.and_more", lang, items=comma.join(items[:most]), n=len(items))

    return stop.join(part(words) for words in text.split(stop))


def quantity_text(row: pd.Series, lang: str) -> str:
    """Return quantity, unit and range of an item; unknown: at most so many, or a dash."""
    unit = policy_word(str(row["unit"]), lang)
    if pd.isna(row["qty"]):
        known = not pd.isna(row["qty_high"]) and float(row["qty_high"]) > 0
        return t("overview.items.at_most", lang, n=_count(row["qty_high"]), unit=unit) if known else "—"
    text = f"{_count(row['qty'])} {unit}"
    same = pd.isna(row["qty_low"]) or pd.isna(row["qty_high"]) or row["qty_low"] == row["qty_high"]
    return (
        text
        if same
        else text + t("overview.items.span", lang, low=_count(row["qty_low"]), high=_count(row["qty_high"]))
    )


def raw_text(value: Any, unit: str, lang: str) -> str:
    """Return the raw value of a criterion with its unit, or its category, in the language; 待查 where nobody knows."""
    if pd.isna(value):
        return t("compound.unknown", lang)
    if isinstance(value, str):
        return policy_word(value, lang)
    return f"{float(value):,.2f}".rstrip("0").rstrip(".") + " " + policy_word(unit, lang)


def _count(value: object) -> str:
    return f"{float(str(value)):,.1f}".removesuffix(".0")
