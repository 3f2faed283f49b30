"""总览 in a real browser with every other host blocked: drawn, right colours, and every way of asking works."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Frame

from planner.decisions.pipeline import Assessment, assess
from planner.district.district import District
from planner.district.load import read_district
from planner.outputs.map_classes import LAYERS, grouped_title, map_layer
from planner.outputs.map_html import map_page
from planner.policy import load_policy
from planner.web.session import policy_date
from tests.e2e.conftest import ROOT, WIDE, Visit, choose_theme, drawn_fills

pytestmark = pytest.mark.needs_chromium
Go = Callable[..., Visit]


@pytest.fixture(scope="module")
def demo() -> tuple[District, Assessment]:
    """The demo district as the app computes it."""
    policy = load_policy()
    district = read_district(ROOT / "data", policy)
    return district, assess(district, policy, as_of=policy_date(policy, dt.date.today()))


def expected_fills(demo: tuple[District, Assessment], key: str) -> dict[str, str]:
    """Compound id -> the fill of its class."""
    district, assessment = demo
    layer = map_layer(key, district, assessment)
    fills = ["url(#hv)" if c.fill == "hatch" else c.fill for c in layer.classes]
    return {str(i): fills[code] for i, code in zip(district.compounds.index, layer.codes, strict=True)}


def share_right(frame: Frame, demo: tuple[District, Assessment], key: str) -> float:
    """Share of all compounds that are drawn in the fill of their class."""
    wanted, drawn = expected_fills(demo, key), drawn_fills(frame)
    return sum(drawn.get(i) == fill for i, fill in wanted.items()) / max(1, len(wanted))


def view_of(frame: Frame) -> list[float]:
    """Zoom and middle of the map."""
    return [float(v) for v in frame.evaluate("[map.getZoom(), map.getCenter().lat, map.getCenter().lng]")]


def tab_counts(page: Visit) -> list[int]:
    """The numbers on the tabs of the seven states."""
    texts = page.page.locator(".st-key-planner-tabs button[role=radio]").all_inner_texts()
    return [int(text.split()[-1]) for text in texts[:7]]


def test_every_layer_is_drawn_in_the_fill_of_its_classes_without_the_internet(
    visit: Go, demo_app: str, demo: tuple[District, Assessment]
) -> None:
    page = visit(demo_app)
    frame = page.map()
    assert share_right(frame, demo, "action") >= 0.99
    view = view_of(frame)
    for key in (*LAYERS, "programme:A", "item:ac_unit"):
        if key == "action":
            continue
        before = frame.evaluate("window.plannerRev")
        choose_theme(page, grouped_title(key, demo[1].policy))
        frame = page.repainted(before)
        assert share_right(frame, demo, key) >= 0.99
        assert view_of(frame) == view
    page.clean()


def test_hatched_pixels_are_on_the_screen(visit: Go, demo_app: str, demo: tuple[District, Assessment]) -> None:
    frame = visit(demo_app).map()
    assert frame.locator("#hv line").count() == 1
    assert "url(#hv)" in expected_fills(demo, "action").values()


def test_ten_rows_legend_and_key_stand_above_the_fold_of_a_laptop(visit: Go, demo_app: str) -> None:
    page = visit(demo_app)
    page.map()
    rows = page.page.locator(".rank-list .li")
    bottoms = [box["y"] + box["height"] for box in (rows.nth(k).bounding_box() for k in range(10)) if box]
    assert len(bottoms) == 10
    assert max(bottoms) <= 737
    key = page.page.locator(".lgg").last.bounding_box()
    assert key is not None
    assert key["y"] + key["height"] <= 768
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 1366


def test_seventeen_rows_and_the_table_of_streets_on_a_wide_screen(visit: Go, demo_app: str) -> None:
    page = visit(demo_app, WIDE)
    page.map()
    box = page.page.locator(".rank-list .lst").bounding_box()
    assert box is not None
    assert box["height"] >= 17 * 42
    assert page.page.locator("table.sub").is_visible()


def test_tabs_add_up(visit: Go, demo_app: str, demo: tuple[District, Assessment]) -> None:
    page = visit(demo_app)
    page.map()
    tabs = page.page.locator(".st-key-planner-tabs button[role=radio]").all_inner_texts()
    counts = [int(text.split()[-1]) for text in tabs]
    assert len(counts) == 8
    assert sum(counts[:7]) == len(demo[0].compounds)
    assert counts[7] == int(demo[1].states["safety"].sum())


def test_a_row_opens_its_detail_and_the_map_marks_it(visit: Go, demo_app: str) -> None:
    page = visit(demo_app)
    frame = page.map()
    before = frame.evaluate("window.plannerRev")
    row = page.page.locator(".rank-list .li").nth(2)
    name, sentence = row.locator(".nm b").inner_text(), row.locator(".t").inner_text()
    row.click()
    frame = page.repainted(before)
    opened = page.page.locator(".rank-list .li.on")
    assert opened.locator(".nm b").inner_text() == name
    assert opened.locator(".t").inner_text() == sentence
    assert opened.locator(".dt .dp").count() >= 2
    chosen = frame.evaluate("PlannerMap.typed(map.planner.layers[map.planner.chosen].feature.properties.name)")
    assert chosen == name
    opened.locator(".lr").click()
    page.page.wait_for_function("!document.querySelector('.rank-list .li.on') ", timeout=20_000)
    page.clean()


def test_a_click_on_the_map_shows_the_sentence_of_that_compound(
    visit: Go, demo_app: str, demo: tuple[District, Assessment]
) -> None:
    page = visit(demo_app)
    frame = page.map()
    target = frame.evaluate(
        """() => { const p = map.planner, code = l => p.paint.codes[l.feature.properties.i];
        const wanted = l => l && l.getBounds && code(l) === '3';
        const i = p.layers.findIndex(wanted), place = p.shapes.spots[i].slice(0, 2);
        p.touched = true; map.setView(place, 17, {animate: false});
        const at = map.latLngToContainerPoint(place);
        return [i, at.x, at.y, PlannerMap.typed(p.layers[i].feature.properties.id)]; }"""
    )
    page.idle()
    view, before = view_of(frame), frame.evaluate("window.plannerRev")
    box = page.page.locator("iframe[title*=st_folium]").bounding_box()
    assert box is not None
    page.page.mouse.click(box["x"] + target[1] + 1, box["y"] + target[2] + 1)
    frame = page.repainted(before)
    page.page.wait_for_selector(".rank-list .li.on", timeout=20_000)
    opened = page.page.locator(".rank-list .li.on")
    ranking = demo[1].ranking.set_index("compound_id")
    assert opened.get_attribute("data-id") == target[3]
    assert opened.locator(".t").inner_text() == ranking.at[target[3], "sentence"]
    assert view_of(frame) == view
    page.clean()


def test_the_search_on_the_map_opens_what_it_finds(visit: Go, demo_app: str, demo: tuple[District, Assessment]) -> None:
    page = visit(demo_app)
    frame = page.map()
    names = demo[0].compounds["name"].dropna()
    sole = names[~names.duplicated(keep=False)]
    before = frame.evaluate("window.plannerRev")
    frame.locator(".pm-search input").fill(str(sole.iloc[7]))
    frame.locator(".pm-search input").press("Enter")
    page.repainted(before)
    page.page.wait_for_selector(".rank-list .li.on", timeout=30_000)
    assert page.page.locator(".rank-list .li.on").get_attribute("data-id") == str(sole.index[7])
    page.clean()


def test_a_card_filters_tabs_list_and_map_and_lets_go_again(visit: Go, demo_app: str) -> None:
    page = visit(demo_app)
    frame = page.map()
    tabs = page.page.locator(".st-key-planner-tabs button[role=radio]")
    all_tabs, before = tabs.all_inner_texts(), frame.evaluate("window.plannerRev")
    page.page.locator(".st-key-planner-hit-heat button").click()
    frame = page.repainted(before)
    page.idle()
    shown = int(frame.evaluate("[...map.planner.paint.codes].filter(c => c < 'a').length"))
    page.until(lambda: sum(tab_counts(page)) == shown)
    assert shown < sum(int(text.split()[-1]) for text in all_tabs[:7])
    before = frame.evaluate("window.plannerRev")
    page.page.locator(".st-key-planner-hit-heat button").click()
    page.repainted(before)
    page.until(lambda: tabs.all_inner_texts() == all_tabs)
    page.clean()


def test_another_street_moves_everything(visit: Go, demo_app: str, demo: tuple[District, Assessment]) -> None:
    page = visit(demo_app)
    frame = page.map()
    view, before = view_of(frame), frame.evaluate("window.plannerRev")
    sentence = page.page.locator(".sen").inner_text()
    names = demo[0].compounds["subdistrict_name"]
    dangers = demo[1].states["safety"].astype(bool).groupby(names).sum()
    street = str(dangers.idxmin())
    frame.evaluate("window.stamp = 'same map'")
    page.page.locator(".st-key-planner-head [data-testid=stSelectbox]").click()
    page.page.get_by_role("option", name=street, exact=True).click()
    frame = page.repainted(before)
    page.idle()
    assert view_of(frame) != view
    assert frame.evaluate("window.stamp") == "same map"
    inside = int((names == street).sum())
    assert page.page.locator(".sen").inner_text() != sentence
    assert page.page.locator(".sen").inner_text().startswith(street)
    page.until(lambda: sum(tab_counts(page)) == inside)
    assert int(frame.evaluate("[...map.planner.paint.codes].filter(c => c < 'a').length")) == inside
    page.clean()


def test_tabs_open_their_lists_and_the_red_strip_its_own(visit: Go, demo_app: str) -> None:
    page = visit(demo_app)
    page.map()
    tabs = page.page.locator(".st-key-planner-tabs button[role=radio]")
    for k in range(8):
        tabs.nth(k).click()
        page.idle()
        count = int(tabs.nth(k).inner_text().split()[-1])
        page.until(lambda count=count: page.page.locator(".rank-list .li").count() == count)  # type: ignore[misc]
    tabs.nth(0).click()
    page.idle()
    page.page.locator(".st-key-planner-hit-safety button").click()
    page.until(lambda: tabs.nth(7).get_attribute("aria-checked") == "true")
    page.clean()


def test_the_page_in_english(visit: Go, demo_app: str) -> None:
    page = visit(f"{demo_app}/?lang=en")
    page.map()
    assert page.page.evaluate("document.documentElement.lang") == "en"
    head = page.page.locator(".rank-list .lh").inner_text()
    assert not any("\u4e00" <= c <= "\u9fff" for c in head)
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 1366
    page.page.get_by_role("button", name="中文").click()
    page.until(lambda: page.page.evaluate("document.documentElement.lang") == "zh-CN")
    page.clean()


def test_workbook_and_offline_map_come_down_and_the_map_opens_without_a_server(
    visit: Go, demo_app: str, demo: tuple[District, Assessment], tmp_path: Path
) -> None:
    page = visit(demo_app)
    page.map()
    for key, name in (("planner-excel", "list.xlsx"), ("planner-map-file", "map.html")):
        with page.page.expect_download(timeout=60_000) as coming:
            page.page.locator(f".st-key-{key} button").click()
        coming.value.save_as(tmp_path / name)
    book = openpyxl.load_workbook(tmp_path / "list.xlsx")
    assert "一览表" in book.sheetnames
    opened = visit(f"file://{tmp_path / 'map.html'}")
    opened.page.wait_for_function("window.plannerReady", timeout=30_000)
    assert share_right(opened.page.main_frame, demo, "action") >= 0.99
    opened.clean()
    page.clean()


def test_many_compounds_are_painted_on_a_canvas_in_the_colours_of_their_classes(
    visit: Go, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo: tuple[District, Assessment]
) -> None:
    monkeypatch.setattr("planner.outputs.map_layers.CANVAS_FROM", 1)
    (tmp_path / "map.html").write_text(map_page(*demo), encoding="utf-8")
    page = visit(f"file://{tmp_path / 'map.html'}")
    page.page.wait_for_function("window.plannerReady", timeout=30_000)
    frame = page.page.main_frame
    wanted = {i: "#FFFFFF" if fill.startswith("url") else fill for i, fill in expected_fills(demo, "action").items()}
    assert drawn_fills(frame) == {i: wanted[i] for i in drawn_fills(frame)}
    seen = frame.evaluate(
        """() => { const p = plannerMap.planner, canvas = plannerMap.getPane('compounds').querySelector('canvas');
        const at = canvas.getBoundingClientRect(), ink = canvas.getContext('2d'), ratio = canvas.width / at.width;
        return p.layers.filter(l => l && l.getBounds).map(l => { const spot = p.shapes.spots[l.feature.properties.i];
          const q = plannerMap.latLngToContainerPoint([spot[0], spot[1]]);
          const box = plannerMap.getContainer().getBoundingClientRect();
          const x = (box.x + q.x - at.x) * ratio, y = (box.y + q.y - at.y) * ratio;
          const [r, g, b] = ink.getImageData(x, y, 1, 1).data;
          const hex = '#' + [r, g, b].map(v => v.toString(16).padStart(2, '0')).join('').toUpperCase();
          return [PlannerMap.typed(l.feature.properties.id), hex]; }); }"""
    )
    right = [color == wanted[i] for i, color in seen]
    assert len(right) > 150
    assert sum(right) / len(right) >= 0.99
    page.clean()
