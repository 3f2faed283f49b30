"""How hard the engine tries, all counted and never timed, so that the same input gives the same result."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """Counts: groups of the master, rounds of pricing, plans nearby, samples, shakes, columns and nodes for HiGHS.

    gap: the mixture is good enough this near to its bound. exact_streets: so many streets are settled exactly.
    core_columns and core_nodes: size of the core problem, solved at most core_rounds times. polish_columns: problems up
    to this many columns go to HiGHS as a whole, with so many nodes and until polish_gap. seconds: then the child of
    HiGHS is killed, which is a fault and is said (stopped_by time).
    """

    groups: int = 150
    rounds: int = 60
    gap: float = 5e-5
    nearby: int = 40
    noise: float = 0.15
    roundings: int = 4
    shakes: int = 60
    exact_streets: int = 12
    core_columns: int = 800
    core_nodes: int = 5
    core_rounds: int = 3
    polish_columns: int = 3_000
    nodes: int = 1_500
    polish_gap: float = 3e-3
    seconds: float = 240.0
    seed: int = 1


QUICK = Effort(
    rounds=30, nearby=10, roundings=4, shakes=20, exact_streets=0, core_columns=0, core_rounds=0, polish_columns=0
)
"""For a first look, and for solving many times."""
