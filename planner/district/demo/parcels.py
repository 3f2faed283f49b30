"""Parcels inside the blocks: rectangles, L-shapes with a small plot in the corner, pairs on both sides of a lane."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from planner.district.demo.blanks import text_where
from planner.district.demo.chance import stream
from planner.district.demo.streets import NO_ROAD, SIDES, sides_of, split
from planner.district.demo.warp import Bools, Floats, Shapes

ROUNDS = 5
WALL_GAP, ALLEY_GAP = 3.0, 7.0
SHORTEST_SIDE = 36.0
MEDIAN_AREA, AREA_SPREAD = 28000.0, 0.75
NOTCH_SHARE, LANE_SHARE, SLANT_SHARE = 0.42, 0.05, 0.30
LEFT_OF_CLIPPED = 0.5
"""A parcel that the river or the railway cuts is kept while this share of it is left."""

CORNERS = ((0, 1), (2, 1), (2, 3), (0, 3))
"""South-west, south-east, north-east, north-west, as positions in x0 y0 x1 y1."""

CORNER_SIDES = (("west", "south"), ("east", "south"), ("east", "north"), ("west", "north"))


def lay_parcels(blocks: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the parcels of these blocks, all with a street on at least one side.

    Columns: those of blocks; notch (corner 0..3 that is cut out, -1: none) with notch_w, notch_h; tiny; lane;
    slant (corner drawn in, -1: none) with slant_x, slant_y in metres.
    """
    rng = stream(seed, "parcels")
    parcels = blocks.assign(wish=rng.lognormal(np.log(MEDIAN_AREA), AREA_SPREAD, len(blocks)))
    for _ in range(ROUNDS):
        parcels = _cut(parcels, rng)
    parcels = parcels[_frontage(parcels) > 0].reset_index(drop=True)
    parcels = _notch(parcels.assign(tiny=False), rng)
    return _vary(parcels, rng).drop(columns="wish").reset_index(drop=True)


def parcel_shapes(parcels: pd.DataFrame, barrier: BaseGeometry) -> Shapes:
    """Return the polygons of the parcels, cut by the barrier; None where too little is left."""
    shapes = np.empty(len(parcels), dtype=object)
    notched, laned = parcels["notch"].to_numpy() >= 0, parcels["lane"].to_numpy(bool)
    plain = ~notched & ~laned
    shapes[plain] = shapely.polygons(_slanted(parcels[plain])) if plain.any() else None
    shapes[notched] = shapely.polygons(_notched(parcels[notched])) if notched.any() else None
    if laned.any():
        halves = np.concatenate([_ring(half) for half in lane_halves(parcels[laned])])
        order = np.tile(np.arange(int(laned.sum())), 2)
        sort = np.argsort(order, kind="stable")
        shapes[laned] = shapely.multipolygons(shapely.polygons(halves)[sort], indices=order[sort])
    return _clip(shapes, barrier)


