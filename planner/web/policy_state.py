"""What a planner tries on 评分规则: the rules as typed, kept for the session under keys of their own.

Nothing here is read by another page: a trial never changes what the official pages show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from planner.decisions.trial_compare import Comparison
from planner.decisions.trial_rules import (
    POINTS,
    SETTING,
    WEIGHTS,
    TrialRules,
    fitted,
    made_100,
    number,
    official_rules,
    plain,
    set_weight,
    with_cells,
)
from planner.policy import Policy

_HELD, _SHOWN, _REVISION, _OPEN = "policy_held", "policy_shown", "policy_revision", "policy_open"
ROWS = 6
"""Movers shown at first, and again with each wish for more."""


def start(policy: Policy) -> None:
    """Begin with the rules in force, or go on with those of this session, fitted to the policy that is open now."""
    old = held().get("rules")
    rules = fitted(old, policy) if isinstance(old, TrialRules) else official_rules(policy)
    held()["rules"] = rules
    if _SHOWN not in st.session_state or set(st.session_state[_SHOWN].cells) != set(rules.cells):
        _show(rules)
    for key, value in (("policy_rows", ROWS), (_OPEN, ""), ("policy_chosen", "")):
        st.session_state.setdefault(key, value)


def held() -> dict[str, TrialRules]:
    """Return the session's own dict that holds the ``rules``, so that a download prepared earlier sees the present."""
    found: dict[str, TrialRules] = st.session_state.setdefault(_HELD, {})
    return found


def compared() -> dict[str, Comparison]:
    """Return the session's own dict that holds the last comparison as ``found``, for downloads like ``held``."""
    found: dict[str, Comparison] = st.session_state.setdefault("policy_compared", {})
    return found


def rules() -> TrialRules:
    """Return the rules as they are typed now."""
    return held()["rules"]


def shown() -> TrialRules:
    """Return the rules with which the editors were drawn; what is typed since lies in the editors."""
    found: TrialRules = st.session_state[_SHOWN]
    return found


def revision() -> int:
    """Return the number of the present editors: another number, and they are drawn anew without old typing."""
    return int(st.session_state[_REVISION])


def opened_name() -> str:
    """Return the name of the variant that was opened or kept last; empty for none."""
    return str(st.session_state.get(_OPEN, ""))


def put(found: TrialRules, name: str | None = None) -> None:
    """Go on with other rules (a variant, the official ones), in fresh editors."""
    held()["rules"] = found
    st.session_state["policy_rows"] = ROWS
    if name is not None:
        st.session_state[_OPEN] = name
    _show(found)


def name_it(name: str) -> None:
    """Remember under which name the present rules are kept."""
    st.session_state[_OPEN] = name


def take_weights(typed: pd.Series) -> None:
    """Take the weights of the editor (code -> number, missing where blank) over into the rules."""
    now = rules()
    texts = {str(code): "" if pd.isna(value) else plain(float(value)) for code, value in typed.items()}
    put(with_cells(now, WEIGHTS[now.profile], texts))


def take_one_weight(code: str) -> None:
    """The weight of one criterion was set: the others follow in proportion, all make 100 (trial_rules.set_weight)."""
    wanted = st.session_state.get(f"weight-{code}")
    if wanted is not None:
        set_one_weight(code, float(wanted))


def set_one_weight(code: str, weight: float) -> None:
    """Give one criterion this weight; the others follow as in `take_one_weight`, and the field shows this one."""
    put(set_weight(rules(), code, weight))
    st.session_state["policy_criterion"] = code


def follow_weight(code: str) -> None:
    """Let the field of the one weight show what the rules hold for the criterion."""
    st.session_state[f"weight-{code}"] = number(rules().weights().get(code, ""))


def make_100() -> None:
    """Bring all weights in proportion to 100."""
    put(made_100(rules()))


def take_profile() -> None:
    """Another stage: its weights are others."""
    wanted = st.session_state.get("policy_profile")
    if isinstance(wanted, str) and wanted in WEIGHTS:
        put(replace(rules(), profile=wanted))


def take_points(code: str, text: str) -> None:
    """Another curve for one criterion."""
    put(with_cells(rules(), POINTS, {code: text}))


def take_settings(values: Mapping[str, Any]) -> None:
    """Other settings (numbers, None where blank)."""
    texts = {key: "" if value is None else plain(round(float(value), 6)) for key, value in values.items()}
    put(with_cells(rules(), SETTING, texts))


def take_unused(codes: tuple[str, ...]) -> None:
    """Other criteria set aside in the trial."""
    put(replace(rules(), unused=codes))


def more_rows() -> None:
    """Show more of those who move."""
    st.session_state["policy_rows"] += ROWS


def _show(found: TrialRules) -> None:
    st.session_state[_SHOWN] = found
    st.session_state[_REVISION] = int(st.session_state.get(_REVISION, 0)) + 1
