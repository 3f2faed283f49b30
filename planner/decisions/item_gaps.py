"""Where an item lacks, compound by compound: for every item of items.csv, also where the item list has no row."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from planner.decisions.deficits import Deficits
from planner.decisions.item_conditions import Site, look_at_site, programmes_open
from planner.decisions.items import BY_HAND, deficit_of
from planner.decisions.kleene import answer
from planner.decisions.quantities import QUANTITIES
from planner.policy import Policy

COLUMNS = ("lacks", "share", "open")


def item_gaps(
    deficits: Deficits, programmes: pd.DataFrame, policy: Policy, codes: Iterable[str]
) -> dict[str, pd.DataFrame]:
    """Return for each item a frame, index compound_id: ``lacks``, ``share`` and ``open``.

    ``lacks`` (boolean): is there a deficit; NA unknown, and NA everywhere for an item that a planner chooses by hand.
    ``share`` (Float64, 0..1): which part of the target lacks; NA where that is unknown or nothing can be divided.
    ``open`` (boolean): may one of the item's programmes pay for it; NA where that hangs on an unknown. Raises KeyError
    for a code that items.csv does not have.
    """
    site = look_at_site(deficits, programmes, policy)
    return {code: _gap(site, policy.items.loc[code]) for code in codes}


def _gap(site: Site, item: pd.Series) -> pd.DataFrame:
    index = site.deficits.need.ledger.index
    holds, perhaps = programmes_open(site, item)
    opened = answer(holds, ~holds & ~perhaps).series(index)
    if item["deficit"] == BY_HAND:
        nobody = pd.Series(pd.NA, index=index, dtype="boolean")
        return pd.DataFrame({"lacks": nobody, "share": _shares(np.full(site.n, np.nan), index), "open": opened})
    lacks = deficit_of(site, item)
    share = np.where(lacks.yes, QUANTITIES[item["quantity"]](site.deficits, site.policy).share, np.nan)
    return pd.DataFrame({"lacks": lacks.series(index), "share": _shares(share, index), "open": opened})


def _shares(values: np.ndarray, index: pd.Index) -> pd.Series:
    return pd.Series(pd.arrays.FloatingArray(np.nan_to_num(values), np.isnan(values)), index=index)
