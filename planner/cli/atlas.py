"""``planner sheet --atlas`` and ``--compound``: a page per compound, as one PDF or a file each, stopped and resumed."""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from planner.cli.assessing import assess_inputs, say_counts, summary
from planner.cli.inputs import read_inputs
from planner.cli.terminal import say
from planner.cli.writing import replacing
from planner.errors import CallError
from planner.outputs.atlas.book import Choice, chosen, write_atlas, write_pages
from planner.outputs.atlas.page import Atlas, atlas_of, compound_page
from planner.outputs.sheet.fonts import check_glyphs
from planner.outputs.sheet.render import render
from planner.outputs.sheet.request import FORMATS
from planner.outputs.sheet.scene import words_of
from planner.text import t

SAY_EVERY = 5.0
"""Seconds between two lines about how far the atlas is."""


def run_atlas(args: argparse.Namespace) -> int:
    """Write the pages of the compounds that the call names; ``--out`` without an extension is a folder of files.

    Interrupted, the pages that are ready stay beside the target and the next call with the same data goes on there.
    """
    ids = tuple(part.strip() for part in (args.compound or "").replace("，", ",").split(",") if part.strip())
    kind = args.out.suffix.lower().removeprefix(".")
    single = len(ids) == 1 and not args.atlas
    if kind and kind not in (FORMATS if single else ("pdf",)):
        choices = "、".join(f".{f}" for f in FORMATS) if single else ".pdf"
        raise CallError(t("cli.error.format", value=args.out.name, choices=choices))
    inputs = read_inputs(args)
    assessment = assess_inputs(inputs, args.lang)
    keys = chosen(inputs.district, Choice(args.street or "", args.community or "", ids), args.lang)
    atlas = atlas_of(inputs.district, assessment, paper=args.paper, lang=args.lang)
    if single and kind:
        _write_one(atlas, keys, args.out, kind)
    elif kind:
        _write_book(atlas, keys, args.out)
    else:
        write_pages(atlas, keys, args.out, watch=_counting(args.lang))
    say_counts(assessment, inputs, args.lang)
    if args.json:
        print(json.dumps(summary(assessment, inputs, atlas=str(args.out)) | {"pages": len(keys)}, ensure_ascii=False))
    return 0


def _write_one(atlas: Atlas, keys: list[str], out: Path, kind: str) -> None:
    page = compound_page(atlas, keys[0])
    check_glyphs(words_of(page.scene))
    with replacing(out) as path:
        path.write_bytes(render([page], kind=kind, title=page.name, stamp=atlas.assessment.as_of)[0])


def _write_book(atlas: Atlas, keys: list[str], out: Path) -> None:
    kept = out.absolute().with_name(f".{out.stem}.pages")
    with replacing(out) as path, path.open("wb") as file:
        write_atlas(atlas, keys, file, kept=kept, watch=_counting(atlas.lang))
    shutil.rmtree(kept, ignore_errors=True)


def _counting(lang: str) -> Callable[[int, int], bool]:
    """Return what hears of every page: it says how far the atlas is, never stops it."""
    last = time.monotonic()

    def watch(done: int, pages: int) -> bool:
        nonlocal last
        if time.monotonic() - last > SAY_EVERY:
            last = time.monotonic()
            say(t("cli.atlas.done", lang, n=done, all=pages))
        return False

    return watch
