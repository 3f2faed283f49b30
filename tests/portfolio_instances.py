"""Random planning problems for the tests of the engine: small enough to enumerate, or larger with a fixed seed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest

from planner.decisions.portfolio import polish as polish_module
from planner.decisions.portfolio import polish_child
from planner.decisions.portfolio.problem import NONE, Demand, Problem, Relations, Role, Slots, Years, pairs


def make_problem(
    n: int, seed: int, *, years: int = 3, money: float = 0.3, items: int = 3, floor: float = 0.35, tight: bool = False
) -> Problem:
    """Return a problem with n compounds: packages, heating, custodians, recorders, items, and every kind of limit.

    ``tight``: more streets and a harder share, so that floors and demands bind.
    """
    rng = np.random.default_rng(seed)
    build = _Slots(rng, years)
    streets = max(1, n // 2 if tight else min(8, n // 6))
    street = np.sort(rng.integers(0, streets, n))
    for unit in range(n):
        build.compound(unit, items)
    build.neighbours(street)
    return build.problem(street, streets, (money, floor), 6 if tight else 3)


class _Slots:
    def __init__(self, rng: np.random.Generator, years: int) -> None:
        self.rng, self.years = rng, years
        self.rows: list[dict] = []
        self.needs, self.after, self.excludes = [], [], []
        self.shares: list[tuple[int, int, int, int]] = []
        self.heat: dict[int, int] = {}

    def slot(self, unit: int, role: Role, code: str, *, purse: int, cost: int, use: tuple[int, int]) -> int:
        allowed = self.rng.random(self.years) < 0.9
        benefit = 0.0 if role is Role.HUB else round(float(self.rng.random() * 20 * (cost + 20) ** 0.5), 3)
        self.rows.append(
            {"unit": unit, "role": role, "code": code, "cost": [cost if p == purse else 0 for p in range(3)],
             "use": use, "benefit": benefit, "allowed": allowed}
        )  # fmt: skip
        return len(self.rows) - 1

    def compound(self, unit: int, items: int) -> None:
        rng = self.rng
        some = [int(rng.integers(20, 300)) for _ in range(items)]
        kept = [self.slot(unit, Role.ITEM, f"i{k}", purse=0, cost=c, use=(0, 1)) for k, c in enumerate(some)]
        if rng.random() < 0.5:
            keeper = self.slot(unit, Role.KEEPER, "Z", purse=0, cost=0, use=(0, 0))
            self.needs += [(k, keeper) for k in kept if rng.random() < 0.6]
        else:
            keeper = None
        if rng.random() < 0.5:
            hub = self.slot(unit, Role.HUB, "nvr", purse=0, cost=int(rng.integers(5, 40)), use=(0, 1))
            self.needs += [(k, hub) for k in kept[-2:]]
            self.needs += [(hub, keeper)] if keeper is not None else []
            kept = [*kept, hub]
        heat = None
        if rng.random() < 0.5:
            trench = int(rng.integers(1, 9))
            heat = self.slot(unit, Role.HEAT, "H", purse=2, cost=int(rng.integers(200, 900)), use=(trench, 1))
            self.heat[unit] = heat
            self.after += [(k, heat) for k in kept[:1] if self.rows[k]["role"] == Role.ITEM]
        if rng.random() < 0.6:
            total = sum(self.rows[k]["cost"][0] for k in kept)
            whole = self.slot(unit, Role.PACKAGE, "A", purse=1, cost=total + int(rng.integers(100, 900)), use=(0, 3))
            self.excludes += [(whole, k) for k in kept]
            self.needs += [(whole, keeper)] if keeper is not None else []
            if heat is not None:
                self.after.append((whole, heat))
                self.shares.append((whole, heat, int(rng.integers(10, 60)), 1))
            if rng.random() < 0.4:
                other = self.slot(unit, Role.PACKAGE, "E", purse=0, cost=int(rng.integers(50, 400)), use=(0, 2))
                self.excludes += [(whole, other), (other, kept[0])]

    def neighbours(self, street: np.ndarray) -> None:
        last = None
        for unit, slot in sorted(self.heat.items()):
            if last is not None and street[self.rows[last]["unit"]] == street[unit]:
                self.shares.append((last, slot, int(self.rng.integers(10, 90)), 2))
                last = None
            else:
                last = slot

    def problem(self, street: np.ndarray, streets: int, shares: tuple[float, float], least_of_ten: int) -> Problem:
        money, floor = shares
        rows, years = self.rows, self.years
        unit = np.array([r["unit"] for r in rows])
        cost = np.array([r["cost"] for r in rows], dtype=np.int64)
        use = np.array([r["use"] for r in rows], dtype=np.int64)
        allowed = np.array([r["allowed"] for r in rows])
        role = np.array([r["role"] for r in rows])
        funds = np.tile((cost.sum(axis=0) * money / years).astype(np.int64)[:, None], (1, years))
        limits = np.tile(np.maximum(use.sum(axis=0) * money * 1.1 / years, 1).astype(np.int64)[:, None], (1, years))
        counts = cost.sum(axis=1)
        own = np.bincount(street[unit], np.where((role == Role.ITEM) & allowed.any(axis=1), counts, 0), streets)
        least = (floor * own * money).astype(np.int64)
        few = np.array([u % 3 == 0 for u in unit])
        micro = np.where(np.isin(role, (Role.ITEM, Role.HUB)), counts, 0)
        demand = Demand("share", np.where(few, (10 - least_of_ten) * micro, -least_of_ten * micro), 0)
        slots = Slots(
            unit, role, np.array([r["code"] for r in rows], dtype=object), cost, use,
            np.array([r["benefit"] for r in rows]), allowed, np.zeros(len(rows), dtype=bool), counts,
        )  # fmt: skip
        relations = Relations(
            pairs(self.needs), pairs(self.after), pairs(self.excludes), pairs([s[:2] for s in self.shares]),
            *(np.array([s[k] for s in self.shares], dtype=np.int64) for k in (2, 3)),
        )  # fmt: skip
        return Problem(
            years=tuple(2027 + k for k in range(years)), units=tuple(f"c{k:05}" for k in range(len(street))),
            purses=("区级资金", "上级资金", "供热企业"), capacities=("trench", "crews"),
            streets=tuple(f"s{k}" for k in range(streets)), street=street, slots=slots, relations=relations,
            funds=funds, limits=limits, floor=least, demands=(demand,), discount=0.97 ** np.arange(years),
        )  # fmt: skip


def polish_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let HiGHS solve in this process: starting a child takes half a second."""

    def here(data: bytes, _seconds: float, _stop: object) -> tuple[bytes, str]:
        with np.load(io.BytesIO(data)) as given_data:
            answer = polish_child.solve(dict(given_data))
        buffer = io.BytesIO()
        np.savez(buffer, **answer)
        return buffer.getvalue(), "ended"

    monkeypatch.setattr(polish_module, "_run", here)


def every_plan(problem: Problem) -> Iterator[Years]:
    """Every assignment of years to slots, allowed ones only; for a dozen slots at most."""
    choices = [[NONE, *np.flatnonzero(row)] for row in problem.slots.allowed]
    for years in product(*choices):
        yield np.array(years, dtype=np.int8)
