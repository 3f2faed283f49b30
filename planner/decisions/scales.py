"""The scale of one criterion: how a raw value becomes a value from 0 to 100, and what it weighs in a profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.errors import PolicyError
from planner.policy import Policy, parse_categories, parse_points
from planner.text import t

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """How one criterion is valued: points ``x`` rising with values ``y`` (0..100), and its weight in the profile.

    A category is a curve over the positions 0, 1, 2 ... of its labels.
    """

    code: str
    group: str
    weight: float
    x: Floats
    y: Floats
    labels: tuple[str, ...] = ()


def read_scales(policy: Policy, *, profile: str | None = None) -> tuple[Scale, ...]:
    """Return the criteria of criteria.csv as scales with the weights of ``profile``, in the order of the file."""
    chosen = policy.text("profile") if profile is None else profile
    column = f"weight_{chosen}"
    if column not in policy.criteria.columns:
        raise PolicyError(t("criterion.no_profile", profile=chosen))
    rows = policy.criteria
    parts = zip(rows.index, rows["group"], rows["kind"], rows["points"], rows[column], strict=True)
    return tuple(
        Scale(str(code), str(group), float(weight), *KINDS[kind](points)) for code, group, kind, points, weight in parts
    )


def curve_of(scale: Scale, many_rows: bool) -> Callable[[Floats], Floats]:
    """Return the function from raw values to values; NaN (unknown, na) gives whatever, it is settled later.

    A category is looked up. A curve is np.interp; for many rows its formula is applied by segment, which gives the same
    numbers to the last bit in half the time, since no branch has to be guessed.
    """
    if scale.labels:
        return lambda x: scale.y.take(x.astype(np.intp), mode="clip")
    if not many_rows:
        return lambda x: np.interp(x, scale.x, scale.y)
    start, value = (np.concatenate([ends[:1], ends]) for ends in (scale.x, scale.y))
    slope = np.concatenate([[0.0], np.diff(scale.y) / np.diff(scale.x), [0.0]])

    def by_segment(x: Floats) -> Floats:
        counted = np.zeros(len(x), dtype=np.int8)
        for edge in scale.x.tolist():
            counted += (x >= edge).view(np.int8)
        segment = counted.astype(np.intp)
        return np.asarray(slope.take(segment) * (x - start.take(segment)) + value.take(segment))

    return by_segment


def _curve(points: str) -> tuple[Floats, Floats, tuple[str, ...]]:
    x, y = parse_points(points)
    return x, y, ()


def _category(points: str) -> tuple[Floats, Floats, tuple[str, ...]]:
    values = parse_categories(points)
    return np.arange(len(values), dtype=float), np.array(list(values.values()), dtype=float), tuple(values)


KINDS: Mapping[str, Callable[[str], tuple[Floats, Floats, tuple[str, ...]]]] = {"curve": _curve, "category": _category}
"""How the ``points`` of criteria.csv become a curve, by ``kind``; a new kind of criterion is one function here."""
