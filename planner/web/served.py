"""The shapes of a district at a same-origin address that nobody can guess.

Static files need no login, so the name is a keyed hash: the key is random, made once per installation and kept under
var/. The file holds ids, names and shapes only (outputs.map_data).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from planner.outputs.basemap import building_cells, street_boxes
from planner.outputs.map_data import district_box, shapes_text
from planner.outputs.map_overlays import overlay_text
from planner.web.installation import ROOT, installation_key, var_folder
from planner.web.kept import kept
from planner.web.session import Opened

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
    if not file.exists():  # removed since
        _write(served.name, _texts(opened))
    os.utime(file)
    return served


def keyed_name(text: str, key: bytes) -> str:
    """Return ``geo_`` and 128 bits of the keyed hash of the shapes."""
    return "geo_" + hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest()[:32]


@st.cache_resource(show_spinner=False, max_entries=4)
def _served(key: str, static: str, _opened: Opened) -> Served:
    return kept("served", f"{key} {static}", lambda: _lay_out(_opened))


def _lay_out(opened: Opened) -> Served:
    texts = _texts(opened)
    name = keyed_name("\n".join(texts[part] for part in sorted(texts)), installation_key(var_folder()))
    if not (STATIC / f"{name}.json").exists():
        _write(name, texts)
    district = opened.district
    return Served(name, f"/app/static/{name}.json", district_box(district), street_boxes(district))


def _texts(opened: Opened) -> dict[str, str]:
    """The files of a district by the end of their name: "" the shapes, "_over" what comes on demand, building cells."""
    cells = dict(building_cells(opened.district.layers["buildings"]))
    texts = {f"_{cell}": shapes for cell, shapes in cells.items()}
    return texts | {"_over": overlay_text(opened.district), "": shapes_text(opened.district, cells)}


def _write(name: str, texts: dict[str, str]) -> None:
    STATIC.mkdir(parents=True, exist_ok=True)
    for part, text in sorted(texts.items(), reverse=True):
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
