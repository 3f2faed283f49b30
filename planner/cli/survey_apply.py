"""``planner survey apply`` and ``conflicts``: a survey file into the store, and the cells that wait for a decision."""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import sys
from typing import Any

import pandas as pd

from planner.cli.keeping import actor, by_option, opened, policy_of, store_option
from planner.cli.parser import help_text, json_option
from planner.cli.store import say_receipt
from planner.cli.survey_check import DONE, PROBLEMS, check_file, reading_options, report_options, tell, write_reports
from planner.cli.terminal import progress, say
from planner.errors import CallError
from planner.store.batches import Receipt, Signature
from planner.store.held import decide_many
from planner.store.history import held_cells
from planner.store.survey_batches import apply_survey
from planner.text import safe_cell, t

TAKES = {"current": "current", "survey": "incoming", "previous": "base"}
"""What a person takes -> the column of planner_held that holds it."""


def add_parser(verbs: Any) -> None:
    """Add the actions ``apply`` and ``conflicts``."""
    about = help_text("cli.survey.apply.about")
    apply = verbs.add_parser("apply", help=help_text("cli.survey.apply"), description=about)
    reading_options(apply)
    store_option(apply, "--district")
    by_option(apply)
    apply.add_argument("--reason", default="", metavar="WHY", help=help_text("cli.store.reason"))
    apply.add_argument("--partial", action="store_true", help=help_text("cli.survey.apply.partial"))
    report_options(apply)
    json_option(apply)
    apply.set_defaults(does=_apply)
    about = help_text("cli.survey.conflicts.about")
    held = verbs.add_parser("conflicts", help=help_text("cli.survey.conflicts"), description=about)
    store_option(held, "--district")
    by_option(held)
    held.add_argument(
        "--take", action="append", nargs="+", default=[], metavar="TAKE ID FIELD", help=help_text("cli.survey.take")
    )
    held.add_argument("--reason", default="", metavar="WHY", help=help_text("cli.store.reason"))
    json_option(held)
    held.set_defaults(does=_conflicts)


def _apply(args: argparse.Namespace) -> int:
    """Read, merge, say what it does, write it in one transaction, say what was written."""
    policy_of(args.store)
    checked = check_file(args, args.store)
    write_reports(checked, args)
    tell(checked, args.lang)
    if checked.merged is None:
        return PROBLEMS
    if not checked.review.clean and not args.partial:
        errors = int(checked.survey.problems["severity"].eq("error").sum())
        say(t("cli.survey.apply.whole", args.lang, errors=errors, held=len(checked.review.held)))
        return PROBLEMS
    signature = _signature(args)
    with opened(args) as store, progress("cli.survey.applying", args.lang, n=len(checked.merged.applied)):
        receipt = apply_survey(store, checked.survey, checked.merged, signature)
    _say(receipt, args)
    return DONE


def _say(receipt: Receipt, args: argparse.Namespace) -> None:
    if receipt.already:
        say(t("cli.survey.apply.already", args.lang, batch=receipt.batch))
    else:
        say_receipt(receipt, args.lang)
    if args.json:
        print(json.dumps(receipt_record(receipt), ensure_ascii=False))


def receipt_record(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt for other programs: plain values only."""
    counts = {"batch": receipt.batch, "rows": receipt.rows, "cells": receipt.cells, "equal": receipt.equal}
    return {**counts, "held": receipt.waiting, "hash": receipt.hash, "already": receipt.already}


def _conflicts(args: argparse.Namespace) -> int:
    with opened(args) as store:
        waiting = held_cells(store)
        if not args.take:
            _print(waiting, as_json=args.json)
            say(t("cli.survey.conflicts.waiting", args.lang, n=len(waiting)))
            return DONE
        receipt = decide_many(store, _choices(args.take, waiting), _signature(args))
    say_receipt(receipt, args.lang)
    if args.json:
        print(json.dumps(receipt_record(receipt), ensure_ascii=False))
    return DONE


def _signature(args: argparse.Namespace) -> Signature:
    return Signature(actor(args), dt.datetime.now(dt.UTC), args.reason)


def _choices(takes: list[list[str]], waiting: pd.DataFrame) -> dict[str, str]:
    """Held id -> column of planner_held, from `TAKE ID FIELD ...`; an ID may be a held id itself, then no FIELD."""
    choices: dict[str, str] = {}
    for take, *names in takes:
        if take not in TAKES or not names:
            raise CallError(t("cli.survey.take.wrong", words=" ".join([take, *names]), choices="、".join(TAKES)))
        first, *fields = names
        ids = [first] if first in waiting.index else [_waiting(waiting, first, field) for field in fields]
        if not ids:
            raise CallError(t("cli.survey.take.none", id=first, field=""))
        choices |= dict.fromkeys(ids, TAKES[take])
    return choices


def _waiting(waiting: pd.DataFrame, row_id: str, field: str) -> str:
    """The one held id of a cell. CallError where none waits, and, naming them, where several do."""
    found = waiting.index[(waiting["row_id"] == row_id) & (waiting["field"] == field)]
    if len(found) == 0:
        raise CallError(t("cli.survey.take.none", id=row_id, field=field))
    if len(found) > 1:
        raise CallError(t("cli.survey.take.several", id=row_id, field=field, ids="、".join(map(str, found))))
    return str(found[0])


def _print(waiting: pd.DataFrame, *, as_json: bool) -> None:
    frame = waiting.rename_axis("held").reset_index().drop(columns=["decision"])
    records = frame.to_dict("records")
    if as_json:
        print(json.dumps(records, ensure_ascii=False))
        return
    writer = csv.DictWriter(sys.stdout, list(frame.columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows({str(name): safe_cell(cell) for name, cell in record.items()} for record in records)
