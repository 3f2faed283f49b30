"""上传更新: hand in a file, see what it would do, decide what waits, and take it into the ledger."""

from __future__ import annotations

import streamlit as st

from planner.decisions.effect import Effect, effect_of
from planner.district.survey.applied import changed_district
from planner.district.survey.merge import Merge
from planner.errors import PlannerError
from planner.store.batches import Receipt
from planner.store.connection import Store
from planner.store.survey_batches import applied_as, apply_survey
from planner.store.survey_review import Review, remember_mapping, review_survey
from planner.text import in_language, safe_text, t
from planner.web import (
    survey_address,
    survey_blocks,
    survey_file,
    survey_log,
    survey_preview,
    survey_state,
    survey_store,
    trouble,
    writing,
)
from planner.web.compound_blocks import card_head
from planner.web.import_state import Upload
from planner.web.session import Opened
from planner.web.shelf import shelf
from planner.web.survey_preview import Preview
from planner.web.survey_state import Handed

_KINDS = ["csv", "txt", "tsv", "xlsx", "xls"]
_RULES = ("blank", "clear", "unknown", "name", "once", "personal")


def show(opened: Opened, store: Store, lang: str) -> None:
    """Show the steps from a file to the ledger; a file that was handed in stays until it is applied or put away."""
    token = survey_address.file_token()
    handed: Handed | None = shelf().get(token) if token else None
    _receipt(lang)
    if handed is None:
        if token:
            st.html(f'<div class="note">{safe_text(t("survey.page.gone", lang))}</div>')
        _ask_file(lang)
        _beside(store, lang)
        return
    review = _reviewed(opened, store, handed, lang)
    if review.merged is None:
        survey_file.show(opened, token, handed, review, lang)
        return
    found = _preview(opened, store, token, handed, review)
    st.html(survey_blocks.steps_html(4, lang))
    survey_file.show(opened, token, handed, review, lang)
    survey_preview.show(found)
    _action(found)


def _preview(opened: Opened, store: Store, token: str, handed: Handed, review: Review) -> Preview:
    lang = survey_address.lang()
    assert review.merged is not None
    merged = survey_state.decided(review.merged, handed)
    with st.spinner(t("survey.page.computing", lang)):
        key = f"{opened.key} {survey_store.standing(store)} {handed.reading} {handed.decisions}"
        effect = _effect(key, opened, merged)
    known = applied_as(store, review.survey, handed.decisions)
    return Preview(opened, store, lang, token, handed, review, merged, effect, known)


def _ask_file(lang: str) -> None:
    st.html(survey_blocks.steps_html(1, lang))
    with st.container(border=True, key="planner-survey-ask"):
        st.html(f'<p class="hint">{safe_text(t("survey.page.ask", lang))}</p>')
        st.file_uploader(
            t("survey.page.file", lang), type=_KINDS, key="survey_uploaded", on_change=_take_file,
            max_upload_size=20,
        )  # fmt: skip
        st.html(f'<p class="hint">{safe_text(t("survey.page.kept", lang))}</p>')


def _beside(store: Store, lang: str) -> None:
    """What a cell may say, and what came in last."""
    left, right = st.columns(2, gap="small")
    with left, st.container(border=True, height="stretch", key="planner-survey-rules"):
        st.html(card_head(t("survey.page.rules", lang)))
        st.html(survey_blocks.effect_html([t(f"survey.page.rule.{name}", lang) for name in _RULES]))
    with right, st.container(border=True, height="stretch", key="planner-survey-last"):
        st.html(card_head(t("survey.page.last", lang)))
        st.html(survey_log.recent_html(store, lang))


def _take_file() -> None:
    file = st.session_state.get("survey_uploaded")
    if file is not None:
        content = file.getvalue()
        token = shelf().put(Handed(Upload(file.name, content)), len(content))
        st.session_state.pop("survey_receipt", None)
        survey_address.open_file(token)


def _reviewed(opened: Opened, store: Store, handed: Handed, lang: str) -> Review:
    """Read and compare, told step by step; the same file against the same ledger is read once."""
    memory = writing.memory(opened)
    key = f"{opened.key} {survey_store.standing(store)} {handed.reading}"
    with st.spinner(t("survey.page.reading", lang, file=survey_file.plain_name(handed)), show_time=True):
        review = _review(key, opened, store, handed)
    if review.merged is not None:
        remember_mapping(memory, review.survey)
    return review


