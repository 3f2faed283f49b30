"""The programmes A, H, AH, E, M, repair W and the safety overlay S (CONTRACTS 2, domain.md 4.3)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from planner.decisions.kleene import Bools, Kleene, all_of, any_of, any_where, at_least, known
from planner.decisions.ledger import Ledger
from planner.decisions.phrases import Phrase, number_text, worded
from planner.decisions.rule_parts import Evidence, Rule, RuleResult, excluding_rows, limits
from planner.decisions.rules_exclusions import year_phrases
from planner.decisions.rules_history import issued_programme
from planner.decisions.years import documented_by
from planner.errors import PolicyError
from planner.policy import Policy, split_list
from planner.text import t

HAZARDS = ("grade_c", "gas_hazard", "corridor_hazard")
DEVICES = {"rule.lack.unit_lock": "unit_lock_missing", "rule.lack.vehicle_gate": "vehicle_gate_open"}
DEVICES |= {"rule.lack.camera": "camera_missing"}
DEVICE_FIELDS = ("access_ctrl_units", "cctv_points", "barrier_lanes_n")
SURFACE = {"rule.lack.road": "road_bad", "rule.lack.drain": "drain_bad"}
SURFACE |= {"rule.lack.road_light": "road_light_missing", "rule.lack.waste": "waste_none"}
BROKEN = {"rule.broken.lock": "unit_lock_broken", "rule.broken.camera": "camera_broken"}
BROKEN |= {"rule.broken.barrier": "barrier_broken", "rule.broken.stair_light": "stair_light_broken"}
DANGERS = {"rule.danger.fire_lane": "fire_lane_bad", "rule.danger.hydrant": "hydrant_bad"}
DANGERS |= {"rule.danger.gas": "gas_hazard", "rule.danger.corridor": "corridor_hazard"}
DANGERS |= {"rule.danger.indoor_charging": "indoor_charging", "rule.danger.grade_c": "grade_c"}


def a_eligible(facts: Evidence, params: str, policy: Policy) -> RuleResult:
    """A: a document shows the year, and enough basic deficits or a C-grade, gas or corridor hazard; not excluded."""
    limit, count = limits(params, policy)
    basics = _basics(facts, policy)
    hazards = {f"rule.danger.{name.removesuffix('_hazard')}": facts.lacks(name) for name in HAZARDS}
    enough = at_least(int(count), list(basics.values()))
    verdict = all_of(
        [
            documented_by(facts.ledger, limit, policy),
            enough | any_of(list(hazards.values())),
            ~facts.excluded("A"),
        ]
    )
    number = np.sum([a.yes for a in basics.values()], axis=0)
    triggers = (
        *year_phrases(facts, policy),
        Phrase("rule.a.deficits", number > 0, {"n": number, "list": _lacking_words(basics)}),
        Phrase("rule.a.hazards", _any_yes(hazards), {"list": _yes(hazards)}),
        *_excluded_by(facts, "A"),
    )
    return RuleResult(verdict, triggers)


def h_trigger(facts: Evidence, params: str, policy: Policy) -> RuleResult:
    """H: the heat company is asked where any trigger of domain.md 2.3 is met; without a network it is no."""
    age_limit, fail_limit, burst_limit, complaint_limit = limits(params, policy)
    heat = facts.deficits.need.heating
    age = facts.as_of.year - heat.laid_year
    tests = {
        "heat_branches.laid_year": (age >= age_limit, np.isnan(age)),
        "heat_branches.homes_measured_n": (heat.fail > fail_limit, np.isnan(heat.fail)),
        "heat_branches.bursts_per_season": (heat.bursts > burst_limit, np.isnan(heat.bursts)),
        "heat_branches.complaints_season": (heat.complaints > complaint_limit, ~heat.complaints_whole),
    }
    parts = [Kleene(yes, ~yes & ~lack, {field: lack & ~yes}) for field, (yes, lack) in tests.items()]
    verdict = all_of([heat.network, any_of(parts), ~facts.excluded("H")])
    met = [part.yes & ~heat.network.no for part in parts]
    triggers = (
        Phrase("rule.h.age", met[0], {"n": age}),
        Phrase("rule.h.fail", met[1], {"n": np.round(heat.fail * 100)}),
        Phrase("rule.h.bursts", met[2], {"n": np.round(heat.bursts, 1)}),
        Phrase("rule.h.complaints", met[3], {"n": np.round(heat.complaints)}),
        Phrase("rule.h.no_network", heat.network.no),
        *_excluded_by(facts, "H"),
    )
    return RuleResult(verdict, triggers, (Phrase("rule.h.asked", verdict.yes),))


def a_and_h(facts: Evidence, _params: str, _policy: Policy) -> RuleResult:
    """AH: A and H of the same compound: pipes first, surfaces after, one trench."""
    verdict = facts.answer_of("A") & facts.answer_of("H")
    return RuleResult(verdict, (Phrase("rule.ah.dig_once", verdict.yes),))


def e_eligible(facts: Evidence, _params: str, _policy: Policy) -> RuleResult:
    """E: not eligible for A by X4, or by X5 without a firm, and road, drain, light or waste lacks; not excluded."""
    firm = facts.ledger.is_in("property_status", ["专业物业"])
    shut_out = facts.answer_of("X4") | (facts.answer_of("X5") & ~firm)
    lacks = {key: facts.lacks(name) for key, name in SURFACE.items()}
    verdict = all_of([shut_out, any_of(list(lacks.values())), ~facts.excluded("E")])
    triggers = (
        Phrase("rule.x4.courtyard", facts.answer_of("X4").yes),
        Phrase("rule.e.after", facts.answer_of("X5").yes & firm.no),
        Phrase("rule.e.lacks", _any_yes(lacks), {"list": _yes(lacks)}),
        *_excluded_by(facts, "E"),
    )
    return RuleResult(verdict, triggers)


def m_missing(facts: Evidence, _params: str, policy: Policy) -> RuleResult:
    """M: a unit lock, a barrier or a camera is missing (broken is repair), not excluded, no A issued or under way.

    Presumptions, printed in the notes: inside X3 an unknown missing device counts as no; in 初筛 X5 with 专业物业
    makes M no until a device field is known (settings.screen_presume); self-built houses (X4) have no unit doors
    unless somebody counted them.
    """
    lacks = {key: facts.lacks(name) for key, name in DEVICES.items()}
    missing = _devices_missing(facts)
    renewed = missing.unknown & _presumed(policy, "X3") & facts.answer_of("X3").yes
    managed = missing.unknown & _presumed(policy, "X5&专业物业") & _new_with_firm(facts, policy)
    issued = issued_programme(facts, "A")
    verdict = all_of([missing.presume_no(renewed | managed), ~issued, ~facts.excluded("M")])
    triggers = (
        Phrase("rule.m.missing", _any_yes(lacks), {"list": _yes(lacks)}),
        Phrase("rule.m.none_missing", missing.no),
        Phrase("rule.m13.issued", issued.yes),
        *_excluded_by(facts, "M"),
    )
    notes = (
        Phrase("rule.m.presumed_renewed", renewed & verdict.no),
        Phrase("rule.m.presumed_managed", managed & verdict.no & ~renewed),
        Phrase("rule.m.presumed_courtyard", facts.answer_of("X4").yes & ~facts.ledger.known("units_n") & verdict.no),
    )
    return RuleResult(verdict, triggers, notes)


def w_broken(facts: Evidence, _params: str, _policy: Policy) -> RuleResult:
    """W: something is broken that whoever is in charge has to repair; fiscal micro-renovation does not pay for it."""
    broken = {key: facts.lacks(name) for key, name in BROKEN.items()}
    verdict = any_of(list(broken.values()))
    return RuleResult(verdict, (Phrase("rule.w.broken", verdict.yes, {"list": _yes(broken)}),))


def safety_any(facts: Evidence, params: str, policy: Policy) -> RuleResult:
    """S: a danger to be removed at once, whatever the order: an overlay over every action state."""
    dangers = {key: facts.lacks(name) for key, name in DANGERS.items()}
    grade_d = known(facts.answer_of("X2").yes)
    verdict = any_of([*dangers.values(), grade_d])
    width = facts.ledger.number("fire_lane_min_width_m")
    narrow = width < limits(params, policy)[0]
    shown = {**dangers, "rule.danger.grade_d": grade_d}
    triggers = (
        Phrase("rule.s.width", narrow, {"n": width, "min": number_text(limits(params, policy)[0])}),
        Phrase("rule.s.dangers", verdict.yes, {"list": _yes(shown)}),
    )
    return RuleResult(verdict, triggers)


def _devices_missing(facts: Evidence) -> Kleene:
    """Doors in any case; gates and the other cameras only outside courtyards of self-built houses (X4, M_full)."""
    doors = facts.lacks("unit_lock_missing") | facts.deficits.need.cameras.short_of_doors()
    full = facts.lacks("vehicle_gate_open") | facts.lacks("camera_missing")
    return doors | (full & ~facts.answer_of("X4"))


def _basics(facts: Evidence, policy: Policy) -> dict[str, Kleene]:
    names = policy.values("basic_deficits")
    known_names = facts.deficits.answers
    wrong = [name for name in names if name not in known_names]
    if wrong:
        choices = "、".join(known_names)
        raise PolicyError(t("rule.unknown_deficit", setting="basic_deficits", value=wrong[0], choices=choices))
    return {name: facts.lacks(name) for name in names}


def _lacking_words(basics: Mapping[str, Kleene]) -> dict[str, Bools]:
    found: dict[str, Bools] = {}
    for name, lack in basics.items():
        key = worded(f"rule.lack.{name}", "rule.lack.other")
        found[key] = found.get(key, np.zeros(len(lack), dtype=bool)) | lack.yes
    return found


def firm_and_no_device(ledger: Ledger) -> Bools:
    """Return where a firm manages the compound and nobody has counted a device."""
    no_device_known = ~any_where(ledger.n, (ledger.known(field) for field in DEVICE_FIELDS))
    return ledger.is_in("property_status", ["专业物业"]).yes & no_device_known


def _new_with_firm(facts: Evidence, policy: Policy) -> Bools:
    screening = policy.text("profile") == "screen"  # the one rule that reads the stage: decisions.stage rests on it
    return facts.answer_of("X5").yes & firm_and_no_device(facts.ledger) & screening


def _presumed(policy: Policy, case: str) -> bool:
    return f"M_no_if:{case}" in split_list(policy.text("screen_presume"))


def _yes(answers: Mapping[str, Kleene]) -> dict[str, Bools]:
    return {key: a.yes for key, a in answers.items()}


def _any_yes(answers: Mapping[str, Kleene]) -> Bools:
    return any_of(list(answers.values())).yes


def _excluded_by(facts: Evidence, code: str) -> list[Phrase]:
    """The exclusions that hold, by their labels in the policy."""
    table = facts.policy.programmes
    phrases = []
    for row in excluding_rows(facts.policy, code):
        names = {name: str(table.at[row, name]) for name in ("label_zh", "label_en")}
        phrases.append(Phrase("rule.excluded", facts.answer_of(row).yes, names))
    return phrases


RULES: dict[str, Rule] = {
    "a_eligible": a_eligible,
    "h_trigger": h_trigger,
    "a_and_h": a_and_h,
    "e_eligible": e_eligible,
    "m_missing": m_missing,
    "w_broken": w_broken,
    "safety_any": safety_any,
}
