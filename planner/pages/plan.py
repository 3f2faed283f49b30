"""年度计划: funds and conditions in, a plan of several years out, at once and then better; plans kept and compared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from planner.decisions.portfolio.plan import Plan, quality_text
from planner.decisions.portfolio.plan_form import CAPACITIES, SHARES
from planner.decisions.portfolio.projects import projects
from planner.decisions.portfolio.solve import INFEASIBLE
from planner.district.data_version import data_version
from planner.outputs import plan_view
from planner.outputs.map_classes import map_layer
from planner.outputs.map_layers import furnished, paint_message
from planner.outputs.plan_map import placed, year_layer
from planner.text import date_text, in_language, safe_text, t
from planner.web import (
    blocks,
    compound_blocks,
    links,
    mapview,
    plan_blocks,
    plan_chosen,
    plan_form_block,
    plan_sections,
    plan_state,
    trouble,
)
from planner.web.opening import open_or_explain
from planner.web.plan_job import LOST, RUNNING, WRONG, Known
from planner.web.plan_shown import PlanView
from planner.web.served import serve_shapes
from planner.web.session import Opened, language

_WATCH_SECONDS = 1.0


def show() -> None:
    """Show the page, or what stands in its way."""
    lang = language()
    opened = open_or_explain(lang)
    if opened is None:
        return
    links.follow()
    plan_state.start(opened)
    _take_pick(opened)
    job = plan_state.job(opened)
    known = job.known() if job is not None else None
    view = _view(opened, lang, known)
    with st.container(key="planner-plan"):
        st.html(_title(opened, lang))
        left, right = st.columns([392, 904], gap="small")
        with left:
            plan_form_block.form(opened, lang)
            _form_problems(lang)
        with right:
            _answer(opened, lang, known, view)
            _map(opened, lang, view)
        if view is not None:
            plan_sections.show(view)
        else:
            plan_sections.only_compare(opened, lang)


def _take_pick(opened: Opened) -> None:
    picked = st.session_state.pop("map_pick", "")
    if picked in opened.district.compounds.index:
        st.session_state["plan_chosen"] = picked
    if st.session_state["plan_chosen"] not in opened.district.compounds.index:
        st.session_state["plan_chosen"] = ""


def _view(opened: Opened, lang: str, known: Known | None) -> PlanView | None:
    if known is None or known.plan is None:
        return None
    plan = known.plan
    if st.session_state["plan_year"] not in (plan_state.EVERY_YEAR, *plan.request.years):
        st.session_state["plan_year"] = plan_state.EVERY_YEAR
    mark = plan.solution.plan.tobytes() + f"{plan.solution.status} {plan.solution.stopped_by}".encode()
    rows = _projects(opened.key, lang, mark, repr(plan.request), plan)
    return PlanView(opened, lang, plan, rows, known.state, int(st.session_state["plan_year"]))


@st.cache_resource(show_spinner=False, max_entries=6)
def _projects(key: str, lang: str, mark: bytes, request: str, _plan: Plan) -> pd.DataFrame:  # noqa: ARG001  (cache key)
    return projects(_plan, lang)


@st.cache_resource(show_spinner=False, max_entries=6)
def _version(key: str, _opened: Opened) -> str:  # noqa: ARG001  (key is the cache key)
    return data_version(_opened.district)


def _title(opened: Opened, lang: str) -> str:
    date = t("compound.date", lang, date=date_text(opened.assessment.as_of, lang))
    right = t("plan.versions", lang, date=date, data=_version(opened.key, opened), rules=opened.policy.version)
    mark = compound_blocks.chip_html(t("overview.demo", lang), "bad") if opened.district.demo else ""
    return compound_blocks.title_html(t("plan.page", lang), [t("plan.question", lang)], mark, right)


def _form_problems(lang: str) -> None:
    if st.session_state.get("plan_busy"):
        trouble.error_bar(t("plan.busy", lang))
    found = plan_state.problems()
    if found is not None and len(found):
        labels = {name: t(f"plan.rule.{name}", lang) for name in (*SHARES, *CAPACITIES)}
        trouble.error_bar(t("plan.form.wrong", lang, n=len(found)))
        trouble.problem_table(found.assign(column=found["column"].replace(labels)), lang)


def _answer(opened: Opened, lang: str, known: Known | None, view: PlanView | None) -> None:
    """The one line on quality and the cards; while the solver is at work the line looks after it."""
    if known is None:
        st.html(plan_sections.empty_html(lang))
        return
    if known.state == WRONG:
        trouble.error_bar(in_language(known.wrong, lang))
        return
    if known.state == RUNNING:
        _watch(opened, lang)
    elif view is not None:
        _quality(known, view, lang)
    else:
        trouble.error_bar(t("plan.lost_all", lang))
    if view is not None and view.plan.solution.status != INFEASIBLE:
        st.html(plan_blocks.cards_html(plan_view.figures(view.plan, view.projects, lang)))
    if view is not None:
        plan_sections.notes(view)


def _quality(known: Known, view: PlanView, lang: str) -> None:
    solution = view.plan.solution
    bad, cut = solution.status == INFEASIBLE, known.state == LOST or bool(solution.stopped_by)
    kind = "bad" if bad else "stop" if cut else "good"
    more = t("plan.lost", lang) if known.state == LOST else ""
    st.html(plan_blocks.quality_html(quality_text(view.plan, lang), kind, more))


@st.fragment(run_every=_WATCH_SECONDS)
def _watch(opened: Opened, lang: str) -> None:
    """How far the solver is, asked every second; the page is drawn anew when there is a clearly better plan."""
    job = plan_state.job(opened)
    known = job.known() if job is not None else None
    if job is None or known is None or known.state != RUNNING:
        st.rerun()
    progress = known.progress
    with st.container(key="planner-plan-watch"):
        st.html(plan_blocks.quality_html(*_progress_words(known, lang)))
        st.button(t("plan.stop", lang), key="planner-plan-stop", on_click=job.stop, disabled=progress is None)
    objective = progress.objective if progress is not None else -np.inf
    if np.isfinite(objective) and objective > float(st.session_state.get("plan_drawn", 0.0)) * 1.001 + 1e-9:
        st.session_state["plan_drawn"] = objective
        st.rerun()


def _progress_words(known: Known, lang: str) -> tuple[str, str, str]:
    progress, seconds = known.progress, f"{known.seconds:.0f}"
    if progress is None or not np.isfinite(progress.objective):
        return t("plan.starting", lang), "busy", t("plan.starting_hint", lang, seconds=seconds)
    gap = (progress.bound - progress.objective) / max(abs(progress.objective), 1e-9) * 100
    key = "plan.improving" if np.isfinite(gap) else "plan.first_there"
    stage = t(f"plan.stage.{progress.stage}", lang)
    return t(key, lang, gap=f"{gap:.1f}", stage=stage), "busy", t("plan.improving_hint", lang, seconds=seconds)


def _map(opened: Opened, lang: str, view: PlanView | None) -> None:
    """The map by year beside the chosen compound; before there is a plan it shows the suggested actions."""
    left, right = st.columns([560, 334], gap="small")
    with left, st.container(key="planner-plan-canvas"):
        _year_map(opened, lang, view)
    with right:
        plan_chosen.panel(opened, lang, view)


def _year_map(opened: Opened, lang: str, view: PlanView | None) -> None:
    index = opened.district.compounds.index
    shown = np.ones(len(index), dtype=bool)
    if view is None:
        layer = map_layer("action", opened.district, opened.assessment, lang)
    else:
        with st.container(key="planner-plan-yearbar", horizontal=True, vertical_alignment="center"):
            st.html(f'<p class="hint">{safe_text(t("plan.year_hint", lang))}</p>', width="content")
            st.select_slider(
                t("plan.year", lang), [plan_state.EVERY_YEAR, *view.plan.request.years], key="plan_year", width=300,
                format_func=lambda y: t("plan.every_year", lang) if y == plan_state.EVERY_YEAR else str(y),
                label_visibility="collapsed",
            )  # fmt: skip
        layer = year_layer(
            placed(view.plan.request.years, view.plan.lines, view.plan.reserve["compound_id"]), index, lang
        )
        if view.year != plan_state.EVERY_YEAR:
            shown = np.asarray(index.isin(view.of_year()["compound_id"]), dtype=bool)
    chosen = st.session_state["plan_chosen"]
    served = serve_shapes(opened)
    paint = paint_message(layer, shown=shown, chosen=int(index.get_loc(chosen)) if chosen in index else None)
    with st.container(key="planner-plan-map"):
        mapview.show_map(served, furnished(paint, layer, shown=shown), rows=len(index), lang=lang, popup=False)
    mapview.show_cards(served, opened, lang)
    if view is None:
        st.html(blocks.legend_html(layer, layer.counts(), None, lang))
    else:
        st.html(plan_blocks.legend_html(layer, layer.counts(shown)))


if __name__ == "__main__":  # Streamlit runs page files so
    show()
