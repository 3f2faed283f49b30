"""Blocks of HTML of 年度计划: quality line, cards, works against the heating season, money, balance, small maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from planner.outputs.map_looks import MapLayer
from planner.outputs.plan_map import Outlines, small_map
from planner.outputs.plan_view import Card, Rows, number
from planner.text import safe_text, t, wan
from planner.web.blocks import marked
from planner.web.drawings import picture_html

PROGRAMME = {"A": "#D55E00", "H": "#0072B2", "E": "#009E73", "M": "#E69F00", "Z": "#CC79A7"}
_PURSES = (("#1D5C8F", "w"), ("#56A0D3", ""), ("#00775A", "w"), ("#B34A00", "w"), ("#E69F00", ""), ("#A9B4BF", ""))
_GREY, _NARROW = "#8E9AA6", 9.0
"""A bar of another programme; the least percent of the width in which an amount can be read."""
_MONTHS = range(1, 13)


def quality_html(text: str, kind: str, more: str = "") -> str:
    """Return the one line on quality; kind: ``good``, ``busy``, ``stop`` or ``bad``."""
    small = f"<small>{marked(more)}</small>" if more else ""
    return f'<div class="ql ql-{kind}" role="status"><b>{safe_text(text)}</b>{small}</div>'


def cards_html(cards: Sequence[Card]) -> str:
    """Return the key figures in one row."""
    parts = "".join(
        f"<div><u>{safe_text(c.label)}</u><b>{safe_text(c.value)}</b><s>{safe_text(c.line)}</s></div>" for c in cards
    )
    return f'<div class="pf">{parts}</div>'


def gantt_html(rows: Sequence[Mapping[str, Any]], bands: Sequence[tuple[float, float]], lang: str) -> str:
    """Return the works of a year by compound: bars by programme, the heating season as grey bands."""
    season = "".join(f'<i class="hs" style="left:{left:.2f}%;width:{width:.2f}%"></i>' for left, width in bands)
    months = "".join(f"<span>{safe_text(t('plan.month', lang, n=n))}</span>" for n in _MONTHS)
    head = f'<div class="gr hd2"><span></span><div class="mo">{months}</div></div>'
    body = ""
    for row in rows:
        name = safe_text(row["name"])
        body += f'<div class="gr"><span title="{name}">{name}</span><div>{season}{_bars(row, lang)}</div></div>'
    keys = [(f'style="background:{colour}"', t(f"sheet.programme.{p}", lang)) for p, colour in PROGRAMME.items()]
    keys.append(('class="hs"', t("plan.heating_season", lang)))
    return f'<div class="gt">{head}{body}</div>{_key(keys)}'


def _bars(row: Mapping[str, Any], lang: str) -> str:
    height, parts = 100 / max(1, len(row["bars"])), ""
    for k, (programme, left, width, when) in enumerate(row["bars"]):
        place = f"left:{left:.2f}%;width:{width:.2f}%;top:{k * height:.0f}%;height:{height - 4:.0f}%"
        said = safe_text(f"{t(f'sheet.programme.{programme}', lang)} {when}")
        parts += f'<b style="{place};background:{PROGRAMME.get(programme, _GREY)}" title="{said}"></b>'
    return parts


def _key(entries: Sequence[tuple[str, str]]) -> str:
    """A line of coloured patches with their words."""
    return f'<div class="lgk">{"".join(f"<span><i {look}></i>{safe_text(w)}</span>" for look, w in entries)}</div>'


def money_html(rows: pd.DataFrame, lang: str) -> str:
    """Return the money by year as stacked bars of purses (``Plan.money``)."""
    purses = list(dict.fromkeys(rows["purse"]))
    looks = {purse: _PURSES[k % len(_PURSES)] for k, purse in enumerate(purses)}
    sums = rows.groupby("year")[["spent", "funds"]].sum()
    most, body = max(1, int(sums.to_numpy(dtype="int64").max(initial=1))), ""
    for year, own in rows.groupby("year", sort=True):
        parts = ""
        for purse, spent in zip(own["purse"], own["spent"], strict=True):
            (colour, css), share = looks[purse], 100 * int(spent) / most
            words = wan(int(spent)) if share > _NARROW else ""
            title = safe_text(f"{purse or t('plan.purse.any', lang)} {wan(int(spent))}")
            parts += f'<b class="{css}" style="width:{share:.2f}%;background:{colour}" title="{title}">{words}</b>'
        body += f'<div class="mr"><span>{safe_text(t("plan.map.year", lang, year=year))}</span><div>{parts}</div></div>'
    keys = [(f'style="background:{looks[p][0]}"', p or t("plan.purse.any", lang)) for p in purses]
    return f'<div class="mb">{body}</div>{_key(keys)}'


def streets_html(rows: Sequence[Mapping[str, Any]], lang: str) -> str:
    """Return the balance across 街道: money with the floor as a tick, compounds, households, yuan per household."""
    most = max([1, *(max(r["spent"], r["floor"]) for r in rows)])
    heads = "".join(f'<th scope="col"{_right(k)}>{safe_text(t(f"plan.street.{k}", lang))}</th>'
                    for k in ("name", "bar", "spent", "floor", "compounds", "households", "each"))  # fmt: skip
    body = ""
    for r in rows:
        tick = f'<i style="left:{100 * r["floor"] / most:.1f}%"></i>' if r["floor"] else ""
        bar = f'<s><b style="width:{100 * r["spent"] / most:.1f}%"></b>{tick}</s>'
        each = "—" if np.isnan(r["each"]) else f"{r['each']:,.0f}"
        cells = (wan(r["spent"]), wan(r["floor"]), f"{r['compounds']:,}", number(r["households"]), each)
        name = safe_text(r["street"] or t("plan.no_street", lang))
        body += f"<tr><td>{name}</td><td>{bar}</td>{''.join(f'<td class=n>{c}</td>' for c in cells)}</tr>"
    return f'<table class="tb st"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def _right(key: str) -> str:
    return "" if key in ("name", "bar") else ' class="n"'


def map_html(lines: Outlines, layer: MapLayer, words: str) -> str:
    """Return the small map of a plan as a picture."""
    return picture_html(small_map(lines, layer), lines.size, style="", alt=words, css="smap")


def legend_html(layer: MapLayer, counts: Sequence[int]) -> str:
    """Return the legend of the years with counts, on one line."""
    entries = "".join(
        f'<span><i style="background:{c.fill};border-color:{c.edge}"></i>{safe_text(c.label)}<u>{n}</u></span>'
        for c, n in zip(layer.classes, counts, strict=True)
    )
    return f'<div class="lgy">{entries}</div>'


def facts_html(rows: Rows) -> str:
    """Return label and words as a list of two columns."""
    body = "".join(f"<dt>{safe_text(label)}</dt><dd>{safe_text(words)}</dd>" for label, words in rows)
    return f'<dl class="fl">{body}</dl>'
