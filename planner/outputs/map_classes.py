"""The layers of the web map: which class each compound is in, and how each class is drawn (colours of LOOK.md).

A class is exclusive and every compound has exactly one in every layer, so that the counts of a legend add up to the
number of compounds. Unknown is a class of its own, hatched; it is never drawn as a low value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decisions.pipeline import Assessment
from planner.decisions.states import STATES
from planner.district.district import District
from planner.text import t

Codes = npt.NDArray[np.int64]

STATE_KEYS = ("ready", "custodian", "consent", "verify", "listed", "excluded", "none")
"""Names of the states of ``states.STATES`` in text.csv (``map.state.<key>``), CSS and tests."""

PROGRAMMES = ("A", "H", "E", "M", "Z")
"""Programmes with a letter on the map: 全 二 环 微 管."""

SEQUENCE = ("#F8EBD0", "#F2D19B", "#E5AE63", "#CF7F3B", "#A34E27", "#68281A")
_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_EDGE, _WIDTH = "#6B5B4B", 0.6


@dataclass(frozen=True, slots=True)
class MapClass:
    """One entry of a legend: its words and its drawing; fill ``hatch`` is the pattern of the unknown."""

    label: str
    fill: str
    edge: str = _EDGE
    width: float = _WIDTH
    dash: str = ""
    white: bool = False


@dataclass(frozen=True, slots=True)
class MapLayer:
    """A layer: ``codes`` gives for every compound, in row order, the number of its class."""

    key: str
    title: str
    classes: tuple[MapClass, ...]
    codes: Codes

    def counts(self, mask: npt.NDArray[np.bool_] | None = None) -> list[int]:
        """Return how many compounds (of ``mask``) are in each class."""
        chosen = self.codes if mask is None else self.codes[mask]
        return [int(n) for n in np.bincount(chosen, minlength=len(self.classes))]


def layer_title(key: str, lang: str = "zh") -> str:
    """Return the words of a layer on its button."""
    return t(f"map.layer.{key}", lang)


def map_layer(key: str, district: District, assessment: Assessment, lang: str = "zh") -> MapLayer:
    """Return the layer ``key`` of LAYERS for every compound of the district; KeyError for another key.

    Unknown values are hatched; ``na`` (cannot apply) is grey.
    """
    classes, codes = LAYERS[key](district, assessment, lang)
    return MapLayer(key, layer_title(key, lang), classes, codes)


def state_classes(lang: str = "zh") -> tuple[MapClass, ...]:
    """Return the seven action states as they are drawn."""
    drawing = (
        {"fill": "#0B4F8A", "edge": "#062E52", "width": 0.9, "white": True},
        {"fill": "#D98324"},
        {"fill": "#F4DD8B"},
        {"fill": "hatch", "edge": "#7C8894", "width": 0.9, "dash": "3 2"},
        {"fill": "#8CBCE0"},
        {"fill": "#BFC4C9", "edge": "#A3A9AF"},
        {"fill": "#FBFBFA", "edge": "#A9B4BF", "width": 0.7},
    )
    words = (t(f"map.state.{key}", lang) for key in STATE_KEYS)
    return tuple(MapClass(label=word, **look) for word, look in zip(words, drawing, strict=True))  # type: ignore[arg-type]


def programme_marks(assessment: Assessment) -> tuple[str, str]:
    """Return two texts with one character per compound: which programme letters it carries, and the main one.

    The first is a digit to the base 32 (0-9, a-v), bit k for PROGRAMMES[k] when that programme is 符合; the second the
    number k of the programme under which the headline counts it, 5 for none.
    """
    held = held_programmes(assessment)
    bits = held.to_numpy(dtype=int) @ (1 << np.arange(len(PROGRAMMES)))
    lead = assessment.states["lead"].fillna("").astype(str).str[:1]
    leads = lead.map({code: k for k, code in enumerate(PROGRAMMES)}).fillna(len(PROGRAMMES)).astype(int)
    return "".join(_DIGITS[n] for n in bits), "".join(_DIGITS[n] for n in leads)


def held_programmes(assessment: Assessment, result: str = "yes") -> pd.DataFrame:
    """Return per compound whether each of PROGRAMMES has this result (bool, in the row order of the scores)."""
    rows = assessment.programmes[assessment.programmes["code"].isin(PROGRAMMES)]
    table = rows.assign(held=rows["result"] == result).pivot(index="compound_id", columns="code", values="held")
    return table.reindex(index=assessment.scores.index, columns=list(PROGRAMMES)).fillna(False).astype(bool)


def _codes(labels: pd.Series, order: Sequence[str]) -> Codes:
    return np.asarray(labels.map({label: k for k, label in enumerate(order)}), dtype=np.int64)


def _action(district: District, assessment: Assessment, lang: str) -> tuple[tuple[MapClass, ...], Codes]:
    states = assessment.states["state"].reindex(district.compounds.index)
    return state_classes(lang), _codes(states, STATES)


def _unknown(lang: str, key: str = "map.class.unknown") -> MapClass:
    return MapClass(t(key, lang), "hatch", "#7C8894", 0.9, "3 2")


def _stepped(
    values: pd.Series, edges: Sequence[float], labels: Sequence[str], *, kinds: pd.Series | None, lang: str
) -> tuple[tuple[MapClass, ...], Codes]:
    """Classes ``edges[k] <= value < edges[k + 1]``, then 待核实 and 不适用; the darkest colour for the last class."""
    colours = SEQUENCE[-len(labels) :] if len(labels) < len(SEQUENCE) else SEQUENCE
    steps = [MapClass(label, fill) for label, fill in zip(labels, colours, strict=True)]
    classes = (*steps, _unknown(lang), MapClass(t("map.class.na", lang), "#BFC4C9", "#A3A9AF"))
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    codes = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, len(labels) - 1)
    codes = np.where(np.isnan(numbers), len(labels), codes)
    if kinds is not None:
        kind = kinds.to_numpy(dtype=object)
        codes = np.where(kind == "unknown", len(labels), np.where(kind == "na", len(labels) + 1, codes))
    return classes, codes.astype(np.int64)


def _micro(district: District, assessment: Assessment, lang: str) -> tuple[tuple[MapClass, ...], Codes]:
    raw = assessment.criteria.reindex(district.compounds.index)
    labels = [t("map.class.no_gap", lang), "1–20%", "20–40%", "40–60%", "60–80%", "80–100%"]
    edges = (0.0, 0.005, 0.2, 0.4, 0.6, 0.8)
    return _stepped(raw["n3_x"], edges, labels, kinds=raw["n3_kind"], lang=lang)


def _heat(district: District, assessment: Assessment, lang: str) -> tuple[tuple[MapClass, ...], Codes]:
    scores, raw = assessment.scores.reindex(district.compounds.index), assessment.criteria
    labels = [t("map.class.no_trouble", lang), "1–20", "20–40", "40–60", "60–80", "80–100"]
    edges = (0.0, 1.0, 20.0, 40.0, 60.0, 80.0)
    return _stepped(scores["n5_v"], edges, labels, kinds=raw["n5_kind"].reindex(scores.index), lang=lang)


def _service(district: District, assessment: Assessment, lang: str) -> tuple[tuple[MapClass, ...], Codes]:
    order = assessment.policy.fields("compounds").loc["property_status", "values"].split(";")
    status = district.compounds["property_status"].astype(object)
    labels = [t(f"map.service.{k}", lang) for k in range(len(order))]
    steps = tuple(MapClass(label, SEQUENCE[k]) for k, label in enumerate(labels))
    codes = status.map({value: k for k, value in enumerate(order)}).fillna(len(order)).to_numpy(dtype=np.int64)
    return (*steps, _unknown(lang)), codes


def _need(district: District, assessment: Assessment, lang: str) -> tuple[tuple[MapClass, ...], Codes]:
    edges = (0.0, 30.0, 40.0, 50.0, 60.0, 70.0)
    labels = [t("map.class.below", lang, n=30), "30–40", "40–50", "50–60", "60–70", t("map.class.above", lang, n=70)]
    need = assessment.scores["need"].reindex(district.compounds.index)
    return _stepped(need, edges, labels, kinds=None, lang=lang)


def _completeness(district: District, assessment: Assessment, lang: str) -> tuple[tuple[MapClass, ...], Codes]:
    share = assessment.scores["completeness"].reindex(district.compounds.index)
    labels = ["80–100%", "60–80%", "40–60%", "20–40%", t("map.class.below", lang, n="20%")]
    edges = (0.0, 0.2, 0.4, 0.6, 0.8)
    classes, codes = _stepped(share, edges, labels, kinds=None, lang=lang)
    last = len(labels) - 1
    return classes, np.where(codes <= last, last - codes, codes)


Maker = Callable[[District, Assessment, str], tuple[tuple[MapClass, ...], Codes]]

LAYERS: Mapping[str, Maker] = {
    "action": _action,
    "micro": _micro,
    "heat": _heat,
    "service": _service,
    "need": _need,
    "completeness": _completeness,
}
"""Registry of layers, in the order of their buttons: key -> function of (district, assessment, language)."""
