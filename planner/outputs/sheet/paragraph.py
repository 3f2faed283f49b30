"""Text over several lines: broken by measured width, never before a closing mark, never inside a number or word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from planner.outputs.sheet.fonts import text_width
from planner.outputs.sheet.scene import INK, MM_PER_POINT, Word

_PIECES = re.compile(r"[!-~]+|\s+|.", re.DOTALL)
_CLOSING = frozenset("，。；：、！？）》”’】〕%℃,.;:!?)]}")
LEADING = 1.45
"""Distance of lines in heights of a letter."""


def wrapped(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """Return the lines of a text at ``size`` points, each at most ``width`` millimetres; an empty text has no line."""
    lines: list[str] = []
    line, used = "", 0.0
    for piece in _pieces(text, width, size, bold):
        wide = text_width(piece, size, bold)
        if line and used + wide > width and piece[0] not in _CLOSING:
            lines.append(line.rstrip())
            line, used = "", 0.0
            if piece.isspace():
                continue
        line, used = line + piece, used + wide
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str, width: float, size: float, bold: bool) -> Iterator[str]:
    """Words, numbers and single characters; what is wider than a line alone comes letter by letter."""
    for piece in _PIECES.findall(text):
        yield from piece if text_width(piece, size, bold) > width else [piece]


def paragraph(
    text: str, at: tuple[float, float], width: float, *, size: float, most: int = 0, bold: bool = False,
    colour: str = INK, role: str = "text",
) -> tuple[list[Word], float]:  # fmt: skip
    """Return the lines of a text below ``at``, and the height that they take; what exceeds ``most`` lines ends in …."""
    lines = wrapped(text, width, size, bold)
    if most and len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][:-1] + "…"]
    step = size * MM_PER_POINT * LEADING
    x, y = at
    look = {"bold": bold, "colour": colour, "role": role}
    words = [Word(line, x, y - (n + 0.5) * step, size, **look) for n, line in enumerate(lines)]  # type: ignore[arg-type]
    return words, len(lines) * step
