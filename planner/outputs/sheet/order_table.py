"""The list on the sheet: by street in administrative order, inside it in suggested order, with sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from planner.decisions.pipeline import Assessment
from planner.decisions.states import READY
from planner.district.district import District
from planner.outputs.map_classes import ITEM, PROGRAMME, PROGRAMMES, held_programmes
from planner.outputs.sheet.compounds import Drawn
from planner.outputs.sheet.panel import Block
from planner.outputs.sheet.scene import MUTED, RED, plain
from planner.outputs.sheet.streets import street_masks
from planner.outputs.sheet.table import Column, Row, capacity, table_block
from planner.text import t, wan


@dataclass(frozen=True, slots=True)
class Order:
    """The list: its title, and one row per compound in suggested order.

    rows: index compound_id; street, rank (text), name, households (Int64), what (programmes or quantity), yuan
    (missing where nobody knows), safety (bool). ``decided``: all of it belongs on the sheet; else it is only the
    beginning of the suggested order.
    """

    title: str
    rows: pd.DataFrame
    streets: tuple[str, ...]
    lang: str
    decided: bool = True


def order_of(district: District, assessment: Assessment, drawn: Drawn) -> Order:
    """Return the list that belongs to a theme, of the shown compounds.

    A programme lists where it is 符合, an item where it lacks; every other theme lists what is 可列入, or the
    suggested order where nothing is.
    """
    lang, key = drawn.lang, drawn.layer.key
    ranking = assessment.ranking.set_index("compound_id")
    ranking = ranking[ranking.index.isin(district.compounds.index[drawn.shown])]
    if key.startswith(ITEM):
        title, chosen = _lacking(assessment, key.removeprefix(ITEM), ranking, lang)
    else:
        title, chosen = _chosen(assessment, key, ranking, lang)
    compounds = district.compounds.loc[chosen.index]
    streets = pd.Series("", index=district.compounds.index, dtype=object)
    masks = street_masks(district, lang)
    for name, mask in masks:
        streets[mask] = name
    rows = chosen.assign(
        street=streets.loc[chosen.index],
        rank=ranking.loc[chosen.index, "rank"].astype("Int64").astype("string").fillna("—"),
        name=compounds["name"].fillna(compounds.index.to_series()),
        households=compounds["households"],
        safety=assessment.states["safety"].reindex(chosen.index).fillna(False).astype(bool),
    )
    decided = title != t("sheet.order.rank", lang)
    return Order(title, rows, tuple(name for name, _ in masks), lang, decided)


def _chosen(assessment: Assessment, key: str, ranking: pd.DataFrame, lang: str) -> tuple[str, pd.DataFrame]:
    ready = ranking[ranking["state"] == READY]
    if key.startswith(PROGRAMME):
        code = key.removeprefix(PROGRAMME)
        rows = assessment.programmes
        held = rows.loc[(rows["code"] == code) & (rows["result"] == "yes"), "compound_id"]
        found, title = ranking[ranking.index.isin(held)], t("sheet.order.rule", lang)
    elif len(ready):
        found, title = ready, t("sheet.order.ready", lang)
    else:
        found, title = ranking[ranking["rank"].notna()], t("sheet.order.rank", lang)
    held_by = held_programmes(assessment).loc[found.index]
    letters = [t(f"map.glyph.{code}", lang) for code in PROGRAMMES]
    what = ["".join(w for w, has in zip(letters, row, strict=True) if has) for row in held_by.to_numpy()]
    known = assessment.costs["cost_all_known"].reindex(found.index).fillna(False) | (found["cost_now"] > 0)
    return title, pd.DataFrame({"what": what, "yuan": found["cost_now"].astype("Float64").where(known)}, found.index)


def _lacking(
    assessment: Assessment, code: str, ranking: pd.DataFrame, lang: str
) -> tuple[str, pd.DataFrame]:  # fmt: skip
    own = assessment.items[assessment.items["item"] == code].set_index("compound_id")
    own = own[own["qty"].notna() & (own["qty"] > 0).fillna(False)]
    own = own.reindex(ranking.index[ranking.index.isin(own.index)])
    what = [f"{float(qty):,.0f}{unit}" for qty, unit in zip(own["qty"], own["unit"], strict=True)]
    return t("sheet.order.item", lang), pd.DataFrame({"what": what, "yuan": own["cost"].astype("Float64")}, own.index)


def order_blocks(
    order: Order, room: Sequence[float], *, width: float, k: float
) -> tuple[list[Block], bool]:  # fmt: skip
    """Return the list as one block for every column of ``room`` millimetres, and whether all of it is there.

    What does not fit is the end of the suggested order; the sums stay those of all.
    """
    places = [capacity(height, k, title=n == 0) for n, height in enumerate(room)]
    lines, whole = _lines(order, sum(places))
    blocks = []
    for n, most in enumerate(places):
        part, lines = lines[:most], lines[most:]
        if part or not n:
            key = "sheet.order.title" if len(order.streets) > 1 else "sheet.order.title_whole"
            title = t(key, order.lang, what=order.title, n=len(order.rows)) if not n else ""
            blocks.append(table_block(title, _columns(order.lang), part, width=width, k=k))
    return blocks, whole


def _columns(lang: str) -> tuple[Column, ...]:
    words = (t(f"sheet.order.{name}", lang) for name in ("no", "name", "households", "what", "cost"))
    looks = ((8.0, "right"), (0.0, "left"), (11.0, "right"), (12.5, "left"), (14.0, "right"))
    return tuple(Column(word, *look) for word, look in zip(words, looks, strict=True))


def _lines(order: Order, most: int) -> tuple[list[Row], bool]:
    """The rows of the table in its order, at most ``most``: fewer compounds where they and the streets do not fit."""
    if not len(order.rows):
        return [Row(("", t("sheet.order.none", order.lang), "", "", ""), colour=MUTED)], True
    heads = order.rows["street"].ne(order.rows["street"].shift()).cumsum()
    kept = len(order.rows)
    named = len(order.streets) > 1
    while kept > 1 and kept + named * order.rows["street"].iloc[:kept].nunique() + 1 + (kept < len(heads)) > most:
        kept -= 1
    shown, lines = order.rows.iloc[:kept], []
    for street in order.streets if named else ("",):
        own, here = (rows[rows["street"] == street] if named else rows for rows in (order.rows, shown))
        if len(here):
            lines += [_sum(street, own, order.lang)] if named else []
            lines += [_line(row) for row in here.itertuples()]
    lines.append(_sum(t("sheet.total", order.lang), order.rows, order.lang))
    if kept < len(order.rows):
        key = "sheet.order.rest" if order.decided else "sheet.order.rest_list"
        rest = t(key, order.lang, n=len(order.rows) - kept)
        lines.append(Row(("", rest, "", "", ""), colour=MUTED, role="rest"))
    return lines, kept == len(order.rows)


def _line(row: object) -> Row:
    rank, name, households, what, yuan, safety = (
        getattr(row, field) for field in ("rank", "name", "households", "what", "yuan", "safety")
    )
    cells = (str(rank), plain(name, 20), _count(households), plain(what, 12), "—" if pd.isna(yuan) else wan(yuan))
    line = Row(cells, role="order")
    return replace(line, colour=RED) if safety else line


def _sum(name: str, rows: pd.DataFrame, lang: str) -> Row:
    count = t("sheet.order.count", lang, n=len(rows))
    cells = ("", f"{plain(name, 10)}　{count}", sum_text(rows["households"], 0), "", sum_text(rows["yuan"], 2))
    return Row(cells, bold=True, band=True, role="order sum")


def sum_text(values: pd.Series, decimals: int) -> str:
    """Return the sum, ``≥`` before it where some values are unknown, a dash where all are; yuan as 万元."""
    if not values.notna().any():
        return "—"
    total = float(values.sum())
    words = wan(total, decimals) if decimals else f"{total:,.0f}"
    return f"≥{words}" if values.isna().any() else words


def _count(value: object) -> str:
    return "—" if pd.isna(value) else f"{float(str(value)):,.0f}"
