"""The store behind 调查更新, and who writes into it."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from planner.errors import PlannerError
from planner.store.batches import Signature
from planner.store.connection import Store
from planner.store.heads import read_head
from planner.text import in_language, safe_text, t
from planner.web import session, trouble, who, writing
from planner.web.session import Opened


def store_of(opened: Opened) -> Store | None:
    """Return the store in which the open district is kept; None where it is only read from its folder."""
    return None if opened.store is None else writing.store_of(opened)


def standing(store: Store) -> str:
    """Return a text that changes with every batch of the store."""
    return read_head(store).hash


def without_store(opened: Opened, lang: str) -> None:
    """Say why there is no store, and offer to make one where there can be."""
    st.html(f'<div class="note">{safe_text(writing.why_not(opened, lang))}</div>')
    error = st.session_state.pop("survey_not_made", None)
    if isinstance(error, PlannerError):
        trouble.error_bar(in_language(error.args[0], lang))
    elif error is not None:
        trouble.error_bar(str(error))
    st.button(t("survey.page.make_store", lang), key="planner-survey-make", on_click=_make, args=(opened,))


def _make(opened: Opened) -> None:
    try:
        session.make_store(opened)
    except (PlannerError, OSError) as error:
        st.session_state["survey_not_made"] = error


def ask_writer(lang: str, *, key: str) -> None:
    """Show under which name will be written, or ask for it; say so where it was missing a moment ago."""
    who.ask(lang, key=key)
    if st.session_state.pop("survey_nameless", False):
        st.html(f'<div class="err" role="alert">{safe_text(t("writing.nobody", lang))}</div>', width="content")


def nameless(key: str) -> bool:
    """Tell whether nobody has said a name yet, and have the page say so: nothing is written without one.

    A name that was typed (``ask_writer`` with this key) and sent together with the click counts.
    """
    typed = str(st.session_state.get(f"{key}_name") or "")
    if typed and not who.who():
        who.introduce(typed)
    if who.who():
        return False
    st.session_state["survey_nameless"] = True
    return True


def signature(reason: str) -> Signature:
    """Return who writes now and why."""
    return Signature(who.who(), dt.datetime.now(dt.UTC), reason.strip())
