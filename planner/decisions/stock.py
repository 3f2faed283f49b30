"""What stands in a compound: households, buildings, unit entrances, and whether its perimeter can be closed.

Known figures stay what they are; estimates (settings ``est_*``, grade J or K) are kept beside them and say so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.decisions.amounts import DERIVED, ESTIMATED, Amount, between, exact
from planner.decisions.kleene import Bools, Floats, Kleene, answer, known
from planner.decisions.ledger import Ledger
from planner.policy import Policy


@dataclass(frozen=True, slots=True)
class Stock:
    """Base figures of n compounds.

    households, buildings, units: known figures, NaN where unknown. buildings are the counted footprints where the
    compound has them, else the ledger's figure. households_est: known, else by floor area. unit_count: the units as a
    quantity, estimated where nobody counted them. courtyard: rule X4 (such a place gets neither gate nor fence; while
    that is unknown, the surveyor's word about the perimeter counts). closable: gates and fences make sense.
    road_est: metres of internal road, NaN where nothing tells.
    """

    households: Floats
    households_est: Floats
    buildings: Floats
    units: Floats
    unit_count: Amount
    courtyard: Kleene
    closable: Kleene
    road_est: Floats


def take_stock(ledger: Ledger, policy: Policy) -> Stock:
    """Return the base figures of every compound of ``ledger``."""
    households = ledger.number("households")
    households_est = first_known(households, _households_by_area(ledger, policy))
    buildings = first_known(ledger.measure("buildings_counted"), ledger.number("buildings_n"))
    courtyard = self_built(ledger, rule_params(policy, "self_built"))
    counted, units = _known_units(ledger, courtyard.yes)
    measured = ~np.isnan(counted)
    sure = exact(counted).pick(measured, exact(units, DERIVED))
    return Stock(
        households=households,
        households_est=households_est,
        buildings=buildings,
        units=units,
        unit_count=sure.or_else(_units_by_norm(households_est, buildings, policy)),
        courtyard=courtyard,
        closable=closable(ledger) & known(~courtyard.yes),
        road_est=_road_length(ledger, households_est, policy),
    )


def rule_params(policy: Policy, rule: str) -> str:
    """Return the ``params`` cell of the programme row that uses ``rule``; an unused rule has none."""
    used = policy.programmes.loc[policy.programmes["rule"] == rule, "params"]
    return str(used.iloc[0]) if len(used) else ""


def self_built(ledger: Ledger, params: str) -> Kleene:
    """Return whether the compound is a courtyard of self-built houses; ``params`` is ``object type+housing type``.

    Both must hold; another known object type settles it as no, whatever the housing type.
    """
    object_type, _, housing = params.partition("+")
    return ledger.is_in("object_type", [object_type]) & ledger.has_part("housing_type", [housing])


def closable(ledger: Ledger) -> Kleene:
    """Return whether the perimeter can be closed: 可 or 部分, and no public road through (a public road is not gated).

    不可 or a public road is no; 可 or 部分 with the road unknown is yes, since the surveyor who wrote it saw the place.
    """
    state = ledger.is_in("perimeter_closable", ["可", "部分"])
    road = ledger.is_true("public_road_through")
    return answer(state.yes & ~road.yes, state.no | road.yes, "perimeter_closable")


def custodian(ledger: Ledger, policy: Policy) -> Kleene:
    """Return whether somebody has taken responsibility in writing (settings.custodian_documents).

    A custodian is a document: 口头 and 无 are no, so is custodian_type 无; a firm in a bare ledger is unknown.
    """
    paper = ledger.is_in("custodian_doc", policy.values("custodian_documents"))
    nobody = ledger.is_in("custodian_type", ["无"])
    return answer(paper.yes & ~nobody.yes, paper.no | nobody.yes, "custodian_doc")


def custodian_of(ledger: Ledger, policy: Policy, level: str) -> Kleene:
    """Return whether the compound has a custodian of ``level`` or better: none, self_group, community, firm.

    Which types reach a level is policy (settings.custodian_<level>); any custodian reaches self_group.
    """
    anybody = custodian(ledger, policy)
    if level == "none":
        return answer(np.ones(ledger.n, bool), np.zeros(ledger.n, bool))
    if level == "self_group":
        return anybody
    levels = ("community", "firm") if level == "community" else ("firm",)
    types = [word for name in levels for word in policy.values(f"custodian_{name}")]
    return anybody & ledger.is_in("custodian_type", types)


def first_known(*choices: Floats) -> Floats:
    """Return per row the first of ``choices`` that is not NaN."""
    result = choices[0]
    for other in choices[1:]:
        result = np.where(np.isnan(result), other, result)
    return result


def _households_by_area(ledger: Ledger, policy: Policy) -> Floats:
    area = first_known(ledger.number("floor_area_m2"), ledger.measure("gross_floor_area_m2"))
    return np.where(area > 0, np.round(area / policy.number("est_m2_per_household")), np.nan)


def _known_units(ledger: Ledger, courtyard: Bools) -> tuple[Floats, Floats]:
    counted = ledger.number("units_n")
    rows = ledger.rows("buildings")
    summed = np.where(rows.count() > 0, rows.total(rows.number("units_n")), np.nan)
    known = first_known(counted, summed)
    return counted, np.where(np.isnan(known) & courtyard, 0.0, known)


def _units_by_norm(households: Floats, buildings: Floats, policy: Policy) -> Amount:
    few, usual, many = (policy.number(f"units_per_h{end}") for end in ("_high", "", "_low"))
    value = np.maximum(np.round(households / usual), 1.0)
    by_people = between(np.fmin(np.ceil(households / few), value), value, np.fmax(np.ceil(households / many), value))
    each = policy.number("est_units_per_building")
    by_house = between(buildings, buildings * each, buildings * (each + 1), ESTIMATED)
    return by_people.or_else(by_house)


def _road_length(ledger: Ledger, households: Floats, policy: Policy) -> Floats:
    by_area = ledger.number("road_area_m2") / policy.number("est_road_width_m")
    inside = ledger.measure("road_inside_m")
    by_people = households * policy.number("est_road_m_per_h")
    return first_known(ledger.number("road_length_m"), by_area, np.where(inside > 0, inside, np.nan), by_people)
