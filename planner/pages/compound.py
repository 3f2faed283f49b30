"""一小区一策: everything about one compound on a page; ``?id=`` names it, previous and next follow the order."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from planner.decisions.field_labels import FieldLabels
from planner.decisions.lever_words import lever_rows, lever_summary
from planner.decisions.levers import Lever, levers
from planner.decisions.states import LISTED, READY, STATES
from planner.outputs import compound_facts, compound_sheet, site_map
from planner.outputs.compound_words import shortened
from planner.outputs.map_classes import STATE_KEYS, state_classes
from planner.outputs.map_layers import paint_message
from planner.outputs.sheet.compose import draw_sheet
from planner.outputs.sheet.request import SheetRequest
from planner.text import date_text, safe_file_name, safe_text, t, wan
from planner.web import blocks, compound_blocks, links, mapview, shape_edit, value_edit, value_words
from planner.web.facts_table import facts_table
from planner.web.opening import open_or_explain
from planner.web.served import serve_shapes
from planner.web.session import Opened, language

_CLOSEST = 19
_PICK = "compound_pick"


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One run: the district, the compound and the language."""

    opened: Opened
    key: str
    lang: str
    told: compound_facts.Told

    def ask(self, fields: str) -> None:
        """Open the dialog for the value that was clicked."""
        value_edit.ask(self.key, fields)

    @property
    def name(self) -> str:
        """The name of the compound, its id where it has none."""
        found = self.opened.district.compounds.at[self.key, "name"]
        return self.key if pd.isna(found) else str(found)

    def text(self, frame: str, column: str) -> str:
        """A text of states or sentences of this compound, empty where there is none."""
        table = self.opened.assessment.states if frame == "states" else self.opened.assessment.sentences(self.lang)
        value = table.at[self.key, column]
        return "" if pd.isna(value) else str(value)


def show() -> None:
    """Show the page, or what stands in its way."""
    lang = language()
    opened = open_or_explain(lang)
    if opened is None:
        return
    order = [str(key) for key in opened.assessment.ranking["compound_id"]]
    with st.container(key="planner-compound"):
        if not order:
            st.html(f'<p class="note">{safe_text(t("compound.empty", lang))}</p>')
            return
        asked = st.session_state.pop("map_pick", "") or st.query_params.get("id", "")
        kept = st.session_state.get("compound_kept", "")
        key = next((found for found in (asked, kept) if found in order), order[0])
        if asked and asked not in order:
            st.html(f'<p class="note">{safe_text(t("compound.nobody", lang, id=asked))}</p>')
        _remember(key)
        _show_sheet(_Sheet(opened, key, lang, value_words.told(opened, key)), order)


def _remember(key: str) -> None:
    st.session_state["compound_kept"] = key
    st.session_state[_PICK] = key
    if st.query_params.get("id") != key:
        st.query_params["id"] = key


def _turn(key: str) -> None:
    st.query_params["id"] = key


def _picked() -> None:
    st.query_params["id"] = st.session_state[_PICK]


def _show_sheet(sheet: _Sheet, order: list[str]) -> None:
    _title(sheet)
    _bar(sheet, order)
    value_edit.show(sheet.opened, sheet.key, sheet.lang)
    _advice(sheet)
    facts, score, place = st.columns([486, 400, 390], gap="small")
    with facts, _card("planner-facts"):
        _facts(sheet)
    with score:
        with _card("planner-score", stretch=False):
            _score(sheet)
        with _card("planner-would"):
            _would(sheet)
    with place:
        with _card("planner-site", stretch=False):
            _site(sheet)
        with _card("planner-history"):
            _history(sheet)
    with _card("planner-items"):
        _items(sheet)
    with _card("planner-rules"):
        _rules(sheet)
    _all_facts(sheet)


def _card(key: str, *, stretch: bool = True) -> DeltaGenerator:
    return st.container(key=key, border=True, height="stretch" if stretch else "content")


def _title(sheet: _Sheet) -> None:
    assessment, lang = sheet.opened.assessment, sheet.lang
    row = sheet.opened.district.compounds.loc[sheet.key]
    where = [str(row[name]) for name in ("subdistrict_name", "community_name", "alias") if not pd.isna(row[name])]
    rank = assessment.order.at[sheet.key, "rank"]
    ranked = int(assessment.order["rank"].notna().sum())
    place = t("compound.place_none", lang) if pd.isna(rank) else t("compound.place", lang, rank=int(rank), n=ranked)
    date = t("compound.date", lang, date=date_text(assessment.as_of, lang))
    chips = compound_blocks.programme_chips(assessment, sheet.key, lang)
    mark = t("overview.demo", lang) if sheet.opened.district.demo else ""
    right = t("compound.comma", lang).join(part for part in (place, date, mark) if part)
    st.html(compound_blocks.title_html(sheet.name, [sheet.key, *where], chips, right))


