"""What the map says of every compound when somebody points at it or clicks on it: one line of text each.

The lines ride in one message that does not change with colours; the popup and the programme letters are made of them.
"""

from __future__ import annotations

import pandas as pd

from planner.decisions.pipeline import Assessment
from planner.decisions.states import STATES
from planner.outputs.map_classes import programme_marks
from planner.text import safe_text, t, wan


def card_lines(assessment: Assessment, lang: str = "zh") -> list[str]:
    """Return per compound, in row order of the scores: sentence, state, programmes, main programme, cost.

    The parts are separated by tabs and safe for HTML: the number of the state in states.STATES, the two characters of
    `map_classes.programme_marks`, and the cost in words (empty where nothing can be spent now or nobody knows).
    """
    index = assessment.scores.index
    sentences = assessment.sentences(lang)["sentence"].reindex(index)
    states = assessment.states["state"].reindex(index)
    marks = programme_marks(assessment)
    costs = cost_words(assessment, lang)
    rows = zip(sentences, states, marks[0], marks[1], costs, strict=True)
    return ["\t".join((_line(said), str(STATES.index(state)), *rest)) for said, state, *rest in rows]


def cost_words(assessment: Assessment, lang: str = "zh") -> list[str]:
    """Return per compound what can be spent now, likely and from low to high, in words safe for HTML."""
    wanted = ["cost_now", "cost_now_low", "cost_now_high"]
    rows = assessment.costs.reindex(assessment.scores.index)[wanted].to_numpy(dtype=float, na_value=float("nan"))
    return [safe_text(_cost(*row, lang=lang)) for row in rows.tolist()]


def _cost(likely: float, low: float, high: float, *, lang: str) -> str:
    if pd.isna(likely) or not likely:
        return ""
    key = "map.card.cost" if pd.isna(low) or pd.isna(high) or low == high else "map.card.cost_range"
    numbers = {"n": wan(likely, 1)} | ({"low": wan(low, 1), "high": wan(high, 1)} if key.endswith("range") else {})
    return t(key, lang, **numbers)


def _line(text: object) -> str:
    return "" if text is None or pd.isna(text) else safe_text(" ".join(str(text).split()))
