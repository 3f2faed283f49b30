"""The list of 总览 as a Streamlit component of our own: plain rows in, the chosen compound out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).resolve().parent
_NAME = "planner_rank_list"


@lru_cache(maxsize=1)
def _source() -> tuple[str, str]:
    style, script = ((_HERE / f"rank_list.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    return style, script


def rank_list(
    data: Mapping[str, Any],
    *,
    on_pick: Callable[[], None],
    on_more: Callable[[], None],
    on_open: Callable[[], None],
) -> Any:
    """Show the list and return its answer; ``.pick`` is the id of a clicked row (empty to close it), else None.

    ``.open`` is the id of the compound whose own page is asked for.

    ``data`` holds rows, detail, chosen, words, glyphs, tab and more as rank_list.js reads them.
    """
    style, script = _source()
    component = st.components.v2.component(_NAME, html='<div class="rank-list"></div>', css=style, js=script)
    events: dict[str, Any] = {"on_pick_change": on_pick, "on_more_change": on_more, "on_open_change": on_open}
    return component(key="planner-rank-list", data=dict(data), **events)
