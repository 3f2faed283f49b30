"""``planner score``: the explained list of compounds in suggested order, as a table, a workbook or a map layer."""

from __future__ import annotations

import argparse
import json
from contextlib import ExitStack
from typing import Any

from planner.cli.assessing import assess_inputs, say_counts, summary
from planner.cli.inputs import read_inputs
from planner.cli.parser import district_option, help_text, json_option, out_option, rule_options
from planner.cli.terminal import progress
from planner.cli.writing import replacing
from planner.errors import CallError
from planner.outputs.ranking_file import FORMATS, programmes_file, write_programmes, write_ranking
from planner.text import t


def add_parser(subparsers: Any) -> None:
    """Add the verb ``score``."""
    parser = subparsers.add_parser("score", help=help_text("cli.score.help"), description=help_text("cli.score.about"))
    district_option(parser)
    rule_options(parser)
    out_option(parser, "cli.score.out", metavar="ranking.csv")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Score the district and write the list, with the programmes beside it where the format holds one table only."""
    if args.out.suffix.lower() not in FORMATS:
        raise CallError(t("cli.error.format", value=args.out.name, choices="、".join(FORMATS)))
    inputs = read_inputs(args)
    assessment = assess_inputs(inputs, args.lang)
    beside = programmes_file(args.out)
    with progress("cli.progress.write", args.lang, file=args.out.name), ExitStack() as files:
        path = files.enter_context(replacing(args.out))
        write_ranking(assessment, inputs.district, path=path, lang=args.lang)
        if beside is not None:
            write_programmes(assessment, files.enter_context(replacing(beside)), lang=args.lang)
    say_counts(assessment, inputs, args.lang)
    if args.json:
        written = {"ranking": str(args.out)} | ({"programmes": str(beside)} if beside else {})
        print(json.dumps(summary(assessment, inputs, **written), ensure_ascii=False))
    return 0
