"""The state of the data in one sentence: whether it can be used, and which kinds of problems to correct first."""

from __future__ import annotations

import pandas as pd

from planner.outputs.quality_view import Findings, Mask, groups, per_compound, severity_counts
from planner.text import load_words, t

MOST_KINDS = 3
"""Kinds of problems that the sentence names; the rest is counted."""


def rule_title(rule: str, lang: str = "zh") -> str:
    """Return a rule in a few plain words; the code itself where text.csv has none."""
    key = f"quality.rule.{rule}"
    return str(t(key, lang)) if key in load_words() else rule


def state_of(findings: Findings, mask: Mask) -> str:
    """Return empty (no compounds), bad (errors), doubtful (warnings only) or good for the problems of ``mask``."""
    counts = severity_counts(findings, mask)["n"]
    if not len(findings.streets):
        return "bad" if counts["error"] else "empty"
    return "bad" if counts["error"] else "doubtful" if counts["warning"] else "good"


def sentence(findings: Findings, mask: Mask, lang: str = "zh", *, n_compounds: int | None = None) -> str:
    """Return the sentence of the page with ``**bold**`` marks; ``n_compounds`` of the place (None: of the district)."""
    state, counts = state_of(findings, mask), severity_counts(findings, mask)["n"]
    kinds = groups(findings, mask)
    first = kinds[kinds["severity"] == {"bad": "error", "doubtful": "warning"}.get(state, "")]
    concerned = int((per_compound(findings, mask)["n"] > 0).sum())
    whole = len(findings.streets) if n_compounds is None else n_compounds
    values = {"kinds": len(first), "errors": f"{counts['error']:,}", "warnings": f"{counts['warning']:,}"}
    said = t(f"quality.state.{state}", lang, listed=_listed(first, lang), **values)
    rest = [t(f"quality.state.{key}", lang, n=f"{n:,}") for key, n in _others(state, counts) if n]
    comma = t("overview.comma", lang)
    also = t("quality.state.also", lang, listed=comma.join(rest)) if rest else ""
    whose = t("quality.state.whose", lang, n=f"{concerned:,}", all=f"{whole:,}") if whole else ""
    return "".join(filter(None, (said, also, whose)))


def _others(state: str, counts: pd.Series) -> list[tuple[str, int]]:
    named = {"bad": (("warnings", "warning"), ("notes", "info")), "doubtful": (("notes", "info"),)}
    return [(key, int(counts[name])) for key, name in named.get(state, (("notes", "info"),))]


def _listed(kinds: pd.DataFrame, lang: str) -> str:
    named = [
        t("quality.state.kind", lang, title=rule_title(str(row["rule"]), lang), n=f"{row['n']:,}")
        for row in kinds.head(MOST_KINDS).to_dict("records")
    ]
    more = t("quality.state.more", lang) if len(kinds) > MOST_KINDS else ""
    return t("overview.comma", lang).join(named) + more
