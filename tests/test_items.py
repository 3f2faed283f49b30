"""The item list by hand: rows, conditions, blocks, purses, money, order of work and rank."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from planner.decisions.items import costs, item_sequence, list_items, prioritise
from planner.errors import PolicyError
from planner.policy import Policy, with_settings
from tests.builders import make_district, shared_policy
from tests.cases import CUSTODIAN, SOUND, case_1, case_2, case_4, case_6, case_policy, with_rows
from tests.item_cases import Chain, chain

YARD = {
    **SOUND,
    **CUSTODIAN,
    "built_year_min": 1990,
    "households": 100,
    "buildings_n": 2,
    "units_n": 8,
    "access_ctrl_units": 8,
    "access_ctrl_working": 8,
    "cctv_points": 4,
    "cctv_working": 4,
    "ebike_ports_n": 15,
}
HOUSE = {"building_id": "B1", "gas_hazard": False, "corridor_hazard": False, "roof_leak": False, "hazard_grade": "B"}


def yard(policy: Policy | None = None, /, **fields: Any) -> Chain:
    rows = {name: [{"compound_id": "A", **r} for r in fields.pop(name)] for name in TABLES if name in fields}
    rows.setdefault("buildings", [{"compound_id": "A", **HOUSE}])
    return chain(make_district([{"compound_id": "A", **YARD, **fields}], **rows), policy)


TABLES = ("buildings", "entrances", "interventions", "devices")


def test_a_sound_compound_has_no_row() -> None:
    assert yard().items.empty


def test_a_known_deficit_of_nothing_gives_no_row_and_an_unknown_one_does() -> None:
    row = yard(access_ctrl_units=None, cctv_points=0).item("ac_unit")
    assert row[["deficit", "qty", "cost_low", "cost", "cost_high"]].isna().all()
    assert (row["qty_low"], row["qty_high"]) == (0, 8)
    assert row["condition_zh"].startswith("待核实：已装门禁单元数")
    assert row["cost_unknown_high"] == 8 * 6000
    assert not row["blocking"]


def test_an_unknown_row_adds_nothing_to_the_cost_but_to_its_upper_end() -> None:
    cost = yard(access_ctrl_units=None, cctv_points=0).costs.iloc[0]
    assert cost["cost_all"] == 4 * 2800 + 12_000
    assert cost["cost_all_most"] == 4 * 2800 + 12_000 + 48_000
    assert not cost["cost_all_known"]


def test_an_unknown_class_of_cameras_is_named_and_only_in_the_upper_quantity() -> None:
    row = yard(cctv_points=0, cctv_working=0, road_length_m=40.0, bike_sheds_n=None).item("cctv_pole")
    assert (row["qty_low"], row["qty"], row["qty_high"]) == (1, 1, 2)
    assert row["reason_zh"] == "道路1；未计（规模待核实）：车棚"
    assert (row["cost_low"], row["cost"], row["cost_high"]) == (3_500, 4_800, 14_000)


class TestCustodian:
    """A device needs somebody; how much of one depends on the item."""

    LACKING: dict[str, Any] = {  # noqa: RUF012
        "access_ctrl_units": 0,
        "cctv_points": 0,
        "cctv_working": 0,
        "road_length_m": 80.0,
        "entrances": [
            {"entrance_id": "E1", "gate_type": "车行", "clear_width_m": 5.0},
            {"entrance_id": "E2", "gate_type": "人行", "barrier": "无"},
        ],
        "parking_n": 30,
    }

    @staticmethod
    def _blocked(**custodian: Any) -> dict[str, bool]:
        items = yard(**{**TestCustodian.LACKING, **custodian}).items
        return dict(zip(items["item"], items["blocking"].astype(bool), strict=True))

    def test_community(self) -> None:
        assert self._blocked() == {
            "ac_unit": False,
            "ac_gate_simple": False,
            "bar_lane": False,
            "cctv_wall": False,
            "cctv_pole": False,
            "nvr": False,
        }

    def test_residents_group(self) -> None:
        group = {"custodian_type": "居民自管小组", "property_status": "居民自管"}
        assert self._blocked(**group) == {
            "ac_unit": False,
            "ac_gate_simple": True,
            "bar_lane": True,
            "cctv_wall": False,
            "cctv_pole": True,
            "nvr": True,
        }

    def test_residents_group_looks_after_four_wall_cameras(self) -> None:
        row = yard(**{**self.LACKING, "custodian_type": "居民自管小组"}).item("cctv_wall")
        assert row["qty"] == 4
        assert "居民自管小组最多管护4路壁装监控" in row["condition_zh"]

    def test_residents_group_with_few_cameras_needs_no_recorder(self) -> None:
        few = {"custodian_type": "居民自管小组", "cctv_points": 0, "cctv_working": 0}
        assert self._blocked(**{**few, "road_length_m": 0.0, "units_n": 2, "access_ctrl_units": 2}) == {
            "ac_gate_simple": True,
            "bar_lane": True,
            "cctv_wall": False,
        }

    def test_nobody(self) -> None:
        nobody = {"custodian_type": "无", "custodian_doc": "无", "property_status": "无"}
        blocked = self._blocked(**nobody)
        assert blocked["ac_mech"] is False
        assert blocked["cctv_pub"] is False
        assert "ac_unit" not in blocked
        assert [blocked[code] for code in ("bar_lane", "cctv_wall", "cctv_pole", "nvr")] == [True] * 4

    def test_unknown_blocks_nothing_but_is_said(self) -> None:
        items = yard(**{**self.LACKING, "custodian_doc": None, "custodian_type": None}).items
        fiscal = items[items["item"] != "cctv_pub"]
        assert not fiscal["blocking"].any()
        assert fiscal["condition_zh"].str.contains("待核实：管护文件").all()

    def test_a_document_of_an_unknown_kind_of_custodian(self) -> None:
        row = yard(**{**self.LACKING, "custodian_type": None}).item("bar_lane")
        assert not row["blocking"]
        assert "待核实：管护责任主体" in row["condition_zh"]


def test_large_compounds_get_pedestrian_gate_control_small_ones_a_closing_gate() -> None:
    gate = [{"entrance_id": "E1", "gate_type": "人行", "barrier": "无"}]
    small = yard(entrances=gate, households=149, ebike_ports_n=23).items["item"]
    large = yard(entrances=gate, households=150, ebike_ports_n=23).items["item"]
    assert "ac_gate_simple" in set(small)
    assert "ac_gate" not in set(small)
    assert "ac_gate" in set(large)


class TestMeter:
    """The public meter is asked for, costs us nothing, and everything electric comes after it."""

    def test_missing(self) -> None:
        found = yard(access_ctrl_units=0, public_meter="无")
        assert found.items["item"].tolist() == ["public_meter", "ac_unit"]
        assert found.item("public_meter")["purse"] == "供电企业"
        assert found.item("ac_unit")["condition_zh"].startswith("公用电表报装后实施")
        assert not found.item("ac_unit")["blocking"]

    @pytest.mark.parametrize("value", ["不清", None])
    def test_unknown(self, value: str | None) -> None:
        found = yard(access_ctrl_units=0, public_meter=value)
        assert "待核实：公用电表" in found.item("ac_unit")["condition_zh"]
        assert found.item("public_meter")["deficit"] is pd.NA


class TestProgrammeGates:
    """An item can be done when one of its programmes holds, and waits while none is certain."""

    def test_no_programme_no_row(self) -> None:
        assert "road" not in set(yard(road_bad_share=0.5, road_area_m2=100.0).items["item"])

    def test_a_alone_needs_custodian_and_consent(self) -> None:
        bad = {"road_bad_share": 0.5, "road_area_m2": 100.0, "drain_bad_m": 10.0, "waste_sorting": "无"}
        assert yard(**bad).item("road")["condition_zh"] == "待征询意愿"
        agreed = {"support_households_n": 90, "surveyed_households_n": 100}
        assert yard(**bad, **agreed).item("road")["condition_zh"] == ""
        against = {"support_households_n": 10, "surveyed_households_n": 100}
        row = yard(**bad, **against).item("road")
        assert (bool(row["blocking"]), row["blocking_fields"]) == (True, "support_households_n")
        nobody = yard(**bad, **agreed, custodian_doc="无", custodian_type="无").item("road")
        assert (bool(nobody["blocking"]), nobody["blocking_fields"]) == (True, "custodian_doc")

    def test_an_item_of_an_uncertain_programme_waits(self) -> None:
        row = yard(
            road_bad_share=0.5, road_area_m2=100.0, built_year_min=None, drain_bad_m=5.0, waste_sorting="无"
        ).item("road")
        assert (bool(row["blocking"]), row["blocking_fields"]) == (True, "A;E")
        assert row["condition_zh"].startswith("全面改造待核实：建成年代（最晚）")

    def test_programmes_that_hold_are_named(self) -> None:
        assert chain(case_4()).item("road")["programmes"] == "E"
        assert chain(case_2()).item("light_stair")["programmes"] == "A;M;Z"


class TestHolds:
    """An issued renovation, illegal structures, trenches."""

    def test_issued_renovation_stops_micro_items_but_not_locks_and_repair(self) -> None:
        issued = [{"programme": "A", "status": "已批", "year": 2027}]
        found = yard(access_ctrl_units=0, cctv_points=0, cctv_working=0, road_bad_share=0.4, interventions=issued)
        assert not found.item("ac_unit")["blocking"]
        assert found.item("cctv_wall")["blocking_fields"] == "M13"
        assert "全面改造已下达，不重复安排" in found.item("cctv_wall")["condition_zh"]

    def test_locks_stay_although_m_is_no(self) -> None:
        issued = [{"programme": "A", "status": "已批", "year": 2027}]
        found = yard(access_ctrl_units=0, interventions=issued)
        assert found.result("M") == "no"
        assert not found.item("ac_unit")["blocking"]

    def test_a_known_deficit_of_unknown_size_says_so(self) -> None:
        row = yard(fire_lane_ok=False).item("fire_lane")
        assert row["deficit"] == 1
        assert row[["qty", "cost"]].isna().all()
        assert row["reason_zh"] == "消防车通道清障划线数量待核实"

    def test_illegal_structures_hold_the_lane(self) -> None:
        row = yard(fire_lane_ok=False, illegal_blocking=True, illegal_structures_n=2).item("fire_lane")
        assert (bool(row["blocking"]), row["blocking_fields"]) == (True, "illegal_blocking")

    @pytest.mark.parametrize(
        ("year", "words"),
        [
            (2027, "与管网同年开挖，先管网后本项"),
            (2029, "2029年计划开挖管网，建议合并实施"),
            (2035, ""),
        ],
    )
    def test_surfaces_come_after_a_planned_trench(self, year: int, words: str) -> None:
        plan = [{"programme": "H", "status": "拟列入", "year": year}]
        assert yard_of_case_4(interventions=plan).item("road")["condition_zh"] == words

    def test_a_heating_branch_that_is_planned_is_a_trench(self) -> None:
        branch = [{"branch_id": "H", "compound_ids": "C04", "planned_year": 2027}]
        district = with_rows(case_4(), heat_branches=branch)
        assert "与管网同年开挖" in chain(district).item("light_road")["condition_zh"]


def yard_of_case_4(**rows: Any) -> Chain:
    own = {name: [{"compound_id": "C04", **r} for r in some] for name, some in rows.items()}
    return chain(with_rows(case_4(), **own))


def test_repair_of_lights_is_the_firms_and_replacement_the_fiscal_purse() -> None:
    broken = {"stair_lights_n": 20, "stair_light_broken_rate": 0.5, "access_ctrl_units": 0}
    firm = {"property_status": "专业物业", "custodian_type": "物业服务企业", "custodian_doc": "物业服务合同"}
    assert yard(**broken, **firm).item("light_repair")["qty"] == 10
    assert yard(**broken).item("light_stair")["purse"] == "区级资金"
    unknown = yard(**broken, property_status=None).item("light_stair")
    assert unknown["deficit"] is pd.NA


def test_broken_barriers_come_from_the_device_list() -> None:
    devices = [{"device_id": "D1", "kind": "道闸", "status": "现有损坏"}]
    row = yard(devices=devices, barrier_lanes_n=1, vehicle_gates_n=1).item("bar_repair")
    assert (row["qty"], bool(row["repair"]), bool(row["fiscal"])) == (1, True, False)


def test_recorders_by_sixteen() -> None:
    found = yard(cctv_points=0, cctv_working=0, units_n=8, road_length_m=520.0)
    assert found.item("cctv_wall")["qty"] + found.item("cctv_pole")["qty"] == 17
    assert found.item("nvr")["qty"] == 2


def test_unit_access_control_costs_what_its_parts_cost() -> None:
    prices = shared_policy().items.loc[["ac_door", "ac_lock", "ac_unit"], ["cost_low", "cost_likely", "cost_high"]]
    assert (prices.loc["ac_door"] + prices.loc["ac_lock"]).tolist() == prices.loc["ac_unit"].tolist()


def test_money_is_whole_yuan_rounded_half_up() -> None:
    policy = shared_policy()
    table = policy.items.copy()
    table.loc["ac_mech", ["cost_low", "cost_likely", "cost_high"]] = [0.124, 0.125, 0.626]
    row = chain(case_2(), replace(case_policy(), items=table)).item("ac_mech")
    assert (row["cost_low"], row["cost"], row["cost_high"]) == (0, 1, 3)


def test_types() -> None:
    items = chain(case_1()).items
    kinds = {name: str(kind) for name, kind in items.dtypes.items()}
    assert {kinds[name] for name in ("deficit", "qty_low", "qty", "qty_high")} == {"Float64"}
    assert {kinds[name] for name in ("cost_low", "cost", "cost_high")} == {"Int64"}
    assert {kinds[name] for name in ("blocking", "repair", "safety", "fiscal")} == {"boolean"}
    empty = yard().items
    assert {name: str(kind) for name, kind in empty.dtypes.items()} == kinds


def test_english_says_the_same() -> None:
    row = chain(case_2()).item("cctv_wall")
    assert row["reason_en"] == "1 lane; 2 unit doors"
    assert row["condition_en"] == (
        "no custodian; after the public meter is installed; to be settled in design: light at night"
    )


def test_the_order_of_work() -> None:
    sequence = item_sequence(shared_policy())
    for first, then in [("drain", "road"), ("road", "light_road"), ("fire_lane", "bar_lane"), ("fence", "ac_gate")]:
        assert sequence.index(first) < sequence.index(then)
    assert sorted(sequence) == sorted(shared_policy().items.index)


def test_items_that_wait_for_each_other_are_a_mistake() -> None:
    policy = shared_policy()
    table = policy.items.copy()
    table.loc["drain", "after"] = "road"
    with pytest.raises(PolicyError, match="drain"):
        item_sequence(replace(policy, items=table))


@pytest.mark.parametrize("column", ["deficit", "quantity"])
def test_an_unknown_name_in_the_items_is_a_mistake(column: str) -> None:
    policy = shared_policy()
    table = policy.items.copy()
    table.loc["drain", column] = "no_such_name"
    found = chain(case_4())
    with pytest.raises(PolicyError, match="no_such_name"):
        list_items(found.district, found.deficits, found.evaluated, replace(policy, items=table))


def test_a_new_item_needs_a_row_and_no_words() -> None:
    policy = case_policy()
    new = policy.items.loc[["fence"]].rename(index={"wall": "wall"}, level=None)
    new.index = ["sign"]
    new = new.assign(label_zh="标识牌", label_en="Sign", unit="块", deficit="waste_none", quantity="one_if_missing")
    new = new.assign(requires="paint", after="", in_programmes="M")
    table = pd.concat([policy.items, new])
    found = yard(replace(policy, items=table), waste_sorting="无", access_ctrl_units=0)
    assert found.item("sign")["reason_zh"] == "标识牌缺1块"


SCORES = pd.DataFrame(
    {"n4_v": [100.0, 0.0], "n7_v": [50.0, 50.0], "n1_v": [0.0, 0.0], "d1_v": [80.0, 80.0], "r1_v": [60.0, None]},
    index=["A", "B"],
)


class TestRank:
    """priority = 40 deficit + (15 n4 + 15 n7 + 10 n1 + 10 d1 + 10 r1) / 100."""

    def _list(self) -> pd.DataFrame:
        rows = [
            {"compound_id": cid, **YARD, "access_ctrl_units": 4, "cctv_points": 0, "cctv_working": 0} for cid in "AB"
        ]
        rows[1] |= {"stair_light_broken_rate": 0.5, "stair_lights_n": 10, "custodian_doc": "无"}
        houses = [{"compound_id": cid, **HOUSE, "building_id": cid} for cid in "AB"]
        return chain(make_district(rows, buildings=houses)).items

    def test_by_hand(self) -> None:
        ranked = prioritise(self._list(), SCORES, case_policy()).set_index(["compound_id", "item"])
        own = 0.15 * 100 + 0.15 * 50 + 0.10 * 0 + 0.10 * 80 + 0.10 * 60
        assert ranked.loc[("A", "ac_unit"), "priority"] == pytest.approx(40 * 0.5 + own)
        assert ranked.loc[("A", "cctv_wall"), "priority"] == pytest.approx(40 + own)
        # B has no r1 (na): its weight goes to the others
        other = (0.15 * 0 + 0.15 * 50 + 0.10 * 0 + 0.10 * 80) * 100 / 90
        assert ranked.loc[("B", "light_stair"), "priority"] == pytest.approx(40 * 0.5 * 100 / 90 + other)

    def test_a_criterion_that_nobody_scored_counts_half(self) -> None:
        ranked = prioritise(self._list(), SCORES[["n4_v"]], case_policy()).set_index(["compound_id", "item"])
        assert ranked.loc[("A", "cctv_wall"), "priority"] == pytest.approx(40 + 15 + 0.45 * 50)

    def test_unblocked_first_then_priority_then_cost_per_household(self) -> None:
        ranked = prioritise(self._list(), SCORES, case_policy()).dropna(subset=["rank"]).sort_values("rank")
        pairs = list(zip(ranked["compound_id"], ranked["item"], strict=True))
        assert pairs == [
            ("A", "cctv_wall"),
            ("A", "nvr"),
            ("A", "ac_unit"),
            ("B", "light_stair"),
            ("B", "ac_mech"),
            ("B", "cctv_wall"),
            ("B", "nvr"),
        ]
        assert ranked["rank"].tolist() == list(range(1, 8))

    def test_requests_to_others_are_not_ranked(self) -> None:
        ranked = prioritise(self._list(), SCORES, case_policy()).set_index(["compound_id", "item"])
        assert ranked.loc[("B", "cctv_pub"), "rank"] is pd.NA

    def test_unknown_rows_have_neither_priority_nor_rank(self) -> None:
        items = yard(access_ctrl_units=None, cctv_points=0, cctv_working=0).items
        row = prioritise(items, SCORES, case_policy()).set_index("item").loc["ac_unit"]
        assert row["priority"] is pd.NA
        assert row["rank"] is pd.NA


def test_costs_of_compounds_without_rows_are_zero() -> None:
    found = chain(make_district([{"compound_id": "A", **YARD}], buildings=[{"compound_id": "A", **HOUSE}]))
    assert costs(found.items, case_policy()).empty
    assert found.costs.loc["A", "cost_all"] == 0
    assert found.costs.loc["A", "cost_all_known"]


def test_safety_is_paid_from_its_own_purse_and_counts_now() -> None:
    found = yard(fire_lane_ok=False, fire_lane_length_m=50.0)
    assert found.item("fire_lane")["purse"] == "安全应急"
    assert found.costs.loc["A", "cost_now"] == 2_500


def test_repair_and_requests_do_not_count() -> None:
    cost = chain(case_6()).costs.iloc[0]
    assert (cost["cost_now"], cost["cost_all"]) == (0, 0)


def test_which_purses_count_now_is_policy() -> None:
    policy = with_settings(case_policy(), now_purses="安全应急")
    found = chain(case_2(), policy)
    assert found.costs["cost_now"].tolist() == [3_000]


def test_inputs_stay_as_they_were() -> None:
    district = case_1()
    before = district.compounds.copy(deep=True)
    found = chain(district)
    ranked = found.items.copy(deep=True)
    prioritise(found.items, SCORES.rename(index={"A": "C01"}), case_policy())
    pd.testing.assert_frame_equal(pd.DataFrame(district.compounds), pd.DataFrame(before))
    pd.testing.assert_frame_equal(found.items, ranked)


def test_the_day_does_not_change_the_money() -> None:
    assert chain(case_1(), as_of=dt.date(2027, 3, 1)).costs.equals(chain(case_1()).costs)
