"""方案比选 on the page: plans kept by name, two to four side by side, what differs, and their way to 已下达."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from planner.decisions.portfolio.plan_form import form_dict, form_of
from planner.decisions.portfolio.solve import INFEASIBLE
from planner.district.data_version import data_version
from planner.errors import PlannerError
from planner.outputs.csv_file import csv_bytes
from planner.outputs.plan_compare import differences, figure_rows, placed_of, scenario_body
from planner.outputs.plan_map import Outlines, outlines, year_layer
from planner.store.scenarios import (
    BACK,
    DRAFT,
    ISSUED,
    MOVED,
    STATES,
    Scenario,
    Shelf,
    keep_scenario,
    list_scenarios,
    move_on,
    shelf_of,
    take_back,
    take_out,
)
from planner.text import in_language, safe_file_name, safe_text, t
from planner.web import blocks, compound_blocks, frame, plan_blocks, plan_state, trouble, writing
from planner.web.plan_job import RUNNING
from planner.web.plan_shown import PlanView
from planner.web.session import Opened

MOST = 4
_SHOWN = 40
_CHIPS = {"draft": "off", "reviewed": "ask", "published": "H", "issued": "ok"}


def show(opened: Opened, lang: str, view: PlanView | None) -> None:
    """Show the bar to keep the present plan, the plans that are kept, and the chosen ones side by side."""
    found, problems = list_scenarios(shelf(opened))
    with st.container(key="planner-plan-compare", border=True):
        st.html(compound_blocks.card_head(t("plan.section.compare", lang), t("plan.compare_hint", lang)))
        _keep(opened, lang, view)
        _said(lang)
        trouble.problem_table(problems, lang)
        if not found:
            st.html(f'<p class="hint">{blocks.marked(t("plan.compare.none", lang))}</p>')
            return
        chosen = _chosen(found, lang)
        if chosen:
            _side_by_side(chosen, opened, lang)


def shelf(opened: Opened) -> Shelf:
    """Return where the plans of a district are kept: its store where it has one, else this installation's folder."""
    return shelf_of(writing.memory(opened))


def stale(scenario: Scenario, opened: Opened) -> list[str]:
    """Return what has changed since a plan was made: ``data``, ``rules``."""
    versions, changed = scenario.body["plan"]["versions"], []
    if versions["data"] != _version(opened.key, opened):
        changed.append("data")
    if scenario.body["rules"] != opened.policy.version:
        changed.append("rules")
    return changed


@st.cache_resource(show_spinner=False, max_entries=6)
def _version(key: str, _opened: Opened) -> str:  # noqa: ARG001  (key is the cache key)
    return data_version(_opened.district)


@st.cache_resource(show_spinner=False, max_entries=4)
def _outlines(key: str, _opened: Opened) -> Outlines:  # noqa: ARG001  (key is the cache key)
    return outlines(_opened.district)


def _keep(opened: Opened, lang: str, view: PlanView | None) -> None:
    ready = view is not None and view.state != RUNNING and view.plan.solution.status != INFEASIBLE
    why = writing.why_not(opened, lang) if opened.store is not None else ""
    if why:
        st.html(f'<p class="hint">{safe_text(why)}</p>')
    ready = ready and not why
    with st.container(key="planner-plan-keep", horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            t("plan.keep_name", lang), key="plan_name", max_chars=40, placeholder=t("plan.keep_hint", lang), width=300,
            disabled=not ready,
        )  # fmt: skip
        if st.button(t("plan.keep", lang), key="planner-plan-keep-now", disabled=not ready) and view is not None:
            body = scenario_body(view.plan, form_dict(plan_state.form()), rules=opened.policy.version)
            name = str(st.session_state["plan_name"])
            _try(
                lambda: keep_scenario(shelf(opened), name, body, actor=frame.person(), at=_now()),
                "plan.kept",
                lang,
                name,
            )


def _chosen(found: list[Scenario], lang: str) -> list[Scenario]:
    by_name = {s.name: s for s in found}
    held = [name for name in st.session_state.get("plan_compared", list(by_name)[:2]) if name in by_name]
    st.session_state["plan_compared"] = held
    st.multiselect(
        t("plan.compare.choose", lang), list(by_name), key="plan_compared", max_selections=MOST,
        placeholder=t("plan.compare.placeholder", lang),
        format_func=lambda name: t("plan.compare.option", lang, name=name, state=_state(by_name[name].state, lang)),
    )  # fmt: skip
    return [by_name[name] for name in st.session_state["plan_compared"]]


