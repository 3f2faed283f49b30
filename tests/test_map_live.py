"""The live map without a browser: what a change sends, theme and layers as widgets, cards, and what comes on demand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box
from streamlit.testing.v1 import AppTest

from planner.decisions.pipeline import assess
from planner.decisions.states import STATES
from planner.district.write import write_district
from planner.outputs.map_cards import card_lines
from planner.outputs.map_classes import MapClass, MapLayer, map_layer, programme_marks, state_classes
from planner.outputs.map_data import shapes_text
from planner.outputs.map_layers import Paint, furnished, packed, paint_message
from planner.outputs.map_overlays import AT_FIRST, OVERLAYS, overlay_text, overlays
from planner.outputs.sheet.compose import sheet_scene
from planner.outputs.sheet.request import SheetRequest
from planner.outputs.sheet.scene import words_of
from planner.web import mapview, served, theme_bar
from tests.builders import make_district, shared_policy
from tests.cases import AS_OF
from tests.test_overview import HOSTILE, OLD, component, fine, run

SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"


@pytest.fixture(autouse=True)
def _own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("PLANNER_DISTRICT", raising=False)
    monkeypatch.setenv("PLANNER_TRUSTED_LAN", "0")


def painted(app: AppTest) -> dict[str, Any]:
    """What the map was told to paint."""
    found = re.search(r"PlannerMap\.paint\(map_div, (\{.*\})\);", component(app)["feature_group"])
    assert found is not None
    return dict(json.loads(found[1]))


def identity(app: AppTest) -> str:
    """The identity of the map's component: while it stays, the map keeps its view."""
    return str(app.get("component_instance")[0].proto.id)


def unpacked(codes: str) -> str:
    """What map.js makes of packed codes."""
    if codes[:1] not in ("=", "+"):
        return codes
    pairs = "".join(f"{SIGNS.index(c) >> 3}{SIGNS.index(c) & 7}" for c in codes[1:])
    return pairs[:-1] if codes[0] == "+" else pairs


@given(st.lists(st.integers(0, 9), max_size=60), st.booleans())
def test_packed_codes_are_the_same_codes(numbers: list[int], filtered: bool) -> None:
    classes = tuple(MapClass(str(k), "#FFFFFF") for k in range(10))
    layer = MapLayer("x", "x", classes, np.array(numbers, dtype=np.int64))
    shown = np.arange(len(numbers)) % 2 == 0 if filtered else None
    plain = paint_message(layer, shown=shown)["codes"]
    assert unpacked(packed(plain)) == plain
    if numbers and max(numbers) < 8 and not filtered:
        assert len(packed(plain)) == 1 + (len(plain) + 1) // 2


def test_a_change_at_3000_compounds_stays_far_below_ten_kilobytes() -> None:
    rng = np.random.default_rng(1)
    layer = MapLayer("action", "办理建议", state_classes(), rng.integers(0, 7, 3000))
    danger = rng.choice(3000, 200, replace=False).tolist()
    plain = furnished(paint_message(layer, safety=danger, chosen=7), layer, overlays=AT_FIRST)
    assert len(json.dumps(Paint(plain).paint)) < 5_000
    some = rng.random(3000) < 0.5
    filtered = furnished(paint_message(layer, shown=some, safety=danger), layer, shown=some, overlays=OVERLAYS)
    assert len(json.dumps(Paint(filtered).paint)) < 7_000
    assert sum(filtered["counts"]) == int(some.sum())
    assert plain["letters"]
    assert not plain["marks"]


