"""The live map: one adapter around streamlit-folium, the only module that knows it.

Shapes come by address once (web.served); a rerun sends one character per compound. The map lives in a fragment: a pan
or a zoom reruns the fragment only and leaves the bounds in the session; a click on a compound chooses it and reruns
the page. The component's identity hangs on the address of the shapes and the language, so it is never remounted, and
the view never lost, by a change of colours.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import folium
import shapely
import streamlit as st
from streamlit_folium import st_folium

from planner.outputs.map_cards import card_lines
from planner.outputs.map_layers import Paint, PlannerMap, base_map, hash_text, inert, thinned, words
from planner.outputs.shape_editor import ShapeEditor
from planner.text import safe_text, t
from planner.web import links
from planner.web.served import Served
from planner.web.session import Opened


@dataclass(frozen=True, slots=True)
class _Look:
    """What a map keeps for its life: the language, the closest zoom of a box, and whether a click opens a card.

    ``thin``: colours stand on the page and not in the component, whose message then never changes; the legend with
    its counts is drawn by the map itself.
    """

    lang: str
    max_zoom: int
    popup: bool
    thin: bool


HEIGHT = 404
"""Pixels that the component is told; the page's style gives the real height by the size of the screen."""

_DRAW_ZOOM = 19
"""The closest that a compound is shown to draw on it."""
HEAD_START_S = 0.04
"""Seconds in which nothing follows other colours of a page that recolours at every key; a frame of 3,000 takes them."""

_PAD = (8, 8, 156, 8)
"""Pixels left free at the left, top, right (the legend) and bottom of a map that keeps its legend."""

_FIXED = ("looks", "title", "letters")
"""What of a paint message stays while one layer is shown."""

_RETURNED = ("bounds", "last_object_clicked_count", "last_active_drawing")


def show_sentences(served: Served, sentences: Iterable[object]) -> None:
    """Put the sentence of every compound on the page once; the map reads it there when somebody points at one.

    It rides in its own message, which does not change with colours, so Streamlit sends it once per session.
    """
    _keep_lines(served, [safe_text(" ".join(str(text).split())) for text in sentences])


def show_cards(served: Served, opened: Opened, lang: str) -> None:
    """Put everything on the page that tooltip, popup and programme letters need, once like ``show_sentences``."""
    _keep_lines(served, _lines(opened.key, lang, opened))


@st.cache_resource(show_spinner=False, max_entries=8)
def _lines(key: str, lang: str, _opened: Opened) -> list[str]:  # noqa: ARG001  (key is the cache key)
    return card_lines(_opened.assessment, lang)


def _keep_lines(served: Served, lines: Sequence[str]) -> None:
    text = "\n".join(lines)
    st.html(f'<div class="pm-sentences" data-key="{served.name}" data-rev="{hash_text(text)}" hidden>{text}</div>')


def show_paint(served: Served, paint: Mapping[str, Any]) -> None:
    """Put the colours of the map on the page in a message of their own, for pages that recolour at every key.

    The page sends them before anything else; `show_map` without colours, at its own place, then follows them. Other
    colours than before have a head start of HEAD_START_S: what the page sends next would hold up their frame.
    """
    for html in paint_html(served.name, paint):
        st.html(html)
    slot = f"map_rev_{hash_text(served.name)}"
    if st.session_state.get(slot, paint["rev"]) != paint["rev"]:
        time.sleep(HEAD_START_S)
    st.session_state[slot] = paint["rev"]


def show_map(
    served: Served,
    paint: Mapping[str, Any] | None,
    *,
    rows: int,
    lang: str,
    more: folium.MacroElement | None = None,
    max_zoom: int = 17,
    popup: bool = True,
) -> None:
    """Show the map and recolour it by ``paint`` (outputs.map_layers.paint_message, with ``view`` if it must move).

    ``more`` is drawn on top and may change as often as the colours; ``max_zoom`` is the closest that a box is shown.
    ``popup``: a click opens a small card with a link to the page of the compound, besides choosing the compound.
    ``paint`` None: the page keeps the colours itself (`show_paint`; not with ``more``).
    """
    links.follow()
    _fragment(served, paint, rows, _Look(lang, max_zoom, popup, thin=paint is None), more)


