"""Undo: the state of before to the byte, refused cell by cell where later edits stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.errors import CallError
from planner.store.batches import Receipt
from planner.store.connection import Store
from planner.store.history import held_cells, list_batches
from planner.store.state import table_state
from planner.store.tables import PRESENT
from planner.store.undo import undo_batch
from planner.store.verify import verify
from tests.stores import AT, cell, change, exported


def _undo(store: Store, number: int) -> Receipt:
    return undo_batch(store, number, actor="李", at=AT, reason="填错")


def _value(store: Store, row: str, field: str) -> str:
    return str(table_state(store, "compounds").at[row, field])


def test_undo_gives_the_same_export_to_the_byte(store: Store, tmp_path: Path) -> None:
    before = exported(store, tmp_path / "before")
    change(
        store,
        cell("A1", "households", "90"), cell("A2", "heating_type", "集中供热"), cell("A2", "built_year_min", "1987"),
        cell("B10", "note", ""), cell("C1", PRESENT, "1"), cell("C1", "name", "新"), cell("B9", PRESENT, ""),
        cell("i9", PRESENT, "1", table="issues"), cell("i9", "note", "新", table="issues"),
        cell("district", "name", "别区", table="planner_district"), cell("A1", "geometry", ""),
    )  # fmt: skip
    assert exported(store, tmp_path / "changed") != before
    receipt = _undo(store, 2)
    assert (receipt.batch, len(receipt.refused)) == (3, 0)
    assert exported(store, tmp_path / "after") == before
    assert verify(store).empty


def test_later_edits_stand_and_are_named(store: Store) -> None:
    change(store, cell("A1", "households", "90"), cell("A1", "lpr", "是"), cell("A2", "name", "二"))
    change(store, cell("A1", "households", "95"))
    receipt = _undo(store, 2)
    assert receipt.refused.to_numpy().tolist() == [["compounds", "A1", "households", "95", "later"]]
    assert receipt.cells == 2
    assert [_value(store, "A1", f) for f in ("households", "lpr")] == ["95", ""]
    assert _value(store, "A2", "name") == "=1+1"
    _undo(store, 3)
    assert _value(store, "A1", "households") == "90"
    assert _undo(store, 2).cells == 1
    assert _value(store, "A1", "households") == "80"
    assert verify(store).empty


def test_the_same_value_set_again_later_stands(store: Store) -> None:
    change(store, cell("A1", "households", "90"))
    change(store, cell("A1", "households", "80"))
    change(store, cell("A1", "households", "90"))
    assert len(_undo(store, 2).refused) == 1


def test_undo_twice_does_nothing(store: Store) -> None:
    change(store, cell("A1", "households", "90"))
    _undo(store, 2)
    again = _undo(store, 2)
    assert (again.batch, again.cells, again.equal, len(again.refused)) == (None, 0, 1, 0)


def test_an_undo_can_be_undone(store: Store) -> None:
    change(store, cell("A1", "households", "90"), cell("C1", PRESENT, "1"), cell("C1", "name", "新"))
    _undo(store, 2)
    _undo(store, 3)
    assert _value(store, "A1", "households") == "90"
    assert _value(store, "C1", "name") == "新"
    log = list_batches(store).set_index("batch")
    assert log["undoes"].fillna(0).tolist() == [0, 0, 2, 3]
    assert log["undone_by"].fillna(0).tolist() == [0, 0, 4, 0]
    _undo(store, 2)
    assert _value(store, "A1", "households") == "80"
    assert verify(store).empty


def test_a_made_row_goes_as_a_whole_or_stays_as_a_whole(store: Store) -> None:
    change(store, cell("C1", PRESENT, "1"), cell("C1", "name", "新"), cell("C1", "households", "5"))
    change(store, cell("C1", "households", "6"))
    receipt = _undo(store, 2)
    assert receipt.batch is None
    assert set(receipt.refused["field"]) == {PRESENT, "compound_id", "name", "households"}
    assert _value(store, "C1", "name") == "新"


def test_a_row_retired_since_keeps_its_cells(store: Store) -> None:
    change(store, cell("B9", "name", "别的"))
    change(store, cell("B9", PRESENT, ""))
    assert _undo(store, 2).refused["why"].tolist() == ["retired"]
    _undo(store, 3)
    _undo(store, 2)
    assert _value(store, "B9", "name") == "丙"


def test_undo_takes_held_cells_with_it(store: Store) -> None:
    change(store, cell("A1", "households", "90"))
    change(store, cell("A1", "households", "85", base_version=1))
    assert len(held_cells(store)) == 1
    _undo(store, 3)
    assert held_cells(store).empty
    assert verify(store).empty


def test_after_an_undo_an_older_form_is_no_conflict(store: Store) -> None:
    change(store, cell("A1", "households", "90"))
    _undo(store, 2)
    assert len(change(store, cell("A1", "households", "85", base_version=1)).held) == 0


@pytest.mark.parametrize("number", [1, 9])
def test_the_seed_and_what_is_no_batch_cannot_be_undone(store: Store, number: int) -> None:
    with pytest.raises(CallError, match=str(number)):
        _undo(store, number)
