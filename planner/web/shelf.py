"""Files that were handed in and wait for a decision: in the memory of the server, so that a reload loses nothing.

Nothing of them is written to the disk: a survey may hold what must not be kept. What nobody has asked for is let go
after half a day, or when there is no room; then the file has to be chosen again.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

MOST_FILES, MOST_BYTES = 30, 200 << 20
KEPT_SECONDS = 12 * 3600.0


@dataclass(slots=True)
class Shelf:
    """Files by a name that cannot be guessed; ``clock`` tells seconds."""

    clock: Callable[[], float] = time.monotonic
    _items: dict[str, tuple[float, int, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, item: object, size: int) -> str:
        """Keep something of this many bytes and return the name by which it is found."""
        name = secrets.token_urlsafe(12)
        with self._lock:
            self._items[name] = (self.clock(), size, item)
            self._make_room()
        return name

    def get(self, name: str) -> Any | None:
        """Return what was kept under a name; None where it is no longer there."""
        with self._lock:
            found = self._items.get(name)
            if found is None or self.clock() - found[0] > KEPT_SECONDS:
                self._items.pop(name, None)
                return None
            self._items[name] = (self.clock(), *found[1:])
            return found[2]

    def change(self, name: str, **values: object) -> None:
        """Replace fields of what is kept (a frozen dataclass); nothing where it is no longer there."""
        with self._lock:
            if name in self._items:
                at, size, item = self._items[name]
                self._items[name] = (at, size, replace(item, **values))

    def drop(self, name: str) -> None:
        """Let something go."""
        with self._lock:
            self._items.pop(name, None)

    def _make_room(self) -> None:
        oldest = sorted(self._items, key=lambda name: self._items[name][0])
        for name in oldest[:-1]:
            room = sum(size for _, size, _ in self._items.values()) <= MOST_BYTES
            if room and len(self._items) <= MOST_FILES:
                return
            del self._items[name]


@st.cache_resource(show_spinner=False)
def shelf() -> Shelf:
    """Return the shelf of this server."""
    return Shelf()
