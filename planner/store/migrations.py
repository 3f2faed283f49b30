"""How an older store becomes one of today: one function per version, in order, each a transaction of its own.

Version 1 is the first. A new version appends a function here and keeps a file of the version before in
tests/fixtures/stores. New columns of columns.csv are no migration: opening a store adds them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlalchemy as sa


def _submissions(connection: sa.Connection) -> None:
    """Version 2 knows which forms of ODK and KoboToolbox were applied (planner_submissions).

    Opening adds the table, by its description. A program of version 1 cannot replay those events: it must not open it.
    """


MIGRATIONS: tuple[Callable[[sa.Connection], None], ...] = (_submissions,)
"""The step to version 2, to version 3, ..."""


def current() -> int:
    """Return the version that this program writes."""
    return 1 + len(MIGRATIONS)
