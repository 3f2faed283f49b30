"""What each compound of the demo is an example of: one role each, with the shares of a real district.

A role fixes the few facts on which the rules turn (year, custodian, devices, consent); everything else is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.district.demo.chance import stream
from planner.district.demo.warp import Bools, Floats, Ints

BASE = 186
"""The size for which the numbers of the roles are given; other sizes get the same shares."""


@dataclass(frozen=True, slots=True)
class Role:
    """name; count at BASE; fits: who may take the role; wish: who takes it first (highest)."""

    name: str
    count: int
    fits: Callable[[pd.DataFrame], Bools]
    wish: Callable[[pd.DataFrame], Floats]


def share(count: int, of_base: int) -> int:
    """Return `of_base` out of BASE as a number out of `count`."""
    return int(np.floor(count * of_base / BASE + 0.5))


def assign_roles(sites: pd.DataFrame, seed: int) -> pd.Series:
    """Return the role of every site; sites that no role takes are `verify`."""
    rng = stream(seed, "roles")
    roles = pd.Series("verify", index=sites.index, dtype=object)
    free = np.ones(len(sites), bool)
    for role in ROLES:
        candidates = np.flatnonzero(free & role.fits(sites))
        appeal = role.wish(sites)[candidates] + rng.random(len(candidates))
        taken = candidates[np.argsort(-appeal, kind="stable")[: share(len(sites), role.count)]]
        roles.iloc[taken] = role.name
        free[taken] = False
    return roles


def is_role(roles: pd.Series, *names: str) -> Bools:
    """Return which compounds have one of these roles."""
    chosen: Bools = roles.isin(names).to_numpy(bool)
    return chosen


def role_years(sites: pd.DataFrame, roles: pd.Series, seed: int) -> Ints:
    """Return the years of the sites, moved where a role needs an older or a younger compound."""
    rng = stream(seed, "role years")
    years = sites["year"].to_numpy()
    for names, low, high in YEAR_SPANS:
        moved = is_role(roles, *names) & ((years < low) | (years > high))
        years = np.where(moved, rng.integers(low, high + 1, len(sites)), years)
    out: Ints = years.astype(np.int64)
    return out


def _yard(sites: pd.DataFrame) -> Bools:
    yards: Bools = (sites["kind"] == "院落").to_numpy(bool)
    return yards


def _between(low: int, high: int) -> Callable[[pd.DataFrame], Bools]:
    def fits(sites: pd.DataFrame) -> Bools:
        chosen: Bools = sites["households"].between(low, high).to_numpy(bool) & ~_yard(sites)
        return chosen

    return fits


def _old(low: int, high: int, last: int = 2000) -> Callable[[pd.DataFrame], Bools]:
    def fits(sites: pd.DataFrame) -> Bools:
        chosen: Bools = _between(low, high)(sites) & (sites["year"] <= last).to_numpy(bool)
        return chosen

    return fits


def _new(first: int, low: int = 1, high: int = 20_000) -> Callable[[pd.DataFrame], Bools]:
    def fits(sites: pd.DataFrame) -> Bools:
        chosen: Bools = _between(low, high)(sites) & (sites["year"] >= first).to_numpy(bool)
        return chosen

    return fits


def _any(sites: pd.DataFrame) -> Floats:
    return np.zeros(len(sites))


def _single(sites: pd.DataFrame) -> Floats:
    out: Floats = 2.0 * (sites["kind"] == "单栋楼").to_numpy(float)
    return out


def _aged(sites: pd.DataFrame) -> Floats:
    out: Floats = (2026 - sites["year"].to_numpy(float)) / 40
    return out


def _young(sites: pd.DataFrame) -> Floats:
    out: Floats = (sites["year"].to_numpy(float) - 1980) / 20
    return out


def _large(sites: pd.DataFrame) -> Floats:
    out: Floats = np.minimum(1.5, sites["households"].to_numpy(float) / 500)
    return out


ROLES: tuple[Role, ...] = (
    Role("sanwu_old", 12, _old(8, 150, 1998), _single),
    Role("sanwu_young", 4, _between(12, 200), lambda s: _single(s) + _young(s)),
    Role("yard_done", 5, _yard, _any),
    Role("yard_list", 5, _yard, _aged),
    Role("yard_custodian", 2, _yard, _any),
    Role("expropriated", 3, _old(20, 400, 1990), _aged),
    Role("title", 2, _old(20, 500), _any),
    Role("dangerous", 1, _old(20, 200, 1978), _aged),
    Role("keep_new", 14, _new(2006), _large),
    Role("list_small", 10, _new(2001, 40, 700), lambda s: -_young(s)),
    Role("under_way", 25, _old(60, 1300), _large),
    Role("list_full", 14, _old(60, 420), _aged),
    Role("ask", 12, _old(80, 900), _any),
    Role("renewed", 4, _old(80, 900), _large),
    Role("list_hearsay", 5, _old(40, 250), _aged),
    Role("custodian", 10, _old(16, 320), _aged),
)
"""In the order in which they choose. Names:

sanwu_old, sanwu_young: the list of 三无 compounds; yard_*: courtyards whose environment works are done, to be listed,
or waiting for a custodian; expropriated, title, dangerous: not to be arranged; keep_new, renewed: nothing to do but
repair; under_way: in a plan or on site; list_full, list_small, list_hearsay: ready to list (full, micro, micro with a
year that nobody can prove); ask: the residents have not been asked or have not agreed; custodian: nobody would look
after the devices; verify: too little is known.
"""

YEAR_SPANS: tuple[tuple[tuple[str, ...], int, int], ...] = (
    (("sanwu_old",), 1962, 1998),
    (("sanwu_young",), 2007, 2010),
    (("list_small",), 2001, 2009),
    (("list_hearsay",), 1975, 1989),
)

COMPLETE = (
    "list_full", "list_small", "list_hearsay", "ask", "under_way", "renewed", "sanwu_old", "sanwu_young", "yard_list",
    "yard_done", "keep_new",
)  # fmt: skip
"""Roles whose compounds were surveyed."""

PARTIAL = ("custodian", "yard_custodian", "expropriated", "title", "dangerous")
"""Roles whose compounds are known in part."""

SOUND = ("keep_new", "renewed", "sanwu_old", "sanwu_young", "yard_done", "yard_custodian")
"""Roles whose yards are in order."""
