"""The frame of ranking.csv: one row per compound in suggested order, columns as CONTRACTS 3 lists them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.decisions.order import IN_ORDER
from planner.decisions.scoring import GROUPS
from planner.district.district import District
from planner.policy import Policy

HEAD = (
    "compound_id", "name", "rank", "block", "state", "verify", "state_reason", "sentence", "profile", "score",
    "score_low", "score_high", "completeness", "need", "readiness", "band", "built_year_min", "households", "cost_now",
    "cost_all",
)  # fmt: skip
NOT_APPLICABLE = "na"

__all__ = ["HEAD", "IN_ORDER", "NOT_APPLICABLE", "ranking_columns", "ranking_frame"]


def ranking_columns(policy: Policy) -> list[str]:
    """Return the columns of ranking.csv, criteria in the order of criteria.csv."""
    criteria = [f"{code}_{part}" for code in policy.criteria.index for part in ("x", "v", "lo", "hi", "p")]
    return [*HEAD, *(f"{group}_assumed" for group in GROUPS), *criteria]


def ranking_frame(district: District, parts: dict[str, pd.DataFrame], policy: Policy) -> pd.DataFrame:
    """Return the ranking: index 0 ... n-1, compound_id as a column.

    ``parts`` holds order, states, scores, costs, criteria and words (sentence, state_reason), all by compound_id. Raw
    values ``<code>_x`` are numbers or labels, ``na`` where the criterion cannot apply, missing where unknown; columns
    that hold both are of dtype object. A cost of 0 is blank while items are still unknown.
    """
    placed = parts["order"].sort_values("position")
    ids = placed.index
    known = {name: district.compounds[name] for name in ("name", "built_year_min", "households")}
    joined = pd.concat(
        [placed[["rank", "block"]], pd.DataFrame(known), parts["states"][["state", "verify"]],
         parts["words"][["sentence", "state_reason"]], parts["scores"], _known_money(parts["costs"])],
        axis=1,
    )  # fmt: skip
    raw = {f"{code}_x": _raw(parts["criteria"], str(code)) for code in policy.criteria.index}
    frame = joined.reindex(ids).assign(profile=policy.text("profile"), **{c: v.reindex(ids) for c, v in raw.items()})
    frame.index.name = "compound_id"
    return frame.reset_index()[ranking_columns(policy)]


def _known_money(costs: pd.DataFrame) -> pd.DataFrame:
    """Return cost_now and cost_all, blank where nothing is certain yet: no known item is not no cost."""
    money = costs[["cost_now", "cost_all"]]
    return money.mask((money == 0) & ~costs[["cost_all_known", "cost_all_known"]].to_numpy(dtype=bool, na_value=False))


def _raw(criteria: pd.DataFrame, code: str) -> pd.Series:
    values, cannot = criteria[f"{code}_x"], criteria[f"{code}_kind"] == "na"
    if not cannot.any():
        return values
    if isinstance(values.dtype, pd.StringDtype):
        return values.mask(cannot, NOT_APPLICABLE)
    mixed = values.astype(object).where(values.notna(), None)
    mixed = np.where(cannot.to_numpy(dtype=bool), NOT_APPLICABLE, mixed.to_numpy(dtype=object))
    plain = [value if value is None or isinstance(value, str) else float(value) for value in mixed]
    return pd.Series(plain, index=values.index, dtype=object)
