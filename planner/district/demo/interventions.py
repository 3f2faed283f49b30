"""Renovations done, under way and planned: the figures of the district report, and the work of the running years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.district.demo.blanks import Objects, number_where, text_where
from planner.district.demo.chance import pick, stream
from planner.district.demo.roles import is_role
from planner.district.demo.warp import Floats

COSTS = {"A": 330.0, "H": 112.0, "E": 70.0, "M": 14.0, "Z4": 1.2}
"""Yuan per square metre of floor area (E: of site area), about what such works have cost."""

FUNDS = {
    "A": ("central", 0.36, "province", 0.17, "city", 0.12, "district", 0.25, "residents", 0.04, "firms", 0.06),
    "H": ("province", 0.15, "district", 0.2, "firms", 0.65),
    "E": ("district", 1.0),
    "M": ("district", 0.92, "residents", 0.08),
    "Z4": ("district", 1.0),
}
PURSES = ("central", "province", "city", "district", "residents", "firms", "social")
ITEMS = {
    "A": "屋面防水；外墙修缮；排水改造；路面修复；楼道和庭院照明",
    "H": "二网管道、平衡阀、楼前阀门",
    "E": "排水、路面、路灯、垃圾分类亭",
    "M": "单元门禁、道闸、视频监控",
    "Z4": "社区兜底保洁和秩序维护",
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Works of one programme: which roles (every `step`-th from `first`), years and states in turn."""

    programme: str
    roles: Sequence[str]
    years: Sequence[int]
    states: Sequence[str]
    first: int = 0
    step: int = 1


DONE = ("验收",)
BATCHES: tuple[Batch, ...] = (
    Batch("A", ("sanwu_old",), (2022, 2023, 2024, 2026), ("验收", "验收", "验收", "完工")),
    Batch("H", ("sanwu_old",), (2022, 2023, 2024, 2025), DONE),
    Batch("H", ("sanwu_young",), (2023,), DONE, 0, 2),
    Batch("E", ("yard_done",), (2022, 2023, 2024, 2024, 2025), DONE),
    Batch("M", ("sanwu_young",), (2023,), DONE),
    Batch("A", ("renewed",), (2019, 2020, 2021, 2022, 2023, 2021), DONE),
    Batch("A", ("under_way",), (2026, 2026, 2026, 2027), ("施工", "施工", "完工", "已公示"), 0, 2),
    Batch("A", ("under_way",), (2027,), ("已批",), 1, 4),
    Batch("M", ("under_way",), (2026, 2026, 2027), ("施工", "完工", "已批"), 3, 8),
    Batch("H", ("under_way",), (2026,), ("施工", "完工"), 7, 8),
    Batch("H", ("under_way",), (2026,), ("施工",), 0, 6),
    Batch("A", ("list_full",), (2027,), ("拟列入",), 0, 3),
    Batch("Z4", ("sanwu_old",), (2024, 2025), DONE, 0, 2),
    Batch("Z4", ("sanwu_young",), (2024,), DONE, 0, 2),
    Batch("Z4", ("yard_done",), (2025,), DONE, 0, 2),
)
"""The first five are the figures of the report: 12 A, 12 + 2 = 14 H and 4 M on listed 三无 compounds, 5 E on yards.

Z4 goes to every second compound of a role, as care_facts hands them over.
"""


def intervention_table(compounds: pd.DataFrame, roles: pd.Series, seed: int) -> pd.DataFrame:
    """Return the interventions with the fields of columns.csv, by year, programme and compound."""
    rng = stream(seed, "interventions")
    works = pd.concat([_works(batch, roles) for batch in BATCHES], ignore_index=True)
    works = works.sort_values(["year", "programme", "site"], kind="stable").reset_index(drop=True)
    dates = _dates(works, rng)
    trenched = works["programme"].isin(("A", "H"))
    ids = compounds.index.to_numpy(object)[works["site"].to_numpy()]
    number = works.groupby("year").cumcount() + 1
    table = pd.DataFrame(
        {
            "intervention_id": [f"XM{y}-{n:03d}" for y, n in zip(works["year"], number, strict=True)],
            "compound_id": ids,
            "programme": works["programme"],
            "year": works["year"],
            "status": works["status"],
            "items": works["programme"].map(ITEMS),
            "trench_group": text_where(trenched, [f"KW{y}-{i}" for y, i in zip(works["year"], ids, strict=True)]),
            "decided_by_role": pick(rng, ("局长办公会", "区政府常务会议", "联席会议"), (6, 2, 2), len(works)),
            "document_no": [f"演示〔{y}〕{n}号" for y, n in zip(works["year"], number, strict=True)],
        }
    )
    return pd.concat([table, _money(works, compounds, rng), dates], axis=1)


def finished_years(table: pd.DataFrame, programme: str) -> pd.Series:
    """Return the last year in which works of this programme were finished, by compound_id."""
    finished = table[(table["programme"] == programme) & table["status"].isin(("完工", "验收"))]
    return finished.groupby("compound_id")["year"].max()


def _works(batch: Batch, roles: pd.Series) -> pd.DataFrame:
    sites = np.flatnonzero(is_role(roles, *batch.roles))[batch.first :: batch.step]
    turn = np.arange(len(sites))
    years = np.array(batch.years)[turn % len(batch.years)]
    states = np.array(batch.states, dtype=object)[turn % len(batch.states)]
    return pd.DataFrame({"site": sites, "programme": batch.programme, "year": years, "status": states})


def _dates(works: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Start after the heating season, end before the next; nothing before the works have begun."""
    size = len(works)
    first = np.array([np.datetime64(f"{y}-04-16", "s") for y in works["year"]], dtype="datetime64[s]")
    day = np.timedelta64(86400, "s")
    start = first + rng.integers(0, 45, size) * day
    end = np.minimum(start + rng.integers(70, 160, size) * day, first + 170 * day)
    begun, over = works["status"].isin(("施工", "完工", "验收")), works["status"].isin(("完工", "验收"))
    return pd.DataFrame({"start": pd.Series(start).where(begun), "end": pd.Series(end).where(over)})


def _money(works: pd.DataFrame, compounds: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the estimate with its range and who pays; the parts add up to the yuan."""
    site = works["site"].to_numpy()
    area = np.where(
        works["programme"] == "E", compounds["area"].to_numpy()[site], compounds["floor_area"].to_numpy()[site]
    )
    cost = np.round(area * works["programme"].map(COSTS).to_numpy(float) * rng.uniform(0.85, 1.15, len(works)), -2)
    money = pd.DataFrame(
        {"cost_low_yuan": np.round(cost * 0.82, -2), "cost_yuan": cost, "cost_high_yuan": np.round(cost * 1.27, -2)}
    )
    paid = works["status"].isin(("施工", "完工", "验收")).to_numpy()
    parts = _parts(works["programme"].to_numpy(object), cost)
    return money.assign(
        **{f"funds_{purse}_yuan": number_where(paid & (parts[purse] > 0), parts[purse]) for purse in PURSES}
    )


def _parts(programmes: Objects, cost: Floats) -> dict[str, Floats]:
    parts = {purse: np.zeros(len(cost)) for purse in PURSES}
    for programme, shares in FUNDS.items():
        chosen = programmes == programme
        for purse, part in zip(shares[::2], shares[1::2], strict=True):
            parts[str(purse)] = np.where(chosen, np.round(cost * float(part), -2), parts[str(purse)])
    parts["district"] = np.maximum(0, cost - sum(parts[p] for p in PURSES if p != "district"))
    return parts
