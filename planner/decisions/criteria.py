"""The raw value of every criterion of every compound, with its best and worst completion (CONTRACTS 2 "Criteria").

A raw value is known, partly known (some of its inputs are), unknown or na (cannot apply). Partly known gives the value
from what is known and the raw values that the unknown inputs could make of it; how many parts a mean has is fixed by
``na``, never by what is known. No criterion reads another compound's row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decisions import criteria_need, criteria_support
from planner.decisions.deficits import Deficits
from planner.decisions.raw_values import CriterionInputs, RawRule, RawValue
from planner.decisions.scoring import KIND_NAMES, NA, UNKNOWN
from planner.errors import PolicyError
from planner.policy import Policy
from planner.text import t

RAW: Mapping[str, RawRule] = MappingProxyType({**criteria_need.RAW, **criteria_support.RAW})
"""Every name that the column ``raw`` of criteria.csv may hold, with its function."""


def raw(deficits: Deficits, costs: pd.DataFrame, policy: Policy, as_of: dt.date) -> pd.DataFrame:
    """Return the raw values of all compounds: index compound_id, four columns per criterion of criteria.csv.

    ``<code>_x``: Float64, or string for categories; missing where unknown or na. ``<code>_lo_x``, ``<code>_hi_x``: the
    raw values that give the lowest and the highest value. ``<code>_kind``: known, partly, unknown or na.
    ``costs`` is `items.costs`. Criteria of settings.unused_criteria are na. Raises PolicyError for an unknown name.
    """
    inputs = CriterionInputs(deficits, costs, policy, as_of)
    unused = policy.values("unused_criteria")
    check_names(policy, unused)
    columns: dict[str, object] = {}
    for code, name in policy.criteria["raw"].items():
        value = RAW[name](inputs)
        columns |= _columns(str(code), value, skip=code in unused)
    return pd.DataFrame(columns, index=deficits.need.ledger.index)


def check_names(policy: Policy, unused: tuple[str, ...]) -> None:
    """Raise PolicyError for a raw value or a criterion set aside that does not exist."""
    strange = [name for name in policy.criteria["raw"] if name not in RAW]
    if strange:
        raise PolicyError(t("criterion.no_raw", value=strange[0], choices="、".join(RAW)))
    absent = [code for code in unused if code not in policy.criteria.index]
    if absent:
        raise PolicyError(t("criterion.no_code", value="、".join(absent), choices="、".join(policy.criteria.index)))


def _columns(code: str, value: RawValue, *, skip: bool) -> dict[str, object]:
    kind = np.full(len(value.kind), NA, dtype=np.int8) if skip else value.kind
    ends = {"_x": value.x, "_lo_x": value.lo, "_hi_x": value.hi}
    columns: dict[str, object] = {f"{code}{end}": _typed(part, kind >= UNKNOWN) for end, part in ends.items()}
    columns[f"{code}_kind"] = pd.array(np.array(KIND_NAMES, dtype=object)[kind], dtype="string")
    return columns


def _typed(values: npt.NDArray[Any], blank: npt.NDArray[np.bool_]) -> pd.api.extensions.ExtensionArray:
    if values.dtype == object:
        kept = values.copy()
        kept[blank] = None
        return pd.array(kept, dtype="string")
    return pd.array(np.where(blank, np.nan, values), dtype="Float64")
