"""One compound as plain frames: the parts of its score, its programmes, items, history, facts and shapes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from planner.decisions.pipeline import Assessment, assess
from planner.district.load import read_district
from planner.outputs import compound_facts, compound_sheet, site_map
from planner.policy import load_policy
from planner.text import t
from tests.builders import NA, make_district, shared_policy
from tests.cases import AS_OF
from tests.source_tree import ROOT

HERE = box(116, 39, 116.001, 39.001)
ROW: dict[str, Any] = {
    "compound_id": "A",
    "name": "幸福里",
    "object_type": "小区",
    "built_year_min": 1986,
    "built_year_max": 1986,
    "built_year_source": "竣工档案",
    "households": 96,
    "units_n": 8,
    "property_status": "无",
    "custodian_type": "无",
    "custodian_doc": "无",
    "access_ctrl_units": 0,
    "cctv_points": 0,
    "source": "2026年摸底调查",
    "surveyed_on": pd.Timestamp("2026-06-17"),
    "geometry": HERE,
}


@pytest.fixture(scope="module")
def demo() -> Assessment:
    """The demo district."""
    policy = load_policy()
    return assess(read_district(ROOT / "data", policy), policy, as_of=dt.date(2026, 11, 20))


def of(*rows: dict[str, Any], profile: str | None = None, **more: Any) -> Assessment:
    """The assessment of these compounds."""
    return assess(make_district(rows, **more), shared_policy(), as_of=AS_OF, profile=profile)


@pytest.mark.parametrize("profile", ["screen", "review", "final"])
def test_points_and_assumed_points_add_up_to_the_score_and_maxima_to_100(demo: Assessment, profile: str) -> None:
    found = assess(demo.district, demo.policy, as_of=demo.as_of, profile=profile)
    for key in found.ranking["compound_id"][::23]:
        points, row = compound_sheet.breakdown(found, key), found.scores.loc[key]
        assert points["maximum"].sum() == pytest.approx(100)
        assert points["points"].fillna(0).sum() + points["assumed"].sum() == pytest.approx(float(row["score"]))
        assert points["low"].sum() == pytest.approx(float(row["score_low"]))
        assert points["high"].sum() == pytest.approx(float(row["score_high"]))
        assert (points["points"].dropna() <= points.loc[points["points"].notna(), "maximum"] + 1e-9).all()
        need = points[points["side"] == "need"]
        got = need["points"].fillna(0).sum() + need["assumed"].sum()
        assert 100 * got / need["maximum"].sum() == pytest.approx(float(row["need"]))


def test_what_cannot_apply_gives_its_weight_to_its_group() -> None:
    """初筛: n3 weighs 14 of 86 in N; without it the others of N weigh 86 / 72 times as much."""
    aside = assess(make_district([ROW]), shared_policy(), as_of=AS_OF, unused=("n3",))
    plain, without = (compound_sheet.breakdown(a, "A") for a in (of(ROW), aside))
    assert plain.at["n3", "maximum"] == pytest.approx(14)
    assert "n3" not in without.index
    assert without.at["n2", "maximum"] == pytest.approx(32 * 86 / 72)
    assert without["maximum"].sum() == pytest.approx(100)
    assert compound_sheet.not_applicable(aside, "A") == ["n3"]
    assert compound_sheet.not_applicable(of(ROW), "A") == []


def test_the_unknown_has_no_points_and_stands_last() -> None:
    points = compound_sheet.breakdown(of({"compound_id": "A", "property_status": "无"}), "A")
    assert points.at["n4", "points"] == pytest.approx(30)
    assert points.at["n2", "kind"] == "unknown"
    assert pd.isna(points.at["n2", "points"])
    assert points.at["n2", "assumed"] == pytest.approx(16)
    assert points[points["side"] == "need"].index[0] == "n4"


def test_programmes_stand_first_the_ones_that_hold_before_the_others(demo: Assessment) -> None:
    key = demo.ranking["compound_id"].iloc[0]
    rows = compound_sheet.programme_rows(demo, key)
    main = rows[rows["kind"] == "programme"]
    assert set(main["code"]) == {"A", "H", "E", "M", "Z", "W"}
    assert list(rows["code"][: len(main)]) == list(main["code"])
    order = [{"yes": 0, "unknown": 1, "no": 2}[r] for r in main["result"]]
    assert order == sorted(order)
    assert set(rows[rows["kind"] != "programme"]["result"]) <= {"yes", "unknown"}


def test_items_that_can_be_done_come_before_blocked_and_unknown_ones(demo: Assessment) -> None:
    for key in demo.ranking["compound_id"][::31]:
        items = compound_sheet.item_rows(demo, key)
        order = [{"now": 0, "blocked": 1, "verify": 2}[s] for s in items["status"]]
        assert order == sorted(order)
        assert len(items) == (demo.items["compound_id"] == key).sum()
        now = items[(items["status"] == "now") & items["purse"].isin(demo.policy.values("now_purses"))]
        assert now["cost"].fillna(0).sum() == demo.costs.at[key, "cost_now"]


def test_history_is_newest_first_and_adds_the_known_sources() -> None:
    works = [
        {"intervention_id": "X1", "compound_id": "A", "programme": "M", "year": 2019, "funds_city_yuan": 5.0},
        {"intervention_id": "X2", "compound_id": "A", "programme": "A", "year": 2023,
         "funds_central_yuan": 100.0, "funds_district_yuan": 20.0},
        {"intervention_id": "X3", "compound_id": "B", "programme": "A", "year": 2024},
    ]  # fmt: skip
    found = compound_sheet.history(of(ROW, {"compound_id": "B"}, interventions=works), "A")
    assert list(found["year"]) == [2023, 2019]
    assert list(found["funds"]) == [120.0, 5.0]


def test_previous_and_next_follow_the_order(demo: Assessment) -> None:
    order = list(demo.ranking["compound_id"])
    assert compound_sheet.neighbours(demo, order[0]) == ("", order[1])
    assert compound_sheet.neighbours(demo, order[7]) == (order[6], order[8])
    assert compound_sheet.neighbours(demo, order[-1]) == (order[-2], "")
    with pytest.raises(ValueError, match="nobody"):
        compound_sheet.neighbours(demo, "nobody")


def test_facts_carry_source_and_date_and_the_unknown_carries_nothing() -> None:
    facts = {fact.label: fact for fact in compound_facts.key_facts(of(ROW), "A")}
    built, size, meter = (facts[t(f"compound.fact.{name}")] for name in ("built", "size", "meter"))
    assert (built.value, built.source, built.date) == ("1986年建", "竣工档案", "2026-06-17")
    assert size.value == "楼栋数待查，8单元，96户"
    assert (meter.value, meter.source, meter.date) == ("", "", "")
    nothing = compound_facts.key_facts(of({"compound_id": "A"}), "A")
    assert [fact.label for fact in nothing if fact.value] == [t("compound.fact.registers")]


def test_facts_say_what_cannot_apply_and_what_was_written() -> None:
    row = {"compound_id": "A", "illegal_structures_n": NA, "year_lo": 1980, "year_hi": 1989,
           "built_year_min": 1985, "original": {"built_year_min": "80年代"}}  # fmt: skip
    facts = {fact.label: fact.value for fact in compound_facts.key_facts(of(row), "A")}
    assert facts[t("compound.fact.illegal")] == t("compound.na")
    assert facts[t("compound.fact.built")] == "80年代"
    everything = {fact.label: fact.value for fact in compound_facts.all_facts(of(row), "A")}
    assert everything["违法建设处数"] == t("compound.na")
    assert everything["建成年代（最早）"] == "80年代"


def test_counted_buildings_and_the_ledger_are_both_shown() -> None:
    houses = [
        {"building_id": f"B{k}", "compound_id": "A", "geometry": box(116 + k / 5000, 39, 116.0001 + k / 5000, 39.0001)}
        for k in range(3)
    ]
    facts = compound_facts.key_facts(of({**ROW, "buildings_n": 4}, buildings=houses), "A")
    assert facts[1].value.startswith("3栋（台账4栋）")
    assert facts[1].source == t("compound.source.map")


def test_the_map_holds_the_shapes_of_this_compound_only() -> None:
    district = of(
        ROW,
        {"compound_id": "B", "geometry": Point(116.01, 39)},
        {"compound_id": "C"},
        buildings=[{"building_id": "H1", "compound_id": "A", "geometry": box(116, 39, 116.0002, 39.0002)}],
        entrances=[
            {"entrance_id": "E1", "compound_id": "A", "is_fire_access": True, "geometry": Point(116, 39)},
            {"entrance_id": "E2", "compound_id": "A", "geometry": Point(116.001, 39)},
            {"entrance_id": "E3", "compound_id": "B", "geometry": Point(116.01, 39)},
        ],
        heat_branches=[
            {"branch_id": "R1", "compound_ids": "B;A", "geometry": LineString([(116, 39), (116.001, 39.001)])},
            {"branch_id": "R2", "compound_ids": "B", "geometry": LineString([(116, 39), (116.01, 39)])},
        ],
    ).district
    counts = {kind: len(found) for kind, found in site_map.site_shapes(district, "A").items()}
    assert counts == {"buildings": 1, "heat": 1, "entrances": 1, "fire": 1}
    assert site_map.site_layer(district, "B").codes.tolist() == [1, 0, 1]
    assert site_map.site_box(district, "C") is None
    (south, west), (north, east) = site_map.site_box(district, "B") or [[0, 0], [0, 0]]
    assert south < 39 < north
    assert west < 116.01 < east
    drawn = site_map.site_elements(site_map.site_shapes(district, "A")).shapes
    assert [part["kind"] for part in drawn] == ["buildings", "heat", "entrances", "fire"]
    assert site_map.site_elements(site_map.site_shapes(district, "C")).shapes == []
