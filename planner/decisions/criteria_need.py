"""Raw values of the need criteria n1 to n8 (CONTRACTS 2 "Criteria", domain.md 6.2)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.decisions.deficits import MIXED_DRAINS
from planner.decisions.kleene import Bools, Floats, Kleene, answer
from planner.decisions.raw_values import (
    CriterionInputs,
    Part,
    RawRule,
    RawValue,
    between,
    exactly,
    labelled,
    mean_of,
    share_part,
    shrunk_rate,
    yes_part,
)
from planner.decisions.years import built_years

DANGEROUS = ("C", "D")
GRADES = ("A", "B", *DANGEROUS)


def safety_count(inputs: CriterionInputs) -> RawValue:
    """n1: 2 [any building C or D] + [gas] + [corridor] + 2 [fire lane] + [hydrant] + [indoor charging].

    The value counts the hazards that are certain. That no building is listed as C or D counts as an answer once the
    register has a date (settings.hazard_register_as_of) or every building has its grade.
    """
    flags = inputs.deficits.answers
    names = ("gas_hazard", "corridor_hazard", "fire_lane_bad", "hydrant_bad", "indoor_charging")
    hazards = [(_dangerous(inputs), 2.0), *((flags[name], 2.0 if name == "fire_lane_bad" else 1.0) for name in names)]
    low = np.sum([weight * hazard.yes for hazard, weight in hazards], axis=0)
    high = np.sum([weight * ~hazard.no for hazard, weight in hazards], axis=0)
    nothing_known = np.logical_and.reduce([hazard.unknown for hazard, _ in hazards])
    return between(low, low, high, unknown=nothing_known)


def _dangerous(inputs: CriterionInputs) -> Kleene:
    rows = inputs.ledger.rows("buildings")
    told = rows.is_in("hazard_grade", GRADES)
    graded = rows.any_row(rows.is_in("hazard_grade", DANGEROUS), told, "hazard_grade")
    compared = inputs.policy.date("hazard_register_as_of") is not None
    return graded.presume_no(np.full(inputs.ledger.n, compared))


def age_years(inputs: CriterionInputs) -> RawValue:
    """n2: as-of year less the year of the oldest main building; a year told with two ends counts from their mean."""
    years = built_years(inputs.ledger, inputs.policy)
    told = years.hearsay | years.guessed
    first = np.fmin(years.low, years.high)
    last = np.where(told, np.fmax(years.low, years.high), first)
    year = inputs.as_of.year
    return between(year - (first + last) / 2, year - last, year - first, unknown=np.isnan(first))


def security_deficit(inputs: CriterionInputs) -> RawValue:
    """n3: mean of what is lacking of unit locks, barrier lanes and cameras, each 1 - working / needed.

    A place that cannot be closed or has no vehicle gate has no barrier part. Working devices are at most as many as
    exist; where neither is known the part is open.
    """
    number = inputs.number
    doors = number("lock_target")
    locks = _lack((doors, doors), number("lock_working"), number("lock_existing"))
    lanes = (number("lanes_needed_low"), number("lanes_needed_high"))
    barriers = _lack(lanes, number("lanes_existing"), number("lanes_existing"))
    target = (number("camera_target_low"), number("camera_target_high"))
    cameras = _lack(target, number("camera_working"), number("camera_existing"))
    return mean_of([locks, barriers, cameras])


def _lack(needed: tuple[Floats, Floats], working: Floats, existing: Floats) -> Part:
    """The share of the needed devices that do not work, from least to most, over all that is left open."""
    fewest, most = np.nan_to_num(needed[0], nan=0.0), np.nan_to_num(needed[1], nan=np.inf)
    sure = np.nan_to_num(working, nan=0.0)
    at_best = np.where(np.isnan(working), np.nan_to_num(existing, nan=np.inf), working)
    na = most == 0
    least = 1.0 - _covered(at_best, np.maximum(fewest, 1.0))
    greatest = 1.0 - _covered(sure, np.maximum(most, 1.0))
    return Part(np.where(na, 0.0, least), np.where(na, 0.0, greatest), na, ~na & (fewest == 0))


def _covered(devices: Floats, needed: Floats) -> Floats:
    return np.where(np.isinf(needed), 0.0, np.minimum(devices / np.where(np.isinf(needed), 1.0, needed), 1.0))


def property_status(inputs: CriterionInputs) -> RawValue:
    """n4: the property service as it stands in the ledger; blank is unknown, never 无."""
    return _own_label(inputs, "property_status")


def heat_distress(inputs: CriterionInputs) -> RawValue:
    """n5: the worst of pipe age, cold homes, complaints per 1,000 households and bursts per km, each 0..100.

    na without district heating. The company's complaints count where a branch serves this compound alone; those of a
    shared branch cannot be told apart without looking at other compounds.
    """
    heat, policy = inputs.deficits.need.heating, inputs.policy
    hotline = inputs.ledger.number("hotline_12m_heating") / inputs.households * 1000
    company, shared = _company_complaints(inputs)
    figures = (
        ("age", inputs.as_of.year - heat.laid_year),
        ("fail", heat.fail),
        ("bursts", heat.bursts),
        ("complaints", hotline),
        ("complaints", np.where(shared, 0.0, company)),
    )
    values = [np.interp(figure, *policy.curve(f"heat_curve_{name}")) for name, figure in figures]
    worst = np.fmax.reduce(values)
    open_figure = np.logical_or.reduce([np.isnan(value) for value in values]) | heat.network.unknown
    unknown = np.logical_and.reduce([np.isnan(value) for value in (*values[:4], company)])
    low = np.where(heat.network.unknown, 0.0, worst)
    return between(worst, low, np.where(open_figure, 100.0, worst), unknown=unknown, na=heat.network.no)


def _company_complaints(inputs: CriterionInputs) -> tuple[Floats, Bools]:
    """Complaints to the company per 1,000 households on branches of this compound alone, and where one is shared."""
    rows = inputs.ledger.rows("heat_branches")
    alone = ~rows.frame["compound_ids"].str.contains(";", na=False).to_numpy(dtype=bool)
    own = rows.pick(alone)
    total = np.where(own.count() > 0, own.total(own.number("complaints_season")), np.nan)
    return total / inputs.households * 1000, rows.count(~alone) > 0


def basic_deficit_mean(inputs: CriterionInputs) -> RawValue:
    """n6: mean of road damage, ponding, broken stair lights, overhead lines, too few e-bike ports, mixed drains."""
    ledger, na = inputs.ledger, inputs.ledger.not_applicable
    return mean_of(
        [
            share_part(ledger.number("road_bad_share"), na("road_bad_share")),
            yes_part(ledger.above("ponding_points", 0), na("ponding_points")),
            share_part(ledger.number("stair_light_broken_rate"), na("stair_light_broken_rate")),
            yes_part(ledger.above("lines_overhead_m", 0), na("lines_overhead_m")),
            yes_part(_few_ports(inputs), na("ebike_ports_n")),
            yes_part(ledger.is_in("drain_type", MIXED_DRAINS), na("drain_type")),
        ]
    )


def _few_ports(inputs: CriterionInputs) -> Kleene:
    ports = inputs.ledger.number("ebike_ports_n")
    wanted = inputs.policy.number("ebike_ports_per_h") * inputs.households
    return answer(ports < wanted - 1e-9, ports >= wanted - 1e-9, "ebike_ports_n")


def police_rate(inputs: CriterionInputs) -> RawValue:
    """n7: police calls (thefts where only these are told) per 100 households and year, shrunk to the frozen prior."""
    ledger, policy = inputs.ledger, inputs.policy
    events = _first_known([ledger.number("police_calls_12m"), ledger.number("theft_12m")])
    rate = shrunk_rate(
        events,
        ledger.number("households"),
        per=100,
        prior=policy.number("police_prior_per100"),
        k=policy.number("shrink_k"),
    )
    return exactly(rate, ledger.not_applicable("police_calls_12m"))


def households(inputs: CriterionInputs) -> RawValue:
    """n8: households; small places are hard to serve."""
    return exactly(inputs.households, inputs.ledger.not_applicable("households"))


def _first_known(choices: Sequence[Floats]) -> Floats:
    result = choices[0]
    for other in choices[1:]:
        result = np.where(np.isnan(result), other, result)
    return result


def _own_label(inputs: CriterionInputs, field: str) -> RawValue:
    return labelled(inputs.label(field), inputs.ledger.not_applicable(field))


RAW: dict[str, RawRule] = {
    "safety_count": safety_count,
    "age_years": age_years,
    "security_deficit": security_deficit,
    "property_status": property_status,
    "heat_distress": heat_distress,
    "basic_deficit_mean": basic_deficit_mean,
    "police_rate_shrunk": police_rate,
    "households": households,
}
