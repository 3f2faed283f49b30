"""The frame: page list, language, who may open it.   streamlit run app.py"""

import streamlit as st

from planner.pages import overview
from planner.text import t
from planner.web import frame

lang = frame.begin()
pages = [st.Page(overview.show, title=t("overview.page", lang), url_path="overview", default=True)]
frame.run_page(st.navigation(pages, position="top"), lang)
frame.end(lang)
