"""The acceptance cases: seven real-life compounds whose programmes, items, quantities and money are known to the yuan.

Every case is a District of one compound, complete but for what the case is about (the year of case 1). A test changes
a case by overriding fields: ``case_2(public_meter="有")``. As-of 2026-11-23, plan year 2027.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from shapely.geometry import box

from planner.district.district import District
from planner.policy import Policy, with_settings
from tests.builders import make_district, shared_policy

AS_OF = dt.date(2026, 11, 23)
_METRE = 1 / 111_320
_LON, _LAT = 118.05, 36.80

Values = Mapping[str, Any]

SOUND: Values = {
    "district_name": "测试区",
    "subdistrict_name": "城东街道",
    "community_name": "东街社区",
    "object_type": "小区",
    "housing_type": "房改房",
    "built_year_source": "竣工档案",
    "land_status": "清晰",
    "expropriation_status": "无",
    "heritage": "无",
    "heating_type": "无",
    "public_meter": "有",
    "perimeter_closable": "可",
    "public_road_through": False,
    "through_traffic": False,
    "open_perimeter_m": 0.0,
    "fire_lane_ok": True,
    "fire_lane_min_width_m": 5.0,
    "fire_lane_issue": "无",
    "hydrant_ok": "好",
    "indoor_charging": False,
    "parking_n": 0,
    "parking_area_m2": 0.0,
    "bike_sheds_n": 0,
    "activity_grounds_n": 0,
    "ped_gates_n": 0,
    "vehicle_gates_n": 0,
    "barrier_lanes_n": 0,
    "road_length_m": 0.0,
    "road_area_m2": 0.0,
    "road_bad_share": 0.0,
    "road_light_ok": "好",
    "dark_length_m": 0.0,
    "stair_light_broken_rate": 0.0,
    "drain_type": "分流",
    "drain_bad_m": 0.0,
    "ponding_points": 0,
    "sewer_block_12m": 0,
    "lines_overhead_m": 0.0,
    "waste_sorting": "有",
    "bare_share": 0.0,
    "ramp_missing_n": 0,
    "illegal_structures_n": 0,
    "illegal_blocking": False,
    "approval_stage": "无",
    "hotline_12m_total": 2,
    "hotline_12m_heating": 0,
    "elderly_60_share": 0.3,
    "surveyed_on": dt.datetime(2026, 10, 12),
}
"""A compound without any deficit: what the cases start from (devices and people are the case's own)."""

CUSTODIAN: Values = {
    "property_status": "社区托管",
    "custodian_type": "社区",
    "custodian_doc": "管护承诺书",
    "custodian_doc_date": dt.datetime(2026, 9, 1),
    "custodian_name": "东街社区居委会",
}


def case_policy(policy: Policy | None = None, **settings: str) -> Policy:
    """The project's policy at the as-of date of the cases, 定案 profile unless told otherwise."""
    return with_settings(policy or shared_policy(), **{"as_of": AS_OF.isoformat(), "profile": "final", **settings})


def case_1(**changes: Any) -> District:
    """幸福路28号院: built in the eighties as residents say, no document; custodian, consent, everything to install."""
    row = {
        "name": "幸福路28号院",
        "built_year_source": "居民口述",
        "built_year_min": 1985,
        "year_lo": 1980,
        "year_hi": 1989,
        "original": {"built_year_min": "80年代"},
        **CUSTODIAN,
        **_size(108, 3, 9),
        **_devices(locks=0, cameras=0),
        "vehicle_gates_n": 1,
        "parking_n": 30,
        "parking_area_m2": 900.0,
        "bike_sheds_n": 1,
        "road_length_m": 120.0,
        "road_area_m2": 600.0,
        "surveyed_households_n": 104,
        "support_households_n": 96,
        "households_not_reached": 4,
    }
    gate = {"gate_type": "人车混行", "clear_width_m": 5.2, "is_fire_access": True, "barrier": "无", "keep": "保留"}
    return _district("C01", row, changes, entrances=[gate])


def bare_case_1() -> District:
    """Case 1 with the words of the case only; everything else is blank."""
    row = {
        "compound_id": "C01",
        "name": "幸福路28号院",
        "built_year_source": "居民口述",
        "built_year_min": 1985,
        "year_lo": 1980,
        "year_hi": 1989,
        "households": 108,
        "buildings_n": 3,
        "units_n": 9,
        "property_status": "社区托管",
        "custodian_type": "社区",
        "custodian_doc": "管护承诺书",
        "perimeter_closable": "可",
        "vehicle_gates_n": 1,
        "fire_lane_min_width_m": 5.2,
        "barrier_lanes_n": 0,
        "access_ctrl_units": 0,
        "cctv_points": 0,
        "parking_area_m2": 900.0,
        "bike_sheds_n": 1,
        "road_length_m": 120.0,
        "surveyed_households_n": 104,
        "support_households_n": 96,
    }
    return make_district([row])


def case_2(**changes: Any) -> District:
    """机械厂家属院: nobody looks after it, the gate is 3.4 m wide, 24 stair lights are dead, no public meter."""
    row = {
        "name": "机械厂家属院",
        "object_type": "家属院",
        "built_year_min": 1988,
        "built_year_max": 1988,
        "former_unit": "机械厂",
        "former_unit_status": "破产",
        "property_status": "无",
        "custodian_type": "无",
        "custodian_doc": "无",
        **_size(48, 1, 4),
        **_devices(locks=0, cameras=0),
        "vehicle_gates_n": 1,
        "public_meter": "无",
        "fire_lane_ok": False,
        "fire_lane_min_width_m": 3.4,
        "fire_lane_issue": "净宽不足",
        "fire_lane_length_m": 60.0,
        "stair_lights_n": 24,
        "stair_light_broken_rate": 1.0,
        "surveyed_households_n": 40,
        "support_households_n": 38,
    }
    gate = {"gate_type": "人车混行", "clear_width_m": 3.4, "is_fire_access": True, "barrier": "无", "keep": "保留"}
    return _district("C02", row, changes, entrances=[gate])


def case_4(**changes: Any) -> District:
    """东街19号院: a courtyard of self-built houses, 160 m2 of broken road, 60 m of drain, 50 m without light."""
    row = {
        "name": "东街19号院",
        "object_type": "院落",
        "housing_type": "自建房",
        "built_year_min": 1972,
        "built_year_max": 1972,
        **CUSTODIAN,
        **_size(14, 6, 0),
        **_devices(locks=0, cameras=0),
        "road_length_m": 50.0,
        "road_area_m2": 200.0,
        "road_bad_share": 0.8,
        "ponding_points": 1,
        "drain_bad_m": 60.0,
        "road_light_ok": "无",
        "dark_length_m": 50.0,
        "ebike_ports_n": 3,
    }
    return _district("C04", row, changes)


def case_6(*, roof_leak: bool = False, **changes: Any) -> District:
    """向阳小区: comprehensively renovated in October 2023 with central money; 9 locks and 18 cameras broke since."""
    row = {
        "name": "向阳小区",
        "built_year_min": 1994,
        "built_year_max": 1994,
        "property_status": "专业物业",
        "property_firm": "向阳物业服务有限公司",
        "custodian_type": "物业服务企业",
        "custodian_doc": "物业服务合同",
        **_size(360, 10, 30),
        **_devices(locks=30, working_locks=21, cameras=40, working_cameras=22),
        "vehicle_gates_n": 1,
        "barrier_lanes_n": 2,
        "ped_gates_n": 1,
        "parking_n": 60,
        "parking_area_m2": 1800.0,
        "bike_sheds_n": 2,
        "road_length_m": 400.0,
        "road_area_m2": 2400.0,
        "ebike_ports_n": 60,
    }
    gates = [
        {"gate_type": "车行", "clear_width_m": 8.0, "is_fire_access": True, "barrier": "车牌识别", "keep": "保留"},
        {"gate_type": "人行", "clear_width_m": 1.5, "barrier": "手动", "keep": "保留"},
    ]
    done = {
        "programme": "A",
        "year": 2023,
        "status": "验收",
        "end": dt.datetime(2023, 10, 20),
        "funds_central_yuan": 2_000_000.0,
    }
    leaks = {0: {"roof_leak": True}} if roof_leak else {}
    return _district("C06", row, changes, entrances=gates, interventions=[done], buildings=leaks)


def case_7(**changes: Any) -> District:
    """老车站家属院: inside a fixed expropriation range with a document number; nobody manages it; heat complaints."""
    row = {
        "name": "老车站家属院",
        "object_type": "家属院",
        "built_year_min": 1979,
        "built_year_max": 1979,
        "property_status": "无",
        "custodian_type": "无",
        "custodian_doc": "无",
        "heating_type": "集中供热",
        "expropriation_status": "已划定范围",
        "expropriation_doc": "测征字〔2026〕3号",
        **_size(120, 5, 10),
        **_devices(locks=0, cameras=0),
        "vehicle_gates_n": 0,
        "road_length_m": 80.0,
        "road_area_m2": 400.0,
        "road_bad_share": 0.5,
        "hotline_12m_heating": 11,
        "hotline_12m_total": 15,
    }
    branch = {
        "branch_id": "HB07",
        "laid_year": 1998,
        "length_m": 260.0,
        "bursts_per_season": 1.0,
        "complaints_season": 11,
        "homes_measured_n": 12,
        "homes_below_18_n": 4,
    }
    return _district("C07", row, changes, heat_branches=[branch])


def case_8(**changes: Any) -> District:
    """解放路112—126号楼: shops on the ground floor, a public road through it, no perimeter that could be closed."""
    row = {
        "name": "解放路112—126号楼",
        "built_year_min": 1985,
        "built_year_max": 1985,
        **CUSTODIAN,
        **_size(144, 3, 12),
        **_devices(locks=0, cameras=0),
        "perimeter_closable": "不可",
        "public_road_through": True,
        "through_traffic": True,
        "open_perimeter_m": 210.0,
        "vehicle_gates_n": 2,
        "ped_gates_n": 2,
        "parking_n": 24,
        "parking_area_m2": 720.0,
        "road_length_m": 150.0,
        "road_area_m2": 900.0,
    }
    shops = {number: {"ground_floor_shops": True} for number in range(3)}
    return _district("C08", row, changes, buildings=shops)


def case_10(**changes: Any) -> District:
    """水文站宿舍: twelve households who look after themselves, sound locks, no camera, one theft in the year."""
    row = {
        "name": "水文站宿舍",
        "object_type": "家属院",
        "built_year_min": 1989,
        "built_year_max": 1989,
        "property_status": "居民自管",
        "custodian_type": "居民自管小组",
        "custodian_doc": "管护承诺书",
        **_size(12, 1, 2),
        **_devices(locks=2, cameras=0),
        "ped_gates_n": 1,
        "theft_12m": 1,
        "police_calls_12m": 1,
        "ebike_ports_n": 2,
    }
    gate = {"gate_type": "人行", "clear_width_m": 1.8, "barrier": "手动", "keep": "保留"}
    return _district("C10", row, changes, entrances=[gate])


CASES: Mapping[int, Callable[..., District]] = {
    1: case_1,
    2: case_2,
    4: case_4,
    6: case_6,
    7: case_7,
    8: case_8,
    10: case_10,
}


def _size(households: int, buildings: int, units: int) -> Values:
    ports = -(-households * 3 // 20)
    area = households * 70.0
    counts = {"households": households, "buildings_n": buildings, "units_n": units}
    return {**counts, "floor_area_m2": area, "ebike_ports_n": ports}


def _devices(
    *, locks: int, cameras: int, working_locks: int | None = None, working_cameras: int | None = None
) -> Values:
    return {
        "access_ctrl_units": locks,
        "access_ctrl_working": locks if working_locks is None else working_locks,
        "cctv_points": cameras,
        "cctv_working": cameras if working_cameras is None else working_cameras,
    }


def _district(cid: str, row: Values, changes: Values, **rows: Any) -> District:
    number = int(cid[1:])
    compound = {"compound_id": cid, **SOUND, **row, "geometry": _plot(number, int(row["buildings_n"])), **changes}
    own = {"compound_id": cid}
    special = rows.pop("buildings", {})
    buildings = [_building(number, i, compound) | own | special.get(i, {}) for i in range(int(row["buildings_n"]))]
    branches = [{"compound_ids": cid, **branch} for branch in rows.pop("heat_branches", ())]
    listed = {name: [{**own, **each} for each in some] for name, some in rows.items()}
    gates = [{"entrance_id": f"{cid}-E{i}", **gate} for i, gate in enumerate(listed.pop("entrances", ()))]
    return make_district([compound], buildings=buildings, entrances=gates, heat_branches=branches, **listed)


def _plot(number: int, buildings: int) -> Any:
    return _rectangle(number, -10, -10, 60, 25 * buildings + 10)


def _building(number: int, i: int, compound: Values) -> dict[str, Any]:
    share, rest = divmod(int(compound["units_n"] or 0), int(compound["buildings_n"]))
    return {
        "building_id": f"{compound['compound_id']}-B{i + 1}",
        "building_no": str(i + 1),
        "floors": 6 if compound["units_n"] else 1,
        "units_n": share + (i < rest),
        "built_year": compound["built_year_min"],
        "hazard_grade": "B",
        "gas_hazard": False,
        "corridor_hazard": False,
        "roof_leak": False,
        "geometry": _rectangle(number, 0, 25 * i, 50, 25 * i + 12),
    }


def _rectangle(number: int, west: float, south: float, east: float, north: float) -> Any:
    lon, lat = _LON + number * 0.005, _LAT
    x, y = _METRE / 0.8, _METRE
    return box(lon + west * x, lat + south * y, lon + east * x, lat + north * y)


def with_rows(district: District, **rows: Any) -> District:
    """Return the district with other rows in some layers or tables (given whole)."""
    other = make_district(**rows)
    layers = {name: other.layers[name] if name in rows else layer for name, layer in district.layers.items()}
    tables = {name: other.tables[name] if name in rows else table for name, table in district.tables.items()}
    return replace(district, layers=layers, tables=tables)
