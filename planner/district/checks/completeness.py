"""How much is known: per field, for the district and each 街道 (page 数据核对)."""

from __future__ import annotations

import pandas as pd

from planner.district.district import District
from planner.policy import Policy

UNKNOWN_WORDS = ("未查", "不清", "未鉴定")
"""Values that say that nobody has looked: unknown for every rule (CONTRACTS 1)."""


def known(frame: pd.DataFrame) -> pd.DataFrame:
    """Return which cells hold an answer (bool, same shape): not blank, and not 未查, 不清 or 未鉴定."""
    return frame.notna() & ~frame.isin(UNKNOWN_WORDS)


def completeness_counts(district: District, policy: Policy) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return how many compounds' fields are known, and how many could be: two tables per field and 街道 (int64).

    Index: the fields of columns.csv table compounds, in its order. Columns: `all`, then each 街道 in administrative
    order (communities.subdistrict_order), else by name; "" for compounds without one. Cells written `na` are left
    out of both counts.
    """
    fields = policy.fields("compounds").index.drop("compound_id")
    compounds = district.compounds
    asked = _asked(district, list(fields))
    answered = known(compounds[fields].astype("object")) & asked
    groups = compounds["subdistrict_name"].fillna("")
    places = {"all": pd.Series(True, index=groups.index)}
    places |= {name: groups == name for name in _in_order(district, groups)}
    counts = ({name: cells[here].sum() for name, here in places.items()} for cells in (answered, asked))
    found, possible = (pd.DataFrame(count, index=fields).astype("int64") for count in counts)
    return found, possible


def completeness_table(district: District, policy: Policy) -> pd.DataFrame:
    """Return the share of compounds (0..1, Float64) whose field is known, per field and 街道.

    Index and columns as in `completeness_counts`; where nothing is left to count the share is missing.
    """
    found, possible = completeness_counts(district, policy)
    return (found / possible.where(possible > 0)).astype("Float64")


def _asked(district: District, fields: list[str]) -> pd.DataFrame:
    """Return which cells can be answered at all: all but those written `na`."""
    asked = pd.DataFrame(True, index=district.compounds.index, columns=fields)
    cells = pd.DataFrame(sorted(district.not_applicable), columns=["compound_id", "field"])
    for field, rows in cells[cells["field"].isin(fields)].groupby("field"):
        asked.loc[asked.index.isin(rows["compound_id"]), field] = False
    return asked


def _in_order(district: District, groups: pd.Series) -> list[str]:
    """Return the 街道 that occur, in administrative order where the communities layer has one, blank last."""
    communities = district.layers["communities"]
    order = communities.groupby("subdistrict_name")["subdistrict_order"].min()
    rank = order.reindex(groups.unique())
    listed = pd.DataFrame({"order": rank.to_numpy("float64", na_value=float("inf")), "name": rank.index})
    listed["blank"] = listed["name"] == ""
    return list(listed.sort_values(["blank", "order", "name"])["name"])
