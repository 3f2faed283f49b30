"""HiGHS without its banner: version 1.16 prints two lines on standard output when its first object is made.

They would stand in the middle of ``--json``. The first object of a process is therefore made while descriptor 1 points
to nowhere.
"""

from __future__ import annotations

import functools
import os
import sys
from typing import Any

import highspy

_STDOUT = 1
_MAKE: Any = highspy.Highs


def new_highs() -> Any:
    """Return a new HiGHS object that prints nothing, uses one thread and a fixed seed."""
    _swallow_banner()
    highs: Any = _MAKE()
    for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 0)):
        highs.setOptionValue(option, value)
    return highs


@functools.cache
def _swallow_banner() -> None:
    try:
        kept = os.dup(_STDOUT)
    except OSError:  # no standard output at all: nothing to keep clean
        return
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, _STDOUT)
        _MAKE()
    finally:
        os.dup2(kept, _STDOUT)
        os.close(nowhere)
        os.close(kept)
