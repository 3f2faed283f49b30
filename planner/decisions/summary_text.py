"""The figures of 总览 in words: the sentence, the red strip, the cards, the table by sub-district.

``**`` marks what is printed bold. Nothing is computed here: every number is one of `summary.headline`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from planner.text import t

PACKAGES = ("A", "M", "E")
CARDS = ("all", "no_service", "micro", "heat", "full", "verify")
STREET_COLUMNS = (
    "compounds", "households", "no_service", "ready", "ready_A", "ready_M", "ready_E", "A", "M", "E", "total",
    "custodian_first", "verify", "safety",
)  # fmt: skip
TEN_THOUSAND = 10_000


def sentence_text(figures: Mapping[str, Any], lang: str, place: str) -> str:
    """Return the sentence of the page: how many, who has no service, what is ready for how much, what comes next."""
    counts = figures["counts"]
    where = place or t("summary.district", lang)
    if not counts["compounds"]:
        return t("reason.empty", lang) if not place else t("summary.none_here", lang, place=where)
    parts = [
        t("summary.whole", lang, place=where, n=counts["compounds"], people=_people(figures, lang)),
        _service(counts, lang),
        _ready(figures, lang),
    ]
    if figures.get("funds") and counts["ready"]:
        parts[-1] += t("summary.comma", lang) + t("summary.funds", lang, **figures["funds"])
    if counts["custodian_first"]:
        parts.append(t("summary.custodian_first", lang, n=counts["custodian_first"]))
    return t("summary.sentence", lang, parts=t("summary.semicolon", lang).join(parts))


def safety_text(figures: Mapping[str, Any], lang: str) -> str:
    """Return the red strip, empty where nothing is dangerous: the dangers add up to the number in front."""
    dangers = {name: n for name, n in figures["safety"].items() if n}
    if not dangers:
        return ""
    listed = t("summary.comma", lang).join(t(f"summary.danger.{name}", lang, n=n) for name, n in dangers.items())
    return t("summary.safety", lang, n=sum(dangers.values()), compounds=figures["counts"]["safety"], dangers=listed)


def cards_text(figures: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    """Return the six cards in their order: key, title with **bold** figures, and at most two lines."""
    values = {**figures["counts"], **figures["micro"], **{f"sanwu_{k}": n for k, n in figures["sanwu"].items()}}
    values |= {
        "people": _people(figures, lang),
        "area": _area(figures, lang),
        "dig_once": figures["heating"]["dig_once"],
    }
    values |= {end: day_text(figures["heating"][end], lang) for end in ("first", "last")}
    return [
        {
            "key": key,
            "title": t(f"summary.card.{key}", lang, **values),
            "lines": _card_lines(key, figures, values, lang),
        }
        for key in CARDS
    ]


def table_text(streets: pd.DataFrame, lang: str) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows of the table by sub-district as text; the last row is the sum."""
    heads = [t(f"summary.street.{name}", lang) for name in ("street", *STREET_COLUMNS)]
    rows = []
    for record in streets.to_dict("records"):
        name = t("summary.street.sum", lang) if pd.isna(record["street"]) else str(record["street"])
        rows.append([name or t("summary.street.unknown", lang), *(f"{int(record[c]):,}" for c in STREET_COLUMNS)])
    return heads, rows


def notice_texts(without_data: Sequence[str], unchecked: Sequence[str], lang: str) -> list[str]:
    """Return what the reader must know of the whole result: registers not compared, criteria nobody has."""
    comma, notices = t("summary.comma", lang), []
    if unchecked:
        names = comma.join(t(f"summary.register.{name}", lang) for name in unchecked)
        notices.append(t("summary.notice.registers", lang, names=names))
    if without_data:
        notices.append(t("summary.notice.without_data", lang, names=comma.join(without_data)))
    return notices


def day_text(day: dt.date, lang: str) -> str:
    """Return month and day."""
    return f"{day.month}月{day.day}日" if lang == "zh" else f"{day.day} {day:%B}"


def _people(figures: Mapping[str, Any], lang: str) -> str:
    total, unknown = figures["people"]["households"], figures["people"]["households_unknown"]
    if total >= TEN_THOUSAND:
        words = t("summary.people_wan", lang, n=f"{total / TEN_THOUSAND:.2f}", all=f"{total:,.0f}")
    else:
        words = t("summary.people", lang, n=f"{total:.0f}")
    return t("summary.people_some", lang, people=words, n=unknown) if unknown else words


def _area(figures: Mapping[str, Any], lang: str) -> str:
    total, unknown = figures["people"]["floor_area"], figures["people"]["floor_area_unknown"]
    if not total:
        return t("summary.area_unknown", lang)
    words = t("summary.area", lang, n=f"{total / TEN_THOUSAND:,.1f}")
    return t("summary.people_some", lang, people=words, n=unknown) if unknown else words


def _service(counts: Mapping[str, int], lang: str) -> str:
    key = "summary.service_some" if counts["service_unknown"] else "summary.service"
    return t(key, lang, n=counts["no_service"], unknown=counts["service_unknown"])


def _ready(figures: Mapping[str, Any], lang: str) -> str:
    counts, money, year = figures["counts"], figures["money"], figures["plan_year"]
    if not counts["ready"]:
        return t("summary.ready_none", lang, year=year)
    comma = t("summary.comma", lang)
    there = [code for code in PACKAGES if counts[f"ready_{code}"]]
    kinds = comma.join(t(f"summary.kind.{code}", lang, n=counts[f"ready_{code}"]) for code in there)
    total = {end: f"{money['total'][end]:,}".replace(",", "") for end in ("low", "likely", "high")}
    split = comma.join(t(f"summary.purse.{code}", lang, n=money[code]["likely"]) for code in there)
    split = t("summary.split", lang, split=split) if len(there) > 1 else t(f"summary.paid.{there[0]}", lang)
    return t("summary.ready", lang, year=year, n=counts["ready"], kinds=kinds, split=split, **total)


def _card_lines(key: str, figures: Mapping[str, Any], values: Mapping[str, Any], lang: str) -> list[str]:
    if key == "heat" and not figures["heating"]["present"]:
        return [t("summary.card.heat.none", lang)]
    lines = [t(f"summary.card.{key}.1", lang, **values)]
    if key == "no_service":
        differ = "summary.card.no_service.differ" if values["sanwu_differ"] else "summary.card.no_service.2"
        return [*lines, t(differ, lang, **values)]
    if key == "full" and figures.get("funds"):
        return [*lines, t("summary.card.full.funds", lang, year=figures["plan_year"], **figures["funds"])]
    return [*lines, t(f"summary.card.{key}.2", lang, **values)]
