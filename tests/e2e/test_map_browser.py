"""The finished map in a real browser: view kept, layers, card and its link, search, full-screen legend, export."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Frame

from planner.decisions.pipeline import Assessment, assess
from planner.district.district import District
from planner.district.load import read_district
from planner.outputs.map_classes import map_layer, themes
from planner.outputs.map_html import map_page
from planner.policy import load_policy
from planner.web.session import policy_date
from tests.e2e.conftest import ROOT, Visit, choose_theme, drawn_fills

pytestmark = pytest.mark.needs_chromium
Go = Callable[..., Visit]
VIEW = "[map.getZoom(), map.getCenter().lat, map.getCenter().lng]"


@pytest.fixture(scope="module")
def demo() -> tuple[District, Assessment]:
    """The demo district as the app computes it."""
    policy = load_policy()
    district = read_district(ROOT / "data", policy)
    return district, assess(district, policy, as_of=policy_date(policy, dt.date.today()))


def close_up(frame: Frame, compound_id: str) -> list[float]:
    """Zoom in on a compound; the place on the map where it can be clicked."""
    script = """id => { const p = map.planner, named = l => l && PlannerMap.typed(l.feature.properties.id) === id;
        const layer = p.layers.find(named);
        p.touched = true;
        const spot = p.shapes.spots[layer.feature.properties.i].slice(0, 2);
        map.setView(spot, 16.5, {animate: false});
        const at = map.latLngToContainerPoint(spot); return [at.x, at.y]; }"""
    return [float(v) for v in frame.evaluate(script, compound_id)]


def test_a_change_of_theme_keeps_the_view_and_is_one_small_message(visit: Go, demo_app: str) -> None:
    page = visit(demo_app)
    received: list[int] = []
    page.page.on("websocket", lambda ws: ws.on("framereceived", lambda data: received.append(len(data))))
    page.page.reload()
    frame = page.map()
    frame.evaluate("map.planner.touched = true; map.setZoom(15.2, {animate: false}); window.stamp = 'same map'")
    page.idle()
    view, before = frame.evaluate(VIEW), frame.evaluate("window.plannerRev")
    received.clear()
    choose_theme(page, "需求分")
    frame = page.repainted(before)
    page.idle()
    assert frame.evaluate(VIEW) == view
    assert frame.evaluate("window.stamp") == "same map"
    assert 0 < max(received) < 10_000
    received.clear()
    frame.evaluate("map.panBy([60, 30], {animate: false})")
    page.page.wait_for_timeout(1500)
    page.idle()
    assert sum(received) < 12_000
    assert page.page.locator(".rank-list .li").count() > 0
    assert page.errors == []


def test_layers_come_on_demand_once_and_go_again(visit: Go, demo_app: str) -> None:
    page = visit(f"{demo_app}/?layers=streets")
    asked: list[str] = []
    page.page.on("request", lambda request: asked.append(request.url) if "_over.json" in request.url else None)
    frame = page.map()
    page.idle()
    count = "name => map.planner.over[name] && map.hasLayer(map.planner.over[name])"
    assert [frame.evaluate(count, name) for name in ("streets", "roads", "water", "heat")] == [True, None, None, None]
    assert frame.evaluate("[...document.querySelectorAll('.pm-road')].length") == 0
    view = frame.evaluate(VIEW)
    page.page.locator(".st-key-planner-map-layers button").first.click()
    for name, there in (("供热管线", True), ("出入口", True), ("供热管线", False), ("供热管线", True)):
        before = frame.evaluate("window.plannerRev")
        page.page.get_by_role("button", name=name, exact=True).click()
        frame = page.repainted(before)
        frame.wait_for_function(f"Boolean(({count})('heat')) === {str(there).lower()}")
    frame.wait_for_function("map.planner.heated", timeout=20_000)
    assert len(asked) == 1
    assert frame.evaluate(VIEW) == view
    frame.evaluate("map.planner.touched = true; map.setZoom(15.5, {animate: false})")
    frame.wait_for_function("map.planner.entrancesSpots && map.planner.entrancesSpots.getLayers().length > 0")
    assert page.page.locator(".lgo span").count() == 3
    page.clean()


def test_a_click_opens_a_card_whose_link_opens_the_page_without_a_reload(
    visit: Go, demo_app: str, demo: tuple[District, Assessment]
) -> None:
    page = visit(demo_app)
    frame = page.map()
    ranking = demo[1].ranking.set_index("compound_id")
    wanted = str(ranking.index[ranking["state"] == "可列入"][0])
    x, y = close_up(frame, wanted)
    page.idle()
    page.page.evaluate("window.stamp = 'same session'")
    before, box = frame.evaluate("window.plannerRev"), page.page.locator("iframe[title*=st_folium]").bounding_box()
    assert box is not None
    page.page.mouse.click(box["x"] + x + 1, box["y"] + y + 1)
    card = frame.locator(".pm-card")
    card.wait_for()
    assert card.locator(".pm-card-head").inner_text().split() == [ranking.at[wanted, "name"], wanted]
    assert card.locator(".pm-card-state b").inner_text() == "可列入"
    assert card.locator("p").inner_text() == ranking.at[wanted, "sentence"]
    assert "万元" in card.locator(".pm-card-cost").inner_text()
    page.repainted(before)
    page.idle()
    assert page.page.locator(".rank-list .li.on").get_attribute("data-id") == wanted
    assert card.is_visible()
    card.locator(".pm-open").click()
    page.page.wait_for_url(f"**/compound?*id={wanted}*", timeout=30_000)
    page.idle()
    assert page.page.evaluate("window.stamp") == "same session"
    assert page.page.locator(".st-key-planner-compound").count() == 1
    page.clean()


def test_search_finds_former_names_and_ids_by_keyboard(
    visit: Go, demo_app: str, demo: tuple[District, Assessment]
) -> None:
    page = visit(demo_app)
    frame = page.map()
    compounds = demo[0].compounds
    old = compounds[compounds["alias"].notna() & ~compounds["alias"].duplicated(keep=False)].iloc[3]
    box = frame.locator(".pm-search input")
    box.fill(str(old["alias"]))
    assert str(old.name) in frame.locator("#pm-hits li").first.inner_text()
    assert box.get_attribute("aria-expanded") == "true"
    before = frame.evaluate("window.plannerRev")
    box.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == "pm-hit-0"
    box.press("Enter")
    frame = page.repainted(before)
    page.page.wait_for_selector(f".rank-list .li.on[data-id='{old.name}']", timeout=30_000)
    assert frame.locator(".pm-card-head b").inner_text() == old["name"]
    box.fill("nobody at all")
    box.press("Enter")
    assert frame.evaluate("document.querySelector('.pm-search input').validationMessage") == "没有这个小区"
    page.clean()


def test_controls_of_the_map_have_names_and_take_the_focus(visit: Go, demo_app: str) -> None:
    page = visit(demo_app)
    frame = page.map()
    page.idle()
    said = frame.evaluate(
        """() => [...document.querySelectorAll('.leaflet-control a[role=button], .leaflet-control input')]
            .map(node => [node.getAttribute('aria-label') || node.title, node.tabIndex])"""
    )
    assert [name for name, _ in said if not name] == []
    assert all(index >= 0 for _, index in said)
    assert {"放大", "缩小", "全图", "全屏"} <= {name for name, _ in said}
    counts = json.loads(frame.evaluate("JSON.stringify(map.planner.paint.counts)"))
    shown = [int(text) for text in frame.locator(".pm-legend .pm-class u").all_text_contents()]
    assert shown[:-1] == [n for n in counts if n]
    assert sum(counts) == 186
    look = "getComputedStyle(document.querySelector('.pm-legend')).display"
    assert frame.evaluate(look) == "none"
    view, wide = frame.evaluate(VIEW), frame.evaluate("map.getSize().x")
    frame.locator(".pm-full").click()
    frame.wait_for_function("wide => map.getSize().x > wide + 200", arg=wide)
    page.page.wait_for_timeout(600)
    assert frame.evaluate(look) == "block"
    assert frame.evaluate("map.getZoom()") > view[0]
    frame.locator(".pm-full").click()
    frame.wait_for_function("wide => map.getSize().x === wide", arg=wide)
    page.page.wait_for_timeout(600)
    assert frame.evaluate(VIEW) == view


def test_the_exported_file_holds_all_themes_layers_card_and_search(
    visit: Go, tmp_path: Path, demo: tuple[District, Assessment]
) -> None:
    (tmp_path / "map.html").write_text(map_page(*demo), encoding="utf-8")
    asked: list[str] = []
    page = visit("about:blank")
    page.page.on("request", lambda request: asked.append(request.url))
    page.page.goto(f"file://{tmp_path / 'map.html'}")
    page.page.wait_for_function("window.plannerReady", timeout=30_000)
    frame = page.page.main_frame
    keys = list(themes(demo[1].policy))
    assert page.page.locator(".px-themes option").count() == len(keys)
    for key in ("programme:Z", "item:cctv_wall", "heating", "score"):
        page.page.select_option(".px-themes", str(keys.index(key)))
        layer = map_layer(key, *demo)
        fills = ["url(#hv)" if c.fill == "hatch" else c.fill for c in layer.classes]
        wanted = {str(i): fills[code] for i, code in zip(demo[0].compounds.index, layer.codes, strict=True)}
        drawn = drawn_fills(frame)
        assert all(drawn[i] == wanted[i] for i in drawn)
        numbers = [int(text) for text in page.page.locator(".px-legend button u").all_inner_texts()]
        assert sum(numbers) == len(demo[0].compounds)
    page.page.locator(".px-over label", has_text="供热管线").click()
    page.page.wait_for_function("plannerMap.planner.heated", timeout=10_000)
    page.page.locator(".px-over label", has_text="道路").click()
    assert not frame.evaluate("plannerMap.hasLayer(plannerMap.planner.over.roads)")
    page.page.locator(".pm-search input").fill(str(demo[0].compounds.index[3]))
    page.page.locator(".pm-search input").press("Enter")
    assert page.page.locator(".px-card b").first.inner_text() == demo[0].compounds["name"].iloc[3]
    assert len(asked) == 1
    page.clean()
