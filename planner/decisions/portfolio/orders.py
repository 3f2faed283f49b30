"""Must and never: what the planner has decided, each with its basis, written onto the options."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.portfolio.options import HUB, KEEPER, MICRO, PACKAGES
from planner.decisions.portfolio.request import Order, PlanRequest
from planner.errors import InputError
from planner.text import t

UNDER_WAY = (*PACKAGES, "H", MICRO)
"""What may be said to be under way: whole programmes."""
UNDER_WAY_STATUS = "施工"

FREE = 0
"""The fixed year of an option that may be done in any year."""


def apply_orders(
    assessment: Assessment, options: pd.DataFrame, request: PlanRequest
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return the options without what must never be in, where an option is a must, and its fixed year (FREE: any).

    A must without an option asks for the programme under which the compound is counted, else what it has. Raises
    InputError for an unknown compound, a must without basis, or one for which nothing can be planned.
    """
    for order in (*request.must, *request.never):
        if order.compound_id not in assessment.states.index:
            raise InputError(t("plan.error.compound", value=order.compound_id))
    for order in request.must:
        if not order.basis.strip():
            raise InputError(t("plan.error.no_basis", value=order.compound_id))
    gone = np.zeros(len(options), dtype=bool)
    for order in request.never:
        gone |= _meant(options, order)
    gone |= _orphans(options, gone)
    options = options.loc[~gone].reset_index(drop=True)
    must, fixed = np.zeros(len(options), dtype=bool), np.full(len(options), FREE, dtype=np.int64)
    for order in request.must:
        mine = _wanted(assessment, options, order)
        if not mine.any():
            raise InputError(t("plan.error.must_nothing", value=order.compound_id, option=order.option))
        must |= mine
        fixed[mine] = order.year or FREE
    return options, must, fixed


def with_under_way(assessment: Assessment, issued: pd.DataFrame, request: PlanRequest) -> pd.DataFrame:
    """Return the lines that are 已下达 and those that the planner says are under way; what stands twice counts once.

    Raises InputError for an unknown compound, a line without basis, without programme or outside the years.
    """
    rows = []
    for order in request.under_way:
        if order.compound_id not in assessment.states.index:
            raise InputError(t("plan.error.compound", value=order.compound_id))
        if not order.basis.strip() or order.option not in UNDER_WAY or order.year not in request.years:
            raise InputError(t("plan.error.under_way", value=order.compound_id))
        rows.append((order.compound_id, order.option, order.year, None, UNDER_WAY_STATUS, order.basis))
    if not rows:
        return issued
    told = pd.DataFrame(rows, columns=["compound_id", "option", "year", "works", "status", "document"])
    told = told.astype({"works": "Float64", "year": "int64"})
    both = pd.concat([told, issued], ignore_index=True) if len(issued) else told
    return both.drop_duplicates(["compound_id", "option"]).reset_index(drop=True)


def _orphans(options: pd.DataFrame, gone: np.ndarray) -> np.ndarray:
    """What needs a custodian or a recorder that must never be in, or that is not there."""
    orphans = np.zeros(len(options), dtype=bool)
    for flag, parent in (("needs_hub", HUB), ("needs_keeper", KEEPER)):
        lost = gone | orphans
        there = set(options.loc[(options["option"] == parent).to_numpy() & ~lost, "compound_id"])
        here = set(options.loc[options["option"] == parent, "compound_id"]) if parent == HUB else set()
        needs = options[flag].astype(bool).to_numpy() & ~options["compound_id"].isin(there).to_numpy()
        # a recorder that nobody proposed is there already, or nobody knows: only a forbidden one is missed
        orphans |= needs & options["compound_id"].isin(here).to_numpy() if parent == HUB else needs
    return orphans


def _meant(options: pd.DataFrame, order: Order) -> np.ndarray:
    mine = (options["compound_id"] == order.compound_id).to_numpy()
    if order.option:
        mine &= ((options["option"] == order.option) | (options["programme"] == order.option)).to_numpy()
    return np.asarray(mine)


def _wanted(assessment: Assessment, options: pd.DataFrame, order: Order) -> np.ndarray:
    """The slots that a must asks for: the option, or the leading programme of the compound, or what there is."""
    mine = _meant(options, order)
    if order.option:
        return mine
    lead = str(assessment.states.at[order.compound_id, "lead"] or "")
    for programme in dict.fromkeys([lead, *PACKAGES, MICRO, "H", KEEPER]):
        chosen = mine & (options["programme"] == programme).to_numpy()
        if programme and chosen.any():
            return np.asarray(chosen)
    return mine
