"""V23 of domain.md 5.9: points far from where they are said to be, and whole layers that lie beside the others.

GCJ-02 lies 220 to 590 m off, BD-09 1.0 to 1.4 km (domain.md 8.3): a layer imported in the wrong one is in the right
town and beside every boundary. A shift is only reported when moving the layer back by it puts clearly more of it
inside the areas that it names; nothing is moved here.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.district.checks.facts import Facts, Floats, Positions, Rule
from planner.errors import join_problems
from planner.policy import Policy

_FAR = Rule("V23", "warning", "compounds", "geometry")
_LAYERS = {
    "compounds": Rule("V23b", "error", "compounds", "geometry"),
    "buildings": Rule("V23c", "error", "buildings", "geometry"),
    "entrances": Rule("V23d", "error", "entrances", "geometry"),
    "lonlat": Rule("V23e", "error", "compounds", "lon"),
}


@dataclass(frozen=True, slots=True)
class Shift:
    """A whole layer lies `metres` in direction `bearing` (degrees from north) of its areas.

    before, after: share of its points inside their own area, as they are and moved back.
    """

    metres: float
    bearing: float
    before: float
    after: float


def v23_places(facts: Facts) -> pd.DataFrame:
    """Return whole layers that are shifted against the areas they name, else compounds far from their community."""
    stated = _stated_community(facts)
    communities = facts.metric(facts.frame("communities").geometry)
    middles = _xy(shapely.centroid(facts.shapes))
    shift = find_shift(middles, stated, communities, facts.policy)
    shifted = [_report(facts, "compounds", shift)] if shift else [_far(facts, stated, communities)]
    for layer, (points, owner) in _layers(facts).items():
        shift = find_shift(points, owner, facts.shapes, facts.policy)
        shifted += [_report(facts, layer, shift)] if shift else []
    return join_problems(shifted)


def find_shift(points: Floats, owner: Positions, areas: np.ndarray, policy: Policy) -> Shift | None:
    """Return the common shift of points (metres, n x 2) against the areas that they name by position, or None.

    The shift is the median, over the areas, of the way from an area's centre to the middle of its points. None when
    fewer than settings.v23_areas_min areas can be compared, when it is outside v23_shift_min_m..v23_shift_max_m, or
    when moving back gains less than v23_gain_min. Points without an area and points (not polygons) as areas are
    left out.
    """
    usable = (owner >= 0) & np.isfinite(points).all(axis=1)
    usable[usable] = shapely.get_dimensions(areas[owner[usable]]) == 2
    points, owner = points[usable], owner[usable]
    named, group = np.unique(owner, return_inverse=True)
    if len(named) < policy.number("v23_areas_min"):
        return None
    middles = np.column_stack([np.bincount(group, weights=axis) for axis in points.T]) / np.bincount(group)[:, None]
    east, north = np.median(middles - _xy(shapely.centroid(areas[named])), axis=0)
    metres = float(np.hypot(east, north))
    if not policy.number("v23_shift_min_m") <= metres <= policy.number("v23_shift_max_m"):
        return None
    before, after = (_share_inside(points - back, areas[owner]) for back in (np.zeros(2), np.array([east, north])))
    if after - before < policy.number("v23_gain_min"):
        return None
    return Shift(metres, float(np.degrees(np.arctan2(east, north)) % 360), before, after)


def _layers(facts: Facts) -> dict[str, tuple[Floats, Positions]]:
    """Return the points (metres) and compounds of the layers that can be held against the compounds' polygons."""
    entrances, compounds = facts.frame("entrances"), facts.compounds
    lonlat = compounds[["lon", "lat"]].to_numpy("float64", na_value=np.nan)
    owner, centres = _middles(facts)
    return {
        "buildings": (_projected(facts, centres), owner),
        "entrances": (_xy(facts.metric(entrances.geometry)), facts.positions(entrances["compound_id"])),
        "lonlat": (_projected(facts, lonlat), np.arange(len(compounds), dtype=np.intp)),
    }


def _middles(facts: Facts) -> tuple[Positions, Floats]:
    """Return the compounds that have footprints and the middle of each one's footprints, in degrees."""
    usable = (facts.building_owner >= 0) & np.isfinite(facts.building_centres).all(axis=1)
    owner, group = np.unique(facts.building_owner[usable], return_inverse=True)
    axes = facts.building_centres[usable].T
    means = [np.bincount(group, weights=axis, minlength=len(owner)) / np.bincount(group) for axis in axes]
    return owner, np.column_stack(means)


def _projected(facts: Facts, degrees: Floats) -> Floats:
    """Return longitude, latitude as metres; missing stays NaN."""
    known = np.isfinite(degrees).all(axis=1) & (np.abs(degrees[:, 1]) <= 90)
    metres = np.full(degrees.shape, np.nan)
    points = gpd.GeoSeries(shapely.points(degrees[known]), crs=facts.district.compounds.crs)
    metres[known] = _xy(facts.metric(points))
    return metres


def _xy(points: np.ndarray) -> Floats:
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def _share_inside(points: Floats, areas: np.ndarray) -> float:
    return float(shapely.contains_xy(areas, points).mean())


def _stated_community(facts: Facts) -> Positions:
    """Return the row of the community that each compound names: by code, else by a name that is the only one."""
    compounds, communities = facts.compounds, facts.frame("communities")
    code, name = (_looked_up(compounds[field], communities[field]) for field in ("community_code", "community_name"))
    return np.where(code >= 0, code, name)


def _looked_up(wanted: pd.Series, listed: pd.Series) -> Positions:
    once = np.flatnonzero(~listed.duplicated(keep=False) & listed.notna())
    found = pd.Index(listed.iloc[once]).get_indexer(pd.Index(wanted))
    return np.where(found >= 0, once[found] if len(once) else -1, -1).astype(np.intp)


def _far(facts: Facts, stated: Positions, communities: np.ndarray) -> pd.DataFrame:
    """Return compounds farther than settings.v23_community_distance_m from the community that they name."""
    most = facts.policy.number("v23_community_distance_m")
    distance = np.full(len(stated), np.nan)
    known = stated >= 0
    distance[known] = shapely.distance(facts.shapes[known], communities[stated[known]])
    community = facts.compounds["community_name"].fillna(facts.compounds["community_code"])
    metres = pd.Series(distance).astype("Float64")
    return _FAR.found(facts, metres > most, metres=metres.round(0), community=community, most=most)


def _report(facts: Facts, layer: str, shift: Shift) -> pd.DataFrame:
    gcj = shift.metres <= facts.policy.number("v23_gcj02_max_m")
    return _LAYERS[layer].district_wide(
        metres=round(shift.metres),
        bearing=round(shift.bearing),
        before=round(100 * shift.before),
        after=round(100 * shift.after),
        system="GCJ-02" if gcj else "BD-09",
    )
