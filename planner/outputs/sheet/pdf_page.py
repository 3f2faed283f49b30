"""The content of one PDF page: paths and words of a scene as PDF operators, in hundredths of a point.

A character is written as its code point, so a page does not depend on the pages before it: an atlas can be stopped
and taken up again, and gives the same bytes as in one go.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from planner.outputs.sheet.fonts import glyph_codes, text_width
from planner.outputs.sheet.scene import MIDDLE, MM_PER_POINT, Page, Shape, Word, lines_of, rings_of

UNIT = 100
"""Units of a page per point: whole numbers are short and quick to write."""
_MM = UNIT / MM_PER_POINT
_PRIVATE = 0xE000
"""Characters beyond the first plane take two-byte codes of the private area."""


@dataclass(frozen=True, slots=True)
class Content:
    """A page ready to be put into a file: its operators, the characters of each face, the opacities in percent."""

    operators: bytes
    size: tuple[float, float]
    regular: frozenset[str]
    bold: frozenset[str]
    opacities: frozenset[int]
    name: str = ""
    chapter: str = ""


def page_content(page: Page) -> Content:
    """Return the operators of a page; marks are drawn in the order of their height, equal heights as they stand."""
    marks = sorted(page.scene, key=lambda mark: mark.z)
    used: dict[bool, set[str]] = {False: set(), True: set()}
    for word in (mark for mark in marks if isinstance(mark, Word)):
        used[word.bold] |= set(word.text)
    opacities = frozenset(percent(mark) for mark in marks if isinstance(mark, Shape)) | {100}
    text = "\n".join(_operators(page, marks))
    return Content(
        text.encode("ascii"), page.size, frozenset(used[False]), frozenset(used[True]), opacities, page.name,
        page.chapter,
    )  # fmt: skip


def percent(shape: Shape) -> int:
    """Return the opacity of a shape in whole percent."""
    return round(shape.opacity * 100)


@lru_cache(maxsize=1)
def _private() -> dict[int, int]:
    """Code points beyond the first plane that the fonts hold, each with its two-byte code."""
    beyond = sorted({code for bold in (False, True) for code in glyph_codes(bold) if code > 0xFFFF})
    return {code: _PRIVATE + n for n, code in enumerate(beyond)}


def code_of(character: str) -> int:
    """Return the two-byte code under which a character stands in the file; KeyError where the fonts have none."""
    code = ord(character)
    return code if code < _PRIVATE or 0xF8FF < code <= 0xFFFF else _private()[code]


def _operators(page: Page, marks: Iterable[Shape | Word]) -> Iterator[str]:
    yield f"1 j 1 J {1 / UNIT:g} 0 0 {1 / UNIT:g} 0 0 cm"
    x, y, width, height = (round(v * _MM) for v in page.window)
    clipped = False
    for mark in marks:
        clip = isinstance(mark, Shape) and mark.clip
        if clip != clipped:
            yield f"q {x} {y} {width} {height} re W n" if clip else "Q"
            clipped = clip
        yield from _word(mark) if isinstance(mark, Word) else _shape(mark)
    if clipped:
        yield "Q"


def _shape(mark: Shape) -> Iterator[str]:
    areas, lines = _paths(*rings_of(mark.shape), close=True), _paths(*lines_of(mark.shape), close=False)
    if not areas and not (lines and mark.edge):
        return
    look = [f"/A{percent(mark)} gs"]
    if mark.fill:
        look.append(f"{_colour(mark.fill)} rg")
    if mark.edge:
        look.append(f"{_colour(mark.edge)} RG {round(mark.width * UNIT)} w")
    dash = " ".join(f"{d * UNIT:.0f}" for d in mark.dash)
    yield " ".join([*look, f"[{dash}] 0 d {0 if mark.dash else 1} J"])
    if areas and (mark.fill or mark.edge):
        yield areas + (" B" if mark.fill and mark.edge else " f" if mark.fill else " S")
    if lines and mark.edge:
        yield lines + " S"


def _paths(points: Any, part: Any, *, close: bool) -> str:
    """Return moves and lines through the points, a new path where ``part`` changes."""
    if not len(points):
        return ""
    first = np.r_[True, part[1:] != part[:-1]]
    last = np.r_[first[1:], True]
    words = np.where(first, "%d %d m", np.where(last & close, "h", "%d %d l"))
    numbers = np.rint(points * _MM).astype(np.int64)
    kept = ~last if close else np.ones(len(points), dtype=bool)
    return str(" ".join(words.tolist()) % tuple(numbers[kept].ravel().tolist()))


def _word(word: Word) -> Iterator[str]:
    shift = {"left": 0.0, "center": 0.5, "right": 1.0}[word.align] * text_width(word.text, word.size, word.bold)
    angle, drop = math.radians(word.turn), MIDDLE * word.size * MM_PER_POINT
    cos, sin = math.cos(angle), math.sin(angle)
    x, y = word.x - shift * cos + drop * sin, word.y - shift * sin - drop * cos
    size = word.size * UNIT
    place = " ".join(f"{v:.0f}" for v in (size * cos, size * sin, -size * sin, size * cos, x * _MM, y * _MM))
    codes = "".join(f"{code_of(c):04X}" for c in word.text)
    text = f"/{'F1' if word.bold else 'F0'} 1 Tf {place} Tm <{codes}> Tj ET"
    if word.halo:  # words for the eye only: whoever searches or copies finds them once
        yield "/A100 gs /Span <</ActualText <FEFF>>> BDC"
        yield f"1 1 1 RG [] 0 d {word.halo * UNIT:.0f} w BT 1 Tr {text} EMC"
    yield f"/A100 gs {_colour(word.colour)} rg BT 0 Tr {text}"


@lru_cache(maxsize=256)
def _colour(text: str) -> str:
    return " ".join(f"{int(text[k : k + 2], 16) / 255:.3f}".rstrip("0").rstrip(".") for k in (1, 3, 5))
