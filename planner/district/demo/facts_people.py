"""Residents of a compound: how many, how old, what they ask for and whether they agree. Totals only, never a person."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.district.demo.blanks import number_where, text_where
from planner.district.demo.chance import pick, stream
from planner.district.demo.roles import is_role
from planner.district.demo.warp import Bools, Floats

ASKED = ("list_full", "list_small", "list_hearsay", "under_way", "renewed", "sanwu_old")
"""Roles whose residents have been asked and have agreed."""

HOTLINE = {"property": 0.24, "heating": 0.26, "parking": 0.16, "security": 0.07, "leak": 0.13, "illegal": 0.06}


def people_facts(compounds: pd.DataFrame, roles: pd.Series, seed: int) -> pd.DataFrame:
    """Return the fields of columns.csv on residents, requests and consent, as they truly are."""
    rng = stream(seed, "residents")
    return pd.concat([_residents(compounds, rng), _requests(compounds, rng), _consent(compounds, roles, rng)], axis=1)


def _residents(compounds: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    size, homes = len(compounds), compounds["households"].to_numpy()
    age = np.clip((2026 - compounds["year"].to_numpy()) / 50, 0, 1.2)
    people = np.rint(homes * rng.uniform(1.8, 2.4, size) + homes * 0.55 * (1 - age))
    elderly = np.round(np.clip(0.13 + 0.26 * age + rng.normal(0, 0.04, size), 0.08, 0.58), 2)
    return pd.DataFrame(
        {
            "population": people,
            "elderly_60_share": elderly,
            "elderly_80_count": np.rint(people * elderly * rng.uniform(0.09, 0.17, size)),
            "disabled_count": np.rint(people * rng.uniform(0.008, 0.03, size)),
            "rental_share": np.round(np.clip(0.08 + 0.2 * age + rng.normal(0, 0.06, size), 0, 0.6), 2),
        },
        index=compounds.index,
    )


def _requests(compounds: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    homes = compounds["households"].to_numpy()
    rate = np.clip(18 + 90 * compounds["wear"].to_numpy() * (1.2 - 0.5 * compounds["firm"].to_numpy()), 5, 160)
    total = rng.poisson(homes * rate / 1000)
    left, parts = total.copy(), {}
    for name, share in HOTLINE.items():
        drawn = np.minimum(left, rng.binomial(total, share))
        parts[f"hotline_12m_{name}"] = drawn
        left = left - drawn
    theft = rng.poisson(homes / 1000 * np.clip(6 - 4 * compounds["firm"].to_numpy(), 1, 6))
    calls = theft + rng.poisson(homes / 100 * 0.45)
    return pd.DataFrame(
        {"theft_12m": theft, "police_calls_12m": calls, "hotline_12m_total": total, **parts}, index=compounds.index
    )


def _consent(compounds: pd.DataFrame, roles: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    size, homes = len(compounds), compounds["households"].to_numpy()
    agreed, doubtful = is_role(roles, *ASKED), is_role(roles, "ask") & (rng.random(size) < 0.6)
    asked = agreed | doubtful
    reached = np.where(agreed, rng.uniform(0.88, 1, size), rng.uniform(0.62, 0.9, size))
    surveyed = np.floor(homes * reached)
    yes = np.where(agreed, rng.uniform(0.78, 0.97, size), rng.uniform(0.42, 0.62, size))
    support = _agreed(homes, surveyed, yes, agreed)
    not_reached = np.where(agreed, homes - surveyed, np.floor((homes - surveyed) * 0.15))
    dates = np.datetime64("2026-03-02", "s") + rng.integers(0, 230, size) * np.timedelta64(86400, "s")
    pledge = np.where(rng.random(size) < 0.55, np.round(rng.uniform(0.0, 0.12, size), 3), 0.0)
    return pd.DataFrame(
        {
            "support_households_n": number_where(asked, support),
            "surveyed_households_n": number_where(asked, surveyed),
            "households_not_reached": number_where(asked, not_reached),
            "support_area_share": number_where(
                asked, np.round(np.clip(support / np.maximum(homes, 1) + rng.normal(0, 0.02, size), 0, 1), 3)
            ),
            "vote_type": text_where(asked, pick(rng, ("意愿征询", "业主表决"), (9, 1), size)),
            "vote_date": pd.Series(dates, index=compounds.index).where(asked),
            "self_fund_commit_yuan": number_where(asked, np.round(homes * pledge * 9000, -2)),
            "self_fund_rate": number_where(asked, pledge),
        },
        index=compounds.index,
    )


def _agreed(homes: Floats, surveyed: Floats, yes: Floats, agreed: Bools) -> Floats:
    """Return the households in favour: at least two thirds of all where they agreed, fewer where they did not."""
    most = np.floor(2 * homes / 3)
    support = np.floor(surveyed * yes)
    return np.where(
        agreed, np.minimum(surveyed, np.maximum(support, np.ceil(2 * homes / 3))), np.minimum(support, most - 1)
    )
