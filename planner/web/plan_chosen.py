"""The chosen compound beside the map of a plan: its lines with their reasons, or why not and what would bring it in."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from planner.decisions.portfolio.plan_form import OrderRow
from planner.outputs.plan_view import DASH, year_cells
from planner.text import safe_text, t, wan
from planner.web import blocks, compound_blocks, links, plan_form_block, plan_state
from planner.web.plan_form_block import compound_name
from planner.web.plan_job import RUNNING
from planner.web.plan_shown import PlanView
from planner.web.session import Opened

_PASSED = 6


def panel(opened: Opened, lang: str, view: PlanView | None) -> None:
    """Show the chosen compound and what the planner may decide about it; without one, what to click."""
    chosen = str(st.session_state["plan_chosen"])
    with st.container(key="planner-plan-chosen", border=True, height="stretch"):
        if not chosen and view is not None:
            st.html(compound_blocks.card_head(t("plan.by_year", lang)) + _by_year(view) + _passed(view))
        if not chosen:
            st.html(f'<p class="hint">{blocks.marked(t("plan.choose" if view else "plan.choose_before", lang))}</p>')
            return
        _head(opened, chosen, lang)
        if view is not None:
            _lines(view, chosen)
        for row in [row for row in plan_state.form().orders if row.compound_id == chosen]:
            _decided(row, opened, lang)
        with st.popover(t("plan.decide", lang), key="planner-plan-decide-chosen", width="stretch"):
            plan_form_block.order_editor(opened, chosen, lang, key="chosen")
        st.button(
            t("ranking.open", lang), key="planner-open-compound", on_click=links.want_compound, args=(chosen,),
            type="tertiary",
        )  # fmt: skip


def _by_year(view: PlanView) -> str:
    """The years in a table of four numbers, while no compound is chosen."""
    lang = view.lang
    rows = [year_cells(view.projects, year, lang) for year in view.plan.request.years]
    heads = [t(f"plan.by_year.{key}", lang) for key in ("year", "projects", "compounds", "households", "cost")]
    return blocks.table_html(heads, rows, css="sub")


def _passed(view: PlanView) -> str:
    """The first of those that stand high in the suggested order and are not in, with what would bring them in."""
    lang, names = view.lang, view.opened.district.compounds["name"]
    ranking = view.opened.assessment.ranking.set_index("compound_id")["rank"]
    left = view.plan.left_out.assign(rank=view.plan.left_out["compound_id"].map(ranking))
    first = left.loc[left["rank"].notna()].head(_PASSED)
    if not len(first) or view.state == RUNNING:
        return ""
    rows = [
        [str(int(row["rank"])), compound_name(names, str(row["compound_id"])), str(row[f"need_{lang}"])]
        for row in first.to_dict("records")
    ]
    heads = [t(key, lang) for key in ("plan.head.rank", "plan.table.name", "plan.table.need")]
    head = compound_blocks.card_head(t("plan.passed", lang))
    return head + blocks.table_html(heads, rows, numbers_from=9, css="sub")


def _head(opened: Opened, chosen: str, lang: str) -> None:
    row = opened.district.compounds.loc[chosen]
    ranking = opened.assessment.ranking.set_index("compound_id")["rank"]
    rank = ranking.get(chosen)
    place = "" if rank is None or pd.isna(rank) else t("plan.place", lang, rank=int(rank))
    name = compound_name(opened.district.compounds["name"], chosen)
    where = [part for part in (chosen, row["subdistrict_name"], place) if not pd.isna(part) and part]
    chips = compound_blocks.programme_chips(opened.assessment, chosen, lang)
    sentence = str(opened.assessment.sentences(lang).at[chosen, "sentence"])
    st.html(compound_blocks.panel_html(name, [str(part) for part in where], chips, sentence))


def _lines(view: PlanView, chosen: str) -> None:
    lang, plan = view.lang, view.plan
    own = view.projects.loc[view.projects["compound_id"] == chosen]
    for row in own.itertuples():
        cost = DASH if pd.isna(row.cost) else t("plan.wan", lang, wan=wan(int(row.cost)))
        head = t("plan.line", lang, year=row.year, content=row.content, cost=cost)
        st.html(f'<p class="hint"><b>{safe_text(head)}</b><br>{safe_text(row.reason)}</p>')
    reserve = plan.reserve.loc[plan.reserve["compound_id"] == chosen]
    for row in reserve.itertuples():
        label = getattr(row, f"label_{lang}")
        st.html(f'<p class="hint">{safe_text(t("plan.on_reserve", lang, place=row.place, label=label))}</p>')
    if len(own):
        return
    left = plan.left_out.loc[plan.left_out["compound_id"] == chosen]
    for _, row in left.iterrows():
        words = compound_blocks.parts_html(
            [
                (t("plan.why_not", lang), str(row[f"reason_{lang}"])),
                (t("plan.table.need", lang), str(row[f"need_{lang}"])),
            ]
        )
        st.html(words)
    if not len(left):
        st.html(f'<p class="hint">{safe_text(t("plan.not_asked", lang))}</p>')


def _decided(row: OrderRow, opened: Opened, lang: str) -> None:
    words = plan_form_block.order_words(row, opened.district.compounds["name"], opened, lang)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f'<p class="hint">{blocks.marked(words)}</p>', width="stretch")
        st.button(
            t("plan.form.drop", lang), key=f"planner-plan-undecide-{row.kind}-{row.option}", type="tertiary",
            on_click=plan_state.undecide, args=(row.compound_id, row.option),
        )  # fmt: skip
