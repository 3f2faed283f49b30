"""Buildings in rows that face south, inside the plots of the parcels. Plan metres in, ground shapes out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from planner.district.demo.chance import stream
from planner.district.demo.warp import Bools, Floats, Ints, Shapes, bend, heading

YARD, WALK_UP, TOWER = 0, 1, 2
"""How a parcel is built: single-storey houses around a yard, slabs without a lift, high slabs with one."""

UNIT_LENGTH = np.array([14.5, 14.2, 19.0])
DEPTH = np.array([7.2, 11.6, 14.5])
END_GAP = np.array([3.0, 7.0, 14.0])
STOREY = 2.9
CLEARANCE = 1.0
"""Every building stays at least this far inside the boundary."""


def style_of(parcels: pd.DataFrame, years: Ints, seed: int) -> Ints:
    """Return how each parcel is built, from its size and year."""
    rng = stream(seed, "styles")
    area = ((parcels["x1"] - parcels["x0"]) * (parcels["y1"] - parcels["y0"])).to_numpy()
    yard = parcels["tiny"].to_numpy(bool) & (rng.random(len(parcels)) < 0.55)
    tall = (years >= 2003) & (area > 7000) & (rng.random(len(parcels)) < 0.6)
    return np.where(yard, YARD, np.where(tall, TOWER, WALK_UP))


def floors_of(styles: Ints, years: Ints, seed: int) -> Ints:
    """Return the usual number of floors of each parcel: older ones are lower."""
    rng = stream(seed, "floors")
    size = len(styles)
    old = np.where(years < 1970, rng.integers(3, 4, size), np.where(years < 1981, rng.integers(3, 6, size), 0))
    walk_up = np.where(old > 0, old, rng.choice([4, 5, 5, 6, 6, 6, 6, 7], size))
    tall = rng.choice([9, 11, 11, 16, 18, 18, 24], size)
    return np.where(styles == YARD, 1, np.where(styles == TOWER, tall, walk_up))


def place_buildings(plots: pd.DataFrame, styles: Ints, floors: Ints, seed: int) -> pd.DataFrame:
    """Return candidate buildings: parcel, row (from the south), x, y (plan), length, depth, floors, units.

    plots: parcel, x0 y0 x1 y1; styles, floors by parcel number. Plots too small for a building have none.
    """
    rng = stream(seed, "buildings")
    parcel = plots["parcel"].to_numpy()
    frame = _Rows.fit(plots, styles[parcel], floors[parcel], rng)
    plot = np.repeat(np.arange(len(plots)), frame.rows * frame.columns)
    place = np.arange(len(plot)) - np.repeat(
        np.cumsum(frame.rows * frame.columns) - frame.rows * frame.columns, frame.rows * frame.columns
    )
    row, column = place // frame.columns[plot], place % frame.columns[plot]
    placed = pd.DataFrame(
        {
            "parcel": parcel[plot],
            "row": row,
            "x": frame.x0[plot] + frame.length[plot] / 2 + column * frame.step_x[plot],
            "y": frame.y0[plot] + frame.depth[plot] / 2 + row * frame.step_y[plot],
            "length": frame.length[plot],
            "depth": frame.depth[plot],
            "units": frame.units[plot],
            "floors": floors[parcel[plot]],
        }
    )
    return _disturb(placed, (frame.rows * frame.columns)[plot], styles[parcel[plot]], rng)


def building_shapes(placed: pd.DataFrame) -> Shapes:
    """Return the footprints on the ground: exact rectangles along the street's direction."""
    middles = placed[["x", "y"]].to_numpy(float)
    at, angle = bend(middles), heading(middles)
    along = np.column_stack((np.cos(angle), np.sin(angle))) * placed["length"].to_numpy()[:, None] / 2
    across = np.column_stack((-np.sin(angle), np.cos(angle))) * placed["depth"].to_numpy()[:, None] / 2
    ring = np.stack((at - along - across, at + along - across, at + along + across, at - along + across), axis=1)
    shapes: Shapes = shapely.polygons(ring)
    return shapes


