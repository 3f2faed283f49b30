"""What a rule gets and gives: the evidence about all compounds, and an answer with the values behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planner.decisions.deficits import Deficits
from planner.decisions.kleene import Bools, Kleene, any_of, never
from planner.decisions.ledger import Ledger
from planner.decisions.phrases import Phrase
from planner.policy import Policy, split_list

EXCLUDING = ("exclude", "leave_ranking")
"""First words of an ``effect`` cell that close the programmes named after it."""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule's answer: three-valued, with the values that led to it and what the reader must know."""

    verdict: Kleene
    triggers: Sequence[Phrase] = ()
    notes: Sequence[Phrase] = ()

    def result(self, index: pd.Index) -> pd.Series:
        """Return the answer as a ``boolean`` Series on ``index``."""
        return self.verdict.series(index)

    def missing(self, index: pd.Index) -> pd.Series:
        """Return the fields that would settle an unknown, ``;`` separated, on ``index``."""
        return pd.Series(self.verdict.fields(), index=index, dtype="str")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Facts for the rules of one district at one date; ``so_far`` holds the answers of the rules before this one."""

    deficits: Deficits
    as_of: dt.date
    policy: Policy
    so_far: Mapping[str, Kleene] = field(default_factory=dict)

    @property
    def ledger(self) -> Ledger:
        """The compounds' fields and tables."""
        return self.deficits.need.ledger

    @property
    def n(self) -> int:
        """The number of compounds."""
        return self.ledger.n

    def lacks(self, name: str) -> Kleene:
        """Return a deficit by its name."""
        return self.deficits.answers[name]

    def answer_of(self, code: str) -> Kleene:
        """Return the answer of an earlier programme row; a row that the policy leaves out is no."""
        return self.so_far.get(code, never(self.n))

    def exclusions(self, code: str) -> dict[str, Kleene]:
        """Return the answers of all rows whose effect closes programme ``code``: row code -> answer."""
        return {row: self.answer_of(row) for row in excluding_rows(self.policy, code)}

    def excluded(self, code: str) -> Kleene:
        """Return whether any row closes programme ``code``."""
        return any_of([never(self.n), *self.exclusions(code).values()])

    def years_before(self, years: float) -> np.datetime64:
        """Return the day ``years`` whole years before the as-of date."""
        return _months_before(self.as_of, round(years * 12))


Rule = Callable[[Evidence, str, Policy], RuleResult]


def excluding_rows(policy: Policy, code: str) -> list[str]:
    """Return the programme rows whose effect closes ``code`` (``exclude A H E M``), in order."""
    found = []
    for row, effect in policy.programmes["effect"].items():
        words = effect.split()
        if words and words[0] in EXCLUDING and code in words[1:]:
            found.append(str(row))
    return found


def limits(params: str, policy: Policy) -> list[float]:
    """Return the settings that a ``params`` cell names, as numbers, in its order."""
    return [policy.number(key) for key in split_list(params)]


def everywhere(n: int) -> Bools:
    """Return True for n compounds."""
    return np.ones(n, dtype=bool)


def _months_before(day: dt.date, months: int) -> np.datetime64:
    month = np.datetime64(day, "M") - np.timedelta64(months, "M")
    last = (month + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    wanted = month.astype("datetime64[D]") + np.timedelta64(day.day - 1, "D")
    return min(wanted, last)
