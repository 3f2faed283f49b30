"""The themes of the map: which class each compound is in, and how each class is drawn (colours of LOOK.md).

A theme is named (``action``, ``need`` ...), or stands for a row of programmes.csv (``programme:A``) or of items.csv
(``item:ac_unit``). Every compound has exactly one class in every theme, so that the counts of a legend add up to the
number of compounds. Unknown is a class of its own, hatched; it is never drawn as a low value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from planner.decisions.items import BY_HAND
from planner.decisions.pipeline import Assessment
from planner.decisions.states import STATES
from planner.district.district import District
from planner.district.sanwu import derive_sanwu
from planner.outputs.map_looks import (
    READINESS,
    SEQUENCE,
    Codes,
    Drawn,
    MapClass,
    MapLayer,
    na_class,
    plain_class,
    unknown_class,
)
from planner.outputs.map_rules import LIMIT_KINDS, gaps_of, item_layer, programme_layer
from planner.policy import Policy
from planner.text import t

__all__ = [
    "GROUPS", "ITEM", "LAYERS", "PROGRAMME", "PROGRAMMES", "QUICK", "STATE_KEYS", "Codes", "MapClass", "MapLayer",
    "all_layers",
    "grouped_title", "grouped_titles", "held_programmes", "layer_title", "map_layer", "programme_marks",
    "state_classes", "themes",
]  # fmt: skip

STATE_KEYS = ("ready", "custodian", "consent", "verify", "listed", "excluded", "none")
"""Names of the states of ``states.STATES`` in text.csv (``map.state.<key>``), CSS and tests."""

PROGRAMMES = ("A", "H", "E", "M", "Z")
"""Programmes with a letter on the map: 全 二 环 微 管."""

_DIGITS = "0123456789abcdefghijklmnopqrstuv"

PROGRAMME, ITEM = "programme:", "item:"
GROUPS = ("main", "service", "programme", "limit", "item", "hand")
"""Kinds of themes in the order in which they are offered; their words are ``map.group.<name>``."""

QUICK = ("action", "micro", "service")
"""Themes with a button of their own beside the list of all."""

_SERVICE = ("service", "sanwu", "heat", "heating")


def themes(policy: Policy) -> dict[str, str]:
    """Return every theme that these rules have, with its group of GROUPS: named ones, then programmes, limits, items.

    The order is that of the tables; within it a group stays together.
    """
    named = {key: "service" if key in _SERVICE else "main" for key in LAYERS}
    rows = policy.programmes.sort_values("order", kind="stable")
    rules = {PROGRAMME + str(code): _kind(str(kind)) for code, kind in rows["kind"].items()}
    items = {ITEM + str(code): "hand" if gap == BY_HAND else "item" for code, gap in policy.items["deficit"].items()}
    found = {**named, **rules, **items}
    return {key: group for wanted in GROUPS for key, group in found.items() if group == wanted}


def _kind(kind: str) -> str:
    return "limit" if kind in LIMIT_KINDS else "programme"


def layer_title(key: str, lang: str = "zh", policy: Policy | None = None) -> str:
    """Return the words of a theme: of text.csv, or the label that ``policy`` gives the programme or item."""
    table, found, code = key.partition(":")
    if not found or policy is None:
        return t(f"map.layer.{key}", lang)
    return policy.label({"programme": "programmes", "item": "items"}[table], code, lang)


def grouped_titles(policy: Policy, lang: str = "zh") -> dict[str, str]:
    """Return every theme of ``themes`` with its words, its kind before them, as a long list of themes needs it."""
    return {key: grouped_title(key, policy, lang, group=group) for key, group in themes(policy).items()}


def grouped_title(key: str, policy: Policy, lang: str = "zh", *, group: str = "") -> str:
    """Return the words of one theme with its kind before them; ``group`` is that kind, where it is known."""
    kind, title = group or themes(policy)[key], layer_title(key, lang, policy)
    return title if kind == "main" else t("map.theme", lang, group=t(f"map.group.{kind}", lang), name=title)


def all_layers(district: District, assessment: Assessment, lang: str = "zh") -> Iterator[MapLayer]:
    """Yield every theme of ``themes`` in their order."""
    gaps = gaps_of(assessment, assessment.policy.items.index)
    for key in themes(assessment.policy):
        yield map_layer(key, district, assessment, lang, gap=gaps.get(key.removeprefix(ITEM)))


def map_layer(
    key: str, district: District, assessment: Assessment, lang: str = "zh", *, gap: pd.DataFrame | None = None
) -> MapLayer:
    """Return the theme ``key`` of ``themes`` for every compound of the district; KeyError for another key.

    Unknown values are hatched; ``na`` (cannot apply) is grey. ``gap``: what an item lacks (`map_rules.gaps_of`), where
    it is there already.
    """
    policy = assessment.policy
    if key.startswith(PROGRAMME):
        classes, codes = programme_layer(assessment, key.removeprefix(PROGRAMME), lang)
    elif key.startswith(ITEM):
        classes, codes = item_layer(assessment, key.removeprefix(ITEM), lang, gap)
    else:
        classes, codes = LAYERS[key](district, assessment, lang)
        return MapLayer(key, layer_title(key, lang), classes, codes)
    codes = pd.Series(codes, index=assessment.scores.index).reindex(district.compounds.index).to_numpy(dtype=np.int64)
    return MapLayer(key, grouped_title(key, policy, lang), classes, codes)


def state_classes(lang: str = "zh") -> tuple[MapClass, ...]:
    """Return the seven action states as they are drawn."""
    drawing = (
        {"fill": "#0B4F8A", "edge": "#062E52", "width": 0.9, "white": True},
        {"fill": "#D98324", "pattern": "down"},
        {"fill": "#F4DD8B", "pattern": "dots"},
        {"fill": "hatch", "edge": "#7C8894", "width": 0.9, "dash": "3 2"},
        {"fill": "#8CBCE0", "pattern": "flat"},
        {"fill": "#BFC4C9", "edge": "#A3A9AF", "pattern": "cross"},
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


def _action(district: District, assessment: Assessment, lang: str) -> Drawn:
    states = assessment.states["state"].reindex(district.compounds.index)
    return state_classes(lang), _codes(states, STATES)


def _stepped(
    values: pd.Series, edges: Sequence[float], classes: Sequence[MapClass], *, kinds: pd.Series | None, lang: str
) -> Drawn:
    """Classes ``edges[k] <= value < edges[k + 1]``, then 待核实 and 不适用."""
    last = len(classes)
    drawn = (*classes, unknown_class(lang), na_class(lang))
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    codes = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, last - 1)
    codes = np.where(np.isnan(numbers), last, codes)
    if kinds is not None:
        kind = kinds.to_numpy(dtype=object)
        codes = np.where(kind == "unknown", last, np.where(kind == "na", last + 1, codes))
    return drawn, codes.astype(np.int64)


def _shaded(labels: Sequence[str], colours: Sequence[str] = SEQUENCE) -> list[MapClass]:
    """One class per label, the darkest colour for the last."""
    return [MapClass(label, fill) for label, fill in zip(labels, colours[-len(labels) :], strict=True)]


def _micro(district: District, assessment: Assessment, lang: str) -> Drawn:
    raw = assessment.criteria.reindex(district.compounds.index)
    labels = [t("map.class.no_gap", lang), "1–20%", "20–40%", "40–60%", "60–80%", "80–100%"]
    edges = (0.0, 0.005, 0.2, 0.4, 0.6, 0.8)
    return _stepped(raw["n3_x"], edges, _shaded(labels), kinds=raw["n3_kind"], lang=lang)


def _heat(district: District, assessment: Assessment, lang: str) -> Drawn:
    scores, raw = assessment.scores.reindex(district.compounds.index), assessment.criteria
    labels = [t("map.class.no_trouble", lang), "1–20", "20–40", "40–60", "60–80", "80–100"]
    edges = (0.0, 1.0, 20.0, 40.0, 60.0, 80.0)
    return _stepped(scores["n5_v"], edges, _shaded(labels), kinds=raw["n5_kind"].reindex(scores.index), lang=lang)


def _service(district: District, assessment: Assessment, lang: str) -> Drawn:
    order = assessment.policy.fields("compounds").loc["property_status", "values"].split(";")
    status = district.compounds["property_status"].astype(object)
    labels = [t(f"map.service.{k}", lang) for k in range(len(order))]
    steps = tuple(MapClass(label, SEQUENCE[k]) for k, label in enumerate(labels))
    codes = status.map({value: k for k, value in enumerate(order)}).fillna(len(order)).to_numpy(dtype=np.int64)
    return (*steps, unknown_class(lang)), codes


def _points(district: District, assessment: Assessment, column: str, *, lang: str) -> Drawn:
    """Steps of a figure from 0 to 100; where less is known than settings.min_completeness, it would be a guess."""
    edges = (0.0, 30.0, 40.0, 50.0, 60.0, 70.0)
    labels = [t("map.class.below", lang, n=30), "30–40", "40–50", "50–60", "60–70", t("map.class.above", lang, n=70)]
    least = assessment.policy.number("min_completeness")
    scores = assessment.scores.reindex(district.compounds.index)
    thin = scores["completeness"].to_numpy(dtype=float, na_value=0.0) < least - 1e-9
    steps = _shaded(labels, READINESS if column == "readiness" else SEQUENCE)
    classes, codes = _stepped(scores[column].mask(thin), edges, steps, kinds=None, lang=lang)
    poor = replace(classes[-2], label=t("map.class.thin", lang, n=f"{100 * least:g}"))
    return (*classes[:-2], poor), codes


def _need(district: District, assessment: Assessment, lang: str) -> Drawn:
    return _points(district, assessment, "need", lang=lang)


def _readiness(district: District, assessment: Assessment, lang: str) -> Drawn:
    return _points(district, assessment, "readiness", lang=lang)


def _score(district: District, assessment: Assessment, lang: str) -> Drawn:
    return _points(district, assessment, "score", lang=lang)


def _sanwu(district: District, assessment: Assessment, lang: str) -> Drawn:
    """The list of 三无 against the rule; where both say nothing, to verify."""
    names = ("both", "listed", "half", "derived", "neither")
    fills = ("#68281A", "#A34E27", "#CF7F3B", "#E5AE63")
    words = [t(f"map.sanwu.{name}", lang) for name in names]
    classes = (*_shaded(words[:4], fills), plain_class(words[4]), unknown_class(lang))
    official = district.compounds["sanwu_official"].astype("boolean")
    rule = derive_sanwu(district.compounds, assessment.policy)
    listed, derived = official.fillna(False).to_numpy(dtype=bool), rule.fillna(False).to_numpy(dtype=bool)
    no_rule, no_list = rule.isna().to_numpy(), official.isna().to_numpy()
    on_list = np.where(no_rule, 2, np.where(derived, 0, 1))
    off_list = np.where(derived, 3, np.where(no_rule & no_list, 5, 4))
    return classes, np.where(listed, on_list, off_list).astype(np.int64)


def _heating(district: District, assessment: Assessment, lang: str) -> Drawn:
    """Years that the oldest branch has served; grey where there is no district heating."""
    edges = (0.0, 10.0, 15.0, 20.0, 25.0)
    words = [t("map.class.years_below", lang, n=10), *(t("map.class.years", lang, a=a, b=a + 5) for a in (10, 15, 20))]
    index, heat = district.compounds.index, assessment.deficits.need.heating
    own = assessment.deficits.need.ledger.index
    laid = pd.Series(heat.laid_year, index=own).reindex(index)
    kinds = np.where(heat.network.no, "na", np.where(heat.network.unknown, "unknown", "known"))
    steps = _shaded([*words, t("map.class.years_above", lang, n=25)])
    years = assessment.as_of.year - laid
    classes, codes = _stepped(years, edges, steps, kinds=pd.Series(kinds, index=own).reindex(index), lang=lang)
    return (*classes[:-1], replace(classes[-1], label=t("map.class.no_network", lang))), codes


def _completeness(district: District, assessment: Assessment, lang: str) -> Drawn:
    share = assessment.scores["completeness"].reindex(district.compounds.index)
    labels = ["80–100%", "60–80%", "40–60%", "20–40%", t("map.class.below", lang, n="20%")]
    edges = (0.0, 0.2, 0.4, 0.6, 0.8)
    classes, codes = _stepped(share, edges, _shaded(labels), kinds=None, lang=lang)
    last = len(labels) - 1
    return classes, np.where(codes <= last, last - codes, codes)


Maker = Callable[[District, Assessment, str], Drawn]

LAYERS: Mapping[str, Maker] = {
    "action": _action,
    "micro": _micro,
    "heat": _heat,
    "service": _service,
    "need": _need,
    "readiness": _readiness,
    "score": _score,
    "completeness": _completeness,
    "sanwu": _sanwu,
    "heating": _heating,
}
"""The named themes: key -> function of (district, assessment, language)."""
