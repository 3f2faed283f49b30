"""更新记录: every batch, what it changed, its undo, the life of one cell, and whether the store is whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from planner.errors import PlannerError
from planner.outputs.csv_file import csv_bytes
from planner.outputs.survey_view import cell_words, changed_words
from planner.store.batches import Receipt
from planner.store.connection import Store
from planner.store.history import batch_cells, list_batches, row_history
from planner.store.tables import PRESENT
from planner.store.undo import SEED, UndoPreview, preview_undo, undo_batch
from planner.store.verify import verify
from planner.text import in_language, safe_file_name, safe_text, t
from planner.web import blocks, survey_address, survey_blocks, survey_state, survey_store, trouble
from planner.web.compound_blocks import card_head, chip_html
from planner.web.session import Opened

PAGE, MOST_CELLS = 12, 100
_MOST_OPEN, _TALL = 14, 420
KINDS = ("seed", "folder", "survey", "set", "decision", "retire", "undo", "keep")
"""Kinds of batches that have words of their own."""


def show(opened: Opened, store: Store, lang: str) -> None:
    """Show the batches, the chosen one beside them, and below the life of a cell."""
    _said(lang)
    batches = list_batches(store)
    numbers = batches["batch"].dropna().astype(int).tolist()
    wanted = survey_address.batch()
    chosen = wanted if wanted in numbers else numbers[-1] if numbers else None
    left, right = st.columns([1, 1.2], gap="small")
    with left, st.container(border=True, height="stretch", key="planner-survey-batches"):
        _batches(batches, chosen, lang)
        _verify(store, lang)
    with right, st.container(border=True, height="stretch", key="planner-survey-batch"):
        if chosen is not None:
            _batch(opened, store, batches.set_index("batch").loc[chosen], chosen, lang)
    with st.container(border=True, key="planner-survey-cell"):
        _cell(opened, store, lang)


def recent_html(store: Store, lang: str, *, most: int = 6) -> str:
    """Return the last batches as a table: number, kind, when and who, why or from which file."""
    rows = []
    for row in list_batches(store).iloc[::-1].head(most).to_dict("records"):
        kind = kind_word(str(row["kind"]), lang)
        if not pd.isna(row["undone_by"]):
            kind += t("survey.page.undone_note", lang, n=row["undone_by"])
        told = f"{when(str(row['at']))} {row['actor']}"
        batch = t("survey.page.batch", lang, n=row["batch"])
        rows.append([batch, kind, told, str(row["reason"] or file_name(row["file"]))])
    heads = [t(f"survey.page.recent.{name}", lang) for name in ("batch", "kind", "when", "why")]
    return survey_blocks.log_html(heads, rows)


def kind_word(kind: str, lang: str) -> str:
    """Return the word of a kind of batch; one without words as it is written."""
    return t(f"survey.page.kind.{kind}", lang) if kind in KINDS else kind


def file_name(file: object) -> str:
    """Return the last part of a file or folder: whose computer it was on is nobody's business."""
    return str(file or "").replace("\\", "/").rstrip("/").rpartition("/")[2]


def when(text: str) -> str:
    """Return a moment of the log as the clock of this computer shows it, to the minute."""
    return dt.datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M")


def _batches(batches: pd.DataFrame, chosen: int | None, lang: str) -> None:
    st.html(card_head(t("survey.page.batches", lang), t("survey.page.batches_hint", lang, n=len(batches))))
    newest = batches.iloc[::-1]
    wanted = int(st.session_state.setdefault("survey_log_rows", PAGE))
    for row in newest.head(wanted).to_dict("records"):
        _batch_row(row, lang, chosen=int(row["batch"]) == chosen)
    if len(newest) > wanted:
        st.button(t("survey.page.older", lang), key="planner-survey-older", on_click=_older, type="tertiary")


def _older() -> None:
    st.session_state["survey_log_rows"] += PAGE


def _batch_row(row: dict[str, object], lang: str, *, chosen: bool) -> None:
    number = int(str(row["batch"]))
    undone = "" if pd.isna(row["undone_by"]) else chip_html(t("survey.page.undone", lang, n=row["undone_by"]), "off")
    why = str(row["reason"] or file_name(row["file"]))
    short = why if len(why) <= 40 else why[:40] + "……"
    kind = kind_word(str(row["kind"]), lang)
    html = (
        f'<div class="lr{" on" if chosen else ""}"><b>{safe_text(t("survey.page.batch", lang, n=number))}</b>'
        f"<span>{safe_text(kind)}</span>{undone}<small>{safe_text(when(str(row['at'])))} · "
        f"{safe_text(row['actor'] or '—')}</small><em title='{safe_text(why)}'>{safe_text(short)}</em></div>"
    )
    with st.container(horizontal=True, vertical_alignment="center", key=f"planner-survey-row-{number}"):
        st.html(html, width="stretch")
        st.button(
            t("survey.page.look", lang, n=number), key=f"planner-survey-look-{number}", type="tertiary",
            on_click=survey_address.open_batch, args=(number,),
        )  # fmt: skip


