"""When the works of a year may run: a sketch by the rules (heating season, pipes first), no programme of works.

Custody is settled first, pipes are dug for outside the heating season, surface works follow the pipes of the same
compound, devices follow custody and pipes. Durations and first days are settings plan_days, plan_start, plan_last_day.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from planner.decisions.portfolio.options import HEAT, KEEPER
from planner.decisions.summary import works_window
from planner.policy import Policy

DAY = np.timedelta64(1, "D")


def with_dates(projects: pd.DataFrame, policy: Policy, as_of: dt.date) -> pd.DataFrame:
    """Return the projects with start and end (datetime64[s]); nothing starts before ``as_of`` or ends after the year.

    ``projects`` has year, compound_id and programme.
    """
    days = {k: int(v) for k, v in (part.split(":") for part in policy.values("plan_days"))}
    starts = dict(part.split(":") for part in policy.values("plan_start"))
    first = [
        _day(y, starts.get(p, "01-01"), as_of) for y, p in zip(projects["year"], projects["programme"], strict=True)
    ]
    length = projects["programme"].map(days).fillna(1).to_numpy(dtype=np.int64)
    out = projects.assign(start=np.array(first, dtype="datetime64[D]"), length=length)
    opens = _window(out, policy)
    heat = (out["programme"] == HEAT).to_numpy()
    out["start"] = np.where(heat, np.maximum(out["start"].to_numpy("datetime64[D]"), opens[0]), out["start"])
    for leader in (KEEPER, HEAT):
        out["start"] = _after(out, leader)
    last = np.array([_day(y, policy.text("plan_last_day"), dt.date.min) for y in out["year"]], dtype="datetime64[D]")
    last = np.where(heat, np.minimum(last, opens[1]), last)
    begin = np.minimum(out["start"].to_numpy("datetime64[D]"), last)
    end = np.minimum(begin + out["length"].to_numpy() * DAY, last)
    return out.assign(start=begin.astype("datetime64[s]"), end=end.astype("datetime64[s]")).drop(columns="length")


def heating_days(policy: Policy, year: int) -> tuple[dt.date, dt.date]:
    """Return the last day of the heating season in spring and its first day in autumn of a year."""
    end, start = (dt.date.fromisoformat(f"{year}-{policy.text(f'heating_season_{k}')}") for k in ("end", "start"))
    return end, start


def _day(year: int, day: str, as_of: dt.date) -> dt.date:
    return max(dt.date.fromisoformat(f"{int(year)}-{day}"), as_of)


def _window(projects: pd.DataFrame, policy: Policy) -> tuple[np.ndarray, np.ndarray]:
    first, last = works_window(policy)
    years = projects["year"].astype("int64")
    return tuple(np.array([day.replace(year=y) for y in years], dtype="datetime64[D]") for day in (first, last))  # type: ignore[return-value]


def _after(projects: pd.DataFrame, leader: str) -> np.ndarray:
    """Starts, moved behind the end of what leads in the same compound and year."""
    start = projects["start"].to_numpy("datetime64[D]")
    leads = (projects["programme"] == leader).to_numpy()
    ends = pd.Series(start[leads] + projects["length"].to_numpy()[leads] * DAY, index=_keys(projects[leads]))
    ends = ends[~ends.index.duplicated()].reindex(_keys(projects)).to_numpy("datetime64[D]")
    free = projects["programme"].isin([KEEPER, HEAT]).to_numpy()  # custody and pipes do not wait for each other
    follows = ~free & ~np.isnat(ends)
    return np.asarray(np.where(follows, np.maximum(start, ends), start))


def _keys(projects: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([projects["compound_id"], projects["year"]])
