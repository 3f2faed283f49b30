"""The town that holds the compounds: streets, nature, communities, and the parcels chosen to be compounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from planner.district.demo import buildings as rows
from planner.district.demo.administration import divide
from planner.district.demo.blanks import Objects
from planner.district.demo.chance import stream
from planner.district.demo.grid import Grid, make_grid
from planner.district.demo.names import numbers_along, road_names
from planner.district.demo.nature import Nature, make_nature
from planner.district.demo.parcels import building_plots, lay_parcels, parcel_shapes
from planner.district.demo.streets import NO_ROAD, SIDES, lay_streets, sides_of
from planner.district.demo.warp import Bools, Floats, Ints, Shapes, on_ground

COMPOUNDS_PER_CELL = 6.2
GROWTH = 1.25
YARD_SHARE, SLAB_SHARE = 21 / 186, 20 / 186
YARD_MARGIN, MARGIN = 2.2, 7.0
CELLS_PER_PARK = 16
KINDS = ("院落", "单栋楼", "家属院", "片区")
OLDEST, NEWEST = 1953, 2020


@dataclass(frozen=True, slots=True)
class Town:
    """One row of `sites` per compound, in the order of the ids; all shapes on the ground, in metres.

    sites: the parcel's columns, plus kind (object_type), year, style, community (number), street, number, households.
    buildings: site (row of sites), number (1..), row, x, y (plan), length, depth, floors, units, households.
    """

    grid: Grid
    nature: Nature
    roads: pd.DataFrame
    parks: Shapes
    pockets: Shapes
    communities: pd.DataFrame
    community_shapes: Shapes
    sites: pd.DataFrame
    shapes: Shapes
    buildings: pd.DataFrame
    building_shapes: Shapes


def build_town(count: int, seed: int) -> Town:
    """Return a town with exactly `count` compounds."""
    cells = max(6, round(count / COMPOUNDS_PER_CELL))
    while True:
        grid = make_grid(cells, seed)
        nature = make_nature(grid, seed)
        blocks, roads = lay_streets(grid, np.setdiff1d(nature.cells, nature.lake_cells), seed)
        parks = _park_blocks(blocks, nature)
        parcels = lay_parcels(blocks[~parks].reset_index(drop=True), seed)
        built = _build(parcels, nature, seed)
        if len(built.candidates) >= count:
            break
        cells = round(cells * GROWTH) + 1
    roads = roads.assign(name=road_names(roads, seed))
    communities, community_shapes, number = divide(grid, nature, seed)
    chosen = _choose(built, count, seed)
    sites = _sites(built, chosen, number, roads)
    order = sites["parcel"].to_numpy()
    buildings, building_shapes = _renumber(built, order)
    sites["households"] = np.bincount(buildings["site"], buildings["households"], len(sites)).astype(np.int64)
    pockets = _pockets(built, chosen, seed)
    park_shapes = on_ground(_boxes(blocks[parks]))
    shapes = built.shapes[order]
    return Town(
        grid, nature, roads, park_shapes, pockets, communities, on_ground(community_shapes), sites, shapes, buildings,
        building_shapes,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Built:
    """Every parcel with what could stand on it; candidates: the parcels with a building (courtyards: two)."""

    parcels: pd.DataFrame
    shapes: Shapes
    buildings: pd.DataFrame
    building_shapes: Shapes
    candidates: Ints


def _build(parcels: pd.DataFrame, nature: Nature, seed: int) -> _Built:
    years = _years(parcels, seed)
    styles = rows.style_of(parcels, years, seed)
    floors = rows.floors_of(styles, years, seed)
    shapes = on_ground(parcel_shapes(parcels, nature.barrier))
    plots = building_plots(parcels, np.where(styles == rows.YARD, YARD_MARGIN, MARGIN))
    placed = rows.place_buildings(plots, styles, floors, seed)
    footprints = rows.building_shapes(placed)
    kept = rows.standing(placed, footprints, shapes)
    placed = _people(placed[kept].reset_index(drop=True), styles, seed)
    count = np.bincount(placed["parcel"], minlength=len(parcels))
    candidates = np.flatnonzero(count > (styles == rows.YARD))
    return _Built(parcels.assign(year=years, style=styles), shapes, placed, footprints[kept], candidates)


def _years(parcels: pd.DataFrame, seed: int) -> Ints:
    """Return the year of each parcel: the middle of town is old, the edge newer, some plots built anew."""
    rng = stream(seed, "years")
    x = (parcels["x0"] + parcels["x1"]).to_numpy() / 2
    y = (parcels["y0"] + parcels["y1"]).to_numpy() / 2
    reach = np.hypot(x / max(1.0, np.abs(x).max(initial=1)), y / max(1.0, np.abs(y).max(initial=1)))
    wide, high = sides_of(parcels)
    years = 1971 + 21 * np.minimum(reach, 1.1) ** 1.3 + rng.normal(0, 7.5, len(parcels))
    years = years - np.where(parcels["tiny"], 5, 0)
    renewed = (wide * high > 6000) & (rng.random(len(parcels)) < 0.07 + 0.16 * np.minimum(reach, 1.1))
    years = np.where(renewed, rng.uniform(2001, 2020, len(parcels)), years)
    return np.clip(np.rint(years), OLDEST, NEWEST).astype(np.int64)


def _people(placed: pd.DataFrame, styles: Ints, seed: int) -> pd.DataFrame:
    """Add households: homes per landing times units times floors; a courtyard house holds two to four."""
    rng = stream(seed, "people")
    style = styles[placed["parcel"].to_numpy()]
    size = len(placed)
    landing = np.where(style == rows.TOWER, 3, rng.choice([2, 2, 2, 3], size))
    flats = landing * placed["units"].to_numpy() * placed["floors"].to_numpy()
    homes = np.where(style == rows.YARD, rng.choice([2, 3, 3, 4], size), flats)
    return placed.assign(style=style, households=homes)


def _park_blocks(blocks: pd.DataFrame, nature: Nature) -> Bools:
    """Return which blocks are parks: the largest of every so many cells, away from the river."""
    wide, high = sides_of(blocks)
    area = np.where(shapely.intersects(nature.barrier, _boxes(blocks)), 0.0, wide * high)
    order = np.argsort(-area, kind="stable")
    first = order[~blocks["cell"].iloc[order].duplicated().to_numpy()]
    parks = np.zeros(len(blocks), bool)
    parks[first[: max(1, len(nature.cells) // CELLS_PER_PARK)]] = True
    return parks


def _boxes(rects: pd.DataFrame) -> Shapes:
    boxes: Shapes = shapely.box(*(rects[name].to_numpy(float) for name in ("x0", "y0", "x1", "y1")))
    return boxes


def _choose(built: _Built, count: int, seed: int) -> Ints:
    """Return `count` parcels: a fixed share of courtyards and of corner slabs, the rest ordinary, all at random."""
    shuffled = stream(seed, "choice").permutation(built.candidates)
    tiny = built.parcels["tiny"].to_numpy(bool)[shuffled]
    yard = tiny & (built.parcels["style"].to_numpy()[shuffled] == rows.YARD)
    first = [shuffled[yard][: round(count * YARD_SHARE)], shuffled[tiny & ~yard][: round(count * SLAB_SHARE)]]
    ordinary = shuffled[~tiny][: count - sum(map(len, first))]
    taken = np.concatenate([*first, ordinary])
    rest = shuffled[~np.isin(shuffled, taken)][: count - len(taken)]
    return np.sort(np.concatenate([taken, rest]))


def _sites(built: _Built, chosen: Ints, community_of_cell: Ints, roads: pd.DataFrame) -> pd.DataFrame:
    """Return the chosen parcels as sites, in administrative order and inside a community from the north-west on."""
    sites = built.parcels.iloc[chosen].assign(parcel=chosen)
    sites["community"] = community_of_cell[sites["cell"].to_numpy()]
    away = (sites["x0"] + sites["x1"] - 1.6 * (sites["y0"] + sites["y1"])).round(3)
    sites = sites.assign(away=away).sort_values(["community", "away", "parcel"]).reset_index(drop=True)
    counts = np.bincount(built.buildings["parcel"], minlength=len(built.parcels))[sites["parcel"]]
    sites["kind"] = _kinds(sites, counts)
    return _addresses(sites, roads)


def _kinds(sites: pd.DataFrame, counts: Ints) -> Objects:
    wide, high = sides_of(sites)
    yard = (sites["style"] == rows.YARD).to_numpy()
    single = (counts == 1) & (wide * high < 5200)
    employer = (sites["year"] < 1996).to_numpy() & (wide * high < 17000) & (sites["parcel"] % 5 < 2).to_numpy()
    area = (sites["parcel"] % 61 == 7).to_numpy() & (wide * high > 15000)
    kinds: Objects = np.select([yard, single, employer, area], list(KINDS), "小区").astype(object)
    return kinds


def _addresses(sites: pd.DataFrame, roads: pd.DataFrame) -> pd.DataFrame:
    """Add the side of the main gate, the street it opens on and the house number there.

    A gate prefers the smaller street.
    """
    along = sites[list(SIDES)].to_numpy()
    rank = np.where(along == NO_ROAD, -1, roads["rank"].to_numpy()[along])
    side = np.argmax(rank, axis=1)
    road = along[np.arange(len(sites)), side]
    upright = np.isin(side, (0, 2))
    middle = np.where(upright, sites["y0"] + sites["y1"], sites["x0"] + sites["x1"]) / 2
    start = np.where(upright, roads["y0"].to_numpy()[road], roads["x0"].to_numpy()[road])
    number = numbers_along(np.abs(middle - start).astype(np.int64), np.isin(side, (0, 1)))
    return sites.assign(gate_side=side, street=roads["name"].to_numpy(object)[road], number=number)


def _renumber(built: _Built, order: Ints) -> tuple[pd.DataFrame, Shapes]:
    """Return the buildings of the chosen parcels by site, numbered from the north-west."""
    site_of = np.full(len(built.parcels), -1)
    site_of[order] = np.arange(len(order))
    site = site_of[built.buildings["parcel"].to_numpy()]
    kept = np.flatnonzero(site >= 0)
    buildings = built.buildings.iloc[kept].assign(site=site[kept], at=kept)
    buildings["north"] = -buildings["y"].round(1)
    buildings = buildings.sort_values(["site", "north", "x"], kind="stable")
    shapes = built.building_shapes[buildings["at"].to_numpy()]
    buildings["number"] = buildings.groupby("site").cumcount() + 1
    return buildings.drop(columns=["parcel", "at", "north"]).reset_index(drop=True), shapes


def _pockets(built: _Built, chosen: Ints, seed: int) -> Shapes:
    """Return small parcels that stay green."""
    rng = stream(seed, "pockets")
    free = np.setdiff1d(built.candidates, chosen)
    area = shapely.area(built.shapes[free])
    picked: Floats = rng.random(len(free))
    green: Shapes = built.shapes[free[(picked < 0.10) & (area < 5500)]]
    return green
