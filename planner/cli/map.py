"""``planner map``: the district as one HTML file that opens without server or internet."""

from __future__ import annotations

import argparse
import json
from typing import Any

from planner.cli.assessing import assess_inputs, say_counts, summary
from planner.cli.inputs import read_inputs
from planner.cli.parser import district_option, help_text, json_option, out_option, rule_options
from planner.cli.terminal import progress, say
from planner.cli.writing import replacing
from planner.errors import CallError
from planner.outputs.map_classes import themes
from planner.outputs.map_html import map_page
from planner.text import t

SUFFIXES = (".html", ".htm")


def add_parser(subparsers: Any) -> None:
    """Add the verb ``map``."""
    parser = subparsers.add_parser("map", help=help_text("cli.map.help"), description=help_text("cli.map.about"))
    district_option(parser)
    rule_options(parser)
    out_option(parser, "cli.map.out", metavar="map.html")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Score the district and write the map; compounds without a shape are counted on standard error."""
    if args.out.suffix.lower() not in SUFFIXES:
        raise CallError(t("cli.error.format", value=args.out.name, choices="、".join(SUFFIXES)))
    inputs = read_inputs(args)
    assessment = assess_inputs(inputs, args.lang)
    with progress("cli.progress.write", args.lang, file=args.out.name), replacing(args.out) as path:
        path.write_text(map_page(inputs.district, assessment, args.lang), encoding="utf-8", newline="\n")
    say_counts(assessment, inputs, args.lang)
    size = args.out.stat().st_size
    say(t("cli.map.size", args.lang, file=args.out.name, size=f"{size / 1e6:.1f}", n=len(themes(inputs.policy))))
    if args.json:
        print(json.dumps(summary(assessment, inputs, map=str(args.out)) | {"bytes": size}, ensure_ascii=False))
    return 0
