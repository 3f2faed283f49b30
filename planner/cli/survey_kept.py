"""``planner survey set undo log``: one value set, a batch undone, the log read."""

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
from planner.cli.store import DONE, PROBLEMS, say_receipt
from planner.cli.terminal import say
from planner.errors import CallError
from planner.store.history import batch_cells, list_batches, row_history
from planner.store.undo import UndoPreview, preview_undo, undo_batch
from planner.store.values import SingleValue, set_value
from planner.text import safe_cell, t


def add_parser(verbs: Any) -> None:
    """Add the actions ``set``, ``undo`` and ``log``."""
    one = verbs.add_parser("set", help=help_text("cli.survey.set"), description=help_text("cli.survey.set"))
    one.add_argument("id", metavar="ID", help=help_text("cli.survey.id"))
    one.add_argument("field", metavar="FIELD", help=help_text("cli.survey.field"))
    one.add_argument("value", metavar="VALUE", help=help_text("cli.survey.value"))
    one.add_argument("--source", required=True, metavar="WHY", help=help_text("cli.survey.source"))
    one.add_argument("--date", default="", metavar="DATE", help=help_text("cli.survey.date"))
    one.add_argument("--table", default="compounds", metavar="T", help=help_text("cli.survey.table"))
    undo = verbs.add_parser("undo", help=help_text("cli.survey.undo"), description=help_text("cli.survey.undo"))
    undo.add_argument("batch", type=int, metavar="BATCH", help=help_text("cli.survey.batch"))
    undo.add_argument("--preview", action="store_true", help=help_text("cli.survey.undo_preview"))
    undo.add_argument("--reason", default="", metavar="WHY", help=help_text("cli.store.reason"))
    log = verbs.add_parser("log", help=help_text("cli.survey.log"), description=help_text("cli.survey.log"))
    log.add_argument("--batch", type=int, metavar="BATCH", help=help_text("cli.survey.log_batch"))
    log.add_argument("--id", metavar="ID", help=help_text("cli.survey.log_id"))
    log.add_argument("--field", metavar="FIELD", help=help_text("cli.survey.field"))
    log.add_argument("--table", default="compounds", metavar="T", help=help_text("cli.survey.table"))
    json_option(log)
    for parser, does in ((one, _set), (undo, _undo), (log, _log)):
        store_option(parser)
        parser.set_defaults(does=does)
    for parser in (one, undo):
        by_option(parser)


def _set(args: argparse.Namespace) -> int:
    value = SingleValue(args.id, args.field, args.value, args.source, _date(args.date), args.table)
    with opened(args) as store:
        receipt = set_value(store, policy_of(args.store), value, actor=actor(args), at=dt.datetime.now(dt.UTC))
    say_receipt(receipt, args.lang)
    return DONE


def _undo(args: argparse.Namespace) -> int:
    with opened(args) as store:
        if args.preview:
            return _preview(preview_undo(store, args.batch), args)
        receipt = undo_batch(store, args.batch, actor=actor(args), at=dt.datetime.now(dt.UTC), reason=args.reason)
    say_receipt(receipt, args.lang)
    return PROBLEMS if len(receipt.refused) else DONE


def _preview(found: UndoPreview, args: argparse.Namespace) -> int:
    """Print the cells that an undo would give back, and say which it could not."""
    _print(found.cells, as_json=False)
    say(t("cli.survey.undo.preview", args.lang, cells=len(found.cells), refused=len(found.refused)))
    for row in found.refused.to_dict("records"):
        say(t("cli.store.refused", args.lang, **{str(k): v for k, v in row.items()}))
    return PROBLEMS if len(found.refused) else DONE


def _log(args: argparse.Namespace) -> int:
    with opened(args) as store:
        if args.id is not None:
            found = row_history(store, args.table, args.id, args.field)
        else:
            found = list_batches(store) if args.batch is None else batch_cells(store, args.batch)
    _print(found, as_json=args.json)
    return DONE


def _print(frame: pd.DataFrame, *, as_json: bool) -> None:
    records = frame.astype(object).where(frame.notna(), None).to_dict("records")
    if as_json:
        json.dump(records, sys.stdout, ensure_ascii=False, indent=1)
        print()
        return
    writer = csv.DictWriter(sys.stdout, list(frame.columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: safe_cell(cell) for name, cell in record.items()} for record in records)


def _date(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise CallError(t("cli.error.date", value=text)) from error
