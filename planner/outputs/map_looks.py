"""How a class of the map is drawn, and what a layer is: palettes of LOOK.md shared by all themes.

A class is exclusive and every compound has exactly one in every layer, so that the counts of a legend add up to the
number of compounds. Unknown is a class of its own, hatched; it is never drawn as a low value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.text import t

Codes = npt.NDArray[np.int64]

SEQUENCE = ("#F8EBD0", "#F2D19B", "#E5AE63", "#CF7F3B", "#A34E27", "#68281A")
"""Six steps of need, darker is more; their order survives grey print and colour blindness."""

READINESS = ("#E9F0F6", "#C6D9E8", "#98BDD8", "#6298C3", "#2F6FA3", "#123F66")
"""Six steps of readiness, the family of its bars; the order survives grey print."""

PLAIN = "#FBFBFA"
GREY, GREY_EDGE = "#BFC4C9", "#A3A9AF"
EDGE, WIDTH = "#6B5B4B", 0.6


@dataclass(frozen=True, slots=True)
class MapClass:
    """One entry of a legend: its words and its drawing; fill ``hatch`` is the pattern of the unknown.

    ``pattern`` is drawn over the fill on paper (sheet.compounds.PATTERNS), where colours may be printed grey.
    """

    label: str
    fill: str
    edge: str = EDGE
    width: float = WIDTH
    dash: str = ""
    white: bool = False
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class MapLayer:
    """A layer: ``codes`` gives for every compound, in row order, the number of its class."""

    key: str
    title: str
    classes: tuple[MapClass, ...]
    codes: Codes

    def counts(self, mask: npt.NDArray[np.bool_] | None = None) -> list[int]:
        """Return how many compounds (of ``mask``) are in each class."""
        chosen = self.codes if mask is None else self.codes[mask]
        return [int(n) for n in np.bincount(chosen, minlength=len(self.classes))]


Drawn = tuple[tuple[MapClass, ...], Codes]
"""Classes and the class of every compound, in row order."""


def unknown_class(lang: str) -> MapClass:
    """Return the class of what nobody knows: hatched, dashed outline."""
    return MapClass(t("map.class.unknown", lang), "hatch", "#7C8894", 0.9, "3 2")


def na_class(lang: str) -> MapClass:
    """Return the class of what cannot apply: grey."""
    return MapClass(t("map.class.na", lang), GREY, GREY_EDGE)


def plain_class(label: str) -> MapClass:
    """Return the class of nothing to do: nearly white, receding."""
    return MapClass(label, PLAIN, "#A9B4BF", 0.7)
