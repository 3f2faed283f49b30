"""What the table of 建议次序 shows of each compound, as plain text and numbers for ranking_table.js.

Nothing here is escaped: the script shows every text by textContent.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from planner.decisions.pipeline import Assessment
from planner.outputs.map_classes import PROGRAMMES, STATE_KEYS, held_programmes, state_classes
from planner.outputs.policy_words import policy_word
from planner.outputs.ranking_view import SORTS
from planner.text import t, wan

COLUMNS = (
    "rank", "name", "community", "built", "households", "property", "state", "programmes", "score", "need",
    "readiness", "completeness", "cost", "id",
)  # fmt: skip
"""The columns of the table in order; their headings are ``ranking.head.<name>``."""


def table_words(lang: str) -> dict[str, Any]:
    """Return headings, which of them sort, and the other words of the table."""
    heads = [{"key": key, "text": t(f"ranking.head.{key}", lang), "sorts": key in SORTS} for key in COLUMNS]
    words = {key: t(f"ranking.table.{key}", lang) for key in ("none", "open", "sort")}
    answers = {f"answer_{key}": t(f"overview.answer.{key}", lang) for key in ("yes", "unknown", "no")}
    words["title"] = t("ranking.page", lang)
    return {"heads": heads, "colon": t("overview.list.colon", lang), **words, **answers}


def table_rows(rows: pd.DataFrame, assessment: Assessment, lang: str) -> list[dict[str, Any]]:
    """Return the rows of `outputs.ranking_view.ranking_rows` as the table takes them; unknown numbers are None."""
    looks = {key: {"label": c.label, "edge": c.edge if c.fill == "hatch" else c.fill} for key, c in _looks(lang)}
    yes, unknown = (held_programmes(assessment, result).reindex(rows.index) for result in ("yes", "unknown"))
    answers = [
        ["yes" if a else "unknown" if b else "no" for a, b in zip(held, open_, strict=True)]
        for held, open_ in zip(yes.to_numpy(), unknown.to_numpy(), strict=True)
    ]
    records = rows.reset_index(names="id").to_dict("records")
    return [_row(record, held, looks, lang) for record, held in zip(records, answers, strict=True)]


def _looks(lang: str) -> list[tuple[str, Any]]:
    return list(zip(STATE_KEYS, state_classes(lang), strict=True))


def _row(record: dict[Any, Any], held: list[str], looks: dict[str, dict[str, str]], lang: str) -> dict[str, Any]:
    low, high = _number(record["score_low"]), _number(record["score_high"])
    return {
        "id": str(record["id"]),
        "rank": _whole(record["rank"]),
        "name": _text(record["name"]) or str(record["id"]),
        "alias": _text(record["alias"]),
        "community": _text(record["community"]).removesuffix("社区").removesuffix("居委会"),
        "built": _whole(record["built"]).replace(",", "") or t("overview.unknown", lang),
        "households": _whole(record["households"]) or t("overview.unknown", lang),
        "property": policy_word(_text(record["property_status"]), lang) or t("overview.unknown", lang),
        "state": looks[str(record["state"])],
        "programmes": held,
        "score": _number(record["score"]),
        "low": low,
        "high": high,
        "interval": "" if low is None or high is None else _interval(low, high),
        "need": _number(record["need"]),
        "readiness": _number(record["readiness"]),
        "completeness": _number(record["completeness"], 100.0),
        "cost": "—" if pd.isna(record["cost"]) else wan(float(record["cost"]), 1),
        "range": _range(record),
        "sanwu": t("ranking.table.sanwu", lang) if record["sanwu"] else "",
        "unknown": t("overview.unknown", lang),
    }


def _interval(low: float, high: float) -> str:
    return f"{low:.0f}" if round(low) == round(high) else f"{low:.0f}–{high:.0f}"


def _range(record: dict[Any, Any]) -> str:
    if pd.isna(record["cost"]) or not record["cost"] or pd.isna(record["cost_low"]):
        return ""
    return f"{wan(float(record['cost_low']), 1)}–{wan(float(record['cost_high']), 1)}"


def _number(value: object, times: float = 1.0) -> float | None:
    return None if pd.isna(value) else round(times * float(str(value)), 1)


def _whole(value: object) -> str:
    return "" if pd.isna(value) else f"{int(float(str(value))):,}"


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)


GLYPHS = PROGRAMMES
"""The programmes in the order of their slots in a row."""
