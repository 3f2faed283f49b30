"""Three-valued logic: truth tables by hand, the missing fields, and agreement with every completion."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decisions.kleene import (
    Kleene,
    all_of,
    answer,
    any_of,
    at_least,
    blank,
    from_boolean,
    joined_where,
    known,
    never,
    none_of,
)

YES, NO, UNKNOWN = 1, 0, 2
PAIRS = list(itertools.product((YES, NO, UNKNOWN), repeat=2))


def of(*words: int, field: str = "f") -> Kleene:
    values = np.array(words)
    return answer(values == YES, values == NO, field)


LEFT, RIGHT = of(*(a for a, _ in PAIRS), field="left"), of(*(b for _, b in PAIRS), field="right")


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (LEFT & RIGHT, [1, 0, 2, 0, 0, 0, 2, 0, 2]),
        (LEFT | RIGHT, [1, 1, 1, 1, 0, 2, 1, 2, 2]),
        (~LEFT, [0, 0, 0, 1, 1, 1, 2, 2, 2]),
        (none_of([LEFT, RIGHT]), [0, 0, 0, 0, 1, 2, 0, 2, 2]),
        (all_of([LEFT, RIGHT]), [1, 0, 2, 0, 0, 0, 2, 0, 2]),
        (any_of([LEFT, RIGHT]), [1, 1, 1, 1, 0, 2, 1, 2, 2]),
        (at_least(2, [LEFT, RIGHT, known(np.ones(9))]), [1, 1, 1, 1, 0, 2, 1, 2, 2]),
    ],
)
def test_truth_tables(result: Kleene, expected: list[int]) -> None:
    assert result.words().tolist() == expected


def test_only_unknown_operands_are_missing() -> None:
    fields = (LEFT & RIGHT).fields().tolist()
    assert fields == ["", "", "right", "", "", "", "left", "", "left;right"]


def test_a_settled_answer_wants_nothing() -> None:
    assert (of(UNKNOWN, field="a") | of(YES, field="b")).fields().tolist() == [""]


def test_presumption_moves_only_unknown_rows() -> None:
    here = np.array([True, True, True, False])
    presumed = of(YES, NO, UNKNOWN, UNKNOWN).presume_no(here)
    assert presumed.words().tolist() == [1, 0, 0, 2]
    assert presumed.fields().tolist() == ["", "", "", "f"]
    assert of(YES, NO, UNKNOWN, UNKNOWN).presume_yes(here).words().tolist() == [1, 0, 1, 2]


def test_pick_takes_answers_and_fields_by_row() -> None:
    picked = of(UNKNOWN, YES, field="a").pick(np.array([True, False]), of(NO, UNKNOWN, field="b"))
    assert picked.words().tolist() == [2, 2]
    assert picked.fields().tolist() == ["a", "b"]


def test_blank_keeps_fields_of_unknown_rows_only() -> None:
    everywhere = np.ones(3, dtype=bool)
    assert blank(of(YES, NO, UNKNOWN), {"x": everywhere}).fields().tolist() == ["", "", "x"]


def test_from_and_to_pandas() -> None:
    column = pd.Series([True, False, None], dtype="boolean")
    back = from_boolean(column, "f").series(column.index)
    pd.testing.assert_series_equal(back, column)


def test_many_names_are_joined_beyond_one_machine_word() -> None:
    flags = {f"f{i}": np.array([i in (0, 70), i == 71]) for i in range(90)}
    assert joined_where(flags, 2).tolist() == ["f0;f70", "f71"]


def test_no_compounds() -> None:
    assert len(never(0) & never(0)) == 0
    assert joined_where({}, 0).tolist() == []


Words = st.lists(st.tuples(*[st.sampled_from([YES, NO, UNKNOWN])] * 3), min_size=1, max_size=6)


@given(Words, st.integers(1, 3))
def test_a_known_answer_holds_for_every_completion(rows: list[tuple[int, int, int]], count: int) -> None:
    parts = [of(*column, field=f"f{i}") for i, column in enumerate(zip(*rows, strict=True))]
    results = {"and": all_of(parts), "or": any_of(parts), "least": at_least(count, parts)}
    for row, words in enumerate(rows):
        for full in itertools.product(*[(YES, NO) if w == UNKNOWN else (w,) for w in words]):
            truth = {"and": all(full), "or": any(full), "least": sum(full) >= count}
            for name, result in results.items():
                assert not (result.yes[row] and not truth[name])
                assert not (result.no[row] and truth[name])


@given(Words)
def test_an_unknown_answer_could_go_both_ways(rows: list[tuple[int, int, int]]) -> None:
    parts = [of(*column, field=f"f{i}") for i, column in enumerate(zip(*rows, strict=True))]
    result = all_of(parts)
    for row, words in enumerate(rows):
        outcomes = {all(f) for f in itertools.product(*[(YES, NO) if w == UNKNOWN else (w,) for w in words])}
        assert bool(result.unknown[row]) == (outcomes == {True, False})
        assert (result.fields()[row] != "") == bool(result.unknown[row])
