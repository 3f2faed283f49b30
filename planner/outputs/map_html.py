"""The offline map: one HTML file with everything in it, opened by a double click, without server or internet."""

from __future__ import annotations

import json
import re
from typing import Any

import folium
import numpy as np
import pandas as pd
from folium.elements import JSCSSMixin
from folium.template import Template

from planner.decisions.pipeline import Assessment
from planner.decisions.states import STATES
from planner.decisions.summary import headline
from planner.district.district import District
from planner.outputs import assets
from planner.outputs.basemap import building_cells
from planner.outputs.map_cards import card_lines, cost_words
from planner.outputs.map_classes import QUICK, MapLayer, all_layers, held_programmes, layer_title, state_classes, themes
from planner.outputs.map_data import district_box, shapes_text
from planner.outputs.map_layers import PlannerMap, base_map, codes_text, looks, words
from planner.outputs.map_overlays import AT_FIRST, overlay_text, overlays
from planner.policy import Policy
from planner.text import date_text, safe_text, t

BUILDINGS_MOST = 20_000
"""Buildings above which the file leaves them out: it must stay small enough to mail."""

_WORDS = ("close", "safety", "glyphs", "themes", "layers", "count")

DATA_ID = "planner-data"
_SLOT = "<!--planner-data-->"


class ExportPage(JSCSSMixin, folium.MacroElement):
    """Title, layer buttons, legend, search and a card per compound round the map of an exported page."""

    _template = Template(
        "{% macro html(this, kwargs) %}" + _SLOT + "{% endmacro %}"
        "{% macro script(this, kwargs) %}PlannerExport.start({{ this._parent.get_name() }}, "
        "JSON.parse(document.getElementById({{ this.data_id|tojson }}).textContent).page);{% endmacro %}"
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "ExportPage"
        self.data_id = DATA_ID
        self.default_js = [("planner_export", assets.own_url("export.js"))]
        self.default_css = [("planner_export_css", assets.own_url("export.css"))]


def map_page(district: District, assessment: Assessment, lang: str = "zh") -> str:
    """Return the offline map as one HTML text: all themes and layers, legend with counts, search, a card per compound.

    The same district, rules, date and versions give the same text. Compounds without a shape are counted and found
    by the search, but not drawn. Raises ValueError if anything in it would be fetched from outside.
    """
    page = _page(district, assessment, lang)
    export = base_map(box=district_box(district), rows=len(district.compounds))
    config = {"data": DATA_ID, "box": district_box(district), "fill": True, "words": words(lang)}
    export.add_child(PlannerMap(config | {"pad": [14, 110, 220, 26]}))
    export.add_child(ExportPage())
    html = _steady_names(assets.inline(export.get_root().render()))
    html = _with_head(html.replace(_SLOT, _data_block(district, page, card_lines(assessment, lang))), page, lang)
    assets.assert_offline(html)
    return html


def _data_block(district: District, page: dict[str, Any], lines: list[str]) -> str:
    buildings = district.layers["buildings"]
    cells = dict(building_cells(buildings)) if len(buildings) <= BUILDINGS_MOST else {}
    inside = "{" + ",".join(f'"{name}":{text}' for name, text in sorted(cells.items())) + "}"
    parts = {
        "shapes": shapes_text(district, cells),
        "cells": inside,
        "over": overlay_text(district),
        "lines": json.dumps([line.split("\t") for line in lines], ensure_ascii=False, separators=(",", ":")),
        "page": json.dumps(page, ensure_ascii=False, separators=(",", ":")),
    }
    text = "{" + ",".join(f'"{name}":{part}' for name, part in parts.items()) + "}"
    return f'<script type="application/json" id="{DATA_ID}">{text}</script>'


def _steady_names(html: str) -> str:
    """folium names its elements at random; count them instead, so that the same input gives the same bytes."""
    found = dict.fromkeys(re.findall(r"(?<=_)[0-9a-f]{32}\b", html))
    numbers = {name: f"{k:04d}" for k, name in enumerate(found)}
    return re.sub(r"(?<=_)[0-9a-f]{32}\b", lambda m: numbers[m[0]], html)


def _with_head(html: str, page: dict[str, Any], lang: str) -> str:
    tongue = {"zh": "zh-CN", "en": "en"}[lang]
    return html.replace("<html>", f'<html lang="{tongue}">', 1).replace(
        "<head>", f"<head><title>{page['title']}</title>", 1
    )


def _page(district: District, assessment: Assessment, lang: str) -> dict[str, Any]:
    """Everything round the map; every text is safe already."""
    offered = themes(assessment.policy)
    drawn = zip(offered.values(), all_layers(district, assessment, lang), strict=True)
    layers = [_layer(layer, group, assessment.policy, lang) for group, layer in drawn]
    there = overlays(district)
    states = assessment.states.reindex(district.compounds.index)
    return {
        "title": safe_text(t("overview.title", lang, district=district.name)),
        "marks": [safe_text(mark) for mark in _marks(district, lang)],
        "facts": [safe_text(fact) for fact in facts(assessment, lang)],
        "sentence": safe_text(headline(assessment, lang)["sentence"]),
        "layers": layers,
        "quick": [list(offered).index(key) for key in QUICK],
        "overlays": [[name, safe_text(t(f"map.overlay.{name}", lang))] for name in there],
        "on": [name for name in AT_FIRST if name in there],
        "safety": np.flatnonzero(states["safety"].to_numpy(dtype=bool)).tolist(),
        "rows": _rows(district, assessment, lang),
        "words": {key: safe_text(t(f"map.page.{key}", lang)) for key in _WORDS},
        "notes": [safe_text(note) for note in _notes(district, lang)],
    }


def facts(assessment: Assessment, lang: str) -> list[str]:
    """Return what a title says of its figures: the date, the rules and their stage, criteria set aside."""
    policy, stage = assessment.policy, t(f"overview.stage.{assessment.profile}", lang)
    found = [
        t("overview.as_of", lang, date=date_text(assessment.as_of, lang)),
        t("overview.rules", lang, version=policy.text("rules_version"), stage=stage),
    ]
    if assessment.unused:
        names = [policy.label("criteria", code, lang) for code in assessment.unused]
        found.append(t("overview.unused", lang, names=t("overview.comma", lang).join(names)))
    return found


def _marks(district: District, lang: str) -> list[str]:
    demo = [t("overview.demo", lang)] if district.demo else []
    return [*demo, t("map.page.internal", lang)]


def _notes(district: District, lang: str) -> list[str]:
    missing = int(district.compounds.geometry.isna().sum())
    found = [t("map.page.undrawn", lang, n=missing)] if missing else []
    if len(district.layers["buildings"]) > BUILDINGS_MOST:
        found.append(t("map.page.no_buildings", lang))
    return found


def _layer(layer: MapLayer, group: str, policy: Policy, lang: str) -> dict[str, Any]:
    return {
        "key": layer.key,
        "group": safe_text(t(f"map.group.{group}", lang)),
        "name": safe_text(layer_title(layer.key, lang, policy)),
        "title": safe_text(layer.title),
        "codes": codes_text(layer),
        "looks": looks(layer),
        "counts": layer.counts(),
        "letters": layer.key == "action",
    }


def _rows(district: District, assessment: Assessment, lang: str) -> list[dict[str, Any]]:
    """Name, place and card of every compound, in row order."""
    compounds = district.compounds
    texts = assessment.sentences(lang).reindex(compounds.index)
    names = compounds["name"].fillna(compounds.index.to_series()).to_numpy(dtype=object)
    places = compounds[["subdistrict_name", "community_name"]].fillna("").agg(" ".join, axis=1).to_numpy(dtype=object)
    return [
        {"name": safe_text(name), "place": safe_text(place), "lines": lines}
        for name, place, lines in zip(names, places, _cards(assessment, texts, lang), strict=True)
    ]


def _cards(assessment: Assessment, texts: pd.DataFrame, lang: str) -> list[list[dict[str, str]]]:
    wanted = (("state_reason", "reason"), ("would_raise", "would"), ("unknowns", "unknown"))
    states = assessment.states.reindex(texts.index).to_dict("records")
    held, costs = _programmes(assessment, lang), cost_words(assessment, lang)
    rows = zip(texts.to_dict("records"), states, held, costs, strict=True)
    cards = []
    for said, state, programmes, cost in rows:
        lines = [_line(said["sentence"], kind="lead")]
        lines.append(_line(state_classes(lang)[STATES.index(state["state"])].label, t("map.layer.action", lang)))
        lines += [_line(programmes, t("map.group.programme", lang)), {"label": "", "text": cost, "kind": ""}]
        lines += [_line(said[field], t(f"overview.detail.{key}", lang)) for field, key in wanted]
        lines.append(_line(state[f"safety_{lang}"], t("overview.detail.safety", lang), kind="bad"))
        cards.append([line for line in lines if line["text"]])
    return cards


def _programmes(assessment: Assessment, lang: str) -> list[str]:
    """Per compound the names of the programmes that hold."""
    comma, held = t("map.control.comma", lang), held_programmes(assessment)
    names = [assessment.policy.label("programmes", code, lang) for code in held.columns]
    return [comma.join(name for name, yes in zip(names, row, strict=True) if yes) for row in held.to_numpy()]


def _line(text: object, label: str = "", *, kind: str = "") -> dict[str, str]:
    return {"label": safe_text(label), "text": safe_text(_clean(text)), "kind": kind}


def _clean(text: object) -> str:
    return "" if text is None or pd.isna(text) else " ".join(str(text).split())
