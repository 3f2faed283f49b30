"""What a planner has chosen in 建议次序: kept in the session, written into the address, read from it again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from planner.outputs.ranking_view import RankingView
from planner.web import links
from planner.web.address import PARAMETERS, decode, encode
from planner.web.choices import PAGE_ROWS
from planner.web.ranking_table import answer

FIELDS = ("street", "community", "state", "programme", "sanwu", "completeness", "q", "sort", "chosen")
_KEPT = "ranking_view"


def start() -> None:
    """Take the view from the address, else the one of the last visit, when the page is opened."""
    if "ranking_q" in st.session_state:
        return
    named = any(name in st.query_params for name in PARAMETERS)
    kept = st.session_state.get(_KEPT)
    view = decode(st.query_params.to_dict()) if named or not isinstance(kept, RankingView) else kept
    _fill(view)
    st.session_state["ranking_rows"] = PAGE_ROWS


def view() -> RankingView:
    """Return the view as it is chosen now."""
    values: dict[str, Any] = {name: st.session_state[f"ranking_{name}"] for name in FIELDS}
    empty = RankingView()
    return replace(empty, **{name: value for name, value in values.items() if value is not None})


def keep(chosen: RankingView) -> None:
    """Write the view into the address and keep it for the next visit; other parameters stay."""
    st.session_state[_KEPT] = chosen
    wanted = encode(chosen)
    for name in PARAMETERS:
        if name in wanted and st.query_params.get(name) != wanted[name]:
            st.query_params[name] = wanted[name]
        elif name not in wanted and name in st.query_params:
            del st.query_params[name]


def clear() -> None:
    """Take every filter away; the order and the chosen compound stay."""
    now = view()
    _fill(RankingView(sort=now.sort, chosen=now.chosen))


def pick_street() -> None:
    """Another sub-district: its communities are others."""
    st.session_state["ranking_community"] = ""
    first_rows()


def first_rows() -> None:
    """Another filter starts at the first rows."""
    st.session_state["ranking_rows"] = PAGE_ROWS


def pick_row() -> None:
    """A row was clicked: choose it, or let it go."""
    st.session_state["ranking_chosen"] = answer("pick")


def open_row() -> None:
    """A name was clicked: open the page of the compound."""
    links.want_compound(answer("open"))


def sort_by() -> None:
    """A heading was clicked."""
    column = answer("sort")
    st.session_state["ranking_sort"] = "" if column == "rank" else column


def more_rows() -> None:
    """Show more rows."""
    st.session_state["ranking_rows"] += PAGE_ROWS


def _fill(chosen: RankingView) -> None:
    for name in FIELDS:
        st.session_state[f"ranking_{name}"] = getattr(chosen, name)
