"""``planner store``: the store that keeps the district and its history, made, verified, backed up, given out."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

from planner.cli.inputs import read_policy
from planner.cli.keeping import actor, by_option, opened, policy_of, store_option
from planner.cli.parser import as_of_option, help_text, json_option, nested, out_option
from planner.cli.terminal import progress, report_problems, say
from planner.cli.writing import replacing_folder
from planner.outputs.problem_file import problem_records
from planner.store.backup import backup_store, restore_store
from planner.store.batches import Receipt
from planner.store.export import export_store
from planner.store.history import list_batches
from planner.store.opening import open_or_create
from planner.store.seeding import FolderUpdate, apply_folder, compare_folder, seed_store
from planner.store.verify import verify
from planner.text import t

DONE, PROBLEMS = 0, 1
_SHOWN = 20


def add_parser(subparsers: Any) -> None:
    """Add the verb ``store`` and what it does."""
    verbs = nested(subparsers, "store")
    seed = verbs.add_parser("seed", help=help_text("cli.store.seed"), description=help_text("cli.store.seed"))
    update = verbs.add_parser("update", help=help_text("cli.store.update"), description=help_text("cli.store.update"))
    for parser in (seed, update):
        parser.add_argument("--district", type=Path, required=True, metavar="D", help=help_text("cli.help.district"))
        by_option(parser)
    update.add_argument("--apply", action="store_true", help=help_text("cli.store.apply"))
    update.add_argument("--retire", action="store_true", help=help_text("cli.store.retire"))
    update.add_argument("--reason", default="", metavar="WHY", help=help_text("cli.store.reason"))
    check = verbs.add_parser("verify", help=help_text("cli.store.verify"), description=help_text("cli.store.verify"))
    json_option(check)
    backup = verbs.add_parser("backup", help=help_text("cli.store.backup"), description=help_text("cli.store.backup"))
    out_option(backup, "cli.store.backup_out", metavar="backup.gpkg")
    back = verbs.add_parser("restore", help=help_text("cli.store.restore"), description=help_text("cli.store.restore"))
    back.add_argument("backup", type=Path, metavar="BACKUP", help=help_text("cli.store.restore_from"))
    export = verbs.add_parser("export", help=help_text("cli.store.export"), description=help_text("cli.store.export"))
    out_option(export, "cli.store.export_out", metavar="DIR")
    as_of_option(export)
    for parser, does in (
        (seed, _seed), (update, _update), (check, _verify), (backup, _backup), (back, _restore), (export, _export),
    ):  # fmt: skip
        store_option(parser)
        parser.set_defaults(does=does)


def run(args: argparse.Namespace) -> int:
    """Do what the call asks of the store."""
    done: int = args.does(args)
    return done


def _seed(args: argparse.Namespace) -> int:
    policy = read_policy(args.district, None)
    now = dt.datetime.now(dt.UTC)
    store = open_or_create(args.store, policy, at=now)
    try:
        with progress("cli.store.seeding", args.lang):
            count = seed_store(store, args.district, policy, actor=actor(args), at=now)
    finally:
        store.close()
    say(t("cli.store.seeded", args.lang, n=count, place=store.place))
    return DONE


def _update(args: argparse.Namespace) -> int:
    policy = policy_of(args.store)
    with opened(args) as store:
        with progress("cli.store.comparing", args.lang):
            update = compare_folder(store, args.district, policy)
        _show(update, args.lang)
        if not args.apply:
            say(t("cli.store.preview_only", args.lang))
            return DONE
        now = dt.datetime.now(dt.UTC)
        receipt = apply_folder(store, update, actor=actor(args), at=now, reason=args.reason, retire=args.retire)
    say_receipt(receipt, args.lang)
    return DONE


def _show(update: FolderUpdate, lang: str) -> None:
    for table, row in update.counts.iterrows():
        if row.any():
            say(t("cli.store.counts", lang, table=table, **{str(k): v for k, v in row.items()}))
    if not update.counts.to_numpy().any():
        say(t("cli.store.same", lang))
    for change in update.changes.head(_SHOWN).fillna("").to_dict("records"):
        say(t("cli.store.change", lang, **{str(k): v for k, v in change.items()}))
    if len(update.changes) > _SHOWN:
        say(t("cli.store.more", lang, n=len(update.changes) - _SHOWN))


def _verify(args: argparse.Namespace) -> int:
    with opened(args) as store, progress("cli.store.verifying", args.lang):
        faults = verify(store)
        batches = list_batches(store) if not len(faults) else None
    if args.json:
        json.dump(problem_records(faults, args.lang), sys.stdout, ensure_ascii=False, indent=1)
        print()
    elif len(faults):
        report_problems(faults, args.lang)
    if batches is None:
        say(t("cli.store.faulty", args.lang, n=len(faults), place=store.place))
        return PROBLEMS
    last = batches["hash"].iloc[-1] if len(batches) else "-"
    say(t("cli.store.verified", args.lang, n=len(batches), place=store.place, hash=last))
    return DONE


def _backup(args: argparse.Namespace) -> int:
    with opened(args) as store, progress("cli.store.copying", args.lang):
        backup_store(store, args.out, at=dt.datetime.now(dt.UTC))
    say(t("cli.store.backed_up", args.lang, place=store.place, file=args.out))
    return DONE


def _restore(args: argparse.Namespace) -> int:
    with progress("cli.store.copying", args.lang):
        kept = restore_store(args.backup, args.store, policy_of(args.backup), at=dt.datetime.now(dt.UTC))
    say(t("cli.store.restored", args.lang, file=args.backup))
    if kept is not None:
        say(t("cli.store.kept", args.lang, file=kept))
    return DONE


def _export(args: argparse.Namespace) -> int:
    policy = policy_of(args.store)
    as_of = dt.date.fromisoformat(args.as_of) if args.as_of else None
    with opened(args) as store, progress("cli.store.exporting", args.lang), replacing_folder(args.out) as folder:
        export_store(store, policy, folder, as_of=as_of)
    say(t("cli.store.exported", args.lang, folder=args.out))
    return DONE


def say_receipt(receipt: Receipt, lang: str) -> None:
    """Print what a batch did."""
    if receipt.batch is None:
        say(t("cli.store.nothing", lang, equal=receipt.equal))
    else:
        say(t("cli.store.applied", lang, batch=receipt.batch, rows=receipt.rows, cells=receipt.cells))
    if receipt.waiting:
        say(t("cli.store.held", lang, n=receipt.waiting))
    for row in receipt.refused.to_dict("records"):
        say(t("cli.store.refused", lang, **{str(k): v for k, v in row.items()}))