@st.cache_resource(show_spinner=False, max_entries=4)
def _review(key: str, _opened: Opened, _store: Store, _handed: Handed) -> Review:  # noqa: ARG001  (cache key)
    memory = writing.memory(_opened)
    request = survey_state.survey_request(_handed, _opened.policy, _opened.assessment.as_of, memory)
    upload = _handed.upload
    return review_survey(upload.content, _opened.district, request, store=_store, name=upload.name)


@st.cache_resource(show_spinner=False, max_entries=8)
def _effect(key: str, _opened: Opened, _merged: Merge) -> Effect:  # noqa: ARG001  (key is the cache key)
    after = changed_district(_opened.district, _merged.applied, _opened.policy)
    found = _opened.assessment
    return effect_of(
        _opened.district, after, _opened.policy, as_of=found.as_of, profile=found.profile, unused=found.unused
    )


def _action(found: Preview) -> None:
    """The last step: what will be written, why, by whom; the button says how many cells."""
    lang, counts = found.lang, found.merged.counts
    with st.container(border=True, key="planner-survey-action"):
        st.html(f'<p class="act">{survey_preview.sentence(found.review, found.merged, lang)}</p>')
        if found.known is not None:
            said = t("survey.page.known", lang, batch=found.known)
            st.html(f'<div class="note" role="status">{safe_text(said)}</div>')
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(
                t("survey.page.reason", lang), key="survey_reason", max_chars=120, width=340,
                placeholder=t("survey.page.reason_hint", lang),
            )  # fmt: skip
            survey_store.ask_writer(lang, key="survey_who")
            st.space("stretch")
            st.button(t("survey.page.put_away", lang), key="planner-survey-away", on_click=_put_away)
            may = survey_state.ready(found.review, found.merged, found.handed) and found.known is None
            label = "apply" if counts["apply"] else "hold" if counts["held"] else "nothing"
            st.button(
                t(f"survey.page.{label}_now", lang, n=counts["apply"] or counts["held"]), type="primary",
                key="planner-survey-apply", disabled=not may, on_click=_apply,
                args=(found,),
            )  # fmt: skip


def _put_away() -> None:
    shelf().drop(survey_address.file_token())
    survey_address.open_file("")


def _apply(found: Preview) -> None:
    """Write the batch: all of it or nothing, in one transaction that no other script of the page can cut in two."""
    reason = str(st.session_state.get("survey_reason", ""))
    if survey_store.nameless("survey_who"):
        return
    try:
        receipt = apply_survey(
            found.store, found.review.survey, found.merged, survey_store.signature(reason),
            decisions=found.handed.decisions,
        )  # fmt: skip
    except PlannerError as error:
        st.session_state["survey_failed"] = error
        return
    st.session_state["survey_receipt"] = (receipt, found.review.survey.file, len(found.review.survey.proposals))
    st.session_state["survey_reason"] = ""
    _put_away()


def _receipt(lang: str) -> None:
    """What was written a moment ago, with the ways on; or why it could not be."""
    error = st.session_state.pop("survey_failed", None)
    if error is not None:
        trouble.error_bar(in_language(error.args[0], lang))
        trouble.problem_table(error.problems, lang)
    told = st.session_state.get("survey_receipt")
    if told is None:
        return
    receipt, file, _ = told
    with st.container(border=True, key="planner-survey-receipt"):
        st.html(f'<p class="act" role="status">{survey_preview.receipt_words(receipt, file, lang)}</p>')
        with st.container(horizontal=True):
            _ways(receipt, lang)


def _ways(receipt: Receipt, lang: str) -> None:
    if receipt.batch is not None:
        st.button(
            t("survey.page.see_batch", lang, batch=receipt.batch), key="planner-survey-see",
            on_click=survey_address.open_batch, args=(receipt.batch,),
        )  # fmt: skip
    if receipt.waiting:
        st.button(
            t("survey.page.see_held", lang, n=receipt.waiting), key="planner-survey-see-held",
            on_click=survey_address.open_view, args=("held",),
        )  # fmt: skip
