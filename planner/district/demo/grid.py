"""The main streets of the demo: an uneven grid whose cells are the superblocks. Plan metres throughout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from planner.district.demo.chance import stream
from planner.district.demo.warp import Bools, Floats, Ints, Shapes

RANKS = ("快速路", "主干路", "次干路", "支路")
WIDTHS = np.array([58.0, 42.0, 28.0, 15.0])
"""From block edge to block edge, by rank."""

CELL_MIN, CELL_MAX = 500.0, 700.0


@dataclass(frozen=True, slots=True)
class Grid:
    """Main streets at xs (running north) and ys (running east); origin in the middle.

    rank_x, rank_y: rank (index of RANKS) of each street; inside: (rows, columns) cells that belong to the district.
    Cells are numbered row by row from the south-west.
    """

    xs: Floats
    ys: Floats
    rank_x: Ints
    rank_y: Ints
    inside: Bools

    @property
    def columns(self) -> int:
        """Cells from west to east."""
        return len(self.xs) - 1

    @property
    def rows(self) -> int:
        """Cells from south to north."""
        return len(self.ys) - 1


def make_grid(cells: int, seed: int) -> Grid:
    """Return a grid with about `cells` cells (6 at least)."""
    rng = stream(seed, "grid")
    rows = max(2, round(float(np.sqrt(cells / 1.25))))
    columns = max(3, -(-cells // rows))
    xs, ys = _positions(columns, rng), _positions(rows, rng)
    return Grid(xs, ys, _ranks(columns, fast=True), _ranks(rows, fast=False), _inside(xs, ys))


def cell_shapes(grid: Grid) -> Shapes:
    """Return every cell as a polygon from centre line to centre line."""
    x0, y0 = np.meshgrid(grid.xs[:-1], grid.ys[:-1])
    x1, y1 = np.meshgrid(grid.xs[1:], grid.ys[1:])
    boxes: Shapes = shapely.box(x0.ravel(), y0.ravel(), x1.ravel(), y1.ravel())
    return boxes


def cell_middles(grid: Grid) -> Floats:
    """Return the middle of every cell (n, 2)."""
    x, y = np.meshgrid((grid.xs[:-1] + grid.xs[1:]) / 2, (grid.ys[:-1] + grid.ys[1:]) / 2)
    return np.column_stack((x.ravel(), y.ravel()))


def _positions(count: int, rng: np.random.Generator) -> Floats:
    lines = np.concatenate(([0.0], np.cumsum(rng.uniform(CELL_MIN, CELL_MAX, count))))
    out: Floats = lines - lines[-1] / 2
    return out


def _ranks(count: int, *, fast: bool) -> Ints:
    """Return every second street as 主干路, the rest as 次干路, and the first and every twelfth as 快速路 if asked."""
    ranks = np.where(np.arange(count + 1) % 2 == 0, 1, 2)
    ranks[-1] = 1
    if fast:
        ranks[::12] = 0
    return ranks


def _inside(xs: Floats, ys: Floats) -> Bools:
    """Leave out cells at the corners, so that the outline steps along streets; small grids keep all."""
    u = (xs[:-1] + xs[1:]) / (xs[-1] - xs[0])
    v = (ys[:-1] + ys[1:]) / (ys[-1] - ys[0])
    inside: Bools = np.abs(u)[None, :] ** 3.4 + np.abs(v)[:, None] ** 3.4 < 1.25
    if len(u) < 5 or len(v) < 4:
        return np.ones_like(inside)
    inside[0, -1] = inside[-1, 0] = False
    inside[0, 0] = inside[-1, -1] = True
    return inside
