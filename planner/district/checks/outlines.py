"""Boundaries: V21 and V22 of domain.md 5.9, the size of a compound, its community, its entrances."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from planner.district.checks.facts import Bools, Facts, Floats, Positions, Rule, outside, positive
from planner.errors import join_problems

_V21_CLOSED = Rule("V21", "error", "compounds", "closed_perimeter_m")
_V21_DRAWN = Rule("V21b", "warning", "compounds", "perimeter_m")
_V22 = Rule("V22", "error", "compounds", "geometry")
_G01 = Rule("G01", "warning", "compounds", "geometry")
_G02_OUTSIDE = Rule("G02", "warning", "compounds", "geometry")
_G02_ACROSS = Rule("G02b", "info", "compounds", "geometry")
_G03 = Rule("G03", "warning", "entrances", "geometry")


def v21_perimeter(facts: Facts) -> pd.DataFrame:
    """Return closed perimeters longer than the perimeter, and perimeters far from the length of the drawn boundary."""
    compounds, number = facts.compounds, facts.policy.number
    perimeter, closed = compounds["perimeter_m"], compounds["closed_perimeter_m"]
    drawn = pd.Series(np.where(facts.is_polygon, shapely.length(facts.shapes), np.nan)).astype("Float64")
    percent = 100 * perimeter / positive(drawn)
    low, high = 100 * number("v21_perimeter_ratio_min"), 100 * number("v21_perimeter_ratio_max")
    shown = {"drawn": drawn.round(0), "percent": percent.round(0), "low": low, "high": high}
    return join_problems(
        [
            _V21_CLOSED.found(facts, closed > perimeter, limit=perimeter),
            _V21_DRAWN.found(facts, outside(percent, low, high), **shown),
        ]
    )


def v22_overlaps(facts: Facts) -> pd.DataFrame:
    """Return pairs of compounds that overlap by more than settings.v22_overlap_share_max of the smaller one.

    One finding per pair, at the smaller compound.
    """
    most = facts.policy.number("v22_overlap_share_max")
    one, other = _candidates(facts.shapes, facts.areas, most)
    shared = shapely.area(shapely.intersection(facts.shapes[one], facts.shapes[other]))
    over = shared > most * np.minimum(facts.areas[one], facts.areas[other])
    one, other, shared = one[over], other[over], shared[over]
    first_is_smaller = facts.areas[one] <= facts.areas[other]
    smaller, larger = np.where(first_is_smaller, one, other), np.where(first_is_smaller, other, one)
    ids, names = facts.compounds["compound_id"], facts.compounds["name"]
    return _V22.at(
        facts,
        smaller,
        other_id=ids.iloc[larger],
        other_name=names.fillna(ids).iloc[larger],
        shared=shared.round(0),
        percent=(100 * shared / facts.areas[smaller]).round(1),
    )


def g01_area(facts: Facts) -> pd.DataFrame:
    """Return compounds whose polygon is too small or too large to be one (domain.md 5.1)."""
    low, high = facts.policy.number("compound_area_min_m2"), facts.policy.number("compound_area_max_m2")
    areas = pd.Series(facts.areas).astype("Float64")
    return _G01.found(facts, outside(areas, low, high), area=areas.round(0), low=low, high=high)


def g02_inside_a_community(facts: Facts) -> pd.DataFrame:
    """Return compounds outside every community (warning), or less inside any one than settings ask (info).

    Only where communities are drawn. Containment is the same in degrees; only what lies across a border is measured.
    """
    communities = facts.frame("communities").geometry
    if not communities.notna().any():
        return join_problems([])
    shapes = np.asarray(facts.compounds.geometry.array)
    tree = shapely.STRtree(np.asarray(communities.array))
    touching, within = (_matched(tree, shapes, predicate) for predicate in ("intersects", "within"))
    across = touching & ~within & facts.is_polygon
    share = _largest_share(facts, np.flatnonzero(across))
    least = 100 * facts.policy.number("community_inside_share_min")
    percent = pd.Series(100 * share).astype("Float64")
    return join_problems(
        [
            _G02_OUTSIDE.found(facts, ~touching & ~shapely.is_missing(shapes)),
            _G02_ACROSS.found(facts, percent < least, percent=percent.round(1), least=least),
        ]
    )


def g03_entrance_on_the_boundary(facts: Facts) -> pd.DataFrame:
    """Return entrances farther from their compound's boundary than settings.entrance_boundary_m (domain.md 5.3)."""
    entrances, most = facts.frame("entrances"), facts.policy.number("entrance_boundary_m")
    owner = facts.positions(entrances["compound_id"])
    drawn = (owner >= 0) & entrances.geometry.notna().to_numpy()
    drawn[drawn] = facts.is_polygon[owner[drawn]]
    distance = np.full(len(entrances), np.nan)
    borders = shapely.boundary(facts.shapes[owner[drawn]])
    distance[drawn] = shapely.distance(facts.metric(entrances.geometry[drawn]), borders)
    metres = pd.Series(distance, index=entrances.index).astype("Float64")
    return _G03.found(facts, metres > most, entrance=entrances["entrance_id"], metres=metres.round(1), most=most)


def _candidates(shapes: np.ndarray, areas: Floats, least: float) -> tuple[Positions, Positions]:
    """Return pairs of polygons whose bounding boxes share enough for the polygons to share `least` of the smaller."""
    polygons = np.flatnonzero(np.isfinite(areas))
    pairs = shapely.STRtree(shapes[polygons]).query(shapes[polygons])
    one, other = (polygons[side] for side in pairs[:, pairs[0] < pairs[1]])
    west, south, east, north = shapely.bounds(shapes).T
    width = np.minimum(east[one], east[other]) - np.maximum(west[one], west[other])
    height = np.minimum(north[one], north[other]) - np.maximum(south[one], south[other])
    enough = width * height > least * np.minimum(areas[one], areas[other])
    return one[enough], other[enough]


def _matched(tree: shapely.STRtree, shapes: np.ndarray, predicate: str) -> Bools:
    """Return whether each shape meets any shape of the tree."""
    matched = np.zeros(len(shapes), dtype=bool)
    matched[tree.query(shapes, predicate=predicate)[0]] = True
    return matched


def _largest_share(facts: Facts, chosen: Positions) -> Floats:
    """Return the largest share of each chosen compound that lies in one community; NaN elsewhere."""
    share = np.full(len(facts.compounds), np.nan)
    share[chosen] = 0.0
    communities = facts.metric(facts.frame("communities").geometry)
    which, community = shapely.STRtree(communities).query(facts.shapes[chosen])
    inside = shapely.area(shapely.intersection(facts.shapes[chosen[which]], communities[community]))
    np.maximum.at(share, chosen[which], inside / facts.areas[chosen[which]])
    return share
