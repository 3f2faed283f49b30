"""Results that outlive the server: a district that was read and assessed once is there at once at the next start.

Each lies in ``var/kept`` under a name made of everything it follows from: the bytes of the district, the rules, the
date, this program and the libraries under it. A file is read only when its keyed hash shows that this installation
wrote it, since what is in it is built into objects as it stands; any other file is passed over and written anew.
"""

from __future__ import annotations

import contextlib
import copyreg
import functools
import hashlib
import hmac
import io
import logging
import os
import pickle
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.web.installation import ROOT, installation_key, var_folder

T = TypeVar("T")

MOST = 9
"""Files kept; the oldest go."""

_DIGEST = 32


def kept(name: str, follows_from: str, make: Callable[[], T], shared: Mapping[str, object] | None = None) -> T:
    """Return what ``make`` gives, from an earlier run of the server where nothing has changed since.

    ``follows_from``: a text that differs whenever the result could. ``shared``: objects that the result refers to and
    the caller has anyway; they are not written. A disk that is full or not writable costs the next start its time.
    """
    folder = var_folder()
    key = hashlib.sha256(f"{name} {follows_from} {_program()}".encode()).hexdigest()[:32]
    file = folder / "kept" / f"{name}_{key}"
    secret, parts = installation_key(folder), dict(shared or {})
    try:
        found: T = _read(file, secret, parts)
        return found
    except (OSError, ValueError, pickle.UnpicklingError, AttributeError, ImportError, EOFError):
        made = make()
    try:
        _write(file, secret, made, parts)
    except (OSError, pickle.PicklingError, TypeError, AttributeError):
        logging.getLogger("planner").warning("%s is not kept for the next start", name, exc_info=True)
    return made


def _read_only(found: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(found)


def _as_dict(found: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    return _read_only, (dict(found),)


class _Writer(pickle.Pickler):
    def __init__(self, out: io.BytesIO, shared: Mapping[str, object]) -> None:
        super().__init__(out, protocol=5)
        self.dispatch_table = {**copyreg.dispatch_table, MappingProxyType: _as_dict}
        self._names = {id(part): name for name, part in shared.items()}

    def persistent_id(self, found: object) -> str | None:
        return self._names.get(id(found))


class _Reader(pickle.Unpickler):
    def __init__(self, source: io.BytesIO, shared: Mapping[str, object]) -> None:
        super().__init__(source)
        self._shared = shared

    def persistent_load(self, name: str) -> object:
        return self._shared[name]


def _read(file: Path, secret: bytes, shared: Mapping[str, object]) -> Any:
    data = file.read_bytes()
    body = memoryview(data)[_DIGEST:]
    if not hmac.compare_digest(data[:_DIGEST], _digest(file, secret, body)):
        raise ValueError("not written by this installation")
    os.utime(file)
    return _Reader(io.BytesIO(body), shared).load()


def _write(file: Path, secret: bytes, made: object, shared: Mapping[str, object]) -> None:
    out = io.BytesIO()
    _Writer(out, shared).dump(made)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}.new")
    with contextlib.ExitStack() as stack:
        stack.callback(fresh.unlink, missing_ok=True)
        with open(fresh, "wb") as target:
            target.write(_digest(file, secret, out.getbuffer()))
            target.write(out.getbuffer())
        fresh.replace(file)
    files = sorted(file.parent.glob("[!.]*"), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in files[MOST:]:
        old.unlink(missing_ok=True)


def _digest(file: Path, secret: bytes, body: memoryview) -> bytes:
    """The name is in it too: a file is good for nothing under another name."""
    return hmac.new(secret, file.name.encode() + b"\n" + body, hashlib.sha256).digest()


@functools.cache
def _program() -> str:
    """Return a text that changes with this program and with the libraries whose objects are kept."""
    digest = hashlib.sha256(" ".join((sys.version, *(m.__version__ for m in (gpd, np, pd, shapely)))).encode())
    for source in sorted((ROOT / "planner").rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()
