"""Small changes of a plan, compound by compound: one option more, one less, one in another year."""

from __future__ import annotations

import numpy as np

from planner.decisions.portfolio.problem import NONE, Bools, Problem, Role, Years


def variants(problem: Problem, base: Years) -> list[Years]:
    """Return plans that change, in every compound at once, its k-th option to one year or to none.

    Where a change breaks a rule inside a compound, that compound keeps its part of ``base``.
    """
    unit = problem.slots.unit
    order = np.argsort(unit, kind="stable")
    place = np.empty(len(unit), dtype=np.int64)
    place[order] = np.arange(len(unit)) - np.searchsorted(unit[order], unit[order])
    found = []
    for k in range(int(place.max(initial=-1)) + 1):
        mine = place == k
        for year in (NONE, *range(problem.periods)):
            changed = base.copy()
            moved = mine & (base != year)
            changed[moved] = year
            changed = _changed(problem, base, changed)
            if (changed != base).any():
                found.append(changed)
    return found


def shifted(problem: Problem, base: Years) -> list[Years]:
    """Return plans in which every compound does all, its large works, or the rest of it, in another year.

    Where that breaks a rule inside a compound, that compound keeps its part of ``base``.
    """
    inside, large = base >= 0, np.isin(problem.slots.role, (Role.PACKAGE, Role.HEAT))
    found = []
    for year in range(problem.periods):
        wanted = [np.where(moved, year, base) for moved in (inside, inside & large, inside & ~large)]
        wanted.append(np.where(inside, (base + year) % problem.periods, base))
        found += [_changed(problem, base, plan) for plan in wanted]
    return [plan for plan in found if (plan != base).any()]


def _changed(problem: Problem, base: Years, wanted: np.ndarray) -> Years:
    plan = wanted.astype(np.int8)
    return np.asarray(np.where(sound(problem, plan)[problem.slots.unit], plan, base), dtype=np.int8)


def sound(problem: Problem, plan: Years) -> Bools:
    """Return for every compound whether a plan keeps the rules inside it [n]."""
    slots, relations = problem.slots, problem.relations
    inside = plan >= 0
    year = np.where(inside, plan, 0)
    wrong = inside & ~slots.allowed[np.arange(len(plan)), year]
    wrong |= slots.must & ~inside
    child, parent = relations.needs.T
    _mark(wrong, child, inside[child] & (~inside[parent] | (plan[parent] > plan[child])))
    later, earlier = relations.after.T
    _mark(wrong, later, inside[later] & inside[earlier] & (plan[later] < plan[earlier]))
    one, other = relations.excludes.T
    _mark(wrong, one, inside[one] & inside[other])
    return np.asarray(np.bincount(slots.unit[wrong], minlength=problem.n) == 0)


def _mark(wrong: Bools, slot: np.ndarray, where: Bools) -> None:
    wrong[slot[where]] = True
