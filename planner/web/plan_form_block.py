"""The form of 年度计划: funds by year and purse, the rules, what to do with unknowns, decisions about compounds."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from planner.decisions.portfolio.orders import UNDER_WAY
from planner.decisions.portfolio.plan_form import (
    CAPACITIES,
    KINDS,
    MOST_YEARS,
    NEVER,
    SHARES,
    STARTED,
    OrderRow,
    sources,
    unchecked,
    years_of,
)
from planner.decisions.portfolio.request import ALLOW, ANY_SOURCE, UNVERIFIED
from planner.text import safe_text, t
from planner.web import blocks, compound_blocks, plan_state, trouble
from planner.web.session import Opened


@st.fragment
def form(opened: Opened, lang: str) -> None:
    """Show the form; typing reruns the form alone, the button begins the plan and reruns the page."""
    purses = sources(opened.policy)
    plan_state.take(purses)
    with st.container(key="planner-plan-form", border=True):
        st.html(compound_blocks.card_head(t("plan.form.title", lang), t("plan.form.hint", lang)))
        _years(opened, lang)
        _funds(purses, lang)
        _unverified(opened, lang)
        _rules(lang)
        _orders(opened, lang)
        if st.button(t("plan.form.go", lang), key="planner-plan-go", type="primary", width="stretch"):
            plan_state.ask(opened)
            st.rerun()


def _years(opened: Opened, lang: str) -> None:
    first = opened.assessment.as_of.year
    with st.container(key="planner-plan-years", horizontal=True, vertical_alignment="bottom"):
        st.selectbox(t("plan.form.first", lang), range(first, first + 6), key="plan_first_year", width=104)
        st.segmented_control(
            t("plan.form.years", lang), range(1, MOST_YEARS + 1), key="plan_years", required=True,
            format_func=lambda n: t("plan.form.n_years", lang, n=n) if n == 1 else str(n),
        )  # fmt: skip


def _funds(purses: tuple[str, ...], lang: str) -> None:
    st.toggle(t("plan.form.by_source", lang), key="plan_by_source", help=t("plan.form.by_source_help", lang))
    form_, state = plan_state.form(), st.session_state
    listed = purses if state["plan_by_source"] else (ANY_SOURCE,)
    years = years_of(replace(form_, first_year=int(state["plan_first_year"]), years=int(state["plan_years"])))
    for source in listed:
        words = t("plan.form.funds", lang, purse=source or t("plan.purse.any", lang))
        st.html(f'<p class="hint">{blocks.marked(words)}</p>')
        with st.container(key=f"planner-plan-funds-{listed.index(source)}", horizontal=True):
            for k, year in enumerate(years):
                plan_state.show_fund(source, k)
                st.text_input(
                    t("plan.form.year", lang, year=year), key=plan_state.fund_key(source, k), max_chars=20, width=104,
                    placeholder=t("plan.form.none", lang),
                )  # fmt: skip


def _unverified(opened: Opened, lang: str) -> None:
    names = unchecked(opened.policy)
    st.radio(
        t("plan.form.unverified", lang), UNVERIFIED, key="plan_unverified",
        format_func=lambda rule: t(f"plan.form.rule_{rule}", lang),
    )  # fmt: skip
    chosen = st.session_state["plan_unverified"]
    text = t(f"plan.form.means_{chosen}", lang)
    if names:
        listed = t("plan.and", lang).join(t(f"plan.register.{name}", lang) for name in names)
        kind = "registers_allow" if chosen == ALLOW else "registers"
        text += t(f"plan.form.{kind}", lang, names=listed)
    st.html(f'<p class="hint">{blocks.marked(text)}</p>')


def _rules(lang: str) -> None:
    with st.expander(t("plan.form.rules", lang), key="planner-plan-rules"):
        with st.container(key="planner-plan-shares", horizontal=True):
            for name in SHARES:
                st.text_input(t(f"plan.rule.{name}", lang), key=f"plan_{name}", max_chars=6, width=150)
        with st.container(key="planner-plan-capacity", horizontal=True):
            for name in CAPACITIES:
                st.text_input(
                    t(f"plan.rule.{name}", lang), key=f"plan_{name}", max_chars=9, width=150,
                    placeholder=t("plan.form.no_limit", lang),
                )  # fmt: skip
        st.html(f'<p class="hint">{blocks.marked(t("plan.form.rules_hint", lang))}</p>')


def _orders(opened: Opened, lang: str) -> None:
    """What was decided, and a place to decide about a compound by its id or name."""
    orders, names = plan_state.form().orders, opened.district.compounds["name"]
    with st.expander(t("plan.form.orders", lang, n=len(orders)), key="planner-plan-orders", expanded=bool(orders)):
        for k, row in enumerate(orders):
            with st.container(horizontal=True, vertical_alignment="center", key=f"planner-plan-order-{k}"):
                st.html(f'<p class="hint">{safe_text(order_words(row, names, opened, lang))}</p>', width="stretch")
                st.button(
                    t("plan.form.drop", lang), key=f"planner-plan-drop-{k}", type="tertiary",
                    on_click=plan_state.undecide, args=(row.compound_id, row.option),
                )  # fmt: skip
        if not orders:
            st.html(f'<p class="hint">{blocks.marked(t("plan.form.orders_hint", lang))}</p>')
        with st.popover(t("plan.form.decide", lang), key="planner-plan-decide"):
            ids = [str(i) for i in names.index]
            chosen = st.selectbox(
                t("plan.form.compound", lang), ids, index=None, key="plan_order_compound",
                placeholder=t("plan.form.find", lang),
                format_func=lambda i: t("plan.form.named", lang, name=compound_name(names, i), id=i),
            )  # fmt: skip
            if chosen:
                order_editor(opened, str(chosen), lang, key="form")


def order_editor(opened: Opened, compound_id: str, lang: str, *, key: str) -> None:
    """Show the fields of a decision about a compound: what, which programme, which year, its basis and document."""
    policy, years = opened.policy, years_of(plan_state.form())
    kind = st.segmented_control(
        t("plan.order.kind", lang), KINDS, default=KINDS[0], required=True, key=f"plan_order_kind_{key}",
        format_func=lambda k: t(f"plan.order.{k}", lang), label_visibility="collapsed",
    )  # fmt: skip
    option = st.selectbox(
        t("plan.order.option", lang), ["", *UNDER_WAY] if kind != STARTED else list(UNDER_WAY),
        key=f"plan_order_option_{key}",
        format_func=lambda o: policy.label("programmes", o, lang) if o else t("plan.order.whole", lang),
    )  # fmt: skip
    year = "" if kind == NEVER else st.selectbox(
        t("plan.order.year", lang), ["", *map(str, years)] if kind != STARTED else list(map(str, years)),
        key=f"plan_order_year_{key}", format_func=lambda y: y or t("plan.order.any_year", lang),
    )  # fmt: skip
    basis = st.text_input(t("plan.order.basis", lang), key=f"plan_order_basis_{key}", max_chars=80,
                          placeholder=t("plan.order.basis_hint", lang))  # fmt: skip
    document = st.text_input(t("plan.order.document", lang), key=f"plan_order_document_{key}", max_chars=60,
                             placeholder=t("plan.order.document_hint", lang))  # fmt: skip
    missing = not basis.strip() or (kind != NEVER and not document.strip())
    if missing:
        st.html(f'<p class="hint">{blocks.marked(t("plan.order.needs", lang))}</p>')
    row = OrderRow(str(kind), compound_id, str(option or ""), str(year or ""), basis.strip(), document.strip())
    if st.button(t("plan.order.take", lang), key=f"planner-plan-take-{key}", type="primary"):
        if missing:
            trouble.error_bar(t("plan.order.refused", lang))
        else:
            plan_state.decide(row)
            st.rerun()


def order_words(row: OrderRow, names: pd.Series, opened: Opened, lang: str) -> str:
    """Return a decision in words: 确定列入 幸福里 微改造 2027年（依据……）."""
    what = opened.policy.label("programmes", row.option, lang) if row.option else ""
    year = t("plan.map.year", lang, year=row.year) if row.year else ""
    basis = t("plan.form.basis", lang, basis=row.basis, document=row.document) if row.document else row.basis
    words = (t(f"plan.order.{row.kind}", lang), compound_name(names, row.compound_id), what, year, basis)
    return " ".join(word for word in words if word)


def compound_name(names: pd.Series, compound_id: str) -> str:
    """Return the name of a compound, its id where nobody gave it one."""
    found = names.get(compound_id)
    return compound_id if found is None or pd.isna(found) else str(found)
