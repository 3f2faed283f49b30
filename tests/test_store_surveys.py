"""Surveys on their way into the store: applied once, known again by their forms, held once, settled together."""

from __future__ import annotations

import datetime as dt

import pytest

from planner.district.survey.held import decide
from planner.district.survey.request import SurveyRequest
from planner.errors import CallError, StoreError
from planner.store.batches import Receipt, Signature
from planner.store.connection import Store
from planner.store.heads import read_head
from planner.store.held import decide_many
from planner.store.history import held_cells, list_batches
from planner.store.state import table_state
from planner.store.survey_batches import applied_as, apply_survey, seen_submissions
from planner.store.survey_review import Review, review_survey
from planner.store.undo import preview_undo, undo_batch
from planner.store.verify import verify
from tests.builders import make_district
from tests.stores import AT, COMPOUNDS, POLICY, cell, change, says

DISTRICT = make_district(COMPOUNDS)
BY = Signature("李", AT, "十一月")
HEAD = "小区编码,户数,监控路数,调查日期,调查人\n"
KOBO = "compound_id;households;调查日期;_uuid;_submission_time\n"


def review(store: Store, text: str, name: str = "踏勘.csv") -> Review:
    """The file beside the store."""
    request = SurveyRequest(POLICY, dt.date(2026, 11, 20))
    return review_survey(text.encode(), DISTRICT, request, store=store, name=name)


def applied(store: Store, text: str, name: str = "踏勘.csv") -> Receipt:
    """The file in the store."""
    found = review(store, text, name)
    assert found.merged is not None
    return apply_survey(store, found.survey, found.merged, BY)


def test_a_file_is_applied_once_and_again_after_its_undo(store: Store) -> None:
    before = says(store)
    text = HEAD + "A1,约90户,12,2026-11-01,王\n"
    assert review(store, text).clean
    receipt = applied(store, text)
    assert (receipt.batch, receipt.rows, receipt.cells, receipt.waiting) == (2, 1, 2, 0)
    assert table_state(store, "compounds").loc["A1", ["households", "cctv_points"]].tolist() == ["90", "12"]
    assert table_state(store, "planner_original").loc["A1/households", "text"] == "约90户"
    assert list_batches(store).iloc[-1][["kind", "actor", "reason", "file"]].tolist() == [
        "survey", "李", "十一月", "踏勘.csv",
    ]  # fmt: skip
    again = review(store, text)
    assert again.merged is not None
    assert applied_as(store, again.survey) == 2
    assert apply_survey(store, again.survey, again.merged, BY).batch == 2
    assert applied(store, text).already
    undo_batch(store, 2, actor="李", at=AT)
    assert says(store) == before
    assert (applied(store, text).batch, verify(store).empty) == (4, True)


def test_a_file_that_changes_nothing_leaves_no_batch(file_store: Store) -> None:
    receipt = applied(file_store, HEAD + "A1,80,,2026-11-01,王\n")
    assert (receipt.batch, receipt.already, len(list_batches(file_store))) == (None, False, 1)


def test_a_form_is_known_again_in_a_later_file_and_not_after_its_undo(store: Store) -> None:
    first = KOBO + "A1;90;2026-11-01;u1;2026-11-01T08:00:00\n"
    assert applied(store, first, "kobo1.csv").cells == 1
    assert seen_submissions(store)[["instance", "submitted"]].to_numpy().tolist() == [
        ["u1", "2026-11-01T08:00:00+00:00"]
    ]
    change(store, cell("A1", "households", "95"))
    both = first + "B9;12;2026-11-02;u2;2026-11-02T08:00:00\n"
    assert applied(store, both, "kobo2.csv").cells == 1
    assert table_state(store, "compounds").loc[["A1", "B9"], "households"].tolist() == ["95", "12"]
    undo_batch(store, 4, actor="李", at=AT)
    assert seen_submissions(store)["instance"].tolist() == ["u1"]
    assert table_state(store, "compounds").at["B9", "households"] == ""
    assert applied(store, both, "kobo3.csv").cells == 1
    assert verify(store).empty


