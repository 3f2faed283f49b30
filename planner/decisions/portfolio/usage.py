"""What a plan takes of every limit. All limits read ``usage <= room``: a demand counts with its sign turned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.decisions.portfolio.problem import UNLIMITED, Floats, Ints, Problem, Years, saved


@dataclass(frozen=True, slots=True)
class Rows:
    """The limits that join compounds, in this order: purse by year, capacity by year, demands; then streets apart.

    room [R] is the right side (inf: no limit), size [R] what one unit of it is measured in; floor and floor_size [S].
    """

    room: Floats
    size: Floats
    floor: Floats
    floor_size: Floats


def rows_of(problem: Problem) -> Rows:
    """Return the right sides of all limits that join compounds."""
    yearly = np.concatenate([problem.funds.ravel(), problem.limits.ravel()]).astype(float)
    yearly[yearly >= UNLIMITED] = np.inf
    least = np.array([-float(d.least) for d in problem.demands])
    spread = np.array([max(1.0, float(np.abs(d.weight).max(initial=1))) for d in problem.demands])
    finite = np.where(np.isfinite(yearly), np.maximum(yearly, 1.0), 1.0)
    size = np.concatenate([finite, np.maximum(np.abs(least), spread) if len(least) else least])
    floor = problem.floor.astype(float)
    return Rows(np.concatenate([yearly, least]), size, -floor, np.maximum(floor, 1.0))


def usage_by(problem: Problem, plan: Years, part: Ints, parts: int) -> tuple[Floats, Floats, Floats]:
    """Return benefit [parts], usage [parts, R] and floor usage [parts] (negative) of a plan, summed by part of a unit.

    ``part`` [n] gives the part of every compound; neighbours that share a trench must be in the same part.
    """
    slots, periods = problem.slots, problem.periods
    chosen = np.flatnonzero(plan >= 0)
    year, where = plan[chosen].astype(np.int64), part[slots.unit[chosen]]
    benefit = np.asarray(np.bincount(where, slots.benefit[chosen] * problem.discount[year], parts), dtype=float)
    columns: list[Floats] = []
    for table in (slots.cost, slots.use):
        for kind in range(table.shape[1]):
            taken = np.bincount(where * periods + year, table[chosen, kind].astype(float), parts * periods)
            columns.append(np.asarray(taken, dtype=float).reshape(parts, periods))
    _give_back(problem, plan, part, columns)
    wishes = [-np.bincount(where, d.weight[chosen].astype(float), parts)[:, None] for d in problem.demands]
    usage = np.concatenate([np.zeros((parts, 0)), *columns, *wishes], axis=1)
    floor = np.bincount(where, slots.counts[chosen].astype(float), parts)
    return benefit, usage, -np.asarray(floor, dtype=float)


def _give_back(problem: Problem, plan: Years, part: Ints, columns: list[Floats]) -> None:
    relations, used = problem.relations, np.flatnonzero(saved(problem, plan))
    slot = relations.shares[used, 0]
    for purse in np.unique(relations.saving_purse[used]):
        here = relations.saving_purse[used] == purse
        where = (part[problem.slots.unit[slot[here]]], plan[slot[here]].astype(np.int64))
        np.subtract.at(columns[purse], where, relations.saving[used[here]].astype(float))


def totals(problem: Problem, plan: Years) -> tuple[Floats, Floats]:
    """Return what a plan takes of the limits [R] and of the streets' floors [S] (negative)."""
    _, usage, floor = usage_by(problem, plan, np.arange(problem.n), problem.n)
    return usage.sum(axis=0), np.asarray(np.bincount(problem.street, floor, len(problem.streets)), dtype=float)


def feasible(problem: Problem, plan: Years) -> bool:
    """Return whether a plan keeps every limit that joins compounds (not the rules inside a compound)."""
    rows = rows_of(problem)
    taken, floors = totals(problem, plan)
    return bool((taken <= rows.room + 1e-6).all() and (floors <= rows.floor + 1e-6).all())


def slot_prices(problem: Problem, price: Floats, street_price: Floats) -> Floats:
    """Return what every slot is worth in every year [m, T] once it pays for what it takes: benefit minus prices."""
    slots, periods = problem.slots, problem.periods
    kinds = len(problem.purses), len(problem.capacities)
    cut = (kinds[0] * periods, (kinds[0] + kinds[1]) * periods)
    funds, limits = price[: cut[0]].reshape(-1, periods), price[cut[0] : cut[1]].reshape(-1, periods)
    value = slots.benefit[:, None] * problem.discount - slots.cost @ funds - slots.use @ limits
    gain = slots.counts * street_price[problem.street[slots.unit]]
    for demand, one in zip(problem.demands, price[cut[1] :], strict=True):
        gain = gain + demand.weight * one
    return np.asarray(value + gain[:, None])
