"""What many copies of compounds, each with one fact filled in, come to: state, answers, place in the order, points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decisions import criteria, deficits, items, order, programmes, scoring, states
from planner.decisions.assessment import Assessment
from planner.decisions.fills import Copies, filled, prepare_copies
from planner.decisions.kleene import RESULTS
from planner.decisions.scales import Scale, read_scales
from planner.district.district import District
from planner.policy import Policy

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]

RULES = ("X1", "X2", "X4", "X7", "X8", "X10")
"""Exclusions and holds that a state rests on, beside the programmes."""
REPORTED = ("programme", "overlay")
"""Kinds of programme rows of which a changed answer is worth telling."""
STEPS = ("lock_target", "lanes_needed_high", "camera_target_high")
"""Needs that, once there are none, leave a part of a criterion out."""
COST_RAW, COST_NEEDED = "cost_per_household", ("cost_per_household", "self_fund_rate")
_COSTS = ("cost_all", "cost_all_most")
_CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What rows come to, in their order.

    state: words. answers: rows x codes (`Ground.codes`), positions in kleene.RESULTS. signature: rows x anything that a
    state, a block or the shape of a criterion rests on, small whole numbers. keys: rows x 4, what the order is decided
    by before the id (order.order_keys). points: rows x criteria, weighted values with those assumed. cost, households:
    what the cost per household is made of, and what it weighs (0..1).
    """

    state: npt.NDArray[np.object_]
    answers: Codes
    signature: Codes
    keys: Floats
    points: Floats
    cost: Floats
    households: Floats
    cost_weight: Floats

    def __len__(self) -> int:
        return len(self.state)

    def pick(self, rows: npt.NDArray[np.intp]) -> Outcomes:
        """Return some of the rows."""
        return Outcomes(*(part[rows] for part in self._parts()))

    def _parts(self) -> tuple[npt.NDArray[Any], ...]:
        return (
            self.state,
            self.answers,
            self.signature,
            self.keys,
            self.points,
            self.cost,
            self.households,
            self.cost_weight,
        )


def join_outcomes(parts: list[Outcomes]) -> Outcomes:
    """Return the rows of several outcomes, one after the other; needs at least one."""
    columns = zip(*(part._parts() for part in parts), strict=True)
    whole: list[npt.NDArray[Any]] = [np.concatenate(column) for column in columns]
    return Outcomes(*whole)


@dataclass(frozen=True, slots=True)
class Ground:
    """What all fills of one assessment share. codes: programme rows whose answers are told, then those beneath."""

    assessment: Assessment
    copies: Copies
    codes: tuple[str, ...]
    reported: int
    scales: tuple[Scale, ...]
    with_costs: bool


def prepare(assessment: Assessment) -> Ground:
    """Return the ground for the fills of an assessed district."""
    policy = assessment.policy
    table = policy.programmes
    told = [str(code) for code, kind in table["kind"].items() if kind in REPORTED]
    beneath = [code for code in RULES if code in table.index]
    scales = tuple(read_scales(policy))
    weights = {str(code): scale.weight for code, scale in zip(policy.criteria.index, scales, strict=True)}
    asked = [weights[str(code)] for code, raw in policy.criteria["raw"].items() if raw in COST_NEEDED]
    return Ground(
        assessment, prepare_copies(assessment.district), (*told, *beneath), len(told), scales, any(w > 0 for w in asked)
    )


def outcomes_of(ground: Ground, fills: pd.DataFrame) -> Outcomes:
    """Return what each row of ``fills`` (`fills.FILL_COLUMNS`) comes to; needs at least one row."""
    starts = range(0, len(fills), _CHUNK)
    return join_outcomes([_outcomes(ground, fills.iloc[start : start + _CHUNK]) for start in starts])


