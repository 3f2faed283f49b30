"""What makes a picture a map: title, frame with coordinates, scale bar and ratio, north arrow, marks of use."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import affinity

from planner.outputs.sheet.fonts import text_width
from planner.outputs.sheet.frame import Frame, Layout
from planner.outputs.sheet.scene import INK, MUTED, RED, Mark, Shape, Word, fit_size, line, rectangle
from planner.text import t


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A round length on the ground and its exact length on the paper."""

    metres: int
    width: float


def scale_bar(frame: Frame, longest: float) -> ScaleBar:
    """Return the longest bar of 1, 2, 4 or 5 times a power of ten metres that is at most ``longest`` millimetres."""
    most = longest * frame.scale / 1000
    power = 10 ** math.floor(math.log10(most))
    metres = max(step * power for step in (1, 2, 4, 5) if step * power <= most)
    return ScaleBar(int(metres), metres * 1000 / frame.scale)


def title(layout: Layout, words: str, subtitle: str) -> list[Mark]:
    """Return title and subtitle, made smaller where they are too long for the paper."""
    x, y, width, height = layout.title
    middle, k = x + width / 2, layout.k
    size = fit_size(words, width * 0.94, 25.0 * k, lambda text, points: text_width(text, points, True))
    small = fit_size(subtitle, width * 0.96, 9.4 * k, text_width)
    return [
        Word(words, middle, y + height * 0.70, size, bold=True, align="center", role="title"),
        Word(subtitle, middle, y + height * 0.30, small, colour=MUTED, align="center", role="subtitle"),
    ]


def paper_edge(layout: Layout) -> list[Mark]:
    """Return the outer frame of the sheet."""
    gap = layout.margin * 0.55
    edge = rectangle(gap, gap, layout.width - 2 * gap, layout.height - 2 * gap)
    return [Shape(edge, 80, "", INK, 1.6), Shape(shapely.buffer(edge, -1.0, join_style="mitre"), 80, "", INK, 0.3)]


def map_edge(frame: Frame, k: float, corners: float = 0.0) -> list[Mark]:
    """Return the map's frame with ticks and the kilometres of the metric grid along it, none over the ``corners``.

    ``corners`` is how many millimetres at each end of the upper and lower edge belong to other words.
    """
    marks: list[Mark] = [Shape(frame.box, 60, "", INK, 1.1, role="frame")]
    west, south, east, north = frame.metres
    step = _grid_step(frame, k)
    mm, size = 1000 / frame.scale, 5.6 * k
    for metres in np.arange(math.ceil(west / step) * step, east, step):
        x, text = frame.x + (metres - west) * mm, _kilometres(metres, step)
        for y, sign in ((frame.y, -1), (frame.y + frame.height, 1)):
            marks.append(Shape(line((x, y), (x, y + sign * 1.2)), 60, "", INK, 0.5))
            if min(x - frame.x, frame.x + frame.width - x) >= corners:
                marks.append(Word(text, x, y + sign * 2.6 * max(k, 0.9), size, 60, colour=MUTED, align="center"))
    for metres in np.arange(math.ceil(south / step) * step, north, step):
        y, text = frame.y + (metres - south) * mm, _kilometres(metres, step)
        for x, sign in ((frame.x, -1), (frame.x + frame.width, 1)):
            marks.append(Shape(line((x, y), (x + sign * 1.2, y)), 60, "", INK, 0.5))
            marks.append(Word(text, x + sign * 2.4 * max(k, 0.9), y, size, 60, colour=MUTED, align="center", turn=90.0))
    return marks


def _kilometres(metres: float, step: int) -> str:
    return f"{metres / 1000:.0f}" if step % 1000 == 0 else f"{metres / 1000:.1f}"


def north_arrow(frame: Frame, k: float, lang: str) -> list[Mark]:
    """Return the arrow to true north in the upper right corner of the map, on a white plate."""
    tall, plate = 13.0 * k, (12.0 * k, 21.0 * k)
    x, y = frame.x + frame.width - plate[0] / 2 - 2.5 * k, frame.y + frame.height - plate[1] - 2.5 * k
    foot = y + 1.8 * k
    left = shapely.Polygon([(x, foot + tall), (x - tall * 0.26, foot), (x, foot + tall * 0.22)])
    right = shapely.Polygon([(x, foot + tall), (x + tall * 0.26, foot), (x, foot + tall * 0.22)])
    turned = [affinity.rotate(part, frame.north, origin=(x, foot + tall / 2)) for part in (left, right)]
    return [
        Shape(rectangle(x - plate[0] / 2, y, *plate), 62, "#FFFFFF", "#9AA5B0", 0.4, opacity=0.93),
        Shape(turned[0], 63, INK, INK, 0.5, role="north"),
        Shape(turned[1], 63, "#FFFFFF", INK, 0.6),
        Word(t("sheet.north", lang), x, foot + tall + 2.9 * k, 9.5 * k, 64, bold=True, align="center", role="north"),
    ]


