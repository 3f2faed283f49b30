"""The list of (compound, item): what lacks, how much of it, at what cost, whose money, what stands before it.

A row is a deficit that is known or unknown, of an item that one of its programmes may pay; a known deficit of 0 gives
no row. Unknown: deficit, quantity and cost blank, from 0 to the estimated target, with the fields that would settle it.
Money is whole yuan: quantity times the unit price, low with low, high with high (items.csv; all prices are [K]).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decisions.amounts import ESTIMATED, METHODS, Amount
from planner.decisions.deficits import Deficits
from planner.decisions.item_conditions import Site, conditions_of, look_at_site, programmes_open
from planner.decisions.item_money import costs
from planner.decisions.item_order import item_sequence, prioritise
from planner.decisions.item_reasons import reason_of, warranty_of
from planner.decisions.kleene import Bools, Floats, Kleene, answer, joined_where, known
from planner.decisions.phrases import say_in_both, text_categories
from planner.decisions.quantities import QUANTITIES
from planner.district.district import District
from planner.errors import PolicyError
from planner.policy import Policy, split_list
from planner.text import t

Positions = npt.NDArray[np.intp]
Columns = dict[str, npt.NDArray[Any]]

BY_HAND = "manual"
"""The ``deficit`` of items that a planner chooses; they are never proposed."""

COLUMNS = (
    "compound_id", "item", "deficit", "qty_low", "qty", "qty_high", "unit", "method", "cost_low", "cost", "cost_high",
    "purse", "condition_zh", "condition_en", "blocking", "blocking_fields", "reason_zh", "reason_en", "repair",
    "safety", "programmes", "fiscal", "cost_unknown_high", "cost_per_household",
)  # fmt: skip
NUMBERS = ("deficit", "qty_low", "qty", "qty_high", "cost_per_household")
WORDS = ("condition_zh", "condition_en", "reason_zh", "reason_en", "blocking_fields", "programmes")
MONEY = ("cost_low", "cost", "cost_high", "cost_unknown_high")

__all__ = ["COLUMNS", "costs", "item_sequence", "list_items", "prioritise"]


def list_items(district: District, deficits: Deficits, programmes: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the item list, compound by compound, in the order in which the work is done.

    programmes: `programmes.evaluate` of the same district (long). Columns COLUMNS: quantities Float64, money Int64,
    deficit 0..1 Float64; ``programmes`` names the programmes of the item that hold for the compound; ``fiscal`` rows
    count in cost_all and are ranked; ``cost_unknown_high`` is what the unknown part of the row may cost at most, at
    likely prices; the texts that repeat often are categories. Raises PolicyError where items.csv names a deficit or
    quantity that does not exist.
    """
    _check(policy, deficits)
    site = look_at_site(deficits, programmes, policy)
    parts = []
    for place, code in enumerate(item_sequence(policy)):
        item = policy.items.loc[code]
        if item["deficit"] != BY_HAND:
            parts.append(_rows_of(site, item, place))
    return _frame(parts, district.compounds.index, policy)


def _check(policy: Policy, deficits: Deficits) -> None:
    items = policy.items
    derived = {*deficits.answers, BY_HAND, "heat_bad", "roof_leak_in_warranty", "roof_leak_no_warranty"}
    for column, allowed in (("deficit", derived), ("quantity", set(QUANTITIES))):
        wrong = [value for value in items[column] if value not in allowed]
        if wrong:
            choices = "、".join(sorted(allowed))
            raise PolicyError(t("item.unknown_name", column=column, value=wrong[0], choices=choices))


def deficit_of(site: Site, item: pd.Series) -> Kleene:
    """Return where an item is lacking; heating and roofs take it from the programme rows H and WR."""
    name = item["deficit"]
    if name == "heat_bad":
        return answer(site.verdicts.yes("H"), ~site.verdicts.yes("H") & ~site.verdicts.unknown("H"))
    if name in ("roof_leak_in_warranty", "roof_leak_no_warranty"):
        runs = known(site.verdicts.yes("WR"))
        return site.deficits.answers["roof_leak"] & (runs if name == "roof_leak_in_warranty" else ~runs)
    return site.deficits.answers[name]


def _rows_of(site: Site, item: pd.Series, place: int) -> Columns:
    deficit = deficit_of(site, item)
    raw = QUANTITIES[item["quantity"]](site.deficits, site.policy)
    amount = raw.at_most(_group_limit(site, item))
    holds, perhaps = programmes_open(site, item)
    at = np.flatnonzero(~deficit.no & (holds | perhaps) & ~(deficit.yes & (amount.high == 0)))
    columns = {"at": at, "place": np.full(len(at), place)}
    columns |= _quantities(deficit, amount, at) | _money(item, deficit, amount, at)
    homes = site.deficits.need.stock.households_est[at]
    columns["cost_per_household"] = columns["cost"] / np.where(homes > 0, homes, np.nan)
    columns |= {"in_warranty": _in_warranty(site, item)[at], "programmes": _holding(site, item)[at]}
    return columns | _words(site, item, deficit, raw, at)


