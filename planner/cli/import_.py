"""``planner import``: foreign tables, footprints and layers to one district folder, with a report on every step."""

from __future__ import annotations

import argparse
import functools
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from planner.cli.keeping import memory_of
from planner.cli.parser import help_text, json_option, out_option
from planner.cli.terminal import progress, report_problems, say
from planner.cli.writing import replacing, replacing_folder
from planner.district.district import LAYERS
from planner.district.folder_tables import read_folder_table
from planner.district.headers import DECIDED, parse_mapping
from planner.district.import_request import ImportReport, ImportRequest, Source
from planner.district.importing import import_district
from planner.district.write import write_district
from planner.errors import CallError
from planner.outputs.problem_file import problems_csv
from planner.policy import Policy, load_policy
from planner.store.chosen import STORE
from planner.store.mappings import recall_headers, recall_names, remember_headers
from planner.store.place import as_place
from planner.store.remembering import Memory
from planner.text import t

DONE, PROBLEMS = 0, 1
_LISTED = 12
_SHOWN = 20


def add_parser(subparsers: Any) -> None:
    """Add the verb ``import``."""
    parser = subparsers.add_parser(
        "import", help=help_text("cli.import.help"), description=help_text("cli.import.about")
    )
    files = parser.add_argument_group(help_text("cli.import.files"))
    files.add_argument("--table", type=Path, metavar="T", help=help_text("cli.import.table"))
    files.add_argument("--sheet", metavar="S", help=help_text("cli.import.sheet"))
    files.add_argument("--footprints", metavar="F[:layer]", help=help_text("cli.import.footprints"))
    files.add_argument("--layer", action="append", default=[], metavar="NAME=F[:layer]", help=_layer_help())
    files.add_argument("--areas", metavar="F[:layer]", help=help_text("cli.import.areas"))
    files.add_argument("--area-label", default="", metavar="COL", help=help_text("cli.import.area_label"))
    files.add_argument("--encoding", metavar="E", help=help_text("cli.import.encoding"))
    meaning = parser.add_argument_group(help_text("cli.import.meaning"))
    meaning.add_argument("--map", action="append", default=[], metavar="theirs=ours", help=help_text("cli.import.map"))
    meaning.add_argument("--lonlat", metavar="COL,COL", help=help_text("cli.import.lonlat"))
    meaning.add_argument("--crs", metavar="auto|C", help=help_text("cli.import.crs"))
    meaning.add_argument(
        "--layer-crs", action="append", default=[], metavar="NAME=auto|C", help=help_text("cli.import.layer_crs")
    )
    meaning.add_argument("--name", default="", metavar="N", help=help_text("cli.import.name"))
    meaning.add_argument("--policy", type=Path, metavar="DIR", help=help_text("cli.help.policy"))
    out_option(parser, "cli.import.out", metavar="DIR")
    parser.add_argument("--problems", type=Path, metavar="problems.csv", help=help_text("cli.import.problems"))
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Import and write the district folder; return 1 when rows were left out because they contradict another."""
    named = os.environ.get(STORE) or None
    with memory_of(named and as_place(named), load_policy(args.policy)) as memory:
        return _import(args, memory)


def _import(args: argparse.Namespace, memory: Memory) -> int:
    request = _request(args, memory)
    with progress("cli.import.reading", args.lang):
        result = import_district(request)
        report = result.report
    with progress("cli.progress.write", args.lang, file=args.out), replacing_folder(args.out) as folder:
        write_district(result.district, folder)
    if args.problems is not None:
        with replacing(args.problems) as path:
            path.write_bytes(problems_csv(report.problems, args.lang))
    _remember(memory, report)
    _tell(report, args)
    if args.json:
        print(json.dumps(report.summary, ensure_ascii=False))
    return PROBLEMS if report.rejected else DONE


def _layer_help() -> str:
    return help_text("cli.import.layer") + " " + "、".join(LAYERS)


def _request(args: argparse.Namespace, memory: Memory) -> ImportRequest:
    own = args.out / "policy"
    policy = load_policy(args.policy or (own if own.is_dir() else None))
    return ImportRequest(
        policy=policy,
        table=Source(args.table) if args.table else None,
        footprints=source_of(args.footprints) if args.footprints else None,
        layers={name: source_of(file) for name, file in _named(args.layer, "--layer")},
        areas=source_of(args.areas) if args.areas else None,
        area_label=args.area_label,
        by_hand=dict(parse_mapping(text) for text in args.map),
        lonlat=_lonlat(args.lonlat),
        crs=args.crs,
        layer_crs=dict(_named(args.layer_crs, "--layer-crs")),
        encoding=args.encoding,
        sheet=args.sheet,
        recall=functools.partial(recall_headers, memory),
        remembered_names=recall_names(memory),
        previous=functools.partial(_previous, args.out, policy),
        name=args.name,
    )


def source_of(text: str) -> Source:
    """Return the file and layer of `F[:layer]`; a path that exists as written is a path, colons and all."""
    path = Path(text)
    before, colon, layer = text.rpartition(":")
    if path.exists() or not colon or len(before) < 2:
        return Source(path)
    return Source(Path(before), layer=layer)


def _named(texts: Iterable[str], option: str) -> list[tuple[str, str]]:
    pairs = [text.partition("=") for text in texts]
    for (name, sign, value), text in zip(pairs, texts, strict=True):
        if not (name and sign and value):
            raise CallError(t("cli.import.bad_pair", option=option, value=text))
    names = [name for name, _, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CallError(t("cli.import.twice", option=option, value=twice[0]))
    return [(name, value) for name, _, value in pairs]


def _lonlat(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    parts = [part.strip() for part in text.replace("，", ",").split(",")]
    if len(parts) != 2 or not all(parts) or parts[0] == parts[1]:
        raise CallError(t("cli.import.bad_lonlat", value=text))
    return parts[0], parts[1]


def _previous(out: Path, policy: Policy) -> pd.DataFrame:
    """The compounds that an earlier import left in OUT, whose ids are kept; none where there are none."""
    path = out / "compounds.csv"
    if not path.is_file():
        return pd.DataFrame(index=pd.Index([], dtype="string"))
    frame = read_folder_table(path, policy, "compounds", file=path.name).cleaned.frame
    return frame[frame["compound_id"].notna()].drop_duplicates("compound_id").set_index("compound_id")


def _remember(memory: Memory, report: ImportReport) -> None:
    for table, columns in report.columns.items():
        decided = columns[columns["how"].isin(DECIDED)]
        fields = dict(zip(decided["header"], decided["field"], strict=True))
        remember_headers(memory, table, list(columns["header"]), fields)


def _tell(report: ImportReport, args: argparse.Namespace) -> None:
    """Say on standard error what came in, what it was taken for, and what needs a look."""
    found, lang = report.summary, args.lang
    say(
        t("cli.import.done", lang, folder=args.out, **{k: found[k] for k in ("rows", "matched", "points", "unmatched")})
    )
    say(t("cli.import.columns", lang, columns=_listed(f"{h} → {f}" for h, f in found["columns"].items())))
    if found["unmapped"]:
        say(t("cli.import.unmapped", lang, columns=_listed(found["unmapped"])))
    say(t("cli.import.cells", lang, **found["cells"]))
    for name, system in found["crs"]["applied"].items():
        say(t("cli.import.applied", lang, source=name, system=system))
    if found["crs"]["proposed"]:
        best = "；".join(f"{r['table']} / {r['areas']} {r['agreement']:.1%}" for r in found["crs"]["evidence"][:3])
        say(t("cli.import.evidence", lang, evidence=best))
    counts = found["problems"]
    say(t("cli.import.counts", lang, errors=counts["error"], warnings=counts["warning"], notes=counts["info"]))
    problems = report.problems[report.problems["severity"] != "info"]
    order = problems["severity"].ne("error").sort_values(kind="stable").index
    report_problems(problems.loc[order[:_SHOWN]], lang)
    if len(problems) > _SHOWN and args.problems is None:
        say(t("cli.import.more_problems", lang, n=len(problems) - _SHOWN))
    if report.rejected:
        say(t("cli.import.rejected", lang, n=report.rejected))


def _listed(names: Iterable[str]) -> str:
    shown = list(names)
    more = f" … (+{len(shown) - _LISTED})" if len(shown) > _LISTED else ""
    return "、".join(shown[:_LISTED]) + more
