"""Balance: the least that every street gets, and the shares of 三无 and of later-built compounds."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.portfolio.options import MICRO
from planner.decisions.portfolio.problem import UNLIMITED, Demand, Ints, Problem, Role
from planner.district.sanwu import derive_sanwu

Notes = list[tuple[str, dict[str, object]]]
REACHABLE = Fraction(9, 10)
"""A share is asked for only as far as this part of it could be reached with what is eligible."""


def street_floors(assessment: Assessment, problem: Problem) -> Ints:
    """Return the least yuan per street: settings.plan_floor_share of its part of the money, by what it could take.

    What could be done in a compound: its dearest package or all its items, whichever is more, of what fits the funds.
    """
    slots = problem.slots
    package = np.isin(slots.role, (Role.PACKAGE, Role.KEEPER))
    fits: np.ndarray = slots.cost <= problem.funds.max(axis=1, initial=0)
    counts = np.where(np.all(fits, axis=1) & np.any(slots.allowed, axis=1), slots.counts, 0)
    dearest = np.zeros(problem.n, dtype=np.int64)
    np.maximum.at(dearest, slots.unit[package], counts[package])
    items = np.zeros(problem.n, dtype=np.int64)
    np.add.at(items, slots.unit[~package], counts[~package])
    able = np.zeros(len(problem.streets), dtype=np.int64)
    np.add.at(able, problem.street, np.maximum(dearest, items))
    money = sum(int(f) for row in problem.funds for f in row if f < UNLIMITED)
    whole, share = int(able.sum()), Fraction(assessment.policy.text("plan_floor_share"))
    if not whole:
        return able
    return np.array([int(share * Fraction(int(a), whole) * min(money, whole)) for a in able], dtype=np.int64)


def micro_for_sanwu(assessment: Assessment, options: pd.DataFrame, problem: Problem, notes: Notes) -> Demand | None:
    """Return the demand that 三无 compounds get at least settings.plan_share_sanwu of the micro money.

    Where that cannot be reached with what is eligible there, the share is lowered to what can, and a note says so.
    """
    compounds = assessment.district.compounds
    listed = compounds["sanwu_official"].astype("boolean") | derive_sanwu(compounds, assessment.policy)
    chosen = listed.fillna(False).reindex(options["compound_id"]).to_numpy(dtype=bool)
    micro = (options["programme"] == MICRO).to_numpy()
    cost = options["cost"].to_numpy(dtype=np.int64)
    theirs, everything = int(cost[micro & chosen].sum()), int(cost[micro].sum())
    asked = Fraction(assessment.policy.text("plan_share_sanwu"))
    if not everything or not asked:
        return None
    if not theirs:
        notes.append(("plan.note.no_sanwu", {}))
        return None
    money = _micro_funds(options, problem, micro)
    reach = REACHABLE * Fraction(theirs, max(1, min(money, everything)))
    share = min(asked, reach).limit_denominator(100)
    if share < asked:
        notes.append(("plan.note.sanwu_lowered", {"asked": _percent(asked), "share": _percent(share)}))
    own = np.where(micro, np.where(chosen, share.denominator - share.numerator, -share.numerator) * cost, 0)
    return Demand("sanwu", own.astype(np.int64), 0)


def _micro_funds(options: pd.DataFrame, problem: Problem, micro: np.ndarray) -> int:
    purses = {problem.purses.index(p) for p in options.loc[micro, "purse"]}
    return sum(int(f) for p in purses for f in problem.funds[p] if f < UNLIMITED)


def later_built(assessment: Assessment, options: pd.DataFrame, notes: Notes) -> Demand | None:
    """Return the demand that later-built compounds hold at most settings.plan_share_later of the households of A."""
    compounds = assessment.district.compounds
    limit = Fraction(assessment.policy.text("plan_share_later"))
    built = compounds["built_year_min"].reindex(options["compound_id"])
    later = (built > assessment.policy.number("built_before_A")).fillna(False).to_numpy(dtype=bool)
    whole = (options["option"] == "A").to_numpy()
    if not (later & whole).any():
        return None
    at = assessment.states.index.get_indexer(pd.Index(options["compound_id"]))
    homes = np.nan_to_num(assessment.deficits.need.stock.households_est)[at].astype(np.int64)
    top, bottom = limit.numerator, limit.denominator
    weight = np.where(whole, np.where(later, top - bottom, top) * homes, 0)
    notes.append(("plan.note.later", {"share": _percent(limit)}))
    return Demand("later", weight.astype(np.int64), 0)


def _percent(share: Fraction) -> str:
    return f"{float(share) * 100:.0f}"
