"""The layers that a planner switches on and off over the compounds, and the shapes of those that come on demand.

Heat lines, heat stations and entrances are fetched when somebody asks for them first, from an address of their own
that, like the shapes, cannot be guessed and holds nothing that is decided.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from planner.district.district import District
from planner.outputs.basemap import GRID
from planner.text import safe_text

OVERLAYS = ("streets", "communities", "roads", "water", "buildings", "heat", "entrances")
"""Layers in the order in which they are offered; their words are ``map.overlay.<name>``."""

AT_FIRST = ("streets", "communities", "roads", "water", "buildings")
"""Layers that are on until somebody switches them off."""

_HELD_BY = {"water": ("water", "green"), "heat": ("heat_branches", "heat_stations"), "streets": ("communities",)}


def overlays(district: District) -> tuple[str, ...]:
    """Return the layers that this district has shapes for, in the order of OVERLAYS."""
    return tuple(name for name in OVERLAYS if any(_there(district, layer) for layer in _HELD_BY.get(name, (name,))))


def overlay_text(district: District) -> str:
    """Return the JSON text of what comes on demand: heat lines, stations [lat, lon, name], entrances [lat, lon, fire].

    Coordinates are rounded to basemap.GRID; rows without a shape are left out; ``fire`` is 1 for an entrance that is
    known to be kept open for fire engines.
    """
    layers = district.layers
    gates, stations = layers["entrances"], layers["heat_stations"]
    fire = gates["is_fire_access"].fillna(False).to_numpy(dtype=bool).astype(int).tolist()
    names = [safe_text(name) for name in stations["name"].fillna("")]
    parts = {
        "heat": _lines(layers["heat_branches"].geometry.to_numpy()),
        "stations": _spots(stations.geometry.to_numpy(), names),
        "entrances": _spots(gates.geometry.to_numpy(), fire),
    }
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def _there(district: District, layer: str) -> bool:
    shapes = district.layers[layer].geometry.to_numpy()
    return bool((~(shapely.is_missing(shapes) | shapely.is_empty(shapes))).any())


def _lines(shapes: npt.NDArray[np.object_]) -> Any:
    lines = shapes[np.isin(shapely.get_type_id(shapes), (1, 5))]
    if not len(lines):
        return None
    whole = shapely.multilinestrings(shapely.get_parts(lines))
    return json.loads(shapely.to_geojson(shapely.set_precision(whole, GRID, mode="pointwise")))


def _spots(shapes: npt.NDArray[np.object_], last: list[Any]) -> list[list[Any]]:
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    middle = shapely.centroid(shapes)
    places = np.column_stack([shapely.get_y(middle), shapely.get_x(middle)]).round(6).tolist()
    return [[*place, value] for place, value, ok in zip(places, last, there, strict=True) if ok]
