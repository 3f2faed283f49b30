"""The first and the third part of the sentence: what the compound is, and what stands in the way or is settled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planner.decisions import states
from planner.decisions.kleene import Bools
from planner.decisions.phrases import Words
from planner.decisions.reason_basis import Basis, count_of, field_flags, field_labels, first_of, listed
from planner.decisions.states import EXCLUSIONS, UNDER_WAY
from planner.decisions.years import built_years
from planner.text import t

SERVICES = ("专业物业", "单位自管", "社区托管", "居民自管", "应急物业", "无")
FIELDS_SHOWN = 2
Choices = Sequence[tuple[Bools, Words]]


def who_it_is(basis: Basis, lang: str, *, with_buildings: bool) -> Words:
    """Return 年代·栋·户·物业: ``1987年建、6栋216户、无物业``; an unknown part says so."""
    size = _size(basis, lang, with_buildings=with_buildings)
    values = {"year": _year(basis, lang), "size": size, "service": _service(basis, lang)}
    return basis.words("reason.facts", np.ones(basis.n, dtype=bool), lang, **values)


def size_words(basis: Basis, lang: str) -> Words:
    """Return buildings and households in words."""
    return _size(basis, lang, with_buildings=True)


def in_the_way(basis: Basis, lang: str, *, short: bool) -> Words:
    """Return 卡点: what blocks the compound, or that what usually blocks is settled. ``short``: without papers."""
    return first_words([*_closed(basis, lang, short), *_open(basis, lang, short)], basis.n)


def first_words(choices: Choices, n: int) -> Words:
    """Return per row the words of the first choice that holds there, empty where none does."""
    text = np.full(n, "", dtype=object)
    for where, words in reversed(choices):
        text[where] = words[where]
    return text


def missing_fields(basis: Basis) -> dict[str, Bools]:
    """Return the fields that keep a compound in 待核实: those of A, M and Z, of E in a courtyard, of the custodian."""
    fields = field_flags(basis, ("A", "M", "Z"))
    courtyard = basis.verdicts.yes("X4")
    fields = _merged(fields, {name: where & courtyard for name, where in field_flags(basis, ("E",)).items()})
    works = basis.verdicts.yes("A") | basis.verdicts.yes("M")
    nobody_said = basis.states["custodian"].isna().to_numpy(dtype=bool) & works
    return _merged(fields, {"custodian_doc": nobody_said})


def programme_status(basis: Basis, lang: str) -> Words:
    """Return the latest intervention that is announced, approved, under way or finished: ``2026年全面改造施工``."""
    rows = basis.ledger.rows("interventions")
    rows = rows.pick(rows.is_in("status", UNDER_WAY))
    stage = rows.frame["status"].map({name: i for i, name in enumerate(UNDER_WAY)}).to_numpy(dtype=float)
    year = np.nan_to_num(rows.number("year"), nan=0.0)
    ids = rows.frame["intervention_id"].fillna("").to_numpy(dtype=str)
    order = np.lexsort((ids, stage, year, rows.at))[::-1]
    at, last = np.unique(rows.at[order], return_index=True)
    chosen = order[last]
    codes = rows.frame["programme"].fillna("").to_numpy(dtype=object)
    statuses = np.array([t(f"reason.status.{i}", lang) for i in range(len(UNDER_WAY))], dtype=object)
    where, when = np.zeros(basis.n, dtype=bool), np.zeros(basis.n)
    where[at], when[at] = True, year[chosen]
    names, status = np.full(basis.n, "", dtype=object), np.full(basis.n, "", dtype=object)
    names[at] = pd.Series(codes[chosen]).replace(_programme_names(basis, lang)).to_numpy(dtype=object)
    status[at] = statuses[stage[chosen].astype(int)]
    return basis.words("reason.under_way", where, lang, year=when, programme=names, status=status)


def _programme_names(basis: Basis, lang: str) -> dict[str, str]:
    table = basis.policy.programmes[f"label_{lang}"]
    return {str(code): str(label) for code, label in table.items()}


def _merged(left: dict[str, Bools], right: dict[str, Bools]) -> dict[str, Bools]:
    merged = dict(left)
    for name, where in right.items():
        merged[name] = merged[name] | where if name in merged else where
    return {name: where for name, where in merged.items() if where.any()}


def _year(basis: Basis, lang: str) -> Words:
    years = built_years(basis.ledger, basis.policy)
    told, single = years.hearsay | years.guessed, years.low == years.high
    decade = ~single & (years.low % 10 == 0) & (years.high == years.low + 9)
    values = {"year": years.low, "low": years.low, "high": years.high}
    keys = (
        ("reason.year.unknown", years.unknown),
        ("reason.year.decade_told", years.hearsay & decade),
        ("reason.year.decade", decade & told),
        ("reason.year.told", years.hearsay & single),
        ("reason.year.span_told", years.hearsay),
        ("reason.year.one", single),
        ("reason.year.span", ~years.unknown),
    )
    return first_words([(where, basis.words(key, where, lang, **values)) for key, where in keys], basis.n)


def _size(basis: Basis, lang: str, *, with_buildings: bool) -> Words:
    houses, people = basis.number("buildings_n"), basis.ledger.number("households")
    has_houses, has_people = (houses > 0) & with_buildings, people > 0
    values = {"buildings": houses, "households": people}
    keys = (
        ("reason.size.both", has_houses & has_people),
        ("reason.size.households", has_people),
        ("reason.size.buildings", has_houses),
        ("reason.size.unknown", np.ones(basis.n, dtype=bool)),
    )
    return first_words([(where, basis.words(key, where, lang, **values)) for key, where in keys], basis.n)


def _service(basis: Basis, lang: str) -> Words:
    status = basis.ledger.text("property_status")
    everywhere = np.ones(basis.n, dtype=bool)
    choices = [
        ((status == name).to_numpy(dtype=bool, na_value=False), basis.words(f"reason.service.{i}", everywhere, lang))
        for i, name in enumerate(SERVICES)
    ]
    return first_words([*choices, (everywhere, basis.words("reason.service.unknown", everywhere, lang))], basis.n)


def _closed(basis: Basis, lang: str, short: bool) -> Choices:
    """What closes the list: exclusions, works under way, nothing to do."""
    excluded, nothing = basis.state(states.EXCLUDED), basis.state(states.NO_NEED)
    verdicts, say = basis.verdicts, basis.words
    column = f"triggers_{lang}"
    names = [(excluded & verdicts.yes(code), _excluded_words(basis, code, lang, short)) for code in EXCLUSIONS]
    renovated = (nothing & verdicts.yes("X3"), verdicts.words("X3", column))
    built = (("X10", "reason.block.new"), ("X5", "reason.block.late"))
    after = [renovated, *((nothing & verdicts.yes(code), say(key, nothing, lang)) for code, key in built)]
    return [
        *names,
        (basis.state(states.LISTED), programme_status(basis, lang)),
        *after,
        (nothing & verdicts.yes("W"), say("reason.block.repair", nothing, lang)),
        (nothing, say("reason.block.nothing", nothing, lang)),
    ]


def _excluded_words(basis: Basis, code: str, lang: str, short: bool) -> Words:
    if short:
        return basis.words(f"reason.block.{code}", basis.verdicts.yes(code), lang)
    return basis.verdicts.words(code, f"triggers_{lang}")


def _open(basis: Basis, lang: str, short: bool) -> Choices:
    """What the list waits for: a custodian, consent, facts; or what is settled already."""
    custodian_first, consult = basis.state(states.CUSTODIAN_FIRST), basis.state(states.CONSULT_FIRST)
    verify, ready = basis.state(states.TO_VERIFY), basis.state(states.READY)
    return [
        (custodian_first, basis.words("reason.block.no_custodian", custodian_first, lang)),
        (consult, consent_words(basis, consult, lang)),
        (verify, _missing_words(basis, lang)),
        (ready, _settled_words(basis, lang, short)),
    ]


def consent_words(basis: Basis, rows: Bools, lang: str) -> Words:
    """Return how consent stands in ``rows``: not asked, or households in favour and what is still lacking."""
    ledger, share = basis.ledger, basis.policy.fraction("consent_min_A")
    agree, whole = ledger.number("support_households_n"), ledger.number("households")
    need = np.ceil(share.numerator * whole / share.denominator - 1e-9)
    asked = ~np.isnan(agree) & ~(ledger.number("surveyed_households_n") == 0)
    values = {"agree": agree, "whole": whole, "more": need - agree, "need": need}
    keys = (
        ("reason.consent.enough", rows & asked & (agree >= need)),
        ("reason.consent.below", rows & asked & (agree < need)),
        ("reason.consent.agree", rows & asked & np.isnan(need)),
        ("reason.consent.not_asked", rows & ~asked),
    )
    return first_words([(where, basis.words(key, where, lang, **values)) for key, where in keys], basis.n)


def _missing_words(basis: Basis, lang: str) -> Words:
    flags = field_labels(basis, missing_fields(basis), lang)
    number = count_of(flags, basis.n)
    shown = listed(first_of(flags, basis.n, FIELDS_SHOWN), basis.n, lang)
    some, many = (number > 0) & (number <= FIELDS_SHOWN), number > FIELDS_SHOWN
    values = {"fields": shown, "n": number}
    return first_words(
        [
            (some, basis.words("reason.block.fields", some, lang, **values)),
            (many, basis.words("reason.block.fields_more", many, lang, **values)),
        ],
        basis.n,
    )


def _settled_words(basis: Basis, lang: str, short: bool) -> Words:
    everywhere = np.ones(basis.n, dtype=bool)
    paper = basis.flag("custodian")
    kinds = basis.ledger.text("custodian_doc").fillna("").to_numpy(dtype=object)
    papers = basis.policy.values("custodian_documents")
    names = np.full(basis.n, "", dtype=object)
    for number, kind in enumerate(papers):
        names[kinds == kind] = t(f"reason.paper.{number}", lang) if lang != "zh" else kind
    agree = basis.ledger.number("support_households_n")
    with_consent = basis.lead("A") & paper & ~np.isnan(agree)
    values = {"paper": names, "agree": agree}
    fenced = basis.deficits.need.stock.closable.no & basis.lead("M") & (not short)
    return first_words(
        [
            (fenced & paper, basis.words("reason.block.open_paper", fenced & paper, lang, **values)),
            (with_consent, basis.words("reason.block.paper_consent", with_consent, lang, **values)),
            (paper, basis.words("reason.block.paper", paper, lang, **values)),
            (everywhere, basis.words("reason.block.custodian_later", everywhere, lang)),
        ],
        basis.n,
    )
