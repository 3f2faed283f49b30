"""What a change of the ledger does to the decisions: states, order, programmes, quantities and money that move."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.pipeline import Numbers, compute, in_force
from planner.decisions.states import READY
from planner.district.district import District
from planner.policy import Policy

STATE_COLUMNS = ["compound_id", "name", "before", "after", "listed"]
RANK_COLUMNS = ["compound_id", "name", "before", "after", "moved", "score_before", "score_after"]
PROGRAMME_COLUMNS = ["compound_id", "name", "code", "before", "after"]
ITEM_COLUMNS = ["compound_id", "name", "item", "unit", "qty_before", "qty_after", "cost_before", "cost_after"]
COST_COLUMNS = ["compound_id", "name", "cost_now_before", "cost_now_after", "cost_all_before", "cost_all_after"]
ENTERS, LEAVES = "enters", "leaves"
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Effect:
    """What differs between two assessments of one district; a frame without rows where nothing does.

    states: STATE_COLUMNS, listed = enters or leaves 可列入, "" otherwise. ranks: RANK_COLUMNS, place in the suggested
    order (missing: not in it), moved > 0 is up; only compounds whose score changed or who enter or leave the order.
    programmes: PROGRAMME_COLUMNS, results yes, no, unknown ("" where the compound is not there). items: ITEM_COLUMNS,
    quantities and yuan (missing: unknown or no such row). costs: COST_COLUMNS, yuan. scored: how many scores changed.
    """

    states: pd.DataFrame
    ranks: pd.DataFrame
    programmes: pd.DataFrame
    items: pd.DataFrame
    costs: pd.DataFrame
    scored: int

    @property
    def enters(self) -> list[str]:
        """Compounds that become 可列入."""
        return list(self.states.loc[self.states["listed"] == ENTERS, "compound_id"])

    @property
    def leaves(self) -> list[str]:
        """Compounds that are 可列入 no more."""
        return list(self.states.loc[self.states["listed"] == LEAVES, "compound_id"])

    @property
    def cost_now_change(self) -> int:
        """Change of the money of this year's works over all compounds, in yuan; unknown amounts count as none."""
        new, old = (self.costs[name].fillna(0).sum() for name in ("cost_now_after", "cost_now_before"))
        return int(new - old)


def effect_of(
    before: District,
    after: District,
    policy: Policy,
    *,
    as_of: dt.date,
    profile: str | None = None,
    unused: Sequence[str] = (),
) -> Effect:
    """Return what the change from one district to the other does to the decisions at `as_of` (as `pipeline.assess`)."""
    rules = in_force(policy, as_of, profile, unused)
    then, now = (compute(district, rules, as_of, words=False) for district in (before, after))
    return compare(then, now, _names(before, after))


def effect_on(assessment: Assessment, after: District) -> Effect:
    """Return what turning the assessed district into another one does to the decisions, under the same rules and date.

    As `effect_of`, but the first side is not computed again.
    """
    names = {field.name for field in fields(Numbers)} - {"rules"}
    then = Numbers(assessment.policy, **{name: getattr(assessment, name) for name in names})
    now = compute(after, assessment.policy, assessment.as_of, words=False)
    return compare(then, now, _names(assessment.district, after))


def compare(before: Numbers, after: Numbers, names: pd.Series) -> Effect:
    """Return what differs between two computations. names: compound_id -> name."""
    ids = before.states.index.union(after.states.index, sort=False)
    return Effect(
        states=_states(before, after, ids, names=names),
        ranks=_ranks(before, after, ids, names=names),
        programmes=_programmes(before.programmes, after.programmes, names),
        items=_items(before.items, after.items, names),
        costs=_costs(before.costs, after.costs, ids, names=names),
        scored=int(_differs(before.scores["score"].reindex(ids), after.scores["score"].reindex(ids)).sum()),
    )


def _names(before: District, after: District) -> pd.Series:
    both = pd.concat([after.compounds["name"], before.compounds["name"]])
    return both[~both.index.duplicated()]


def _named(table: pd.DataFrame, names: pd.Series, columns: list[str]) -> pd.DataFrame:
    return table.assign(name=table["compound_id"].map(names))[columns].reset_index(drop=True)


def _differs(old: pd.Series, new: pd.Series) -> np.ndarray:
    """Where two columns of numbers or words differ; missing on both sides is equal."""
    both_missing = (old.isna() & new.isna()).to_numpy(dtype=bool)
    if pd.api.types.is_numeric_dtype(old.dtype):
        a, b = (side.to_numpy(dtype=float, na_value=np.nan) for side in (old, new))
        equal = np.abs(a - b) <= _TINY
    else:
        equal = (old == new).fillna(False).to_numpy(dtype=bool)
    found: np.ndarray = ~(equal | both_missing)
    return found


def _states(before: Numbers, after: Numbers, ids: pd.Index, *, names: pd.Series) -> pd.DataFrame:
    old, new = (side.states["state"].reindex(ids).astype(object).fillna("") for side in (before, after))
    table = pd.DataFrame({"compound_id": ids, "before": old.to_numpy(), "after": new.to_numpy()})
    was, now = table["before"] == READY, table["after"] == READY
    table["listed"] = np.select([now & ~was, was & ~now], [ENTERS, LEAVES], default="")
    return _named(table[table["before"] != table["after"]], names, STATE_COLUMNS)


def _ranks(before: Numbers, after: Numbers, ids: pd.Index, *, names: pd.Series) -> pd.DataFrame:
    old, new = (side.order["rank"].reindex(ids) for side in (before, after))
    scores = [side.scores["score"].reindex(ids) for side in (before, after)]
    table = pd.DataFrame(
        {
            "compound_id": ids,
            "before": old.array,
            "after": new.array,
            "moved": (old - new).array,
            "score_before": scores[0].array,
            "score_after": scores[1].array,
        }
    )
    other = _differs(*scores) | (old.isna() != new.isna()).to_numpy(dtype=bool)
    return _named(table[other], names, RANK_COLUMNS)


def _programmes(old: pd.DataFrame, new: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    keys = ["compound_id", "code"]
    both = old[[*keys, "result"]].merge(new[[*keys, "result"]], on=keys, how="outer", suffixes=("_o", "_n"))
    then, now = (both[name].astype(object).fillna("") for name in ("result_o", "result_n"))
    both = both.assign(before=then, after=now)
    return _named(both[both["before"] != both["after"]], names, PROGRAMME_COLUMNS)


def _items(old: pd.DataFrame, new: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    keys = ["compound_id", "item"]
    columns = [*keys, "unit", "qty", "cost"]
    both = old[columns].merge(new[columns], on=keys, how="outer", suffixes=("_before", "_after"))
    other = _differs(both["qty_before"], both["qty_after"]) | _differs(both["cost_before"], both["cost_after"])
    both["unit"] = both["unit_after"].fillna(both["unit_before"])
    return _named(both[other], names, ITEM_COLUMNS)


def _costs(old: pd.DataFrame, new: pd.DataFrame, ids: pd.Index, *, names: pd.Series) -> pd.DataFrame:
    table = pd.DataFrame({"compound_id": ids})
    other = np.zeros(len(ids), dtype=bool)
    for name in ("cost_now", "cost_all"):
        sides = [side[name].reindex(ids) for side in (old, new)]
        other |= _differs(*sides)
        for when, side in zip(("before", "after"), sides, strict=True):
            table[f"{name}_{when}"] = side.array
    return _named(table[other], names, COST_COLUMNS)
