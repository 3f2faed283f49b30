"""Named sets of trial rules (试算方案), in a table of the store or one small CSV per name; nothing kept is ever lost.

A store's log keeps what was replaced or deleted. A file holds the columns what, code, value: first who made it when and
on which rules, then the rules themselves. It is replaced whole, and what it replaces, like what is deleted, is kept
aside in ``aside/`` beside the others. A file that cannot be read is reported with what to do, and the others still
open.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import overload

import pandas as pd

from planner.decisions.trial_rules import POINTS, SETTING, WEIGHTS, TrialRules
from planner.errors import InputError, join_problems, problem
from planner.policy import PROFILES
from planner.store.remembering import InStore, Memory, kept_rows, replace_rows
from planner.store.tables import PLANNER_TABLES
from planner.text import safe_cell, safe_file_name, t

FOLDER, ASIDE, TABLE = "variants", "aside", "planner_variants"
LONGEST_NAME = 60
_COLUMNS = ("what", "code", "value")
_HEAD = ("name", "author", "date", "policy", "profile")
_RULES = (*WEIGHTS.values(), POINTS, SETTING)
_UNREADABLE = (OSError, ValueError, KeyError, csv.Error)
_Line = tuple[str, str, str]
"""What, code, value."""


@dataclass(frozen=True, slots=True)
class Variant:
    """Rules under a name: ``author`` as typed (empty on one's own computer), ``policy`` the version they rest on."""

    name: str
    rules: TrialRules
    author: str
    date: dt.date
    policy: str


@overload
def save_variant(where: Path, variant: Variant) -> Path: ...
@overload
def save_variant(where: InStore, variant: Variant) -> int | None: ...
@overload
def save_variant(where: Memory, variant: Variant) -> Path | int | None: ...
def save_variant(where: Memory, variant: Variant) -> Path | int | None:
    """Keep a variant under its name and return its file, or the batch of the store (None: it stood there already).

    An older one of the same name is kept aside. ``where`` is this installation's own folder (var/) or a store. Raises
    InputError for a name that is blank, too long or of several lines.
    """
    name = variant.name.strip()
    if not name or len(name) > LONGEST_NAME or any(ord(c) < 32 for c in name):
        raise InputError(t("policy.variant.bad_name", longest=LONGEST_NAME))
    rows = _rows(name, variant)
    if isinstance(where, InStore):
        told = [_told(name, row) for row in rows]
        return replace_rows(where, TABLE, told, key=3, among=lambda old: old["name"].eq(name))
    file = _file(where, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists():
        shutil.copyfile(file, _aside(file))
    _write(file, rows)
    return file


def list_variants(where: Memory) -> tuple[list[Variant], pd.DataFrame]:
    """Return all variants that can be read, newest first, and the problem table of those that cannot."""
    found, problems = [], []
    for name, read in _sources(where).items():
        try:
            found.append(read())
        except _UNREADABLE as error:
            problems.append(problem("VR1", file=name, value=str(error) or type(error).__name__))
    found.sort(key=lambda variant: variant.name)
    found.sort(key=lambda variant: variant.date, reverse=True)
    return found, join_problems(problems)


def load_variant(where: Memory, name: str) -> Variant:
    """Return the variant of a name; raises InputError when there is none or it is damaged."""
    source = name.strip() if isinstance(where, InStore) else _file(where, name).name
    read = _sources(where).get(source)
    if read is None:
        raise InputError(t("policy.variant.none", name=name))
    try:
        return read()
    except _UNREADABLE as error:
        rows = problem("VR1", file=source, value=str(error) or type(error).__name__)
        raise InputError(t("policy.variant.damaged", file=source), rows) from error


@overload
def delete_variant(where: Path, name: str) -> Path: ...
@overload
def delete_variant(where: InStore, name: str) -> int: ...
@overload
def delete_variant(where: Memory, name: str) -> Path | int: ...
def delete_variant(where: Memory, name: str) -> Path | int:
    """Take a variant out of the list; return the file that is kept aside, or the batch of the store that took it out.

    Raises InputError when there is none.
    """
    name = name.strip()
    if isinstance(where, InStore):
        batch = replace_rows(where, TABLE, [], key=3, among=lambda old: old["name"].eq(name))
        if batch is None:
            raise InputError(t("policy.variant.none", name=name))
        return batch
    file = _file(where, name)
    if not file.is_file():
        raise InputError(t("policy.variant.none", name=name))
    target = _aside(file)
    os.replace(file, target)
    return target


def file_rows(folder: Path) -> list[dict[str, str]]:
    """Return the variants of a folder that can be read, as rows of the store's table."""
    found, _ = list_variants(folder)
    return [_told(variant.name, row) for variant in found for row in _rows(variant.name, variant)]


def _told(name: str, line: _Line) -> dict[str, str]:
    return dict(zip(PLANNER_TABLES[TABLE], (name, *line), strict=True))


def _rows(name: str, variant: Variant) -> list[_Line]:
    head = (name, variant.author, variant.date.isoformat(), variant.policy, variant.rules.profile)
    rows = [(what, "", value) for what, value in zip(_HEAD, head, strict=True)]
    rows += [("unused", code, "1") for code in variant.rules.unused]
    return rows + [(what, code, value) for (what, code), value in variant.rules.cells.items()]


def _sources(where: Memory) -> dict[str, Callable[[], Variant]]:
    """What can be read: file name, or in a store the name, -> the reader of one variant."""
    if isinstance(where, Path):
        return {file.name: functools.partial(_read, file) for file in sorted((where / FOLDER).glob("*.csv"))}
    found: dict[str, list[_Line]] = {}
    for row in kept_rows(where.store, TABLE):
        found.setdefault(row["name"], []).append((row["what"], row["code"], row["value"]))
    return {name: functools.partial(_variant, rows) for name, rows in found.items()}


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
    return _variant(rows)


def _variant(rows: Sequence[_Line]) -> Variant:
    """The variant that these lines say. ValueError or KeyError where they do not say one."""
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