def _side_by_side(chosen: list[Scenario], opened: Opened, lang: str) -> None:
    bodies = [s.body for s in chosen]
    rows = figure_rows(bodies, lang)
    columns = st.columns(max(2, len(chosen)), gap="small", border=True)
    for k, (column, scenario) in enumerate(zip(columns, chosen, strict=False)):
        with column:
            _head(scenario, opened, lang)
            st.html(_figures_html([(label, values[k], marks[k]) for label, values, marks in rows]))
            index = opened.district.compounds.index
            layer = year_layer(placed_of(scenario.body), index, lang)
            st.html(
                plan_blocks.map_html(
                    _outlines(opened.key, opened), layer, t("plan.compare.map", lang, name=scenario.name)
                )
            )
            st.html(plan_blocks.legend_html(layer, layer.counts()))
            _way(scenario, opened, lang, k)
    if len(chosen) > 1:
        _differences(chosen, opened, lang)


def _head(scenario: Scenario, opened: Opened, lang: str) -> None:
    state, kept = _state(scenario.state, lang), scenario.kept
    who = t("plan.by", lang, name=kept.actor) if kept.actor else ""
    chip = compound_blocks.chip_html(state, _CHIPS[scenario.state])
    when = safe_text(t("plan.kept_at", lang, at=kept.at[:16].replace("T", " ")) + who)
    st.html(f'<div class="scn"><h3>{safe_text(scenario.name)}</h3>{chip}<span>{when}</span></div>')
    versions = scenario.body["plan"]["versions"]
    told = t("plan.versions_kept", lang, data=versions["data"], rules=scenario.body["rules"])
    st.html(f'<p class="hint">{safe_text(told)}</p>')
    changed = stale(scenario, opened)
    if changed:
        listed = t("plan.and", lang).join(t(f"plan.stale.{what}", lang) for what in changed)
        st.html(f'<div class="note">{safe_text(t("plan.stale", lang, what=listed))}</div>')
    if st.button(
        t("plan.again" if changed else "plan.load", lang), key=f"planner-plan-load-{scenario.name}", type="tertiary"
    ):
        _load(scenario, opened, lang)


def _load(scenario: Scenario, opened: Opened, lang: str) -> None:
    """Put the form of a kept plan back and compute with today's data and rules."""
    try:
        wanted = form_of(scenario.body["form"])
    except (KeyError, TypeError, ValueError):
        trouble.error_bar(t("plan.scenario.damaged", lang, name=scenario.name))
        return
    plan_state.ask(opened, wanted)
    st.rerun()


def _figures_html(rows: list[tuple[str, str, bool]]) -> str:
    body = ""
    for label, value, best in rows:
        words = f"<b>{safe_text(value)}</b>" if best else safe_text(value)
        body += f'<tr><td>{safe_text(label)}</td><td class="n">{words}</td></tr>'
    return f'<table class="tb sub"><tbody>{body}</tbody></table>'


def _state(state: str, lang: str) -> str:
    return t(f"plan.scenario.state.{state}", lang)


def _way(scenario: Scenario, opened: Opened, lang: str, k: int) -> None:
    """What happened to the plan, and the next step: forward with basis and document, back with a reason."""
    steps = "".join(
        f"<li>{safe_text(_step(entry, lang))}</li>" for entry in scenario.entries if entry.action in (MOVED, BACK)
    )
    if steps:
        st.html(f'<ul class="stp3">{steps}</ul>')
    with st.container(horizontal=True, key=f"planner-plan-way-{k}"):
        if scenario.state != ISSUED:
            after = STATES[STATES.index(scenario.state) + 1]
            with st.popover(t("plan.move_to", lang, state=_state(after, lang)), key=f"planner-plan-move-{k}"):
                _move(scenario, opened, lang, k)
        with st.popover(
            t("plan.back" if scenario.state != DRAFT else "plan.take_out", lang), key=f"planner-plan-back-{k}"
        ):
            _undo(scenario, opened, lang, k)


def _step(entry: Any, lang: str) -> str:
    key = "plan.step.back" if entry.action == BACK else "plan.step.moved"
    state = _state(entry.state, lang)
    who = t("plan.by", lang, name=entry.actor) if entry.actor else ""
    basis = t("plan.form.basis", lang, basis=entry.basis, document=entry.document) if entry.document else entry.basis
    return t(key, lang, at=entry.at[:16].replace("T", " "), state=state, basis=basis) + who


