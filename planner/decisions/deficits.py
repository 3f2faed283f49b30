"""What a compound lacks, three-valued, with the numbers behind it.

missing = target - existing (bought by fiscal money), broken = existing - working (repaired by whoever is in charge).
A deficit is yes, no or unknown with the fields that would settle it; unknown is never taken for either. The formulas
are CONTRACTS 2 "Items"; the names are those of settings.basic_deficits and of the ``deficit`` column of items.csv.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.decisions.cameras import FIELDS, POLE, WALL, Cameras, count_cameras
from planner.decisions.gates import Gates, count_gates
from planner.decisions.heating import Heating, read_heating
from planner.decisions.kleene import Floats, Kleene, answer, any_of, blank, known
from planner.decisions.ledger import Ledger
from planner.decisions.stock import Stock, custodian, take_stock
from planner.district.district import District
from planner.policy import Policy

FIRE_LANE_ISSUES = ("净宽不足", "净高不足", "堵塞占用", "封闭上锁")
BROKEN_OR_NONE = ("坏", "无")
MIXED_DRAINS = ("合流", "混接")


@dataclass(frozen=True, slots=True)
class Need:
    """Everything that rules, items and quantities know about what stands there and what lacks."""

    ledger: Ledger
    stock: Stock
    gates: Gates
    cameras: Cameras
    heating: Heating


@dataclass(frozen=True, slots=True)
class Deficits:
    """Deficits of every compound.

    flags: index compound_id, one ``boolean`` column per deficit (True: lacking, NA: unknown).
    numbers: index compound_id, Float64: targets, existing and working devices, heating figures (NA: unknown).
    answers: the flags with the fields that would settle an unknown; need: the arrays they come from.
    """

    flags: pd.DataFrame
    numbers: pd.DataFrame
    answers: Mapping[str, Kleene]
    need: Need


def find_deficits(district: District, measures: pd.DataFrame, policy: Policy) -> Deficits:
    """Return the deficits of every compound of ``district``.

    measures: `measures.measure(district)` (an empty frame: nothing is measured). Blank cells leave a deficit unknown.
    """
    need = _look_closely(district, measures, policy)
    answers = {**_devices(need), **_yard(need, policy), **_safety(need, policy)}
    answers |= _basic_names(answers) | _follow_ups(need, answers, policy)
    index = need.ledger.index
    flags = pd.DataFrame({name: a.series(index) for name, a in answers.items()}, index=index)
    return Deficits(flags, _numbers(need), answers, need)


def _look_closely(district: District, measures: pd.DataFrame, policy: Policy) -> Need:
    ledger = Ledger(district, measures)
    stock = take_stock(ledger, policy)
    gates = count_gates(ledger, stock, policy)
    cameras = count_cameras(ledger, stock, gates, policy)
    return Need(ledger, stock, gates, cameras, read_heating(ledger, policy))


def _devices(need: Need) -> dict[str, Kleene]:
    ledger = need.ledger
    return {
        "unit_lock_missing": _locks_missing(need),
        "unit_lock_broken": _fewer(ledger, "access_ctrl_working", "access_ctrl_units"),
        "ped_gate_open": need.gates.ped_open,
        "vehicle_gate_open": need.gates.lanes_missing,
        "barrier_broken": _barriers_broken(need),
        "camera_missing": need.cameras.shortage(),
        "camera_broken": _fewer(ledger, "cctv_working", "cctv_points"),
        "public_meter_missing": ledger.is_in("public_meter", ["无"]),
    }


def _locks_missing(need: Need) -> Kleene:
    """A place whose doors nobody counted lacks locks for sure when it has none (a courtyard has no unit doors)."""
    existing, doors = need.ledger.number("access_ctrl_units"), need.stock.units
    none_at_all = (existing == 0) & np.isnan(doors) & need.stock.courtyard.no
    fields = {"access_ctrl_units": np.isnan(existing), "units_n": np.isnan(doors)}
    return blank(answer((existing < doors) | none_at_all, (existing >= doors) | (doors == 0)), fields)


def _fewer(ledger: Ledger, part: str, whole: str) -> Kleene:
    some, all_ = ledger.number(part), ledger.number(whole)
    fields = {part: np.isnan(some), whole: np.isnan(all_)}
    return blank(answer(some < all_, (some >= all_) | (all_ == 0)), fields)


def _barriers_broken(need: Need) -> Kleene:
    """Barriers that the device list names as broken: a report, so what is not reported is no."""
    devices = need.ledger.rows("devices")
    return devices.listed(devices.is_in("kind", ["道闸"]) & devices.is_in("status", ["现有损坏"]))


def _yard(need: Need, policy: Policy) -> dict[str, Kleene]:
    ledger, number = need.ledger, policy.number
    stair = ledger.above("stair_light_broken_rate", number("stair_light_bad_min"))
    repaired_by_firm = ledger.is_in("property_status", policy.values("repairing_property"))
    buildings = ledger.rows("buildings")
    leak = buildings.any_row(buildings.flag("roof_leak"), buildings.known("roof_leak"), "roof_leak")
    return {
        "stair_light": stair,
        "stair_light_missing": stair & ~repaired_by_firm,
        "stair_light_broken": stair & repaired_by_firm,
        "road_light_missing": _dark(ledger),
        "road_bad": ledger.above("road_bad_share", number("road_bad_min")),
        "drain_bad": _drains_bad(ledger),
        "lines_overhead": ledger.above("lines_overhead_m", 0),
        "roof_leak": leak,
        "waste_none": ledger.is_in("waste_sorting", ["无"]),
        "sewer_block": ledger.above("sewer_block_12m", 0),
        "green_bare": ledger.above("bare_share", 0) & ledger.above("green_area_m2", 0),
        "ramp_missing": ledger.above("ramp_missing_n", 0),
        "ebike_ports_low": _ports_low(need, policy),
        "open_perimeter": _open_perimeter(ledger) & need.stock.closable,
    }


def _dark(ledger: Ledger) -> Kleene:
    """Lights bad or missing, or a dark stretch; the surveyor's 好 settles it while no dark stretch is written."""
    lights = ledger.is_in("road_light_ok", BROKEN_OR_NONE)
    stretch = ledger.number("dark_length_m") > 0
    return answer(lights.yes | stretch, lights.no & ~stretch, "road_light_ok")


