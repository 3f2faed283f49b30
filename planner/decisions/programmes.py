"""Every row of programmes.csv against every compound: yes, no or unknown, with the values behind each answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from planner.decisions.deficits import Deficits
from planner.decisions.kleene import RESULTS, Bools, Kleene, any_where
from planner.decisions.phrases import Phrase, say_in_both, text_column
from planner.decisions.rule_parts import Evidence, RuleResult
from planner.decisions.rules import RULES
from planner.district.district import District
from planner.errors import PolicyError
from planner.policy import Policy
from planner.text import t

COLUMNS = (
    "compound_id",
    "code",
    "kind",
    "result",
    "missing",
    "triggers_zh",
    "triggers_en",
    "note_zh",
    "note_en",
)
REGISTER = "register:"


def evaluate(
    district: District, deficits: Deficits, policy: Policy, as_of: dt.date, *, words: bool = True
) -> pd.DataFrame:
    """Return one row per programme row and compound, in the order of programmes.csv and of the compounds.

    compound_id; code, kind, result (categories; result is yes, no or unknown); missing: the fields that would settle
    an unknown, ``;`` separated; triggers_*: the values that led to the answer; note_*: presumptions and registers
    that nobody checked yet; without ``words`` both are empty. Raises PolicyError where a row names a rule that does not
    exist.
    """
    table = policy.programmes.sort_values("order", kind="stable")
    _check_rules(table)
    answers: dict[str, Kleene] = {}
    parts = []
    for code, row in table.iterrows():
        facts = Evidence(deficits, as_of, policy, dict(answers))
        outcome = RULES[row["rule"]](facts, row["params"], policy)
        answers[str(code)] = outcome.verdict
        parts.append(_block(facts, row, outcome, words=words))
    return _join(parts, district, table)


def wide(evaluated: pd.DataFrame) -> pd.DataFrame:
    """Return the results as a table: index compound_id, one ``boolean`` column per code (NA is unknown)."""
    rows, ids = pd.factorize(evaluated["compound_id"])
    codes = evaluated["code"].cat
    shape = (len(ids), len(codes.categories))
    yes, unknown = np.zeros(shape, dtype=bool), np.ones(shape, dtype=bool)
    at = (rows, codes.codes.to_numpy())
    yes[at] = (evaluated["result"] == "yes").to_numpy(dtype=bool)
    unknown[at] = (evaluated["result"] == "unknown").to_numpy(dtype=bool)
    columns = {
        str(code): pd.arrays.BooleanArray(yes[:, i].copy(), unknown[:, i].copy())
        for i, code in enumerate(codes.categories)
    }
    return pd.DataFrame(columns, index=pd.Index(ids, name="compound_id"))


def because(triggers: str, lang: str = "zh") -> str:
    """Return trigger values as a sentence: ``因：建成1989年；无物业服务``; nothing stays nothing."""
    return t("rule.because", lang, triggers=triggers) if triggers else ""


def _check_rules(table: pd.DataFrame) -> None:
    unknown = [rule for rule in table["rule"] if rule not in RULES]
    if unknown:
        raise PolicyError(t("rule.unknown_rule", value=unknown[0], choices="、".join(sorted(RULES))))


def _block(facts: Evidence, row: pd.Series, outcome: RuleResult, *, words: bool) -> dict[str, Any]:
    unchecked = _unchecked_register(facts, row)
    notes = [*outcome.notes, Phrase("rule.register_unchecked", unchecked)]
    triggers = [*outcome.triggers, Phrase("rule.register_mark", unchecked & outcome.verdict.no)]
    phrases = {"triggers": triggers, "note": notes}
    said = {name: say_in_both(listed if words else (), facts.n) for name, listed in phrases.items()}
    texts = {f"{name}_{lang}": text for name, both in said.items() for lang, text in both.items()}
    return {"result": outcome.verdict.words(), "missing": outcome.verdict.fields(), **texts}


def _unchecked_register(facts: Evidence, row: pd.Series) -> Bools:
    """Where a register's field is blank while nobody has compared the data with the register."""
    means = row["blank_means"]
    if not means.startswith(REGISTER) or facts.policy.date(means.removeprefix(REGISTER)) is not None:
        return np.zeros(facts.n, dtype=bool)
    fields = [field for field in row["fields"].split(";") if field]
    return ~any_where(facts.n, (_filled(facts, field) for field in fields))


def _filled(facts: Evidence, field: str) -> Bools:
    table, dot, name = field.rpartition(".")
    if not dot:
        return facts.ledger.known(name)
    rows = facts.ledger.rows(table)
    return rows.count(rows.known(name)) > 0


def _join(parts: list[dict[str, Any]], district: District, table: pd.DataFrame) -> pd.DataFrame:
    ids, n = district.compounds.index, len(district.compounds)
    codes = np.repeat(np.arange(len(table)), n)
    kinds = list(dict.fromkeys(table["kind"]))
    kind_of = np.array([kinds.index(kind) for kind in table["kind"]], dtype=int)
    columns: dict[str, object] = {
        "compound_id": pd.array(ids.to_numpy(dtype=object), dtype="str").take(np.tile(np.arange(n), len(table))),
        "code": pd.Categorical.from_codes(codes, categories=list(table.index)),
        "kind": pd.Categorical.from_codes(kind_of[codes], categories=kinds),
        "result": pd.Categorical.from_codes(np.concatenate([p["result"] for p in parts]), categories=list(RESULTS)),
    }
    for name in COLUMNS[4:]:
        columns[name] = text_column([p[name] for p in parts])
    return pd.DataFrame(columns, copy=False)
