"""A survey file on the page: what was recognised of it, its columns, and what a person says where it is not clear."""

from __future__ import annotations

import streamlit as st

from planner.district.survey.survey_file import SurveyFile
from planner.store.survey_review import Review
from planner.text import safe_text, t
from planner.web import blocks, survey_address, survey_blocks, survey_state, trouble
from planner.web.compound_blocks import card_head
from planner.web.import_state import ENCODINGS, field_labels
from planner.web.session import Opened
from planner.web.shelf import shelf
from planner.web.survey_state import Handed

_MAPPED_AGAIN = ("survey.I01", "survey.I02", "survey.I03", "survey.no_key")
"""Faults of the columns that a person can settle here."""


def plain_name(handed: Handed) -> str:
    """Return the name of a file for a label, which is Markdown: every sign that could be markup is escaped."""
    return blocks.plain_label(handed.upload.name)


def show(opened: Opened, token: str, handed: Handed, review: Review, lang: str) -> None:
    """Show the file and its columns; of a file that cannot be used why, and what can be said to use it."""
    survey = review.survey
    if survey.refused:
        st.html(survey_blocks.steps_html(2, lang))
        _refused(token, handed, survey, opened, lang)
        return
    left, right = st.columns([1, 1.5], gap="small")
    with left, st.container(border=True, height="stretch", key="planner-survey-file"):
        _file(token, handed, survey, lang)
    with right, st.container(border=True, height="stretch", key="planner-survey-columns"):
        _columns(token, handed, survey, opened, lang)


def _file(token: str, handed: Handed, survey: SurveyFile, lang: str) -> None:
    st.html(card_head(t("survey.page.file_card", lang), t("survey.page.kept_short", lang)))
    st.html(survey_blocks.facts_html(survey_state.facts(survey, handed, lang)))
    with st.container(horizontal=True):
        st.button(t("survey.page.other_file", lang), key="planner-survey-other", on_click=_put_away)
        with st.popover(t("survey.page.how_read", lang), key="planner-survey-how"):
            _defaults(token, handed, lang)
            _encoding(token, handed, lang)


def _put_away() -> None:
    shelf().drop(survey_address.file_token())
    survey_address.open_file("")


def _defaults(token: str, handed: Handed, lang: str) -> None:
    """Date and surveyor of rows that do not say."""
    key = f"survey_date_{handed.upload.key}"
    st.session_state.setdefault(key, None)
    st.date_input(t("survey.page.default_date", lang), key=key, format="YYYY-MM-DD", on_change=_take_default,
                  args=(token, key, "surveyed_on"))  # fmt: skip
    who = f"survey_by_{handed.upload.key}"
    st.session_state.setdefault(who, handed.surveyor)
    st.text_input(t("survey.page.default_who", lang), key=who, max_chars=40, on_change=_take_default,
                  args=(token, who, "surveyor"))  # fmt: skip


def _take_default(token: str, key: str, name: str) -> None:
    value = st.session_state[key]
    shelf().change(token, **{name: "" if value is None else str(value)})


def _encoding(token: str, handed: Handed, lang: str) -> None:
    key = f"survey_encoding_{handed.upload.key}"
    st.session_state.setdefault(key, handed.encoding)
    st.selectbox(
        t("import.page.encoding", lang), ENCODINGS, key=key, on_change=_take_default, args=(token, key, "encoding"),
        format_func=lambda code: code.upper() or t("import.page.encoding.auto", lang),
    )  # fmt: skip


def _columns(token: str, handed: Handed, survey: SurveyFile, opened: Opened, lang: str) -> None:
    rows = survey_state.column_rows(survey, opened.policy, lang)
    read = sum(1 for row in rows if row[1])
    hint = t("survey.page.columns_hint", lang, read=read, rest=len(rows) - read)
    st.html(card_head(t("survey.page.columns", lang), hint))
    shown = sorted(rows, key=lambda row: not row[1])
    with st.container(height=252, border=False, key="planner-survey-columns-list"):
        st.html(survey_blocks.columns_html(shown, lang))
    _by_hand(token, handed, [row[0] for row in rows], survey_state.unclear(survey), opened, lang=lang)


def _by_hand(token: str, handed: Handed, headers: list[str], unclear: list[str], opened: Opened, *, lang: str) -> None:
    """Say which field a column is; unclear columns come first."""
    ordered = [*unclear, *(header for header in headers if header not in unclear)]
    if not ordered:
        return
    labels = field_labels(opened.policy, lang)
    choices = ["", *labels]
    with st.container(horizontal=True, vertical_alignment="bottom", key="planner-survey-hand"):
        st.selectbox(t("survey.page.hand_header", lang), ordered, key=f"survey_header_{token}", width=220)
        st.selectbox(
            t("survey.page.hand_field", lang), choices, key=f"survey_field_{token}", width=260,
            format_func=lambda code: labels.get(code, t("import.page.left_out", lang)),
        )  # fmt: skip
        st.button(t("survey.page.hand_now", lang), key="planner-survey-hand-now", on_click=_take_hand, args=(token,))
        if handed.by_hand:
            st.caption(t("survey.page.hand_kept", lang, n=len(handed.by_hand)))


def _take_hand(token: str) -> None:
    header = str(st.session_state[f"survey_header_{token}"])
    field = str(st.session_state[f"survey_field_{token}"])
    handed = shelf().get(token)
    if handed is not None:
        shelf().change(token, by_hand={**handed.by_hand, header: field}, takes={})


def _refused(token: str, handed: Handed, survey: SurveyFile, opened: Opened, lang: str) -> None:
    """Why the whole file cannot be used, and what can be said to use it after all."""
    trouble.error_bar(t("survey.page.refused", lang, file=survey.file))
    trouble.problem_table(survey.problems, lang)
    with st.container(border=True, key="planner-survey-refused"):
        if survey_state.asks_encoding(survey) or handed.encoding:
            st.html(f'<p class="hint">{safe_text(t("survey.page.ask_encoding", lang))}</p>')
            _encoding(token, handed, lang)
        if survey.problems["rule"].isin(_MAPPED_AGAIN).any():
            _by_hand(token, handed, _seen_headers(survey), [], opened, lang=lang)
        st.button(t("survey.page.other_file", lang), key="planner-survey-other", on_click=_put_away)


def _seen_headers(survey: SurveyFile) -> list[str]:
    """The headers that a refused file names in its problems."""
    cells: list[str] = []
    for record in survey.problems.to_dict("records"):
        params = record["params"] if isinstance(record["params"], dict) else {}
        told = [str(record["column"] or ""), str(params.get("headers", ""))]
        cells += [part for text in told for part in text.replace("……", "").split("、") if part]
    return list(dict.fromkeys(cells))
