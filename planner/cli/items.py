"""``planner items``: every missing item of every compound with quantity, cost and purse, in suggested order."""

from __future__ import annotations

import argparse
import json
from typing import Any

from planner.cli.assessing import assess_inputs, say_counts, summary
from planner.cli.inputs import read_inputs
from planner.cli.parser import district_option, help_text, json_option, out_option, rule_options
from planner.cli.terminal import progress
from planner.cli.writing import replacing
from planner.errors import CallError
from planner.outputs.item_file import FORMATS, write_items
from planner.text import t


def add_parser(subparsers: Any) -> None:
    """Add the verb ``items``."""
    parser = subparsers.add_parser("items", help=help_text("cli.items.help"), description=help_text("cli.items.about"))
    district_option(parser)
    parser.add_argument("--known", action="store_true", help=help_text("cli.items.known"))
    rule_options(parser)
    out_option(parser, "cli.items.out", metavar="item_list.csv")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Score the district and write the ranked list of (compound, item)."""
    if args.out.suffix.lower() not in FORMATS:
        raise CallError(t("cli.error.format", value=args.out.name, choices="、".join(FORMATS)))
    inputs = read_inputs(args)
    assessment = assess_inputs(inputs, args.lang)
    with progress("cli.progress.write", args.lang, file=args.out.name), replacing(args.out) as path:
        write_items(assessment, inputs.district, path=path, lang=args.lang, known=args.known)
    say_counts(assessment, inputs, args.lang)
    if args.json:
        print(json.dumps(summary(assessment, inputs, items=str(args.out)), ensure_ascii=False))
    return 0
