"""``planner demo``: a fictional district of any size, and on request the same data as offices would hand it in."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from planner.cli.parser import help_text
from planner.cli.terminal import progress, say
from planner.cli.writing import replacing_folder
from planner.district.demo import AS_OF, make_demo, write_messy
from planner.district.district import District
from planner.district.write import write_district
from planner.text import t

COMPOUNDS, SEED = 186, 2027
"""The committed demo."""


def add_parser(subparsers: Any) -> None:
    """Add the verb ``demo``."""
    parser = subparsers.add_parser("demo", help=help_text("cli.demo.help"), description=help_text("cli.demo.about"))
    parser.add_argument("out", type=Path, metavar="OUT", help=help_text("cli.demo.out"))
    parser.add_argument("--compounds", type=int, default=COMPOUNDS, metavar="N", help=help_text("cli.demo.compounds"))
    parser.add_argument("--messy", action="store_true", help=help_text("cli.demo.messy"))
    parser.add_argument("--seed", type=int, default=SEED, metavar="S", help=help_text("cli.demo.seed"))


def run(args: argparse.Namespace) -> int:
    """Make the district and write it to OUT; the same size and seed give the same bytes.

    With --messy OUT gets the office files (ledger, boundary) instead of the district folder.
    """
    with progress("cli.demo.making", args.lang):
        district = make_demo(args.compounds, args.seed)
    if args.messy:
        return _write_office_files(district, args)
    with progress("cli.demo.writing", args.lang), replacing_folder(args.out) as folder:
        write_district(district, folder, as_of=AS_OF)
    say(t("cli.demo.done", args.lang, n=len(district.compounds), folder=args.out))
    return 0


def _write_office_files(district: District, args: argparse.Namespace) -> int:
    """Write the files as offices hand them in, all or none of them."""
    args.out.mkdir(parents=True, exist_ok=True)
    with progress("cli.demo.writing", args.lang), tempfile.TemporaryDirectory(dir=args.out, prefix=".") as part:
        for path in write_messy(district, Path(part), as_of=AS_OF):
            path.replace(args.out / path.name)
    say(t("cli.demo.done_messy", args.lang, n=len(district.compounds), folder=args.out))
    return 0
