"""One page of the atlas: the map of a compound at the left, everything that decides about it at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyproj

from planner.decisions.pipeline import Assessment
from planner.decisions.states import STATES
from planner.district.data_version import data_version
from planner.district.district import District
from planner.outputs.atlas import blocks
from planner.outputs.atlas.site_part import site_key, site_marks, site_of
from planner.outputs.atlas.window import Shelf, drawn_part, shelf, window
from planner.outputs.compound_words import shortened
from planner.outputs.map_classes import state_classes
from planner.outputs.map_looks import MapClass
from planner.outputs.sheet import furniture
from planner.outputs.sheet.compounds import class_look
from planner.outputs.sheet.fonts import text_width
from planner.outputs.sheet.frame import Frame, Layout, district_crs, frame_in
from planner.outputs.sheet.panel import Block, moved
from planner.outputs.sheet.request import PAPERS, Box
from planner.outputs.sheet.scene import (
    INK,
    MUTED,
    PRIMARY,
    RED,
    Mark,
    Page,
    Shape,
    Word,
    fit_size,
    line,
    plain,
    rectangle,
)
from planner.outputs.sheet.table import HEAD_STEP, STEP, TITLE
from planner.outputs.site_map import site_box
from planner.text import date_text, t

PHOTOS = ("gate", "door", "road", "problem")
SIGNERS = ("community", "subdistrict", "owners", "firm", "bureau")
GAP = 3.5


@dataclass(frozen=True, slots=True)
class Atlas:
    """What all pages share; ``drawn`` is the district as maps need it, ``crs`` the plane of every map."""

    district: District
    drawn: District
    assessment: Assessment
    shelf: Shelf
    crs: pyproj.CRS
    version: str
    paper: str
    lang: str

    @property
    def k(self) -> float:
        """By how much everything is smaller than on A3."""
        return PAPERS[self.paper][0] / PAPERS["A3"][0]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of a page in millimetres."""
        return PAPERS[self.paper]


def atlas_of(district: District, assessment: Assessment, *, paper: str = "A3", lang: str = "zh") -> Atlas:
    """Return what the pages of an atlas share."""
    plane, version = district_crs(district), data_version(district)
    return Atlas(district, drawn_part(district), assessment, shelf(assessment), plane, version, paper, lang)


def compound_page(atlas: Atlas, key: str, *, number: str = "") -> Page:
    """Return the page of one compound; KeyError for an id that the district does not have.

    ``number`` is the page's number in an atlas. A compound without a shape has the page without a map, and says so.
    """
    (width, height), layout = atlas.size, _layout(atlas)
    own = atlas.shelf.of(key)
    marks: list[Mark] = [*furniture.paper_edge(layout), *_head(atlas, key, layout), *_sentence(atlas, key, layout)]
    place, frame = _map(atlas, own, key, layout)
    marks += place
    marks += _photos(layout, atlas.lang)
    marks += _right(own, key, layout, atlas.lang)
    marks += _signatures(layout, atlas.lang)
    marks += _foot(atlas, layout, number)
    row = atlas.district.compounds.loc[key]
    name = plain(row["name"] if isinstance(row["name"], str) else key, 30)
    street = row["subdistrict_name"] if isinstance(row["subdistrict_name"], str) else t("sheet.street.none", atlas.lang)
    window_box = frame.rectangle if frame is not None else (0.0, 0.0, width, height)
    return Page(tuple(marks), atlas.size, window_box, name, plain(street, 20))


def _layout(atlas: Atlas) -> Layout:
    """On A3: a map of 202 x 140 mm at the left, two columns of 92 mm at the right, signatures along the foot."""
    k, (width, height) = atlas.k, atlas.size
    margin = 11.0 * k
    title = (margin, height - margin - 19.0 * k, width - 2 * margin, 19.0 * k)
    area = (margin, height - 186.0 * k, 202.0 * k, 140.0 * k)
    panel = (margin + 207.0 * k, 40.0 * k, width - 2 * margin - 207.0 * k, height - 86.0 * k)
    return Layout(width, height, k, True, title, area, panel, margin, 12.0 * k)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _head(atlas: Atlas, key: str, layout: Layout) -> list[Mark]:
    """Name, where it is and how much is known of it; no place in the order and no score."""
    k, lang, (x, y, width, _) = layout.k, atlas.lang, layout.title
    row = atlas.district.compounds.loc[key]
    name = plain(_text(row["name"]) or key, 30)
    kind = t("atlas.title", lang)
    size = fit_size(name, width * 0.55, 22 * k, lambda text, points: text_width(text, points, True))
    where = [plain(_text(row[f]), 30) for f in ("subdistrict_name", "community_name", "address") if _text(row[f])]
    date = t("overview.as_of", lang, date=date_text(atlas.assessment.as_of, lang))
    known = t("compound.complete", lang, n=f"{100 * float(atlas.assessment.scores.at[key, 'completeness']):.0f}")
    words = "　|　".join([t("atlas.id", lang, id=plain(key, 30)), *where, known, date])
    small = fit_size(words, width, 8.6 * k, text_width)
    beside = x + text_width(name, size, True) + 6 * k
    return [
        Word(name, x, y + 13.0 * k, size, bold=True, role="title"),
        Word(kind, beside, y + 12.4 * k, 13 * k, bold=True, colour=PRIMARY, role="kind"),
        Word(words, x, y + 3.6 * k, small, colour=MUTED, role="subtitle"),
    ]