def draw_map(
    served: Served, paint: Mapping[str, Any], *, rows: int, kind: str, start: Any, lang: str
) -> object:
    """Show the map with the tools to draw a boundary or a point; return the GeoJSON features that are drawn.

    None while nobody has touched what was there (``start``). The tools stay as they are until ``start`` changes.
    """
    live = _live_map(served, rows, _Look(lang, _DRAW_ZOOM, popup=False, thin=False))
    live.add_child(ShapeEditor(kind, start, lang))
    group = folium.FeatureGroup(name="paint", control=False)
    group.add_child(Paint(dict(paint)))
    mark = hash_text(f"{kind} {lang} {shapely.to_wkb(start, hex=True) if start is not None else ''}")
    answer = st_folium(
        live, key=f"draw-{served.name}-{mark}", height=HEIGHT, use_container_width=True,
        returned_objects=["all_drawings"], feature_group_to_add=group,
    )  # fmt: skip
    return (answer or {}).get("all_drawings")


def seen_view() -> dict[str, Any]:
    """Return what the map showed last: ``bounds`` as streamlit-folium gives them, nothing before the first answer.

    The dict is the session's own and is filled anew at each pan, so a download prepared earlier still sees the present.
    """
    view: dict[str, Any] = st.session_state.setdefault("map_view", {})
    return view


def wants_page(answer: Mapping[str, Any] | None) -> bool:
    """Tell whether the last click was on the link of a popup."""
    drawing = (answer or {}).get("last_active_drawing") or {}
    return bool(drawing.get("properties", {}).get("open"))


def read_click(answer: Mapping[str, Any] | None, seen: object) -> tuple[object, str | None]:
    """Return the mark of the last click and the id of the compound it hit, None when it is the click seen before."""
    count = (answer or {}).get("last_object_clicked_count") or 0
    drawing = (answer or {}).get("last_active_drawing") or {}
    found = drawing.get("properties", {}).get("id")
    if not count or count == seen or found is None:
        return count, None
    return count, str(found)


@st.fragment
def _fragment(
    served: Served, paint: Mapping[str, Any] | None, rows: int, look: _Look, more: folium.MacroElement | None
) -> None:
    group = None
    if paint is not None:
        group = folium.FeatureGroup(name="paint", control=False)
        group.add_child(Paint(paint))
        if more is not None:
            group.add_child(more)
    answer = st_folium(
        _live_map(served, rows, look),
        key=f"map-{served.name}-{look.lang}-{look.max_zoom}",
        height=HEIGHT,
        use_container_width=True,
        returned_objects=list(_RETURNED),
        feature_group_to_add=group,
    )
    _take(answer, served)


def _take(answer: Mapping[str, Any] | None, served: Served) -> None:
    if answer and answer.get("bounds"):
        seen_view()["bounds"] = answer["bounds"]
    slot = f"map_click_{hash_text(served.name)}"
    mark, found = read_click(answer, st.session_state.get(slot))
    st.session_state[slot] = mark
    if found is None:
        return
    if wants_page(answer):
        links.want_compound(found)
    else:
        st.session_state["map_pick"] = found
    st.rerun()


def _live_map(served: Served, rows: int, look: _Look) -> folium.Map:
    live = base_map(box=served.box, rows=rows, height=HEIGHT)
    said = words(look.lang) | {"open": safe_text(t("map.control.open", look.lang))}
    config: dict[str, Any] = {"url": served.url, "key": served.name, "box": served.box, "fill": True, "words": said}
    config |= {"maxZoom": look.max_zoom, "popup": look.popup}
    config |= {"watch": True, "legend": True, "pad": list(_PAD)} if look.thin else {}
    live.add_child(PlannerMap(config))
    return live


def paint_html(key: str, paint: Mapping[str, Any]) -> tuple[str, str]:
    """Return the hidden nodes from which a thin map takes its colours: what changes, and how the classes look.

    The second is the same from change to change and is then sent as a reference. An entity of a text stays one.
    """
    thin = thinned(paint)
    fixed = _json({name: thin.pop(name) for name in _FIXED if name in thin})
    rev = hash_text(fixed)
    heads = (f'pm-paint" data-key="{key}" data-rev="{paint["rev"]}" data-looks="{rev}', f'pm-looks" data-rev="{rev}')
    return f'<div class="{heads[0]}" hidden>{_json(thin)}</div>', f'<div class="{heads[1]}" hidden>{fixed}</div>'


def _json(part: Mapping[str, Any]) -> str:
    return json.dumps(inert(part), ensure_ascii=False, separators=(",", ":")).replace("&", "&amp;")
