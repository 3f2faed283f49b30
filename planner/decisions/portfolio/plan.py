"""The plan as people and programs read it: lines, money by year and purse, what was left out, what binds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.portfolio.build import Note, Planning, plan_problem
from planner.decisions.portfolio.check import check_plan, spending
from planner.decisions.portfolio.departures import departures
from planner.decisions.portfolio.elastic import remedy
from planner.decisions.portfolio.left_out import left_out, standby
from planner.decisions.portfolio.lines import plan_lines
from planner.decisions.portfolio.presolve import Finding, presolve, refuse_unchecked_registers
from planner.decisions.portfolio.problem import UNLIMITED, Problem
from planner.decisions.portfolio.relax import STEPS, floors_that_can_be_kept, with_floors
from planner.decisions.portfolio.remedy import remedy_of, small
from planner.decisions.portfolio.request import PlanRequest
from planner.decisions.portfolio.solve import INFEASIBLE, Effort, Progress, Solution, solve
from planner.policy import with_settings
from planner.text import t

BINDING = 1e-7
"""A limit whose last unit is worth more than this share of the plan is said to bind."""
UNIT_YUAN = 10_000


@dataclass(frozen=True, slots=True)
class Plan:
    """A finished plan. lines, reserve, left_out, money, streets are tables; texts in both languages (…_zh, …_en).

    lines: one row per option in the plan, by year, street order and compound. money: year, purse, funds, spent.
    binding: resource, year, value_of_one_more (points per 10,000 yuan, metre or crew). unmet: row, demand, shortfall.
    departures: where the plan leaves the suggested order (departures.COLUMNS). clash and remedy (remedy.CLASH_COLUMNS,
    REMEDY_COLUMNS) are empty unless the request cannot be met: which demands clash, and the smallest change that helps.
    """

    assessment: Assessment
    request: PlanRequest
    planning: Planning
    solution: Solution
    findings: tuple[Finding, ...]
    lines: pd.DataFrame
    reserve: pd.DataFrame
    left_out: pd.DataFrame
    money: pd.DataFrame
    streets: pd.DataFrame
    binding: pd.DataFrame
    unmet: pd.DataFrame
    departures: pd.DataFrame
    clash: pd.DataFrame
    remedy: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Stated:
    """A problem that is stated and not solved yet: what `written` needs to make a plan of any solution of it."""

    assessment: Assessment
    request: PlanRequest
    planning: Planning
    findings: tuple[Finding, ...]


def make_plan(
    assessment: Assessment,
    request: PlanRequest,
    *,
    effort: Effort | None = None,
    watch: Callable[[Progress], bool] = lambda _progress: False,
    stated: Callable[[Stated], None] = lambda _stated: None,
) -> Plan:
    """Return the plan of an assessed district for a request.

    ``watch`` hears of every improvement and returns True to stop; ``stated`` hears of the problem before it is solved.
    Raises PlannerError for a request that cannot be read (unknown compound, must without basis) and for registers that
    were never compared, unless unknowns are allowed.
    """
    assessment = ruled(assessment, request)
    refuse_unchecked_registers(assessment, request)
    planning = plan_problem(assessment, request)
    found = Stated(assessment, request, planning, tuple(presolve(planning)))
    stated(found)
    planning, solution = _solved(planning, effort, watch)
    return written(replace(found, planning=planning), solution)


def ruled(assessment: Assessment, request: PlanRequest) -> Assessment:
    """Return the assessment under the rules of a request. Raises PolicyError for a setting that does not exist."""
    if not request.rules:
        return assessment
    return replace(assessment, policy=with_settings(assessment.policy, **request.rules))


def written(stated: Stated, solution: Solution) -> Plan:
    """Return a solution as the plan that people read, with its tables."""
    assessment, request, planning = stated.assessment, stated.request, stated.planning
    lines = plan_lines(assessment, request, planning, solution)
    left = left_out(assessment, planning, solution)
    clash, cure = remedy_of(planning.problem, solution)
    return Plan(
        assessment=assessment,
        request=request,
        planning=planning,
        solution=solution,
        findings=stated.findings,
        lines=lines,
        reserve=standby(assessment, request, planning, solution),
        left_out=left,
        money=_money(planning.problem, solution),
        streets=_streets(planning, solution),
        binding=binding_limits(planning.problem, solution),
        unmet=_unmet(solution),
        departures=departures(assessment, lines, left),
        clash=clash,
        remedy=cure,
    )


def _solved(planning: Planning, effort: Effort | None, watch: Callable[[Progress], bool]) -> tuple[Planning, Solution]:
    """Solve; where only the balance across streets stands in the way, lower it as far as needed and say so."""
    problem = planning.problem
    solution = solve(problem, place=planning.place, effort=effort, watch=watch)
    if solution.status == INFEASIBLE and small(problem):
        found = remedy(problem)
        if found is not None and not found.changes:  # there is a plan: only the search did not see it
            return planning, solve(problem, place=planning.place, known=[found.plan], effort=effort, watch=watch)
    if solution.status != INFEASIBLE or not planning.problem.floor.any():
        return planning, solution
    twentieths = floors_that_can_be_kept(planning.problem)
    if twentieths is None:
        return planning, solution
    note: Note = ("plan.note.floor_lowered", {"share": f"{twentieths / STEPS * 100:.0f}"})
    problem = with_floors(planning.problem, twentieths)
    planning = replace(planning, problem=problem, notes=(*planning.notes, note))
    return planning, solve(problem, place=planning.place, effort=effort, watch=watch)


def quality_text(plan: Plan, lang: str = "zh") -> str:
    """Return the one line on quality: how near to the best the plan is, or that none exists."""
    solution = plan.solution
    if solution.status == INFEASIBLE:
        return t("plan.quality.infeasible", lang)
    permille = np.ceil(solution.gap * 1000) / 10
    key = "stopped" if solution.stopped_by else "optimal" if solution.status == "optimal" else "near"
    return t(f"plan.quality.{key}", lang, gap=f"{permille:.1f}")


def _money(problem: Problem, solution: Solution) -> pd.DataFrame:
    spent = spending(problem, solution.plan)
    rows = [
        (year, purse, int(funds) if funds < UNLIMITED else None, int(spent[b, k]))
        for k, year in enumerate(problem.years)
        for b, (purse, funds) in enumerate(zip(problem.purses, problem.funds[:, k], strict=True))
        if funds or int(spent[b, k])
    ]
    frame = pd.DataFrame(rows, columns=["year", "purse", "funds", "spent"])
    return frame.astype({"funds": "Int64", "spent": "int64"}) if len(frame) else frame


def _streets(planning: Planning, solution: Solution) -> pd.DataFrame:
    problem = planning.problem
    chosen = solution.plan >= 0
    given = np.zeros(len(problem.streets), dtype=np.int64)
    np.add.at(given, problem.street[problem.slots.unit[chosen]], problem.slots.counts[chosen])
    units = np.unique(problem.slots.unit[chosen])
    compounds = np.bincount(problem.street[units], minlength=len(given))
    return pd.DataFrame({"street": problem.streets, "floor": problem.floor, "spent": given, "compounds": compounds})


def binding_limits(problem: Problem, solution: Solution) -> pd.DataFrame:
    """Return the limits that bind, dearest first: what one more 10,000 yuan, metre or crew would be worth in points."""
    rows: list[tuple[str, int | None, str, float]] = []
    least, years = BINDING * max(abs(solution.objective), 1.0), problem.years
    kinds = [(purse, UNIT_YUAN, "yuan_10000") for purse in problem.purses]
    kinds += [(name, 1, name) for name in problem.capacities]
    for k, (name, unit, word) in enumerate(kinds):
        for y, year in enumerate(years):
            price = solution.price[k * len(years) + y] * unit if len(solution.price) else 0.0
            if price > least:
                rows.append((name, year, word, float(price)))
    for k, demand in enumerate(problem.demands):
        price = solution.price[len(kinds) * len(years) + k] if len(solution.price) else 0.0
        if price * UNIT_YUAN > least:
            rows.append((f"demand:{demand.tag}", None, "demand", float(price)))
    for street, price in zip(problem.streets, solution.street_price, strict=False):
        if price * UNIT_YUAN > least:
            rows.append((f"street:{street}", None, "yuan_10000", float(price * UNIT_YUAN)))
    frame = pd.DataFrame(rows, columns=["resource", "year", "unit", "value_of_one_more"])
    frame["year"] = frame["year"].astype("Int64")
    return frame.sort_values("value_of_one_more", ascending=False, kind="stable").reset_index(drop=True)


def _unmet(solution: Solution) -> pd.DataFrame:
    rows = [(v.rule, v.about, v.amount) for v in solution.unmet]
    return pd.DataFrame(rows, columns=["row", "demand", "shortfall"])


def violations(plan: Plan) -> list[str]:
    """Return what the independent checker says about a plan, in its own words; empty when it may be signed."""
    found = check_plan(plan.planning.problem, plan.solution.plan) if plan.solution.status != INFEASIBLE else []
    return [f"{v.rule}: {v.about} ({v.amount})" for v in found]
