"""Doors, gates, cameras, lights, parking and charging of a compound; what is there and what still works."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.district.demo.blanks import number_where, text_where
from planner.district.demo.chance import pick, stream
from planner.district.demo.roles import SOUND, is_role
from planner.district.demo.warp import Bools, Floats, Ints

BARE = ("list_full", "list_small", "list_hearsay", "custodian", "yard_list")
"""Roles whose compounds lack locks and cameras."""

EQUIPPED = ("keep_new", "renewed", "sanwu_old", "sanwu_young", "yard_done", "yard_custodian", "ask")
"""Roles whose compounds have all they need, some of it broken."""


def device_facts(compounds: pd.DataFrame, roles: pd.Series, gates: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the device fields of columns.csv for every compound, as they truly are.

    compounds: year, households, units, area, perimeter, wear, laned, firm, property_status.
    gates: vehicle, pedestrian and lanes of each compound.
    """
    rng = stream(seed, "devices")
    parts = [
        _ground(compounds, rng),
        _perimeter(compounds, roles, rng),
        _charging(compounds, rng),
        _lights(compounds, roles, rng),
    ]
    base = pd.concat(parts, axis=1)
    level = equipment(compounds, roles, rng)
    target = camera_target(compounds, base, gates)
    return pd.concat(
        [base, _gates(gates, level, rng), _access(compounds, level, rng), _cameras(target, level, compounds, rng)],
        axis=1,
    )


def equipment(compounds: pd.DataFrame, roles: pd.Series, rng: np.random.Generator) -> Floats:
    """Return how well each compound is equipped, 0 (nothing) to 1 (everything).

    A renovated compound that nobody has taken over got no devices: they need a custodian first.
    """
    size = len(compounds)
    usual = np.clip(
        1.15 - 1.3 * compounds["wear"].to_numpy() + 0.25 * compounds["firm"].to_numpy() + rng.normal(0, 0.2, size),
        0,
        0.93,
    )
    level = np.where(is_role(roles, *BARE), np.minimum(usual, np.where(rng.random(size) < 0.6, 0.0, 0.3)), usual)
    abandoned = is_role(roles, "sanwu_old") & (compounds["property_status"] == "无").to_numpy()
    return np.where(abandoned, 0.0, np.where(is_role(roles, *EQUIPPED), 1.0, level))


def camera_target(compounds: pd.DataFrame, facts: pd.DataFrame, gates: pd.DataFrame) -> Floats:
    """Return how many cameras would cover gates, doors, parking, sheds, roads, open sides and grounds (CONTRACTS 2)."""
    classes = (
        gates["lanes"].to_numpy(),
        gates["pedestrian"].to_numpy(),
        np.ceil(compounds["units"].to_numpy() * 0.5),
        np.ceil(facts["parking_area_m2"].to_numpy() / 600),
        facts["bike_sheds_n"].to_numpy(),
        np.ceil(facts["road_length_m"].to_numpy() / 40),
        np.ceil(facts["open_perimeter_m"].to_numpy() / 45),
        facts["activity_grounds_n"].to_numpy(),
        facts["lift_cars_n"].to_numpy(),
    )
    total: Floats = np.sum(classes, axis=0)
    return total


