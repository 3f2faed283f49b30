"""The acceptance cases: programmes, items, quantities and money to the yuan (CONTRACTS 2; case numbers as there)."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from tests import cases
from tests.cases import CASES, CUSTODIAN, SOUND
from tests.item_cases import Chain, chain, results

Rows = list[tuple[str, float, int, int, int, bool]]


@pytest.fixture(scope="module")
def computed() -> dict[int, Chain]:
    return {number: chain(build()) for number, build in CASES.items()}


EXPECTED: dict[int, tuple[list[str], list[str], Rows]] = {
    1: (
        ["M"],
        ["A"],
        [
            ("ac_unit", 9, 27_000, 54_000, 108_000, False),
            ("bar_lane", 1, 12_000, 22_000, 45_000, False),
            ("cctv_wall", 6, 9_000, 16_800, 30_000, False),
            ("cctv_pole", 6, 21_000, 28_800, 42_000, False),
            ("nvr", 1, 6_000, 12_000, 25_000, False),
        ],
    ),
    2: (
        ["Z", "Z4", "A", "M", "S"],
        [],
        [
            ("public_meter", 1, 0, 0, 0, False),
            ("ac_mech", 4, 1_200, 2_400, 4_800, False),
            ("fire_lane", 60, 1_200, 3_000, 7_200, False),
            ("cctv_wall", 3, 4_500, 8_400, 15_000, True),
            ("nvr", 1, 6_000, 12_000, 25_000, True),
            ("cctv_pub", 2, 0, 0, 0, False),
            ("light_stair", 24, 1_920, 3_600, 7_200, False),
        ],
    ),
    4: (
        ["X4", "E"],
        ["X7"],
        [
            ("drain", 60, 24_000, 54_000, 108_000, False),
            ("road", 160, 14_400, 25_600, 48_000, False),
            ("light_road", 2, 3_000, 6_000, 12_000, False),
        ],
    ),
    6: (
        ["X3", "X3b", "W", "WR"],
        ["X7"],
        [
            ("ac_repair", 9, 1_800, 4_500, 10_800, False),
            ("cctv_repair", 18, 3_600, 10_800, 27_000, False),
        ],
    ),
    7: (["X1", "Z", "Z4"], ["X7", "Z3"], []),
    8: (
        ["M"],
        ["X7"],
        [
            ("ac_unit", 12, 36_000, 72_000, 144_000, False),
            ("cctv_wall", 6, 9_000, 16_800, 30_000, False),
            ("nvr", 1, 6_000, 12_000, 25_000, False),
            ("cctv_pub", 3, 0, 0, 0, False),
        ],
    ),
    10: (["M"], ["X7"], [("cctv_wall", 2, 3_000, 5_600, 10_000, False)]),
}


@pytest.mark.parametrize("number", CASES)
def test_programmes(computed: dict[int, Chain], number: int) -> None:
    yes, unknown, _ = EXPECTED[number]
    assert results(computed[number].evaluated) == {"yes": yes, "unknown": unknown}


@pytest.mark.parametrize("number", CASES)
def test_items_quantities_and_money_in_working_order(computed: dict[int, Chain], number: int) -> None:
    columns = ["item", "qty", "cost_low", "cost", "cost_high", "blocking"]
    found = [tuple(row) for row in computed[number].items[columns].itertuples(index=False)]
    assert found == EXPECTED[number][2]


@pytest.mark.parametrize(
    ("number", "low", "likely", "high"),
    [
        (1, 75_000, 133_600, 250_000),
        (4, 41_400, 85_600, 168_000),
        (6, 0, 0, 0),
        (7, 0, 0, 0),
        (8, 51_000, 100_800, 199_000),
        (10, 3_000, 5_600, 10_000),
    ],
)
def test_money_of_the_case(computed: dict[int, Chain], number: int, low: int, likely: int, high: int) -> None:
    cost = computed[number].costs.iloc[0]
    assert (cost["cost_now_low"], cost["cost_now"], cost["cost_now_high"]) == (low, likely, high)
    assert cost["cost_all"] == likely
    assert bool(cost["cost_all_known"])


def test_case_2_money_without_the_locks(computed: dict[int, Chain]) -> None:
    cost, locks = computed[2].costs.iloc[0], computed[2].item("ac_mech")
    without = [cost[f"cost_now{end}"] - locks[f"cost{end}"] for end in ("_low", "", "_high")]
    assert without == [3_120, 6_600, 14_400]


def test_programme_packages(computed: dict[int, Chain]) -> None:
    assert computed[1].costs[["cost_A", "cost_M", "cost_E"]].iloc[0].tolist() == [0, 133_600, 0]
    assert computed[4].costs[["cost_A", "cost_M", "cost_E"]].iloc[0].tolist() == [0, 0, 85_600]
    assert computed[8].costs[["cost_M_low", "cost_M", "cost_M_high"]].iloc[0].tolist() == [51_000, 100_800, 199_000]


class TestCase1:
    """Year by hearsay: A waits for a document, M does not."""

    def test_a_is_to_verify_for_want_of_the_year(self, computed: dict[int, Chain]) -> None:
        row = computed[1].row("A")
        assert row["missing"] == "built_year_max;built_year_source"
        assert row["triggers_zh"] == "居民反映建成1980至1989年，无档案；基础缺项3项：单元门禁、道闸、监控"

    def test_a_document_makes_it_a(self) -> None:
        documented = cases.case_1(built_year_source="竣工档案", built_year_min=1985, year_lo=1985, year_hi=1985)
        assert chain(documented).result("A") == "yes"

    def test_hearsay_after_the_cut_off_makes_it_no(self) -> None:
        assert chain(cases.case_1(built_year_min=2014, year_lo=2010, year_hi=2019)).result("A") == "no"

    def test_a_bare_row_gives_the_same_items(self) -> None:
        """Only what the case says, in the words of a ledger: no entrance table, no object type, no sound fields."""
        assert chain(cases.bare_case_1()).items.dropna(subset=["qty"])[["item", "qty"]].to_numpy().tolist() == [
            ["ac_unit", 9.0],
            ["bar_lane", 1.0],
            ["cctv_wall", 6.0],
            ["cctv_pole", 6.0],
            ["nvr", 1.0],
        ]
        cost = chain(cases.bare_case_1()).costs.iloc[0]
        assert (cost["cost_now_low"], cost["cost_now"]) == (75_000, 133_600)
        assert cost["cost_now_high"] > 250_000  # places to watch whose size is blank widen the upper end only

    def test_one_shared_lane_without_island(self, computed: dict[int, Chain]) -> None:
        assert computed[1].deficits.numbers["lanes_needed"].iloc[0] == 1

    def test_cameras_by_class(self, computed: dict[int, Chain]) -> None:
        assert computed[1].item("cctv_wall")["reason_zh"] == "车道1；单元门口5"
        assert computed[1].item("cctv_pole")["reason_zh"] == "停车2；车棚1；道路3"


class TestCase2:
    """Nobody looks after it: mechanical locks and lights now, devices blocked, the barrier refused by width."""

    def test_what_blocks(self, computed: dict[int, Chain]) -> None:
        blocked = computed[2].items.query("blocking")
        assert blocked["blocking_fields"].tolist() == ["custodian_doc", "custodian_doc"]
        assert "无管护责任主体" in computed[2].item("cctv_wall")["condition_zh"]

    def test_lights_wait_for_the_meter_but_are_not_blocked(self, computed: dict[int, Chain]) -> None:
        assert computed[2].item("light_stair")["condition_zh"] == "公用电表报装后实施"

    def test_the_barrier_is_refused_by_width(self, computed: dict[int, Chain]) -> None:
        assert "bar_lane" not in set(computed[2].items["item"])
        assert computed[2].row("S")["triggers_zh"] == "消防车通道净宽3.4米，不足4米；隐患：消防车通道"

    def test_why_z(self, computed: dict[int, Chain]) -> None:
        assert computed[2].row("Z")["triggers_zh"] == "无物业服务；无管护文件；原产权单位破产"

    def test_a_custodian_document_frees_the_devices(self) -> None:
        freed = chain(cases.case_2(**CUSTODIAN))
        assert not freed.items["blocking"].any()
        assert freed.result("Z") == "no"
        assert "ac_mech" not in set(freed.items["item"])
        assert freed.item("ac_unit")["qty"] == 4


class TestCase6:
    """Renovated three years ago: broken is repair, and the warranty of the devices is over."""

    def test_repair_is_not_fiscal_money(self, computed: dict[int, Chain]) -> None:
        assert computed[6].items["purse"].tolist() == ["物业/维修资金"] * 2
        assert computed[6].items["repair"].all()
        assert not computed[6].items["fiscal"].any()

    def test_warranty_over(self, computed: dict[int, Chain]) -> None:
        assert computed[6].item("ac_repair")["reason_zh"] == "门禁30樘，损坏9樘；设备保修期已过（2025年10月）"

    def test_inside_the_warranty_the_builder_repairs(self) -> None:
        earlier = chain(cases.case_6(), as_of=dt.date(2025, 6, 1))
        assert earlier.items["purse"].tolist() == ["施工单位"] * 2
        assert "设备保修至2025年10月" in earlier.item("ac_repair")["reason_zh"]

    def test_a_leaking_roof_is_a_warranty_claim(self) -> None:
        leaking = chain(cases.case_6(roof_leak=True))
        claim = leaking.item("roof_warranty")
        assert (claim["purse"], claim["cost"]) == ("施工单位", 0)
        assert "2028年10月" in claim["reason_zh"]
        assert "roof" not in set(leaking.items["item"])

    def test_why_not_again(self, computed: dict[int, Chain]) -> None:
        assert computed[6].row("X3")["triggers_zh"] == "2023年10月已完成全面改造"


class TestCase7:
    """Expropriation: no money but safety, the community keeps order."""

    def test_the_document_is_named(self, computed: dict[int, Chain]) -> None:
        assert computed[7].row("X1")["triggers_zh"] == "房屋征收：已划定范围（测征字〔2026〕3号）"

    def test_heating_triggers_are_recorded_though_h_is_no(self, computed: dict[int, Chain]) -> None:
        triggers = computed[7].row("H")["triggers_zh"]
        assert triggers.startswith("二网管龄28年；低于18度住户占33%；每公里爆管3.8次；供热诉求每千户92件")

    def test_a_danger_is_still_listed(self) -> None:
        hydrant = chain(cases.case_7(hydrant_ok="坏"))
        assert hydrant.items["item"].tolist() == ["hydrant"]

    def test_planned_expropriation_is_unknown_not_excluded(self) -> None:
        planned = chain(cases.case_7(expropriation_status="拟征收"))
        assert planned.result("X1") == "unknown"
        assert planned.result("M") == "unknown"
        assert planned.item("ac_mech")["blocking_fields"] == "X1"
        assert "已划入房屋征收范围待核实：征收状态" in planned.item("ac_mech")["condition_zh"]


def test_case_8_nothing_at_gates_or_street(computed: dict[int, Chain]) -> None:
    refused = {"bar_lane", "ac_gate", "ac_gate_simple", "fence", "cctv_pole"}
    assert not refused & set(computed[8].items["item"])
    assert computed[8].item("cctv_pub")["purse"] == "公安"


def test_case_10_no_recorder_and_no_lock(computed: dict[int, Chain]) -> None:
    assert computed[10].items["item"].tolist() == ["cctv_wall"]
    assert computed[10].item("cctv_wall")["reason_zh"] == "人行口1；单元门口1"


def test_listed_without_service_but_with_a_firm_is_not_z() -> None:
    """名单三无 but has a firm: the list governs reporting, the rules look at the facts."""
    listed = cases.case_6(sanwu_official=True)
    assert chain(listed).result("Z") == "no"


def test_a_and_h_in_one_year_say_pipes_first() -> None:
    branch = {"branch_id": "HB", "laid_year": 1995, "length_m": 300.0, "compound_ids": "C02"}
    base = cases.case_2(heating_type="集中供热", **CUSTODIAN)
    district = cases.with_rows(base, heat_branches=[branch])
    both = chain(district)
    assert both.result("AH") == "yes"
    assert both.row("AH")["triggers_zh"] == "全面改造与二网同年，先管网后地面"


def test_the_cases_are_complete() -> None:
    """A case that lost a field would pass by being unknown: what is sound is sound."""
    sound = cases.make_district([{"compound_id": "S", **SOUND, **CUSTODIAN, **SIZE, "geometry": None}])
    flags = chain(sound).deficits.flags.iloc[0]
    unknown = [name for name, value in flags.items() if value is pd.NA]
    assert unknown == ["roof_leak", "gas_hazard", "corridor_hazard", "roof"]
    assert not flags.fillna(False).astype(bool).any()


SIZE = {
    "households": 20,
    "buildings_n": 1,
    "units_n": 2,
    "access_ctrl_units": 2,
    "access_ctrl_working": 2,
    "cctv_points": 1,
    "cctv_working": 1,
    "ebike_ports_n": 3,
    "green_area_m2": 0.0,
}
