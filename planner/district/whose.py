"""Which compound a problem is about: reading knows only rows, and the rows are gone once a district is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

_FIELDS = ("compound_id", "compound_ids")


def with_owners(problems: pd.DataFrame, frame: pd.DataFrame, row_numbers: pd.Series, *, file: str) -> pd.DataFrame:
    """Return the problems, those of ``file`` with the compound of their row as ``compound_id`` in their ``params``.

    frame: the table of the file, with compound_id or compound_ids (several joined by ``;``); without either nothing
    changes. row_numbers: the row of each record as a person counts it, aligned to ``frame`` by position. What names a
    compound already keeps it; a problem without a row, or of a row without a compound, stays as it is.
    """
    field = next((name for name in _FIELDS if name in frame.columns), None)
    ours = (problems["file"] == file).to_numpy(dtype=bool) & problems["row"].notna().to_numpy(dtype=bool)
    if field is None or not ours.any():
        return problems
    asked = problems.loc[ours, "row"].to_numpy(dtype=np.int64)
    numbers = row_numbers.to_numpy(dtype=np.int64)
    named = np.flatnonzero(np.isin(numbers, asked) & frame[field].notna().to_numpy(dtype=bool))
    owners = dict(zip(numbers[named].tolist(), frame[field].iloc[named].astype(str), strict=True))
    params = problems["params"].tolist()
    for at, row in zip(np.flatnonzero(ours).tolist(), asked.tolist(), strict=True):
        params[at] = _named(params[at], owners.get(row, ""))
    return problems.assign(params=pd.Series(params, index=problems.index, dtype=object))


def _named(given: Any, owner: str) -> Any:
    if not owner or not isinstance(given, Mapping) or "compound_id" in given:
        return given
    return {**given, "compound_id": owner}
