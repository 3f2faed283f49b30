"""A problem of a row learns the compound of that row, and nothing else about it changes."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from planner.district.whose import with_owners
from planner.errors import join_problems, problem

FRAME = pd.DataFrame({"compound_id": pd.array(["A1", None, "C3"], dtype="string")}, index=[7, 8, 9])
ROWS = pd.Series([2, 3, 5])


def test_by_row_of_the_same_file_only() -> None:
    found = join_problems(
        [
            problem("cell.number", file="t.csv", row=2, unit="户"),
            problem("cell.number", file="t.csv", row=3),
            problem("cell.number", file="t.csv", row=4),
            problem("cell.number", file="other.csv", row=2),
            problem("cell.number", file="t.csv"),
            problem("V15", file="t.csv", row=5, compound_id="X9"),
            problem("cell.number", file="t.csv", row=5),
        ]
    )
    before = found["params"].map(dict).tolist()
    named = with_owners(found, FRAME, ROWS, file="t.csv")
    expected = [{"unit": "户", "compound_id": "A1"}, {}, {}, {}, {}, {"compound_id": "X9"}, {"compound_id": "C3"}]
    assert named["params"].tolist() == expected
    assert found["params"].tolist() == before
    pd.testing.assert_frame_equal(named.drop(columns="params"), found.drop(columns="params"))


def test_several_compounds_and_tables_without_any() -> None:
    found = problem("cell.date", file="m.csv", row=2)
    many = pd.DataFrame({"compound_ids": pd.array(["A1;C3"], dtype="string")})
    assert with_owners(found, many, pd.Series([2]), file="m.csv")["params"][0] == {"compound_id": "A1;C3"}
    none = pd.DataFrame({"road_id": ["r"]})
    assert with_owners(found, none, pd.Series([2]), file="m.csv")["params"][0] == {}
    assert len(with_owners(join_problems([]), many, pd.Series([2]), file="m.csv")) == 0


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), max_size=20))
def test_every_problem_stays_and_has_at_most_its_own_compound(rows: list[tuple[int, bool]]) -> None:
    found = join_problems([problem("cell.number", file="t.csv" if ours else "o.csv", row=row) for row, ours in rows])
    named = with_owners(found, FRAME, ROWS, file="t.csv")
    owner = {2: "A1", 5: "C3"}
    assert [p.get("compound_id") for p in named["params"]] == [owner.get(row) if ours else None for row, ours in rows]
