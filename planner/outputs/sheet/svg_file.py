"""A page as SVG: paths and words straight from the scene, with the letters that it uses inside the file."""

from __future__ import annotations

import base64
import datetime as dt
import math
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from planner.outputs.sheet.fonts import FAMILY, subset_fonts
from planner.outputs.sheet.scene import MIDDLE, MM_PER_POINT, Page, Shape, Word, lines_of, rings_of, words_of

_MM = 100
"""Units of the drawing per millimetre."""
_POINT = _MM * MM_PER_POINT
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}


def write_svg(page: Page, *, title: str, stamp: dt.date) -> bytes:
    """Return the page as an SVG of its size in millimetres, dated ``stamp``; it reaches for nothing outside."""
    width, height = page.size
    marks = sorted(page.scene, key=lambda mark: mark.z)
    x, y, wide, tall = page.window
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width * _MM:.0f} {height * _MM:.0f}" lang="zh-CN">',
        f"<title>{escape(title)}</title><desc>planner {stamp.isoformat()}</desc>",
        f"<style>{_faces(subset_fonts(words_of(marks)))}text{{font-family:'{FAMILY}',sans-serif}}"
        "path{stroke-linejoin:round}</style>",
        f'<clipPath id="map"><rect x="{x * _MM:.0f}" y="{(height - y - tall) * _MM:.0f}" width="{wide * _MM:.0f}" '
        f'height="{tall * _MM:.0f}"/></clipPath>',
        f'<rect width="{width * _MM:.0f}" height="{height * _MM:.0f}" fill="#FFFFFF"/>',
    ]
    clipped = False
    for mark in marks:
        clip = isinstance(mark, Shape) and mark.clip
        if clip != clipped:
            parts.append('<g clip-path="url(#map)">' if clip else "</g>")
            clipped = clip
        parts += [_word(mark, height)] if isinstance(mark, Word) else _shape(mark, height)
    return "\n".join([*parts, *(["</g>"] if clipped else []), "</svg>\n"]).encode("utf-8")


def _faces(fonts: Mapping[bool, bytes]) -> str:
    return "".join(
        f"@font-face{{font-family:'{FAMILY}';font-weight:{700 if bold else 400};"
        f"src:url(data:font/ttf;base64,{base64.b64encode(content).decode()}) format('truetype')}}"
        for bold, content in fonts.items()
    )


def _shape(mark: Shape, height: float) -> Iterator[str]:
    stroke = ""
    if mark.edge:
        stroke = f' stroke="{mark.edge}" stroke-width="{mark.width * _POINT:.0f}"'
        dash = " ".join(f"{d * _POINT:.0f}" for d in mark.dash)
        stroke += f' stroke-dasharray="{dash}"' if dash else ' stroke-linecap="round"'
    stroke += f' opacity="{mark.opacity:g}"' if mark.opacity < 1 else ""
    areas, lines = _path(*rings_of(mark.shape), height, close=True), _path(*lines_of(mark.shape), height, close=False)
    if areas and (mark.fill or mark.edge):
        yield f'<path fill="{mark.fill or "none"}"{stroke} d="{areas}"/>'
    if lines and mark.edge:
        yield f'<path fill="none"{stroke} d="{lines}"/>'


def _path(points: Any, part: Any, height: float, *, close: bool) -> str:
    if not len(points):
        return ""
    first = np.r_[True, part[1:] != part[:-1]]
    last = np.r_[first[1:], True]
    words = np.where(first, "M%d %d", np.where(last & close, "Z", "L%d %d"))
    numbers = np.rint(points * (_MM, -_MM) + (0, height * _MM)).astype(np.int64)
    kept = ~last if close else np.ones(len(points), dtype=bool)
    return str("".join(words.tolist()) % tuple(numbers[kept].ravel().tolist()))


def _word(word: Word, height: float) -> str:
    angle, drop = math.radians(word.turn), MIDDLE * word.size * MM_PER_POINT
    x, y = (word.x + drop * math.sin(angle)) * _MM, (height - word.y + drop * math.cos(angle)) * _MM
    look = f' font-size="{word.size * _POINT:.0f}" fill="{word.colour}"'
    look += ' font-weight="700"' if word.bold else ""
    look += f' text-anchor="{_ANCHORS[word.align]}"' if word.align != "left" else ""
    look += f' transform="rotate({-word.turn:.2f} {x:.0f} {y:.0f})"' if word.turn else ""
    if word.halo:
        look += (
            f' stroke="#FFFFFF" stroke-width="{word.halo * _POINT:.0f}" paint-order="stroke" stroke-linejoin="round"'
        )
    return f'<text x="{x:.0f}" y="{y:.0f}"{look}>{escape(word.text)}</text>'
