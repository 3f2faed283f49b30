"""The suggested action of every compound: one of seven states, the first that holds (CONTRACTS 2 "Action states").

Safety is an overlay on any state and never moves a compound in or out of the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decisions.deficits import Deficits
from planner.decisions.kleene import Bools, Kleene, answer, from_boolean, known
from planner.decisions.ledger import Ledger
from planner.decisions.programmes import wide
from planner.decisions.stock import custodian
from planner.district.district import District
from planner.policy import Policy

EXCLUDED, LISTED, READY, CUSTODIAN_FIRST, CONSULT_FIRST, TO_VERIFY, NO_NEED = (
    "不予安排",
    "已列入/在建",
    "可列入",
    "先落实管护",
    "先征询意愿",
    "待核实",
    "维修维护/暂无需求",
)
STATES = (READY, CUSTODIAN_FIRST, CONSULT_FIRST, TO_VERIFY, LISTED, EXCLUDED, NO_NEED)
"""The states in the order of the tabs of 总览."""

VERIFY_KINDS = ("资料空白", "重点摸底", "暂缓摸底", "核实后定")
UNDER_WAY = ("已公示", "已批", "施工", "完工")
EXCLUSIONS = ("X1", "X2", "X8")
Labels = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the states rest on, all three-valued."""

    held: dict[str, Kleene]
    custodian: Kleene
    consent: Kleene
    consent_micro: Kleene
    under_way: Bools

    def ready(self) -> dict[str, Kleene]:
        """Return by programme whether it is 符合 with custodian and consent: what makes a compound 可列入."""
        micro = self.held["M"] & self.custodian & self.consent_micro
        return {"A": self.held["A"] & self.custodian & self.consent, "M": micro, "E": self.held["E"]}


def decide(
    district: District, programmes: pd.DataFrame, deficits: Deficits, *, scores: pd.DataFrame, policy: Policy
) -> pd.DataFrame:
    """Return the state of every compound: index compound_id.

    state: one of STATES. verify: the kind of 待核实 in the 初筛 profile, else missing. safety: boolean, with what it is
    about in safety_zh and safety_en. lead: the programme under which the compound is counted, the first of
    settings.headline_order that makes it 可列入 (otherwise the first that is 符合); empty without one. custodian,
    consent: boolean, missing where unknown. ``programmes`` is `programmes.evaluate`, ``scores`` `scoring.score`.
    """
    ledger = deficits.need.ledger
    facts = _facts(programmes, ledger, policy)
    state = _states(facts)
    index = district.compounds.index
    columns = {
        "state": pd.array(state, dtype="string"),
        "verify": verify_kinds(state, ledger, scores.reindex(index), policy),
        "safety": pd.array(facts.held["S"].yes, dtype="boolean"),
        "lead": pd.array(_lead(state, facts, policy), dtype="string"),
        "custodian": facts.custodian.series(index),
        "consent": facts.consent.series(index),
    }
    return pd.DataFrame(columns, index=index).assign(**_safety_words(programmes, index))


def agreed(ledger: Ledger, share: Fraction) -> Kleene:
    """Return whether households in favour reach an exact share of all; who has not answered is neither yes nor no."""
    agree, whole = ledger.number("support_households_n"), ledger.number("households")
    still_open = np.fmax(whole - ledger.number("surveyed_households_n"), ledger.number("households_not_reached"))
    most = np.fmin(agree + still_open, whole)
    need = share.numerator * whole
    return answer(share.denominator * agree >= need, share.denominator * most < need, "support_households_n")


def _facts(programmes: pd.DataFrame, ledger: Ledger, policy: Policy) -> _Facts:
    table = wide(programmes).reindex(ledger.index)
    nowhere = known(np.zeros(ledger.n, dtype=bool))
    codes = (*EXCLUSIONS, "X4", "A", "M", "E", "Z", "S")
    held = {code: from_boolean(table[code]) if code in table else nowhere for code in codes}
    below = from_boolean(table["X7"]) if "X7" in table else ~known(np.ones(ledger.n, dtype=bool))
    micro = policy.text("consent_min_M")
    rows = ledger.rows("interventions")
    return _Facts(
        held=held,
        custodian=custodian(ledger, policy),
        consent=~below,
        consent_micro=agreed(ledger, policy.fraction("consent_min_M")) if micro else ~nowhere,
        under_way=rows.count(rows.is_in("status", UNDER_WAY)) > 0,
    )


def _states(facts: _Facts) -> Labels:
    held, keeper = facts.held, facts.custodian
    ready = facts.ready()
    works = held["A"].yes | held["M"].yes
    asked = (held["A"].yes & ~facts.consent.yes) | (held["M"].yes & ~facts.consent_micro.yes)
    unsettled = held["A"].unknown | held["M"].unknown | held["Z"].unknown
    choices: Sequence[tuple[Bools, str]] = (
        (np.logical_or.reduce([held[code].yes for code in EXCLUSIONS]), EXCLUDED),
        (facts.under_way, LISTED),
        (np.logical_or.reduce([answer_.yes for answer_ in ready.values()]), READY),
        (held["Z"].yes | (works & keeper.no), CUSTODIAN_FIRST),
        (asked & keeper.yes, CONSULT_FIRST),
        (unsettled | (held["E"].unknown & held["X4"].yes) | (works & keeper.unknown), TO_VERIFY),
    )
    labels = np.full(len(keeper), NO_NEED, dtype=object)
    for where, label in reversed(choices):
        labels[where] = label
    return labels


def _lead(state: Labels, facts: _Facts, policy: Policy) -> Labels:
    lead, ready = np.full(len(state), "", dtype=object), facts.ready()
    for code in reversed(policy.values("headline_order")):
        makes_ready = (state == READY) & ready[code].yes
        lead[makes_ready | ((state != READY) & facts.held[code].yes)] = code
    return lead


def verify_kinds(
    state: Labels, ledger: Ledger, scores: pd.DataFrame, policy: Policy
) -> pd.api.extensions.ExtensionArray:
    """Return the kind of 待核实 (VERIFY_KINDS) by the range of the score, in the 初筛 profile; else missing."""
    kinds = np.full(len(state), None, dtype=object)
    if policy.text("profile") == "screen":
        low, high = (scores[name].to_numpy(dtype=float, na_value=np.nan) for name in ("score_low", "score_high"))
        years = ledger.district.year_range.reindex(ledger.index)["year_lo"].notna().to_numpy(dtype=bool)
        empty = ~years & ~ledger.known("property_status")
        blank, first, later, open_ = VERIFY_KINDS
        kinds[:] = open_
        kinds[high < policy.number("screen_low")] = later
        kinds[low >= policy.number("screen_high")] = first
        kinds[empty] = blank
        kinds[state != TO_VERIFY] = None
    return pd.array(kinds, dtype="string")


def _safety_words(programmes: pd.DataFrame, index: pd.Index) -> dict[str, pd.Series]:
    rows = programmes.loc[(programmes["code"] == "S") & (programmes["result"] == "yes")].set_index("compound_id")
    words = {lang: rows[f"triggers_{lang}"].reindex(index).fillna("").astype("string") for lang in ("zh", "en")}
    return {f"safety_{lang}": text for lang, text in words.items()}
