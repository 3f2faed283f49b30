"""What a planner looks at in 建议次序: filters, order, subtotals. Pure, so that any script gets the same.

A view is a handful of plain values; `planner.web.address` puts it into the address of the page and back.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decisions.pipeline import Assessment
from planner.decisions.states import STATES
from planner.decisions.summary import streets
from planner.district.sanwu import derive_sanwu
from planner.outputs.map_classes import PROGRAMMES, STATE_KEYS, held_programmes
from planner.text import t

Mask = npt.NDArray[np.bool_]

SORTS = ("rank", "name", "street", "built", "households", "score", "need", "readiness", "completeness", "cost")
"""Columns that the table can be ordered by; ``-name`` is descending, nothing is the suggested order."""

_SEARCHED = ("name", "alias", "address")


@dataclass(frozen=True, slots=True)
class RankingView:
    """One look at the list: empty texts and 0 filter nothing.

    ``state`` is a key of STATE_KEYS, ``programme`` a code of PROGRAMMES (符合), ``completeness`` the least whole
    percent, ``sort`` a name of SORTS (``-`` before it: descending), ``chosen`` the id of the compound that is open.
    """

    street: str = ""
    community: str = ""
    state: str = ""
    programme: str = ""
    sanwu: bool = False
    completeness: int = 0
    q: str = ""
    sort: str = ""
    chosen: str = ""


def ranking_rows(assessment: Assessment) -> pd.DataFrame:
    """Return one row per compound in suggested order: what can be filtered, sorted and shown.

    Index compound_id. Columns: rank, block, name, alias, address, street, community, state (key of STATE_KEYS),
    sanwu (the list where it says something, else the rule), built_low, built (year), households, score, score_low,
    score_high, need, readiness (0..100), completeness (0..1), cost, cost_low, cost_high (yuan that can be spent now),
    and held_<code> for PROGRAMMES. Unknown is missing.
    """
    ranking = assessment.ranking.set_index("compound_id")
    compounds = assessment.district.compounds.loc[ranking.index]
    scores = ["score", "score_low", "score_high", "need", "readiness", "completeness"]
    columns = {name: compounds[name] for name in ("name", "alias", "address", "property_status", "households")}
    columns |= {"street": compounds["subdistrict_name"], "community": compounds["community_name"]}
    columns |= {"state": ranking["state"].map(dict(zip(STATES, STATE_KEYS, strict=True)))}
    columns |= {"built": assessment.district.year_range["year_lo"].reindex(ranking.index)}
    costs = assessment.costs.reindex(ranking.index)
    columns |= {"cost": ranking["cost_now"], "cost_low": costs["cost_now_low"], "cost_high": costs["cost_now_high"]}
    listed = compounds["sanwu_official"].fillna(derive_sanwu(compounds, assessment.policy))
    held = held_programmes(assessment).loc[ranking.index].add_prefix("held_")
    return ranking[["rank", "block", *scores]].assign(**columns, sanwu=listed.fillna(False).astype(bool)).join(held)


def matches(rows: pd.DataFrame, text: str) -> Mask:
    """Return where the id, name, former name or address contains every word of ``text`` (width and case ignored)."""
    searched = pd.Series(rows.index.astype(str), index=rows.index)
    for name in _SEARCHED:
        searched = searched + "\n" + rows[name].astype("object").where(rows[name].notna(), "").astype(str)
    folded = searched.map(_folded)
    found = np.ones(len(rows), dtype=bool)
    for word in _folded(text).split():
        found &= folded.str.contains(word, regex=False).to_numpy(dtype=bool)
    return found


def shown(rows: pd.DataFrame, view: RankingView) -> Mask:
    """Return which rows of `ranking_rows` a view shows; unknown values never pass a filter that asks for them."""
    found = matches(rows, view.q) & (
        rows["completeness"].to_numpy(dtype=float, na_value=0.0) * 100 + 1e-9 >= view.completeness
    )
    for column, wanted in (("street", view.street), ("community", view.community), ("state", view.state)):
        if wanted:
            found &= (rows[column] == wanted).to_numpy(dtype=bool, na_value=False)
    if view.programme in PROGRAMMES:
        found &= rows[f"held_{view.programme}"].to_numpy(dtype=bool)
    return np.asarray(found & rows["sanwu"].to_numpy(dtype=bool) if view.sanwu else found, dtype=bool)


def ordered(rows: pd.DataFrame, sort: str) -> pd.DataFrame:
    """Return the rows by a column of SORTS, ties in suggested order, unknown last both ways; as they are for ''."""
    column, down = sort.removeprefix("-"), sort.startswith("-")
    if column not in SORTS:
        return rows
    return rows.sort_values(column, ascending=not down, kind="stable", na_position="last")


def view_rows(assessment: Assessment, view: RankingView) -> pd.DataFrame:
    """Return the rows that a view shows, in its order."""
    rows = ranking_rows(assessment)
    return ordered(rows[shown(rows, view)], view.sort)


def view_words(assessment: Assessment, view: RankingView, lang: str = "zh") -> str:
    """Return the filter of a view in words, for the head of a table: empty texts and 0 say nothing."""
    policy = assessment.policy
    said = {
        "street": view.street,
        "community": view.community,
        "state": t(f"map.state.{view.state}", lang) if view.state in STATE_KEYS else "",
        "programme": policy.label("programmes", view.programme, lang) if view.programme in PROGRAMMES else "",
        "completeness": t("ranking.at_least", lang, n=view.completeness) if view.completeness else "",
        "q": view.q.strip(),
    }
    names = {"q": "ranking.search"}
    parts = [f"{t(names.get(k, f'ranking.filter.{k}'), lang)} {words}" for k, words in said.items() if words]
    parts += [t("ranking.sanwu", lang)] if view.sanwu else []
    return t("compound.semicolon", lang).join(parts)


def street_names(assessment: Assessment) -> list[str]:
    """Return the sub-districts that have compounds, in administrative order."""
    return [str(name) for name in streets(assessment)["street"].dropna() if name]


def community_names(rows: pd.DataFrame, street: str) -> list[str]:
    """Return the communities of a sub-district ('' for all), by name."""
    inside = rows[rows["street"] == street] if street else rows
    return sorted({str(name) for name in inside["community"].dropna()})


def subtotals(rows: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """Return one row per sub-district of ``rows`` in ``order``, those without one as '', and the sum as the last row.

    Columns: street (missing in the sum), compounds, households (known ones), one count per state of STATE_KEYS (they
    add up to compounds), sanwu, completeness (mean 0..1), cost, cost_low, cost_high (yuan). Every number of the sum
    is the sum of its column; the mean of completeness is that of all rows. No rows: no sub-districts, a sum of zeros.
    """
    names = rows["street"].astype("object").where(rows["street"].notna(), "")
    wanted = [name for name in dict.fromkeys([*order, *sorted(set(names)), ""]) if (names == name).any()]
    parts = [_summed(name, rows[(names == name).to_numpy()]) for name in wanted]
    return pd.DataFrame([*parts, _summed(None, rows)])


def place_range(rows: pd.DataFrame, compound_id: str) -> tuple[int, int]:
    """Return the best and the worst place that a ranked compound can have inside its block, the others unchanged.

    Best: as many stand before it as score higher than its score_high; worst: as many as score at least its score_low.
    """
    own = rows.loc[compound_id]
    block = rows[(rows["block"] == own["block"]) & (rows.index != compound_id)]
    first = int(rows.loc[rows["block"] == own["block"], "rank"].min())
    score = block["score"]
    better, equal = int((score > own["score_high"]).sum()), int((score > own["score_low"]).sum())
    low, high = first + better, first + equal
    return min(low, int(own["rank"])), max(high, int(own["rank"]))


def _summed(street: str | None, rows: pd.DataFrame) -> dict[str, object]:
    states = {key: int((rows["state"] == key).sum()) for key in STATE_KEYS}
    money = {name: int(rows[name].fillna(0).sum()) for name in ("cost", "cost_low", "cost_high")}
    mean = float(rows["completeness"].mean()) if rows["completeness"].notna().any() else np.nan
    counts = {"compounds": len(rows), "households": int(rows["households"].fillna(0).sum()), **states}
    return {"street": street, **counts, "sanwu": int(rows["sanwu"].sum()), "completeness": mean, **money}


def _folded(text: object) -> str:
    return unicodedata.normalize("NFKC", str(text)).casefold()
