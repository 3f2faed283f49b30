"""Who could look after a compound that nobody looks after: Z, and the candidates Z1 to Z4 (domain.md 4.3 rows 1-5).

Z1 and Z2 look at neighbours, so another compound can make a place a candidate; a candidate is a hint for the
sub-district office and never enters the score, the order or an action state.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from planner.decisions.kleene import Bools, Floats, Kleene, answer, any_of, blank, known
from planner.decisions.ledger import Ledger
from planner.decisions.phrases import Phrase, Value, number_text
from planner.decisions.rule_parts import Evidence, Rule, RuleResult, limits
from planner.decisions.stock import custodian
from planner.district.crs import to_metric
from planner.policy import Policy

Places = npt.NDArray[np.intp]
FIRM = ("专业物业",)


def z_needed(facts: Evidence, _params: str, policy: Policy) -> RuleResult:
    """Z: no property service and no custodian document. Unknown service never makes a compound one without."""
    without = facts.ledger.is_in("property_status", ["无"])
    verdict = without & ~custodian(facts.ledger, policy)
    broken = facts.ledger.is_in("former_unit_status", ["破产"]).yes
    triggers = (
        Phrase("rule.z.no_service", without.yes),
        Phrase("rule.z.no_custodian", without.yes & verdict.yes),
        Phrase("rule.z.unit_gone", verdict.yes & broken),
    )
    return RuleResult(verdict, triggers)


def z1_neighbour(facts: Evidence, params: str, policy: Policy) -> RuleResult:
    """Z1: a compound with a firm stands within the metres of the setting in ``params``, in the same community."""
    place = _Neighbourhood(facts, limits(params, policy)[0])
    firm = facts.ledger.is_in("property_status", FIRM).yes
    near, perhaps = place.count(firm, True), place.count(firm, False)
    verdict = _settle(facts, place, near > 0, perhaps > 0)
    values: dict[str, Value] = {"n": near, "m": number_text(limits(params, policy)[0])}
    return RuleResult(verdict, (Phrase("rule.z1.neighbour", verdict.yes, values),))


def z2_group(facts: Evidence, params: str, policy: Policy) -> RuleResult:
    """Z2: small or single-building places without service near each other that together have enough households."""
    h_max, radius, enough = limits(params, policy)
    place = _Neighbourhood(facts, radius)
    stock = facts.deficits.need.stock
    small = any_of([answer(stock.households < h_max, stock.households >= h_max, "households"), _single(facts)])
    member, possible = facts.answer_of("Z").yes & small.yes, ~facts.answer_of("Z").no & ~small.no
    others, people = place.count(member, True), place.total(member, stock.households, True)
    most, crowd = place.count(possible, False), place.total(possible, stock.households, False)
    own = np.nan_to_num(stock.households)
    sure = (others > 0) & (people + own >= enough) & ~np.isnan(stock.households)
    open_size = np.isnan(stock.households) | place.any_nan(possible, stock.households)
    could = (most > 0) & ((crowd + own >= enough) | open_size)
    verdict = small & _settle(facts, place, sure, could)
    values = {"n": others + 1, "h": people + own}
    return RuleResult(verdict, (Phrase("rule.z2.group", verdict.yes, values),))


def z3_turnout(facts: Evidence, _params: str, _policy: Policy) -> RuleResult:
    """Z3: a vote of the owners was held and fewer than two thirds took part (民法典 278): no assembly can decide."""
    ledger = facts.ledger
    voted = ledger.is_in("vote_type", ["业主表决"])
    came, whole = ledger.number("surveyed_households_n"), ledger.number("households")
    too_few = blank(
        answer(3 * came < 2 * whole, 3 * came >= 2 * whole),
        {"surveyed_households_n": np.isnan(came), "households": np.isnan(whole)},
    )
    held = Kleene(voted.yes, np.zeros(facts.n, bool), {"vote_type": ~voted.yes})
    verdict = facts.answer_of("Z") & held & too_few
    return RuleResult(verdict, (Phrase("rule.z3.turnout", verdict.yes, {"came": came, "whole": whole}),))


def z4_else(facts: Evidence, _params: str, _policy: Policy) -> RuleResult:
    """Z4: the community stands in where Z holds and none of Z1 to Z3 is certain; it ends when one of them comes."""
    needed = facts.answer_of("Z")
    better = any_of([facts.answer_of(code) for code in ("Z1", "Z2", "Z3")]).yes
    verdict = needed & known(~better)
    return RuleResult(verdict, (Phrase("rule.z4.fallback", verdict.yes),))


def _single(facts: Evidence) -> Kleene:
    buildings = facts.deficits.need.stock.buildings
    counted = ~np.isnan(buildings)
    by_type = facts.ledger.is_in("object_type", ["单栋楼"]).yes
    return known(buildings == 1).pick(counted, answer(by_type, np.zeros(facts.n, bool), "buildings_n"))


def _settle(facts: Evidence, place: _Neighbourhood, sure: Bools, could: Bools) -> Kleene:
    verdict = answer(sure & place.known, ~could & place.known)
    fields = {"community_name": ~place.known, "geom_source": place.known}
    return facts.answer_of("Z") & blank(verdict, fields)


class _Neighbourhood:
    """Compounds of the same community around those that may need a custodian: for sure near, or perhaps near.

    Near for sure is measured between shapes; where either has no shape, everybody of the community is perhaps near.
    """

    def __init__(self, facts: Evidence, radius: float) -> None:
        ledger = facts.ledger
        self.n = ledger.n
        self.community = _communities(ledger)
        self.known = self.community >= 0
        self.shapeless = shapely.is_missing(ledger.district.compounds.geometry.to_numpy())
        asking = np.flatnonzero(~facts.answer_of("Z").no & self.known)
        self.here, self.there = _pairs_near(ledger, asking, self.community, radius)

    def count(self, who: Bools, sure_only: bool) -> Floats:
        """Return how many others of ``who`` stand near each compound, for sure or at most."""
        return self.total(who, np.ones(self.n), sure_only)

    def total(self, who: Bools, values: Floats, sure_only: bool) -> Floats:
        """Return the sum of ``values`` (NaN: 0) over the others of ``who`` near each compound."""
        weight = np.where(who, np.nan_to_num(values), 0.0)
        near = np.bincount(self.here, weights=weight[self.there], minlength=self.n).astype(float)
        return near if sure_only else near + self._perhaps(weight)

    def any_nan(self, who: Bools, values: Floats) -> Bools:
        """Return where a possible neighbour of ``who`` has no value."""
        return self.total(who, np.isnan(values).astype(float), False) > 0

    def _perhaps(self, weight: Floats) -> Floats:
        at = np.where(self.known, self.community, self.community.max(initial=-1) + 1)
        everybody, hidden = (np.bincount(at, weights=w)[at] for w in (weight, np.where(self.shapeless, weight, 0.0)))
        return np.where(self.known, np.where(self.shapeless, everybody - weight, hidden), 0.0)


def _communities(ledger: Ledger) -> npt.NDArray[np.intp]:
    """The community as a number, by code, else by sub-district and name; -1 where neither is told."""
    code, name = ledger.text("community_code"), ledger.text("community_name")
    full = (ledger.text("subdistrict_name").fillna("") + "/" + name).astype("str")
    return np.asarray(pd.factorize(code.astype("str").where(code.notna(), full.where(name.notna())))[0])


def _pairs_near(ledger: Ledger, asking: Places, community: Places, radius: float) -> tuple[Places, Places]:
    compounds = ledger.district.compounds
    if not len(asking) or not compounds.geometry.notna().any():
        return asking[:0], asking[:0]
    shapes = to_metric(compounds[["geometry"]]).geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    some = asking[~shapely.is_missing(shapes[asking])]
    here, there = tree.query(shapes[some], predicate="dwithin", distance=radius)
    here = some[here]
    same = (community[here] == community[there]) & (here != there)
    return here[same], there[same]


RULES: dict[str, Rule] = {
    "z_needed": z_needed,
    "z1_neighbour": z1_neighbour,
    "z2_group": z2_group,
    "z3_turnout": z3_turnout,
    "z4_else": z4_else,
}
