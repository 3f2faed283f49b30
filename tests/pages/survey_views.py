"""The two views of 调查更新 on a page of their own, for tests."""

import streamlit as st

from planner.web import survey_forms, survey_tasks
from planner.web.opening import open_or_explain
from planner.web.session import language

lang = language()
opened = open_or_explain(lang)
if opened is not None:
    (survey_forms.show_forms if st.query_params.get("view") == "forms" else survey_tasks.show_tasks)(opened, lang)
