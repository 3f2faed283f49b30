"""What a planner asks for: funds by year and source, what must and must never be in, and the rule for unknowns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from planner.decisions.portfolio.problem import UNLIMITED

ALLOW, RESERVE, FORBID = "allow", "reserve", "forbid"
UNVERIFIED = (RESERVE, ALLOW, FORBID)
"""What happens to lines that rest on unknowns: into the plan, into the reserve list, or nowhere."""

ANY_SOURCE = ""
"""Funds without a source: one pot for every purse that has none of its own, the heat company's apart."""


@dataclass(frozen=True, slots=True)
class Order:
    """A compound that must or must never be in, with its basis. option "": its whole programme; year None: any."""

    compound_id: str
    basis: str = ""
    option: str = ""
    year: int | None = None


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """One request. funds: yuan by (year, source); capacities: amount by (name, year), where they are limited.

    under_way: what is being built already, with its programme and year: it is in and takes none of these funds.
    rules: settings ``plan_…`` that this request changes (balance, shares), as they would stand in settings.csv.
    """

    funds: Mapping[tuple[int, str], int]
    must: tuple[Order, ...] = ()
    never: tuple[Order, ...] = ()
    unverified: str = RESERVE
    capacities: Mapping[tuple[str, int], int] = field(default_factory=dict)
    under_way: tuple[Order, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)

    @property
    def years(self) -> tuple[int, ...]:
        """The years of the plan, rising, without a gap."""
        listed = sorted({year for year, _ in self.funds})
        return tuple(range(listed[0], listed[-1] + 1)) if listed else ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The purses that have funds, in the order of their names; the common pot first."""
        return tuple(sorted({source for _, source in self.funds}))

    def purse_of(self, source: str, outside: tuple[str, ...]) -> str | None:
        """Return the purse that pays what ``source`` pays; None where nobody entered funds for it."""
        if source in self.sources:
            return source
        return ANY_SOURCE if ANY_SOURCE in self.sources and source not in outside else None

    def yuan(self, source: str, year: int) -> int:
        """Return the funds of a purse in a year; none entered is 0."""
        return int(self.funds.get((year, source), 0))

    def capacity(self, name: str, year: int, default: str) -> int:
        """Return a capacity in a year: as asked, else the setting ``default`` (blank: no limit)."""
        if (name, year) in self.capacities:
            return int(self.capacities[name, year])
        return int(float(default)) if default else UNLIMITED
