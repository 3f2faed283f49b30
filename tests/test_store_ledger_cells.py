"""A survey against a store: base, current and survey from its history; applied, held, decided and undone."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from planner.cli.main import main
from planner.district.survey.held import changes_to_write, decisions_to_write, held_to_write
from planner.district.survey.incoming import incoming_cells
from planner.district.survey.merge import Merge, merge, merge_policy
from planner.store.batches import Batch, apply_batch
from planner.store.connection import Store
from planner.store.history import held_cells
from planner.store.ledger_cells import base_cells, ledger_cells
from planner.store.opening import create_store
from planner.store.seeding import seed_store
from planner.store.state import table_state
from planner.store.undo import undo_batch
from planner.store.values import SingleValue, set_value
from planner.store.verify import verify
from tests.stores import POLICY, small_folder
from tests.survey_files import read

AT = dt.datetime(2026, 11, 24, 8, 30, tzinfo=dt.UTC)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    """A store of four compounds on a file."""
    made = create_store(tmp_path / "planner.gpkg", POLICY, at=AT)
    seed_store(made, small_folder(tmp_path / "folder"), POLICY, actor="甲", at=AT)
    yield made
    made.close()


def survey(store: Store, text: str) -> Merge:
    """Merge a survey file into a store."""
    compounds = table_state(store, "compounds")[["name", "alias", "address", "community_name"]].replace("", pd.NA)
    found = read(text, _Ledger(compounds))
    cells = incoming_cells(found)
    current = ledger_cells(store, cells)
    return merge(base_cells(store, cells, current), current, cells, merge_policy(POLICY))


class _Ledger:
    def __init__(self, compounds: pd.DataFrame) -> None:
        self.compounds = compounds.astype("string")


def fates(merged: Merge) -> dict[tuple[str, str], tuple[str, str]]:
    """Compound and field -> outcome and reason."""
    rows = merged.cells[["compound_id", "field", "outcome", "why"]].itertuples(index=False)
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def test_cells_know_their_last_change(store: Store) -> None:
    set_value(store, POLICY, SingleValue("A1", "households", "90", "电话", "2026-06-01"), actor="乙", at=AT)
    wanted = pd.DataFrame(
        {"compound_id": ["A1", "A1", "A2", "zz"], "field": ["households", "name", "heating_type", "name"]}
    )
    cells = ledger_cells(store, wanted).set_index(["compound_id", "field"])
    assert cells.loc[("A1", "households")].tolist() == ["90", 2, "2026-06-01", ""]
    assert cells.loc[("A1", "name")].tolist()[:3] == ["甲", 1, "2024-05-01"]
    assert cells.at[("A2", "heating_type"), "cell"] == "na"
    assert len(cells) == 3


def test_a_form_of_an_older_version_merges_cell_by_cell(store: Store) -> None:
    set_value(store, POLICY, SingleValue("A1", "households", "90", "电话", "2026-06-01"), actor="乙", at=AT)
    edited = survey(store, "compound_id,households,name,note,base_version\nA1,85,甲,新,1\n")
    assert fates(edited) == {
        ("A1", "name"): ("same", ""),
        ("A1", "households"): ("held", "conflict"),
        ("A1", "note"): ("apply", ""),
    }
    assert edited.held["base"].tolist() == ["80"]
    untouched = survey(store, "compound_id,households,base_version\nA1,80,1\n")
    assert fates(untouched) == {("A1", "households"): ("behind", "")}
    newest = survey(store, "compound_id,households,base_version\nA1,85,2\n")
    assert fates(newest) == {("A1", "households"): ("apply", "")}


def test_apply_hold_decide_and_undo(store: Store) -> None:
    set_value(store, POLICY, SingleValue("A1", "households", "90", "电话", "2026-06-01"), actor="乙", at=AT)
    before = table_state(store, "compounds")
    merged = survey(store, "小区编码,户数,备注,供热方式,调查日期\nA1,95,新,,2026-05-01\nA2,40,,#清空,2026-05-01\n")
    batch = Batch(
        "survey",
        "丙",
        AT,
        "",
        changes_to_write(merged, source="踏勘"),
        held_to_write(merged, file="a.csv"),
        "a.csv",
        "k1",
    )
    receipt = apply_batch(store, batch)
    assert (receipt.rows, receipt.cells, len(receipt.held), receipt.already) == (2, 3, 1, False)
    assert apply_batch(store, batch).already
    now = table_state(store, "compounds")
    assert (now.at["A1", "note"], now.at["A1", "households"], now.at["A2", "heating_type"]) == ("新", "90", "")
    waits = held_cells(store)
    assert waits[["row_id", "field", "current", "incoming", "why", "file_row"]].to_numpy().tolist() == [
        ["A1", "households", "90", "95", "stale", "2"]
    ]
    takes = pd.Series("survey", index=waits.index)
    decided = apply_batch(store, Batch("decision", "丁", AT, "核实", decisions_to_write(waits, takes)))
    assert (table_state(store, "compounds").at["A1", "households"], len(held_cells(store))) == ("95", 0)
    assert decided.batch is not None
    assert receipt.batch is not None
    undo_batch(store, decided.batch, actor="丁", at=AT)
    assert len(held_cells(store)) == 1
    undone = undo_batch(store, receipt.batch, actor="丁", at=AT)
    assert len(undone.refused) == 0
    pd.testing.assert_frame_equal(table_state(store, "compounds"), before)
    assert len(verify(store)) == 0


def test_the_command_reads_a_store(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    set_value(store, POLICY, SingleValue("A1", "households", "90", "电话", "2026-06-01"), actor="乙", at=AT)
    path = tmp_path / "a.csv"
    path.write_text("compound_id,households,base_version\nA1,85,1\nB9,12,7\n", "utf8")
    words = [
        "survey",
        "check",
        str(path),
        "--district",
        str(tmp_path / "planner.gpkg"),
        "--as-of",
        "2026-11-20",
        "--json",
    ]
    assert main(words) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["held"]["conflict"] == 1
    assert [p["rule"] for p in found["problems"] if p["severity"] == "error"] == ["survey.base_ahead"]
