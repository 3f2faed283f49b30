"""冲突待定: the cells that wait for a person, with their three values; one or many are settled, as one batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from planner.errors import PlannerError
from planner.store.connection import Store
from planner.store.held import decide_many
from planner.store.history import held_cells
from planner.store.ledger_cells import ledger_cells
from planner.text import in_language, safe_text, t
from planner.web import blocks, survey_address, survey_state, survey_store, trouble
from planner.web.compound_blocks import card_head, chip_html
from planner.web.session import Opened

PAGE = 8
"""Cells shown at a time."""
_VALUES = {"current": "current", "survey": "incoming", "incoming": "incoming", "base": "base"}
Take = Callable[[Sequence["Waiting"], str], None]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One cell that waits: its compound in words, field, three values, why, where it comes from, and what can be taken.

    where: what finds it (a cell of a survey, or the held id three times over). labels: the fields of compounds.
    """

    key: str
    where: tuple[str, str, int]
    compound: str
    field: str
    current: str
    incoming: str
    base: str
    why: str
    told: str
    takes: tuple[str, ...]
    labels: pd.DataFrame

    def value(self, take: str, lang: str) -> str:
        """Return the value that a choice takes, with its unit; 未知 where blank."""
        text: str = getattr(self, _VALUES[take])
        unit = str(self.labels.at[self.field, "unit"] or "") if self.field in self.labels.index else ""
        number = self.field in self.labels.index and self.labels.at[self.field, "type"] in ("int", "decimal", "area")
        return (f"{text} {unit}" if unit and number else text) if text else t("survey.blank", lang)

    def label(self, lang: str) -> str:
        """Return the name of the field."""
        return str(self.labels.at[self.field, f"label_{lang}"]) if self.field in self.labels.index else self.field


def source_words(file: str, row: str, surveyed_on: str, surveyor: str, lang: str) -> str:
    """Return where a value comes from: file, row, survey date, surveyor, as far as known."""
    parts = [file, t("survey.page.row", lang, n=row) if row else "", surveyed_on, surveyor]
    return " · ".join(part for part in parts if part)