def _state_look(atlas: Atlas, key: str) -> MapClass:
    return state_classes(atlas.lang)[STATES.index(str(atlas.assessment.states.at[key, "state"]))]


def _sentence(atlas: Atlas, key: str, layout: Layout) -> list[Mark]:
    """The suggested action with the sentence on a band; a danger in red below it."""
    k, lang, (x, y, width, _) = layout.k, atlas.lang, layout.title
    look = _state_look(atlas, key)
    tall, top = 10.0 * k, y - 0.5 * k
    label = text_width(look.label, 10.5 * k, True) + 14 * k
    danger = atlas.assessment.states.at[key, f"safety_{lang}"]
    sentence = _text(atlas.assessment.sentences(lang).at[key, "sentence"])
    marks: list[Mark] = [Shape(rectangle(x, top - tall, width, tall), 64, "#F3F6F9", "#D6DEE6", 0.5)]
    marks += class_look(look, rectangle(x + 2 * k, top - tall / 2 - 2.2 * k, 8 * k, 4.4 * k), z=66)
    marks.append(Word(look.label, x + 12 * k, top - tall / 2, 10.5 * k, bold=True, role="state"))
    room = width - label - 6 * k
    danger_words = t("compound.safety", lang) + "　" + plain(danger, 80) if _text(danger) else ""
    step = 2.2 * k if danger_words else 0.0
    size = fit_size(sentence, room, 10.0 * k, text_width)
    marks.append(Word(plain(sentence), x + label + 4 * k, top - tall / 2 + step, size, role="sentence"))
    if danger_words:
        size = fit_size(danger_words, room, 8.6 * k, lambda text, points: text_width(text, points, True))
        at = (x + label + 4 * k, top - tall / 2 - 2.4 * k)
        marks.append(Word(danger_words, *at, size, bold=True, colour=RED, role="safety words"))
    return marks


def _map(atlas: Atlas, own: Assessment, key: str, layout: Layout) -> tuple[list[Mark], Frame | None]:
    k, lang = layout.k, atlas.lang
    box = site_box(atlas.district, key)
    if box is None:
        x, y, width, height = layout.map
        edge = Shape(rectangle(x, y, width, height), 60, "#F4F2EE", INK, 1.1, role="frame")
        words = t("compound.undrawn", lang)
        return [edge, Word(words, x + width / 2, y + height / 2, 10 * k, align="center", role="nothing")], None
    (south, west), (north, east) = box
    frame = frame_in(layout.map, (west, south, east, north), atlas.crs, 1.0)
    near = window(atlas.drawn, _grown(frame.degrees))
    site = site_of(near, own, key, frame=frame, k=k, lang=lang)
    x, y = frame.x + 92 * k, frame.y - layout.strip + 3.2 * k
    return [
        *site_marks(site),
        *furniture.map_edge(frame, k),
        *furniture.north_arrow(frame, k, lang),
        *furniture.scale_marks(frame, layout, lang),
        *site_key(site, (x, y), frame.x + frame.width - x),
    ], frame


def _grown(box: Box) -> Box:
    west, south, east, north = box
    dx, dy = (east - west) * 0.03, (north - south) * 0.03
    return west - dx, south - dy, east + dx, north + dy


def _photos(layout: Layout, lang: str) -> list[Mark]:
    """Places for photographs, each with what it should show."""
    k, (x, y, width, _) = layout.k, layout.map
    low, high = layout.panel[1], y - layout.strip - 4.0 * k
    gap = 3.0 * k
    wide = (width - gap * (len(PHOTOS) - 1)) / len(PHOTOS)
    marks: list[Mark] = []
    for n, name in enumerate(PHOTOS):
        left = x + n * (wide + gap)
        marks.append(Shape(rectangle(left, low, wide, high - low), 66, "", "#9AA5B0", 0.6, (3.0, 2.0), role="photo"))
        words = t(f"atlas.photo.{name}", lang)
        marks.append(Word(words, left + wide / 2, low + 3.2 * k, 7.1 * k, colour=MUTED, align="center", role="photo"))
    note = t("atlas.photo.note", lang)
    return [*marks, Word(note, x, high + 2.2 * k, 6.4 * k, colour=MUTED, role="photo note")]


