"""Any sequence of batches, undos and re-openings: the state is the fold of the log, and undo restores it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from planner.errors import InputError
from planner.store.cell_values import split_text, text_of
from planner.store.opening import open_store
from planner.store.state import table_state
from planner.store.tables import PRESENT
from planner.store.undo import undo_batch
from planner.store.verify import verify
from tests.stores import AT, POLICY, Postgres, cell, change, says

IDS = ("A1", "A2", "B10", "C1", "甲院")
FIELDS = ("households", "name", "lpr", "heating_type", "built_year_min", "note", "surveyed_on", "floor_area_m2")
TEXTS = st.sampled_from(
    ["", "80", "90", "na", "1980年代", "是", "2024-02-30", "=1+1", "0012", "1E5", "一\n二", "12.50"]
)
CELLS = st.tuples(st.sampled_from(IDS), st.sampled_from((*FIELDS, PRESENT)), TEXTS)


class Sequences(RuleBasedStateMachine):
    """A model beside the store: what every row says, and what it said before each batch."""

    place: Path | str

    @initialize()
    def begin(self) -> None:
        """Open the store that the test made."""
        self.store = open_store(self.place, POLICY)
        state = table_state(self.store, "compounds")
        self.model: dict[str, dict[str, str]] = state.to_dict("index")
        self.gone: dict[str, dict[str, str]] = {}
        self.last: tuple[int, dict[str, object]] | None = None

    @rule(cells=st.lists(CELLS, min_size=1, max_size=6, unique_by=lambda c: c[:2]))
    def apply(self, cells: list[tuple[str, str, str]]) -> None:
        """Apply cells; a batch with a row that does not stand is refused whole."""
        cells = [(row, field, ("1" if text else "") if field == PRESENT else text) for row, field, text in cells]
        before = says(self.store)
        made = {row for row, field, _ in cells if field == PRESENT}
        changes = [cell(row, field, text) for row, field, text in cells]
        if any(row not in self.model and row not in made for row, _, _ in cells):
            with pytest.raises(InputError):
                change(self.store, *changes)
            assert says(self.store) == before
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
        assert self.last is not None
        number, before = self.last
        receipt = undo_batch(self.store, number, actor="测试", at=AT)
        assert receipt.refused.empty
        assert says(self.store) == before
        state = table_state(self.store, "compounds", retired=True)
        self.model = state[state[PRESENT] == "1"].drop(columns=PRESENT).to_dict("index")
        self.gone = state[state[PRESENT] == ""].drop(columns=PRESENT).to_dict("index")
        self.last = None

    @rule()
    def reopen(self) -> None:
        """Close and open again."""
        self.store.close()
        self.store = open_store(self.place, POLICY)

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


def test_any_sequence_on_a_file(filled_file: Path) -> None:
    class OnFile(Sequences):
        def __init__(self) -> None:
            super().__init__()
            self.folder = tempfile.TemporaryDirectory()
            self.place = Path(shutil.copyfile(filled_file, Path(self.folder.name) / "planner.gpkg"))

        def teardown(self) -> None:
            super().teardown()
            self.folder.cleanup()

    run_state_machine_as_test(OnFile, settings=settings(stateful_step_count=10, max_examples=8))


@pytest.mark.needs_postgres
def test_any_sequence_on_a_server(postgres: Postgres, filled_database: str) -> None:
    class OnServer(Sequences):
        def __init__(self) -> None:
            super().__init__()
            self.place = postgres.new(filled_database)

    run_state_machine_as_test(OnServer, settings=settings(stateful_step_count=8, max_examples=3))


KINDS = st.sampled_from(["int", "decimal", "bool", "date", "text"])


@given(text=st.text(max_size=12) | st.floats(allow_nan=False).map(repr) | st.integers().map(str), kind=KINDS)
def test_any_text_comes_back_from_a_typed_column(text: str, kind: str) -> None:
    value, told = split_text(text, kind)
    assert (text_of(value, kind) if told is None else told) == text


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("80", "int", 80), ("na", "int", None), ("0012", "int", None), ("12.5", "decimal", 12.5), ("8", "decimal", 8.0),
        ("是", "bool", True), ("否", "bool", False), ("1980年代", "int", None), ("2024-02-30", "date", None),
    ],
)  # fmt: skip
def test_the_typed_value_of_a_text(text: str, kind: str, value: object) -> None:
    assert split_text(text, kind)[0] == value
