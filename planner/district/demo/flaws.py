"""Mistakes as real data has them, planted where they can be found: each fires one check and can be named in a test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from planner.district.demo.chance import stream
from planner.district.demo.roles import is_role, share
from planner.district.demo.warp import Shapes

MISCOUNTED = 6
NEIGHBOURS_WITHIN = 3.6
OVERLAP = 0.09
"""Two neighbours overlap by this share of the smaller one (check V22: over 0.05)."""

STRAYED = 46.0
"""How far (metres) the one gate stands outside the boundary on which it belongs."""

QUIET = ("verify", "custodian", "keep_new")
"""Roles whose action does not hang on what is made wrong here."""


def overlapping(shapes: Shapes) -> tuple[Shapes, tuple[int, int] | None]:
    """Return the shapes with one compound drawn over its neighbour, and both numbers (None where no two are near)."""
    if len(shapes) < 2:
        return shapes, None
    pair = _closest_pair(shapes)
    if pair is None:
        return shapes, None
    low, high = sorted(pair, key=lambda n: (-float(shapely.area(shapes[n])), n))
    drawn = _drawn_over(shapes[low], shapes[high])
    out = shapes.copy()
    out[low] = drawn
    return out, (low, high)


def miscounted(facts: pd.DataFrame, roles: pd.Series, seed: int) -> pd.DataFrame:
    """Return the facts with households (V05) or buildings that disagree with the buildings, and two equal names."""
    rng = stream(seed, "flaws")
    quiet = np.flatnonzero(is_role(roles, *QUIET))
    count = share(len(facts), MISCOUNTED)
    chosen = rng.permutation(quiet)[: 2 * count]
    homes, number = chosen[:count], chosen[count:]
    out = facts.copy()
    column = out.columns.get_loc("households")
    out.iloc[homes, column] = np.ceil(facts["households"].to_numpy(float)[homes] * 1.12 + 1)
    column = out.columns.get_loc("buildings_n")
    out.iloc[number, column] = facts["buildings_n"].to_numpy(float)[number] + 2
    return _same_name(_face_only(out, roles), roles)


def strayed_gate(entrances: pd.DataFrame, points: Shapes, middles: Shapes, roles: pd.Series) -> Shapes:
    """Return the entrance points with the last gate of one unsurveyed compound drawn far outside its boundary.

    middles: one point inside each compound, in the order of `roles`; all in ground metres.
    """
    if len(roles) < 2:
        return points
    owner = pd.Index(roles.index).get_indexer(entrances["compound_id"])
    chosen = np.flatnonzero(is_role(roles, "verify")[owner])[-1:]
    gate = shapely.get_coordinates(points[chosen])
    outward = gate - shapely.get_coordinates(middles[owner[chosen]])
    out = points.copy()
    out[chosen] = shapely.points(gate + STRAYED * outward / np.hypot(*outward.T)[:, None])
    return out


def _closest_pair(shapes: Shapes) -> tuple[int, int] | None:
    """Return the first two simple neighbours across a wall that are large enough to be seen."""
    simple = (shapely.get_num_geometries(shapes) == 1) & (shapely.area(shapes) > 4000)
    numbers = np.flatnonzero(simple)
    tree = shapely.STRtree(shapes[numbers])
    left, right = tree.query(shapes[numbers], predicate="dwithin", distance=NEIGHBOURS_WITHIN)
    for a, b in zip(numbers[left], numbers[right], strict=True):
        if a < b and _alone(shapes, int(a), int(b)):
            return int(a), int(b)
    return None


def _alone(shapes: Shapes, a: int, b: int) -> bool:
    """Whether drawing one over the other touches no third compound."""
    low, high = sorted((a, b), key=lambda n: (-float(shapely.area(shapes[n])), n))
    drawn = _drawn_over(shapes[low], shapes[high])
    return int(shapely.intersects(drawn, shapes).sum()) == 2


def _drawn_over(shape: object, other: object) -> object:
    """Return `shape` grown across the wall into `other` until it covers OVERLAP of the smaller one."""
    low, high = 0.5, 60.0
    smaller = min(float(shapely.area(shape)), float(shapely.area(other)))
    together = shapely.buffer(shapely.union(shape, other), NEIGHBOURS_WITHIN, join_style="mitre")
    ground = shapely.buffer(together, -NEIGHBOURS_WITHIN, join_style="mitre")
    grown = shape
    for _ in range(24):
        reach = (low + high) / 2
        strip = shapely.intersection(shapely.buffer(shape, reach, join_style="mitre"), ground)
        grown = shapely.union(shape, strip)
        covered = float(shapely.area(shapely.intersection(grown, other))) / smaller
        low, high = (reach, high) if covered < OVERLAP else (low, reach)
    return grown


def _face_only(facts: pd.DataFrame, roles: pd.Series) -> pd.DataFrame:
    """One new compound lets residents in by face recognition only (check V15)."""
    out = facts.copy()
    known = is_role(roles, "keep_new") & (facts["access_ctrl_units"].fillna(0) > 0).to_numpy()
    chosen = facts.index[known][: share(len(facts), 1)]
    out.loc[chosen, "face_only"] = True
    out.loc[chosen, "access_type"] = "人脸"
    return out


def _same_name(facts: pd.DataFrame, roles: pd.Series) -> pd.DataFrame:
    """Two compounds of different subdistricts bear the same name."""
    quiet = facts[is_role(roles, *QUIET) & (facts["object_type"] == "小区").to_numpy()]
    if quiet.empty:
        return facts
    first = quiet.iloc[0]
    others = quiet.index[(quiet["subdistrict_code"] != first["subdistrict_code"]).to_numpy()]
    out = facts.copy()
    out.loc[others[-1:], "name"] = first["name"]
    return out
