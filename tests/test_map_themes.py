"""Every theme of the map: one per programme and item, counts that add up, classes worked out by hand."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from planner.decisions.item_gaps import item_gaps
from planner.decisions.pipeline import Assessment, assess
from planner.district.district import District
from planner.district.load import read_district
from planner.outputs.map_classes import (
    GROUPS,
    LAYERS,
    QUICK,
    MapLayer,
    all_layers,
    grouped_titles,
    layer_title,
    map_layer,
    themes,
)
from planner.policy import load_policy
from tests.builders import NA, make_district, shared_policy
from tests.cases import AS_OF
from tests.source_tree import ROOT

KNOWN: dict[str, Any] = {
    "object_type": "小区",
    "housing_type": "房改房",
    "built_year_min": 1986,
    "built_year_max": 1986,
    "built_year_source": "竣工档案",
    "households": 96,
    "property_status": "社区托管",
    "custodian_type": "社区",
    "units_n": 10,
}
SQUARE = box(116, 39, 116.001, 39.001)
ODD: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "one": [{"compound_id": "A", "geometry": SQUARE, **KNOWN}],
    "nothing known": [{"compound_id": "A"}, {"compound_id": "B"}],
    "not applicable": [{"compound_id": "A", "heating_type": NA, "perimeter_closable": NA, "geometry": SQUARE}],
    "points only": [{"compound_id": f"P{k}", "geometry": Point(116 + k / 1000, 39), **KNOWN} for k in range(5)],
}


def assessed(*compounds: dict[str, Any], **more: Any) -> tuple[District, Assessment]:
    """A district of these compounds and its assessment."""
    district = make_district(compounds, **more)
    return district, assess(district, shared_policy(), as_of=AS_OF)


@pytest.fixture(scope="module")
def demo() -> tuple[District, Assessment]:
    """The demo district."""
    policy = load_policy()
    district = read_district(ROOT / "data", policy)
    return district, assess(district, policy, as_of=dt.date(2026, 11, 20))


def labels(layer: MapLayer) -> list[str]:
    """The words of the class of every compound."""
    return [layer.classes[code].label for code in layer.codes]


def counted(layer: MapLayer) -> dict[str, int]:
    """The legend without its empty classes."""
    return {c.label: n for c, n in zip(layer.classes, layer.counts(), strict=True) if n}


def check_all(district: District, assessment: Assessment, *langs: str) -> None:
    """Every theme has exactly one class for every compound."""
    for lang in langs:
        for key, layer in zip(themes(assessment.policy), all_layers(district, assessment, lang), strict=True):
            assert sum(layer.counts()) == len(layer.codes) == len(district.compounds), key
            assert all(c.label and c.fill and c.edge for c in layer.classes), key
            assert len(layer.classes) <= 10, key
            assert layer.key == key
            assert layer.title, key


def test_every_programme_and_every_item_has_a_theme_in_a_known_group() -> None:
    policy = shared_policy()
    found = themes(policy)
    assert {key for key in found if ":" in key} == {
        *(f"programme:{code}" for code in policy.programmes.index),
        *(f"item:{code}" for code in policy.items.index),
    }
    assert {key for key in found if ":" not in key} == set(LAYERS)
    assert set(found.values()) == set(GROUPS)
    assert list(found.values()) == sorted(found.values(), key=GROUPS.index)
    assert set(QUICK) <= set(found)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_two_themes_have_the_same_words(lang: str) -> None:
    titles = grouped_titles(shared_policy(), lang)
    assert len(set(titles.values())) == len(titles)
    assert titles["item:bar_lane"].endswith(layer_title("item:bar_lane", lang, shared_policy()))


@pytest.mark.parametrize("compounds", ODD.values(), ids=ODD.keys())
def test_counts_add_up_on_every_theme_of_odd_districts(compounds: list[dict[str, Any]]) -> None:
    check_all(*assessed(*compounds), "zh")


def test_counts_add_up_on_every_theme_of_the_demo(demo: tuple[District, Assessment]) -> None:
    check_all(*demo, "zh", "en")


@pytest.mark.needs_shared
def test_counts_add_up_on_every_theme_of_the_real_district(tmp_path: Path) -> None:
    shared = Path(os.environ.get("PLANNER_SHARED", ROOT / "../shared")).resolve() / "data/real_district"
    (tmp_path / "geo").mkdir()
    (tmp_path / "compounds.csv").symlink_to(shared / "real_compounds_gb18030.csv")
    (tmp_path / "geo" / "district.gpkg").symlink_to(shared / "real_district.gpkg")
    district = read_district(tmp_path, shared_policy())
    assert len(district.compounds) > 700
    check_all(district, assess(district, shared_policy(), as_of=AS_OF), "zh")


def test_programmes_of_the_demo_are_counted_as_the_rules_answer(demo: tuple[District, Assessment]) -> None:
    table = demo[1].programmes
    for code in demo[1].policy.programmes.index:
        rows = table[table["code"] == code]["result"].value_counts()
        assert map_layer(f"programme:{code}", *demo).counts() == [int(rows.get(k, 0)) for k in ("yes", "unknown", "no")]


def test_scores_of_the_demo_fall_into_the_steps_of_their_number(demo: tuple[District, Assessment]) -> None:
    scores = demo[1].scores
    enough = scores["completeness"] >= 0.6
    for key in ("score", "need", "readiness"):
        steps = pd.cut(scores[key][enough].astype(float), [-1, 30, 40, 50, 60, 70, 101], right=False)
        expected = [*steps.value_counts(sort=False).tolist(), int((~enough).sum())]
        assert map_layer(key, *demo).counts() == expected


def test_items_of_the_demo_agree_with_the_item_list(demo: tuple[District, Assessment]) -> None:
    """Where the list has a row with a deficit, its share names the step; where it has none, no step does."""
    items = demo[1].items
    for code in ("ac_unit", "cctv_pole", "light_stair", "road", "drain", "hydrant"):
        said = pd.Series(labels(map_layer(f"item:{code}", *demo)), index=demo[0].compounds.index)
        listed = items[(items["item"] == code) & items["deficit"].notna()].set_index("compound_id")["deficit"]
        steps = {"缺不足一半": (0, 0.5), "缺一半以上": (0.5, 1), "全部缺": (1, 1.01), "有缺口": (0, 1.01)}
        assert set(said[listed.index]) <= set(steps)
        for key, share in listed.items():
            low, high = steps[said[key]]
            assert low <= float(share) < high
        assert not set(said[~said.index.isin(listed.index)]) & set(steps)


def test_locks_are_stepped_by_the_share_that_lacks() -> None:
    def doors(name: str, **more: Any) -> dict[str, Any]:
        return {"compound_id": name, "geometry": SQUARE, "custodian_doc": "管护承诺书", **KNOWN, **more}

    layer = map_layer(
        "item:ac_unit",
        *assessed(
            doors("a all there", access_ctrl_units=10),
            doors("b two of ten lack", access_ctrl_units=8),
            doors("c five of ten lack", access_ctrl_units=5),
            doors("d none there", access_ctrl_units=0),
            doors("e nobody counted"),
            doors("f to be cleared", access_ctrl_units=0, expropriation_status="已划定范围"),
        ),
    )
    words = ["无此项缺口", "缺不足一半", "缺一半以上", "全部缺", "待核实", "有缺口，现不列项"]
    assert labels(layer) == words
    assert layer.classes[layer.codes[4]].fill == "hatch"
    assert layer.title == "缺口·单元门禁（门+锁+读卡）"


def test_a_lack_that_cannot_be_divided_is_one_class() -> None:
    place = {"geometry": SQUARE, **KNOWN}
    layer = map_layer(
        "item:hydrant",
        *assessed(
            {"compound_id": "a", "hydrant_ok": "坏", **place},
            {"compound_id": "b", "hydrant_ok": "好", **place},
            {"compound_id": "c", **place},
        ),
    )
    assert labels(layer) == ["有缺口", "无此项缺口", "待核实"]


def test_an_item_chosen_by_hand_shows_where_a_programme_would_pay() -> None:
    """A lift hangs on A: unknown while the year is, and closed for what was built too late."""
    late = {**KNOWN, "built_year_min": 2015, "built_year_max": 2015}
    young = {key: value for key, value in KNOWN.items() if not key.startswith("built")}
    lacking = {"access_ctrl_units": 0, "cctv_points": 0, "road_bad_share": 0.5, "lines_overhead_m": 50}
    layer = map_layer(
        "item:lift",
        *assessed(
            {"compound_id": "a", "geometry": SQUARE, **KNOWN, **lacking},
            {"compound_id": "b", "geometry": SQUARE, **young, **lacking},
            {"compound_id": "c", "geometry": SQUARE, **late, **lacking},
        ),
    )
    assert labels(layer) == ["可选（有方案符合）", "待核实", "没有方案符合"]


def test_an_exclusion_is_named_as_a_circumstance_in_its_own_colour() -> None:
    layer = map_layer(
        "programme:X1",
        *assessed({"compound_id": "a", "expropriation_status": "已划定范围"}, {"compound_id": "b"}),
    )
    assert labels(layer) == ["有此情形", "无此情形"]
    assert layer.classes[0].fill == "#8F3115"
    assert map_layer("programme:M", *assessed({"compound_id": "a"})).classes[0].fill == "#E69F00"


def test_the_list_of_sanwu_is_set_against_the_rule() -> None:
    bare = {"property_status": "无", "custodian_type": "无", "cctv_points": 0, "access_ctrl_units": 0}
    served = {"property_status": "专业物业", "custodian_type": "物业服务企业", "cctv_points": 9, "access_ctrl_units": 9}
    layer = map_layer(
        "sanwu",
        *assessed(
            {"compound_id": "a", "sanwu_official": True, "maint_fund_exists": False, **bare},
            {"compound_id": "b", "sanwu_official": True, "maint_fund_exists": True, **served},
            {"compound_id": "c", "sanwu_official": True},
            {"compound_id": "d", "sanwu_official": False, "maint_fund_exists": False, **bare},
            {"compound_id": "e", "maint_fund_exists": True, **served},
            {"compound_id": "f", "sanwu_official": False},
            {"compound_id": "g"},
        ),
    )
    words = [
        "名单和推算都是",
        "仅名单上有",
        "名单上有，推算待核实",
        "仅推算为“三无”",
        "不是“三无”",
        "不是“三无”",
        "待核实",
    ]
    assert labels(layer) == words


def test_the_heating_network_is_as_old_as_its_oldest_branch_since_renewal() -> None:
    def branch(name: str, **years: int) -> dict[str, Any]:
        line = LineString([(116, 39), (116.001, 39)])
        return {"branch_id": f"{name}{len(years)}", "compound_ids": name, "geometry": line, **years}

    heated = {"heating_type": "集中供热"}
    layer = map_layer(
        "heating",
        *assessed(
            {"compound_id": "a", **heated}, {"compound_id": "b", **heated}, {"compound_id": "c", **heated},
            {"compound_id": "d", **heated}, {"compound_id": "e", "heating_type": "分户自采暖"}, {"compound_id": "f"},
            heat_branches=[
                branch("a", laid_year=1990, renewed_year=2020),
                branch("b", laid_year=2013),
                branch("c", laid_year=2006), branch("c", laid_year=1990, renewed_year=2012),
            ],
        ),
    )  # fmt: skip
    assert AS_OF.year == 2026
    assert labels(layer) == ["10年以内", "10–15年", "20–25年", "待核实", "无集中供热", "待核实"]


def test_little_known_compounds_are_hatched_instead_of_shaded() -> None:
    district, assessment = assessed({"compound_id": "a"}, {"compound_id": "b", "geometry": SQUARE, **KNOWN})
    for key in ("score", "need", "readiness"):
        layer = map_layer(key, district, assessment)
        assert labels(layer)[0] == "资料不足（完整度60%以下）"
        assert layer.classes[layer.codes[0]].fill == "hatch"
        assert layer.classes[layer.codes[1]].fill.startswith("#")


def test_gaps_leave_unknown_unknown_and_do_not_touch_the_assessment(demo: tuple[District, Assessment]) -> None:
    _, assessment = demo
    before = assessment.programmes.copy(deep=True)
    gaps = item_gaps(assessment.deficits, assessment.programmes, assessment.policy, ["ac_unit", "lift"])
    flags = assessment.deficits.flags["unit_lock_with_custodian"]
    assert gaps["ac_unit"]["lacks"].equals(flags.rename("lacks"))
    assert (gaps["ac_unit"]["share"].notna() == flags.fillna(False)).all()
    assert gaps["lift"]["lacks"].isna().all()
    assert before.equals(assessment.programmes)


def test_an_unknown_theme_is_an_error(demo: tuple[District, Assessment]) -> None:
    for key in ("nothing", "programme:Q", "item:Q"):
        with pytest.raises(KeyError):
            map_layer(key, *demo)


def test_classes_that_may_stand_side_by_side_do_not_look_alike(demo: tuple[District, Assessment]) -> None:
    for layer in all_layers(*demo):
        looks = [(c.fill, c.dash) for c in layer.classes]
        assert len(set(looks)) == len(looks), layer.key


def test_a_theme_is_the_same_alone_and_among_all(demo: tuple[District, Assessment]) -> None:
    among = {layer.key: layer for layer in all_layers(*demo)}
    for key in ("action", "programme:Z", "item:ac_unit", "item:drain", "item:lift"):
        alone = map_layer(key, *demo)
        assert (alone.title, alone.classes) == (among[key].title, among[key].classes)
        assert alone.codes.tolist() == among[key].codes.tolist()


def test_the_order_of_rows_does_not_matter(demo: tuple[District, Assessment]) -> None:
    district, assessment = demo
    turned = np.random.default_rng(7).permutation(len(district.compounds))
    other = District(**{**{n: getattr(district, n) for n in district.__slots__},
                        "compounds": district.compounds.iloc[turned]})  # fmt: skip
    for key in ("action", "score", "item:ac_unit", "programme:H", "sanwu", "heating"):
        straight, crooked = map_layer(key, district, assessment), map_layer(key, other, assessment)
        assert crooked.codes.tolist() == straight.codes[turned].tolist(), key
