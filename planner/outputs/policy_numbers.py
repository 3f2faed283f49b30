"""Every number that the rules hold, with its unit, grade of evidence and source: one table to search (DESIGN 5.4)."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from planner.outputs.policy_words import policy_word
from planner.policy import PROFILES, Policy, settings_table
from planner.text import t

COLUMNS = ("table", "code", "name", "what", "value", "unit", "grade", "source", "note")
_COSTS = ("cost_low", "cost_likely", "cost_high")


def policy_numbers(policy: Policy, lang: str = "zh") -> pd.DataFrame:
    """Return one row per number or list of criteria, settings, items and programmes: text, in the order of the files.

    table, code, name, what (weight, curve, price, setting, parameter), value, unit, grade (L P C D K J), source, note.
    Settings have the values in force, so a profile or date of a run shows as it was used.
    """
    rows = [*_criteria(policy, lang), *_settings(policy, lang), *_items(policy, lang), *_programmes(policy, lang)]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype="string")


def found_in(numbers: pd.DataFrame, text: str) -> pd.Series:
    """Return where every word of ``text`` stands in a row (case ignored)."""
    whole = numbers.fillna("").agg("\n".join, axis=1).str.casefold()
    found = pd.Series(True, index=numbers.index)
    for word in text.casefold().split():
        found &= whole.str.contains(word, regex=False)
    return found


def grade_text(grade: str, lang: str = "zh") -> str:
    """Return a grade as people read it: the letter and its meaning."""
    return t("policy.grade", lang, letter=grade, meaning=t(f"policy.grade.{grade}", lang))


def _criteria(policy: Policy, lang: str) -> Iterator[tuple[str, ...]]:
    table = t("policy.table.criteria", lang)
    for code, row in policy.criteria.iterrows():
        head = (table, str(code), str(row[f"label_{lang}"]))
        tail = (str(row["grade"]), str(row["source"]), str(row["note"]))
        for profile in PROFILES:
            what = t("policy.what.weight", lang, profile=t(f"table.profile.{profile}", lang))
            yield (*head, what, f"{row[f'weight_{profile}']:g}", t("policy.unit.points", lang), *tail)
        unit = policy_word(str(row["unit"]), lang)
        yield (*head, t(f"policy.what.{row['kind']}", lang), str(row["points"]), unit, *tail)


def _settings(policy: Policy, lang: str) -> Iterator[tuple[str, ...]]:
    table, what = t("policy.table.settings", lang), t("policy.what.setting", lang)
    for row in settings_table(policy).to_dict("records"):
        key = str(row["key"])
        value, unit = policy.settings.get(key, str(row["value"])), policy_word(str(row["unit"]), lang)
        yield (table, key, "", what, value, unit, *(str(row[name]) for name in ("grade", "source", "note")))


def _items(policy: Policy, lang: str) -> Iterator[tuple[str, ...]]:
    table = t("policy.table.items", lang)
    for code, row in policy.items.iterrows():
        value = " / ".join(f"{row[name]:,.0f}" for name in _COSTS)
        unit = t("policy.unit.price", lang, unit=policy_word(str(row["unit"]), lang))
        parts = (str(row[f"label_{lang}"]), t("policy.what.price", lang), value, unit)
        yield (table, str(code), *parts, str(row["grade"]), str(row["source"]), str(row["note"]))


def _programmes(policy: Policy, lang: str) -> Iterator[tuple[str, ...]]:
    table, what = t("policy.table.programmes", lang), t("policy.what.rule", lang)
    for code, row in policy.programmes.iterrows():
        value = ";".join(part for part in (str(row["params"]), str(row["consent"])) if part) or "—"
        tail = (str(row["grade"]), str(row["source"]), str(row["note"]))
        yield (table, str(code), str(row[f"label_{lang}"]), what, value, "", *tail)
