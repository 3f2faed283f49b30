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
from planner.store.chosen import DEFAULT, NO_STORE, STORE, own_folder
from planner.store.connection import Store
from planner.store.opening import open_store
from planner.store.place import as_place, is_store, shown
from planner.store.remembering import InStore, Memory
from planner.text import t


def store_option(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add ``--store`` (and other names for it): a GeoPackage file or a URL; else PLANNER_STORE, else planner.gpkg in
    var/."""
    named = os.environ.get(STORE, "")
    default = as_place(named if named not in ("", NO_STORE) else str(own_folder(os.environ) / DEFAULT))
    words = help_text("cli.help.store")
    parser.add_argument("--store", *names, dest="store", type=as_place, default=default, metavar="S", help=words)


def by_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--by`` (or ``--who``): the name that goes into the log."""
    parser.add_argument("--by", "--who", dest="by", metavar="NAME", help=help_text("cli.help.by"))


def actor(args: argparse.Namespace) -> str:
    """Return who is writing: ``--by``, else the account of this computer."""
    return str(args.by or getpass.getuser())


def policy_of(place: Path | str) -> Policy:
    """Return the rules of a store: those of its folder, else the project's. CallError where there is no store."""
    if not is_store(place):
        raise CallError(t("store.error.none", place=shown(place)))
    return read_policy(place, None)


@contextmanager
def memory_of(place: Path | str | None, policy: Policy) -> Iterator[Memory]:
    """Say where decisions about foreign tables are kept: in this store, in that of the installation, else in var/."""
    folder = own_folder(os.environ)
    known = next((p for p in (place, folder / DEFAULT) if p is not None and is_store(p)), None)
    if known is None:
        yield folder
        return
    with opened_store(known, policy) as store:
        yield InStore(store, getpass.getuser(), dt.datetime.now(dt.UTC))


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
