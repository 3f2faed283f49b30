"""The blocks beside the map of one compound: facts, need and readiness with reasons, programmes, items with money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from planner.decisions.field_labels import FieldLabels
from planner.decisions.pipeline import Assessment
from planner.outputs import compound_facts, compound_sheet
from planner.outputs.atlas.money import with_fees
from planner.outputs.compound_words import quantity_text, raw_text, shortened
from planner.outputs.sheet.panel import HAIR, Block, heading
from planner.outputs.sheet.paragraph import paragraph
from planner.outputs.sheet.scene import INK, MUTED, Mark, Shape, Word, line, plain, rectangle
from planner.outputs.sheet.table import Column, Row, fitted, table_block
from planner.text import t, wan

UNKNOWN = "#8F3115"
NEED, NEED_GROUND, READY, READY_GROUND = "#B9632F", "#F3E4D8", "#1D5C8F", "#DFE9F1"
_SHARE = "0-1"
_ENDS = ("", "_low", "_high")


def facts_block(assessment: Assessment, key: str, *, width: float, k: float, lang: str) -> Block:
    """Return the facts with source and date; what nobody knows says so."""
    marks = heading(t("compound.facts", lang), width, k)
    y, left, right = -8.2 * k, 19.0 * k, width - 29.0 * k
    for fact in compound_facts.key_facts(assessment, key, lang):
        value, colour = (fact.value, INK) if fact.value else (t("compound.unknown", lang), UNKNOWN)
        words, tall = paragraph(
            plain(value, 60), (left, y - 0.6 * k), right - left, size=7.1 * k, most=2, colour=colour, role="fact"
        )
        tall += 1.2 * k
        middle = y - tall / 2
        marks += fitted(Word(fact.label, 0, middle, 7.1 * k, colour=MUTED, role="fact label"), (1.5 * k, left - 1 * k))
        source = "　".join(plain(part, 14) for part in (fact.source, fact.date) if part)
        marks += fitted(Word(source, 0, middle, 5.8 * k, colour=MUTED, align="right"), (right + 1 * k, width - 1 * k))
        marks += words
        y -= tall
        marks.append(Shape(line((0, y), (width, y)), 66, "", HAIR, 0.3))
    return Block(marks, -y)


def score_block(assessment: Assessment, key: str, *, width: float, k: float, lang: str) -> Block:
    """Return need and readiness as whole numbers, and for each criterion a bar and the value behind it."""
    marks = heading(t("atlas.score", lang), width, k)
    points = compound_sheet.breakdown(assessment, key)
    longest = float(points["maximum"].max()) if len(points) else 1.0
    y = -8.0 * k
    for side, colour, ground in (("need", NEED, NEED_GROUND), ("readiness", READY, READY_GROUND)):
        own = points[points["side"] == side]
        if not len(own):
            continue
        figure = assessment.scores.at[key, side]
        said = t("compound.unknown", lang) if pd.isna(figure) else f"{float(figure):.0f}"
        words = t(f"atlas.side.{side}", lang, n=said)
        marks.append(Word(words, 1.5 * k, y - 2.4 * k, 7.8 * k, bold=True, colour=colour, role="side"))
        y -= 5.0 * k
        for code, row in own.iterrows():
            look = (colour, ground, longest)
            marks += _bar(assessment, str(code), row, look=look, y=y - 1.9 * k, width=width, k=k, lang=lang)
            y -= 3.9 * k
        y -= 0.8 * k
    return Block(marks, -y)


def _bar(
    assessment: Assessment, code: str, row: pd.Series, *, look: tuple[str, str, float], y: float, width: float,
    k: float, lang: str,
) -> list[Mark]:  # fmt: skip
    colour, ground, longest = look
    policy, left, room = assessment.policy, 29.0 * k, 34.0 * k
    label = Word(policy.label("criteria", code, lang), 0, y, 7.1 * k, role="criterion")
    marks: list[Mark] = [*fitted(label, (1.5 * k, left - 1 * k))]
    whole = room * float(row["maximum"]) / longest
    unknown = row["kind"] == "unknown"
    look_of: dict[str, Any] = {"edge": UNKNOWN, "width": 0.5, "dash": (2.0, 1.5)} if unknown else {"fill": ground}
    marks.append(Shape(rectangle(left, y - 1.1 * k, whole, 2.2 * k), 66, **look_of))
    if not unknown:
        part = whole * float(row["points"]) / max(float(row["maximum"]), 1e-9)
        marks.append(Shape(rectangle(left, y - 1.1 * k, part, 2.2 * k), 66.1, colour, role="bar"))
    raw = _raw(row["raw"], str(policy.criteria.at[code, "unit"] or ""), lang)
    said = Word(plain(raw, 24), 0, y, 7.1 * k, colour=UNKNOWN if unknown else INK, align="right", role="raw")
    return [*marks, *fitted(said, (left + room + 1 * k, width - 1 * k))]


def _raw(value: Any, unit: str, lang: str) -> str:
    """A share as a percentage, everything else with its unit."""
    share = unit == _SHARE and not isinstance(value, str) and not pd.isna(value)
    return f"{100 * float(value):.0f}%" if share else raw_text(value, unit, lang)


def programmes_block(assessment: Assessment, key: str, *, width: float, k: float, lang: str) -> Block:
    """Return the programmes with their answer and what triggers it, then the limits that hold."""
    rows = compound_sheet.programme_rows(assessment, key, lang)
    labels = FieldLabels(assessment.policy).of(rows["missing"].to_numpy(dtype=object))[lang]
    marks = heading(t("compound.programmes", lang), width, k)
    y, middle, why_at = -8.2 * k, 27.0 * k, 38.0 * k
    for (_, row), ask in zip(rows.iterrows(), labels, strict=True):
        settle = t("compound.rule.settle", lang, fields=ask) if row["result"] == "unknown" and ask else ""
        parts = [part for part in (row["triggers"], settle, row["note"]) if part]
        why = shortened(plain(t("compound.semicolon", lang).join(parts), 150), lang, 4) or "—"
        words, tall = paragraph(why, (why_at, y - 0.6 * k), width - why_at - 1 * k, size=6.8 * k, most=2, role="why")
        tall += 1.2 * k
        at = y - tall / 2
        result = str(row["result"])
        colour = UNKNOWN if result == "unknown" else INK if result == "yes" else MUTED
        marks += fitted(Word(str(row["label"]), 0, at, 7.1 * k, colour=colour, bold=result == "yes", role="programme"),
                        (1.5 * k, middle - 1 * k))  # fmt: skip
        said = Word(t(f"table.result.{result}", lang), 0, at, 7.1 * k, colour=colour, bold=result == "yes")
        marks += [*fitted(said, (middle, why_at - 0.5 * k)), *words]
        y -= tall
        marks.append(Shape(line((0, y), (width, y)), 66, "", HAIR, 0.3))
    return Block(marks, -y)


def items_block(assessment: Assessment, key: str, *, width: float, most: int, k: float, lang: str) -> Block:
    """Return the items with quantity, money and state, at most ``most`` rows, then fees, reserve and the sum.

    What can be done now first; the last row counts what found no room.
    """
    rows = compound_sheet.item_rows(assessment, key, lang)
    lines = [_item(row, lang) for _, row in rows.iterrows()]
    sums = _sums(assessment, key, lang)
    keep = max(most - len(sums), 1)
    if len(lines) > keep:
        rest = t("atlas.items.rest", lang, n=len(lines) - keep + 1)
        lines = [*lines[: keep - 1], Row((rest, "", "", "", ""), colour=MUTED, role="item rest")]
    if not lines:
        lines = [Row((t("compound.none_items", lang), "", "", "", ""), colour=MUTED, role="item")]
    heads = ("item", "qty", "cost", "range", "state")
    looks = ((0.0, "left"), (20.0, "right"), (12.5, "right"), (20.0, "right"), (14.5, "left"))
    columns = [Column(t(f"atlas.items.{h}", lang), *look) for h, look in zip(heads, looks, strict=True)]
    return table_block(t("atlas.items", lang), columns, [*lines, *sums], width=width, k=k)


def _item(row: pd.Series, lang: str) -> Row:
    status = str(row["status"])
    money, ends = ("—", "—") if pd.isna(row["cost"]) else (wan(float(row["cost"])), _range(row, "cost"))
    state = plain(row["purse"], 8) if status == "now" else t(f"compound.status.{status}", lang)
    colour = {"now": INK, "blocked": MUTED, "verify": UNKNOWN}[status]
    return Row((plain(row["label"], 20), quantity_text(row, lang), money, ends, state), colour=colour, role="item")


def _range(row: pd.Series, name: str) -> str:
    return f"{wan(float(row[f'{name}_low']))}–{wan(float(row[f'{name}_high']))}"


def _sums(assessment: Assessment, key: str, lang: str) -> list[Row]:
    """What can be done now, the fees and the reserve on it, and all of it; a dash where nothing is known yet."""
    costs = assessment.costs.loc[key]
    if not float(costs["cost_now"]) and not bool(costs["cost_all_known"]):
        return [Row((t("atlas.sum.now", lang), "", "—", "—", ""), bold=True, band=True, role="item sum")]
    works = [float(costs[f"cost_now{end}"]) for end in _ENDS]
    parts = [with_fees(yuan, assessment.policy) for yuan in works]
    names = ("now", "fees", "reserve", "total")
    money = list(zip(*((yuan, *part, yuan + sum(part)) for yuan, part in zip(works, parts, strict=True)), strict=True))
    return [
        Row(
            (t(f"atlas.sum.{name}", lang), "", wan(likely), f"{wan(low)}–{wan(high)}", ""),
            bold=name in ("now", "total"), band=name in ("now", "total"), role="item sum",
        )
        for name, (likely, low, high) in zip(names, money, strict=True)
    ]  # fmt: skip


def history_block(assessment: Assessment, key: str, *, width: float, most: int, k: float, lang: str) -> Block:
    """Return past works, the newest first, at most ``most`` rows."""
    works = compound_sheet.history(assessment, key)
    rows = [_work(assessment, row, lang) for _, row in works.head(most).iterrows()]
    if not rows:
        rows = [Row(("", t("compound.none_history", lang), "", ""), colour=MUTED)]
    heads = ("year", "programme", "status", "cost")
    looks = ((11.0, "left"), (0.0, "left"), (18.0, "left"), (18.0, "right"))
    columns = [Column(t(f"compound.history.{h}", lang), *look) for h, look in zip(heads, looks, strict=True)]
    return table_block(t("atlas.history", lang), columns, rows, width=width, k=k)


def _work(assessment: Assessment, row: pd.Series, lang: str) -> Row:
    code, table = row["programme"], assessment.policy.programmes
    programme = assessment.policy.label("programmes", str(code), lang) if code in table.index else code
    texts = ["" if pd.isna(v) else plain(v, 24) for v in (programme, row["status"])]
    year = "—" if pd.isna(row["year"]) else str(int(row["year"]))
    cost = "—" if pd.isna(row["cost_yuan"]) else wan(float(row["cost_yuan"]))
    return Row((year, *texts, cost), role="history")


def text_block(title: str, parts: Sequence[tuple[str, str]], *, width: float, height: float, k: float) -> Block:
    """Return labelled paragraphs below a heading, shortened to the lines that ``height`` has room for."""
    marks: list[Mark] = heading(title, width, k)
    y, size, step = -8.4 * k, 7.4 * k, 7.4 * k * 0.3528 * 1.45
    told = [(label, text) for label, text in parts if text]
    lines = max(1, int((height + y) / step))
    share = max(2, lines // max(len(told), 1))
    for label, text in told:
        most = min(lines, share + 1 if label == told[0][0] else share)
        if most <= 0:
            break
        head = f"{label}：" if label else ""
        words, tall = paragraph(head + plain(text, 400), (1.5 * k, y), width - 3 * k, size=size, most=most)
        marks += words
        lines -= round(tall / step)
        y -= tall + 1.0 * k
    return Block(marks, -y)
