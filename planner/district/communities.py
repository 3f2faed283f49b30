"""街道 and 社区 of compounds whose ledger does not say, from the community layer: by name, else by place."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

FIELDS = ("community_code", "community_name", "subdistrict_code", "subdistrict_name")
"""The fields that a community polygon can fill."""

_MISSING = -1
Ints = npt.NDArray[np.int64]


def community_of(compounds: gpd.GeoDataFrame, communities: gpd.GeoDataFrame) -> pd.Series:
    """Return the position in `communities` of each compound's community, NA where it is not certain.

    A compound whose code or name names exactly one community belongs to it. Only where the ledger gives neither does
    the place decide: the one polygon that its point (inside its footprint) lies in. Both layers are EPSG:4490.
    """
    found = np.full(len(compounds), _MISSING, dtype=np.int64)
    for field in ("community_code", "community_name"):
        known = communities[field].dropna()
        known = pd.Series(known.index, index=known.to_numpy())[~known.duplicated(keep=False).to_numpy()]
        named = compounds[field].map(known).fillna(_MISSING).to_numpy(dtype=np.int64)
        found = np.where(found == _MISSING, named, found)
    silent = compounds[["community_code", "community_name"]].isna().all(axis=1).to_numpy()
    placed = _by_place(compounds.geometry, communities.geometry)
    found = np.where((found == _MISSING) & silent, placed, found)
    return pd.Series(found, index=compounds.index).astype("Int64").replace(_MISSING, pd.NA)


def fill_communities(
    compounds: gpd.GeoDataFrame, communities: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the compounds with blank FIELDS filled, and what was filled: compound_id, field, value.

    Nothing that the ledger says is changed. Without communities the input is returned as it is.
    """
    place = community_of(compounds, communities.reset_index(drop=True))
    filled = []
    columns: dict[str, pd.Series] = {}
    for field in FIELDS:
        theirs = place.map(communities[field].reset_index(drop=True)).astype("string")
        new = compounds[field].isna() & theirs.notna()
        columns[field] = compounds[field].mask(new, theirs)
        filled.append(pd.DataFrame({"compound_id": compounds.index[new], "field": field, "value": theirs[new].array}))
    return compounds.assign(**columns), pd.concat(filled, ignore_index=True)


def _by_place(compounds: gpd.GeoSeries, communities: gpd.GeoSeries) -> Ints:
    spots = shapely.point_on_surface(compounds.to_numpy())
    land, spot = shapely.STRtree(spots).query(communities.to_numpy(), predicate="covers")
    counts = np.bincount(spot, minlength=len(spots))
    out = np.full(len(spots), _MISSING, dtype=np.int64)
    out[spot] = land
    out[counts != 1] = _MISSING
    return out
