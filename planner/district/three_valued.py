"""Three-valued comparison of text columns.

pandas compares Arrow-backed `string` columns to `bool[pyarrow]`, which cannot be joined with `boolean`; these return
`boolean`, in which a missing cell stays missing and & | ~ are Kleene's.
"""

from __future__ import annotations

import pandas as pd


def is_any(values: pd.Series, *words: str) -> pd.Series:
    """Return whether each value is one of `words` (boolean); missing where the value is."""
    return values.isin(words).astype("boolean").mask(values.isna())


def differs(one: pd.Series, other: pd.Series) -> pd.Series:
    """Return whether two text columns differ, row by row by position (boolean); missing where either is."""
    unequal = one.fillna("").to_numpy(object) != other.fillna("").to_numpy(object)
    unknown = one.isna().to_numpy() | other.isna().to_numpy()
    return pd.Series(pd.arrays.BooleanArray(unequal, unknown), index=one.index)
