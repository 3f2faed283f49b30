"""Scoring against its peers: a bare ``np.interp`` loop over the same curves, and two libraries of decision analysis.

The data has the 16 criteria of 定案 with their curves, 8 % unknown cells, and 5 % partly known ones where a criterion
can be partly known. A second run of ours, one criterion `na` for every twentieth compound, is shown without a bar.

Ours gives value and contribution of every criterion, score, interval, completeness, need and readiness. The loop gives
contributions and their sum, and nothing else. The libraries know neither raw values nor missing ones nor intervals:
to reach score, low and high from the same cells they get value tables (np.interp, unknown as 50, 0 and 100), and are
called on each of the three as their manuals do: pymcdm with a matrix, scikit-criteria with a DecisionMatrix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import harness
import numpy as np
import pymcdm
from skcriteria import mkdm
from skcriteria.agg.simple import WeightedSumModel

from planner.decisions.scales import Scale, read_scales
from planner.decisions.scoring import NA, PARTLY, UNKNOWN, RawArrays, score_arrays
from planner.policy import load_policy

OURS, OURS_NA, LOOP, TOPSIS, WSM = "planner", "planner, 5 % na", "np.interp loop", "pymcdm TOPSIS", "skcriteria WSM"
PARTLY_KNOWN = ("n1", "n2", "n3", "n5", "n6", "d1", "r3", "v1")
SMALL, SMALL_TIMES = 10_000, 100
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
        x[row] = rng.integers(0, len(scale.x), rows) if scale.labels else rng.uniform(scale.x[0], scale.x[-1], rows)
        chance = rng.random(rows)
        kind[row][chance < 0.08] = UNKNOWN
        if scale.code in PARTLY_KNOWN:
            kind[row][chance > 0.95] = PARTLY
    x[kind == UNKNOWN] = np.nan
    return RawArrays(x, 0.9 * x, 1.1 * x, kind)


def contenders(scales: Sequence[Scale], raw: RawArrays) -> Mapping[str, Callable[[], object]]:
    """Return our scoring and the bare loop over the same arrays; one call of a small size scores many times."""
    kind = raw.kind.copy()
    kind[[scale.code for scale in scales].index("n5"), ::20] = NA
    with_na = RawArrays(raw.x, raw.lo, raw.hi, kind)
    calls = {
        LOOP: lambda: interp_loop(scales, raw.x),
        OURS: lambda: score_arrays(scales, raw),
        OURS_NA: lambda: score_arrays(scales, with_na),
    }
    times = SMALL_TIMES if raw.kind.shape[1] < SMALL else 1
    return {name: (lambda call=call: [call() for _ in range(times)] and None) for name, call in calls.items()}


def interp_loop(scales: Sequence[Scale], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return contributions and score as one would write them without any thought of missing values."""
    points = np.empty(x.shape)
    total = np.zeros(x.shape[1])
    for row, scale in enumerate(scales):
        points[row] = scale.weight / 100 * np.interp(x[row], scale.x, scale.y)
        total += points[row]
    return points, total


def libraries(scales: Sequence[Scale], raw: RawArrays) -> Mapping[str, Callable[[], object]]:
    """Return the two libraries: value tables of middle, worst and best case, each evaluated."""
    weights = np.array([scale.weight / 100 for scale in scales])
    topsis, types = pymcdm.methods.TOPSIS(), np.ones(len(scales))
    return {
        TOPSIS: lambda: [topsis(table, weights, types) for table in value_tables(scales, raw)],
        WSM: lambda: [
            WeightedSumModel().evaluate(mkdm(table, [max] * len(scales), weights=weights))
            for table in value_tables(scales, raw)
        ],
    }


def value_tables(scales: Sequence[Scale], raw: RawArrays) -> Iterator[np.ndarray]:
    """Yield the values of the middle, worst and best case, compounds down, as the libraries want them."""
    for x, unknown in ((raw.x, 50.0), (raw.lo, 0.0), (raw.hi, 100.0)):
        table = np.empty(x.shape[::-1])
        for column, scale in enumerate(scales):
            values = np.interp(x[column], scale.x, scale.y)
            table[:, column] = np.where(raw.kind[column] == UNKNOWN, unknown, values)
        yield table


if __name__ == "__main__":
    raise SystemExit(main())
