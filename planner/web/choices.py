"""What a planner has chosen on 总览: street, card, tab, compound. Kept in the session, changed by callbacks."""

from __future__ import annotations

import streamlit as st

from planner.outputs.map_classes import STATE_KEYS
from planner.policy import split_list
from planner.web.component import RANK_LIST

SAFETY = "safety"
TABS = (*STATE_KEYS, SAFETY)
PAGE_ROWS = 200
"""Rows of the list that are sent at first, and again with each wish for more."""


def start() -> None:
    """Give every choice its first value; the address may name a compound (``?id=``) or a street (``?street=``).

    The first tab is the first that holds a compound (``filter_changed`` makes the page look).
    """
    first = {"card": "", "tab": STATE_KEYS[0], "chosen": "", "rows_shown": PAGE_ROWS}
    if "tab" not in st.session_state:
        st.session_state["filter_changed"] = True
    for key, value in first.items():
        st.session_state.setdefault(key, value)
    if "street" not in st.session_state:
        st.session_state["street"] = st.query_params.get("street", "")
    if not st.session_state.get("address_read"):
        st.session_state["address_read"] = True
        st.session_state["map_pick"] = st.query_params.get("id", "")


def keep() -> None:
    """A second click on a chosen button takes the choice away; give the tab its last value back."""
    if st.session_state.get("tab") is None:
        st.session_state["tab"] = st.session_state["tab_before"]
    st.session_state["tab_before"] = st.session_state["tab"]


def pick_card(key: str) -> None:
    """Filter by a card, or take the filter away when it is chosen already; the card of 待核实 opens its tab."""
    chosen = "" if st.session_state["card"] == key else key
    st.session_state["card"] = chosen
    st.session_state["rows_shown"] = PAGE_ROWS
    st.session_state["filter_changed"] = True
    if chosen == "verify":
        st.session_state["tab"] = "verify"


def pick_safety() -> None:
    """Open the tab of 立查立改 and take the card filter away."""
    st.session_state["card"] = ""
    st.session_state["tab"] = SAFETY
    st.session_state["rows_shown"] = PAGE_ROWS


def pick_street() -> None:
    """Another street: the chosen compound is let go and the address follows."""
    st.session_state["chosen"] = ""
    st.session_state["rows_shown"] = PAGE_ROWS
    st.session_state["filter_changed"] = True
    street = st.session_state.get("street")
    if street:
        st.query_params["street"] = street
    else:
        st.query_params.pop("street", None)


def pick_tab() -> None:
    """Another tab starts at its first rows."""
    st.session_state["rows_shown"] = PAGE_ROWS
    keep()


def pick_row() -> None:
    """A row of the list was clicked: choose it, or close it when it was open."""
    choose(RANK_LIST.answer("pick"))


def more_rows() -> None:
    """Show more rows of the list."""
    st.session_state["rows_shown"] += PAGE_ROWS


def unused() -> tuple[str, ...]:
    """Return the criteria that the planner set aside this year; the address carries them, so a link shows the same.

    Another page of the same session takes them over.
    """
    text = st.query_params.get("unused")
    if text is None and st.session_state.get("unused"):
        text = st.query_params["unused"] = st.session_state["unused"]
    st.session_state["unused"] = text or ""
    return split_list((text or "").replace(",", ";"))


def set_unused(codes: tuple[str, ...]) -> None:
    """Set criteria aside, or take all back with an empty tuple."""
    st.session_state["unused"] = ",".join(codes)
    if codes:
        st.query_params["unused"] = ",".join(codes)
    else:
        st.query_params.pop("unused", None)


def choose(compound_id: str) -> None:
    """Open a compound in list and map, and carry it in the address."""
    st.session_state["chosen"] = compound_id
    if compound_id:
        st.query_params["id"] = compound_id
    else:
        st.query_params.pop("id", None)
