"""总览: one sentence, what must be cured at once, six cards that filter, the map and the list in suggested order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from planner.decisions.pipeline import Assessment
from planner.decisions.states import STATES
from planner.decisions.summary import criteria_without_data, headline, streets
from planner.decisions.summary_text import STREET_COLUMNS
from planner.outputs.map_classes import STATE_KEYS, map_layer
from planner.outputs.map_data import drawn
from planner.outputs.map_html import facts, map_page
from planner.outputs.map_layers import CANVAS_FROM, furnished, paint_message
from planner.text import render_problems, safe_file_name, safe_text, t
from planner.web import blocks, choices, links, mapview, plan_state, rows
from planner.web.component import RANK_LIST
from planner.web.opening import open_or_explain
from planner.web.served import serve_shapes
from planner.web.session import Opened, language
from planner.web.snapshot import snapshot_button
from planner.web.theme_bar import layer_box, show_key, theme_bar

Mask = npt.NDArray[np.bool_]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_STREET_COLUMNS = (
    "compounds",
    "ready",
    "ready_A",
    "ready_M",
    "ready_E",
    "total",
    "custodian_first",
    "verify",
    "no_service",
)
_WIDTHS = (1.02, 1.14, 1.13, 0.86, 1.2, 0.95)


@dataclass(frozen=True, slots=True)
class _View:
    """One run of the page: the district, the language, what is chosen, and which rows are shown (row order)."""

    opened: Opened
    lang: str
    street: Mask
    shown: Mask
    figures: Mapping[str, Any]


def show() -> None:
    """Show the page, the steps of the import, or what is wrong with the district."""
    lang = language()
    opened = open_or_explain(lang)
    if opened is None:
        return
    choices.start()
    _show_district(opened, lang)


def _show_district(opened: Opened, lang: str) -> None:
    with st.container(key="planner-overview"):
        street = _header(opened, lang)
        view = _view(opened, lang, street)
        _take_pick(view)
        st.html(blocks.sentence_html(view.figures["sentence_marked"]))
        _strip(view)
        _cards(view)
        left, right = st.columns([560, 736], gap="small")
        with left, st.container(key="planner-left"):  # first, since the browser has most to do for the map
            _map(view)
            _streets(view)
        with right, st.container(key="planner-right"):
            _list(view)
        st.html(f'<div class="lgg key">{blocks.marked(_key_line(view))}</div>')
        _notices(view)
        _aside(view)


def _view(opened: Opened, lang: str, street: str) -> _View:
    compounds = opened.district.compounds
    inside = np.ones(len(compounds), dtype=bool)
    if street:
        inside = (compounds["subdistrict_name"] == street).fillna(False).to_numpy(dtype=bool)
    year = int(opened.policy.number("plan_year"))
    funds = None if street else plan_state.funds_entered(opened, year)
    found = headline(opened.assessment, lang, inside=inside, place=street, funds=funds)
    card = st.session_state["card"]
    return _View(opened, lang, inside, inside & found["masks"][card] if card else inside, found)


def _header(opened: Opened, lang: str) -> str:
    district = opened.district
    with st.container(key="planner-head", horizontal=True, vertical_alignment="center"):
        street = _street_box(opened, lang)
        mark = t("overview.demo", lang) if district.demo else ""
        title = t("overview.title", lang, district=district.name)
        st.html(blocks.header_html(title, facts(opened.assessment, lang), mark), width="content")
        st.space("stretch")
        _downloads(opened, lang)
        if st.button(t("overview.own_data", lang), type="primary", key="planner-own-data"):
            st.session_state["importing"] = True
            st.rerun()
    return street


def _street_box(opened: Opened, lang: str) -> str:
    names = [str(name) for name in streets(opened.assessment)["street"].dropna() if name]
    if st.session_state.get("street") not in ("", *names):
        st.session_state["street"] = ""
    return st.selectbox(
        t("overview.street", lang),
        ["", *names],
        format_func=lambda name: name or t("overview.all_streets", lang),
        key="street",
        on_change=choices.pick_street,
        width=136,
        label_visibility="collapsed",
    )


def _downloads(opened: Opened, lang: str) -> None:
    district, assessment = opened.district, opened.assessment
    stamp = f"{district.name}_{assessment.as_of:%Y%m%d}"
    st.download_button(
        t("overview.excel", lang),
        lambda: _ranking_file(opened, lang),
        file_name=safe_file_name(f"{t('overview.excel_name', lang)}_{stamp}") + ".xlsx",
        mime=_XLSX,
        on_click="ignore",
        key="planner-excel",
    )
    st.download_button(
        t("overview.map_file", lang),
        lambda: map_page(district, assessment, lang),
        file_name=safe_file_name(f"{t('overview.map_name', lang)}_{stamp}") + ".html",
        mime="text/html",
        on_click="ignore",
        key="planner-map-file",
    )


def _take_pick(view: _View) -> None:
    """A compound was clicked on the map (or named in the address): open it, in a tab and a street that show it."""
    picked = st.session_state.pop("map_pick", "")
    index = view.opened.district.compounds.index
    if not picked or picked not in index:
        return
    choices.choose(picked)
    at = int(index.get_loc(picked))
    tab = st.session_state["tab"]
    states = view.opened.assessment.states["state"].reindex(index)
    if tab != choices.SAFETY or not view.figures["masks"]["safety"][at]:
        st.session_state["tab"] = STATE_KEYS[STATES.index(states.iloc[at])]
    if not view.shown[at]:
        st.session_state["card"] = ""
        st.rerun()


def _strip(view: _View) -> None:
    """The red strip; its place is kept when there is none, or the map below would be mounted anew."""
    text = view.figures["safety_sentence_marked"]
    with st.container(key="planner-card-safety"):
        if text:
            st.html(blocks.strip_html(text, t("overview.see_these", view.lang)))
            st.button(t("overview.see_these", view.lang), key="planner-hit-safety", on_click=choices.pick_safety)


def _cards(view: _View) -> None:
    chosen = st.session_state["card"]
    cards = [blocks.Card(c["key"], c["title"], tuple(c["lines"])) for c in view.figures["cards"]]
    for column, card in zip(st.columns(_WIDTHS[: len(cards)], gap="small"), cards, strict=True):
        with column, st.container(key=f"planner-card-{card.key}"):
            st.html(blocks.card_html(card, chosen=chosen == card.key))
            words = t("overview.filter", view.lang, card=card.title.replace("**", ""))
            st.button(words, key=f"planner-hit-{card.key}", on_click=choices.pick_card, args=(card.key,))


def _tab_masks(view: _View) -> dict[str, Mask]:
    states = view.opened.assessment.states["state"].reindex(view.opened.district.compounds.index)
    masks = {
        key: (states == state).to_numpy(dtype=bool) & view.shown for key, state in zip(STATE_KEYS, STATES, strict=True)
    }
    return masks | {choices.SAFETY: view.figures["masks"]["safety"] & view.shown}


def _list(view: _View) -> None:
    masks = _tab_masks(view)
    counts = {key: int(mask.sum()) for key, mask in masks.items()}
    if st.session_state.pop("filter_changed", False) and not counts[st.session_state["tab"]] and any(counts.values()):
        st.session_state["tab"] = next(key for key in choices.TABS if counts[key])
    choices.keep()
    with st.container(key="planner-tabs", horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            t("overview.tabs", view.lang),
            choices.TABS,
            format_func=lambda key: f"{t(f'overview.tab.{key}', view.lang)} {counts[key]}",
            key="tab",
            on_change=choices.pick_tab,
            label_visibility="collapsed",
        )
        if st.session_state["tab"] == "verify" and counts["verify"]:
            _verify_download(view)
    RANK_LIST.show(
        _list_data(view, masks[st.session_state["tab"]]),
        {"pick": choices.pick_row, "more": choices.more_rows, "open": _open_row},
    )


def _open_row() -> None:
    """The link under a row was clicked: open the page of the compound."""
    links.want_compound(RANK_LIST.answer("open"))


def _verify_download(view: _View) -> None:
    district, assessment, lang = view.opened.district, view.opened.assessment, view.lang
    st.download_button(
        t("overview.verify_file", lang),
        lambda: _verify_file(view.opened, lang),
        file_name=safe_file_name(f"{t('overview.verify_name', lang)}_{district.name}_{assessment.as_of:%Y%m%d}")
        + ".xlsx",
        mime=_XLSX,
        on_click="ignore",
        key="planner-verify",
        type="tertiary",
    )


def _list_data(view: _View, mask: Mask) -> dict[str, object]:
    opened, lang = view.opened, view.lang
    ids = opened.district.compounds.index[mask]
    frame = _row_frame(opened, lang)
    frame = frame[frame.index.isin(ids)]
    wanted, chosen = int(st.session_state["rows_shown"]), st.session_state["chosen"]
    if chosen in frame.index:
        wanted = max(wanted, int(frame.index.get_loc(chosen)) + 1)
    words = rows.list_words(lang) | {"none": t("overview.list.none", lang), "unknown": t("overview.unknown", lang)}
    words["open"] = t("overview.open_compound", lang)
    rest = len(frame) - wanted
    words["more"] = t("overview.list.more", lang, n=min(rest, choices.PAGE_ROWS), all=len(frame))
    texts = opened.assessment.sentences(lang)
    return {
        "rows": rows.list_rows(frame.iloc[:wanted]),
        "detail": rows.detail(chosen, opened.assessment, texts, lang) if chosen in frame.index else None,
        "chosen": chosen,
        "words": words,
        "glyphs": rows.glyph_words(opened.assessment, lang),
        "tab": f"{st.session_state['tab']} {st.session_state['card']} {st.session_state['street']}",
        "more": rest > 0,
    }


@st.cache_resource(show_spinner=False, max_entries=8)
def _cached_rows(key: str, lang: str, _opened: Opened) -> pd.DataFrame:  # noqa: ARG001  (key is the cache key)
    assessment = _opened.assessment
    return rows.row_frame(_opened.district, assessment, assessment.sentences(lang), lang)


def _row_frame(opened: Opened, lang: str) -> pd.DataFrame:
    return _cached_rows(opened.key, lang, opened)


@st.fragment
def _map(view: _View) -> None:
    """The map with its theme, layers and legend: another theme or layer reruns this alone, a pan the map alone."""
    opened, lang = view.opened, view.lang
    with st.container(key="planner-layers", horizontal=True):
        theme = theme_bar(opened.policy, lang, key="layer")
        on = layer_box(opened.district, lang, key="map_layers")
        _snapshot(view, theme)
    layer = map_layer(theme, opened.district, opened.assessment, lang)
    served = serve_shapes(opened)
    safety = view.figures["masks"]["safety"]
    paint = paint_message(
        layer,
        shown=view.shown,
        safety=np.flatnonzero(safety).tolist(),
        chosen=_place_of(opened, st.session_state["chosen"]),
    )
    paint = furnished(paint, layer, shown=view.shown, overlays=on)
    street = st.session_state["street"]
    paint["view"] = {"key": safe_text(street), "box": served.streets.get(street, served.box), "narrow": bool(street)}
    with st.container(key="planner-map"):
        mapview.show_map(served, paint, rows=len(opened.district.compounds), lang=lang)
    mapview.show_cards(served, opened, lang)
    overlay = int((safety & view.shown).sum())
    st.html(blocks.legend_html(layer, layer.counts(view.shown), overlay, lang))
    show_key(on, lang)
    _map_notes(view)


def _snapshot(view: _View, theme: str) -> None:
    """The map as it is on the screen, on paper."""
    everything = bool(view.shown.all())
    ids = None if everything else view.opened.district.compounds.index[view.shown]
    words = "·".join(filter(None, [st.session_state["street"], _card_words(view)]))
    snapshot_button(view.opened, view.lang, theme=theme, shown=ids, filter_words="" if everything else words)


def _card_words(view: _View) -> str:
    """The card that filters, in its own words; empty without one."""
    titles = {card["key"]: card["title"].replace("**", "") for card in view.figures["cards"]}
    titles["safety"] = t("overview.tab.safety", view.lang)
    return str(titles.get(st.session_state["card"], ""))


def _map_notes(view: _View) -> None:
    compounds = view.opened.district.compounds
    missing = int((~drawn(compounds) & view.shown).sum())
    if missing:
        st.html(f'<div class="lgg">{blocks.marked(t("overview.undrawn", view.lang, n=missing))}</div>')
    if len(compounds) > CANVAS_FROM:
        st.html(f'<div class="lgg">{blocks.marked(t("overview.canvas", view.lang))}</div>')


def _place_of(opened: Opened, compound_id: str) -> int | None:
    index = opened.district.compounds.index
    return int(index.get_loc(compound_id)) if compound_id in index else None


def _streets(view: _View) -> None:
    wanted = [0, *(1 + STREET_COLUMNS.index(name) for name in _STREET_COLUMNS)]
    heads = [view.figures["street_heads"][k] for k in wanted]
    lines = [[row[k] for k in wanted] for row in view.figures["street_rows"]]
    st.html(f'<div class="sub-box">{blocks.table_html(heads, lines, total=True, css="sub")}</div>')


def _ranking_file(opened: Opened, lang: str) -> bytes:  # what makes files is imported when one is asked for
    from planner.outputs.tables import ranking_workbook

    return ranking_workbook(opened.assessment, opened.district, lang)


def _verify_file(opened: Opened, lang: str) -> bytes:
    from planner.outputs.verify_table import verify_workbook

    return verify_workbook(opened.assessment, opened.district, lang)


def _notices(view: _View) -> None:
    """Registers that nobody compared with, and a date of the figures that lies far from the newest survey."""
    from planner.district.checks.dates import as_of_far_from_surveys

    opened, found = view.opened, view.figures
    far = as_of_far_from_surveys(opened.district, opened.policy, opened.assessment.as_of)
    registers = found["notices"][: bool(found["unchecked"])]
    for message in (*registers, *render_problems(far, view.lang)["message"]):
        st.html(f'<div class="note">{safe_text(message)}</div>')


def _aside(view: _View) -> None:
    """Offer to set aside, this year, criteria that nobody in the district has; or to take them back."""
    opened, lang, aside, nobody = view.opened, view.lang, choices.unused(), nobody_has(view.opened.assessment)
    if not aside and not nobody:
        return
    names = t("overview.comma", lang).join(opened.policy.label("criteria", c, lang) for c in nobody or aside)
    with st.container(key="planner-aside", horizontal=True, vertical_alignment="center"):
        key = "overview.aside.offer" if nobody else "overview.aside.done"
        weight = sum(float(opened.policy.criteria.at[c, f"weight_{opened.assessment.profile}"]) for c in nobody)
        words = t(key, lang, names=names, weight=f"{weight:.0f}")
        st.html(f'<div class="note">{blocks.marked(words)}</div>', width="content")
        if nobody:
            take = (*aside, *nobody)
            st.button(t("overview.aside.take", lang), key="planner-aside-on", on_click=choices.set_unused, args=(take,))
        if aside:
            st.button(t("overview.aside.back", lang), key="planner-aside-off", on_click=choices.set_unused, args=((),))


def nobody_has(assessment: Assessment) -> tuple[str, ...]:
    """Return the weighted criteria that are unknown for every compound; none where that is all of them."""
    without = criteria_without_data(assessment) if len(assessment.criteria) else []
    weights = assessment.policy.criteria[f"weight_{assessment.profile}"]
    applied = (assessment.criteria[f"{c}_kind"].ne("na").any() for c in weights.index[weights > 0])
    return tuple(without) if len(without) < sum(applied) else ()


def _key_line(view: _View) -> str:
    return t("overview.key_line", view.lang, n=int(view.shown.sum()))


if __name__ == "__main__":  # Streamlit runs page files so
    show()