def _ground(compounds: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    size, homes = len(compounds), compounds["households"].to_numpy()
    area, years = compounds["area"].to_numpy(), compounds["year"].to_numpy()
    road = np.round(np.sqrt(area) * rng.uniform(0.9, 1.6, size) + 18 * compounds["buildings"].to_numpy())
    cars = np.rint(homes * np.clip(0.25 + 0.018 * (years - 1978) + rng.normal(0, 0.08, size), 0.12, 1.1))
    bays = np.rint(np.minimum(cars, area * rng.uniform(0.07, 0.15, size) / 28))
    return pd.DataFrame(
        {
            "road_length_m": road,
            "road_area_m2": np.round(np.minimum(road * rng.uniform(3.8, 5.6, size), 0.3 * area)),
            "cars_est": cars,
            "parking_n": bays,
            "parking_illegal_n": np.rint(np.maximum(0, cars - bays) * rng.uniform(0, 0.25, size)),
            "parking_area_m2": np.round(bays * rng.uniform(23, 30, size)),
            "bike_sheds_n": np.rint(homes / 190 * rng.uniform(0.4, 1.3, size)),
            "activity_grounds_n": np.rint(homes / 420 * rng.uniform(0.3, 1.5, size)),
            "lift_cars_n": np.where(compounds["floors"].to_numpy() > 7, compounds["units"].to_numpy(), 0),
        },
        index=compounds.index,
    )


def _perimeter(compounds: pd.DataFrame, roles: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    size = len(compounds)
    length = np.round(compounds["perimeter"].to_numpy() * rng.normal(1, 0.012, size), 0)
    closable = pick(rng, ("可", "部分", "不可"), (74, 16, 10), size)
    closable = np.where(compounds["laned"].to_numpy(bool), np.where(rng.random(size) < 0.5, "不可", "部分"), closable)
    closed = np.where(
        closable == "可", 1 - 0.25 * (rng.random(size) < 0.35) * rng.random(size), rng.uniform(0.2, 0.7, size)
    )
    closed = np.where(is_role(roles, *EQUIPPED), 1.0, closed)
    inside = np.round(length * closed)
    through = compounds["laned"].to_numpy(bool) | ((closable == "不可") & (rng.random(size) < 0.35))
    return pd.DataFrame(
        {
            "perimeter_m": length,
            "closed_perimeter_m": inside,
            "open_perimeter_m": length - inside,
            "perimeter_closable": closable,
            "public_road_through": through.astype(object),
            "through_traffic": (through | (rng.random(size) < 0.12)).astype(object),
        },
        index=compounds.index,
    )


def _gates(gates: pd.DataFrame, level: Floats, rng: np.random.Generator) -> pd.DataFrame:
    lanes = gates["lanes"].to_numpy()
    barriers = np.where(level >= 1, lanes, np.where(level > 0.55, np.rint(lanes * level), 0))
    return pd.DataFrame(
        {
            "vehicle_gates_n": gates["vehicle"].to_numpy(),
            "ped_gates_n": gates["pedestrian"].to_numpy(),
            "barrier_lanes_n": barriers,
            "lpr": ((barriers > 0) & (rng.random(len(gates)) < 0.8)).astype(object),
        },
        index=gates.index,
    )


def _access(compounds: pd.DataFrame, level: Floats, rng: np.random.Generator) -> pd.DataFrame:
    size, units = len(compounds), compounds["units"].to_numpy()
    fitted = np.where(level >= 1, units, np.floor(units * np.where(level < 0.25, 0, level)))
    worn = np.where(rng.random(size) < 0.45, rng.uniform(0.05, 0.35, size), 0.0)
    ways = pick(rng, ("刷卡", "刷卡;密码", "刷卡;手机", "对讲;刷卡", "钥匙", "刷卡;人脸"), (5, 2, 3, 3, 2, 1), size)
    return pd.DataFrame(
        {
            "access_ctrl_units": fitted,
            "access_ctrl_working": fitted - np.rint(fitted * worn),
            "access_type": text_where(fitted > 0, ways),
            "face_only": text_where(fitted > 0, False).astype(object),
        },
        index=compounds.index,
    )


def _cameras(target: Floats, level: Floats, compounds: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    size = len(compounds)
    share = np.where(level < 0.2, 0, 0.75 * level)
    points = np.where(level >= 1, target + rng.integers(1, 4, size), np.floor(target * share))
    worn = np.where(rng.random(size) < 0.5, rng.uniform(0.04, 0.3, size), 0.0)
    keeps = pick(rng, ("7", "15", "30", "30", "90"), (1, 3, 5, 5, 1), size).astype(float)
    return pd.DataFrame(
        {
            "cctv_points": points,
            "cctv_working": points - np.floor(points * worn),
            "cctv_retention_days": number_where(points > 0, keeps),
            "cctv_police_link": text_where(points > 0, rng.random(size) < 0.3),
        },
        index=compounds.index,
    )


def _charging(compounds: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    size, homes = len(compounds), compounds["households"].to_numpy()
    served = rng.random(size) < 0.3 + 0.4 * compounds["firm"].to_numpy()
    new = compounds["year"].to_numpy() > 2010
    return pd.DataFrame(
        {
            "ebikes_est": np.rint(homes * rng.uniform(0.35, 0.95, size)),
            "ebike_ports_n": np.where(served, np.rint(homes * rng.uniform(0.04, 0.22, size)), 0),
            "indoor_charging": text_where(np.ones(size, bool), False).astype(object),
            "ev_piles_n": np.where(new, np.rint(homes * rng.uniform(0.005, 0.03, size)), 0),
        },
        index=compounds.index,
    )


def _lights(compounds: pd.DataFrame, roles: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    size, wear = len(compounds), compounds["wear"].to_numpy()
    lights: Ints = np.rint(compounds["units"].to_numpy() * compounds["floors"].to_numpy())
    broken = np.clip(wear * rng.uniform(0.05, 0.85, size) - 0.12, 0, 0.95)
    yard: Bools = (compounds["kind"] == "院落").to_numpy(bool)
    dark = np.where(is_role(roles, *SOUND), 0, wear + rng.normal(0, 0.25, size))
    road = np.sqrt(compounds["area"].to_numpy())
    state = np.select([dark > 1.0, dark > 0.75], ["无", "坏"], "好")
    return pd.DataFrame(
        {
            "stair_lights_n": np.where(yard, np.nan, lights),
            "stair_light_broken_rate": np.where(yard, np.nan, np.round(broken, 2)),
            "road_light_ok": state,
            "dark_length_m": np.where(state == "好", 0, np.round(road * rng.uniform(0.3, 0.8, size))),
        },
        index=compounds.index,
    )
