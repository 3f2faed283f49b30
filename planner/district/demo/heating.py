"""Heat stations and the secondary network from them to the building rows. Plan metres in, ground shapes out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from planner.district.demo.blanks import Objects, number_where, text_where
from planner.district.demo.chance import pick, stream
from planner.district.demo.roles import is_role
from planner.district.demo.town import Town
from planner.district.demo.warp import Bools, Floats, Ints, Shapes, bend, on_ground

OWN_STATION = 380
"""A compound of this many households has a station of its own; smaller ones hang on the nearest of the community."""

SEASON = "2025-26"
RENEWED_ROLES = ("sanwu_old", "renewed", "keep_new")


def lay_heating(
    town: Town, compounds: pd.DataFrame, roles: pd.Series, seed: int
) -> tuple[pd.DataFrame, Shapes, pd.DataFrame, Shapes]:
    """Return (stations, their points, branches, their lines) with the fields of columns.csv.

    One branch per compound with district heating: from its station to a spine and along every building row.
    """
    heated = compounds["heating_type"].isin(("集中供热", "单位供热")).to_numpy(bool)
    owners = _owners(town.sites, heated)
    if not len(owners):
        return pd.DataFrame(), np.array([], dtype=object), pd.DataFrame(), np.array([], dtype=object)
    corner = _corners(town.sites)
    served = np.flatnonzero(heated)
    station = _nearest(town.sites, owners, served)
    lines = _lines(town, served, corner, corner[owners[station]])
    stations = _stations(compounds, owners, served, station, seed)
    branches = _branches(town, compounds, roles, served, seed)
    branches.insert(1, "station_id", stations["station_id"].to_numpy(object)[station])
    ground = on_ground(lines)
    branches["length_m"] = np.round(shapely.length(ground))
    return stations, shapely.points(bend(corner[owners])), branches, ground


def _owners(sites: pd.DataFrame, heated: Bools) -> Ints:
    """Return the sites that hold a station: the large ones, and the largest heated one of every community."""
    homes = np.where(heated, sites["households"].to_numpy(), -1)
    order = np.lexsort((-homes, sites["community"].to_numpy()))
    first = order[np.unique(sites["community"].to_numpy()[order], return_index=True)[1]]
    owners: Ints = np.union1d(first[homes[first] > 0], np.flatnonzero(homes >= OWN_STATION))
    return owners


def _corners(sites: pd.DataFrame) -> Floats:
    """Return the place of a station or of the spine's foot: the south-west of the plot, right of a cut-out corner."""
    cut = (sites["notch"] == 0).to_numpy()
    x = sites["x0"].to_numpy() + 3.2 + np.where(cut, sites["notch_w"], 0)
    y = sites["y0"].to_numpy() + 3.2 + np.where((sites["slant"] == 0).to_numpy(), sites["slant_y"] + 2, 0)
    return np.column_stack((x + np.where(sites["slant"] == 0, sites["slant_x"] + 2, 0), y))


def _nearest(sites: pd.DataFrame, owners: Ints, served: Ints) -> Ints:
    """Return for each served site the station (row of owners): its own, else the nearest in its community."""
    middle = np.column_stack(((sites["x0"] + sites["x1"]) / 2, (sites["y0"] + sites["y1"]) / 2))
    far = 1e7 * sites["community"].to_numpy(float)
    spread = np.column_stack((middle[:, 0] + far, middle[:, 1]))
    tree = shapely.STRtree(shapely.points(spread[owners]))
    nearest: Ints = tree.nearest(shapely.points(spread[served]))
    return nearest


def _lines(town: Town, served: Ints, corner: Floats, source: Floats) -> Shapes:
    """Return a comb per compound: feeder from the station, spine along the west, one tooth below every building row."""
    teeth = _teeth(town, served, corner)
    foot = corner[served]
    top = np.maximum(teeth.groupby("order")["y"].max().reindex(range(len(served))).to_numpy(), foot[:, 1] + 4)
    bend_at = np.column_stack((foot[:, 0], source[:, 1]))
    feeders = shapely.linestrings(np.stack((source, bend_at, foot, np.column_stack((foot[:, 0], top))), axis=1))
    start = np.column_stack((foot[teeth["order"], 0], teeth["y"]))
    end = teeth[["x", "y"]].to_numpy(float)
    tooth_lines = shapely.linestrings(np.stack((start, end), axis=1))
    owner = np.concatenate((np.arange(len(served)), teeth["order"].to_numpy()))
    order = np.argsort(owner, kind="stable")
    combs: Shapes = shapely.multilinestrings(np.concatenate((feeders, tooth_lines))[order], indices=owner[order])
    return combs


def _teeth(town: Town, served: Ints, corner: Floats) -> pd.DataFrame:
    """Return order (place in served), y (below the row) and x (its farthest building) of every building row."""
    place = np.full(len(town.sites), -1)
    place[served] = np.arange(len(served))
    rows = town.buildings.assign(order=place[town.buildings["site"].to_numpy()])
    rows = rows[rows["order"] >= 0].assign(level=(rows["y"] - rows["depth"] / 2 - 2.4).round(1))
    teeth = rows.groupby(["order", "level"], as_index=False)["x"].max()
    foot = corner[served[teeth["order"].to_numpy()]]
    reach = np.where(np.abs(teeth["x"] - foot[:, 0]) < 1, teeth["x"] + 4, teeth["x"])
    return pd.DataFrame({"order": teeth["order"], "y": np.maximum(teeth["level"], foot[:, 1] - 1), "x": reach})


