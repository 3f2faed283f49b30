"""What a task could change, in words: 监控路数为0—8路：变为可列入；进入前20."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.field_labels import FieldLabels
from planner.decisions.fill_values import NUMBER_KINDS, WHOLE_KINDS, limits_of
from planner.decisions.fills import BOTH_YEARS, YEARS
from planner.decisions.states import READY, STATES
from planner.decisions.survey_search import ENTERS
from planner.decisions.survey_tasks import SurveyTasks
from planner.text import t

SHOWN = 3
"""Outcomes told of one task; the rest is counted."""


def field_names(assessment: Assessment, fields: pd.Series, lang: str = "zh") -> pd.Series:
    """Return fields of tasks by the names that people read; both years together are 建成年代."""
    words = FieldLabels(assessment.policy).words
    names = {str(f): t("task.built_year", lang) if f == BOTH_YEARS else words[str(f)][lang] for f in fields.unique()}
    return fields.map(names)


def could_words(assessment: Assessment, found: SurveyTasks, lang: str = "zh") -> pd.Series:
    """Return for each task what it could change, aligned to ``found.tasks``; the most decisive outcomes first.

    Answers of programmes are told where neither state nor place would change.
    """
    voice = _Voice(assessment, found.top, lang)
    rows = found.outcomes
    rank = [_rank(about, result) for about, result in zip(rows["about"], rows["result"], strict=True)]
    rows = rows.assign(rank=rank)
    best = rows.groupby(["compound_id", "field"])["rank"].transform("min")
    rows = rows[(rows["rank"] < _ANSWER) | (best == _ANSWER)]
    rows = rows.assign(when=[voice.when(row) for row in rows.itertuples(index=False)])
    keys = ["compound_id", "field", "rank", "about", "result"]
    whole = rows.groupby(keys, sort=False)["when"].agg(t("lever.or", lang).join).reset_index()
    whole = whole.sort_values("rank", kind="stable")
    says = [voice.says(row) for row in whole.itertuples(index=False)]
    told = whole.assign(says=says).groupby(["compound_id", "field"], sort=False)["says"]
    words = told.agg(lambda parts: _joined(list(parts), lang))
    pairs = pd.MultiIndex.from_frame(found.tasks[["compound_id", "field"]])
    texts = words.reindex(pairs).fillna(t("task.perhaps", lang, top=found.top)).to_numpy(dtype=object)
    return pd.Series(texts, index=found.tasks.index, dtype=object)


_ANSWER = 3


def _rank(about: str, result: str) -> int:
    if about == "state":
        return 0 if result == READY else 2
    return 1 if about == "top" else _ANSWER


def _joined(parts: Sequence[str], lang: str) -> str:
    words = t("task.joint", lang).join(parts[:SHOWN])
    return words + t("task.more", lang, n=len(parts) - SHOWN) if len(parts) > SHOWN else words


class _Voice:
    """The words of one language, with what they need looked up once."""

    def __init__(self, assessment: Assessment, top: int, lang: str) -> None:
        self._labels = FieldLabels(assessment.policy).words
        fields = assessment.policy.fields("compounds")
        self._specs = {str(name): spec for name, spec in zip(fields.index, fields.to_dict("records"), strict=True)}
        self._specs[BOTH_YEARS] = self._specs[YEARS[0]]
        self._ends = {
            name: limits_of(spec, assessment.as_of)
            for name, spec in self._specs.items()
            if spec["type"] in NUMBER_KINDS
        }
        self._top, self._lang = top, lang

    def says(self, row: Any) -> str:
        """Return what an outcome is: 不超过8路：变为可列入."""
        if row.about == "state":
            return t("task.state", self._lang, when=row.when, state=t(f"state.{STATES.index(row.result)}", self._lang))
        if row.about == "top":
            return t("task.enters" if row.result == ENTERS else "task.leaves", self._lang, when=row.when, top=self._top)
        label = self._labels[row.about][self._lang]
        return t(f"task.answer.{row.result}", self._lang, when=row.when, programme=label)

    def when(self, row: Any) -> str:
        """Return the word, or the span of numbers as it is said: 不超过8路."""
        if row.field not in self._ends:
            return value_words(row.word, self._lang)
        spec, (least, most), low, high = self._specs[row.field], self._ends[row.field], row.low, row.high
        if low <= least and high >= most:
            return t("task.any", self._lang)
        if spec["type"] not in WHOLE_KINDS and low > least and _number(low) == _number(least) and high >= most:
            return t(
                "task.more_than", self._lang, n=_number(least), unit="" if spec["type"] == "ratio" else spec["unit"]
            )
        kind = "year_" if spec["type"] == "year" else ""
        reach = "one" if low == high else "at_least" if high >= most else "at_most" if low <= least else "span"
        shown = {"low": _number(low), "high": _number(high), "n": _number(low if reach == "at_least" else high)}
        return t(f"lever.{kind}{reach}", self._lang, **shown, unit="" if spec["type"] == "ratio" else spec["unit"])


def value_words(value: object, lang: str) -> str:
    """Return a value as it is written on a form: 是, 否, a word, several words, a number."""
    if isinstance(value, bool):
        return t("table.yes" if value else "table.no", lang)
    if isinstance(value, float | int):
        return _number(float(value))
    return t("lever.or", lang).join(str(value).split(";"))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