def test_the_message_changes_its_mark_with_layers_and_filter() -> None:
    layer = MapLayer("need", "x", state_classes(), np.zeros(10, dtype=np.int64))
    message = paint_message(layer)
    marks = {
        furnished(message, layer)["rev"],
        furnished(message, layer, overlays=("roads",))["rev"],
        furnished(message, layer, shown=np.arange(10) < 5)["rev"],
    }
    assert len(marks) == 3
    assert furnished(message, layer)["rev"] == furnished(message, layer)["rev"]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district of 3,000 compounds on disk."""
    folder = tmp_path_factory.mktemp("large") / "district"
    states = ("无", "专业物业", "社区托管", None)
    rows = [
        {"compound_id": f"L{k:04}", "name": f"小区{k}", **OLD, "property_status": states[k % 4], "units_n": 6,
         "geometry": box(116 + k % 60 / 500, 39 + k // 60 / 500, 116.0015 + k % 60 / 500, 39.0015 + k // 60 / 500)}
        for k in range(3000)
    ]  # fmt: skip
    write_district(make_district(rows), folder)
    return folder


def test_3000_compounds_are_recoloured_by_one_small_message_and_the_map_is_kept(
    large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANNER_DISTRICT", str(large))
    app = run()
    first = identity(app)
    for theme in ("need", "item:ac_unit", "programme:Z", "service"):
        app.selectbox(key="layer_all").select(theme).run()
        fine(app)
        sent = app.get("component_instance")[0].proto
        assert sent.ByteSize() < 10_000
        assert sent.id == first
        assert len(unpacked(painted(app)["codes"])) == 3000
        assert sum(painted(app)["counts"]) == 3000
        assert "coordinates" not in sent.json_args


def test_buttons_and_list_choose_the_same_theme_and_the_address_follows() -> None:
    app = run()
    assert painted(app)["title"] == "办理建议"
    assert app.selectbox(key="layer_all").value == "action"
    app.selectbox(key="layer_all").select("item:bar_lane").run()
    fine(app)
    assert painted(app)["title"] == "缺口·道闸（含车牌识别）"
    assert "".join(app.query_params["theme"]) == "item:bar_lane"
    assert app.session_state["layer_quick"] is None
    app.get("button_group")[0].set_value("service").run()
    assert app.selectbox(key="layer_all").value == "service"
    assert "".join(app.query_params["theme"]) == "service"
    app.get("button_group")[0].set_value(None).run()
    fine(app)
    assert app.selectbox(key="layer_all").value == "service"
    app.selectbox(key="layer_all").select("action").run()
    assert "theme" not in app.query_params


def test_an_address_names_theme_and_layers_and_nonsense_says_nothing() -> None:
    app = run(theme="programme:M", layers="roads;heat;nonsense")
    assert painted(app)["title"] == "方案·微改造"
    assert painted(app)["on"] == ["roads", "heat"]
    assert painted(run(theme="programme:nonsense"))["title"] == "办理建议"
    assert painted(run(layers="none"))["on"] == []


def test_theme_and_layers_are_kept_on_the_way_to_the_suggested_order() -> None:
    app = run(theme="readiness", layers="streets;entrances")
    first = painted(app)
    app.switch_page("planner/pages/ranking.py").run()
    fine(app)
    assert painted(app)["title"] == first["title"] == "条件分"
    assert painted(app)["on"] == first["on"] == ["streets", "entrances"]
    assert "".join(app.query_params["theme"]) == "readiness"


def test_a_layer_is_switched_without_mounting_the_map_anew() -> None:
    app = run()
    first, group = identity(app), next(g for g in app.get("button_group") if g.key == "map_layers_box")
    assert painted(app)["on"] == list(AT_FIRST)
    group.set_value([*AT_FIRST, "heat"]).run()
    fine(app)
    assert painted(app)["on"] == [name for name in OVERLAYS if name != "entrances"]
    assert identity(app) == first
    assert "".join(app.query_params["layers"]) == "streets;communities;roads;water;buildings;heat"


def test_a_district_without_layers_offers_none_and_forgets_no_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_district(make_district([{"compound_id": "A", "geometry": Point(116, 39)}]), tmp_path / "d")
    monkeypatch.setenv("PLANNER_DISTRICT", str(tmp_path / "d"))
    app = run()
    assert painted(app)["on"] == []
    assert app.session_state["map_layers"] == AT_FIRST


def test_the_key_names_what_is_not_on_at_first() -> None:
    assert theme_bar.key_html(AT_FIRST, "zh") == ""
    text = theme_bar.key_html(("heat", "entrances"), "zh")
    assert text.count("<span>") == 3
    assert "供热二网支线" in text


def _layered() -> Any:
    return make_district(
        [{"compound_id": "A", "geometry": box(116, 39, 116.001, 39.001)}],
        heat_branches=[
            {"branch_id": "1", "geometry": LineString([(116, 39), (116.0011119, 39)])},
            {"branch_id": "2", "geometry": None},
        ],
        heat_stations=[{"station_id": "s", "name": HOSTILE, "geometry": Point(116.5, 39.5)}],
        entrances=[
            {"entrance_id": "1", "compound_id": "A", "is_fire_access": True, "geometry": Point(116.25, 39)},
            {"entrance_id": "2", "compound_id": "A", "geometry": Point(116.5, 39)},
            {"entrance_id": "3", "compound_id": "A"},
        ],
    )


def test_what_comes_on_demand_is_rounded_safe_and_complete() -> None:
    text = overlay_text(_layered())
    assert "<img" not in text
    found = json.loads(text)
    assert found["heat"] == {"type": "MultiLineString", "coordinates": [[[116.0, 39.0], [116.001112, 39.0]]]}
    assert found["entrances"] == [[39.0, 116.25, 1], [39.0, 116.5, 0]]
    assert found["stations"][0][:2] == [39.5, 116.5]
    assert json.loads(overlay_text(make_district())) == {"heat": None, "stations": [], "entrances": []}


def test_layers_are_offered_where_there_are_shapes() -> None:
    assert overlays(_layered()) == ("heat", "entrances")
    assert overlays(make_district()) == ()
    land = {"community_name": "甲", "subdistrict_name": "乙", "geometry": box(116, 39, 117, 40)}
    assert overlays(make_district([], communities=[land])) == ("streets", "communities")


def test_a_card_says_sentence_state_programmes_and_cost() -> None:
    compounds = [
        {"compound_id": "A", "geometry": box(116, 39, 116.001, 39.001), **OLD},
        {"compound_id": "B", "name": HOSTILE},
    ]
    assessment = assess(make_district(compounds), shared_policy(), as_of=AS_OF)
    lines = [line.split("\t") for line in card_lines(assessment)]
    assert [len(line) for line in lines] == [5, 5]
    assert lines[0][0] == assessment.sentences("zh")["sentence"].iloc[0]
    assert [STATES[int(line[1])] for line in lines] == assessment.states["state"].tolist()
    marks = programme_marks(assessment)
    assert [line[2] + line[3] for line in lines] == [a + b for a, b in zip(*marks, strict=True)]
    for line, cost in zip(lines, assessment.costs["cost_now"], strict=True):
        assert bool(line[4]) == bool(cost)
    assert "<" not in "".join(card_lines(assessment))


def test_the_demo_says_the_cost_that_the_list_says() -> None:
    app = run()
    holder = next(b.proto.body for b in app.get("html") if "pm-sentences" in b.proto.body)
    lines = [line.split("\t") for line in re.sub(r"<[^>]*>", "", holder).split("\n")]
    assert len(lines) == 186
    assert all(len(line) == 5 for line in lines)
    assert any(line[4].startswith("现在可办估算") for line in lines)
    assert painted(app)["letters"]


def test_a_click_on_the_link_of_a_card_wants_the_page() -> None:
    click = {"last_object_clicked_count": 3, "last_active_drawing": {"properties": {"id": "A", "open": True}}}
    assert mapview.read_click(click, 2) == (3, "A")
    assert mapview.wants_page(click)
    assert not mapview.wants_page({"last_active_drawing": {"properties": {"id": "A"}}})
    assert not mapview.wants_page(None)


def test_a_link_of_a_card_opens_the_page_of_the_compound(monkeypatch: pytest.MonkeyPatch) -> None:
    app = run()
    click = {"last_object_clicked_count": 1, "last_active_drawing": {"properties": {"id": "YH0005", "open": True}}}
    monkeypatch.setattr(mapview, "st_folium", lambda *_args, **_more: click)
    app.run()
    fine(app)
    assert "".join(app.query_params["id"]) == "YH0005"
    assert app.button(key="planner-to-ranking")


def test_shapes_and_what_comes_on_demand_lie_at_an_address_that_changes_with_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "STATIC", tmp_path / "static")
    names = set()
    for k, more in enumerate(({}, {"heat_branches": [{"branch_id": "1", "geometry": LineString([(0, 0), (1, 1)])}]})):
        district = make_district([{"compound_id": "A", "geometry": box(116, 39, 116.001, 39.001)}], **more)
        opened = served.Opened(tmp_path, f"own key {k}", district, shared_policy(), None)  # type: ignore[arg-type]
        found = served.serve_shapes(opened)
        names.add(found.name)
        over = json.loads((tmp_path / "static" / f"{found.name}_over.json").read_text(encoding="utf-8"))
        assert bool(over["heat"]) == bool(more)
    assert len(names) == 2


def test_former_names_travel_with_the_shapes_and_the_undrawn_are_listed() -> None:
    district = make_district(
        [
            {"compound_id": "A", "name": "甲", "alias": "老甲", "geometry": Point(116, 39)},
            {"compound_id": "B", "name": "乙", "alias": HOSTILE},
        ]
    )
    shapes = json.loads(shapes_text(district))
    assert shapes["compounds"]["features"][0]["properties"] == {"i": 0, "id": "A", "name": "甲", "also": "老甲"}
    assert [entry["i"] for entry in shapes["undrawn"]] == [1]
    assert "<img" not in json.dumps(shapes)


def test_every_theme_has_a_sheet() -> None:
    district = make_district([{"compound_id": "A", "geometry": box(116, 39, 116.001, 39.001), **OLD}])
    assessment = assess(district, shared_policy(), as_of=AS_OF)
    for theme in ("item:ac_unit", "programme:X3", "sanwu", "heating"):
        scene, _ = sheet_scene(district, assessment, SheetRequest(theme=theme))
        words = " ".join(word.text for word in words_of(scene))
        layer = map_layer(theme, district, assessment)
        assert layer.title in words
        assert all(look.label in words for look in layer.classes)
