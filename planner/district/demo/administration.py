"""Subdistricts (街道) and communities (社区): unions of superblocks, so that their borders run along main streets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from planner.district.demo.grid import Grid, cell_middles, cell_shapes
from planner.district.demo.names import community_names, subdistrict_names
from planner.district.demo.nature import Nature
from planner.district.demo.warp import Floats, Ints, Shapes

CELLS_PER_SUBDISTRICT = 5.6
COMMUNITIES_PER_CELL = 0.8
DISTRICT_CODE = "990102"
"""No such code is given out: 99 is no province."""


def divide(grid: Grid, nature: Nature, seed: int) -> tuple[pd.DataFrame, Shapes, Ints]:
    """Return (communities, plan shapes, community number of every grid cell; -1 outside).

    communities: the fields of columns.csv, in administrative order; row number = community number.
    """
    cells, middles = nature.cells, cell_middles(grid)
    count = max(1, round(len(cells) / CELLS_PER_SUBDISTRICT))
    district = _halve(cells, middles, count)
    district = _in_order(district, nature.lake_cells, middles)
    parts = [_halve(part, middles, max(1, round(len(part) * COMMUNITIES_PER_CELL))) for part in district]
    number = np.full(grid.inside.size, -1)
    for k, part in enumerate(part for group in parts for part in group):
        number[part] = k
    shapes = _unions(cell_shapes(grid), number, nature)
    return _table([len(group) for group in parts], seed), shapes, number


def _halve(cells: Ints, middles: Floats, count: int) -> list[Ints]:
    """Cut the cells into `count` compact groups of about equal size, always across the longer extent."""
    if count <= 1 or len(cells) <= 1:
        return [cells]
    at = middles[cells]
    axis = int(np.ptp(at[:, 1]) > np.ptp(at[:, 0]))
    ordered = cells[_winding(at[:, axis], at[:, 1 - axis])]
    share = round(len(cells) * (count // 2) / count)
    return _halve(ordered[:share], middles, count // 2) + _halve(ordered[share:], middles, count - count // 2)


def _winding(across: Floats, along: Floats) -> Ints:
    """Return the order that goes through band after band, up one and down the next, so that slices hang together."""
    band = np.unique(across.round(3), return_inverse=True)[1]
    order: Ints = np.lexsort((np.where(band % 2 == 0, along, -along), band))
    return order


def _in_order(groups: list[Ints], lake_cells: Ints, middles: Floats) -> list[Ints]:
    """Return the subdistrict with the first lake first, the others from the north-west to the south-east."""

    def key(group: Ints) -> tuple[bool, float]:
        middle = middles[group].mean(axis=0)
        return (not np.isin(lake_cells[:1], group).any(), float(middle[0] - 1.4 * middle[1]))

    return sorted(groups, key=key)


def _unions(cells: Shapes, number: Ints, nature: Nature) -> Shapes:
    inside = np.flatnonzero(number >= 0)
    order = inside[np.argsort(number[inside], kind="stable")]
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    groups = np.split(order, starts[1:])
    unions = np.array([shapely.union_all(cells[group]) for group in groups], dtype=object)
    return _within(unions, nature)


def _within(shapes: Shapes, nature: Nature) -> Shapes:
    crossing = ~shapely.covers(nature.outline, shapes)
    cut = shapes.copy()
    cut[crossing] = shapely.intersection(shapes[crossing], nature.outline)
    return cut


def _table(sizes: list[int], seed: int) -> pd.DataFrame:
    order = np.repeat(np.arange(1, len(sizes) + 1), sizes)
    place = np.concatenate([np.arange(1, size + 1) for size in sizes])
    subdistrict = [f"{DISTRICT_CODE}{n:03d}" for n in order]
    return pd.DataFrame(
        {
            "community_code": [f"{code}{n:03d}" for code, n in zip(subdistrict, place, strict=True)],
            "community_name": community_names(len(order), seed),
            "subdistrict_code": subdistrict,
            "subdistrict_name": np.array(subdistrict_names(len(sizes)), dtype=object)[order - 1],
            "subdistrict_order": order,
        }
    )
