"""Everything by keyboard: what Tab reaches, in which order, that the focus is seen, and a journey without a mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from planner.text import t
from tests.e2e.conftest import Visit

pytestmark = pytest.mark.needs_chromium
Go = Callable[..., Visit]

STILL = "*,*::before,*::after{transition:none!important;animation:none!important}"
FOCUS = """async () => {
  const drawn = () => new Promise(done => setTimeout(() => requestAnimationFrame(done), 40));
  let at = document.activeElement;
  while (at && at.shadowRoot && at.shadowRoot.activeElement) at = at.shadowRoot.activeElement;
  if (!at || at === document.body) return null;
  const inside = at.tagName === 'IFRAME' ? at.contentDocument.activeElement : at;
  const look = () => {
    const seen = [];
    for (let e = at, k = 0; e && k < 5; e = e.parentElement, k += 1) {
      const s = getComputedStyle(e);
      seen.push(s.outlineStyle, s.outlineWidth, s.boxShadow, s.borderColor, s.backgroundColor);
    }
    return seen.join('|');
  };
  let shown = true;
  if (at === inside) {
    const now = look();
    at.blur();
    await drawn();
    shown = look() !== now;
    at.focus({preventScroll: true});
    await drawn();
  }
  const own = at.tagName === 'MAIN' ? 'main' : inside.innerText;
  const words = inside.getAttribute('aria-label') || own || inside.placeholder || '';
  return {tag: at.tagName, name: words.replace(/\\s+/g, ' ').trim(), shown,
          box: Boolean(at.closest('[class*=st-key-planner-card]'))};
}"""
"""What has the focus, through shadow roots and into the map's frame: its name, and whether the focus is to be seen."""


def tab(page: Page) -> Any:
    """Press Tab and say what has the focus."""
    page.keyboard.press("Tab")
    return page.evaluate(FOCUS)


def walk(page: Page) -> list[Any]:
    """Everything that Tab reaches from the top of the page until it leaves it."""
    found = []
    while len(found) < 120:
        at = tab(page)
        if at is None:
            return found
        found.append(at)
    raise AssertionError("Tab never comes round")


def go(page: Page, name: str, most: int = 80) -> None:
    """Press Tab until something with this name has the focus."""
    for _ in range(most):
        at = tab(page)
        if at is not None and name in at["name"]:
            return
    raise AssertionError(f"Tab does not reach {name}")


def in_order(names: list[str], *wanted: str) -> bool:
    """Whether the words come up one after the other, each in the name of something later than the one before."""
    at = -1
    for word in wanted:
        at = next((k for k, name in enumerate(names) if k > at and word in name), len(names))
    return at < len(names)


ORDER = {
    "": "ranking.page overview.excel overview.own_data map.control.whole overview.tab.ready",
    "compound": "ranking.page compound.pick compound.after map.control.whole compound.sheet",
    "ranking": "ranking.page ranking.search ranking.clear ranking.head.score map.control.whole ranking.open",
}
"""What Tab comes to on a page, one after the other, between the skip link and the end."""


@pytest.mark.parametrize("path", ORDER)
def test_tab_goes_through_the_page_as_one_reads_it_and_the_focus_is_seen(visit: Go, demo_app: str, path: str) -> None:
    visited = visit(f"{demo_app}/{path}")
    visited.map()
    visited.idle()
    visited.page.add_style_tag(content=STILL)
    found = walk(visited.page)
    names = [at["name"] for at in found]
    assert in_order(names, t("web.streamlit.skip"), *(t(key) for key in ORDER[path].split())), names
    assert [at for at in found if not at["name"]] == []
    assert [at["name"] for at in found if not at["shown"] and not at["box"]] == []
    visited.clean()


def test_a_journey_from_the_list_to_a_compound_and_back_by_keyboard_alone(visit: Go, demo_app: str) -> None:
    visited = visit(demo_app)
    page = visited.page
    visited.map()
    visited.idle()
    go(page, t("overview.tab.ready"))
    tab(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    name = page.locator(".rank-list .li").nth(2).locator(".nm b").inner_text()
    assert name in page.evaluate(FOCUS)["name"]
    page.keyboard.press("Enter")
    page.wait_for_selector(".rank-list .li.on .dt")
    visited.idle()
    assert name in page.evaluate(FOCUS)["name"], "the focus stays on the row that was opened"
    go(page, t("overview.open_compound"), most=3)
    page.keyboard.press("Enter")
    page.wait_for_url("**/compound?**")
    visited.idle()
    assert page.locator("h1").inner_text() == name
    before = page.url
    go(page, t("compound.after"))
    page.keyboard.press("Enter")
    visited.until(lambda: page.url != before)
    visited.idle()
    go(page, t("ranking.page"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/ranking*")
    visited.idle()
    go(page, t("ranking.search"))
    page.keyboard.type("桃园大院")
    page.keyboard.press("Enter")
    visited.until(lambda: page.locator(".ranking-table .rr").count() == 1)
    visited.idle()
    go(page, "学府路146号院")
    page.keyboard.press(" ")
    visited.until(lambda: page.locator(".ranking-table .rr.on").count() == 1)
    visited.idle()
    assert "学府路146号院" in page.evaluate(FOCUS)["name"]
    page.keyboard.press("Enter")
    page.wait_for_url("**/compound?**")
    visited.idle()
    assert page.locator("h1").inner_text() == "学府路146号院"
    visited.clean()


def test_a_card_and_a_tab_answer_to_the_keyboard(visit: Go, demo_app: str) -> None:
    visited = visit(demo_app)
    page = visited.page
    visited.map()
    visited.idle()
    card = page.locator(".st-key-planner-card-heat .cd")
    go(page, card.locator(".b").inner_text().split()[0])
    page.keyboard.press("Enter")
    page.wait_for_selector(".st-key-planner-card-heat .cd.on")
    visited.idle()
    tabs = page.locator(".st-key-planner-tabs button[role=radio]")
    go(page, t("overview.tab.ready"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    visited.until(lambda: tabs.nth(1).get_attribute("aria-checked") == "true")
    visited.clean()
