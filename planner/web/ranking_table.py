"""The table of 建议次序 as a Streamlit component of our own: plain rows in; what was chosen, opened or sorted out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

KEY = "planner-ranking-table"
EVENTS = ("pick", "open", "sort", "more")
_HERE = Path(__file__).resolve().parent
_NAME = "planner_ranking_table"


@lru_cache(maxsize=1)
def _source() -> tuple[str, str]:
    style, script = ((_HERE / f"ranking_table.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    return style, script


def ranking_table(data: Mapping[str, Any], on: Mapping[str, Callable[[], None]]) -> Any:
    """Show the table; ``on`` has a callback for each of EVENTS, which reads the answer in the session under KEY.

    ``data`` holds rows, words, glyphs, chosen, sort, view and more as ranking_table.js reads them.
    """
    style, script = _source()
    component = st.components.v2.component(_NAME, html='<div class="ranking-table"></div>', css=style, js=script)
    events: dict[str, Any] = {f"on_{name}_change": on[name] for name in EVENTS}
    return component(key=KEY, data=dict(data), **events)


def answer(event: str) -> str:
    """Return what the browser sent with an event; empty when it sent nothing."""
    found = st.session_state.get(KEY)
    return str(found[event] or "") if found and event in found else ""
