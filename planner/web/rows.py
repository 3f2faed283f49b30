"""What the list of 总览 shows of each compound: one row with its sentence, and the detail under the chosen one.

Everything here is plain text for rank_list.js, which shows it by textContent: no markup, nothing escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.decisions.pipeline import Assessment
from planner.decisions.scoring import BANDS
from planner.decisions.states import VERIFY_KINDS
from planner.district.district import District
from planner.outputs.map_classes import PROGRAMMES, held_programmes
from planner.outputs.policy_words import amount_text, policy_word
from planner.text import t, wan

_WORDS = ("no", "name", "households", "programmes", "money", "need", "readiness", "slash", "completeness", "colon")


def list_words(lang: str) -> dict[str, str]:
    """Return the words of the list: its headings and the three answers of a programme."""
    words = {key: t(f"overview.list.{key}", lang) for key in _WORDS}
    return words | {f"answer_{key}": t(f"overview.answer.{key}", lang) for key in ("yes", "unknown", "no")}


def glyph_words(assessment: Assessment, lang: str) -> list[dict[str, str]]:
    """Return letter and name of the five programmes, in the order of their slots."""
    policy = assessment.policy
    return [{"letter": t(f"map.glyph.{c}", lang), "name": policy.label("programmes", c, lang)} for c in PROGRAMMES]


def row_frame(district: District, assessment: Assessment, texts: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return one row per compound, in suggested order, with the columns that the list shows as finished text.

    Index compound_id; name, title, community, households, programmes (list of yes/unknown/no), money, range,
    money_title, need, readiness (numbers for the bars), bars, completeness, sentence, safety, kind (of 待核实). Unknown
    households say so; ``—`` stands where there is no amount.
    """
    order = assessment.ranking.set_index("compound_id").index
    compounds, scores = district.compounds.loc[order], assessment.scores.loc[order]
    out = pd.DataFrame({"name": _names(compounds)}, index=order)
    out["community"] = [t("overview.list.place", lang, place=p) if p else "" for p in _places(compounds)]
    out["title"] = [f"{name}{place}" for name, place in zip(out["name"], out["community"], strict=True)]
    out["households"] = [t("overview.unknown", lang) if pd.isna(n) else f"{int(n):,}" for n in compounds["households"]]
    out["programmes"] = _programmes(assessment, order)
    out[["money", "range", "money_title"]] = _money(assessment, order, lang)
    out["need"], out["readiness"] = _bars(scores["need"]), _bars(scores["readiness"])
    pairs = zip(out["need"], out["readiness"], strict=True)
    out["bars"] = [t("overview.list.bars", lang, need=_or_dash(n), ready=_or_dash(r)) for n, r in pairs]
    out["completeness"] = ["—" if pd.isna(c) else f"{100 * float(c):.0f}%" for c in scores["completeness"]]
    out["sentence"] = texts["sentence"].reindex(order).fillna("")
    out["safety"] = assessment.states[f"safety_{lang}"].reindex(order).fillna("")
    out["kind"] = [_verify_text(kind, lang) for kind in assessment.states["verify"].reindex(order)]
    return out


