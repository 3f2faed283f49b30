"""The suggested order: blocks, score, ties; nothing depends on anybody else."""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from planner.decisions import order
from planner.decisions.order import BLOCKS
from planner.decisions.states import STATES
from tests.builders import make_district
from tests.cases import case_policy

Row = dict[str, Any]


def ranked(rows: list[Row]) -> pd.DataFrame:
    """The order of compounds given as id, state, score, completeness, year, households."""
    fields = {"year": "built_year_min", "people": "households"}
    district = make_district(
        [{"compound_id": r["id"], **{f: r[k] for k, f in fields.items() if r.get(k) is not None}} for r in rows]
    )
    index = district.compounds.index
    scores = pd.DataFrame(
        {k: [r.get(k) for r in rows] for k in ("score", "completeness")}, index=index, dtype="Float64"
    )
    states = pd.DataFrame({"state": [r["state"] for r in rows]}, index=index, dtype="string")
    return order.rank(district, scores, states=states, policy=case_policy())


def ids(rows: list[Row]) -> list[str]:
    return ranked(rows).sort_values("position").index.tolist()


def compound(key: str, score: float | None = 50.0, state: str = "可列入", **more: Any) -> Row:
    return {"id": key, "score": score, "state": state, "completeness": 1.0, **more}


def test_blocks_come_before_scores() -> None:
    rows = [
        compound("done", 99, "已列入/在建"),
        compound("out", 98, "不予安排"),
        compound("fine", 97, "维修维护/暂无需求"),
        compound("thin", 96, "待核实", completeness=0.59),
        compound("full", 40, "待核实", completeness=0.6),
        compound("ready", 30, "可列入", completeness=0.1),
        compound("care", 20, "先落实管护"),
        compound("ask", 10, "先征询意愿"),
    ]
    assert ids(rows) == ["full", "ready", "care", "ask", "thin", "done", "fine", "out"]
    frame = ranked(rows)
    assert frame["rank"].dropna().sort_values().tolist() == [1, 2, 3, 4, 5]
    assert frame.loc[["done", "fine", "out"], "rank"].isna().all()
    assert frame["block"].loc["thin"] == "待补资料"
    assert frame["block"].loc["care"] == "建议次序"
    assert set(frame["block"]) == set(BLOCKS)


def test_completeness_of_sixty_percent_is_enough_however_it_was_summed() -> None:
    assert ranked([compound("a", state="待核实", completeness=1 - 0.32 - 0.08)])["block"].iloc[0] == "建议次序"


def test_ties_older_then_more_households_then_id_unknown_last() -> None:
    rows = [
        compound("9", year=1990, people=50),
        compound("10", year=1990, people=50),
        compound("b", year=1990, people=60),
        compound("c", year=1980),
        compound("d", people=9000),
        compound("e", year=1990),
    ]
    assert ids(rows) == ["c", "b", "10", "9", "e", "d"]


def test_a_difference_below_one_billionth_is_a_tie() -> None:
    assert ids([compound("a", 50.0, year=1990), compound("b", 50.0 + 1e-12, year=1995)]) == ["a", "b"]
    assert ids([compound("a", 50.0, year=1990), compound("b", 50.0 + 1e-8, year=1995)]) == ["b", "a"]


def test_no_score_stands_last_and_no_compound_is_fine() -> None:
    assert ids([compound("a", None), compound("b", 0.0)]) == ["b", "a"]
    assert len(ranked([])) == 0


COMPOUND = st.fixed_dictionaries(
    {
        "state": st.sampled_from(STATES),
        "score": st.floats(0, 100).map(lambda x: round(x, 1)),
        "completeness": st.sampled_from([0.2, 0.59, 0.6, 1.0]),
        "year": st.sampled_from([None, 1980, 1990]),
        "people": st.sampled_from([None, 10, 20]),
    }
)


@given(st.lists(COMPOUND, min_size=3, max_size=8), st.data())
def test_nobody_else_changes_who_comes_first(rows: list[Row], data: st.DataObject) -> None:
    """Adding, removing or changing one compound never reorders two others, and row order never matters."""
    named = [{**row, "id": f"c{i}"} for i, row in enumerate(rows)]
    whole = ids(named)
    gone = data.draw(st.sampled_from(named))
    assert ids([row for row in named if row is not gone]) == [key for key in whole if key != gone["id"]]
    changed = {**data.draw(COMPOUND), "id": gone["id"]}
    others = [key for key in ids([changed if row is gone else row for row in named]) if key != gone["id"]]
    assert others == [key for key in whole if key != gone["id"]]
    assert ids(data.draw(st.permutations(named))) == whole
