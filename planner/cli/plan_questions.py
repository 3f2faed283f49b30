"""What is asked of a finished plan: more money, how sure it is, what would bring in what is left out."""

from __future__ import annotations

import argparse
from typing import Any

from planner.cli.parser import help_text
from planner.cli.terminal import say
from planner.decisions.portfolio.more_money import Step, more_money
from planner.decisions.portfolio.plan import Plan
from planner.decisions.portfolio.robust import Robustness, robustness
from planner.decisions.portfolio.solve import INFEASIBLE
from planner.decisions.portfolio.ways_in import ways_in
from planner.errors import CallError
from planner.outputs.plan_file import records
from planner.text import t, wan


def add_questions(parser: argparse.ArgumentParser) -> None:
    """Add the options that ask a finished plan."""
    more = help_text("cli.plan.more")
    parser.add_argument("--more", action="append", type=int, default=[], metavar="YUAN", help=more)
    parser.add_argument("--keep", action="store_true", help=help_text("cli.plan.keep"))
    parser.add_argument("--sure", type=int, default=0, metavar="N", help=help_text("cli.plan.sure"))
    parser.add_argument("--ways", type=int, default=0, metavar="N", help=help_text("cli.plan.ways"))


def check_questions(args: argparse.Namespace) -> None:
    """Raise CallError for amounts that mean nothing."""
    if any(yuan <= 0 for yuan in args.more) or args.sure < 0 or args.ways < 0:
        raise CallError(t("plan.error.more"))


def answers(plan: Plan, args: argparse.Namespace) -> dict[str, Any]:
    """Say and return the answers as JSON writes them: more, sure, replacement, ways; only what was asked."""
    found: dict[str, Any] = {}
    if plan.solution.status == INFEASIBLE:
        return found
    if args.ways:
        ways = ways_in(plan, most=args.ways)
        for row in ways.itertuples():
            say(f"{row.compound_id}：{getattr(row, f'text_{args.lang}')}")
        found["ways"] = records(ways)
    if args.more:
        steps = more_money(plan, args.more, keep=args.keep)
        found["more"] = [_step(plan, step, args.lang, keep=args.keep) for step in steps]
    if args.sure:
        found |= _sure(robustness(plan, solves=args.sure), args.lang)
    return found


def _step(plan: Plan, step: Step, lang: str, *, keep: bool) -> dict[str, Any]:
    numbers = {"before": f"{plan.solution.objective:.1f}", "value": f"{step.value:.1f}"}
    counts = {"added": len(step.added), "dropped": len(step.dropped)}
    kept = t("plan.more.and_kept", lang) if keep else ""
    say(t("plan.more.step", lang, extra=wan(step.extra), **numbers, **counts) + kept)
    tables = {name: records(getattr(step, name)) for name in ("added", "dropped", "moved")}
    return {"extra": step.extra, "objective": round(step.value, 6), "bound": round(step.bound, 6), **tables}


def _sure(found: Robustness, lang: str) -> dict[str, Any]:
    inside = found.table.loc[found.table["inside"]]
    counts = {label: int((inside["label"] == label).sum()) for label in ("sure", "fairly", "edge")}
    say(t("plan.stable.counts", lang, n=len(inside), solves=found.solves, **counts))
    return {"sure": records(found.table), "replacement": records(found.replacement)}
