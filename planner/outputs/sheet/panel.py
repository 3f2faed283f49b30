"""The panel of the sheet: legend with counts, key to lines and letters, where the figures come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from planner.decisions.pipeline import Assessment
from planner.decisions.summary import REGISTERS
from planner.district.district import District
from planner.outputs.map_classes import PROGRAMMES
from planner.outputs.sheet.compounds import Drawn, class_look, ring
from planner.outputs.sheet.fonts import text_width
from planner.outputs.sheet.frame import Frame, Layout
from planner.outputs.sheet.ground import (
    BUILDINGS_TO,
    COMMUNITY_DASH,
    COMMUNITY_LINE,
    STREET_DASH,
    STREET_LINE,
)
from planner.outputs.sheet.request import Box, SheetRequest
from planner.outputs.sheet.scene import MUTED, Mark, Shape, Word, fit_size, line, plain, rectangle
from planner.text import date_text, t

HEAD = "#24435C"
HAIR = "#D6DEE6"


@dataclass(frozen=True, slots=True)
class Block:
    """Marks drawn downwards from y = 0 in a width of ``width`` millimetres, and how far down they reach."""

    marks: list[Mark]
    height: float


def panel(blocks: Sequence[Block], box: Box, layout: Layout, *, table: Block) -> list[Mark]:
    """Return the blocks one below the other on landscape, side by side on portrait; the table under the key.

    The table is left out where the panel has no room for it.
    """
    x, y, width, height = box
    gap = 5.0 * layout.k
    marks: list[Mark] = []
    down, right = y + height, x
    for block in blocks:
        marks += [moved(mark, right, down) for mark in block.marks]
        if layout.landscape:
            down -= block.height + gap
        else:
            right += (width - gap * (len(blocks) - 1)) / len(blocks) + gap
    if not layout.landscape:
        right = x + (width + gap) / len(blocks)
        down -= blocks[1].height + gap
    fits = down - table.height >= y - 0.1
    return marks + ([moved(mark, right, down) for mark in table.marks] if fits else [])


def block_width(box: Box, layout: Layout, blocks: int) -> float:
    """Return how wide one of ``blocks`` is."""
    return box[2] if layout.landscape else (box[2] - 5.0 * layout.k * (blocks - 1)) / blocks


def moved(mark: Mark, dx: float, dy: float) -> Mark:
    """Return the mark shifted by millimetres."""
    if isinstance(mark, Word):
        return Word(mark.text, mark.x + dx, mark.y + dy, mark.size, mark.z, mark.bold, mark.colour, mark.align,
                    mark.turn, mark.halo, mark.role)  # fmt: skip
    shape = shapely.transform(mark.shape, lambda points: points + np.array([dx, dy]))
    return Shape(shape, mark.z, mark.fill, mark.edge, mark.width, mark.dash, mark.opacity, mark.clip, mark.role)


def heading(words: str, width: float, k: float) -> list[Mark]:
    """Return the heading of a block."""
    size = fit_size(words, width - 5 * k, 10.0 * k, lambda text, points: text_width(text, points, True))
    return [
        Shape(rectangle(0, -7 * k, width, 7 * k), 65, HEAD),
        Word(words, 2.6 * k, -3.5 * k, size, bold=True, colour="#FFFFFF", role="head"),
    ]


def legend(drawn: Drawn, width: float, k: float) -> Block:
    """Return every class with its count among the shown compounds, as under the web map, then the red outline."""
    lang = drawn.lang
    marks = heading(t("sheet.legend", lang, theme=drawn.layer.title), width, k)
    y = -11.6 * k
    rows = list(zip(drawn.layer.classes, drawn.layer.counts(drawn.shown), strict=True))
    for look, count in rows:
        marks += class_look(look, rectangle(2 * k, y - 2 * k, 9 * k, 4 * k), z=66)
        marks += _entry(look.label, str(count), y=y, width=width, k=k)
        y -= 6.4 * k
    marks.append(Shape(line((0, y + 3.2 * k), (width, y + 3.2 * k)), 66, "", HAIR, 0.5))
    total = t("sheet.total", lang)
    marks += _entry(total, str(int(drawn.shown.sum())), y=y, width=width, k=k, bold=True)
    y -= 6.4 * k
    marks += ring(rectangle(2 * k, y - 2 * k, 9 * k, 4 * k), clip=False, z=66)
    marks += _entry(t("map.page.safety", lang), str(int((drawn.safety & drawn.shown).sum())), y=y, width=width, k=k)
    y -= 6.4 * k
    for words in _unseen(drawn):
        size = fit_size(words, width - 2 * k, 7.0 * k, text_width)
        marks.append(Word(words, 2 * k, y, size, colour=MUTED, role="unseen"))
        y -= 4.6 * k
    return Block(marks, -y - 2.6 * k)


def _entry(label: str, count: str, *, y: float, width: float, k: float, bold: bool = False) -> list[Mark]:
    room = width - 13.5 * k - text_width(count, 8.6 * k, True) - 4 * k
    size = fit_size(label, room, 8.4 * k, text_width)
    return [
        Word(label, 13.5 * k, y, size, bold=bold, role="class"),
        Word(count, width - 2 * k, y, 8.6 * k, bold=True, align="right", role="count"),
    ]


def _unseen(drawn: Drawn) -> list[str]:
    """How many of the counted compounds do not show in the frame, how many are faded."""
    there = ~shapely.is_missing(drawn.shapes)
    outside = int((drawn.shown & there & ~drawn.inside).sum())
    nowhere, faded = int((drawn.shown & ~there).sum()), int((~drawn.shown).sum())
    found = (("outside", outside), ("nowhere", nowhere), ("faded", faded))
    return [t(f"sheet.unseen.{key}", drawn.lang, n=n) for key, n in found if n]


def key_block(district: District, drawn: Drawn, frame: Frame, width: float, k: float) -> Block:
    """Return the key to lines and areas that the map holds, and to the programme letters."""
    lang = drawn.lang
    marks = heading(t("sheet.key", lang), width, k)
    y, half = -11.4 * k, width / 2
    entries = _key_entries(district, frame, k)
    for n, (key, sample) in enumerate(entries):
        x, down = (n % 2) * half, y - (n // 2) * 5.8 * k
        marks += [moved(mark, x + 2 * k, down) for mark in sample]
        words = t(f"sheet.key.{key}", lang)
        size = fit_size(words, half - 14.5 * k, 7.8 * k, text_width)
        marks.append(Word(words, x + 13.5 * k, down, size, role="key"))
    y -= -(-len(entries) // 2) * 5.8 * k
    if drawn.layer.key == "action":
        for n, code in enumerate(PROGRAMMES):
            x, down = (n % 2) * half, y - (n // 2) * 5.8 * k
            words = t(f"sheet.programme.{code}", lang)
            size = fit_size(words, half - 14.5 * k, 7.8 * k, text_width)
            letter = t(f"map.glyph.{code}", lang)
            marks.append(Word(letter, x + 6.5 * k, down, 7.8 * k, bold=True, align="center", role="key"))
            marks.append(Word(words, x + 13.5 * k, down, size, role="key"))
        y -= 3 * 5.8 * k
    return Block(marks, -y - 3 * k)


def _key_entries(district: District, frame: Frame, k: float) -> list[tuple[str, list[Mark]]]:
    wide, flat = 9 * k, line((0, 0), (9 * k, 0))
    area = rectangle(0, -1.8 * k, wide, 3.6 * k)
    samples: list[tuple[str, str, list[Mark]]] = [
        ("communities", "street", [Shape(flat, 66, "", STREET_LINE, 1.4, STREET_DASH)]),
        ("communities", "community", [Shape(flat, 66, "", COMMUNITY_LINE, 0.5, COMMUNITY_DASH, 0.8)]),
        ("roads", "road", [Shape(flat, 66, "", "#CFC8B9", 4.4), Shape(flat, 66.1, "", "#FFFFFF", 3.5)]),
        ("water", "water", [Shape(area, 66, "#CCE0EC", "#A5C5DA", 0.35)]),
        ("green", "green", [Shape(area, 66, "#E1EBD8", "#C9D9BC", 0.3)]),
    ]
    found = [(key, marks) for layer, key, marks in samples if len(district.layers[layer])]
    if len(district.layers["buildings"]) and frame.scale <= BUILDINGS_TO:
        found.append(("building", [Shape(area, 66, "#FFFFFF", "#6B5B4B", 0.4)]))
    return found


def facts_block(
    district: District, assessment: Assessment, request: SheetRequest, *, frame: Frame, width: float, lang: str
) -> Block:
    """Return the imprint: issuer where the settings name one, dates, rules, coordinate system, scale, source."""
    k = request.k
    marks = heading(t("sheet.imprint", lang), width, k)
    y, label = -11.4 * k, 19 * k if lang == "zh" else 24 * k
    for key, words in _facts(district, assessment, request, frame=frame, lang=lang):
        marks.append(Word(t(f"sheet.fact.{key}", lang), 2 * k, y, 7.6 * k, colour=MUTED, role="fact"))
        size = fit_size(words, width - label - 3 * k, 7.6 * k, text_width)
        marks.append(Word(words, label, y, size, role="fact"))
        marks.append(Shape(line((0, y - 3 * k), (width, y - 3 * k)), 66, "", HAIR, 0.4))
        y -= 6.0 * k
    for words in _notes(assessment, lang) if request.full else ():
        marks.append(
            Word(words, 2 * k, y, fit_size(words, width - 3 * k, 6.6 * k, text_width), colour=MUTED, role="note")
        )
        y -= 4.2 * k
    return Block(marks, -y - 3 * k)


def _notes(assessment: Assessment, lang: str) -> list[str]:
    """What the reader must know of the figures: what they leave out, which registers nobody compared."""
    unchecked = [name for name in REGISTERS if assessment.policy.date(f"{name}_register_as_of") is None]
    names = t("summary.comma", lang).join(t(f"summary.register.{name}", lang) for name in unchecked)
    said = [t("sheet.note.money", lang), t("sheet.note.unknown", lang)]
    return [*said, t("sheet.note.unchecked", lang, names=names)] if unchecked else said


def _facts(
    district: District, assessment: Assessment, request: SheetRequest, *, frame: Frame, lang: str
) -> list[tuple[str, str]]:
    policy, stage = assessment.policy, t(f"overview.stage.{assessment.profile}", lang)
    rules = t("sheet.rules", lang, version=policy.text("rules_version"), stage=stage, mark=policy.version)
    facts = [
        ("issuer", plain(policy.settings.get("issuer", ""), 40)),
        ("date", date_text(assessment.as_of, lang)),
        ("rules", rules),
        ("data", request.data),
        ("source", _source(district, lang)),
        ("crs", t("sheet.crs", lang)),
        ("projection", _projection(frame, lang)),
        ("scale", t("sheet.scale", lang, scale=f"{frame.scale:,}", paper=request.paper)),
        ("number", request.number),
    ]
    return [(key, words) for key, words in facts if words]


def _source(district: District, lang: str) -> str:
    """The sources that most compounds name, then the base map."""
    known = district.compounds["source"].dropna().astype(object)
    counted = known.value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    comma = t("overview.comma", lang)
    named = comma.join(plain(name, 18) for name in counted.index[:2])
    more = t("sheet.source.more", lang) if len(counted) > 2 else ""
    return (named + more) or t("sheet.source.ledger", lang)


def _projection(frame: Frame, lang: str) -> str:
    meridian = next((p.value for p in _parameters(frame) if "natural origin" in p.name and "ongitude" in p.name), None)
    code = frame.crs.to_epsg()
    if meridian is None or pd.isna(meridian):
        return str(frame.crs.name)
    return t("sheet.projection", lang, meridian=f"{meridian:g}", code=code or "")


def _parameters(frame: Frame) -> list[Any]:
    operation = frame.crs.coordinate_operation
    return list(operation.params) if operation else []


def blocks_of(
    district: District, assessment: Assessment, request: SheetRequest, *, drawn: Drawn, frame: Frame, width: float
) -> list[Block]:
    """Return legend, key and imprint in their order."""
    k = request.k
    return [
        legend(drawn, width, k),
        key_block(district, drawn, frame, width, k),
        facts_block(district, assessment, request, frame=frame, width=width, lang=drawn.lang),
    ]
