"""稳不稳与追加资金: how sure every compound of a plan is, and what more money adds, each asked for by a button."""

from __future__ import annotations

import hashlib

import pandas as pd
import streamlit as st

from planner.decisions.portfolio.more_money import Step
from planner.decisions.portfolio.robust import Robustness
from planner.outputs.plan_view import DASH
from planner.text import safe_text, t, wan
from planner.web import blocks, compound_blocks
from planner.web.plan_form_block import compound_name
from planner.web.plan_job import DONE, LOST, RUNNING
from planner.web.plan_shown import PlanView
from planner.web.plan_side import SideJob, side_job

_MOST = 40
_STEPS_WAN = (100, 300, 500)


def show(view: PlanView) -> None:
    """Show both questions side by side, each with its button, its progress or its answer."""
    left, right = st.columns(2, gap="small", border=True)
    mark = _mark(view)
    with left:
        _question(view, "sure", mark)
    with right:
        keep = st.toggle(t("plan.more.keep", view.lang), key="plan_more_keep", help=t("plan.more.keep_help", view.lang))
        _question(view, "more", f"{mark} {keep}", tuple(n * 10_000 for n in _STEPS_WAN), bool(keep))


def ways(view: PlanView) -> None:
    """Show what would bring the first compounds left out in, found by solving again, once it was asked for."""
    _question(view, "ways", _mark(view))


def _mark(view: PlanView) -> str:
    return hashlib.sha256(view.plan.solution.plan.tobytes() + view.opened.key.encode()).hexdigest()[:16]


def _question(view: PlanView, task: str, key: str, *arguments: object) -> None:
    lang = view.lang
    st.html(compound_blocks.card_head(t(f"plan.{task}", lang), t(f"plan.{task}_hint", lang)))
    ready = view.state == DONE
    asked = st.button(t(f"plan.{task}_go", lang), key=f"planner-plan-{task}", disabled=not ready)
    job = side_job(f"{task} {key}", asked, view.plan, task, *arguments)
    if job is None:
        return
    if job.state == RUNNING:
        _watch(job, lang)
    elif job.state == LOST:
        st.html(f'<div class="note">{safe_text(t("plan.side_lost", lang))}</div>')
    elif isinstance(job.answer, Robustness):
        _sure(view, job.answer)
    elif isinstance(job.answer, pd.DataFrame):
        _ways(view, job.answer)
    else:
        _more(view, list(job.answer))


@st.fragment(run_every=1.0)
def _watch(job: SideJob, lang: str) -> None:
    if job.state != RUNNING:
        st.rerun()
    st.progress(min(1.0, job.share), text=t("plan.side_running", lang))


def _sure(view: PlanView, found: Robustness) -> None:
    lang, names = view.lang, view.opened.district.compounds["name"]
    inside = found.table.loc[found.table["inside"].astype(bool)]
    counts = inside[f"label_{lang}"].value_counts(sort=False)
    said = t("plan.and", lang).join(t("plan.sure.count", lang, label=label, n=n) for label, n in counts.items())
    whole = t("plan.sure.said", lang, said=said, draws=f"{found.draws:,}", n=found.solves)
    st.html(f'<p class="hint">{safe_text(whole)}</p>')
    order = inside.sort_values("p_in", kind="stable").head(_MOST)
    loss = found.replacement.set_index("compound_id")["loss"]
    rows = [
        [compound_name(names, str(r["compound_id"])), str(r[f"label_{lang}"]), _percent(r["p_in"]),
         _places(r["place_low"], r["place_high"], lang), _points(loss.get(r["compound_id"]))]
        for r in order.to_dict("records")
    ]  # fmt: skip
    heads = [t(f"plan.sure.{key}", lang) for key in ("name", "label", "share", "places", "loss")]
    st.html(blocks.table_html(heads, rows, numbers_from=2, css="sub"))


def _ways(view: PlanView, found: pd.DataFrame) -> None:
    lang, names = view.lang, view.opened.district.compounds["name"]
    rows = [
        [
            compound_name(names, str(row["compound_id"])),
            str(row[f"text_{lang}"]),
            t("plan.ways.proved" if row["proved"] else "plan.ways.not_enough", lang),
        ]
        for row in found.to_dict("records")
    ]
    heads = [t("plan.table.name", lang), t("plan.table.need", lang), t("plan.ways.result", lang)]
    st.html(blocks.table_html(heads, rows, numbers_from=9, css="sub"))


def _more(view: PlanView, steps: list[Step]) -> None:
    lang, names = view.lang, view.opened.district.compounds["name"]
    base = view.plan.solution.objective
    heads = [t(f"plan.more.{key}", lang) for key in ("extra", "gain", "added", "dropped", "moved")]
    rows = [
        [
            wan(step.extra),
            f"+{step.value - base:,.1f}",
            *(f"{len(x):,}" for x in (step.added, step.dropped, step.moved)),
        ]
        for step in steps
    ]
    st.html(blocks.table_html(heads, rows, css="sub"))
    for step in steps:
        for kind, table in (("added", step.added), ("dropped", step.dropped)):
            text = _listed(table, names, lang)
            if text:
                words = t(f"plan.more.{kind}_list", lang, extra=wan(step.extra), list=text)
                st.html(f'<p class="hint">{safe_text(words)}</p>')


def _listed(table: pd.DataFrame, names: pd.Series, lang: str) -> str:
    words = [
        f"{compound_name(names, str(r['compound_id']))} {r[f'label_{lang}']}" for r in table.head(8).to_dict("records")
    ]
    return t("plan.and", lang).join(words) + (
        t("plan.more.rest", lang, n=len(table)) if len(table) > len(words) else ""
    )


def _percent(value: object) -> str:
    return DASH if pd.isna(value) else f"{100 * float(str(value)):.0f}％"


def _places(low: object, high: object, lang: str) -> str:
    return (
        DASH
        if pd.isna(low) or pd.isna(high)
        else t("plan.sure.range", lang, low=int(float(str(low))), high=int(float(str(high))))
    )


def _points(value: object) -> str:
    return DASH if value is None or pd.isna(value) else f"{float(str(value)):.1f}"