def test_an_edited_form_counts_when_it_is_newer_and_waits_when_it_is_older(file_store: Store) -> None:
    applied(file_store, KOBO + "A1;90;2026-11-01;u1;2026-11-03T08:00:00\n")
    assert applied(file_store, KOBO + "A1;91;2026-11-04;u1;2026-11-04T08:00:00\n", "neu.csv").cells == 1
    late = applied(file_store, KOBO + "A1;92;2026-11-04;u1;2026-11-02T08:00:00\n", "alt.csv")
    assert (late.cells, late.held["why"].tolist()) == (0, ["stale"])


def test_a_cell_that_waits_is_not_held_twice(file_store: Store) -> None:
    text = HEAD + "A1,900,,2026-11-01,王\n"
    assert applied(file_store, text).waiting == 1
    assert applied(file_store, text + "B9,,3,2026-11-01,王\n", "再报.csv").waiting == 0
    assert len(held_cells(file_store)) == 1
    assert table_state(file_store, "compounds").at["B9", "cctv_points"] == "3"


def test_a_cell_decided_before_applying_goes_in_and_its_decision_is_kept(file_store: Store) -> None:
    found = review(file_store, HEAD + "A1,900,,2026-11-01,王\n")
    assert found.merged is not None
    asked = found.merged.held[["compound_id", "field", "row"]].assign(take="survey")
    receipt = apply_survey(file_store, found.survey, decide(found.merged, asked), BY, decisions="a")
    assert (receipt.cells, receipt.waiting, len(receipt.held)) == (1, 0, 1)
    assert held_cells(file_store).empty
    assert table_state(file_store, "planner_held")["decision"].tolist() == ["survey"]


def test_several_cells_are_settled_in_one_batch_that_can_be_undone(store: Store) -> None:
    applied(store, HEAD + "A1,900,,2026-11-01,王\nB10,5,,2019-01-01,王\n")
    change(store, cell("B10", "households", "7"))
    applied(store, HEAD + "B10,70,,2026-11-02,王\n", "二.csv")
    waits = held_cells(store)
    ids = dict(zip(waits["row_id"], waits.index, strict=True))
    receipt = decide_many(store, {ids["A1"]: "incoming", ids["B10"]: "current"}, BY, shown={ids["A1"]: "80"})
    assert (receipt.cells, held_cells(store).empty) == (1, True)
    assert table_state(store, "compounds").loc[["A1", "B10"], "households"].tolist() == ["900", "7"]
    assert receipt.batch is not None
    undo_batch(store, receipt.batch, actor="李", at=AT)
    assert sorted(held_cells(store).index) == sorted(waits.index)
    assert verify(store).empty


def test_of_two_values_for_one_cell_one_is_taken(file_store: Store) -> None:
    for value in ("900", "800"):
        applied(file_store, HEAD + f"A1,{value},,2026-11-01,王\n", f"{value}.csv")
    first, second = held_cells(file_store).index
    with pytest.raises(CallError, match="A1的households"):
        decide_many(file_store, {first: "incoming", second: "incoming"}, BY)
    assert decide_many(file_store, {first: "incoming", second: "current"}, BY).cells == 1
    assert table_state(file_store, "compounds").at["A1", "households"] == "900"


def test_the_preview_of_an_undo_is_what_the_undo_does(store: Store) -> None:
    applied(store, HEAD + "A1,90,12,2026-11-01,王\n")
    change(store, cell("A1", "households", "95"))
    mark = read_head(store).hash
    found = preview_undo(store, 2)
    assert read_head(store).hash == mark
    assert found.cells.to_numpy().tolist() == [["compounds", "A1", "cctv_points", "12", ""]]
    assert found.refused[["row_id", "field", "value", "why"]].to_numpy().tolist() == [
        ["A1", "households", "95", "later"]
    ]
    receipt = undo_batch(store, 2, actor="李", at=AT)
    assert (receipt.cells, receipt.refused["field"].tolist()) == (1, ["households"])
    assert preview_undo(store, 2).cells.empty
    with pytest.raises(CallError):
        preview_undo(store, 1)


def test_a_stop_half_way_leaves_nothing(file_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before, mark = says(file_store), read_head(file_store).hash

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("planner.store.batches.save_rows", stopped)
        applied(file_store, HEAD + "A1,90,12,2026-11-01,王\n")
    assert (says(file_store), read_head(file_store).hash) == (before, mark)
    try:
        assert applied(file_store, HEAD + "A1,90,12,2026-11-01,王\n").cells == 2
    except StoreError as error:  # the lock must be free again
        raise AssertionError("the store stayed locked") from error
