"""What a database says when it cannot, in words a planner understands."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from planner.errors import StoreError
from planner.text import t

_CAUSES = (
    ("locked", "store.error.busy"),
    ("disk is full", "store.error.full"),
    ("disk i/o error", "store.error.full"),
    ("no space left", "store.error.full"),
    ("malformed", "store.error.broken"),
    ("not a database", "store.error.broken"),
    ("readonly", "store.error.readonly"),
    ("unable to open", "store.error.readonly"),
    ("through the planner", "store.error.guarded"),
    ("append-only", "store.error.guarded"),
    ("connection", "store.error.server"),
)


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turn a database error into a StoreError that names the place, the cause and the cure."""
    try:
        yield
    except (sa.exc.DBAPIError, sqlite3.Error) as error:
        said = str(error.orig if isinstance(error, sa.exc.DBAPIError) else error)
        key = next((key for words, key in _CAUSES if words in said.lower()), "store.error.engine")
        raise StoreError(t(key, place=place, reason=said.strip().splitlines()[0] if said.strip() else "")) from error
