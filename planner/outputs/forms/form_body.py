"""The questions on the sheet: label, what the ledger says, boxes to tick or a line to write on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from planner.decisions.ledger import UNKNOWN_WORDS
from planner.outputs.forms.form_fields import GROUPS, OTHER, FormField
from planner.outputs.forms.form_set import FormSet, Hint
from planner.outputs.sheet.fonts import text_width
from planner.outputs.sheet.paragraph import paragraph
from planner.outputs.sheet.request import Box
from planner.outputs.sheet.scene import INK, MUTED, Mark, Shape, Word, fit_size, line, plain, rectangle
from planner.text import t

SIZE = 7.4
"""Points: 2.6 mm high."""
STEP, GROUP_STEP, TALLEST = 4.5, 5.4, 1.3
"""Millimetres of a line and of a heading, and how far both may be stretched to fill the sheet."""
GAP, BOX = 5.0, 2.5
LABEL, NOW = 0.31, 0.2
"""Shares of a column that the label and the value of the ledger take."""
STAR = "★"
OPEN_GROUND, OPEN_INK, BAR = "#FDF1E3", "#8A3D00", "#E3EBF2"


@dataclass(frozen=True, slots=True)
class _Row:
    """One question: ``lines`` of ticks (each a list of word and place), or none for a line to write on."""

    field: FormField
    now: str
    wanted: bool
    lines: tuple[tuple[tuple[str, float], ...], ...]

    @property
    def height(self) -> int:
        return max(1, len(self.lines))


def body(forms: FormSet, key: str, box: Box) -> list[Mark]:
    """Return the questions about one compound in a rectangle (x, y, width, height), in two columns.

    Lines are stretched or squeezed so that the sheet is full and nothing runs over.
    """
    x, y, width, height = box
    column = (width - GAP) / 2
    groups = [(group, asked) for group in (*GROUPS, OTHER) if (asked := _rows(forms, key, group, column))]
    sides = _two(groups)
    tallest = max((_height(side) for side in sides), default=0.0)
    k = min(height / tallest, TALLEST) if tallest else 1.0
    marks: list[Mark] = []
    for n, side in enumerate(sides):
        left, top = x + n * (column + GAP), y + height
        for group, rows in side:
            marks += _heading(t(f"form.group.{group}", forms.lang), (left, top), column, k)
            top -= GROUP_STEP * k
            for row in rows:
                marks += _question(row, (left, top), column, k=k, lang=forms.lang)
                top -= row.height * STEP * k
    return marks


_Group = tuple[str, Sequence[_Row]]


def _two(groups: Sequence[_Group]) -> list[list[_Group]]:
    """The groups on two sides, in their order, cut where the taller side is least tall."""
    cuts = range(1, len(groups) + 1)
    best = min(cuts, key=lambda n: max(_height(groups[:n]), _height(groups[n:])), default=0)
    return [list(groups[:best]), list(groups[best:])]


def _height(groups: Sequence[_Group]) -> float:
    return sum(GROUP_STEP + STEP * sum(row.height for row in rows) for _, rows in groups)


def _rows(forms: FormSet, key: str, group: str, column: float) -> list[_Row]:
    rows = []
    for field in forms.fields:
        if field.group == group:
            now = shown_value(field, str(forms.texts.at[key, field.field]), forms.lang)
            now = "" if now in UNKNOWN_WORDS else now
            wanted = bool(forms.wanted.at[key, field.field])
            rows.append(_Row(field, now, wanted, _ticks(field, now, column * (1 - LABEL - NOW) - 1.0, forms.lang)))
    return rows


def shown_value(field: FormField, text: str, lang: str) -> str:
    """Return a text of the ledger as a form shows it: with its unit, shares in per cent, 不适用; blank is blank."""
    if text == "na":
        return t("compound.na", lang)
    if field.kind == "ratio" and text.replace(".", "", 1).isdigit():
        return f"{100 * float(text):.0f}%"
    if field.kind in ("enums", "ids"):
        return text.replace(";", "、")
    plain_number = field.number and field.kind != "year" and text.replace(".", "", 1).isdigit()
    return f"{text}{field.unit}" if plain_number else text


def _ticks(field: FormField, now: str, room: float, lang: str) -> tuple[tuple[tuple[str, float], ...], ...]:
    """The words to tick in lines as wide as there is room: that the ledger is right, then what else it may be."""
    if not field.words:
        return ()
    words = [t("form.right", lang)] if now else []
    lines: list[list[tuple[str, float]]] = [[]]
    at = 0.0
    for word in [*words, *(word for word in field.words if word != now)]:
        wide = BOX + 0.7 + text_width(word, SIZE) + 1.7
        if lines[-1] and at + wide - 1.7 > room:
            lines.append([])
            at = 0.0
        lines[-1].append((word, at))
        at += wide
    return tuple(tuple(each) for each in lines)


def _heading(words: str, at: tuple[float, float], width: float, k: float) -> list[Mark]:
    x, top = at
    bar = rectangle(x, top - GROUP_STEP * k + 0.5, width, GROUP_STEP * k - 1.0)
    return [
        Shape(bar, 20, BAR, role="group"),
        Word(words, x + 1.2, top - GROUP_STEP * k / 2, SIZE + 0.4, bold=True, role="group"),
    ]


def _question(row: _Row, at: tuple[float, float], width: float, *, k: float, lang: str) -> Iterator[Mark]:
    x, top = at
    height, middle = row.height * STEP * k, top - STEP * k / 2
    if row.wanted:
        yield Shape(rectangle(x, top - height, width, height), 19, OPEN_GROUND, role="wanted")
    yield Shape(line((x, top - height), (x + width, top - height)), 21, "", "#D6DEE6", 0.35)
    label = (STAR if row.wanted else "") + row.field.label
    room = width * LABEL - 1.4
    size = max(fit_size(label, room, SIZE, text_width), 5.6)
    yield Word(label, x + 0.8, middle, size, bold=row.wanted, role="label")
    yield from _present(row, (x + width * LABEL, middle), width * NOW - 1.0, lang)
    start = x + width * (LABEL + NOW)
    if not row.lines:
        yield from _blank_line(row, (start, middle), x + width, lang)
    for n, words in enumerate(row.lines):
        y = top - (n + 0.5) * STEP * k
        for word, place in words:
            yield from tick(word, (start + place, y), SIZE)


def _present(row: _Row, at: tuple[float, float], room: float, lang: str) -> Iterator[Mark]:
    text = plain(row.now or t("form.unknown", lang))
    look: dict[str, Any] = {"colour": MUTED if row.now else OPEN_INK, "role": "now" if row.now else "unknown"}
    size = max(fit_size(text, room, SIZE - 0.2, text_width), 5.4)
    while len(text) > 2 and text_width(text, size) > room + 0.5:
        text = text[:-2] + "…"
    yield Word(text, at[0], at[1], size, **look)


def _blank_line(row: _Row, at: tuple[float, float], right: float, lang: str) -> Iterator[Mark]:
    """A line to write on with the unit behind it; a known value can be ticked as right instead."""
    x, y = at
    if row.now:
        word = t("form.right", lang)
        yield from tick(word, at, SIZE)
        x += BOX + 0.7 + text_width(word, SIZE) + 2.0
    unit = row.field.unit or ("%" if row.field.kind == "ratio" else "")
    end = right - (text_width(unit, SIZE) + 1.2 if unit else 0.5)
    if unit:
        yield Word(unit, right - 0.4, y, SIZE, colour=MUTED, align="right", role="unit")
    yield Shape(line((x, y - 1.5), (end - 0.6, y - 1.5)), 22, "", INK, 0.4, role="line")


def tick(word: str, at: tuple[float, float], size: float) -> list[Mark]:
    """Return a box to tick and its word, the box's left middle at ``at``."""
    x, y = at
    box = Shape(rectangle(x, y - BOX / 2, BOX, BOX), 22, "#FFFFFF", INK, 0.55, role="box")
    return [box, Word(plain(word), x + BOX + 0.7, y, size, role="choice")]


def hint_lines(hints: Sequence[Hint], at: tuple[float, float], size: tuple[float, float]) -> tuple[list[Mark], int]:
    """Return what to look for as a list that fits a rectangle below ``at``, and how many found no room."""
    (x, top), (width, height), used = at, size, 0.0
    marks: list[Mark] = []
    for n, hint in enumerate(hints):
        look: dict[str, Any] = {"bold": hint.decisive, "colour": OPEN_INK if hint.decisive else INK, "role": "hint"}
        head = Word(f"{STAR if hint.decisive else '· '}{plain(hint.label)}", x, top - used - 1.9, SIZE + 0.2, **look)
        text, tall = paragraph(plain(hint.could), (x + 3.2, top - used - 3.7), width - 3.2, size=6.8, most=2)
        if used + 3.7 + tall + 1.0 > height:
            return marks, len(hints) - n
        marks += [head, *text]
        used += 3.7 + tall + 0.9
    return marks, 0
