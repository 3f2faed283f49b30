"""The 一览表: one line per compound as a bureau prints it, from the ledger, the score and the items."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.decisions.heating import read_heating
from planner.decisions.kleene import joined_where
from planner.decisions.ledger import Ledger
from planner.decisions.phrases import SEPARATORS, Phrase, say
from planner.decisions.pipeline import Assessment
from planner.decisions.states import STATES
from planner.district.district import District
from planner.district.sanwu import derive_sanwu
from planner.outputs.map_classes import STATE_KEYS
from planner.text import t

COLUMNS = (
    ("no", "whole"), ("name", "text"), ("place", "text"), ("built", "text"), ("buildings", "whole"),
    ("households", "whole"), ("floor_area", "number"), ("property", "text"), ("committee", "text"), ("sanwu", "text"),
    ("heating", "text"), ("gaps", "text"), ("consent", "share"), ("hotline", "score"), ("score", "score"),
    ("score_range", "text"), ("rank", "whole"), ("state", "text"), ("programmes", "text"), ("items", "note"),
    ("cost", "number"), ("cost_range", "text"), ("per_household", "whole"), ("completeness", "share"),
    ("sentence", "note"), ("note", "text"),
)  # fmt: skip
"""The columns in order, each with how it is written (`workbook.Field`); headings are ``table.overview.<name>``."""

_DASH = "—"
_WAN = 10_000


def overview_table(assessment: Assessment, district: District, lang: str = "zh") -> pd.DataFrame:
    """Return the 一览表: index compound_id in suggested order, the columns of ``COLUMNS``.

    Areas and costs are in 10,000 square metres and 10,000 yuan, shares 0..1; what nobody knows is missing in a number
    and says so in a text (待核实). Every figure is the one of ranking.csv, item_list.csv or the ledger.
    """
    ranking = assessment.ranking.set_index("compound_id", drop=False)
    facts = Ledger(district, assessment.measures)
    compounds = district.compounds
    own = pd.DataFrame(
        {
            "name": compounds["name"],
            "place": _joined(compounds["subdistrict_name"], compounds["community_name"], "/"),
            "built": _built(district, lang),
            "buildings": assessment.deficits.numbers["buildings_n"],
            "households": compounds["households"],
            "floor_area": compounds["floor_area_m2"] / _WAN,
            "property": compounds["property_status"].fillna(_unknown(lang)),
            "committee": _committees(facts),
            "sanwu": _sanwu(assessment, district, lang),
            "heating": _heating(facts, assessment, lang),
            "gaps": _gaps(assessment, lang),
            "consent": compounds["support_households_n"] / compounds["households"],
            "hotline": 1000 * compounds["hotline_12m_total"] / compounds["households"],
            "programmes": _programmes(assessment, lang),
            "items": _items(assessment, lang),
            "note": compounds["note"],
        },
        index=compounds.index,
    )
    states = {state: t(f"map.state.{key}", lang) for state, key in zip(STATES, STATE_KEYS, strict=True)}
    said = {"state": ranking["state"].map(states), "sentence": assessment.sentences(lang)["sentence"]}
    table = own.reindex(ranking.index).join(_scored(ranking, assessment.costs)).assign(**said)
    return table.assign(no=np.arange(1, len(table) + 1))[[name for name, _ in COLUMNS]]


def _scored(ranking: pd.DataFrame, costs: pd.DataFrame) -> pd.DataFrame:
    low, high = _whole(ranking["score_low"]), _whole(ranking["score_high"])
    cost = costs.reindex(ranking.index)
    ends = _joined(_wan_text(cost["cost_now_low"]), _wan_text(cost["cost_now_high"]), _DASH)
    return pd.DataFrame(
        {
            "score": ranking["score"],
            "score_range": _joined(low, high, _DASH),
            "rank": ranking["rank"],
            "cost": ranking["cost_now"] / _WAN,
            "cost_range": ends,
            "per_household": (ranking["cost_now"] / ranking["households"]).round(),
            "completeness": ranking["completeness"],
        },
        index=ranking.index,
    )


def _unknown(lang: str) -> str:
    return t("table.unknown", lang)


def _joined(first: pd.Series, second: pd.Series, between: str) -> pd.Series:
    both = first.fillna("") + between + second.fillna("")
    return both.where(first.notna() & second.notna(), first.fillna(second)).astype("string")


def _whole(values: pd.Series) -> pd.Series:
    return values.round().astype("Int64").astype("string")


def _wan_text(yuan: pd.Series) -> pd.Series:
    return (yuan.astype("Float64") / _WAN).map("{:.2f}".format, na_action="ignore").astype("string")


def _built(district: District, lang: str) -> pd.Series:
    """Return the years as people say them: what was written where it was repaired, else one year or both ends."""
    low, high = (_whole(district.year_range[name]) for name in ("year_lo", "year_hi"))
    years = low.where(low == high, _joined(low, high, _DASH))
    written = district.original.loc[district.original["field"] == "built_year_min"].set_index("compound_id")["text"]
    written = written.loc[~written.index.duplicated()].reindex(years.index)
    return written.astype("string").fillna(years).fillna(_unknown(lang))


def _committees(facts: Ledger) -> pd.Series:
    rows = facts.rows("committees")
    kinds = rows.frame["kind"].reset_index(drop=True)
    joined = kinds.groupby(rows.at).agg(lambda k: "、".join(dict.fromkeys(k.dropna())))
    return joined.reindex(range(facts.n)).set_axis(facts.index).replace("", pd.NA).astype("string")


def _sanwu(assessment: Assessment, district: District, lang: str) -> pd.Series:
    """Return the list where it says something, else what the rule derives; both words say which."""
    words = {True: t("table.yes", lang), False: t("table.no", lang)}
    listed = district.compounds["sanwu_official"].map(words).astype("string")
    derived = derive_sanwu(district.compounds, assessment.policy).map(words).astype("string")
    return (listed + t("table.sanwu_listed", lang)).fillna(derived + t("table.sanwu_derived", lang))


def _heating(facts: Ledger, assessment: Assessment, lang: str) -> pd.Series:
    """Return the age of the oldest pipe and the share of homes measured below 18 degrees, where they are known."""
    heating = read_heating(facts, assessment.policy)
    age, cold = assessment.as_of.year - heating.laid_year, np.round(100 * heating.fail)
    phrases = [
        Phrase("table.pipe_age", ~np.isnan(age), {"years": age}),
        Phrase("table.below_18", ~np.isnan(cold), {"share": cold}),
    ]
    return pd.Series(say(phrases, np.arange(facts.n), lang), index=facts.index, dtype="string")


def _gaps(assessment: Assessment, lang: str) -> pd.Series:
    """Return the basic deficits that are certain, in the order of the setting."""
    flags = assessment.deficits.flags.fillna(False)
    names = [name for name in assessment.policy.values("basic_deficits") if name in flags.columns]
    held = {t(f"table.gap.{name}", lang): flags[name].to_numpy(dtype=bool) for name in names}
    return pd.Series(joined_where(held, len(flags), separator=SEPARATORS[lang][1]), index=flags.index, dtype="string")


def _programmes(assessment: Assessment, lang: str) -> pd.Series:
    rows = assessment.programmes
    policy = assessment.policy
    kinds = policy.programmes["kind"]
    chosen = rows.loc[rows["code"].map(kinds).eq("programme") & rows["result"].eq("yes")]
    labels = chosen["code"].map({code: policy.label("programmes", str(code), lang) for code in kinds.index})
    return _listed(labels, chosen["compound_id"], assessment)


def _items(assessment: Assessment, lang: str) -> pd.Series:
    """Return the items that can be done now, in the order of their rank, with quantity and unit."""
    rows = assessment.items.sort_values("rank", kind="stable")
    rows = rows.loc[rows["rank"].notna() & ~rows["blocking"].fillna(False) & ~rows["repair"].fillna(False)]
    policy = assessment.policy
    label = rows["item"].map({code: policy.label("items", str(code), lang) for code in rows["item"].unique()})
    amount = rows["qty"].map("{:.0f}".format, na_action="ignore").astype("string").fillna("")
    return _listed(label.astype("string") + amount + rows["unit"], rows["compound_id"], assessment)


def _listed(words: pd.Series, owner: pd.Series, assessment: Assessment) -> pd.Series:
    joined = words.groupby(owner).agg("、".join) if len(words) else pd.Series(dtype="string")
    return joined.reindex(assessment.deficits.flags.index).astype("string")
