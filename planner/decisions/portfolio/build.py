"""From an assessed district and a request to the planning problem: options, funds, windows, shares, floors, demands."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.portfolio.benefit import benefits
from planner.decisions.portfolio.demands import later_built, micro_for_sanwu, street_floors
from planner.decisions.portfolio.neighbours import heating_pairs
from planner.decisions.portfolio.options import (
    HEAT,
    HUB,
    KEEPER,
    MICRO,
    PACKAGES,
    heating_trench,
    issued_lines,
    list_options,
)
from planner.decisions.portfolio.orders import apply_orders, with_under_way
from planner.decisions.portfolio.problem import (
    NONE,
    UNLIMITED,
    Ints,
    Problem,
    Relations,
    Role,
    Slots,
    check_structure,
    pairs,
)
from planner.decisions.portfolio.request import ALLOW, PlanRequest
from planner.policy import Policy

RESIDENTS = "居民"
"""The purse of what residents have committed; it is not limited by the funds entered."""
CAPACITIES = ("trench_m", "crews")


Note = tuple[str, dict[str, object]]
"""A sentence that the result has to carry: its text key and values."""


@dataclass(frozen=True, slots=True)
class Planning:
    """A problem with what its slots stand for.

    options: one row per slot, in slot order, with cost (yuan with fees and reserve), works, fees, reserve, residents.
    aside: options that rest on unknowns and are kept out by the rule for them; closed: what a known field forbids;
    unfunded: options whose source has no funds; issued: what is 已下达. notes: words that the result has to carry.
    place: compounds by number in suggested order.
    """

    problem: Problem
    options: pd.DataFrame
    aside: pd.DataFrame
    closed: pd.DataFrame
    unfunded: pd.DataFrame
    issued: pd.DataFrame
    notes: tuple[Note, ...]
    place: tuple[int, ...]


def plan_problem(assessment: Assessment, request: PlanRequest) -> Planning:
    """Return the planning problem of an assessed district.

    Compounds are numbered by id as text, so the order of rows never matters. Raises PlannerError for orders that
    cannot be (unknown compound, no basis, nothing that could be done there).
    """
    options, closed = list_options(assessment)
    issued = with_under_way(assessment, issued_lines(assessment, request.years), request)
    options = _without_issued(options, issued)
    options = options.assign(benefit=benefits(assessment, options), **_costs(assessment, options))
    options, unfunded = _funded(options, request, assessment.policy)
    options, aside = _verified(options, request)
    options, must, fixed = apply_orders(assessment, options, request)
    slots, units = _slots(assessment, options, request, must, fixed)
    streets, street = _streets(assessment, units)
    relations = _relations(assessment, options, slots, units, street)
    problem = _problem(assessment, request, slots=slots, units=units)
    limits = problem.limits - used_by_issued(assessment, issued, request.years)
    limits = np.where(problem.limits >= UNLIMITED, UNLIMITED, np.maximum(limits, 0))
    problem = replace(problem, street=street, streets=streets, relations=relations, limits=limits)
    notes: list[Note] = []
    demands = [micro_for_sanwu(assessment, options, problem, notes), later_built(assessment, options, notes)]
    problem = replace(problem, floor=street_floors(assessment, problem), demands=tuple(d for d in demands if d))
    check_structure(problem)
    return Planning(
        problem=problem, options=options, aside=aside, closed=closed, unfunded=unfunded, issued=issued,
        notes=tuple(notes), place=_suggested(assessment, units),
    )  # fmt: skip


def _without_issued(options: pd.DataFrame, issued: pd.DataFrame) -> pd.DataFrame:
    """What is 已下达 is not proposed again; an issued comprehensive renovation contains the micro items."""
    keys = set(zip(issued["compound_id"], issued["option"], strict=True))
    whole = set(issued.loc[issued["option"] == "A", "compound_id"])
    taken = [(c, p) in keys for c, p in zip(options["compound_id"], options["programme"], strict=True)]
    inside = options["compound_id"].isin(whole) & options["programme"].isin([*PACKAGES, MICRO])
    return options.loc[~(np.array(taken, dtype=bool) | inside)].reset_index(drop=True)


def _half_up(values: pd.Series, rate: float) -> pd.Series:
    share = Decimal(str(rate))
    whole = [int((Decimal(int(v)) * share).quantize(Decimal(1), ROUND_HALF_UP)) for v in values]
    return pd.Series(whole, index=values.index, dtype="int64")


def _costs(assessment: Assessment, options: pd.DataFrame) -> dict[str, pd.Series]:
    """Works plus design and supervision fees plus reserve, in whole yuan; what residents have committed to A."""
    policy = assessment.policy
    fees = _half_up(options["works"], policy.number("extra_fee_rate"))
    reserve = _half_up(options["works"] + fees, policy.number("reserve_rate"))
    cost = options["works"] + fees + reserve
    pledge = assessment.district.compounds["self_fund_commit_yuan"].fillna(0.0).astype("int64")
    given = options["compound_id"].map(pledge).astype("int64").where(options["option"] == "A", 0)
    residents = np.minimum(given, cost)
    return {"fees": fees, "reserve": reserve, "cost": cost, "residents": residents}


def _funded(options: pd.DataFrame, request: PlanRequest, policy: Policy) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Options whose source has funds, with their purse; the others."""
    outside = policy.values("outside_purses")
    purse = [request.purse_of(str(s), outside) if s else "" for s in options["source"]]
    paid = np.array([p is not None for p in purse], dtype=bool)
    with_purse = options.assign(purse=pd.Series(purse, index=options.index, dtype=object))
    return with_purse.loc[paid].reset_index(drop=True), with_purse.loc[~paid].reset_index(drop=True)


