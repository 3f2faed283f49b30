"""Cells that wait for a planner: each of the three values can be taken, and the decision undone."""

from __future__ import annotations

import pytest

from planner.errors import CallError
from planner.store.connection import Store
from planner.store.held import decide_held
from planner.store.history import held_cells, list_batches
from planner.store.state import table_state
from planner.store.undo import undo_batch
from planner.store.verify import verify
from tests.stores import AT, cell, change


@pytest.fixture
def waiting(store: Store) -> str:
    """Two surveys of one cell: 80 in the ledger, 90 applied, 85 held. Returns the held id."""
    change(store, cell("A1", "households", "90", old="80"))
    change(store, cell("A1", "households", "85", old="80", surveyed_on="2026-09-01", surveyor="王"))
    return str(held_cells(store).index[0])


def _households(store: Store) -> str:
    return str(table_state(store, "compounds").at["A1", "households"])


@pytest.mark.parametrize(("choice", "value", "cells"), [("current", "90", 0), ("incoming", "85", 1), ("base", "80", 1)])
def test_one_of_three_values_is_taken_and_the_decision_undone(
    store: Store, waiting: str, choice: str, value: str, cells: int
) -> None:
    receipt = decide_held(store, waiting, choice, actor="李", at=AT, reason="电话核实")
    assert (receipt.cells, _households(store)) == (cells, value)
    assert held_cells(store).empty
    assert list_batches(store).iloc[-1][["kind", "actor", "reason"]].tolist() == ["decision", "李", "电话核实"]
    assert receipt.batch is not None
    undo_batch(store, receipt.batch, actor="李", at=AT)
    assert (_households(store), held_cells(store).index.tolist()) == ("90", [waiting])
    assert verify(store).empty


def test_a_cell_that_moved_again_is_held_anew(store: Store, waiting: str) -> None:
    change(store, cell("A1", "households", "95"))
    assert len(decide_held(store, waiting, "incoming", actor="李", at=AT).held) == 1
    assert _households(store) == "95"
    assert held_cells(store)[["current", "incoming"]].to_numpy().tolist() == [["95", "85"]]


@pytest.mark.parametrize(("held", "choice"), [("000001-000001", "incoming"), ("", "other")])
def test_what_cannot_be_decided(store: Store, waiting: str, held: str, choice: str) -> None:
    with pytest.raises(CallError):
        decide_held(store, held or waiting, choice, actor="李", at=AT)
