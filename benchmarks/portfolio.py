"""The plan against what a planner could do without it: first by score, first by ratio, HiGHS on the whole model.

Instances come from ``planner demo N --seed S``: three years, floors of 35 %, three purses that hold about a third of
what could be done, heating trench and crews limited, dig-once savings inside and between neighbours. All contenders
see the same problem in one run. Written bars: the gap at most 0.5 % below 1,000 compounds, 0.1 % from 1,000 on, 0.2 %
at 220,000 (200 districts of 1,100) with at most 60 CPU seconds and 1 GB; every plan passes the independent checker; at
3,000 within 5 CPU seconds and worth at least what HiGHS has after its 60; time from 1,000 on grows no faster than
n log n. CP-SAT (ortools, wherever it is installed) joins up to 1,000 compounds with the same CPU seconds as HiGHS.
``--quick``: 48, 300 and 1,000, HiGHS with less time, no CP-SAT. ``--sizes=48,3000``: only these.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import math
import resource
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path

import harness
import numpy as np

from planner.cli.main import main as planner
from planner.decisions.pipeline import assess
from planner.decisions.portfolio.build import plan_problem
from planner.decisions.portfolio.check import check_plan
from planner.decisions.portfolio.first_fit import by_ratio, by_score
from planner.decisions.portfolio.matrix import build_matrix, plan_of
from planner.decisions.portfolio.polish import polish
from planner.decisions.portfolio.problem import Demand, Problem, Relations, Slots, value_of
from planner.decisions.portfolio.request import ALLOW, PlanRequest
from planner.decisions.portfolio.solve import Effort, solve
from planner.district.load import read_district
from planner.policy import load_policy

AS_OF = dt.date(2026, 11, 20)
YEARS = (2027, 2028, 2029)
SOURCES = ("区级资金", "上级资金", "供热企业")
MONEY_SHARE = 0.3
SIZES, QUICK_SIZES = (48, 300, 1_000, 3_000, 20_000), (48, 300, 1_000)
NATION, DISTRICTS = 220_000, 200
GAPS = {48: 0.005, 300: 0.005, 1_000: 0.001, 3_000: 0.001, 20_000: 0.001, NATION: 0.002}
CPU_LIMITS = {3_000: 5.0, NATION: 60.0}
WHOLE_MODEL_UP_TO, WHOLE_SECONDS, QUICK_SECONDS = 3_000, 60.0, 10.0
CP_SAT_UP_TO = 1_000
MEMORY_MB = 1_024


@dataclass(frozen=True, slots=True)
class Row:
    """One contender at one size: value, bound (None: proves nothing), gap, CPU seconds, rules broken."""

    size: int
    name: str
    value: float
    bound: float | None
    gap: float | None
    cpu_s: float
    broken: int


def main() -> int:
    """Run all sizes, print the table, the bars and the JSON line; 1 when a bar is missed."""
    chosen = [word for word in sys.argv[1:] if word.startswith("--sizes=")]
    sys.argv[1:] = [word for word in sys.argv[1:] if word not in chosen]
    options = harness.options(__doc__)
    sizes = QUICK_SIZES if options.quick else (*SIZES, NATION)
    sizes = tuple(int(word) for word in chosen[0].removeprefix("--sizes=").split(",")) if chosen else sizes
    rows: list[Row] = []
    for size in sizes:
        for row in contenders(size, QUICK_SECONDS if options.quick else WHOLE_SECONDS):
            rows.append(row)
            gap = "" if row.gap is None else f"{row.gap:.3%}"
            line = f"{row.size:>8,} {row.name:<14} {row.value:>14,.1f} {gap:>8} {row.cpu_s:>8.2f} s"
            print(line, file=sys.stderr, flush=True)
    return report(rows, quick=options.quick)


def contenders(size: int, seconds: float) -> Iterator[Row]:
    """Yield the contenders of one size, cheapest first."""
    problem, place = instance(size)
    if size <= SIZES[-1]:
        yield timed(size, "by score", lambda: (by_score(problem, place), None), problem)
        yield timed(size, "by ratio", lambda: (by_ratio(problem), None), problem)
    yield timed(size, "planner", lambda: ours(problem, place), problem)
    if size <= WHOLE_MODEL_UP_TO:
        yield timed(size, "HiGHS whole", lambda: whole(problem, seconds), problem)
    if size <= CP_SAT_UP_TO and seconds >= WHOLE_SECONDS and importlib.util.find_spec("ortools"):
        yield timed(size, "CP-SAT", lambda: cp_sat(problem, seconds), problem)


def timed(size: int, name: str, call: object, problem: Problem) -> Row:
    """Return one row; CPU of this process and its children."""
    start = harness.cpu_seconds()
    plan, bound = call()  # type: ignore[operator]
    spent = harness.cpu_seconds() - start
    value = value_of(problem, plan)
    gap = None if bound is None else (bound - value) / max(abs(value), 1e-9)
    return Row(size, name, value, bound, gap, spent, len(check_plan(problem, plan)))


def ours(problem: Problem, place: tuple[int, ...]) -> tuple[np.ndarray, float]:
    """The engine with its normal effort."""
    solution = solve(problem, place=place, effort=Effort())
    return solution.plan, solution.bound


def whole(problem: Problem, seconds: float) -> tuple[np.ndarray, float]:
    """HiGHS on the whole matrix, cold, until so many seconds on the clock or a million nodes."""
    matrix = build_matrix(problem)
    answer = polish(matrix, np.zeros(0), nodes=1_000_000, gap=1e-4, seconds=seconds * 3, limit=seconds)
    plan = plan_of(problem, matrix, answer.point) if len(answer.point) else problem.nothing()
    return plan, answer.bound


def cp_sat(problem: Problem, seconds: float) -> tuple[np.ndarray, float]:
    """CP-SAT on the whole matrix, one worker, until so many seconds on the clock; benefits in thousandths."""
    from ortools.sat.python import cp_model

    matrix, model = build_matrix(problem), cp_model.CpModel()
    x = [model.new_bool_var("") for _ in range(matrix.columns)]
    column = np.repeat(np.arange(matrix.columns), np.diff(matrix.start))
    order = np.argsort(matrix.index, kind="stable")
    first = np.searchsorted(matrix.index[order], np.arange(len(matrix.tags) + 1))
    for row, (low, high) in enumerate(zip(matrix.lower, matrix.upper, strict=True)):
        entries = order[first[row] : first[row + 1]]
        total = cp_model.LinearExpr.weighted_sum([x[k] for k in column[entries]], matrix.value[entries].astype(int))
        ends = [-(2**53) if np.isinf(low) else int(low), 2**53 if np.isinf(high) else int(high)]
        model.add_linear_constraint(total, *ends)
    model.maximize(cp_model.LinearExpr.weighted_sum(x, (matrix.gain * 1_000).round().astype(int)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.max_time_in_seconds = 1, seconds
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return problem.nothing(), solver.best_objective_bound / 1_000
    point = np.array([solver.value(one) for one in x], dtype=float)
    return plan_of(problem, matrix, point), solver.best_objective_bound / 1_000


def instance(size: int) -> tuple[Problem, tuple[int, ...]]:
    """Return the problem of one size and the compounds in suggested order."""
    if size == NATION:
        parts = [instance(size // DISTRICTS)[0]] * DISTRICTS
        return joined(parts), tuple(range(size))
    with tempfile.TemporaryDirectory() as folder:
        if planner(["demo", f"{folder}/d", "--compounds", str(size), "--seed", "1"]):
            raise SystemExit(1)
        policy = load_policy()
        assessment = assess(read_district(Path(folder) / "d", policy), policy, as_of=AS_OF)
    plenty = {(year, source): 10**12 for year in YEARS for source in SOURCES}
    planning = plan_problem(assessment, PlanRequest(funds=plenty, unverified=ALLOW))
    slots = planning.problem.slots
    request = PlanRequest(funds=_funds(planning.options), unverified=ALLOW, capacities=_capacities(slots))
    planning = plan_problem(assessment, request)
    return planning.problem, planning.place


def _funds(options: object) -> dict[tuple[int, str], int]:
    cost = options.groupby("source")["cost"].sum()  # type: ignore[attr-defined]
    return {(y, s): int(cost.get(s, 0) * MONEY_SHARE / len(YEARS)) for y in YEARS for s in SOURCES}


def _capacities(slots: Slots) -> dict[tuple[str, int], int]:
    trench, crews = (int(total * MONEY_SHARE / len(YEARS)) for total in slots.use.sum(axis=0))
    return {(name, year): max(1, amount) for name, amount in (("trench_m", trench), ("crews", crews)) for year in YEARS}


def joined(parts: list[Problem]) -> Problem:
    """Return one problem of many districts: common funds and capacities, each district's streets and compounds."""
    first, count = parts[0], len(parts)
    m, n, streets = len(first.slots), first.n, len(first.streets)
    own = {name: np.concatenate([getattr(first.slots, name)] * count) for name in Slots.__dataclass_fields__}
    own["unit"] = own["unit"] + np.repeat(np.arange(count) * n, m)
    shift = {name: getattr(first.relations, name) for name in Relations.__dataclass_fields__}
    relations = {
        name: np.concatenate([value + (k * m if value.ndim == 2 else 0) for k in range(count)])
        for name, value in shift.items()
    }
    return replace(
        first,
        units=tuple(f"{k:03}-{unit}" for k in range(count) for unit in first.units),
        streets=tuple(f"{k:03}-{street}" for k in range(count) for street in first.streets),
        street=np.concatenate([first.street + k * streets for k in range(count)]),
        slots=Slots(**own),
        relations=Relations(**relations),
        funds=np.minimum(first.funds, 10**15) * count,
        limits=np.minimum(first.limits, 10**15) * count,
        floor=np.concatenate([first.floor] * count),
        demands=tuple(Demand(d.tag, np.concatenate([d.weight] * count), d.least) for d in first.demands),
    )


