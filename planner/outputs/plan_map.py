"""The map of a plan: every compound by the year in which it is in, and a small drawing of it for comparing plans."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from planner.district.district import District
from planner.outputs.map_looks import MapClass, MapLayer, plain_class
from planner.text import t

YEARS = {
    1: ("#0B4F82",),
    2: ("#0B4F82", "#8CBCE0"),
    3: ("#0B4F82", "#4C97C9", "#B7D4E8"),
    4: ("#0B4F82", "#3A82B5", "#7FB4DA", "#C9E0EF"),
    5: ("#0B4F82", "#2F76AA", "#5B9FCB", "#93C1E0", "#CFE3F1"),
}
"""Fills of the years of a plan, the first one darkest."""
_ISSUED, _RESERVE = "#E5AE63", "#FFFFFF"
_SIZE = 320.0


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a plan puts the compounds: the year of each, those that are issued or under way, those on standby."""

    years: tuple[int, ...]
    planned: Mapping[str, int]
    issued: Collection[str]
    reserve: Collection[str]


def placed(years: Sequence[int], lines: pd.DataFrame, reserve: Collection[str]) -> Placed:
    """Return where lines (compound_id, year, cost, status) put the compounds: the year of the dearest line."""
    rows = lines.sort_values("cost", ascending=False, kind="stable")
    issued = rows["status"] == "已下达"
    once = rows.loc[~issued].drop_duplicates("compound_id")
    planned = {str(c): int(y) for c, y in zip(once["compound_id"], once["year"], strict=True)}
    return Placed(
        tuple(years), planned, set(rows.loc[issued, "compound_id"]) - set(planned), set(reserve) - set(planned)
    )


def year_layer(where: Placed, index: pd.Index, lang: str = "zh") -> MapLayer:
    """Return the layer of a plan for the compounds of ``index``: a class per year, 已下达, 备选, 未列入."""
    fills = YEARS[len(where.years)]
    last = len(fills) - 1
    classes = [MapClass(t("plan.map.year", lang, year=y), fill, "#062E52", 0.9, white=k == 0 or k < last - 1)
               for k, (y, fill) in enumerate(zip(where.years, fills, strict=True))]  # fmt: skip
    classes += [
        MapClass(t("plan.map.issued", lang), _ISSUED, "#8A3D00", 0.9),
        MapClass(t("plan.map.reserve", lang), _RESERVE, "#0B4F82", 1.6),
        plain_class(t("plan.map.out", lang)),
    ]
    n = len(where.years)
    ids = index.astype(str)
    number = {year: k for k, year in enumerate(where.years)}
    codes = ids.map({c: number[y] for c, y in where.planned.items()}).to_numpy(dtype=float)
    kinds = np.where(ids.isin(list(where.issued)), n, np.where(ids.isin(list(where.reserve)), n + 1, n + 2))
    return MapLayer(
        "plan", t("plan.map.title", lang), tuple(classes), np.where(np.isnan(codes), kinds, codes).astype(np.int64)
    )


@dataclass(frozen=True, slots=True)
class Outlines:
    """The shapes of a district as SVG path data, in the row order of the compounds ("": nobody has drawn it)."""

    paths: tuple[str, ...]
    size: tuple[float, float]


def outlines(district: District) -> Outlines:
    """Return the shapes of the compounds for `small_map`; points become small squares."""
    shapes = district.compounds.geometry.to_numpy()
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if not there.any():
        return Outlines(("",) * len(shapes), (_SIZE, _SIZE / 2))
    west, south, east, north = shapely.total_bounds(shapes[there])
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    scale = _SIZE / max((east - west) * squeeze, (north - south), 1e-6)
    paths = [_path(shape, (west, north, squeeze, scale)) if ok else "" for shape, ok in zip(shapes, there, strict=True)]
    return Outlines(tuple(paths), (max(40.0, (east - west) * squeeze * scale), max(40.0, (north - south) * scale)))


def small_map(lines: Outlines, layer: MapLayer) -> str:
    """Return the inside of an SVG drawing of a layer: one path per class, the receding classes first."""
    parts = []
    for code in range(len(layer.classes) - 1, -1, -1):
        look = layer.classes[code]
        own = "".join(lines.paths[k] for k in np.flatnonzero(layer.codes == code).tolist())
        if own:
            stroke = f'stroke="{look.edge}" stroke-width="{min(look.width, 1.0) * 0.6:.2f}"'
            parts.append(f'<path d="{own}" fill="{look.fill}" {stroke}/>')
    return "".join(parts)


def _path(shape: shapely.Geometry, frame: tuple[float, float, float, float]) -> str:
    west, north, squeeze, scale = frame
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        shape = shape.centroid.buffer(2.2 / scale, cap_style="square")
    rings = []
    for part in shapely.get_parts(shape.simplify(0.4 / scale)):
        points = shapely.get_coordinates(part.exterior)
        x, y = (points[:, 0] - west) * squeeze * scale, (north - points[:, 1]) * scale
        rings.append("M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True)) + "Z")
    return "".join(rings)
