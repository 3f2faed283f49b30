"""``planner sheet``: the map on paper, whole or any extent of it, as PDF, PNG or SVG."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from planner.cli.assessing import assess_inputs, say_counts, summary
from planner.cli.atlas import run_atlas
from planner.cli.inputs import read_inputs, read_policy
from planner.cli.parser import district_option, help_text, json_option, out_option, rule_options
from planner.cli.terminal import progress
from planner.cli.writing import replacing
from planner.district.district import District
from planner.errors import CallError
from planner.outputs.basemap import street_boxes
from planner.outputs.map_classes import ITEM, LAYERS, PROGRAMME
from planner.outputs.sheet.compose import draw_sheets
from planner.outputs.sheet.request import FORMATS, PAPERS, Box, SheetRequest, check_request
from planner.text import t


def add_parser(subparsers: Any) -> None:
    """Add the verb ``sheet``."""
    parser = subparsers.add_parser("sheet", help=help_text("cli.sheet.help"), description=help_text("cli.sheet.about"))
    district_option(parser)
    rule_options(parser)
    out_option(parser, "cli.sheet.out", metavar="out.pdf")
    parser.add_argument("--theme", metavar="T", default="action", help=_theme_help())
    parser.add_argument("--bbox", metavar="W,S,E,N", help=help_text("cli.sheet.bbox"))
    parser.add_argument("--paper", choices=tuple(PAPERS), default="A3", help=help_text("cli.sheet.paper"))
    parser.add_argument("--portrait", action="store_true", help=help_text("cli.sheet.portrait"))
    parser.add_argument("--street", metavar="NAME", help=help_text("cli.sheet.street"))
    parser.add_argument("--community", metavar="NAME", help=help_text("cli.sheet.community"))
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--atlas", action="store_true", help=help_text("cli.sheet.atlas"))
    which.add_argument("--compound", metavar="ID[,ID]", help=help_text("cli.sheet.compound"))
    which.add_argument("--view", action="store_true", help=help_text("cli.sheet.view"))
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Score the district and write the sheet; compounds that do not show are counted on it."""
    if args.atlas or args.compound:
        return run_atlas(args)
    kind = args.out.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise CallError(t("cli.error.format", value=args.out.name, choices="、".join(f".{f}" for f in FORMATS)))
    box = _box(args.bbox) if args.bbox is not None else None
    request = SheetRequest(args.theme, box, args.paper, not args.portrait, format=kind, full=not args.view)
    check_request(request, read_policy(args.district, args.policy))
    inputs = read_inputs(args)
    request = _of_street(request, args.street, inputs.district) if args.street else request
    assessment = assess_inputs(inputs, args.lang)
    with progress("cli.progress.write", args.lang, file=args.out.name):
        written = _write(draw_sheets(inputs.district, assessment, request, args.lang), args.out)
    say_counts(assessment, inputs, args.lang)
    if args.json:
        print(json.dumps(summary(assessment, inputs, **written), ensure_ascii=False))
    return 0


def _write(files: Sequence[bytes], out: Path) -> dict[str, str]:
    """Write the first file as ``out`` and further ones beside it with their number; all of them or none."""
    names = [out, *(out.with_name(f"{out.stem}_{n}{out.suffix}") for n in range(2, len(files) + 1))]
    with ExitStack() as written:
        for name, content in zip(names, files, strict=True):
            written.enter_context(replacing(name)).write_bytes(content)
    return {"sheet" if n == 1 else f"sheet_{n}": str(name) for n, name in enumerate(names, 1)}


def _theme_help() -> str:
    return f"{help_text('cli.sheet.theme')} {'、'.join(LAYERS)}、{PROGRAMME}A、{ITEM}ac_unit …"


def _box(text: str) -> Box:
    try:
        west, south, east, north = (float(part) for part in text.replace("，", ",").split(","))
    except ValueError as error:
        raise CallError(t("sheet.error.bbox", value=text, most="2")) from error
    return west, south, east, north


def _of_street(request: SheetRequest, street: str, district: District) -> SheetRequest:
    boxes = street_boxes(district)
    names = district.compounds["subdistrict_name"]
    if street not in boxes and not (names == street).any():
        raise CallError(t("sheet.error.choice", value=street, choices="、".join(boxes) or "—"))
    inside = (names == street).fillna(False).to_numpy(dtype=bool)
    (south, west), (north, east) = boxes.get(street, [[0.0, 0.0], [0.0, 0.0]])
    whole = (west, south, east, north) if west < east else None
    ids = frozenset(str(key) for key in district.compounds.index[inside])
    bbox = request.bbox or whole
    return replace(request, bbox=bbox, shown=ids, filter_words=street)
