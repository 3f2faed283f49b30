"""Which systems a table and its areas are really in: every pair of hypotheses is tried, and the shares are shown.

A wrong system moves points by 0.2 to 1.4 km, or off the map. With areas whose labels the points carry (districts,
communities), the right pair puts the most points into the area of their own label; labels and areas are paired by
count, so `dongcheng` and 东城区 need not be spelt alike. Points and areas that are shifted alike agree as well as
before, so pairs with one system on both sides are one outcome: only what was declared can tell them apart.
Nothing is converted here: the result is a proposal with its evidence (DESIGN rule 5.6, CONTRACTS 4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from planner.district.crs import Floats, System, hypotheses, shapes_to_lonlat, to_lonlat
from planner.policy import Policy

Settled = Literal["none", "points", "areas"]
_SAMPLE = 20_000
Objects = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Declared:
    """What the sources say about themselves: None where a file says nothing (a CSV never does)."""

    points: System | None = None
    areas: System | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """When evidence is clear: the best outcome's least share, and how far it must be above the next one."""

    share: float
    margin: float

    @classmethod
    def of(cls, policy: Policy) -> Limits:
        """Return the limits of settings.csv (crs_clear_share, crs_clear_margin)."""
        return cls(policy.number("crs_clear_share"), policy.number("crs_clear_margin"))


@dataclass(frozen=True, slots=True)
class CrsEvidence:
    """What was tried and found.

    pairs: table, areas (Systems), agreement (0..1), best first; proposed: the best pair, None where nothing could be
    tried; best, runner_up: agreement of the best outcome and of the next different one (None where there is none);
    clear: whether the proposal may be applied without asking; points: how many points were tried.
    """

    pairs: pd.DataFrame
    proposed: tuple[System, System] | None
    best: float
    runner_up: float | None
    clear: bool
    points: int

    def records(self) -> list[dict[str, Any]]:
        """Return the pairs as plain values, as import.json and `--json` give them (CONTRACTS 3)."""
        return [
            {"table": row.table.name, "areas": row.areas.name, "agreement": round(float(row.agreement), 4)}
            for row in self.pairs.itertuples(index=False)
        ]


@dataclass(frozen=True, slots=True)
class _Points:
    x: Floats
    y: Floats
    label: Ints


def detect_crs(
    points: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    *,
    declared: Declared,
    limits: Limits,
    own: bool = False,
    settled: Settled = "none",
) -> CrsEvidence:
    """Return the evidence for every pair of systems of `points` and `areas`.

    points: x, y (numbers as in the source) and label (text, missing = not used). areas: polygons in source
    coordinates. Agreement is the share of the points that lie in the area of their label. Labels and areas are
    paired one to one, largest count first (greedy: with areas larger than the shift the largest counts are the
    right ones, and an exact assignment gives the same). own=True: the label is the area's index value, so a point
    is right in its own area only; this is the test of compounds against their own footprints. Where no point has a
    label, any area counts. Missing coordinates are left out. Above 20,000 points every n-th is tried. settled: the
    side ("points" or "areas") whose declared system is certain; only the other side is then in question.
    """
    kept, shapes = _tried(points, areas, own)
    systems = _systems(kept, shapes, declared, settled)
    if not len(kept.x) or not len(shapes) or not all(systems):
        return CrsEvidence(_pairs([]), None, 0.0, None, False, len(kept.x))
    pairs = _pairs(list(_agreements(kept, shapes, systems, own)))
    return _judged(pairs, declared, limits, points=len(kept.x), settled=settled)


