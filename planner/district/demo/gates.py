"""Entrances on the boundary: how many, of what kind, how wide, and where."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from planner.district.demo.blanks import Objects, number_where
from planner.district.demo.chance import pick, stream
from planner.district.demo.roles import is_role, share
from planner.district.demo.streets import NO_ROAD, SIDES
from planner.district.demo.warp import Bools, Floats, Ints, Shapes, bend

NARROW_PER_BASE = 3
"""Compounds whose fire access is too narrow."""

ISLAND_WIDTH = 7.8
CORNER_AT_END = ((0, 3), (0, 1), (1, 2), (3, 2))
"""By side (west, south, east, north): the notch corner at its low and at its high end."""


def lay_gates(compounds: pd.DataFrame, roles: pd.Series, seed: int) -> pd.DataFrame:
    """Return one row per entrance: site, place (0 = main), vehicle, gate_type, clear_width_m, lanes, is_fire_access.

    compounds: kind, year, households, firm.
    """
    rng = stream(seed, "gates")
    cars, feet = _counts(compounds, rng)
    site = np.repeat(np.arange(len(compounds)), cars + feet)
    place = np.arange(len(site)) - np.repeat(np.cumsum(cars + feet) - cars - feet, cars + feet)
    vehicle = place < cars[site]
    gates = pd.DataFrame({"site": site, "place": place, "vehicle": vehicle})
    gates["gate_type"] = _types(gates, feet[site], compounds["kind"].to_numpy(object)[site], rng)
    gates["clear_width_m"] = _widths(gates, compounds, _narrow(compounds, roles, cars), rng)
    wide = gates["clear_width_m"].to_numpy() >= ISLAND_WIDTH
    gates["lanes"] = np.where(vehicle, np.where(wide, 2, 1), 0)
    gates["is_fire_access"] = vehicle & (place == 0)
    return gates


def gate_counts(gates: pd.DataFrame, size: int) -> pd.DataFrame:
    """Return vehicle, pedestrian, lanes and width (narrowest vehicle gate, NaN without) of each of `size` compounds."""
    site, vehicle = gates["site"].to_numpy(), gates["vehicle"].to_numpy(bool)
    foot = gates["gate_type"].isin(("人行", "豁口")).to_numpy(bool)
    width = gates[vehicle].groupby("site")["clear_width_m"].min().reindex(range(size))
    counts = {
        "vehicle": np.bincount(site, vehicle, size).astype(np.int64),
        "pedestrian": np.bincount(site, foot, size).astype(np.int64),
        "lanes": np.bincount(site, gates["lanes"], size).astype(np.int64),
        "width": width.to_numpy(float),
    }
    return pd.DataFrame(counts)


def entrance_table(gates: pd.DataFrame, compounds: pd.DataFrame, facts: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the entrances with the fields of columns.csv; barriers agree with the compound's number of lanes."""
    rng = stream(seed, "entrances")
    size = len(gates)
    site = gates["site"].to_numpy()
    firm = compounds["firm"].to_numpy(bool)[site]
    inside = gates.groupby("site")["lanes"].cumsum().to_numpy() - gates["lanes"].to_numpy()
    barred = gates["vehicle"].to_numpy() & (inside < facts["barrier_lanes_n"].fillna(0).to_numpy(float)[site])
    lpr = facts["lpr"].fillna(False).to_numpy(bool)[site]
    ids = compounds.index.to_numpy(object)[site]
    return pd.DataFrame(
        {
            "entrance_id": [f"{c}-M{p + 1}" for c, p in zip(ids, gates["place"], strict=True)],
            "compound_id": ids,
            "gate_type": gates["gate_type"],
            "clear_width_m": gates["clear_width_m"],
            "clear_height_m": number_where(rng.random(size) < 0.25, np.round(rng.uniform(4.0, 5.2, size), 1)),
            "lanes": gates["lanes"],
            "on_public_road": (
                facts["public_road_through"].eq(True).to_numpy()[site] & (rng.random(size) < 0.4)
            ).astype(object),
            "slope_deg": number_where(rng.random(size) < 0.4, np.round(rng.uniform(0, 3.5, size), 1)),
            "queue_space_m": number_where(gates["vehicle"], np.round(rng.uniform(2, 14, size))),
            "barrier": np.where(
                barred,
                np.where(lpr, "车牌识别", "电动"),
                np.where(gates["vehicle"], pick(rng, ("无", "手动"), (8, 1), size), "无"),
            ),
            "guard": np.where(firm & gates["vehicle"], pick(rng, ("24小时", "部分时段"), (6, 4), size), "无"),
            "is_fire_access": gates["is_fire_access"].astype(object),
            "barrier_free": (rng.random(size) < 0.55).astype(object),
            "keep": np.where(gates["gate_type"] == "豁口", pick(rng, ("未定", "关闭"), (7, 3), size), "保留"),
            "power_nearby": (rng.random(size) < 0.6 + 0.3 * firm).astype(object),
        }
    )


