"""The shapes of a district as a browser gets them once: ids, names and geometry, and nothing that is decided.

States, scores and sentences never stand in this text: it is served by an address that cannot be guessed but needs no
login, and it stays valid however often the rules change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from planner.district.district import District
from planner.outputs import basemap
from planner.text import safe_text

_METRES_PER_DEGREE = 111_320.0


def shapes_text(district: District, cells: Mapping[str, str] | None = None) -> str:
    """Return the JSON text that map.js draws: compounds in row order, spots for letters, base map, names.

    ``cells``: names of the building cells that stand beside it (``building_cells``); None leaves buildings out.
    Compounds without a shape keep their number and are not drawn; ``undrawn`` lists them for the search.
    """
    parts = {
        "compounds": _compounds(district.compounds),
        "undrawn": _dump(_undrawn(district.compounds)),
        "spots": json.dumps(spots(district.compounds)),
        "base": _dump(basemap.base_shapes(district)),
        "names": _dump(basemap.names(district)),
        "buildings": _dump({"cell": basemap.CELL, "names": sorted(cells)} if cells else None),
    }
    return "{" + ",".join(f'"{key}":{text}' for key, text in parts.items()) + "}"


def spots(compounds: gpd.GeoDataFrame) -> list[list[float] | None]:
    """Return per compound [lat, lon, width m, height m] of the room for letters inside it; None without an area.

    The room is the bounding box, shrunk by how much of it the shape fills, so that letters stay inside slanted and
    angular compounds.
    """
    shapes = compounds.geometry.to_numpy()
    area = shapely.area(shapes)
    west, south, east, north = shapely.bounds(shapes).T
    with np.errstate(invalid="ignore", divide="ignore"):
        fill = np.sqrt(area / ((east - west) * (north - south)))
    middle = shapely.centroid(shapes)
    middle = np.where(shapely.contains(shapes, middle), middle, shapely.point_on_surface(shapes))
    wide = (east - west) * fill * _METRES_PER_DEGREE * np.cos(np.radians(shapely.get_y(middle)))
    tall = (north - south) * fill * _METRES_PER_DEGREE
    place = (shapely.get_y(middle).round(6), shapely.get_x(middle).round(6))
    rows = np.column_stack([*place, wide.round(1), tall.round(1)])
    return [row if drawn else None for row, drawn in zip(rows.tolist(), np.nan_to_num(area) > 0, strict=True)]


def district_box(district: District) -> list[list[float]] | None:
    """Return [[south, west], [north, east]] of communities and compounds together; None when nothing has a shape."""
    frames = (district.layers["communities"], district.compounds)
    found = [shapes[~shapely.is_missing(shapes)] for shapes in (frame.geometry.to_numpy() for frame in frames)]
    together = np.concatenate(found)
    return basemap.box(shapely.geometrycollections(together)) if len(together) else None


def drawn(compounds: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Return which compounds have a shape to draw."""
    shapes = compounds.geometry.to_numpy()
    return np.asarray(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)), dtype=np.bool_)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _labels(compounds: gpd.GeoDataFrame) -> list[dict[str, object]]:
    """Per compound its number, id, name, and former name where there is one; every text is safe."""
    names = compounds["name"].fillna(compounds.index.to_series()).to_numpy(dtype=object)
    former = compounds["alias"].fillna("").to_numpy(dtype=object)
    rows = enumerate(zip(compounds.index, names, former, strict=True))
    return [
        {"i": i, "id": safe_text(key), "name": safe_text(name)} | ({"also": safe_text(also)} if also else {})
        for i, (key, name, also) in rows
    ]


def _undrawn(compounds: gpd.GeoDataFrame) -> list[dict[str, object]]:
    return [label for label, there in zip(_labels(compounds), drawn(compounds), strict=True) if not there]


def _compounds(compounds: gpd.GeoDataFrame) -> str:
    shapes = shapely.to_geojson(shapely.set_precision(compounds.geometry.to_numpy(), basemap.GRID, mode="pointwise"))
    parts = zip(_labels(compounds), shapes, drawn(compounds), strict=True)
    features = [
        f'{{"type":"Feature","properties":{_dump(label)},"geometry":{shape}}}' for label, shape, there in parts if there
    ]
    return '{"type":"FeatureCollection","features":[' + ",".join(features) + "]}"
