"""Giving memory back: what a large file needed for a moment is not kept until the program ends."""

from __future__ import annotations

import ctypes
import functools
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyarrow as pa

LARGE = 20_000
"""Rows from which it is worth the few milliseconds."""


def give_back(rows: int) -> None:
    """Hand freed memory of Arrow's pool and of the C library back to the system, after work on so many rows.

    Fewer than LARGE rows: nothing is done. Where the C library cannot (not glibc), only Arrow's pool is emptied.
    """
    if rows >= LARGE:
        pa.default_memory_pool().release_unused()
        _trim()(0)


@contextmanager
def uncollected() -> Iterator[None]:
    """Work without the search for reference cycles, which the making of many small values sets off again and again.

    Values that nothing refers to are freed as ever. Afterwards the search is on as it was before.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


@functools.cache
def _trim() -> Callable[[int], object]:
    try:
        trim: Callable[[int], object] = ctypes.CDLL("libc.so.6").malloc_trim if sys.platform == "linux" else _nothing
    except (OSError, AttributeError):
        return _nothing
    return trim


def _nothing(_: int) -> None:
    """A system that cannot trim."""
