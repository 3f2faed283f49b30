"""建议次序: the whole list with filters, search, ranges and subtotals; table and map choose each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from planner.outputs import ranking_view
from planner.outputs.compound_sheet import breakdown
from planner.outputs.compound_words import shortened
from planner.outputs.map_classes import PROGRAMMES, STATE_KEYS, map_layer
from planner.outputs.map_layers import furnished, paint_message
from planner.outputs.ranking_view import RankingView
from planner.outputs.tables import ranking_workbook, view_workbook
from planner.text import date_text, safe_file_name, safe_text, t, wan
from planner.web import blocks, compound_blocks, links, mapview, ranking_choices, ranking_rows, rows
from planner.web.component import RANKING_TABLE
from planner.web.opening import open_or_explain
from planner.web.served import serve_shapes
from planner.web.session import Opened, language
from planner.web.snapshot import snapshot_button
from planner.web.theme_bar import layer_box, show_key, theme_bar

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_STEPS = (0, 40, 60, 80, 100)
_TOP = 5


@dataclass(frozen=True, slots=True)
class _Page:
    """One run: the district, the language, all rows, those shown in their order, and the view."""

    opened: Opened
    lang: str
    rows: pd.DataFrame
    shown: pd.DataFrame
    view: RankingView


def show() -> None:
    """Show the page, or what stands in its way."""
    lang = language()
    opened = open_or_explain(lang)
    if opened is None:
        return
    ranking_choices.start()
    all_rows = _cached_rows(opened.key, opened)
    _take_pick(all_rows)
    with st.container(key="planner-ranking"):
        head = st.empty()
        _filters(opened, all_rows, lang)
        view = ranking_choices.view()
        found = ranking_view.ordered(all_rows[ranking_view.shown(all_rows, view)], view.sort)
        page = _Page(opened, lang, all_rows, found, view)
        head.html(_title(page))
        _table(page)
        left, right = st.columns([800, 496], gap="small")
        with left:
            _map(page)
        with right:
            _chosen(page)
        _subtotals(page)
    ranking_choices.keep(view)


@st.cache_resource(show_spinner=False, max_entries=8)
def _cached_rows(key: str, _opened: Opened) -> pd.DataFrame:  # noqa: ARG001  (key is the cache key)
    return ranking_view.ranking_rows(_opened.assessment)


def _take_pick(all_rows: pd.DataFrame) -> None:
    picked = st.session_state.pop("map_pick", "")
    if picked in all_rows.index:
        st.session_state["ranking_chosen"] = picked
    if st.session_state["ranking_chosen"] not in all_rows.index:
        st.session_state["ranking_chosen"] = ""


def _title(page: _Page) -> str:
    lang, count = page.lang, len(page.shown)
    found = t("ranking.count", lang, n=f"{count:,}", all=f"{len(page.rows):,}")
    date = t("compound.date", lang, date=date_text(page.opened.assessment.as_of, lang))
    profile = t(f"table.profile.{page.opened.assessment.profile}", lang)
    right = t("compound.comma", lang).join((found, date, t("ranking.profile", lang, profile=profile)))
    return compound_blocks.title_html(t("ranking.page", lang), [t("ranking.question", lang)], "", right)


def _filters(opened: Opened, all_rows: pd.DataFrame, lang: str) -> None:
    streets = ranking_view.street_names(opened.assessment)
    _in_list("ranking_street", streets)
    communities = ranking_view.community_names(all_rows, st.session_state["ranking_street"])
    _in_list("ranking_community", communities)
    with st.container(key="planner-filters", horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            t("ranking.search", lang), key="ranking_q", placeholder=t("ranking.search_hint", lang), width=172,
            on_change=ranking_choices.first_rows, max_chars=200,
        )  # fmt: skip
        _choice("street", streets, 126, lang, on_change=ranking_choices.pick_street)
        _choice("community", communities, 134, lang)
        _choice("state", list(STATE_KEYS), 140, lang, words="map.state.")
        names = {code: opened.policy.label("programmes", code, lang) for code in PROGRAMMES}
        _choice("programme", list(PROGRAMMES), 134, lang, names=names)
        _completeness(lang)
        st.toggle(t("ranking.sanwu", lang), key="ranking_sanwu", on_change=ranking_choices.first_rows)
        st.button(t("ranking.clear", lang), key="planner-clear", on_click=ranking_choices.clear, type="tertiary")
        st.space("stretch")
        _download(opened, all_rows, lang)


def _in_list(key: str, options: list[str]) -> None:
    if st.session_state[key] not in ("", *options):
        st.session_state[key] = ""


def _choice(
    name: str,
    options: list[str],
    width: int,
    lang: str,
    *,
    words: str = "",
    names: dict[str, str] | None = None,
    on_change: Callable[[], None] = ranking_choices.first_rows,
) -> None:
    def label(value: str) -> str:
        if not value:
            return t(f"ranking.all.{name}", lang)
        return names[value] if names else t(f"{words}{value}", lang) if words else value

    st.selectbox(
        t(f"ranking.filter.{name}", lang), ["", *options], format_func=label, key=f"ranking_{name}", width=width,
        on_change=on_change,
    )  # fmt: skip


def _completeness(lang: str) -> None:
    steps = sorted({*_STEPS, int(st.session_state["ranking_completeness"])})
    st.selectbox(
        t("ranking.filter.completeness", lang), steps, key="ranking_completeness", width=100,
        format_func=lambda n: t("ranking.at_least", lang, n=n) if n else t("ranking.any", lang),
        on_change=ranking_choices.first_rows,
    )  # fmt: skip


def _download(opened: Opened, all_rows: pd.DataFrame, lang: str) -> None:
    """What is listed, with the filter in its head, or everything."""
    district, assessment, view = opened.district, opened.assessment, ranking_choices.view()
    count, name = int(ranking_view.shown(all_rows, view).sum()), t("overview.excel_name", lang)
    stamp = f"{district.name}_{assessment.as_of:%Y%m%d}"
    kinds = {
        "listed": (count, f"{name}_{t('ranking.part', lang)}", lambda: view_workbook(assessment, district, view, lang)),
        "all": (len(all_rows), name, lambda: ranking_workbook(assessment, district, lang)),
    }
    with st.popover(t("overview.excel", lang), key="planner-downloads"):
        for kind, (n, file, made) in kinds.items():
            st.download_button(
                t(f"ranking.download.{kind}", lang, n=f"{n:,}"),
                made,
                file_name=safe_file_name(f"{file}_{stamp}") + ".xlsx",
                mime=_XLSX,
                on_click="ignore",
                key=f"planner-excel-{kind}",
                width="stretch",
            )


def _table(page: _Page) -> None:
    wanted, chosen = int(st.session_state["ranking_rows"]), page.view.chosen
    if chosen in page.shown.index:
        wanted = max(wanted, int(page.shown.index.get_loc(chosen)) + 1)
    rest = len(page.shown) - wanted
    more = t("overview.list.more", page.lang, n=min(rest, 200), all=len(page.shown)) if rest > 0 else ""
    data = {
        "rows": ranking_rows.table_rows(page.shown.iloc[:wanted], page.opened.assessment, page.lang),
        "words": ranking_rows.table_words(page.lang),
        "glyphs": rows.glyph_words(page.opened.assessment, page.lang),
        "chosen": chosen,
        "sort": page.view.sort or "rank",
        "view": repr((page.view.street, page.view.community, page.view.state, page.view.programme, page.view.q,
                      page.view.sanwu, page.view.completeness, page.view.sort)),
        "more": more,
    }  # fmt: skip
    RANKING_TABLE.show(
        data,
        {
            "pick": ranking_choices.pick_row,
            "open": ranking_choices.open_row,
            "sort": ranking_choices.sort_by,
            "more": ranking_choices.more_rows,
        },
    )


@st.fragment
def _map(page: _Page) -> None:
    opened, lang = page.opened, page.lang
    index = opened.district.compounds.index
    with st.container(key="planner-layers", horizontal=True):
        theme = theme_bar(opened.policy, lang, key="layer", width=280)
        on = layer_box(opened.district, lang, key="map_layers")
        _snapshot(page, theme)
    layer = map_layer(theme, opened.district, opened.assessment, lang)
    inside = np.asarray(index.isin(page.shown.index), dtype=bool)
    safety = opened.assessment.states["safety"].reindex(index).to_numpy(dtype=bool, na_value=False)
    chosen = page.view.chosen
    served = serve_shapes(opened)
    paint = paint_message(
        layer,
        shown=inside,
        safety=np.flatnonzero(safety).tolist(),
        chosen=int(index.get_loc(chosen)) if chosen in index else None,
    )
    paint = furnished(paint, layer, shown=inside, overlays=on)
    street = page.view.street
    paint["view"] = {"key": safe_text(street), "box": served.streets.get(street, served.box), "narrow": bool(street)}
    with st.container(key="planner-map"):
        mapview.show_map(served, paint, rows=len(index), lang=lang)
    mapview.show_cards(served, opened, lang)
    overlay = int((safety & inside).sum())
    st.html(blocks.legend_html(layer, layer.counts(inside), overlay, lang))
    show_key(on, lang)


def _snapshot(page: _Page, theme: str) -> None:
    """The map of what is listed, on paper."""
    everything = len(page.shown) == len(page.rows)
    words = ranking_view.view_words(page.opened.assessment, page.view, page.lang)
    ids = None if everything else page.shown.index
    snapshot_button(page.opened, page.lang, theme=theme, shown=ids, filter_words="" if everything else words)


def _chosen(page: _Page) -> None:
    """The chosen compound, else the first of the list: why it stands where it stands, its points and its place."""
    lang, assessment = page.lang, page.opened.assessment
    key = page.view.chosen or (str(page.shown.index[0]) if len(page.shown) else "")
    with st.container(key="planner-chosen", border=True, height="stretch"):
        if not key:
            st.html(f'<p class="hint">{blocks.marked(t("ranking.choose", lang))}</p>')
            return
        row, words = page.rows.loc[key], assessment.sentences(lang).loc[key]
        name = str(key) if pd.isna(row["name"]) else str(row["name"])
        where = [str(part) for part in (key, row["street"], row["community"]) if not pd.isna(part)]
        chips = compound_blocks.programme_chips(assessment, key, lang)
        st.html(compound_blocks.panel_html(name, where, chips, str(words["sentence"])))
        points = breakdown(assessment, key)
        top = points.sort_values("points", ascending=False, kind="stable", na_position="last").head(_TOP)
        st.html(compound_blocks.breakdown_html(top, page.opened.policy, lang, heads=False))
        st.html(f'<p class="hint">{blocks.marked(_place(page, row))}</p>')
        would = (t("compound.would", lang), str(words["would_raise"] or ""))
        unknowns = shortened(str(words["unknowns"] or ""), lang, 8)
        st.html(compound_blocks.parts_html([would, (t("compound.unknowns", lang), unknowns)]))
        if not page.view.chosen:
            st.html(f'<p class="hint">{blocks.marked(t("ranking.choose", lang))}</p>')
        st.button(
            t("ranking.open", lang), key="planner-open-compound", type="primary", on_click=links.want_compound,
            args=(key,),
        )  # fmt: skip


def _place(page: _Page, row: pd.Series) -> str:
    lang = page.lang
    if pd.isna(row["rank"]):
        return t("ranking.place_none", lang)
    low, high = ranking_view.place_range(page.rows, str(row.name))
    text = t("ranking.place", lang, rank=int(row["rank"]))
    return text if low == high else text + t("ranking.place_range", lang, low=low, high=high)


def _subtotals(page: _Page) -> None:
    table = ranking_view.subtotals(page.shown, ranking_view.street_names(page.opened.assessment))
    names = ["street", "compounds", "households", *STATE_KEYS, "sanwu", "completeness", "cost"]
    heads = [t(f"map.state.{n}" if n in STATE_KEYS else f"ranking.sum.{n}", page.lang) for n in names]
    lines = [[_cell(row, name, page.lang) for name in names] for _, row in table.iterrows()]
    with st.container(key="planner-subtotals", border=True):
        st.html(compound_blocks.card_head(t("ranking.subtotals", page.lang), t("ranking.subtotals_hint", page.lang)))
        st.html(blocks.table_html(heads, lines, total=True, css="sub"))


def _cell(row: pd.Series, name: str, lang: str) -> str:
    value = row[name]
    if name == "street":
        return t("ranking.sum.total", lang) if pd.isna(value) else str(value) or t("ranking.sum.no_street", lang)
    if name == "completeness":
        return "—" if pd.isna(value) else f"{100 * float(value):.0f}%"
    if name == "cost":
        return f"{wan(float(value), 1)}（{wan(float(row['cost_low']), 1)}–{wan(float(row['cost_high']), 1)}）"
    return f"{int(value):,}"


if __name__ == "__main__":  # Streamlit runs page files so
    show()
