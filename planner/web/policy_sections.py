"""The parts of 评分规则 below the trial: curves, settings, what is set aside, and every number with its source."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from planner.decisions.scales import read_scales
from planner.decisions.scoring import SIDES
from planner.decisions.trial import Ground, trial, without_data
from planner.decisions.trial_compare import movers
from planner.decisions.trial_rules import (
    SETTINGS,
    changes,
    check_rules,
    number,
    official_rules,
    points_text,
    sound_policy,
)
from planner.outputs.criterion_values import CriterionValues, criterion_values
from planner.outputs.csv_file import csv_bytes
from planner.outputs.policy_numbers import COLUMNS, found_in, grade_text, policy_numbers
from planner.outputs.policy_words import policy_word
from planner.outputs.trial_layers import movers_table
from planner.policy import Policy, parse_categories, parse_points
from planner.text import safe_file_name, safe_text, t
from planner.web import blocks, compound_blocks, policy_curves, policy_state
from planner.web.session import Opened

_READY = SIDES[1]


def movers_download(opened: Opened, lang: str) -> None:
    """Offer everybody who moves, as last compared, as a CSV made at the click."""
    name = f"{t('policy.movers_file', lang)}_{opened.district.name}_{opened.assessment.as_of:%Y%m%d}"
    held = policy_state.compared()

    def made() -> bytes:
        rows = movers(held["found"])
        return csv_bytes(movers_table(held["found"], opened.district.compounds, rows.index).reset_index())

    st.download_button(
        t("policy.movers_save", lang), made, file_name=safe_file_name(name) + ".csv", mime="text/csv",
        on_click="ignore", key="planner-movers-save", type="tertiary",
    )  # fmt: skip


def _values(ground: Ground, base: Policy) -> dict[str, CriterionValues]:
    """The values of every criterion with the curve as tried; one that cannot be read keeps the official curve."""
    rules = policy_state.rules()
    texts = [_sound(base, str(code), rules.points().get(str(code), "")) for code in base.criteria.index]
    tried = base.criteria.assign(points=texts)
    scales = read_scales(replace(base, criteria=tried))
    return {scale.code: criterion_values(scale, ground.arrays, row) for row, scale in enumerate(scales)}


def _sound(base: Policy, code: str, text: str) -> str:
    read = parse_points if base.criteria.at[code, "kind"] == "curve" else parse_categories
    try:
        read(text)
    except ValueError:
        return str(base.criteria.at[code, "points"])
    return text


def curves(opened: Opened, ground: Ground, lang: str) -> None:
    """Show every curve over the histogram of the real values, and the form that changes one."""
    base = opened.assessment.policy
    values = _values(ground, base)
    changed = set(changes(policy_state.rules(), base).query("column == 'points'")["code"])
    left, right = st.columns([796, 500], gap="small")
    with left, st.container(key="planner-curves", border=True, height="stretch"):
        st.html(
            compound_blocks.card_head(t("policy.curves", lang), t("policy.curves_hint", lang, n=f"{len(ground.raw):,}"))
        )
        st.html(_curve_grid(values, base, changed, lang))
        st.html(_category_table(values, base, lang))
    with right, st.container(key="planner-curve-form", border=True, height="stretch"):
        _curve_form(values, base, lang)


def _curve_grid(values: dict[str, CriterionValues], base: Policy, changed: set[str], lang: str) -> str:
    drawn = []
    for code, own in values.items():
        if own.scale.labels:
            continue
        unit = policy_word(str(base.criteria.at[code, "unit"]), lang)
        title = (
            f"**{base.label('criteria', code, lang)}**（{unit}）"
            if lang == "zh"
            else f"**{base.label('criteria', code, lang)}** ({unit})"
        )
        ready = base.criteria.at[code, "group"] in _READY
        drawn.append(
            policy_curves.curve_html(
                own, title, policy_curves.counts_text(own, lang), ready=ready, changed=code in changed
            )
        )
    return f'<div class="cvs">{"".join(drawn)}</div>'


def _category_table(values: dict[str, CriterionValues], base: Policy, lang: str) -> str:
    heads = [t(f"policy.category.{key}", lang) for key in ("name", "points", "unknown")]
    lines = [
        [base.label("criteria", code, lang), policy_curves.categories_text(own, lang), f"{own.unknown:,}"]
        for code, own in values.items()
        if own.scale.labels
    ]
    return blocks.table_html(heads, lines, numbers_from=2)


def _curve_form(values: dict[str, CriterionValues], base: Policy, lang: str) -> None:
    codes = list(values)
    if st.session_state.get("policy_curve") not in codes:
        st.session_state["policy_curve"] = st.session_state.get("policy_criterion", codes[0])
    st.html(compound_blocks.card_head(t("policy.curve_form", lang), t("policy.curve_form_hint", lang)))
    code = st.selectbox(
        t("policy.curve_pick", lang), codes, key="policy_curve", format_func=lambda c: base.label("criteria", c, lang)
    )
    row, own = base.criteria.loc[code], values[code]
    unit = policy_word(str(row["unit"]), lang)
    chart = policy_curves.edit_chart(own, unit=unit, ready=row["group"] in _READY, lang=lang)
    st.altair_chart(chart, width="stretch", theme=None, key=f"policy-chart-{code}")
    st.html(f'<p class="hint">{safe_text(_evidence(row, own, lang))}</p>')
    with st.form(f"policy-curve-form-{code}-{policy_state.revision()}", border=False):
        typed = st.data_editor(
            _point_frame(own, policy_state.rules().points()[code], str(row["kind"])),
            **_point_editor(own, code, unit, lang),
        )
        if st.form_submit_button(t("policy.curve_apply", lang), type="primary"):
            policy_state.take_points(
                code, points_text(str(row["kind"]), list(typed.itertuples(index=False, name=None)))
            )
            st.rerun()


def _evidence(row: pd.Series, own: CriterionValues, lang: str) -> str:
    parts = [grade_text(str(row["grade"]), lang), t("policy.source", lang, source=row["source"]), str(row["note"])]
    parts.append(policy_curves.counts_text(own, lang))
    return t("policy.stop", lang).join(part for part in parts if part)


def _point_frame(own: CriterionValues, text: str, kind: str) -> pd.DataFrame:
    if kind != "curve":
        return pd.DataFrame({"x": own.scale.labels, "v": own.scale.y})
    pairs = [part.rsplit(":", 1) for part in text.split(";") if part.strip()]
    frame = pd.DataFrame([(p[0], p[1] if len(p) > 1 else "") for p in pairs], columns=["x", "v"])
    return frame.apply(pd.to_numeric, errors="coerce").astype(float)


def _point_editor(own: CriterionValues, code: str, unit: str, lang: str) -> dict[str, Any]:
    category = bool(own.scale.labels)
    first = st.column_config.TextColumn(t("policy.category.name", lang), width=190)
    if not category:
        first = st.column_config.NumberColumn(t("policy.x", lang, unit=unit), width=190, format="%g")
    points = st.column_config.NumberColumn(
        t("policy.points_axis", lang), min_value=0, max_value=100, format="%g", width=110
    )
    return {
        "key": f"policy-points-{code}-{policy_state.revision()}",
        "hide_index": True,
        "num_rows": "fixed" if category else "dynamic",
        "disabled": ["x"] if category else False,
        "row_height": 28,
        "column_config": {"x": first, "v": points},
    }


def settings(opened: Opened, ground: Ground, lang: str) -> None:
    """Show the few settings that a trial may change, and what may be set aside this year."""
    base = opened.assessment.policy
    left, right = st.columns([796, 500], gap="small")
    with left, st.container(key="planner-policy-settings", border=True, height="stretch"):
        st.html(compound_blocks.card_head(t("policy.settings", lang), t("policy.settings_hint", lang)))
        _settings_form(base, lang)
    with right, st.container(key="planner-policy-aside", border=True, height="stretch"):
        _aside(opened, ground, lang)


def _settings_form(base: Policy, lang: str) -> None:
    rules, typed = policy_state.rules(), {}
    with st.form(f"policy-settings-{policy_state.revision()}", border=False):
        columns = st.columns(3)
        for k, (key, (low, high)) in enumerate(SETTINGS.items()):
            with columns[k % 3]:
                typed[key] = st.number_input(
                    t(f"policy.setting.{key}", lang), min_value=low, max_value=high,
                    value=number(rules.settings()[key]),
                    step=0.05 if high <= 1 else 1.0, format="%.2f" if high <= 1 else "%.1f",
                    key=f"policy-{key}-{policy_state.revision()}",
                    help=t("policy.setting.official", lang, value=base.text(key)),
                )  # fmt: skip
        if st.form_submit_button(t("policy.settings_apply", lang)):
            policy_state.take_settings(typed)
            st.rerun()


def _aside(opened: Opened, ground: Ground, lang: str) -> None:
    """Set criteria aside in the trial: offered where nobody has the data, never automatic, with what it does."""
    base, rules = opened.assessment.policy, policy_state.rules()
    empty = without_data(ground, base, rules.profile)
    st.html(compound_blocks.card_head(t("policy.aside", lang), t("policy.aside_hint", lang)))
    weighed = [code for code, text in rules.weights().items() if number(text) > 0 or code in rules.unused]

    def label(code: str) -> str:
        name = base.label("criteria", code, lang)
        return t("policy.aside_empty", lang, name=name) if code in empty else name

    st.session_state["policy_unused"] = [code for code in rules.unused if code in weighed]
    st.pills(
        t("policy.aside_pick", lang), weighed, selection_mode="multi", key="policy_unused", format_func=label,
        on_change=_take_unused,
    )  # fmt: skip
    offered = tuple(code for code in empty if code not in rules.unused)
    if offered:
        st.html(f'<div class="note">{blocks.marked(_offer(opened, ground, offered, lang))}</div>')
        wanted = (*rules.unused, *offered)
        st.button(
            t("policy.aside_take", lang), key="planner-aside-take", on_click=policy_state.take_unused, args=(wanted,)
        )
    elif not empty:
        st.html(f'<p class="hint">{safe_text(t("policy.aside_none", lang))}</p>')
    if rules.unused:
        st.html(f'<p class="hint">{blocks.marked(t("policy.aside_effect", lang))}</p>')


def _offer(opened: Opened, ground: Ground, offered: tuple[str, ...], lang: str) -> str:
    """What setting these criteria aside would do to completeness and to the range of the score, on the mean."""
    base, rules = opened.assessment.policy, policy_state.rules()
    sound = rules if not len(check_rules(rules, base)) else official_rules(base)
    figures: dict[str, str] = {}
    for side, aside in (("old", ()), ("new", offered)):
        tried = replace(sound, profile=rules.profile, unused=tuple(dict.fromkeys((*sound.unused, *aside))))
        scores = trial(opened.assessment, sound_policy(tried, base), ground=ground).scores
        figures[f"full_{side}"] = f"{100 * float(scores['completeness'].mean()):.0f}"
        figures[f"wide_{side}"] = f"{float((scores['score_high'] - scores['score_low']).mean()):.0f}"
    names = t("overview.comma", lang).join(base.label("criteria", code, lang) for code in offered)
    weight = sum(number(rules.weights()[code]) for code in offered)
    return t("policy.aside_offer", lang, names=names, weight=f"{weight:g}", **figures)


def _take_unused() -> None:
    policy_state.take_unused(tuple(st.session_state["policy_unused"]))


@st.fragment
def numbers(opened: Opened, lang: str) -> None:
    """Show every number of the rules with unit, grade and source; searchable."""
    with st.container(key="planner-numbers", border=True):
        rows = policy_numbers(opened.assessment.policy, lang)
        st.html(compound_blocks.card_head(t("policy.numbers", lang), t("policy.numbers_hint", lang, n=len(rows))))
        text = st.text_input(
            t("policy.search", lang),
            key="policy_search",
            placeholder=t("policy.search_hint", lang),
            width=360,
            max_chars=100,
        )
        found = rows[found_in(rows, text)] if text else rows
        config = {name: st.column_config.TextColumn(t(f"policy.number.{name}", lang)) for name in COLUMNS}
        st.dataframe(found, hide_index=True, height=320, row_height=28, column_config=config, width="stretch")