def list_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of ``row_frame`` as plain values, numbered from 1."""
    records = frame.reset_index(names="id").to_dict("records")
    return [{"no": i, **_plain(record)} for i, record in enumerate(records, 1)]


def detail(compound_id: str, assessment: Assessment, texts: pd.DataFrame, lang: str) -> dict[str, Any]:
    """Return what opens under the chosen compound: why, what would bring it in, what is unknown, items with cost."""
    labels = ("kind", "reason", "would", "unknown", "safety", "place")
    values = _detail_texts(compound_id, assessment, texts, lang)
    kinds = {"safety": "bad", "would": "good"}
    parts = [
        {"label": t(f"overview.detail.{key}", lang), "text": values[key], "kind": kinds.get(key, "")}
        for key in labels
        if values[key]
    ]
    items = _items(compound_id, assessment, lang)
    return {
        "parts": parts,
        "columns": [t(f"overview.items.{key}", lang) for key in ("item", "qty", "cost", "purse", "condition")],
        "items": items,
        "foot": t("overview.items.foot", lang) if items else t("overview.items.none", lang),
    }


def _names(compounds: pd.DataFrame) -> list[str]:
    names = compounds["name"].astype(object)
    return [str(key) if pd.isna(name) else str(name) for key, name in names.items()]


def _places(compounds: pd.DataFrame) -> list[str]:
    found = compounds["community_name"].fillna(compounds["subdistrict_name"]).astype(object)
    return ["" if pd.isna(place) else str(place).removesuffix("社区").removesuffix("居委会") for place in found]


def _programmes(assessment: Assessment, order: pd.Index[Any]) -> list[list[str]]:
    yes = held_programmes(assessment, "yes").loc[order].to_numpy()
    unknown = held_programmes(assessment, "unknown").loc[order].to_numpy()
    return [
        ["yes" if y else "unknown" if u else "no" for y, u in zip(ys, us, strict=True)]
        for ys, us in zip(yes, unknown, strict=True)
    ]


def _bars(values: pd.Series) -> list[int | None]:
    return [None if pd.isna(v) else round(float(v)) for v in values]


def _or_dash(value: object) -> object:
    return "—" if value is None or pd.isna(value) else value


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {key: None if pd.isna(record[key]) else int(record[key]) for key in ("need", "readiness")}
    return {**record, **numbers}


def _money(assessment: Assessment, order: pd.Index[Any], lang: str) -> pd.DataFrame:
    """Likely and range in 万元 of what can be done now, the amount of sentence and headline, and what it is."""
    costs = assessment.costs.reindex(order)
    title = t("overview.list.money_title", lang)
    rows = [(*_amounts(costs.loc[key]), title) for key in order]
    return pd.DataFrame(rows, index=order, columns=["money", "range", "money_title"])


def _amounts(costs: pd.Series) -> tuple[str, str]:
    now = costs["cost_now"]
    if pd.isna(now) or not int(now):
        return "—", ""
    return wan(int(now)), _span(costs["cost_now_low"], costs["cost_now_high"])


def _span(low: object, high: object) -> str:
    if pd.isna(low) or pd.isna(high) or low == high:
        return ""
    return f"{wan(float(str(low)))}–{wan(float(str(high)))}"


def _detail_texts(key: str, assessment: Assessment, texts: pd.DataFrame, lang: str) -> dict[str, str]:
    ranking = assessment.ranking
    own, row = texts.loc[key], ranking[ranking["compound_id"] == key].iloc[0]
    state = assessment.states.loc[key]
    return {
        "kind": _verify_text(state["verify"], lang),
        "reason": _text(own.get("state_reason")),
        "would": _text(own.get("would_raise")),
        "unknown": _text(own.get("unknowns")),
        "safety": _text(state[f"safety_{lang}"]),
        "place": _place_text(row, lang),
    }


def _verify_text(verify: object, lang: str) -> str:
    """The kind of 待核实 in words; empty for other states."""
    return t(f"overview.verify.{VERIFY_KINDS.index(str(verify))}", lang) if _text(verify) else ""


def _place_text(row: pd.Series, lang: str) -> str:
    band = t(f"overview.band.{BANDS.index(str(row['band']))}", lang) if str(row["band"]) in BANDS else ""
    if pd.isna(row["score"]):
        return ""
    low, high = f"{float(row['score_low']):.0f}", f"{float(row['score_high']):.0f}"
    score = t("overview.detail.score" if low == high else "overview.detail.score_range", lang, low=low, high=high)
    place = (
        t("overview.detail.no_rank", lang)
        if pd.isna(row["rank"])
        else t("overview.detail.rank", lang, rank=int(row["rank"]))
    )
    return t("overview.detail.order", lang, place=place, score=score, band=band)


def _items(key: str, assessment: Assessment, lang: str) -> list[dict[str, Any]]:
    items = assessment.items
    own = items[items["compound_id"] == key]
    return [
        {"cells": _item_cells(row, assessment, lang), "blocked": bool(row["blocking"])} for _, row in own.iterrows()
    ]


def _item_cells(row: pd.Series, assessment: Assessment, lang: str) -> list[str]:
    policy = assessment.policy
    quantity = _quantity(row, lang)
    cost = "—" if pd.isna(row["cost"]) else " ".join(filter(None, (wan(int(row["cost"])), _bracket(row, lang))))
    condition = _text(row[f"condition_{lang}"]) or _text(row.get(f"reason_{lang}"))
    purse = policy_word(_text(row["purse"]), lang)
    return [policy.label("items", str(row["item"]), lang), quantity, cost, purse, condition]


def _quantity(row: pd.Series, lang: str) -> str:
    unit = policy_word(_text(row["unit"]), lang)
    if pd.isna(row["qty"]):
        high = row["qty_high"]
        known = not pd.isna(high) and float(high) > 0
        return t("overview.items.at_most", lang, n=_number(high), unit=unit) if known else "—"
    same = row["qty_low"] == row["qty_high"] or pd.isna(row["qty_low"]) or pd.isna(row["qty_high"])
    span = "" if same else t("overview.items.span", lang, low=_number(row["qty_low"]), high=_number(row["qty_high"]))
    return f"{amount_text(_number(row['qty']), _text(row['unit']), lang)}{span}"


def _bracket(row: pd.Series, lang: str) -> str:
    span = _span(row["cost_low"], row["cost_high"])
    return t("overview.items.bracket", lang, span=span) if span else ""


def _number(value: object) -> str:
    return f"{float(str(value)):,.1f}".removesuffix(".0")


def _text(value: object) -> str:
    return "" if value is None or (not isinstance(value, str) and pd.isna(value)) else str(value)