def _drains_bad(ledger: Ledger) -> Kleene:
    signs = (
        ledger.above("drain_bad_m", 0),
        ledger.is_in("drain_type", MIXED_DRAINS),
        ledger.above("ponding_points", 0),
    )
    return any_of(signs)


def _open_perimeter(ledger: Ledger) -> Kleene:
    closed = ledger.number("perimeter_m") - ledger.number("closed_perimeter_m")
    length = np.where(np.isnan(ledger.number("open_perimeter_m")), closed, ledger.number("open_perimeter_m"))
    return answer(length > 0, length <= 0, "open_perimeter_m")


def _ports_low(need: Need, policy: Policy) -> Kleene:
    target = np.ceil(need.stock.households * policy.number("ebike_ports_per_h") - 1e-9)
    ports = need.ledger.number("ebike_ports_n")
    fields = {"ebike_ports_n": np.isnan(ports), "households": np.isnan(target)}
    return blank(answer(ports < target, ports >= target), fields)


def _safety(need: Need, policy: Policy) -> dict[str, Kleene]:
    ledger, buildings = need.ledger, need.ledger.rows("buildings")
    return {
        "fire_lane_bad": _fire_lane_bad(ledger, policy),
        "hydrant_bad": ledger.is_in("hydrant_ok", BROKEN_OR_NONE),
        "indoor_charging": ledger.is_true("indoor_charging"),
        "gas_hazard": buildings.any_row(buildings.flag("gas_hazard"), buildings.known("gas_hazard"), "gas_hazard"),
        "corridor_hazard": buildings.any_row(
            buildings.flag("corridor_hazard"), buildings.known("corridor_hazard"), "corridor_hazard"
        ),
        "grade_c": buildings.listed(buildings.is_in("hazard_grade", ["C"])),
    }


