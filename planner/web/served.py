"""The shapes of a district at a same-origin address that nobody can guess.

Static files need no login, so the name is a keyed hash: the key is random, made once per installation and kept under
var/. The file holds ids, names and shapes only (outputs.map_data).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from planner.outputs.basemap import building_cells, street_boxes
from planner.outputs.map_data import district_box, shapes_text
from planner.outputs.map_overlays import overlay_text
from planner.web.session import ROOT, Opened, var_folder

STATIC = ROOT / "static"
_KEEP_SECONDS = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Served:
    """Where the browser finds the shapes, and the boxes [[south, west], [north, east]] of the district and streets."""

    name: str
    url: str
    box: list[list[float]] | None
    streets: dict[str, list[list[float]]]


def serve_shapes(opened: Opened) -> Served:
    """Write the shapes of a district once and return their address; files unused for a week are removed."""
    served = _served(opened.key, str(STATIC), opened)
    file = STATIC / f"{served.name}.json"
    if not file.exists():
        _write(opened, served.name)
    os.utime(file)
    return served


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


def keyed_name(text: str, key: bytes) -> str:
    """Return ``geo_`` and 128 bits of the keyed hash of the shapes."""
    return "geo_" + hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest()[:32]


@st.cache_resource(show_spinner=False, max_entries=4)
def _served(key: str, static: str, _opened: Opened) -> Served:  # noqa: ARG001  (static is part of the cache key)
    texts = _texts(_opened)
    name = keyed_name("\n".join(texts[part] for part in sorted(texts)), installation_key(var_folder()))
    district = _opened.district
    return Served(name, f"/app/static/{name}.json", district_box(district), street_boxes(district))


def _texts(opened: Opened) -> dict[str, str]:
    """The files of a district by the end of their name: "" the shapes, "_over" what comes on demand, building cells."""
    cells = dict(building_cells(opened.district.layers["buildings"]))
    texts = {f"_{cell}": shapes for cell, shapes in cells.items()}
    return texts | {"_over": overlay_text(opened.district), "": shapes_text(opened.district, cells)}


def _write(opened: Opened, name: str) -> None:
    STATIC.mkdir(parents=True, exist_ok=True)
    for part, text in sorted(_texts(opened).items(), reverse=True):
        _write_whole(STATIC / f"{name}{part}.json", text)
    _remove_old(name)


def _write_whole(file: Path, text: str) -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)


def _remove_old(current: str) -> None:
    """Remove shapes that no page asked for in a week; a district's cells go with its main file."""
    limit = time.time() - _KEEP_SECONDS
    mains = [file for file in STATIC.glob("geo_*.json") if file.stem.count("_") == 1]
    for file in mains:
        if file.stem != current and file.stat().st_mtime < limit:
            for part in STATIC.glob(f"{file.stem}*.json"):
                part.unlink(missing_ok=True)
