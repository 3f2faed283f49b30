"""A scene as a file: PDF, PNG or SVG by matplotlib, the same bytes for the same scene and date."""

from __future__ import annotations

import base64
import datetime as dt
import io
import math
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.patheffects import Stroke

from planner.outputs.sheet.fonts import FAMILY, subset_fonts
from planner.outputs.sheet.frame import Frame
from planner.outputs.sheet.scene import MM_PER_POINT, Mark, Shape, Word, words_of

DPI = 300
MIDDLE = 0.38
"""Height above the baseline, in em, of the middle of a Chinese character."""

_LOCK = threading.Lock()
_STYLE: Any = {
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "svg.fonttype": "none",
    "svg.hashsalt": "planner-sheet",
    "axes.unicode_minus": False,
    "path.simplify": False,
    "font.family": FAMILY,
}

Faces = Mapping[bool, FontProperties]


def render(scene: Iterable[Mark], frame: Frame, size: tuple[float, float], *, kind: str, stamp: dt.date) -> bytes:
    """Return the scene as a ``kind`` (pdf, png at 300 dpi, svg) of ``size`` millimetres, dated ``stamp`` inside.

    The fonts are cut to the words of the scene; an SVG carries them. matplotlib's settings are global, so one sheet
    is drawn at a time.
    """
    marks = sorted(scene, key=lambda mark: mark.z)
    fonts = subset_fonts(words_of(marks))
    with _LOCK, TemporaryDirectory(ignore_cleanup_errors=True) as folder, mpl.rc_context(_STYLE):
        figure, axes = _page(size)
        window = Rectangle((frame.x, frame.y), frame.width, frame.height, transform=axes.transData)
        faces = _faces(fonts, Path(folder))
        for mark in marks:
            if isinstance(mark, Word):
                _write(axes, mark, faces)
            else:
                _draw(axes, mark, window)
        written = io.BytesIO()
        figure.savefig(written, format=kind, dpi=DPI, metadata=_metadata(kind, stamp))
    return _with_fonts(written.getvalue(), fonts) if kind == "svg" else written.getvalue()


def _page(size: tuple[float, float]) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(size[0] / 25.4, size[1] / 25.4), facecolor="white")
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
    parts = shapely.get_parts(np.atleast_1d(np.asarray(mark.shape, dtype=object)))
    rings = shapely.get_rings(parts[shapely.get_type_id(parts) == 3])
    if not len(rings):
        return None
    points, ring = shapely.get_coordinates(rings, return_index=True)
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
    parts = shapely.get_parts(np.atleast_1d(np.asarray(mark.shape, dtype=object)))
    lines = parts[np.isin(shapely.get_type_id(parts), (1, 2))]
    if not len(lines) or not mark.edge:
        return None
    return LineCollection(
        [shapely.get_coordinates(part) for part in lines],
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


def _metadata(kind: str, stamp: dt.date) -> dict[str, Any]:
    day = dt.datetime(stamp.year, stamp.month, stamp.day, tzinfo=dt.UTC)
    if kind == "pdf":
        return {"CreationDate": day, "Creator": "planner", "Producer": "planner"}
    return {"Date": stamp.isoformat(), "Creator": "planner"} if kind == "svg" else {"Software": "planner"}


def _with_fonts(svg: bytes, fonts: Mapping[bool, bytes]) -> bytes:
    faces = "".join(
        f"@font-face{{font-family:'{FAMILY}';font-weight:{700 if bold else 400};"
        f"src:url(data:font/ttf;base64,{base64.b64encode(content).decode()}) format('truetype')}}"
        for bold, content in fonts.items()
    )
    return svg.replace(b"</style>", faces.encode() + b"</style>", 1)
