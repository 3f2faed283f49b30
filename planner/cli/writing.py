"""Results appear whole or not at all: written beside the target under a passing name, then moved onto it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from planner.errors import CallError
from planner.text import t

DISTRICT_NAMES = frozenset(
    {"compounds.csv", "geo", "governance", "policy", "import.json", "district.json", "original.csv"}
)
"""What a district folder holds (CONTRACTS 1): a folder with anything else is never replaced."""
KEPT = ("policy", "governance")
"""What a new import does not bring is not lost."""


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a path to write to; it becomes ``target`` when the block ends well and vanishes when it does not.

    The folder of ``target`` is made when it is missing. The extension is kept, so that a driver chosen by it fits.
    """
    target = target.absolute()
    if target.is_dir():
        raise CallError(t("cli.error.out_is_folder", path=target))
    target.parent.mkdir(parents=True, exist_ok=True)
    passing = _passing_name(target)
    try:
        yield passing
        os.replace(passing, target)
    finally:
        passing.unlink(missing_ok=True)


@contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder to fill; it becomes ``target`` when the block ends well and vanishes when it does not.

    An existing ``target`` is replaced only when it is empty or a district folder, whose own policy/ and governance/ are
    kept where the block brought none; anything else raises CallError.
    """
    target = target.absolute()
    _check_replaceable(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    passing = _passing_name(target)
    passing.mkdir()
    try:
        yield passing
        _move_folder(passing, target)
    finally:
        shutil.rmtree(passing, ignore_errors=True)


def _passing_name(target: Path) -> Path:
    return target.with_name(f".{target.stem}.{os.getpid()}.part{target.suffix}")


def _check_replaceable(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise CallError(t("cli.error.out_is_file", path=target))
    strange = sorted({entry.name for entry in target.iterdir()} - DISTRICT_NAMES)
    if strange:
        raise CallError(t("cli.error.out_not_empty", path=target, name=strange[0]))


def _move_folder(passing: Path, target: Path) -> None:
    if not target.exists():
        os.replace(passing, target)
        return
    for name in KEPT:
        if (target / name).is_dir() and not (passing / name).exists():
            shutil.copytree(target / name, passing / name)
    old = target.with_name(f".{target.name}.{os.getpid()}.old")
    os.replace(target, old)
    os.replace(passing, target)
    shutil.rmtree(old)
