"""Find a problem of the data on the map, in a browser without the internet."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from planner.text import t
from tests.e2e.conftest import Visit, drawn_fills

pytestmark = pytest.mark.needs_chromium
Go = Callable[..., Visit]
WARNING = "#EDA63A"


def test_find_a_problem_on_the_map_and_open_its_compound(visit: Go, demo_app: str) -> None:
    page = visit(f"{demo_app}/quality")
    before = page.map().evaluate("window.plannerRev")
    head = page.page.locator(".quality-table .gh[data-rule=V05b]")
    head.focus()
    page.page.keyboard.press("Enter")
    frame = page.repainted(before)
    page.idle()
    assert head.evaluate("node => node.getRootNode().activeElement === node")
    assert head.get_attribute("aria-expanded") == "true"
    rows = page.page.locator(".quality-table .qr")
    page.until(lambda: rows.count() > 0)
    ids = {rows.nth(k).get_attribute("data-id") for k in range(rows.count())}
    coloured = {key for key, fill in drawn_fills(frame).items() if fill == WARNING}
    assert coloured == ids
    assert "rule=V05b" in page.page.url
    wanted = rows.nth(2).get_attribute("data-id") or ""
    before, zoom = frame.evaluate("window.plannerRev"), frame.evaluate("map.getZoom()")
    rows.nth(2).locator(".q2").click()
    frame = page.repainted(before)
    page.idle()
    assert f"id={wanted}" in page.page.url
    hit = "PlannerMap.typed(map.planner.layers[map.planner.paint.chosen].feature.properties.id)"
    assert frame.evaluate(hit) == wanted
    assert frame.evaluate("map.getZoom()") > zoom + 1
    assert frame.evaluate("map.getBounds().contains(map.planner.layers[map.planner.paint.chosen].getBounds())")
    head = page.page.locator(".quality-table .qh")
    assert wanted in head.inner_text()
    wide = page.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= 1366
    head.get_by_role("button", name=t("quality.table.go")).click()
    page.page.wait_for_url("**/compound?**")
    page.idle()
    assert f"id={wanted}" in page.page.url
    page.page.go_back()
    page.clean()


def test_a_click_on_the_map_opens_the_problems_of_a_compound(visit: Go, demo_app: str) -> None:
    page = visit(f"{demo_app}/quality?severity=error")
    frame = page.map()
    target = frame.evaluate(
        """() => { const p = map.planner, i = p.layers.findIndex((_, k) => p.paint.codes.charAt(k) === '0');
        const place = p.shapes.spots[i].slice(0, 2);
        p.touched = true; map.setView(place, 17, {animate: false});
        const at = map.latLngToContainerPoint(place);
        return [at.x, at.y, PlannerMap.typed(p.layers[i].feature.properties.id)]; }"""
    )
    page.idle()
    box = page.page.locator("iframe[title*=st_folium]").bounding_box()
    assert box is not None
    page.page.mouse.click(box["x"] + target[0] + 1, box["y"] + target[1] + 1)
    head = page.page.locator(".quality-table .qh")
    head.wait_for(timeout=30_000)
    page.idle()
    assert target[2] in head.inner_text()
    assert page.page.locator(".quality-table .qc .sv-error").count() >= 1
    assert abs(frame.evaluate("map.getZoom()") - 17) < 0.1
    page.page.locator(".quality-table .qh .x").click()
    head.wait_for(state="detached", timeout=30_000)
    page.clean()
