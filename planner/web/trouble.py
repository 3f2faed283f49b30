"""What the page says when the district cannot be opened: the fault, where it is, what to do; and the way on."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from planner.errors import PlannerError
from planner.text import in_language, render_problems, safe_text, t
from planner.web import blocks
from planner.web.installation import ROOT
from planner.web.session import choose_district, district_folder

MOST = 200
"""Problems listed on a page; the rest is counted."""


def show(error: PlannerError, lang: str) -> None:
    """Show an error of reading or computing the district, with its rows, and how to get on."""
    error_bar(in_language(error.args[0], lang))
    problem_table(error.problems, lang)
    with st.container(horizontal=True):
        if st.button(t("overview.own_data", lang), type="primary", key="planner-own-data"):
            st.session_state["importing"] = True
            st.rerun()
        if district_folder() != ROOT / "data" and st.button(t("overview.demo_back", lang), key="planner-demo"):
            choose_district(None)
            st.rerun()


def error_bar(text: str) -> None:
    """Show what went wrong; not by st.error, whose Markdown would fetch a picture that a file name asks for."""
    st.html(f'<div class="err" role="alert">{safe_text(text)}</div>')


def problem_table(problems: pd.DataFrame, lang: str) -> None:
    """Show a problem table, errors first; nothing for an empty one."""
    if not len(problems):
        return
    order = problems["severity"].map({"error": 0, "warning": 1, "info": 2}).sort_values(kind="stable").index
    shown = render_problems(problems.loc[order[:MOST]], lang)
    heads = [t(f"web.problem.{key}", lang) for key in ("severity", "place", "message", "fix")]
    lines = [
        [t(f"web.severity.{row['severity']}", lang), _place(row), str(row["message"]), str(row["fix"])]
        for row in shown.to_dict("records")
    ]
    st.html(blocks.table_html(heads, lines, numbers_from=9))
    if len(problems) > MOST:
        st.caption(t("web.problem.more", lang, n=len(problems) - MOST))


def _place(row: dict[str, object]) -> str:
    number = row["row"]
    parts = [row["file"], "" if pd.isna(number) else f"{int(str(number))}", row["column"]]
    return " · ".join(str(part) for part in parts if part is not None and str(part) and str(part) != "<NA>")
