"""The fields of every building: what an office knows of it, hazards planted where they can be named."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.district.demo.blanks import Objects, number_where, text_where
from planner.district.demo.buildings import TOWER, YARD
from planner.district.demo.chance import pick, stream
from planner.district.demo.roles import COMPLETE, is_role, share
from planner.district.demo.warp import Bools, Floats


def building_table(buildings: pd.DataFrame, compounds: pd.DataFrame, roles: pd.Series, seed: int) -> pd.DataFrame:
    """Return the buildings with the fields of columns.csv, as they truly are except for what nobody has looked at.

    buildings: site, number, floors, units, households, style; compounds: index compound_id; year, wear, firm.
    """
    rng = stream(seed, "building facts")
    site = buildings["site"].to_numpy()
    ids = compounds.index.to_numpy(object)[site]
    parts = [
        _size(buildings, compounds, ids, rng),
        _fabric(buildings, compounds, rng),
        _hazards(buildings, compounds, roles, rng),
    ]
    table = pd.concat(parts, axis=1)
    return _unseen(table, is_role(roles, *COMPLETE)[site], rng)


def _size(buildings: pd.DataFrame, compounds: pd.DataFrame, ids: Objects, rng: np.random.Generator) -> pd.DataFrame:
    size, site = len(buildings), buildings["site"].to_numpy()
    floors = buildings["floors"].to_numpy()
    later = np.where(rng.random(size) < 0.25, rng.integers(1, 4, size), 0)
    last = compounds["year_max"].to_numpy()[site]
    years = np.where(
        buildings["number"] == 1,
        compounds["year"].to_numpy()[site],
        np.minimum(last, compounds["year"].to_numpy()[site] + later),
    )
    years = np.where(buildings["number"] == compounds["buildings"].to_numpy()[site], last, years)
    yard = buildings["style"].to_numpy() == YARD
    return pd.DataFrame(
        {
            "building_id": [f"{c}-{n:02d}" for c, n in zip(ids, buildings["number"], strict=True)],
            "compound_id": ids,
            "building_no": [
                f"{n}号楼" if not y else f"{n}号房" for n, y in zip(buildings["number"], yard, strict=True)
            ],
            "floors": floors,
            "height_m": np.round(floors * rng.uniform(2.8, 3.05, size) + 0.6, 1),
            "units_n": np.where(yard, np.nan, buildings["units"].to_numpy()),
            "households": buildings["households"].to_numpy(),
            "built_year": years,
        }
    )


def _fabric(buildings: pd.DataFrame, compounds: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    size, site = len(buildings), buildings["site"].to_numpy()
    years, wear = compounds["year"].to_numpy()[site], compounds["wear"].to_numpy()[site]
    yard, tall = (buildings["style"] == YARD).to_numpy(), (buildings["style"] == TOWER).to_numpy()
    structure = np.select(
        [yard, tall, years > 1998], ["砖木", "剪力墙", pick(rng, ("砖混", "框架"), (7, 3), size)], "砖混"
    )
    insulated = np.where(years >= 2008, "有", pick(rng, ("无", "部分", "有"), (70, 16, 14), size))
    renewed = number_where((insulated != "无") & (years < 2008), rng.integers(2011, 2024, size))
    risers = np.select(
        [years < 1996, years < 2004], ["单管串联", pick(rng, ("双管", "单管串联"), (6, 4), size)], "分户"
    )
    sloped = yard | (rng.random(size) < 0.18)
    leak: Bools = rng.random(size) < np.clip(0.55 * wear - 0.12, 0.01, 0.5)
    return pd.DataFrame(
        {
            "structure": structure,
            "roof_type": np.where(sloped, "坡", "平"),
            "roof_leak": leak.astype(object),
            "wall_insulated": insulated,
            "insulation_year": renewed,
            "window_type": np.where(years < 1992, pick(rng, ("木窗", "钢窗", "塑钢窗"), (1, 3, 6), size), "塑钢窗"),
            "lift_n": np.where(tall, buildings["units"].to_numpy(), 0),
            "lift_possible": text_where(~(tall | yard), rng.random(size) < 0.5),
            "ground_floor_shops": (rng.random(size) < 0.07).astype(object),
            "heat_riser_type": text_where(~yard, risers),
        }
    )


def _hazards(
    buildings: pd.DataFrame, compounds: pd.DataFrame, roles: pd.Series, rng: np.random.Generator
) -> pd.DataFrame:
    """Grade the buildings: sound or not looked at, and one C, one D and one worn gas riser per BASE compounds."""
    size = len(buildings)
    grade = pick(rng, ("未鉴定", "A", "B"), (78, 14, 8), size)
    count = share(len(compounds), 1)
    worst = _first_building(buildings, is_role(roles, "dangerous"), count)
    poor = _first_building(buildings, is_role(roles, "list_full") & (compounds["year"].to_numpy() < 1990), count)
    gas = _first_building(buildings, is_role(roles, "ask"), count)
    grade = np.select([worst, poor], ["D", "C"], grade)
    seen = grade != "未鉴定"
    dates = np.datetime64("2021-03-01", "s") + rng.integers(0, 1700, size) * np.timedelta64(86400, "s")
    numbers = [f"演示鉴{n:05d}" if s else None for n, s in zip(rng.integers(1, 99999, size), seen, strict=True)]
    return pd.DataFrame(
        {
            "hazard_grade": grade,
            "hazard_report_no": np.array(numbers, dtype=object),
            "hazard_report_date": pd.Series(dates).where(seen),
            "corridor_hazard": np.zeros(size, bool).astype(object),
            "envelope_hazard": (rng.random(size) < 0.04).astype(object),
            "gas_hazard": gas.astype(object),
        }
    )


def _first_building(buildings: pd.DataFrame, compounds: Bools, count: int) -> Bools:
    """Mark the first building of the first `count` of these compounds."""
    chosen = np.flatnonzero(compounds)[:count]
    marked: Bools = buildings["site"].isin(chosen).to_numpy() & (buildings["number"] == 1).to_numpy()
    return marked


def _unseen(table: pd.DataFrame, surveyed: Bools, rng: np.random.Generator) -> pd.DataFrame:
    """Blank what only a visit shows where nobody was, and a little of it where somebody was."""
    out = table.copy()
    for name in SEEN_ON_SITE:
        blank: Floats = rng.random(len(table))
        out[name] = table[name].where(blank > np.where(surveyed, 0.04, 0.8))
    for name in ("units_n", "households", "built_year"):
        out[name] = table[name].where(surveyed | (rng.random(len(table)) < 0.5))
    planted = (table["gas_hazard"] == True).to_numpy()  # noqa: E712
    out.loc[planted, "gas_hazard"] = True
    return out


SEEN_ON_SITE = (
    "roof_leak", "corridor_hazard", "envelope_hazard", "gas_hazard", "window_type", "wall_insulated", "insulation_year",
    "lift_possible", "ground_floor_shops", "heat_riser_type", "roof_type",
)  # fmt: skip
