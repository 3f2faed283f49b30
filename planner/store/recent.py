"""Tables that were read a moment ago: after one changed value, what did not change is not read anew.

Shared between readers, as every cached table is: nobody changes what they are given.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

from planner.policy import Policy

T = TypeVar("T")
MOST = 40
"""Tables kept: those of two districts; the oldest go."""

_kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
_lock = threading.Lock()


def recent(of: tuple[str, str], policy: Policy, read: Callable[[], T]) -> T:
    """Return what was read of the same content under the same rules, else read it. of: table, hash of its content."""
    key = (*of, policy.version, str(policy.folder), tuple(sorted(policy.settings.items())))
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            found: T = _kept[key]
            return found
    made = read()
    with _lock:
        _kept[key] = made
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return made
