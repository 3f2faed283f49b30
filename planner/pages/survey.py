"""调查更新: what comes back from the field, checked, previewed, applied and undone; what waits; what has happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from planner.errors import PlannerError
from planner.store.connection import Store
from planner.store.history import held_cells, list_batches
from planner.text import safe_text, t
from planner.web import (
    compound_blocks,
    keeping,
    survey_address,
    survey_forms,
    survey_held,
    survey_log,
    survey_store,
    survey_tasks,
    survey_upload,
    trouble,
    writing,
)
from planner.web.opening import open_or_explain
from planner.web.session import Opened, language

View = Callable[[Opened, str], None]
_Stored = Callable[[Opened, Store, str], None]


def _of_store(view: _Stored) -> View:
    """A view that needs the store: it says so where there is none, and why where it may not be written."""

    def shown(opened: Opened, lang: str) -> None:
        store = survey_store.store_of(opened)
        if store is None:
            survey_store.without_store(opened, lang)
            return
        why = writing.why_not(opened, lang)
        if why:
            st.html(f'<div class="note">{safe_text(why)}</div>')
        view(opened, store, lang)

    return shown


# the views in their order: what the address calls them, and what shows them
VIEWS: Mapping[str, View] = {
    survey_address.UPLOAD: _of_store(survey_upload.show),
    survey_address.HELD: _of_store(survey_held.show),
    survey_address.LOG: _of_store(survey_log.show),
    "tasks": survey_tasks.show_tasks,
    "forms": survey_forms.show_forms,
    "keeping": keeping.show,
}


def show() -> None:
    """Show the page, or what stands in its way."""
    lang = language()
    opened = open_or_explain(lang)
    if opened is None:
        return
    try:
        with st.container(key="planner-survey"):
            _show(opened, lang)
    except PlannerError as error:
        trouble.show(error, lang)


def _show(opened: Opened, lang: str) -> None:
    store = survey_store.store_of(opened)
    survey_address.start(list(VIEWS))
    st.html(_title(opened, "" if store is None else _standing(list_batches(store), lang), lang))
    waiting = 0 if store is None else len(held_cells(store))
    st.segmented_control(
        t("survey.page.views", lang), list(VIEWS), key="survey_view", required=True, label_visibility="collapsed",
        format_func=lambda name: _view_label(name, waiting, lang),
    )  # fmt: skip
    survey_address.keep()
    VIEWS[survey_address.view()](opened, lang)


def _view_label(name: str, waiting: int, lang: str) -> str:
    words = t(f"survey.page.view.{name}", lang)
    return f"{words} {waiting}" if name == survey_address.HELD and waiting else words


def _title(opened: Opened, standing: str, lang: str) -> str:
    mark = t("overview.demo", lang) if opened.district.demo else ""
    right = t("compound.comma", lang).join(filter(None, (standing, mark)))
    return compound_blocks.title_html(t("survey.page.name", lang), [t("survey.page.question", lang)], "", right)


def _standing(batches: pd.DataFrame, lang: str) -> str:
    """Which batch the ledger stands at, when and by whom."""
    if not len(batches):
        return ""
    last = batches.iloc[-1]
    when, who = survey_log.when(str(last["at"])), str(last["actor"])
    return t("survey.page.standing", lang, n=int(last["batch"]), when=when, who=who)


if __name__ == "__main__":  # Streamlit runs page files so
    show()
