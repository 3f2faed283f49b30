"""QUANTITIES: how much of an item a compound needs, by the names of the ``quantity`` column of items.csv.

Every function takes the deficits and the policy and returns an Amount for all compounds. Written figures are counted,
computed ones derived; where only the deficit is known, a norm gives an estimate with its range and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import shapely

from planner.decisions.amounts import DERIVED, ESTIMATED, Amount, between, exact, nothing, roughly
from planner.decisions.cameras import POLE, WALL
from planner.decisions.deficits import Deficits, Need
from planner.decisions.gates import bays
from planner.decisions.kleene import Bools, Floats
from planner.decisions.ledger import Rows
from planner.decisions.stock import first_known
from planner.district.crs import metric_crs
from planner.policy import Policy

MOST_LANES = 2.0
"""Barrier lanes of a gate at most: in and out beside an island."""

Quantity = Callable[[Deficits, Policy], Amount]


def one_if_missing(deficits: Deficits, _policy: Policy) -> Amount:
    """One, where the deficit holds."""
    return exact(np.ones(deficits.need.ledger.n), DERIVED)


def units_without_lock(deficits: Deficits, _policy: Policy) -> Amount:
    """Unit doors without access control: unit entrances less those that have it."""
    units, existing = deficits.need.stock.unit_count, deficits.need.ledger.number("access_ctrl_units")
    had = np.nan_to_num(existing)
    ends = [np.maximum(values - had, 0.0) for values in (units.low, units.value, units.high)]
    low = np.where(np.isnan(existing), 0.0, ends[0])
    value = np.where(np.isnan(existing), np.nan, ends[1])
    return replace(between(low, value, ends[2]), method=units.method).with_share(units.value)


def locks_broken(deficits: Deficits, _policy: Policy) -> Amount:
    """Unit doors whose access control does not work; at most all that exist, or all doors."""
    return _broken(deficits, "access_ctrl_working", "access_ctrl_units", deficits.need.stock.unit_count.high)


def cameras_broken(deficits: Deficits, _policy: Policy) -> Amount:
    """Cameras that do not work; at most all that exist, or all that should."""
    return _broken(deficits, "cctv_working", "cctv_points", deficits.need.cameras.target.high)


def barriers_broken(deficits: Deficits, _policy: Policy) -> Amount:
    """Barriers that the device list names as broken."""
    devices = deficits.need.ledger.rows("devices")
    count = devices.count(devices.is_in("kind", ["道闸"]) & devices.is_in("status", ["现有损坏"]))
    return exact(count).with_share(np.fmax(deficits.need.gates.lanes_existing, count))


def ped_gates(deficits: Deficits, policy: Policy) -> Amount:
    """Kept pedestrian gates that stand open."""
    gates, homes = deficits.need.gates, deficits.need.stock.households_est
    norm = np.maximum(_up(homes / policy.number("ped_gate_per_h")), 1.0)
    return _bounded(gates.ped_uncontrolled, norm).with_share(gates.ped_kept.value)


def barrier_lanes(deficits: Deficits, _policy: Policy) -> Amount:
    """Barrier lanes still missing: one set per lane, by the width of each kept gate."""
    lanes, existing = deficits.need.gates.lanes, deficits.need.gates.lanes_existing
    low, value = (np.maximum(values - existing, 0.0) for values in (lanes.low, lanes.value))
    high = np.maximum(lanes.high - np.nan_to_num(existing), 0.0)
    unclear = np.isnan(value) & (low > 0)
    found = between(low, np.where(unclear, low, value), high, DERIVED).with_share(lanes.value)
    return _bounded(found, deficits.need.gates.vehicle_needed * MOST_LANES)


def cameras_wall(deficits: Deficits, _policy: Policy) -> Amount:
    """Cameras on walls: vehicle lanes, pedestrian gates, unit doors."""
    return deficits.need.cameras.count(WALL)


def cameras_pole(deficits: Deficits, _policy: Policy) -> Amount:
    """Cameras on poles: parking, sheds, roads, open perimeter, activity grounds."""
    return deficits.need.cameras.count(POLE)


def nvr_sets(deficits: Deficits, policy: Policy) -> Amount:
    """Recorders for the missing cameras: one per settings.nvr_channels."""
    channels, missing = policy.number("nvr_channels"), deficits.need.cameras.count((*WALL, *POLE))
    low, value, high = (np.ceil(values / channels) for values in (missing.low, missing.value, missing.high))
    return Amount(low, value, high, missing.method, missing.share)


def pub_cameras(deficits: Deficits, policy: Policy) -> Amount:
    """Cameras to ask of the police: two at a single building, else one per building on a public road."""
    need = deficits.need
    single = need.stock.buildings == 1
    several = between(np.fmin(need.stock.buildings, 1.0), need.stock.buildings, need.stock.buildings)
    wanted = ~deficits.answers["camera_missing_no_custodian"].no & ~single
    return exact(np.full(need.ledger.n, policy.number("pub_cameras_single")), DERIVED).pick(
        single, _on_public_road(need, wanted, policy).or_else(several)
    )


def stair_lights(deficits: Deficits, policy: Policy) -> Amount:
    """Stair lights that do not burn: lights counted, else one per floor and unit, times the broken share."""
    need = deficits.need
    rate = need.ledger.number("stair_light_broken_rate")
    counted = need.ledger.number("stair_lights_n")
    buildings = need.ledger.rows("buildings")
    landings = buildings.total(buildings.number("floors") * buildings.number("units_n"))
    by_floor = np.where((buildings.count() > 0) & (landings > 0), landings, np.nan)
    by_norm = need.stock.unit_count.value * policy.number("est_floors")
    lights = exact(_up(counted * rate)).with_share(counted)
    derived = exact(_up(by_floor * rate), DERIVED).with_share(by_floor)
    estimate = _spread(by_norm * rate, policy).with_share(by_norm)
    return _bounded(lights.or_else(derived).or_else(estimate), first_known(counted, by_floor, _up(by_norm)))


def yard_lights(deficits: Deficits, policy: Policy) -> Amount:
    """Yard lights: the dark length by settings.light_spacing_m, else the length of the roads."""
    spacing = policy.number("light_spacing_m")
    dark = deficits.need.ledger.number("dark_length_m")
    dark = np.where(dark > 0, dark, np.nan)
    return exact(_up(dark / spacing), DERIVED).or_else(_spread(deficits.need.stock.road_est / spacing, policy))


def fire_lane_length(deficits: Deficits, policy: Policy) -> Amount:
    """Metres of fire-engine access to be cleared, else about the length of the roads."""
    return _length(deficits, "fire_lane_length_m", policy)


def hydrants(deficits: Deficits, policy: Policy) -> Amount:
    """Hydrants by settings.hydrant_spacing_m along the roads, at least one."""
    count = np.maximum(_up(deficits.need.stock.road_est / policy.number("hydrant_spacing_m")), 1.0)
    one = np.ones(len(count))
    return between(one, first_known(count, one), first_known(count, one), ESTIMATED)


def charging_ports(deficits: Deficits, policy: Policy) -> Amount:
    """E-bike ports still missing of settings.ebike_ports_per_h per household."""
    target = _up(deficits.need.stock.households * policy.number("ebike_ports_per_h"))
    existing = deficits.need.ledger.number("ebike_ports_n")
    short = np.maximum(target - existing, 0.0)
    most = np.maximum(_up(deficits.need.stock.households_est * policy.number("ebike_ports_per_h")), 0.0)
    return between(short, short, np.where(np.isnan(short), most, short), DERIVED).with_share(target)


def bad_road(deficits: Deficits, policy: Policy) -> Amount:
    """Square metres of broken road: road area times its bad share, the area by length where nobody measured it."""
    ledger = deficits.need.ledger
    share, area = ledger.number("road_bad_share"), ledger.number("road_area_m2")
    by_length = deficits.need.stock.road_est * policy.number("est_road_width_m")
    found = exact(_whole(area * share), DERIVED).or_else(_spread(by_length * share, policy))
    return replace(_bounded(found, first_known(area, by_length)), share=share)


def bad_drains(deficits: Deficits, policy: Policy) -> Amount:
    """Metres of drain to renew, else about the length of the roads."""
    return _length(deficits, "drain_bad_m", policy)


def open_perimeter(deficits: Deficits, _policy: Policy) -> Amount:
    """Metres of perimeter that stand open."""
    number = deficits.need.ledger.number
    by_closed = np.maximum(number("perimeter_m") - number("closed_perimeter_m"), 0.0)
    whole = first_known(number("perimeter_m"), deficits.need.ledger.measure("perimeter_m"))
    found = exact(_whole(number("open_perimeter_m"))).or_else(exact(_whole(by_closed), DERIVED))
    return _bounded(found, _up(whole)).with_share(whole)


def leaking_roofs(deficits: Deficits, policy: Policy) -> Amount:
    """Square metres of the roofs that leak: their footprints, else their share of the floor area."""
    need = deficits.need
    rows = need.ledger.rows("buildings")
    leaking = rows.pick(rows.flag("roof_leak"))
    drawn = np.where(leaking.count() > 0, leaking.total(_footprints(need, leaking)), np.nan)
    storey = first_known(need.ledger.number("floor_area_m2"), need.stock.households_est * _per_household(policy))
    buildings = np.where(need.stock.buildings > 0, need.stock.buildings, np.nan)
    part = np.minimum(leaking.count() / buildings, 1.0)
    estimate = storey / policy.number("est_floors")
    found = exact(_whole(drawn), DERIVED).or_else(_spread(np.where(part > 0, estimate * part, np.nan), policy))
    return _bounded(found, _up(estimate))


def waste_points(deficits: Deficits, policy: Policy) -> Amount:
    """Waste points: one for settings.waste_h households, up to one for settings.waste_h_min."""
    homes = deficits.need.stock.households_est
    usual, many = (np.maximum(_up(homes / policy.number(key)), 1.0) for key in ("waste_h", "waste_h_min"))
    return between(usual, usual, many, DERIVED)


def heated_area(deficits: Deficits, policy: Policy) -> Amount:
    """Square metres heated: the floor area, else by footprints and floors, else by households."""
    need = deficits.need
    by_people = need.stock.households * _per_household(policy)
    written = exact(_whole(need.ledger.number("floor_area_m2")))
    drawn = exact(_whole(need.ledger.measure("gross_floor_area_m2")), DERIVED)
    return written.or_else(drawn).or_else(_spread(by_people, policy))


def overhead_lines(deficits: Deficits, _policy: Policy) -> Amount:
    """Metres of overhead lines."""
    return _bounded(exact(_whole(deficits.need.ledger.number("lines_overhead_m"))), deficits.need.stock.road_est)


def unit_entrances(deficits: Deficits, _policy: Policy) -> Amount:
    """All unit entrances (for items that a planner chooses)."""
    return deficits.need.stock.unit_count


def buildings(deficits: Deficits, _policy: Policy) -> Amount:
    """All buildings (for items that a planner chooses)."""
    return exact(deficits.need.stock.buildings)


def vehicle_gates(deficits: Deficits, _policy: Policy) -> Amount:
    """All vehicle gates (for items that a planner chooses)."""
    return exact(deficits.need.ledger.number("vehicle_gates_n"))


def tenth_of_bays(deficits: Deficits, policy: Policy) -> Amount:
    """One charger for ten parking bays (for items that a planner chooses)."""
    return exact(_up(bays(deficits.need.ledger, policy) * policy.number("ev_per_bay")), DERIVED)


def bare_green(deficits: Deficits, _policy: Policy) -> Amount:
    """Square metres of bare green: green area times its bare share."""
    number = deficits.need.ledger.number
    area, share = number("green_area_m2"), number("bare_share")
    found = exact(_whole(area * share), DERIVED)
    return replace(_bounded(found, first_known(area, _up(deficits.need.ledger.measure("open_area_m2")))), share=share)


def ramps(deficits: Deficits, _policy: Policy) -> Amount:
    """Unit entrances without a ramp."""
    units = deficits.need.stock.unit_count.value
    return _bounded(exact(deficits.need.ledger.number("ramp_missing_n")), units).with_share(units)


def sewer_tanks(deficits: Deficits, _policy: Policy) -> Amount:
    """Septic tanks to renew where pipes block: one for sure, at most one per building; a survey has to tell."""
    one, most = np.ones(deficits.need.ledger.n), np.fmax(deficits.need.stock.buildings, 1.0)
    return between(one, one, most, ESTIMATED)


def by_hand(deficits: Deficits, _policy: Policy) -> Amount:
    """Chosen by a planner, never proposed."""
    return nothing(deficits.need.ledger.n)


def _broken(deficits: Deficits, part: str, whole: str, most: Floats) -> Amount:
    number = deficits.need.ledger.number
    count = exact(np.maximum(number(whole) - number(part), 0.0)).with_share(number(whole))
    return _bounded(count, first_known(number(whole), most))


def _length(deficits: Deficits, name: str, policy: Policy) -> Amount:
    written = deficits.need.ledger.number(name)
    known = exact(_whole(np.where(written > 0, written, np.nan)))
    return known.or_else(_spread(deficits.need.stock.road_est, policy))


def _bounded(amount: Amount, most: Floats) -> Amount:
    """The amount, at most ``most`` where nothing else bounds it."""
    return replace(amount, high=first_known(amount.high, most))


def _spread(values: Floats, policy: Policy) -> Amount:
    """An estimate with the usual range; an estimate of nothing is none."""
    return roughly(np.where(values > 0, values, np.nan), policy.number("estimate_low"), policy.number("estimate_high"))


def _up(values: Floats) -> Floats:
    return np.ceil(np.round(values, 9))


def _whole(values: Floats) -> Floats:
    return np.floor(np.round(values, 6) + 0.5)


def _per_household(policy: Policy) -> float:
    return policy.number("est_m2_per_household")


def _footprints(need: Need, buildings: Rows) -> Floats:
    if not len(buildings.at):
        return np.zeros(0)
    shapes = gpd.GeoSeries(buildings.frame["geometry"], crs=need.ledger.district.compounds.crs)
    area = shapes.to_crs(metric_crs(shapes)).area.to_numpy()
    return np.where(area > 0, area, np.nan)


def _on_public_road(need: Need, wanted: Bools, policy: Policy) -> Amount:
    """Buildings of the ``wanted`` compounds within settings.pub_road_m of a road of the layer; NaN without roads."""
    roads = need.ledger.district.layers["roads"].geometry
    rows = need.ledger.rows("buildings")
    rows = rows.pick(wanted[rows.at])
    if not len(rows.at) or not roads.notna().any():
        return nothing(need.ledger.n)
    shapes = gpd.GeoSeries(rows.frame["geometry"], crs=roads.crs)
    crs = metric_crs(shapes)
    tree = shapely.STRtree(roads.to_crs(crs).to_numpy())
    near = tree.query(shapes.to_crs(crs).to_numpy(), predicate="dwithin", distance=policy.number("pub_road_m"))[0]
    on_road = np.isin(np.arange(len(rows.at)), near)
    count = np.where(rows.count() > 0, rows.count(on_road), np.nan)
    return exact(np.where(count > 0, count, np.nan), DERIVED)


QUANTITIES: Mapping[str, Quantity] = MappingProxyType(
    {
        "one_if_missing": one_if_missing,
        "one_if_any": one_if_missing,
        "units_without_lock": units_without_lock,
        "units_lock_broken": locks_broken,
        "kept_ped_gates": ped_gates,
        "kept_ped_gates_small": ped_gates,
        "barrier_lanes": barrier_lanes,
        "barriers_broken": barriers_broken,
        "open_perimeter_m": open_perimeter,
        "cameras_wall": cameras_wall,
        "cameras_pole": cameras_pole,
        "nvr_sets": nvr_sets,
        "cameras_broken": cameras_broken,
        "pub_cameras": pub_cameras,
        "stair_lights": stair_lights,
        "dark_length_div_25": yard_lights,
        "fire_lane_length": fire_lane_length,
        "hydrants_missing": hydrants,
        "ports_short_015H": charging_ports,
        "bad_road_area": bad_road,
        "bad_drain_length": bad_drains,
        "roof_area_leak": leaking_roofs,
        "ramp_missing_n": ramps,
        "h_div_400": waste_points,
        "bare_green_area": bare_green,
        "lines_overhead_m": overhead_lines,
        "heated_area": heated_area,
        "units_without_door": units_without_lock,
        "units_n": unit_entrances,
        "buildings_n": buildings,
        "manned_gates": vehicle_gates,
        "parking_x_10pct": tenth_of_bays,
        "sewer_tanks": sewer_tanks,
        "manual": by_hand,
    }
)
