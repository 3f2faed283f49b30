"""River, lakes, parks and the railway side: what the streets have to give way to. Plan metres throughout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from planner.district.demo.chance import stream
from planner.district.demo.grid import WIDTHS, Grid, cell_middles, cell_shapes
from planner.district.demo.warp import Bools, Floats, Ints, Shapes

RIVER_HALF = 38.0
BANK = 26.0
QUAY = 15.0
"""Width of the riverside street between the green bank and the blocks."""

RAIL_BELT = 34.0
CELLS_PER_LAKE = 64
SMALLEST_WITH_NATURE = 20
"""A grid of fewer cells has a river, but neither lake nor railway."""


@dataclass(frozen=True, slots=True)
class Nature:
    """outline: the district; cells: the grid cells in it; river; bank: the green beside it.

    quays: two centre lines; belt: the green along the railway;

    lakes, shores: one water body and the green around it per lake cell; lake_cells: their numbers.
    barrier: what no block and no local street may touch.
    """

    outline: BaseGeometry
    cells: Ints
    river: BaseGeometry
    bank: BaseGeometry
    quays: Shapes
    belt: BaseGeometry
    lakes: Shapes
    shores: Shapes
    lake_cells: Ints
    barrier: BaseGeometry


def make_nature(grid: Grid, seed: int) -> Nature:
    """Return the water and green of one grid."""
    rng = stream(seed, "nature")
    stem = _river(grid)
    rail = _railway(grid)
    cells = _cells(grid, rail)
    outline = shapely.difference(shapely.union_all(cell_shapes(grid)[cells]), rail)
    river = shapely.buffer(stem, RIVER_HALF, cap_style="flat")
    bank = shapely.buffer(stem, RIVER_HALF + BANK, cap_style="flat")
    corridor = shapely.buffer(stem, RIVER_HALF + BANK + QUAY, cap_style="flat")
    lake_cells = _lake_cells(grid, corridor, rng)
    lakes, shores = _lakes(grid, lake_cells, rng)
    belt = shapely.intersection(shapely.buffer(rail, RAIL_BELT), outline)
    middle = RIVER_HALF + BANK + QUAY / 2
    quays = np.array([shapely.offset_curve(stem, middle), shapely.offset_curve(stem, -middle)], dtype=object)
    barrier = shapely.union_all([corridor, shapely.buffer(rail, RAIL_BELT)])
    green = shapely.difference(bank, river)
    return Nature(outline, cells, river, green, quays, belt, lakes, shores, lake_cells, barrier)


def _cells(grid: Grid, rail: BaseGeometry) -> Ints:
    """Return the cells of which the railway leaves a third at least."""
    shapes = cell_shapes(grid)
    left = shapely.area(shapely.difference(shapes, rail)) / shapely.area(shapes)
    return np.flatnonzero(grid.inside.ravel() & (left > 0.33))


def _river(grid: Grid) -> BaseGeometry:
    """Return a winding centre line from beyond the western to beyond the eastern edge, in the southern half."""
    row = max(0, grid.rows // 2 - 1)
    level = 0.45 * grid.ys[row] + 0.55 * grid.ys[row + 1]
    x = np.arange(grid.xs[0] - 420, grid.xs[-1] + 421, 40.0)
    y = level + 190 * np.sin(x / 690 + 0.5) + 45 * np.sin(x / 260)
    return shapely.linestrings(np.column_stack((x, y)))


def _railway(grid: Grid) -> BaseGeometry:
    """Return the ground beyond the railway: the north-eastern corner behind a wide curve; empty for a small grid."""
    if grid.inside.size < SMALLEST_WITH_NATURE:
        return shapely.Polygon()
    start = np.array([grid.xs[-3] + 0.35 * (grid.xs[-2] - grid.xs[-3]), grid.ys[-1]])
    end = np.array([grid.xs[-1], grid.ys[-3] + 0.45 * (grid.ys[-2] - grid.ys[-3])])
    control = np.array([grid.xs[-2] + 0.5 * (grid.xs[-1] - grid.xs[-2]), grid.ys[-1] - 120])
    t = np.linspace(0, 1, 41)[:, None]
    curve = (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
    far = np.array([[grid.xs[-1] + 900, end[1]], [grid.xs[-1] + 900, grid.ys[-1] + 900], [start[0], grid.ys[-1] + 900]])
    return shapely.polygons(np.vstack((curve, far)))


def _lake_cells(grid: Grid, corridor: BaseGeometry, rng: np.random.Generator) -> Ints:
    """Choose whole inner cells for lakes: the first where the map has room for it, the rest anywhere."""
    if grid.inside.size < SMALLEST_WITH_NATURE:
        return np.array([], dtype=np.int64)
    free: Bools = _inner(grid) & ~shapely.intersects(cell_shapes(grid), corridor)
    middles = cell_middles(grid)
    wish = np.array([0.17 * (grid.xs[-1] - grid.xs[0]), 0.24 * (grid.ys[-1] - grid.ys[0])])
    candidates = np.flatnonzero(free)
    by_wish = candidates[np.argsort(((middles[candidates] - wish) ** 2).sum(axis=1), kind="stable")]
    count = max(1, int(grid.inside.size // CELLS_PER_LAKE))
    others = rng.permutation(by_wish[1:])[: count - 1]
    return np.concatenate((by_wish[:1], others)).astype(np.int64)


def _inner(grid: Grid) -> Bools:
    inner = np.zeros_like(grid.inside)
    inner[1:-1, 1:-1] = grid.inside[1:-1, 1:-1]
    flat: Bools = inner.ravel()
    return flat


def _lakes(grid: Grid, cells: Ints, rng: np.random.Generator) -> tuple[Shapes, Shapes]:
    """Return a lake in each of these cells and the park that fills the rest of it."""
    row, column = cells // grid.columns, cells % grid.columns
    half_x, half_y = WIDTHS[grid.rank_x] / 2, WIDTHS[grid.rank_y] / 2
    low = np.column_stack((grid.xs[column] + half_x[column], grid.ys[row] + half_y[row]))
    high = np.column_stack((grid.xs[column + 1] - half_x[column + 1], grid.ys[row + 1] - half_y[row + 1]))
    parks = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
    lakes = shapely.polygons(_blobs((low + high) / 2, 0.40 * (high - low), rng)) if len(cells) else parks
    return lakes, shapely.difference(parks, lakes)


def _blobs(middles: Floats, radii: Floats, rng: np.random.Generator) -> Floats:
    """Return rounded, uneven outlines (n, 72, 2)."""
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    waves = np.arange(2, 6)[None, :, None]
    height = rng.uniform(0.02, 0.11, (len(middles), 4, 1))
    phase = rng.uniform(0, 2 * np.pi, (len(middles), 4, 1))
    reach = 0.92 + (height * np.sin(waves * angle + phase)).sum(axis=1)
    around = np.stack((np.cos(angle), np.sin(angle)), axis=-1)
    out: Floats = middles[:, None, :] + radii[:, None, :] * reach[:, :, None] * around[None, :, :]
    return out