def _outcomes(ground: Ground, fills: pd.DataFrame) -> Outcomes:
    assessment, policy = ground.assessment, ground.assessment.policy
    district = filled(ground.copies, fills)
    index = district.compounds.index
    size = assessment.measures.iloc[fills["at"].to_numpy()].set_axis(index)
    lacking = deficits.find_deficits(district, size, policy)
    answers = programmes.evaluate(district, lacking, policy, assessment.as_of, words=False)
    money = _money(ground, district, lacking, answers)
    raw = criteria.raw(lacking, money, policy, assessment.as_of)
    arrays = scoring.raw_arrays(raw, ground.scales)
    scored = scoring.score_arrays(ground.scales, arrays, unknown_value=policy.number("unknown_value"), details=True)
    scores = _score_columns(scored, index)
    decided = states.decide(district, answers, lacking, scores=scores, policy=policy)
    block = order.block_numbers(scores, decided, policy)
    keys = order.order_keys(district, scores, block)
    results = _results(answers, ground.codes, index)
    return Outcomes(
        state=decided["state"].to_numpy(dtype=object),
        answers=results[:, : ground.reported],
        signature=_signature(results, decided, lacking, block=block, kinds=arrays.kind),
        keys=np.column_stack([keys[name] for name in list(keys)[:-1]]).astype(float),
        points=np.nan_to_num(scored.weights * scored.v / 100).T,
        cost=np.asarray(money["cost_all"].reindex(index).to_numpy(dtype=float, na_value=np.nan)),
        households=np.asarray(district.compounds["households"].to_numpy(dtype=float, na_value=np.nan)),
        cost_weight=_cost_weight(ground, scored),
    )


def _money(ground: Ground, district: District, lacking: deficits.Deficits, answers: pd.DataFrame) -> pd.DataFrame:
    """The costs where a criterion that weighs anything reads them, else unknown."""
    index, policy = district.compounds.index, ground.assessment.policy
    if ground.with_costs:
        listed = items.list_items(district, lacking, answers, policy, words=False)
        return items.costs(listed, policy, compounds=index)
    unknown = {name: pd.array([pd.NA] * len(index), dtype="Int64") for name in _COSTS}
    return pd.DataFrame({**unknown, "cost_all_known": pd.array([False] * len(index), dtype="boolean")}, index=index)


def _score_columns(scored: scoring.Scores, index: pd.Index) -> pd.DataFrame:
    parts = {"score": scored.score, "score_low": scored.low, "score_high": scored.high}
    parts |= {"completeness": scored.completeness}
    return pd.DataFrame({name: pd.array(values, dtype="Float64") for name, values in parts.items()}, index=index)


def _results(answers: pd.DataFrame, codes: tuple[str, ...], index: pd.Index) -> Codes:
    """Answers by compound and code; the long frame has a block of all compounds per code."""
    places = {name: RESULTS.index(name) for name in RESULTS}
    numbers = answers["result"].map(places).to_numpy(dtype=np.int8).reshape(-1, len(index))
    row_of = {str(code): k for k, code in enumerate(answers["code"].cat.categories)}
    return np.ascontiguousarray(numbers[[row_of[code] for code in codes]].T)


def _signature(
    results: Codes, decided: pd.DataFrame, lacking: deficits.Deficits, *, block: np.ndarray, kinds: scoring.Kinds
) -> Codes:
    state = decided["state"].map({name: k for k, name in enumerate(states.STATES)}).to_numpy(dtype=np.int8)
    held = [decided[name].astype("Int8").fillna(2).to_numpy(dtype=np.int8) for name in ("custodian", "consent")]
    none = [lacking.numbers[name].eq(0).fillna(False).to_numpy(dtype=np.int8) for name in STEPS]
    return np.column_stack([results, state, *held, *none, block.astype(np.int8), kinds.T.astype(np.int8)])


def present_keys(assessment: Assessment) -> Floats:
    """Return what the order of the assessed compounds is decided by, before the id: compounds x 4."""
    block = order.block_numbers(assessment.scores, assessment.states, assessment.policy)
    keys = order.order_keys(assessment.district, assessment.scores, block)
    return np.column_stack([keys[name] for name in list(keys)[:-1]]).astype(float)


def _cost_weight(ground: Ground, scored: scoring.Scores) -> Floats:
    curve = cost_curve(ground)
    return np.zeros(len(scored.score)) if curve is None else np.nan_to_num(scored.weights[curve[0]] / 100)


def cost_curve(ground: Ground) -> tuple[int, Scale] | None:
    """Return the place and scale of the criterion on cost per household; None where it weighs nothing."""
    policy: Policy = ground.assessment.policy
    for place, (scale, raw) in enumerate(zip(ground.scales, policy.criteria["raw"], strict=True)):
        if raw == COST_RAW and scale.weight > 0:
            return place, scale
    return None
