"""Streamlit's widgets on one page inside the frame of the app: what test_words_browser opens and reads."""

import datetime as dt

import pandas as pd
import streamlit as st

from planner.web import frame

frame.begin()
TABLE = pd.DataFrame({"名称": ["甲", "乙", "丙"], "户数": [12, 30, 44], "类": ["一", "二", "一"]})

WIDE = {name: st.column_config.Column(width=200) for name in TABLE}


@st.dialog("窗口")
def window() -> None:
    """A dialog with its own close button."""
    st.text_input("窗中文字", key="inside")


left, right = st.columns(2)
with left:
    st.file_uploader("单个文件", type=["csv"], key="one")
    st.file_uploader("多个文件", type=["csv", "xlsx"], accept_multiple_files=True, key="many")
    st.multiselect("多选", ["一类", "二类", "三类", "Open"], key="several")
    st.multiselect("限一项", ["一类", "二类"], max_selections=1, default=["一类"], key="limited")
    st.selectbox("单选", ["一类", "二类"], index=None, key="single")
    st.selectbox("可新增", ["一类"], index=None, accept_new_options=True, key="adding")
    st.number_input("数值", min_value=0, max_value=10, value=3, key="number")
    st.date_input("日期", dt.date(2026, 11, 24), key="date")
    st.text_input("密码", type="password", key="secret")
    st.text_area("多行", key="area")
    with st.popover("弹出"):
        st.text("弹出内容")
    st.button("开窗口", on_click=window)
    st.download_button("下载", lambda: b"1", file_name="one.txt", key="download")
with right:
    st.html("<p id='own'>Upload</p>")
    st.markdown("Close")
    st.dataframe(TABLE, key="frame", hide_index=True, width="content", column_config=WIDE)
    config = {"类": st.column_config.SelectboxColumn("类", options=["一", "二"])}
    st.data_editor(TABLE, num_rows="dynamic", column_config=config, key="editor")
    st.line_chart(TABLE, x="名称", y="户数")
    with st.form("表单"):
        st.text_input("表单文字", key="formed")
        st.form_submit_button("提交")
