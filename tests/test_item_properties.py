"""Properties of rules and items: order of rows, other compounds, completing a field, emptiness."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from planner.decisions.items import costs
from planner.decisions.programmes import COLUMNS, wide
from planner.district.district import District
from tests.builders import NA, make_district
from tests.cases import CASES, case_policy
from tests.item_cases import Chain, chain

CANDIDATES = ("Z1", "Z2", "Z4")
"""Hints that look at neighbours, or hold while no better one is certain."""

WHO_CHOOSES = [
    "unit_lock_with_custodian",
    "unit_lock_no_custodian",
    "recorder_missing",
    "ped_gate_open_large",
    "ped_gate_open_small",
]
"""Deficits split by custodian or size: which device fits while nobody knows is a choice, one of two rows."""

AT_THE_GATE = ("ped_gate", "ped_gate_open", "vehicle_gate", "vehicle_gate_open", "open_perimeter")
AT_THE_GATE += ("camera", "camera_missing", "camera_wall_missing", "camera_pole_missing", "camera_missing_no_custodian")
"""Deficits that a courtyard of self-built houses cannot have: until X4 is known, the perimeter alone decides them."""

CHOICES: dict[str, list[Any]] = {
    "object_type": ["小区", "院落", "家属院"],
    "housing_type": ["房改房", "自建房"],
    "built_year_min": [1985, 2000, 2001, 2010, 2024],
    "built_year_source": ["竣工档案", "居民口述"],
    "households": [12, 49, 150, 620],
    "buildings_n": [1, 3],
    "units_n": [2, 9],
    "access_ctrl_units": [0, 2, 9],
    "access_ctrl_working": [0, 2],
    "cctv_points": [0, 3, 40],
    "cctv_working": [0, 3],
    "property_status": ["无", "专业物业", "社区托管", "居民自管"],
    "custodian_type": ["无", "社区", "居民自管小组", "物业服务企业"],
    "custodian_doc": ["无", "口头", "管护承诺书"],
    "perimeter_closable": ["可", "不可", "部分"],
    "public_road_through": [False],
    "through_traffic": [True, False],
    "fire_lane_min_width_m": [3.0, 4.0, 8.0],
    "fire_lane_ok": [True, False],
    "hydrant_ok": ["好", "坏", "未查"],
    "indoor_charging": [True, False],
    "vehicle_gates_n": [0, 1, 2],
    "barrier_lanes_n": [0, 1, 2],
    "ped_gates_n": [0, 1],
    "parking_n": [0, 19, 40],
    "bike_sheds_n": [0, 1],
    "activity_grounds_n": [0, 1],
    "road_length_m": [0.0, 130.0],
    "open_perimeter_m": [0.0, 50.0],
    "stair_light_broken_rate": [0.0, 0.5],
    "road_light_ok": ["好", "坏"],
    "road_bad_share": [0.0, 0.3],
    "drain_type": ["分流", "合流"],
    "drain_bad_m": [0.0, 30.0],
    "ponding_points": [0, 2],
    "lines_overhead_m": [0.0, 20.0],
    "waste_sorting": ["有", "无"],
    "expropriation_status": ["无", "已划定范围"],
    "illegal_blocking": [True, False],
    "support_households_n": [5, 8, 12],
    "surveyed_households_n": [12],
    "households_not_reached": [0],
    "public_meter": ["有", "无", "不清"],
    "heating_type": ["集中供热", "无"],
    "hotline_12m_heating": [0, 30],
    "vote_type": ["业主表决"],
}
NEVER_HIDDEN = ("expropriation_status", "built_year_source")
"""Blank is not on the register, and a year without source is a written one: what comes later changes an answer."""

SHOWN = [name for name in CHOICES if name not in NEVER_HIDDEN]
seeds = given(st.integers(0, 2**32))
few = settings(max_examples=4, phases=[Phase.explicit, Phase.reuse, Phase.generate])
Row = dict[str, Any]


def drawn(seed: int, n: int = 80, blank: float = 0.3) -> list[Row]:
    """n compounds by chance, each field blank with probability ``blank``."""
    dice = random.Random(seed)
    return [{f: None if dice.random() < blank else dice.choice(v) for f, v in CHOICES.items()} for _ in range(n)]


def veiled(rows: list[Row], seed: int) -> list[Row]:
    """The same compounds with some fields hidden, registers and what a printed presumption rests on apart."""
    dice = random.Random(seed + 1)
    return [{f: None if f in SHOWN and dice.random() < 0.3 else v for f, v in row.items()} for row in rows]


def consistent(row: Row) -> Row:
    """Who has no custodian has no document of one; self-built houses have no unit doors."""
    nobody = {"custodian_doc": "无"} if row["custodian_type"] == "无" else {}
    courtyard = row["object_type"] == "院落" and row["housing_type"] == "自建房"
    return {**row, **nobody, **({"units_n": 0} if courtyard else {})}


def district_of(rows: list[dict[str, Any]]) -> District:
    named = [{"compound_id": f"C{i}", "community_name": f"S{i}", **row} for i, row in enumerate(rows)]
    houses = [
        {"building_id": f"B{i}", "compound_id": f"C{i}", "gas_hazard": False, "corridor_hazard": i % 2 == 0}
        for i in range(0, len(rows), 2)
    ]
    gates = [
        {"entrance_id": f"E{i}{k}", "compound_id": f"C{i}", "gate_type": kind, "clear_width_m": 4.0 * k + 3.5}
        for i in range(0, len(rows), 3)
        for k, kind in enumerate(("车行", "人行"))
    ]
    return make_district(named, buildings=houses, entrances=gates)


def answers(found: Chain) -> pd.DataFrame:
    return wide(found.evaluated).sort_index()


def by_compound(found: Chain, *, drop: tuple[str, ...] = ()) -> pd.DataFrame:
    frame = found.evaluated[~found.evaluated["code"].isin(drop)]
    return frame.sort_values(["compound_id", "code"]).reset_index(drop=True)


@few
@seeds
def test_the_order_of_rows_never_matters(seed: int) -> None:
    straight = district_of(drawn(seed))
    order = random.Random(seed).sample(range(80), 80)
    mixed = replace(
        straight,
        compounds=straight.compounds.iloc[order],
        layers={name: layer.iloc[::-1].reset_index(drop=True) for name, layer in straight.layers.items()},
        year_range=straight.year_range.iloc[::-1],
    )
    one, other = chain(straight), chain(mixed)
    pd.testing.assert_frame_equal(by_compound(one), by_compound(other))
    lists = [c.items.sort_values("compound_id", kind="stable").reset_index(drop=True) for c in (one, other)]
    pd.testing.assert_frame_equal(*lists)
    pd.testing.assert_frame_equal(one.costs.sort_index(), other.costs.sort_index())


@few
@seeds
def test_another_compound_never_changes_a_rule_or_an_item(seed: int) -> None:
    """Z1, Z2 and what hangs on them apart: those are hints about neighbours, and here all share one community."""
    rows = [{**row, "community_name": "东街"} for row in drawn(seed)]
    whole, part = chain(district_of(rows)), chain(district_of(rows[:20]))
    own = by_compound(whole, drop=CANDIDATES)
    ids = set(part.district.compounds.index)
    own = own[own["compound_id"].isin(ids)].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, by_compound(part, drop=CANDIDATES))
    mine = whole.items[whole.items["compound_id"].isin(ids)].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, part.items, check_categorical=False)


@few
@seeds
def test_a_field_that_becomes_known_moves_an_answer_only_from_unknown(seed: int) -> None:
    full = [consistent(row) for row in drawn(seed, blank=0.0)]
    before, after = chain(district_of(veiled(full, seed))), chain(district_of(full))
    codes = [code for code in answers(before).columns if code not in CANDIDATES]
    _only_from_unknown(answers(before)[codes], answers(after)[codes])
    names = [name for name in before.deficits.flags.columns if name not in WHO_CHOOSES]
    settled = answers(before)["X4"].reindex(before.deficits.flags.index).notna()
    flags = before.deficits.flags[names]
    _only_from_unknown(flags[settled], after.deficits.flags[names][settled])
    rest = [name for name in names if name not in AT_THE_GATE]
    _only_from_unknown(flags[rest], after.deficits.flags[rest])


def _only_from_unknown(before: pd.DataFrame, after: pd.DataFrame) -> None:
    known = before.notna()
    moved = known & (after.isna() | (after != before).fillna(True))
    assert {name: list(moved.index[moved[name]]) for name in moved if moved[name].any()} == {}


@few
@seeds
def test_an_unknown_answer_names_a_field_that_is_blank(seed: int) -> None:
    rows = drawn(seed)
    result = chain(district_of(rows)).evaluated
    unknown = result[result["result"] == "unknown"]
    assert (unknown["missing"] != "").all()
    assert (result.loc[result["result"] != "unknown", "missing"] == "").all()
    told = [{name for name, value in row.items() if value not in (None, "未查", "不清")} for row in rows]
    unknown = unknown[unknown["code"] != "X7"]  # the survey itself is unfinished, no cell is blank
    for cid, code, missing in zip(unknown["compound_id"], unknown["code"], unknown["missing"], strict=True):
        assert not set(missing.split(";")) <= told[int(cid[1:])], (cid, code, missing)


@few
@seeds
def test_rows_money_and_quantities_agree(seed: int) -> None:
    found = chain(district_of(drawn(seed)))
    items = found.items
    known = items["deficit"].notna()
    assert known.any()
    assert (~known).any()
    assert not items.duplicated(["compound_id", "item"]).any()
    pairs = {frozenset((code, other)) for code, cell in _conflicts() for other in cell.split(";") if other}
    together = items.groupby("compound_id")["item"].agg(set)
    assert not [(cid, pair) for cid, codes in together.items() for pair in pairs if pair <= codes]
    assert items.loc[~known, ["qty", "cost"]].isna().all(axis=None)
    assert (items.loc[~known, "qty_low"] == 0).all()
    assert items.loc[known, "deficit"].between(0, 1).all()
    counted = items.dropna(subset=["qty", "qty_high"])
    assert ((counted["qty_low"] <= counted["qty"]) & (counted["qty"] <= counted["qty_high"])).all()
    assert (items.loc[~known, "condition_zh"] != "").all()
    fiscal = items[items["fiscal"]].groupby("compound_id")["cost"].sum()
    whole = fiscal.reindex(found.costs.index).fillna(0).astype("Int64")
    pd.testing.assert_series_equal(found.costs["cost_all"], whole, check_names=False, check_index_type=False)
    assert (found.costs["cost_now_low"] <= found.costs["cost_now"]).all()
    assert (found.costs["cost_now"] <= found.costs["cost_now_high"]).all()


def _conflicts() -> list[tuple[str, str]]:
    table = case_policy().items["conflicts"]
    return list(zip(table.index, table, strict=True))


def test_no_compound() -> None:
    found = chain(make_district([]))
    assert list(found.evaluated.columns) == list(COLUMNS)
    assert found.evaluated.empty
    assert found.items.empty
    assert found.costs.empty
    assert wide(found.evaluated).empty
    assert costs(found.items, case_policy()).empty


def test_a_compound_about_which_nothing_is_known() -> None:
    found = chain(make_district([{"compound_id": "A"}]))
    table = wide(found.evaluated).iloc[0]
    assert [code for code, value in table.items() if value is not pd.NA and value] == []
    assert [code for code in ("A", "E", "H", "M", "S", "W", "Z") if table[code] is not pd.NA] == []
    assert found.items["deficit"].isna().all()
    assert found.costs.loc["A", "cost_all"] == 0
    assert not found.costs.loc["A", "cost_all_known"]


def test_what_cannot_apply_is_settled() -> None:
    """na: no unit doors, no cameras to count, no vehicle gate: nothing is missing there."""
    cells = ("units_n", "access_ctrl_units", "vehicle_gates_n", "barrier_lanes_n", "ped_gates_n", "heating_type")
    found = chain(make_district([{"compound_id": "A", "built_year_min": 1990, **dict.fromkeys(cells, NA)}]))
    flags = found.deficits.flags.iloc[0]
    assert [name for name in ("unit_lock", "vehicle_gate", "ped_gate") if flags[name] is pd.NA or flags[name]] == []
    assert found.result("H") == "no"


@pytest.mark.parametrize("number", CASES)
def test_the_list_is_the_same_among_other_compounds(number: int) -> None:
    """A case keeps its items when all cases stand in one district."""
    everybody = [build() for build in CASES.values()]
    merged = _merge(everybody)
    whole, alone = chain(merged), chain(CASES[number]())
    cid = alone.district.compounds.index[0]
    mine = whole.items[whole.items["compound_id"] == cid].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, alone.items, check_categorical=False)
    assert list(whole.costs.loc[cid]) == list(alone.costs.loc[cid])


def _merge(districts: list[District]) -> District:
    first = districts[0]
    layers = {
        name: pd.concat([d.layers[name] for d in districts if len(d.layers[name])] or [layer], ignore_index=True)
        for name, layer in first.layers.items()
    }
    tables = {
        name: pd.concat([d.tables[name] for d in districts if len(d.tables[name])] or [table], ignore_index=True)
        for name, table in first.tables.items()
    }
    compounds = pd.concat([d.compounds for d in districts])
    years = pd.concat([d.year_range for d in districts])
    return District(
        "测试区",
        compounds,
        layers,
        tables,
        frozenset(),
        first.original,
        first.problems,
        years,  # type: ignore[arg-type]
    )
