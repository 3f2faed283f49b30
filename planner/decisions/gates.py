"""Entrances: which are kept, how many barrier lanes they take, which pedestrian gates stand open.

Widths decide lanes (settings): below ``fire_lane_min_m`` none, from ``two_lane_min_m`` two with an island, else one
shared lane. A gate that the survey left undecided (未定) widens the quantity, it is never merged in silence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.decisions.amounts import Amount, between
from planner.decisions.kleene import Floats, Kleene, answer, blank
from planner.decisions.ledger import Ledger, Rows
from planner.decisions.stock import Stock, first_known
from planner.policy import Policy

VEHICLE = ("车行", "人车混行")
PEDESTRIAN = ("人行",)
GIVEN_UP = ("关闭", "合并")
BARRIERS = ("电动", "车牌识别")
CONTROLLED = ("手动", "电动", "车牌识别")


@dataclass(frozen=True, slots=True)
class Gates:
    """Gates of n compounds.

    lanes: barrier lanes to be had, 0 where none makes sense (perimeter, width, neither bays nor through traffic);
    lanes_missing, ped_open: is anything missing; ped_uncontrolled: how many kept pedestrian gates stand open;
    watch_lanes, watch_peds: what cameras look at;
    vehicle_needed: how many vehicle gates a place of this size needs.
    """

    lanes: Amount
    lanes_existing: Floats
    lanes_missing: Kleene
    ped_kept: Amount
    ped_uncontrolled: Amount
    ped_open: Kleene
    watch_lanes: Amount
    watch_peds: Amount
    vehicle_needed: Floats


def count_gates(ledger: Ledger, stock: Stock, policy: Policy) -> Gates:
    """Return what the entrances of every compound need; entrances that are given up do not count."""
    rows = ledger.rows("entrances")
    rows = rows.pick(~rows.is_in("keep", GIVEN_UP))
    vehicle, pedestrian = rows.pick(rows.is_in("gate_type", VEHICLE)), rows.pick(rows.is_in("gate_type", PEDESTRIAN))
    by_size = _needed_vehicle_gates(stock, policy)
    kept = _kept(ledger, vehicle, "vehicle_gates_n", by_size)
    physical = _lanes(ledger, vehicle, kept, policy)
    wanted = stock.closable & _worth_a_barrier(ledger, policy)
    lanes = _only_where(wanted, physical)
    existing = first_known(ledger.number("barrier_lanes_n"), _barriers_seen(vehicle, policy))
    ped_kept = _kept(ledger, pedestrian, "ped_gates_n", _needed_ped_gates(stock, policy))
    open_peds = _only_where(stock.closable, _uncontrolled(pedestrian, ped_kept))
    return Gates(
        lanes=lanes,
        lanes_existing=existing,
        lanes_missing=_lanes_missing(lanes, existing, wanted),
        ped_kept=ped_kept,
        ped_uncontrolled=open_peds,
        ped_open=_ped_open(open_peds, ped_kept, stock),
        watch_lanes=_watched(physical, kept),
        watch_peds=ped_kept,
        vehicle_needed=by_size,
    )


def lanes_of_width(width: Floats, policy: Policy) -> Floats:
    """Return the barrier lanes of gates with these clear widths in metres: 0, 1 or 2; NaN where unknown."""
    lanes = np.where(width >= policy.number("two_lane_min_m"), 2.0, 1.0)
    lanes = np.where(width < policy.number("fire_lane_min_m"), 0.0, lanes)
    return np.where(np.isnan(width), np.nan, lanes)


def bays(ledger: Ledger, policy: Policy) -> Floats:
    """Return parking bays: counted, else parking area by the area of a bay; NaN where unknown."""
    return first_known(ledger.number("parking_n"), ledger.number("parking_area_m2") / policy.number("bay_area_m2"))


def parking_area(ledger: Ledger, policy: Policy) -> Floats:
    """Return parking area in square metres: measured, else bays by the area of a bay; NaN where unknown."""
    return first_known(ledger.number("parking_area_m2"), ledger.number("parking_n") * policy.number("bay_area_m2"))


def _worth_a_barrier(ledger: Ledger, policy: Policy) -> Kleene:
    count, enough = bays(ledger, policy), policy.number("barrier_min_bays")
    return answer(count >= enough, count < enough, "parking_n") | ledger.is_true("through_traffic")


def _needed_vehicle_gates(stock: Stock, policy: Policy) -> Floats:
    return np.where(stock.households >= policy.number("vehicle_gates_h"), 2.0, 1.0)


def _needed_ped_gates(stock: Stock, policy: Policy) -> Floats:
    by_size = np.ceil(stock.households / policy.number("ped_gate_per_h"))
    return np.where(np.isnan(by_size), 1.0, np.maximum(by_size, 1.0))


def _kept(ledger: Ledger, gates: Rows, field: str, needed: Floats) -> Amount:
    """Consolidate first: keep what the survey keeps, of the undecided as many as the size needs; all are the bound."""
    sure = gates.count(gates.is_in("keep", ("保留",)))
    open_question = gates.count(gates.is_in("keep", ("未定",)))
    seen, surveyed = gates.count(), ledger.rows("entrances").count() > 0
    ledger_count = ledger.number(field)
    from_ledger = (seen == 0) & (~np.isnan(ledger_count) | ~surveyed)
    total = np.where(from_ledger, ledger_count, seen)
    usual = np.minimum(np.maximum(sure, np.minimum(needed, total)), total)
    decided = (open_question == 0) & ((sure == total) | (total <= needed))
    least = np.where(decided, total, np.minimum(np.maximum(sure, 1.0), total))
    return between(least, np.where(decided, total, usual), total, 0)


def _order(gates: Rows, *, widest: bool = True) -> Rows:
    """Kept gates first, then fire access, then the wider one; the id settles the rest, never the order of rows.

    Not widest: the narrowest of the undecided first, which is what the survey may decide at the least.
    """
    width = np.nan_to_num(gates.number("clear_width_m"), nan=-1.0)
    ids = gates.frame["entrance_id"].fillna("").to_numpy(dtype=str)
    kept = gates.is_in("keep", ("保留",))
    by_size = (-width, ~gates.flag("is_fire_access")) if widest else (width,)
    order = np.lexsort((ids, *by_size, ~kept, gates.at))
    return Rows(gates.n, gates.table, gates.frame.iloc[order], gates.at[order])


def _place(gates: Rows) -> Floats:
    """Return the place 0, 1, 2 ... of each gate within its compound; rows must be in order of compounds."""
    first = np.searchsorted(gates.at, gates.at, side="left")
    return (np.arange(len(gates.at)) - first).astype(float)


def _lanes(ledger: Ledger, vehicle: Rows, kept: Amount, policy: Policy) -> Amount:
    narrowest = ledger.number("fire_lane_min_width_m")
    narrowest = np.where(ledger.not_applicable("fire_lane_min_width_m"), np.nan, narrowest)
    row_sums = []
    for (count, unknown), widest in zip(_ends(kept), (False, True, True), strict=True):
        gates = _order(vehicle, widest=widest)
        width = first_known(gates.number("clear_width_m"), narrowest[gates.at])
        each = np.where(gates.flag("on_public_road"), 0.0, lanes_of_width(width, policy))
        row_sums.append(_first_gates(gates, each, count, unknown))
    by_ledger, seen = lanes_of_width(narrowest, policy), vehicle.count()
    ledger_sums = [np.where(count == 0, 0.0, count * _filled(by_ledger, unknown)) for count, unknown in _ends(kept)]
    low, value, high = (np.where(seen > 0, rows, own) for rows, own in zip(row_sums, ledger_sums, strict=True))
    sure = low == high
    return between(low, np.where(sure, high, value), high, 1)


def _ends(kept: Amount) -> tuple[tuple[Floats, float], ...]:
    """How many gates are kept at least, usually, at most, and the lanes of a gate whose width nobody measured."""
    return ((kept.low, 0.0), (kept.value, np.nan), (kept.high, 2.0))


def _first_gates(gates: Rows, each: Floats, count: Floats, unknown: float) -> Floats:
    used = np.where(_place(gates) < np.nan_to_num(count, nan=np.inf)[gates.at], _filled(each, unknown), 0.0)
    return gates.total(used)


def _filled(values: Floats, unknown: float) -> Floats:
    return np.where(np.isnan(values), unknown, values)


def _only_where(wanted: Kleene, amount: Amount) -> Amount:
    """The amount where it is wanted, 0 where it is not, from 0 to the amount where nobody knows."""
    zero = wanted.no | (amount.high == 0)
    low = np.where(wanted.yes, amount.low, 0.0)
    value = np.where(zero, 0.0, np.where(wanted.yes, amount.value, np.nan))
    high = np.where(zero, 0.0, amount.high)
    return Amount(low, value, high, amount.method, amount.share)


def _barriers_seen(vehicle: Rows, policy: Policy) -> Floats:
    """Barriers by the entrance rows, where every one of them says what it has."""
    lanes = np.nan_to_num(lanes_of_width(vehicle.number("clear_width_m"), policy), nan=1.0)
    there = vehicle.is_in("barrier", BARRIERS)
    complete = (vehicle.count() > 0) & (vehicle.count(~vehicle.known("barrier")) == 0)
    return np.where(complete, vehicle.total(np.where(there, np.maximum(lanes, 1.0), 0.0)), np.nan)


def _lanes_missing(lanes: Amount, existing: Floats, wanted: Kleene) -> Kleene:
    verdict = answer(existing < lanes.low, (existing >= lanes.high) | (lanes.high == 0))
    unclear = np.isnan(lanes.high) | (lanes.low < lanes.high)
    no_gates = np.isnan(lanes.high)
    fields = {**wanted.missing, "vehicle_gates_n": no_gates, "barrier_lanes_n": np.isnan(existing)}
    return blank(verdict, {**fields, "entrances.clear_width_m": unclear & wanted.yes & ~no_gates})


def _uncontrolled(pedestrian: Rows, kept: Amount) -> Amount:
    gates = _order(pedestrian)
    seen = gates.count()
    open_gate = np.where(gates.known("barrier"), ~gates.is_in("barrier", CONTROLLED), np.nan).astype(float)
    ends = ((kept.low, 0.0), (kept.value, np.nan), (kept.high, 1.0))
    low, value, high = (_first_gates(gates, open_gate, count, unknown) for count, unknown in ends)
    nobody_said = (seen == 0) & (kept.high != 0)
    low = np.where(nobody_said, 0.0, low)
    value = np.where(nobody_said, np.nan, np.where(low == high, high, value))
    return between(low, value, np.where(nobody_said, kept.high, high), 0)


def _ped_open(uncontrolled: Amount, kept: Amount, stock: Stock) -> Kleene:
    verdict = answer(uncontrolled.low > 0, uncontrolled.high == 0)
    uncounted = np.isnan(kept.high)
    fields = {**stock.closable.missing, "ped_gates_n": uncounted}
    return blank(verdict, {**fields, "entrances.barrier": ~uncounted & stock.closable.yes})


def _watched(physical: Amount, kept: Amount) -> Amount:
    """Lanes that a camera looks at: a gate too narrow for a barrier still is one lane."""
    low, high = np.maximum(physical.low, kept.low), np.maximum(physical.high, kept.high)
    value = np.maximum(physical.value, kept.value)
    return between(low, np.where(low == high, low, value), high, 1)
