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
    held: list[T] = already(name, follows_from, shared)
    if held:
        return held[0]
    made = make()
    keep(name, follows_from, made, shared)
    return made


def already(name: str, follows_from: str, shared: Mapping[str, object] | None = None) -> list[Any]:
    """Return a list with what was kept under these, empty where nothing that can be read is there."""
    file = _file(name, follows_from)
    try:
        return [_read(file, installation_key(var_folder()), dict(shared or {}))]
    except (OSError, ValueError, KeyError, pickle.UnpicklingError, AttributeError, ImportError, EOFError):
        return []


def keep(name: str, follows_from: str, made: object, shared: Mapping[str, object] | None = None) -> None:
    """Keep a result for ``already``; a disk that cannot be written is logged and costs the next start its time."""
    try:
        _write(_file(name, follows_from), installation_key(var_folder()), made, dict(shared or {}))
    except (OSError, pickle.PicklingError, TypeError, AttributeError):
        logging.getLogger("planner").warning("%s is not kept for the next start", name, exc_info=True)


def packed(made: object, shared: Mapping[str, object] | None = None) -> bytes:
    """Return an object as bytes for another process of this program; ``shared`` is what that process has anyway."""
    out = io.BytesIO()
    _Writer(out, dict(shared or {})).dump(made)
    return out.getvalue()


def unpacked(data: bytes, shared: Mapping[str, object] | None = None) -> Any:
    """Return the object of ``packed``; only for bytes of a process that this program started itself."""
    return _Reader(io.BytesIO(data), dict(shared or {})).load()


def _file(name: str, follows_from: str) -> Path:
    key = hashlib.sha256(f"{name} {follows_from} {_program()}".encode()).hexdigest()[:32]
    return var_folder() / "kept" / f"{name}_{key}"


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
    body = packed(made, shared)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}.new")
    with contextlib.ExitStack() as stack:
        stack.callback(fresh.unlink, missing_ok=True)
        with open(fresh, "wb") as target:
            target.write(_digest(file, secret, memoryview(body)))
            target.write(body)
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
