"""A trial run of other rules (试算，不作依据): the official assessment with other weights, curves or fewer criteria.

Weights, breakpoints, bands, the value of the unknown and what is set aside this year change values, scores, kinds of
待核实 and the order, and nothing before them. A trial therefore keeps deficits, programmes, items, costs and raw values
and computes the rest anew: the numbers are those of `pipeline.assess` with the changed policy, to the last bit, in
milliseconds. A policy that differs in anything else is computed from the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.decisions import criteria, order, pipeline, scoring
from planner.decisions.assessment import Assessment
from planner.decisions.deficits import Deficits
from planner.decisions.scales import Scale, read_scales
from planner.decisions.stage import Standing, in_stage
from planner.decisions.states import verify_kinds
from planner.district.district import District
from planner.policy import Policy, with_settings

FREE_SETTINGS = (
    "unknown_value", "band_first", "band_second", "min_completeness", "screen_high", "screen_low", "unused_criteria",
    "rules_version",
)  # fmt: skip
"""Settings that nothing reads before the score; every other change is computed from the start."""

_WHOLE = ("score", "score_low", "score_high", "completeness", "need", "readiness")


@dataclass(frozen=True, slots=True)
class Ground:
    """What all trials on the same facts share: raw values with nothing set aside, states, and where they come from.

    ``numbers`` are those of the official rules in the trial's profile; ``raw`` and ``arrays`` hold every criterion.
    """

    district: District
    deficits: Deficits
    numbers: Standing
    raw: pd.DataFrame
    arrays: scoring.RawArrays
    fixed: tuple[object, ...]

    def serves(self, policy: Policy) -> bool:
        """Tell whether a trial under ``policy`` may stand on it: nothing that comes before the score differs."""
        own = self.numbers.rules
        tables = ((own.columns, policy.columns), (own.items, policy.items), (own.programmes, policy.programmes))
        return self.fixed == _fixed(policy) and all(a is b or a.equals(b) for a, b in tables)


@dataclass(frozen=True, slots=True)
class Scored:
    """The values of every compound under other rules (scoring.Scores with details), nobody placed yet: `scored`."""

    ground: Ground
    policy: Policy
    scales: tuple[Scale, ...]
    values: scoring.Scores


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of other rules: numbers only, in the row order of the district, index compound_id.

    ``scores`` has score, score_low, score_high, completeness, need, readiness and band; ``values`` the arrays of every
    criterion (scoring.Scores with details); ``states`` and ``order`` as `states.decide` and `order.rank` give them.
    """

    ground: Ground
    policy: Policy
    scales: tuple[Scale, ...]
    values: scoring.Scores
    scores: pd.DataFrame
    states: pd.DataFrame
    order: pd.DataFrame

    @property
    def profile(self) -> str:
        """The profile of the trial: screen, review or final."""
        return self.policy.text("profile")

    @property
    def unused(self) -> tuple[str, ...]:
        """The criteria set aside in the trial."""
        return self.policy.values("unused_criteria")

    def all_scores(self) -> pd.DataFrame:
        """Return the whole frame of `scoring.score`, with value, range, points and weight of every criterion."""
        return scoring.score_frame(self.scales, self.values, index=self.scores.index, policy=self.policy)

    def explained(self, assessment: Assessment) -> Assessment:
        """Return the trial as a full assessment with its sentences, for files; takes as long as the official one."""
        return pipeline.assess(assessment.district, self.policy, as_of=assessment.as_of)


def prepare(assessment: Assessment, policy: Policy | None = None, *, profile: str | None = None) -> Ground:
    """Return the ground for trials of ``policy`` (default: that of the assessment) in ``profile``, nothing set aside.

    Where only the score is concerned the assessment's own results are taken over, for another profile nearly all of
    them (`stage.in_stage`); rules that reach further are computed once from the district.
    """
    rules = pipeline.in_force(policy or assessment.policy, assessment.as_of, profile, ())
    lacking, numbers = _standing(assessment, rules)
    everything = with_settings(rules, unused_criteria="")
    raw = criteria.raw(lacking, numbers.costs, everything, assessment.as_of)
    arrays = scoring.raw_arrays(raw, read_scales(everything))
    return Ground(assessment.district, lacking, numbers, raw, arrays, _fixed(rules))


def _standing(assessment: Assessment, rules: Policy) -> tuple[Deficits, Standing]:
    own, names = assessment.policy, ("costs", "criteria", "scores", "states", "order")
    same = all(_same(own, rules, name) for name in ("columns", "items", "programmes"))
    if same and _fixed(own) == _fixed(rules):
        return assessment.deficits, Standing(rules, **{name: getattr(assessment, name) for name in names})
    if same and _fixed(own) == _fixed(with_settings(rules, profile=own.text("profile"))):
        return assessment.deficits, in_stage(assessment, rules)
    numbers = pipeline.compute(assessment.district, rules, assessment.as_of, words=False)
    return numbers.deficits, Standing(rules, **{name: getattr(numbers, name) for name in names})


