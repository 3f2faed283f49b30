"""The two pages that are compared: where a weight is typed, what it then weighs, which colours the map must have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
import pandas as pd
from running import OURS, PLAIN

from planner.decisions.assessment import Assessment
from planner.decisions.scoring import score
from planner.decisions.trial_rules import official_rules, set_weight
from planner.outputs.map_classes import SEQUENCE

CODE = "n2"
"""The criterion whose weight is changed: the heaviest of the first stage, which page 评分规则 offers first."""

SHARES = (10, 60, 20, 75, 5, 90, 40, 15, 80, 50, 25, 70)
"""Per cent that it gets, one after the other; none twice, so that no message can be had from a cache."""

EDGES = (30.0, 40.0, 50.0, 60.0, 70.0)
_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Way:
    """A page: its name, the path that opens it, the box for the weight of CODE (CSS)."""

    name: str
    path: str
    box: str


WAYS: Mapping[str, Way] = {
    OURS: Way(OURS, "/policy", f".st-key-weight-{CODE} input"),
    PLAIN: Way(PLAIN, "/", f".st-key-weight-{CODE} input"),
}


def typed(name: str, assessment: Assessment, share: int) -> float:
    """Return the number to type for CODE to weigh ``share`` per cent.

    Ours takes the per cent and gives the rest to the others in proportion; the plain way divides by the sum.
    """
    others = _official(assessment).drop(CODE).sum()
    return float(share) if name == OURS else round(others * share / (100 - share), 3)


def expected(name: str, assessment: Assessment, shares: Sequence[int]) -> dict[str, str]:
    """Return compound id -> colour that the map of a page must show after these shares were typed one after the other.

    The scores are those of planner.decisions.scoring, for both pages. A compound that stands on the edge of two classes
    is left out: which side it falls to is a matter of the order of adding.
    """
    table = assessment.policy.criteria.assign(**{f"weight_{assessment.profile}": _weights(name, assessment, shares)})
    rules = replace(assessment.policy, criteria=table)
    found = score(assessment.criteria, rules, profile=assessment.profile)["score"].to_numpy(dtype=float)
    classes = np.searchsorted(EDGES, found, side="right")
    clear = np.abs(found[:, None] - np.array(EDGES)).min(axis=1) > _EDGE
    drawn = assessment.district.compounds.geometry.notna().to_numpy()
    rows = zip(assessment.scores.index, classes, drawn & clear, strict=True)
    return {str(key): SEQUENCE[k] for key, k, there in rows if there}


def _weights(name: str, assessment: Assessment, shares: Sequence[int]) -> Mapping[str, float]:
    """Return what every criterion weighs then, of 100; ours keeps tenths, each change starting from the one before."""
    if name == OURS:
        official = official_rules(assessment.policy)
        rules = reduce(lambda rules, share: set_weight(rules, CODE, float(share)), shares, official)
        return {code: float(text) for code, text in rules.weights(assessment.profile).items()}
    weights = {**_official(assessment), CODE: typed(name, assessment, shares[-1])}
    whole = sum(weights.values())
    return {code: 100 * weight / whole for code, weight in weights.items()}


def _official(assessment: Assessment) -> pd.Series:
    return assessment.policy.criteria[f"weight_{assessment.profile}"].astype(float)
