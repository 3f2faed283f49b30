"""Any sequence of batches, undos and re-openings: the state is the fold of the log, and undo restores it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import run_state_machine_as_test

from planner.store.cell_values import split_text, text_of
from tests.store_sequences import Sequences
from tests.stores import Postgres


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
