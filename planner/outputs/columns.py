"""The columns of the result files, in order (CONTRACTS 3): what writers, the codebook and the documentation share."""

from __future__ import annotations

from planner.policy import Policy

RANKING_HEAD = (
    "compound_id", "name", "rank", "block", "state", "verify", "state_reason", "sentence", "profile",
    "score", "score_low", "score_high", "completeness", "need", "readiness", "band",
    "built_year_min", "households", "cost_now", "cost_all", "N_assumed", "D_assumed", "R_assumed", "V_assumed",
)  # fmt: skip

SUFFIXES = ("_x", "_v", "_lo", "_hi", "_p")
"""Of every criterion: raw value, value 0..100, its lowest and highest completion, points."""

ITEM_COLUMNS = (
    "compound_id", "item", "rank", "deficit", "priority", "qty_low", "qty", "qty_high", "unit", "method",
    "cost_low", "cost", "cost_high", "purse", "condition", "blocking", "reason",
)  # fmt: skip

PROGRAMME_COLUMNS = ("compound_id", "code", "kind", "label", "result", "missing", "triggers", "note")


def ranking_columns(policy: Policy) -> list[str]:
    """Return every column of ranking.csv: the head, then five columns for each criterion in the order of the policy."""
    return [*RANKING_HEAD, *(f"{code}{suffix}" for code in policy.criteria.index for suffix in SUFFIXES)]
