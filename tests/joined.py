"""Several small districts as one: the acceptance cases side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from planner.district.district import LAYERS, TABLES, District
from tests.cases import CASES


def joined(districts: Iterable[District]) -> District:
    """Return one district with the compounds, layers and tables of all, in the order given."""
    parts = list(districts)
    frames = {name: _below([p.layers[name] for p in parts]) for name in LAYERS}
    tables = {name: pd.concat([p.tables[name] for p in parts], ignore_index=True) for name in TABLES}
    return replace(
        parts[0],
        compounds=gpd.GeoDataFrame(pd.concat([p.compounds for p in parts]), crs=parts[0].compounds.crs),
        layers=frames,
        tables=tables,
        not_applicable=frozenset().union(*(p.not_applicable for p in parts)),
        original=pd.concat([p.original for p in parts], ignore_index=True),
        year_range=pd.concat([p.year_range for p in parts]),
    )


def case_district() -> District:
    """Return the seven acceptance cases as one district."""
    return joined(make() for make in CASES.values())


def _below(layers: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.concat(layers, ignore_index=True), crs=layers[0].crs)
