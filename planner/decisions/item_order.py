"""In which order items are done in one compound, and which (compound, item) comes first in the district."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.decisions.kleene import Floats
from planner.errors import PolicyError
from planner.policy import Policy, split_list
from planner.text import t

PIPES = "pipes"
"""In ``after``: whatever opens the ground for pipes; a matter of the year, not of the list."""


def item_sequence(policy: Policy) -> tuple[str, ...]:
    """Return the item codes in working order: each after what its ``after`` cell names, else as in items.csv.

    Raises PolicyError when items wait for each other in a circle.
    """
    waits = {str(code): [c for c in split_list(cell) if c != PIPES] for code, cell in policy.items["after"].items()}
    order: list[str] = []
    open_codes: set[str] = set()

    def place(code: str) -> None:
        if code in order:
            return
        if code in open_codes:
            raise PolicyError(t("item.circle", value=code))
        open_codes.add(code)
        for before in waits[code]:
            place(before)
        order.append(code)

    for code in waits:
        place(code)
    return tuple(order)


def prioritise(item_list: pd.DataFrame, scores: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the item list with ``priority`` (0..100, Float64) and ``rank`` (Int64), row order unchanged.

    priority = 40 deficit + (15 n4 + 15 n7 + 10 n1 + 10 d1 + 10 r1) / 100 on the values <c>_v of ``scores`` (index
    compound_id; settings.priority_weights; an unknown criterion has settings.unknown_value there, and so has one that
    ``scores`` leaves out). A value that cannot apply is missing there: its weight goes to the others in proportion.
    Blank where the deficit is unknown. Ranked are fiscal rows with a deficit: unblocked first, then priority, cost per
    household, id as text, working order.
    """
    priority = _priority(item_list, scores, policy)
    ranked = item_list["fiscal"].to_numpy(dtype=bool) & (item_list["deficit"].to_numpy(dtype=float, na_value=0.0) > 0)
    place = {code: i for i, code in enumerate(item_sequence(policy))}
    keys = pd.DataFrame(
        {
            "blocked": item_list["blocking"].to_numpy(dtype=bool, na_value=False),
            "priority": -np.round(priority, 9),
            "cost": item_list["cost_per_household"].to_numpy(dtype=float, na_value=np.inf),
            "id": item_list["compound_id"].to_numpy(dtype=object),
            "place": item_list["item"].map(place).to_numpy(),
        }
    )
    order = keys[ranked].sort_values(["blocked", "priority", "cost", "id", "place"], kind="stable").index
    rank = pd.Series(pd.NA, index=range(len(item_list)), dtype="Int64")
    rank.iloc[order] = np.arange(1, len(order) + 1)
    blank = np.isnan(priority)
    shown = pd.arrays.FloatingArray(np.where(blank, 0.0, priority), blank)
    return item_list.assign(priority=shown, rank=rank.array)


def _priority(item_list: pd.DataFrame, scores: pd.DataFrame, policy: Policy) -> Floats:
    weights = {name: float(w) for name, w in (part.split(":") for part in policy.values("priority_weights"))}
    at = scores.index.get_indexer(pd.Index(item_list["compound_id"]))
    deficit = item_list["deficit"].to_numpy(dtype=float, na_value=np.nan)
    points = weights["deficit"] * deficit
    used = np.full(len(item_list), weights["deficit"])
    for code, weight in weights.items():
        if code != "deficit":
            value, applies = _value(scores, code, policy)
            points = points + np.where(applies[at], weight * value[at] / 100, 0.0)
            used = used + np.where(applies[at], weight, 0.0)
    return np.asarray(points * (sum(weights.values()) / used))


def _value(scores: pd.DataFrame, code: str, policy: Policy) -> tuple[Floats, np.ndarray]:
    unknown = policy.number("unknown_value")
    if f"{code}_v" not in scores.columns:
        return np.full(len(scores), unknown), np.ones(len(scores), dtype=bool)
    value = scores[f"{code}_v"].to_numpy(dtype=float, na_value=np.nan)
    return value, ~np.isnan(value)
