"""How sure a plan is: the range of every compound's place, and how often it stays in when weights or unknowns differ.

Weights are drawn around the policy's (settings.plan_weight_spread), values of unknown criteria between their worst and
best. Places come from all draws; whether a compound is in the plan from solving again on some of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.portfolio.benefit import benefits, removable
from planner.decisions.portfolio.effort import QUICK, Effort
from planner.decisions.portfolio.plan import Plan
from planner.decisions.portfolio.problem import NONE, Bools, Floats, Problem, Years
from planner.decisions.portfolio.solve import solve
from planner.decisions.portfolio.usage import slot_prices
from planner.text import t

TABLE_COLUMNS = ("compound_id", "inside", "p_in", "place", "place_low", "place_mid", "place_high", "label", "label_zh",
                 "label_en")  # fmt: skip
REPLACE_COLUMNS = ("compound_id", "loss", "share", "proved")
LANGUAGES = ("zh", "en")
CELLS = 4_000_000
"""So many values of criteria are drawn at a time."""


@dataclass(frozen=True, slots=True)
class Robustness:
    """table (TABLE_COLUMNS): p_in is the share of the repeated plans that hold the compound; place and its 5th, 50th
    and 95th percentile; label sure, fairly or edge. replacement (REPLACE_COLUMNS): what the plan loses without it.
    """

    table: pd.DataFrame
    replacement: pd.DataFrame
    draws: int
    solves: int


def robustness(
    plan: Plan,
    *,
    draws: int = 10_000,
    solves: int = 20,
    replaced: int = 5,
    watch: Callable[[float], bool] = lambda _share: False,
) -> Robustness:
    """Return how sure the plan is: places from ``draws``, plans solved again on ``solves`` of them.

    ``watch`` hears the share that is done and returns True to stop: then fewer repeated plans are counted. The seed is
    fixed: the same plan gives the same answer.
    """
    rng = np.random.default_rng(20261125)
    criteria = _Criteria(plan.assessment)
    places = _places(plan.assessment, criteria, rng, draws)
    counted, inside = 0, np.zeros(plan.planning.problem.n)
    for number in range(solves):
        inside += _solved_again(plan, criteria, rng)
        counted += 1
        if watch((number + 1) / max(1, solves)):
            break
    table = _table(plan, places, inside / max(1, counted))
    return Robustness(table, replacement(plan, proved=replaced), draws, counted)


class _Criteria:
    """Weights and the ends of every value, one row per criterion, one column per compound."""

    def __init__(self, assessment: Assessment) -> None:
        policy, scores = assessment.policy, assessment.scores
        profile = policy.text("plan_profile") or assessment.profile
        self.codes = list(policy.criteria.index)
        self.weight = policy.criteria[f"weight_{profile}"].to_numpy(dtype=float)
        self.spread = policy.number("plan_weight_spread")
        ends = [scores[[f"{c}_{end}" for c in self.codes]] for end in ("lo", "hi")]
        self.low, self.high = (np.nan_to_num(e.to_numpy(dtype=float, na_value=np.nan)).T for e in ends)

    def weights(self, rng: np.random.Generator, count: int) -> Floats:
        """Draw weights [count, criteria] around the policy's, each summing to their sum."""
        drawn = self.weight * np.exp(rng.normal(0.0, self.spread, (count, len(self.weight))))
        return np.asarray(drawn * (self.weight.sum() / np.maximum(drawn.sum(axis=1, keepdims=True), 1e-12)))

    def values(self, rng: np.random.Generator, count: int) -> Floats:
        """Draw values [count, criteria, compounds] between their ends: only what is not known moves."""
        moving = self.high > self.low
        drawn = np.broadcast_to(self.low, (count, *self.low.shape)).copy()
        drawn[:, moving] += rng.random((count, int(moving.sum()))) * (self.high - self.low)[moving]
        return drawn


def _places(assessment: Assessment, criteria: _Criteria, rng: np.random.Generator, draws: int) -> pd.DataFrame:
    """The place of every ranked compound by the policy, and its 5th, 50th and 95th percentile over the draws."""
    ranking = assessment.ranking.loc[assessment.ranking["rank"].notna()]
    ids = ranking["compound_id"].astype("str")
    at = assessment.states.index.get_indexer(pd.Index(ids))
    block = pd.factorize(ranking["block"])[0] * 1e6
    found = [
        (block - score).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable").astype(np.int32)
        for score in _scores(criteria, at, rng, draws)
    ]
    every = np.concatenate([np.zeros((0, len(ids)), dtype=np.int32), *found]) + 1
    low, mid, high = np.percentile(every, (5, 50, 95), axis=0) if draws and len(ids) else np.zeros((3, len(ids)))
    frame = {"place": np.arange(1, len(ids) + 1), "place_low": low, "place_mid": mid, "place_high": high}
    return pd.DataFrame(frame, index=pd.Index(ids, name="compound_id")).round().astype("int64")


