"""The part of a district that one page shows: found by the index of each layer, so that a page costs what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.decisions.pipeline import Assessment
from planner.district.district import District
from planner.outputs.sheet.request import Box

_DRAWN = {
    "buildings": ["compound_id", "building_no"],
    "entrances": ["compound_id", "gate_type", "is_fire_access"],
    "roads": ["name", "road_class"],
    "water": ["name"],
    "green": ["name"],
    "communities": ["community_name", "subdistrict_name", "subdistrict_order", "subdistrict_code"],
    "heat_branches": ["compound_ids"],
}
"""Layers that a page draws, with the fields that the drawing reads."""

_NAMED = ["name", "subdistrict_name"]


def drawn_part(district: District) -> District:
    """Return the district with only the layers and fields that maps of compounds draw: a page takes rows of it fast."""
    layers = {name: district.layers[name][[*fields, "geometry"]] for name, fields in _DRAWN.items()}
    return replace(district, compounds=district.compounds[[*_NAMED, "geometry"]], layers=layers)


def window(drawn: District, box: Box) -> District:
    """Return the district (of `drawn_part`) with only the rows whose extent meets the box (degrees).

    The index of a layer is built at the first page and kept by it.
    """
    shape = shapely.box(*box)
    layers = {name: _near(layer, shape) for name, layer in drawn.layers.items()}
    return replace(drawn, compounds=_near(drawn.compounds, shape), layers=layers)


def _near(layer: gpd.GeoDataFrame, shape: shapely.Polygon) -> gpd.GeoDataFrame:
    if not len(layer):
        return layer
    return layer.iloc[np.sort(layer.sindex.query(shape))]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the rows of each compound stand in the long tables of an assessment, so that a page need not search."""

    assessment: Assessment
    places: Mapping[str, Mapping[Any, Any]]

    def of(self, key: str) -> Assessment:
        """Return the assessment with only the rows of this compound in its long tables."""
        whole = self.assessment
        programmes, items, works, original = (
            _rows(frame, self.places[name].get(key)) for name, frame in _long(whole).items()
        )
        tables = {**whole.district.tables, "interventions": works}
        district = replace(whole.district, tables=tables, original=original)
        return replace(whole, programmes=programmes, items=items, district=district)


def shelf(assessment: Assessment) -> Shelf:
    """Return the places of the rows of every compound, found once."""
    places = {name: frame.groupby("compound_id", sort=False).indices for name, frame in _long(assessment).items()}
    return Shelf(assessment, places)


def _long(assessment: Assessment) -> dict[str, pd.DataFrame]:
    district = assessment.district
    return {
        "programmes": assessment.programmes,
        "items": assessment.items,
        "interventions": district.tables["interventions"],
        "original": district.original,
    }


def _rows(frame: pd.DataFrame, places: Any) -> pd.DataFrame:
    return frame.iloc[:0] if places is None else frame.iloc[places]
