"""Blocks of HTML about one compound: title, facts, points, items, programmes. Every text goes through ``safe_text``."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from planner.decisions.pipeline import Assessment
from planner.decisions.scoring import BANDS
from planner.decisions.states import STATES
from planner.outputs.compound_facts import Fact
from planner.outputs.compound_words import quantity_text, raw_text, shortened
from planner.outputs.map_classes import PROGRAMMES, STATE_KEYS, MapLayer, state_classes
from planner.outputs.policy_words import policy_word
from planner.outputs.site_map import STYLES
from planner.policy import Policy
from planner.text import date_text, safe_text, t, wan
from planner.web.blocks import marked

_NEED, _READY = "need", "readiness"


def title_html(name: str, parts: Sequence[str], chips: str, right: str) -> str:
    """Return the title of a page about one thing: its name, where it is, chips, and what stands at the right."""
    small = "".join(f"<span>{safe_text(part)}</span>" for part in parts if part)
    return f'<div class="ph"><h1>{safe_text(name)}</h1>{small}{chips}<em>{marked(right)}</em></div>'


def chip_html(text: str, kind: str) -> str:
    """Return a chip with words; ``kind`` is a programme code, a state key, or off, bad, ask."""
    return f'<span class="cp cp-{kind}">{safe_text(text)}</span>'


def programme_chips(assessment: Assessment, compound_id: str, lang: str) -> str:
    """Return a chip for every programme that holds."""
    rows = assessment.programmes
    own = rows[(rows["compound_id"] == compound_id) & (rows["result"] == "yes")]
    held = set(own["code"].astype(str))
    return "".join(chip_html(assessment.policy.label("programmes", c, lang), c) for c in PROGRAMMES if c in held)


def card_head(title: str, hint: str = "", right: str = "") -> str:
    """Return the head of a card; ``**bold**`` in the words at the right."""
    small = f"<small>{safe_text(hint)}</small>" if hint else ""
    end = f"<em>{marked(right)}</em>" if right else ""
    return f'<div class="ch"><h2>{safe_text(title)}</h2>{small}{end}</div>'


def facts_html(facts: Sequence[Fact], lang: str) -> str:
    """Return the facts as a table; what nobody knows is a dashed pink mark."""
    heads = "".join(f"<th>{safe_text(t(f'compound.head.{k}', lang))}</th>" for k in ("fact", "value", "source", "date"))
    rows = "".join(_fact_html(fact, lang) for fact in facts)
    return f'<table class="tb fx"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _fact_html(fact: Fact, lang: str) -> str:
    value = safe_text(fact.value) if fact.value else unknown_html(lang)
    source, date = (safe_text(text) or "—" for text in (fact.source, fact.date))
    head = f'<td class="k">{safe_text(fact.label)}</td><td>{value}</td>'
    return f'<tr>{head}<td class="s" title="{source}">{source}</td><td class="s">{date}</td></tr>'


def unknown_html(lang: str) -> str:
    """Return the mark of what nobody knows."""
    return f'<span class="uq">{safe_text(t("compound.unknown", lang))}</span>'


def score_html(row: pd.Series, words: dict[str, str]) -> str:
    """Return the score with its range on a scale of 0..100; words: band, range, completeness."""
    if pd.isna(row["score"]):
        return ""
    low, high, likely = (float(row[name]) for name in ("score_low", "score_high", "score"))
    band = f'<i style="left:{low:.1f}%;width:{max(0.6, high - low):.1f}%"></i><b style="left:{likely:.1f}%"></b>'
    ends = f"<span>{safe_text(words['range'])}</span><span>{safe_text(words['completeness'])}</span>"
    return f'<div class="sc"><strong>{safe_text(words["band"])}</strong><div><s>{band}</s><p>{ends}</p></div></div>'


def panel_html(name: str, where: Sequence[str], chips: str, sentence: str) -> str:
    """Return the head of a panel about the chosen compound."""
    small = "".join(f"<span>{safe_text(part)}</span>" for part in where)
    return f'<div class="pn"><h2>{safe_text(name)}{small}</h2><p>{chips}</p><p>{safe_text(sentence)}</p></div>'


def breakdown_html(points: pd.DataFrame, policy: Policy, lang: str, *, heads: bool = True) -> str:
    """Return the bars of `compound_sheet.breakdown`: each as long as its true maximum, unknown ones dashed."""
    longest = float(points["maximum"].max()) if len(points) else 1.0
    parts = []
    for side in (_NEED, _READY):
        own = points[points["side"] == side]
        if len(own):
            parts += [_side_head(side, own, lang)] if heads else []
            parts += [_bar(str(code), row, longest, policy, lang) for code, row in own.iterrows()]
    return f'<div class="bd">{"".join(parts)}</div>'


def _side_head(side: str, own: pd.DataFrame, lang: str) -> str:
    got, most = own["points"].fillna(0.0).sum() + own["assumed"].sum(), own["maximum"].sum()
    text = t(f"compound.side.{side}", lang, points=f"{got:.1f}", maximum=f"{most:.1f}")
    return f'<p class="{side}"><i></i>{marked(text)}</p>'


def _bar(code: str, row: pd.Series, longest: float, policy: Policy, lang: str) -> str:
    label, most = policy.label("criteria", code, lang), float(row["maximum"])
    wide = 100 * most / longest
    raw = raw_text(row["raw"], str(policy.criteria.at[code, "unit"] or ""), lang)
    unknown = row["kind"] == "unknown"
    fill = "" if unknown else f'<i style="width:{100 * float(row["points"]) / most:.1f}%"></i>'
    if row["kind"] == "partly" and row["high"] - row["low"] > 1e-9:
        left, span = 100 * row["low"] / most, 100 * (row["high"] - row["low"]) / most
        fill += f'<b style="left:{left:.1f}%;width:{span:.1f}%"></b>'
    number = t("compound.unknown", lang) if unknown else f"{float(row['points']):.1f}"
    kind = "uk" if unknown else str(row["side"])
    return (
        f'<div class="br {kind}" title="{safe_text(f"{label} {raw}")}"><span>{safe_text(label)}</span>'
        f'<div><s style="width:{wide * 0.72:.1f}%">{fill}</s><em>{safe_text(number)} / {most:.1f}</em></div></div>'
    )


def items_html(items: pd.DataFrame, costs: pd.Series, lang: str) -> str:
    """Return the items: deficit, quantity, method, unit cost, cost with its range on one scale, status, condition."""
    names = ("item", "deficit", "qty", "method", "unit_cost", "cost", "status", "purse", "condition")
    right = ("deficit", "qty", "unit_cost")
    heads = "".join(f"<th{_right(name in right)}>{safe_text(t(f'compound.item.{name}', lang))}</th>" for name in names)
    most = float(items["cost_high"].max()) if items["cost_high"].notna().any() else 0.0
    rows = "".join(_item_html(row, most, lang) for _, row in items.iterrows())
    total = _total_html(costs, lang)
    return f'<table class="tb it"><thead><tr>{heads}</tr></thead><tbody>{rows}{total}</tbody></table>'


def _right(yes: bool) -> str:
    return ' class="n"' if yes else ""


def _item_html(row: pd.Series, most: float, lang: str) -> str:
    deficit = unknown_html(lang) if pd.isna(row["deficit"]) else f"{100 * float(row['deficit']):.0f}%"
    method = t(f"table.method.{row['method']}", lang)
    kind = {"now": "ok", "blocked": "bad", "verify": "ask"}[str(row["status"])]
    status = chip_html(t(f"compound.status.{row['status']}", lang), kind)
    condition = t("compound.semicolon", lang).join(part for part in (row["condition"], row["reason"]) if part)
    price = "—" if pd.isna(row["unit_cost"]) else f"{float(row['unit_cost']):,.0f}"
    cells = (
        f"<td><b>{safe_text(row['label'])}</b></td>",
        f'<td class="n">{deficit}</td>',
        f'<td class="n">{safe_text(quantity_text(row, lang))}</td>',
        f'<td class="s">{safe_text(method)}</td>',
        f'<td class="n s">{price}</td>',
        f"<td>{_cost_html(row, most)}</td>",
        f"<td>{status}</td>",
        f'<td class="s">{safe_text(policy_word(str(row["purse"]), lang))}</td>',
        f'<td class="s" title="{safe_text(condition)}">{safe_text(shortened(condition, lang))}</td>',
    )
    return f'<tr class="{kind}">{"".join(cells)}</tr>'


def _cost_html(row: pd.Series, most: float) -> str:
    if pd.isna(row["cost"]):
        return '<div class="cr"><s></s><em>—</em></div>'
    low, likely, high = (float(row[name]) for name in ("cost_low", "cost", "cost_high"))
    scale = 100 / most if most > 0 else 0.0
    band = f'<i style="left:{low * scale:.1f}%;width:{max(0.8, (high - low) * scale):.1f}%"></i>'
    tick = f'<b style="left:{likely * scale:.1f}%"></b>'
    return f'<div class="cr"><s>{band}{tick}</s><em><b>{wan(likely)}</b>（{wan(low)}–{wan(high)}）</em></div>'


def _total_html(costs: pd.Series, lang: str) -> str:
    """The sums of what can be spent now and of everything missing: the numbers of the sentence and of the criterion.

    No known item is not no cost: where items are still unknown, a sum of 0 is a dash.
    """
    rows = []
    settled = bool(costs["cost_all_known"])
    for key in ("now", "all"):
        likely, low, high = (float(costs[f"cost_{key}{end}"]) for end in ("", "_low", "_high"))
        money = f"<b>{wan(likely)}</b>（{wan(low)}–{wan(high)}）" if likely or settled else "—"
        label = safe_text(t(f"compound.sum.{key}", lang))
        note = "" if key == "now" or settled else safe_text(t("compound.sum.open", lang))
        head = f'<td colspan="5">{label}</td><td class="rr">{money}</td>'
        rows.append(f'<tr class="tot">{head}<td colspan="3" class="s">{note}</td></tr>')
    return "".join(rows)


def programmes_html(rows: pd.DataFrame, fields: dict[str, str], lang: str) -> str:
    """Return the rules with their answer, what triggered it and what would settle it."""
    heads = "".join(f"<th>{safe_text(t(f'compound.rule.{k}', lang))}</th>" for k in ("rule", "result", "why", "basis"))
    body = "".join(_rule_html(row, fields, lang) for _, row in rows.iterrows())
    return f'<table class="tb pr"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def _rule_html(row: pd.Series, fields: dict[str, str], lang: str) -> str:
    kind = str(row["code"]) if row["code"] in PROGRAMMES and row["result"] == "yes" else "off"
    result = t(f"table.result.{row['result']}", lang)
    ask = fields.get(str(row["code"]), "")
    settle = t("compound.rule.settle", lang, fields=ask) if row["result"] == "unknown" and ask else ""
    why = t("compound.semicolon", lang).join(part for part in (row["triggers"], settle, row["note"]) if part) or "—"
    grade = t(f"compound.grade.{row['grade']}", lang)
    mark = ' class="uk"' if row["result"] == "unknown" else ' class="yes"' if row["result"] == "yes" else ""
    return (
        f"<tr><td>{chip_html(str(row['label']), kind)}</td><td{mark}>{safe_text(result)}</td>"
        f'<td>{safe_text(why)}</td><td class="s" title="{safe_text(row["source"])}">{safe_text(grade)}</td></tr>'
    )


def advice_html(state: str, kind: str, sentence: str) -> str:
    """Return the suggested action and the sentence of a compound."""
    return f'<div class="ad"><b class="cp st-{kind}">{safe_text(state)}</b><span>{safe_text(sentence)}</span></div>'


def band_text(band: str, lang: str) -> str:
    """Return the band of a score in words; empty for none."""
    return t(f"overview.band.{BANDS.index(band)}", lang) if band in BANDS else ""


def levers_html(rows: Sequence[tuple[str, str]], lang: str) -> str:
    """Return what would move the compound (`lever_words.lever_rows`) as a table, each state as a chip."""
    heads = "".join(f'<th scope="col">{safe_text(t(f"lever.head.{k}", lang))}</th>' for k in ("what", "state"))
    labels = [safe_text(look.label) for look in state_classes(lang)]
    chips = {s: f'<b class="cp st-{k}">{label}</b>' for s, k, label in zip(STATES, STATE_KEYS, labels, strict=True)}
    body = "".join(f"<tr><td>{safe_text(what)}</td><td>{chips[state]}</td></tr>" for what, state in rows)
    return f'<table class="tb lv"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def parts_html(parts: Sequence[tuple[str, str]], css: str = "pt2") -> str:
    """Return labelled paragraphs; empty ones are left out."""
    rows = (f"<p>{f'<u>{safe_text(label)}</u>' if label else ''}{safe_text(text)}</p>" for label, text in parts if text)
    return f'<div class="{css}">{"".join(rows)}</div>'


def meetings_html(meetings: pd.DataFrame, lang: str) -> str:
    """Return the last meetings in a line each."""
    if not len(meetings):
        return f'<p class="hint">{safe_text(t("compound.none_meetings", lang))}</p>'
    lines = []
    for _, row in meetings.iterrows():
        date = "" if pd.isna(row["held_on"]) else date_text(pd.Timestamp(row["held_on"]).date(), lang)
        numbers = {name: _count_or_dash(row[f"items_{name}"]) for name in ("raised", "closed")}
        lines.append(t("compound.meeting", lang, date=date, kind=plain(row["kind"]), **numbers))
    return "".join(f'<p class="hint">{safe_text(line)}</p>' for line in lines)


def plain(value: object) -> str:
    """Return a cell as text, a dash for nothing."""
    return "—" if value is None or pd.isna(value) or not str(value) else str(value)


def _count_or_dash(value: object) -> str:
    return "—" if pd.isna(value) else f"{int(float(str(value)))}"


def site_legend(layer: MapLayer, counts: dict[str, int], lang: str) -> str:
    """Return the legend of the map of one compound, with how many of each kind are drawn."""
    this = layer.classes[0]
    entries = [
        f'<span><i style="background:{this.fill};border:2px solid {this.edge}"></i>{safe_text(this.label)}</span>'
    ]
    for kind, style in STYLES.items():
        if counts.get(kind):
            line = "line" if kind == "heat" else "dot" if kind in ("entrances", "fire") else ""
            colour = style["color"] if kind == "heat" else style["fillColor"]
            word = safe_text(t(f"compound.legend.{kind}", lang))
            entries.append(
                f'<span><i class="{line}" style="background:{colour}"></i>{word}<u>{counts[kind]}</u></span>'
            )
    return f'<div class="lg7 site">{"".join(entries)}</div>'
