"""How a raw value is put together from inputs of which some are unknown and some cannot apply."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decisions.deficits import Deficits
from planner.decisions.kleene import Bools, Floats, Kleene
from planner.decisions.ledger import Ledger
from planner.decisions.scoring import KNOWN, NA, PARTLY, UNKNOWN, Kinds
from planner.policy import Policy


@dataclass(frozen=True, slots=True)
class CriterionInputs:
    """What a criterion may look at: deficits and their ledger, `items.costs`, the policy and the date."""

    deficits: Deficits
    costs: pd.DataFrame
    policy: Policy
    as_of: dt.date

    @property
    def ledger(self) -> Ledger:
        """The compounds' fields and tables."""
        return self.deficits.need.ledger

    @property
    def households(self) -> Floats:
        """Return the households of every compound, NaN where unknown."""
        people = self.ledger.number("households")
        return np.asarray(np.where(people > 0, people, np.nan))

    def label(self, field: str) -> npt.NDArray[np.object_]:
        """Return a text field of the compounds, None where it says nothing."""
        texts = self.ledger.text(field).to_numpy(dtype=object, na_value=None)
        texts[~self.ledger.known(field)] = None
        return np.asarray(texts)

    def number(self, name: str) -> Floats:
        """Return a column of the deficits' numbers, NaN where unknown."""
        return np.asarray(self.deficits.numbers[name].to_numpy(dtype=float, na_value=np.nan))

    def cost(self, name: str) -> Floats:
        """Return a column of the costs in yuan, NaN where unknown."""
        aligned = self.costs[name].reindex(self.ledger.index)
        return np.asarray(aligned.to_numpy(dtype=float, na_value=np.nan))


@dataclass(frozen=True, slots=True)
class RawValue:
    """One criterion of n compounds: x, the ends that give the lowest and highest value, and the kind (scoring)."""

    x: npt.NDArray[Any]
    lo: npt.NDArray[Any]
    hi: npt.NDArray[Any]
    kind: Kinds


RawRule = Callable[[CriterionInputs], RawValue]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a mean, 0..1: its certain amount ``lo``, the most it can be, and where it cannot or may not apply."""

    lo: Floats
    hi: Floats
    na: Bools
    maybe_na: Bools


def exactly(values: Floats, na: Bools | None = None) -> RawValue:
    """Return a raw value that is known where it is not NaN."""
    kind = np.where(np.isnan(values), UNKNOWN, KNOWN)
    return RawValue(values, values, values, _with_na(kind, na))


def labelled(labels: npt.NDArray[np.object_], na: Bools | None = None) -> RawValue:
    """Return a category that is known where there is a label (None: unknown)."""
    kind = np.where(pd.isna(labels), UNKNOWN, KNOWN)
    return RawValue(labels, labels, labels, _with_na(kind, na))


def between(x: Floats, lo: Floats, hi: Floats, *, unknown: Bools, na: Bools | None = None) -> RawValue:
    """Return a raw value that is known where both ends meet, unknown where nothing is known, else partly known."""
    kind = np.where(unknown, UNKNOWN, np.where(lo == hi, KNOWN, PARTLY))
    return RawValue(x, lo, hi, _with_na(kind, na))


def yes_part(answer: Kleene, na: Bools) -> Part:
    """Return a part that is 1 for yes, 0 for no and open for unknown."""
    return Part(answer.yes.astype(float), (~answer.no).astype(float), na, np.zeros(len(na), dtype=bool))


def share_part(values: Floats, na: Bools) -> Part:
    """Return a part that is the share itself, open where it is unknown."""
    blank = np.isnan(values)
    return Part(np.where(blank, 0.0, values), np.where(blank, 1.0, values), na, np.zeros(len(na), dtype=bool))


def mean_of(parts: Sequence[Part]) -> RawValue:
    """Return the mean of the parts that apply.

    The value counts the certain amount of every part; the ends put every open part at its least and most, and leave
    out or take in each part of which nobody knows whether it applies. Unknown where no part says anything.
    """
    counts = np.sum([~p.na for p in parts], axis=0)
    x = _mean([np.where(p.na, 0.0, p.lo) for p in parts], counts)
    ends = [_subset_means(parts, chosen) for chosen in itertools.product((False, True), repeat=len(_unsure(parts)))]
    lo = np.fmin.reduce([x, *(low for low, _ in ends)])
    hi = np.fmax.reduce([high for _, high in ends])
    open_everywhere = np.logical_and.reduce([p.na | ((p.lo <= 0) & (p.hi >= 1)) for p in parts])
    return between(x, lo, hi, unknown=open_everywhere, na=counts == 0)


def shrunk_rate(events: Floats, households: Floats, *, per: float, prior: float, k: float) -> Floats:
    """Return a rate per ``per`` households, drawn to ``prior`` with the strength of ``k`` households.

    (events + prior k / per) / (H + k) * per, for every H: one event in a dozen households proves little, and without
    a threshold there is no cliff. The prior is frozen in the settings; a live mean would tie compounds together.
    """
    return (events + prior * k / per) / (households + k) * per


def _with_na(kind: npt.NDArray[Any], na: Bools | None) -> Kinds:
    return (kind if na is None else np.where(na, NA, kind)).astype(np.int8)


def _unsure(parts: Sequence[Part]) -> list[int]:
    return [i for i, part in enumerate(parts) if part.maybe_na.any()]


def _subset_means(parts: Sequence[Part], chosen: Sequence[bool]) -> tuple[Floats, Floats]:
    """Return least and greatest mean when the unsure parts apply as ``chosen`` says; NaN where nothing applies."""
    unsure = dict(zip(_unsure(parts), chosen, strict=True))
    used = [~p.na & (~p.maybe_na | unsure.get(i, True)) for i, p in enumerate(parts)]
    counts = np.sum(used, axis=0)
    low = _mean([np.where(u, p.lo, 0.0) for u, p in zip(used, parts, strict=True)], counts)
    high = _mean([np.where(u, p.hi, 0.0) for u, p in zip(used, parts, strict=True)], counts)
    return low, high


def _mean(values: Sequence[Floats], counts: npt.NDArray[Any]) -> Floats:
    total = np.sum(values, axis=0)
    return np.asarray(np.divide(total, counts, out=np.full(len(total), np.nan), where=counts > 0))
