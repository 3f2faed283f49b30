"""One call from a District to its deficits, programmes, items and costs, for the tests of the item chain."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from planner.decisions.deficits import Deficits, find_deficits
from planner.decisions.items import costs, list_items
from planner.decisions.measures import measure
from planner.decisions.programmes import evaluate, wide
from planner.district.district import District
from planner.policy import Policy
from tests.cases import AS_OF, case_policy


@dataclass(frozen=True)
class Chain:
    """Everything computed for one district."""

    district: District
    deficits: Deficits
    evaluated: pd.DataFrame
    items: pd.DataFrame
    costs: pd.DataFrame

    def result(self, code: str, compound: str | None = None) -> str:
        """yes, no or unknown of one programme row."""
        return str(self.row(code, compound)["result"])

    def row(self, code: str, compound: str | None = None) -> pd.Series:
        """The evaluated row of one programme row and compound (default: the only compound)."""
        compound = compound or self.district.compounds.index[0]
        rows = self.evaluated
        return rows[(rows["code"] == code) & (rows["compound_id"] == compound)].iloc[0]

    def item(self, code: str) -> pd.Series:
        """The only row of an item."""
        rows = self.items[self.items["item"] == code]
        assert len(rows) == 1, f"{len(rows)} rows of {code}"
        return rows.iloc[0]

    def flag(self, name: str) -> bool | None:
        """A deficit of the first compound: True, False or None for unknown."""
        value = self.deficits.flags[name].iloc[0]
        return None if value is pd.NA else bool(value)


def chain(district: District, policy: Policy | None = None, as_of: dt.date = AS_OF) -> Chain:
    """Compute the item chain of a district."""
    policy = policy or case_policy()
    deficits = find_deficits(district, measure(district), policy)
    evaluated = evaluate(district, deficits, policy, as_of)
    items = list_items(district, deficits, evaluated, policy)
    return Chain(district, deficits, evaluated, items, costs(items, policy, compounds=district.compounds.index))


def results(evaluated: pd.DataFrame) -> dict[str, list[str]]:
    """The codes that are yes, and those that are unknown, of one compound."""
    table = wide(evaluated).iloc[0]
    return {
        "yes": [code for code, value in table.items() if value is not pd.NA and bool(value)],
        "unknown": [code for code, value in table.items() if value is pd.NA],
    }
