"""The order in which a surveyor walks from one compound to the next: nearest neighbour, then 2-opt, by community."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from planner.district.crs import to_metric
from planner.district.district import District

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

WALK_COLUMNS = ["street", "community", "stop", "stops"]
_STARTS = 12
_AREA = ["subdistrict_code", "subdistrict_name", "community_code", "community_name"]


def walks(district: District, ids: Sequence[str]) -> pd.DataFrame:
    """Return the walk through some compounds: index compound_id in walking order, WALK_COLUMNS.

    Community by community in the order of their codes (names where there is none, compounds without one last);
    stop counts from 1 to stops inside each. Compounds without a place come at the end of their walk, by address.
    """
    own = district.compounds.loc[pd.Index(ids).unique()]
    area = own[_AREA].astype("string").fillna("￿")
    points = _points(own)
    parts = []
    for _, members in area.groupby(_AREA, sort=True):
        rows = own.index.get_indexer(members.index)
        order = rows[_order(points[rows], own.iloc[rows])]
        part = own.iloc[order][["subdistrict_name", "community_name"]].set_axis(WALK_COLUMNS[:2], axis=1)
        parts.append(part.assign(stop=np.arange(1, len(order) + 1), stops=len(order)))
    if not parts:
        return pd.DataFrame(columns=WALK_COLUMNS, index=own.index[:0])
    walk = pd.DataFrame(pd.concat(parts))
    return walk.assign(**{name: walk[name].astype("string").fillna("") for name in WALK_COLUMNS[:2]})


def _points(own: pd.DataFrame) -> Floats:
    """Places in metres, NaN without one."""
    points = np.full((len(own), 2), np.nan)
    shapes = own["geometry"].to_numpy()
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if there.any():
        metric = to_metric(own[["geometry"]][there]).geometry.to_numpy()
        points[there] = shapely.get_coordinates(shapely.centroid(metric))
    return points


def _order(points: Floats, own: pd.DataFrame) -> Places:
    placed = np.flatnonzero(~np.isnan(points[:, 0]))
    walk = placed[walk_order(points[placed])]
    rest = np.flatnonzero(np.isnan(points[:, 0]))
    words = own.iloc[rest][["address", "name"]].astype("string").fillna("￿")
    by_address = rest[np.lexsort((own.index[rest].to_numpy(dtype=str), words["name"].to_numpy(str), words["address"]))]
    return np.concatenate([walk, by_address]).astype(np.intp)


def walk_order(points: Floats) -> Places:
    """Return the positions of points (n x 2, metres) in the order of a short open walk.

    From several starts the nearest point next, then pairs of legs are turned round while that is shorter; the shortest
    walk found counts, from its northern end.
    """
    n = len(points)
    if n < 3:
        return np.argsort(-points[:, 1], kind="stable") if n else np.zeros(0, dtype=np.intp)
    apart = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    starts = np.argsort(-apart.sum(axis=1), kind="stable")[:_STARTS]
    found = [_two_opt(_nearest(apart, int(start)), apart) for start in starts]
    best = min(found, key=lambda walk: walk_length(walk, apart))
    return best if points[best[0], 1] >= points[best[-1], 1] else best[::-1]


def walk_length(walk: Places, apart: Floats) -> float:
    """Return the length of a walk in metres. apart: distances between all points."""
    return float(apart[walk[:-1], walk[1:]].sum())


def _nearest(apart: Floats, start: int) -> Places:
    walk, free = [start], np.ones(len(apart), dtype=bool)
    free[start] = False
    while free.any():
        next_ = int(np.argmin(np.where(free, apart[walk[-1]], np.inf)))
        walk.append(next_)
        free[next_] = False
    return np.array(walk, dtype=np.intp)


def _two_opt(walk: Places, apart: Floats) -> Places:
    """Turn round the part between two legs, the best one each time, until nothing gets shorter; the ends are free."""
    n, tiny = len(walk), 1e-9
    while True:
        first = np.concatenate([[np.nan], apart[walk[:-1], walk[1:]], [np.nan]])
        gain = np.nan_to_num(first[:-1])[:, None] + np.nan_to_num(first[1:])[None, :]
        before = np.where(np.arange(n)[:, None] > 0, apart[walk[np.arange(n) - 1]][:, walk], 0.0)
        after = np.where(np.arange(n)[None, :] < n - 1, apart[walk][:, walk[(np.arange(n) + 1) % n]], 0.0)
        gain = np.where(np.triu(np.ones((n, n), dtype=bool), 1), gain - before - after, -np.inf)
        i, j = np.unravel_index(int(np.argmax(gain)), gain.shape)
        if gain[i, j] <= tiny:
            return walk
        walk = np.concatenate([walk[:i], walk[i : j + 1][::-1], walk[j + 1 :]])
