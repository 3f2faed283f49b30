"""Who moves when the rules change: places, scores, states and kinds of 待核实, old against new, for every compound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decisions.scoring import GROUPS
from planner.decisions.trial import Trial, points_of

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


class Placed(Protocol):
    """Anything that was scored: an Assessment, the Numbers of a profile, or a Trial."""

    @property
    def order(self) -> pd.DataFrame:
        """Block, rank, position."""

    @property
    def scores(self) -> pd.DataFrame:
        """At least score, completeness and band."""

    @property
    def states(self) -> pd.DataFrame:
        """At least state and verify."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``rows``: one line per compound (`compare`); ``counts``: what the cards say; ``first``: how many are first."""

    rows: pd.DataFrame
    counts: Mapping[str, float]
    first: int


def compare(old: Placed, new: Placed, *, first: int, places: int) -> Comparison:
    """Compare two scorings of the same compounds.

    rows, index compound_id: rank_old, rank_new (Int64, missing outside the order), move (places gained, positive is
    up), score_old, score_new, state_old, state_new, verify_old, verify_new, block_old, block_new, enters, leaves (the
    first ``first`` of the order), state_moves, verify_moves, block_moves (bool). A kind of 待核实 moves where both
    scorings have one: only 初筛 tells kinds, and a compound that leaves 待核实 changes its state.
    counts: compounds, ranked (in both orders), moved, moved_far (``places`` or more), up, down, enters, leaves,
    state_moves, verify_moves, block_moves, correlation of the two orders (Spearman; NaN below two compounds).
    """
    index = new.order.index
    columns: dict[str, object] = {}
    for side, one in (("old", old), ("new", new)):
        columns |= {
            f"rank_{side}": one.order["rank"].reindex(index),
            f"block_{side}": one.order["block"].reindex(index),
        }
        columns |= {f"score_{side}": one.scores["score"].reindex(index)}
        columns |= {f"{name}_{side}": one.states[name].reindex(index) for name in ("state", "verify")}
    rows = pd.DataFrame(columns, index=index)
    a, b = (rows[f"rank_{side}"].to_numpy(dtype=float, na_value=np.nan) for side in ("old", "new"))
    rows["move"] = pd.array(a - b, dtype="Float64").astype("Int64")
    rows["enters"], rows["leaves"] = (b <= first) & ~(a <= first), (a <= first) & ~(b <= first)
    for name in ("state", "verify", "block"):
        rows[f"{name}_moves"] = _differs(rows[f"{name}_old"], rows[f"{name}_new"])
    rows["verify_moves"] &= (rows["verify_old"].notna() & rows["verify_new"].notna()).to_numpy(dtype=bool)
    return Comparison(rows, _counts(rows, (a, b), places), first)


def movers(found: Comparison) -> pd.DataFrame:
    """Return the rows that changed place, score state or kind, those that matter most first.

    Who enters or leaves the first ones, then who changes state, then the largest move; new place and id settle ties.
    """
    rows = found.rows
    move = rows["move"].to_numpy(dtype=float, na_value=0.0)
    edge = (rows["enters"] | rows["leaves"]).to_numpy(dtype=bool)
    state = (rows["state_moves"] | rows["block_moves"]).to_numpy(dtype=bool)
    changed = (move != 0) | edge | state | rows["verify_moves"].to_numpy(dtype=bool)
    rank = rows["rank_new"].to_numpy(dtype=float, na_value=np.inf)
    at = np.lexsort((rank, -np.abs(move), ~state, ~edge))
    return rows.iloc[at[changed[at]]]


def reasons(old: Placed, new: Trial, ids: Sequence[str], *, most: int = 2) -> list[list[tuple[str, float]]]:
    """Return for each of ``ids`` the criteria that moved its score most in the direction it went, with their points.

    Points assumed for unknown criteria count. Differences below 0.05 points are left out.
    """
    codes = [scale.code for scale in new.scales]
    before = _official_points(old, codes, ids)
    after = points_of(new.values, new.scores.index.get_indexer(pd.Index(ids)))
    differ = after - before
    direction = np.sign(differ.sum(axis=0))
    told = []
    for column in range(len(ids)):
        towards = differ[:, column] * (direction[column] or 1.0)
        best = [int(k) for k in np.argsort(-towards, kind="stable")[:most] if towards[k] >= 0.05]
        told.append([(codes[k], float(differ[k, column])) for k in best])
    return told


def street_moves(found: Comparison, streets: pd.Series) -> pd.Series:
    """Return the mean move of each sub-district (places; positive is up), largest first; unknown streets left out."""
    known = streets.reindex(found.rows.index)
    mean = found.rows["move"].astype("Float64").groupby(known.astype("object")).mean().dropna()
    return mean.sort_values(ascending=False, kind="stable")


def state_table(found: Comparison) -> pd.DataFrame:
    """Return the changes of state and of the kind of 待核实 with their counts: old, new, n, most first."""
    rows = found.rows
    kinds = [("state", rows["state_moves"]), ("verify", rows["verify_moves"] & ~rows["state_moves"])]
    kinds += [("block", rows["block_moves"] & ~rows["state_moves"])]
    parts = []
    for name, moved in kinds:
        pairs = rows.loc[moved, [f"{name}_old", f"{name}_new"]].astype(object)
        pairs = pairs.where(pairs.notna(), "")
        counted = pairs.value_counts(sort=False).rename("n").reset_index()
        parts.append(counted.set_axis(["old", "new", "n"], axis=1).assign(what=name))
    return pd.concat(parts).sort_values(["n", "old", "new"], ascending=[False, True, True], ignore_index=True)


def _official_points(old: Placed, codes: Sequence[str], ids: Sequence[str]) -> Floats:
    if isinstance(old, Trial):
        return points_of(old.values, old.scores.index.get_indexer(pd.Index(ids)))
    at = old.scores.index.get_indexer(pd.Index(ids))
    names = [f"{code}_{part}" for code in codes for part in "wv"]
    numbers = {name: old.scores[name].to_numpy(dtype=float, na_value=0.0)[at] for name in names}
    parts = [numbers[f"{c}_w"] * numbers[f"{c}_v"] / 100 for c in codes]
    return np.stack(parts) if parts else np.zeros((len(GROUPS), len(ids)))


def _differs(a: pd.Series, b: pd.Series) -> Bools:
    same = a.eq(b).fillna(False).to_numpy(dtype=bool) | (a.isna() & b.isna()).to_numpy(dtype=bool)
    return np.asarray(~same)


def _counts(rows: pd.DataFrame, ranks: tuple[Floats, Floats], places: int) -> dict[str, float]:
    move = ranks[0] - ranks[1]
    flags = {name: int(rows[name].sum()) for name in ("enters", "leaves", "state_moves", "verify_moves", "block_moves")}
    return {
        "compounds": len(rows),
        "ranked": int(np.isfinite(move).sum()),
        "moved": int((np.nan_to_num(move) != 0).sum()),
        "moved_far": int((np.abs(np.nan_to_num(move)) >= places).sum()),
        "up": int((move > 0).sum()),
        "down": int((move < 0).sum()),
        **flags,
        "correlation": _correlation(ranks[0], ranks[1]),
    }


def _correlation(a: Floats, b: Floats) -> float:
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < 2:
        return float("nan")
    first, second = (np.argsort(np.argsort(values[both])).astype(float) for values in (a, b))
    return float(np.corrcoef(first, second)[0, 1])
