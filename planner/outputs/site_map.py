"""The map of one compound: itself bright, the others faint, and its buildings, entrances and heat lines on top.

Geometry only: no word of the data reaches the script.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from folium.template import Template

from planner.district.district import District
from planner.outputs import basemap
from planner.outputs.map_classes import MapClass, MapLayer
from planner.policy import split_list
from planner.text import t

STYLES: Mapping[str, Mapping[str, Any]] = {
    "buildings": {"color": "#6B5B4B", "weight": 0.8, "fillColor": "#D2C8B8", "fillOpacity": 1},
    "heat": {"color": "#B3401E", "weight": 2.6, "opacity": 0.95, "fill": False},
    "entrances": {"color": "#1B2733", "weight": 1.4, "fillColor": "#009E73", "fillOpacity": 1},
    "fire": {"color": "#1B2733", "weight": 1.4, "fillColor": "#E69F00", "fillOpacity": 1},
}
"""How each kind of shape is drawn, in drawing order."""

_PANES = {"entrances": "glyphs", "fire": "glyphs"}
"""Entrances lie above the outline of the compound, on which they stand."""

GROW = 0.15
"""Share of its size by which the view is wider than the compound."""

_LEAST = 0.0006
"""Degrees: half the height of the view of a compound that is a point or very small (about 65 m)."""


class SiteShapes(folium.MacroElement):
    """Draws shapes by kind on the group that it is added to; they do not answer to the mouse."""

    _template = Template(
        "{% macro script(this, kwargs) %}{{ this.shapes|tojson }}.forEach(function (part) {"
        "var look = Object.assign({pane: part.pane, radius: 6}, part.style);"
        "L.geoJSON(part.shape, {pane: part.pane, interactive: false, style: function () { return look; },"
        "pointToLayer: function (_, at) { return L.circleMarker(at, look); }"
        "}).addTo({{ this._parent.get_name() }}); });{% endmacro %}"
    )

    def __init__(self, shapes: list[dict[str, Any]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "SiteShapes"
        self.shapes = shapes


def site_layer(district: District, compound_id: str, lang: str = "zh") -> MapLayer:
    """Return the layer with two classes: this compound, and the others."""
    this = MapClass(t("compound.legend.this", lang), "#FFF7DF", "#1D5C8F", 3.0)
    others = MapClass(t("compound.legend.others", lang), "#EFECE5", "#B9AFA2", 0.6)
    codes = np.where(district.compounds.index == compound_id, 0, 1).astype(np.int64)
    return MapLayer("site", t("compound.map", lang), (this, others), codes)


def site_shapes(district: District, compound_id: str) -> dict[str, list[Any]]:
    """Return the shapes of one compound by kind of STYLES (EPSG:4490); empty lists where nothing is drawn."""
    layers = district.layers
    gates = _own(layers["entrances"], compound_id)
    fire = gates["is_fire_access"].to_numpy(dtype=bool, na_value=False)
    served = layers["heat_branches"]["compound_ids"].fillna("")
    here = np.array([compound_id in split_list(str(cell)) for cell in served], dtype=bool)
    branches = layers["heat_branches"][here]
    return {
        "buildings": _drawn(_own(layers["buildings"], compound_id)),
        "heat": _drawn(branches),
        "entrances": _drawn(gates[~fire]),
        "fire": _drawn(gates[fire]),
    }


def site_elements(shapes: Mapping[str, list[Any]]) -> SiteShapes:
    """Return the element that draws the shapes of `site_shapes`."""
    parts = [
        {"kind": kind, "pane": _PANES.get(kind, "buildings"), "style": dict(style), "shape": _geojson(shapes[kind])}
        for kind, style in STYLES.items()
        if shapes[kind]
    ]
    return SiteShapes(parts)


def site_box(district: District, compound_id: str) -> list[list[float]] | None:
    """Return [[south, west], [north, east]] round the compound with a margin; None when it has no shape."""
    shape = district.compounds.geometry.loc[compound_id]
    if shape is None or shape.is_empty:
        return None
    west, south, east, north = (float(v) for v in shapely.bounds(shape))
    tall, wide = (max(_LEAST, (0.5 + GROW) * size) for size in (north - south, east - west))
    y, x = (south + north) / 2, (west + east) / 2
    return [[y - tall, x - wide], [y + tall, x + wide]]


def _own(frame: gpd.GeoDataFrame, compound_id: str) -> gpd.GeoDataFrame:
    return frame[(frame["compound_id"] == compound_id).to_numpy(dtype=bool, na_value=False)]


def _drawn(frame: gpd.GeoDataFrame) -> list[Any]:
    shapes: npt.NDArray[np.object_] = frame.geometry.to_numpy()
    return list(shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))])


def _geojson(shapes: list[Any]) -> Any:
    fine = shapely.set_precision(np.array(shapes, dtype=object), basemap.GRID, mode="pointwise")
    return json.loads(shapely.to_geojson(shapely.geometrycollections(fine)))
