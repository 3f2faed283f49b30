"""One row of the current state, and how an event moves it: the same few lines apply, undo and replay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from planner.store.tables import PRESENT

Key = tuple[str, str]
"""Table and row id."""
Stamp = list[Any]
"""[row version, survey date, surveyor] of the last change of a cell."""


@dataclass(slots=True)
class Row:
    """The loaded part of a row: version 0 is a row that has never been; `texts` holds the fields asked for."""

    fid: int = 0
    version: int = 0
    texts: dict[str, str] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    stamps: dict[str, Stamp] = field(default_factory=dict)

    @property
    def present(self) -> bool:
        """Whether the row stands: it was made and is not retired."""
        return self.texts.get(PRESENT, "") == "1"

    def cell_version(self, name: str) -> int:
        """Return the row version in which this cell last changed, that of the row's creation where it never did."""
        stamp = self.stamps.get(name) or self.stamps.get("") or [0]
        return int(stamp[0])

    def advance(self, event: Event) -> None:
        """Take on what the event says."""
        if self.version == 0:
            self.stamps[""] = [event.version, event.surveyed_on, event.surveyor]
        for name, entry in event.patch.items():
            _, new, _, stamp = event.whole(entry)
            self.texts[name] = new
            if stamp is None:
                self.stamps.pop(name, None)
            else:
                self.stamps[name] = stamp
        self.version = event.version


class Event(NamedTuple):
    """One changed row: patch is field -> [old, new] as created, [old, new, old stamp] or with the new stamp as well."""

    table: str
    row_id: str
    version: int
    patch: Mapping[str, list[Any]]
    surveyed_on: str = ""
    surveyor: str = ""
    source: str = ""
    file_row: int | None = None

    def whole(self, entry: list[Any]) -> tuple[str, str, Stamp | None, Stamp | None]:
        """Return old text, new text, old stamp, new stamp of an entry; no stamp means: as the row was created."""
        if len(entry) == 2:
            return entry[0], entry[1], None, None
        new_stamp = entry[3] if len(entry) == 4 else [self.version, self.surveyed_on, self.surveyor]
        return entry[0], entry[1], entry[2], new_stamp


def advance_all(rows: Mapping[Key, Row], events: Iterable[Event]) -> None:
    """Move every row by its events, in order."""
    for event in events:
        rows[(event.table, event.row_id)].advance(event)
