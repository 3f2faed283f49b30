"""What belongs to this installation: the folder of its own files, and its random key."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from planner.store.chosen import own_folder

ROOT = Path(__file__).resolve().parent.parent.parent


def var_folder() -> Path:
    """Return the folder of this installation's own files (``PLANNER_VAR``, default ``var/``), made when missing."""
    folder = own_folder(os.environ)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def installation_key(folder: Path) -> bytes:
    """Return the random key of this installation, made on first use and readable by its owner only."""
    file = folder / "map.key"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_bytes()
    with os.fdopen(handle, "wb") as out:
        key = secrets.token_bytes(32)
        out.write(key)
    return key