def _verified(options: pd.DataFrame, request: PlanRequest) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Options that may be planned, and those that rest on unknowns where the rule keeps them out."""
    if request.unverified == ALLOW:
        return options, options.iloc[:0]
    unsure = (options["unverified"] != "").to_numpy()
    kept = options.loc[~unsure]
    keepers = set(kept.loc[kept["option"] == KEEPER, "compound_id"])
    lost = kept["needs_keeper"].astype(bool).to_numpy() & ~kept["compound_id"].isin(keepers).to_numpy()
    aside = pd.concat([options.loc[unsure], kept.loc[lost]]).sort_index()
    return kept.loc[~lost].reset_index(drop=True), aside.reset_index(drop=True)


def _slots(
    assessment: Assessment, options: pd.DataFrame, request: PlanRequest, must: np.ndarray, fixed: np.ndarray
) -> tuple[Slots, tuple[str, ...]]:
    units = tuple(sorted(set(options["compound_id"])))
    number = {compound: k for k, compound in enumerate(units)}
    purses = _purses(request)
    cost = np.zeros((len(options), len(purses)), dtype=np.int64)
    own = np.array([purses.index(p) for p in options["purse"]], dtype=np.int64)
    everything, residents = (options[name].to_numpy(dtype=np.int64) for name in ("cost", "residents"))
    rows = np.arange(len(options))
    if len(options):
        cost[rows, own] = everything - residents
        cost[:, purses.index(RESIDENTS)] += residents
    crews = _crews(assessment.policy)
    taken = np.array([crews.get(p, 0) for p in options["programme"]], dtype=np.int64)
    use = np.stack([options["trench_m"].to_numpy(dtype=np.int64), taken], axis=1).reshape(-1, 2)
    inside = ~options["source"].isin(assessment.policy.values("outside_purses")).to_numpy()
    slots = Slots(
        unit=np.array([number[c] for c in options["compound_id"]], dtype=np.int64),
        role=options["role"].to_numpy(dtype=np.int64),
        code=options["option"].to_numpy(dtype=object),
        cost=cost,
        use=use,
        benefit=options["benefit"].to_numpy(dtype=float),
        allowed=_allowed(assessment, options, request.years, fixed) & _with_funds(request, cost, purses),
        must=must,
        counts=np.where(inside, everything - residents, 0),
    )
    return slots, units


def _purses(request: PlanRequest) -> tuple[str, ...]:
    listed = [*request.sources, RESIDENTS]
    return tuple(dict.fromkeys(listed if "" in listed else ["", *listed]))


def _crews(policy: Policy) -> dict[str, int]:
    return {name: int(n) for name, n in (part.split(":") for part in policy.values("plan_crews_per"))}


def _allowed(assessment: Assessment, options: pd.DataFrame, years: tuple[int, ...], fixed: np.ndarray) -> np.ndarray:
    """Years in which an option may be done: the heating only where its season leaves time, a fixed year alone."""
    allowed = np.ones((len(options), len(years)), dtype=bool)
    open_ = np.array([season_days(assessment, year) for year in years])
    heat = (options["option"] == HEAT).to_numpy()
    allowed[heat] = open_ >= assessment.policy.number("plan_heat_min_days")
    some = np.flatnonzero(fixed > 0)
    for slot in some:
        allowed[slot] &= np.array(years) == fixed[slot]
    return allowed


def used_by_issued(assessment: Assessment, issued: pd.DataFrame, years: tuple[int, ...]) -> Ints:
    """Return what the works that are 已下达 take of each capacity in each year [K, T]: they are built first."""
    used = np.zeros((len(CAPACITIES), len(years)), dtype=np.int64)
    crews, trench = _crews(assessment.policy), pd.Series(heating_trench(assessment), index=assessment.states.index)
    for row in issued.itertuples():
        year = years.index(int(row.year))
        used[CAPACITIES.index("crews"), year] += crews.get(str(row.option), 0)
        if row.option == HEAT:
            used[CAPACITIES.index("trench_m"), year] += int(trench[str(row.compound_id)])
    return used


def _with_funds(request: PlanRequest, cost: Ints, purses: tuple[str, ...]) -> np.ndarray:
    """Years in which every purse that an option asks has funds: a purse with none in a year pays nothing then."""
    empty = np.array([[_funds(request, purse, year) == 0 for year in request.years] for purse in purses])
    return np.asarray(~((cost > 0).astype(np.int64) @ empty.astype(np.int64) > 0))


def _funds(request: PlanRequest, purse: str, year: int) -> int:
    free = purse == RESIDENTS and purse not in request.sources
    return UNLIMITED if free else request.yuan(purse, year)


def season_days(assessment: Assessment, year: int) -> int:
    """Return on how many days of a year heating pipes may still be dug up, counted from the as-of date."""
    policy = assessment.policy
    end, start = (dt.date.fromisoformat(f"{year}-{policy.text(f'heating_season_{k}')}") for k in ("end", "start"))
    first = end + dt.timedelta(days=policy.number("heating_window_after_days"))
    last = start - dt.timedelta(days=policy.number("heating_window_before_days"))
    return max(0, (last - max(first, assessment.as_of)).days + 1)


def _streets(assessment: Assessment, units: tuple[str, ...]) -> tuple[tuple[str, ...], Ints]:
    names = assessment.district.compounds["subdistrict_name"].reindex(list(units)).fillna("").astype("str")
    streets = tuple(sorted(set(names)))
    return streets, np.array([streets.index(name) for name in names], dtype=np.int64)


def _relations(
    assessment: Assessment, options: pd.DataFrame, slots: Slots, units: tuple[str, ...], street: Ints
) -> Relations:
    needs, after, excludes, shares = [], [], [], []
    saving: list[int] = []
    rate = Fraction(assessment.policy.text("plan_dig_once_saving"))
    for rows in options.groupby("compound_id", sort=False, observed=True).indices.values():
        place = {str(options.at[k, "option"]): int(k) for k in rows}
        packages = [place[p] for p in PACKAGES if p in place]
        excludes += [(a, b) for n, a in enumerate(packages) for b in packages[n + 1 :]]
        for k in rows.tolist():
            row = options.iloc[k]
            needs += [(k, place[KEEPER])] if row["needs_keeper"] and KEEPER in place else []
            needs += [(k, place[HUB])] if row["needs_hub"] and HUB in place else []
            after += [(k, place[HEAT])] if row["after_pipes"] and HEAT in place and row["role"] != Role.HUB else []
            if row["role"] in (Role.ITEM, Role.HUB):
                excludes += [(p, k) for p in packages if _contains(options.iloc[p], row)]
        for k in packages if HEAT in place else []:
            shares.append((k, place[HEAT]))
            least = min(int(options.at[k, "works"]), int(options.at[place[HEAT], "works"]))
            saving.append(min(int(least * rate), int(slots.cost[k].max())))
    purse = [int(slots.cost[a].argmax()) for a, _ in shares]
    near = heating_pairs(assessment, options, units, street)
    money = [int(min(slots.cost[a].sum(), slots.cost[b].sum()) * _neighbour_rate(assessment)) for a, b in near]
    purse += [int(slots.cost[a].argmax()) for a, _ in near]
    return Relations(
        needs=pairs(needs), after=pairs(after), excludes=pairs(excludes), shares=pairs([*shares, *near]),
        saving=np.array([*saving, *money], dtype=np.int64), saving_purse=np.array(purse, dtype=np.int64),
    )  # fmt: skip


def _contains(package: pd.Series, row: pd.Series) -> bool:
    return package["option"] == "A" or str(row["option"]) in str(package["items"]).split(";")


def _neighbour_rate(assessment: Assessment) -> Fraction:
    return Fraction(assessment.policy.text("plan_neighbour_saving"))


def _problem(assessment: Assessment, request: PlanRequest, *, slots: Slots, units: tuple[str, ...]) -> Problem:
    years, purses, policy = request.years, _purses(request), assessment.policy
    funds = [[_funds(request, purse, year) for year in years] for purse in purses]
    limits = [[request.capacity(name, year, policy.text(f"plan_{name}")) for year in years] for name in CAPACITIES]
    none = np.zeros(0, dtype=np.int64)
    discount = np.array([(1.0 - policy.number("plan_discount")) ** k for k in range(len(years))], dtype=float)
    return Problem(
        years=years, units=units, purses=purses, capacities=CAPACITIES, streets=(), street=none, slots=slots,
        relations=Relations(pairs([]), pairs([]), pairs([]), pairs([]), none, none),
        funds=np.array(funds, dtype=np.int64).reshape(len(purses), len(years)),
        limits=np.array(limits, dtype=np.int64).reshape(len(CAPACITIES), len(years)),
        floor=none, demands=(), discount=discount,
    )  # fmt: skip


def _suggested(assessment: Assessment, units: tuple[str, ...]) -> tuple[int, ...]:
    number = {compound: k for k, compound in enumerate(units)}
    listed = [number[c] for c in assessment.ranking["compound_id"] if c in number]
    return tuple(listed) if len(listed) == len(units) else tuple(range(len(units)))


__all__ = ["CAPACITIES", "NONE", "RESIDENTS", "Planning", "plan_problem", "season_days"]
