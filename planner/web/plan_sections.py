"""The parts of 年度计划 below the map: table, works, money, standby, left out, comparing, how it was computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from planner.decisions.portfolio.plan_form import CAPACITIES
from planner.decisions.portfolio.solve import INFEASIBLE, Effort
from planner.outputs import plan_view
from planner.outputs.plan_file import FORMATS, called
from planner.outputs.plan_file import notes as plan_notes
from planner.outputs.plan_view import DASH
from planner.text import safe_file_name, safe_text, t, wan
from planner.web import blocks, compound_blocks, plan_blocks, plan_form_block, plan_scenarios, plan_state, plan_sure
from planner.web.plan_form_block import compound_name
from planner.web.plan_job import RUNNING
from planner.web.plan_shown import PlanView
from planner.web.plan_table import answer, plan_table
from planner.web.session import Opened

_MIME = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".csv": "text/csv",
    ".json": "application/json",
}  # fmt: skip
_GANTT_ROWS, _MOST, _FEW, _LEAST_POINTS = 24, 60, 20, 0.005
_HEADS = ("year", "project", "content", "households", "buildings", "area", "cost", "source", "dates", "body")
_NUMBERS = ("households", "buildings", "area", "cost")


def empty_html(lang: str) -> str:
    """Return what stands in place of a plan before one was asked for: three steps."""
    steps = "".join(f"<li>{blocks.marked(t(f'plan.empty.{k}', lang))}</li>" for k in (1, 2, 3))
    return f'<div class="pl-empty">{blocks.marked(t("plan.empty", lang))}<ol>{steps}</ol></div>'


def notes(view: PlanView) -> None:
    """Say what the plan has to carry, and where it cannot be done which demands clash and what would cure it."""
    if view.plan.solution.status == INFEASIBLE:
        _clash(view)
    said = "".join(f"<p>{safe_text(text)}</p>" for text in plan_notes(view.plan, view.lang))
    if said:
        st.html(f'<div class="note many">{said}</div>')


def _clash(view: PlanView) -> None:
    """Which demands clash, and the smallest change that makes a plan possible."""
    lang, plan = view.lang, view.plan
    st.html(compound_blocks.card_head(t("plan.clash", lang), t("plan.clash_hint", lang)))
    found = ([str(x) for x in table[f"text_{lang}"]] for table in (plan.clash, plan.remedy))
    for words, head in zip(found, ("what", "cure"), strict=True):
        if words:
            st.html(blocks.table_html([t(f"plan.clash.{head}", lang)], [[text] for text in words], numbers_from=9))
    if not len(plan.remedy) and len(plan.unmet):
        told = plan.unmet.assign(demand=[called(plan, str(d), lang) for d in plan.unmet["demand"]])
        rows = [[_unmet_words("plan.unmet", r, lang), _unmet_words("plan.cure", r, lang)] for r in told.itertuples()]
        heads = [t(f"plan.clash.{key}", lang) for key in ("what", "cure")]
        st.html(blocks.table_html(heads, rows, numbers_from=9))


def _unmet_words(key: str, row: Any, lang: str) -> str:
    return t(f"{key}.{row.row}", lang, what=row.demand, amount=row.shortfall, wan=wan(int(row.shortfall)))


def show(view: PlanView) -> None:
    """Show the switch and the section that is chosen."""
    _switch(view.lang)
    sections: Mapping[str, Callable[[PlanView], None]] = {
        "table": _table, "works": _works, "money": _money, "reserve": _reserve, "left": _left,
        "sure": plan_sure.show,
        "compare": _compare, "about": _about,
    }  # fmt: skip
    with st.container(key="planner-plan-section"):
        sections[st.session_state["plan_section"]](view)


def only_compare(opened: Opened, lang: str) -> None:
    """Before there is a plan: the kept plans can be compared."""
    plan_scenarios.show(opened, lang, None)


def _switch(lang: str) -> None:
    st.segmented_control(
        t("plan.sections", lang), plan_state.SECTIONS, key="plan_section", required=True, label_visibility="collapsed",
        format_func=lambda key: t(f"plan.section.{key}", lang),
    )  # fmt: skip


def _table(view: PlanView) -> None:
    lang, chosen = view.lang, str(st.session_state["plan_chosen"])
    rows = view.of_year()
    with st.container(key="planner-plan-bar", horizontal=True, vertical_alignment="center"):
        st.html(f'<p class="hint">{blocks.marked(_table_hint(view, rows))}</p>', width="content")
        st.space("stretch")
        if chosen:
            named = compound_name(view.opened.district.compounds["name"], chosen)
            st.html(f'<p class="hint">{safe_text(named)}</p>', width="content")
            with st.popover(t("plan.decide", lang), key="planner-plan-decide-table"):
                plan_form_block.order_editor(view.opened, chosen, lang, key="table")
        _downloads(view)
    wanted = int(st.session_state["plan_rows"])
    groups = plan_view.project_groups(view.plan, rows, lang)
    shown, rest = _first(groups, wanted)
    heads = [{"words": t(f"plan.head.{key}", lang), "right": key in _NUMBERS} for key in _HEADS]
    said = {"total": "plan.sum", "none": "plan.nothing", "title": "plan.section.table", "count": "plan.count"}
    words: dict[str, object] = {k: t(v, lang) for k, v in said.items()}
    words["glyphs"] = {programme: t(f"map.glyph.{programme}", lang) for programme in plan_blocks.PROGRAMME}
    data = {
        "heads": heads, "groups": shown, "words": words, "chosen": chosen, "view": f"{view.year} {len(rows)}",
        "total": plan_view.sum_cells(rows) if len(rows) else {},
        "more": t("overview.list.more", lang, n=min(rest, 200), all=len(rows)) if rest > 0 else "",
    }  # fmt: skip
    plan_table(data, {"pick": _pick, "more": _more})


def _table_hint(view: PlanView, rows: pd.DataFrame) -> str:
    year = (
        t("plan.every_year", view.lang)
        if view.year == plan_state.EVERY_YEAR
        else t("plan.map.year", view.lang, year=view.year)
    )
    return t("plan.table_hint", view.lang, year=year, n=f"{len(rows):,}")


def _first(groups: list[dict[str, object]], wanted: int) -> tuple[list[dict[str, object]], int]:
    """The first rows of the groups, whose subtotals stay those of all, and how many rows are left."""
    shown = []
    for group in groups:
        rows = group["rows"]
        assert isinstance(rows, list)
        if wanted > 0:
            shown.append({**group, "rows": rows[:wanted]})
        wanted -= len(rows)
    return shown, -wanted


def _pick() -> None:
    st.session_state["plan_chosen"] = answer("pick")


def _more() -> None:
    st.session_state["plan_rows"] += 200


def _downloads(view: PlanView) -> None:
    plan, lang = view.plan, view.lang
    name = f"{t('plan.page', lang)}_{view.opened.district.name}_{plan.assessment.as_of:%Y%m%d}"
    with st.popover(t("plan.download", lang), key="planner-plan-files", disabled=view.state == RUNNING):
        for ending, made in FORMATS.items():
            st.download_button(
                t(f"plan.file.{ending[1:]}", lang), partial(made, plan, Effort().seed, lang),
                file_name=safe_file_name(name) + ending, mime=_MIME[ending], on_click="ignore", width="stretch",
                key=f"planner-plan-file-{ending[1:]}",
            )  # fmt: skip


def _works(view: PlanView) -> None:
    """The works of one year against the heating season."""
    year = view.year or view.plan.request.years[0]
    rows = plan_view.gantt(view.projects, year, most=_GANTT_ROWS)
    count = view.projects.loc[view.projects["year"] == year, "compound_id"].nunique()
    hint = t("plan.works_hint", view.lang, year=year, n=len(rows), all=count)
    st.html(compound_blocks.card_head(t("plan.section.works", view.lang), hint))
    bands = plan_view.season_bands(view.plan, year)
    st.html(plan_blocks.gantt_html(rows, bands, view.lang) if rows else _hint(t("plan.nothing", view.lang)))


def _money(view: PlanView) -> None:
    lang, plan = view.lang, view.plan
    left, right = st.columns(2, gap="small", border=True)
    with left:
        st.html(
            compound_blocks.card_head(t("plan.money", lang), t("plan.money_hint", lang))
            + plan_blocks.money_html(plan.money, lang)
        )
        heads = [t(f"plan.money.{key}", lang) for key in ("year", "purse", "funds", "spent", "rest")]
        st.html(blocks.table_html(heads, plan_view.money_rows(plan, lang), numbers_from=2, total=True, css="sub"))
        running = plan_view.running_rows(view.projects, plan.request.years, lang)
        if running:
            st.html(compound_blocks.card_head(t("plan.running", lang), t("plan.running_hint", lang)))
            years = [t("plan.map.year", lang, year=y) for y in plan.request.years]
            st.html(blocks.table_html([t("plan.running.payer", lang), *years], running, css="sub"))
    with right:
        rows = plan_view.street_rows(plan, view.projects)
        st.html(compound_blocks.card_head(t("plan.streets", lang), t("plan.streets_hint", lang)))
        st.html(plan_blocks.streets_html(rows, lang))
        _binding(view)


def _binding(view: PlanView) -> None:
    """Which resource binds and what one more of it is worth."""
    lang, table = view.lang, view.plan.binding
    st.html(compound_blocks.card_head(t("plan.binding", lang), t("plan.binding_hint", lang)))
    rows = [
        [resource_words(str(row.resource), lang), "" if pd.isna(row.year) else str(row.year),
         t(f"plan.one_more.{row.unit}", lang), t("plan.points", lang, n=f"{row.value_of_one_more:.2f}")]
        for row in table.itertuples() if row.value_of_one_more >= _LEAST_POINTS
    ]  # fmt: skip
    heads = [t(f"plan.binding.{key}", lang) for key in ("resource", "year", "more", "worth")]
    st.html(blocks.table_html(heads, rows, numbers_from=3, css="sub") if rows else _hint(t("plan.binding.none", lang)))


def resource_words(resource: str, lang: str) -> str:
    """Return what a limit is called: a purse, a capacity, a share or the balance of a 街道."""
    kind, found, name = resource.partition(":")
    if found and kind == "street":
        return t("plan.resource.street", lang, street=name or t("plan.no_street", lang))
    if found and kind == "demand":
        return t(f"plan.resource.{name}", lang)
    if resource in CAPACITIES:
        return t(f"plan.rule.{resource}", lang)
    return resource or t("plan.purse.any", lang)


def _reserve(view: PlanView) -> None:
    lang, table = view.lang, view.plan.reserve
    names = view.opened.district.compounds["name"]
    st.html(compound_blocks.card_head(t("plan.section.reserve", lang), t("plan.reserve_hint", lang)))
    rows = [
        [str(row.place), compound_name(names, row.compound_id), str(getattr(row, f"label_{lang}")),
         str(row.source or DASH), wan(int(row.cost)), str(getattr(row, f"why_{lang}"))]
        for row in table.head(_MOST).itertuples()
    ]  # fmt: skip
    heads = [t(f"plan.table.{key}", lang) for key in ("place", "name", "label", "source", "cost", "why")]
    st.html(blocks.table_html(heads, rows, numbers_from=9, css="sub") if rows else _hint(t("plan.nothing", lang)))
    _rest(len(table), lang)


def _left(view: PlanView) -> None:
    """Who stands high and is not in, with what would bring it in; who stands low and is in, with the reason."""
    lang, names = view.lang, view.opened.district.compounds["name"]
    if view.state == RUNNING:
        st.html(_hint(t("plan.when_done", lang)))
        return
    found, left = view.plan.departures, view.plan.left_out
    place = view.opened.assessment.ranking.set_index("compound_id")["rank"]
    reason, need = f"reason_{lang}", f"need_{lang}"
    one, other = st.columns(2, gap="small", border=True)
    with one:
        rows = [[_place(place.get(r["compound_id"])), compound_name(names, r["compound_id"]), r[reason], r[need]]
                for r in left.head(_MOST).to_dict("records")]  # fmt: skip
        _listed("plan.left_out", rows, ("rank", "name", "reason", "need"), lang)
        _rest(len(left), lang)
    with other:
        plan_sure.ways(view)
        for kind in ("passed", "ahead"):
            own = found.loc[found["kind"] == kind]
            rows = [[str(r["place"]), compound_name(names, r["compound_id"]), r[reason]]
                    for r in own.head(_FEW).to_dict("records")]  # fmt: skip
            _listed(f"plan.{kind}", rows, ("rank", "name", "reason"), lang)
            _rest(len(own), lang, _FEW)


def _listed(key: str, rows: list[list[str]], heads: tuple[str, ...], lang: str) -> None:
    words = {"rank": "plan.head.rank", "name": "plan.table.name", "reason": "plan.head.reason",
             "need": "plan.table.need", "year": "plan.table.year"}  # fmt: skip
    st.html(compound_blocks.card_head(t(key, lang), t(f"{key}_hint", lang)))
    table = blocks.table_html([t(words[h], lang) for h in heads], rows, numbers_from=9, css="sub")
    st.html(table if rows else _hint(t("plan.none_such", lang)))


def _compare(view: PlanView) -> None:
    plan_scenarios.show(view.opened, view.lang, view)


def _about(view: PlanView) -> None:
    """How it was computed, for those who ask: value, bound, rounds, what was cut off."""
    lang, s, problem = view.lang, view.plan.solution, view.plan.planning.problem
    values = {
        "objective": f"{s.objective:,.2f}", "bound": DASH if s.bound == float("inf") else f"{s.bound:,.2f}",
        "gap": DASH if s.bound == float("inf") else f"{100 * max(s.gap, 0.0):.4f}％",
        "greedy": t("plan.about.greedy_value", lang, score=f"{s.first[0]:,.1f}", ratio=f"{s.first[1]:,.1f}"),
        "size": t("plan.about.size_value", lang, n=f"{len(problem.slots):,}", compounds=f"{problem.n:,}"),
        "work": t("plan.about.work_value", lang, rounds=s.rounds, columns=f"{s.columns:,}", nodes=f"{s.nodes:,}"),
        "stopped": t(f"plan.about.stopped_{s.stopped_by or 'none'}", lang),
    }  # fmt: skip
    st.html(compound_blocks.card_head(t("plan.section.about", lang), t("plan.about_hint", lang)))
    st.html(plan_blocks.facts_html([[t(f"plan.about.{key}", lang), text] for key, text in values.items()]))


def _place(rank: object) -> str:
    return DASH if rank is None or pd.isna(rank) else str(int(str(rank)))


def _hint(text: str) -> str:
    return f'<p class="hint">{safe_text(text)}</p>'


def _rest(n: int, lang: str, most: int = _MOST) -> None:
    if n > most:
        st.html(_hint(t("plan.rest", lang, n=f"{n:,}", most=most)))
