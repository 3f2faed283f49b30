"""How an older store becomes one of today: one function per version, in order, each a transaction of its own.

Version 1 is the first. A new version appends a function here and keeps a file of the version before in
tests/fixtures/stores. New columns of columns.csv are no migration: opening a store adds them.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

MIGRATIONS: tuple[Callable[[sa.Connection], None], ...] = ()
"""The step to version 2, to version 3, ..."""


def current() -> int:
    """Return the version that this program writes."""
    return 1 + len(MIGRATIONS)
