"""The plain way, the peer of map.py and load.py: a map of scores as the tutorials write it. Run by Streamlit.

One page: a number box for the weight of each criterion, one map. On each change numpy and pandas add up the values of
the criteria with the new weights (the same numbers as planner.decisions.scoring: what cannot apply gives its weight to
the rest of its group), and a folium.GeoJson with a style_function and a tooltip is built anew and shown by st_folium.

Nothing in it is slowed down, and where tutorials differ it takes the faster way: the files are read once for all
sessions, the shapes become GeoJSON once (not a GeoDataFrame at every run), coordinates have six decimals, the browser
draws on a canvas, the map returns nothing (no further run after it is drawn). Leaflet comes from the same address as
the page, as ours does. It has no table, no text, no base map, no second theme; the planner's page has.

PLAIN_DATA names a folder with shapes.gpkg (compound_id, name, polygons), values.csv (compound_id, one column per
criterion, 0..100, blank = cannot apply) and weights.csv (code, group, label, weight).
"""

import json
import os
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import streamlit as st
from streamlit_folium import st_folium

from planner.outputs import assets

EDGES = (0.0, 30.0, 40.0, 50.0, 60.0, 70.0)
COLOURS = ("#F8EBD0", "#F2D19B", "#E5AE63", "#CF7F3B", "#A34E27", "#68281A")


def score(values: pd.DataFrame, weights: pd.Series, groups: pd.Series) -> pd.Series:
    """Return the weighted mean of the values of each compound, 0..100; a blank gives its weight to its group."""
    held = weights * values.notna()
    for group in groups.unique():
        codes = groups.index[groups == group]
        left = held[codes].sum(axis=1)
        held[codes] = held[codes].mul((weights[codes].sum() / left.where(left > 0)).fillna(0), axis=0)
    return (values.fillna(0) * held).sum(axis=1) / held.sum(axis=1)


@st.cache_resource
def load() -> tuple[list[dict], list[float], pd.DataFrame, pd.DataFrame]:
    """Read shapes (as GeoJSON features) and their bounds, values and weights once for all sessions."""
    assets.use_local()
    folder = Path(os.environ["PLAIN_DATA"])
    shapes = gpd.read_file(folder / "shapes.gpkg").set_index("compound_id")
    shapes.geometry = shapely.set_precision(shapes.geometry.to_numpy(), 1e-6, mode="pointwise")
    values = pd.read_csv(folder / "values.csv", dtype={"compound_id": str}, index_col="compound_id")
    weights = pd.read_csv(folder / "weights.csv", index_col="code")
    return json.loads(shapes.to_json())["features"], shapes.total_bounds.tolist(), values, weights


st.set_page_config(layout="wide")
shapes, (west, south, east, north), values, rules = load()
left, right = st.columns([1, 3])
with left:
    chosen = {
        code: st.number_input(row.label, 0.0, value=float(row.weight), format="%.3f", key=f"weight-{code}")
        for code, row in zip(rules.index, rules.itertuples(), strict=True)
    }
points = score(values, pd.Series(chosen, dtype=float), rules["group"])
classes = dict(zip(points.index, np.searchsorted(EDGES, points, side="right") - 1, strict=True))
tips = points.round(1).to_dict()
features = [{**shape, "properties": {**shape["properties"], "score": tips[shape["id"]]}} for shape in shapes]

plain = folium.Map([(south + north) / 2, (west + east) / 2], tiles=None, prefer_canvas=True)
plain.fit_bounds([[south, west], [north, east]])
folium.GeoJson(
    {"type": "FeatureCollection", "features": features},
    style_function=lambda feature: {
        "fillColor": COLOURS[classes[feature["id"]]],
        "fillOpacity": 1,
        "color": "#6B5B4B",
        "weight": 0.6,
    },
    tooltip=folium.GeoJsonTooltip(["name", "score"]),
).add_to(plain)
with right:
    st_folium(plain, height=600, use_container_width=True, returned_objects=[])
