"""What an option is worth: the points of the score that it removes, not a second secret score.

Points of a criterion (weights of settings.plan_profile, values of the assessment) times the share that is removed
(settings.plan_removes for packages, plan_item_weights for items), times the size of the compound
(households / 100) ** plan_size_power. All shares are [J] and lie in settings.csv.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.portfolio.options import MICRO
from planner.decisions.portfolio.problem import Floats
from planner.policy import Policy

Table = dict[str, dict[str, float]]
Points = Mapping[str, Floats]


def benefits(assessment: Assessment, options: pd.DataFrame, *, points: Points | None = None) -> Floats:
    """Return the points that every option removes in the first year, in the row order of ``options``.

    ``points``: those of every criterion by compound where they are not the assessment's own (other weights or values).
    """
    policy = assessment.policy
    at = assessment.states.index.get_indexer(pd.Index(options["compound_id"]))
    points = points if points is not None else {code: _points(assessment, code) for code in removable(policy)}
    removed = np.zeros(len(options))
    for programme, shares in _table(policy, "plan_removes").items():
        mine = (options["option"] == programme).to_numpy()
        for code, share in shares.items():
            removed[mine] += share * points[code][at[mine]]
    removed *= options["deficit"].fillna(1.0).clip(lower=0.0).to_numpy(dtype=float)
    return np.asarray((removed + _items(assessment, options, points, at)) * size_factor(assessment)[at])


def removable(policy: Policy) -> list[str]:
    """Return the criteria whose points some option removes."""
    return sorted({code for row in _table(policy, "plan_removes").values() for code in row} | _criteria(policy))


def size_factor(assessment: Assessment) -> Floats:
    """Return what the size of every compound makes of a point; households unknown and not estimated: as 100."""
    homes = assessment.deficits.need.stock.households_est
    power = assessment.policy.number("plan_size_power")
    return np.asarray((np.where(homes > 0, homes, 100.0) / 100.0) ** power)


def _items(assessment: Assessment, options: pd.DataFrame, points: Points, at: np.ndarray) -> Floats:
    """Micro items share the points of their criterion by weight times deficit; the rest of it they cannot remove."""
    policy = assessment.policy
    weights, rest = _table(policy, "plan_item_weights"), _rest(policy)
    deficit = options["deficit"].fillna(policy.number("unknown_value") / 100).to_numpy(dtype=float)
    micro = (options["programme"] == MICRO).to_numpy()
    removed = np.zeros(len(options))
    for code in sorted(_criteria(policy)):
        weight = options["option"].map({item: row.get(code, 0.0) for item, row in weights.items()}).fillna(0.0)
        own = np.where(micro, weight.to_numpy(dtype=float) * deficit, 0.0)
        whole = np.bincount(at, own, len(assessment.states)) + rest.get(code, 0.0)
        removed += points[code][at] * own / np.maximum(whole[at], 1e-9)
    return removed


def _points(assessment: Assessment, code: str) -> Floats:
    """Points of a criterion by the weights of settings.plan_profile; unknown: its assumed value; cannot apply: 0."""
    policy, scores = assessment.policy, assessment.scores
    profile = policy.text("plan_profile") or assessment.profile
    value = scores[f"{code}_v"].to_numpy(dtype=float, na_value=np.nan)
    kind = assessment.criteria[f"{code}_kind"].reindex(scores.index).to_numpy(dtype=object)
    assumed = np.where(kind == "unknown", policy.number("unknown_value"), 0.0)
    weight = float(policy.criteria.at[code, f"weight_{profile}"])
    return np.asarray(weight * np.where(np.isnan(value), assumed, value) / 100)


def _table(policy: Policy, key: str) -> Table:
    found: Table = {}
    for part in policy.values(key):
        name, code, share = part.split(":")
        found.setdefault(name, {})[code] = float(share)
    return found


def _criteria(policy: Policy) -> set[str]:
    return {code for row in _table(policy, "plan_item_weights").values() for code in row}


def _rest(policy: Policy) -> dict[str, float]:
    return {code: float(weight) for code, weight in (part.split(":") for part in policy.values("plan_rest_weights"))}
