"""When the balance across streets cannot be kept: the highest share of it that can, the same for every street."""

from __future__ import annotations

from dataclasses import replace

from planner.decisions.portfolio.problem import Problem
from planner.decisions.portfolio.solve import INFEASIBLE, QUICK, solve

STEPS = 20
"""Floors are lowered in twentieths."""


def with_floors(problem: Problem, twentieths: int) -> Problem:
    """Return the problem with every floor at so many twentieths of what it was, in whole yuan."""
    return replace(problem, floor=problem.floor * twentieths // STEPS)


def floors_that_can_be_kept(problem: Problem) -> int | None:
    """Return the most twentieths of all floors that a plan can keep; None where even without floors there is none.

    Found by halving, each step a quick solve: the same part for every street, so nobody carries the whole shortfall.
    """
    if solve(with_floors(problem, 0), effort=QUICK).status == INFEASIBLE:
        return None
    kept, lost = 0, STEPS
    while lost - kept > 1:
        middle = (kept + lost) // 2
        if solve(with_floors(problem, middle), effort=QUICK).status == INFEASIBLE:
            lost = middle
        else:
            kept = middle
    return kept
