"""Roads, green, pipes, fire access and rubbish of a compound; worse where it is old and nobody looks after it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.district.demo.blanks import number_where
from planner.district.demo.chance import pick, stream
from planner.district.demo.roles import SOUND, is_role
from planner.district.demo.warp import Floats

FIRE_WIDTH = 4.0
SHABBY = ("list_full", "ask", "yard_list")
"""Roles whose yards have at least three basic defects, all known."""


def yard_facts(compounds: pd.DataFrame, roles: pd.Series, seed: int) -> pd.DataFrame:
    """Return the fields of columns.csv on the state of the yard, as it truly is.

    compounds: year, households, units, area, wear, kind, firm.
    """
    rng = stream(seed, "yards")
    bad = np.clip(compounds["wear"].to_numpy() + rng.normal(0, 0.18, len(compounds)), 0, 1)
    bad = np.where(is_role(roles, *SOUND), bad * 0.1, np.where(is_role(roles, *SHABBY), np.maximum(bad, 0.62), bad))
    parts = [
        _surface(compounds, bad, rng),
        _pipes(compounds, bad, rng),
        _fire(compounds, rng),
        _order(compounds, bad, rng),
    ]
    return pd.concat(parts, axis=1)


def _surface(compounds: pd.DataFrame, bad: Floats, rng: np.random.Generator) -> pd.DataFrame:
    size, area = len(compounds), compounds["area"].to_numpy()
    green = (
        area * np.clip(0.12 + 0.006 * (compounds["year"].to_numpy() - 1978), 0.03, 0.33) * rng.uniform(0.6, 1.2, size)
    )
    return pd.DataFrame(
        {
            "road_bad_share": np.round(np.clip(bad * rng.uniform(0.4, 1.0, size) - 0.1, 0, 0.95), 2),
            "green_area_m2": np.round(green),
            "bare_share": np.round(np.clip(bad * rng.uniform(0.2, 0.9, size), 0, 0.9), 2),
            "activity_area_m2": np.round(compounds["households"].to_numpy() * rng.uniform(0, 0.6, size)),
        },
        index=compounds.index,
    )


def _pipes(compounds: pd.DataFrame, bad: Floats, rng: np.random.Generator) -> pd.DataFrame:
    size, years = len(compounds), compounds["year"].to_numpy()
    mixed = np.select(
        [bad > 0.55, bad > 0.35],
        [pick(rng, ("合流", "混接"), (7, 3), size), pick(rng, ("混接", "分流"), (4, 6), size)],
        "分流",
    )
    gas = np.where(
        rng.random(size) < np.clip((years - 1962) / 38, 0.3, 0.97), "管道", pick(rng, ("瓶装", "无"), (5, 1), size)
    )
    riser = np.minimum(2025, np.maximum(years, 1993) + rng.integers(0, 9, size))
    yard = (compounds["kind"] == "院落").to_numpy()
    network = pick(rng, ("集中供热", "单位供热", "分户自采暖"), (93, 3, 4), size)
    heating = np.where(yard, pick(rng, ("集中供热", "分户自采暖", "无"), (5, 4, 1), size), network)
    length = np.sqrt(compounds["area"].to_numpy()) + 16 * compounds["buildings"].to_numpy()
    tall = compounds["floors"].to_numpy() > 7
    return pd.DataFrame(
        {
            "drain_type": mixed,
            "drain_bad_m": np.where(mixed == "分流", 0, np.round(length * bad * rng.uniform(0.4, 0.9, size))),
            "ponding_points": np.where(bad > 0.4, rng.poisson(bad * 2.2), 0),
            "sewer_block_12m": rng.poisson(bad * 4),
            "water_supply": np.where(tall | (rng.random(size) < 0.2), "二次供水", "直供"),
            "water_quality_ok": pick(rng, ("好", "未查", "坏"), (80, 17, 3), size),
            "gas": gas,
            "gas_riser_year": number_where(gas == "管道", riser),
            "heating_type": heating,
            "lines_overhead_m": np.where(bad > 0.3, np.round(length * bad * rng.uniform(0.2, 1.6, size)), 0),
        },
        index=compounds.index,
    )


def _fire(compounds: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Fire access is as wide as its gate; the few narrow gates are planted in gates.py, so that they can be named."""
    size = len(compounds)
    drawn = np.where(compounds["firm"], rng.uniform(4.2, 8.4, size), rng.uniform(4.0, 6.2, size))
    width = np.round(np.fmin(drawn, compounds["gate_width"].to_numpy(float)), 1)
    narrow = width < FIRE_WIDTH
    return pd.DataFrame(
        {
            "fire_lane_ok": (~narrow).astype(object),
            "fire_lane_min_width_m": width,
            "fire_lane_length_m": np.round(np.sqrt(compounds["area"].to_numpy()) * rng.uniform(0.6, 1.3, size)),
            "fire_lane_issue": np.where(narrow, "净宽不足", "无"),
            "hydrant_ok": pick(rng, ("好", "未查"), (62, 38), size),
            "extinguisher_ok": pick(rng, ("好", "未查", "坏", "无"), (50, 30, 12, 8), size),
        },
        index=compounds.index,
    )


def _order(compounds: pd.DataFrame, bad: Floats, rng: np.random.Generator) -> pd.DataFrame:
    size, units = len(compounds), compounds["units"].to_numpy()
    sorting = np.where((rng.random(size) < 0.95 - 0.8 * bad) | (bad < 0.11), "有", "无")
    ramps = np.rint(units * np.clip(bad + rng.normal(0.15, 0.2, size), 0, 1))
    sheds = np.where(rng.random(size) < 0.45 * bad + 0.08, rng.integers(1, 6, size), 0)
    meter = pick(rng, ("有", "无", "不清"), (70, 18, 12), size)
    return pd.DataFrame(
        {
            "waste_sorting": sorting,
            "barrier_free_ok": np.select([ramps == 0, ramps < units], ["好", "坏"], "无"),
            "ramp_missing_n": ramps,
            "illegal_structures_n": sheds,
            "illegal_blocking": np.where(sheds > 0, rng.random(size) < 0.18, False).astype(object),
            "public_meter": np.where(compounds["firm"], "有", meter),
        },
        index=compounds.index,
    )
