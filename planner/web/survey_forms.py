"""踏勘单, the view: choose compounds, then paper, tables or phones; how many pages, in which order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from planner.decisions.walk import walks
from planner.outputs.forms.form_set import FormSet
from planner.outputs.forms.form_table import form_table
from planner.outputs.forms.form_xlsx import form_workbook
from planner.outputs.forms.xlsform import xlsform
from planner.text import safe_text, t
from planner.web import compound_blocks
from planner.web.form_files import PDF_PAGES, download, form_download, forms_of, versions_of
from planner.web.session import Opened
from planner.web.survey_tasks import tasks_of

SHOWN = 40
"""Lines of the walking order on the page."""


def show_forms(opened: Opened, lang: str) -> None:
    """Show the view."""
    with st.container(key="planner-survey-forms"):
        st.html(f'<p class="nw1">{safe_text(t("form.page.question", lang))}</p>')
        ids = _chosen(opened, lang)
        if not len(ids):
            st.html(f'<div class="note">{safe_text(t("form.page.nothing", lang))}</div>')
            return
        walk = walks(opened.district, ids)
        communities = len(walk[["street", "community"]].drop_duplicates())
        st.html(f'<p class="act">{safe_text(t("form.page.count", lang, n=len(ids), m=communities))}</p>')
        _files(opened, tuple(ids), lang)
        _order(opened, walk, lang)


def _chosen(opened: Opened, lang: str) -> list[str]:
    compounds = opened.district.compounds
    keep = np.ones(len(compounds), dtype=bool)
    with st.container(key="planner-survey-form-bar", horizontal=True, vertical_alignment="bottom"):
        for name, column in (("street", "subdistrict_name"), ("community", "community_name")):
            words = sorted({str(word) for word in compounds[column][keep].dropna()})
            key = f"forms_{name}"
            if st.session_state.get(key) not in words:
                st.session_state[key] = None
            found = st.selectbox(
                t(f"task.page.{name}", lang), words, key=key, index=None, width=190,
                placeholder=t("task.page.all", lang),
            )  # fmt: skip
            if found:
                keep &= compounds[column].eq(found).to_numpy(dtype=bool, na_value=False)
        names = compounds["name"][keep].astype("string").fillna(t("form.no_name", lang))
        labels = {str(key): f"{name}（{key}）" for key, name in names.items()}
        picked = st.multiselect(
            t("form.page.compounds", lang), list(labels), key="forms_ids", format_func=lambda key: labels.get(key, key),
            width=420, placeholder=t("task.page.all", lang),
        )  # fmt: skip
        only = st.toggle(t("form.page.only", lang), key="forms_only")
    ids = [key for key in labels if not picked or key in picked]
    return [key for key in ids if key in _with_tasks(opened, lang)] if only else ids


def _with_tasks(opened: Opened, lang: str) -> set[str]:
    with st.spinner(t("task.page.working", lang)):
        tasks = tasks_of(opened).tasks
    return set(tasks.loc[~tasks["register"] & tasks["level"].ne("programme"), "compound_id"])


def _files(opened: Opened, ids: tuple[str, ...], lang: str) -> None:
    """Three cards: paper, tables, phones. What is worth going for is worked out when a file is asked for."""

    def forms() -> FormSet:
        return forms_of(opened, ids, tasks_of(opened), lang)

    def phone() -> bytes:
        return xlsform(opened.assessment.policy, opened.assessment.as_of, forms=forms_of(opened, ids, None, lang))

    def blank() -> bytes:
        made = forms_of(opened, ids, None, lang)
        table = form_table(made, prefilled=False)
        return form_workbook(
            table, where=opened.district.name, as_of=opened.assessment.as_of, version=made.version, lang=lang
        )

    few = len(ids) <= PDF_PAGES
    for column, name in zip(st.columns(3), ("paper", "table", "mobile"), strict=True):
        with column, st.container(key=f"planner-survey-form-{name}", border=True, height="stretch"):
            st.html(compound_blocks.card_head(t(f"form.page.{name}", lang), ""))
            st.html(f'<p class="nw1">{safe_text(t(f"form.page.{name}_about", lang))}</p>')
            if name == "paper":
                label = t("form.page.pdf", lang, n=len(ids)) if few else t("form.page.many", lang, most=PDF_PAGES)
                form_download(opened, label, ".pdf", forms, disabled=not few)
            elif name == "table":
                form_download(opened, t("form.page.xlsx", lang), ".zip", forms)
                form_download(opened, t("form.page.one", lang), ".xlsx", forms)
                download(opened, t("form.page.blank", lang), t("form.workbook.sheet", "zh"), ".xlsx", blank)
            else:
                download(opened, t("form.page.phone", lang), "xlsform", ".xlsx", phone)


def _order(opened: Opened, walk: pd.DataFrame, lang: str) -> None:
    """The compounds in walking order, as they come out."""
    compounds = opened.district.compounds
    counted = versions_of(opened)
    versions = compounds["row_version"] if counted is None else counted
    rows = []
    for key, row in walk.head(SHOWN).iterrows():
        address = compounds.at[key, "address"]
        version = versions.get(key, pd.NA)
        cells = (
            t("form.stop", lang, n=row["stop"], all=row["stops"]),
            " ".join(part for part in (row["street"], row["community"]) if part),
            str(compounds.at[key, "name"]),
            "" if pd.isna(address) else str(address),
            "" if pd.isna(version) else str(version),
        )
        rows.append("<tr>" + "".join(f"<td>{safe_text(cell)}</td>" for cell in cells) + "</tr>")
    names = ("form.page.stop", "task.column.community", "task.column.name", "form.column.address", "form.page.version")
    heads = "".join(f"<th>{safe_text(t(name, lang))}</th>" for name in names)
    st.html(compound_blocks.card_head(t("form.page.preview", lang), ""))
    st.html(f'<table class="tb sub"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>')
