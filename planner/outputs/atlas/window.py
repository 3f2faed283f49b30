"""The part of a district that one page shows: found by the index of each layer, so that a page costs what it shows."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely

from planner.district.district import District
from planner.outputs.sheet.request import Box


def window(district: District, box: Box) -> District:
    """Return the district with only those rows of its layers, and those compounds, whose extent meets the box (degrees).

    Tables without a shape are left as they are. The index of a layer is built at the first page and kept by it.
    """
    shape = shapely.box(*box)
    layers = {name: _near(layer, shape) for name, layer in district.layers.items()}
    return replace(district, compounds=_near(district.compounds, shape), layers=layers)


def _near(layer: gpd.GeoDataFrame, shape: shapely.Polygon) -> gpd.GeoDataFrame:
    if not len(layer):
        return layer
    return layer.iloc[np.sort(layer.sindex.query(shape))]
