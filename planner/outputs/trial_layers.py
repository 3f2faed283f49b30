"""The map of a trial run: score under the trial rules, places gained or lost, and the suggested action."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from planner.decisions.states import STATES
from planner.decisions.trial import Scored, Trial
from planner.decisions.trial_compare import Comparison
from planner.outputs.map_classes import MapClass, MapLayer, state_classes
from planner.outputs.map_looks import SEQUENCE
from planner.text import t

_EDGES = (30.0, 40.0, 50.0, 60.0, 70.0)
_UP, _DOWN = ("#0B4F82", "#8FBBDD"), ("#F2C48A", "#A34E27")
_LIGHT, _GREY = "#FBFBFA", "#C9CED3"


def trial_layer(key: str, trial: Trial, found: Comparison, *, places: int, lang: str = "zh") -> MapLayer:
    """Return the layer ``key`` of TRIAL_LAYERS for every compound in row order; KeyError for another key.

    ``places``: from how many places on a move is a large one. A dashed edge marks who goes down, so that up and down
    differ without colour.
    """
    classes, codes = TRIAL_LAYERS[key](trial, found, places, lang)
    return MapLayer(f"trial-{key}", t(f"policy.layer.{key}", lang), classes, codes)


def score_layer(scored: Scored, lang: str = "zh") -> MapLayer:
    """Return the layer ``score`` of TRIAL_LAYERS from the values alone, before anybody is placed or compared."""
    return MapLayer("trial-score", t("policy.layer.score", lang), *_score_classes(scored.values.score, lang))


Classes = tuple[MapClass, ...]


def _score(trial: Trial, found: Comparison, places: int, lang: str) -> tuple[Classes, np.ndarray]:  # noqa: ARG001
    return _score_classes(trial.values.score, lang)


def _score_classes(values: np.ndarray, lang: str) -> tuple[Classes, np.ndarray]:
    labels = [f"{a:.0f}–{b:.0f}" for a, b in itertools.pairwise(_EDGES)]
    ends = (t("map.class.below", lang, n=f"{_EDGES[0]:.0f}"), t("map.class.above", lang, n=f"{_EDGES[-1]:.0f}"))
    steps = [MapClass(label, fill) for label, fill in zip((ends[0], *labels, ends[1]), SEQUENCE, strict=True)]
    classes = (*steps, MapClass(t("map.class.na", lang), "#BFC4C9", "#A3A9AF"))
    return classes, np.where(np.isnan(values), len(steps), np.searchsorted(_EDGES, values, side="right"))


def _move(trial: Trial, found: Comparison, places: int, lang: str) -> tuple[Classes, np.ndarray]:  # noqa: ARG001
    move = found.rows["move"].to_numpy(dtype=float, na_value=np.nan)
    words = [
        t(f"policy.move.{key}", lang, n=places, m=places - 1) for key in ("up_far", "up", "same", "down", "down_far")
    ]
    fills = (*_UP, _LIGHT, *_DOWN)
    looks = [
        MapClass(
            word, fill, edge=("#06294A" if k < 2 else "#A9B4BF" if k == 2 else "#5C2A12"), dash="3 2" if k > 2 else ""
        )
        for k, (word, fill) in enumerate(zip(words, fills, strict=True))
    ]
    classes = (*looks, MapClass(t("policy.move.none", lang), _GREY, "#A3A9AF"))
    with np.errstate(invalid="ignore"):
        conditions = [np.isnan(move), move >= places, move > 0, move == 0, move > -places]
    return classes, np.select(conditions, [5, 0, 1, 2, 3], default=4)


def _action(trial: Trial, found: Comparison, places: int, lang: str) -> tuple[Classes, np.ndarray]:  # noqa: ARG001
    number = {label: k for k, label in enumerate(STATES)}
    return state_classes(lang), np.asarray(trial.states["state"].map(number), dtype=np.int64)


TRIAL_LAYERS: Mapping[str, Callable[[Trial, Comparison, int, str], tuple[Classes, np.ndarray]]] = {
    "score": _score,
    "move": _move,
    "action": _action,
}
"""Registry of the layers of a trial, in the order of their buttons."""


def movers_table(found: Comparison, compounds: pd.DataFrame, ids: pd.Index) -> pd.DataFrame:
    """Return the comparison of ``ids`` with name, street and community, for tables and files; unknown is missing."""
    facts = {"name": "name", "street": "subdistrict_name", "community": "community_name"}
    known = pd.DataFrame({name: compounds[field].reindex(ids) for name, field in facts.items()}, index=ids)
    return known.join(found.rows.loc[ids])