def _scores(criteria: _Criteria, at: np.ndarray, rng: np.random.Generator, draws: int) -> Iterator[Floats]:
    """Scores [some draws, compounds], a part of the draws at a time."""
    size = max(1, CELLS // max(1, criteria.low.size))
    for start in range(0, draws, size):
        count = min(size, draws - start)
        weights = criteria.weights(rng, count)
        yield np.einsum("dc,dcn->dn", weights, criteria.values(rng, count))[:, at] / 100


def _solved_again(plan: Plan, criteria: _Criteria, rng: np.random.Generator) -> Floats:
    """1 for every compound that the plan for one draw of weights and unknown values holds."""
    weight, value = criteria.weights(rng, 1)[0], criteria.values(rng, 1)[0]
    place = {code: k for k, code in enumerate(criteria.codes)}
    points = {c: weight[place[c]] * value[place[c]] / 100 for c in removable(plan.assessment.policy)}
    problem, planning = plan.planning.problem, plan.planning
    benefit = benefits(plan.assessment, planning.options, points=points)
    changed = replace(problem, slots=replace(problem.slots, benefit=benefit))
    solution = solve(changed, place=planning.place, known=[plan.solution.plan], effort=QUICK)
    return _holds(problem, solution.plan).astype(float)


def _holds(problem: Problem, plan: Years) -> Bools:
    return np.asarray(np.bincount(problem.slots.unit[plan >= 0], minlength=problem.n) > 0)


def _table(plan: Plan, places: pd.DataFrame, share: Floats) -> pd.DataFrame:
    problem, policy = plan.planning.problem, plan.assessment.policy
    frame = pd.DataFrame({"compound_id": problem.units, "inside": _holds(problem, plan.solution.plan), "p_in": share})
    frame = frame.join(places, on="compound_id")
    stays = np.where(frame["inside"], frame["p_in"], 1 - frame["p_in"])
    sure, fairly = policy.number("plan_sure_share"), policy.number("plan_fairly_share")
    frame["label"] = np.where(stays >= sure - 1e-9, "sure", np.where(stays >= fairly - 1e-9, "fairly", "edge"))
    for lang in LANGUAGES:
        frame[f"label_{lang}"] = [t(f"plan.stable.{label}", lang) for label in frame["label"]]
    whole = [c for c in frame.columns if c.startswith("place")]
    frame[whole] = frame[whole].astype("Int64")
    return frame.sort_values(["place", "compound_id"], kind="stable")[list(TABLE_COLUMNS)].reset_index(drop=True)


def replacement(plan: Plan, *, proved: int = 5, effort: Effort = QUICK) -> pd.DataFrame:
    """Return what the plan loses when a compound must not be in (REPLACE_COLUMNS), the dearest loss first.

    For the ``proved`` dearest the plan is solved again without it; for the others the loss is estimated by the prices.
    """
    problem, solution = plan.planning.problem, plan.solution
    chosen = np.flatnonzero(solution.plan >= 0)
    if not len(chosen) or not len(solution.price):
        return pd.DataFrame(columns=list(REPLACE_COLUMNS))
    worth = slot_prices(problem, solution.price, solution.street_price)[chosen, solution.plan[chosen]]
    loss = np.maximum(np.bincount(problem.slots.unit[chosen], worth, problem.n), 0.0)
    units = np.flatnonzero(_holds(problem, solution.plan))
    order = units[np.argsort(-loss[units], kind="stable")]
    known = np.zeros(problem.n, dtype=bool)
    for unit in order[:proved].tolist():
        loss[unit] = solution.objective - _without(problem, solution.plan, unit, effort)
        known[unit] = True
    frame = pd.DataFrame(
        {"compound_id": [problem.units[k] for k in order], "loss": loss[order],
         "share": loss[order] / max(solution.objective, 1e-9), "proved": known[order]}
    )  # fmt: skip
    return frame.sort_values("loss", ascending=False, kind="stable").reset_index(drop=True)


def _without(problem: Problem, plan: Years, unit: int, effort: Effort) -> float:
    """The value of the best plan without a compound; a must is let go."""
    mine = problem.slots.unit == unit
    slots = replace(problem.slots, allowed=problem.slots.allowed & ~mine[:, None], must=problem.slots.must & ~mine)
    rest = np.where(mine, NONE, plan).astype(np.int8)
    return solve(replace(problem, slots=slots), known=[rest], effort=effort).objective


__all__ = ["REPLACE_COLUMNS", "TABLE_COLUMNS", "Robustness", "replacement", "robustness"]
