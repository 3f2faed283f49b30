"""What a sheet shall show: theme, extent, paper, which compounds, file format."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from planner.errors import CallError
from planner.outputs.map_classes import themes
from planner.policy import Policy
from planner.text import t

PAPERS: Mapping[str, tuple[float, float]] = {"A3": (420.0, 297.0), "A4": (297.0, 210.0)}
"""Long and short side in millimetres."""

FORMATS = ("pdf", "png", "svg")
WIDEST_DEGREES = 2.0
"""A metric plane keeps its lengths over a district, not over a country."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class SheetRequest:
    """One sheet: ``bbox`` is west, south, east, north in degrees, None = the whole district.

    ``shown`` are the ids that the filter keeps (None = all; the others are drawn faded), ``filter_words`` says that
    filter in words for the subtitle. ``full`` is the sheet for the wall: tables, locator, coordinates and an index of
    the names that found no room; without it the sheet is what a screen shows. ``number`` is its number in a set,
    ``data`` the data version that it prints.
    ``overview``: further sheets name the compounds, so that this one needs no index.
    """

    theme: str = "action"
    bbox: Box | None = None
    paper: str = "A3"
    landscape: bool = True
    shown: frozenset[str] | None = None
    filter_words: str = ""
    format: str = "pdf"
    full: bool = False
    number: str = ""
    data: str = ""
    overview: bool = False

    @property
    def k(self) -> float:
        """By how much type and furniture are smaller than on A3."""
        return 1.0 if self.paper == "A3" else 0.7 if self.full else 0.8

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the paper in millimetres."""
        long, short = PAPERS[self.paper]
        return (long, short) if self.landscape else (short, long)


def snapshot_request(
    bounds: Mapping[str, Any] | None, *, theme: str, shown: Collection[str] | None, filter_words: str = ""
) -> SheetRequest:
    """Return the request for what a screen shows: an A3 sheet, landscape, as PDF; change it with dataclasses.replace.

    ``bounds`` is what Leaflet calls them ({"_southWest": {"lat", "lng"}, "_northEast": ...}), None = whole district.
    """
    ids = None if shown is None else frozenset(shown)
    return SheetRequest(theme=theme, bbox=leaflet_box(bounds), shown=ids, filter_words=filter_words)


def leaflet_box(bounds: Mapping[str, Any] | None) -> Box | None:
    """Return west, south, east, north of Leaflet's bounds; None where the browser has not answered yet."""
    try:
        corners = [(bounds or {})[corner] for corner in ("_southWest", "_northEast")]
        (south, west), (north, east) = [(float(c["lat"]), float(c["lng"])) for c in corners]
    except (KeyError, TypeError, ValueError):
        return None
    return (west, south, east, north) if west < east and south < north else None


def check_request(request: SheetRequest, policy: Policy) -> None:
    """Raise CallError with the choices when the request names something that ``policy`` or the sheet lacks."""
    for value, choices in ((request.theme, themes(policy)), (request.paper, PAPERS), (request.format, FORMATS)):
        if value not in choices:
            raise CallError(t("sheet.error.choice", value=value, choices="、".join(choices)))
    if request.bbox is not None:
        _check_box(request.bbox)


def _check_box(box: Box) -> None:
    west, south, east, north = box
    inside = all(map(math.isfinite, box)) and -180 <= west < east <= 180 and -85 <= south < north <= 85
    if not inside or max(east - west, north - south) > WIDEST_DEGREES:
        raise CallError(t("sheet.error.bbox", value=",".join(f"{v:g}" for v in box), most=f"{WIDEST_DEGREES:g}"))
