"""What the verbs of the store share: which store, who is writing, under which rules."""

from __future__ import annotations

import argparse
import datetime as dt
import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from planner.cli.inputs import read_policy
from planner.cli.parser import help_text
from planner.errors import CallError
from planner.policy import Policy
from planner.store.chosen import DEFAULT, NO_STORE, STORE
from planner.store.connection import Store
from planner.store.opening import open_store
from planner.store.place import as_place, is_store, shown
from planner.text import t

ROOT = Path(__file__).resolve().parent.parent.parent


def store_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--store``: a GeoPackage file or a URL; else PLANNER_STORE, else planner.gpkg in var/."""
    var = Path(os.environ.get("PLANNER_VAR") or ROOT / "var")
    named = os.environ.get(STORE, "")
    default = as_place(named if named not in ("", NO_STORE) else str(var / DEFAULT))
    parser.add_argument("--store", type=as_place, default=default, metavar="S", help=help_text("cli.help.store"))


def by_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--by``: the name that goes into the log."""
    parser.add_argument("--by", metavar="NAME", help=help_text("cli.help.by"))


def actor(args: argparse.Namespace) -> str:
    """Return who is writing: ``--by``, else the account of this computer."""
    return str(args.by or getpass.getuser())


def policy_of(place: Path | str) -> Policy:
    """Return the rules of a store: those of its folder, else the project's. CallError where there is no store."""
    if not is_store(place):
        raise CallError(t("store.error.none", place=shown(place)))
    return read_policy(place, None)


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[Store]:
    """Open the store that the call names, for the block."""
    with opened_store(args.store, policy_of(args.store)) as store:
        yield store


@contextmanager
def opened_store(place: Path | str, policy: Policy) -> Iterator[Store]:
    """Open a store for the block."""
    store = open_store(place, policy, at=dt.datetime.now(dt.UTC))
    try:
        yield store
    finally:
        store.close()
