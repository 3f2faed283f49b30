"""Which theme the map shows and which layers lie on it: a few buttons, a list of all themes, a box of layers.

The choice is the session's own and stands in the address (``?theme=item:ac_unit&layers=roads;heat``), so that a link
shows the same map. What nobody understands says nothing.
"""

from __future__ import annotations

import streamlit as st

from planner.district.district import District
from planner.outputs.map_classes import LAYERS, QUICK, grouped_titles, layer_title
from planner.outputs.map_overlays import AT_FIRST, overlays
from planner.policy import Policy, split_list
from planner.text import safe_text, t

FIRST = next(iter(LAYERS))


def start_theme(key: str, policy: Policy) -> str:
    """Return the theme of the session, at first that of the address; the first theme where these rules lack it."""
    wanted = st.session_state.setdefault(key, st.query_params.get("theme", FIRST))
    if wanted not in _titles(policy.version, "zh", policy):
        st.session_state[key] = wanted = FIRST
    return str(wanted)


def theme_bar(policy: Policy, lang: str, *, key: str, width: int = 162) -> str:
    """Show the buttons and the list of all themes side by side; return the theme that is chosen.

    ``key`` names the choice in the session; both widgets always show it.
    """
    chosen, quick, whole = start_theme(key, policy), f"{key}_quick", f"{key}_all"
    titles = _titles(policy.version, lang, policy)
    st.session_state[quick] = chosen if chosen in QUICK else None
    st.session_state[whole] = chosen
    st.segmented_control(
        t("map.theme_bar.quick", lang), QUICK, format_func=lambda name: layer_title(name, lang), key=quick,
        label_visibility="collapsed", on_change=_take, args=(key, quick),
    )  # fmt: skip
    st.selectbox(
        t("map.theme_bar.all", lang), list(titles), key=whole, width=width, label_visibility="collapsed",
        format_func=titles.__getitem__, placeholder=t("map.theme_bar.all", lang), on_change=_take, args=(key, whole),
    )  # fmt: skip
    _say("theme", "" if chosen == FIRST else chosen)
    return chosen


@st.cache_resource(show_spinner=False, max_entries=8)
def _titles(version: str, lang: str, _policy: Policy) -> dict[str, str]:  # noqa: ARG001  (version is the cache key)
    return grouped_titles(_policy, lang)


def layer_box(district: District, lang: str, *, key: str) -> tuple[str, ...]:
    """Show the box of layers; return the names of those that are on, of the layers that the district has."""
    there = overlays(district)
    st.session_state.setdefault(key, _named())
    widget = f"{key}_box"
    st.session_state[widget] = [name for name in there if name in st.session_state[key]]
    with st.popover(t("map.overlay.title", lang), key="planner-map-layers", disabled=not there):
        st.pills(
            t("map.overlay.choose", lang), there, selection_mode="multi", key=widget, on_change=_take_layers,
            args=(key, widget, there), format_func=lambda name: t(f"map.overlay.{name}", lang),
        )  # fmt: skip
        st.caption(t("map.overlay.hint", lang))
    on = tuple(st.session_state[widget])
    _say("layers", "" if set(on) == set(AT_FIRST) & set(there) else ";".join(on) or "none")
    return on


def show_key(names: tuple[str, ...], lang: str) -> None:
    """Show the key of the layers that are not on at first, as a line under the legend."""
    text = key_html(names, lang)
    if text:
        st.html(text)


def key_html(names: tuple[str, ...], lang: str) -> str:
    """Return the key of the layers that are not on at first; empty without one."""
    gates = [("dot", "#009E73", "gate"), ("dot", "#E69F00", "fire")]
    marks = {"heat": [("line", "#B3401E", "heat")], "entrances": gates}
    entries = [
        f'<span><i class="{css}" style="background:{colour}"></i>{safe_text(t(f"map.overlay.key_{word}", lang))}</span>'
        for name in names
        for css, colour, word in marks.get(name, [])
    ]
    return f'<div class="lgo">{"".join(entries)}</div>' if entries else ""


def _named() -> tuple[str, ...]:
    text = st.query_params.get("layers")
    return AT_FIRST if text is None else split_list(text.replace(",", ";"))


def _take(key: str, widget: str) -> None:
    """A button or the list was used; a second click on a chosen button changes nothing."""
    if st.session_state[widget] is not None:
        st.session_state[key] = st.session_state[widget]


def _take_layers(key: str, widget: str, there: tuple[str, ...]) -> None:
    """Keep what is on, and what this district does not have as it was."""
    others = [name for name in st.session_state[key] if name not in there]
    st.session_state[key] = (*st.session_state[widget], *others)


def _say(parameter: str, value: str) -> None:
    """Bring the address in line with the choice; nothing stands there while it is the first one."""
    if not value:
        st.query_params.pop(parameter, None)
    elif st.query_params.get(parameter) != value:
        st.query_params[parameter] = value
