"""What the values of a criterion look like in this district, drawn behind its curve: a histogram that hides nothing.

Known and partly known values are counted in bins over the range of the curve, outliers in the end bins; how many are
unknown, cannot apply or lie beyond the ends is said beside it, never left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.decisions.scales import Scale
from planner.decisions.scoring import NA, PARTLY, UNKNOWN, RawArrays

BINS = 14
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CriterionValues:
    """The values of one criterion: bins ``edges[k]..edges[k+1]`` with ``counts`` (a category has one bin per label)."""

    scale: Scale
    edges: Floats
    counts: npt.NDArray[np.int64]
    known: int
    unknown: int
    na: int

    @property
    def domain(self) -> tuple[float, float]:
        """The range of the drawing."""
        return float(self.edges[0]), float(self.edges[-1])


def criterion_values(scale: Scale, arrays: RawArrays, row: int) -> CriterionValues:
    """Return the values of the criterion at ``row`` of the arrays (in the order of the scales)."""
    kind, x = arrays.kind[row], arrays.x[row]
    values = x[kind <= PARTLY]
    edges = np.arange(len(scale.labels) + 1) - 0.5 if scale.labels else _edges(scale, values)
    inside = np.clip(values, edges[0], np.nextafter(edges[-1], -np.inf))
    counts = np.histogram(inside, edges)[0]
    whole = np.asarray(edges, dtype=np.float64)
    return CriterionValues(scale, whole, counts, len(values), int((kind == UNKNOWN).sum()), int((kind == NA).sum()))


def _edges(scale: Scale, values: Floats) -> Floats:
    """Bins over the curve and the middle 98 % of the values; whole numbers get bins of their own where few."""
    low, high = float(scale.x[0]), float(scale.x[-1])
    if len(values):
        ends = np.quantile(values, [0.01, 0.99])
        low, high = min(low, float(ends[0])), max(high, float(ends[1]))
    if high <= low:
        low, high = low - 0.5, low + 0.5
    if high - low <= BINS and len(values) and np.all(values == np.round(values)) and high - low >= 2:
        return np.arange(np.floor(low), np.ceil(high) + 2) - 0.5
    margin = (high - low) * 0.02
    return np.linspace(low - margin, high + margin, BINS + 1)


def curve_points(values: CriterionValues) -> tuple[Floats, Floats]:
    """Return the curve over the whole drawing: flat beyond its first and last point."""
    low, high = values.domain
    x, y = values.scale.x, values.scale.y
    return np.concatenate([[min(low, x[0])], x, [max(high, x[-1])]]), np.concatenate([y[:1], y, y[-1:]])
