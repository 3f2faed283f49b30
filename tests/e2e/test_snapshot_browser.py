"""The snapshot equals the screen: the sheet is read back (SVG) and laid over what the browser shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from planner.outputs.map_classes import grouped_titles
from planner.policy import load_policy
from planner.text import t
from tests.e2e.conftest import Visit, choose_theme

pytestmark = pytest.mark.needs_chromium
Go = Callable[..., Visit]
Spots = dict[str, list[tuple[float, float]]]

_SCREEN = """() => { const p = map.planner, size = map.getSize(), spots = [];
  const rings = part => part.length && part[0].lat !== undefined ? [part] : part.flatMap(rings);
  for (const layer of p.layers) { if (!layer || !layer.getLatLngs || !layer.getElement()) continue;
    const node = layer.getElement(), fill = node.getAttribute('fill').toUpperCase();
    if (Number(node.getAttribute('fill-opacity')) < 0.5) continue;
    for (const ring of rings(layer.getLatLngs())) {
      const b = L.latLngBounds(ring), a = map.latLngToContainerPoint(b.getNorthWest()),
            z = map.latLngToContainerPoint(b.getSouthEast());
      if (a.x > 8 && a.y > 8 && z.x < size.x - 8 && z.y < size.y - 8)
        spots.push([fill, (a.x + z.x) / 2 / size.x, (a.y + z.y) / 2 / size.y]); } }
  return spots; }"""


def screen_spots(page: Visit) -> Spots:
    """Fill -> places of the compounds wholly inside the window, as fractions of its width and height."""
    spots: Spots = {}
    for fill, x, y in page.map().evaluate(_SCREEN):
        spots.setdefault(fill, []).append((x, y))
    return spots


def screen_counts(page: Visit) -> list[tuple[str, int]]:
    """Words and numbers of the legend on the page."""
    script = "spans => spans.map(s => [s.firstChild.nextSibling.textContent, s.querySelector('u').textContent])"
    return [(label, int(n)) for label, n in page.page.locator(".lg7 span").evaluate_all(script)]


def sheet_spots(svg: str) -> Spots:
    """Fill -> places of the drawn shapes inside the map's frame, as fractions of its width and height."""
    found = re.search(r'<clipPath[^>]*>\s*<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', svg)
    assert found is not None
    left, top, width, height = map(float, found.groups())
    spots: Spots = {}
    for attributes in re.findall(r"<path ([^>]*)>", svg):
        named = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
        for ring in named["d"].split("M")[1:] if named.get("fill", "none").startswith("#") else []:
            xy = np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", ring), dtype=float)
            x, y = (xy.min(axis=0) + xy.max(axis=0)) / 2
            spots.setdefault(named["fill"].upper(), []).append(((x - left) / width, (y - top) / height))
    return spots


def sheet_counts(svg: str, labels: list[str]) -> list[tuple[str, int]]:
    """The number that stands behind each of these words in the sheet's legend."""
    words = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    return [(label, int(words[words.index(label) + 1])) for label in labels]


def far_off(screen: Spots, sheet: Spots) -> list[tuple[str, float, float, float]]:
    """Compounds of the screen that do not lie at the same place in the same fill on the sheet (1 % of the window)."""
    missed = []
    for fill, places in screen.items():
        drawn = np.array(sheet.get("#FFFFFF" if fill.startswith("URL") else fill, [(9.0, 9.0)]))  # hatch lies on white
        for place in places:
            distance = float(np.abs(drawn - place).max(axis=1).min())
            if distance > 0.01:
                missed.append((fill, *place, distance))
    return missed


def snapshot(page: Visit, target: Path) -> str:
    """Draw the present view as SVG and return its text."""
    page.page.locator(".st-key-planner-snapshot button").first.click()
    page.page.get_by_role("radio", name="SVG", exact=True).click()
    page.idle()
    with page.page.expect_download(timeout=90_000) as coming:
        page.page.locator(".st-key-planner-snapshot-save button").click()
    coming.value.save_as(target)
    page.page.keyboard.press("Escape")
    return target.read_text(encoding="utf-8")


