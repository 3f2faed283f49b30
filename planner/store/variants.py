"""Named sets of trial rules (试算方案): one small CSV per name, readable by hand; nothing that was kept is lost.

A file holds the columns what, code, value: first who made it when and on which rules, then the rules themselves. It is
replaced whole, and what it replaces, like what is deleted, is kept aside in ``aside/`` beside the others. A file that
cannot be read is reported with what to do, and the others still open.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from planner.decisions.trial_rules import POINTS, SETTING, WEIGHTS, TrialRules
from planner.errors import InputError, join_problems, problem
from planner.policy import PROFILES
from planner.text import safe_cell, safe_file_name, t

FOLDER, ASIDE = "variants", "aside"
LONGEST_NAME = 60
_COLUMNS = ("what", "code", "value")
_HEAD = ("name", "author", "date", "policy", "profile")
_RULES = (*WEIGHTS.values(), POINTS, SETTING)


@dataclass(frozen=True, slots=True)
class Variant:
    """Rules under a name: ``author`` as typed (empty on one's own computer), ``policy`` the version they rest on."""

    name: str
    rules: TrialRules
    author: str
    date: dt.date
    policy: str


def save_variant(folder: Path, variant: Variant) -> Path:
    """Keep a variant under its name and return its file; an older one of the same name is kept aside.

    ``folder`` is this installation's own (var/). Raises InputError for a name that is blank, too long or of several
    lines.
    """
    name = variant.name.strip()
    if not name or len(name) > LONGEST_NAME or any(ord(c) < 32 for c in name):
        raise InputError(t("policy.variant.bad_name", longest=LONGEST_NAME))
    file = _file(folder, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists():
        shutil.copyfile(file, _aside(file))
    head = (name, variant.author, variant.date.isoformat(), variant.policy, variant.rules.profile)
    rows = [(what, "", value) for what, value in zip(_HEAD, head, strict=True)]
    rows += [("unused", code, "1") for code in variant.rules.unused]
    rows += [(what, code, value) for (what, code), value in variant.rules.cells.items()]
    _write(file, rows)
    return file


def list_variants(folder: Path) -> tuple[list[Variant], pd.DataFrame]:
    """Return all variants that can be read, newest first, and the problem table of the files that cannot."""
    found, problems = [], []
    for file in sorted((folder / FOLDER).glob("*.csv")):
        try:
            found.append(_read(file))
        except (OSError, ValueError, KeyError, csv.Error) as error:
            problems.append(problem("VR1", file=file.name, value=str(error) or type(error).__name__))
    found.sort(key=lambda variant: variant.name)
    found.sort(key=lambda variant: variant.date, reverse=True)
    return found, join_problems(problems)


def load_variant(folder: Path, name: str) -> Variant:
    """Return the variant of a name; raises InputError when there is none or its file is damaged."""
    file = _file(folder, name)
    if not file.is_file():
        raise InputError(t("policy.variant.none", name=name))
    try:
        return _read(file)
    except (OSError, ValueError, KeyError, csv.Error) as error:
        rows = problem("VR1", file=file.name, value=str(error) or type(error).__name__)
        raise InputError(t("policy.variant.damaged", file=file.name), rows) from error


def delete_variant(folder: Path, name: str) -> Path:
    """Take a variant out of the list; its file is kept aside and returned. Raises InputError when there is none."""
    file = _file(folder, name)
    if not file.is_file():
        raise InputError(t("policy.variant.none", name=name))
    target = _aside(file)
    os.replace(file, target)
    return target


def _file(folder: Path, name: str) -> Path:
    """A safe file name that no two names share."""
    name = name.strip()
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return folder / FOLDER / f"{safe_file_name(name, fallback='variant')[:40].strip(' .')}_{mark}.csv"


def _aside(file: Path) -> Path:
    """Return a free name beside the variants for what is replaced or taken out."""
    folder = file.parent / ASIDE
    folder.mkdir(exist_ok=True)
    number = 1
    while (target := folder / f"{file.stem}_{number}.csv").exists():
        number += 1
    return target


def _read(file: Path) -> Variant:
    with file.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle, strict=True)
        if tuple(reader.fieldnames or ()) != _COLUMNS:
            raise ValueError(t("policy.variant.header", header=",".join(_COLUMNS)))
        rows = [(row["what"], row["code"], _plain(row["value"])) for row in reader]
    head = {what: value for what, code, value in rows if what in _HEAD and not code}
    missing = [what for what in _HEAD if what not in head]
    cells = {(what, code): value for what, code, value in rows if what in _RULES and code}
    if missing or not cells or head["profile"] not in PROFILES:
        raise ValueError(t("policy.variant.incomplete", rows="、".join(missing) or "profile"))
    unused = tuple(code for what, code, _ in rows if what == "unused")
    rules = TrialRules(head["profile"], MappingProxyType(cells), unused)
    return Variant(head["name"], rules, head["author"], dt.date.fromisoformat(head["date"]), head["policy"])


def _guarded(value: str) -> object:
    """A text that no spreadsheet takes for a formula; ``_plain`` undoes it."""
    return "'" + value if value.startswith("'") else safe_cell(value)


def _plain(cell: str | None) -> str:
    return (cell or "").removeprefix("'")


def _write(file: Path, rows: Sequence[tuple[str, str, str]]) -> None:
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".tmp")
    try:
        with open(handle, "w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(_COLUMNS)
            writer.writerows((what, code, _guarded(value)) for what, code, value in rows)
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
