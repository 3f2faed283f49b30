"""Units and categories of the policy tables in the language of the page: the tables hold them in Chinese only."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from planner.text import load_words, t


@lru_cache(maxsize=4)
def _vocabulary(lang: str) -> Mapping[str, str]:
    codes = [key.removeprefix("policy.word.") for key in load_words() if key.startswith("policy.word.")]
    return {t(f"policy.word.{code}"): t(f"policy.word.{code}", lang) for code in codes}


def policy_word(text: str, lang: str = "zh") -> str:
    """Return a unit or category of the tables in the language; what has no word stays as it is written."""
    return _vocabulary(lang).get(text, text)


def amount_text(number: str, unit: str, lang: str = "zh") -> str:
    """Return a number with its unit: 12樘, 12 doors."""
    return f"{number}{unit}" if lang == "zh" else f"{number} {policy_word(unit, lang)}".rstrip()
