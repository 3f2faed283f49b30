"""The problem table: one shape, from one row or many, and nothing lost when joined."""

from __future__ import annotations

import pandas as pd
import pytest

from planner.errors import PROBLEM_COLUMNS, InputError, PlannerError, join_problems, problem, problem_rows


def test_one_problem_is_one_row_with_its_parameters() -> None:
    row = problem("P01", file="items.csv", row=3, column="class", value="basc", choices="basic").iloc[0]
    assert (row["severity"], row["file"], row["row"], row["value"]) == ("error", "items.csv", 3, "basc")
    assert row["params"] == {"choices": "basic"}


def test_many_problems_keep_order_and_missing_rows() -> None:
    table = problem_rows("P03", [2, None], severity="warning", file="a.csv", column="x", values=["七", pd.NA])
    assert list(table.columns) == PROBLEM_COLUMNS
    assert table["row"].isna().tolist() == [False, True]
    assert table["value"].tolist() == ["七", ""]


def test_unknown_severity_is_refused() -> None:
    with pytest.raises(ValueError, match="severity"):
        problem("P01", severity="fatal")


def test_joining_nothing_gives_an_empty_table_of_the_same_shape() -> None:
    empty = join_problems([])
    assert list(empty.columns) == PROBLEM_COLUMNS
    assert len(empty) == 0
    assert len(join_problems([empty, problem("P01"), problem("P03")])) == 2


def test_errors_are_one_family_and_carry_problems() -> None:
    error = InputError("no", problem("P01"))
    assert isinstance(error, PlannerError)
    assert len(error.problems) == 1
    assert len(InputError("no").problems) == 0
