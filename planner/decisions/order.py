"""The suggested order (建议次序): blocks, then score, with ties that depend on nobody else (CONTRACTS 2 "Order").

Every key of the order is read from the compound's own row, so adding, removing or completing one compound never
changes which of two others comes first.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.decisions.states import CONSULT_FIRST, CUSTODIAN_FIRST, EXCLUDED, LISTED, NO_NEED, READY, TO_VERIFY
from planner.district.district import District
from planner.policy import Policy

IN_ORDER = (READY, CUSTODIAN_FIRST, CONSULT_FIRST, TO_VERIFY)
MAIN_BLOCK, DATA_BLOCK = "建议次序", "待补资料"
BLOCKS = (MAIN_BLOCK, DATA_BLOCK, LISTED, NO_NEED, EXCLUDED)
"""The blocks in their order; the first two are ranked."""

TIE_DECIMALS = 9
"""Scores that agree to so many decimals are a tie; rounding, unlike a distance, orders any three rows one way only."""


def rank(district: District, scores: pd.DataFrame, *, states: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return block, rank (Int64, missing outside the order) and position (0 ... n-1): index compound_id.

    First the compounds that are complete enough (settings.min_completeness) or have a state other than 待核实, then
    待补资料, then the states that are not in the order. Inside a block: higher score; ties: older, more households, id
    as text; unknown last.
    """
    index = district.compounds.index
    block = block_numbers(scores.reindex(index), states.reindex(index), policy)
    keys = order_keys(district, scores.reindex(index), block)
    order = np.lexsort(tuple(keys[name] for name in reversed(list(keys))))
    position = np.empty(len(index), dtype=np.int64)
    position[order] = np.arange(len(index))
    ranked = block <= BLOCKS.index(DATA_BLOCK)
    numbers = pd.array(np.where(ranked, position + 1, 0), dtype="Int64")
    numbers[~ranked] = pd.NA
    names = np.array(BLOCKS, dtype=object)[block]
    return pd.DataFrame({"block": pd.array(names, dtype="string"), "rank": numbers, "position": position}, index=index)


def block_numbers(scores: pd.DataFrame, states: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Return the position in BLOCKS of every row. scores: completeness; states: state."""
    state = states["state"].to_numpy(dtype=object)
    complete = scores["completeness"].to_numpy(dtype=float, na_value=0.0) >= policy.number("min_completeness") - 1e-9
    inside = np.isin(state, IN_ORDER)
    in_main = inside & (complete | (state != TO_VERIFY))
    outside = [state == name for name in BLOCKS[2:]]
    return np.select([in_main, inside, *outside], range(len(BLOCKS)), default=len(BLOCKS) - 1)


def order_keys(district: District, scores: pd.DataFrame, block: np.ndarray) -> dict[str, np.ndarray]:
    """Return what the order is decided by, the first key first; smaller comes earlier. scores: score."""
    compounds = district.compounds
    score = scores["score"].to_numpy(dtype=float, na_value=-np.inf)
    oldest = district.year_range["year_lo"].reindex(compounds.index).to_numpy(dtype=float, na_value=np.inf)
    people = compounds["households"].to_numpy(dtype=float, na_value=-1.0)
    return {
        "block": block,
        "score": -np.round(score, TIE_DECIMALS),
        "year": oldest,
        "households": -people,
        "id": compounds.index.to_numpy(dtype=str),
    }
