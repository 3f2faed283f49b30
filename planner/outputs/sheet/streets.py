"""The table by street on the sheet: how many of the shown compounds are in each class."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from planner.district.district import District
from planner.outputs.basemap import street_areas
from planner.outputs.sheet.compounds import Drawn, class_look
from planner.outputs.sheet.fonts import text_width
from planner.outputs.sheet.panel import HAIR, Block, heading
from planner.outputs.sheet.scene import MUTED, Mark, Shape, Word, fit_size, line, plain, rectangle
from planner.text import t


def street_rows(district: District, drawn: Drawn) -> list[tuple[str, list[int]]]:
    """Return (street, count per class) in administrative order, then the compounds without a street, then the sum.

    Streets without a shown compound are left out; without any known street the list is empty.
    """
    masks = street_masks(district, drawn.lang)
    rows = [(name, drawn.layer.counts(mask & drawn.shown)) for name, mask in masks if (mask & drawn.shown).any()]
    total = (t("sheet.total", drawn.lang), drawn.layer.counts(drawn.shown))
    return [*rows, total] if len(masks) > 1 and rows else []


def street_masks(district: District, lang: str) -> list[tuple[str, npt.NDArray[np.bool_]]]:
    """Return (street, its compounds) in administrative order, last the compounds without a street."""
    names = district.compounds["subdistrict_name"].astype(object).where(district.compounds["subdistrict_name"].notna())
    known = [str(name) for name in names.dropna().unique()]
    order = [name for name in street_areas(district.layers["communities"]) if name in known]
    order += sorted(set(known) - set(order))
    masks = [(name, (names == name).to_numpy(dtype=bool)) for name in order]
    return [*masks, (t("sheet.street.none", lang), names.isna().to_numpy(dtype=bool))]


def street_table(district: District, drawn: Drawn, width: float, k: float) -> Block:
    """Return the table as a block; its columns are headed by the swatches of the legend."""
    rows = street_rows(district, drawn)
    if not rows:
        return Block([], 0.0)
    classes = drawn.layer.classes
    first, last = 24 * k, 11 * k
    step = (width - first - last) / len(classes)
    ends = [first + step * (n + 1) - step * 0.28 for n in range(len(classes))] + [width - 2 * k]
    marks = heading(t("sheet.street.title", drawn.lang), width, k)
    widest = max((str(n) for n in rows[-1][1]), key=len)
    figures = fit_size(widest, step * 0.85, 7.8 * k, lambda text, size: text_width(text, size, True))
    y = -10.6 * k
    for n, look in enumerate(classes):
        wide = min(6 * k, step * 0.72)
        marks += class_look(look, rectangle(first + step * n + step * 0.86 - wide, y - 1.5 * k, wide, 3 * k), z=66)
    marks.append(Word(t("sheet.street.sum", drawn.lang), ends[-1], y, 7.4 * k, colour=MUTED, align="right"))
    for at, (name, counts) in enumerate(rows):
        y -= 5.4 * k
        bold = at == len(rows) - 1
        marks.append(Shape(line((0, y + 2.7 * k), (width, y + 2.7 * k)), 66, "", HAIR, 0.8 if bold else 0.4))
        text = plain(name, 12)
        size = fit_size(text, first - 1 * k, 7.8 * k, text_width)
        marks.append(Word(text, 2 * k, y, size, bold=bold, role="street row"))
        marks += _numbers([*counts, int(np.sum(counts))], ends, y=y, size=figures, bold=bold)
    return Block(marks, -y + 3 * k)


def _numbers(counts: list[int], ends: list[float], *, y: float, size: float, bold: bool) -> list[Mark]:
    return [
        Word(str(n) if n else "–", x, y, size, bold=bold or x == ends[-1], align="right", role="street count")
        for n, x in zip(counts, ends, strict=True)
    ]
