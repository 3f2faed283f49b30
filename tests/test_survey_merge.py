"""The three-way merge by hand: every rule, the concurrency cases of geodiff, and what must hold for any input."""

from __future__ import annotations

import itertools
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.district.survey.held import (
    CHANGE_COLUMNS,
    HELD_COLUMNS,
    changes_to_write,
    decide,
    decisions_to_write,
    held_to_write,
)
from planner.district.survey.incoming import after_merge
from planner.district.survey.merge import (
    BASE_COLUMNS,
    INCOMING_COLUMNS,
    LEDGER_COLUMNS,
    WHY,
    Merge,
    compare_dates,
    merge,
    merge_policy,
)
from tests.builders import shared_policy

POLICY = merge_policy(shared_policy())
FREE = merge_policy(shared_policy(), accept_large=True)


def ours(*cells: tuple[Any, ...]) -> pd.DataFrame:
    """Ledger cells: compound, field, cell, version, date, surveyor; the last three may be left out."""
    rows = [(*cell, *(1, "", "")[len(cell) - 3 :]) for cell in cells]
    return pd.DataFrame(rows, columns=LEDGER_COLUMNS)


def theirs(*cells: tuple[str, str, str], **facts: Any) -> pd.DataFrame:
    """Survey cells: compound, field, cell; facts: row, surveyed_on, surveyor, base_version, late."""
    rows = [
        {"compound_id": c, "field": f, "cell": cell, "text": cell, "kind": "set" if cell else "clear", "row": 2}
        | {"about": False, "surveyed_on": "", "surveyor": "", "base_version": pd.NA, "late": False}
        | facts
        for c, f, cell in cells
    ]
    return pd.DataFrame(rows, columns=INCOMING_COLUMNS)


def before(*cells: tuple[Any, ...]) -> pd.DataFrame:
    """What cells said at a version: compound, field, version, cell."""
    return pd.DataFrame(list(cells), columns=BASE_COLUMNS)


def fates(merged: Merge) -> list[tuple[str, str]]:
    """Outcome and reason of every cell."""
    return list(zip(merged.cells["outcome"], merged.cells["why"], strict=True))


