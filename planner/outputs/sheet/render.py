"""Pages as files: one PDF of all of them, or a PNG or SVG of each; the same bytes for the same pages and date."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence

from planner.outputs.sheet.pdf_file import write_pdf
from planner.outputs.sheet.pdf_page import page_content
from planner.outputs.sheet.scene import Page
from planner.outputs.sheet.svg_file import write_svg


def render(pages: Sequence[Page], *, kind: str, title: str, stamp: dt.date) -> list[bytes]:
    """Return the pages as ``kind``: one pdf, or one svg or png (300 dpi, 256 colours) for each; dated ``stamp``."""
    if kind == "pdf":
        written = io.BytesIO()
        write_pdf(map(page_content, pages), written, title=title, stamp=stamp)
        return [written.getvalue()]
    if kind == "svg":
        return [write_svg(page, title=title, stamp=stamp) for page in pages]
    from planner.outputs.sheet.png_file import write_png  # matplotlib takes half a second to load

    return [write_png(page) for page in pages]