def scale_marks(frame: Frame, layout: Layout, lang: str) -> list[Mark]:
    """Return the scale bar, its figures and the ratio, below the map at the left."""
    k = layout.k
    bar = scale_bar(frame, min(66.0 * k, max(frame.width * 0.5, 20.0)))
    x, y, part = frame.x + 3 * k, frame.y - layout.strip + 2.4 * k, bar.width / 4
    marks: list[Mark] = [
        Shape(rectangle(x + n * part, y, part, 1.6 * k), 70, INK if n % 2 == 0 else "#FFFFFF", INK, 0.5, role="bar")
        for n in range(4)
    ]
    unit = ("km", 1000) if bar.metres >= 2000 else ("m", 1)
    for share in (0, 0.5, 1):
        end = f" {unit[0]}" if share == 1 else ""
        text = f"{bar.metres * share / unit[1]:g}{end}"
        marks.append(Word(text, x + bar.width * share, y + 3.6 * k, 6.6 * k, align="center", role="bar"))
    ratio = t("sheet.ratio", lang, scale=f"{frame.scale:,}")
    marks.append(Word(ratio, x + bar.width + 8 * k, y + 0.8 * k, 9.6 * k, bold=True, role="ratio"))
    return marks


def grid(frame: Frame, k: float) -> list[Mark]:
    """Return the lines of the metric grid over the map, and longitude and latitude at its corners."""
    west, south, east, north = frame.metres
    mm, step = 1000 / frame.scale, _grid_step(frame, k)
    lines = [
        line((x, frame.y), (x, frame.y + frame.height))
        for x in frame.x + (np.arange(math.ceil(west / step) * step, east, step) - west) * mm
    ]
    lines += [
        line((frame.x, y), (frame.x + frame.width, y))
        for y in frame.y + (np.arange(math.ceil(south / step) * step, north, step) - south) * mm
    ]
    marks: list[Mark] = [Shape(np.array(lines, dtype=object), 35, "", "#6E7B85", 0.25, opacity=0.35, clip=True)]
    for right, top, (lon, lat) in frame.corners:
        x, y = frame.x + right * frame.width, frame.y + top * frame.height + (2.6 if top else -2.6) * max(k, 0.9)
        words = f"{_degrees(lon)}E {_degrees(lat)}N"
        marks.append(Word(words, x, y, 5.4 * k, 60, align="right" if right else "left", role="corner"))
    return marks


def _degrees(value: float) -> str:
    """Whole seconds: the outlines are not better than that."""
    seconds = round(abs(value) * 3600)
    return f"{seconds // 3600}°{seconds // 60 % 60:02d}′{seconds % 60:02d}″"


def _grid_step(frame: Frame, k: float) -> int:
    steps = (100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 10**9)
    return next(s for s in steps if s * 1000 / frame.scale >= 38 * k)


def foot(layout: Layout, frame: Frame, *, demo: bool, lang: str) -> list[Mark]:
    """Return the mark of use, the mark of fictional data and what the sheet does not prove."""
    k, y = layout.k, layout.margin + 2.2 * layout.k
    notice = Word(t("sheet.notice", lang), layout.width - layout.margin, y, 7.0 * k, colour=MUTED, align="right")
    words, right = t("sheet.grid", lang), frame.x + frame.width
    grid_words = Word(words, right, frame.y - layout.strip + 3.2 * k, 6.4 * k, colour=MUTED, align="right")
    return [*use_marks(layout, demo=demo, lang=lang), notice, grid_words]


def use_marks(layout: Layout, *, demo: bool, lang: str) -> list[Mark]:
    """Return the mark of use and the mark of fictional data at the lower left of a sheet."""
    k, y = layout.k, layout.margin + 2.2 * layout.k
    mark = t("map.page.internal", lang)
    marks: list[Mark] = [Word(mark, layout.margin, y, 9.6 * k, bold=True, colour=RED, role="internal")]
    x = layout.margin + text_width(mark, 9.6 * k, True) + 5 * k
    if demo:
        marks.append(Word(t("overview.demo", lang), x, y, 9.6 * k, bold=True, colour="#8A3D00", role="demo"))
    return marks
