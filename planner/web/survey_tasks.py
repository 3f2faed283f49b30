"""该核实哪几个数, the view: which facts are worth going for, by community, as list, map and forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from planner.decisions.survey_tasks import SurveyTasks, survey_tasks
from planner.outputs import task_table
from planner.outputs.map_layers import furnished, paint_message
from planner.outputs.task_layer import task_layer
from planner.text import safe_text, t
from planner.web import blocks, mapview, survey_task_rows
from planner.web.form_files import PDF_PAGES, download, form_download, forms_of
from planner.web.served import serve_shapes
from planner.web.session import Opened

PAGE = 25
"""Compounds listed at first, and more at each asking."""


def tasks_of(opened: Opened, top: int | None = None) -> SurveyTasks:
    """Return the tasks of the open district; worked out once for its data, rules and date."""
    return _tasks(opened.key, top, opened)


@st.cache_resource(show_spinner=False, max_entries=4)
def _tasks(key: str, top: int | None, _opened: Opened) -> SurveyTasks:  # noqa: ARG001  (key is the cache key)
    return survey_tasks(_opened.assessment, top=top)


@st.cache_resource(show_spinner=False, max_entries=8)
def _table(key: str, found_top: int, answers: bool, lang: str, _opened: Opened) -> pd.DataFrame:  # noqa: ARG001
    return task_table.task_table(_opened.assessment, tasks_of(_opened, found_top), lang, answers=answers)


def show_tasks(opened: Opened, lang: str) -> None:
    """Show the view."""
    with st.container(key="planner-survey-tasks"):
        _show(opened, lang)


def _show(opened: Opened, lang: str) -> None:
    default = int(opened.assessment.policy.number("survey_top"))
    top = int(st.session_state.get("tasks_top") or default)
    with st.spinner(t("task.page.working", lang)):
        found = tasks_of(opened, top)
        whole = _table(opened.key, top, bool(st.session_state.get("tasks_answers")), lang, opened)
    st.html(survey_task_rows.lead_html(whole, found.top, lang))
    shown = _filtered(_filters(whole, lang, default), whole)
    rows = shown[shown["list"] == str(st.session_state["tasks_list"])]
    left, right = st.columns([1.32, 1.0])
    with left, st.container(key="planner-survey-task-list"):
        _list(rows, lang)
    with right:
        _map(opened, found, lang)
    _downloads(opened, found, shown, lang)


def _filters(whole: pd.DataFrame, lang: str, default: int) -> dict[str, str]:
    """The row of choices; returns street and community, "" for all."""
    counts = whole["list"].value_counts()
    chosen: dict[str, str] = {}
    with st.container(key="planner-survey-task-bar", horizontal=True, vertical_alignment="bottom"):
        for name in ("street", "community"):
            inside = whole[whole["street"].eq(chosen["street"])] if chosen.get("street") else whole
            words = [word for word in dict.fromkeys(inside[name]) if word]
            key = f"tasks_{name}"
            if st.session_state.get(key) not in words:
                st.session_state[key] = None
            found = st.selectbox(
                t(f"task.page.{name}", lang), words, key=key, index=None, width=170,
                placeholder=t("task.page.all", lang),
            )  # fmt: skip
            chosen[name] = str(found or "")
        st.session_state.setdefault("tasks_list", task_table.FIELDS)
        st.segmented_control(
            t("task.page.list", lang), list(task_table.LISTS), key="tasks_list", required=True,
            format_func=lambda name: f"{t(f'task.list.{name}', lang)} {int(counts.get(name, 0))}",
        )  # fmt: skip
        st.session_state.setdefault("tasks_top", default)
        st.number_input(t("task.page.top", lang), 1, 500, step=5, key="tasks_top", width=130)
        st.toggle(t("task.page.answers", lang), key="tasks_answers")
    return chosen


def _filtered(chosen: dict[str, str], whole: pd.DataFrame) -> pd.DataFrame:
    keep = np.ones(len(whole), dtype=bool)
    for name, word in chosen.items():
        keep &= whole[name].eq(word).to_numpy() if word else True
    return whole[keep]


def _list(rows: pd.DataFrame, lang: str) -> None:
    ids = list(dict.fromkeys(rows["compound_id"]))
    most = int(st.session_state.get("tasks_shown", PAGE))
    st.html(survey_task_rows.list_html(rows[rows["compound_id"].isin(ids[:most])], lang))
    if len(ids) > most:
        more = min(PAGE, len(ids) - most)
        st.button(t("task.page.more", lang, n=more), key="planner-survey-more", on_click=_more, args=(most + more,))


def _more(most: int) -> None:
    st.session_state["tasks_shown"] = most


def _map(opened: Opened, found: SurveyTasks, lang: str) -> None:
    index = opened.district.compounds.index
    layer = task_layer(opened.assessment, found, lang)
    street, community = (str(st.session_state.get(f"tasks_{name}") or "") for name in ("street", "community"))
    inside = np.ones(len(index), dtype=bool)
    for column, word in (("subdistrict_name", street), ("community_name", community)):
        if word:
            inside &= opened.district.compounds[column].eq(word).to_numpy(dtype=bool, na_value=False)
    served = serve_shapes(opened)
    paint = furnished(paint_message(layer, shown=inside), layer, shown=inside)
    box = served.streets.get(street, served.box)
    paint["view"] = {"key": safe_text(street), "box": box, "narrow": bool(street)}
    with st.container(key="planner-map"):
        mapview.show_map(served, paint, rows=len(index), lang=lang)
    mapview.show_cards(served, opened, lang)
    st.html(blocks.legend_html(layer, layer.counts(inside), None, lang))


def _downloads(opened: Opened, found: SurveyTasks, shown: pd.DataFrame, lang: str) -> None:
    """The list as it is filtered, and the forms of its compounds."""
    ids = tuple(dict.fromkeys(shown.loc[shown["list"].ne(task_table.REGISTERS), "compound_id"]))
    with st.container(key="planner-survey-task-get", horizontal=True):
        download(
            opened, t("task.page.get", lang), t("task.map", lang), ".xlsx",
            lambda: task_table.task_workbook(opened.assessment, shown, found.top, lang),
        )  # fmt: skip
        if ids:
            few = len(ids) <= PDF_PAGES
            label = t("task.page.get_pdf", lang, n=len(ids)) if few else t("form.page.many", lang, most=PDF_PAGES)
            form_download(opened, label, ".pdf", lambda: forms_of(opened, ids, found, lang), disabled=not few)
            form_download(opened, t("task.page.get_xlsx", lang), ".zip", lambda: forms_of(opened, ids, found, lang))
