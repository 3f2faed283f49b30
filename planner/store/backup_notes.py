"""When a store was last backed up, and where to: a small file of this installation."""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import dataclass
from pathlib import Path

FILE = "backups.json"


@dataclass(frozen=True, slots=True)
class BackupNote:
    """One backup: when (with time zone), into which file, and the last batch and hash that it holds."""

    at: dt.datetime
    file: Path
    batch: int
    hash: str


def last_backup(folder: Path, place: str) -> BackupNote | None:
    """Return the last backup of a store that this installation made; None where there was none."""
    found = _read(folder).get(place)
    try:
        at = dt.datetime.fromisoformat(str(found["at"])) if found else None
        return BackupNote(at, Path(found["file"]), int(found["batch"]), str(found["hash"])) if found and at else None
    except (KeyError, ValueError, TypeError):
        return None


def note_backup(folder: Path, place: str, note: BackupNote) -> None:
    """Keep what the last backup of a store was."""
    told = {"at": note.at.isoformat(), "file": str(note.file), "batch": note.batch, "hash": note.hash}
    fresh = folder / f".{FILE}.{os.getpid()}.new"
    fresh.write_text(json.dumps({**_read(folder), place: told}, ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(folder / FILE)


def _read(folder: Path) -> dict[str, dict[str, str]]:
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
