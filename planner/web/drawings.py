"""Small drawings as pictures inside the page: Streamlit strips inline SVG, an image of it stays and runs no script."""

from __future__ import annotations

import base64

from planner.text import safe_text

_FONT = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif"


def picture_html(body: str, size: tuple[float, float], *, style: str, alt: str, css: str = "") -> str:
    """Return an image of an SVG drawing: its inside ``body`` (texts made safe), size in units, style sheet, words."""
    box = f"0 0 {size[0]:g} {size[1]:g}"
    look = f"text{{font-family:{_FONT};fill:#51606F}}{style}"
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><style>{look}</style>{body}</svg>'
    code = base64.b64encode(svg.encode("utf-8")).decode("ascii")
    return f'<img class="{css}" alt="{safe_text(alt)}" src="data:image/svg+xml;base64,{code}">'
