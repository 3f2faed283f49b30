"""Blocks between the main streets, and the local streets that cut them. Plan metres throughout."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.district.demo.chance import stream
from planner.district.demo.grid import RANKS, WIDTHS, Grid
from planner.district.demo.warp import Bools, Floats, Ints

SIDES = ("west", "south", "east", "north")
NO_ROAD = -1
LOCAL = len(RANKS) - 1
BLOCK_LIMITS = ((300, 340), (240, 330), (210, 340))
"""A block whose longer side exceeds a length drawn between these is cut, in three rounds."""


def lay_streets(grid: Grid, cells: Ints, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (blocks, roads).

    blocks: x0 y0 x1 y1, the road number on each of SIDES and the cell; only in these cells.
    roads: road number = row; rank, vertical, x0 y0 x1 y1 of the centre line; main streets first.
    """
    rng = stream(seed, "streets")
    main = _main_roads(grid)
    blocks = _superblocks(grid)
    blocks = blocks[blocks["cell"].isin(cells)].reset_index(drop=True)
    parts, ranks = [main], main["rank"].to_numpy()
    for limits in BLOCK_LIMITS:
        chosen: Bools = np.maximum(*sides_of(blocks)) > rng.uniform(*limits, len(blocks))
        shares = rng.uniform(0.36, 0.64, len(blocks))
        numbers = np.where(chosen, len(ranks) + np.cumsum(chosen) - 1, NO_ROAD)
        parts.append(_segments(blocks[chosen], shares[chosen], ranks))
        ranks = np.concatenate((ranks, np.full(int(chosen.sum()), LOCAL)))
        blocks = split(blocks, chosen, shares, np.full(len(blocks), WIDTHS[LOCAL]), numbers)
    return blocks, pd.concat(parts, ignore_index=True)


def split(rects: pd.DataFrame, chosen: Bools, shares: Floats, gaps: Floats, roads: Ints) -> pd.DataFrame:
    """Return the rectangles with the chosen ones cut across their longer side.

    shares: where the middle of the cut lies (0..1); gaps: its width; roads: the road number along it (-1: a wall).
    """
    part = rects[chosen]
    wide, high = sides_of(part)
    first, second = part.copy(), part.copy()
    for across, low, far in ((wide >= high, "x0", "x1"), (wide < high, "y0", "y1")):
        near_side, far_side = ("east", "west") if low == "x0" else ("north", "south")
        middle = (part[low] + (part[far] - part[low]) * shares[chosen]).to_numpy()
        first[far] = np.where(across, middle - gaps[chosen] / 2, first[far])
        second[low] = np.where(across, middle + gaps[chosen] / 2, second[low])
        first[near_side] = np.where(across, roads[chosen], first[near_side])
        second[far_side] = np.where(across, roads[chosen], second[far_side])
    return pd.concat([rects[~chosen], first, second], ignore_index=True)


def sides_of(rects: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return the extent of the rectangles east-west and north-south."""
    return (rects["x1"] - rects["x0"]).to_numpy(float), (rects["y1"] - rects["y0"]).to_numpy(float)


def _main_roads(grid: Grid) -> pd.DataFrame:
    xs, ys = grid.xs, grid.ys
    upright = pd.DataFrame({"rank": grid.rank_x, "vertical": True, "x0": xs, "y0": ys[0], "x1": xs, "y1": ys[-1]})
    level = pd.DataFrame({"rank": grid.rank_y, "vertical": False, "x0": xs[0], "y0": ys, "x1": xs[-1], "y1": ys})
    return pd.concat([upright, level], ignore_index=True)


def _superblocks(grid: Grid) -> pd.DataFrame:
    row, column = np.nonzero(grid.inside)
    half_x, half_y = WIDTHS[grid.rank_x] / 2, WIDTHS[grid.rank_y] / 2
    return pd.DataFrame(
        {
            "x0": grid.xs[column] + half_x[column],
            "y0": grid.ys[row] + half_y[row],
            "x1": grid.xs[column + 1] - half_x[column + 1],
            "y1": grid.ys[row + 1] - half_y[row + 1],
            "west": column,
            "south": len(grid.xs) + row,
            "east": column + 1,
            "north": len(grid.xs) + row + 1,
            "cell": row * grid.columns + column,
        }
    )


def _segments(part: pd.DataFrame, shares: Floats, ranks: Ints) -> pd.DataFrame:
    """Return the centre lines of the cuts through `part`, run on to the centre lines of the streets they meet."""
    wide, high = sides_of(part)
    upright = wide >= high
    x = part["x0"].to_numpy() + wide * shares
    y = part["y0"].to_numpy() + high * shares
    reach = {side: WIDTHS[ranks[part[side].to_numpy()]] / 2 for side in SIDES}
    return pd.DataFrame(
        {
            "rank": LOCAL,
            "vertical": upright,
            "x0": np.where(upright, x, part["x0"] - reach["west"]),
            "y0": np.where(upright, part["y0"] - reach["south"], y),
            "x1": np.where(upright, x, part["x1"] + reach["east"]),
            "y1": np.where(upright, part["y1"] + reach["north"], y),
        }
    )