def _words(site: Site, item: pd.Series, deficit: Kleene, raw: Amount, at: Positions) -> Columns:
    conditions = conditions_of(site, item, deficit)
    limit = _group_limit(site, item)
    conditions.say("item.self_group_limit", ~np.isnan(limit) & (raw.high > limit), n=limit)
    reasons = [*reason_of(item, site.deficits, deficit, raw.at_most(limit)), *warranty_of(item, site.verdicts)]
    columns: Columns = {
        "blocking": conditions.blocking(site.n)[at],
        "blocking_fields": conditions.blocking_fields(site.n)[at],
    }
    said = {"condition": say_in_both(conditions.phrases, at), "reason": say_in_both(reasons, at)}
    return columns | {f"{name}_{lang}": texts for name, both in said.items() for lang, texts in both.items()}


def _frame(parts: Sequence[Columns], index: pd.Index, policy: Policy) -> pd.DataFrame:
    """One frame of all parts, compound by compound, in working order."""
    order = np.lexsort([np.concatenate([part[name] for part in parts]) for name in ("place", "at")])

    def ordered(name: str) -> npt.NDArray[Any]:
        return np.concatenate([part.pop(name) for part in parts])[order]

    items = policy.items.loc[list(item_sequence(policy))]
    place, at = ordered("place"), ordered("at")
    columns: dict[str, object] = {"compound_id": _texts(index).take(at), "item": _texts(items.index).take(place)}
    columns |= {name: _float(ordered(name)) for name in NUMBERS} | {name: _yuan(ordered(name)) for name in MONEY}
    columns |= {name: text_categories(ordered(name)) for name in WORDS}
    columns["unit"], columns["method"] = _texts(items["unit"]).take(place), _texts(METHODS).take(ordered("method"))
    purses = _texts([*items["purse"], policy.programmes["money_purse"].get("WD", "")])
    columns["purse"] = purses.take(np.where(ordered("in_warranty"), len(items), place))
    flags = {name: np.asarray(items["class"] == name)[place] for name in ("repair", "safety")}
    flags["fiscal"] = np.array([is_fiscal(item, policy) for _, item in items.iterrows()], dtype=bool)[place]
    flags["blocking"] = ordered("blocking")
    columns |= {name: pd.array(values, dtype="boolean") for name, values in flags.items()}
    return pd.DataFrame({name: columns[name] for name in COLUMNS}, copy=False)


def _texts(words: Iterable[object]) -> pd.api.extensions.ExtensionArray:
    return pd.array(np.array(list(words), dtype=object), dtype="str")


def is_fiscal(item: pd.Series, policy: Policy) -> bool:
    """Return whether an item counts in cost_all: not repair, and not paid by settings.outside_purses."""
    return item["class"] != "repair" and item["purse"] not in policy.values("outside_purses")


def _quantities(deficit: Kleene, amount: Amount, at: Positions) -> Columns:
    lacking = deficit.yes[at]
    share = np.where(np.isnan(amount.share[at]), 1.0, amount.share[at])
    return {
        "deficit": np.where(lacking, share, np.nan),
        "qty_low": np.where(lacking, amount.low[at], 0.0),
        "qty": np.where(lacking, amount.value[at], np.nan),
        "qty_high": amount.high[at],
        "method": np.where(lacking, amount.method[at], ESTIMATED),
    }


def _money(item: pd.Series, deficit: Kleene, amount: Amount, at: Positions) -> Columns:
    lacking = deficit.yes[at] & ~np.isnan(amount.value[at])
    prices = {"cost_low": item["cost_low"], "cost": item["cost_likely"], "cost_high": item["cost_high"]}
    values = (amount.low[at], amount.value[at], amount.high[at])
    money = {name: np.where(lacking, q * p, np.nan) for (name, p), q in zip(prices.items(), values, strict=True)}
    more = amount.high[at] - np.where(lacking, amount.value[at], 0.0)
    return money | {"cost_unknown_high": np.where(np.isnan(more), np.nan, np.maximum(more, 0.0) * item["cost_likely"])}


def _group_limit(site: Site, item: pd.Series) -> Floats:
    """A residents' group looks after a few wall cameras only (settings.local_storage_max); NaN: no limit."""
    if item["quantity"] != "cameras_wall":
        return np.full(site.n, np.nan)
    ledger = site.deficits.need.ledger
    group = ledger.is_in("custodian_type", site.policy.values("custodian_self_group")).yes
    return np.where(group, site.policy.number("local_storage_max"), np.nan)


def _in_warranty(site: Site, item: pd.Series) -> Bools:
    """Where a repair is the builder's, not the item's own purse."""
    return site.verdicts.yes("WD") if item["class"] == "repair" else np.zeros(site.n, dtype=bool)


def _holding(site: Site, item: pd.Series) -> npt.NDArray[np.object_]:
    codes: Sequence[str] = split_list(item["in_programmes"])
    flags: dict[str, Bools] = {code: site.verdicts.yes(code) for code in codes}
    return joined_where(flags, site.n)


def _yuan(values: Floats) -> pd.arrays.IntegerArray:
    missing = np.isnan(values)
    whole = np.floor(np.where(missing, 0.0, np.round(values, 6)) + 0.5).astype("int64")
    return pd.arrays.IntegerArray(whole, missing)


def _float(values: Floats) -> pd.arrays.FloatingArray:
    return pd.arrays.FloatingArray(np.where(np.isnan(values), 0.0, values), np.isnan(values))
