"""The address of 调查更新 says which view is open, on which file, batch or cell; a link opens the same for everybody.

``?view=log&batch=12`` is batch 12, ``?view=log&cell=YH0088/households`` the life of one cell, ``?file=...`` a file that
was handed in and waits. A parameter that nobody understands is passed over.
"""

from __future__ import annotations

import re

import streamlit as st

from planner.web.session import language

UPLOAD, HELD, LOG = "upload", "held", "log"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{10,40}")
_CELL = re.compile(r"([^/]{1,80})/([a-z][a-z0-9_]{0,60}|)")
_NUMBER = re.compile(r"[0-9]{1,9}")


def lang() -> str:
    """Return the language of the page."""
    return language()


def start(views: list[str]) -> None:
    """Take the view from the address when the page is opened; one that does not exist is the first."""
    if "survey_view" not in st.session_state:
        wanted = st.query_params.get("view", "")
        st.session_state["survey_view"] = wanted if wanted in views else views[0]
    if st.session_state["survey_view"] not in views:
        st.session_state["survey_view"] = views[0]


def view() -> str:
    """Return the open view."""
    return str(st.session_state.get("survey_view", UPLOAD))


def keep() -> None:
    """Write the view into the address; what belongs to another view leaves it."""
    name = view()
    _set("view", "" if name == UPLOAD else name)
    if name != LOG:
        _set("batch", "")
        _set("cell", "")


def open_view(name: str) -> None:
    """Open a view (from a callback)."""
    st.session_state["survey_view"] = name


def file_token() -> str:
    """Return the name of the file that waits; blank where there is none."""
    token = str(st.query_params.get("file", ""))
    return token if _TOKEN.fullmatch(token) else ""


def open_file(token: str) -> None:
    """Put a file into the address, or take it away."""
    _set("file", token)


def batch() -> int | None:
    """Return the batch of the address."""
    found = str(st.query_params.get("batch", ""))
    return int(found) if _NUMBER.fullmatch(found) else None


def open_batch(number: int | None) -> None:
    """Open a batch in 更新记录, or close it."""
    open_view(LOG)
    _set("cell", "")
    _set("batch", "" if number is None else str(number))


def cell() -> tuple[str, str]:
    """Return the compound and the field (may be blank) of the address; two blanks where there is none."""
    found = _CELL.fullmatch(str(st.query_params.get("cell", "")))
    return (found.group(1), found.group(2)) if found else ("", "")


def open_cell(compound: str, field: str) -> None:
    """Put a cell into the address, or take it away."""
    _set("cell", f"{compound}/{field}" if compound else "")


def _set(name: str, value: str) -> None:
    if value:
        if st.query_params.get(name) != value:
            st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]
