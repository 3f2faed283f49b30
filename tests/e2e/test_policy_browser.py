"""评分规则 in a real browser: change a weight, see the map follow and who moves, keep the variant, open it again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Frame

from planner.decisions.pipeline import assess
from planner.decisions.trial import trial
from planner.decisions.trial_compare import compare, movers
from planner.decisions.trial_rules import checked_policy, official_rules, set_weight
from planner.district.load import read_district
from planner.outputs.trial_layers import trial_layer
from planner.policy import load_policy
from planner.web.session import policy_date
from tests.e2e.conftest import ROOT, Visit, drawn_fills, running_app

pytestmark = pytest.mark.needs_chromium
Go = Callable[..., Visit]
WEIGHT = 55
MOST_BYTES = 10_000


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with the demo district and a var/ of its own, in which variants are kept."""
    with running_app(None, tmp_path_factory.mktemp("policy_var")) as address:
        yield address


def view_of(frame: Frame) -> list[float]:
    """Zoom and middle of the map."""
    return [float(v) for v in frame.evaluate("[plannerMap.getZoom(), plannerMap.getCenter().lat]")]


def expected() -> tuple[dict[str, str], str]:
    """The fill of every compound, and old and new place of the first that moves, by Python."""
    policy = load_policy()
    district = read_district(ROOT / "data", policy)
    official = assess(district, policy, as_of=policy_date(policy, dt.date.today()))
    rules = set_weight(set_weight(official_rules(policy), "n2", 50), "n2", WEIGHT)
    tried = trial(official, checked_policy(rules, policy))
    found = compare(official, tried, first=int(policy.number("trial_first")), places=5)
    layer = trial_layer("score", tried, found, places=5)
    fills = {str(i): layer.classes[code].fill for i, code in zip(district.compounds.index, layer.codes, strict=True)}
    row = movers(found).iloc[0]
    return fills, f"{row['rank_old']}→{row['rank_new']}"


def keep(page: Visit, wanted: str) -> None:
    """Keep the rules on the screen under a name."""
    page.page.get_by_role("button", name="存为方案").click()
    name = page.page.locator(".st-key-policy_name input")
    name.fill(wanted)
    name.press("Enter")
    page.idle()
    page.page.get_by_role("button", name="保存", exact=True).click()
    page.idle()
    assert page.page.get_by_text(f"已存为方案“{wanted}”").is_visible()


def test_change_a_weight_see_who_moves_keep_the_variant(visit: Go, app: str) -> None:
    page = visit(f"{app}/policy")
    received: list[int] = []
    page.page.on("websocket", lambda socket: socket.on("framereceived", lambda data: received.append(len(data))))
    page.page.reload()
    frame = page.map()
    page.idle()
    frame.evaluate("plannerMap.setZoom(plannerMap.getZoom() + 1, {animate: false})")
    page.idle()
    view, before = view_of(frame), frame.evaluate("plannerRev")
    box = page.page.locator(".st-key-weight-n2 input")
    box.fill("50")
    box.press("Enter")
    frame = page.repainted(before)
    page.idle()
    before = frame.evaluate("plannerRev")
    received.clear()
    box.fill(str(WEIGHT))
    box.press("Enter")
    frame = page.repainted(before)
    page.idle()
    assert sum(received) < MOST_BYTES
    assert view_of(frame) == view

    fills, places = expected()
    drawn = drawn_fills(frame)
    assert drawn
    assert {key: fill.lower() for key, fill in drawn.items() if fill} == {key: fills[key].lower() for key in drawn}
    table = page.page.locator("table.mv")
    assert places in table.locator("tr").nth(1).inner_text()
    assert page.page.get_by_text("试算，不作依据").is_visible()

    keep(page, "年代优先")
    page.clean()

    again = visit(f"{app}/policy")
    again.map()
    again.page.locator(".st-key-policy_variant input").click()
    again.page.get_by_role("option", name="年代优先").click()
    again.idle()
    assert again.page.locator(".st-key-weight-n2 input").input_value() == f"{WEIGHT:.1f}"
    assert again.page.locator("table.mv tr").nth(1).inner_text() == table.locator("tr").nth(1).inner_text()
    assert again.page.evaluate("document.documentElement.scrollWidth") <= 1366
    again.clean()
