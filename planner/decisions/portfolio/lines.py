"""The lines of a plan with their reasons: why it is in, and why in this year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.portfolio.build import Planning, season_days
from planner.decisions.portfolio.options import HEAT, KEEPER
from planner.decisions.portfolio.problem import Problem, Role, Years, saved
from planner.decisions.portfolio.request import PlanRequest
from planner.decisions.portfolio.solve import Solution
from planner.policy import Policy
from planner.text import t

COLUMNS = (
    "compound_id", "name", "street", "option", "label_zh", "label_en", "programme", "year", "qty", "unit", "works",
    "fees", "reserve", "saving", "cost", "residents", "source", "running_cost", "payer", "points", "status",
    "unverified", "basis", "reason_zh", "reason_en",
)  # fmt: skip
LANGUAGES = ("zh", "en")


def plan_lines(assessment: Assessment, request: PlanRequest, planning: Planning, solution: Solution) -> pd.DataFrame:
    """Return the lines of a plan (COLUMNS), by year, then compound in suggested order, then option.

    cost is works, fees and reserve less the saving of a shared trench; residents is the part of it that they pay.
    Lines of projects that are 已下达 have status 已下达 and take no funds.
    """
    chosen = np.flatnonzero(solution.plan >= 0)
    rows = planning.options.iloc[chosen].reset_index(drop=True)
    year = np.array(planning.problem.years, dtype=np.int64)[solution.plan[chosen]]
    saving = _savings(planning, solution)[chosen]
    basis = _bases(request, rows)
    frame = rows.assign(year=year, saving=saving, cost=rows["cost"].to_numpy(np.int64) - saving, basis=basis)
    frame["points"] = rows["benefit"].to_numpy(float) * planning.problem.discount[solution.plan[chosen]]
    ties = _ties(planning.problem, solution.plan)
    for lang in LANGUAGES:
        frame[f"reason_{lang}"] = [
            _reason(assessment, planning, solution, int(slot), (str(text), lang), ties)
            for slot, text in zip(chosen, basis, strict=True)
        ]
    frame["status"] = "拟列入"
    issued = _issued(planning)
    whole = pd.concat([frame, issued], ignore_index=True) if len(issued) else frame
    return _named(assessment, whole)


@dataclass(frozen=True, slots=True)
class _Ties:
    """What ties the lines of a plan to each other: slots that share a trench, that follow pipes or a custodian."""

    shared: Mapping[int, list[int]]
    after_pipes: frozenset[int]
    after_keeper: frozenset[int]


def _ties(problem: Problem, plan: Years) -> _Ties:
    relations, code = problem.relations, problem.slots.code
    shared: dict[int, list[int]] = {}
    for a, b in relations.shares[saved(problem, plan)].tolist():
        shared.setdefault(a, []).append(b)
        shared.setdefault(b, []).append(a)
    later, first = relations.after.T
    follows = (plan[first] >= 0) & (plan[first] < plan[later])
    child, parent = relations.needs.T
    return _Ties(shared, frozenset(later[follows].tolist()), frozenset(child[code[parent] == KEEPER].tolist()))


def _savings(planning: Planning, solution: Solution) -> np.ndarray:
    """What every slot saves: of two neighbours the first named one shows it."""
    relations, saving = planning.problem.relations, np.zeros(len(planning.problem.slots), dtype=np.int64)
    used = saved(planning.problem, solution.plan)
    np.add.at(saving, relations.shares[used, 0], relations.saving[used])
    return saving


def _bases(request: PlanRequest, rows: pd.DataFrame) -> list[str]:
    """The basis of the must that asked for a line, or nothing."""
    return [
        next((o.basis for o in request.must if o.compound_id == c and o.option in ("", option, programme)), "")
        for c, option, programme in zip(rows["compound_id"], rows["option"], rows["programme"], strict=True)
    ]


def _reason(
    assessment: Assessment, planning: Planning, solution: Solution, slot: int, said: tuple[str, str], ties: _Ties
) -> str:
    basis, lang = said
    parts = [_why_in(planning, slot, basis, lang), *_why_now(assessment, planning, solution, slot, ties, lang)]
    text = t("plan.reason.and", lang).join(part for part in parts if part)
    rests = str(planning.options.at[slot, "unverified"])
    return text + (t("plan.reason.unverified", lang) if rests else "")


def _why_in(planning: Planning, slot: int, basis: str, lang: str) -> str:
    problem = planning.problem
    if problem.slots.must[slot]:
        return t("plan.reason.must", lang, basis=basis)
    if problem.slots.role[slot] == Role.HUB:
        return t("plan.reason.hub", lang)
    points, cost = float(problem.slots.benefit[slot]), int(problem.slots.cost[slot].sum())
    if problem.slots.code[slot] == KEEPER:
        return t("plan.reason.keeper", lang)
    if not points:
        return t("plan.reason.with_others", lang)
    rate = f"{points / cost * 10_000:.2f}" if cost else "—"
    return t("plan.reason.rate", lang, points=f"{points:.1f}", rate=rate)


def _why_now(
    assessment: Assessment, planning: Planning, solution: Solution, slot: int, ties: _Ties, lang: str
) -> list[str]:
    problem, plan = planning.problem, solution.plan
    reasons = []
    for other in ties.shared.get(slot, ()):
        inside = problem.slots.unit[other] == problem.slots.unit[slot]
        where = t("plan.reason.same_compound", lang) if inside else problem.units[problem.slots.unit[other]]
        reasons.append(t("plan.reason.dig_once", lang, where=where))
    if slot in ties.after_pipes:
        reasons.append(t("plan.reason.after_pipes", lang))
    if slot in ties.after_keeper:
        reasons.append(t("plan.reason.keeper_first", lang))
    first = int(np.flatnonzero(problem.slots.allowed[slot])[0])
    if problem.slots.must[slot] and problem.slots.allowed[slot].sum() == 1:
        reasons.append(t("plan.reason.fixed_year", lang))
    elif plan[slot] == first and first == 0:
        reasons.append(t("plan.reason.first_year", lang))
    elif problem.slots.code[slot] == HEAT and season_days(assessment, problem.years[0]) == 0:
        reasons.append(t("plan.reason.season", lang))
    elif not reasons:
        reasons.append(t("plan.reason.later", lang))
    return reasons


def _issued(planning: Planning) -> pd.DataFrame:
    rows = planning.issued
    if not len(rows):
        return rows
    cost = rows["works"].astype("Float64").round().astype("Int64")
    frame = rows.assign(programme=rows["option"], works=cost, cost=cost, status="已下达", source="", unit="")
    zero = {"fees": 0, "reserve": 0, "saving": 0, "residents": 0, "points": 0.0, "qty": 1.0}
    words = {f"reason_{lang}": t("plan.reason.issued", lang) for lang in LANGUAGES}
    document = rows["document"].fillna("").astype("str")
    return frame.assign(**zero, **words, unverified="", basis=document)


def _named(assessment: Assessment, lines: pd.DataFrame) -> pd.DataFrame:
    compounds, policy = assessment.district.compounds, assessment.policy
    place = {c: k for k, c in enumerate(assessment.ranking["compound_id"])}
    keeper = (lines["option"] == KEEPER).to_numpy()
    homes = pd.Series(assessment.deficits.need.stock.households_est, index=assessment.states.index)
    running = homes.reindex(lines["compound_id"]).to_numpy(float) * policy.number("plan_running_per_household")
    payer = compounds["running_cost_payer"].reindex(lines["compound_id"]).fillna("").astype("str").to_numpy(object)
    out = lines.assign(
        name=compounds["name"].reindex(lines["compound_id"]).fillna("").astype("str").to_numpy(object),
        street=compounds["subdistrict_name"].reindex(lines["compound_id"]).fillna("").astype("str").to_numpy(object),
        running_cost=pd.array(np.where(keeper & ~np.isnan(running), np.round(running), np.nan), dtype="Float64"),
        payer=np.where(keeper, payer, ""),
        **{f"label_{lang}": [option_label(policy, str(o), lang) for o in lines["option"]] for lang in LANGUAGES},
    )
    order = np.lexsort((lines["option"].astype("str"), [place.get(c, 0) for c in lines["compound_id"]], lines["year"]))
    out = out.iloc[order].reset_index(drop=True)
    whole = dict.fromkeys(("works", "fees", "reserve", "saving", "cost", "residents", "year"), "Int64")
    return out[list(COLUMNS)].astype({**whole, "qty": "Float64", "running_cost": "Int64"})


def option_label(policy: Policy, option: str, lang: str) -> str:
    """Return what an option is called: an item of items.csv or a programme of programmes.csv."""
    if not option:
        return ""
    table = "items" if option in policy.items.index else "programmes"
    return policy.label(table, option, lang)


__all__ = ["COLUMNS", "option_label", "plan_lines"]
