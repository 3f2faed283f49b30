"""The element of the map on which a boundary or a point is drawn: thin, the work is done by browser/draw.js."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import folium
import shapely
from folium.elements import JSCSSMixin
from folium.template import Template

from planner.outputs import assets
from planner.outputs.map_layers import inert
from planner.text import safe_text, t

_WORDS = ("back", "anew", "setPoint", "movePoint", "setCorners", "closeRing", "moveCorners")


class ShapeEditor(JSCSSMixin, folium.MacroElement):
    """Lets a person draw on the map that it is added to, beginning with a shape; ``kind``: boundary or point."""

    _template = Template(
        "{% macro script(this, kwargs) %}PlannerMap.sketch({{ this._parent.get_name() }}, "
        "{{ this.config|tojson }});{% endmacro %}"
    )

    def __init__(self, kind: str, start: shapely.Geometry | None, lang: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "ShapeEditor"
        self.config = inert({"kind": kind, "start": start_of(kind, start), "words": words(lang)})
        self.default_js = [("planner_draw", assets.own_url("draw.js"))]
        self.default_css = [("planner_draw_css", assets.own_url("draw.css"))]


def start_of(kind: str, shape: shapely.Geometry | None) -> Mapping[str, Any] | None:
    """Return the shape to begin with as GeoJSON: a polygon for a boundary, a point for a point, else nothing."""
    wanted = ("Polygon", "MultiPolygon") if kind == "boundary" else ("Point",)
    if shape is None or shape.is_empty or shape.geom_type not in wanted:
        return None
    found: dict[str, Any] = json.loads(shapely.to_geojson(shape))
    return {"type": found["type"], "coordinates": found["coordinates"]}


def words(lang: str) -> dict[str, str]:
    """Return the words of the drawing tools, safe for a script."""
    return {name: safe_text(t(f"draw.{name}", lang)) for name in _WORDS}