def _bar(sheet: _Sheet, order: list[str]) -> None:
    lang = sheet.lang
    before, after = compound_sheet.neighbours(sheet.opened.assessment, sheet.key)
    names = sheet.opened.district.compounds["name"]
    with st.container(key="planner-compound-bar", horizontal=True, vertical_alignment="center"):
        st.selectbox(
            t("compound.pick", lang), order, key=_PICK, width=290, on_change=_picked, label_visibility="collapsed",
            format_func=lambda key: f"{key if pd.isna(names[key]) else names[key]}（{key}）",
        )  # fmt: skip
        st.button(t("compound.before", lang), key="planner-before", disabled=not before, on_click=_turn, args=(before,))
        st.button(t("compound.after", lang), key="planner-after", disabled=not after, on_click=_turn, args=(after,))
        if st.button(t("compound.to_ranking", lang), key="planner-to-ranking"):
            links.go_to(links.RANKING, id=sheet.key)
        if st.button(t("compound.to_quality", lang), key="planner-to-quality"):
            links.go_to(links.QUALITY, id=sheet.key)


def _advice(sheet: _Sheet) -> None:
    """The suggested action with the sentence, and what must be cured at once."""
    lang = sheet.lang
    at = STATES.index(sheet.text("states", "state"))
    look = state_classes(lang)[at]
    st.html(compound_blocks.advice_html(look.label, STATE_KEYS[at], sheet.text("words", "sentence")))
    safety = sheet.text("states", f"safety_{lang}")
    if safety:
        st.html(f'<div class="red wrap"><b>{safe_text(t("compound.safety", lang))}</b>　{safe_text(safety)}</div>')


def _facts(sheet: _Sheet) -> None:
    lang = sheet.lang
    st.html(compound_blocks.card_head(t("compound.facts", lang), t("compound.facts_hint", lang)))
    facts = compound_facts.key_facts(sheet.opened.assessment, sheet.key, lang, sheet.told)
    facts_table(facts, lang, key="planner-facts-table", on_edit=sheet.ask)


def _score(sheet: _Sheet) -> None:
    assessment, lang, policy = sheet.opened.assessment, sheet.lang, sheet.opened.policy
    profile = t(f"table.profile.{assessment.profile}", lang)
    st.html(compound_blocks.card_head(t("compound.score", lang), t("compound.score_hint", lang), profile))
    row = assessment.scores.loc[sheet.key]
    if not pd.isna(row["score"]):
        st.html(compound_blocks.score_html(row, _score_words(sheet, row)))
    points = compound_sheet.breakdown(assessment, sheet.key)
    st.html(compound_blocks.breakdown_html(points, policy, lang))
    notes = []
    if (points["kind"] == "unknown").any():
        notes.append(t("compound.assumed", lang, value=f"{policy.number('unknown_value'):.0f}"))
    cannot = compound_sheet.not_applicable(assessment, sheet.key)
    if cannot:
        names = t("overview.comma", lang).join(policy.label("criteria", code, lang) for code in cannot)
        notes.append(t("compound.na_moved", lang, names=names))
    for note in notes:
        st.html(f'<p class="hint">{safe_text(note)}</p>')


def _score_words(sheet: _Sheet, row: pd.Series) -> dict[str, str]:
    lang = sheet.lang
    low, high = f"{float(row['score_low']):.0f}", f"{float(row['score_high']):.0f}"
    key = "compound.range_one" if low == high else "compound.range"
    return {
        "band": compound_blocks.band_text(str(row["band"]), lang),
        "range": t(key, lang, low=low, high=high),
        "completeness": t("compound.complete", lang, n=f"{100 * float(row['completeness']):.0f}"),
    }


def _site(sheet: _Sheet) -> None:
    opened, lang = sheet.opened, sheet.lang
    st.html(compound_blocks.card_head(t("compound.map", lang), t("compound.map_hint", lang)))
    box = site_map.site_box(opened.district, sheet.key)
    if box is None:
        st.html(f'<p class="hint">{safe_text(t("compound.undrawn", lang))}</p>')
        shape_edit.button(opened, sheet.key, lang)
        return
    layer = site_map.site_layer(opened.district, sheet.key, lang)
    shapes = site_map.site_shapes(opened.district, sheet.key)
    served = serve_shapes(opened)
    index = opened.district.compounds.index
    paint = paint_message(layer, chosen=int(index.get_loc(sheet.key)))
    paint["view"] = {"key": f"site {sheet.key}", "box": box, "narrow": True}
    with st.container(key="planner-site-map"):
        mapview.show_map(
            served,
            paint,
            rows=len(index),
            lang=lang,
            more=site_map.site_elements(shapes),
            max_zoom=_CLOSEST,
            popup=False,
        )
    mapview.show_sentences(served, opened.assessment.sentences(lang)["sentence"].reindex(index))
    st.html(compound_blocks.site_legend(layer, {kind: len(found) for kind, found in shapes.items()}, lang))
    with st.container(horizontal=True):
        _site_sheet(sheet, box)
        shape_edit.button(opened, sheet.key, lang)


