"""Every page of app.py on a laptop of 1366 x 768, in both languages: no grave violation of axe-core, nothing beside the
screen, nothing cut, nothing covered. The pages are read from app.py, so a new page is looked at without a word here.

axe-core comes with the package axe-playwright-python, for tests only (MPL-2.0). It is run in every frame.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.resources import files

import pytest

from tests.e2e.conftest import ROOT, Visit

pytestmark = pytest.mark.needs_chromium
Go = Callable[..., Visit]

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
PAGE = re.compile(r'st\.Page\((?P<rest>.*url_path="(?P<path>[\w-]*)".*)\)')
FEWER = """() => document.querySelectorAll('[data-testid=stBidiComponentIsolated]').forEach(host => {
  const rows = [...(host.shadowRoot || host.firstElementChild?.shadowRoot || host).querySelectorAll('.li,.rr')];
  rows.slice(8).filter(row => !row.classList.contains('on')).forEach(row => row.remove());
})"""
"""Rows of a list are made alike; eight of them tell as much as two hundred and take a twentieth of the time."""

KNOWN: dict[str, str] = {}
"""Faults of Streamlit itself that no page can cure: axe's rule id -> why."""


FAULTS = """() => {
  const out = [], begin = e => `${e.className} ${e.textContent.trim().slice(0, 50)}`;
  const say = (what, by, e) => out.push(`${what} by ${Math.round(by)}: ${begin(e)}`);
  const all = [...document.querySelectorAll('*')];
  [...all].forEach(e => { if (e.shadowRoot) all.push(...e.shadowRoot.querySelectorAll('*')); });
  const how = {visibilityProperty: true, opacityProperty: true};
  const seen = e => e.checkVisibility(how) && e.textContent.trim() && e.clientWidth > 1;
  [document.documentElement, document.querySelector('[data-testid=stMain]')].forEach(e => {
    if (e.scrollWidth > e.clientWidth) say('wider than the screen', e.scrollWidth - e.clientWidth, e);
  });
  const free = 'svg,[data-testid=stHeader],[data-testid=stDataFrame],.cut,.nm,.t,table.fx .s';
  all.filter(e => seen(e) && !e.closest(free)).forEach(e => {
    const look = getComputedStyle(e), over = e.scrollWidth - e.clientWidth, below = e.scrollHeight - e.clientHeight;
    if (look.overflowX !== 'visible' && over > 1) say('cut or scrolled in width', over, e);
    if (['hidden', 'clip'].includes(look.overflowY) && below > 3) say('cut in height', below, e);
  });
  all.filter(e => seen(e) && e.matches('button,.cd,th,td,.cp,h1,h2')).forEach(e => {
    const words = document.createRange(), box = e.getBoundingClientRect();
    words.selectNodeContents(e);
    const inner = words.getBoundingClientRect();
    if (inner.width && inner.right > box.right + 1.5) say('words leave their box', inner.right - box.right, e);
  });
  const notice = document.querySelector('.st-key-planner-frame-note').getBoundingClientRect();
  document.querySelectorAll('[data-testid=stHeader] a,[data-testid=stHeader] button').forEach(e => {
    const over = e.getBoundingClientRect().right - notice.left;
    if (seen(e) && over > 0) say('menu under the notice', over, e);
  });
  return out;
}"""
"""Faults of the page as it stands. Free to be cut, since they show their whole text on pointing: names and sentences of
compounds in the lists, and the source of a fact."""


def pages() -> list[str]:
    """The addresses of the pages as app.py registers them; the first page has none."""
    found = list(PAGE.finditer((ROOT / "app.py").read_text(encoding="utf-8")))
    return [match["path"] for match in found]


def grave(visit: Visit) -> list[str]:
    """What axe finds on the page as it stands: rule, help, and the first places."""
    visit.page.evaluate(FEWER)
    for frame in visit.page.frames:
        frame.evaluate(AXE)
    found = visit.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert len(found["passes"]) > 20, "axe looked at nothing"
    return [
        f"{rule['impact']} {rule['id']}: {rule['help']}: {[node['target'] for node in rule['nodes'][:3]]}"
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical") and rule["id"] not in KNOWN
    ]


def address(app: str, path: str, lang: str) -> str:
    """The address of a page in a language."""
    return f"{app}/{path}" + ("?lang=en" if lang == "en" else "")


def drawn(visit: Visit) -> Visit:
    """The page when everything on it is drawn, the map included where there is one."""
    visit.idle()
    if visit.page.locator("iframe[title*=st_folium]").count():
        visit.map()
    return visit


def test_the_list_of_pages_is_the_one_of_the_app() -> None:
    assert pages()[0] == ""
    assert {"compound", "ranking"} <= set(pages())
    assert len(pages()) == (ROOT / "app.py").read_text(encoding="utf-8").count("st.Page(")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", pages())
def test_no_grave_violation_and_nothing_cut_or_covered(visit: Go, demo_app: str, path: str, lang: str) -> None:
    visited = drawn(visit(address(demo_app, path, lang)))
    page = visited.page
    assert page.evaluate(FAULTS) == []
    if not path:
        height = "e => e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).lineHeight)"
        assert round(page.locator(".sen").evaluate(height)) <= 2
        row = page.locator(".rank-list .li").nth(9).bounding_box()
        assert row is not None
        assert row["y"] + row["height"] <= 768
    assert grave(visited) == []
    visited.clean()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_none_with_a_row_open_nor_in_the_import(visit: Go, demo_app: str, lang: str) -> None:
    visited = drawn(visit(address(demo_app, "", lang)))
    visited.page.locator(".rank-list .li").nth(1).click()
    visited.page.wait_for_selector(".rank-list .li.on .dt")
    visited.idle()
    assert grave(visited) == []
    visited.page.locator(".st-key-planner-own-data button").click()
    visited.page.wait_for_selector(".st-key-planner-import")
    visited.idle()
    assert grave(visited) == []
    assert visited.page.evaluate(FAULTS) == []
    visited.clean()


def test_planted_faults_are_found(visit: Go, demo_app: str) -> None:
    visited = visit(demo_app)
    visited.page.locator(".st-key-planner-own-data button").click()
    visited.page.wait_for_selector(".st-key-planner-import")
    visited.idle()
    visited.page.evaluate("document.querySelector('h1').insertAdjacentHTML('afterend', '<button></button>')")
    visited.page.evaluate("document.querySelector('h1').textContent = '长'.repeat(200)")
    visited.page.evaluate("document.querySelector('h1').style.whiteSpace = 'nowrap'")
    assert any("button-name" in line for line in grave(visited))
    assert any("words leave" in fault or "in width" in fault for fault in visited.page.evaluate(FAULTS))
