"""One sheet from a district and its assessment: the parts put together, then written as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from planner.decisions.pipeline import Assessment
from planner.district.data_version import data_version
from planner.district.district import District
from planner.outputs.basemap import street_boxes
from planner.outputs.map_classes import map_layer
from planner.outputs.sheet import compounds, furniture
from planner.outputs.sheet.annex import annex_pages
from planner.outputs.sheet.columns import wall_panel
from planner.outputs.sheet.fonts import check_glyphs
from planner.outputs.sheet.frame import Frame, Layout, frame_of, layout_of
from planner.outputs.sheet.map_part import MapPart, map_part
from planner.outputs.sheet.order_table import Order, order_of
from planner.outputs.sheet.panel import block_width, blocks_of, panel
from planner.outputs.sheet.render import render
from planner.outputs.sheet.request import Box, SheetRequest, check_request
from planner.outputs.sheet.scene import Mark, Page, plain, words_of
from planner.outputs.sheet.streets import street_masks, street_table
from planner.text import date_text, t

WIDEST_PANEL = 130.0
SPLIT = 4
"""A sheet of the whole district is split when more than one name in so many finds no room."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A sheet before it is written: its page, the frame of its map, what the map left without a name."""

    page: Page
    frame: Frame
    part: MapPart
    rest: Order | None


def draw_sheet(district: District, assessment: Assessment, request: SheetRequest, lang: str = "zh") -> bytes:
    """Return the sheet as the file that ``request.format`` names; the same input gives the same bytes.

    Classes, colours and counts are those of the web map (map_classes). With ``bbox`` the map shows exactly that
    extent at a round scale. Unknown is hatched; compounds without a shape are counted and said. Tables that found no
    room follow on further pages of a PDF. Raises CallError for a wrong request, InputError when a text holds a
    character that the font cannot draw.
    """
    return draw_sheets(district, assessment, request, lang)[0]


def draw_sheets(
    district: District, assessment: Assessment, request: SheetRequest, lang: str = "zh"
) -> list[bytes]:  # fmt: skip
    """Return all files of a sheet: one PDF, or a PNG or SVG for each of its pages."""
    pages = sheet_pages(district, assessment, request, lang)
    for page in pages:
        check_glyphs(words_of(page.scene))
    return render(pages, kind=request.format, title=pages[0].name, stamp=assessment.as_of)


def sheet_pages(
    district: District, assessment: Assessment, request: SheetRequest, lang: str = "zh"
) -> list[Page]:  # fmt: skip
    """Return the pages of a sheet: the map, then (full sheets only) the tables that found no room beside it.

    Where more than one in ``SPLIT`` names finds no room on a sheet of the whole district, it becomes the overview of
    a set: a sheet for every street follows, and names the compounds.
    """
    check_request(request, assessment.policy)
    request = replace(request, data=data_version(district) if request.full else "")
    composed = compose(district, assessment, request, lang)
    if not request.full:
        return [composed.page]
    whole = request.bbox is None and request.shown is None
    if whole and len(composed.part.unnamed) * SPLIT > len(district.compounds):
        streets = street_requests(district, request, lang)
        if len(streets) > 1:
            return _set(district, assessment, request, streets=streets, lang=lang)
    return [composed.page, *_annex(composed, request, district, lang)]


def _set(
    district: District, assessment: Assessment, request: SheetRequest, *, streets: Sequence[SheetRequest], lang: str
) -> list[Page]:
    requests = [replace(request, overview=True), *streets]
    pages: list[Page] = []
    for n, one in enumerate(requests, 1):
        numbered = replace(one, number=t("sheet.number", lang, n=n, all=len(requests)))
        composed = compose(district, assessment, numbered, lang)
        pages += [composed.page, *_annex(composed, numbered, district, lang)]
    return pages


def _annex(composed: Composed, request: SheetRequest, district: District, lang: str) -> list[Page]:
    title = composed.page.name
    return annex_pages(composed.rest, composed.part.index, request, title=title, demo=district.demo, lang=lang)


def street_requests(district: District, request: SheetRequest, lang: str) -> list[SheetRequest]:
    """Return the request for a sheet of every street, in administrative order, last of the compounds without one."""
    boxes = street_boxes(district)
    found = []
    for name, mask in street_masks(district, lang):
        if not mask.any():
            continue
        ids = frozenset(str(key) for key in district.compounds.index[mask])
        (south, west), (north, east) = boxes.get(name, [[0.0, 0.0], [0.0, 0.0]])
        box = (west, south, east, north) if west < east and south < north else None
        found.append(replace(request, shown=ids, filter_words=name, bbox=box))
    return found


def sheet_scene(
    district: District, assessment: Assessment, request: SheetRequest, lang: str = "zh"
) -> tuple[list[Mark], Frame]:
    """Return everything on the sheet in millimetres, and the frame of its map."""
    composed = compose(district, assessment, request, lang)
    return list(composed.page.scene), composed.frame


def compose(district: District, assessment: Assessment, request: SheetRequest, lang: str = "zh") -> Composed:
    """Return the first page of a sheet with everything that the pages after it need."""
    layout = layout_of(request)
    frame = frame_of(district, request, layout)
    layer = map_layer(request.theme, district, assessment, lang)
    shown = _shown(district, request)
    drawn = compounds.drawn_compounds(district, assessment, layer, shown=shown, frame=frame, lang=lang)
    part = map_part(district, assessment, drawn, frame=frame, layout=layout, request=request)
    title = _title(district, layer.title, lang, request)
    rest: Order | None = None
    if request.full:
        order = order_of(district, assessment, drawn)
        side, whole, indexed = wall_panel(
            district, assessment, request, drawn=drawn, frame=frame, order=order, index=part.index
        )
        rest, part = (None if whole or not order.decided else order), replace(part, index=() if indexed else part.index)
    else:
        side = _view_panel(district, assessment, request, drawn=drawn, frame=frame)
    scene = [
        *part.marks,
        *furniture.paper_edge(layout),
        *furniture.title(layout, title, _subtitle(assessment, request, shown, lang)),
        *furniture.foot(layout, frame, demo=district.demo, lang=lang),
        *side,
    ]
    return Composed(Page(tuple(scene), request.size, frame.rectangle, title), frame, part, rest)


def _view_panel(
    district: District, assessment: Assessment, request: SheetRequest, *, drawn: compounds.Drawn, frame: Frame
) -> list[Mark]:
    layout = layout_of(request)
    box = _panel_box(layout, frame)
    width = block_width(box, layout, 3)
    blocks = blocks_of(district, assessment, request, drawn=drawn, frame=frame, width=width)
    return panel(blocks, box, layout, table=street_table(district, drawn, width, layout.k))


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


def _title(district: District, theme: str, lang: str, request: SheetRequest) -> str:
    street = request.filter_words if request.full and request.filter_words else ""
    return t("sheet.title", lang, district=plain(district.name + street, 32), theme=theme).strip()


def _subtitle(assessment: Assessment, request: SheetRequest, shown: npt.NDArray[np.bool_], lang: str) -> str:
    n = int(shown.sum())
    if request.shown is None:
        what = t("sheet.all", lang, n=n)
    else:
        what = t("sheet.filtered", lang, words=plain(request.filter_words, 40) or t("sheet.filter", lang), n=n)
    date = t("overview.as_of", lang, date=date_text(assessment.as_of, lang))
    return t("sheet.subtitle", lang, what=what, date=date)
