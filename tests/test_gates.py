"""Gates and cameras by hand: widths, consolidation, undecided gates, classes each rounded up on its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.decisions.amounts import Amount
from planner.decisions.deficits import Need, find_deficits
from planner.decisions.gates import lanes_of_width
from planner.decisions.kleene import RESULTS
from planner.policy import with_settings
from tests.builders import NA, make_district, shared_policy

YARD = {
    "object_type": "小区",
    "perimeter_closable": "可",
    "public_road_through": False,
    "households": 200,
    "parking_n": 40,
    "barrier_lanes_n": 0,
}


def need(entrances: list[dict[str, Any]] = [], **fields: Any) -> Need:  # noqa: B006
    gates = [{"compound_id": "A", "entrance_id": f"E{i}", **gate} for i, gate in enumerate(entrances)]
    district = make_district([{"compound_id": "A", **YARD, **fields}], entrances=gates)
    return find_deficits(district, pd.DataFrame(index=district.compounds.index), shared_policy()).need


def ends(amount: Amount) -> tuple[float | None, ...]:
    values = (amount.low[0], amount.value[0], amount.high[0])
    return tuple(None if np.isnan(v) else float(v) for v in values)


def car(width: float | None = 5.0, **fields: Any) -> dict[str, Any]:
    return {"gate_type": "车行", "clear_width_m": width, **fields}


def foot(**fields: Any) -> dict[str, Any]:
    return {"gate_type": "人行", **fields}


@pytest.mark.parametrize(
    ("width", "lanes"), [(3.99, 0), (4.0, 1), (7.0, 1), (7.79, 1), (7.8, 2), (12.0, 2), (np.nan, np.nan)]
)
def test_lanes_by_width(width: float, lanes: float) -> None:
    np.testing.assert_equal(lanes_of_width(np.array([width]), shared_policy()), [lanes])


@pytest.mark.parametrize(
    ("gates", "fields", "lanes"),
    [
        ([car(5.2)], {}, (1, 1, 1)),
        ([car(8.0)], {}, (2, 2, 2)),
        ([car(3.4)], {}, (0, 0, 0)),
        ([car(None)], {}, (0, None, 2)),
        ([car(None)], {"fire_lane_min_width_m": 4.5}, (1, 1, 1)),
        ([car(5), car(8)], {}, (1, 2, 3)),  # 200 households keep one, as a rule the wider; nobody decided yet
        ([car(5, keep="保留"), car(8, keep="关闭")], {}, (1, 1, 1)),
        ([car(5, keep="保留"), car(8, keep="未定")], {}, (1, 1, 3)),
        ([car(5, keep="保留"), car(5, keep="保留")], {}, (2, 2, 2)),
        ([car(5), car(5)], {"households": 600}, (2, 2, 2)),
        ([car(8, on_public_road=True)], {}, (0, 0, 0)),
        ([car(8)], {"perimeter_closable": "不可"}, (0, 0, 0)),
        ([car(8)], {"public_road_through": True}, (0, 0, 0)),
        ([car(8)], {"perimeter_closable": None}, (0, None, 2)),
        ([car(8)], {"parking_n": 19, "through_traffic": False}, (0, 0, 0)),
        ([car(8)], {"parking_n": 19, "through_traffic": True}, (2, 2, 2)),
        ([car(8)], {"parking_n": None, "parking_area_m2": 600.0}, (2, 2, 2)),
        ([car(8)], {"parking_n": None}, (0, None, 2)),
        ([], {"vehicle_gates_n": 1, "fire_lane_min_width_m": 5.0}, (1, 1, 1)),
        ([], {"vehicle_gates_n": 2, "fire_lane_min_width_m": 5.0}, (1, 1, 2)),
        ([], {"vehicle_gates_n": NA}, (0, 0, 0)),
        ([], {}, (0, None, None)),
        ([foot()], {}, (0, 0, 0)),
    ],
)
def test_barrier_lanes(gates: list[dict[str, Any]], fields: dict[str, Any], lanes: tuple[float | None, ...]) -> None:
    assert ends(need(gates, **fields).gates.lanes) == lanes


@pytest.mark.parametrize(
    ("gates", "existing", "result", "missing"),
    [
        ([car(8)], 0, "yes", ""),
        ([car(8)], 1, "yes", ""),
        ([car(8)], 2, "no", ""),
        ([car(8)], None, "unknown", "barrier_lanes_n"),
        ([car(8, barrier="车牌识别")], None, "no", ""),
        ([car(8, barrier="无")], None, "yes", ""),
        ([car(None)], 0, "unknown", "entrances.clear_width_m"),
        ([car(None)], 2, "no", ""),
        ([car(3.0)], None, "no", ""),
    ],
)
def test_is_a_barrier_missing(gates: list[dict[str, Any]], existing: int | None, result: str, missing: str) -> None:
    verdict = need(gates, barrier_lanes_n=existing).gates.lanes_missing
    assert (RESULTS[verdict.words()[0]], verdict.fields()[0]) == (result, missing)


@pytest.mark.parametrize(
    ("gates", "fields", "open_gates", "result"),
    [
        ([foot(barrier="无")], {}, (1, 1, 1), "yes"),
        ([foot(barrier="手动")], {}, (0, 0, 0), "no"),
        ([foot()], {}, (0, None, 1), "unknown"),
        ([foot(barrier="无")] * 2, {}, (2, 2, 2), "yes"),  # 200 households keep two
        ([foot(barrier="无")] * 3, {"households": 140}, (1, 1, 3), "yes"),
        ([foot(barrier="无", keep="关闭")], {}, (0, 0, 0), "no"),
        ([foot(barrier="无")], {"perimeter_closable": "不可"}, (0, 0, 0), "no"),
        ([], {"ped_gates_n": 1}, (0, None, 1), "unknown"),
        ([], {"ped_gates_n": 0}, (0, 0, 0), "no"),
        ([], {}, (0, None, None), "unknown"),
    ],
)
def test_pedestrian_gates(
    gates: list[dict[str, Any]], fields: dict[str, Any], open_gates: tuple[float | None, ...], result: str
) -> None:
    found = need(gates, **fields).gates
    assert ends(found.ped_uncontrolled) == open_gates
    assert RESULTS[found.ped_open.words()[0]] == result


def test_the_order_of_entrance_rows_does_not_matter() -> None:
    gates = [car(5), car(8, keep="未定"), car(3), car(None)]
    assert ends(need(gates).gates.lanes) == ends(need(gates[::-1]).gates.lanes)


CAMERA_YARD = {
    "units_n": 9,
    "cctv_points": 0,
    "parking_area_m2": 900.0,
    "bike_sheds_n": 1,
    "road_length_m": 120.0,
    "open_perimeter_m": 46.0,
    "activity_grounds_n": 1,
    "ped_gates_n": 1,
}


def missing(**fields: Any) -> dict[str, float]:
    cameras = need([car(5.2), foot()], **{**CAMERA_YARD, **fields}).cameras
    return {name: float(count[0]) for name, count in cameras.missing.items() if count[0]}


def test_each_class_is_rounded_up_on_its_own() -> None:
    """9 doors at 0.5 are 5, 900 m2 at 600 are 2, 120 m at 40 are 3, 46 m at 45 are 2."""
    expected = {"lane": 1, "ped_gate": 1, "unit": 5, "parking": 2, "shed": 1, "road": 3, "perimeter": 2, "grounds": 1}
    assert missing() == expected


def test_existing_cameras_fill_in_the_order_of_the_setting() -> None:
    assert missing(cctv_points=8) == {"parking": 1, "shed": 1, "road": 3, "perimeter": 2, "grounds": 1}
    assert missing(cctv_points=14) == {"perimeter": 1, "grounds": 1}
    assert missing(cctv_points=99) == {}


def test_the_order_of_filling_is_policy() -> None:
    policy = with_settings(shared_policy(), camera_fill_order="grounds;perimeter;road;shed;parking;unit;ped_gate;lane")
    district = make_district([{"compound_id": "A", **YARD, **CAMERA_YARD, "vehicle_gates_n": 0, "cctv_points": 3}])
    cameras = find_deficits(district, pd.DataFrame(index=district.compounds.index), policy).need.cameras
    assert (cameras.missing["grounds"][0], cameras.missing["perimeter"][0], cameras.missing["road"][0]) == (0, 0, 3)


def test_what_cannot_be_closed_is_watched_at_its_doors_only() -> None:
    assert missing(perimeter_closable="不可") == {"unit": 5}
    assert missing(public_road_through=True) == {"unit": 5}


def test_an_unknown_class_counts_in_the_upper_bound_only() -> None:
    cameras = need([car(5.2), foot()], **{**CAMERA_YARD, "road_length_m": None}).cameras
    assert cameras.target.value[0] == 13
    assert cameras.target.high[0] == 13 + 6  # 200 households x 1.1 m by 40 m
    assert cameras.shortage().yes[0]


@pytest.mark.parametrize(
    ("fields", "result", "missing_fields"),
    [
        ({}, "yes", ""),
        ({"cctv_points": 16}, "no", ""),
        ({"cctv_points": 15}, "yes", ""),
        ({"cctv_points": None}, "unknown", "cctv_points"),
        ({"cctv_points": 16, "bike_sheds_n": None}, "unknown", "bike_sheds_n"),
        ({"cctv_points": 15, "bike_sheds_n": None}, "unknown", "bike_sheds_n"),
        ({"cctv_points": 14, "bike_sheds_n": None}, "yes", ""),
        ({"cctv_points": 5, "perimeter_closable": None}, "unknown", "perimeter_closable"),
        ({"cctv_points": 4, "perimeter_closable": None}, "yes", ""),
        ({"cctv_points": 5, "perimeter_closable": "不可"}, "no", ""),
    ],
)
def test_is_a_camera_missing(fields: dict[str, Any], result: str, missing_fields: str) -> None:
    verdict = need([car(5.2), foot()], **{**CAMERA_YARD, **fields}).cameras.shortage()
    assert (RESULTS[verdict.words()[0]], verdict.fields()[0]) == (result, missing_fields)


def test_without_a_camera_count_everything_up_to_the_target_may_be_missing() -> None:
    cameras = need([car(5.2), foot()], **{**CAMERA_YARD, "cctv_points": None}).cameras
    assert ends(cameras.count(("lane", "ped_gate", "unit")))[1:] == (None, 7.0)
