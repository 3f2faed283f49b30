"""The base layers: roads, water, green, communities, and cameras that a register knows. Degrees out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from planner.district.demo import words
from planner.district.demo.chance import pick, stream
from planner.district.demo.grid import RANKS
from planner.district.demo.names import lake_names, park_names
from planner.district.demo.town import Town
from planner.district.demo.warp import Shapes, in_degrees, on_ground

Layer = tuple[pd.DataFrame, Shapes]
BEYOND = 210.0
"""Main roads run on this far (metres) beyond the district."""

CAMERA_SHARE = 0.12


def base_layers(town: Town, seed: int) -> dict[str, Layer]:
    """Return table and shapes (degrees) of roads, water, green and communities."""
    return {
        "roads": _roads(town),
        "water": _water(town),
        "green": _green(town, seed),
        "communities": (town.communities, in_degrees(town.community_shapes)),
    }


def camera_layer(compounds: pd.DataFrame, entrances: pd.DataFrame, points: Shapes, seed: int) -> Layer:
    """Return the existing cameras at the main gates of some compounds (points in ground metres)."""
    rng = stream(seed, "cameras")
    number = compounds["cctv_points"].fillna(0)
    watched = number.index[(number >= 4).to_numpy() & (rng.random(len(compounds)) < 3 * CAMERA_SHARE)]
    rows = np.flatnonzero((entrances["compound_id"].isin(watched) & (entrances["lanes"] > 0)).to_numpy())
    size = len(rows)
    facing = rng.uniform(0, 360, size)
    shift = np.column_stack((np.cos(facing), np.sin(facing))) * 2.5
    at = shapely.points(shapely.get_coordinates(points[rows]) + shift) if size else points[:0]
    table = pd.DataFrame(
        {
            "device_id": [f"{e}-JK" for e in entrances["entrance_id"].iloc[rows]],
            "compound_id": entrances["compound_id"].to_numpy(object)[rows],
            "kind": "监控",
            "mount_height_m": np.round(rng.uniform(2.6, 4.5, size), 1),
            "azimuth_deg": np.round(facing),
            "hfov_deg": pick(rng, ("79", "88", "102"), (2, 3, 2), size).astype(float),
            "range_m": np.round(rng.uniform(12, 30, size)),
            "target_class": "车道",
            "status": np.where(rng.random(size) < 0.82, "现有完好", "现有损坏"),
            "sign_posted": (rng.random(size) < 0.5).astype(object),
        }
    )
    return table, in_degrees(at)


def _roads(town: Town) -> Layer:
    """Return the streets cut at the district (main ones a little beyond), the river and the lakes; quays beside it."""
    nature = town.nature
    ends = np.stack((town.roads[["x0", "y0"]].to_numpy(float), town.roads[["x1", "y1"]].to_numpy(float)), axis=1)
    rank = town.roads["rank"].to_numpy(int)
    lines = np.concatenate((_stretched(ends, rank), nature.quays))
    rank = np.concatenate((rank, np.full(len(nature.quays), 2)))
    names = np.concatenate((town.roads["name"].to_numpy(object), np.array(words.QUAYS, dtype=object)))
    near = shapely.buffer(nature.outline, 1.0, join_style="mitre")
    far = shapely.buffer(nature.outline, BEYOND)
    local = rank == len(RANKS) - 1
    water = shapely.buffer(nature.river, 20, cap_style="flat")
    for chosen, frame in ((rank < 2, far), ((rank >= 2), near)):
        lines[chosen] = _cut(lines[chosen], frame, inside=True)
    lines[local] = _cut(lines[local], water, inside=False)
    parts, owner = shapely.get_parts(lines, return_index=True)
    whole = (shapely.get_type_id(parts) == 1) & (shapely.length(parts) > 12)
    merged = _joined(parts[whole], owner[whole])
    kept = np.unique(owner[whole])
    table = pd.DataFrame(
        {
            "road_id": [f"DL{n + 1:05d}" for n in range(len(kept))],
            "name": names[kept],
            "road_class": np.array(RANKS, dtype=object)[rank[kept]],
        }
    )
    return table, in_degrees(on_ground(merged, 50.0))


def _stretched(ends: Shapes, rank: Shapes) -> Shapes:
    direction = ends[:, 1] - ends[:, 0]
    length = np.maximum(1.0, np.hypot(direction[:, 0], direction[:, 1]))[:, None]
    more = np.where(rank < 2, BEYOND, 0.0)[:, None] * direction / length
    lines: Shapes = shapely.linestrings(np.stack((ends[:, 0] - more, ends[:, 1] + more), axis=1))
    return lines


def _cut(lines: Shapes, frame: object, *, inside: bool) -> Shapes:
    shapely.prepare(frame)
    out = lines.copy()
    touched = ~shapely.covers(frame, lines) if inside else shapely.intersects(frame, lines)
    cut = shapely.intersection if inside else shapely.difference
    out[touched] = cut(lines[touched], frame)
    return out


def _joined(parts: Shapes, owner: Shapes) -> Shapes:
    """Return one line (several pieces where it is interrupted) per road."""
    number = np.unique(owner, return_inverse=True)[1]
    pieces: Shapes = shapely.multilinestrings(parts, indices=number)
    merged: Shapes = shapely.line_merge(pieces)
    return merged


def _water(town: Town) -> Layer:
    nature = town.nature
    shapes = np.concatenate((np.array([nature.river], dtype=object), nature.lakes))
    names = [words.RIVER, *lake_names(len(nature.lakes))]
    table = pd.DataFrame({"water_id": [f"SX{n + 1:03d}" for n in range(len(names))], "name": names})
    return table, in_degrees(on_ground(shapes, 60.0))


def _green(town: Town, seed: int) -> Layer:
    """Return banks, the railway's belt, lake parks, parks and pocket parks, those that there are."""
    nature = town.nature
    bank = shapely.intersection(nature.bank, shapely.buffer(nature.outline, BEYOND))
    belts = np.array([bank, nature.belt], dtype=object)
    ground = on_ground(np.concatenate((belts, nature.shores)), 60.0)
    shapes = np.concatenate((ground, town.parks, town.pockets))
    pockets = pick(stream(seed, "pocket names"), words.POCKETS, (3, 3, 2), len(town.pockets))
    lake_parks = [words.LAKE_PARK, *(f"{name}公园" for name in lake_names(len(nature.shores))[1:])][
        : len(nature.shores)
    ]
    names = [words.BANK, words.BELT, *lake_parks, *park_names(len(town.parks)), *pockets]
    there = ~shapely.is_empty(shapes)
    table = pd.DataFrame({"name": np.array(names, dtype=object)[there]})
    table.insert(0, "green_id", [f"LD{n + 1:04d}" for n in range(len(table))])
    return table, in_degrees(shapes[there])
