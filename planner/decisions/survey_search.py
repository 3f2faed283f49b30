"""The search for facts that could change something: try values, then halve what lies between until nothing can hide.

Between two neighbouring numbers with equal signatures every answer stands still and every criterion moves one way only;
so the greatest and the least score between them are at most what each criterion has at its better and worse end. Where
the signatures differ, or that bound reaches the edge of the top list, the middle is tried as well, until the numbers
stand side by side. What is still open then counts as able to change something: the search leaves out too little, never
too much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.fill_outcomes import (
    Floats,
    Ground,
    Outcomes,
    cost_curve,
    join_outcomes,
    outcomes_of,
    present_keys,
)
from planner.decisions.fill_values import STEP, WHOLE_KINDS, first_values, typed_values
from planner.decisions.fills import BOTH_YEARS
from planner.decisions.kleene import Bools
from planner.decisions.order import BLOCKS, DATA_BLOCK

ENTERS, LEAVES = "enters", "leaves"
_ROUNDS = 48
_TINY = 2e-9
_WIDE = 4.0
_RANKED = BLOCKS.index(DATA_BLOCK)


@dataclass(frozen=True, slots=True)
class Edge:
    """The edge of the top list.

    inside: which compounds are in the first ``top`` of the order. last, next: keys (with the id) of the last one inside
    and the first one behind it, None where there is none.
    """

    inside: Bools
    last: tuple[float | str, ...] | None
    next: tuple[float | str, ...] | None
    top: int


@dataclass(frozen=True, slots=True)
class Search:
    """What was tried and what it came to.

    tried: pair, at, field, value, x; outcomes: row by row. changed: whether a row has another state than the compound
    now. moved: enters, leaves or "". open: pairs of which a bound could not be settled.
    """

    tried: pd.DataFrame
    outcomes: Outcomes
    changed: Bools
    moved: npt.NDArray[np.object_]
    open: frozenset[int]


def edge_of(assessment: Assessment, top: int) -> Edge:
    """Return the edge of the first ``top`` compounds of the suggested order."""
    rank = assessment.order["rank"].to_numpy(dtype=float, na_value=np.nan)
    keys, ids = present_keys(assessment), assessment.district.compounds.index

    def key_at(place: int) -> tuple[float | str, ...] | None:
        found = np.flatnonzero(rank == place)
        return (*keys[found[0]].tolist(), str(ids[found[0]])) if len(found) else None

    return Edge(rank <= top, key_at(top), key_at(top + 1), top)


def search(ground: Ground, facts: pd.DataFrame, edge: Edge) -> Search:
    """Return what filling in each of ``facts`` (`fill_values.open_facts`), one at a time, can come to."""
    assessment = ground.assessment
    tried = first_values(assessment, facts)
    found = outcomes_of(ground, tried)
    whole = _whole(assessment, facts)
    for _ in range(_ROUNDS):
        gaps = _between(ground, tried, found, edge=edge, whole=whole)
        gaps = gaps[gaps["finer"]]
        if not len(gaps):
            break
        more = _middles(gaps)
        tried, found = pd.concat([tried, more], ignore_index=True), join_outcomes([found, outcomes_of(ground, more)])
    rest = _between(ground, tried, found, edge=edge, whole=whole)
    changed, moved = effects(assessment, tried, found, edge)
    return Search(tried, found, changed, moved, frozenset(rest.loc[rest["open"], "pair"].tolist()))


def effects(
    assessment: Assessment, tried: pd.DataFrame, found: Outcomes, edge: Edge
) -> tuple[Bools, npt.NDArray[np.object_]]:
    """Return which rows have another state than their compound now, and which enter or leave the top list."""
    at = tried["at"].to_numpy(dtype=np.intp)
    now = assessment.states["state"].to_numpy(dtype=object)[at]
    ids = assessment.district.compounds.index.to_numpy(dtype=str)[at]
    return found.state != now, _moved(found.keys, ids, edge.inside[at], edge)


def _moved(keys: Floats, ids: npt.NDArray[np.str_], inside: Bools, edge: Edge) -> npt.NDArray[np.object_]:
    ranked = keys[:, 0] <= _RANKED
    enters = ~inside & ranked & (_before(keys, ids, edge.last) if edge.last else True)
    leaves = inside & (~ranked | (~_before(keys, ids, edge.next) if edge.next else False))
    return np.select([enters, leaves], [ENTERS, LEAVES], default="").astype(object)


def _before(keys: Floats, ids: npt.NDArray[np.str_], other: tuple[float | str, ...]) -> Bools:
    """Which rows come before another compound, key by key."""
    before, equal = np.zeros(len(keys), dtype=bool), np.ones(len(keys), dtype=bool)
    for column, value in zip([*keys.T, ids], other, strict=True):
        before |= equal & (column < value)
        equal &= column == value
    return before


def _whole(assessment: Assessment, facts: pd.DataFrame) -> Bools:
    """Which facts are whole numbers."""
    kinds = assessment.policy.fields("compounds")["type"]
    return np.array([f == BOTH_YEARS or kinds[f] in WHOLE_KINDS for f in facts["field"]], dtype=bool)


def _between(ground: Ground, tried: pd.DataFrame, found: Outcomes, *, edge: Edge, whole: Bools) -> pd.DataFrame:
    """The gaps between neighbouring numbers of each fact: pair, at, field, low, high, whole.

    open: whether the bound of the score reaches the edge where numbers lie between; finer: to be halved, because
    something may hide there, or, in facts known to change something, to find where exactly it does.
    """
    changed, moved = effects(ground.assessment, tried, found, edge)
    settled = tried["pair"].isin(tried.loc[changed | (moved != ""), "pair"])
    numbers = tried[tried["x"].notna()].sort_values(["pair", "x"], kind="stable")
    gap = np.flatnonzero(numbers["pair"].to_numpy()[1:] == numbers["pair"].to_numpy()[:-1])
    rows, x = numbers.index.to_numpy(dtype=np.intp), numbers["x"].to_numpy(dtype=float)
    ends, kept = (rows[gap], rows[gap + 1]), numbers.iloc[gap][["pair", "at", "field"]].reset_index(drop=True)
    kept = kept.assign(low=x[gap], high=x[gap + 1], whole=whole[kept["pair"].to_numpy(dtype=np.intp)])
    size = np.maximum(1.0, np.abs(kept["high"])).to_numpy(dtype=float)
    wide = (kept["high"] - kept["low"]).to_numpy(dtype=float) > np.where(kept["whole"], 1.5, STEP * size)
    known = settled.to_numpy(dtype=bool)[ends[0]]
    other_state = (found.state[ends[0]] != found.state[ends[1]]) | (moved[ends[0]] != moved[ends[1]])
    differs = np.where(known, other_state, (found.signature[ends[0]] != found.signature[ends[1]]).any(axis=1))
    reaches = ~known & _reaches(ground, found, ends, edge.inside[kept["at"].to_numpy(dtype=np.intp)], edge)
    something = wide | ~kept["whole"].to_numpy(dtype=bool)
    return kept.assign(open=reaches & something, finer=wide & (differs | reaches))


def _reaches(
    ground: Ground, found: Outcomes, ends: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]], inside: Bools, edge: Edge
) -> Bools:
    """Where some number between two may put a compound over the edge, as far as the bound tells."""
    block = found.keys[ends[0], 0]
    least, most = (side.sum(axis=1) for side in _point_ends(ground, found, ends))
    reaches = np.zeros(len(block), dtype=bool)
    if edge.last is not None:
        reaches |= ~inside & (block == edge.last[0]) & (most >= -float(edge.last[1]) - _TINY)
    if edge.next is not None:
        reaches |= inside & (block == edge.next[0]) & (least <= -float(edge.next[1]) + _TINY)
    return reaches


def _point_ends(
    ground: Ground, found: Outcomes, ends: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]
) -> tuple[Floats, Floats]:
    """Least and greatest points of every criterion between two numbers: those at its ends.

    The cost per household is a growing cost over growing households: its ends are the dearest and the cheapest pair.
    """
    points = np.stack([found.points[rows] for rows in ends])
    least, most = points.min(axis=0), points.max(axis=0)
    curve = cost_curve(ground)
    if curve is not None:
        place, scale = curve
        cost, people = (np.stack([part[rows] for rows in ends]) for part in (found.cost, found.households))
        rates = np.stack([cost.max(axis=0) / people.min(axis=0), cost.min(axis=0) / people.max(axis=0)])
        worth = np.interp(rates, scale.x, scale.y) * np.fmax(*(found.cost_weight[rows] for rows in ends))
        worth[:, np.isnan(rates).any(axis=0)] = np.nan
        least[:, place] = np.fmin(least[:, place], np.fmin(*worth))
        most[:, place] = np.fmax(most[:, place], np.fmax(*worth))
    return least, most


def _middles(gaps: pd.DataFrame) -> pd.DataFrame:
    """The middle of every gap, of a wide one in proportion."""
    low, high = gaps["low"].to_numpy(dtype=float), gaps["high"].to_numpy(dtype=float)
    apart = (low > 0) & (high > _WIDE * low)
    middle = np.where(apart, np.sqrt(np.abs(low * high)), (low + high) / 2)
    whole = gaps["whole"].to_numpy(dtype=bool)
    middle = np.where(whole, np.clip(np.round(middle), low + 1, high - 1), middle)
    values = np.where(whole, typed_values(middle, "int"), typed_values(middle, "decimal"))
    return pd.DataFrame({**{name: gaps[name] for name in ("pair", "at", "field")}, "value": values, "x": middle})
