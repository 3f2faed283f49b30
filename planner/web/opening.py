"""The district that a page shows, or what the page shows instead: the steps of the import, or what is wrong."""

from __future__ import annotations

import streamlit as st

from planner.errors import PlannerError
from planner.text import t
from planner.web import choices, links, trouble
from planner.web.folder_news import news
from planner.web.session import Opened, open_district


def open_or_explain(lang: str) -> Opened | None:
    """Return the open district; None when the page is taken by the import or by an error and its cure.

    Leaves for another page first where a callback asked for one.
    """
    if st.session_state.get("importing"):
        from planner.web import importer

        importer.show(lang)
        return None
    try:
        with st.spinner(t("overview.reading", lang)):
            opened = open_district(unused=choices.unused())
    except PlannerError as error:
        trouble.show(error, lang)
        return None
    links.follow()
    notices(opened, lang)
    return opened


def notices(opened: Opened, lang: str) -> None:
    """Show on top of a page what has to be decided about the store before anything else: its folder was changed."""
    if opened.store is not None and news(opened):
        from planner.web import folder_update

        folder_update.banner(opened, lang)
