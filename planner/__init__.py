"""Renovation planner for a district housing bureau: a district goes in, a scored, explained priority list comes out.

``from planner import assess, load_policy, read_district`` is all that a notebook needs; they are imported when first
used, so that a part of the program never pays for the whole.
"""

from __future__ import annotations

import importlib
from typing import Any

_PUBLIC = {
    "assess": "planner.decisions.pipeline",
    "load_policy": "planner.policy",
    "read_district": "planner.store.reading",
    "write_district": "planner.district.write",
}
__all__ = ["assess", "load_policy", "read_district", "write_district"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'planner' has no attribute {name!r}")
