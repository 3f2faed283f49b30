"""Exclusions and holds, X1 to X10: what closes a programme or keeps it waiting (domain.md 4.2, CONTRACTS 2)."""

from __future__ import annotations

import numpy as np

from planner.decisions.kleene import Kleene, answer, blank, known
from planner.decisions.phrases import Phrase, Value
from planner.decisions.rule_parts import Evidence, Rule, RuleResult, limits
from planner.decisions.stock import self_built
from planner.decisions.years import built_after, built_since, built_years
from planner.policy import Policy, split_list


def expropriation_fixed(facts: Evidence, params: str, _policy: Policy) -> RuleResult:
    """X1: the range is fixed (params: the states); 拟征收 is unknown until the expropriation office answers."""
    field, ledger = "expropriation_status", facts.ledger
    planned = ledger.is_in(field, ["拟征收"]).yes
    fixed = ledger.is_in(field, split_list(params)).yes
    verdict = answer(fixed, ~fixed & ~planned, field)
    state, paper = _texts(facts, field), _texts(facts, "expropriation_doc")
    triggers = (
        Phrase("rule.x1.fixed", fixed & (paper != ""), {"state": state, "paper": paper}),
        Phrase("rule.x1.fixed_no_paper", fixed & (paper == ""), {"state": state}),
        Phrase("rule.x1.planned", planned),
    )
    return RuleResult(verdict, triggers)


def any_building_grade(facts: Evidence, params: str, _policy: Policy) -> RuleResult:
    """X2: a building with one of the danger grades of ``params``; a register, not listed is no."""
    rows = facts.ledger.rows("buildings")
    graded = rows.is_in("hazard_grade", split_list(params))
    verdict = rows.listed(graded)
    count = rows.count(graded)
    values: dict[str, Value] = {"grade": params.replace(";", "、"), "n": count}
    return RuleResult(verdict, (Phrase("rule.x2.graded", verdict.yes, values),))


def self_built_courtyard(facts: Evidence, params: str, _policy: Policy) -> RuleResult:
    """X4: a courtyard of self-built houses (params ``object type+housing type``)."""
    verdict = self_built(facts.ledger, params)
    housing = facts.ledger.known("housing_type")
    note = Phrase("rule.x4.presumed", verdict.no & ~housing & facts.ledger.known("object_type"))
    return RuleResult(verdict, (Phrase("rule.x4.courtyard", verdict.yes),), (note,))


def built_after_limit(facts: Evidence, params: str, policy: Policy) -> RuleResult:
    """X5: built after the year of the setting in ``params``; see ``years.built_after`` for hearsay and mixed years."""
    limit = limits(params, policy)[0]
    verdict = built_after(facts.ledger, limit, policy)
    return RuleResult(verdict, year_phrases(facts, policy))


def built_within(facts: Evidence, params: str, policy: Policy) -> RuleResult:
    """X10: a new compound, younger than the years of the setting in ``params`` (the builder's warranty runs)."""
    verdict = built_since(facts.ledger, facts.as_of.year - limits(params, policy)[0], policy)
    years = built_years(facts.ledger, policy)
    return RuleResult(verdict, (Phrase("rule.year.built", verdict.yes, {"year": years.low}),))


def illegal_blocking(facts: Evidence, _params: str, _policy: Policy) -> RuleResult:
    """X6: illegal structures block access or works; none recorded (0) is no."""
    none = facts.ledger.number("illegal_structures_n") == 0
    blocking = facts.ledger.is_true("illegal_blocking")
    verdict = Kleene(blocking.yes, blocking.no | (none & ~blocking.yes), blocking.missing)
    count = facts.ledger.number("illegal_structures_n")
    triggers = (
        Phrase("rule.x6.blocking_n", verdict.yes & (count > 0), {"n": count}),
        Phrase("rule.x6.blocking", verdict.yes & ~(count > 0)),
    )
    return RuleResult(blank(verdict, {"illegal_blocking": blocking.unknown}), triggers)


def consent_below(facts: Evidence, params: str, policy: Policy) -> RuleResult:
    """X7: consent cannot reach the share of the setting in ``params``, an exact fraction of all households.

    Yes: even with everybody who was not reached it stays below. No: those in favour are enough. Not asked is unknown,
    never 0; a household that was not reached is neither for nor against.
    """
    ledger, share = facts.ledger, policy.fraction(split_list(params)[0])
    agree, whole = ledger.number("support_households_n"), ledger.number("households")
    not_reached = np.nan_to_num(ledger.number("households_not_reached"))
    still_open = np.maximum(whole - ledger.number("surveyed_households_n"), not_reached)
    at_most = np.minimum(agree + still_open, whole)
    need = share.numerator * whole
    verdict = answer(share.denominator * at_most < need, share.denominator * agree >= need)
    fields = {"households": np.isnan(whole), "support_households_n": np.isnan(agree)}
    asked_enough = ~np.isnan(agree) & ~np.isnan(whole)
    verdict = blank(verdict, {**fields, "surveyed_households_n": asked_enough})
    values = {"agree": agree, "most": at_most, "whole": whole}
    sure = asked_enough & ~np.isnan(at_most) & (at_most > agree)
    triggers = (
        Phrase("rule.x7.range", sure, values),
        Phrase("rule.x7.share", asked_enough & ~sure, values),
        Phrase("rule.x7.not_asked", np.isnan(agree)),
    )
    return RuleResult(verdict, triggers)


def land_blocked(facts: Evidence, params: str, _policy: Policy) -> RuleResult:
    """X8: the title is disputed or the place belongs to a secret unit (params); a register, blank is no."""
    return _registered(facts, "land_status", params, "rule.x8.land")


def heritage_listed(facts: Evidence, params: str, _policy: Policy) -> RuleResult:
    """X9: a listed building: a special review, no exclusion; a register, blank is no."""
    return _registered(facts, "heritage", params or "历史建筑;文物", "rule.x9.heritage")


def year_phrases(facts: Evidence, policy: Policy) -> tuple[Phrase, ...]:
    """Return how to say when a compound was built: a year, a span, by hearsay, or unknown."""
    years = built_years(facts.ledger, policy)
    values = {"year": years.low, "low": years.low, "high": years.high}
    single, there = years.low == years.high, ~years.unknown
    return (
        Phrase("rule.year.built", there & single & ~years.hearsay, values),
        Phrase("rule.year.span", there & ~single & ~years.hearsay, values),
        Phrase("rule.year.hearsay", there & single & years.hearsay, values),
        Phrase("rule.year.hearsay_span", there & ~single & years.hearsay, values),
        Phrase("rule.year.unknown", years.unknown),
    )


def _registered(facts: Evidence, field: str, params: str, key: str) -> RuleResult:
    yes = facts.ledger.is_in(field, split_list(params)).yes
    return RuleResult(known(yes), (Phrase(key, yes, {"state": _texts(facts, field)}),))


def _texts(facts: Evidence, field: str) -> np.ndarray:
    return np.asarray(facts.ledger.text(field).fillna(""), dtype=object)


RULES: dict[str, Rule] = {
    "expropriation_fixed": expropriation_fixed,
    "any_building_grade": any_building_grade,
    "self_built": self_built_courtyard,
    "built_after": built_after_limit,
    "built_within": built_within,
    "illegal_blocking": illegal_blocking,
    "consent_below": consent_below,
    "land_blocked": land_blocked,
    "heritage_listed": heritage_listed,
}
