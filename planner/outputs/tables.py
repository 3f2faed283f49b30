"""The tables that leave the program: ranking, programmes, items, and the workbooks made of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.decisions.pipeline import Assessment
from planner.decisions.summary import streets
from planner.decisions.summary_text import STREET_COLUMNS
from planner.district.district import District
from planner.outputs.columns import ITEM_COLUMNS, PROGRAMME_COLUMNS, ranking_columns
from planner.outputs.dictionary import codebook
from planner.outputs.map_classes import state_classes
from planner.outputs.overview_table import COLUMNS, overview_table
from planner.outputs.ranking_view import RankingView, view_rows, view_words
from planner.outputs.workbook import Field, Fill, Sheet, plain_fields, workbook_bytes
from planner.text import date_text, t

_ITEM_KINDS = {
    "deficit": "share", "priority": "score", "rank": "whole", "qty_low": "whole", "qty": "whole", "qty_high": "whole",
    "cost_low": "number", "cost": "number", "cost_high": "number", "condition": "note", "reason": "note",
}  # fmt: skip
_WAN = 10_000
_GROUND = {"hatch": "#EEF1F4"}
"""A cell has no hatching: what the map hatches is grey here."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows of a look at the list, in its order, and the filter in words."""

    keys: pd.Index
    words: str


def ranking_table(assessment: Assessment, lang: str = "zh") -> pd.DataFrame:
    """Return ranking.csv as a table: one row per compound in suggested order, exactly the columns of CONTRACTS 3.

    ``sentence`` and ``state_reason`` are in ``lang``; states and categories are stored values and stay Chinese.
    """
    table = assessment.ranking
    words = assessment.sentences(lang).reindex(table["compound_id"])
    spoken = {name: words[name].set_axis(table.index) for name in ("sentence", "state_reason")}
    return table.assign(**spoken)[ranking_columns(assessment.policy)].reset_index(drop=True)


def programmes_table(assessment: Assessment, lang: str = "zh") -> pd.DataFrame:
    """Return one row per compound and rule: result, the fields that would settle it, the trigger values.

    Compounds stand in suggested order, rules in the order of programmes.csv; results are 符合, 不符合, 待核实.
    """
    rows, policy = assessment.programmes, assessment.policy
    place = pd.Series(range(len(assessment.ranking)), index=assessment.ranking["compound_id"])
    rows = rows.iloc[np.lexsort((rows["code"].map(policy.programmes["order"]), rows["compound_id"].map(place)))]
    results = {result: t(f"table.result.{result}", lang) for result in ("yes", "no", "unknown")}
    labels = {code: policy.label("programmes", str(code), lang) for code in policy.programmes.index}
    spoken = {"label": rows["code"].map(labels), "result": rows["result"].map(results)}
    out = rows.assign(**spoken, triggers=rows[f"triggers_{lang}"], note=rows[f"note_{lang}"])
    return out[list(PROGRAMME_COLUMNS)].reset_index(drop=True)


def item_table(items: pd.DataFrame, *, lang: str = "zh", known: bool = False) -> pd.DataFrame:
    """Return the rows of item_list.csv: ranked rows first by rank, then the others as they stand.

    ``items`` is `items.prioritise`; ``condition`` and ``reason`` are taken in ``lang``; ``known`` leaves out rows
    whose deficit is unknown. Quantities and yuan stay numbers, unknown ones missing.
    """
    rows = items.loc[items["deficit"].notna()] if known else items
    ordered = rows.sort_values("rank", kind="stable", na_position="last").reset_index(drop=True)
    spoken = {name: ordered[f"{name}_{lang}"] for name in ("condition", "reason")}
    return ordered.assign(**spoken)[list(ITEM_COLUMNS)]


def ranking_workbook(assessment: Assessment, district: District, lang: str = "zh") -> bytes:
    """Return the workbook of a district: 一览表, 街道汇总, 项目清单; then programmes, ranking, codebook for programs.

    The first three are set for A3 print with the date and the rules in the footer; equal input gives equal bytes.
    """
    programmes, ranking = programmes_table(assessment, lang), ranking_table(assessment, lang)
    sheets = [
        _overview_sheet(assessment, district, lang),
        _street_sheet(assessment, district, lang),
        _item_sheet(assessment, district, lang, known=False),
        Sheet("programmes", programmes, plain_fields(programmes)),
        Sheet("ranking", ranking, plain_fields(ranking)),
        _codebook_sheet(assessment, lang),
    ]
    return _workbook(sheets, assessment, t("table.overview.title", lang, district=district.name), lang)


def view_workbook(assessment: Assessment, district: District, view: RankingView, lang: str = "zh") -> bytes:
    """Return the workbook of what a look at 建议次序 shows: its rows in its order, 项目清单 and ranking of the same.

    The filter stands in words in the subtitle of every sheet and the sheet of the rows is called so; numbers of rows
    (序) count what is shown, places (建议次序) are those of the whole district.
    """
    keys = view_rows(assessment, view).index
    said = view_words(assessment, view, lang) or t("table.filtered_none", lang)
    words = t("table.filtered", lang, filter=said, n=len(keys), all=len(assessment.ranking))
    part = _Part(keys, words)
    ranking = ranking_table(assessment, lang).set_index("compound_id", drop=False).loc[keys].reset_index(drop=True)
    sheets = [
        _overview_sheet(assessment, district, lang, part),
        _item_sheet(assessment, district, lang, known=False, part=part),
        Sheet("ranking", ranking, plain_fields(ranking)),
        _codebook_sheet(assessment, lang),
    ]
    return _workbook(sheets, assessment, t("table.overview.title", lang, district=district.name), lang)


