"""From a checked district to the explained order: every step once, in the order of CONTRACTS 2, nothing reads later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from planner.decisions import criteria, deficits, items, measures, order, programmes, reasons, scoring, states
from planner.decisions.assessment import Assessment
from planner.decisions.ranking import ranking_frame
from planner.decisions.reason_basis import Basis
from planner.decisions.summary import headline
from planner.district.district import District
from planner.policy import Policy, with_settings

__all__ = ["Assessment", "assess", "headline"]


def assess(
    district: District, policy: Policy, *, as_of: dt.date, profile: str | None = None, unused: Sequence[str] = ()
) -> Assessment:
    """Return the assessment of ``district`` at ``as_of``.

    ``profile``: screen, review or final (default: the setting). ``unused``: criteria set aside this year, added to
    settings.unused_criteria. A district without compounds gives empty frames. Raises PolicyError for names that the
    policy does not know.
    """
    rules = _in_force(policy, as_of, profile, unused)
    size = measures.measure(district)
    lacking = deficits.find_deficits(district, size, rules)
    answers = programmes.evaluate(district, lacking, rules, as_of)
    listed = items.list_items(district, lacking, answers, rules)
    money = items.costs(listed, rules, compounds=district.compounds.index)
    raw = criteria.raw(lacking, money, rules, as_of)
    scores = scoring.score(raw, rules)
    decided = states.decide(district, answers, lacking, scores=scores, policy=rules)
    placed = order.rank(district, scores, states=decided, policy=rules)
    ordered = items.prioritise(listed, scores, rules)
    words = reasons.sentences(Basis(district, lacking, answers, ordered, money, raw, scores, decided, rules), lang="zh")
    parts = {"order": placed, "states": decided, "scores": scores, "costs": money, "criteria": raw, "words": words}
    return Assessment(
        district=district,
        measures=size,
        deficits=lacking,
        programmes=answers,
        items=ordered,
        costs=money,
        criteria=raw,
        scores=scores,
        states=decided,
        order=placed,
        words=words,
        ranking=ranking_frame(district, parts, rules),
        as_of=as_of,
        profile=rules.text("profile"),
        unused=rules.values("unused_criteria"),
        policy=rules,
    )


def _in_force(policy: Policy, as_of: dt.date, profile: str | None, unused: Sequence[str]) -> Policy:
    set_aside = dict.fromkeys([*policy.values("unused_criteria"), *unused])
    wanted = {"as_of": as_of.isoformat(), "unused_criteria": ";".join(set_aside)}
    wanted |= {"profile": profile} if profile else {}
    changed = {key: value for key, value in wanted.items() if policy.text(key) != value}
    # The version names the tables: date, profile and what is set aside are printed beside it.
    return replace(with_settings(policy, **changed), version=policy.version)