def texts(cells: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Compound and field -> text of ledger cells."""
    return {(c, f): cell for c, f, cell in cells[["compound_id", "field", "cell"]].itertuples(index=False)}


A = ("C1", "households", "100")


@pytest.mark.parametrize(
    ("ledger", "cell", "facts", "fate"),
    [
        # no base version: the dates decide
        (("100", 1, "2026-05-01", "甲"), "120", {"surveyed_on": "2026-06-01", "surveyor": "乙"}, ("apply", "")),
        (("100", 1, "2026-05-01", "甲"), "120", {"surveyed_on": "2026-04-30", "surveyor": "乙"}, ("held", "stale")),
        (("100", 1, "2026-05-01", "甲"), "100", {"surveyed_on": "2026-04-30", "surveyor": "乙"}, ("same", "")),
        (
            ("100", 1, "2026-05-01", "甲"),
            "120",
            {"surveyed_on": "2026-05-01", "surveyor": "乙"},
            ("held", "two_surveyors"),
        ),
        (("100", 1, "2026-05-01", "甲"), "120", {"surveyed_on": "2026-05-01", "surveyor": "甲"}, ("apply", "")),
        (("100", 1, "2026-05-01", "甲"), "100", {"surveyed_on": "2026-05-01", "surveyor": "乙"}, ("same", "")),
        # older by precision only is not stale
        (("100", 1, "2026-05-20", "甲"), "120", {"surveyed_on": "2026-05", "surveyor": "甲"}, ("apply", "")),
        (("100", 1, "2026-05-20", "甲"), "120", {"surveyed_on": "2026-04", "surveyor": "甲"}, ("held", "stale")),
        (("100", 1, "2026", "甲"), "120", {"surveyed_on": "2026-01-01", "surveyor": "甲"}, ("apply", "")),
        (
            ("100", 1, "2026-05", "甲"),
            "120",
            {"surveyed_on": "2026-05-03", "surveyor": "乙"},
            ("held", "two_surveyors"),
        ),
        # a survey without a date
        (("100", 1, "2026-05-01", "甲"), "120", {}, ("held", "undated")),
        (("100", 1, "", ""), "120", {}, ("apply", "")),
        # base version
        (("100", 3, "2026-05-01", "甲"), "120", {"base_version": 3}, ("apply", "")),
        (("100", 4, "2026-05-01", "甲"), "120", {"base_version": 3}, ("held", "conflict")),
        (("100", 4, "2026-05-01", "甲"), "100", {"base_version": 3}, ("same", "")),
        (("100", 3, "2026-05-01", "甲"), "120", {"base_version": 3, "surveyed_on": "2020-01-01"}, ("apply", "")),
        # a number that moves by more than half needs a tick, and only numbers do
        (("100", 1, "", ""), "150", {}, ("apply", "")),
        (("100", 1, "", ""), "151", {}, ("held", "large")),
        (("100", 1, "", ""), "49", {}, ("held", "large")),
        (("0", 1, "", ""), "49", {}, ("apply", "")),
        # clearing is a value like any other
        (("100", 1, "2026-05-01", "甲"), "", {"surveyed_on": "2026-06-01"}, ("apply", "")),
        (("100", 1, "2026-05-01", "甲"), "", {"surveyed_on": "2026-04-01"}, ("held", "stale")),
        (("", 1, "", ""), "", {}, ("same", "")),
        # cleared later than the survey
        (("", 2, "2026-05-01", "甲"), "120", {"surveyed_on": "2026-04-01"}, ("held", "stale")),
        # an older edition of a submission that was applied
        (("100", 1, "", ""), "120", {"late": True}, ("held", "stale")),
    ],
)
def test_one_cell(ledger: tuple[Any, ...], cell: str, facts: dict[str, Any], fate: tuple[str, str]) -> None:
    merged = merge(before(), ours(("C1", "households", *ledger)), theirs(("C1", "households", cell), **facts), POLICY)
    assert fates(merged) == [fate]


def test_what_was_handed_out_and_came_back_untouched_is_no_edit() -> None:
    current = ours(("C1", "households", "130", 4, "2026-05-01", "甲"))
    base = before(("C1", "households", 3, "100"))
    merged = merge(base, current, theirs(("C1", "households", "100"), base_version=3), POLICY)
    assert fates(merged) == [("behind", "")]
    edited = merge(base, current, theirs(("C1", "households", "120"), base_version=3), POLICY)
    assert fates(edited) == [("held", "conflict")]
    row = edited.cells.iloc[0]
    assert (row["base"], row["current"], row["incoming"]) == ("100", "130", "120")


def test_a_base_that_nobody_kept_is_missing_not_guessed() -> None:
    merged = merge(before(), ours(("C1", "households", "130", 4)), theirs(A, base_version=3), POLICY)
    assert (fates(merged), merged.cells["base"].isna().tolist()) == ([("held", "conflict")], [True])


def test_a_cell_that_the_ledger_never_had_takes_the_value() -> None:
    merged = merge(before(), ours(), theirs(A, base_version=3), POLICY)
    assert fates(merged) == [("apply", "")]
    assert merged.cells["current"].tolist() == [""]


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("floor_area_m2", "1200", "1200.0"),
        ("access_type", "刷卡;对讲", "对讲;刷卡"),
        ("built_year_min", "90年代", "1990年代"),
        ("note", "东门\r\n在修 ", "东门\n在修"),
    ],
)
def test_equal_values_never_conflict(field: str, one: str, other: str) -> None:
    current = ours(("C1", field, one, 9, "2026-05-01", "甲"))
    for facts in ({"base_version": 3}, {"surveyed_on": "2020-01-01"}, {}):
        assert fates(merge(before(), current, theirs(("C1", field, other), **facts), POLICY)) == [("same", "")]


@pytest.mark.parametrize(("field", "one", "other"), [("committee_id", "0012", "12"), ("note", "b;a", "a;b")])
def test_different_texts_are_different(field: str, one: str, other: str) -> None:
    assert fates(merge(before(), ours(("C1", field, one)), theirs(("C1", field, other)), POLICY)) == [("apply", "")]


def test_two_rows_of_one_file_for_one_cell() -> None:
    two = pd.concat([theirs(A, row=2), theirs(("C1", "households", "101"), row=3)], ignore_index=True)
    assert fates(merge(before(), ours(), two, POLICY)) == [("held", "two_surveyors")] * 2
    same = pd.concat([theirs(A, row=2), theirs(A, row=3)], ignore_index=True)
    assert fates(merge(before(), ours(), same, POLICY)) == [("apply", ""), ("same", "")]


def test_all_or_nothing() -> None:
    rules = merge_policy(shared_policy(), all_or_nothing=True)
    cells = theirs(A, ("C1", "buildings_n", "9"))
    merged = merge(before(), ours(("C1", "buildings_n", "2")), cells, rules)
    assert fates(merged) == [("left", ""), ("held", "large")]
    assert merged.counts == {"apply": 0, "same": 0, "behind": 0, "held": 1, "left": 1}


def test_dates_compare_at_the_coarser() -> None:
    left, right = (
        pd.Series(["2026-05-20", "2026", "", "2026-06"]),
        pd.Series(["2026-05", "2025-12-31", "2026", "2026-06-30"]),
    )
    later, equal = compare_dates(left, right)
    assert later.tolist() == [False, True, False, False]
    assert equal.tolist() == [True, False, False, True]


def test_keep_says_nothing() -> None:
    cells = theirs(A).assign(kind="keep")
    assert len(merge(before(), ours(A), cells, POLICY).cells) == 0


# geodiff's concurrency cases (test_concurrent_commits.cpp): A is in the ledger already, B is the survey.

BASE = {("C1", "name"): "院", ("C1", "households"): "100", ("C2", "name"): "园", ("C2", "households"): "200"}


def concurrent(
    a: dict[tuple[str, str], str], b: dict[tuple[str, str], str], **options: Any
) -> tuple[Merge, dict[Any, str]]:
    """Merge the survey B, made on version 1, into a ledger that A has moved to version 2."""
    current = ours(*[(*cell, a.get(cell, BASE.get(cell, "")), 2 if cell in a else 1) for cell in {**BASE, **a}])
    base = before(*[(*cell, 1, BASE.get(cell, "")) for cell in a])
    survey = theirs(*[(*cell, text) for cell, text in b.items()], base_version=1)
    merged = merge(base, current, survey, merge_policy(shared_policy(), accept_large=True, **options))
    return merged, texts(after_merge(current, merged))


def test_geodiff_2_inserts() -> None:
    merged, result = concurrent({("C3", "name"): "甲院"}, {("C4", "name"): "乙院"})
    assert fates(merged) == [("apply", "")]
    assert (result[("C3", "name")], result[("C4", "name")]) == ("甲院", "乙院")


def test_geodiff_2_edits() -> None:
    edits = {("C1", "households"): "120", ("C1", "name"): "新院"}
    merged, result = concurrent(edits, {("C1", "households"): "130"})
    assert fates(merged) == [("held", "conflict")]
    assert (result[("C1", "households")], result[("C1", "name")]) == ("120", "新院")


def test_geodiff_2_edits_2() -> None:
    merged, result = concurrent({("C1", "name"): "新院"}, {("C1", "households"): "130"})
    assert fates(merged) == [("apply", "")]
    assert (result[("C1", "name")], result[("C1", "households")]) == ("新院", "130")


def test_geodiff_2_deletes() -> None:
    merged, result = concurrent({("C1", "households"): ""}, {("C1", "households"): ""})
    assert fates(merged) == [("same", "")]
    assert result[("C1", "households")] == ""


def test_geodiff_delete_update() -> None:
    merged, result = concurrent({}, {("C1", "households"): "130"}, retired=["C1"])
    assert fates(merged) == [("held", "retired")]
    assert result[("C1", "households")] == "100"


def test_geodiff_update_delete() -> None:
    merged, result = concurrent({("C1", "households"): "130"}, {("C1", "households"): ""})
    assert fates(merged) == [("held", "conflict")]
    assert result[("C1", "households")] == "130"


def test_geodiff_update_extent() -> None:
    merged, result = concurrent({("C1", "name"): "新院"}, {("C2", "households"): "210", ("C2", "site_area_m2"): "900"})
    assert fates(merged) == [("apply", "")] * 2
    assert (result[("C1", "name")], result[("C2", "households")], result[("C2", "site_area_m2")]) == (
        "新院",
        "210",
        "900",
    )


@pytest.mark.parametrize("theirs_now", ["215", "", "200"])
def test_geodiff_update_2_different_tables(theirs_now: str) -> None:
    merged, result = concurrent({("C1", "households"): "120"}, {("C2", "households"): theirs_now})
    assert fates(merged) == [("same" if theirs_now == "200" else "apply", "")]
    assert (result[("C1", "households")], result[("C2", "households")]) == ("120", theirs_now)


def test_geodiff_insert_multiple() -> None:
    one = {(f"N{n}", "name"): f"院{n}" for n in (4, 5)}
    many = {(f"M{n}", "name"): f"院{n}" for n in (4, 5, 6, 7, 8)}
    merged, result = concurrent(one, many)
    assert fates(merged) == [("apply", "")] * 5
    assert {**one, **many}.items() <= result.items()


def test_geodiff_fk_2_updates() -> None:
    """A code that points to another row is text: two that add one each do not touch, two for one cell are held."""
    merged, result = concurrent(
        {("C1", "committee_id"): "Y1"}, {("C1", "committee_id"): "Y2", ("C2", "committee_id"): "Y2"}
    )
    assert fates(merged) == [("held", "conflict"), ("apply", "")]
    assert (result[("C1", "committee_id")], result[("C2", "committee_id")]) == ("Y1", "Y2")


def test_geodiff_conflict() -> None:
    """A survey that was made on something else than it says is held, not applied."""
    merged = merge(
        before(), ours(("C1", "households", "130", 7)), theirs(("C1", "households", "120"), base_version=5), FREE
    )
    assert fates(merged) == [("held", "conflict")]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ({"name": "二院"}, {"households": "222"}, {"households": "apply"}),
        (
            {"name": "二院", "households": "222"},
            {"name": "二院", "households": "222"},
            {"name": "same", "households": "same"},
        ),
        (
            {"name": "二院B", "households": "21"},
            {"name": "二院A", "households": "20"},
            {"name": "held", "households": "held"},
        ),
        (
            {"name": "二院B", "households": "222"},
            {"name": "二院A", "households": "222"},
            {"name": "held", "households": "same"},
        ),
    ],
    ids=["different columns", "both the same", "both different", "one of each"],
)
def test_geodiff_rebase_conflict(a: dict[str, str], b: dict[str, str], expected: dict[str, str]) -> None:
    merged, _ = concurrent({("C1", f): v for f, v in a.items()}, {("C1", f): v for f, v in b.items()})
    assert dict(zip(merged.cells["field"], merged.cells["outcome"], strict=True)) == expected
    assert merged.held["base"].tolist() == [BASE[("C1", field)] for field in merged.held["field"]]


def test_geodiff_no_rebase_needed() -> None:
    merged, result = concurrent({}, {("C1", "name"): "新院", ("C1", "households"): "120"})
    assert fates(merged) == [("apply", "")] * 2
    assert result == {**BASE, ("C1", "name"): "新院", ("C1", "households"): "120"}


def test_geodiff_146_two_edits_of_one_row_in_different_columns() -> None:
    """No conflict, and what is left of the survey is whole: old and new value of exactly its own column."""
    merged, _ = concurrent({("C1", "name"): "新院"}, {("C1", "households"): "130"})
    row = changes_to_write(merged).iloc[0]
    assert (row["field"], row["old"], row["value"], len(merged.held)) == ("households", "100", "130", 0)


def test_geodiff_152_the_same_edit_twice_is_no_conflict_and_no_change() -> None:
    edit = {("C1", "households"): "42"}
    merged, result = concurrent(edit, edit)
    assert (fates(merged), len(changes_to_write(merged)), len(held_to_write(merged, file="x"))) == (
        [("same", "")],
        0,
        0,
    )
    assert result[("C1", "households")] == "42"


# decisions


def _held() -> Merge:
    return merge(
        before(),
        ours(("C1", "households", "100", 4, "2026-05-01", "甲")),
        theirs(("C1", "households", "120"), base_version=3),
        POLICY,
    )


def test_a_decision_before_applying_moves_the_cell() -> None:
    chosen = pd.DataFrame({"compound_id": ["C1"], "field": ["households"], "row": [2], "take": ["survey"]})
    taken = decide(_held(), chosen)
    assert fates(taken) == [("apply", "conflict")]
    assert changes_to_write(taken, source="电话")[["row_id", "value", "old", "source", "file_row"]].iloc[
        0
    ].tolist() == ["C1", "120", "100", "电话", 2]
    assert held_to_write(taken, file="a.csv")["decision"].tolist() == ["survey"]
    left = decide(_held(), chosen.assign(take="current"))
    assert (fates(left), len(changes_to_write(left))) == ([("left", "conflict")], 0)
    assert held_to_write(left, file="a.csv")["decision"].tolist() == ["current"]


@pytest.mark.parametrize("wrong", [{"take": "both"}, {"row": 9}, {"field": "name"}])
def test_a_decision_on_what_does_not_wait_is_a_mistake(wrong: dict[str, Any]) -> None:
    chosen = pd.DataFrame([{"compound_id": "C1", "field": "households", "row": 2, "take": "survey"} | wrong])
    with pytest.raises(ValueError, match="held"):
        decide(_held(), chosen)


def test_a_held_cell_is_written_as_a_store_keeps_it() -> None:
    rows = held_to_write(_held(), file="a.csv")
    assert list(rows.columns) == HELD_COLUMNS
    assert rows.iloc[0].tolist() == [
        "compounds",
        "C1",
        "households",
        "",
        "100",
        "120",
        "conflict",
        "a.csv",
        "2",
        "",
        "",
        "",
    ]


def test_a_decision_later_is_a_change_too() -> None:
    held = held_to_write(_held(), file="a.csv").set_axis(["000007-000001"])
    taken = decisions_to_write(held, pd.Series({"000007-000001": "survey"}))
    assert list(taken.columns) == CHANGE_COLUMNS
    assert taken[["table", "row_id", "field", "value", "old"]].to_numpy().tolist() == [
        ["planner_held", "000007-000001", "decision", "survey", ""],
        ["compounds", "C1", "households", "120", "100"],
    ]
    left = decisions_to_write(held, pd.Series({"000007-000001": "current"}))
    assert left["table"].tolist() == ["planner_held"]
    with pytest.raises(KeyError):
        decisions_to_write(held.assign(decision="survey"), pd.Series({"000007-000001": "survey"}))
    with pytest.raises(ValueError, match="takes"):
        decisions_to_write(held, pd.Series({"000007-000001": "both"}))


# what holds for any input

FIELDS = ["households", "buildings_n", "name", "note"]
CELLS = list(itertools.product(["C1", "C2"], FIELDS))
TEXTS = st.sampled_from(["", "1", "2", "3"])
DATES = st.sampled_from(["", "2026", "2026-05", "2026-05-01", "2026-05-02"])


@st.composite
def ledgers(draw: st.DrawFn) -> pd.DataFrame:
    chosen = draw(st.lists(st.sampled_from(CELLS), unique=True, max_size=8))
    rows = [
        (*c, draw(TEXTS), draw(st.integers(1, 4)), draw(DATES), draw(st.sampled_from(["", "甲", "乙"]))) for c in chosen
    ]
    return pd.DataFrame(rows, columns=LEDGER_COLUMNS)


@st.composite
def surveys(draw: st.DrawFn, among: list[tuple[str, str]] = CELLS) -> pd.DataFrame:
    chosen = draw(st.lists(st.sampled_from(among), unique=True, max_size=len(among)))
    facts = {
        "surveyed_on": draw(DATES),
        "surveyor": draw(st.sampled_from(["", "甲", "乙"])),
        "base_version": draw(st.sampled_from([pd.NA, 1, 2, 3])),
    }
    return theirs(*[(*cell, draw(TEXTS)) for cell in chosen], **facts)


@given(ledgers())
def test_no_survey_changes_nothing(current: pd.DataFrame) -> None:
    merged = merge(before(), current, theirs(), FREE)
    assert len(merged.cells) == 0
    assert texts(after_merge(current, merged)) == texts(current)


@given(ledgers(), surveys())
def test_every_cell_has_one_fate_and_only_what_goes_in_moves(current: pd.DataFrame, survey: pd.DataFrame) -> None:
    merged = merge(before(), current, survey, POLICY)
    assert len(merged.cells) == len(survey) == sum(merged.counts.values())
    assert merged.held["why"].isin(WHY).all()
    assert merged.cells.loc[merged.cells["outcome"] != "held", "why"].eq("").all()
    expected = texts(current) | {(r.compound_id, r.field): r.incoming for r in merged.applied.itertuples(index=False)}
    assert texts(after_merge(current, merged)) == expected


@given(ledgers(), surveys())
def test_merging_twice_is_merging_once(current: pd.DataFrame, survey: pd.DataFrame) -> None:
    first = merge(before(), current, survey, FREE)
    result = after_merge(current, first)
    again = merge(before(), result, survey, FREE)
    assert len(again.applied) == 0
    assert texts(after_merge(result, again)) == texts(result)
    assert set(zip(again.held["compound_id"], again.held["field"], strict=True)) == set(
        zip(first.held["compound_id"], first.held["field"], strict=True)
    )


@given(ledgers(), surveys(CELLS[:4]), surveys(CELLS[4:]))
def test_surveys_of_different_cells_commute(current: pd.DataFrame, one: pd.DataFrame, two: pd.DataFrame) -> None:
    ways = []
    for first, second in ((one, two), (two, one)):
        half = after_merge(current, merge(before(), current, first, FREE))
        ways.append(texts(after_merge(half, merge(before(), half, second, FREE))))
    together = merge(before(), current, pd.concat([one, two], ignore_index=True), FREE)
    assert ways[0] == ways[1] == texts(after_merge(current, together))


@given(ledgers(), surveys())
def test_the_inputs_stay_as_they_were(current: pd.DataFrame, survey: pd.DataFrame) -> None:
    copies = current.copy(deep=True), survey.copy(deep=True)
    after_merge(current, merge(before(), current, survey, POLICY))
    pd.testing.assert_frame_equal(current, copies[0])
    pd.testing.assert_frame_equal(survey, copies[1])
