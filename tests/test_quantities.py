"""Quantities by hand: counted, derived or estimated, with their range and the share of the target that is missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, box

from planner.decisions.amounts import METHODS, Amount, between, exact, nothing, roughly
from planner.decisions.deficits import Deficits, find_deficits
from planner.decisions.measures import measure
from planner.decisions.quantities import QUANTITIES
from tests.builders import make_district, shared_policy

Range = tuple[float | None, float | None, float | None]


def deficits_of(fields: dict[str, Any], **rows: list[dict[str, Any]]) -> Deficits:
    own = {name: [{"compound_id": "A", **row} for row in some] for name, some in rows.items()}
    district = make_district([{"compound_id": "A", **fields}], **own)
    return find_deficits(district, measure(district), shared_policy())


def quantity(name: str, fields: dict[str, Any], **rows: list[dict[str, Any]]) -> tuple[Range, str, float | None]:
    amount = QUANTITIES[name](deficits_of(fields, **rows), shared_policy())
    low, value, high, share = (
        None if np.isnan(v[0]) else float(round(v[0], 6)) for v in (amount.low, amount.value, amount.high, amount.share)
    )
    return (low, value, high), METHODS[amount.method[0]], share


UNIT_ROWS = [{"building_id": f"B{i}", "units_n": 3, "floors": 6} for i in range(2)]


@pytest.mark.parametrize(
    ("name", "fields", "expected"),
    [
        ("units_without_lock", {"units_n": 9, "access_ctrl_units": 2}, ((7, 7, 7), "counted", 7 / 9)),
        ("units_without_lock", {"units_n": 2, "access_ctrl_units": 3}, ((0, 0, 0), "counted", 0)),
        ("units_without_lock", {"units_n": 9}, ((0, None, 9), "counted", None)),
        # 130 households by 14, 13, 12 to a unit
        ("units_without_lock", {"households": 130, "access_ctrl_units": 0}, ((10, 10, 11), "estimated", 1)),
        ("units_without_lock", {"buildings_n": 2, "access_ctrl_units": 0}, ((2, 6, 8), "estimated", 1)),
        ("units_without_lock", {}, ((0, None, None), "estimated", None)),
        ("units_lock_broken", {"access_ctrl_units": 30, "access_ctrl_working": 21}, ((9, 9, 9), "counted", 0.3)),
        ("cameras_broken", {"cctv_points": 40, "cctv_working": 22}, ((18, 18, 18), "counted", 0.45)),
        ("units_lock_broken", {"access_ctrl_units": 30}, ((0, None, 30), "counted", None)),
        ("units_lock_broken", {"units_n": 8}, ((0, None, 8), "counted", None)),
        ("stair_lights", {"stair_lights_n": 24, "stair_light_broken_rate": 0.3}, ((8, 8, 8), "counted", 8 / 24)),
        ("dark_length_div_25", {"dark_length_m": 51.0}, ((3, 3, 3), "derived", None)),
        ("dark_length_div_25", {"road_length_m": 100.0}, ((3, 4, 6), "estimated", None)),
        ("fire_lane_length", {"fire_lane_length_m": 60.0}, ((60, 60, 60), "counted", None)),
        ("fire_lane_length", {"road_length_m": 100.0}, ((70, 100, 130), "estimated", None)),
        ("hydrants_missing", {"road_length_m": 250.0}, ((1, 3, 3), "estimated", None)),
        ("hydrants_missing", {}, ((1, 1, 1), "estimated", None)),
        ("ports_short_015H", {"households": 100, "ebike_ports_n": 5}, ((10, 10, 10), "derived", 10 / 15)),
        ("ports_short_015H", {"households": 100}, ((0, None, 15), "derived", None)),
        ("bad_road_area", {"road_area_m2": 200.0, "road_bad_share": 0.8}, ((160, 160, 160), "derived", 0.8)),
        ("bad_road_area", {"road_length_m": 50.0, "road_bad_share": 0.5}, ((70, 100, 130), "estimated", 0.5)),
        ("bad_road_area", {"road_area_m2": 200.0}, ((0, None, 200), "estimated", None)),
        ("bad_drain_length", {"drain_bad_m": 60.0}, ((60, 60, 60), "counted", None)),
        ("bad_drain_length", {"drain_bad_m": 0.0, "road_length_m": 10.0}, ((7, 10, 13), "estimated", None)),
        ("open_perimeter_m", {"open_perimeter_m": 30.0, "perimeter_m": 120.0}, ((30, 30, 30), "counted", 0.25)),
        ("open_perimeter_m", {"perimeter_m": 120.0, "closed_perimeter_m": 90.0}, ((30, 30, 30), "derived", 0.25)),
        ("open_perimeter_m", {"perimeter_m": 120.0}, ((0, None, 120), "derived", None)),
        ("ramp_missing_n", {"ramp_missing_n": 2, "units_n": 8}, ((2, 2, 2), "counted", 0.25)),
        ("h_div_400", {"households": 500}, ((2, 2, 2), "derived", None)),
        ("h_div_400", {"households": 800}, ((2, 2, 3), "derived", None)),
        ("h_div_400", {"floor_area_m2": 76 * 500.0}, ((2, 2, 2), "derived", None)),
        ("bare_green_area", {"green_area_m2": 300.0, "bare_share": 0.4}, ((120, 120, 120), "derived", 0.4)),
        ("lines_overhead_m", {"lines_overhead_m": 85.0}, ((85, 85, 85), "counted", None)),
        ("lines_overhead_m", {"road_length_m": 85.0}, ((0, None, 85), "counted", None)),
        ("heated_area", {"floor_area_m2": 5000.4}, ((5000, 5000, 5000), "counted", None)),
        ("heated_area", {"households": 100}, ((5320, 7600, 9880), "estimated", None)),
        ("pub_cameras", {"buildings_n": 1}, ((2, 2, 2), "derived", None)),
        ("pub_cameras", {"buildings_n": 4}, ((1, 4, 4), "estimated", None)),
        ("sewer_tanks", {"buildings_n": 4}, ((1, 1, 4), "estimated", None)),
        ("manual", {"units_n": 4}, ((0, None, None), "counted", None)),
        ("parking_x_10pct", {"parking_n": 41}, ((5, 5, 5), "derived", None)),
    ],
)
def test_quantities(name: str, fields: dict[str, Any], expected: tuple[Range, str, float | None]) -> None:
    found, method, share = quantity(name, fields)
    assert (found, method) == expected[:2]
    assert share == (None if expected[2] is None else pytest.approx(expected[2], abs=1e-6))


def test_units_are_summed_from_buildings_where_the_ledger_is_blank() -> None:
    assert quantity("units_without_lock", {"access_ctrl_units": 1}, buildings=UNIT_ROWS)[:2] == ((5, 5, 5), "derived")


def test_one_building_without_units_leaves_the_sum_open() -> None:
    rows = [*UNIT_ROWS, {"building_id": "B9"}]
    assert deficits_of({}, buildings=rows).need.stock.units.tolist() == pytest.approx([np.nan], nan_ok=True)


def test_stair_lights_by_floors_and_units() -> None:
    lights = quantity("stair_lights", {"stair_light_broken_rate": 0.5}, buildings=UNIT_ROWS)
    assert lights == ((18, 18, 18), "derived", 0.5)


def test_stair_lights_by_norm() -> None:
    """130 households are about 10 units, six floors each."""
    lights = quantity("stair_lights", {"households": 130, "stair_light_broken_rate": 0.5})
    assert lights == ((21, 30, 39), "estimated", 0.5)


def test_buildings_are_the_footprints_where_the_compound_has_them() -> None:
    shapes = [box(118 + i / 1e3, 36, 118.0005 + i / 1e3, 36.0002) for i in range(3)]
    drawn = [{"building_id": f"B{i}", "geometry": shape} for i, shape in enumerate(shapes)]
    assert deficits_of({"buildings_n": 5}, buildings=drawn).numbers["buildings_n"].tolist() == [3]
    assert deficits_of({"buildings_n": 5}).numbers["buildings_n"].tolist() == [5]


def test_a_leaking_roof_is_its_footprint() -> None:
    roof = box(118.0, 36.0, 118.000111, 36.00009)  # about 10 x 10 m
    rows = [{"building_id": "B1", "roof_leak": True, "geometry": roof}, {"building_id": "B2", "roof_leak": False}]
    (low, value, high), method, _ = quantity("roof_area_leak", {"geometry": roof}, buildings=rows)
    assert method == "derived"
    assert low == value == high == pytest.approx(100, abs=1)


def test_a_leaking_roof_nobody_drew_is_a_share_of_the_floor_area() -> None:
    rows = [{"building_id": "B1", "roof_leak": True}, {"building_id": "B2", "roof_leak": False}]
    fields = {"floor_area_m2": 6000.0, "buildings_n": 2}
    assert quantity("roof_area_leak", fields, buildings=rows)[:2] == ((350, 500, 650), "estimated")


def test_police_cameras_by_buildings_on_a_public_road() -> None:
    houses = [
        {"building_id": f"B{i}", "geometry": box(118, 36 + i / 1e3, 118.0002, 36.0001 + i / 1e3)} for i in range(3)
    ]
    street = [{"road_id": "R", "geometry": LineString([(117.999, 35.9999), (118.001, 35.9999)])}]
    fields = {"cctv_points": 0, "units_n": 9, "custodian_type": "无", "object_type": "小区"}
    own = {"buildings": [{"compound_id": "A", **house} for house in houses]}
    district = make_district([{"compound_id": "A", **fields}], roads=street, **own)
    deficits = find_deficits(district, measure(district), shared_policy())
    assert QUANTITIES["pub_cameras"](deficits, shared_policy()).value.tolist() == [1]


def test_every_quantity_of_the_policy_exists_and_keeps_its_ends_in_order() -> None:
    policy, rng = shared_policy(), np.random.default_rng(7)
    numbers = policy.fields("compounds").query("type in ['int', 'decimal', 'area']").index
    rows = []
    for i in range(200):
        values = {name: float(rng.integers(0, 40)) for name in numbers if rng.random() < 0.5}
        rows.append({"compound_id": f"C{i}", "road_bad_share": 0.3, "stair_light_broken_rate": 0.2, **values})
    district = make_district(rows)
    deficits = find_deficits(district, pd.DataFrame(index=district.compounds.index), policy)
    for name in policy.items["quantity"].unique():
        amount = QUANTITIES[name](deficits, policy)
        known = ~np.isnan(amount.value)
        assert (amount.low[known] <= amount.value[known]).all(), name
        bounded = known & ~np.isnan(amount.high)
        assert (amount.value[bounded] <= amount.high[bounded]).all(), name
        assert (amount.low >= 0).all(), name


def ends(amount: Amount) -> list[float]:
    return [float(values[0]) for values in (amount.low, amount.value, amount.high)]


def test_amounts() -> None:
    assert ends(roughly(np.array([9.2]), 0.7, 1.3)) == [7, 10, 12]
    assert ends(exact(np.array([7.0])).at_most(np.array([4.0]))) == [4, 4, 4]
    assert ends(exact(np.array([7.0])).at_most(np.array([np.nan]))) == [7, 7, 7]
    assert ends(between(np.array([1.0]), np.array([2.0]), np.array([5.0])).at_most(np.array([4.0]))) == [1, 2, 4]
    np.testing.assert_equal(ends(nothing(1).at_most(np.array([4.0]))), [0, np.nan, np.nan])
    assert ends(nothing(1).or_else(exact(np.array([3.0])))) == [3, 3, 3]
