"""The engine: a first answer at once, then prices, rounding, repair and fill, then HiGHS for small problems.

Effort is counted (rounds, columns, seeds, nodes), never timed, so a finished result is the same for the same input.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.decisions.portfolio.check import INSIDE, Violation, check_plan
from planner.decisions.portfolio.first_fit import by_ratio, by_score, top_up
from planner.decisions.portfolio.generation import Generated, generate, plans_nearby
from planner.decisions.portfolio.matrix import build_matrix, plan_of, point_of
from planner.decisions.portfolio.polish import polish
from planner.decisions.portfolio.problem import Floats, Problem, Years, check_structure, value_of
from planner.decisions.portfolio.search import Search, pool_of, sampled
from planner.decisions.portfolio.usage import slot_prices
from planner.decisions.portfolio.variants import variants

OPTIMAL, FEASIBLE, INFEASIBLE, STOPPED = "optimal", "feasible", "infeasible", "stopped"
EXACT = 1e-6
"""A plan this near to its bound, as a share of its value, is called optimal."""


VARIED_UNITS = 30_000
"""Up to so many compounds the best plan is varied."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try, all counted. polish_columns: problems up to this many columns also go to HiGHS."""

    groups: int = 400
    rounds: int = 60
    gap: float = 5e-5
    nearby: int = 60
    noise: float = 0.15
    roundings: int = 8
    generations: int = 3
    shakes: int = 100
    polish_columns: int = 3_000
    nodes: int = 300
    seconds: float = 120.0
    seed: int = 1


QUICK = Effort(rounds=30, nearby=10, roundings=4, generations=1, shakes=20, polish_columns=0)
"""For a first look, and for solving many times."""


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
        self.nearest, self.breach = problem.nothing(), np.inf
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
        plans = by_score(self.problem, place), by_ratio(self.problem)
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
        """Rounding, repair, fill; then small changes of the best plan, shaken and settled again."""
        assert self.found is not None
        rng = np.random.default_rng(self.effort.seed)
        near = plans_nearby(self.problem, self.found, rng, count=self._nearby(), noise=self.effort.noise)
        self._round(near, rng)
        for _ in range(self._generations()):
            if self.best is None or self.stopped_by:
                break
            self._vary(near, self.best, rng)
        self._top_up()

    def _round(self, near: list[Years], rng: np.random.Generator) -> None:
        """Start from samples of the mixture and from the plans without optimising; keep what keeps all limits."""
        assert self.found is not None
        pool, plans = pool_of(self.problem, self.found, [*near, *self.offered])
        search = Search(self.found, pool)
        starts = [pool.of[chosen, np.arange(len(chosen))] for chosen in self._samples(rng)]
        starts += [pool.of[k] for k in range(len(plans) - len(self.offered), len(plans))]
        best = -np.inf
        for start in starts:
            search.take(start)
            best, _ = self._settle(search, plans, best=best, kept=start)
            if self.stopped_by:
                return
        if best == -np.inf:
            self._shortfall(search, plans, starts)

    def _vary(self, near: list[Years], base: Years, rng: np.random.Generator) -> None:
        """Add every small change of the best plan to what may be chosen; shake some compounds and settle again."""
        assert self.found is not None
        pool, plans = pool_of(self.problem, self.found, [*near, *variants(self.problem, base), base])
        search, kept = Search(self.found, pool), pool.of[-1]
        search.take(kept)
        best, kept = self._settle(search, plans, best=-np.inf, kept=kept)
        for _ in range(self.effort.shakes):
            if self.stopped_by:
                return
            search.take(kept)
            search.shake(rng, int(rng.integers(1, 5)))
            best, kept = self._settle(search, plans, best=best, kept=kept)

    def _generations(self) -> int:
        """How often the best plan is varied: the pool of a very large problem stays as it is."""
        return self.effort.generations if self.problem.n <= VARIED_UNITS else 0

    def _nearby(self) -> int:
        """More plans to choose from where there are few compounds."""
        return max(3, min(self.effort.nearby, self.effort.nearby * 100 // max(1, self.problem.n)))

    def _samples(self, rng: np.random.Generator) -> list[np.ndarray]:
        assert self.found is not None
        return [sampled(self.found, rng) for _ in range(self.effort.roundings)]

    def _settle(
        self, search: Search, plans: list[Years], *, best: float, kept: np.ndarray
    ) -> tuple[float, np.ndarray]:
        steps = 200 + 2 * (len(search.first) - 1)
        if not search.repair(steps):
            return best, kept
        search.fill(steps)
        if search.value() <= best + 1e-9:
            return best, kept
        assert self.found is not None
        self.offer(search.plan(self.problem, self.found, plans), "search")
        return search.value(), search.taken.copy()

    def _shortfall(self, search: Search, plans: list[Years], starts: list[np.ndarray]) -> None:
        """Remember the plan that comes nearest to keeping the limits."""
        assert self.found is not None
        for start in starts:
            search.take(start)
            search.repair(200 + 2 * self.found.blocks.count)
            if search.breach() < self.breach:
                self.breach = search.breach()
                self.nearest = search.plan(self.problem, self.found, plans)

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
        answer = polish(matrix, start, nodes=nodes, gap=EXACT / 10, seconds=effort.seconds, stop=stop)
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
