"""Values where something is there, blanks where it is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from planner.district.demo.warp import Bools, Floats

Objects = npt.NDArray[np.object_]


def text_where(there: Any, values: Any) -> Objects:
    """Return the values as objects, None where nothing is there; one value may stand for all."""
    shown: Bools = np.asarray(there, dtype=bool)
    out: Objects = np.full(shown.shape, None, dtype=object)
    out[shown] = np.broadcast_to(np.asarray(values, dtype=object), shown.shape)[shown]
    return out


def number_where(there: Any, values: Any) -> Floats:
    """Return the values as floats, NaN where nothing is there."""
    shown: Bools = np.asarray(there, dtype=bool)
    out: Floats = np.where(shown, np.asarray(values, dtype=float), np.nan)
    return out
