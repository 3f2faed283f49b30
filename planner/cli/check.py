"""``planner check``: every problem of a district as one table; exit code 1 when one of them is an error."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from planner.cli.inputs import read_policy, resolve_as_of
from planner.cli.parser import as_of_option, district_option, help_text, json_option
from planner.cli.terminal import progress, say
from planner.cli.writing import replacing
from planner.district.checks import find_problems
from planner.errors import CallError, PlannerError
from planner.outputs.problem_file import problem_records, problems_csv
from planner.store.place import shown
from planner.store.reading import read_district
from planner.text import t


def add_parser(subparsers: Any) -> None:
    """Add the verb ``check``."""
    parser = subparsers.add_parser("check", help=help_text("cli.check.help"), description=help_text("cli.check.about"))
    district_option(parser)
    parser.add_argument("--policy", type=Path, metavar="DIR", help=help_text("cli.help.policy"))
    as_of_option(parser)
    parser.add_argument("--out", type=Path, metavar="problems.csv", help=help_text("cli.check.out"))
    json_option(parser, "cli.check.json")


def run(args: argparse.Namespace) -> int:
    """Print the problem table (CSV or JSON) and the counts; return 1 when a problem is an error, else 0."""
    problems = _problems(args)
    if args.json:
        json.dump(problem_records(problems, args.lang), sys.stdout, ensure_ascii=False, indent=1)
        print()
    elif args.out is None:
        sys.stdout.write(problems_csv(problems, args.lang).decode("utf-8-sig").replace("\r\n", "\n"))
    if args.out is not None:
        with replacing(args.out) as path:
            path.write_bytes(problems_csv(problems, args.lang))
    counts = problems["severity"].value_counts()
    errors, warnings, notes = (int(counts.get(s, 0)) for s in ("error", "warning", "info"))
    say(t("cli.check.counts", args.lang, errors=errors, warnings=warnings, notes=notes))
    return 1 if errors else 0


def _problems(args: argparse.Namespace) -> pd.DataFrame:
    try:
        policy = read_policy(args.district, args.policy)
        as_of = resolve_as_of(args.as_of, policy)
        with progress("cli.progress.read", args.lang, folder=shown(args.district)):
            district = read_district(args.district, policy)
        with progress("cli.progress.check", args.lang):
            return find_problems(district, policy, as_of)
    except CallError:
        raise
    except PlannerError as error:
        if not len(error.problems):
            raise
        return error.problems
