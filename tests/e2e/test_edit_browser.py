"""A value clicked and changed, a corner of a boundary dragged, both undone, in a browser without internet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from planner.store.history import list_batches
from planner.store.opening import open_store
from planner.store.verify import verify
from planner.text import t
from tests.e2e.conftest import Visit, running_app
from tests.stores import POLICY, says

pytestmark = pytest.mark.needs_chromium


def saved(visited: Visit) -> str:
    """What the page says was saved, once it has been drawn anew."""
    bar = visited.page.locator(".st-key-planner-edit-done")
    bar.wait_for(timeout=60_000)
    visited.idle()
    return bar.inner_text()


def press(visited: Visit, key: str) -> None:
    """Press a button by its key."""
    visited.page.locator(f".st-key-{key} button").click()
    visited.idle()


def test_a_value_and_a_boundary_are_changed_on_the_page_and_undone(
    visit: Callable[..., Visit], small_district: Path, tmp_path: Path
) -> None:
    place = tmp_path / "own.gpkg"
    with running_app(small_district, tmp_path, PLANNER_STORE=str(place)) as address:
        visited = visit(f"{address}/compound?id=A1")
        page = visited.page
        page.set_default_timeout(90_000)
        before = says(store := open_store(place, POLICY))
        page.locator(".facts-table button[data-fields^=\"buildings_n;\"]").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_text("户数", exact=True).click()
        visited.idle()
        dialog.get_by_test_id("stNumberInputField").fill("130")
        dialog.get_by_test_id("stNumberInputField").press("Enter")
        dialog.get_by_text("电话", exact=True).click()
        dialog.get_by_label(t("who.ask")).fill("王工")
        dialog.get_by_label(t("who.ask")).press("Enter")
        visited.idle()
        press(visited, "planner-edit-preview")
        press(visited, "planner-edit-save")
        assert "80 → 130" in saved(visited)
        assert "130户" in page.locator(".facts-table").first.inner_text()
        press(visited, "planner-edit-undo")
        press(visited, "planner-edit-seen")
        press(visited, "planner-draw")
        page.locator("[role=dialog] iframe").wait_for(timeout=60_000)
        visited.until(lambda: any("streamlit_folium" in f.url and f.locator(".pm-corner").count() for f in page.frames))
        frame = next(f for f in page.frames if "streamlit_folium" in f.url and f.locator(".pm-corner").count())
        visited.idle()
        corner = frame.locator(".pm-corner").first
        corner.focus()
        for _ in range(8):
            corner.press("ArrowLeft")
        page.get_by_role("dialog").get_by_text("踏勘", exact=True).click()
        page.locator(".st-key-planner-draw-preview button").wait_for(timeout=60_000)
        press(visited, "planner-draw-preview")
        press(visited, "planner-draw-save")
        assert "边界" in saved(visited)
        press(visited, "planner-edit-undo")
        assert list_batches(store)["actor"].tolist()[1:] == ["王工"] * 4
        assert says(store) == before
        assert verify(store).empty
        store.close()
        visited.clean()
