"""What a planner has chosen in 数据核对: kept in the session, written into the address, read from it again."""

from __future__ import annotations

from typing import Any

import streamlit as st

from planner.outputs.quality_view import QualityView
from planner.web import links
from planner.web.quality_address import PARAMETERS, decode, encode
from planner.web.quality_table import answer

FIELDS = ("street", "severity", "rule", "chosen", "sanwu")
PAGE_ROWS = 100
"""Rows of an open rule that are sent at first, and again with each wish for more."""
_KEPT = "quality_view"


def start() -> None:
    """Take the view from the address, else the one of the last visit, when the page is opened."""
    if "quality_street" in st.session_state:
        return
    named = any(name in st.query_params for name in PARAMETERS)
    kept = st.session_state.get(_KEPT)
    view = decode(st.query_params.to_dict()) if named or not isinstance(kept, QualityView) else kept
    _fill(view)
    st.session_state["quality_rows"] = PAGE_ROWS


def view() -> QualityView:
    """Return the view as it is chosen now."""
    values: dict[str, Any] = {name: st.session_state[f"quality_{name}"] or "" for name in FIELDS}
    return QualityView(**values)


def keep(chosen: QualityView) -> None:
    """Write the view into the address and keep it for the next visit; other parameters stay."""
    st.session_state[_KEPT] = chosen
    wanted = encode(chosen)
    for name in PARAMETERS:
        if name in wanted and st.query_params.get(name) != wanted[name]:
            st.query_params[name] = wanted[name]
        elif name not in wanted and name in st.query_params:
            del st.query_params[name]


def clear() -> None:
    """Take every filter and the chosen compound away."""
    _fill(QualityView())
    first_rows()


def first_rows() -> None:
    """Another filter starts at the first rows."""
    st.session_state["quality_rows"] = PAGE_ROWS


def pick_severity(severity: str) -> None:
    """A card was clicked: its problems only, or all of them again; an open rule of another severity is closed."""
    now = st.session_state["quality_severity"]
    st.session_state["quality_severity"] = "" if now == severity else severity
    st.session_state["quality_rule"] = ""
    first_rows()


def open_rule() -> None:
    """A rule was clicked: open it, or close it (the answer is empty)."""
    st.session_state["quality_rule"] = answer("rule")
    first_rows()


def pick_row() -> None:
    """A row was clicked: choose its compound and show where it is, or let it go."""
    picked = answer("pick")
    st.session_state["quality_chosen"] = picked
    st.session_state["quality_look"] = picked


def open_compound() -> None:
    """A name was clicked: open the page of the compound."""
    links.want_compound(answer("go"))


def more_rows() -> None:
    """Show more rows of the open rule."""
    st.session_state["quality_rows"] += PAGE_ROWS


def _fill(chosen: QualityView) -> None:
    for name in FIELDS:
        st.session_state[f"quality_{name}"] = getattr(chosen, name)
    st.session_state["quality_look"] = chosen.chosen
