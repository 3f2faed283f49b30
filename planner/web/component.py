"""Lists and tables of our own as Streamlit components: plain rows in; what was clicked out, read in the session.

Each is a style and a script of its name beside this file; every text is shown by textContent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).resolve().parent


@lru_cache(maxsize=8)
def _source(name: str) -> tuple[str, str]:
    style, script = ((_HERE / f"{name}.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    return style, script


@dataclass(frozen=True, slots=True)
class Component:
    """``name``: its files, name.css and name.js; ``events``: what its script tells, each by a word of its own."""

    name: str
    events: tuple[str, ...]

    @property
    def key(self) -> str:
        """The key under which the session holds its answers."""
        return f"planner-{self.name.replace('_', '-')}"

    def show(self, data: Mapping[str, Any], on: Mapping[str, Callable[[], None]]) -> Any:
        """Show it; ``data`` is what its script reads, ``on`` has a callback for each of the events."""
        style, script = _source(self.name)
        html = f'<div class="{self.name.replace("_", "-")}"></div>'
        component = st.components.v2.component(f"planner_{self.name}", html=html, css=style, js=script)
        events: dict[str, Any] = {f"on_{name}_change": on[name] for name in self.events}
        return component(key=self.key, data=dict(data), **events)

    def answer(self, event: str) -> str:
        """Return what the browser sent with an event; empty when it sent nothing."""
        found = st.session_state.get(self.key)
        return str(found[event] or "") if found and event in found else ""


RANK_LIST = Component("rank_list", ("pick", "more", "open"))
RANKING_TABLE = Component("ranking_table", ("pick", "open", "sort", "more"))
QUALITY_TABLE = Component("quality_table", ("rule", "pick", "go", "more"))
