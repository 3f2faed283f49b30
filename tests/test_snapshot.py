"""The snapshot of the page: asks for what the map showed last, filtered as the page is, and draws it when clicked."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from planner.outputs.sheet import compose
from planner.outputs.sheet.request import SheetRequest
from planner.web import snapshot


def test_the_page_offers_the_present_view_as_a_sheet() -> None:
    app = AppTest.from_file("../app.py", default_timeout=120).run()
    assert not app.exception
    assert app.download_button(key="planner-snapshot-save").label == "下载图纸"
    app.session_state["snapshot_paper"] = "A4"
    app.session_state["snapshot_format"] = "png"
    assert not app.run().exception
    assert app.session_state["snapshot_paper"] == "A4"


def test_the_sheet_is_drawn_from_what_the_map_showed_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bounds are read at the click, not when the button was made."""
    view: dict[str, Any] = {}
    asked: list[SheetRequest] = []
    saved: list[Any] = []
    monkeypatch.setattr(snapshot, "seen_view", lambda: view)
    monkeypatch.setattr(compose, "draw_sheet", lambda _d, _a, request, _lang: asked.append(request) or b"x")
    monkeypatch.setattr(snapshot.st, "download_button", lambda _label, data, **rest: saved.append((data, rest)))
    opened = _opened()
    snapshot._save(opened, "zh", ("need", ["A1"], "东街街道"), ("A4", "png"))
    data, rest = saved[0]
    assert rest["file_name"].endswith("_A4.png")
    view["bounds"] = {"_southWest": {"lat": 39.0, "lng": 116.0}, "_northEast": {"lat": 39.1, "lng": 116.2}}
    assert data() == b"x"
    request = asked[0]
    assert request.bbox == (116.0, 39.0, 116.2, 39.1)
    assert (request.theme, request.paper, request.format) == ("need", "A4", "png")
    assert request.shown == frozenset({"A1"})
    assert request.filter_words == "东街街道"


def _opened() -> Any:

    return SimpleNamespace(
        district=SimpleNamespace(name="测试区"), assessment=SimpleNamespace(as_of=dt.date(2026, 11, 20))
    )
