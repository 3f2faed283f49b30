"""The district folder was changed outside: offered as an update with a preview, never taken silently, nothing lost.

What the folder says is compared with what it said when folder and store last agreed; the preview applies it to a copy
of the store, so that it tells exactly what would happen.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from planner.decisions.effect import Effect, effect_on
from planner.errors import PlannerError
from planner.outputs.survey_view import changed_words
from planner.store.as_district import district_of
from planner.store.backup import backup_store
from planner.store.batches import Receipt
from planner.store.connection import Store
from planner.store.heads import read_head
from planner.store.opening import open_store
from planner.store.seeding import FolderUpdate, apply_folder, compare_folder, mark_agreed
from planner.store.tables import PRESENT
from planner.text import in_language, safe_text, t
from planner.web import survey_blocks, survey_store, trouble, value_words, writing
from planner.web.blocks import marked
from planner.web.compound_blocks import card_head
from planner.web.folder_news import SAID, changed
from planner.web.session import Opened
from planner.web.who import who

_OPEN, _DECLINED = "folder_update_open", "folder_update_declined"
MOST = 60
"""Changed cells that are listed."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What taking the folder would do: the update, the receipt of taking it, and what moves in the decisions."""

    update: FolderUpdate
    receipt: Receipt
    effect: Effect

    @property
    def nothing(self) -> bool:
        """Whether the folder says the same in other bytes."""
        return not len(self.update.changes) and not len(self.update.gone)


def banner(opened: Opened, lang: str) -> None:
    """Say that the folder was changed and offer to look at it; nothing where it was not, or where it was declined."""
    said = st.session_state.pop(SAID, "")
    if said:
        st.html(f'<div class="note" role="status">{safe_text(said)}</div>')
    try:
        mark = changed(opened)
    except PlannerError:
        return
    if not mark or (st.session_state.get(_DECLINED) == mark and not st.session_state.get(_OPEN)):
        return
    _offer(opened, mark, lang)


def reminder(opened: Opened, lang: str) -> None:
    """Say where the data are kept that the folder says something else, also after it was declined."""
    mark = changed(opened)
    if mark and st.session_state.get(_DECLINED) == mark:
        _offer(opened, mark, lang)


def _offer(opened: Opened, mark: str, lang: str) -> None:
    with st.container(key="planner-folder-update", horizontal=True, vertical_alignment="center"):
        words = t("folder.changed", lang, file=opened.folder / "compounds.csv")
        st.html(f'<div class="note">{safe_text(words)}</div>', width="content")
        st.button(t("folder.look", lang), key="planner-folder-look", on_click=_look)
    if st.session_state.get(_OPEN):
        st.dialog(t("folder.title", lang), width="large", on_dismiss=_close)(_dialog)(opened, mark, lang)


def _look() -> None:
    st.session_state[_OPEN] = True


def _close() -> None:
    st.session_state.pop(_OPEN, None)


def _decline(mark: str) -> None:
    st.session_state[_DECLINED] = mark
    _close()


def _dialog(opened: Opened, mark: str, lang: str) -> None:
    store = writing.store_of(opened)
    try:
        with st.spinner(t("folder.comparing", lang)):
            found = _preview(f"{mark} {read_head(store).hash} {opened.key}", store, opened)
    except PlannerError as error:
        trouble.error_bar(in_language(error.args[0], lang))
        trouble.problem_table(error.problems, lang)
        return
    with st.container(key="planner-folder-preview"):
        if found.nothing:
            st.html(f'<p class="hint">{safe_text(t("folder.same", lang))}</p>')
            if st.button(t("folder.agree", lang), key="planner-folder-agree", type="primary"):
                mark_agreed(store, found.update.folder)
                _close()
                st.rerun()
            return
        _shown(found, opened, lang)
        _decide(found, opened, mark, lang)


def preview(store: Store, folder: Path, opened: Opened) -> Preview:
    """Return what taking a folder would do, found out on a copy of the store. Raises as `compare_folder`."""
    update = compare_folder(store, folder, opened.policy)
    with tempfile.TemporaryDirectory() as where:
        copy_file, now = Path(where) / "copy.gpkg", dt.datetime.now(dt.UTC)
        backup_store(store, copy_file, at=now)
        copy = open_store(copy_file, opened.policy)
        try:
            receipt = apply_folder(copy, update, actor="", at=now, reason="")
            after = district_of(copy, opened.policy, layers=opened.folder)
        finally:
            copy.close()
    return Preview(update, receipt, effect_on(opened.assessment, after))


@st.cache_resource(show_spinner=False, max_entries=2)
def _preview(key: str, _store: Store, _opened: Opened) -> Preview:  # noqa: ARG001  (key is the cache key)
    return preview(_store, _opened.folder, _opened)


def _shown(found: Preview, opened: Opened, lang: str) -> None:
    counts, held = found.update.counts, len(found.receipt.held)
    told = {str(name): int(counts[name].sum()) for name in ("new", "gone", "rows", "cells")}
    st.html(f'<p class="act">{marked(t("folder.counts", lang, held=held, **told))}</p>')
    cells = found.update.changes[found.update.changes["field"].ne(PRESENT)]
    cells = cells[~cells["table"].str.startswith("planner_")].assign(new=lambda frame: frame["value"])
    shown = cells.head(MOST).fillna("")
    heads = [t(f"survey.page.changed.{name}", lang) for name in ("whose", "field", "old", "new", "date")]
    st.html(survey_blocks.log_html(heads, changed_words(shown, opened.district, opened.policy, lang), css="wide"))
    if len(cells) > MOST:
        st.caption(t("survey.page.rest", lang, n=len(cells) - MOST))
    if held:
        st.html(card_head(t("folder.held", lang), t("folder.held_hint", lang, n=held)))
    st.html(value_words.effect_html(found.effect, opened.policy, lang))


def _decide(found: Preview, opened: Opened, mark: str, lang: str) -> None:
    gone = len(found.update.gone)
    retire = gone > 0 and st.checkbox(t("folder.retire", lang, n=gone), key="folder_retire")
    survey_store.ask_writer(lang, key="folder_who")
    with st.container(horizontal=True):
        if st.button(t("folder.take", lang), key="planner-folder-take", type="primary"):
            if who():
                _take(found, opened, lang, retire=bool(retire))
            else:
                trouble.error_bar(t("writing.nobody", lang))
        if st.button(t("folder.decline", lang), key="planner-folder-decline"):
            _decline(mark)
            st.rerun()


def _take(found: Preview, opened: Opened, lang: str, *, retire: bool) -> None:
    store, now = writing.store_of(opened), dt.datetime.now(dt.UTC)
    try:
        receipt = apply_folder(store, found.update, actor=who(), at=now, reason=t("folder.reason"), retire=retire)
    except PlannerError as error:
        trouble.error_bar(in_language(error.args[0], lang))
        trouble.problem_table(error.problems, lang)
        return
    told = {"batch": receipt.batch or "—", "cells": receipt.cells, "held": len(receipt.held)}
    st.session_state[SAID] = t("folder.taken", lang, **told)
    _close()
    st.rerun()
