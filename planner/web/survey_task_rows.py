"""The lines of 该核实哪几个数 as HTML: community, compound, fact by fact with what each could change."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from planner.outputs.task_table import FIELDS, TOGETHER
from planner.text import safe_text, t
from planner.web.blocks import marked


def lead_html(whole: pd.DataFrame, top: int, lang: str) -> str:
    """Return the sentence over the list."""
    rows = whole[whole["list"] == FIELDS]
    key = "task.page.lead" if len(rows) else "task.page.none"
    words = t(key, lang, compounds=rows["compound_id"].nunique(), fields=len(rows), top=top)
    return f'<p class="act">{marked(words)}</p>'


def list_html(rows: pd.DataFrame, lang: str) -> str:
    """Return the list: a heading for each community, a line for each compound, its facts below it."""
    if not len(rows):
        return f'<div class="note">{safe_text(t("task.page.nothing_here", lang))}</div>'
    parts: list[str] = []
    for (street, community), inside in rows.groupby(["street", "community"], sort=False):
        where = " · ".join(part for part in (str(street), str(community)) if part) or t("form.no_community", lang)
        count = t("task.page.count", lang, n=len(inside))
        parts.append(
            f'<tr class="hd2"><td colspan="4"><b>{safe_text(where)}</b> <small>{safe_text(count)}</small></td></tr>'
        )
        for _, own in inside.groupby("compound_id", sort=False):
            parts += _compound(own, lang)
    heads = "".join(f"<th>{safe_text(t(f'task.column.{name}', lang))}</th>" for name in _COLUMNS)
    table = f'<table class="tb tk"><thead><tr>{heads}</tr></thead><tbody>{"".join(parts)}</tbody></table>'
    label = safe_text(t("task.page.list", lang))
    return f'<div class="tkb" tabindex="0" role="region" aria-label="{label}">{table}</div>'


_COLUMNS = ("field", "now", "level", "could")


def _compound(own: pd.DataFrame, lang: str) -> Iterator[str]:
    first = own.iloc[0]
    rank = "" if pd.isna(first["rank"]) else t("task.page.rank", lang, n=int(first["rank"]))
    facts = "　".join(part for part in (str(first["compound_id"]), str(first["state"]), rank) if part)
    name = str(first["name"]) or t("form.no_name", lang)
    yield f'<tr class="g"><td colspan="4"><b>{safe_text(name)}</b> <small>{safe_text(facts)}</small></td></tr>'
    for row in own.itertuples(index=False):
        now = "" if row.list == TOGETHER else f"{row.now}"
        why = "" if row.list == TOGETHER or row.now == row.why else f"<small>{safe_text(row.why)}</small>"
        cells = (
            f'<td class="f">{safe_text(row.field)}</td>',
            f'<td class="m">{safe_text(now)} {why}</td>',
            f"<td>{safe_text(row.level)}</td>",
            f"<td>{safe_text(row.could)}</td>",
        )
        yield f"<tr>{''.join(cells)}</tr>"
