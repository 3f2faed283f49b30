"""A part of a problem: some compounds with everything that concerns them alone, the limits that join all left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.decisions.portfolio.problem import NONE, UNLIMITED, Bools, Ints, Problem, Relations, Slots

_PAIRS = ("needs", "after", "excludes", "shares")


def part_of(problem: Problem, units: Bools) -> tuple[Ints, Problem]:
    """Return the slots of ``units`` and their problem: no limit on funds or capacity, no floor, no demand.

    Neighbours that share a trench must both be in ``units``, or their saving is left out.
    """
    slots = np.flatnonzero(units[problem.slots.unit])
    number = np.full(problem.n, NONE, dtype=np.int64)
    number[units] = np.arange(int(units.sum()))
    place = np.full(len(problem.slots), NONE, dtype=np.int64)
    place[slots] = np.arange(len(slots))
    own = {name: getattr(problem.slots, name)[slots] for name in Slots.__dataclass_fields__}
    own["unit"] = number[own["unit"]]
    pairs = {name: place[getattr(problem.relations, name)] for name in _PAIRS}
    kept = (pairs["shares"] >= 0).all(axis=1)
    pairs = {name: rows[(rows >= 0).all(axis=1)] for name, rows in pairs.items()}
    relations = Relations(
        **pairs, saving=problem.relations.saving[kept], saving_purse=problem.relations.saving_purse[kept]
    )
    here = np.flatnonzero(units)
    part = replace(
        problem,
        units=tuple(problem.units[k] for k in here.tolist()),
        street=problem.street[here],
        slots=Slots(**own),
        relations=relations,
        funds=np.full_like(problem.funds, UNLIMITED),
        limits=np.full_like(problem.limits, UNLIMITED),
        floor=np.zeros_like(problem.floor),
        demands=(),
    )
    return slots, part
