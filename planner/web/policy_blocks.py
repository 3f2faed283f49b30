"""Blocks of HTML for 评分规则: banner, cards, who moved. Every text goes through ``safe_text``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.decisions.order import DATA_BLOCK, MAIN_BLOCK
from planner.decisions.states import STATES, VERIFY_KINDS
from planner.decisions.trial_compare import Comparison
from planner.decisions.trial_rules import TrialRules, number, official_rules
from planner.outputs.map_classes import STATE_KEYS
from planner.outputs.policy_numbers import grade_text
from planner.policy import Policy
from planner.text import safe_text, t
from planner.web.blocks import marked

MINUS = "−"
_WORDS: Mapping[str, str] = {
    MAIN_BLOCK: "policy.block.main",
    DATA_BLOCK: "policy.block.data",
    **{state: f"map.state.{key}" for state, key in zip(STATES, STATE_KEYS, strict=True)},
    **{kind: f"overview.verify.{k}" for k, kind in enumerate(VERIFY_KINDS)},
}
"""Where the words of a state, a block or a kind of 待核实 stand in text.csv."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One card: what is counted, the number, one line of context."""

    label: str
    value: str
    line: str


def banner_html(words: str) -> str:
    """Return the bar that says that this is a trial."""
    return f'<div class="trial" role="note">{marked(words)}</div>'


def weights_html(rules: TrialRules, base: Policy, lang: str) -> str:
    """Return the weights of the stage as a table: in force as a bar, tried, the difference, the grade of evidence.

    Criteria that weigh nothing in both are counted in one line.
    """
    official, table = official_rules(base).weights(rules.profile), base.criteria
    tried = rules.weights()
    weighed = [c for c in tried if number(official[c]) > 0 or tried[c] != official[c] or c in rules.unused]
    heads = "".join(
        f"<th>{safe_text(t(f'policy.column.{k}', lang))}" for k in ("name", "official", "tried", "change", "grade")
    )
    most = max([number(official[c]) for c in weighed] or [1.0]) or 1.0
    body = "".join(_weight_row(c, (official[c], tried[c]), most, table, c in rules.unused, lang) for c in weighed)
    rest = len(tried) - len(weighed)
    letters = dict.fromkeys(table.loc[weighed, "grade"])
    note = t("policy.grades", lang, grades=t("overview.comma", lang).join(grade_text(g, lang) for g in letters))
    note += t("policy.weightless", lang, n=rest) if rest else ""
    return f'<table class="tb wt"><tr>{heads}{body}</table><p class="hint">{safe_text(note)}</p>'


def _weight_row(code: str, pair: tuple[str, str], most: float, table: pd.DataFrame, aside: bool, lang: str) -> str:
    old, new = (number(text) for text in pair)
    change = signed(new - old, 1).removesuffix(".0") if abs(new - old) > 1e-9 else ""
    name = safe_text(table.at[code, f"label_{lang}"]) + (
        f" <small>{safe_text(t('policy.aside', lang))}</small>" if aside else ""
    )
    bar = f'<s style="width:{70 * old / most:.0f}px"></s>{old:g}'
    return f"<tr><td>{name}<td>{bar}<td><b>{safe_text(pair[1])}</b><td>{change}<td>{table.at[code, 'grade']}"


def figures_html(figures: Sequence[Figure]) -> str:
    """Return the cards in one row."""
    cards = "".join(
        f"<div><u>{safe_text(f.label)}</u><b>{safe_text(f.value)}</b><s>{safe_text(f.line)}</s></div>" for f in figures
    )
    return f'<div class="fg">{cards}</div>'


def signed(value: float, digits: int = 0) -> str:
    """Return a difference with its sign, a true minus for less."""
    text = f"{value:+.{digits}f}"
    return text.replace("-", MINUS)


def comparison_figures(found: Comparison, streets: pd.Series, *, places: int, lang: str) -> list[Figure]:
    """Return the cards of a comparison: who moves, first places, agreement, states, sub-districts."""
    n = {key: f"{value:,.0f}" for key, value in found.counts.items() if key != "correlation"}
    other = f"{found.counts['verify_moves'] + found.counts['block_moves']:,.0f}"
    agreement = found.counts["correlation"]
    lines = {
        "moved": t("policy.card.moved_line", lang, up=n["up"], down=n["down"]),
        "first": t("policy.card.first_line", lang, n=n["leaves"]),
        "states": t("policy.card.states_line", lang, n=other),
    }
    best = str(streets.index[0]) if len(streets) and streets.iloc[0] > 0 else "—"
    rest = t("policy.card.street_none", lang)
    if best != "—":
        rest = t("policy.card.street_line", lang, n=f"{streets.iloc[0]:.1f}")
    return [
        Figure(t("policy.card.moved", lang, n=places), n["moved_far"], lines["moved"]),
        Figure(t("policy.card.first", lang, n=found.first), n["enters"], lines["first"]),
        Figure(
            t("policy.card.same", lang),
            "—" if np.isnan(agreement) else f"{agreement:.3f}",
            t("policy.card.same_line", lang),
        ),
        Figure(t("policy.card.states", lang), n["state_moves"], lines["states"]),
        Figure(t("policy.card.street", lang), best, rest),
    ]


def movers_html(
    rows: pd.DataFrame, why: Sequence[Sequence[tuple[str, float]]], policy: Policy, first: int, lang: str
) -> str:
    """Return those who move as a compact table; ``rows`` is `movers_table`, ``why`` `trial_compare.reasons` of it."""
    heads = [
        t(f"policy.mover.{key}", lang, n=first) for key in ("name", "place", "move", "score", "first", "state", "why")
    ]
    top = "".join(f"<th>{safe_text(head)}" for head in heads)
    body = "".join(
        _mover(str(key), row, told, policy, lang) for (key, row), told in zip(rows.iterrows(), why, strict=True)
    )
    return f'<table class="tb mv"><tr>{top}{body}</table>'