def decide_list(cells: Sequence[Waiting], takes: Mapping[str, str], take: Take, *, mark: str, lang: str) -> None:
    """Show cells with their choices, some at a time; ``take`` is called with cells and what is taken ("" = wait)."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"planner-held-all-{mark}"):
        for choice in ("survey" if "survey" in cells[0].takes else "incoming", "current", ""):
            label = t(f"survey.page.all.{choice or 'wait'}", lang, n=len(cells))
            st.button(label, key=f"planner-all-{mark}-{choice}", on_click=_all, args=(cells, choice, take))
    page = _page_of(len(cells), mark, lang)
    for number, cell in list(enumerate(cells))[page * PAGE : (page + 1) * PAGE]:
        _row(cell, takes.get(cell.key, ""), take, key=f"survey_take_{mark}_{number}", lang=lang)


def _page_of(count: int, mark: str, lang: str) -> int:
    pages = -(-count // PAGE)
    if pages < 2:
        return 0
    chosen = st.segmented_control(
        t("survey.page.pages", lang), list(range(pages)), default=0, required=True, key=f"survey_pages_{mark}",
        format_func=lambda n: f"{n * PAGE + 1}–{min(count, (n + 1) * PAGE)}", label_visibility="collapsed",
    )  # fmt: skip
    return int(chosen or 0)


def _row(cell: Waiting, said: str, take: Take, *, key: str, lang: str) -> None:
    why = chip_html(t(f"survey.page.why.{cell.why}", lang), "ask")
    head = f"<b>{safe_text(cell.compound)}</b>　{safe_text(cell.label(lang))}　{why}"
    with st.container(horizontal=True, vertical_alignment="center", key=f"planner-held-{key.removeprefix('survey_')}"):
        st.html(f'<div class="hl">{head}<small>{safe_text(cell.told)}</small></div>', width="stretch")
        st.session_state[key] = said or None
        st.segmented_control(
            t("survey.page.which", lang), list(cell.takes), key=key, label_visibility="collapsed",
            format_func=lambda choice: _choice(cell, choice, lang), on_change=_one, args=(cell, key, take),
        )  # fmt: skip


def _choice(cell: Waiting, choice: str, lang: str) -> str:
    value = cell.value(choice, lang)
    short = value if len(value) <= 24 else value[:24] + "……"
    return t(f"survey.page.take.{_VALUES[choice]}", lang, value=blocks.plain_label(short))


def _one(cell: Waiting, key: str, take: Take) -> None:
    take([cell], str(st.session_state[key] or ""))


def _all(cells: Sequence[Waiting], choice: str, take: Take) -> None:
    take(cells, choice)


def show(opened: Opened, store: Store, lang: str) -> None:
    """Show the cells of the store that wait, and settle those that were decided."""
    _said(lang)
    waiting = held_cells(store)
    if not len(waiting):
        st.html(f'<p class="got">{safe_text(t("survey.page.held_none", lang))}</p>')
        return
    cells = _of_store(waiting, opened, store, lang)
    st.html(card_head(t("survey.page.held", lang), t("survey.page.held_about", lang)))
    cells = _filtered(cells, lang)
    takes: dict[str, str] = st.session_state.setdefault("survey_takes", {})
    known = {cell.key for cell in cells}

    def take(asked: Sequence[Waiting], choice: str) -> None:
        now = dict(st.session_state["survey_takes"])
        now.update({cell.key: choice for cell in asked if choice in cell.takes or not choice})
        st.session_state["survey_takes"] = now

    if cells:
        with st.container(border=True, key="planner-survey-held"):
            decide_list(cells, takes, take, mark="store", lang=lang)
    chosen = {key: choice for key, choice in takes.items() if choice and key in known}
    _action(store, cells, chosen, lang)


def _of_store(waiting: pd.DataFrame, opened: Opened, store: Store, lang: str) -> list[Waiting]:
    """The held cells with what the ledger says now, which may have moved since they were held."""
    asked = waiting[waiting["table"] == "compounds"].rename(columns={"row_id": "compound_id"})
    now = ledger_cells(store, asked).set_index(["compound_id", "field"])["cell"] if len(asked) else {}
    names, labels = opened.district.compounds["name"], opened.policy.fields("compounds")
    cells = []
    for held_id, row in waiting.iterrows():
        current = str(dict(now).get((row["row_id"], row["field"]), row["current"]))
        told = source_words(row["file"], row["file_row"], row["surveyed_on"], row["surveyor"], lang)
        takes = ("current", "incoming", "base") if row["base"] else ("current", "incoming")
        compound, key = survey_state.names_of([row["row_id"]], names)[0], str(held_id)
        texts = {name: str(row[name]) for name in ("field", "incoming", "base", "why")}
        where = (key, "", 0)
        cells.append(Waiting(key, where, compound, current=current, told=told, takes=takes, labels=labels, **texts))
    return cells


def _filtered(cells: list[Waiting], lang: str) -> list[Waiting]:
    """One reason, or one compound, where there are several."""
    reasons = list(dict.fromkeys(cell.why for cell in cells))
    owners = list(dict.fromkeys(cell.compound for cell in cells))
    with st.container(horizontal=True):
        why = st.selectbox(
            t("survey.page.filter_why", lang), ["", *reasons], key="survey_held_why", width=240,
            format_func=lambda code: t(f"survey.page.why.{code}", lang) if code else t("survey.page.every_why", lang),
        )  # fmt: skip
        owner = st.selectbox(
            t("survey.page.filter_owner", lang), ["", *owners], key="survey_held_owner", width=280,
            format_func=lambda name: name or t("survey.page.every_owner", lang),
        )  # fmt: skip
    return [cell for cell in cells if (not why or cell.why == why) and (not owner or cell.compound == owner)]


def _action(store: Store, cells: Sequence[Waiting], chosen: Mapping[str, str], lang: str) -> None:
    with (
        st.container(border=True, key="planner-survey-decide"),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input(
            t("survey.page.reason", lang), key="survey_held_reason", max_chars=120, width=340,
            placeholder=t("survey.page.held_reason_hint", lang),
        )  # fmt: skip
        survey_store.ask_writer(lang, key="survey_held_who")
        st.space("stretch")
        seen = {cell.key: cell.current for cell in cells}
        st.button(
            t("survey.page.decide", lang, n=len(chosen)), key="planner-survey-decide-now", type="primary",
            disabled=not chosen, on_click=_decide, args=(store, dict(chosen), seen),
        )  # fmt: skip


def _decide(store: Store, chosen: dict[str, str], seen: dict[str, str]) -> None:
    reason = str(st.session_state.get("survey_held_reason", ""))
    if survey_store.nameless("survey_held_who"):
        return
    try:
        receipt = decide_many(store, chosen, survey_store.signature(reason), shown=seen)
    except PlannerError as error:
        st.session_state["survey_held_said"] = error
        return
    st.session_state["survey_held_said"] = receipt
    st.session_state["survey_takes"] = {}
    st.session_state["survey_held_reason"] = ""


def _said(lang: str) -> None:
    said = st.session_state.pop("survey_held_said", None)
    if isinstance(said, PlannerError):
        trouble.error_bar(in_language(said.args[0], lang))
    elif said is not None:
        words = t("survey.page.decided", lang, batch=said.batch, cells=said.cells)
        again = t("survey.page.decided_again", lang, n=said.waiting) if said.waiting else ""
        st.html(f'<p class="act" role="status">{blocks.marked(words + again)}</p>')
        st.button(
            t("survey.page.see_batch", lang, batch=said.batch), key="planner-survey-see",
            on_click=survey_address.open_batch, args=(said.batch,),
        )  # fmt: skip
