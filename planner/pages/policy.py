"""评分规则: weights, curves and settings as a trial run beside the rules in force; who moves; kept under a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from planner.decisions import trial_compare
from planner.decisions.trial import Ground, Scored, Trial, placed, prepare, scored
from planner.decisions.trial_compare import Comparison, Placed
from planner.decisions.trial_rules import WEIGHTS, TrialRules, changes, check_rules, number, sound_policy, total
from planner.outputs.map_classes import MapLayer
from planner.outputs.map_layers import furnished, paint_message
from planner.outputs.policy_numbers import grade_text
from planner.outputs.trial_layers import TRIAL_LAYERS, movers_table, score_layer, trial_layer
from planner.policy import Policy
from planner.text import safe_text, t
from planner.web import (
    blocks,
    compound_blocks,
    mapview,
    policy_blocks,
    policy_sections,
    policy_state,
    policy_variants,
    trouble,
)
from planner.web.opening import open_or_explain
from planner.web.served import serve_shapes
from planner.web.session import Opened, language

_ROW, _TALL = 28, 356
_SHOWN = 80
_OFFERED, _MORE = 3, 10.0  # while nobody moves: criteria offered to try, and by how much more each would weigh


@dataclass(frozen=True, slots=True)
class _Bench:
    """One run of the trial: the district, the language, the trial, and its comparison."""

    opened: Opened
    lang: str
    trial: Trial
    old: Placed
    found: Comparison
    places: int


def show() -> None:
    """Show the page, or what stands in its way."""
    lang = language()
    opened = open_or_explain(lang)
    if opened is None:
        return
    policy_state.start(opened.assessment.policy)
    ground = _ground(opened.key, policy_state.rules().profile, opened)
    with st.container(key="planner-policy"):
        st.html(_title(opened, lang))
        policy_variants.bar(opened, lang)
        _workbench(opened, lang, ground)
        policy_sections.movers_download(opened, lang)
        policy_sections.curves(opened, ground, lang)
        policy_sections.settings(opened, ground, lang)
        policy_sections.numbers(opened, lang)


@st.cache_resource(show_spinner=False, max_entries=6)
def _ground(key: str, profile: str, _opened: Opened) -> Ground:  # noqa: ARG001  (key is the cache key)
    return prepare(_opened.assessment, profile=profile)


def _title(opened: Opened, lang: str) -> str:
    right = t("policy.against", lang, rules=policy_variants.rules_name(opened.assessment.policy, lang))
    chip = compound_blocks.chip_html(t("policy.trial", lang), "ask")
    return compound_blocks.title_html(t("policy.page", lang), [t("policy.question", lang)], chip, right)


@st.fragment
def _workbench(opened: Opened, lang: str, ground: Ground) -> None:
    """Weights, map, cards and movers: a changed weight reruns these and nothing else."""
    picked = st.session_state.pop("map_pick", "")
    if picked in opened.district.compounds.index:
        st.session_state["policy_chosen"] = picked
    problems = check_rules(policy_state.rules(), opened.assessment.policy, lang)
    bench = _painted(opened, ground, lang, sound=not len(problems))
    st.html(policy_blocks.banner_html(_banner(bench, sound=not len(problems))))
    left, right = st.columns([500, 796], gap="small", border=True)
    with right:
        _map(bench)
    with left:
        _weights(bench, problems)
    _result(bench)


def _painted(opened: Opened, ground: Ground, lang: str, *, sound: bool) -> _Bench:
    """Send the colours before anything else, the scores even before anybody is placed; return the whole trial."""
    run, key = _scored(opened, ground, sound=sound), st.session_state.get("policy_layer") or "score"
    if key == "score":
        _paint(opened, score_layer(run, lang))
    bench = _bench(opened, lang, run)
    if key != "score":
        _paint(opened, trial_layer(key, bench.trial, bench.found, places=bench.places, lang=lang))
    return bench


def _paint(opened: Opened, layer: MapLayer) -> None:
    index, chosen = opened.district.compounds.index, st.session_state["policy_chosen"]
    paint = paint_message(layer, chosen=int(index.get_loc(chosen)) if chosen in index else None)
    mapview.show_paint(serve_shapes(opened), furnished(paint, layer))


def _scored(opened: Opened, ground: Ground, *, sound: bool) -> Scored:
    """Score by the rules as typed; while they are not sound, the last sound ones stay."""
    base, rules = opened.assessment.policy, policy_state.rules()
    held = st.session_state.get("policy_scored")
    if sound:
        found = scored(opened.assessment, sound_policy(rules, base), ground=ground)
    elif held and held[0] == (opened.key, rules.profile):
        found = held[1]
    else:
        found = scored(opened.assessment, base, profile=rules.profile, ground=ground)
    st.session_state["policy_scored"] = ((opened.key, rules.profile), found)
    return found


def _bench(opened: Opened, lang: str, run: Scored) -> _Bench:
    """Place and compare what was scored."""
    base, found, ground = opened.assessment.policy, placed(run), run.ground
    same = st.session_state.get("policy_against") == "same" and found.profile != opened.assessment.profile
    old: Placed = ground.numbers if same else opened.assessment
    places = int(base.number("trial_places"))
    compared = trial_compare.compare(old, found, first=int(base.number("trial_first")), places=places)
    policy_state.compared()["found"] = compared
    return _Bench(opened, lang, found, old, compared, places)


def _banner(bench: _Bench, *, sound: bool) -> str:
    lang, base = bench.lang, bench.opened.assessment.policy
    if not sound:
        return t("policy.banner.wrong", lang)
    n = len(changes(policy_state.rules(), base))
    if not n and bench.trial.profile == bench.opened.assessment.profile:
        return t("policy.banner.same", lang)
    name = policy_state.opened_name()
    said = t("policy.banner.name", lang, name=name) if name else ""
    return t("policy.banner.differs", lang, n=n, version=bench.trial.policy.version) + said


def _weights(bench: _Bench, problems: pd.DataFrame) -> None:
    """The weights beside those in force, one field that changes one of them, the whole table to type in, the cards."""
    base, lang = bench.opened.assessment.policy, bench.lang
    with st.container(key="planner-quick", horizontal=True, vertical_alignment="bottom"):
        _one_weight(base, lang)
        _whole_table(base, lang)
    rules = policy_state.rules()
    sums = total(rules.weights().values())
    profile = t(f"table.profile.{rules.profile}", lang)
    head = (t("policy.weights_hint", lang, profile=profile), t("policy.sum", lang, n=f"{sums:g}"))
    streets = trial_compare.street_moves(bench.found, bench.opened.district.compounds["subdistrict_name"])
    figures = policy_blocks.comparison_figures(bench.found, streets, places=bench.places, lang=lang)
    table = policy_blocks.weights_html(rules, base, lang) + policy_blocks.figures_html(figures)
    st.html(compound_blocks.card_head(t("policy.weights", lang), *head) + table)
    trouble.problem_table(problems, lang)
    if abs(sums - 100) > 1e-9:
        st.button(t("policy.make_100", lang), key="planner-make-100", on_click=policy_state.make_100)


def _one_weight(base: Policy, lang: str) -> None:
    """One weight by one click or key; the others follow in proportion."""
    codes = [str(code) for code in base.criteria.index]
    heaviest = base.criteria[WEIGHTS[policy_state.rules().profile]].idxmax()
    held = st.session_state.get("policy_criterion")
    st.session_state["policy_criterion"] = held if held in codes else str(heaviest)  # at every run, or it is sent again
    code = st.selectbox(
        t("policy.quick", lang), codes, key="policy_criterion", width=176, help=t("policy.quick_hint", lang),
        format_func=lambda code: base.label("criteria", code, lang),
    )  # fmt: skip
    policy_state.follow_weight(code)
    st.number_input(
        t("policy.quick_weight", lang), min_value=0.0, max_value=100.0, step=1.0, format="%.1f", key=f"weight-{code}",
        on_change=policy_state.take_one_weight, args=(code,), width=132,
    )  # fmt: skip


def _whole_table(base: Policy, lang: str) -> None:
    """All weights of the stage to type in, their sum live; taken over by the button."""
    box = st.popover(t("policy.whole", lang), key="planner-whole", on_change="rerun")
    if not box.open:
        return
    with box, st.container(key="planner-whole-body"):
        frame = _weight_frame(base, policy_state.shown(), lang)
        typed = st.data_editor(
            frame,
            key=f"policy-weights-{policy_state.revision()}",
            hide_index=True,
            height=_TALL,
            row_height=_ROW,
            disabled=[name for name in frame.columns if name != "tried"],
            column_config=_weight_columns(lang),
        )
        column = pd.DataFrame(typed)["tried"].set_axis(base.criteria.index)
        st.html(f'<p class="hint">{blocks.marked(t("policy.sum", lang, n=f"{float(column.sum()):g}"))}</p>')
        if st.button(t("policy.apply", lang), key="planner-whole-take", type="primary"):
            policy_state.take_weights(column)
            st.rerun()


def _weight_frame(base: Policy, shown: TrialRules, lang: str) -> pd.DataFrame:
    table, own = base.criteria, f"weight_{shown.profile}"
    typed = pd.to_numeric(pd.Series(shown.weights()).reindex(table.index), errors="coerce")
    return pd.DataFrame(
        {
            "group": [t(f"policy.group.{g}", lang) for g in table["group"]],
            "name": table[f"label_{lang}"].to_list(),
            "official": table[own].to_numpy(dtype=float),
            "tried": typed.to_numpy(dtype=float),
            "grade": [grade_text(g, lang) for g in table["grade"]],
        }
    )


def _weight_columns(lang: str) -> dict[str, Any]:
    def said(name: str) -> str:
        return t(f"policy.column.{name}", lang)

    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "group": text(said("group"), width=48),
        "name": text(said("name"), width=150),
        "official": number(said("official"), width=58, format="%g"),
        "tried": number(said("tried"), width=66, min_value=0, max_value=100, format="%g", help=said("help")),
        "grade": text(said("grade"), width=84),
    }


def _map(bench: _Bench) -> None:
    lang, opened = bench.lang, bench.opened
    st.segmented_control(
        t("policy.layers", lang), list(TRIAL_LAYERS), key="policy_layer", default="score", required=True,
        format_func=lambda key: t(f"policy.layer.{key}", lang), label_visibility="collapsed",
    )  # fmt: skip
    if bench.trial.profile != opened.assessment.profile:
        _against(bench)
    served, rows = serve_shapes(opened), len(opened.district.compounds)
    mapview.show_map(served, None, rows=rows, lang=lang, popup=False)
    st.html(f'<p class="hint">{blocks.marked(_chosen(bench))}</p>')


def _against(bench: _Bench) -> None:
    profiles = {"official": bench.opened.assessment.profile, "same": bench.trial.profile}
    st.segmented_control(
        t("policy.against_label", bench.lang), list(profiles), key="policy_against", default="official", required=True,
        label_visibility="collapsed",
        format_func=lambda k: t(
            "policy.against_profile", bench.lang, profile=t(f"table.profile.{profiles[k]}", bench.lang)
        ),
    )  # fmt: skip


def _chosen(bench: _Bench) -> str:
    """The compound that was clicked: old and new place and score, and why."""
    key, lang = st.session_state["policy_chosen"], bench.lang
    if key not in bench.found.rows.index:
        return t("policy.choose", lang)
    row = movers_table(bench.found, bench.opened.district.compounds, pd.Index([key])).iloc[0]
    told = trial_compare.reasons(bench.old, bench.trial, [key])[0]
    return policy_blocks.chosen_text(key, row, told, bench.trial.policy, lang)


def _result(bench: _Bench) -> None:
    """Who moved as a drawing and as a table: one message, so that a change of a weight stays small."""
    lang, found, rows = bench.lang, bench.found, trial_compare.movers(bench.found)
    if not len(rows):
        _nobody_moves(bench)
        return
    words = {key: t(f"policy.scatter.{key}", lang, n=_SHOWN) for key in ("x", "y", "alt")}
    left = compound_blocks.card_head(t("policy.scatter", lang), t("policy.scatter_hint", lang, n=_SHOWN))
    left += policy_blocks.scatter_html(found, words, _SHOWN)
    head = t("policy.movers_hint", lang, n=found.first), f"**{len(rows):,}**"
    right = compound_blocks.card_head(t("policy.movers", lang), *head) + _movers(bench, rows)
    st.html(policy_blocks.two_cards_html(left, right))
    rest = len(rows) - int(st.session_state["policy_rows"])
    if rest > 0:
        st.button(t("policy.more", lang), key="planner-movers-more", on_click=policy_state.more_rows, type="tertiary")


def _nobody_moves(bench: _Bench) -> None:
    """One line, with a change to try for each of the heaviest criteria."""
    lang, rules = bench.lang, policy_state.rules()
    weights = {code: number(text) for code, text in rules.weights().items() if code not in rules.unused}
    with st.container(key="planner-untouched", horizontal=True, vertical_alignment="center", border=True):
        st.html(f'<p class="hint">{safe_text(t("policy.nobody_moves", lang))}</p>', width="content")
        for code in sorted(weights, key=weights.__getitem__, reverse=True)[:_OFFERED]:
            old, new = weights[code], min(100.0, weights[code] + _MORE)
            name = policy_blocks.short_name(bench.trial.policy, code, lang)
            st.button(
                t("policy.try", lang, name=name, old=f"{old:g}", new=f"{new:g}"), key=f"planner-try-{code}",
                on_click=policy_state.set_one_weight, args=(code, new),
            )  # fmt: skip


def _movers(bench: _Bench, rows: pd.DataFrame) -> str:
    lang, part = bench.lang, rows.index[: int(st.session_state["policy_rows"])]
    table = movers_table(bench.found, bench.opened.district.compounds, part)
    why = trial_compare.reasons(bench.old, bench.trial, list(map(str, part)))
    return policy_blocks.movers_html(table, why, bench.trial.policy, bench.found.first, lang)


if __name__ == "__main__":  # Streamlit runs page files so
    show()
