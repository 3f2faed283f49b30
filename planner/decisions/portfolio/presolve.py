"""Looked at before any solving: what makes a plan impossible or doubtful, in words with amounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.decisions.assessment import Assessment
from planner.decisions.portfolio.build import Planning
from planner.decisions.portfolio.problem import UNLIMITED, Problem, Role
from planner.decisions.portfolio.request import ALLOW, PlanRequest
from planner.decisions.summary import REGISTERS
from planner.errors import InputError
from planner.text import t, wan

Params = dict[str, object]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: the text key ``plan.check.<rule>`` with its values; ``fatal``: no plan can keep it."""

    rule: str
    fatal: bool
    params: Params

    def text(self, lang: str = "zh") -> str:
        """Return the finding as a sentence."""
        return t(f"plan.check.{self.rule}", lang, **self.params)


def refuse_unchecked_registers(assessment: Assessment, request: PlanRequest) -> None:
    """Raise InputError while a register was never compared (未与名单核对), unless unknowns are allowed."""
    unchecked = [name for name in REGISTERS if assessment.policy.date(f"{name}_register_as_of") is None]
    if unchecked and request.unverified != ALLOW:
        names = {lang: [t(f"plan.register.{name}", lang) for name in unchecked] for lang in ("zh", "en")}
        listed = {f"names_{lang}": t("plan.and", lang).join(words) for lang, words in names.items()}
        raise InputError(t("plan.error.registers", **listed))


def presolve(planning: Planning) -> list[Finding]:
    """Return what can be said before solving, fatal findings first."""
    problem = planning.problem
    looks = (_floors, _musts, _prerequisites, _exclusions, _never_fits)
    found = [finding for look in looks for finding in look(problem)]
    return sorted(found, key=lambda f: not f.fatal)


def _name(problem: Problem, slot: int) -> str:
    return f"{problem.units[problem.slots.unit[slot]]} {problem.slots.code[slot]}"


def _funds(problem: Problem) -> int:
    return sum(int(f) for row in problem.funds for f in row if f < UNLIMITED)


def _floors(problem: Problem) -> list[Finding]:
    """Floors of the streets together above the money, or one above what could be done there."""
    whole, money = int(problem.floor.sum()), _funds(problem)
    found = []
    if whole > money:
        found.append(Finding("floors", True, {"floor": wan(whole), "money": wan(money)}))
    able = np.zeros(len(problem.streets), dtype=np.int64)
    np.add.at(able, problem.street[problem.slots.unit], problem.slots.counts)
    for street in np.flatnonzero(problem.floor > able):
        params: Params = {"street": problem.streets[street], "floor": wan(int(problem.floor[street]))}
        found.append(Finding("floor_street", True, {**params, "able": wan(int(able[street]))}))
    return found


def _musts(problem: Problem) -> list[Finding]:
    """Musts without a year, musts that together cost more than their purse has."""
    slots = problem.slots
    nowhere = np.flatnonzero(slots.must & ~slots.allowed.any(axis=1))
    found = [Finding("must_window", True, {"what": _name(problem, int(slot))}) for slot in nowhere]
    single = slots.must & (slots.allowed.sum(axis=1) == 1)
    for purse, name in enumerate(problem.purses):
        need, money = int(slots.cost[slots.must, purse].sum()), problem.funds[purse]
        if (money < UNLIMITED).all() and need > int(money.sum()):
            found.append(Finding("must_money", True, _money(name, "", need, int(money.sum()))))
        for t_, year in enumerate(problem.years):
            fixed = int(slots.cost[single & slots.allowed[:, t_], purse].sum())
            if money[t_] < UNLIMITED and fixed > int(money[t_]):
                found.append(Finding("must_year", True, _money(name, str(year), fixed, int(money[t_]))))
    return found


def _money(purse: str, year: str, need: int, money: int) -> Params:
    named = {f"purse_{lang}": purse or t("plan.purse.any", lang) for lang in ("zh", "en")}
    return {**named, "year": year, "need": wan(need), "money": wan(money), "short": wan(need - money)}


def _prerequisites(problem: Problem) -> list[Finding]:
    """What needs something that can never be done in time."""
    allowed, found = problem.slots.allowed, []
    for child, parent in problem.relations.needs:
        first = np.flatnonzero(allowed[parent])
        last = np.flatnonzero(allowed[child])
        if len(last) and (not len(first) or first[0] > last[-1]):
            params: Params = {"what": _name(problem, int(child)), "needs": _name(problem, int(parent))}
            found.append(Finding("prerequisite", bool(problem.slots.must[child]), params))
    return found


def _exclusions(problem: Problem) -> list[Finding]:
    must = problem.slots.must
    both = [(a, b) for a, b in problem.relations.excludes if must[a] and must[b]]
    return [Finding("excludes", True, {"what": _name(problem, a), "other": _name(problem, b)}) for a, b in both]


def _never_fits(problem: Problem) -> list[Finding]:
    """Packages dearer than the largest yearly funds of their purse: they cannot be in, whatever the rest."""
    slots = problem.slots
    free = np.flatnonzero((slots.role == Role.PACKAGE) & ~slots.must)
    found = [int(slot) for slot in free if (slots.cost[slot] > problem.funds.max(axis=1)).any()]
    if not found:
        return []
    dearest = max(found, key=lambda k: int(slots.cost[k].sum()))
    params: Params = {"n": len(found), "what": _name(problem, dearest), "cost": wan(int(slots.cost[dearest].sum()))}
    return [Finding("never_fits", False, params)]


__all__ = ["Finding", "presolve", "refuse_unchecked_registers"]
