"""Layers of the map: every compound in exactly one class, the unknown never a low value, one character each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from planner.decisions.pipeline import Assessment, assess
from planner.decisions.states import STATES
from planner.district.district import District
from planner.outputs.map_classes import (
    LAYERS,
    PROGRAMMES,
    STATE_KEYS,
    MapClass,
    MapLayer,
    held_programmes,
    map_layer,
    programme_marks,
    state_classes,
)
from planner.outputs.map_layers import CANVAS_FROM, Paint, PlannerMap, base_map, codes_text, paint_message
from planner.text import safe_text
from tests.builders import NA, make_district, shared_policy
from tests.cases import AS_OF

SQUARE = box(116, 39, 116.001, 39.001)


def assessed(*compounds: dict[str, Any], **more: Any) -> tuple[District, Assessment]:
    """A district of these compounds and its assessment."""
    district = make_district(compounds, **more)
    return district, assess(district, shared_policy(), as_of=AS_OF)


@pytest.fixture(scope="module")
def mixed() -> tuple[District, Assessment]:
    """Four compounds: nothing known, no service, a firm, no heating."""
    return assessed(
        {"compound_id": "empty"},
        {"compound_id": "none", "property_status": "无", "households": 96, "geometry": SQUARE},
        {"compound_id": "firm", "property_status": "专业物业", "geometry": SQUARE},
        {"compound_id": "cold", "property_status": "居民自管", "heating_type": "无", "geometry": SQUARE},
    )


@pytest.mark.parametrize("key", LAYERS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_counts_of_every_layer_add_up_to_all_compounds(mixed: tuple[District, Assessment], key: str, lang: str) -> None:
    layer = map_layer(key, *mixed, lang)
    assert sum(layer.counts()) == 4
    assert len(layer.codes) == 4
    assert all(c.label for c in layer.classes)


def test_service_has_a_class_for_every_status_and_hatches_the_unknown(mixed: tuple[District, Assessment]) -> None:
    layer = map_layer("service", *mixed)
    labels = [layer.classes[code].label for code in layer.codes]
    assert labels == ["待核实", "无物业服务", "专业物业", "居民自管"]
    assert layer.classes[layer.codes[0]].fill == "hatch"


def test_unknown_security_is_hatched_and_no_heating_is_grey(mixed: tuple[District, Assessment]) -> None:
    micro, heat = map_layer("micro", *mixed), map_layer("heat", *mixed)
    assert micro.classes[micro.codes[0]].fill == "hatch"
    assert heat.classes[heat.codes[3]].label == "不适用"
    assert heat.classes[heat.codes[0]].fill == "hatch"


def test_a_known_gap_falls_into_its_step() -> None:
    known = {"units_n": 10, "perimeter_closable": "不可", "parking_n": 0, "cctv_points": 0, "cctv_working": 0}
    district, assessment = assessed({"compound_id": "A", "access_ctrl_units": 10, "access_ctrl_working": 10, **known})
    share = float(assessment.criteria["n3_x"].iloc[0])
    layer = map_layer("micro", district, assessment)
    low, high = ((0, 0.5), (0.5, 20), (20, 40), (40, 60), (60, 80), (80, 101))[layer.codes[0]]
    assert low <= 100 * share < high


def test_states_are_the_seven_of_the_decision_in_their_order() -> None:
    labels = [c.label for c in state_classes()]
    assert len(labels) == len(STATES) == len(STATE_KEYS) == 7
    assert labels[:4] == list(STATES[:4])
    assert labels[5] == STATES[5]
    assert [c.fill for c in state_classes()][3] == "hatch"


def test_marks_hold_one_bit_per_programme_that_holds(mixed: tuple[District, Assessment]) -> None:
    marks, leads = programme_marks(mixed[1])
    held = held_programmes(mixed[1])
    for mark, (_, row) in zip(marks, held.iterrows(), strict=True):
        assert [bool(int(mark, 32) >> k & 1) for k in range(len(PROGRAMMES))] == row.tolist()
    assert len(leads) == 4


@given(st.lists(st.tuples(st.integers(0, 7), st.booleans()), max_size=40))
def test_one_character_per_compound_and_back(rows: list[tuple[int, bool]]) -> None:
    codes = np.array([code for code, _ in rows], dtype=np.int64)
    shown = np.array([on for _, on in rows], dtype=bool)
    classes = tuple(MapClass(str(k), "#FFFFFF") for k in range(8))
    text = codes_text(MapLayer("x", "x", classes, codes), shown)
    assert len(text) == len(rows)
    assert [(ord(c) - (48 if c < "a" else 97), c < "a") for c in text] == rows


def test_the_message_of_a_recolouring_is_small_and_changes_with_what_is_shown() -> None:
    codes = np.zeros(3000, dtype=np.int64)
    layer = MapLayer("action", "x", state_classes(), codes)
    some = np.arange(3000) % 2 == 0
    whole, half = paint_message(layer), paint_message(layer, shown=some, chosen=7)
    assert len(repr(whole)) < 6_000
    assert whole["rev"] != half["rev"]
    assert whole["rev"] == paint_message(layer)["rev"]
    assert half["chosen"] == 7


def test_many_compounds_are_painted_on_a_canvas() -> None:
    assert base_map(box=None, rows=CANVAS_FROM + 1).options["prefer_canvas"] is True
    assert base_map(box=None, rows=CANVAS_FROM).options["prefer_canvas"] is False


def test_not_applicable_is_grey_in_every_stepped_layer() -> None:
    district, assessment = assessed({"compound_id": "A", "heating_type": NA, "geometry": SQUARE})
    assert sum(map_layer("heat", district, assessment).counts()) == 1


@pytest.mark.parametrize("text", ["{{7*191}}", "{% x %}", "<img>", "`x`", "${x}", 'a"b', "a'b", "a\\b"])
def test_a_text_that_missed_the_door_never_reaches_folium(text: str) -> None:
    with pytest.raises(ValueError, match="safe_text"):
        Paint({"view": {"key": text}})
    with pytest.raises(ValueError, match="safe_text"):
        PlannerMap({"words": [text]})
    assert Paint({"view": {"key": safe_text(text)}}).paint == {"view": {"key": safe_text(text)}}