def _verify(store: Store, lang: str) -> None:
    """Integrity, chain, replay: said when somebody asks."""
    if st.button(t("survey.page.verify", lang), key="planner-survey-verify"):
        with st.spinner(t("survey.page.verifying", lang), show_time=True):
            st.session_state["survey_verified"] = verify(store), survey_store.standing(store)
    found = st.session_state.get("survey_verified")
    if found is None:
        return
    faults, mark = found
    if len(faults):
        trouble.error_bar(t("survey.page.verify_bad", lang, n=len(faults)))
        trouble.problem_table(faults, lang)
    else:
        words = t("survey.page.verify_good", lang, mark=mark[:8])
        chip = chip_html(t("survey.page.whole_chip", lang), "ok")
        st.html(f'<p class="vd" role="status">{chip}{safe_text(words)}</p>')


def _batch(opened: Opened, store: Store, row: pd.Series, number: int, lang: str) -> None:
    cells = _cells(str(row["hash"]), number, store)
    st.html(card_head(t("survey.page.batch", lang, n=number), kind_word(str(row["kind"]), lang)))
    st.html(survey_blocks.facts_html(_facts(row, cells, lang)))
    shown = cells[~cells["table"].str.startswith("planner_") & cells["field"].ne(PRESENT)]
    told = changed_words(shown.head(MOST_CELLS), opened.district, opened.policy, lang)
    if len(told):
        heads = [t(f"survey.page.changed.{name}", lang) for name in ("whose", "field", "old", "new", "date")]
        with st.container(height=_TALL if len(told) > _MOST_OPEN else "content", border=False):
            st.html(survey_blocks.log_html(heads, told, css="wide"))
    rest = len(shown) - MOST_CELLS
    if rest > 0:
        st.caption(t("survey.page.rest", lang, n=rest))
    file = safe_file_name(t("survey.page.batch_file", lang, n=number)) + ".csv"
    st.download_button(
        t("survey.page.batch_csv", lang), lambda: csv_bytes(cells), file_name=file, mime="text/csv",
        key="planner-survey-batch-csv", on_click="ignore",
    )  # fmt: skip
    if row["kind"] != SEED:
        _undo(opened, store, number, lang)


@st.cache_resource(show_spinner=False, max_entries=16)
def _cells(seal: str, number: int, _store: Store) -> pd.DataFrame:  # noqa: ARG001  (seal is part of the cache key)
    """The cells of a batch: a batch never changes, and its seal is no other's."""
    return batch_cells(_store, number)


def _facts(row: pd.Series, cells: pd.DataFrame, lang: str) -> list[tuple[str, str, str]]:
    """Who, when, why, which file, how many cells of how many rows, what is held, and its seal."""
    ledger = cells[~cells["table"].str.startswith("planner_")]
    waits = cells[cells["table"] == "planner_held"]
    decided = waits.loc[waits["field"] == "decision", "row_id"]
    made = waits.loc[waits["field"].eq(PRESENT) & waits["new"].eq("1"), "row_id"]
    held = int((~made.isin(decided)).sum())
    count = t("survey.page.fact.cells_n", lang, cells=len(ledger[ledger["field"] != PRESENT]),
              rows=ledger["row_id"].nunique(), held=held)  # fmt: skip
    pairs = [
        ("who", str(row["actor"] or "—"), when(str(row["at"]))),
        ("why", str(row["reason"] or "—"), ""),
        ("source", file_name(row["file"]) or "—", ""),
        ("cells", count, ""),
    ]
    if not pd.isna(row["undoes"]):
        pairs.append(("undoes", t("survey.page.batch", lang, n=row["undoes"]), ""))
    if not pd.isna(row["undone_by"]):
        pairs.append(("undone", t("survey.page.batch", lang, n=row["undone_by"]), ""))
    pairs.append(("seal", str(row["hash"])[:16], ""))
    return [(t(f"survey.page.fact.{name}", lang), value, note) for name, value, note in pairs]


def _undo(opened: Opened, store: Store, number: int, lang: str) -> None:
    """What an undo would give back and what it could not, before it is done."""
    found = preview_undo(store, number)
    beside = found.refused["table"].str.startswith("planner_") if len(found.refused) else []
    refused = found.refused[[not b for b in beside]] if len(found.refused) else found.refused
    st.html(card_head(t("survey.page.undo", lang), t("survey.page.undo_hint", lang)))
    words = t("survey.page.undo_preview", lang, cells=len(found.cells), refused=len(refused))
    st.html(f'<p class="act">{blocks.marked(words)}</p>')
    if len(refused):
        heads = [t(f"survey.page.refused.{name}", lang) for name in ("whose", "field", "now", "why")]
        st.html(survey_blocks.log_html(heads, _refused(refused, opened, lang)))
    nothing = not len(found.cells) and not _open(found, store, number)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            t("survey.page.reason", lang), key="survey_undo_reason", max_chars=120, width=230,
            placeholder=t("survey.page.undo_reason_hint", lang),
        )  # fmt: skip
        survey_store.ask_writer(lang, key="survey_undo_who")
        st.button(
            t("survey.page.undo_now", lang, n=number), key="planner-survey-undo", type="primary", on_click=_undo_now,
            args=(store, number), disabled=nothing,
        )  # fmt: skip


