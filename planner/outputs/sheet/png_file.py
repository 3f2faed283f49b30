"""A page as a picture of 300 dots per inch with 256 colours, drawn by matplotlib."""

from __future__ import annotations

import io
import math
import threading
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.patheffects import Stroke
from PIL import Image

from planner.outputs.sheet.fonts import FAMILY, subset_fonts
from planner.outputs.sheet.scene import MIDDLE, MM_PER_POINT, Page, Shape, Word, lines_of, rings_of, words_of

DPI = 300
COLOURS = 256
STRIP = 400
"""Rows of points that get their palette at a time."""

_LOCK = threading.Lock()
_STYLE: Any = {
    "axes.unicode_minus": False,
    "path.simplify": False,
    "font.family": FAMILY,
}

Faces = Mapping[bool, FontProperties]


def write_png(page: Page, dpi: int = DPI) -> bytes:
    """Return the page as a picture with a palette; matplotlib's settings are global, so one is drawn at a time."""
    marks = sorted(page.scene, key=lambda mark: mark.z)
    fonts = subset_fonts(words_of(marks))
    with _LOCK, TemporaryDirectory(ignore_cleanup_errors=True) as folder, mpl.rc_context(_STYLE):
        figure, axes = _page(page.size, dpi)
        x, y, width, height = page.window
        window = Rectangle((x, y), width, height, transform=axes.transData)
        faces = _faces(fonts, Path(folder))
        for mark in marks:
            if isinstance(mark, Word):
                _write(axes, mark, faces)
            else:
                _draw(axes, mark, window)
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())
    written = io.BytesIO()
    _with_palette(pixels).save(written, "PNG", dpi=(dpi, dpi))
    return written.getvalue()


def _with_palette(pixels: Any) -> Image.Image:
    """Return the picture with the palette of every second point, strip by strip: a copy of it all would take much."""
    some = Image.fromarray(np.ascontiguousarray(pixels[::2, ::2, :3]))
    palette = some.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    height, width = pixels.shape[:2]
    picture = Image.new("P", (width, height))
    picture.putpalette(palette.getpalette() or [])
    for top in range(0, height, STRIP):
        strip = Image.fromarray(np.ascontiguousarray(pixels[top : top + STRIP, :, :3]))
        picture.paste(strip.quantize(palette=palette, dither=Image.Dither.NONE), (0, top))
    return picture


def _page(size: tuple[float, float], dpi: int) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(size[0] / 25.4, size[1] / 25.4), dpi=dpi, facecolor="white")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0, size[0])
    axes.set_ylim(0, size[1])
    axes.axis("off")
    return figure, axes


def _faces(fonts: Mapping[bool, bytes], folder: Path) -> dict[bool, FontProperties]:
    faces = {}
    for bold, content in fonts.items():
        path = folder / f"{'bold' if bold else 'regular'}.ttf"
        path.write_bytes(content)
        faces[bold] = FontProperties(family=FAMILY, weight=700 if bold else 400, fname=str(path))
    return faces


def _write(axes: Axes, word: Word, faces: Faces) -> None:
    face = faces[word.bold].copy()
    face.set_size(word.size)
    drop, angle = MIDDLE * word.size * MM_PER_POINT, math.radians(word.turn)
    options: dict[str, Any] = {"ha": word.align, "va": "baseline", "rotation": word.turn, "rotation_mode": "anchor"}
    options |= {"fontproperties": face, "parse_math": False}
    place = (word.x + drop * math.sin(angle), word.y - drop * math.cos(angle))
    if word.halo:  # a halo makes matplotlib draw outlines: as an artist of its own it leaves the words selectable
        ring = [Stroke(linewidth=word.halo, foreground="white")]
        axes.text(*place, word.text, color="white", zorder=word.z - 0.01, path_effects=ring, **options)
    axes.text(*place, word.text, color=word.colour, zorder=word.z, **options)


def _draw(axes: Axes, mark: Shape, window: Rectangle) -> None:
    for artist in (_area(mark), _line(mark)):
        if artist is not None:
            artist.set_clip_on(mark.clip)
            axes.add_artist(artist)
            if mark.clip:
                artist.set_clip_path(window)


def _area(mark: Shape) -> PathPatch | None:
    points, ring = rings_of(mark.shape)
    if not len(points):
        return None
    codes = np.full(len(points), Outline.LINETO, dtype=np.uint8)
    codes[np.r_[True, ring[1:] != ring[:-1]]] = Outline.MOVETO
    codes[np.r_[ring[1:] != ring[:-1], True]] = Outline.CLOSEPOLY
    return PathPatch(
        Outline(points, codes),
        facecolor=mark.fill or "none",
        edgecolor=mark.edge or "none",
        linewidth=mark.width,
        linestyle=_dashes(mark),
        alpha=mark.opacity,
        zorder=mark.z,
        joinstyle="round",
    )


def _line(mark: Shape) -> LineCollection | None:
    points, part = lines_of(mark.shape)
    if not len(points) or not mark.edge:
        return None
    return LineCollection(
        np.split(points, np.flatnonzero(np.diff(part)) + 1),
        colors=mark.edge,
        linewidths=mark.width,
        linestyles=[_dashes(mark)],
        alpha=mark.opacity,
        zorder=mark.z,
        capstyle="butt" if mark.dash else "round",
        joinstyle="round",
    )


def _dashes(mark: Shape) -> Any:
    """Dashes are given in points; matplotlib counts them in line widths."""
    return (0, tuple(d / max(mark.width, 0.01) for d in mark.dash)) if mark.dash else "solid"