def _stations(compounds: pd.DataFrame, owners: Ints, served: Ints, station: Ints, seed: int) -> pd.DataFrame:
    rng = stream(seed, "stations")
    size = len(owners)
    area = np.bincount(station, compounds["floor_area"].to_numpy(float)[served], size)
    year = np.clip(compounds["year"].to_numpy()[owners] + rng.integers(0, 14, size), 1984, 2024)
    supply = np.round(rng.uniform(40, 56, size), 1)
    return pd.DataFrame(
        {
            "station_id": [f"HRZ{n + 1:03d}" for n in range(size)],
            "name": (compounds["name"].iloc[owners] + "换热站").to_numpy(object),
            "owner": pick(rng, ("供热企业", "单位", "物业"), (82, 12, 6), size),
            "heated_area_m2": np.round(area),
            "year": year,
            "automated": (rng.random(size) < np.clip((year - 1992) / 25, 0.1, 0.95)).astype(object),
            "secondary_supply_c": supply,
            "return_c": np.round(supply - rng.uniform(6, 12, size), 1),
        }
    )


def _branches(town: Town, compounds: pd.DataFrame, roles: pd.Series, served: Ints, seed: int) -> pd.DataFrame:
    """Return the fields of one branch per served compound; half of them are known to the heat company in detail."""
    rng = stream(seed, "branches")
    size = len(served)
    ids = compounds.index.to_numpy(object)[served]
    ages = _ages(compounds, roles, served, rng)
    members = _members(town, compounds, served)
    homes = compounds["households"].to_numpy()[served]
    return (
        pd.DataFrame(
            {
                "branch_id": [f"{i}-EW" for i in ids],
                "compound_ids": ids,
                "building_ids": members,
                "dn_mm": np.select([homes > 600, homes > 250, homes > 80], [200, 150, 125], 80),
                "handover_status": pick(rng, ("已移交", "未移交", "协商"), (62, 24, 14), size),
            }
        )
        .join(ages)
        .join(_service(ages, homes, rng))
    )


def _members(town: Town, compounds: pd.DataFrame, served: Ints) -> Objects:
    """Return the building ids of each served compound, joined by semicolons."""
    ids = compounds.index.to_numpy(object)[town.buildings["site"].to_numpy()]
    names = pd.Series([f"{i}-{n:02d}" for i, n in zip(ids, town.buildings["number"], strict=True)], dtype=object)
    joined = names.groupby(town.buildings["site"].to_numpy()).agg(";".join)
    members: Objects = joined.reindex(served).to_numpy(object)
    return members


def _ages(compounds: pd.DataFrame, roles: pd.Series, served: Ints, rng: np.random.Generator) -> pd.DataFrame:
    size = len(served)
    built = compounds["year"].to_numpy()[served]
    laid = np.maximum(built, rng.integers(1982, 2003, size))
    age = 2026 - laid
    often = np.where(is_role(roles, *RENEWED_ROLES)[served], 0.9, 0.72)
    renewed = (age >= 17) & (rng.random(size) < often)
    year = np.maximum(laid + 8, rng.integers(2008, 2025, size))
    known = rng.random(size) < 0.86
    new = np.where(renewed, year, laid) > 2005
    return pd.DataFrame(
        {
            "material": np.where(
                new, pick(rng, ("预制保温钢管", "PPR/PE-RT"), (8, 2), size), pick(rng, ("钢", "铸铁"), (9, 1), size)
            ),
            "laying": np.where(new, "直埋", pick(rng, ("地沟", "直埋", "架空"), (7, 2, 1), size)),
            "laid_year": number_where(known, laid),
            "renewed_year": number_where(known & renewed, year),
            "insulation_ok": text_where(known, new & (rng.random(size) < 0.85)),
            "balance_valve": text_where(known, new & (rng.random(size) < 0.6)),
        }
    )


def _service(ages: pd.DataFrame, homes: Ints, rng: np.random.Generator) -> pd.DataFrame:
    """Return leaks, bursts, complaints and room temperatures of the last season, worse on old pipes."""
    size = len(ages)
    since = ages["renewed_year"].fillna(ages["laid_year"]).to_numpy(float)
    known = ~np.isnan(since)
    age = np.where(known, 2026 - since, 12)
    poor = np.clip((age - 8) / 22, 0, 1)
    measured = np.maximum(5, np.rint(homes * rng.uniform(0.03, 0.08, size)))
    tested = known & (rng.random(size) < 0.6)
    cold = np.minimum(measured, rng.binomial(measured.astype(np.int64), 0.02 + 0.22 * poor**1.5))
    return pd.DataFrame(
        {
            "leak_rate_pct": number_where(tested, np.round(0.4 + 3.2 * poor * rng.uniform(0.4, 1.2, size), 2)),
            "bursts_per_season": number_where(known, rng.poisson(poor * 0.5)),
            "return_temp_spread_c": number_where(tested, np.round(1 + 6 * poor * rng.uniform(0.4, 1.2, size), 1)),
            "complaints_season": number_where(known, rng.poisson(homes * (4 + 46 * poor**1.4) / 1000)),
            "homes_measured_n": number_where(tested, measured),
            "homes_below_18_n": number_where(tested, cold),
            "season": text_where(known, SEASON),
        }
    )
