"""Three-valued truth over all compounds at once: yes, no or unknown, with the fields that would settle an unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_BITS = 60


@dataclass(frozen=True, slots=True)
class Kleene:
    """A rule's answer for n compounds.

    yes, no: boolean arrays of length n, never both true; neither is unknown.
    missing: field name -> where this field is blank and the answer unknown because of it.
    """

    yes: Bools
    no: Bools
    missing: Mapping[str, Bools] = field(default_factory=dict)

    @property
    def unknown(self) -> Bools:
        """Where the answer is neither yes nor no."""
        return ~(self.yes | self.no)

    def __len__(self) -> int:
        return len(self.yes)

    def __and__(self, other: Kleene) -> Kleene:
        return _settled(self.yes & other.yes, self.no | other.no, (self, other))

    def __or__(self, other: Kleene) -> Kleene:
        return _settled(self.yes | other.yes, self.no & other.no, (self, other))

    def __invert__(self) -> Kleene:
        return Kleene(self.no, self.yes, self.missing)

    def presume_no(self, where: Bools) -> Kleene:
        """Return the same answer with unknown turned into no in the rows of ``where`` (a printed presumption)."""
        return _settled(self.yes, self.no | (self.unknown & where), (self,))

    def presume_yes(self, where: Bools) -> Kleene:
        """Return the same answer with unknown turned into yes in the rows of ``where``."""
        return _settled(self.yes | (self.unknown & where), self.no, (self,))

    def pick(self, where: Bools, other: Kleene) -> Kleene:
        """Return this answer in the rows of ``where`` and ``other`` in the rest."""
        yes = np.where(where, self.yes, other.yes)
        no = np.where(where, self.no, other.no)
        ours = {name: flags & where for name, flags in self.missing.items()}
        return _settled(yes, no, (Kleene(yes, no, ours), Kleene(yes, no, _within(other.missing, ~where))))

    def series(self, index: pd.Index) -> pd.Series:
        """Return the answer as a pandas ``boolean`` Series on ``index``: True, False or NA."""
        return pd.Series(pd.arrays.BooleanArray(self.yes.copy(), self.unknown), index=index)

    def words(self) -> npt.NDArray[np.int8]:
        """Return the answer as numbers: 1 yes, 0 no, 2 unknown (the order of ``RESULTS``)."""
        return np.where(self.yes, 1, np.where(self.no, 0, 2)).astype(np.int8)

    def fields(self) -> npt.NDArray[np.object_]:
        """Return per row the names of the fields that would settle an unknown, joined by ``;`` (known: empty)."""
        return joined_where(self.missing, len(self))


RESULTS = ("no", "yes", "unknown")
"""The words of a result, in the order of ``Kleene.words``."""


def known(yes: npt.ArrayLike) -> Kleene:
    """Return an answer that is nowhere unknown."""
    answer = np.asarray(yes, dtype=bool)
    return Kleene(answer, ~answer)


def never(n: int) -> Kleene:
    """Return no for n compounds."""
    return known(np.zeros(n, dtype=bool))


def answer(yes: npt.ArrayLike, no: npt.ArrayLike, *fields: str) -> Kleene:
    """Return an answer from where it is yes and where it is no; the rest is unknown for want of ``fields``."""
    yes_rows, no_rows = np.asarray(yes, dtype=bool), np.asarray(no, dtype=bool)
    unknown = ~(yes_rows | no_rows)
    return Kleene(yes_rows, no_rows & ~yes_rows, dict.fromkeys(fields, unknown))


def blank(answer_: Kleene, fields: Mapping[str, Bools]) -> Kleene:
    """Return the same answer with the missing fields given exactly: name -> the rows in which it is blank."""
    return Kleene(answer_.yes, answer_.no, _within(fields, answer_.unknown))


def from_boolean(values: pd.Series, *fields: str) -> Kleene:
    """Return an answer from a pandas ``boolean`` column; NA is unknown for want of ``fields``."""
    true = values.to_numpy(dtype=bool, na_value=False)
    false = ~values.to_numpy(dtype=bool, na_value=True)
    return answer(true, false, *fields)


def any_of(answers: Sequence[Kleene]) -> Kleene:
    """Return yes where any answer is yes, no where all are no. Needs at least one answer."""
    n = len(answers[0])
    return _settled(any_where(n, (a.yes for a in answers)), ~any_where(n, (~a.no for a in answers)), answers)


def all_of(answers: Sequence[Kleene]) -> Kleene:
    """Return yes where all answers are yes, no where any is no. Needs at least one answer."""
    return ~any_of([~a for a in answers])


def none_of(answers: Sequence[Kleene]) -> Kleene:
    """Return yes where no answer is yes, no where any is yes."""
    return ~any_of(answers)


def at_least(count: int, answers: Sequence[Kleene]) -> Kleene:
    """Return yes where at least ``count`` answers are yes, no where even all unknown ones could not make it."""
    sure = np.sum([a.yes for a in answers], axis=0)
    possible = np.sum([~a.no for a in answers], axis=0)
    return _settled(sure >= count, possible < count, answers)


def any_where(n: int, flags: Iterable[Bools]) -> Bools:
    """Return where any of ``flags`` is set; no flags at all are nowhere."""
    found = np.zeros(n, dtype=bool)
    for flag in flags:
        found = found | flag
    return found


def joined_where(flags: Mapping[str, Bools], n: int, *, separator: str = ";") -> npt.NDArray[np.object_]:
    """Return per row the names whose flag is set, joined in the order of the mapping.

    Works on the few combinations that occur, not row by row.
    """
    text = np.full(n, "", dtype=object)
    names = list(flags)
    for start in range(0, len(names), _BITS):
        part = names[start : start + _BITS]
        codes = np.zeros(n, dtype=np.int64)
        for bit, name in enumerate(part):
            codes |= flags[name].astype(np.int64) << bit
        inverse, seen = pd.factorize(codes)
        words = [separator.join(name for bit, name in enumerate(part) if code >> bit & 1) for code in seen.tolist()]
        here = np.array(words, dtype=object)[inverse]
        text = here if start == 0 else _joined_pair(text, here, separator)
    return text


def _joined_pair(
    left: npt.NDArray[np.object_], right: npt.NDArray[np.object_], separator: str
) -> npt.NDArray[np.object_]:
    both = (left != "") & (right != "")
    return np.asarray(np.where(both, left + separator + right, left + right), dtype=object)


def _settled(yes: Bools, no: Bools, parts: Iterable[Kleene]) -> Kleene:
    unknown = ~(yes | no)
    missing: dict[str, Bools] = {}
    for part in parts:
        for name, flags in part.missing.items():
            here = flags & unknown
            missing[name] = missing[name] | here if name in missing else here
    return Kleene(yes, no, missing)


def _within(missing: Mapping[str, Bools], where: Bools) -> dict[str, Bools]:
    return {name: flags & where for name, flags in missing.items()}