def _mover(key: str, row: pd.Series, told: Sequence[tuple[str, float]], policy: Policy, lang: str) -> str:
    name = key if pd.isna(row["name"]) else str(row["name"])
    place = "" if pd.isna(row["community"]) else str(row["community"]).removesuffix("社区").removesuffix("居委会")
    cells = [
        f"<b>{safe_text(name)}</b> <small>{safe_text(place)}</small>",
        f"{_place(row['rank_old'])}→{_place(row['rank_new'])}",
        _move(row["move"], lang),
        f"{_score(row['score_old'])}→{_score(row['score_new'])}",
        _edge(row, lang),
        safe_text(_state_words(row, lang)),
        safe_text(t("overview.comma", lang).join(f"{short_name(policy, c, lang)} {signed(d, 1)}" for c, d in told)),
    ]
    return "<tr>" + "".join(f"<td>{cell}" for cell in cells)


def chosen_text(key: str, row: pd.Series, told: Sequence[tuple[str, float]], policy: Policy, lang: str) -> str:
    """Return one line about a compound, a row of `movers_table`, with **bold** parts: places, scores, state, why."""
    name = key if pd.isna(row["name"]) else str(row["name"])
    parts = {
        "name": name,
        "rank_old": _place(row["rank_old"]),
        "rank_new": _place(row["rank_new"]),
        "score_old": _score(row["score_old"]),
        "score_new": _score(row["score_new"]),
        "state": state_word(row["state_new"], lang),
    }
    why = t("overview.comma", lang).join(f"{short_name(policy, c, lang)} {signed(d, 1)}" for c, d in told)
    return t("policy.chosen", lang, **parts) + (t("policy.chosen_why", lang, why=why) if why else "")


def short_name(policy: Policy, code: str, lang: str) -> str:
    """Return the label of a criterion without what stands in brackets."""
    return re.sub(r"\s*[（(].*[）)]", "", policy.label("criteria", code, lang))


def _place(value: object) -> str:
    return "—" if pd.isna(value) else str(value)


def _score(value: object) -> str:
    return "—" if pd.isna(value) else f"{float(str(value)):.1f}"


def _move(value: object, lang: str) -> str:
    if pd.isna(value) or not int(str(value)):
        return "—"
    n = int(str(value))
    kind, word = ("up", "policy.up") if n > 0 else ("dn", "policy.down")
    return f'<i class="{kind}">{safe_text(t(word, lang, n=abs(n)))}</i>'


def _edge(row: pd.Series, lang: str) -> str:
    if row["enters"]:
        return f'<span class="cp cp-H">{safe_text(t("policy.enters", lang))}</span>'
    return f'<span class="cp cp-bad">{safe_text(t("policy.leaves", lang))}</span>' if row["leaves"] else "—"


def _state_words(row: pd.Series, lang: str) -> str:
    """What changed beside the place: the state, the kind of 待核实, or the block of the order."""
    for name in ("state", "block", "verify"):
        if row[f"{name}_moves"]:
            old, new = (state_word(row[f"{name}_{side}"], lang) for side in ("old", "new"))
            return f"{old}→{new}"
    return "—"


def state_word(value: object, lang: str) -> str:
    """Return a state, kind or block in the language; — for none."""
    if pd.isna(value) or not value:
        return "—"
    return t(_WORDS[str(value)], lang)


def two_cards_html(left: str, right: str) -> str:
    """Return two cards side by side, as wide as the columns above them."""
    return f'<div class="tc"><div>{left}</div><div>{right}</div></div>'


def scatter_html(found: Comparison, words: Mapping[str, str], most: int = 80) -> str:
    """Return old place against new place of the first ``most`` as a small drawing; who enters or leaves is larger.

    ``words``: x, y (axes) and alt (what a reader hears). Dots of one kind are one path, to keep the message small.
    """
    rows = found.rows
    a, b = (rows[f"rank_{side}"].to_numpy(dtype=float, na_value=np.nan) for side in ("old", "new"))
    seen = (a <= most) & (b <= most)
    edge = (rows["enters"] | rows["leaves"]).to_numpy(dtype=bool)
    dots = [_dots(a[seen & kind], b[seen & kind]) for kind in (~edge, edge)]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 {most + 2} {most + 2}" fill="none"'
        f' stroke-linecap="round"><path d="M0 0l{most} {most}M{found.first} 0v{most}M0 {found.first}h{most}"'
        f' stroke="%239AA5B1" stroke-width=".3"/><path d="{dots[0]}" stroke="%237FA6C4" stroke-width="1.7"/>'
        f'<path d="{dots[1]}" stroke="%23B3401E" stroke-width="2.3"/></svg>'
    )
    code = svg.replace('"', "'").replace("<", "%3C").replace(">", "%3E")
    ticks = "".join(f"<s>{n}</s>" for n in range(0, most + 1, most // 4))
    return (
        f'<div class="sct"><u>{safe_text(words["y"])}</u><div class="ty">{ticks}</div>'
        f'<img alt="{safe_text(words["alt"])}" src="data:image/svg+xml,{code}"><div class="tx">{ticks}</div>'
        f"<em>{safe_text(words['x'])}</em></div>"
    )


def _dots(x: np.ndarray, y: np.ndarray) -> str:
    """Dots as one path, each from the last by whole places: about seven signs a dot."""
    order = np.argsort(x, kind="stable")
    steps = np.diff(np.column_stack([x[order], y[order]]), axis=0, prepend=[[0, 0]]).astype(int)
    return "".join(f"m{p} {q}h0" for p, q in steps.tolist())
