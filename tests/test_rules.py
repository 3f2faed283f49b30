"""Every rule by hand: yes, no and unknown, the fields that would settle it, and the values it prints."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from planner.decisions.deficits import find_deficits
from planner.decisions.measures import measure
from planner.decisions.programmes import evaluate
from planner.district.district import District
from planner.errors import PolicyError
from planner.policy import with_settings
from tests.builders import NA, make_district
from tests.cases import AS_OF, CUSTODIAN, SOUND, case_policy

Answer = tuple[str, str]


def rows_of(district: District, **settings: str) -> pd.DataFrame:
    policy = case_policy(**settings)
    deficits = find_deficits(district, measure(district), policy)
    return evaluate(district, deficits, policy, AS_OF).set_index(["compound_id", "code"])


def ask(code: str, fields: dict[str, Any], settings: dict[str, str] | None = None, **rows: Any) -> pd.Series:
    own = {name: [{"compound_id": "A", **row} for row in some] for name, some in rows.items()}
    district = make_district([{"compound_id": "A", **fields}], **own)
    return rows_of(district, **(settings or {})).loc[("A", code)]


def done(programme: str = "A", status: str = "完工", end: str | None = None, **fields: Any) -> dict[str, Any]:
    day = {} if end is None else {"end": dt.datetime.fromisoformat(end)}
    return {"programme": programme, "status": status, **day, **fields}


@pytest.mark.parametrize(
    ("code", "fields", "answer"),
    [
        ("X1", {"expropriation_status": "已划定范围"}, ("yes", "")),
        ("X1", {"expropriation_status": "实施中"}, ("yes", "")),
        ("X1", {"expropriation_status": "拟征收"}, ("unknown", "expropriation_status")),
        ("X1", {"expropriation_status": "无"}, ("no", "")),
        ("X1", {}, ("no", "")),
        ("X4", {"object_type": "院落", "housing_type": "自建房"}, ("yes", "")),
        ("X4", {"object_type": "院落", "housing_type": "房改房;自建房"}, ("yes", "")),
        ("X4", {"object_type": "院落", "housing_type": "房改房"}, ("no", "")),
        ("X4", {"object_type": "院落"}, ("unknown", "housing_type")),
        ("X4", {"object_type": "小区"}, ("no", "")),
        ("X4", {"housing_type": "自建房"}, ("unknown", "object_type")),
        ("X4", {}, ("unknown", "object_type;housing_type")),
        ("X5", {"built_year_min": 2005}, ("no", "")),
        ("X5", {"built_year_min": 2006}, ("yes", "")),
        ("X5", {}, ("unknown", "built_year_max")),
        ("X5", {"built_year_min": 2003, "built_year_max": 2008}, ("unknown", "buildings.built_year")),
        (
            "X5",
            {"built_year_min": 1985, "built_year_source": "居民口述"},
            ("unknown", "built_year_max;built_year_source"),
        ),
        ("X5", {"built_year_min": 1985, "year_lo": 1980, "year_hi": 1989, "built_year_source": "估计"}, ("no", "")),
        ("X5", {"built_year_min": 2005, "year_lo": 2000, "year_hi": 2009}, ("unknown", "built_year_max")),
        ("X5", {"built_year_min": 2015, "year_lo": 2010, "year_hi": 2019, "built_year_source": "估计"}, ("yes", "")),
        ("X6", {"illegal_blocking": True, "illegal_structures_n": 2}, ("yes", "")),
        ("X6", {"illegal_structures_n": 0}, ("no", "")),
        ("X6", {"illegal_structures_n": 3}, ("unknown", "illegal_blocking")),
        ("X8", {"land_status": "争议"}, ("yes", "")),
        ("X8", {"land_status": "涉密"}, ("yes", "")),
        ("X8", {"land_status": "未登记"}, ("no", "")),
        ("X8", {}, ("no", "")),
        ("X9", {"heritage": "文物"}, ("yes", "")),
        ("X9", {}, ("no", "")),
        ("X10", {"built_year_min": 2021}, ("no", "")),
        ("X10", {"built_year_min": 2022}, ("yes", "")),
        ("X10", {"built_year_min": 1990, "built_year_max": 2024}, ("no", "")),
        ("X10", {"built_year_min": 2025, "year_lo": 2020, "year_hi": 2029}, ("unknown", "built_year_max")),
        ("X10", {}, ("unknown", "built_year_max")),
        ("Z", {"property_status": "无", "custodian_doc": "无"}, ("yes", "")),
        ("Z", {"property_status": "无", "custodian_doc": "口头"}, ("yes", "")),
        ("Z", {"property_status": "无", "custodian_type": "无"}, ("yes", "")),
        ("Z", {"property_status": "无", "custodian_doc": "承接意向书"}, ("no", "")),
        ("Z", {"property_status": "无"}, ("unknown", "custodian_doc")),
        ("Z", {"custodian_doc": "无"}, ("unknown", "property_status")),
        ("Z", {"property_status": "专业物业"}, ("no", "")),
        ("Z", {}, ("unknown", "property_status;custodian_doc")),
    ],
)
def test_rules_on_the_compound(code: str, fields: dict[str, Any], answer: Answer) -> None:
    row = ask(code, fields)
    assert (row["result"], row["missing"]) == answer


HOMES = {"households": 12}


@pytest.mark.parametrize(
    ("agree", "surveyed", "not_reached", "result"),
    [
        (8, 12, None, "no"),  # 8 of 12 is exactly two thirds
        (7, 12, None, "yes"),
        (6, 10, 2, "unknown"),  # 6 to 8 of 12
        (5, 10, 2, "yes"),  # at most 7 of 12
        (8, 10, 2, "no"),
        (7, None, None, "unknown"),
        (8, None, None, "no"),
        (None, None, None, "unknown"),
        (0, 12, 0, "yes"),
    ],
)
def test_consent_is_a_fraction_of_all_households(
    agree: int | None, surveyed: int | None, not_reached: int | None, result: str
) -> None:
    asked = {"support_households_n": agree, "surveyed_households_n": surveyed, "households_not_reached": not_reached}
    assert ask("X7", {**HOMES, **asked})["result"] == result


def test_consent_prints_what_is_open() -> None:
    asked = {"support_households_n": 6, "surveyed_households_n": 10}
    assert ask("X7", {**HOMES, **asked})["triggers_zh"] == "同意6至8户、共12户"
    assert ask("X7", HOMES)["triggers_zh"] == "未征询"


def test_another_city_asks_for_eighty_per_cent() -> None:
    asked = {**HOMES, "support_households_n": 9, "surveyed_households_n": 12}
    assert ask("X7", asked)["result"] == "no"
    assert ask("X7", asked, {"consent_min_A": "0.8"})["result"] == "yes"


@pytest.mark.parametrize(
    ("code", "interventions", "answer"),
    [
        ("X3", [done(end="2018-11-23")], ("yes", "")),
        ("X3", [done(end="2018-11-22")], ("no", "")),
        ("X3", [done(year=2019)], ("yes", "")),
        ("X3", [done(year=2018)], ("unknown", "interventions.end")),
        ("X3", [done(year=2017)], ("no", "")),
        ("X3", [done()], ("unknown", "interventions.end")),
        ("X3", [done(), done(year=2024)], ("yes", "")),
        ("X3", [done(status="施工", end="2024-01-01")], ("no", "")),
        ("X3", [done("E", end="2024-01-01")], ("no", "")),
        ("X3", [], ("no", "")),
        ("X3c", [done("E", "验收", end="2021-11-23")], ("yes", "")),
        ("X3c", [done("E", "验收", end="2021-11-22")], ("no", "")),
        ("X3b", [done(year=2009, funds_central_yuan=1.0)], ("yes", "")),
        ("X3b", [done(year=2009, funds_central_yuan=0.0)], ("no", "")),
        ("X3b", [done(status="撤销", funds_central_yuan=1.0)], ("no", "")),
        ("M13", [done(status="已批", year=2028)], ("yes", "")),
        ("M13", [done(status="已批", year=2029)], ("no", "")),
        ("M13", [done(status="拟列入", year=2027)], ("no", "")),
        ("M13", [done(status="施工")], ("yes", "")),
        ("WD", [done("M", "验收", end="2024-12-01")], ("yes", "")),
        ("WD", [done("M", "验收", end="2024-11-01")], ("no", "")),
        ("WR", [done(end="2022-01-01")], ("yes", "")),
        ("WR", [done("M", end="2022-01-01")], ("no", "")),
    ],
)
def test_rules_on_the_register_of_interventions(code: str, interventions: list[dict[str, Any]], answer: Answer) -> None:
    row = ask(code, {}, interventions=interventions)
    assert (row["result"], row["missing"]) == answer


@pytest.mark.parametrize(
    ("grades", "result"), [(["B", "D"], "yes"), (["C"], "no"), (["未鉴定"], "no"), ([None], "no"), ([], "no")]
)
def test_a_d_grade_is_a_register(grades: list[str | None], result: str) -> None:
    buildings = [{"building_id": f"B{i}", "hazard_grade": grade} for i, grade in enumerate(grades)]
    assert ask("X2", {}, buildings=buildings)["result"] == result


class TestRegisters:
    """Blank is not on the list; while nobody compared, a notice says so."""

    def test_unchecked(self) -> None:
        row = ask("X8", {})
        assert (row["note_zh"], row["triggers_zh"], row["note_en"]) == (
            "未与名单核对",
            "未核名单",
            "not yet compared with the register",
        )

    def test_checked_or_filled_in(self) -> None:
        assert ask("X8", {}, {"land_register_as_of": "2026-10-01"})["note_zh"] == ""
        assert ask("X8", {"land_status": "清晰"})["note_zh"] == ""

    def test_interventions(self) -> None:
        assert ask("X3", {})["triggers_zh"] == "未核名单"
        assert ask("X3", {}, {"renovation_register_as_of": "2026-10-01"})["triggers_zh"] == ""


class TestMixedYears:
    """A documented mix of years: decided by floor area where every building tells its year."""

    HOUSE: ClassVar = {"floors": 6}
    MIXED: ClassVar = {"built_year_min": 1995, "built_year_max": 2010, "built_year_source": "竣工档案"}

    def _ask(self, new_width: float | None) -> str:
        old = {**self.HOUSE, "building_id": "B1", "built_year": 1995, "geometry": box(118, 36, 118.0005, 36.0002)}
        new = {**self.HOUSE, "building_id": "B2", "built_year": 2010}
        shape = box(118.001, 36, 118.001 + (new_width or 0.0005), 36.0002)
        new |= {"geometry": shape if new_width else None}
        return str(ask("X5", {**self.MIXED, "geometry": Point(118, 36)}, buildings=[old, new])["result"])

    def test_by_share_of_floor_area(self) -> None:
        assert self._ask(0.0004) == "no"
        assert self._ask(0.0006) == "yes"

    def test_a_building_without_shape_leaves_it_open(self) -> None:
        assert self._ask(None) == "unknown"


FULL_A = {
    **SOUND,
    **CUSTODIAN,
    "built_year_min": 2000,
    "households": 40,
    "units_n": 4,
    "access_ctrl_units": 0,
    "cctv_points": 0,
    "road_bad_share": 0.2,
}
HAZARD_FREE = [
    {
        "building_id": "B1",
        "gas_hazard": False,
        "corridor_hazard": False,
        "roof_leak": False,
        "hazard_grade": "B",
    }
]


@pytest.mark.parametrize(
    ("changes", "buildings", "answer"),
    [
        ({}, {}, ("yes", "")),
        ({"built_year_min": 2001}, {}, ("no", "")),
        ({"built_year_min": None}, {}, ("unknown", "built_year_max")),
        ({"built_year_source": "居民口述"}, {}, ("unknown", "built_year_max;built_year_source")),
        ({"built_year_source": None}, {}, ("yes", "")),
        ({"road_bad_share": 0.0}, {}, ("no", "")),
        ({"road_bad_share": None}, {}, ("unknown", "road_bad_share")),
        ({"road_bad_share": 0.0}, {"hazard_grade": "C"}, ("yes", "")),
        ({"road_bad_share": 0.0}, {"gas_hazard": True}, ("yes", "")),
        ({"road_bad_share": 0.0}, {"corridor_hazard": None}, ("unknown", "buildings.corridor_hazard")),
        ({"hydrant_ok": "坏", "road_bad_share": 0.0, "indoor_charging": True}, {}, ("no", "")),
        ({"expropriation_status": "实施中"}, {}, ("no", "")),
        ({"expropriation_status": "拟征收"}, {}, ("unknown", "expropriation_status")),
        ({"support_households_n": 1, "surveyed_households_n": 40}, {}, ("yes", "")),
    ],
)
def test_a(changes: dict[str, Any], buildings: dict[str, Any], answer: Answer) -> None:
    row = ask("A", {**FULL_A, **changes}, buildings=[HAZARD_FREE[0] | buildings])
    assert (row["result"], row["missing"]) == answer


def test_a_prints_its_trigger_values() -> None:
    row = ask("A", FULL_A, buildings=[HAZARD_FREE[0] | {"hazard_grade": "C"}])
    assert row["triggers_zh"] == "建成2000年；基础缺项3项：单元门禁、监控、路面；隐患：C级危房"
    assert row["triggers_en"] == (
        "built 2000; 3 basic deficits: unit-door access control, CCTV, road surface; hazards: grade C building"
    )


BRANCH = {
    "branch_id": "H1",
    "compound_ids": "A",
    "laid_year": 2015,
    "length_m": 500.0,
    "bursts_per_season": 0.0,
    "complaints_season": 0,
    "homes_measured_n": 10,
    "homes_below_18_n": 1,
}
WARM = {"heating_type": "集中供热", "households": 100, "hotline_12m_heating": 0}


@pytest.mark.parametrize(
    ("fields", "branch", "answer"),
    [
        ({}, {}, ("no", "")),
        ({}, {"laid_year": 2006}, ("yes", "")),
        ({}, {"laid_year": 2007}, ("no", "")),
        ({}, {"laid_year": 1990, "renewed_year": 2015}, ("no", "")),
        ({}, {"homes_below_18_n": 2}, ("yes", "")),
        ({}, {"homes_measured_n": 4, "homes_below_18_n": 4}, ("unknown", "heat_branches.homes_measured_n")),
        ({}, {"bursts_per_season": 0.5}, ("no", "")),
        ({}, {"bursts_per_season": 0.6}, ("yes", "")),
        ({}, {"complaints_season": 6}, ("no", "")),
        ({}, {"complaints_season": 7}, ("yes", "")),
        ({"hotline_12m_heating": 7}, {}, ("yes", "")),
        ({"hotline_12m_heating": None}, {}, ("unknown", "heat_branches.complaints_season")),
        ({}, {"laid_year": None}, ("unknown", "heat_branches.laid_year")),
        ({"heating_type": "无"}, {"laid_year": 1980}, ("no", "")),
        ({"heating_type": NA}, {"laid_year": 1980}, ("no", "")),
        ({"heating_type": None}, {"laid_year": 1980}, ("unknown", "heating_type")),
        ({"expropriation_status": "实施中"}, {"laid_year": 1980}, ("no", "")),
    ],
)
def test_h(fields: dict[str, Any], branch: dict[str, Any], answer: Answer) -> None:
    compound = {"compound_id": "A", "built_year_min": 1990, **WARM, **fields}
    row = rows_of(make_district([compound], heat_branches=[{**BRANCH, **branch}])).loc[("A", "H")]
    assert (row["result"], row["missing"]) == answer


def test_complaints_of_a_shared_branch_cannot_be_told_apart() -> None:
    """Nothing about one compound hangs on the households of another."""
    people = [{"compound_id": cid, "built_year_min": 1990, **WARM} for cid in "AB"]
    branch = {**BRANCH, "compound_ids": "A;B", "complaints_season": 90}
    rows = rows_of(make_district(people, heat_branches=[branch]))
    assert rows.loc[("A", "H"), "result"] == "unknown"
    assert rows.loc[("A", "H"), "missing"] == "heat_branches.complaints_season"
    old = rows_of(make_district(people, heat_branches=[{**branch, "laid_year": 1990}]))
    assert [old.loc[(cid, "H"), "result"] for cid in "AB"] == ["yes", "yes"]


@pytest.mark.parametrize(("setting", "result"), [("无", "no"), ("集中", "yes"), ("unknown", "unknown")])
def test_the_district_says_whether_there_is_heating(setting: str, result: str) -> None:
    compound = {"compound_id": "A", **WARM, "heating_type": None, "built_year_min": 1990}
    district = make_district([compound], heat_branches=[{**BRANCH, "laid_year": 1980}])
    assert rows_of(district, heating=setting).loc[("A", "H"), "result"] == result


LATE = {**SOUND, "built_year_min": 2010, "property_status": "居民自管", "road_bad_share": 0.2}


@pytest.mark.parametrize(
    ("changes", "interventions", "result"),
    [
        ({}, [], "yes"),
        ({"property_status": "专业物业"}, [], "no"),
        ({"property_status": None}, [], "unknown"),
        ({"built_year_min": 2000}, [], "no"),
        ({"object_type": "院落", "housing_type": "自建房", "built_year_min": 1970}, [], "yes"),
        ({"road_bad_share": 0.0}, [], "no"),
        ({"road_bad_share": 0.0, "waste_sorting": "无"}, [], "yes"),
        ({"road_bad_share": None}, [], "unknown"),
        ({}, [done("E", end="2023-01-01")], "no"),
        ({}, [done("A", end="2023-01-01")], "no"),
        ({"land_status": "争议"}, [], "no"),
        ({"built_year_min": 2024}, [], "yes"),
    ],
)
def test_e(changes: dict[str, Any], interventions: list[dict[str, Any]], result: str) -> None:
    assert ask("E", {**LATE, **changes}, interventions=interventions)["result"] == result


DEVICES = {
    "built_year_min": 1990,
    "object_type": "小区",
    "perimeter_closable": "不可",
    "units_n": 4,
    "access_ctrl_units": 4,
    "cctv_points": 2,
}


@pytest.mark.parametrize(
    ("changes", "interventions", "answer"),
    [
        ({}, [], ("no", "")),
        ({"access_ctrl_units": 3}, [], ("yes", "")),
        ({"cctv_points": 1}, [], ("yes", "")),
        ({"access_ctrl_working": 0, "cctv_working": 0}, [], ("no", "")),
        ({"access_ctrl_units": None}, [], ("unknown", "access_ctrl_units")),
        ({"access_ctrl_units": None, "cctv_points": None}, [], ("unknown", "access_ctrl_units;cctv_points")),
        ({"access_ctrl_units": 0, "units_n": None}, [], ("yes", "")),
        ({"access_ctrl_units": 0, "built_year_min": None}, [], ("unknown", "built_year_max")),
        ({"access_ctrl_units": 0, "land_status": "涉密"}, [], ("no", "")),
        ({"access_ctrl_units": 0, "custodian_type": "无"}, [], ("yes", "")),
        ({"access_ctrl_units": 0}, [done(status="已批", year=2035)], ("no", "")),
        ({"access_ctrl_units": 0}, [done(status="施工")], ("no", "")),
        ({"access_ctrl_units": 0}, [done(status="拟列入", year=2027)], ("yes", "")),
        ({"access_ctrl_units": 0}, [done(end="2024-01-01")], ("yes", "")),
    ],
)
def test_m(changes: dict[str, Any], interventions: list[dict[str, Any]], answer: Answer) -> None:
    row = ask("M", {**DEVICES, **changes}, interventions=interventions)
    assert (row["result"], row["missing"]) == answer


class TestPresumptions:
    """Each is printed."""

    NEW: ClassVar = {"built_year_min": 2012, "property_status": "专业物业"}

    def test_inside_x3_an_unknown_missing_item_counts_as_no(self) -> None:
        row = ask("M", {"built_year_min": 1990}, interventions=[done(end="2024-01-01")])
        assert (row["result"], row["note_zh"]) == ("no", "近年已全面改造，设备资料空白按不缺推定")

    def test_screening_presumes_that_a_new_place_with_a_firm_lacks_nothing(self) -> None:
        row = ask("M", self.NEW, {"profile": "screen"})
        assert row["result"] == "no"
        assert row["note_zh"].startswith("初筛推定")

    def test_until_a_device_field_is_known(self) -> None:
        assert ask("M", {**self.NEW, "cctv_points": 30}, {"profile": "screen"})["result"] == "unknown"

    def test_only_in_screening(self) -> None:
        assert ask("M", self.NEW)["result"] == "unknown"

    def test_a_policy_without_presumptions(self) -> None:
        assert ask("M", self.NEW, {"profile": "screen", "screen_presume": ""})["result"] == "unknown"

    def test_a_known_deficit_is_never_presumed_away(self) -> None:
        lacking = {"built_year_min": 1990, "units_n": 4, "access_ctrl_units": 0}
        assert ask("M", lacking, interventions=[done(end="2024-01-01")])["result"] == "yes"


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({}, "no"),
        ({"fire_lane_min_width_m": 3.9}, "yes"),
        ({"fire_lane_min_width_m": 4.0}, "no"),
        ({"fire_lane_ok": False}, "yes"),
        ({"fire_lane_ok": None}, "unknown"),
        ({"fire_lane_issue": "封闭上锁", "fire_lane_ok": None}, "yes"),
        ({"hydrant_ok": "无"}, "yes"),
        ({"hydrant_ok": "未查"}, "unknown"),
        ({"indoor_charging": True}, "yes"),
    ],
)
def test_s(changes: dict[str, Any], result: str) -> None:
    assert ask("S", {**SOUND, **changes}, buildings=HAZARD_FREE)["result"] == result


def test_s_sees_fire_entrances_and_dangerous_buildings() -> None:
    low = {"entrance_id": "E1", "gate_type": "消防专用", "is_fire_access": True, "clear_height_m": 3.5}
    assert ask("S", SOUND, buildings=HAZARD_FREE, entrances=[low])["result"] == "yes"
    assert ask("S", SOUND, buildings=[HAZARD_FREE[0] | {"hazard_grade": "D"}])["triggers_zh"] == "隐患：D级危房"


class TestNeighbours:
    """Z1 to Z4: metres between shapes in one community; without a shape only perhaps."""

    STEP = 0.001  # 100 m of longitude are 0.00112 degrees at 36.8 N

    def _place(self, cid: str, east: float | None, **fields: Any) -> dict[str, Any]:
        shape = {} if east is None else {"geometry": Point(118 + east * self.STEP, 36.8)}
        return {"compound_id": cid, "community_name": "东街社区", "households": 90, **shape, **fields}

    WITHOUT: ClassVar = {"property_status": "无", "custodian_doc": "无", "buildings_n": 3}
    FIRM: ClassVar = {"property_status": "专业物业"}

    def _answers(self, *others: dict[str, Any], **fields: Any) -> dict[str, str]:
        district = make_district([self._place("A", 0, **{**self.WITHOUT, **fields}), *others])
        rows = rows_of(district).loc["A"]
        return {code: str(rows.loc[code, "result"]) for code in ("Z", "Z1", "Z2", "Z3", "Z4")}

    def test_a_firm_next_door(self) -> None:
        assert self._answers(self._place("B", 3.3, **self.FIRM))["Z1"] == "yes"
        assert self._answers(self._place("B", 3.5, **self.FIRM))["Z1"] == "no"

    def test_another_community_does_not_count(self) -> None:
        assert self._answers(self._place("B", 1, **self.FIRM, community_code="9"))["Z1"] == "no"

    def test_a_neighbour_without_shape_is_perhaps_near(self) -> None:
        assert self._answers(self._place("B", None, **self.FIRM))["Z1"] == "unknown"

    def test_unknown_community(self) -> None:
        district = make_district([self._place("A", 0, **self.WITHOUT, community_name=None)])
        row = rows_of(district).loc[("A", "Z1")]
        assert (row["result"], row["missing"]) == ("unknown", "community_name")

    def test_a_group_needs_enough_households(self) -> None:
        small = {**self.WITHOUT, "households": 99}
        two = [self._place("B", 2, **small), self._place("C", 4, **small)]
        assert self._answers(*two, households=99)["Z2"] == "no"
        assert self._answers(*two, self._place("D", 5, **small), households=99)["Z2"] == "yes"
        assert self._answers(*two, self._place("D", 6, **small), households=99)["Z2"] == "no"
        unknown_size = self._place("D", 5, **{**small, "households": None})
        assert self._answers(*two, unknown_size, households=99)["Z2"] == "unknown"

    def test_a_single_building_joins_whatever_its_size(self) -> None:
        big = {**self.WITHOUT, "households": 300}
        assert self._answers(self._place("B", 1, **{**big, "buildings_n": 1}), buildings_n=1)["Z2"] == "yes"
        assert self._answers(self._place("B", 1, **big))["Z2"] == "no"

    @pytest.mark.parametrize(("came", "result"), [(59, "yes"), (60, "no"), (None, "unknown")])
    def test_turnout(self, came: int | None, result: str) -> None:
        assert self._answers(vote_type="业主表决", surveyed_households_n=came)["Z3"] == result

    def test_the_community_stands_in_while_nothing_better_is_certain(self) -> None:
        assert self._answers()["Z4"] == "yes"
        assert self._answers(self._place("B", 1, **self.FIRM))["Z4"] == "no"
        assert self._answers(self._place("B", None, **self.FIRM))["Z4"] == "yes"

    def test_who_is_looked_after_is_no_candidate(self) -> None:
        answers = self._answers(self._place("B", 1, **self.FIRM), custodian_doc="管护承诺书")
        assert set(answers.values()) == {"no"}


def test_a_rule_that_does_not_exist_is_named() -> None:
    policy = case_policy()
    table = policy.programmes.copy()
    table.loc["A", "rule"] = "no_such_rule"
    district = make_district([{"compound_id": "A"}])
    deficits = find_deficits(district, pd.DataFrame(index=district.compounds.index), policy)
    with pytest.raises(PolicyError, match="no_such_rule"):
        evaluate(district, deficits, replace(policy, programmes=table), AS_OF)


def test_a_basic_deficit_that_does_not_exist_is_named() -> None:
    with pytest.raises(PolicyError, match="lift"):
        ask("A", {}, {"basic_deficits": "unit_lock;lift"})


def test_an_exclusion_is_a_row_of_the_policy() -> None:
    """The effect column alone decides what a row closes."""
    policy = with_settings(case_policy())
    table = policy.programmes.copy()
    table.loc["X9", "effect"] = "exclude A M"
    district = make_district([{"compound_id": "A", **FULL_A, "heritage": "文物"}])
    deficits = find_deficits(district, measure(district), policy)
    rows = evaluate(district, deficits, replace(policy, programmes=table), AS_OF).set_index("code")
    assert (rows.loc["A", "result"], rows.loc["M", "result"]) == ("no", "no")
    assert "属于“文物或历史建筑”" in rows.loc["M", "triggers_zh"]
    assert np.all(rows["compound_id"] == "A")
