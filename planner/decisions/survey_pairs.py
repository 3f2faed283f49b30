"""Compounds that no single open fact can move, and what two facts together could make of them."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decisions.fill_outcomes import Ground, outcomes_of
from planner.decisions.fills import BOTH_YEARS, FILL_COLUMNS, SECOND, YEARS
from planner.decisions.kleene import Bools
from planner.decisions.survey_search import Edge, Search, effects

TOGETHER_COLUMNS = ["compound_id", "field", "value", "field2", "value2", "state", "moved"]
"""One pair of facts, filled in as named, that moves the compound, and the state and the move (enters, leaves or "")."""

_FACTS, _VALUES, _ROWS = 10, 2, 400_000


def movable_together(ground: Ground, facts: pd.DataFrame, found: Search, *, edge: Edge, rows: Bools) -> pd.DataFrame:
    """Return which compounds of ``rows`` two facts together could move: TOGETHER_COLUMNS, one pair for each.

    Tried are the facts of the field survey that change most of what a state rests on, at most ten of a compound, each
    with two values of different effect. Compounds that need three facts or more are not found.
    """
    kinds = _kinds(ground, facts, found, rows)
    fills = _pairs(kinds)
    if not len(fills):
        return pd.DataFrame(columns=TOGETHER_COLUMNS)
    made = outcomes_of(ground, fills)
    changed, moved = effects(ground.assessment, fills, made, edge)
    told = fills.assign(state=made.state, moved=moved)[changed | (moved != "")].drop_duplicates("at")
    ids = ground.assessment.district.compounds.index.to_numpy(dtype=object)
    told = told.assign(compound_id=ids[told["at"].to_numpy(dtype=np.intp)])
    order = ground.assessment.order["position"].reindex(told["compound_id"]).argsort().to_numpy()
    return told.iloc[order][TOGETHER_COLUMNS].reset_index(drop=True)


def _kinds(ground: Ground, facts: pd.DataFrame, found: Search, rows: Bools) -> pd.DataFrame:
    """The facts of each compound that change most, with the values that differ in effect: at, pair, field, value."""
    surveyed = ground.assessment.policy.fields("compounds")["survey"].eq("yes")
    seen = [field == BOTH_YEARS or (field not in YEARS and bool(surveyed[field])) for field in facts["field"]]
    usable = np.array(seen, dtype=bool) & rows[facts["at"].to_numpy(dtype=np.intp)]
    places = np.flatnonzero(usable[found.tried["pair"].to_numpy(dtype=np.intp)])
    tried = found.tried.iloc[places]
    if not len(tried):
        return pd.DataFrame(columns=["at", "pair", "field", "value"])
    present = outcomes_of(ground, _as_they_are(tried["at"].unique()))
    row_of = {at: k for k, at in enumerate(tried["at"].unique().tolist())}
    now = np.array([row_of[at] for at in tried["at"].tolist()], dtype=np.intp)
    other = found.outcomes.signature[places] != present.signature[now]
    gain = found.outcomes.points[places].sum(axis=1) - present.points[now].sum(axis=1)
    effect = _effect_codes(found.outcomes.signature[places], gain)
    table = tried.assign(force=other.sum(axis=1) + np.abs(gain) / 100, effect=effect)
    table = table[(other.any(axis=1) | (np.abs(gain) > 0)) & ~table.duplicated(["pair", "effect"])]
    table = table.sort_values(["at", "force"], ascending=[True, False], kind="stable")
    table = table[table.groupby("pair").cumcount() < _VALUES]
    best = table.drop_duplicates("pair")
    chosen = best[best.groupby("at").cumcount() < _FACTS]["pair"]
    return table[table["pair"].isin(chosen)][["at", "pair", "field", "value"]]


def _as_they_are(at: npt.NDArray[np.intp]) -> pd.DataFrame:
    return pd.DataFrame({"at": at, "field": "", "value": None}, columns=FILL_COLUMNS)


def _effect_codes(signature: npt.NDArray[np.int8], gain: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """A number for each distinct effect: the signature, and whether the score rises or falls."""
    rows = np.column_stack([signature, np.sign(np.round(gain, 6)).astype(np.int8)])
    if not len(rows):
        return np.zeros(0, dtype=np.intp)
    codes = np.unique(rows, axis=0, return_inverse=True)[1]
    return np.asarray(codes, dtype=np.intp).reshape(-1)


def _pairs(kinds: pd.DataFrame) -> pd.DataFrame:
    """Every two facts of a compound with every two of their values, at most so many rows in all."""
    parts = []
    for _, own in kinds.groupby("at", sort=True):
        codes = own["pair"].to_numpy()
        both = np.array(list(itertools.combinations(range(len(own)), 2)), dtype=np.intp).reshape(-1, 2)
        both = both[codes[both[:, 0]] != codes[both[:, 1]]]
        first, second = own.iloc[both[:, 0]], own.iloc[both[:, 1]]
        values = {SECOND[0]: second["field"].to_numpy(), SECOND[1]: second["value"].to_numpy(dtype=object)}
        parts.append(first[FILL_COLUMNS].assign(**values))
    if not parts:
        return pd.DataFrame(columns=[*FILL_COLUMNS, *SECOND])
    return pd.concat(parts, ignore_index=True).iloc[:_ROWS]
