"""The store behind 调查更新, and who writes into it."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import streamlit as st

from planner.policy import Policy
from planner.store.batches import Signature
from planner.store.connection import Store
from planner.store.history import last_hash
from planner.store.opening import open_or_create
from planner.store.place import as_place
from planner.store.seeding import seed_store
from planner.text import safe_text, t
from planner.web import frame
from planner.web.installation import var_folder
from planner.web.session import Opened


def store_of(opened: Opened) -> Store | None:
    """Return the store in which the open district is kept; None where it is only read from its folder."""
    place = as_place(os.environ.get("PLANNER_STORE") or str(var_folder() / "planner.gpkg"))
    return _store(str(place), str(opened.folder), opened.policy)


@st.cache_resource(show_spinner=False, max_entries=4)
def _store(place: str, folder: str, _policy: Policy) -> Store:
    now = dt.datetime.now(dt.UTC)
    store = open_or_create(as_place(place), _policy, at=now)
    if last_hash(store).strip("0") == "":
        seed_store(store, Path(folder), _policy, actor="planner", at=now)
    return store


def standing(store: Store) -> str:
    """Return a text that changes with every batch of the store."""
    return last_hash(store)


def writer() -> str:
    """Return the name under which this session writes; blank where nobody has said it yet."""
    return frame.person() or str(st.session_state.get("survey_writer", "")).strip()


def ask_writer(lang: str) -> None:
    """Ask for the name, once, where nobody has said it yet."""
    if frame.person():
        return
    st.session_state.setdefault("survey_writer_typed", writer())
    st.text_input(
        t("survey.page.who", lang), key="survey_writer_typed", max_chars=40, width=150,
        placeholder=t("survey.page.who_hint", lang), on_change=_take_writer,
    )  # fmt: skip
    if st.session_state.pop("survey_nameless", False):
        st.html(f'<div class="err" role="alert">{safe_text(t("survey.page.who_first", lang))}</div>', width="content")


def nameless() -> bool:
    """Tell whether nobody has said a name yet, and have the page say so: nothing is written without one."""
    if writer():
        return False
    st.session_state["survey_nameless"] = True
    return True


def _take_writer() -> None:
    st.session_state["survey_writer"] = st.session_state["survey_writer_typed"]


def signature(reason: str) -> Signature:
    """Return who writes now and why."""
    return Signature(writer(), dt.datetime.now(dt.UTC), reason.strip())
