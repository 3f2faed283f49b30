"""The field in which one value is typed, by its type in columns.csv; what comes out is the text as written."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import streamlit as st

from planner.policy import Policy, split_list
from planner.store.editing import AS_OF
from planner.text import t

_NUMBERS = ("int", "decimal", "ratio", "area", "money", "year")


def field_box(policy: Policy, field: str, lang: str) -> str:
    """Show the field for a value of this column and return what it says as text; "" while nothing is given."""
    spec = policy.fields("compounds").loc[field]
    kind, key = str(spec["type"]), f"edit_value_{field}"
    label = t("edit.new", lang)
    if kind in ("enum", "enums"):
        return _choice(spec, key, label, lang)
    if kind == "bool":
        words = [t("table.yes"), t("table.no")]
        shown = dict(zip(words, (t("table.yes", lang), t("table.no", lang)), strict=True))
        return st.segmented_control(label, words, key=key, format_func=shown.__getitem__) or ""
    if kind == "date":
        earliest, latest = dt.date(1949, 10, 1), dt.date.today() + dt.timedelta(days=3650)
        day = st.date_input(label, value=None, min_value=earliest, max_value=latest, key=key, width=200)
        return day.isoformat() if isinstance(day, dt.date) else ""
    if kind in _NUMBERS:
        return _number(spec, key, label, lang)
    return st.text_input(label, key=key, max_chars=500)


def limits(spec: pd.Series, *, year: int) -> tuple[float | None, float | None]:
    """Return the hard range of a column, its ends None where there are none; `as_of` is this year."""
    ends = []
    for name in ("hard_min", "hard_max"):
        text = "" if pd.isna(spec[name]) else str(spec[name])
        ends.append(float(year) if text == AS_OF else float(text) if text else None)
    return ends[0], ends[1]


def range_words(spec: pd.Series, lang: str) -> str:
    """Return the hard range and the unit in words; "" where neither is given."""
    low, high = limits(spec, year=dt.date.today().year)
    unit = "" if pd.isna(spec["unit"]) else str(spec["unit"])
    ends = tuple("" if end is None else f"{end:g}" for end in (low, high))
    if all(ends):
        return t("edit.range", lang, low=ends[0], high=ends[1], unit=unit)
    return t("edit.range_low", lang, low=ends[0], unit=unit) if ends[0] else unit


def _choice(spec: pd.Series, key: str, label: str, lang: str) -> str:
    values = list(split_list(str(spec["values"])))
    if spec["type"] == "enums":
        return ";".join(st.multiselect(label, values, key=key, placeholder=t("edit.choose", lang)))
    return st.selectbox(label, values, index=None, key=key, placeholder=t("edit.choose", lang), width=320) or ""


def _number(spec: pd.Series, key: str, label: str, lang: str) -> str:
    """A number inside its hard range; or the words as they were said (约80户, 90年代), read by the rules of a table."""
    hint = range_words(spec, lang)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rough = st.session_state.get(f"{key}_rough", False)
        if rough:
            hint = t("edit.said_hint", lang)
            said = st.text_input(label, key=f"{key}_said", max_chars=60, placeholder=hint, width=260)
        else:
            said = _exact(spec, key, f"{label}（{hint}）" if hint else label)
        st.checkbox(t("edit.rough", lang), key=f"{key}_rough")
    return said


def _exact(spec: pd.Series, key: str, label: str) -> str:
    low, high = limits(spec, year=dt.date.today().year)
    whole = spec["type"] in ("int", "year")
    if whole:
        ends = tuple(None if end is None else int(end) for end in (low, high))
        given = st.number_input(label, value=None, min_value=ends[0], max_value=ends[1], step=1, key=key, width=260)
        return "" if given is None else str(int(given))
    step = 0.01 if spec["type"] == "ratio" else 0.1
    found = st.number_input(
        label, value=None, min_value=low, max_value=high, step=step, format="%g", key=key, width=260
    )
    return "" if found is None else f"{found:g}" if abs(found) < 1e6 else repr(float(found)).removesuffix(".0")
