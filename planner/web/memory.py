"""Full garbage collections kept short: Streamlit runs one after every run of a script, and holds up all sessions by it.

Modules, districts and assessments are some hundred thousand objects that stay; looking through them each time takes
longer than a trial of other weights. What survives a long collection is therefore left out of the next ones. It is
looked through again every THAW_S, so that what sessions leave behind is freed in the end.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONG_S = 0.01
"""A full collection that takes longer is not repeated on the same objects."""

THAW_S = 600.0


@dataclass(slots=True)
class _Collections:
    """Called by the interpreter before and after every collection."""

    began: float = 0.0
    frozen: float | None = None

    def __call__(self, phase: str, info: Mapping[str, Any]) -> None:
        if info["generation"] < 2:
            return
        now = time.perf_counter()
        if phase == "start":
            self.began = now
        elif now - self.began > LONG_S:
            gc.freeze()
            self.frozen = now
        elif self.frozen is not None and now - self.frozen > THAW_S:
            gc.unfreeze()
            self.frozen = None


def keep_collections_short() -> None:
    """Begin, once per process; further calls change nothing."""
    if not any(isinstance(found, _Collections) for found in gc.callbacks):
        gc.callbacks.append(_Collections())


def set_aside() -> None:
    """Leave all that is in memory now out of the coming collections; called when a district has been read."""
    gc.freeze()
