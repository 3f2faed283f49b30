"""What a verb works on: the district, the rules that apply to it and the date, as the command line names them."""

from __future__ import annotations

import argparse
import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path

from planner.cli.terminal import progress
from planner.district.district import District
from planner.errors import CallError
from planner.policy import Policy, load_policy, split_list
from planner.store.chosen import own_folder
from planner.store.place import is_store, shown
from planner.store.reading import folder_of, read_district
from planner.text import t

TODAY = "today"


@dataclass(frozen=True, slots=True)
class Inputs:
    """One district with its rules: ``profile`` None means the policy's own, ``unused`` are criteria set aside."""

    district: District
    policy: Policy
    as_of: dt.date
    profile: str | None
    unused: tuple[str, ...]


def read_inputs(args: argparse.Namespace) -> Inputs:
    """Read the district and the policy that ``args`` names.

    Raises CallError for a folder, date or criterion that does not exist, InputError and PolicyError for contents
    that cannot be used.
    """
    policy = read_policy(args.district, args.policy)
    as_of = resolve_as_of(args.as_of, policy)
    unused = _unused(args.unused, policy)
    with progress("cli.progress.read", args.lang, folder=shown(args.district)):
        district = read_district(args.district, policy)
    return Inputs(district, policy, as_of, args.profile, unused)


def read_policy(district: Path | str, policy: Path | None) -> Policy:
    """Return the rules for a district: the folder asked for, else the district's own policy/, else the project's.

    A store's own is the policy/ of its folder.
    """
    if not is_store(district) and not Path(district).is_dir():
        raise CallError(t("cli.error.no_district", path=district))
    if policy is not None and not policy.is_dir():
        raise CallError(t("cli.error.no_policy", path=policy))
    folder = folder_of(district)
    own = folder / "policy" if folder is not None else None
    return load_policy(policy or (own if own is not None and own.is_dir() else None))


def resolve_as_of(text: str | None, policy: Policy) -> dt.date:
    """Return the date of the result: ``--as-of``, else the setting as_of; ``today`` becomes today's date here only."""
    written = text or policy.text("as_of")
    if written == TODAY:
        return dt.date.today()
    try:
        return dt.date.fromisoformat(written)
    except ValueError as error:
        raise CallError(t("cli.error.date", value=written)) from error


def memory_folder() -> Path:
    """Return the folder of this installation's own files (header mappings, confirmed names), the same as the pages'."""
    return own_folder(os.environ)


def _unused(text: str | None, policy: Policy) -> tuple[str, ...]:
    codes = split_list(text.replace(",", ";")) if text else ()
    wrong = [code for code in codes if code not in policy.criteria.index]
    if wrong:
        raise CallError(t("cli.error.criterion", value=wrong[0], choices="、".join(policy.criteria.index)))
    return codes
