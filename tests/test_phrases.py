"""Phrases: each distinct combination is worded once, in both languages, row by row the same as by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.decisions.phrases import Phrase, number_text, say, say_in_both, text_categories, text_column, worded

YES = np.array([True, True, False, True])
BUILT = Phrase("rule.year.built", YES, {"year": np.array([1989.0, 2001.0, 1970.0, 1989.0])})
LACKS = Phrase(
    "rule.m.missing",
    np.array([True, False, True, True]),
    {
        "list": {
            "rule.lack.camera": np.array([True, True, False, True]),
            "rule.lack.unit_lock": np.array([False] * 2 + [True] * 2),
        }
    },
)


def test_phrases_are_joined_in_order() -> None:
    assert say([BUILT, LACKS], 4, "zh").tolist() == [
        "建成1989年；缺：监控",
        "建成2001年",
        "缺：单元门禁",
        "建成1989年；缺：监控、单元门禁",
    ]
    assert say([BUILT, LACKS], 4, "en").tolist()[3] == "built 1989; missing: CCTV, unit-door access control"


def test_only_the_rows_asked_for() -> None:
    both = say_in_both([BUILT, LACKS], np.array([3, 1]))
    assert both["zh"].tolist() == ["建成1989年；缺：监控、单元门禁", "建成2001年"]


def test_dates_are_months_and_a_text_may_stand_for_all_rows() -> None:
    days = np.array(["2023-10-20", "NaT"], dtype="datetime64[D]")
    done = Phrase("rule.x3.renovated", np.array([True, False]), {"date": days})
    assert say([done], 2, "zh").tolist() == ["2023年10月已完成全面改造", ""]
    assert say([done], 2, "en").tolist()[0] == "comprehensive renovation finished in October 2023"
    graded = Phrase("rule.x2.graded", np.array([True]), {"grade": "D", "n": np.array([2.0])})
    assert say([graded], 1, "zh").tolist() == ["D级危房2栋"]


def test_nothing_to_say() -> None:
    assert say([], 2, "zh").tolist() == ["", ""]
    assert say([BUILT], 0, "zh").tolist() == []


def test_numbers() -> None:
    assert [number_text(n) for n in (3.0, 3.4, 3.456, 0.5, 12000.0)] == ["3", "3.4", "3.46", "0.5", "12000"]


def test_a_key_without_words_falls_back() -> None:
    assert worded("rule.year.built", "x") == "rule.year.built"
    assert worded("rule.no_such_word", "x") == "x"


def test_text_arrays() -> None:
    words = np.array(["b", "", "a", "b"], dtype=object)
    assert list(text_column(words)) == ["b", "", "a", "b"]
    assert list(text_categories(words)) == ["b", "", "a", "b"]
    assert list(text_categories(words).categories) == ["", "a", "b"]
    assert isinstance(pd.Series(text_categories(words[:0])).dtype, pd.CategoricalDtype)