def _open(found: UndoPreview, store: Store, number: int) -> bool:
    """Whether the batch has cells that wait, which go with its undo."""
    cells = batch_cells(store, number)
    return bool(cells["table"].eq("planner_held").any()) and not len(found.refused)


def _refused(refused: pd.DataFrame, opened: Opened, lang: str) -> list[list[str]]:
    names = opened.district.compounds["name"]
    return [
        [
            survey_state.names_of([row["row_id"]], names)[0],
            cell_words(row["field"], "", opened.policy, lang)[0],
            cell_words(row["field"], row["value"], opened.policy, lang)[1],
            t(f"survey.page.refused.{row['why']}", lang),
        ]
        for row in refused.head(MOST_CELLS).to_dict("records")
    ]


def _undo_now(store: Store, number: int) -> None:
    reason = str(st.session_state.get("survey_undo_reason", ""))
    if survey_store.nameless("survey_undo_who"):
        return
    told = survey_store.signature(reason)
    try:
        receipt = undo_batch(store, number, actor=told.actor, at=told.at, reason=told.reason)
    except PlannerError as error:
        st.session_state["survey_undo_said"] = error
        return
    st.session_state["survey_undo_said"] = (number, receipt)
    st.session_state["survey_undo_reason"] = ""
    survey_address.open_batch(receipt.batch)


def _said(lang: str) -> None:
    said = st.session_state.pop("survey_undo_said", None)
    if isinstance(said, PlannerError):
        trouble.error_bar(in_language(said.args[0], lang))
    elif said is not None:
        number, receipt = said
        st.html(f'<p class="act" role="status">{blocks.marked(_undone_words(number, receipt, lang))}</p>')


def _undone_words(number: int, receipt: Receipt, lang: str) -> str:
    if receipt.batch is None:
        return t("survey.page.undo_nothing", lang, n=number)
    return t(
        "survey.page.undo_done", lang, n=number, batch=receipt.batch, cells=receipt.cells, refused=len(receipt.refused)
    )


def _cell(opened: Opened, store: Store, lang: str) -> None:
    """The life of one cell, or of one compound: who said what, when, from where."""
    st.html(card_head(t("survey.page.cell", lang), t("survey.page.cell_hint", lang)))
    compounds = opened.district.compounds["name"]
    owners = ["", *compounds.index.astype(str)]
    fields = opened.policy.fields("compounds")[f"label_{lang}"]
    owner, field = survey_address.cell()
    st.session_state.setdefault("survey_cell_owner", owner if owner in owners else "")
    st.session_state.setdefault("survey_cell_field", field if field in fields.index else "")
    labels = dict(zip(owners[1:], survey_state.names_of(owners[1:], compounds), strict=True))
    with st.container(horizontal=True):
        st.selectbox(
            t("survey.page.cell_owner", lang), owners, key="survey_cell_owner", width=320, on_change=_take_cell,
            format_func=lambda code: labels.get(code, t("survey.page.cell_choose", lang)),
        )  # fmt: skip
        st.selectbox(
            t("survey.page.cell_field", lang), ["", *fields.index], key="survey_cell_field", width=260,
            on_change=_take_cell, format_func=lambda code: str(fields.get(code, t("survey.page.every_field", lang))),
        )  # fmt: skip
    chosen = str(st.session_state["survey_cell_owner"])
    if chosen:
        wanted = str(st.session_state["survey_cell_field"]) or None
        _history(opened, row_history(store, "compounds", chosen, wanted), lang)


def _take_cell() -> None:
    survey_address.open_cell(str(st.session_state["survey_cell_owner"]), str(st.session_state["survey_cell_field"]))


def _history(opened: Opened, cells: pd.DataFrame, lang: str) -> None:
    shown = cells[cells["field"].ne(PRESENT) & cells["field"].ne("geometry")].iloc[::-1].head(MOST_CELLS)
    if not len(shown):
        st.html(f'<p class="hint">{safe_text(t("survey.page.cell_none", lang))}</p>')
        return
    heads = [t(f"survey.page.life.{name}", lang) for name in ("batch", "who", "field", "old", "new", "date", "source")]
    st.html(survey_blocks.log_html(heads, [_life(row, opened, lang) for row in shown.to_dict("records")], css="wide"))


def _life(row: dict[str, object], opened: Opened, lang: str) -> Sequence[str]:
    label, old = cell_words(str(row["field"]), str(row["old"]), opened.policy, lang)
    new = cell_words(str(row["field"]), str(row["new"]), opened.policy, lang)[1]
    batch = f"{t('survey.page.batch', lang, n=row['batch'])} {kind_word(str(row['kind']), lang)}"
    who = f"{when(str(row['at']))} {row['actor']}"
    source = str(row["source"] or row["reason"] or row["file"] or "")
    return [batch, who, label, old, new, str(row["surveyed_on"] or ""), source]
