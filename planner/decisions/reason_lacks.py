"""The largest shortfalls of a compound, with numbers: the second part of the sentence.

Candidates are the inputs of the need criteria; their size is what they contribute to the score of 复核 (criteria.csv
weight_review), so that the sentence names what the score rests on. A shortfall that is not certain is no candidate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.decisions.kleene import Bools, Floats
from planner.decisions.phrases import Value, Words
from planner.decisions.reason_basis import Basis
from planner.decisions.states import TO_VERIFY
from planner.policy import parse_points
from planner.text import t


@dataclass(frozen=True, slots=True)
class _Lack:
    """One kind of shortfall: its words, where it is, how much it weighs (points), and its numbers."""

    key: str
    where: Bools
    points: Floats
    values: dict[str, Value]


def largest_lacks(basis: Basis, lang: str) -> tuple[Words, Words]:
    """Return the largest and the second largest shortfall of every compound in words, empty where there is none."""
    lacks = [*_devices(basis), *_dangers(basis), *_yard(basis), *_heating(basis), *_broken(basis)]
    size = np.stack([np.where(lack.where, lack.points, 0.0) for lack in lacks])
    texts = np.stack([basis.words(lack.key, lack.where, lang, **lack.values) for lack in lacks])
    order = np.argsort(-size, axis=0, kind="stable")[:2]
    chosen = np.where(np.take_along_axis(size, order, axis=0) > 0, np.take_along_axis(texts, order, axis=0), "")
    first, second = chosen[0], chosen[1]
    open_question = basis.state(TO_VERIFY) & (first == "")
    first[open_question] = t("reason.lack.unknown", lang)
    return first, second


def _weight(basis: Basis, code: str) -> float:
    return float(basis.policy.criteria.at[code, "weight_review"]) if code in basis.policy.criteria.index else 0.0


def _share(missing: Floats, target: Floats) -> Floats:
    return np.divide(missing, target, out=np.ones(len(missing)), where=target > 0)


def _devices(basis: Basis) -> Sequence[_Lack]:
    third = _weight(basis, "n3") / 3
    doors, locks = basis.number("lock_target"), basis.number("lock_existing")
    cameras = basis.number("camera_existing")
    no_lock, few_locks = basis.lacks("unit_lock_missing"), doors - locks
    counted = no_lock & ~np.isnan(few_locks)
    none = locks == 0
    wall = basis.quantity(("cctv_wall", "cctv_pole"))
    no_camera = basis.lacks("camera_missing")
    lanes = basis.quantity(("bar_lane",))
    no_lane = basis.lacks("vehicle_gate_open") & (lanes > 0)
    gap = _share(wall, wall + np.nan_to_num(cameras))
    locks_gap = third * np.nan_to_num(_share(few_locks, doors), nan=1.0)
    return [
        _Lack("reason.lack.locks_none", counted & none, locks_gap, {"n": few_locks}),
        _Lack("reason.lack.locks_few", counted & ~none, locks_gap, {"n": few_locks}),
        _Lack("reason.lack.locks_uncounted", no_lock & ~counted, locks_gap, {}),
        _Lack("reason.lack.cameras_none", no_camera & (cameras == 0), np.full(basis.n, third), {}),
        _Lack("reason.lack.cameras_few", no_camera & (cameras > 0) & (wall > 0), third * gap, {"n": wall}),
        _Lack("reason.lack.lanes", no_lane, np.full(basis.n, third * 0.99), {"n": lanes}),
    ]


def _dangers(basis: Basis) -> Sequence[_Lack]:
    ledger, rows = basis.ledger, basis.ledger.rows("buildings")
    x, y = parse_points(basis.policy.criteria.at["n1", "points"])
    light, heavy = (np.full(basis.n, _weight(basis, "n1") * np.interp(k, x, y) / 100) for k in (1.0, 2.0))
    width = ledger.number("fire_lane_min_width_m")
    lane = basis.lacks("fire_lane_bad")
    narrow = lane & (width < basis.policy.number("fire_lane_min_m"))
    graded = rows.count(rows.is_in("hazard_grade", ["C"]))
    gas, stairs = rows.count(rows.flag("gas_hazard")), rows.count(rows.flag("corridor_hazard"))
    return [
        _Lack("reason.lack.lane_narrow", narrow, heavy, {"n": width}),
        _Lack("reason.lack.lane_blocked", lane & ~narrow, heavy, {}),
        _Lack("reason.lack.grade_c", graded > 0, heavy * 1.01, {"n": graded}),
        _Lack("reason.lack.gas", gas > 0, light * 1.01, {"n": gas}),
        _Lack("reason.lack.corridor", stairs > 0, light, {"n": stairs}),
        _Lack("reason.lack.hydrant", basis.lacks("hydrant_bad"), light * 0.99, {}),
        _Lack("reason.lack.charging", basis.lacks("indoor_charging"), light * 0.98, {}),
    ]


def _yard(basis: Basis) -> Sequence[_Lack]:
    ledger = basis.ledger
    sixth = _weight(basis, "n6") / 6
    one = np.full(basis.n, sixth)
    damage, area = ledger.number("road_bad_share"), basis.quantity(("road",))
    drains, ponds = ledger.number("drain_bad_m"), ledger.number("ponding_points")
    lights, stairs = basis.quantity(("light_road",)), basis.quantity(("light_stair", "light_repair"))
    lines, ports = ledger.number("lines_overhead_m"), basis.quantity(("ebike",))
    bad_road = basis.lacks("road_bad")
    return [
        _Lack("reason.lack.road_area", bad_road & (area > 0), 2 * sixth * damage, {"n": area}),
        _Lack("reason.lack.road_share", bad_road & ~(area > 0), 2 * sixth * damage, {"n": np.round(100 * damage)}),
        _Lack("reason.lack.drain", drains > 0, one * 1.9, {"n": drains}),
        _Lack("reason.lack.ponding", (ponds > 0) & ~(drains > 0), one * 1.8, {"n": ponds}),
        _Lack("reason.lack.yard_lights", basis.lacks("road_light_missing") & (lights > 0), one * 1.2, {"n": lights}),
        _Lack("reason.lack.stair_lights", basis.lacks("stair_light") & (stairs > 0), one, {"n": stairs}),
        _Lack("reason.lack.lines", lines > 0, one * 0.8, {"n": lines}),
        _Lack("reason.lack.ports", basis.lacks("ebike_ports_low") & (ports > 0), one * 0.7, {"n": ports}),
        _Lack("reason.lack.roof", basis.lacks("roof_leak"), one * 0.9, {}),
    ]


def _heating(basis: Basis) -> Sequence[_Lack]:
    policy, needed = basis.policy, basis.verdicts.yes("H")
    weight = _weight(basis, "n5") / 100
    age, cold = basis.year - basis.number("heat_laid_year"), basis.number("heat_fail")
    old = needed & (age >= policy.number("heat_age"))
    chilly = needed & (cold > policy.number("heat_fail")) & ~old
    by_age, by_cold = np.interp(age, *policy.curve("heat_curve_age")), np.interp(cold, *policy.curve("heat_curve_fail"))
    return [
        _Lack("reason.lack.heat_age", old, weight * by_age, {"n": age}),
        _Lack("reason.lack.heat_cold", chilly, weight * by_cold, {"n": np.round(100 * cold)}),
    ]


def _broken(basis: Basis) -> Sequence[_Lack]:
    """Repairs weigh less than anything that is missing: they are somebody else's money."""
    lock, camera = basis.quantity(("ac_repair",)), basis.quantity(("cctv_repair",))
    small = np.full(basis.n, 0.02)
    return [
        _Lack("reason.lack.locks_broken", basis.lacks("unit_lock_broken") & (lock > 0), small * 2, {"n": lock}),
        _Lack("reason.lack.cameras_broken", basis.lacks("camera_broken") & (camera > 0), small, {"n": camera}),
    ]