def test_extent_classes_and_counts_of_the_sheet_are_those_of_the_screen(
    visit: Go, demo_app: str, tmp_path: Path
) -> None:
    page = visit(demo_app)
    frame, before = page.map(), page.map().evaluate("window.plannerRev")
    page.page.locator(".st-key-planner-head [data-testid=stSelectbox]").click()
    page.page.get_by_role("option").nth(2).click()
    frame = page.repainted(before)
    before = frame.evaluate("window.plannerRev")
    choose_theme(page, grouped_titles(load_policy(), "zh")["need"])
    frame = page.repainted(before)
    frame.evaluate("() => { const c = map.getCenter(); map.planner.touched = true;"
                   " map.setView([c.lat, c.lng + 0.0007], map.getZoom() + 0.5, {animate: false}); }")  # fmt: skip
    page.page.wait_for_timeout(1200)
    page.idle()
    svg = snapshot(page, tmp_path / "now.svg")
    screen = screen_spots(page)
    assert sum(map(len, screen.values())) > 8
    assert len(screen) > 2
    assert far_off(screen, sheet_spots(svg)) == []
    shown = screen_counts(page)
    assert sum(n for _, n in shown) > 20
    assert sheet_counts(svg, [label for label, _ in shown]) == shown
    page.clean()


def test_a_sheet_of_another_extent_does_not_pass(visit: Go, demo_app: str, tmp_path: Path) -> None:
    """The comparison can fail: the whole district laid over a closer look does not match."""
    page = visit(demo_app)
    frame = page.map()
    page.idle()
    svg = snapshot(page, tmp_path / "whole.svg")
    screen = screen_spots(page)
    assert {fill for fill in screen if not fill.startswith("URL")} <= set(sheet_spots(svg))
    frame.evaluate("() => { map.planner.touched = true; map.setView(map.getCenter(), map.getZoom() + 0.5,"
                   " {animate: false}); }")  # fmt: skip
    page.page.wait_for_timeout(600)
    assert far_off(screen_spots(page), sheet_spots(svg))


def test_from_an_old_name_to_the_reasons_to_a_sub_district_to_its_sheet(
    visit: Go, demo_app: str, tmp_path: Path
) -> None:
    page = visit(f"{demo_app}/ranking")
    page.map()
    page.page.get_by_label(t("ranking.search")).fill("桃园大院")
    page.page.keyboard.press("Enter")
    row = page.page.locator(".ranking-table .rr")
    row.nth(1).wait_for(state="detached")
    row.locator(".nm button").click()
    page.page.wait_for_url("**/compound?**")
    page.idle()
    assert page.page.locator("h1").inner_text() == "学府路146号院"
    assert "年建" in page.page.locator("[data-testid=stMain]").inner_text()
    page.map()
    page.page.wait_for_timeout(1200)  # the map tells its extent a moment after it is drawn
    page.idle()
    page.page.locator(".st-key-planner-to-ranking button").click()
    page.page.wait_for_url("**/ranking?**")
    page.idle()
    page.page.locator(".st-key-planner-clear button").click()
    page.idle()
    before = page.map().evaluate("window.plannerRev")
    page.page.locator(".st-key-ranking_street [data-testid=stSelectbox]").click()
    page.page.get_by_role("option", name="学府街道", exact=True).click()
    page.repainted(before)
    page.idle()
    page.page.wait_for_timeout(1200)
    page.idle()
    svg = snapshot(page, tmp_path / "street.svg")
    assert far_off(screen_spots(page), sheet_spots(svg)) == []
    assert "学府街道" in svg
    assert sheet_counts(svg, [label for label, _ in screen_counts(page)]) == screen_counts(page)
    page.clean()
