"""``planner plan``: which items, in which compound, in which year, from which funds, how near that is to the best."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import time
from dataclasses import replace
from typing import Any

import pandas as pd

from planner.cli.assessing import assess_inputs, say_counts
from planner.cli.inputs import read_inputs
from planner.cli.parser import district_option, help_text, json_option, out_option, rule_options
from planner.cli.plan_questions import add_questions, answers, check_questions
from planner.cli.terminal import progress, say
from planner.cli.writing import replacing
from planner.decisions.portfolio.plan import Plan, make_plan, quality_text
from planner.decisions.portfolio.request import UNVERIFIED, Order, PlanRequest
from planner.decisions.portfolio.solve import INFEASIBLE, QUICK, Effort, Progress
from planner.errors import CallError
from planner.outputs.plan_file import FORMATS, notes, plan_dict, write_plan
from planner.text import date_text, t, wan

DONE, NOTHING = 0, 1
MOST_YEARS = 5
EFFORTS = ("normal", "quick")
_BUDGET = re.compile(r"(?P<year>\d{4})(:(?P<source>[^=]*))?=(?P<yuan>[\d,_]+)")
_CAPACITY = re.compile(r"(?P<name>trench_m|crews):(?P<year>\d{4})=(?P<amount>\d+)")
_ORDER = re.compile(r"(?P<id>[^=@:]+)(:(?P<option>[^=@]+))?(@(?P<year>\d{4}))?(=(?P<basis>.*))?")


def add_parser(subparsers: Any) -> None:
    """Add the verb ``plan``."""
    parser = subparsers.add_parser("plan", help=help_text("cli.plan.help"), description=help_text("cli.plan.about"))
    district_option(parser)
    given = {"action": "append", "default": []}
    parser.add_argument(
        "--budget", nargs="+", required=True, action="extend", metavar="YEAR[:SOURCE]=YUAN",
        help=help_text("cli.plan.budget"),
    )  # fmt: skip
    parser.add_argument("--must", metavar="ID[:OPTION][@YEAR]=BASIS", help=help_text("cli.plan.must"), **given)
    parser.add_argument("--never", metavar="ID[:OPTION]", help=help_text("cli.plan.never"), **given)
    parser.add_argument("--capacity", metavar="NAME:YEAR=AMOUNT", help=help_text("cli.plan.capacity"), **given)
    parser.add_argument("--under-way", metavar="ID:PROGRAMME@YEAR=BASIS", help=help_text("cli.plan.under_way"), **given)
    parser.add_argument("--rule", metavar="NAME=VALUE", help=help_text("cli.plan.rule"), **given)
    rule = help_text("cli.plan.unverified")
    parser.add_argument("--unverified", choices=UNVERIFIED, default=UNVERIFIED[0], help=rule)
    parser.add_argument("--effort", choices=EFFORTS, default=EFFORTS[0], help=help_text("cli.plan.effort"))
    parser.add_argument("--seed", type=int, default=Effort().seed, metavar="N", help=help_text("cli.plan.seed"))
    add_questions(parser)
    rule_options(parser)
    out_option(parser, "cli.plan.out", metavar="plan.xlsx")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Score the district, make the plan and write it; exit 1 where no plan keeps all demands."""
    if args.out.suffix.lower() not in FORMATS:
        raise CallError(t("cli.error.format", value=args.out.name, choices="、".join(FORMATS)))
    check_questions(args)
    request = _request(args)
    started = time.process_time()
    inputs = read_inputs(args)
    _check_years(request, inputs.as_of, args.lang)
    assessment = assess_inputs(inputs, args.lang)
    effort = replace(QUICK if args.effort == "quick" else Effort(), seed=args.seed)
    plan = make_plan(assessment, request, effort=effort, watch=_Watch(args.lang))
    with progress("cli.progress.write", args.lang, file=args.out.name), replacing(args.out) as path:
        write_plan(plan, path, seed=args.seed, lang=args.lang)
    say_counts(assessment, inputs, args.lang)
    _say_plan(plan, args.lang)
    asked = answers(plan, args)
    if args.json:
        spent = round(time.process_time() - started, 2)
        print(json.dumps(plan_dict(plan, seed=args.seed, cpu_s=spent, lang=args.lang) | asked, ensure_ascii=False))
    return NOTHING if plan.solution.status == INFEASIBLE else DONE


