"""The annual plan as a Streamlit component of our own: projects by 街道 with subtotals; a click chooses a compound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

KEY = "planner-plan-table"
EVENTS = ("pick", "more")
_HERE = Path(__file__).resolve().parent
_NAME = "planner_plan_table"


@lru_cache(maxsize=1)
def _source() -> tuple[str, str]:
    style, script = ((_HERE / f"plan_table.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    return style, script


def plan_table(data: Mapping[str, Any], on: Mapping[str, Callable[[], None]]) -> Any:
    """Show the table; ``on`` has a callback for each of EVENTS, which reads the answer in the session under KEY.

    ``data`` holds heads, groups (street, sum, rows), words, chosen, view and more as plan_table.js reads them.
    """
    style, script = _source()
    component = st.components.v2.component(_NAME, html='<div class="plan-table"></div>', css=style, js=script)
    events: dict[str, Any] = {f"on_{name}_change": on[name] for name in EVENTS}
    return component(key=KEY, data=dict(data), **events)


def answer(event: str) -> str:
    """Return what the browser sent with an event; empty when it sent nothing."""
    found = st.session_state.get(KEY)
    return str(found[event] or "") if found and event in found else ""
