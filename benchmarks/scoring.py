"""Scoring against its peers: a bare ``np.interp`` loop over the same curves, and two libraries of decision analysis.

Ours gives value, contribution of every criterion, score, interval, completeness, need and readiness; the loop gives
contributions and their sum and nothing else. The data has 16 criteria with the curves of 定案, 8 % unknown cells and
5 % partly known ones; a second run of ours with one criterion `na` for every twentieth compound is shown without a bar.
pymcdm and scikit-criteria get a complete matrix, since they know no missing values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import harness
import numpy as np
import pymcdm
from skcriteria import mkdm
from skcriteria.agg.simple import WeightedSumModel

from planner.decisions.scoring import NA, PARTLY, UNKNOWN, RawArrays, Scale, read_scales, score_arrays
from planner.policy import load_policy

OURS, OURS_NA, LOOP, TOPSIS, WSM = "planner", "planner, 5 % na", "np.interp loop", "pymcdm TOPSIS", "skcriteria WSM"
SIZES = (300, 220_000, 5_000_000)
QUICK_SIZES = (300, 220_000)
LIBRARY_SIZE = 220_000
LIBRARY_ROUNDS = 2
AT_MOST_LOOP = 3.0
FASTER_THAN_LIBRARIES = 20.0


def main() -> int:
    """Measure all sizes, print the table and return the exit code."""
    options = harness.options(__doc__)
    scales = read_scales(load_policy(), profile="final")
    timings: list[harness.Timing] = []
    bars: list[harness.Bar] = []
    for size in QUICK_SIZES if options.quick else SIZES:
        raw = made_up(scales, size)
        timings += harness.compare(contenders(scales, raw), size=size, rounds=3 if options.quick else 5)
        bars.append(harness.Bar(OURS, LOOP, size=size, at_most=AT_MOST_LOOP))
        if size == LIBRARY_SIZE:
            timings += harness.compare(libraries(scales, raw), size=size, rounds=LIBRARY_ROUNDS)
            bars += [harness.Bar(OURS, peer, size=size, at_most=1 / FASTER_THAN_LIBRARIES) for peer in (TOPSIS, WSM)]
    return harness.report("scoring", timings, bars, quick=options.quick, criteria=len(scales))


def made_up(scales: Sequence[Scale], rows: int) -> RawArrays:
    """Return raw values spread over the curves, some unknown, some known in part."""
    rng = np.random.default_rng(20261120)
    kind = np.zeros((len(scales), rows), dtype=np.int8)
    x = np.empty((len(scales), rows))
    for row, scale in enumerate(scales):
        x[row] = rng.uniform(scale.x[0], scale.x[-1], rows)
        chance = rng.random(rows)
        kind[row] = np.where(chance < 0.08, UNKNOWN, np.where(chance < 0.13, PARTLY, kind[row]))
    x[kind == UNKNOWN] = np.nan
    return RawArrays(x, 0.9 * x, 1.1 * x, kind)


def contenders(scales: Sequence[Scale], raw: RawArrays) -> Mapping[str, Callable[[], object]]:
    """Return our scoring and the bare loop over the same arrays."""
    kind = raw.kind.copy()
    kind[scales.index(next(s for s in scales if s.code == "n5")), ::20] = NA
    with_na = RawArrays(raw.x, raw.lo, raw.hi, kind)
    return {
        LOOP: lambda: interp_loop(scales, raw.x),
        OURS: lambda: score_arrays(scales, raw),
        OURS_NA: lambda: score_arrays(scales, with_na),
    }


def interp_loop(scales: Sequence[Scale], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return contributions and score as one would write them on one line."""
    points = np.empty(x.shape)
    total = np.zeros(x.shape[1])
    for row, scale in enumerate(scales):
        points[row] = scale.weight / 100 * np.interp(x[row], scale.x, scale.y)
        total += points[row]
    return points, total


def libraries(scales: Sequence[Scale], raw: RawArrays) -> Mapping[str, Callable[[], object]]:
    """Return the two libraries on the same values, complete, with the matrix laid out as they want it."""
    values = np.ascontiguousarray(np.where(np.isnan(raw.x), 0.0, raw.x).T) + 1.0
    weights = np.array([scale.weight / 100 for scale in scales])
    decision = mkdm(values, [max] * len(scales), weights=weights)
    topsis, types = pymcdm.methods.TOPSIS(), np.ones(len(scales))
    return {
        TOPSIS: lambda: topsis(values, weights, types),
        WSM: lambda: WeightedSumModel().evaluate(decision),
    }


if __name__ == "__main__":
    raise SystemExit(main())
