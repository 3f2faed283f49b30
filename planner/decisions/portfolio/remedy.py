"""When no plan keeps all demands: which of them clash, and the smallest change that makes a plan possible, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from planner.decisions.portfolio.elastic import Change, Remedy, clashing, remedy
from planner.decisions.portfolio.matrix import Tag
from planner.decisions.portfolio.problem import NONE, Problem
from planner.decisions.portfolio.solve import INFEASIBLE, Solution
from planner.text import t, wan

CLASH_COLUMNS = ("row", "demand", "year", "text_zh", "text_en")
REMEDY_COLUMNS = ("row", "demand", "year", "now", "then", "amount", "text_zh", "text_en")
LANGUAGES = ("zh", "en")
PROVABLE = 6_000
"""Up to so many columns the smallest change is proven; above, it is what the nearest plan found lacks."""
MUST = "once"


def remedy_of(problem: Problem, solution: Solution) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the demands that clash (CLASH_COLUMNS) and the remedy (REMEDY_COLUMNS); both empty for a possible plan.

    row: funds, limit, floor, demand or must. now and then: the limit as it is and as it has to be (yuan, metres,
    crews); amount: the difference.
    """
    if solution.status != INFEASIBLE:
        return _frame([], CLASH_COLUMNS), _frame([], REMEDY_COLUMNS)
    found = remedy(problem) if small(problem) else _lacking(problem, solution)
    if found is None:
        return _frame([], CLASH_COLUMNS), _frame(_dropped_musts(problem), REMEDY_COLUMNS)
    changes = [_change_row(problem, change) for change in found.changes]
    tags = clashing(problem, found.changes) if small(problem) else [change.tag for change in found.changes]
    return _frame([_clash_row(problem, tag) for tag in tags], CLASH_COLUMNS), _frame(changes, REMEDY_COLUMNS)


def small(problem: Problem) -> bool:
    """Return whether the smallest change can be proven."""
    return int(problem.slots.allowed.sum()) <= PROVABLE


def _lacking(problem: Problem, solution: Solution) -> Remedy:
    """What the nearest plan of a large problem lacks."""
    limits = {"funds": problem.purses, "limit": problem.capacities}
    changes = []
    for violation in solution.unmet:
        if violation.rule in limits:
            name, year = violation.about.rsplit(" ", 1)
            number, column = limits[violation.rule].index(name), problem.years.index(int(year))
        elif violation.rule == "floor":
            number, column = problem.streets.index(violation.about), NONE
        elif violation.rule == "demand":
            number, column = [d.tag for d in problem.demands].index(violation.about), NONE
        else:
            continue
        changes.append(Change((violation.rule, number, column), violation.amount))
    return Remedy(tuple(changes), solution.nearest, np.inf)


def _dropped_musts(problem: Problem) -> list[dict[str, object]]:
    """The musts of which dropping one alone leaves demands that can be cured; all of them where none does."""
    musts = np.flatnonzero(problem.slots.must).tolist()
    alone = [slot for slot in musts if remedy(_without_must(problem, slot)) is not None]
    return [_row(problem, (MUST, slot, NONE), amount=1) for slot in alone or musts]


def _without_must(problem: Problem, slot: int) -> Problem:
    must = problem.slots.must.copy()
    must[slot] = False
    return replace(problem, slots=replace(problem.slots, must=must))


def _change_row(problem: Problem, change: Change) -> dict[str, object]:
    return _row(problem, change.tag, amount=change.amount)


def _clash_row(problem: Problem, tag: Tag) -> dict[str, object]:
    row = _row(problem, tag, amount=0)
    texts = {f"text_{lang}": _text("clash", row, lang) for lang in LANGUAGES}
    return {name: row[name] for name in ("row", "demand", "year")} | texts


def _row(problem: Problem, tag: Tag, *, amount: int) -> dict[str, object]:
    name, _, year = tag
    now = _now(problem, tag)
    row: dict[str, object] = {
        "row": "must" if name == MUST else name, "demand": _what(problem, tag),
        "year": problem.years[year] if year >= 0 else None, "now": now,
        "then": now + (amount if name in ("funds", "limit") else -amount), "amount": amount,
    }  # fmt: skip
    return row | {f"text_{lang}": _text("remedy", row, lang) for lang in LANGUAGES}


def _now(problem: Problem, tag: Tag) -> int:
    name, number, year = tag
    if name in ("funds", "limit"):
        return int((problem.funds if name == "funds" else problem.limits)[number, year])
    if name == "floor":
        return int(problem.floor[number])
    return problem.demands[number].least if name == "demand" else 1


def _what(problem: Problem, tag: Tag) -> str:
    name, number, _ = tag
    if name == MUST:
        return f"{problem.units[problem.slots.unit[number]]} {problem.slots.code[number]}"
    tables = {"funds": problem.purses, "limit": problem.capacities, "floor": problem.streets}
    return problem.demands[number].tag if name == "demand" else tables[name][number]


def _text(kind: str, row: dict[str, object], lang: str) -> str:
    name, what = str(row["row"]), str(row["demand"])
    if name == "funds":
        what = what or t("plan.purse.any", lang)
    if name in ("limit", "demand"):
        what = t(f"plan.{name}.{what}", lang)
    money = {f"{k}_wan": wan(int(str(row[k]))) for k in ("now", "then", "amount")}
    plain = {k: row[k] for k in ("year", "now", "then", "amount")}
    return t(f"plan.{kind}.{name}", lang, what=what, **money, **plain)


def _frame(rows: Sequence[dict[str, object]], columns: tuple[str, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    whole = dict.fromkeys([c for c in ("year", "now", "then", "amount") if c in columns], "Int64")
    return frame.astype(whole)
