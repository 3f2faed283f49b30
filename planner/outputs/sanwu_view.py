"""“三无”: the bureau's list against the rule, compound by compound, with the facts that decide."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.district.district import District
from planner.district.sanwu import PREDICATES, derive_sanwu
from planner.outputs.policy_words import policy_word
from planner.policy import Policy
from planner.text import t

ANSWERS = ("yes", "no", "unknown")

APART = ("listed_no", "unlisted_yes")
UNSURE = ("listed_unknown", "unlisted_unknown", "unnamed_yes")
KINDS = (*APART, *UNSURE)
"""What a planner has to look at: list and rule contradict each other, or one of them does not know."""

_KIND_OF = {
    ("yes", "no"): "listed_no",
    ("no", "yes"): "unlisted_yes",
    ("yes", "unknown"): "listed_unknown",
    ("no", "unknown"): "unlisted_unknown",
    ("unknown", "yes"): "unnamed_yes",
}

FIELDS = {
    "no_responsible_body": ("custodian_type", "former_unit_status"),
    "no_property_service": ("property_status",),
    "no_security": ("cctv_points", "access_ctrl_units"),
    "no_maintenance_fund": ("maint_fund_exists",),
}
"""The fields that each predicate of `district.sanwu` reads."""


def sanwu_table(district: District, policy: Policy) -> pd.DataFrame:
    """Return for every compound what the list says, what the rule says, and each predicate of the rule.

    Index compound_id. Columns: list, rule (words of ANSWERS), kind (of KINDS, empty where both agree or the list
    says nothing and the rule does not say yes), and one column of ANSWERS per name of settings.sanwu_predicates.
    """
    compounds = district.compounds
    table = pd.DataFrame(
        {"list": _answers(compounds["sanwu_official"]), "rule": _answers(derive_sanwu(compounds, policy))},
        index=compounds.index,
    )
    pairs = zip(table["list"], table["rule"], strict=True)
    table["kind"] = np.array([_KIND_OF.get(pair, "") for pair in pairs], dtype=object)
    for name in policy.values("sanwu_predicates"):
        table[name] = _answers(PREDICATES[name](compounds))
    return table


def sanwu_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Return how many compounds there are per answer of the list (rows) and of the rule (columns); sums to all."""
    counted = table.groupby(["list", "rule"]).size().unstack(fill_value=0)
    return counted.reindex(index=list(ANSWERS), columns=list(ANSWERS), fill_value=0).astype("int64")


def sanwu_rows(district: District, policy: Policy, kind: str, lang: str = "zh") -> pd.DataFrame:
    """Return the compounds of a kind with the facts that decide, as text; KeyError for a kind that is not in KINDS.

    Index compound_id. Columns: name, street, and per predicate its answer in words (``<predicate>``) and the fields
    behind it with their values (``<predicate>_facts``). A blank cell is said to be unknown.
    """
    if kind not in KINDS:
        raise KeyError(kind)
    table = sanwu_table(district, policy)
    own = table[table["kind"] == kind]
    compounds = district.compounds.loc[own.index]
    out = pd.DataFrame({"name": compounds["name"].fillna(""), "street": compounds["subdistrict_name"].fillna("")})
    labels, comma = policy.fields("compounds")[f"label_{lang}"], t("overview.comma", lang)
    for name in policy.values("sanwu_predicates"):
        out[name] = [t(f"quality.answer.{answer}", lang) for answer in own[name]]
        facts = [[f"{labels[f]} {_value(v, lang)}" for v in compounds[f]] for f in FIELDS[name]]
        out[f"{name}_facts"] = [comma.join(line) for line in zip(*facts, strict=True)]
    return out


def sanwu_headings(policy: Policy, lang: str = "zh") -> dict[str, str]:
    """Return the headings of the columns of `sanwu_rows`, and of ``compound_id``."""
    plain = {name: t(f"quality.sanwu.{name}", lang) for name in ("compound_id", "name", "street")}
    for name in policy.values("sanwu_predicates"):
        plain[name] = t(f"quality.sanwu.{name}", lang)
        plain[f"{name}_facts"] = t("quality.sanwu.facts", lang, name=plain[name])
    return plain


def _answers(values: pd.Series) -> np.ndarray:
    said = values.astype("boolean")
    return np.where(said.isna(), "unknown", np.where(said.fillna(False), "yes", "no")).astype(object)


def _value(value: object, lang: str) -> str:
    if value is None or pd.isna(value):
        return t("overview.unknown", lang)
    if isinstance(value, bool | np.bool_):
        return t(f"quality.answer.{'yes' if value else 'no'}", lang)
    return policy_word(str(value), lang)
