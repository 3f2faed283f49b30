"""Whose turn it is to write: first come, first served inside one process.

SQLite's own waiting is not fair (a writer may wait 12 s while others pass); threads of one process queue here first,
processes then meet at the database's lock.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A lock that threads get in the order in which they asked."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn and keep it for the block; an interrupted wait leaves the queue."""
        mine = threading.Event()
        with self._guard:
            self._waiting.append(mine)
            self._waiting[0].set()
        try:
            mine.wait()
            yield
        finally:
            with self._guard:
                self._waiting.remove(mine)
                if self._waiting:
                    self._waiting[0].set()


_TURNS: dict[str, Turns] = {}


def turns_of(place: str) -> Turns:
    """Return the queue of writers of this place, one per process."""
    return _TURNS.setdefault(place, Turns())
