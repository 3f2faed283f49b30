"""From a checked district to the explained order: every step once, in the order of CONTRACTS 2, nothing reads later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from planner.decisions import criteria, deficits, items, measures, order, programmes, reasons, scoring, states
from planner.decisions.assessment import Assessment
from planner.decisions.ranking import ranking_frame
from planner.decisions.reason_basis import Basis
from planner.decisions.summary import headline
from planner.district.district import District
from planner.policy import Policy, with_settings

__all__ = ["Assessment", "Numbers", "assess", "compute", "headline", "in_force", "score_district"]


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of one assessment, in the order in which they follow from each other; `rules` are those in force."""

    rules: Policy
    measures: pd.DataFrame
    deficits: deficits.Deficits
    programmes: pd.DataFrame
    items: pd.DataFrame
    costs: pd.DataFrame
    criteria: pd.DataFrame
    scores: pd.DataFrame
    states: pd.DataFrame
    order: pd.DataFrame


def assess(
    district: District, policy: Policy, *, as_of: dt.date, profile: str | None = None, unused: Sequence[str] = ()
) -> Assessment:
    """Return the assessment of ``district`` at ``as_of``.

    ``profile``: screen, review or final (default: the setting). ``unused``: criteria set aside this year, added to
    settings.unused_criteria. A district without compounds gives empty frames. Raises PolicyError for names that the
    policy does not know.
    """
    steps = compute(district, in_force(policy, as_of, profile, unused), as_of, words=True)
    rules = steps.rules
    ordered = items.prioritise(steps.items, steps.scores, rules)
    frames = (steps.programmes, ordered, steps.costs, steps.criteria, steps.scores, steps.states)
    words = reasons.sentences(Basis(district, steps.deficits, *frames, rules), lang="zh")
    parts = {name: getattr(steps, name) for name in ("order", "states", "scores", "costs", "criteria")}
    return Assessment(
        district=district,
        measures=steps.measures,
        deficits=steps.deficits,
        programmes=steps.programmes,
        items=ordered,
        costs=steps.costs,
        criteria=steps.criteria,
        scores=steps.scores,
        states=steps.states,
        order=steps.order,
        words=words,
        ranking=ranking_frame(district, {**parts, "words": words}, rules),
        as_of=as_of,
        profile=rules.text("profile"),
        unused=rules.values("unused_criteria"),
        policy=rules,
    )


def score_district(
    district: District, policy: Policy, *, as_of: dt.date, profile: str | None = None, unused: Sequence[str] = ()
) -> pd.DataFrame:
    """Return score, state, costs and order of every compound: the numbers of `assess` without its words.

    Index compound_id, in the order of the district: the columns of order, states (without the words of safety), scores
    and costs. For districts so large, or scored so often, that nobody reads a sentence. Arguments and errors as
    `assess`.
    """
    steps = compute(district, in_force(policy, as_of, profile, unused), as_of, words=False)
    decided = steps.states.drop(columns=["safety_zh", "safety_en"])
    return pd.concat([steps.order, decided, steps.scores, steps.costs], axis=1)


def compute(district: District, rules: Policy, as_of: dt.date, *, words: bool) -> Numbers:
    """Return every number of an assessment under ``rules`` (`in_force`); ``words`` False leaves explanations empty."""
    size = measures.measure(district)
    lacking = deficits.find_deficits(district, size, rules)
    answers = programmes.evaluate(district, lacking, rules, as_of, words=words)
    listed = items.list_items(district, lacking, answers, rules, words=words)
    money = items.costs(listed, rules, compounds=district.compounds.index)
    raw = criteria.raw(lacking, money, rules, as_of)
    scores = scoring.score(raw, rules)
    decided = states.decide(district, answers, lacking, scores=scores, policy=rules)
    placed = order.rank(district, scores, states=decided, policy=rules)
    return Numbers(rules, size, lacking, answers, listed, money, raw, scores, decided, placed)


def in_force(policy: Policy, as_of: dt.date, profile: str | None, unused: Sequence[str]) -> Policy:
    """Return the policy with date, profile and the criteria set aside (its own and ``unused``) as its settings.

    The version stays that of the tables: date, profile and what is set aside are printed beside it.
    """
    set_aside = dict.fromkeys([*policy.values("unused_criteria"), *unused])
    wanted = {"as_of": as_of.isoformat(), "unused_criteria": ";".join(set_aside)}
    wanted |= {"profile": profile} if profile else {}
    changed = {key: value for key, value in wanted.items() if policy.text(key) != value}
    return replace(with_settings(policy, **changed), version=policy.version)
