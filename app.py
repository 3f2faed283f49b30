"""The frame: page list, language, who may open it.   streamlit run app.py"""

import streamlit as st

from planner.text import t
from planner.web import frame, links

lang = frame.begin()
pages = [
    st.Page("planner/pages/overview.py", title=t("overview.page", lang), url_path="", default=True),
    st.Page("planner/pages/compound.py", title=t("compound.page", lang), url_path="compound"),
    st.Page("planner/pages/ranking.py", title=t("ranking.page", lang), url_path="ranking"),
    st.Page("planner/pages/plan.py", title=t("plan.page", lang), url_path="plan"),
    st.Page("planner/pages/survey.py", title=t("survey.page.name", lang), url_path="survey"),
    st.Page("planner/pages/policy.py", title=t("policy.page", lang), url_path="policy"),
    st.Page("planner/pages/quality.py", title=t("quality.page", lang), url_path="quality"),
]
frame.run_page(st.navigation([*pages, links.first_page()], position="top"), lang)
