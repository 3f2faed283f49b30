"""调查更新 in a browser, from a messy file to the ledger and back: what a bureau does with what the field hands in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from planner.policy import load_policy
from planner.store.export import export_store
from planner.store.opening import open_store
from planner.store.verify import verify
from planner.text import t
from tests.e2e.conftest import Visit, drawn_fills, running_app
from tests.survey_mistakes import CHANGES, ENTERS, KINDS, messy_file

pytestmark = pytest.mark.needs_chromium
Go = Callable[..., Visit]


@pytest.fixture(scope="module")
def stored_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """An app that keeps the demo district in a store of its own; its address and the folder of the store."""
    var = tmp_path_factory.mktemp("var")
    with running_app(None, var, PLANNER_STORE="") as address:
        yield address, var


def exported(var: Path, folder: Path) -> dict[str, bytes]:
    """The canonical export of the store, by file name; the store is whole."""
    policy = load_policy()
    store = open_store(var / "planner.gpkg", policy)
    assert verify(store).empty
    export_store(store, policy, folder)
    store.close()
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def ready_count(visited: Visit) -> int:
    """How many compounds are 可列入, by the first tab of 总览."""
    return int(visited.page.locator(".st-key-planner-tabs button[role=radio]").first.inner_text().split()[-1])


def overview(visited: Visit) -> tuple[int, str | None]:
    """What 总览 says: the compounds that are 可列入, and the colour of the one that the survey makes so."""
    visited.page.get_by_role("link", name=t("overview.page")).click()
    visited.page.wait_for_selector(".st-key-planner-tabs", timeout=60_000)
    visited.idle()
    return ready_count(visited), drawn_fills(visited.map()).get(ENTERS)


def log(visited: Visit) -> None:
    """Open 更新记录."""
    visited.page.get_by_role("link", name=t("survey.page.name")).click()
    visited.page.wait_for_selector(".st-key-survey_view", timeout=60_000)
    visited.idle()
    visited.page.locator(".st-key-survey_view").get_by_text(t("survey.page.view.log")).click()
    visited.page.wait_for_selector(".lr", timeout=60_000)
    visited.idle()


def undo(visited: Visit, batch: int) -> str:
    """Undo a batch and return what the page says."""
    visited.page.locator(f".st-key-planner-survey-look-{batch} button").click()
    visited.page.get_by_role("button", name=t("survey.page.undo_now", n=batch)).click()
    visited.page.get_by_text(t("survey.page.undo_done", n=batch, batch="", cells="", refused="")[:7]).wait_for()
    visited.idle()
    return visited.page.locator("p.act").first.inner_text()


def correct(visited: Visit, address: str) -> None:
    """Somebody telephones: the households of YH0001 are corrected on the page of the compound."""
    page = visited.page
    page.goto(f"{address}/compound?id=YH0001")
    page.locator('button[data-fields="buildings_n;units_n;households"]:visible').click(timeout=60_000)
    page.locator(".st-key-edit_field").get_by_text("户数", exact=True).click()
    visited.idle()
    page.locator(".st-key-planner-edit input[type=number]").fill("131")
    page.keyboard.press("Tab")
    page.locator(".st-key-planner-edit").get_by_text(t("edit.source.电话"), exact=True).click()
    visited.idle()
    page.get_by_role("button", name=t("edit.preview")).click()
    page.get_by_role("button", name=t("edit.save")).click()
    page.locator(".st-key-planner-edit-done").wait_for()
    assert "第3批" in page.locator(".st-key-planner-edit-done").inner_text()


def test_a_messy_file_goes_in_is_corrected_and_both_are_undone_byte_for_byte(
    visit: Go, stored_app: tuple[str, Path], tmp_path: Path
) -> None:
    address, var = stored_app
    (tmp_path / "踏勘.csv").write_bytes(messy_file())
    visited = visit(address)
    page = visited.page
    before, fill = overview(visited)
    start = exported(var, tmp_path / "before")
    page.get_by_role("link", name=t("survey.page.name")).click()
    page.locator("input[type=file]").set_input_files(tmp_path / "踏勘.csv")
    page.wait_for_selector(".svfs", timeout=60_000)
    visited.idle()
    assert len(KINDS) >= 30
    assert page.locator(".svfs .svv").all_inner_texts()[:2] == [str(CHANGES), "2"]
    assert "GB18030" in page.locator(".st-key-planner-survey-file").inner_text()
    told = page.locator(".st-key-planner-survey-problems").inner_text()
    assert all(word in told for word in ("3.70203E+17", "一百二十", "120-130", "1/5/2026", "有18格", "YH0024"))
    assert "13812345678" not in page.content()
    assert "进入可列入1个" in page.locator(".st-key-planner-survey-effect").inner_text()
    page.locator(".st-key-planner-survey-held").get_by_text(t("survey.page.take.incoming", value="9000")).click()
    visited.idle()
    page.get_by_label(t("who.ask")).fill("李工")
    page.get_by_label(t("survey.page.reason")).fill("十一月踏勘")
    page.keyboard.press("Tab")
    visited.idle()
    page.get_by_role("button", name=t("survey.page.apply_now", n=CHANGES + 1)).click()
    page.wait_for_selector(".st-key-planner-survey-receipt", timeout=60_000)
    visited.idle()
    receipt = page.locator(".st-key-planner-survey-receipt").inner_text()
    assert f"第2批，{CHANGES}个小区{CHANGES + 1}格；1格等待确定" in receipt
    after, changed = overview(visited)
    assert (after, changed == fill) == (before + 1, False)
    correct(visited, address)
    log(visited)
    assert "恢复1格" in undo(visited, 3)
    assert f"恢复{CHANGES + 1}格，0格没有恢复" in undo(visited, 2)
    assert overview(visited) == (before, fill)
    assert exported(var, tmp_path / "after") == start
    visited.clean()