def item_workbook(assessment: Assessment, district: District, *, lang: str = "zh", known: bool = False) -> bytes:
    """Return the workbook of the item list: 项目清单 for people, item_list for programs, and the codebook."""
    plain = item_table(assessment.items, lang=lang, known=known)
    sheets = [
        _item_sheet(assessment, district, lang, known=known),
        Sheet("item_list", plain, plain_fields(plain)),
        _codebook_sheet(assessment, lang),
    ]
    return _workbook(sheets, assessment, t("table.items.title", lang, district=district.name), lang)


def _workbook(sheets: list[Sheet], assessment: Assessment, title: str, lang: str) -> bytes:
    footer = t("table.footer", lang, basis=_basis(assessment, lang))
    return workbook_bytes(sheets, as_of=assessment.as_of, footer=footer, title=title)


def _basis(assessment: Assessment, lang: str) -> str:
    profile = t(f"table.profile.{assessment.profile}", lang)
    date = date_text(assessment.as_of, lang)
    unused = t("table.unused", lang, codes="、".join(assessment.unused)) if assessment.unused else ""
    rules = {"rules": assessment.policy.text("rules_version"), "version": assessment.policy.version}
    return t("table.basis", lang, date=date, profile=profile, **rules) + unused


def _subtitle(assessment: Assessment, district: District, lang: str) -> str:
    demo = t("table.demo", lang) if district.demo else ""
    return _basis(assessment, lang) + demo


def _overview_sheet(assessment: Assessment, district: District, lang: str, part: _Part | None = None) -> Sheet:
    letters = {True: "#FFFFFF", False: "#1B2733"}
    looks = {c.label: Fill(_GROUND.get(c.fill, c.fill), letters[c.white]) for c in state_classes(lang)}
    fills = {"state": looks}
    fields = [Field(name, t(f"table.overview.{name}", lang), kind, fills.get(name, {})) for name, kind in COLUMNS]
    title = t("table.overview.title", lang, district=district.name)
    table = overview_table(assessment, district, lang)
    subtitle, name = _subtitle(assessment, district, lang), t("table.sheet.overview", lang)
    if part is not None:
        table = table.loc[part.keys].assign(no=np.arange(1, len(part.keys) + 1))
        subtitle, name = part.words + subtitle, t("table.sheet.filtered", lang)
    return Sheet(name, table, fields, title, subtitle, frozen_columns=2)


def _street_sheet(assessment: Assessment, district: District, lang: str) -> Sheet:
    table = streets(assessment)
    names = table["street"].fillna(t("summary.street.sum", lang)).replace("", t("summary.street.unknown", lang))
    kinds = {"street": "text", **dict.fromkeys(STREET_COLUMNS, "whole")}
    fields = [Field(name, t(f"summary.street.{name}", lang), kind) for name, kind in kinds.items()]
    title = t("table.streets.title", lang, district=district.name)
    subtitle = _subtitle(assessment, district, lang)
    return Sheet(t("table.sheet.streets", lang), table.assign(street=names), fields, title, subtitle)


def _item_sheet(
    assessment: Assessment, district: District, lang: str, *, known: bool, part: _Part | None = None
) -> Sheet:
    rows = assessment.items if part is None else assessment.items[assessment.items["compound_id"].isin(part.keys)]
    table = item_table(rows, lang=lang, known=known)
    names = district.compounds["name"]
    labels = {code: assessment.policy.label("items", str(code), lang) for code in assessment.policy.items.index}
    wan = {name: table[name] / _WAN for name in ("cost_low", "cost", "cost_high")}
    words = {
        "name": table["compound_id"].map(names),
        "item": table["item"].map(labels),
        "method": table["method"].map({m: t(f"table.method.{m}", lang) for m in ("counted", "derived", "estimated")}),
        "blocking": table["blocking"].map({True: t("table.not_now", lang), False: t("table.now", lang)}),
    }
    shown = ["rank", "name", *(c for c in ITEM_COLUMNS if c not in ("compound_id", "rank"))]
    fields = [Field(name, t(f"table.items.{name}", lang), _ITEM_KINDS.get(name, "text")) for name in shown]
    title = t("table.items.title", lang, district=district.name)
    table = table.assign(**wan, **words)
    subtitle = (part.words if part else "") + _subtitle(assessment, district, lang)
    return Sheet(t("table.sheet.items", lang), table, fields, title, subtitle, frozen_columns=2)


def _codebook_sheet(assessment: Assessment, lang: str) -> Sheet:
    table = codebook(assessment.policy, lang)
    return Sheet("codebook", table, plain_fields(table))
