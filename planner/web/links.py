"""Ways from page to page without a reload: which file a page is, and what the address carries along."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from planner.text import LANGUAGES
from planner.web import choices
from planner.web.session import language

OVERVIEW, COMPOUND, RANKING, QUALITY = (
    f"planner/pages/{name}.py" for name in ("overview", "compound", "ranking", "quality")
)
_WANTED = "planner_wanted_compound"


def first_page() -> StreamlitPage:
    """Return what stands at /overview: the way to the first page, whose own address is that of the app alone."""
    return st.Page(_to_first, title="overview", url_path="overview", visibility="hidden")


def _to_first() -> None:
    go_to(OVERVIEW, **st.query_params.to_dict())


def go_to(page: str, **parameters: str) -> NoReturn:
    """Open another page with these parameters; language and criteria set aside go along."""
    lang, aside = language(), ",".join(choices.unused())
    carried = {"lang": lang if lang != LANGUAGES[0] else "", "unused": aside}
    st.switch_page(page, query_params={k: v for k, v in {**carried, **parameters}.items() if v})


def want_compound(compound_id: str) -> None:
    """Ask for the page of a compound from a callback, in which no page can be opened yet."""
    st.session_state[_WANTED] = compound_id


def follow() -> None:
    """Open the page that a callback asked for; does nothing when none did."""
    wanted = st.session_state.pop(_WANTED, "")
    if wanted:
        go_to(COMPOUND, id=wanted)
