"""A quantity with its honesty: the likely value, how low and how high it may be, and how it was found."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from planner.decisions.kleene import Bools, Floats

METHODS = ("counted", "derived", "estimated")
"""counted: written down by someone; derived: computed from what is written down; estimated: from a norm."""

COUNTED, DERIVED, ESTIMATED = range(3)

Codes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity of n compounds.

    low <= value <= high as floats; value is NaN where nothing says how much, high is NaN where nothing bounds it.
    method: position in METHODS. share: how much of its target is missing, 0..1, or NaN where only yes or no is known.
    """

    low: Floats
    value: Floats
    high: Floats
    method: Codes
    share: Floats

    def __len__(self) -> int:
        return len(self.value)

    def or_else(self, other: Amount) -> Amount:
        """Return this quantity, and ``other`` in the rows where this one has no value."""
        return self.pick(~np.isnan(self.value), other)

    def pick(self, where: Bools, other: Amount) -> Amount:
        """Return this quantity in the rows of ``where`` and ``other`` in the rest."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in ("low", "value", "high", "method", "share"))
        return Amount(*(np.where(where, ours, theirs) for ours, theirs in pairs))

    def at_most(self, limit: Floats) -> Amount:
        """Return this quantity cut off at ``limit`` (NaN: no limit)."""
        cut = (np.fmin(values, limit) for values in (self.low, self.value, self.high))
        bound = np.where(np.isnan(self.high), np.nan, np.fmin(self.high, limit))
        low, value, _ = cut
        return Amount(low, np.where(np.isnan(self.value), np.nan, value), bound, self.method, self.share)

    def with_share(self, target: Floats) -> Amount:
        """Return this quantity with its share of ``target`` (target 0 or unknown: no share)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.clip(self.value / target, 0.0, 1.0)
        return replace(self, share=np.where(target > 0, share, np.nan))


def exact(values: Floats, method: int = COUNTED) -> Amount:
    """Return a quantity that is what it is; NaN stays without value and bound."""
    return between(values, values, values, method)


def between(low: Floats, value: Floats, high: Floats, method: int = ESTIMATED) -> Amount:
    """Return a quantity with its range; the arrays must be in order where they are known, an unknown low is 0."""
    codes = np.full(len(value), method, dtype=np.int8)
    least = np.where(np.isnan(low), 0.0, low)
    return Amount(least, np.asarray(value, float), np.asarray(high, float), codes, _blank(len(value)))


def roughly(values: Floats, low_factor: float, high_factor: float) -> Amount:
    """Return an estimate with the usual spread; values are rounded up to whole units."""
    low, high = np.ceil(values * low_factor - 1e-9), np.ceil(values * high_factor - 1e-9)
    return between(low, np.ceil(values - 1e-9), high)


def nothing(n: int) -> Amount:
    """Return a quantity about which nothing is known."""
    return exact(_blank(n))


def _blank(n: int) -> Floats:
    return np.full(n, np.nan)
