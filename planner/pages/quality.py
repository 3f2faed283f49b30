"""数据核对: what is wrong in the data, where, and what to do; how much is filled in; what the import left open."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from planner.decisions.summary import streets
from planner.errors import SEVERITIES
from planner.outputs import quality_view, quality_words, sanwu_view
from planner.outputs.completeness_view import Completeness, completeness
from planner.outputs.map_layers import paint_message
from planner.outputs.quality_view import Findings, Mask, QualityView
from planner.outputs.site_map import site_box
from planner.text import date_text, safe_text, t
from planner.web import blocks, compound_blocks, mapview, quality_blocks, quality_choices, quality_rows
from planner.web import quality_parts as parts
from planner.web.component import QUALITY_TABLE
from planner.web.opening import open_or_explain
from planner.web.served import serve_shapes
from planner.web.session import Opened, language

_ROOMY = 6  # kinds of problems up to which there is room to say the cure of each without opening it


@dataclass(frozen=True, slots=True)
class _Page:
    """One run: the district, the language, all problems, how much is known, the view, and what it shows."""

    opened: Opened
    lang: str
    findings: Findings
    complete: Completeness
    view: QualityView
    shown: Mask
    listed: Mask

    @property
    def place(self) -> Mask:
        """The problems of the sub-district, whatever else is filtered."""
        return quality_view.shown(self.findings, QualityView(street=self.view.street))

    @property
    def compounds(self) -> int:
        """The compounds of the sub-district."""
        here = self.findings.streets
        return int((here == self.view.street).sum()) if self.view.street else len(here)


def show() -> None:
    """Show the page, or what stands in its way."""
    lang = language()
    opened = open_or_explain(lang)
    if opened is None:
        return
    quality_choices.start()
    findings = _cached_findings(opened.key, opened)
    _take_pick(findings)
    with st.container(key="planner-quality"):
        head = st.empty()
        said = st.empty()
        cards = st.container(key="planner-quality-cards")
        _filters(opened, findings, lang)
        page = _page(opened, findings, lang)
        head.html(_title(page))
        said.html(blocks.sentence_html(_sentence(page)))
        with cards:
            _cards(page)
        left, right = st.columns([800, 496], gap="small")
        with left:
            _table(page)
        with right, st.container(key="planner-quality-map"):
            _map(page)
        parts.show_lower(opened, page.complete, lang)
        if opened.store is not None:
            from planner.web import keeping

            keeping.show(opened, lang)
    quality_choices.keep(_without_default(page))


@st.cache_resource(show_spinner=False, max_entries=4)
def _cached_findings(key: str, _opened: Opened) -> Findings:  # noqa: ARG001  (key is the cache key)
    return quality_view.find(_opened.district, _opened.policy, _opened.assessment.as_of)


@st.cache_resource(show_spinner=False, max_entries=4)
def _cached_completeness(key: str, _opened: Opened) -> Completeness:  # noqa: ARG001  (key is the cache key)
    return completeness(_opened.district, _opened.assessment.policy, _opened.assessment.profile)


def _page(opened: Opened, findings: Findings, lang: str) -> _Page:
    view = quality_choices.view()
    listed = quality_view.shown(findings, view, any_rule=True)
    return _Page(
        opened, lang, findings, _cached_completeness(opened.key, opened), view,
        quality_view.shown(findings, view), listed,
    )  # fmt: skip


def _take_pick(findings: Findings) -> None:
    """A compound was clicked on the map: choose it; the map stays where it is."""
    picked = st.session_state.pop("map_pick", "")
    if picked in findings.streets.index:
        st.session_state["quality_chosen"] = picked
        st.session_state["quality_look"] = ""
    if st.session_state["quality_chosen"] not in findings.streets.index:
        st.session_state["quality_chosen"] = ""


def _without_default(page: _Page) -> QualityView:
    """The view for the address: the kind of disagreement that is shown anyway says nothing."""
    first = next(iter(parts.sanwu_kinds(page.opened)), "")
    return replace(page.view, sanwu="" if page.view.sanwu == first else page.view.sanwu)


def _title(page: _Page) -> str:
    lang, opened = page.lang, page.opened
    date = t("compound.date", lang, date=date_text(opened.assessment.as_of, lang))
    mark = t("overview.demo", lang) if opened.district.demo else ""
    right = t("compound.comma", lang).join(filter(None, (opened.district.name, date, mark)))
    return compound_blocks.title_html(t("quality.page", lang), [t("quality.question", lang)], "", right)


def _sentence(page: _Page) -> str:
    said = quality_words.sentence(page.findings, page.place, page.lang, n_compounds=page.compounds)
    return (page.view.street + t("quality.colon", page.lang) if page.view.street else "") + said


def _cards(page: _Page) -> None:
    """One card per severity that filters, then how much is filled in and the 三无 list."""
    lang, counts = page.lang, quality_view.severity_counts(page.findings, page.place)
    columns = st.columns([1, 1, 1, 1.1, 1.1], gap="small")
    for column, severity in zip(columns, SEVERITIES, strict=False):
        n, whose = (f"{int(counts.at[severity, name]):,}" for name in ("n", "compounds"))
        word = t(f"web.severity.{severity}", lang)
        lines = (t(f"quality.card.{severity}", lang), t("quality.card.whose", lang, n=whose))
        with column, st.container(key=f"planner-card-{severity}"):
            chosen = page.view.severity == severity
            title = t("quality.card.title", lang, word=word, n=n)
            st.html(quality_blocks.card_html(title, lines, severity, chosen=chosen))
            st.button(
                t("quality.card.filter", lang, word=word), key=f"planner-hit-{severity}",
                on_click=quality_choices.pick_severity, args=(severity,),
            )  # fmt: skip
    for column, (title, lines) in zip(columns[3:], (_known_card(page), _sanwu_card(page)), strict=True):
        with column:
            st.html(quality_blocks.card_html(title, lines, "", chosen=False))


def _known_card(page: _Page) -> tuple[str, tuple[str, str]]:
    lang, share = page.lang, page.complete.overall(page.view.street or "all")
    title = t("quality.card.known", lang, share="—" if share is None else f"{int(100 * share)}%")
    profile = t(f"table.profile.{page.opened.assessment.profile}", lang)
    fields = t("quality.card.known_of", lang, n=len(page.complete.deciding()), profile=profile)
    return title, (fields, t("quality.card.below", lang))


def _sanwu_card(page: _Page) -> tuple[str, tuple[str, str]]:
    """How often list and rule differ in the place; what the rule says where the ledger has no list."""
    lang, table = page.lang, parts.sanwu_table(page.opened)
    if page.view.street:
        table = table[(page.findings.streets == page.view.street).to_numpy(dtype=bool)]
    below = t("quality.card.below", lang)
    if not (table["list"] != "unknown").any():
        n = {f"n_{answer}": f"{int((table['rule'] == answer).sum()):,}" for answer in sanwu_view.ANSWERS}
        return t("quality.card.no_list", lang), (t("quality.card.by_rule", lang, **n), below)
    apart, unsure = (int(table["kind"].isin(kinds).sum()) for kinds in (sanwu_view.APART, sanwu_view.UNSURE))
    title = t("quality.card.sanwu", lang, n=f"{apart:,}")
    return title, (t("quality.card.sanwu_open", lang, n=f"{unsure:,}"), below)


def _filters(opened: Opened, findings: Findings, lang: str) -> None:
    names = quality_view.street_names(findings, [str(n) for n in streets(opened.assessment)["street"].dropna() if n])
    if st.session_state["quality_street"] not in ("", *names):
        st.session_state["quality_street"] = ""
    view = quality_choices.view()
    rules = list(
        dict.fromkeys(quality_view.groups(findings, quality_view.shown(findings, view, any_rule=True))["rule"])
    )
    if st.session_state["quality_rule"] not in ("", *rules):
        st.session_state["quality_rule"] = ""
    every = {"": t("quality.all_rules", lang)}
    with st.container(key="planner-quality-filters", horizontal=True, vertical_alignment="center"):
        st.selectbox(
            t("ranking.filter.street", lang), ["", *names], key="quality_street", width=150,
            label_visibility="collapsed", on_change=quality_choices.first_rows,
            format_func=lambda name: name or t("overview.all_streets", lang),
        )  # fmt: skip
        st.selectbox(
            t("quality.filter.rule", lang), ["", *rules], key="quality_rule", width=300,
            label_visibility="collapsed", on_change=quality_choices.first_rows,
            format_func=lambda rule: every.get(rule) or f"{quality_words.rule_title(rule, lang)}（{rule}）",
        )  # fmt: skip
        st.button(t("ranking.clear", lang), key="planner-clear", on_click=quality_choices.clear, type="tertiary")
        st.space("stretch")
        shown = quality_view.shown(findings, quality_choices.view())
        parts.downloads(opened, findings, shown, _cached_completeness(opened.key, opened), lang)


def _table(page: _Page) -> None:
    groups = quality_view.groups(page.findings, page.listed)
    numbers = [int(n) for n in np.flatnonzero(page.shown)] if page.view.rule else []
    wanted = int(st.session_state["quality_rows"])
    rest = len(numbers) - wanted
    district, policy, lang = page.opened.district, page.opened.policy, page.lang
    more = t("overview.list.more", lang, n=min(rest, quality_choices.PAGE_ROWS), all=len(numbers)) if rest > 0 else ""
    data = {
        "chosen": _chosen(page),
        "groups": quality_rows.group_rows(groups, lang),
        "rows": quality_rows.problem_rows(page.findings, district, policy, numbers[:wanted], lang),
        "words": quality_rows.table_words(lang),
        "open": page.view.rule,
        "roomy": len(groups) <= _ROOMY,
        "empty": t("quality.table.nothing", lang),
        "more": more,
    }
    QUALITY_TABLE.show(
        data,
        {
            "rule": quality_choices.open_rule,
            "pick": quality_choices.pick_row,
            "go": quality_choices.open_compound,
            "more": quality_choices.more_rows,
        },
    )


def _chosen(page: _Page) -> dict[str, object]:
    """The chosen compound with everything that is to be said about it."""
    key, lang, district = page.view.chosen, page.lang, page.opened.district
    if not key:
        return {"id": ""}
    row, numbers = district.compounds.loc[key], quality_view.problems_of(page.findings, key)
    where = [str(part) for part in (key, row["subdistrict_name"], row["community_name"]) if not pd.isna(part)]
    said = t("quality.table.own" if numbers else "quality.table.own_none", lang, n=len(numbers))
    shown = numbers[: quality_rows.MOST_OF_ONE]
    rows = quality_rows.problem_rows(page.findings, district, page.opened.policy, shown, lang)
    name = key if pd.isna(row["name"]) else str(row["name"])
    return {"id": key, "name": name, "where": " · ".join(where), "said": said, "rows": rows}


def _map(page: _Page) -> None:
    opened, lang, view = page.opened, page.lang, page.view
    index = opened.district.compounds.index
    filtered = bool(view.severity or view.rule)
    layer = quality_view.quality_layer(page.findings, page.shown, lang, filtered=filtered)
    inside = (page.findings.streets == view.street).to_numpy(dtype=bool) if view.street else np.ones(len(index), bool)
    served = serve_shapes(opened)
    paint = paint_message(layer, shown=inside, chosen=int(index.get_loc(view.chosen)) if view.chosen else None)
    paint["view"] = {"key": safe_text(view.street), "box": served.streets.get(view.street, served.box),
                     "narrow": bool(view.street)}  # fmt: skip
    looked = st.session_state["quality_look"]
    box = site_box(opened.district, looked) if looked and looked == view.chosen else None
    if box is not None:
        paint["view"] = {"key": safe_text(f"look {looked}"), "box": box, "narrow": True}
    with st.container(key="planner-map"):
        mapview.show_map(served, paint, rows=len(index), lang=lang)
    mapview.show_sentences(served, opened.assessment.sentences(lang)["sentence"].reindex(index))
    st.html(blocks.legend_html(replace(layer, key="action"), layer.counts(inside), None, lang))


if __name__ == "__main__":  # Streamlit runs page files so
    show()
