"""Costs of a compound: what can be done now, everything that is missing, and each programme's package."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.policy import Policy

ENDS = {"": "cost", "_low": "cost_low", "_high": "cost_high"}
PACKAGES = ("A", "M", "E", "H")


def costs(item_list: pd.DataFrame, policy: Policy, *, compounds: pd.Index | None = None) -> pd.DataFrame:
    """Return the costs per compound in whole yuan (Int64): index compound_id.

    cost_now: rows not blocked, of the purses of settings.now_purses. cost_all: every fiscal row (not repair, not the
    heat company's, the police's or the power company's). Each with _low and _high. cost_all_known: no unknown row and
    no open quantity among them; cost_all_most: cost_all and what the unknown parts may cost at most, at likely prices
    (NA where nothing bounds it). cost_A, cost_M, cost_E, cost_H: unblocked rows of the programmes that hold.
    Unknown rows add nothing. ``compounds``: the compounds to return (default: those of the list); no rows: all is 0.
    """
    ids = pd.Index(pd.unique(item_list["compound_id"])) if compounds is None else compounds
    at = ids.get_indexer(pd.Index(item_list["compound_id"]))
    fiscal, free = _true(item_list["fiscal"]), ~_true(item_list["blocking"])
    now = free & item_list["purse"].isin(policy.values("now_purses")).to_numpy(bool) & ~_true(item_list["repair"])
    columns = {}
    for end, column in ENDS.items():
        money = item_list[column].to_numpy(dtype=float, na_value=0.0)
        columns[f"cost_now{end}"] = _sum(at, money * now, len(ids))
        columns[f"cost_all{end}"] = _sum(at, money * fiscal, len(ids))
        for code in PACKAGES:
            own = free & _holds(item_list, code) & ~_true(item_list["repair"])
            columns[f"cost_{code}{end}"] = _sum(at, money * own, len(ids))
    frame = pd.DataFrame(columns, index=ids.rename("compound_id"))
    return frame.assign(**_open_money(item_list, at, fiscal, frame["cost_all"]))


def _open_money(item_list: pd.DataFrame, at: np.ndarray, fiscal: np.ndarray, cost_all: pd.Series) -> dict[str, object]:
    n = len(cost_all)
    blank = item_list["cost"].isna().to_numpy() & fiscal
    more = item_list["cost_unknown_high"].to_numpy(dtype=float, na_value=np.nan)
    unbounded = np.bincount(at, weights=fiscal & np.isnan(more), minlength=n) > 0
    open_rows = np.bincount(at, weights=(blank | (fiscal & (more > 0))), minlength=n) > 0
    most = cost_all + _sum(at, np.nan_to_num(more) * fiscal, n)
    return {"cost_all_known": pd.array(~open_rows, dtype="boolean"), "cost_all_most": most.mask(unbounded)}


def _holds(item_list: pd.DataFrame, code: str) -> np.ndarray:
    kinds, distinct = pd.factorize(item_list["programmes"])
    return np.asarray(np.array([*(code in str(text).split(";") for text in distinct), False], dtype=bool)[kinds])


def _sum(at: np.ndarray, money: np.ndarray, n: int) -> pd.Series:
    total = np.bincount(at, weights=money, minlength=n)
    return pd.array(np.round(total).astype("int64"), dtype="Int64")


def _true(values: pd.Series) -> np.ndarray:
    return np.asarray(values.to_numpy(dtype=bool, na_value=False))
