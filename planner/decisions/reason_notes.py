"""The reasons behind a state, what would bring a compound in (怎样才能列入), and what is not known about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from planner.decisions import states
from planner.decisions.kleene import Bools, Floats
from planner.decisions.phrases import Phrase, Words, say
from planner.decisions.reason_basis import Basis, count_of, field_flags, field_labels, first_of, listed
from planner.decisions.reason_facts import consent_words, first_words, missing_fields, programme_status
from planner.text import t

EXPLAINED = ("A", "M", "E", "H", "Z")
FIELDS_TO_ASK = 5
REGISTERS = ("X1", "X2", "X3", "X8")
Words2 = Sequence[tuple[Bools, Words]]


def state_reasons(basis: Basis, left_out: Words, lang: str) -> Words:
    """Return why: programmes with their trigger values, custodian and consent, presumptions, what the sentence left."""
    everywhere = np.ones(basis.n, dtype=bool)
    label = np.array([t(f"state.{states.STATES.index(s)}", lang) for s in basis.states["state"].tolist()], dtype=object)
    phrases = [Phrase("reason.why.state", everywhere, {"state": label}), *_exclusions(basis, lang)]
    for code in EXPLAINED:
        phrases += _programme(basis, code, lang)
    phrases += [_given(programme_status(basis, lang), basis.state(states.LISTED)), *_people(basis, lang)]
    phrases += _notes(basis, lang)
    phrases.append(_given(left_out, left_out != ""))
    return say(phrases, np.arange(basis.n), lang)


def ways_in(basis: Basis, lang: str) -> Words:
    """Return what would bring the compound in, or what would bring in more of one that is 可列入."""
    return first_words([*_ways_closed(basis, lang), *_ways_open(basis, lang)], basis.n)


def unknowns(basis: Basis, lang: str) -> Words:
    """Return the fields that leave a programme open, and the criteria of the profile without a value."""
    fields = field_labels(basis, missing_fields(basis) | field_flags(basis, ("A", "M", "E", "H", "Z")), lang)
    column = f"weight_{basis.policy.text('profile')}"
    criteria = {
        basis.policy.label("criteria", str(code), lang): _kind(basis, str(code), "unknown")
        for code, weight in basis.policy.criteria[column].items()
        if weight > 0
    }
    values = {"fields": listed(fields, basis.n, lang), "criteria": listed(criteria, basis.n, lang)}
    phrases = [
        Phrase("reason.unknown.fields", values["fields"] != "", values),
        Phrase("reason.unknown.criteria", values["criteria"] != "", values),
    ]
    return say(phrases, np.arange(basis.n), lang)


def _kind(basis: Basis, code: str, kind: str) -> Bools:
    return np.asarray((basis.criteria[f"{code}_kind"] == kind).to_numpy(dtype=bool))


def _given(words: Words, where: Bools) -> Phrase:
    return Phrase("reason.as_it_is", where & (words != ""), {"words": words})


def _exclusions(basis: Basis, lang: str) -> list[Phrase]:
    verdicts = basis.verdicts
    return [_given(verdicts.words(code, f"triggers_{lang}"), verdicts.yes(code)) for code in states.EXCLUSIONS]


def _programme(basis: Basis, code: str, lang: str) -> list[Phrase]:
    verdicts, n = basis.verdicts, basis.n
    triggers = verdicts.words(code, f"triggers_{lang}")
    name = np.full(n, basis.policy.label("programmes", code, lang), dtype=object)
    missing = _shortened(basis, field_labels(basis, field_flags(basis, (code,)), lang), lang)
    values = {"programme": name, "triggers": triggers, "fields": missing}
    yes, unknown = verdicts.yes(code), verdicts.unknown(code)
    no = ~yes & ~unknown & (triggers != "") & (code in ("A", "M")) & ~basis.state(states.EXCLUDED)
    return [
        Phrase("reason.why.yes", yes & (triggers != ""), values),
        Phrase("reason.why.yes_plain", yes & (triggers == ""), values),
        Phrase("reason.why.unknown", unknown & (missing != ""), values),
        Phrase("reason.why.no", no, values),
    ]


def _people(basis: Basis, lang: str) -> list[Phrase]:
    works = basis.verdicts.yes("A") | basis.verdicts.yes("M")
    keeper = basis.states["custodian"]
    unknown = keeper.isna().to_numpy(dtype=bool)
    paper = np.array([str(doc) for doc in basis.ledger.text("custodian_doc").fillna("").tolist()], dtype=object)
    names = {name: t(f"reason.paper.{i}", lang) for i, name in enumerate(basis.policy.values("custodian_documents"))}
    words = np.array([names.get(doc, doc) for doc in paper.tolist()], dtype=object)
    yes = keeper.to_numpy(dtype=bool, na_value=False)
    return [
        Phrase("reason.why.custodian", yes & works, {"paper": words}),
        Phrase("reason.why.no_custodian", works & ~yes & ~unknown),
        Phrase("reason.why.custodian_unknown", works & unknown),
        _given(consent_words(basis, basis.verdicts.yes("A"), lang), basis.verdicts.yes("A")),
    ]


def _notes(basis: Basis, lang: str) -> list[Phrase]:
    """Presumptions of M, planned expropriation, and registers that nobody compared with yet."""
    notes = basis.programmes.set_index("compound_id")[["code", f"note_{lang}"]]
    unchecked = notes[notes["code"].isin(REGISTERS) & notes[f"note_{lang}"].str.contains(_mark(lang), regex=False)]
    micro = notes[notes["code"] == "M"][f"note_{lang}"].reindex(basis.ledger.index).fillna("").to_numpy(dtype=object)
    planned = basis.verdicts.words("X1", f"triggers_{lang}")
    return [
        _given(planned, basis.verdicts.unknown("X1")),
        _given(micro, micro != ""),
        Phrase("rule.register_mark", np.asarray(basis.ledger.index.isin(unchecked.index))),
    ]


def _mark(lang: str) -> str:
    return t("rule.register_unchecked", lang)


def _ways_closed(basis: Basis, lang: str) -> Words2:
    excluded = basis.state(states.EXCLUDED)
    keys = [(f"reason.way.{code}", excluded & basis.verdicts.yes(code)) for code in states.EXCLUSIONS]
    keys += [("reason.way.listed", basis.state(states.LISTED))]
    nothing = basis.state(states.NO_NEED)
    keys += [("reason.way.repair", nothing & basis.verdicts.yes("W")), ("reason.way.nothing", nothing)]
    return [(where, basis.words(key, where, lang)) for key, where in keys]


def _ways_open(basis: Basis, lang: str) -> Words2:
    first, consult = basis.state(states.CUSTODIAN_FIRST), basis.state(states.CONSULT_FIRST)
    verify, ready = basis.state(states.TO_VERIFY), basis.state(states.READY)
    lead = basis.states["lead"].fillna("").tolist()
    names = {code: basis.policy.label("programmes", code, lang) for code in ("A", "M", "E")}
    programme = np.array([names.get(code, "") for code in lead], dtype=object)
    fields = _first_fields(basis, lang)
    values = {"programme": programme, "fields": fields, **_consent_numbers(basis)}
    asked = consult & ~np.isnan(np.asarray(values["more"], dtype=float))
    also_consent = first & basis.lead("A") & ~basis.flag("consent")
    keys = [
        ("reason.way.custodian_consent", also_consent),
        ("reason.way.custodian", first & (programme != "")),
        ("reason.way.custodian_only", first),
        ("reason.way.consent_more", asked),
        ("reason.way.consent", consult),
        ("reason.way.verify", verify),
        *_more_for_ready(basis, ready),
    ]
    waits = listed(field_labels(basis, field_flags(basis, ("A",)), lang), basis.n, lang)
    more = {"waits": waits, "room": _room(basis, lang)}
    return [(where, basis.words(key, where, lang, **values, **more)) for key, where in keys]


def _first_fields(basis: Basis, lang: str) -> Words:
    """The fields to verify first (settings.key_fields lead)."""
    return _shortened(basis, field_labels(basis, missing_fields(basis), lang), lang)


def _shortened(basis: Basis, flags: Mapping[str, Bools], lang: str) -> Words:
    """The names whose flag is set, at most FIELDS_TO_ASK of them; how many there are in all is said."""
    number = count_of(flags, basis.n)
    shown = listed(first_of(flags, basis.n, FIELDS_TO_ASK), basis.n, lang)
    many = number > FIELDS_TO_ASK
    return np.where(many, basis.words("reason.and_more", many, lang, items=shown, n=number), shown)


def _room(basis: Basis, lang: str) -> Words:
    """The demand and readiness criteria that could raise the score most, at most two, by points still to be had."""
    scores, table = basis.scores, basis.policy.criteria
    codes = [str(code) for code in table.index[table["group"].isin(["D", "R"])]]
    gain = np.stack([_still_to_gain(scores, code) for code in codes])
    best = np.argsort(-gain, axis=0, kind="stable")[:2]
    flags = {
        basis.policy.label("criteria", code, lang): ((best == i) & (gain[i] > 0)).any(axis=0)
        for i, code in enumerate(codes)
    }
    return listed(flags, basis.n, lang)


def _still_to_gain(scores: pd.DataFrame, code: str) -> Floats:
    value, weight = (scores[f"{code}_{part}"].to_numpy(dtype=float, na_value=np.nan) for part in ("v", "w"))
    return np.asarray(np.nan_to_num(weight * (100 - value)))


def _more_for_ready(basis: Basis, ready: Bools) -> list[tuple[str, Bools]]:
    """A compound that is 可列入 for small works may still come in for the comprehensive renovation."""
    small = ready & ~basis.lead("A")
    return [
        ("reason.way.also_A", small & basis.verdicts.unknown("A")),
        ("reason.way.also_consent", small & basis.verdicts.yes("A") & ~basis.flag("consent")),
        ("reason.way.heating_too", ready & basis.verdicts.yes("AH")),
        ("reason.way.ready", ready),
    ]


def _consent_numbers(basis: Basis) -> dict[str, np.ndarray]:
    ledger, share = basis.ledger, basis.policy.fraction("consent_min_A")
    agree, whole = ledger.number("support_households_n"), ledger.number("households")
    need = np.ceil(share.numerator * whole / share.denominator - 1e-9)
    return {"agree": agree, "whole": whole, "need": need, "more": np.maximum(need - agree, 0.0)}