def standing(placed: pd.DataFrame, shapes: Shapes, parcels: Shapes) -> Bools:
    """Return which buildings lie inside their parcel (ground shapes, None: no parcel) with room to spare."""
    inner = shapely.buffer(parcels, -CLEARANCE, join_style="mitre")
    inside: Bools = shapely.contains_properly(inner[placed["parcel"].to_numpy()], shapes)
    return inside


class _Rows:
    """How many rows and columns of which buildings fit into each plot, evenly spread."""

    def __init__(self, plots: pd.DataFrame, length: Floats, depth: Floats, gap: Floats, pitch: Floats) -> None:
        wide = (plots["x1"] - plots["x0"]).to_numpy(float)
        high = (plots["y1"] - plots["y0"]).to_numpy(float)
        self.depth = depth
        self.length = np.where(wide < length, wide, length)
        fits = (high >= depth) & (wide >= 8.5)
        self.columns = np.where(fits, np.maximum(1, (wide + gap) // (self.length + gap)), 0).astype(np.int64)
        self.rows = np.where(fits, 1 + np.maximum(0, high - depth) // pitch, 0).astype(np.int64)
        spread = (wide - (self.columns - 1) * gap) / np.maximum(1, self.columns)
        self.length = np.where(fits, np.minimum(spread, self.length * 1.18), self.length)
        self.step_x = (wide - self.length) / np.maximum(1, self.columns - 1)
        self.step_y = np.minimum((high - depth) / np.maximum(1, self.rows - 1), pitch * 1.4)
        used = depth + (self.rows - 1) * self.step_y
        self.x0 = plots["x0"].to_numpy(float) + np.where(self.columns == 1, (wide - self.length) / 2, 0)
        self.y0 = plots["y0"].to_numpy(float) + np.where(self.rows == 1, (high - depth) / 2, (high - used) / 2)
        self.units: Ints = np.ones(len(plots), dtype=np.int64)

    @classmethod
    def fit(cls, plots: pd.DataFrame, styles: Ints, floors: Ints, rng: np.random.Generator) -> _Rows:
        """Lay out every plot: slabs of 2 to 5 units, spaced by the winter sun."""
        size = len(plots)
        units = np.where(styles == WALK_UP, rng.choice([2, 3, 3, 3, 4, 4, 5], size), np.where(styles == TOWER, 2, 1))
        unit = UNIT_LENGTH[styles] * rng.uniform(0.93, 1.07, size)
        depth = DEPTH[styles] * rng.uniform(0.94, 1.08, size)
        shade = np.where(styles == TOWER, 0.75, 1.3) * floors * STOREY * rng.uniform(0.9, 1.1, size)
        pitch = depth + np.maximum(shade, np.where(styles == YARD, 5.0, 10.0))
        laid = cls(plots, units * unit, depth, END_GAP[styles], pitch)
        laid.units = np.maximum(1, np.rint(laid.length / unit)).astype(np.int64)
        return laid


def _disturb(placed: pd.DataFrame, company: Ints, styles: Ints, rng: np.random.Generator) -> pd.DataFrame:
    """Leave out a few buildings of large parcels, shorten some, vary floors by one: no yard is a grid."""
    size = len(placed)
    gone = (company >= 6) & (rng.random(size) < 0.09)
    short = (placed["units"].to_numpy() >= 3) & (rng.random(size) < 0.22)
    unit = (placed["length"] / placed["units"]).to_numpy()
    side = np.where(rng.random(size) < 0.5, -0.5, 0.5)
    change = np.where((styles == WALK_UP) & (rng.random(size) < 0.12), rng.choice([-1, 1], size), 0)
    changed = placed.assign(
        length=placed["length"] - np.where(short, unit, 0),
        x=placed["x"] + np.where(short, side * unit, 0),
        units=placed["units"] - short,
        floors=np.maximum(1, placed["floors"] + change),
    )
    return changed[~gone].reset_index(drop=True)
