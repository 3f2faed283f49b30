"""Every unit and category of the policy tables has an English word, and Chinese stays as the tables write it."""

from __future__ import annotations

import pandas as pd

from planner.outputs.policy_numbers import policy_numbers
from planner.outputs.policy_words import amount_text, policy_word
from planner.policy import parse_categories, settings_table
from tests.builders import shared_policy


def cells() -> set[str]:
    """Every unit of criteria, settings and items, every purse, and every category that a criterion knows."""
    policy = shared_policy()
    own = (policy.criteria["unit"], policy.items["unit"], policy.items["purse"], settings_table(policy)["unit"])
    fields = policy.fields("compounds").loc[["custodian_type", "former_unit_status", "property_status"], "values"]
    units = pd.concat([*own, fields.str.split(";").explode()])
    categories = policy.criteria.loc[policy.criteria["kind"] == "category", "points"]
    return {*map(str, units), *(label for text in categories for label in parse_categories(text))}


def test_none_stays_chinese_in_english_and_none_changes_in_chinese() -> None:
    assert len(cells()) > 60
    assert [text for text in cells() if any("\u4e00" <= c <= "\u9fff" for c in policy_word(text, "en"))] == []
    assert [text for text in cells() if policy_word(text) != text] == []


def test_amounts_and_what_has_no_word() -> None:
    assert (amount_text("12", "樘"), amount_text("12", "樘", "en"), amount_text("12", "", "en")) == (
        "12樘", "12 doors", "12",
    )  # fmt: skip
    assert policy_word("从未见过的单位", "en") == "从未见过的单位"


def test_the_table_of_numbers_has_no_chinese_unit_in_english() -> None:
    units = policy_numbers(shared_policy(), "en")["unit"]
    assert not units.str.contains("[\u4e00-\u9fff]", regex=True).any()
    assert "years" in set(units)
