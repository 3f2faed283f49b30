"""Changing one value of a compound on the page: a dialog with a field of its type, its source and date, the preview of
what it does to the decisions, then a batch of one cell like any other, which is undone right there.

A click on a value (facts_table) leaves its fields in the session; the page calls ``show`` at every run.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from planner.decisions.effect import Effect, effect_on
from planner.district.survey.applied import changed_district
from planner.errors import PlannerError, problem
from planner.outputs.compound_facts import field_fact
from planner.policy import Policy, split_list
from planner.store.batches import Receipt, Signature
from planner.store.editing import SOURCES, Edit, apply_edit, current_text, read_edit
from planner.store.undo import undo_batch
from planner.store.values import CLEAR
from planner.text import in_language, safe_text, t
from planner.web import survey_store, trouble, value_words, writing
from planner.web.session import Opened
from planner.web.value_field import field_box
from planner.web.who import who

_OPEN, _CHECKED, _DONE = "edit_open", "edit_checked", "edit_done"
_WAYS = ("value", "unknown", "na")


@dataclass(frozen=True, slots=True)
class _Checked:
    """An edit that was looked at: what it would write, what is wrong with it, what it would do."""

    edit: Edit
    changes: pd.DataFrame
    problems: pd.DataFrame
    effect: Effect | None


@dataclass(frozen=True, slots=True)
class _Done:
    """What was just written, for the line that offers to take it back."""

    compound_id: str
    words: str
    batch: int | None


def ask(compound_id: str, fields: str) -> None:
    """Open the dialog for these fields (; separated) of a compound at the next run of the page."""
    st.session_state[_OPEN] = (compound_id, split_list(fields))
    st.session_state.pop(_CHECKED, None)
    st.session_state.pop("edit_field", None)


def show(opened: Opened, compound_id: str, lang: str) -> None:
    """Show the dialog where a value was clicked, and under the title what was written last with the way back."""
    _done_bar(opened, compound_id, lang)
    asked = st.session_state.get(_OPEN)
    if asked and asked[0] == compound_id:
        dialog = st.dialog(t("edit.title", lang), width="large", on_dismiss=_close)
        dialog(_dialog)(opened, compound_id, asked[1], lang)


def _close() -> None:
    for key in (_OPEN, _CHECKED):
        st.session_state.pop(key, None)


def _dialog(opened: Opened, compound_id: str, fields: tuple[str, ...], lang: str) -> None:
    labels = opened.policy.fields("compounds")[f"label_{lang}"]
    with st.container(key="planner-edit"):
        field = fields[0]
        if len(fields) > 1:
            field = st.segmented_control(
                t("edit.which", lang), list(fields), key="edit_field", default=field, required=True,
                format_func=lambda name: str(labels[name]),
            ) or field  # fmt: skip
        fact = field_fact(opened.assessment, compound_id, field, lang)
        st.html(value_words.present_html(fact, lang))
        why = writing.why_not(opened, lang)
        if opened.store is None:
            survey_store.without_store(opened, lang)
        elif why:
            st.html(f'<div class="note">{safe_text(why)}</div>')
        else:
            _form(opened, compound_id, field, lang)
        if opened.store is not None:
            value_words.history(opened, compound_id, field, lang)


def _form(opened: Opened, compound_id: str, field: str, lang: str) -> None:
    written = _written(opened.policy, field, lang)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = st.segmented_control(
            t("edit.source", lang), list(SOURCES), key="edit_source", format_func=lambda s: t(f"edit.source.{s}", lang)
        )
        day = st.date_input(t("edit.date", lang), value=dt.date.today(), key="edit_date", width=150)
        remark = st.text_input(
            t("edit.remark", lang), key="edit_remark", max_chars=120, placeholder=t("edit.remark_hint", lang)
        )
    seen = current_text(writing.store_of(opened), compound_id, field)
    told_on = day if isinstance(day, dt.date) else None
    edit = Edit(compound_id, field, seen, written, source or "", told_on, remark or "")
    survey_store.ask_writer(lang, key="edit_who")
    if st.button(t("edit.preview", lang), key="planner-edit-preview"):
        st.session_state[_CHECKED] = _check(opened, edit)
    checked: _Checked | None = st.session_state.get(_CHECKED)
    if checked is not None and checked.edit == edit:
        _outcome(opened, checked, lang)


def _written(policy: Policy, field: str, lang: str) -> str:
    """The new value as text: a value, unknown, or not applicable."""
    way = st.segmented_control(
        t("edit.way", lang), list(_WAYS), default="value", required=True, key="edit_way",
        format_func=lambda name: t(f"edit.way.{name}", lang),
    )  # fmt: skip
    if way == "unknown":
        return CLEAR[1]
    return "na" if way == "na" else field_box(policy, field, lang)


def _check(opened: Opened, edit: Edit) -> _Checked:
    changes, problems = read_edit(edit, opened.policy, today=dt.date.today())
    if (problems["severity"] == "error").any():
        return _Checked(edit, changes, problems, None)
    own = changes[changes["table"] == "compounds"]
    applied = own.rename(columns={"row_id": "compound_id", "value": "incoming"})[["compound_id", "field", "incoming"]]
    after = changed_district(opened.district, applied, opened.policy)
    return _Checked(edit, changes, problems, effect_on(opened.assessment, after))


def _outcome(opened: Opened, checked: _Checked, lang: str) -> None:
    labels = opened.policy.fields("compounds")[f"label_{lang}"]
    said = checked.problems[checked.problems["severity"] != "info"]
    trouble.problem_table(said.assign(column=said["column"].map(labels).fillna(said["column"])), lang)
    if checked.effect is None:
        return
    own = checked.changes[checked.changes["table"] == "compounds"]
    new = str(own["value"].iloc[0])
    st.html(value_words.change_html(opened.policy, checked.edit, new, lang))
    st.html(value_words.effect_html(checked.effect, opened.policy, lang))
    if st.button(t("edit.save", lang), key="planner-edit-save", type="primary"):
        if who():
            _save(opened, checked.edit, lang)
        else:
            trouble.error_bar(t("writing.nobody", lang))


def _save(opened: Opened, edit: Edit, lang: str) -> None:
    store, now = writing.store_of(opened), dt.datetime.now(dt.UTC)
    present = current_text(store, edit.compound_id, edit.field)
    if present != edit.seen:
        trouble.error_bar(t("edit.moved", lang, value=present or t("compound.unknown", lang)))
        return
    try:
        receipt = apply_edit(store, opened.policy, edit, Signature(who(), now))
    except PlannerError as error:
        trouble.error_bar(in_language(error.args[0], lang))
        trouble.problem_table(error.problems, lang)
        return
    label = str(opened.policy.fields("compounds").at[edit.field, f"label_{lang}"])
    st.session_state[_DONE] = _Done(edit.compound_id, _receipt_words(receipt, edit, label, lang), receipt.batch)
    _close()
    st.rerun()


def _receipt_words(receipt: Receipt, edit: Edit, label: str, lang: str) -> str:
    if len(receipt.held):
        return t("edit.held", lang, field=label)
    old = edit.seen or t("compound.unknown", lang)
    new = t("compound.unknown", lang) if edit.written in CLEAR else edit.written
    return t("edit.saved", lang, field=label, old=old, new=new, batch=receipt.batch)


def no_source(source: str) -> pd.DataFrame:
    """Return the problem of a source that is not one of SOURCES."""
    return problem("edit.source", value=source, choices="、".join(SOURCES))


def done(compound_id: str, words: str, batch: int | None) -> None:
    """Keep what was written for the line under the title, with the way back."""
    st.session_state[_DONE] = _Done(compound_id, words, batch)


def _done_bar(opened: Opened, compound_id: str, lang: str) -> None:
    found: _Done | None = st.session_state.get(_DONE)
    if found is None or found.compound_id != compound_id:
        return
    with st.container(key="planner-edit-done", horizontal=True, vertical_alignment="center"):
        st.html(f'<div class="note" role="status">{safe_text(found.words)}</div>', width="content")
        if found.batch is not None:
            st.button(t("edit.undo", lang), key="planner-edit-undo", on_click=_undo, args=(opened, found, lang))
        st.button(t("edit.close", lang), key="planner-edit-seen", type="tertiary", on_click=_seen)


def _seen() -> None:
    st.session_state.pop(_DONE, None)


def _undo(opened: Opened, found: _Done, lang: str) -> None:
    assert found.batch is not None
    try:
        store = writing.store_of(opened)
        receipt = undo_batch(store, found.batch, actor=who() or t("who.unsigned"), at=dt.datetime.now(dt.UTC))
    except PlannerError as error:
        st.session_state[_DONE] = dataclasses.replace(found, words=in_language(error.args[0], lang))
        return
    key = "edit.undone" if not len(receipt.refused) else "edit.undo_refused"
    words = t(key, lang, batch=found.batch, undo=receipt.batch or "—")
    st.session_state[_DONE] = dataclasses.replace(found, words=words, batch=None)