def _fire_lane_bad(ledger: Ledger, policy: Policy) -> Kleene:
    """Too narrow or blocked by the compound's own fields, or a fire entrance too narrow or too low by the survey."""
    width, height = policy.number("fire_lane_min_m"), policy.number("fire_lane_min_height_m")
    own = ledger.below("fire_lane_min_width_m", width) | ~ledger.is_true("fire_lane_ok")
    gates = ledger.rows("entrances")
    small = (gates.number("clear_width_m") < width) | (gates.number("clear_height_m") < height)
    seen = gates.count(gates.flag("is_fire_access") & small) > 0
    named = ledger.is_in("fire_lane_issue", FIRE_LANE_ISSUES).yes
    return any_of([own, answer(seen | named, ~(seen | named))])


def _basic_names(answers: Mapping[str, Kleene]) -> dict[str, Kleene]:
    """The eleven basic deficits of settings.basic_deficits, by the names used there."""
    same = {
        "unit_lock": "unit_lock_missing",
        "ped_gate": "ped_gate_open",
        "vehicle_gate": "vehicle_gate_open",
        "camera": "camera_missing",
        "road_light": "road_light_missing",
        "road": "road_bad",
        "drain": "drain_bad",
        "lines": "lines_overhead",
        "roof": "roof_leak",
        "waste": "waste_none",
    }
    return {short: answers[name] for short, name in same.items()}


def _follow_ups(need: Need, answers: Mapping[str, Kleene], policy: Policy) -> dict[str, Kleene]:
    """Deficits split by who could look after the device, by the size of the compound, by where the camera hangs."""
    ledger, cameras = need.ledger, need.cameras
    nobody = ~custodian(ledger, policy)
    road = ledger.is_true("public_road_through")
    street = known(need.stock.closable.no & road.yes)
    large = known(need.stock.households_est >= policy.number("ped_gate_per_h"))
    return {
        "unit_lock_with_custodian": answers["unit_lock_missing"] & known(~nobody.yes),
        "unit_lock_no_custodian": answers["unit_lock_missing"] & known(nobody.yes),
        "ped_gate_open_large": answers["ped_gate_open"] & large,
        "ped_gate_open_small": answers["ped_gate_open"] & ~large,
        "camera_wall_missing": cameras.shortage(WALL),
        "camera_pole_missing": cameras.shortage(POLE),
        "recorder_missing": answers["camera_missing"] & ~_stores_in_camera(need, policy),
        "camera_missing_no_custodian": (answers["camera_missing"] & nobody) | street,
    }


def _stores_in_camera(need: Need, policy: Policy) -> Kleene:
    """Whether a residents' group needs no recorder: at most settings.local_storage_max cameras are missing."""
    group = need.ledger.is_in("custodian_type", policy.values("custodian_self_group"))
    missing, few = need.cameras.count((*WALL, *POLE)), policy.number("local_storage_max")
    enough = answer(missing.high <= few, missing.low > few, *(FIELDS[name] for name in POLE))
    return known(group.yes) & enough


def _numbers(need: Need) -> pd.DataFrame:
    ledger, stock, gates, cameras, heat = need.ledger, need.stock, need.gates, need.cameras, need.heating
    columns: dict[str, Floats] = {
        "households_est": stock.households_est,
        "buildings_n": stock.buildings,
        "units_n": stock.units,
        "units_est": stock.unit_count.value,
        "lock_target": stock.units,
        "lock_existing": ledger.number("access_ctrl_units"),
        "lock_working": ledger.number("access_ctrl_working"),
        "camera_target_low": cameras.target.low,
        "camera_target": cameras.target.value,
        "camera_target_high": cameras.target.high,
        "camera_existing": cameras.existing,
        "camera_working": cameras.working,
        "lanes_needed_low": gates.lanes.low,
        "lanes_needed": gates.lanes.value,
        "lanes_needed_high": gates.lanes.high,
        "lanes_existing": gates.lanes_existing,
        "ped_gates_kept": gates.ped_kept.value,
        "ped_gates_open": gates.ped_uncontrolled.value,
        "heat_laid_year": heat.laid_year,
        "heat_fail": heat.fail,
        "heat_bursts": heat.bursts,
        "heat_complaints": heat.complaints,
    }
    frame = pd.DataFrame(columns, index=ledger.index)
    return frame.astype("Float64").mask(frame.isna())