def report(rows: list[Row], *, quick: bool) -> int:
    """Print the table, what each bar says, and the JSON line."""
    print(f"{'size':>8} {'contender':<14} {'value':>14} {'/ planner':>9} {'gap':>8} {'CPU s':>8} broken")
    best = {row.size: row.value for row in rows if row.name == "planner"}
    for row in rows:
        ratio = row.value / best[row.size] if best.get(row.size) else 0.0
        gap = "" if row.gap is None else f"{row.gap:.3%}"
        line = f"{row.size:>8,} {row.name:<14} {row.value:>14,.1f} {ratio:>9.4f} {gap:>8} {row.cpu_s:>8.2f}"
        print(f"{line} {row.broken}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    bars = list(judged(rows))
    if any(row.size == NATION for row in rows):
        bars.append((f"memory {memory:,.0f} MB at most {MEMORY_MB:,}", memory <= MEMORY_MB))
    for text, met in bars:
        print(f"{'met   ' if met else 'MISSED'} {text}")
    done = {"benchmark": "portfolio", "quick": quick, "memory_mb": round(memory), "rows": [asdict(row) for row in rows]}
    print(json.dumps(done | {"bars": [{"bar": text, "met": met} for text, met in bars]}))
    return 0 if all(met for _, met in bars) else 1


def judged(rows: list[Row]) -> Iterator[tuple[str, bool]]:
    """Yield every bar with whether it was met."""
    table = {(row.size, row.name): row for row in rows}
    for row in (row for row in rows if row.name == "planner"):
        size = row.size
        yield f"{size:,}: gap {row.gap:.3%} at most {GAPS[size]:.1%}", row.gap is not None and row.gap <= GAPS[size]
        yield f"{size:,}: no rule broken", row.broken == 0
        for name in ("by score", "by ratio"):
            peer = table.get((size, name))
            if peer and not peer.broken:
                yield f"{size:,}: worth at least {name}", row.value >= peer.value - 1e-6
        if size in CPU_LIMITS:
            yield f"{size:,}: {row.cpu_s:.1f} CPU s at most {CPU_LIMITS[size]:.0f}", row.cpu_s <= CPU_LIMITS[size]
        other = table.get((size, "HiGHS whole"))
        if size == WHOLE_MODEL_UP_TO and other:
            yield f"{size:,}: worth at least HiGHS whole", row.value >= other.value - 1e-6
    yield from _growth([row for row in rows if row.name == "planner" and row.size >= 1_000])


def _growth(rows: list[Row]) -> Iterator[tuple[str, bool]]:
    for small, large in pairwise(rows):
        allowed = large.size * math.log(large.size) / (small.size * math.log(small.size))
        grown = large.cpu_s / small.cpu_s
        yield f"{small.size:,} to {large.size:,}: time x {grown:.1f} at most {allowed:.1f}", grown <= allowed


if __name__ == "__main__":
    raise SystemExit(main())
