"""The preview of a survey: counts, cells by compound, effect, what waits, what comes back, new compounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from planner.decisions.effect import Effect
from planner.district.survey.corrections import rows_to_correct, short_message
from planner.district.survey.merge import Merge
from planner.outputs.csv_file import csv_bytes
from planner.outputs.problem_file import problems_csv
from planner.outputs.survey_view import SHOWN, CompoundDiff, compound_diffs, effect_lines, moved_compounds, shown_diffs
from planner.store.batches import Receipt
from planner.store.connection import Store
from planner.store.mappings import remember_names
from planner.store.remembering import Memory
from planner.store.survey_review import Review
from planner.text import render_problems, safe_file_name, safe_text, t
from planner.web import blocks, survey_blocks, survey_held, survey_state, trouble, writing
from planner.web.compound_blocks import card_head
from planner.web.session import Opened
from planner.web.shelf import shelf
from planner.web.survey_held import Waiting
from planner.web.survey_state import Handed

FIRST, MORE = 10, 40
"""Compounds listed at first, and with each wish for more."""
_MOST_PROPOSALS = 10


@dataclass(frozen=True, slots=True)
class Preview:
    """One run of the view: the store, the file with what was said about it, and what it does."""

    opened: Opened
    store: Store
    lang: str
    token: str
    handed: Handed
    review: Review
    merged: Merge
    effect: Effect
    known: int | None


def show(found: Preview) -> None:
    """Show everything that a person has to see before it is applied."""
    lang = found.lang
    st.html(survey_blocks.figures_html(survey_state.figures(found.review, found.merged, lang)))
    left, right = st.columns([1.62, 1], gap="small")
    with left, st.container(border=True, height="stretch", key="planner-survey-diff"):
        _diff(found)
    with right, st.container(border=True, height="stretch", key="planner-survey-effect"):
        _effect(found)
    _held(found)
    _proposals(found)
    _problems(found)
    _options(found)


def sentence(review: Review, merged: Merge, lang: str) -> str:
    """Return what will be written, as safe HTML: cells, compounds, what waits, what comes back."""
    counts, applied = merged.counts, merged.applied
    back = review.survey.problems.loc[review.survey.problems["severity"] == "error", "row"].dropna().nunique()
    words = t(
        "survey.page.act", lang, cells=counts["apply"], compounds=applied["compound_id"].nunique(),
        held=counts["held"], back=back,
    )  # fmt: skip
    return blocks.marked(words)


def receipt_words(receipt: Receipt, file: str, lang: str) -> str:
    """Return the receipt of an applied file as safe HTML."""
    if receipt.already:
        return blocks.marked(t("survey.page.receipt_already", lang, batch=receipt.batch))
    if receipt.batch is None:
        return blocks.marked(t("survey.page.receipt_none", lang))
    told = {"batch": receipt.batch, "rows": receipt.rows, "cells": receipt.cells, "held": receipt.waiting}
    return blocks.marked(t("survey.page.receipt", lang, file=file, mark=receipt.hash[:8], **told))


def _diff(found: Preview) -> None:
    lang, district = found.lang, found.opened.district
    places = found.opened.assessment.order["rank"]
    diffs = compound_diffs(found.merged, district, places, found.opened.policy, lang)
    moved = moved_compounds(found.effect)
    groups = {which: shown_diffs(diffs, which, moved) for which in SHOWN}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(card_head(t("survey.page.diff_card", lang), t("survey.page.diff_hint", lang)))
        st.space("stretch")
        which = st.segmented_control(
            t("survey.page.diff_filter", lang), list(SHOWN), default="all", required=True, key="survey_diff",
            format_func=lambda name: t(f"survey.page.shown.{name}", lang, n=len(groups[name])),
            label_visibility="collapsed",
        )  # fmt: skip
    _listed(groups[which or "all"], lang)


def _listed(chosen: Sequence[CompoundDiff], lang: str) -> None:
    if not chosen:
        st.html(f'<p class="hint">{safe_text(t("survey.page.diff_none", lang))}</p>')
        return
    wanted = int(st.session_state.setdefault("survey_diff_rows", FIRST))
    st.html(survey_blocks.diff_html(chosen[:wanted], lang))
    if len(chosen) > wanted:
        label = t("survey.page.diff_more", lang, shown=wanted, n=len(chosen))
        st.button(label, key="planner-survey-more", on_click=_more, type="tertiary")


def _more() -> None:
    st.session_state["survey_diff_rows"] += MORE


def _effect(found: Preview) -> None:
    lang, effect = found.lang, found.effect
    st.html(card_head(t("survey.page.effect", lang), t("survey.page.effect_hint", lang)))
    html = survey_blocks.effect_html(effect_lines(effect, found.opened.policy, lang))
    tables = survey_blocks.states_html(effect, lang) + survey_blocks.ranks_html(effect, lang)
    st.html(html + tables or t("survey.page.no_effect", lang))


def _held(found: Preview) -> None:
    """The cells that wait: decided here before applying, or left to wait."""
    held = survey_state.held_before(found.review, found.handed)
    if not len(held):
        return
    names = found.opened.district.compounds["name"]
    cells = [_waiting(row, found, names) for row in held.to_dict("records")]
    takes = {cell.key: found.handed.takes.get(cell.where, "") for cell in cells}
    token, mark = found.token, found.handed.reading[:8]

    def take(asked: Sequence[Waiting], choice: str) -> None:
        handed = shelf().get(token)
        now = dict(handed.takes) if handed is not None else {}
        for cell in asked:
            now = survey_state.with_take(now, cell.where, choice)
        shelf().change(token, takes=now)

    with st.container(border=True, key="planner-survey-held"):
        open_n = sum(1 for said in takes.values() if not said)
        st.html(card_head(t("survey.page.held", lang=found.lang), t("survey.page.held_hint", found.lang, n=open_n)))
        survey_held.decide_list(cells, takes, take, mark=mark, lang=found.lang)


def _waiting(row: dict[str, object], found: Preview, names: pd.Series) -> Waiting:
    owner, field, line = str(row["compound_id"]), str(row["field"]), int(str(row["row"]))
    base = row["base"] if isinstance(row["base"], str) else ""
    return Waiting(
        key=f"{line}-{field}",
        where=(owner, field, line),
        compound=survey_state.names_of([owner], names)[0],
        field=field,
        current=str(row["current"]),
        incoming=str(row["incoming"]),
        base=base,
        why=str(row["why"]),
        told=survey_held.source_words(
            found.review.survey.file, str(line), str(row["surveyed_on"]), str(row["surveyor"]), found.lang
        ),
        takes=("current", "survey"),
        labels=found.opened.policy.fields("compounds"),
    )


def _proposals(found: Preview) -> None:
    """Rows about compounds that the ledger does not have: never made by a survey; a person says which one each is."""
    proposals, lang = found.review.survey.proposals, found.lang
    if not len(proposals):
        return
    candidates = found.review.survey.candidates
    with st.container(border=True, key="planner-survey-new"):
        st.html(card_head(t("survey.page.new", lang, n=len(proposals)), t("survey.page.new_hint", lang)))
        for row in proposals.head(_MOST_PROPOSALS).to_dict("records"):
            likely = candidates.loc[candidates["row"] == row["row"], "compound_id"].astype(str).tolist()
            _proposal(row, likely, found)
        if len(proposals) > _MOST_PROPOSALS:
            st.caption(t("survey.page.rest", lang, n=len(proposals) - _MOST_PROPOSALS))
        _download(proposals, "survey.page.new_file", lang, key="planner-survey-new-file")


def _proposal(row: dict[str, object], likely: Sequence[str], found: Preview) -> None:
    names, mark, lang, memory = (
        found.opened.district.compounds["name"],
        found.handed.reading[:8],
        found.lang,
        writing.memory(found.opened),
    )
    said = {name: "" if pd.isna(row[name]) else str(row[name]) for name in ("name", "community_name", "written_id")}
    key = f"survey_new_{mark}_{row['row']}"
    with st.container(horizontal=True, vertical_alignment="center"):
        words = t("survey.page.new_row", lang, row=row["row"], **said)
        st.html(f'<p class="nw1">{blocks.marked(words)}</p>', width=520)
        options = ["", *likely, *(code for code in names.index.astype(str) if code not in likely)]
        labels = dict(zip(options[1:], survey_state.names_of(options[1:], names), strict=True))
        st.selectbox(
            t("survey.page.new_which", lang), options, key=key, width=300, label_visibility="collapsed",
            format_func=lambda code: labels.get(code, t("survey.page.new_none", lang)),
        )  # fmt: skip
        st.button(
            t("survey.page.new_same", lang), key=f"planner-survey-same-{row['row']}", on_click=_same,
            args=(said, key, memory), disabled=not said["name"],
        )  # fmt: skip


def _same(said: dict[str, str], key: str, memory: Memory) -> None:
    """Remember that this name in this community is that compound, for this file and later ones."""
    code = str(st.session_state.get(key) or "")
    if code:
        rows = [(said["name"], said["community_name"], code)]
        remember_names(memory, pd.DataFrame(rows, columns=["name", "community", "compound_id"]))


def _problems(found: Preview) -> None:
    problems, lang = found.review.problems, found.lang
    told = problems[problems["severity"] != "info"]
    if not len(problems):
        return
    rows = rows_to_correct(found.review.survey, lang, more=found.review.held)
    errors = int(told["severity"].eq("error").sum())
    with st.container(border=True, key="planner-survey-problems"):
        head = t("survey.page.problems_hint", lang, errors=errors, warnings=len(told) - errors)
        st.html(card_head(t("survey.page.problems", lang), head))
        with st.container(horizontal=True):
            if len(rows):
                label = t("survey.page.correct", lang, n=len(rows))
                _download(rows, "survey.page.correct_file", lang, key="planner-survey-correct", label=label)
            name = safe_file_name(t("survey.page.problems_file", lang)) + ".csv"
            st.download_button(
                t("survey.page.problems_all", lang), problems_csv(problems, lang), file_name=name, mime="text/csv",
                key="planner-survey-problems-all", on_click="ignore",
            )  # fmt: skip
        with st.container(height=340 if len(told) > 6 else "content", border=False):
            st.html(survey_blocks.problems_html(problem_lines(told, found.review.survey.file, lang), lang))
        if len(told) > trouble.MOST:
            st.caption(t("web.problem.more", lang, n=len(told) - trouble.MOST))


def problem_lines(problems: pd.DataFrame, file: str, lang: str) -> list[list[str]]:
    """Return the problems of a file, errors first, as texts: severity, row, column, what is wrong, what to do."""
    order = problems["severity"].map({"error": 0, "warning": 1}).sort_values(kind="stable").index[: trouble.MOST]
    lines = []
    for row in render_problems(problems.loc[order], lang).to_dict("records"):
        line = "" if pd.isna(row["row"]) else str(int(row["row"]))
        message = short_message(str(row["message"]), file, line)
        lines.append([str(row["severity"]), line, str(row["column"] or ""), message, str(row["fix"])])
    return lines


def _download(table: pd.DataFrame, name: str, lang: str, *, key: str, label: str = "") -> None:
    file = safe_file_name(t(name, lang)) + ".csv"
    st.download_button(label or t(name, lang), csv_bytes(table), file_name=file, mime="text/csv", key=key,
                       on_click="ignore")  # fmt: skip


def _options(found: Preview) -> None:
    """What goes in: all that can be used, nothing while something cannot, or not these compounds."""
    lang, handed, token = found.lang, found.handed, found.token
    assert found.review.merged is not None
    owners = list(dict.fromkeys(found.review.merged.cells["compound_id"].astype(str)))
    labels = dict(zip(owners, survey_state.names_of(owners, found.opened.district.compounds["name"]), strict=True))
    large = int((found.review.merged.held["why"] == "large").sum())
    with (
        st.container(border=True, key="planner-survey-options"),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        mark = handed.upload.key
        if large or handed.accept_large:
            _tick("accept_large", t("survey.page.accept_large", lang, n=large), handed.accept_large, token, mark)
        _tick("whole", t("survey.page.whole", lang), handed.whole, token, mark)
        key = f"survey_left_{mark}"
        st.session_state.setdefault(key, [code for code in handed.left_out if code in labels])
        st.multiselect(
            t("survey.page.left_out", lang), owners, key=key, format_func=labels.__getitem__, width=420,
            placeholder=t("survey.page.left_out_hint", lang), on_change=_leave_out, args=(token, key),
        )  # fmt: skip


def _tick(name: str, label: str, value: bool, token: str, mark: str) -> None:
    key = f"survey_{name}_{mark}"
    st.session_state.setdefault(key, value)
    st.checkbox(label, key=key, on_change=_ticked, args=(token, key, name))


def _ticked(token: str, key: str, name: str) -> None:
    shelf().change(token, **{name: bool(st.session_state[key])})


def _leave_out(token: str, key: str) -> None:
    shelf().change(token, left_out=tuple(st.session_state[key]))
