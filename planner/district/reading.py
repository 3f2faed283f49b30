"""What one cell of text turned out to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reading:
    """A typed value, or None where the cell says nothing usable.

    rule: "" for a cell read as it stands; `repair.*` for a value that was put right; `cell.*` for a refusal or a word
    for unknown; `na` for not applicable. params fill the rule's message. low, high: ends of a year that is not exact.
    """

    value: Any = None
    rule: str = ""
    params: Mapping[str, Any] = field(default_factory=lambda: _NONE)
    low: int | None = None
    high: int | None = None
