"""What more money adds, step by step, with an honest list of what it drops, or with everything promised kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.decisions.portfolio.build import Planning
from planner.decisions.portfolio.effort import QUICK, Effort
from planner.decisions.portfolio.lines import option_label
from planner.decisions.portfolio.plan import Plan
from planner.decisions.portfolio.problem import NONE, Problem, Years
from planner.decisions.portfolio.request import PlanRequest
from planner.decisions.portfolio.solve import Solution, solve

LINE_COLUMNS = ("compound_id", "option", "label_zh", "label_en", "year", "cost", "before")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: extra yuan in all, value of the plan then, lines added, dropped and moved to another year.

    added, dropped, moved: LINE_COLUMNS; before: the year of a moved line in the plan without more money.
    """

    extra: int
    value: float
    bound: float
    added: pd.DataFrame
    dropped: pd.DataFrame
    moved: pd.DataFrame


def more_money(
    plan: Plan, steps: Sequence[int], *, source: str = "", keep: bool = False, effort: Effort = QUICK
) -> list[Step]:
    """Return the plan with each of ``steps`` more yuan, compared with the plan as it is.

    ``source``: the purse that gets more, spread evenly over its years (blank: the largest). ``keep``: what is in stays
    in, in its year. Floors and shares stay those of the plan. A larger step is never worth less than a smaller one.
    """
    known: Years = plan.solution.plan
    found = []
    for extra in sorted(steps):
        solution = _solved(_richer(plan, extra, source, keep), plan.planning, known, effort)
        known = solution.plan
        found.append(_step(plan, extra, solution))
    return found


def _richer(plan: Plan, extra: int, source: str, keep: bool) -> Problem:
    """The problem with more money in one purse, all years the same."""
    problem = plan.planning.problem
    request, years = plan.request, problem.periods
    purse = problem.purses.index(_purse(request, source))
    funds = problem.funds.copy()
    funds[purse] += extra // years
    funds[purse, : extra % years] += 1
    slots = problem.slots
    if keep:
        chosen = np.flatnonzero(plan.solution.plan >= 0)
        must, allowed = slots.must.copy(), slots.allowed.copy()
        must[chosen], allowed[chosen] = True, False
        allowed[chosen, plan.solution.plan[chosen]] = True
        slots = replace(slots, must=must, allowed=allowed)
    return replace(problem, funds=funds, slots=slots)


def _purse(request: PlanRequest, source: str) -> str:
    """The purse that is named, else the one with most money."""
    if source in request.sources:
        return source
    totals = {name: sum(request.yuan(name, year) for year in request.years) for name in request.sources}
    return max(sorted(totals), key=lambda name: totals[name])


def _solved(problem: Problem, planning: Planning, known: Years, effort: Effort) -> Solution:
    return solve(problem, place=planning.place, known=[known], effort=effort)


def _step(plan: Plan, extra: int, solution: Solution) -> Step:
    before, after = plan.solution.plan, solution.plan
    added = _lines(plan, after, (after >= 0) & (before < 0), before)
    dropped = _lines(plan, before, (before >= 0) & (after < 0), before)
    moved = _lines(plan, after, (before >= 0) & (after >= 0) & (before != after), before)
    return Step(extra, solution.objective, solution.bound, added, dropped, moved)


def _lines(plan: Plan, shown: Years, chosen: np.ndarray, before: Years) -> pd.DataFrame:
    years = np.array([*plan.planning.problem.years, 0])
    rows, slots = plan.planning.options.loc[chosen], np.flatnonzero(chosen)
    frame = rows[["compound_id", "option", "cost"]].assign(year=years[shown[slots]], before=years[before[slots]])
    frame["before"] = frame["before"].astype("Int64").mask(before[slots] == NONE)
    for lang in ("zh", "en"):
        frame[f"label_{lang}"] = [option_label(plan.assessment.policy, str(o), lang) for o in frame["option"]]
    return frame[list(LINE_COLUMNS)].sort_values(["year", "compound_id"], kind="stable").reset_index(drop=True)


__all__ = ["LINE_COLUMNS", "Step", "more_money"]
