"""Three steps on the first page: drop the ledger, optionally boundaries, look at the result; then use these data.

Nothing is written and nothing switched before 使用这些数据.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

import streamlit as st

from planner.district.import_request import AREAS, FOOTPRINTS, TABLE, ImportResult
from planner.errors import PlannerError
from planner.policy import Policy, load_policy
from planner.store.remembering import InStore, Memory
from planner.store.take_over import carry_over
from planner.text import safe_text, t
from planner.web import blocks, trouble, writing
from planner.web.frame import person
from planner.web.guard import trusted_lan
from planner.web.import_state import (
    ENCODINGS,
    SYSTEMS,
    Doubt,
    Outcome,
    Upload,
    Wish,
    confirm_names,
    count_text,
    crs_label,
    doubtful_shapes,
    error_text,
    evidence_rows,
    field_labels,
    hand_changes,
    keep,
    layer_names,
    mapping_rows,
    remember_mapping,
    try_import,
)
from planner.web.installation import var_folder
from planner.web.session import choose_district, open_district

_TABLES = ["xlsx", "xls", "csv", "txt", "tsv", "et", "ods"]
MOST_DOUBTS = 20
"""Doubtful boundaries asked for at a time."""

_SHAPES = ["gpkg", "geojson", "json", "zip", "parquet"]


def show(lang: str) -> None:
    """Show the steps; the outcome of the last try is kept in the session, so that a click does not read files anew."""
    with st.container(key="planner-import"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(f'<h1 class="imp">{safe_text(t("overview.own_data", lang))}'
                    f'<small>{safe_text(t("import.page.about", lang))}</small></h1>')  # fmt: skip
            st.space("stretch")
            st.button(t("import.page.back", lang), on_click=_leave, key="planner-import-back")
        wish = _files(lang)
        _step(3, "check", lang)
        if wish.ledger is None and wish.footprints is None:
            st.caption(t("import.page.nothing", lang))
            return
        policy = load_policy()
        outcome = _tried(wish, policy, lang)
        _outcome(outcome, wish, policy, lang)


def _leave() -> None:
    for key in [key for key in st.session_state if str(key).startswith("imp_")]:
        del st.session_state[key]
    st.session_state["importing"] = False


def _step(number: int, key: str, lang: str) -> None:
    words, about = t(f"import.page.step.{key}", lang), t(f"import.page.step.{key}.about", lang)
    st.html(f'<div class="stp"><i>{number}</i>{safe_text(words)}<small>{safe_text(about)}</small></div>')


def _files(lang: str) -> Wish:
    _step(1, "ledger", lang)
    ledger = _upload("ledger", _TABLES, lang)
    _step(2, "boundary", lang)
    left, right = st.columns(2)
    with left:
        footprints = _upload("footprints", _SHAPES, lang)
        layer = _layer(footprints, lang)
    with right:
        communities = _upload("communities", _SHAPES, lang)
    return Wish(
        ledger,
        footprints,
        communities,
        by_hand=dict(st.session_state.get("imp_hand", {})),
        crs=str(st.session_state.get("imp_crs", "auto")),
        footprints_crs=str(st.session_state.get("imp_shapes_crs", "auto")),
        communities_crs=str(st.session_state.get("imp_areas_crs", "auto")),
        footprints_layer=layer,
        encoding=str(st.session_state.get("imp_encoding", "")),
        name=str(st.session_state.get("imp_name", "")).strip(),
    )


def _upload(key: str, kinds: list[str], lang: str) -> Upload | None:
    file = st.file_uploader(t(f"import.page.file.{key}", lang), type=kinds, key=f"imp_file_{key}", on_change=_forget)
    return Upload(file.name, file.getvalue()) if file else None


def _layer(footprints: Upload | None, lang: str) -> str:
    names = _layer_names(footprints.key, footprints) if footprints else []
    if len(names) < 2:
        return ""
    first = names.index("compounds") if "compounds" in names else 0
    return st.selectbox(t("import.page.layer", lang), names, index=first, key="imp_layer")


@st.cache_data(show_spinner=False, max_entries=8)
def _layer_names(key: str, _upload: Upload) -> list[str]:  # noqa: ARG001  (key is the cache key)
    return layer_names(_upload)


def _forget() -> None:
    """Another file: decisions about the last one no longer hold."""
    for key in ("imp_hand", "imp_encoding"):
        st.session_state.pop(key, None)


def _tried(wish: Wish, policy: Policy, lang: str) -> Outcome:
    kept: tuple[str, Outcome] | None = st.session_state.get("imp_outcome")
    if kept is None or kept[0] != wish.key:
        with st.spinner(t("import.page.working", lang)):
            kept = (wish.key, try_import(wish, policy, _memory()))
        st.session_state["imp_outcome"] = kept
    return kept[1]


def _outcome(outcome: Outcome, wish: Wish, policy: Policy, lang: str) -> None:
    if outcome.result is None:
        _failure(outcome, wish, lang)
        return
    result = outcome.result
    st.html(f'<p class="got">{blocks.marked(count_text(result, lang))}</p>')
    _name_and_use(result, wish, lang)
    _doubts(result, wish, policy, lang)
    left, right = st.columns([3, 2])
    with left:
        _mapping(result, policy, lang)
    with right:
        _systems(result.report.summary.get("crs", {}), wish, lang)
    _problems(result, lang)


def _failure(outcome: Outcome, wish: Wish, lang: str) -> None:
    assert outcome.error is not None
    trouble.error_bar(error_text(outcome.error, lang))
    trouble.problem_table(outcome.error.problems, lang)
    if outcome.asks_encoding or wish.encoding:
        _encoding(wish, lang)
    if outcome.asks_crs:
        st.html(f'<div class="note">{safe_text(t("import.page.crs.ask", lang))}</div>')
        _systems({}, wish, lang)


def _encoding(wish: Wish, lang: str) -> None:
    """Nobody can tell the encoding from the bytes: a person can."""
    st.session_state.setdefault("imp_encoding", wish.encoding)
    st.selectbox(
        t("import.page.encoding", lang), ENCODINGS, key="imp_encoding", width=260,
        format_func=lambda code: code.upper() or t("import.page.encoding.auto", lang),
    )  # fmt: skip


def _name_and_use(result: ImportResult, wish: Wish, lang: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(t("import.page.name", lang), key="imp_name", max_chars=40, width=260,
                      placeholder=t("import.page.name.hint", lang))  # fmt: skip
        unnamed = trusted_lan() and not person()
        ready = len(result.district.compounds) > 0 and not unnamed
        if st.button(t("import.page.use", lang), type="primary", disabled=not ready, key="planner-import-use"):
            _use(result, wish, lang)
    if unnamed:
        st.caption(t("import.page.who", lang))


def _use(result: ImportResult, wish: Wish, lang: str) -> None:
    try:
        with st.spinner(t("import.page.writing", lang)):
            folder = keep(result, wish, var_folder(), author=person(), today=dt.date.today())
    except (OSError, PlannerError) as error:
        trouble.error_bar(t("import.page.not_written", lang, reason=str(error)))
        return
    before = _memory()
    _leave()
    choose_district(folder)
    with st.spinner(t("import.page.writing", lang)):
        _remember(result, wish, before)
    st.rerun()


def _remember(result: ImportResult, wish: Wish, before: Memory) -> None:
    """The new district knows what the one before it knew of foreign tables, and what was decided now."""
    memory = _memory()
    if isinstance(before, InStore) and isinstance(memory, InStore):
        carry_over(before.store, memory)
    with contextlib.suppress(PlannerError):  # a mapping that cannot be kept is asked again
        remember_mapping(result, wish, memory)


def _memory() -> Memory:
    """Where the decisions about foreign tables are kept: with the open district."""
    try:
        return writing.memory(open_district())
    except PlannerError:
        return var_folder()


def _doubts(result: ImportResult, wish: Wish, policy: Policy, lang: str) -> None:
    """Boundaries whose names are only alike: a person says once which compound each is."""
    doubts = doubtful_shapes(result, wish, policy)
    if not doubts:
        return
    with st.form("imp_doubts"):
        about = t("import.page.doubts.about", lang, n=len(doubts))
        st.html(f'<div class="stp">{safe_text(t("import.page.doubts", lang))}<small>{safe_text(about)}</small></div>')
        chosen = {k: _doubt(k, doubt, lang) for k, doubt in enumerate(doubts[:MOST_DOUBTS])}
        if st.form_submit_button(t("import.page.doubts.confirm", lang)):
            confirm_names(_memory(), chosen, doubts)
            st.session_state.pop("imp_outcome", None)
            st.rerun()


def _doubt(number: int, doubt: Doubt, lang: str) -> str:
    label = " ".join(part for part in (doubt.name, doubt.community) if part) or "—"
    return st.selectbox(
        blocks.plain_label(label),
        ["", *doubt.choices],
        format_func=lambda code: doubt.choices.get(code, t("import.page.doubts.none", lang)),
        key=f"imp_doubt_{number}_{doubt.name}",
    )


def _mapping(result: ImportResult, policy: Policy, lang: str) -> None:
    st.html(f'<div class="stp">{safe_text(t("import.page.mapping", lang))}'
            f'<small>{safe_text(t("import.page.mapping.about", lang))}</small></div>')  # fmt: skip
    rows = mapping_rows(result, policy, lang)
    choices = [t("import.page.left_out", lang), *field_labels(policy, lang).values()]
    heads = {key: t(f"import.page.column.{key}", lang) for key in ("header", "field", "how")}
    config: dict[str, Any] = {
        "header": st.column_config.TextColumn(heads["header"], disabled=True),
        "field": st.column_config.SelectboxColumn(heads["field"], options=choices, required=True),
        "how": st.column_config.TextColumn(heads["how"], disabled=True),
    }
    key = f"imp_map_{len(st.session_state.get('imp_hand', {}))}"
    edited = st.data_editor(rows, column_config=config, hide_index=True, height="content", key=key)
    changed = hand_changes(rows, edited, policy, lang)
    if changed:
        st.session_state["imp_hand"] = {**st.session_state.get("imp_hand", {}), **changed}
        st.rerun()


def _systems(note: dict[str, Any], wish: Wish, lang: str) -> None:
    st.html(f'<div class="stp">{safe_text(t("import.page.systems", lang))}</div>')
    named = note.get("applied", {})
    applied = [f"{t(f'crs.source.{name}', lang)} {named[name]}" for name in (TABLE, FOOTPRINTS, AREAS) if name in named]
    if applied:
        st.html(f'<div class="lgg">{safe_text(t("import.page.applied", lang, systems="；".join(applied)))}</div>')
    rows = evidence_rows(note)
    if rows:
        heads = [t(f"import.page.evidence.{key}", lang) for key in ("table", "areas", "agreement")]
        st.html(blocks.table_html(heads, rows[:6], numbers_from=2))
        clear = "clear" if note.get("clear") else "unclear"
        st.html(f'<div class="lgg">{safe_text(t(f"import.page.evidence.{clear}", lang))}</div>')
    if wish.footprints and wish.ledger:
        _choice("imp_shapes_crs", "footprints", wish.footprints_crs, lang)
    _choice("imp_crs", "table", wish.crs, lang)
    if wish.communities:
        _choice("imp_areas_crs", "communities", wish.communities_crs, lang)


def _choice(key: str, source: str, value: str, lang: str) -> None:
    st.session_state.setdefault(key, value)
    st.selectbox(
        t(f"import.page.system.{source}", lang), SYSTEMS, format_func=lambda code: crs_label(code, lang), key=key
    )


def _problems(result: ImportResult, lang: str) -> None:
    problems = result.report.problems
    counts = problems["severity"].value_counts()
    words = [t(f"import.page.count.{kind}", lang, n=int(counts.get(kind, 0))) for kind in ("error", "warning", "info")]
    with st.expander(t("import.page.problems", lang, counts=t("overview.comma", lang).join(words))):
        trouble.problem_table(problems, lang)
