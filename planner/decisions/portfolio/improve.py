"""From prices to a plan: rounding, repair, fill; streets with a costly floor; small changes; the core problem."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from planner.decisions.portfolio.core import core_entries, core_model
from planner.decisions.portfolio.effort import Effort
from planner.decisions.portfolio.generation import Generated, plans_nearby
from planner.decisions.portfolio.polish import polish
from planner.decisions.portfolio.problem import Ints, Problem, Years
from planner.decisions.portfolio.search import Pool, Search, pool_of, sampled
from planner.decisions.portfolio.streets import Settled, settle_streets
from planner.decisions.portfolio.variants import shifted, variants

VARIED_UNITS = 5_000
"""Up to so many compounds the best plan is varied and the core is solved: above, rounding alone is near enough."""
BLUR = 1.0
"""How much chance decides which blocks are free after the first round of the core."""
KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Shop:
    """What an improver needs from its run: taking a plan (True when it is the best now), the best, whether to stop."""

    offer: Callable[[Years], bool]
    best: Callable[[], Years | None]
    stopped: Callable[[], bool]


class Improver:
    """Looks for better plans around the final prices."""

    def __init__(self, problem: Problem, found: Generated, effort: Effort, shop: Shop) -> None:
        self.problem, self.found, self.effort, self.shop = problem, found, effort, shop
        self.rng = np.random.default_rng(effort.seed)
        self.large = problem.n > VARIED_UNITS
        self.near = plans_nearby(problem, found, self.rng, count=self._scaled(effort.nearby, 3), noise=effort.noise)
        self.nearest, self.breach = problem.nothing(), np.inf
        self.killed = False

    def _scaled(self, count: int, least: int) -> int:
        """Fewer of what costs time by compound where there are many: ``count`` up to 100 compounds."""
        return max(least, min(count, count * 100 // max(1, self.problem.n)))

    def run(self, offered: list[Years]) -> float:
        """Improve until the effort is spent; return by how much the bound falls. ``offered``: further starts."""
        settled = self._settle_streets()
        self._round(offered, settled)
        if not self.large:
            self._shake()
            self._cores()
        return settled.tighter

    def _cores(self) -> None:
        """The core problem, fewer times where there are many compounds."""
        rounds = min(self.effort.core_rounds, self._scaled(self.effort.core_rounds * 10, 1))
        for number in range(rounds if self.effort.core_columns else 0):
            if self.shop.stopped() or not self._core(number):
                return

    def _settle_streets(self) -> Settled:
        for plan in [] if self.large else self.found.plans[-2:]:
            self.near += shifted(self.problem, plan)
        pool, plans = pool_of(self.problem, self.found, self.near)
        return settle_streets(self.problem, self.found, pool, plans, most=self.effort.exact_streets)

    def _round(self, offered: list[Years], settled: Settled) -> None:
        """Start from samples of the mixture, short streets settled, and from ``offered``."""
        around = [] if self.large else shifted(self.problem, settled.plan)
        pool, plans = pool_of(self.problem, self.found, [*self.near, *around, settled.plan, *offered])
        search, last = Search(self.found, pool), len(plans) - len(offered)
        short = np.isin(self.found.blocks.street, settled.short)
        starts = []
        for _ in range(self.effort.roundings):
            chosen = sampled(self.found, self.rng)
            starts.append(np.where(short, pool.of[last - 1], pool.of[chosen, np.arange(len(chosen))]))
        starts += [pool.of[k] for k in range(last, len(plans))]
        best = -np.inf
        for start in starts:
            search.take(start)
            best, _ = self._settle(search, plans, best=best, kept=start)
            if self.shop.stopped():
                return
        if best == -np.inf:
            self._shortfall(search, plans, starts)

    def _around_best(self) -> tuple[Pool, list[Years]] | None:
        """The plans nearby with every small change of the best plan, which is the last of them."""
        best = self.shop.best()
        if best is None:
            return None
        changed = [] if self.large else [*variants(self.problem, best), *shifted(self.problem, best)]
        return pool_of(self.problem, self.found, [*self.near, *changed, best])

    def _shake(self) -> None:
        """Let some compounds of the best plan take any of their plans and settle again, many times."""
        around = self._around_best()
        if around is None:
            return
        pool, plans = around
        search, kept, best = Search(self.found, pool), pool.of[-1], -np.inf
        for number in range(1 + self._scaled(self.effort.shakes, 5)):
            if self.shop.stopped():
                return
            search.take(kept)
            if number:
                search.shake(self.rng, int(self.rng.integers(1, 5)))
            best, kept = self._settle(search, plans, best=best, kept=kept)

    def _core(self, number: int) -> bool:
        """Solve the core problem, after the first time with other blocks free; True when it could be solved."""
        around = self._around_best()
        if around is None:
            return False
        pool, plans = around
        now = pool.of[-1]
        blur = np.exp(self.rng.normal(0.0, BLUR if number else 0.0, self.found.blocks.count))
        entries = core_entries(self.found, pool, now, most=self.effort.core_columns, blur=blur)
        if not len(entries):
            return False
        model = core_model(self.found, pool, now, entries)
        start = np.isin(entries, now).astype(float)
        effort, stop = self.effort, self.shop.stopped
        answer = polish(
            model, start, nodes=effort.core_nodes, gap=effort.gap / 5, seconds=effort.seconds, stop=stop
        )
        self.killed = self.killed or answer.status == KILLED
        if not len(answer.point):
            return False
        taken, chosen = now.copy(), entries[answer.point > 0.5]
        taken[pool.block[chosen]] = chosen
        search = Search(self.found, pool)
        search.take(taken)
        search.fill(self._steps(search))
        self.shop.offer(search.plan(self.problem, self.found, plans))
        return True

    @staticmethod
    def _steps(search: Search) -> int:
        return 200 + 2 * (len(search.first) - 1)

    def _settle(self, search: Search, plans: list[Years], *, best: float, kept: Ints) -> tuple[float, Ints]:
        if not search.repair(self._steps(search)):
            return best, kept
        search.fill(self._steps(search))
        if search.value() <= best + 1e-9:
            return best, kept
        self.shop.offer(search.plan(self.problem, self.found, plans))
        return search.value(), search.taken.copy()

    def _shortfall(self, search: Search, plans: list[Years], starts: list[Ints]) -> None:
        """Remember the plan that comes nearest to keeping the limits."""
        for start in starts:
            search.take(start)
            search.repair(self._steps(search))
            if search.breach() < self.breach:
                self.breach = search.breach()
                self.nearest = search.plan(self.problem, self.found, plans)
