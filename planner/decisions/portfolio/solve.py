"""The engine: a first answer at once, then prices, rounding, repair and fill, then HiGHS for small problems.

Effort is counted (rounds, columns, seeds, nodes), never timed, so a finished result is the same for the same input.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.decisions.portfolio.check import INSIDE, Violation, check_plan
from planner.decisions.portfolio.effort import QUICK, Effort
from planner.decisions.portfolio.first_fit import by_ratio, by_score, top_up
from planner.decisions.portfolio.generation import Generated, generate
from planner.decisions.portfolio.improve import Improver, Shop
from planner.decisions.portfolio.matrix import build_matrix, plan_of, point_of
from planner.decisions.portfolio.polish import polish
from planner.decisions.portfolio.problem import Floats, Problem, Years, check_structure, value_of
from planner.decisions.portfolio.usage import slot_prices

OPTIMAL, FEASIBLE, INFEASIBLE, STOPPED = "optimal", "feasible", "infeasible", "stopped"
EXACT = 1e-6
"""A plan this near to its bound, as a share of its value, is called optimal."""
WATCHED_UNITS = 50_000
"""Up to so many compounds there are plans without optimising: a nation of districts is not waited for at a screen."""
SMALL = 300
"""Problems up to so many columns are solved until that is proven."""
__all__ = ["EXACT", "FEASIBLE", "INFEASIBLE", "OPTIMAL", "QUICK", "STOPPED", "Effort", "Progress", "Solution", "solve"]


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known so far: stage (first, prices, search, exact), the best plan's value, the bound, and that plan."""

    stage: str
    objective: float
    bound: float
    plan: Years


Watch = Callable[[Progress], bool]
"""Told about every improvement; returns True to stop."""


@dataclass(frozen=True, slots=True)
class Solution:
    """The result. ``plan`` is empty when infeasible, ``nearest`` then breaks the limits listed in ``unmet``.

    price [R] and street_price [S] are what one more unit of a limit is worth (see usage.Rows); stopped_by: "" when the
    effort was spent, else planner or time. first: the values of the plans without optimising (by score, by ratio).
    """

    plan: Years
    objective: float
    bound: float
    status: str
    stopped_by: str
    unmet: tuple[Violation, ...]
    nearest: Years
    price: Floats
    street_price: Floats
    rounds: int
    columns: int
    nodes: int
    first: tuple[float, float]

    @property
    def gap(self) -> float:
        """(bound - objective) / max(|objective|, 1e-9)."""
        return (self.bound - self.objective) / max(abs(self.objective), 1e-9)


def solve(
    problem: Problem,
    *,
    place: Sequence[int] | None = None,
    known: Sequence[Years] = (),
    effort: Effort | None = None,
    watch: Watch = lambda _progress: False,
) -> Solution:
    """Return the best plan found for ``problem``.

    ``place``: compounds in suggested order (default: as numbered). ``known``: earlier plans; where one still keeps
    every rule the result is never worth less. Raises ValueError for relations that the engine does not know.
    """
    check_structure(problem)
    run = _Run(problem, effort or Effort(), watch)
    run.begin(place if place is not None else range(problem.n), known)
    if not len(problem.slots):
        run.bound = 0.0
        return run.solution()
    run.price()
    if not run.stopped_by:
        run.search()
    if not run.stopped_by:
        run.exact()
    return run.solution()