def trial(
    assessment: Assessment,
    policy: Policy,
    *,
    profile: str | None = None,
    unused: Sequence[str] = (),
    ground: Ground | None = None,
) -> Trial:
    """Return what the rules of ``policy`` would make of the assessed district; ``ground`` saves preparing it again.

    ``profile`` and ``unused`` as in `pipeline.assess`, whose scores, states and order the result equals. Raises
    PolicyError for names that the policy does not know.
    """
    return placed(scored(assessment, policy, profile=profile, unused=unused, ground=ground))


def scored(
    assessment: Assessment,
    policy: Policy,
    *,
    profile: str | None = None,
    unused: Sequence[str] = (),
    ground: Ground | None = None,
) -> Scored:
    """Return the first half of `trial`, all that a map of scores needs; `placed` gives the rest."""
    rules = pipeline.in_force(policy, assessment.as_of, profile, unused)
    if ground is None or not ground.serves(rules):
        ground = prepare(assessment, rules)
    criteria.check_names(rules, rules.values("unused_criteria"))
    scales = read_scales(rules)
    arrays = _without(ground.arrays, scales, rules.values("unused_criteria"))
    values = scoring.score_arrays(scales, arrays, unknown_value=rules.number("unknown_value"), details=True)
    return Scored(ground, rules, scales, values)


def placed(found: Scored) -> Trial:
    """Return the trial that follows from the values: scores, states and order of every compound."""
    ground, rules, values = found.ground, found.policy, found.values
    index = ground.raw.index
    scores = _scores(values, index, rules)
    state = ground.numbers.states["state"].to_numpy(dtype=object)
    kinds = verify_kinds(state, ground.deficits.need.ledger, scores, rules)
    states = ground.numbers.states.assign(verify=pd.Series(kinds, index=index))
    ranked = order.rank(ground.district, scores, states=states, policy=rules)
    return Trial(ground, rules, found.scales, values, scores, states, ranked)


def _scores(values: scoring.Scores, index: pd.Index, rules: Policy) -> pd.DataFrame:
    found = (values.score, values.low, values.high, values.completeness, values.need, values.readiness)
    columns = {name: pd.array(part, dtype="Float64") for name, part in zip(_WHOLE, found, strict=True)}
    scores = pd.DataFrame(columns, index=index)
    return scores.assign(band=scoring.bands(scores["score"], rules))


def _without(arrays: scoring.RawArrays, scales: Sequence[Scale], unused: Sequence[str]) -> scoring.RawArrays:
    """Return the raw values with the criteria set aside marked as not applicable."""
    rows = [k for k, scale in enumerate(scales) if scale.code in unused]
    if not rows:
        return arrays
    kind = arrays.kind.copy()
    kind[rows] = scoring.NA
    return replace(arrays, kind=kind)


def _same(own: Policy, rules: Policy, table: str) -> bool:
    a, b = getattr(own, table), getattr(rules, table)
    return a is b or bool(a.equals(b))


def _fixed(policy: Policy) -> tuple[object, ...]:
    """Everything of criteria.csv and settings.csv that comes before the score: raw values, labels, settings."""
    table = policy.criteria
    labels = tuple(scale.labels for scale in read_scales(policy))
    rows = tuple(zip(map(str, table.index), table["raw"], table["kind"], labels, strict=True))
    settings = frozenset((key, value) for key, value in policy.settings.items() if key not in FREE_SETTINGS)
    return rows, settings


def points_of(values: scoring.Scores, rows: np.ndarray) -> np.ndarray:
    """Return the points of every criterion, assumed ones included, of the compounds at ``rows``: criteria x rows."""
    return np.nan_to_num(values.weights[:, rows] * values.v[:, rows] / 100, nan=0.0)


def without_data(ground: Ground, policy: Policy, profile: str) -> tuple[str, ...]:
    """Return the criteria that weigh in the profile and are unknown for every compound they apply to.

    They may be set aside (本年度不采用); none where that would leave nothing to score by.
    """
    kinds, weights = ground.arrays.kind, policy.criteria[f"weight_{profile}"]
    weighed = [(str(code), row) for row, (code, w) in enumerate(weights.items()) if w > 0 and kinds.shape[1]]
    applied = [(code, row) for code, row in weighed if (kinds[row] != scoring.NA).any()]
    empty = [code for code, row in applied if (kinds[row] >= scoring.UNKNOWN).all()]
    return tuple(empty) if len(empty) < len(applied) else ()