def _tried(points: pd.DataFrame, areas: gpd.GeoDataFrame, own: bool) -> tuple[_Points, Objects]:
    x = pd.to_numeric(points["x"], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    y = pd.to_numeric(points["y"], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if own:
        label = areas.index.get_indexer(points["label"]).astype(np.int64)
    else:
        label = pd.factorize(points["label"])[0].astype(np.int64)
    use = np.isfinite(x) & np.isfinite(y)
    if own or (label >= 0).any():
        use &= label >= 0
    rows = np.flatnonzero(use)
    rows = rows[:: max(1, -(-len(rows) // _SAMPLE))]
    shapes = areas.geometry.to_numpy()
    if not own:
        return _Points(x[rows], y[rows], label[rows]), shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    return _Points(x[rows], y[rows], np.arange(len(rows))), shapes[label[rows]]


def _systems(
    points: _Points, shapes: Objects, declared: Declared, settled: Settled
) -> tuple[tuple[System, ...], tuple[System, ...]]:
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    table = hypotheses(points.x, points.y, declared.points)
    lands = hypotheses(middle[:, 0], middle[:, 1], declared.areas)
    if settled == "points" and declared.points:
        table = (declared.points,)
    if settled == "areas" and declared.areas:
        lands = (declared.areas,)
    return table, lands


def _agreements(
    points: _Points, shapes: Objects, systems: tuple[tuple[System, ...], tuple[System, ...]], own: bool
) -> Iterator[tuple[System, System, float]]:
    places = {s: shapely.points(*to_lonlat(points.x, points.y, s)) for s in systems[0]}
    lands = {s: shapes_to_lonlat(shapes, s) for s in systems[1]}
    for table, areas in product(systems[0], systems[1]):
        inside = _in_own(places[table], lands[areas]) if own else _in_area(places[table], points.label, lands[areas])
        yield table, areas, inside / len(points.x)


def _in_own(places: Objects, lands: Objects) -> int:
    return int(shapely.covers(lands, places).sum())


def _in_area(places: Objects, labels: Ints, lands: Objects) -> int:
    area, point = shapely.STRtree(places).query(lands, predicate="covers")
    if not (labels >= 0).any():
        return len(np.unique(point))
    pairs, counts = np.unique(np.column_stack([labels[point], area]), axis=0, return_counts=True)
    taken_labels: set[int] = set()
    taken_areas: set[int] = set()
    total = 0
    for row in np.argsort(-counts, kind="stable"):
        label, place = (int(v) for v in pairs[row])
        if label not in taken_labels and place not in taken_areas:
            taken_labels.add(label)
            taken_areas.add(place)
            total += int(counts[row])
    return total


def _pairs(found: list[tuple[System, System, float]]) -> pd.DataFrame:
    table = pd.DataFrame(found, columns=["table", "areas", "agreement"])
    return table.sort_values("agreement", ascending=False, kind="stable", ignore_index=True)


def _judged(pairs: pd.DataFrame, declared: Declared, limits: Limits, *, points: int, settled: Settled) -> CrsEvidence:
    outcome = [_outcome(table, areas) for table, areas in zip(pairs["table"], pairs["areas"], strict=True)]
    first = [place == outcome[0] for place in outcome]
    best = float(pairs["agreement"].iloc[0])
    rest = pairs["agreement"][[not same for same in first]]
    runner_up = float(rest.iloc[0]) if len(rest) else None
    members = [tuple(pair) for pair in pairs.loc[first, ["table", "areas"]].itertuples(index=False)]
    proposed, known = _representative(members, declared)
    known = known or settled != "none"
    # 1e-9 absorbs the binary rounding of a share such as 0.95
    margin = runner_up is None or best - runner_up >= limits.margin - 1e-9
    clear = known and best >= limits.share - 1e-9 and margin
    return CrsEvidence(pairs, proposed, best, runner_up, clear, points)


def _outcome(table: System, areas: System) -> tuple[Any, ...]:
    if table.code == areas.code:
        return ("alike", table.swapped, areas.swapped)
    return (table, areas)


def _representative(members: list[tuple[System, System]], declared: Declared) -> tuple[tuple[System, System], bool]:
    if len(members) == 1:
        return members[0], True
    for said in (declared.areas, declared.points):
        for pair in members:
            if said is not None and said.code in (pair[0].code, pair[1].code):
                return pair, True
    return members[0], False


def own_footprints_hold(evidence: CrsEvidence, declared: Declared, limits: Limits) -> bool:
    """Return whether points lie in their own footprints in the declared system often enough to trust it.

    This is the rule for an import without areas (CONTRACTS 4): no margin is asked, since a footprint is smaller than
    any shift. Undeclared footprints never hold.
    """
    if declared.areas is None or evidence.proposed is None:
        return False
    said = evidence.proposed[1] == declared.areas
    return said and evidence.best >= limits.share - 1e-9
