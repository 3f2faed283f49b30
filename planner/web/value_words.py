"""What the dialog of one value says: what stands there, what would change, what that does, the life of the cell."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from planner.decisions.effect import Effect
from planner.outputs.compound_facts import Fact, Told
from planner.outputs.survey_view import cell_words, effect_lines
from planner.policy import Policy
from planner.store.editing import Edit
from planner.store.history import list_batches, row_history
from planner.store.undo import SEED
from planner.text import safe_text, t
from planner.web import survey_blocks, writing
from planner.web.compound_blocks import card_head, unknown_html
from planner.web.session import Opened
from planner.web.survey_log import kind_word, when

MOST = 12
"""Changes of a cell that are listed."""


def present_html(fact: Fact, lang: str) -> str:
    """Return the present value of a cell with its source and date."""
    value = safe_text(fact.value) if fact.value else unknown_html(lang)
    rest = " · ".join(safe_text(part) for part in (fact.source, fact.date) if part)
    now = safe_text(t("edit.now", lang))
    return f'<div class="ev"><span>{safe_text(fact.label)}</span><u>{now}</u><b>{value}</b><small>{rest}</small></div>'


def change_html(policy: Policy, edit: Edit, new: str, lang: str) -> str:
    """Return the change of one cell: label, old and new in words."""
    label, old = cell_words(edit.field, edit.seen, policy, lang)
    after = cell_words(edit.field, new, policy, lang)[1]
    arrow = f"{safe_text(old)} → <b>{safe_text(after)}</b>"
    return f'<div class="ev"><span>{safe_text(label)}</span><u>{safe_text(t("edit.becomes", lang))}</u>{arrow}</div>'


def effect_html(effect: Effect, policy: Policy, lang: str) -> str:
    """Return what the change does to the decisions: state, place, programmes, quantities, money."""
    lines = survey_blocks.effect_html(effect_lines(effect, policy, lang))
    head = card_head(t("edit.effect", lang))
    return head + lines + survey_blocks.states_html(effect, lang) + survey_blocks.ranks_html(effect, lang)


def told(opened: Opened, compound_id: str) -> Told:
    """Return where each field that changed since the seed comes from, and when; empty without a store.

    What was taken back does not count: the value then comes from where it came from before.
    """
    if opened.store is None:
        return {}
    cells = _cells(opened, compound_id)
    cells = cells[~cells["kind"].isin([SEED, "undo"])]
    if len(cells):
        batches = list_batches(writing.store_of(opened))
        cells = cells[~cells["batch"].isin(batches.loc[batches["undone_by"].notna(), "batch"])]
    found = {}
    for row in cells.to_dict("records"):
        source = str(row["source"] or row["reason"] or row["file"] or kind_word(str(row["kind"]), "zh"))
        found[str(row["field"])] = (source, str(row["surveyed_on"] or row["at"])[:10])
    return found


def history(opened: Opened, compound_id: str, field: str, lang: str) -> None:
    """Show every change of one cell, the newest first: when, who, from what to what, where from; undone or not."""
    cells = _cells(opened, compound_id)
    own = cells[cells["field"] == field].iloc[::-1].head(MOST)
    st.html(card_head(t("edit.history", lang)))
    if not len(own):
        st.html(f'<p class="hint">{safe_text(t("edit.no_history", lang))}</p>')
        return
    undone = list_batches(writing.store_of(opened)).set_index("batch")["undone_by"]
    rows = [_line(row, opened.policy, undone, lang) for row in own.to_dict("records")]
    heads = [t(f"edit.log.{name}", lang) for name in ("when", "who", "change", "source", "batch")]
    st.html(survey_blocks.log_html(heads, rows))


def _line(row: dict[str, object], policy: Policy, undone: pd.Series, lang: str) -> list[str]:
    old, new = (cell_words(str(row["field"]), str(row[side]), policy, lang)[1] for side in ("old", "new"))
    number = int(str(row["batch"]))
    by = undone.get(number)
    batch = t("edit.log.number", lang, n=number)
    batch += t("edit.log.undone", lang, n=int(by)) if by is not None and not pd.isna(by) else ""
    source = str(row["source"] or row["reason"] or kind_word(str(row["kind"]), lang))
    day = str(row["surveyed_on"] or "")
    return [when(str(row["at"])), str(row["actor"] or "—"), f"{old} → {new}", f"{source} {day}".strip(), batch]


def _cells(opened: Opened, compound_id: str) -> pd.DataFrame:
    return row_history(writing.store_of(opened), "compounds", compound_id)