class _Run:
    """One run of the engine: the best plan so far, the bound so far, who stopped it."""

    def __init__(self, problem: Problem, effort: Effort, watch: Watch) -> None:
        self.problem, self.effort, self.watch = problem, effort, watch
        self.best: Years | None = None
        self.value, self.bound = -np.inf, np.inf
        self.nearest = problem.nothing()
        self.stopped_by, self.nodes = "", 0
        self.found: Generated | None = None
        self.first = (0.0, 0.0)
        self.offered: list[Years] = []

    def offer(self, plan: Years, stage: str) -> bool:
        """Take a plan where it keeps every rule and is better than the best; True when it was taken."""
        value = value_of(self.problem, plan)
        if value <= self.value + 1e-9:
            return False
        wrong = check_plan(self.problem, plan)
        if wrong:
            return False
        self.best, self.value = plan.copy(), value
        self.bound = max(self.bound, value)  # a bound computed in floating point may lie a hair below
        self.tell(stage)
        return True

    def tell(self, stage: str) -> None:
        """Tell the watcher; remember when it says stop."""
        plan = self.best if self.best is not None else self.problem.nothing()
        if self.watch(Progress(stage, self.value, self.bound, plan)):
            self.stopped_by = "planner"

    def begin(self, place: Sequence[int], known: Sequence[Years]) -> None:
        """The plans without optimising: an answer at once."""
        plans = (by_score(self.problem, place), by_ratio(self.problem)) if self.problem.n <= WATCHED_UNITS else ()
        if plans:
            self.first = (value_of(self.problem, plans[0]), value_of(self.problem, plans[1]))
        for plan in (self.problem.nothing(), *plans, *known):
            self.offer(plan, "first")
        self.offered = [plan for plan in (*plans, *known) if self._sound(plan)]

    def _sound(self, plan: Years) -> bool:
        """Whether a plan keeps the rules inside every compound: only then may the search mix its parts."""
        return not any(v.rule in INSIDE for v in check_plan(self.problem, plan))

    def price(self) -> None:
        """Prices and bound."""

        def told(_round: int, _value: float, bound: float) -> bool:
            self.bound = max(bound, self.value)
            self.tell("prices")
            return bool(self.stopped_by)

        effort = self.effort
        self.found = generate(
            self.problem, groups=effort.groups, iterations=effort.rounds, gap=effort.gap, watch=told
        )
        self.bound = max(self.found.bound, self.value)

    def search(self) -> None:
        """Rounding, repair, fill, streets, small changes, the core problem."""
        assert self.found is not None
        shop = Shop(lambda plan: self.offer(plan, "search"), lambda: self.best, self._looked)
        improver = Improver(self.problem, self.found, self.effort, shop)
        tighter = improver.run(self.offered)
        self.nearest = improver.nearest
        self.bound = max(self.bound - tighter, self.value)
        if improver.killed and not self.stopped_by:
            self.stopped_by = "time"
        self._top_up()

    def _looked(self) -> bool:
        """Let the watcher look; True when it says stop."""
        self.tell("search")
        return bool(self.stopped_by)

    def _top_up(self) -> None:
        if self.best is None or self.found is None:
            return
        worth = slot_prices(self.problem, self.found.price, self.found.street_price)
        price = self.problem.slots.benefit[:, None] * self.problem.discount - worth
        self.offer(top_up(self.problem, self.best, price), "search")

    def exact(self) -> None:
        """HiGHS on the whole matrix, for small problems that are not proven yet."""
        columns = int(self.problem.slots.allowed.sum())
        if columns > self.effort.polish_columns or self._gap() <= EXACT or not columns:
            return
        matrix = build_matrix(self.problem)
        start = point_of(self.problem, matrix, self.best) if self.best is not None else np.zeros(0)

        def stop() -> bool:
            self.tell("exact")
            return bool(self.stopped_by)

        effort = self.effort
        nodes = effort.nodes * max(1, effort.polish_columns // columns)
        gap = effort.polish_gap if columns > SMALL else EXACT / 10
        answer = polish(matrix, start, nodes=nodes, gap=gap, seconds=effort.seconds, stop=stop)
        self.nodes = answer.nodes
        if answer.status == "killed" and not self.stopped_by:
            self.stopped_by = "time"
        if answer.status == "Infeasible" and self.best is None:
            self.bound = -np.inf
        if len(answer.point):
            self.offer(plan_of(self.problem, matrix, answer.point), "exact")
        self.bound = max(min(self.bound, answer.bound), self.value)

    def _gap(self) -> float:
        return (self.bound - self.value) / max(abs(self.value), 1e-9)

    def solution(self) -> Solution:
        """Return what was found."""
        found, problem = self.found, self.problem
        feasible = self.best is not None
        unmet = () if feasible else tuple(check_plan(problem, self.nearest))
        answer = found.answer if found is not None else None
        result = Solution(
            plan=self.best if self.best is not None else problem.nothing(),
            objective=self.value if feasible else 0.0,
            bound=self.bound,
            status=self._status(),
            stopped_by=self.stopped_by,
            unmet=unmet,
            nearest=self.nearest,
            price=answer.price if answer is not None else np.zeros(0),
            street_price=answer.street_price if answer is not None else np.zeros(0),
            rounds=found.iterations if found is not None else 0,
            columns=sum(len(c) for c in found.column_group) if found is not None else 0,
            nodes=self.nodes,
            first=self.first,
        )
        return replace(result, bound=max(result.bound, result.objective))

    def _status(self) -> str:
        if self.best is None:
            return STOPPED if self.stopped_by else INFEASIBLE
        if self._gap() <= EXACT:
            return OPTIMAL
        return STOPPED if self.stopped_by else FEASIBLE
