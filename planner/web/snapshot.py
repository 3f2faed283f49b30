"""出图（当前视图）: what the screen shows now as a sheet of paper, drawn by the server when somebody asks for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import streamlit as st

from planner.outputs.sheet.request import FORMATS, PAPERS, snapshot_request
from planner.text import safe_file_name, t
from planner.web.mapview import seen_view
from planner.web.session import Opened

_MIME = {"pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml"}


def snapshot_button(
    opened: Opened, lang: str, *, theme: str, shown: Collection[str] | None, filter_words: str = ""
) -> None:
    """Offer the present extent, theme and filter as PDF, PNG or SVG on A3 or A4.

    ``shown``: the ids that the filter keeps, None = all. The file is drawn at the click, from the bounds that the map
    showed last; before the map has answered it is the whole district.
    """
    with st.popover(t("web.snapshot", lang), key="planner-snapshot"):
        paper = st.segmented_control(
            t("web.snapshot.paper", lang), list(PAPERS), default="A3", required=True, key="snapshot_paper"
        )
        kind = st.segmented_control(
            t("web.snapshot.format", lang),
            list(FORMATS),
            default="pdf",
            required=True,
            format_func=str.upper,
            key="snapshot_format",
        )
        _save(opened, lang, (theme, shown, filter_words), (paper, kind))


def _save(opened: Opened, lang: str, asked: tuple[str, Collection[str] | None, str], choice: tuple[str, str]) -> None:
    (theme, shown, filter_words), (paper, kind) = asked, choice
    view = seen_view()
    district, assessment = opened.district, opened.assessment

    def drawn() -> bytes:
        from planner.outputs.sheet.compose import draw_sheet  # drawing on paper takes half a second to load

        request = snapshot_request(view.get("bounds"), theme=theme, shown=shown, filter_words=filter_words)
        return draw_sheet(district, assessment, replace(request, paper=paper, format=kind), lang)

    name = f"{t('web.snapshot.name', lang)}_{district.name}_{assessment.as_of:%Y%m%d}_{paper}"
    st.download_button(
        t("web.snapshot.save", lang),
        drawn,
        file_name=f"{safe_file_name(name)}.{kind}",
        mime=_MIME[kind],
        on_click="ignore",
        key="planner-snapshot-save",
        type="primary",
    )
