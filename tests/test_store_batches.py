"""Applying a batch: what changes, what is held, what is refused, what is written down."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from planner.errors import InputError, StoreError
from planner.store.batches import Batch, apply_batch
from planner.store.changes import HELD_COLUMNS, changes_frame
from planner.store.connection import Store
from planner.store.history import batch_cells, held_cells, list_batches, row_history, text_at
from planner.store.marks import EVENTS
from planner.store.state import row_versions, table_state
from planner.store.tables import PRESENT
from planner.store.undo import undo_batch
from planner.store.verify import verify
from tests.stores import AT, cell, change, says, seeded


def _text(store: Store, row: str, field: str) -> str:
    return str(table_state(store, "compounds").at[row, field])


def test_a_batch_changes_cells_and_says_what_it_did(store: Store) -> None:
    before = table_state(store, "compounds")
    receipt = change(store, cell("A1", "households", "90"), cell("A2", "name", "新名"), cell("A1", "name", "甲"))
    assert (receipt.batch, receipt.rows, receipt.cells, receipt.equal) == (2, 2, 2, 1)
    after = table_state(store, "compounds")
    differing = before.ne(after).stack()
    assert differing[differing].index.tolist() == [("A1", "households"), ("A2", "name")]
    assert (after.at["A1", "households"], after.at["A2", "name"]) == ("90", "新名")
    assert row_versions(store, "compounds").to_dict() == {"A1": 2, "A2": 2, "B10": 1, "B9": 1}
    assert verify(store).empty


def test_nothing_new_is_no_batch(store: Store) -> None:
    receipt = change(store, cell("A1", "name", "甲"))
    assert (receipt.batch, receipt.equal, len(list_batches(store))) == (None, 1, 1)


def test_the_log_names_who_when_why_file_row_and_survey_date(store: Store) -> None:
    told = {"surveyed_on": "2026-10-01", "surveyor": "王", "source": "踏勘", "file_row": 7}
    change(store, cell("A1", "households", "90", **told), file="调查表.csv")
    line = batch_cells(store, 2).iloc[0].to_dict()
    assert line == {
        "batch": 2, "kind": "survey", "actor": "测试", "at": "2026-11-24T08:30:00+00:00", "reason": "电话",
        "file": "调查表.csv", "file_row": 7, "table": "compounds", "row_id": "A1", "field": "households", "old": "80",
        "new": "90", "version": 2, "surveyed_on": "2026-10-01", "surveyor": "王", "source": "踏勘",
    }  # fmt: skip


def test_the_history_of_a_cell(store: Store) -> None:
    change(store, cell("A1", "households", "90"))
    change(store, cell("A1", "name", "别的"))
    change(store, cell("A1", "households", ""))
    past = row_history(store, "compounds", "A1", "households")
    assert past[["batch", "old", "new"]].to_numpy().tolist() == [[1, "", "80"], [2, "80", "90"], [4, "90", ""]]
    assert [text_at(store, ("compounds", "A1", "households"), v) for v in (0, 1, 2, 3, 4)] == ["", "80", "90", "90", ""]


def test_a_cell_that_moved_is_held_and_the_rest_of_its_row_is_applied(store: Store) -> None:
    change(store, cell("A1", "households", "90"))
    receipt = change(
        store,
        cell("A1", "households", "85", base_version=1, surveyed_on="2026-09-01", file_row=3),
        cell("A1", "lpr", "是", base_version=1),
        file="b.csv",
    )
    assert (receipt.cells, len(receipt.held)) == (1, 1)
    assert (_text(store, "A1", "households"), _text(store, "A1", "lpr")) == ("90", "是")
    held = held_cells(store).iloc[0].to_dict()
    assert held == dict(
        zip(
            HELD_COLUMNS,
            ("compounds", "A1", "households", "", "90", "85", "conflict", "b.csv", "3", "2026-09-01", "", ""),
            strict=True,
        )
    )
    assert verify(store).empty


@pytest.mark.parametrize("told", [{"base_version": 1}, {"old": "80"}])
def test_an_equal_value_is_never_held(store: Store, told: dict[str, object]) -> None:
    change(store, cell("A1", "households", "90"))
    receipt = change(store, cell("A1", "households", "90", **told))
    assert (receipt.equal, len(receipt.held), receipt.batch) == (1, 0, None)


def test_a_change_made_against_another_text_is_held(store: Store) -> None:
    assert len(change(store, cell("A1", "households", "85", old="79")).held) == 1
    assert len(change(store, cell("A1", "households", "85", old="80")).held) == 0


def test_another_cell_of_the_row_does_not_count_as_moved(store: Store) -> None:
    change(store, cell("A1", "name", "别的"))
    assert change(store, cell("A1", "households", "85", base_version=1)).cells == 1


def test_cells_that_the_merge_holds_are_kept(store: Store) -> None:
    held = pd.DataFrame(
        [{"table": "compounds", "row_id": "A1", "field": "households", "incoming": "70", "why": "stale"}]
    )
    receipt = apply_batch(store, Batch("survey", "测试", AT, "", held=held))
    assert receipt.batch == 2
    assert held_cells(store)[["row_id", "incoming", "why"]].to_numpy().tolist() == [["A1", "70", "stale"]]
    assert verify(store).empty


def test_a_new_row_and_a_retired_one(store: Store) -> None:
    receipt = change(store, cell("C1", PRESENT, "1"), cell("C1", "name", "新院"), cell("B9", PRESENT, ""))
    assert receipt.batch == 2
    state = table_state(store, "compounds")
    assert state.index.tolist() == ["A1", "A2", "B10", "C1"]
    assert (state.at["C1", "compound_id"], state.at["C1", "name"]) == ("C1", "新院")
    assert table_state(store, "compounds", retired=True).at["B9", "name"] == "丙"
    change(store, cell("B9", PRESENT, "1"))
    assert table_state(store, "compounds").at["B9", "name"] == "丙"
    assert verify(store).empty


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([cell("A1", "nothing", "1")], "store.field"),
        ([cell("A1", "name", "1", table="nowhere")], "store.field"),
        ([cell("A1", "name", "1"), cell("A1", "name", "2")], "store.twice"),
        ([cell("", "name", "1")], "store.nameless"),
        ([cell("Z9", "name", "1")], "store.row"),
        ([cell("A1", "compound_id", "A7")], "store.key"),
    ],
)
def test_wrong_changes_are_refused_as_a_whole(store: Store, rows: list[dict[str, object]], rule: str) -> None:
    with pytest.raises(InputError) as caught:
        change(store, cell("A2", "name", "别的"), *rows)
    assert caught.value.problems["rule"].tolist() == [rule]
    assert _text(store, "A2", "name") == "=1+1"
    assert len(list_batches(store)) == 1


def test_a_retired_row_takes_no_changes(store: Store) -> None:
    change(store, cell("B9", PRESENT, ""))
    with pytest.raises(InputError) as caught:
        change(store, cell("B9", "name", "别的"))
    assert caught.value.problems["rule"].tolist() == ["store.retired"]


def test_the_same_content_is_applied_once_and_again_after_its_undo(store: Store) -> None:
    first = change(store, cell("A1", "households", "90"), content_key="k")
    again = change(store, cell("A1", "households", "95"), content_key="k")
    assert (again.batch, again.already, again.cells) == (first.batch, True, 0)
    assert _text(store, "A1", "households") == "90"
    undo_batch(store, 2, actor="测试", at=AT)
    assert not change(store, cell("A1", "households", "95"), content_key="k").already


def test_the_log_refuses_edits_that_pass_it_by(store: Store) -> None:
    for statement in (
        "UPDATE compounds SET name = 'x'", "DELETE FROM compounds", f"DELETE FROM {EVENTS}",
        f"UPDATE {EVENTS} SET patch = '{{}}'", "DELETE FROM planner_batches", "DELETE FROM issues",
    ):  # fmt: skip
        with pytest.raises(StoreError, match="绕过"), store.writing() as (connection, _):
            connection.exec_driver_sql(statement)
    assert verify(store).empty


def test_a_failure_in_the_middle_leaves_the_state_as_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("stop")

    before = table_state(store, "compounds")
    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr("planner.store.batches.save_rows", fails)
        change(store, cell("A1", "households", "90"))
    pd.testing.assert_frame_equal(table_state(store, "compounds"), before)
    assert verify(store).empty
    assert change(store, cell("A1", "households", "90")).batch == 2


def test_a_batch_needs_a_time_zone(store: Store) -> None:
    with pytest.raises(ValueError, match="time zone"):
        apply_batch(store, Batch("set", "测试", dt.datetime(2026, 1, 1), "", changes_frame([cell("A1", "name", "x")])))


def test_what_planners_keep_is_kept_the_same_way(store: Store) -> None:
    told = {"table": "planner_variants", "row_id": "多做门禁/weight/n3"}
    cells = {PRESENT: "1", "name": "多做门禁", "what": "weight", "code": "n3", "value": "20"}
    change(store, *[{**told, "field": name, "value": value} for name, value in cells.items()], kind="variant")
    kept = table_state(store, "planner_variants")
    assert kept[["name", "value"]].to_numpy().tolist() == [["多做门禁", "20"]]
    assert verify(store).empty


# geodiff's concurrency cases with whole rows deleted (MerginMaps/geodiff, geodiff/tests/test_concurrent_commits.cpp)


def test_geodiff_2_deletes_of_a_row(store: Store) -> None:
    assert change(store, cell("B9", PRESENT, "")).batch == 2
    again = change(store, cell("B9", PRESENT, ""))
    assert (again.batch, again.equal) == (None, 1)
    assert "B9" not in table_state(store, "compounds").index


def test_geodiff_delete_update_of_a_row(store: Store) -> None:
    change(store, cell("B9", PRESENT, ""))
    with pytest.raises(InputError) as caught:
        change(store, cell("B9", "name", "新", base_version=1))
    assert caught.value.problems["rule"].tolist() == ["store.retired"]


def test_geodiff_update_delete_of_a_row(store: Store) -> None:
    change(store, cell("B9", "name", "新"))
    assert change(store, cell("B9", PRESENT, "", base_version=1)).batch == 3
    assert "B9" not in table_state(store, "compounds").index
    assert table_state(store, "compounds", retired=True).at["B9", "name"] == "新"


def test_a_large_batch_in_parts_is_the_same_batch(
    small_district: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows in any order, several sources of one row, a made row, a held cell: one part or many, the same events."""
    rows = [
        cell("A2", "note", "一"), cell("A1", "note", "二"), cell("C1", PRESENT, "1"), cell("A2", "households", "7"),
        cell("A1", "households", "9", old="1"), cell("C1", "name", "新院"), cell("A2", "lpr", "是", source="来文"),
    ]  # fmt: skip
    logs = []
    for number, size in enumerate((4_000, 1)):
        with monkeypatch.context() as patched:
            patched.setattr("planner.store.batches.PART", size)
            patched.setattr("planner.store.undo.PART", size)
            made = seeded(tmp_path / f"{number}.gpkg", small_district)
            receipt = change(made, *rows)
            cells = batch_cells(made, 2).drop(columns=["batch"])
            undone = undo_batch(made, 2, actor="测试", at=AT)
            logs.append((receipt.hash, receipt.rows, receipt.cells, cells.to_dict("list"), undone.hash, says(made)))
            assert verify(made).empty
            made.close()
    assert logs[0] == logs[1]
