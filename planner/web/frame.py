"""The frame round every page: look, word mark, fixed notice, language switch, banner of a trusted network."""

from __future__ import annotations

import logging
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from planner.outputs import assets
from planner.text import LANGUAGES, safe_text, t
from planner.web import late_answers, memory, streamlit_words, trouble
from planner.web.guard import stop_if_open, trusted_lan
from planner.web.served import STATIC
from planner.web.session import language, set_language
from planner.web.who import LONGEST, introduce, who
from planner.web.who import script as who_script

_HERE = Path(__file__).resolve().parent
_LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 28" width="{width}" height="28">
<rect width="28" height="28" rx="6" fill="#1D5C8F"/>
<path fill="#fff" d="M7 22V11l6-4v15zM15 22V13h6v9z"/>
<path fill="#1D5C8F" d="M9 13h2v2H9zM9 17h2v2H9zM17 15.500h2v2h-2z"/>
<text x="38" y="20" font-size="17" font-weight="600" fill="#1B2733" font-family="{font}">{name}</text></svg>"""
_STYLES = ("page.css", "sheet.css", "policy.css", "quality.css", "survey.css", "plan.css")
_FONT = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"


def begin() -> str:
    """Configure the page, lay out the offline scripts, draw the frame and return the language.

    Stops the page when it could be reached from a network that nobody declared trusted.
    """
    lang = language()
    st.set_page_config(page_title=t("web.name", lang), layout="wide", initial_sidebar_state="collapsed")
    _start_once()
    st.html(f"<style>{_style()}</style>")
    st.html(streamlit_words.script(lang) + who_script(), unsafe_allow_javascript=True)
    st.logo(_logo(t("web.name", lang)), size="large")
    stop_if_open(lang)
    _notice(lang)
    if trusted_lan():
        _lan_banner(lang)
    return lang


def run_page(page: StreamlitPage, lang: str) -> None:
    """Run the page; a fault of the program is logged and said in the planner's language, with what to do."""
    try:
        page.run()
    except Exception:
        logging.getLogger("planner").exception("page %s", page.url_path or "overview")
        trouble.error_bar(t("web.broken", lang))


def person() -> str:
    """Return the name of the person at the page, empty where nobody said one."""
    return who()


def bar(text: str, kind: str) -> None:
    """Show one line of words as a coloured bar (``note``, ``lan`` or ``red``)."""
    st.html(f'<div class="{kind}">{safe_text(text)}</div>')


@st.cache_resource(show_spinner=False)
def _start_once() -> None:
    assets.lay_out(STATIC / "vendor")
    assets.use_local()
    memory.keep_collections_short()
    late_answers.drop_late_answers()


@st.cache_resource(show_spinner=False)
def _style() -> str:
    return "".join((_HERE / name).read_text(encoding="utf-8") for name in _STYLES)


def _logo(name: str) -> str:
    width = 44 + sum(17 if ord(c) > 0x2E80 else 10 for c in name)
    return _LOGO.format(width=width, font=_FONT, name=safe_text(name))


def _notice(lang: str) -> None:
    with st.container(key="planner-frame-note", horizontal=True):
        st.html(f'<div class="fr"><span class="pt">{safe_text(t("web.notice", lang))}</span></div>', width="content")
        other = LANGUAGES[1] if lang == LANGUAGES[0] else LANGUAGES[0]
        st.button(t("web.switch", lang), key="planner-lang", on_click=set_language, args=(other,), type="tertiary")


def _lan_banner(lang: str) -> None:
    with st.container(key="planner-lan", horizontal=True, vertical_alignment="center"):
        st.html(f'<div class="lan">{safe_text(t("web.lan", lang))}</div>', width="content")
        st.session_state["planner_person"] = who()
        st.text_input(
            t("web.person", lang), key="planner_person", placeholder=t("web.person", lang), width=220,
            label_visibility="collapsed", max_chars=LONGEST, on_change=_introduced,
        )  # fmt: skip


def _introduced() -> None:
    introduce(str(st.session_state["planner_person"]))
