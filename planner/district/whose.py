"""Which compound a problem is about: reading knows only rows, and the rows are gone once a district is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd


def with_owners(problems: pd.DataFrame, file: str, owners: Mapping[int, str]) -> pd.DataFrame:
    """Return the problems, those of ``file`` with the compound of their row as ``compound_id`` in their ``params``.

    ``owners``: row number as a person counts it -> compound id (several joined by ``;``). What names a compound
    already keeps it; a problem without a row, or of a row without a compound, stays as it is.
    """
    ours = (problems["file"] == file).to_numpy(dtype=bool) & problems["row"].notna().to_numpy(dtype=bool)
    if not ours.any() or not owners:
        return problems
    rows = problems["row"].tolist()
    params = [
        _named(given, owners.get(int(row), "")) if own else given
        for own, row, given in zip(ours.tolist(), rows, problems["params"], strict=True)
    ]
    return problems.assign(params=pd.Series(params, index=problems.index, dtype=object))


def row_owners(frame: pd.DataFrame, row_numbers: pd.Series) -> dict[int, str]:
    """Return row number -> compound id of a table with ``compound_id`` or ``compound_ids``; {} for any other.

    ``row_numbers`` is aligned to ``frame`` by position; rows that name no compound are left out.
    """
    field = next((name for name in ("compound_id", "compound_ids") if name in frame.columns), None)
    if field is None:
        return {}
    ids = frame[field].astype("string")
    named = ids.notna().to_numpy(dtype=bool)
    numbers = row_numbers.to_numpy(dtype=int)[named]
    return dict(zip(numbers.tolist(), ids[named].astype(str), strict=True))


def _named(given: Any, owner: str) -> Any:
    return (
        {**given, "compound_id": owner}
        if owner and isinstance(given, Mapping) and "compound_id" not in given
        else given
    )