def _site_sheet(sheet: _Sheet, box: list[list[float]]) -> None:
    """The extent of the little map on paper; the other compounds are drawn faded."""
    opened, lang, name = sheet.opened, sheet.lang, sheet.name
    (south, west), (north, east) = box
    request = SheetRequest(
        bbox=(west, south, east, north), paper="A4", shown=frozenset([sheet.key]), filter_words=f"{name}（{sheet.key}）"
    )
    st.download_button(
        t("compound.sheet", lang),
        lambda: draw_sheet(opened.district, opened.assessment, request, lang),
        file_name=safe_file_name(f"{t('compound.sheet_name', lang)}_{name}_{sheet.key}") + ".pdf",
        mime="application/pdf",
        on_click="ignore",
        key="planner-site-sheet",
        type="tertiary",
    )


def _items(sheet: _Sheet) -> None:
    assessment, lang = sheet.opened.assessment, sheet.lang
    st.html(compound_blocks.card_head(t("compound.items", lang), t("compound.items_hint", lang)))
    items = compound_sheet.item_rows(assessment, sheet.key, lang)
    if len(items):
        st.html(compound_blocks.items_html(items, assessment.costs.loc[sheet.key], lang))
    else:
        st.html(f'<p class="hint">{safe_text(t("compound.none_items", lang))}</p>')


def _rules(sheet: _Sheet) -> None:
    lang = sheet.lang
    rows = compound_sheet.programme_rows(sheet.opened.assessment, sheet.key, lang)
    labels = FieldLabels(sheet.opened.policy).of(rows["missing"].to_numpy(dtype=object))[lang]
    fields = dict(zip(rows["code"].astype(str), labels, strict=True))
    st.html(compound_blocks.card_head(t("compound.programmes", lang), t("compound.programmes_hint", lang)))
    st.html(compound_blocks.programmes_html(rows, fields, lang))


def _would(sheet: _Sheet) -> None:
    lang = sheet.lang
    st.html(compound_blocks.card_head(t("compound.would", lang)))
    would, rows, summary = _levers(sheet)
    reason, unknowns = (
        shortened(sheet.text("words", k), lang, 8) for k in ("state_reason", "unknowns")
    )
    about = t("lever.about", lang) if rows else ""
    st.html(compound_blocks.parts_html([("", would), ("", summary), ("", about)]))
    if rows:
        st.html(compound_blocks.levers_html(rows, lang))
    st.html(compound_blocks.parts_html([("", reason), (t("compound.unknowns", lang), unknowns)], css="pt2 more"))


def _levers(sheet: _Sheet) -> tuple[str, list[tuple[str, str]], str]:
    """The short answer, the changes that lead somewhere with the state each leads to, and what no change does."""
    lang = sheet.lang
    would = sheet.text("words", "would_raise") or t("compound.none_would", lang)
    if sheet.text("states", "state") in (READY, LISTED):
        return would, [], ""
    found = _cached_levers(sheet.opened.key, sheet.key, sheet.opened)
    return would, lever_rows(found, sheet.opened.policy, lang), lever_summary(found, lang)


@st.cache_resource(show_spinner=False, max_entries=256)
def _cached_levers(key: str, compound_id: str, _opened: Opened) -> list[Lever]:  # noqa: ARG001  (key is the cache key)
    return levers(_opened.assessment, compound_id)


def _history(sheet: _Sheet) -> None:
    assessment, lang, policy = sheet.opened.assessment, sheet.lang, sheet.opened.policy
    st.html(compound_blocks.card_head(t("compound.history", lang)))
    works = compound_sheet.history(assessment, sheet.key)
    heads = [t(f"compound.history.{k}", lang) for k in ("year", "programme", "status", "cost", "items")]
    lines = [
        [
            "—" if pd.isna(row["year"]) else str(int(row["year"])),
            policy.label("programmes", str(row["programme"]), lang) if row["programme"] in policy.programmes.index
            else compound_blocks.plain(row["programme"]),
            compound_blocks.plain(row["status"]),
            "—" if pd.isna(row["cost_yuan"]) else wan(float(row["cost_yuan"])),
            compound_blocks.plain(row["items"]),
        ]
        for _, row in works.iterrows()
    ]  # fmt: skip
    if lines:
        st.html(blocks.table_html(heads, lines, numbers_from=9, css="hs"))
    else:
        st.html(f'<p class="hint">{safe_text(t("compound.none_history", lang))}</p>')
    held = compound_sheet.meetings(assessment, sheet.key)
    st.html(compound_blocks.meetings_html(held.head(4), lang))


def _all_facts(sheet: _Sheet) -> None:
    found = compound_facts.all_facts(sheet.opened.assessment, sheet.key, sheet.lang, sheet.told)
    known = sum(bool(fact.value) for fact in found)
    with st.expander(t("compound.all_facts", sheet.lang, n=len(found), known=known)):
        third = -(-len(found) // 3)
        for number, column in enumerate(st.columns(3, gap="small")):
            with column:
                part = found[number * third : (number + 1) * third]
                facts_table(part, sheet.lang, key=f"planner-facts-table-{number}", on_edit=sheet.ask)


if __name__ == "__main__":  # Streamlit runs page files so
    show()
