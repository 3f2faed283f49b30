"""Drawing or correcting the boundary of a compound, or placing its point: on the map, checked, previewed, one batch."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

import shapely
import streamlit as st

from planner.decisions.effect import Effect, effect_on
from planner.district.district import District
from planner.district.drawn_shape import BOUNDARY, POINT, area_of, check_shape, shape_of
from planner.errors import PlannerError, join_problems
from planner.outputs import site_map
from planner.outputs.map_layers import paint_message
from planner.policy import split_list
from planner.store.batches import Signature
from planner.store.cell_values import GEOMETRY
from planner.store.drawing import Drawing, apply_drawing, drawing_changes
from planner.store.editing import SOURCES, current_text
from planner.text import in_language, safe_text, t
from planner.web import mapview, survey_store, trouble, value_edit, value_words, writing
from planner.web.served import serve_shapes
from planner.web.session import Opened
from planner.web.who import who

_OPEN, _CHECKED = "draw_open", "draw_checked"
_USUAL_M = {"宗地": 1.0, "规划红线": 1.0, "影像勾绘": 3.0, "现场": 5.0, "示意框": 30.0}


def button(opened: Opened, compound_id: str, lang: str) -> None:
    """Show the button that opens the drawing, and the dialog once it was pressed."""
    st.button(t("draw.open", lang), key="planner-draw", type="tertiary", on_click=_ask, args=(compound_id,))
    if st.session_state.get(_OPEN) == compound_id:
        dialog = st.dialog(t("draw.title", lang), width="large", on_dismiss=_close)
        dialog(_dialog)(opened, compound_id, lang)


def _ask(compound_id: str) -> None:
    st.session_state[_OPEN] = compound_id
    st.session_state.pop(_CHECKED, None)


def _close() -> None:
    for key in (_OPEN, _CHECKED):
        st.session_state.pop(key, None)


def _dialog(opened: Opened, compound_id: str, lang: str) -> None:
    with st.container(key="planner-drawing"):
        why = writing.why_not(opened, lang)
        if opened.store is None:
            survey_store.without_store(opened, lang)
        elif why:
            st.html(f'<div class="note">{safe_text(why)}</div>')
        else:
            _form(opened, compound_id, lang)


def _form(opened: Opened, compound_id: str, lang: str) -> None:
    present = opened.district.compounds.geometry.loc[compound_id]
    kinds = (BOUNDARY, POINT)
    first = POINT if present is not None and present.geom_type == "Point" else BOUNDARY
    left, right = st.columns([1.5, 1], gap="small")
    with right:
        kind = st.segmented_control(
            t("draw.kind", lang), kinds, default=first, required=True, key=f"draw_kind_{compound_id}",
            format_func=lambda name: t(f"draw.kind.{name}", lang),
        ) or first  # fmt: skip
    with left:
        shape = _drawn(opened, compound_id, kind, present, lang)
    with right:
        _beside(opened, compound_id, kind, shape, lang)


def _drawn(opened: Opened, compound_id: str, kind: str, present: Any, lang: str) -> shapely.Geometry | None:
    """The map; what is drawn on it, the present shape while nobody has touched it."""
    served, index = serve_shapes(opened), opened.district.compounds.index
    layer = site_map.site_layer(opened.district, compound_id, lang)
    paint = paint_message(layer, chosen=int(index.get_loc(compound_id)))
    box = site_map.site_box(opened.district, compound_id) or served.box
    paint["view"] = {"key": f"draw {compound_id}", "box": box, "narrow": True}
    with st.container(key="planner-draw-map"):
        found = mapview.draw_map(served, paint, rows=len(index), kind=kind, start=present, lang=lang)
    return read_drawings(found, present)


def read_drawings(found: object, present: Any) -> shapely.Geometry | None:
    """Return what the map says is drawn: nothing yet is the present shape, an empty list no shape."""
    if not isinstance(found, list):
        return present
    first = found[0] if found else None
    try:
        return shape_of(first if isinstance(first, Mapping) else None)
    except ValueError:
        return None


def _beside(opened: Opened, compound_id: str, kind: str, shape: Any, lang: str) -> None:
    policy, compounds = opened.policy, opened.district.compounds
    hows = list(split_list(str(policy.fields("compounds").at["geom_source", "values"])))
    how = st.selectbox(t("draw.how", lang), hows, index=hows.index("影像勾绘"), key="draw_how")
    accuracy = st.number_input(
        t("draw.accuracy", lang), value=_USUAL_M.get(how, 5.0), min_value=0.1, max_value=1000.0, step=0.5, format="%g",
        key=f"draw_accuracy_{how}",
    )  # fmt: skip
    source = st.segmented_control(
        t("edit.source", lang), list(SOURCES), key="draw_source", format_func=lambda s: t(f"edit.source.{s}", lang)
    )
    day = st.date_input(t("edit.date", lang), value=dt.date.today(), max_value=dt.date.today(), key="draw_date")
    survey_store.ask_writer(lang, key="draw_who")
    present = compounds.geometry.loc[compound_id]
    same = present is not None and shape is not None and present.equals_exact(shape, 1e-9)
    if same or shape is None:
        st.html(f'<p class="hint">{safe_text(t("draw.nothing_yet", lang))}</p>')
        return
    _result(opened, kind, lang, drawing=Drawing(
        compound_id, shape, current_text(writing.store_of(opened), compound_id, GEOMETRY), how, accuracy,
        source or "", day if isinstance(day, dt.date) else dt.date.today(),
    ))  # fmt: skip


def _result(opened: Opened, kind: str, lang: str, *, drawing: Drawing) -> None:
    compounds = opened.district.compounds
    found = check_shape(drawing.shape, kind, compounds, drawing.compound_id, policy=opened.policy)
    problems = join_problems([found, drawing_changes(drawing, opened.policy)[1]])
    if drawing.source not in SOURCES:
        problems = join_problems([problems, value_edit.no_source(drawing.source)])
    st.html(_size_html(compounds.geometry.loc[drawing.compound_id], drawing.shape, compounds.crs, lang))
    trouble.problem_table(problems[problems["severity"] != "info"], lang)
    if (problems["severity"] == "error").any():
        return
    mark = f"{drawing.compound_id} {shapely.to_wkb(drawing.shape, hex=True)}"
    if st.button(t("edit.preview", lang), key="planner-draw-preview"):
        st.session_state[_CHECKED] = (mark, _effect(opened, drawing))
    checked = st.session_state.get(_CHECKED)
    if checked and checked[0] == mark:
        st.html(value_words.effect_html(checked[1], opened.policy, lang))
        if st.button(t("edit.save", lang), key="planner-draw-save", type="primary"):
            _save(opened, drawing, kind, lang)


def _size_html(old: Any, new: shapely.Geometry, crs: Any, lang: str) -> str:
    if new.geom_type == "Point":
        words = t("draw.point_at", lang, lon=f"{new.x:.6f}", lat=f"{new.y:.6f}")
        gone = t("draw.replaces", lang) if old is not None and old.geom_type != "Point" else ""
        return f'<p class="hint"><b>{safe_text(words)}</b> {safe_text(gone)}</p>'
    none = t("draw.area_none", lang)
    before = none if old is None or old.geom_type == "Point" else f"{area_of(old, crs):,.0f}"
    after = f"{area_of(new, crs):,.0f}" if new.is_valid else "—"
    return f'<p class="hint"><b>{safe_text(t("draw.area", lang, old=before, new=after))}</b></p>'


def _effect(opened: Opened, drawing: Drawing) -> Effect:
    return effect_on(opened.assessment, with_shape(opened.district, drawing.compound_id, drawing.shape))


def with_shape(district: District, compound_id: str, shape: shapely.Geometry) -> District:
    """Return the district with another shape of one compound; the input is not changed."""
    compounds = district.compounds.copy()
    shapes = compounds.geometry.copy()
    shapes.loc[compound_id] = shape
    return dataclasses.replace(district, compounds=compounds.set_geometry(shapes))


def _save(opened: Opened, drawing: Drawing, kind: str, lang: str) -> None:
    if not who():
        trouble.error_bar(t("writing.nobody", lang))
        return
    try:
        store = writing.store_of(opened)
        receipt = apply_drawing(store, opened.policy, drawing, Signature(who(), dt.datetime.now(dt.UTC)))
    except PlannerError as error:
        trouble.error_bar(in_language(error.args[0], lang))
        trouble.problem_table(error.problems, lang)
        return
    held = len(receipt.held) > 0
    words = t("edit.held", lang, field=t("draw.title", lang)) if held else ""
    value_edit.done(drawing.compound_id, words or t(f"draw.saved_{kind}", lang, batch=receipt.batch), receipt.batch)
    _close()
    st.rerun()
