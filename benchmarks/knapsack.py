"""The exact solver on the 30 problems of mknapcb1 (OR-Library, Chu and Beasley): 100 items, 5 limits.

The file lies at $PLANNER_SHARED/data/knapsack. Each problem goes through the same polish as a plan: HiGHS in a child
process, one thread. Written bar: at least 29 of 30 equal to the best value known, within 60 CPU seconds each.
``--quick``: the first three.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import harness
import numpy as np

from planner.decisions.portfolio.matrix import Model, by_columns
from planner.decisions.portfolio.polish import polish

SECONDS, NODES = 60.0, 60_000
"""Effort is counted in nodes; 60,000 take less than 60 CPU seconds."""
MISSES_ALLOWED = 1
QUICK = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One problem: value found, best value known, upper bound, nodes, CPU seconds of the child."""

    instance: str
    value: int
    best: int
    bound: float
    nodes: int
    cpu_s: float


def folder() -> Path:
    """Where the problems lie."""
    return Path(os.environ.get("PLANNER_SHARED", "../shared")) / "data" / "knapsack"


def problems(where: Path) -> list[tuple[str, int, Model]]:
    """Return name, best value known and model of every problem of the file."""
    with (where / "mknapcb1_best.csv").open(encoding="utf-8") as file:
        best = [(row["instance"], int(row["best_known"])) for row in csv.DictReader(file)]
    numbers = iter(int(word) for word in (where / "mknapcb1.txt").read_text(encoding="ascii").split())
    found = []
    for _, (name, value) in zip(range(next(numbers)), best, strict=True):
        columns, rows, _ = (next(numbers) for _ in range(3))
        gain = np.array([next(numbers) for _ in range(columns)], dtype=float)
        weight = np.array([next(numbers) for _ in range(rows * columns)], dtype=float)
        room = np.array([next(numbers) for _ in range(rows)], dtype=float)
        row, column = np.divmod(np.arange(rows * columns), columns)
        entries = by_columns(row, column, weight, columns)
        found.append((name, value, Model(gain, np.full(rows, -np.inf), room, *entries)))
    return found


def solved(name: str, best: int, model: Model) -> Row:
    """Solve one problem and check its limits in whole numbers."""
    start = harness.cpu_seconds()
    answer = polish(model, np.zeros(0), nodes=NODES, gap=0.0, seconds=SECONDS * 30)
    spent = harness.cpu_seconds() - start
    chosen = answer.point.round()
    taken = np.zeros(len(model.upper))
    np.add.at(taken, model.index, np.repeat(chosen, np.diff(model.start)) * model.value)
    if (taken > model.upper).any():
        raise SystemExit(f"{name}: a limit is broken")
    return Row(name, int(chosen @ model.gain), best, answer.bound, answer.nodes, spent)


def main() -> int:
    """Solve all, print the list and the JSON line; 1 when the bar is missed."""
    options = harness.options(__doc__)
    chosen = problems(folder())[: QUICK if options.quick else None]
    rows = []
    for name, best, model in chosen:
        row = solved(name, best, model)
        rows.append(row)
        mark = "=" if row.value == row.best else "<"
        spent = f"{row.nodes:>8,} nodes {row.cpu_s:>6.1f} s"
        print(f"{row.instance} {row.value:>7,} {mark} {row.best:>7,} {spent}", flush=True)
    equal = sum(row.value >= row.best for row in rows)
    met = equal >= len(rows) - MISSES_ALLOWED and all(row.cpu_s <= SECONDS for row in rows)
    word = "met   " if met else "MISSED"
    print(f"{word} {equal} of {len(rows)} equal to the best known, within {SECONDS:.0f} CPU s each")
    print(json.dumps({"benchmark": "knapsack", "quick": options.quick, "met": met, "rows": [asdict(r) for r in rows]}))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
