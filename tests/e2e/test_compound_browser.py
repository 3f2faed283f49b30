"""From the list to one compound and back, in a browser without the internet."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from planner.text import t
from tests.e2e.conftest import Visit

pytestmark = pytest.mark.needs_chromium
Go = Callable[..., Visit]


def test_find_a_compound_by_its_old_name_read_why_and_turn_the_page(visit: Go, demo_app: str) -> None:
    page = visit(f"{demo_app}/ranking")
    page.page.get_by_label(t("ranking.search")).fill("桃园大院")
    page.page.keyboard.press("Enter")
    row = page.page.locator(".ranking-table .rr")
    row.nth(1).wait_for(state="detached")
    page.idle()
    found = row.get_attribute("data-id") or ""
    row.locator(".id").click()
    page.page.wait_for_url(f"**id={found}**", timeout=30_000)
    page.idle()
    frame = page.map()
    assert frame.evaluate("map.planner.paint.chosen") is not None
    row.locator(".nm button").click()
    page.page.wait_for_url("**/compound?**")
    page.idle()
    site = page.map()
    assert site.evaluate("map.getZoom()") > 16
    assert page.page.locator("h1").inner_text() == "学府路146号院"
    assert page.page.locator(".br").count() >= 4
    wide = page.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= 1366
    page.page.get_by_role("button", name=t("compound.after")).click()
    page.idle()
    assert f"id={found}" not in page.page.url
    page.clean()


def test_a_click_on_the_map_chooses_in_the_table(visit: Go, demo_app: str) -> None:
    page = visit(f"{demo_app}/ranking")
    frame = page.map()
    target = frame.evaluate(
        """() => { const p = map.planner, l = p.layers[40], place = p.shapes.spots[40].slice(0, 2);
        p.touched = true; map.setView(place, 17, {animate: false});
        const at = map.latLngToContainerPoint(place);
        return [at.x, at.y, PlannerMap.typed(l.feature.properties.id)]; }"""
    )
    page.idle()
    before = frame.evaluate("window.plannerRev")
    page.page.locator("iframe[title*=st_folium]").scroll_into_view_if_needed()
    box = page.page.locator("iframe[title*=st_folium]").bounding_box()
    assert box is not None
    page.page.mouse.click(box["x"] + target[0] + 1, box["y"] + target[1] + 1)
    page.repainted(before)
    page.idle()
    assert page.page.locator(".ranking-table .rr.on").get_attribute("data-id") == target[2]
    assert target[2] in page.page.locator(".pn").inner_text()
    page.clean()
