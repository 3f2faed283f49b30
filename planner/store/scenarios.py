"""Named plans (方案): kept with inputs and versions, compared, and carried from 编制中 to 已下达. Nothing kept is lost.

A plan is a list of entries that only grows: kept, moved on, taken back, taken out. Where there is no store an entry is
one line of JSON in ``scenarios/`` of this installation's folder, one file per name; in a store it is a row.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from planner.errors import InputError, join_problems, problem
from planner.store.remembering import InStore, Memory, kept_rows, replace_rows
from planner.store.whole_file import write_whole
from planner.text import safe_file_name, t

DRAFT, REVIEWED, PUBLISHED, ISSUED = "draft", "reviewed", "published", "issued"
STATES = (DRAFT, REVIEWED, PUBLISHED, ISSUED)
"""编制中, 已审议, 已公示, 已下达: a plan moves one step at a time, forward only."""
KEPT, MOVED, BACK, OUT = "kept", "moved", "back", "out"
ACTIONS = (KEPT, MOVED, BACK, OUT)
LONGEST_NAME = 40
FOLDER, FORMS, TABLE = "scenarios", "plan_forms.json", "planner_scenarios"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to a plan. state: where it stands after it; body: the plan itself (``kept`` only)."""

    name: str
    action: str
    state: str
    at: str
    actor: str
    basis: str = ""
    document: str = ""
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named plan as it stands: the body kept last and all its entries, oldest first."""

    name: str
    body: Mapping[str, Any]
    entries: tuple[Entry, ...]

    @property
    def state(self) -> str:
        """One of STATES."""
        return self.entries[-1].state

    @property
    def kept(self) -> Entry:
        """The entry of its present body: who kept it and when."""
        return next(e for e in reversed(self.entries) if e.action == KEPT)


class Shelf(Protocol):
    """Where entries are kept: a folder, or a store."""

    def entries(self) -> tuple[list[Entry], pd.DataFrame]:
        """Return all entries, oldest first within a name, and the problem table of what cannot be read."""

    def add(self, entry: Entry) -> None:
        """Keep one more entry."""


class FolderShelf:
    """Entries as lines of JSON, one file per name, under this installation's own folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def entries(self) -> tuple[list[Entry], pd.DataFrame]:
        """Return all entries that can be read, and the files that cannot."""
        found: list[Entry] = []
        problems = []
        for file in sorted(self._folder.glob("*.jsonl")):
            try:
                found += [_entry(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines() if line]
            except (OSError, ValueError, TypeError, KeyError) as error:
                problems.append(problem("SC1", file=file.name, value=type(error).__name__))
        return found, join_problems(problems)

    def add(self, entry: Entry) -> None:
        """Append an entry to the file of its name; the line reaches the disk before this returns."""
        self._folder.mkdir(parents=True, exist_ok=True)
        line = json.dumps(asdict(entry), ensure_ascii=False, separators=(",", ":")) + "\n"
        with (self._folder / _file_name(entry.name)).open("a", encoding="utf-8", newline="\n") as out:
            out.write(line)
            out.flush()
            os.fsync(out.fileno())


class StoreShelf:
    """Entries as rows of a store's planner_scenarios, each written as a batch of its own."""

    def __init__(self, where: InStore) -> None:
        self._where = where

    def entries(self) -> tuple[list[Entry], pd.DataFrame]:
        """Return all entries that can be read, and the rows that cannot."""
        found: list[Entry] = []
        problems = []
        for row in self._rows():
            try:
                found.append(_entry(json.loads(row["content"])))
            except (ValueError, TypeError, KeyError) as error:
                problems.append(problem("SC2", file=row["name"], value=type(error).__name__))
        return found, join_problems(problems)

    def add(self, entry: Entry) -> None:
        """Write an entry. Raises StoreError and CallError where the store cannot be written."""
        content = json.dumps(asdict(entry), ensure_ascii=False, separators=(",", ":"))
        number = sum(row["name"] == entry.name for row in self._rows()) + 1
        mark = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        row = {"name": entry.name, "kind": f"{number:05d}-{mark}", "note": entry.action, "content": content}
        replace_rows(self._where, TABLE, [row], key=2, among=lambda old: old["name"].isna())

    def _rows(self) -> list[dict[str, str]]:
        return sorted(kept_rows(self._where.store, TABLE), key=lambda row: (row["name"], row["kind"]))


def shelf_of(where: Memory) -> Shelf:
    """Return where the plans of a district are kept: its store, or the folder of the installation."""
    return StoreShelf(where) if isinstance(where, InStore) else FolderShelf(where)


def list_scenarios(shelf: Shelf) -> tuple[list[Scenario], pd.DataFrame]:
    """Return the plans that are not taken out, the one kept last first, and what cannot be read."""
    entries, problems = shelf.entries()
    by_name: dict[str, list[Entry]] = {}
    for entry in entries:
        by_name.setdefault(entry.name, []).append(entry)
    found = [_folded(name, own) for name, own in by_name.items() if own[-1].action != OUT]
    whole = [scenario for scenario in found if scenario is not None]
    return sorted(whole, key=lambda s: (s.kept.at, s.name), reverse=True), problems


def keep_scenario(shelf: Shelf, name: str, body: Mapping[str, Any], *, actor: str, at: dt.datetime) -> None:
    """Keep a plan under a name. Raises InputError for a bad name, or one of a plan that is past 编制中."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or any(ord(c) < 32 for c in name):
        raise InputError(t("plan.scenario.bad_name", longest=LONGEST_NAME))
    there = _find(shelf, name)
    if there is not None and there.state != DRAFT:
        raise InputError(t("plan.scenario.fixed", name=name))
    shelf.add(Entry(name, KEPT, DRAFT, _moment(at), actor, body=body))


def move_on(shelf: Shelf, name: str, *, actor: str, at: dt.datetime, basis: str, document: str) -> str:
    """Take a plan one step further and return its new state; raises InputError without basis and document number."""
    scenario = _there(shelf, name)
    place = STATES.index(scenario.state)
    if place + 1 == len(STATES):
        raise InputError(t("plan.scenario.last", name=name))
    if not basis.strip() or not document.strip():
        raise InputError(t("plan.scenario.no_basis"))
    state = STATES[place + 1]
    shelf.add(Entry(name, MOVED, state, _moment(at), actor, basis.strip(), document.strip()))
    return state


def take_back(shelf: Shelf, name: str, *, actor: str, at: dt.datetime, basis: str) -> str:
    """Undo the last step of a plan and return its state; the step and its undoing both stay recorded."""
    scenario = _there(shelf, name)
    place = STATES.index(scenario.state)
    if place == 0:
        raise InputError(t("plan.scenario.first", name=name))
    if not basis.strip():
        raise InputError(t("plan.scenario.no_reason"))
    shelf.add(Entry(name, BACK, STATES[place - 1], _moment(at), actor, basis.strip()))
    return STATES[place - 1]


def take_out(shelf: Shelf, name: str, *, actor: str, at: dt.datetime) -> None:
    """Take a plan out of the list; its entries stay. Raises InputError for one that is past 编制中."""
    scenario = _there(shelf, name)
    if scenario.state != DRAFT:
        raise InputError(t("plan.scenario.fixed", name=name))
    shelf.add(Entry(name, OUT, DRAFT, _moment(at), actor))


def keep_form(folder: Path, district: str, form: Mapping[str, Any]) -> None:
    """Remember what was typed last for a district on this installation; an older text gives way."""
    known = _forms(folder)
    known[district] = form
    write_whole(folder / FORMS, json.dumps(known, ensure_ascii=False, indent=1) + "\n")


def last_form(folder: Path, district: str) -> Mapping[str, Any] | None:
    """Return what was typed last for a district, or None."""
    found = _forms(folder).get(district)
    return found if isinstance(found, dict) else None


def _forms(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / FORMS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _folded(name: str, entries: Sequence[Entry]) -> Scenario | None:
    """A plan from its entries since it was taken out last."""
    since = max((k for k, e in enumerate(entries) if e.action == OUT), default=-1)
    own = tuple(entries[since + 1 :])
    bodies: Iterable[Mapping[str, Any]] = (e.body for e in reversed(own) if e.action == KEPT and e.body is not None)
    body = next(iter(bodies), None)
    return None if body is None else Scenario(name, body, own)


def _find(shelf: Shelf, name: str) -> Scenario | None:
    return next((s for s in list_scenarios(shelf)[0] if s.name == name), None)


def _there(shelf: Shelf, name: str) -> Scenario:
    found = _find(shelf, name)
    if found is None:
        raise InputError(t("plan.scenario.none", name=name))
    return found


def _entry(values: Mapping[str, Any]) -> Entry:
    entry = Entry(**values)
    if entry.action not in ACTIONS or entry.state not in STATES:
        raise ValueError(entry.action)
    return entry


def _moment(at: dt.datetime) -> str:
    return at.isoformat(timespec="seconds")


def _file_name(name: str) -> str:
    """A safe file name that no two names share."""
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{safe_file_name(name, fallback='plan')[:40].strip(' .')}_{mark}.jsonl"