def gate_points(gates: pd.DataFrame, sites: pd.DataFrame, shapes: Shapes, seed: int) -> Shapes:
    """Return a point on the boundary (ground) for every gate, on a side that has a street."""
    rng = stream(seed, "gate places")
    site, place = gates["site"].to_numpy(), gates["place"].to_numpy()
    side = _sides(sites, site, place)
    share_along = _along(sites, site, side, place, rng)
    bounds = sites[["x0", "y0", "x1", "y1"]].to_numpy(float)[site]
    x = np.select(
        [side == 0, side == 2], [bounds[:, 0], bounds[:, 2]], bounds[:, 0] + share_along * (bounds[:, 2] - bounds[:, 0])
    )
    y = np.select(
        [side == 1, side == 3], [bounds[:, 1], bounds[:, 3]], bounds[:, 1] + share_along * (bounds[:, 3] - bounds[:, 1])
    )
    wanted = shapely.points(bend(np.column_stack((x, y)))) if len(site) else np.array([], dtype=object)
    edges = shapely.boundary(shapes)[site]
    points: Shapes = shapely.line_interpolate_point(*_longest_line(edges, wanted))
    return points


def _longest_line(edges: Shapes, wanted: Shapes) -> tuple[Shapes, Floats]:
    """Return for every point the nearest single line of its boundary and the place of the point along it."""
    lines, owner = shapely.get_parts(edges, return_index=True)
    gap = shapely.distance(lines, wanted[owner])
    order = np.lexsort((gap, owner))
    first = order[np.unique(owner[order], return_index=True)[1]]
    nearest = lines[first]
    return nearest, shapely.line_locate_point(nearest, wanted)


def _counts(compounds: pd.DataFrame, rng: np.random.Generator) -> tuple[Ints, Ints]:
    size, homes = len(compounds), compounds["households"].to_numpy()
    kind = compounds["kind"].to_numpy(object)
    cars = np.select([homes >= 1100, homes >= 480], [3, 2], 1)
    small = (kind == "院落") | ((kind == "单栋楼") & (rng.random(size) < 0.35))
    cars = np.where(small, 0, cars)
    feet = np.rint(homes / 260 * rng.uniform(0.4, 1.4, size)).astype(np.int64)
    feet = np.where(small, 1, np.minimum(feet, 5))
    return cars.astype(np.int64), feet.astype(np.int64)


def _types(gates: pd.DataFrame, feet: Ints, kind: Objects, rng: np.random.Generator) -> Objects:
    size = len(gates)
    gap = (gates["place"].to_numpy() > 1) & (rng.random(size) < 0.3) & (kind != "院落")
    cars = np.where((feet == 0) | (rng.random(size) < 0.5), "人车混行", "车行")
    types: Objects = np.where(gates["vehicle"], cars, np.where(gap, "豁口", "人行"))
    return types


def _narrow(compounds: pd.DataFrame, roles: pd.Series, cars: Ints) -> Bools:
    """Choose the compounds with a narrow fire access: the smallest of those without a custodian that cars can enter."""
    fits = is_role(roles, "custodian", "verify") & (cars == 1) & (compounds["year"].to_numpy() < 1995)
    candidates = np.flatnonzero(fits)
    wish = np.lexsort((compounds["households"].to_numpy()[candidates], ~is_role(roles, "custodian")[candidates]))
    narrow = np.zeros(len(compounds), bool)
    narrow[candidates[wish][: share(len(compounds), NARROW_PER_BASE)]] = True
    return narrow


def _widths(gates: pd.DataFrame, compounds: pd.DataFrame, narrow: Bools, rng: np.random.Generator) -> Floats:
    size, site = len(gates), gates["site"].to_numpy()
    firm = compounds["firm"].to_numpy(bool)[site]
    wide = np.where(firm, rng.uniform(4.8, 9.4, size), rng.uniform(4.1, 7.0, size))
    wide = np.where(narrow[site], rng.uniform(3.2, 3.8, size), wide)
    foot = np.where(gates["gate_type"] == "豁口", rng.uniform(1.0, 3.0, size), rng.uniform(1.2, 3.2, size))
    widths: Floats = np.where(gates["vehicle"], wide, foot)
    return widths.round(1)


def _sides(sites: pd.DataFrame, site: Ints, place: Ints) -> Ints:
    """Return the side of each gate: the main gate's first, the others in turn on the sides that have a street."""
    has = sites[list(SIDES)].to_numpy() != NO_ROAD
    turn = (np.arange(4)[None, :] - sites["gate_side"].to_numpy()[:, None]) % 4
    rank = np.argsort(np.where(has, turn, 9), axis=1, kind="stable")
    sides: Ints = rank[site, place % has.sum(axis=1)[site]]
    return sides


def _along(sites: pd.DataFrame, site: Ints, side: Ints, place: Ints, rng: np.random.Generator) -> Floats:
    """Return where along its side each gate lies, away from the corner that is cut out."""
    notch = sites["notch"].to_numpy(int)[site]
    ends = np.array(CORNER_AT_END)[side]
    spread = (np.array([0.5, 0.5, 0.24, 0.76, 0.36, 0.64, 0.3, 0.7])[place % 8]) + rng.uniform(-0.1, 0.1, len(site))
    spread = np.where(ends[:, 0] == notch, 0.62 + 0.3 * spread, spread)
    return np.where(ends[:, 1] == notch, 0.06 + 0.3 * spread, spread)
