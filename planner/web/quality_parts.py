"""The lower half of 数据核对: completeness, coordinate systems, 三无, what the import left open; and the downloads."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from planner.outputs import import_note, quality_files, sanwu_view
from planner.outputs.completeness_view import Completeness, completeness_workbook
from planner.outputs.csv_file import csv_bytes
from planner.outputs.quality_view import Findings, Mask
from planner.outputs.quality_words import rule_title
from planner.outputs.sanwu_view import KINDS, sanwu_counts, sanwu_headings, sanwu_rows
from planner.text import safe_file_name, safe_text, t
from planner.web import blocks, compound_blocks, quality_blocks
from planner.web.session import Opened

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CSV = "text/csv"
_FIRST_FIELDS, _MOST_ROWS = 14, 12


def show_lower(opened: Opened, complete: Completeness, lang: str) -> None:
    """Show everything below the table and the map."""
    left, right = st.columns([800, 496], gap="small")
    with left, st.container(key="planner-complete", border=True, height="stretch"):
        _completeness(opened, complete, lang)
    with right, st.container(key="planner-crs", border=True, height="stretch"):
        st.html(compound_blocks.card_head(t("quality.crs", lang), t("quality.crs_hint", lang)))
        st.html(quality_blocks.crs_html(import_note.crs_words(opened.district.crs_note, lang), lang))
    with st.container(key="planner-sanwu", border=True):
        _sanwu(opened, lang)
    with st.container(key="planner-import-left", border=True):
        _left_open(opened, lang)


@st.cache_resource(show_spinner=False, max_entries=4)
def _cached_sanwu(key: str, _opened: Opened) -> pd.DataFrame:  # noqa: ARG001  (key is the cache key)
    return sanwu_view.sanwu_table(_opened.district, _opened.policy)


@st.cache_resource(show_spinner=False, max_entries=4)
def _originals(key: str, lang: str, _opened: Opened) -> tuple[pd.DataFrame, pd.DataFrame]:  # noqa: ARG001  (cache key)
    """Every cell that was read in another form than it is written, and the same by field."""
    words = import_note.original_words(_opened.district, _opened.policy, lang)
    return words, import_note.original_by_field(words)


def sanwu_table(opened: Opened) -> pd.DataFrame:
    """Return `sanwu_view.sanwu_table` of the open district, worked out once."""
    return _cached_sanwu(opened.key, opened)


def sanwu_kinds(opened: Opened) -> list[str]:
    """Return the kinds of disagreement that occur; the first is shown unless another is chosen."""
    present = set(sanwu_table(opened)["kind"])
    return [kind for kind in KINDS if kind in present]


def downloads(opened: Opened, findings: Findings, shown: Mask, complete: Completeness, lang: str) -> None:
    """Show the downloads of what the view shows; each file is made when somebody asks for it."""
    district, policy = opened.district, opened.policy
    _download(opened, lang, "list", lambda: quality_files.problem_list_csv(findings, district, shown, lang))
    _download(opened, lang, "rows", lambda: quality_files.rows_to_correct_csv(findings, district, policy, shown, lang))
    with st.popover(t("quality.more_files", lang), key="planner-more-files"):
        _download(opened, lang, "canonical", lambda: quality_files.problem_canonical_csv(findings, shown, lang))
        as_of, rules = opened.assessment.as_of, opened.assessment.policy
        _download(
            opened, lang, "complete",
            lambda: completeness_workbook(complete, district, rules, as_of=as_of, lang=lang), suffix=".xlsx",
        )  # fmt: skip
        words, _ = _originals(opened.key, lang, opened)
        _download(opened, lang, "original", lambda: csv_bytes(words))


def _download(opened: Opened, lang: str, name: str, make: Callable[[], bytes], suffix: str = ".csv") -> None:
    stamp = f"{opened.district.name}_{opened.assessment.as_of:%Y%m%d}"
    st.download_button(
        t(f"quality.get.{name}", lang),
        make,
        file_name=safe_file_name(f"{t(f'quality.get.{name}_name', lang)}_{stamp}") + suffix,
        mime=_CSV if suffix == ".csv" else _XLSX,
        on_click="ignore",
        key=f"planner-get-{name}",
    )


def _completeness(opened: Opened, complete: Completeness, lang: str) -> None:
    policy = opened.assessment.policy
    least = f"{100 * policy.number('min_completeness'):.0f}"
    st.html(compound_blocks.card_head(t("quality.complete", lang), t("quality.complete_hint", lang, least=least)))
    asked = complete.about
    decides = asked.index[(asked["weight"] > 0) | asked["key"] | (asked["programmes"] != "")]
    st.html(quality_blocks.matrix_html(complete, decides[:_FIRST_FIELDS], policy, lang))
    rest = [*decides[_FIRST_FIELDS:], *asked.index.difference(decides, sort=False)]
    wanted = st.toggle(t("quality.complete.rest", lang, n=len(rest)), key="quality_all_fields")
    if wanted:
        st.html(quality_blocks.matrix_html(complete, pd.Index(rest), policy, lang))


def _sanwu(opened: Opened, lang: str) -> None:
    st.html(compound_blocks.card_head(t("quality.sanwu", lang), t("quality.sanwu_hint", lang)))
    table = sanwu_table(opened)
    left, right = st.columns([400, 900], gap="small")
    with left:
        st.html(quality_blocks.sanwu_html(sanwu_counts(table), lang))
    counts, kinds = table["kind"].value_counts(), sanwu_kinds(opened)
    with right:
        if not kinds:
            key = "quality.sanwu.none" if len(table) and (table["list"] != "unknown").any() else "quality.sanwu.no_list"
            st.html(f'<p class="hint">{safe_text(t(key, lang))}</p>')
            return
        if st.session_state["quality_sanwu"] not in kinds:
            st.session_state["quality_sanwu"] = kinds[0]
        st.segmented_control(
            t("quality.sanwu", lang), kinds, key="quality_sanwu", label_visibility="collapsed", required=True,
            format_func=lambda kind: f"{t(f'quality.sanwu.{kind}', lang)} {int(counts[kind]):,}",
        )  # fmt: skip
        _sanwu_rows(opened, st.session_state["quality_sanwu"], lang)


def _sanwu_rows(opened: Opened, kind: str, lang: str) -> None:
    rows, heads = sanwu_rows(opened.district, opened.policy, kind, lang), sanwu_headings(opened.policy, lang)
    names = opened.policy.values("sanwu_predicates")
    st.html(quality_blocks.sanwu_rows_html(rows.head(_MOST_ROWS), names, heads))
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(rows) > _MOST_ROWS:
            st.html(f'<p class="hint">{safe_text(t("quality.rest", lang, n=f"{len(rows) - _MOST_ROWS:,}"))}</p>')
        _download(opened, lang, "sanwu", lambda: csv_bytes(rows.reset_index(names="compound_id").rename(columns=heads)))


def _left_open(opened: Opened, lang: str) -> None:
    """Columns without a field, cells held out, and how the words of the ledger were read."""
    note = opened.district.crs_note
    st.html(compound_blocks.card_head(t("quality.left", lang), t("quality.left_hint", lang)))
    counts, columns = import_note.cell_counts(note), import_note.columns_left_out(note)
    held, (_, words) = import_note.cells_held_out(note), _originals(opened.key, lang, opened)
    if counts is not None:
        values = {name: f"{n:,}" for name, n in counts.items()}
        st.html(f'<p class="vd">{blocks.marked(t("quality.left.cells", lang, **values))}</p>')
    if counts is None and not columns and not len(held) and not len(words):
        st.html(f'<p class="hint">{safe_text(t("quality.left.none", lang))}</p>')
        return
    left, right = st.columns([1, 1], gap="small")
    with left:
        if columns:
            st.html(quality_blocks.columns_html(columns, lang))
        if len(words):
            st.html(f'<p class="vd">{safe_text(t("quality.left.read_as", lang))}</p>')
            st.html(quality_blocks.examples_html(words, lang))
    with right:
        if len(held):
            _held_out(held, lang)


def _held_out(held: pd.DataFrame, lang: str) -> None:
    st.html(f'<p class="vd">{safe_text(t("quality.left.held", lang, n=f"{len(held):,}"))}</p>')
    heads = [t(f"quality.left.{name}", lang) for name in ("row", "column", "value", "why")]
    lines = [
        ["" if pd.isna(r["row"]) else str(r["row"]), r["column"], r["value"], rule_title(r["rule"], lang)]
        for r in held.head(_MOST_ROWS).to_dict("records")
    ]
    st.html(blocks.table_html(heads, lines, numbers_from=99, css="im"))
    if len(held) > _MOST_ROWS:
        st.html(f'<p class="hint">{safe_text(t("quality.rest", lang, n=f"{len(held) - _MOST_ROWS:,}"))}</p>')