def _request(args: argparse.Namespace) -> PlanRequest:
    funds: dict[tuple[int, str], int] = {}
    for text in args.budget:
        found = _BUDGET.fullmatch(text.strip())
        if found is None:
            raise CallError(t("plan.error.budget", value=text))
        key = (int(found["year"]), (found["source"] or "").strip())
        funds[key] = funds.get(key, 0) + int(re.sub(r"[,_]", "", found["yuan"]))
    capacities: dict[tuple[str, int], int] = {}
    for text in args.capacity:
        found = _CAPACITY.fullmatch(text.strip())
        if found is None:
            raise CallError(t("plan.error.capacity", value=text))
        capacities[found["name"], int(found["year"])] = int(found["amount"])
    told = (args.must, args.never, args.under_way)
    must, never, under_way = (tuple(_order(text) for text in listed) for listed in told)
    return PlanRequest(
        funds=funds, must=must, never=never, unverified=args.unverified, capacities=capacities, under_way=under_way,
        rules=_rules(args.rule),
    )  # fmt: skip


def _rules(listed: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in listed:
        name, equals, value = text.partition("=")
        if not equals or not name.strip().startswith("plan_") or not value.strip():
            raise CallError(t("plan.error.rule", value=text))
        found[name.strip()] = value.strip()
    return found


def _check_years(request: PlanRequest, as_of: dt.date, lang: str) -> None:
    if request.years[0] < as_of.year:
        raise CallError(t("plan.error.past", year=request.years[0], date=date_text(as_of, lang)))
    if len(request.years) > MOST_YEARS:
        raise CallError(t("plan.error.years", n=MOST_YEARS))


def _order(text: str) -> Order:
    found = _ORDER.fullmatch(text.strip())
    if found is None:
        raise CallError(t("plan.error.order", value=text))
    year = int(found["year"]) if found["year"] else None
    return Order(found["id"].strip(), (found["basis"] or "").strip(), (found["option"] or "").strip(), year)


class _Watch:
    """Says on standard error when the plan has become clearly better; never stops it."""

    def __init__(self, lang: str) -> None:
        self.lang, self.said = lang, ""

    def __call__(self, progress_: Progress) -> bool:
        if progress_.stage != self.said and progress_.bound < float("inf"):
            self.said = progress_.stage
            gap = (progress_.bound - progress_.objective) / max(abs(progress_.objective), 1e-9) * 100
            stage = t(f"plan.stage.{progress_.stage}", self.lang)
            say(t("cli.plan.progress", self.lang, stage=stage, gap=f"{min(gap, 999):.2f}"))
        return False


def _say_plan(plan: Plan, lang: str) -> None:
    say(quality_text(plan, lang))
    for note in notes(plan, lang):
        say(note)
    for row in plan.money.itertuples():
        funds = "—" if pd.isna(row.funds) else wan(int(row.funds))
        purse = row.purse or t("plan.purse.any", lang)
        say(t("cli.plan.year", lang, year=row.year, source=purse, spent=wan(int(row.spent)), funds=funds))
    for row in plan.unmet.itertuples():
        say(t(f"plan.unmet.{row.row}", lang, what=row.demand, amount=row.shortfall, wan=wan(int(row.shortfall))))
    for key, table in (("clash", plan.clash), ("remedy", plan.remedy)):
        if len(table):
            say(t(f"plan.{key}.head", lang))
        for text in table[f"text_{lang}"]:
            say(f"  {text}")