def _right(assessment: Assessment, key: str, layout: Layout, lang: str) -> list[Mark]:
    """Facts, score and what would bring it in; programmes, items with money and what stands in the way."""
    k, (x, y, wide, tall) = layout.k, layout.panel
    width = (wide - 5.0 * k) / 2
    said = assessment.sentences(lang).loc[key]
    look = {"width": width, "k": k, "lang": lang}
    first = [blocks.facts_block(assessment, key, **look), blocks.score_block(assessment, key, **look)]  # type: ignore[arg-type]
    left = tall - sum(block.height + GAP * k for block in first)
    would = [("", _text(said["would_raise"]) or t("compound.none_would", lang))]
    would.append((t("compound.unknowns", lang), shortened(_text(said["unknowns"]), lang, 6)))
    first.append(blocks.text_block(t("compound.would", lang), would, width=width, height=left, k=k))
    left -= first[-1].height + GAP * k
    rows = int((left - (TITLE + 1.0 + HEAD_STEP) * k) / (STEP * k))
    if rows > 0:
        first.append(blocks.history_block(assessment, key, width=width, most=rows, k=k, lang=lang))
    programmes = blocks.programmes_block(assessment, key, **look)  # type: ignore[arg-type]
    reason = [("", shortened(_text(said["state_reason"]), lang, 6))]
    least = 30.0 * k
    room = tall - programmes.height - least - 2 * GAP * k
    most = int((room - (TITLE + 1.0 + HEAD_STEP) * k) / (STEP * k))
    items = blocks.items_block(assessment, key, width=width, most=most, k=k, lang=lang)
    height = tall - programmes.height - items.height - 2 * GAP * k
    stop = blocks.text_block(t("atlas.reason", lang), reason, width=width, height=height, k=k)
    return [
        *_stacked(first, x, y + tall, GAP * k),
        *_stacked([items, programmes, stop], x + width + 5.0 * k, y + tall, GAP * k),
    ]


def _stacked(parts: Sequence[Block], x: float, top: float, gap: float) -> list[Mark]:
    marks: list[Mark] = []
    for block in parts:
        marks += [moved(mark, x, top) for mark in block.marks]
        top -= block.height + gap
    return marks


def _signatures(layout: Layout, lang: str) -> list[Mark]:
    """One place to sign for each of the parties, with a line for the date."""
    k, x = layout.k, layout.margin
    width = layout.width - 2 * layout.margin
    low, tall = layout.margin + 8.0 * k, 16.0 * k
    wide = width / len(SIGNERS)
    marks: list[Mark] = [Shape(rectangle(x, low, width, tall), 66, "", INK, 0.6)]
    for n, name in enumerate(SIGNERS):
        left = x + n * wide
        if n:
            marks.append(Shape(line((left, low), (left, low + tall)), 66, "", INK, 0.4))
        marks.append(Word(t(f"atlas.sign.{name}", lang), left + 2 * k, low + tall - 3.4 * k, 7.4 * k, role="signature"))
        date = t("atlas.sign.date", lang)
        marks.append(Word(date, left + wide - 2 * k, low + 3.0 * k, 7.0 * k, colour=MUTED, align="right"))
    return marks


def _foot(atlas: Atlas, layout: Layout, number: str) -> list[Mark]:
    k, lang, assessment = layout.k, atlas.lang, atlas.assessment
    stage = t(f"overview.stage.{assessment.profile}", lang)
    version, mark = assessment.policy.text("rules_version"), assessment.policy.version
    rules = t("sheet.rules", lang, version=version, stage=stage, mark=mark)
    issuer = plain(assessment.policy.settings.get("issuer", ""), 40)
    facts = [("issuer", issuer), ("rules", rules), ("data", atlas.version), ("crs", t("sheet.crs", lang)),
             ("number", number)]  # fmt: skip
    words = "　".join(f"{t(f'sheet.fact.{name}', lang)} {said}" for name, said in facts if said)
    y = layout.margin + 2.2 * k
    return [
        *furniture.use_marks(layout, demo=atlas.district.demo, lang=lang),
        Word(words, layout.width - layout.margin, y, 6.8 * k, colour=MUTED, align="right", role="imprint"),
    ]