def lane_halves(parcels: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the two rectangles on both sides of the lane through the middle of each parcel."""
    walls = np.full(len(parcels), NO_ROAD)
    gaps = np.full(len(parcels), ALLEY_GAP)
    cut = split(parcels, np.ones(len(parcels), bool), np.full(len(parcels), 0.46), gaps, walls)
    first, second = cut.iloc[: len(parcels)], cut.iloc[len(parcels) :]
    return first, second


def building_plots(parcels: pd.DataFrame, margin: Floats) -> pd.DataFrame:
    """Return the rectangles in which buildings can stand: `parcel` (row number), x0 y0 x1 y1, inset by the margins."""
    numbered = parcels.assign(parcel=np.arange(len(parcels)), margin=margin)
    notched, laned = numbered["notch"] >= 0, numbered["lane"]
    parts = [numbered[~notched & ~laned], *_notch_arms(numbered[notched]), *lane_halves(numbered[laned])]
    plots = pd.concat(parts, ignore_index=True)
    for name, sign in (("x0", 1), ("y0", 1), ("x1", -1), ("y1", -1)):
        plots[name] = plots[name] + sign * plots["margin"]
    return plots[["parcel", "x0", "y0", "x1", "y1"]].sort_values("parcel", kind="stable", ignore_index=True)


def _cut(parcels: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    wide, high = sides_of(parcels)
    longer, shorter = np.maximum(wide, high), np.minimum(wide, high)
    too_big = wide * high > parcels["wish"].to_numpy() * rng.uniform(1.3, 2.1, len(parcels))
    chosen: Bools = (too_big | (longer > 3.2 * shorter)) & (longer > 2 * SHORTEST_SIDE)
    shares = rng.uniform(0.34, 0.66, len(parcels))
    gaps = np.where(rng.random(len(parcels)) < 0.12, ALLEY_GAP, WALL_GAP)
    return split(parcels, chosen, shares, gaps, np.full(len(parcels), NO_ROAD))


def _frontage(parcels: pd.DataFrame) -> Floats:
    sides: Floats = (parcels[list(SIDES)] != NO_ROAD).sum(axis=1).to_numpy(float)
    return sides


def _notch(parcels: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Cut a small plot out of a street corner of some parcels; the plot becomes a parcel of its own."""
    wide, high = sides_of(parcels)
    corner = rng.integers(0, 4, len(parcels))
    on_street = np.array([(parcels[list(pair)] != NO_ROAD).any(axis=1) for pair in CORNER_SIDES])
    width, depth = rng.uniform(28, 50, len(parcels)), rng.uniform(25, 43, len(parcels))
    fits = (width < 0.55 * wide) & (depth < 0.55 * high) & on_street[corner, np.arange(len(parcels))]
    chosen = fits & (wide * high > 4200) & (rng.random(len(parcels)) < NOTCH_SHARE)
    main = parcels.assign(notch=np.where(chosen, corner, -1), notch_w=width, notch_h=depth)
    return pd.concat([main, _corner_plots(main[chosen])], ignore_index=True)


def _corner_plots(cut: pd.DataFrame) -> pd.DataFrame:
    """Return the plots in the notches, 3 m off the wall, with streets only where they touch them."""
    plots = cut.assign(notch=-1, tiny=True)
    east = cut["notch"].isin((1, 2)).to_numpy()
    north = cut["notch"].isin((2, 3)).to_numpy()
    plots["x0"] = np.where(east, cut["x1"] - cut["notch_w"] + WALL_GAP, cut["x0"])
    plots["x1"] = np.where(east, cut["x1"], cut["x0"] + cut["notch_w"] - WALL_GAP)
    plots["y0"] = np.where(north, cut["y1"] - cut["notch_h"] + WALL_GAP, cut["y0"])
    plots["y1"] = np.where(north, cut["y1"], cut["y0"] + cut["notch_h"] - WALL_GAP)
    for side, touches in (("west", ~east), ("east", east), ("south", ~north), ("north", north)):
        plots[side] = np.where(touches, cut[side], NO_ROAD)
    return plots


def _vary(parcels: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    wide, high = sides_of(parcels)
    whole = (parcels["notch"] < 0).to_numpy()
    lane = whole & (wide * high > 9000) & (np.maximum(wide, high) > 110) & (rng.random(len(parcels)) < LANE_SHARE)
    slant = np.where(whole & ~lane & (rng.random(len(parcels)) < SLANT_SHARE), rng.integers(0, 4, len(parcels)), -1)
    reach = rng.uniform(0.03, 0.11, (2, len(parcels)))
    return parcels.assign(lane=lane, slant=slant, slant_x=reach[0] * wide, slant_y=reach[1] * high)


def _ring(rects: pd.DataFrame) -> Floats:
    bounds = rects[["x0", "y0", "x1", "y1"]].to_numpy(float)
    return np.stack([bounds[:, list(corner)] for corner in CORNERS], axis=1)


def _slanted(rects: pd.DataFrame) -> Floats:
    ring = _ring(rects)
    drawn = np.flatnonzero(rects["slant"].to_numpy() >= 0)
    corner = rects["slant"].to_numpy()[drawn]
    inward = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])[corner]
    ring[drawn, corner] += inward * rects[["slant_x", "slant_y"]].to_numpy(float)[drawn]
    return ring


def _notched(rects: pd.DataFrame) -> Floats:
    """Return L-shapes: the ring begins at the corner after the notch and turns around the notch at its end."""
    ring = _ring(rects)
    row, corner = np.arange(len(rects)), rects["notch"].to_numpy(int)
    inward = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])[corner]
    step = inward * rects[["notch_w", "notch_h"]].to_numpy(float)
    at = ring[row, corner]
    turned = (corner % 2 == 0)[:, None]
    before = at + step * np.where(turned, (0, 1), (1, 0))
    after = at + step * np.where(turned, (1, 0), (0, 1))
    rest = [ring[row, (corner + k) % 4] for k in (1, 2, 3)]
    return np.stack([*rest, before, at + step, after], axis=1)


def _notch_arms(cut: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the two rectangles of L-shapes: the full-width body and the arm beside the notch."""
    east, north = cut["notch"].isin((1, 2)), cut["notch"].isin((2, 3))
    body, arm = cut.copy(), cut.copy()
    line = np.where(north, cut["y1"] - cut["notch_h"], cut["y0"] + cut["notch_h"])
    body["y1"] = np.where(north, line, cut["y1"])
    body["y0"] = np.where(north, cut["y0"], line)
    arm["y0"] = np.where(north, line - cut["margin"], cut["y0"])
    arm["y1"] = np.where(north, cut["y1"], line + cut["margin"])
    arm["x1"] = np.where(east, cut["x1"] - cut["notch_w"], cut["x1"])
    arm["x0"] = np.where(east, cut["x0"], cut["x0"] + cut["notch_w"])
    return body, arm


def _clip(shapes: Shapes, barrier: BaseGeometry) -> Shapes:
    shapely.prepare(barrier)
    touched = np.flatnonzero(shapely.intersects(barrier, shapes))
    whole = shapely.area(shapes[touched])
    rest = shapely.difference(shapes[touched], barrier)
    kept = (shapely.area(rest) >= LEFT_OF_CLIPPED * whole) & (
        shapely.get_num_geometries(rest) == shapely.get_num_geometries(shapes[touched])
    )
    clipped = shapes.copy()
    clipped[touched] = text_where(kept, rest)
    return clipped
