"""Blocks of HTML of 调查更新: facts of a file, columns, differences, effect. Every text goes through ``safe_text``."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from planner.decisions.effect import Effect
from planner.outputs.survey_view import CompoundDiff
from planner.text import safe_text, t
from planner.web.blocks import marked
from planner.web.compound_blocks import chip_html, unknown_html
from planner.web.policy_blocks import state_word

STEPS = ("upload", "columns", "diff", "effect", "apply")
_CHIPS = {"apply": "ok", "held": "ask", "left": "off"}
_DASH = "—"


def steps_html(now: int, lang: str) -> str:
    """Return the five steps from a file to the ledger; those before ``now`` are done."""
    parts = []
    for number, step in enumerate(STEPS, start=1):
        kind = "done" if number < now else "now" if number == now else "next"
        current = ' aria-current="step"' if number == now else ""
        words = safe_text(t(f"survey.page.step.{step}", lang))
        parts.append(f'<li class="{kind}"{current}><i>{number}</i>{words}</li>')
    return f'<ol class="sstp">{"".join(parts)}</ol>'


def facts_html(facts: Sequence[tuple[str, str, str]]) -> str:
    """Return facts of a file: what, the value, a remark in grey."""
    rows = "".join(
        f"<tr><th>{safe_text(label)}</th><td>{safe_text(value)} <small>{safe_text(note)}</small></td></tr>"
        for label, value, note in facts
    )
    return f'<table class="tb sf"><tbody>{rows}</tbody></table>'


def columns_html(rows: Sequence[tuple[str, str, str, str]], lang: str) -> str:
    """Return the columns of a file: header, what it is taken for ("" = not read), why, how many cells say something."""
    heads = "".join(
        f"<th{kind}>{safe_text(t(f'survey.page.column.{key}', lang))}</th>"
        for key, kind in (("header", ""), ("field", ""), ("how", ""), ("filled", ' class="n"'))
    )
    body = []
    for header, field, how, filled in rows:
        what = f"<b>{safe_text(field)}</b>" if field else chip_html(t("survey.page.not_read", lang), "off")
        body.append(
            f"<tr><td>{safe_text(header)}</td><td>{what}</td><td class='m'>{safe_text(how)}</td>"
            f"<td class='n'>{safe_text(filled)}</td></tr>"
        )
    return f'<table class="tb svc"><thead><tr>{heads}</tr></thead><tbody>{"".join(body)}</tbody></table>'


def figures_html(figures: Sequence[tuple[str, str, str]]) -> str:
    """Return the row of counts: label, number, one line of context."""
    cells = "".join(
        f'<div class="svf"><div class="svl">{safe_text(label)}</div><div class="svv">{safe_text(value)}</div>'
        f'<div class="svs">{safe_text(line)}</div></div>'
        for label, value, line in figures
    )
    return f'<div class="svfs">{cells}</div>'


def diff_html(diffs: Sequence[CompoundDiff], lang: str) -> str:
    """Return the cells that would change or wait, compound by compound: old struck through, new in green."""
    heads = "".join(
        f"<th>{safe_text(t(f'survey.page.diff.{key}', lang))}</th>" for key in ("field", "old", "new", "date", "what")
    )
    body = "".join(_compound(one, lang) for one in diffs)
    return f'<table class="tb df"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def _compound(one: CompoundDiff, lang: str) -> str:
    where = "　".join(part for part in (one.compound_id, one.where, one.order) if part)
    head = f'<tr class="g"><td colspan="5"><b>{safe_text(one.name)}</b> <small>{safe_text(where)}</small></td></tr>'
    return head + "".join(_cell(row, lang) for row in one.cells.to_dict("records"))


def _cell(row: dict[str, object], lang: str) -> str:
    blank, outcome = t("survey.blank", lang), str(row["outcome"])
    goes = outcome == "apply"
    old = unknown_html(lang) if row["old"] == blank else value_html(row["old"], "gone" if goes else "")
    new = unknown_html(lang) if row["new"] == blank else value_html(row["new"], "new" if goes else "")
    chip = chip_html(t(f"survey.page.outcome.{outcome}", lang), _CHIPS.get(outcome, "off"))
    reason = t(f"survey.page.why.{row['why']}", lang) if row["why"] else ""
    why = f"<small>{safe_text(reason)}</small>" if reason else ""
    date = safe_text(row["surveyed_on"] or _DASH)
    kind = ' class="hd2"' if outcome == "held" else ""
    return (
        f"<tr{kind}><td class='f'>{safe_text(row['label'])}</td><td>{old}</td><td>{new}</td>"
        f"<td class='m'>{date}</td><td>{chip}{why}</td></tr>"
    )


def value_html(value: object, kind: str) -> str:
    """Return a value: ``gone`` is struck through, ``new`` is green; long texts are cut with the whole as title."""
    text = str(value)
    short = text if len(text) <= 60 else text[:60] + "……"
    return f'<span class="val {kind}" title="{safe_text(text)}">{safe_text(short)}</span>'


def effect_html(lines: Sequence[str]) -> str:
    """Return the sentences on what moves in the decisions."""
    return '<ul class="eff">' + "".join(f"<li>{marked(line)}</li>" for line in lines) + "</ul>" if lines else ""


def states_html(effect: Effect, lang: str, *, most: int = 12) -> str:
    """Return the compounds whose 办理建议 changes: name, before, after; empty where none does."""
    if not len(effect.states):
        return ""
    rows = [
        (row["name"] or row["compound_id"], state_word(row["before"], lang), state_word(row["after"], lang))
        for row in _records(effect.states.sort_values("listed", ascending=False, kind="stable").head(most))
    ]
    return _moves_html("state", rows, len(effect.states), lang)


def ranks_html(effect: Effect, lang: str, *, most: int = 8) -> str:
    """Return the compounds whose place in the order changes through their own score, the farthest first."""
    moved = effect.ranks[effect.ranks["before"].isna() | effect.ranks["after"].isna() | effect.ranks["moved"].ne(0)]
    if not len(moved):
        return ""
    far = moved["moved"].astype("Float64").abs().fillna(10**6)
    rows = [
        (row["name"] or row["compound_id"], _place(row["before"], lang), _place(row["after"], lang))
        for row in _records(moved.loc[far.sort_values(ascending=False, kind="stable").index[:most]])
    ]
    return _moves_html("rank", rows, len(moved), lang)


def _moves_html(key: str, rows: Sequence[tuple[object, str, str]], count: int, lang: str) -> str:
    head = t(f"survey.page.moves.{key}", lang, n=count)
    body = "".join(
        f"<tr><td>{safe_text(name)}</td><td class='m'>{safe_text(old)}</td><td><b>{safe_text(new)}</b></td></tr>"
        for name, old, new in rows
    )
    rest = f'<tr><td colspan="3" class="m">{safe_text(t("survey.page.rest", lang, n=count - len(rows)))}</td></tr>'
    heads = "".join(f"<th>{safe_text(t(f'survey.page.moves.{part}', lang))}</th>" for part in ("name", "old", "new"))
    tail = rest if count > len(rows) else ""
    return (
        f'<p class="mvh">{marked(head)}</p><table class="tb mv"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}{tail}</tbody></table>"
    )


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def _place(value: object, lang: str) -> str:
    return _DASH if value is None else t("survey.page.place_n", lang, n=int(str(value)))


def log_html(heads: Sequence[str], rows: Sequence[Sequence[str]], *, css: str = "") -> str:
    """Return a table of texts; a cell that is blank shows a dash."""
    top = "".join(f"<th>{safe_text(head)}</th>" for head in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{safe_text(cell) if cell else _DASH}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f'<table class="tb lg {css}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


def problems_html(lines: Sequence[Sequence[str]], lang: str) -> str:
    """Return problems as a table: severity (a chip), row, column, what is wrong, what to do."""
    heads = [t("web.problem.severity", lang), *(t(f"survey.page.problem.{name}", lang) for name in ("row", "column"))]
    heads += [t("web.problem.message", lang), t("web.problem.fix", lang)]
    top = "".join(f"<th>{safe_text(head)}</th>" for head in heads)
    body = []
    for severity, row, column, message, fix in lines:
        chip = chip_html(t(f"web.severity.{severity}", lang), "bad" if severity == "error" else "ask")
        cells = "".join(f"<td>{safe_text(cell) or _DASH}</td>" for cell in (row, column, message, fix))
        body.append(f"<tr><td>{chip}</td>{cells}</tr>")
    return f'<table class="tb lg"><thead><tr>{top}</tr></thead><tbody>{"".join(body)}</tbody></table>'
