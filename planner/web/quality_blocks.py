"""Blocks of HTML of 数据核对: cards, completeness, coordinate systems, 三无. Every text goes through ``safe_text``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from planner.decisions.field_labels import FieldLabels
from planner.outputs.completeness_view import Completeness, place_words, places
from planner.outputs.import_note import CrsWords, table_name
from planner.outputs.sanwu_view import ANSWERS
from planner.policy import Policy
from planner.text import safe_text, t
from planner.web.blocks import marked
from planner.web.compound_blocks import chip_html

_VERDICT = {"clear": "ok", "open": "ask", "against": "bad", "none": "ask", "unknown": "off"}
_AGREE = {("yes", "yes"), ("no", "no")}


def card_html(title: str, lines: Sequence[str], kind: str, *, chosen: bool) -> str:
    """Return a card; ``kind`` is a severity (its colour stands at the left) or empty."""
    small = "".join(f'<div class="s">{marked(line)}</div>' for line in lines)
    on = (" on" if chosen else "") + (f" sev-{kind}" if kind else "")
    return f'<div class="cd{on}"><div class="b">{marked(title)}</div>{small}</div>'


def matrix_html(found: Completeness, fields: pd.Index, policy: Policy, lang: str) -> str:
    """Return the completeness by field and 街道: the share known as text on a bar; little is known in pink."""
    labels = policy.fields("compounds")[f"label_{lang}"]
    shares, least = found.share(fields)[places(found)], policy.number("min_completeness")
    heads = [t(f"quality.complete.{name}", lang) for name in ("label", "weight")] + place_words(places(found), lang)
    kinds = ["", "", *(' class="pc"' for _ in shares.columns)]
    top = "".join(f"<th{kind}>{safe_text(head)}</th>" for head, kind in zip(heads, kinds, strict=True))
    codes = found.about.loc[fields, "programmes"].to_numpy(dtype=object)
    asked_by = dict(zip(fields, FieldLabels(policy).of(codes)[lang], strict=True))
    body = []
    for field in fields:
        weight = float(found.about.at[field, "weight"])
        points = t("quality.complete.points", lang, n=f"{weight:g}") if weight else ""
        head = f'<td class="fd">{safe_text(labels[field])}</td>'
        head += f'<td class="wt">{safe_text(points)}<small>{safe_text(asked_by[field])}</small></td>'
        cells = "".join(
            _share_html(shares.at[field, p], least, _of(found, field, str(p), lang)) for p in shares.columns
        )
        body.append(f"<tr>{head}{cells}</tr>")
    return f'<table class="tb mx"><thead><tr>{top}</tr></thead><tbody>{"".join(body)}</tbody></table>'


def _of(found: Completeness, field: str, place: str, lang: str) -> str:
    known, asked = int(found.known.at[field, place]), int(found.asked.at[field, place])
    return t("quality.complete.of", lang, known=known, asked=asked)


def _share_html(share: object, least: float, words: str) -> str:
    if pd.isna(share):
        return f'<td class="pc" title="{safe_text(words)}">—</td>'
    value = float(str(share))
    low = " lo" if value < least else ""
    full = f"background:linear-gradient(90deg,#DFE9F1 {100 * value:.0f}%,#fff 0)"
    return f'<td class="pc{low}" style="{full}" title="{safe_text(words)}">{_percent(value)}</td>'


def _percent(value: float) -> str:
    """Never 100% while something is missing, never 0% while something is known."""
    whole = round(100 * value)
    return f"{min(99, whole) if value < 1 else max(1, whole) if value > 0 else whole}%" if value > 0 else "0%"


def crs_html(words: CrsWords, lang: str) -> str:
    """Return what is known of the coordinate systems: the verdict, what was done, the evidence."""
    chip = chip_html(t(f"quality.crs.state.{words.state}", lang), _VERDICT[words.state])
    out = f'<p class="vd">{chip}{marked(words.verdict)}</p>'
    if words.lines:
        out += '<ul class="ln">' + "".join(f"<li>{safe_text(line)}</li>" for line in words.lines) + "</ul>"
    if words.evidence:
        heads = "".join(f"<th>{safe_text(t(f'quality.crs.{name}', lang))}</th>" for name in ("points", "areas"))
        heads += f'<th class="n">{safe_text(t("quality.crs.agreement", lang))}</th>'
        rows = "".join(
            f'<tr><td>{safe_text(a)}</td><td>{safe_text(b)}</td><td class="n">{share:.1%}</td></tr>'
            for a, b, share in words.evidence[:8]
        )
        out += f'<table class="tb ev"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    return out


def sanwu_html(counts: pd.DataFrame, lang: str) -> str:
    """Return the list against the rule as a table of three by three, with the sums."""
    heads = (
        "".join(f'<th class="n">{safe_text(t(f"quality.sanwu.rule_{answer}", lang))}</th>' for answer in ANSWERS)
        + f'<th class="n">{safe_text(t("quality.sanwu.sum", lang))}</th>'
    )
    body = []
    for said in ANSWERS:
        numbers = {ruled: int(counts.at[said, ruled]) for ruled in ANSWERS}
        cells = "".join(f'<td class="n{_agreement(said, ruled, n)}">{n:,}</td>' for ruled, n in numbers.items())
        total = sum(numbers.values())
        head = safe_text(t(f"quality.sanwu.list_{said}", lang))
        body.append(f'<tr><td>{head}</td>{cells}<td class="n">{total:,}</td></tr>')
    sums = [*(int(counts[ruled].sum()) for ruled in ANSWERS), int(counts.to_numpy().sum())]
    last = "".join(f'<td class="n">{n:,}</td>' for n in sums)
    body.append(f'<tr class="tot"><td>{safe_text(t("quality.sanwu.sum", lang))}</td>{last}</tr>')
    return f'<table class="tb ct"><thead><tr><th></th>{heads}</tr></thead><tbody>{"".join(body)}</tbody></table>'


def sanwu_rows_html(rows: pd.DataFrame, names: Sequence[str], heads: Mapping[str, str]) -> str:
    """Return the compounds of one kind of disagreement, each answer of the rule with the facts behind it."""
    top = "".join(f"<th>{safe_text(heads[name])}</th>" for name in ("compound_id", "name", "street", *names))
    body = []
    for key, row in rows.iterrows():
        cells = "".join(f"<td class='w'>{safe_text(text)}</td>" for text in (key, row["name"], row["street"]))
        for name in names:
            cells += f"<td><b>{safe_text(row[name])}</b><small>{safe_text(row[f'{name}_facts'])}</small></td>"
        body.append(f"<tr>{cells}</tr>")
    return f'<table class="tb sw"><thead><tr>{top}</tr></thead><tbody>{"".join(body)}</tbody></table>'


def _agreement(said: str, ruled: str, n: int) -> str:
    if (said, ruled) in _AGREE:
        return " ag"
    return "" if "unknown" in (said, ruled) or not n else " df"


def columns_html(found: Mapping[str, Sequence[str]], lang: str) -> str:
    """Return the columns that were left out, by table, as tags."""
    parts = []
    for table, columns in found.items():
        head = t("quality.left.columns", lang, table=table_name(table, lang), n=len(columns))
        parts.append(f"<p>{safe_text(head)}</p>" + "".join(f"<span>{safe_text(c)}</span>" for c in columns))
    return f'<div class="tags">{"".join(parts)}</div>'


def examples_html(table: pd.DataFrame, lang: str) -> str:
    """Return the repaired cells by field: how many, and the commonest readings."""
    heads = "".join(f"<th>{safe_text(t(f'quality.left.{name}', lang))}</th>" for name in ("field", "n", "examples"))
    body = []
    for row in table.to_dict("records"):
        shown = [t("quality.left.example", lang, text=a, value=b, n=n) for a, b, n in row["examples"]]
        said = safe_text("；".join(shown))
        body.append(f'<tr><td>{safe_text(row["label"])}</td><td class="n">{row["n"]:,}</td><td>{said}</td></tr>')
    return f'<table class="tb im"><thead><tr>{heads}</tr></thead><tbody>{"".join(body)}</tbody></table>'