def _move(scenario: Scenario, opened: Opened, lang: str, k: int) -> None:
    basis = st.text_input(t("plan.order.basis", lang), key=f"plan_move_basis_{k}", max_chars=80)
    document = st.text_input(t("plan.order.document", lang), key=f"plan_move_document_{k}", max_chars=60)
    if stale(scenario, opened):
        st.html(f'<p class="hint">{safe_text(t("plan.move_stale", lang))}</p>')
    if st.button(t("plan.move", lang), key=f"planner-plan-move-now-{k}", type="primary"):

        def moved() -> str:
            by, at = frame.person(), _now()
            return move_on(shelf(opened), scenario.name, actor=by, at=at, basis=basis, document=document)

        _try(moved, "plan.moved", lang, scenario.name)


def _undo(scenario: Scenario, opened: Opened, lang: str, k: int) -> None:
    if scenario.state == DRAFT:
        st.html(f'<p class="hint">{safe_text(t("plan.take_out_hint", lang))}</p>')
        if st.button(t("plan.take_out_now", lang), key=f"planner-plan-out-now-{k}"):
            _try(
                lambda: take_out(shelf(opened), scenario.name, actor=frame.person(), at=_now()),
                "plan.taken_out",
                lang,
                scenario.name,
            )
        return
    reason = st.text_input(t("plan.back_reason", lang), key=f"plan_back_reason_{k}", max_chars=80)
    if st.button(t("plan.back_now", lang), key=f"planner-plan-back-now-{k}"):
        _try(
            lambda: take_back(shelf(opened), scenario.name, actor=frame.person(), at=_now(), basis=reason),
            "plan.taken_back",
            lang,
            scenario.name,
        )


def _differences(chosen: list[Scenario], opened: Opened, lang: str) -> None:
    table = differences([s.body for s in chosen], opened.policy, lang)
    counts = {kind: int(np.sum(table["kind"] == kind)) for kind in ("only", "year", "money")}
    st.html(compound_blocks.card_head(t("plan.differences", lang), t("plan.differences_hint", lang, **counts)))
    if not len(table):
        st.html(f'<p class="hint">{safe_text(t("plan.differences.none", lang))}</p>')
        return
    heads = [
        t("plan.table.name", lang),
        t("plan.table.label", lang),
        t("plan.differences.kind", lang),
        *(s.name for s in chosen),
    ]
    cells = table.assign(kind=[t(f"plan.differences.{kind}", lang) for kind in table["kind"]],
                         name=table["name"].where(table["name"] != "", table["compound_id"]))  # fmt: skip
    wanted = ["name", "label", "kind", *(f"plan_{k}" for k in range(len(chosen)))]
    st.html(
        blocks.table_html(heads, cells.head(_SHOWN)[wanted].astype(str).to_numpy().tolist(), numbers_from=9, css="sub")
    )
    names = {f"plan_{k}": s.name for k, s in enumerate(chosen)}
    st.download_button(
        t("plan.differences.file", lang, n=f"{len(table):,}"),
        lambda: csv_bytes(table.rename(columns=names)),
        file_name=safe_file_name(t("plan.differences", lang)) + ".csv", mime="text/csv", on_click="ignore",
        key="planner-plan-differences", type="tertiary",
    )  # fmt: skip


def _try(act: Callable[[], object], done: str, lang: str, name: str) -> None:
    try:
        act()
    except (PlannerError, OSError) as error:
        words = in_language(error.args[0], lang) if isinstance(error, PlannerError) else t("plan.not_kept", lang)
        st.session_state["plan_said"] = (words, "err")
    else:
        st.session_state["plan_said"] = (t(done, lang, name=name), "note")
        if done == "plan.kept":
            known = [n for n in st.session_state.get("plan_compared", []) if n != name.strip()]
            st.session_state.pop("plan_compared", None)
            st.session_state["plan_compared"] = [name.strip(), *known][:MOST]
    st.rerun()


def _said(lang: str) -> None:  # noqa: ARG001  (the words are in the language of the click)
    text, kind = st.session_state.pop("plan_said", ("", ""))
    if text:
        st.html(f'<div class="{kind}" role="status">{safe_text(text)}</div>')


def _now() -> dt.datetime:
    return dt.datetime.now().astimezone()
