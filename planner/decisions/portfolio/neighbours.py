"""Neighbours whose heating can share a trench: close to each other, in one street, each with at most one other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from planner.decisions.assessment import Assessment
from planner.decisions.portfolio.options import HEAT
from planner.decisions.portfolio.problem import Ints
from planner.district.crs import to_metric

Pairs = list[tuple[int, int]]


def heating_pairs(assessment: Assessment, options: pd.DataFrame, units: tuple[str, ...], street: Ints) -> Pairs:
    """Return pairs of heating slots that may share a trench: boundaries within settings.plan_neighbour_m.

    The pair that can save most is joined first; a compound without a shape has no neighbour.
    """
    slots = np.flatnonzero((options["option"] == HEAT).to_numpy())
    if len(slots) < 2:
        return []
    compounds = assessment.district.compounds
    owners = options["compound_id"].iloc[slots]
    shapes = to_metric(compounds.loc[list(owners), ["geometry"]]).geometry.to_numpy()
    if shapely.is_missing(shapes).all():
        return []
    tree = shapely.STRtree(shapes)
    here, there = tree.query(shapes, predicate="dwithin", distance=assessment.policy.number("plan_neighbour_m"))
    number = {compound: k for k, compound in enumerate(units)}
    place = street[[number[c] for c in owners]]
    close = (here < there) & (place[here] == place[there])
    here, there = here[close], there[close]
    works = options["works"].to_numpy(dtype=np.int64)[slots]
    order = np.lexsort((there, here, -np.minimum(works[here], works[there])))
    return _matched(slots, here[order], there[order])


def _matched(slots: Ints, here: Ints, there: Ints) -> Pairs:
    taken: set[int] = set()
    found: Pairs = []
    for a, b in zip(here.tolist(), there.tolist(), strict=True):
        if a not in taken and b not in taken:
            taken |= {a, b}
            found.append((int(slots[a]), int(slots[b])))
    return found
