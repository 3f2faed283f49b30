"""One sheet from a district and its assessment: the scene put together, then written as a file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from planner.decisions.pipeline import Assessment
from planner.district.district import District
from planner.outputs.map_classes import map_layer
from planner.outputs.sheet import compounds, furniture, ground
from planner.outputs.sheet.fonts import check_glyphs
from planner.outputs.sheet.frame import Frame, Layout, frame_of, layout_of
from planner.outputs.sheet.panel import block_width, blocks_of, panel
from planner.outputs.sheet.render import render
from planner.outputs.sheet.request import Box, SheetRequest, check_request
from planner.outputs.sheet.room import Room
from planner.outputs.sheet.scene import Mark, Page, Word, plain, words_of
from planner.outputs.sheet.streets import street_table
from planner.text import date_text, t

WIDEST_PANEL = 130.0


def draw_sheet(district: District, assessment: Assessment, request: SheetRequest, lang: str = "zh") -> bytes:
    """Return the sheet as the file that ``request.format`` names; the same input gives the same bytes.

    Classes, colours and counts are those of the web map (map_classes). With ``bbox`` the map shows exactly that
    extent at a round scale. Unknown is hatched; compounds without a shape are counted and said. Raises CallError for
    a wrong request, InputError when a text holds a character that the font cannot draw.
    """
    check_request(request, assessment.policy)
    scene, frame = sheet_scene(district, assessment, request, lang)
    check_glyphs(words_of(scene))
    page = Page(tuple(scene), request.size, frame.rectangle)
    title = next((word.text for word in words_of(scene) if word.role == "title"), "")
    return render([page], kind=request.format, title=title, stamp=assessment.as_of)[0]


def sheet_scene(
    district: District, assessment: Assessment, request: SheetRequest, lang: str = "zh"
) -> tuple[list[Mark], Frame]:
    """Return everything on the sheet in millimetres, and the frame of its map."""
    layout = layout_of(request)
    frame = frame_of(district, request, layout)
    layer = map_layer(request.theme, district, assessment, lang)
    shown = _shown(district, request)
    drawn = compounds.drawn_compounds(district, assessment, layer, shown=shown, frame=frame, lang=lang)
    box = _panel_box(layout, frame)
    width = block_width(box, layout, 3)
    blocks = blocks_of(district, assessment, request, drawn=drawn, frame=frame, width=width)
    table = street_table(district, drawn, width, layout.k)
    scene = [
        *_map(district, assessment, drawn, frame=frame, layout=layout),
        *furniture.paper_edge(layout),
        *furniture.title(layout, _title(district, layer.title, lang), _subtitle(assessment, request, shown, lang)),
        *furniture.foot(layout, frame, demo=district.demo, lang=lang),
        *panel(blocks, box, layout, table=table),
    ]
    return scene, frame


def _map(
    district: District, assessment: Assessment, drawn: compounds.Drawn, *, frame: Frame, layout: Layout
) -> list[Mark]:
    if frame.empty:
        x, y = frame.x + frame.width / 2, frame.y + frame.height / 2
        nothing = Word(t("sheet.nothing", drawn.lang), x, y, 12.0, align="center", role="nothing")
        return [*ground.ground(district, frame), *furniture.map_edge(frame, layout.k)[:1], nothing]
    return [
        *ground.ground(district, frame),
        *compounds.areas(drawn),
        *ground.buildings(district, frame),
        *compounds.rings(drawn),
        *ground.borders(district, frame),
        *_names(district, assessment, drawn, frame=frame, k=layout.k),
        *furniture.map_edge(frame, layout.k),
        *furniture.north_arrow(frame, layout.k, drawn.lang),
        *furniture.scale_marks(frame, layout, drawn.lang),
    ]


def _names(district: District, assessment: Assessment, drawn: compounds.Drawn, *, frame: Frame, k: float) -> list[Mark]:
    """Names and letters in order of weight: each takes the room that the weightier ones leave."""
    room = Room(frame)
    corner = (frame.x + frame.width - 8.5 * k, frame.y + frame.height - 13 * k)
    room.take(*corner, 13 * k, 22 * k)
    obstacles = drawn.shapes[drawn.inside]
    return [
        *ground.street_names(district, frame, room, obstacles=obstacles, k=k),
        *compounds.letters(district, assessment, drawn, frame=frame, room=room),
        *ground.area_names(district, frame, room, k),
        *ground.road_names(district, frame, room, k),
        *compounds.compound_names(district, drawn, frame=frame, room=room, k=k),
        *ground.community_names(district, frame, room, obstacles=obstacles, k=k),
    ]


def _shown(district: District, request: SheetRequest) -> npt.NDArray[np.bool_]:
    index = district.compounds.index
    if request.shown is None:
        return np.ones(len(index), dtype=bool)
    return np.asarray(index.isin(list(request.shown)), dtype=bool)


def _panel_box(layout: Layout, frame: Frame) -> Box:
    """On landscape the panel takes what the map leaves free at its right, up to ``WIDEST_PANEL``."""
    if not layout.landscape:
        return layout.panel
    gap = 5 * layout.k + 2
    left = frame.x + frame.width + gap
    room = layout.width - layout.margin - left
    width = min(room, WIDEST_PANEL * layout.k)
    return (layout.width - layout.margin - width, layout.panel[1], width, frame.y + frame.height - layout.panel[1])


def _title(district: District, theme: str, lang: str) -> str:
    return t("sheet.title", lang, district=plain(district.name, 20), theme=theme).strip()


def _subtitle(assessment: Assessment, request: SheetRequest, shown: npt.NDArray[np.bool_], lang: str) -> str:
    n = int(shown.sum())
    if request.shown is None:
        what = t("sheet.all", lang, n=n)
    else:
        what = t("sheet.filtered", lang, words=plain(request.filter_words, 40) or t("sheet.filter", lang), n=n)
    date = t("overview.as_of", lang, date=date_text(assessment.as_of, lang))
    return t("sheet.subtitle", lang, what=what, date=date)
