"""Random sequences of batches, undos, held cells, decisions, backups and re-openings, with a model beside the store."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from planner.errors import InputError
from planner.store.backup import backup_store, restore_store
from planner.store.held import decide_held
from planner.store.history import batch_cells, held_cells, list_batches
from planner.store.opening import open_store
from planner.store.state import table_state
from planner.store.tables import PRESENT
from planner.store.undo import undo_batch
from planner.store.verify import verify
from tests.stores import AT, POLICY, cell, change

IDS = ("A1", "A2", "B10", "C1", "甲院")
FIELDS = ("households", "name", "lpr", "heating_type", "built_year_min", "note", "surveyed_on", "floor_area_m2")
TEXTS = st.sampled_from(
    ["", "80", "90", "na", "1980年代", "是", "2024-02-30", "=1+1", "0012", "1E5", "一\n二", "12.50"]
)
CELLS = st.tuples(st.sampled_from(IDS), st.sampled_from((*FIELDS, PRESENT)), TEXTS)


class Sequences(RuleBasedStateMachine):
    """A model beside the store: what every row says, and what it said before each batch."""

    place: Path | str

    def __init__(self) -> None:
        """Count the steps of each kind."""
        super().__init__()
        self.steps: Counter[str] = Counter()

    @initialize()
    def begin(self) -> None:
        """Open the store that the test made."""
        self.steps["sequences"] += 1
        self.store = open_store(self.place, POLICY)
        state = table_state(self.store, "compounds")
        self.model: dict[str, dict[str, str]] = state.to_dict("index")
        self.gone: dict[str, dict[str, str]] = {}
        self.last: tuple[int, dict[str, object]] | None = None

    @rule(cells=st.lists(CELLS, min_size=1, max_size=6, unique_by=lambda c: c[:2]))
    def apply(self, cells: list[tuple[str, str, str]]) -> None:
        """Apply cells; a batch with a row that does not stand is refused whole."""
        self.steps["apply"] += 1
        cells = [(row, field, ("1" if text else "") if field == PRESENT else text) for row, field, text in cells]
        before = self._standing()
        made = {row for row, field, _ in cells if field == PRESENT}
        changes = [cell(row, field, text) for row, field, text in cells]
        if any(row not in self.model and row not in made for row, _, _ in cells):
            with pytest.raises(InputError):
                change(self.store, *changes)
            assert self._standing() == before
            return
        receipt = change(self.store, *changes)
        for row, field, text in cells:
            self._model_cell(row, field, text)
        self._settle()
        self.last = (receipt.batch, before) if receipt.batch else None

    def _model_cell(self, row: str, field: str, text: str) -> None:
        blank = dict.fromkeys(self.store.fields["compounds"], "")
        rows = self.model if row in self.model else self.gone
        said: dict[str, Any] = rows.setdefault(row, {**blank})
        said[field] = text

    def _settle(self) -> None:
        for rows, other, leaves in ((self.model, self.gone, ""), (self.gone, self.model, "1")):
            for row in [r for r, said in rows.items() if said.get(PRESENT) == leaves]:
                other[row] = rows.pop(row)
        for row, said in self.model.items():
            said.pop(PRESENT, None)
            said["compound_id"] = row
        for said in self.gone.values():
            said.pop(PRESENT, None)

    @precondition(lambda self: self.last)
    @rule()
    def undo(self) -> None:
        """Undo the last batch: everything is said as before it."""
        self.steps["undo the last"] += 1
        assert self.last is not None
        number, before = self.last
        receipt = undo_batch(self.store, number, actor="测试", at=AT)
        assert receipt.refused.empty
        assert self._standing() == before
        self._look()

    def _look(self) -> None:
        """Take on what the store says, once a step has been held to what it may change."""
        state = table_state(self.store, "compounds", retired=True)
        self.model = state[state[PRESENT] == "1"].drop(columns=PRESENT).to_dict("index")
        self.gone = state[state[PRESENT] == ""].drop(columns=PRESENT).to_dict("index")
        self.last = None

    @precondition(lambda self: self.model)
    @rule(data=st.data(), field=st.sampled_from(FIELDS), text=TEXTS)
    def hold(self, data: st.DataObject, field: str, text: str) -> None:
        """A change made against something else than what stands is held and changes nothing; an equal one is none."""
        self.steps["hold"] += 1
        row = data.draw(st.sampled_from(sorted(self.model)))
        receipt = change(self.store, cell(row, field, text, old=f"别的 {self.steps['hold']}"))
        equal = self.model[row][field] == text
        assert (len(receipt.held), receipt.equal, receipt.cells) == ((0, 1, 0) if equal else (1, 0, 0))
        self.last = None

    @precondition(lambda self: len(held_cells(self.store)))
    @rule(data=st.data(), choice=st.sampled_from(["current", "incoming", "base"]))
    def decide(self, data: st.DataObject, choice: str) -> None:
        """A decision closes the held cell and gives it the value, unless it has moved since or its row is retired."""
        self.steps["decide"] += 1
        waiting = held_cells(self.store)
        held_id = data.draw(st.sampled_from(list(waiting.index)))
        held = waiting.loc[held_id]
        row, field, stands = held["row_id"], held["field"], self.model.get(held["row_id"])
        if stands is None and choice != "current":
            with pytest.raises(InputError):
                decide_held(self.store, held_id, choice, actor="测试", at=AT)
            return
        decide_held(self.store, held_id, choice, actor="测试", at=AT)
        assert held_id not in held_cells(self.store).index
        if stands is not None and choice != "current" and stands[field] == held["current"]:
            stands[field] = held[choice]
            assert table_state(self.store, "compounds").at[row, field] == held[choice]
        self.last = None

    @precondition(lambda self: len(list_batches(self.store)) > 1)
    @rule(data=st.data())
    def undo_any(self, data: st.DataObject) -> None:
        """Undo any batch but the seed: only its own cells move, each to what it was before that batch."""
        self.steps["undo any"] += 1
        number = data.draw(st.integers(2, len(list_batches(self.store))))
        cells = batch_cells(self.store, number)
        before = {(r.table, r.row_id, r.field): r.old for r in cells[::-1].itertuples()}
        receipt = undo_batch(self.store, number, actor="测试", at=AT)
        moved = batch_cells(self.store, receipt.batch) if receipt.batch else cells.iloc[:0]
        said = {(r.table, r.row_id, r.field): r.new for r in moved.itertuples()}
        refused = set(zip(receipt.refused["table"], receipt.refused["row_id"], receipt.refused["field"], strict=True))
        assert said.items() <= before.items()
        assert refused <= set(before)
        assert not refused & set(said)
        self._look()

    @rule(copied=st.integers(0, 9))
    def reopen(self, copied: int) -> None:
        """Close and open again; one time in ten restore a copy over the file first: everything is said as before."""
        self.steps["reopen"] += 1
        if copied == 9 and isinstance(self.place, Path):
            self.steps["back up and restore"] += 1
            before, copy = self._says(), self.place.with_suffix(".copy.gpkg")
            backup_store(self.store, copy, at=AT)
            kept = restore_store(copy, self.place, POLICY, at=AT)
            assert self._says() == before
            for file in (copy, *([kept] if kept else [])):
                file.unlink()
        self.store.close()
        self.store = open_store(self.place, POLICY)

    def _standing(self) -> dict[str, object]:
        """What the standing rows say: a row that an undo has unmade is one that never was."""
        tables = ("compounds", "planner_held")
        return {table: table_state(self.store, table).to_dict("index") for table in tables}

    def _says(self) -> dict[str, object]:
        tables = ("compounds", "planner_held")
        return {table: table_state(self.store, table, retired=True).to_dict("index") for table in tables}

    @invariant()
    def holds(self) -> None:
        """The log folds to the state, and the state is the model."""
        if hasattr(self, "store"):
            assert verify(self.store).empty
            assert table_state(self.store, "compounds").to_dict("index") == self.model

    def teardown(self) -> None:
        """Close the store."""
        if hasattr(self, "store"):
            self.store.close()
