"""Blocks of HTML for the pages: every text goes through ``safe_text``; ``**bold**`` marks in text.csv become bold.

Nothing here knows Streamlit, so every block can be tested as text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from planner.outputs.map_classes import MapLayer
from planner.text import safe_text, t

_BOLD = re.compile(r"\*\*(.+?)\*\*")
SENTENCE_PX = 1310
"""Width of the sentence on a laptop; it is set as large, up to 20 px, as two lines allow."""
_AMOUNT = re.compile(r"((?:[\u4e00-\u9fff]{4})?[0-9][0-9.,—]*(?:×10,000|万元|万户|个|处|户|栋))")


@dataclass(frozen=True, slots=True)
class Card:
    """One key figure that filters: ``title`` with **bold** numbers and at most two ``lines``."""

    key: str
    title: str
    lines: tuple[str, ...]


def marked(text: str) -> str:
    """Return safe HTML of a text of text.csv, its ``**bold**`` parts as ``<b>``."""
    return _BOLD.sub(r"<b>\1</b>", safe_text(text))


def sentence_html(text: str) -> str:
    """Return the generated sentence: bold parts, no line break between a number and its unit, two lines."""
    whole = _AMOUNT.sub(r"<span>\1</span>", marked(text))
    room = 2 * SENTENCE_PX / (wide(text.replace("**", "")) + 7)
    return f'<p class="sen" style="--sen:{min(20.0, max(16.0, int(2 * room) / 2)):g}px">{whole}</p>'


def wide(text: str) -> float:
    """Return how wide a text is in widths of a Chinese character."""
    return sum(1.0 if ord(c) > 0x2000 else 0.56 for c in text)


def header_html(title: str, facts: Sequence[str], mark: str = "") -> str:
    """Return the line above everything: name, date, rules, and the mark of demo data."""
    parts = "".join(f"<span>{safe_text(fact)}</span>" for fact in facts)
    badge = f'<span class="dm">{safe_text(mark)}</span>' if mark else ""
    return f'<div class="hd"><h1>{safe_text(title)}</h1>{parts}{badge}</div>'


def card_html(card: Card, *, chosen: bool) -> str:
    """Return one card."""
    lines = "".join(f'<div class="s">{_linked(line)}</div>' for line in card.lines)
    whole = safe_text("\n".join((card.title, *card.lines)).replace("**", ""))
    on = " on" if chosen else ""
    return f'<div class="cd{on}" title="{whole}"><div class="b">{marked(card.title)}</div>{lines}</div>'


def strip_html(text: str, link: str) -> str:
    """Return the red strip of what must be cured at once; ``link`` stands at its right end."""
    whole = safe_text(text.replace("**", ""))
    return f'<div class="red" title="{whole}"><u>{safe_text(link)} ▸</u>{marked(text)}</div>'


def legend_html(layer: MapLayer, counts: Sequence[int], safety: int | None, lang: str) -> str:
    """Return the legend of a layer with the number of compounds in each class; they add up to all that are shown."""
    entries = [
        f"<span>{_patch(c.fill, c.edge)}{safe_text(c.label)}<u>{n}</u></span>"
        for c, n in zip(layer.classes, counts, strict=True)
        if n or layer.key == "action"
    ]
    if safety is not None:
        entries.append(f'<span><i class="sf"></i>{safe_text(t("map.safety", lang))}<u>{safety}</u></span>')
    return f'<div class="lg7">{"".join(entries)}</div>'


def table_html(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, numbers_from: int = 1, total: bool = False, css: str = ""
) -> str:
    """Return a short table; columns from ``numbers_from`` stand right, ``total`` makes the last row a sum."""
    kind = [' class="n"' if k >= numbers_from else "" for k in range(len(heads))]
    top = "".join(f'<th scope="col"{c}>{safe_text(head)}</th>' for head, c in zip(heads, kind, strict=True))
    body = []
    for at, row in enumerate(rows):
        cells = "".join(f"<td{c}>{safe_text(cell)}</td>" for cell, c in zip(row, kind, strict=True))
        last = ' class="tot"' if total and at == len(rows) - 1 else ""
        body.append(f"<tr{last}>{cells}</tr>")
    return f'<table class="tb {css}"><thead><tr>{top}</tr></thead><tbody>{"".join(body)}</tbody></table>'


def plain_label(text: str) -> str:
    """Return data text for a Streamlit label, which is Markdown: every sign that could be markup is escaped."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!<>|~$:&" else c for c in text)


def _linked(line: str) -> str:
    text, found, link = line.partition("▸")
    return f"{marked(text)}<u>▸{marked(link)}</u>" if found else marked(line)


def _patch(fill: str, edge: str) -> str:
    return '<i class="hv"></i>' if fill == "hatch" else f'<i style="background:{fill};border-color:{edge}"></i>'
