"""One value or one shape given by hand: everything that is wrong at once, one batch, nothing overwritten."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from shapely.geometry import Point, box

from planner.errors import InputError
from planner.store.as_district import district_of
from planner.store.batches import Signature
from planner.store.connection import Store
from planner.store.drawing import Drawing, apply_drawing
from planner.store.editing import Edit, apply_edit, current_text, read_edit
from planner.store.history import held_cells, row_history
from planner.store.undo import undo_batch
from planner.store.verify import verify
from tests.stores import AT, POLICY, cell, change, says

TODAY = dt.date(2026, 11, 25)
GOOD = Edit("A1", "households", "80", "约95户", "电话", dt.date(2026, 11, 20), "王主任")
SIGNED = Signature("王工", AT)


def rules(edit: Edit) -> list[str]:
    """What is said about an edit, the errors only."""
    found = read_edit(edit, POLICY, today=TODAY)[1]
    return sorted(found.loc[found["severity"] == "error", "rule"])


def test_a_value_is_written_with_its_words_source_and_day_and_undone(store: Store) -> None:
    before = says(store)
    receipt = apply_edit(store, POLICY, GOOD, SIGNED)
    assert (receipt.rows, len(receipt.held)) == (1, 0)
    assert current_text(store, "A1", "households") == "95"
    last = row_history(store, "compounds", "A1", "households").iloc[-1]
    told = [last[name] for name in ("kind", "actor", "reason", "source", "surveyed_on", "old", "new")]
    assert told == ["set", "王工", "电话：王主任", "电话", "2026-11-20", "80", "95"]
    assert (
        district_of(store, POLICY).original.set_index(["compound_id", "field"]).at[("A1", "households"), "text"]
        == "约95户"
    )
    assert receipt.batch is not None
    undo_batch(store, receipt.batch, actor="王工", at=AT)
    assert says(store) == before
    assert verify(store).empty


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, []),
        ({"written": "many", "source": "听说", "told_on": dt.date(2027, 1, 1)},
         ["cell.number", "edit.date", "edit.source"]),
        ({"written": "", "told_on": None, "source": ""}, ["edit.date", "edit.empty", "edit.source"]),
        ({"written": "30000"}, ["cell.hard_limit"]),
        ({"written": "80"}, ["edit.same"]),
        ({"field": "built_year_max", "seen": "1985", "written": "2031"}, ["edit.future_year"]),
        ({"field": "lon", "seen": "", "written": "114.2"}, ["edit.fixed"]),
        ({"field": "name", "seen": "甲", "written": "#清空"}, ["edit.required"]),
        ({"field": "note", "seen": "", "written": "找13800138000"}, ["V26"]),
        ({"field": "property_status", "seen": "", "written": "还行"}, ["cell.choice"]),
    ],
)  # fmt: skip
def test_everything_that_is_wrong_with_a_value_is_said_at_once(changed: dict[str, object], wrong: list[str]) -> None:
    assert rules(replace(GOOD, **changed)) == wrong  # type: ignore[arg-type]


def test_a_wrong_value_is_not_written(file_store: Store) -> None:
    before = says(file_store)
    with pytest.raises(InputError) as caught:
        apply_edit(file_store, POLICY, replace(GOOD, written="many", source=""), SIGNED)
    assert len(caught.value.problems) == 2
    assert says(file_store) == before


def test_a_value_that_a_colleague_changed_meanwhile_waits(store: Store) -> None:
    change(store, cell("A1", "households", "88"))
    receipt = apply_edit(store, POLICY, GOOD, SIGNED)
    assert receipt.held[["current", "incoming"]].to_numpy().tolist() == [["88", "95"]]
    assert current_text(store, "A1", "households") == "88"
    assert len(held_cells(store)) == 1


def test_a_boundary_and_a_point_are_batches_like_any_other(store: Store) -> None:
    before = says(store)
    seen = current_text(store, "A1", "geometry")
    drawn = Drawing("A1", box(114.1, 38, 114.102, 38.002), seen, "现场", 2.5, "踏勘", TODAY)
    boundary = apply_drawing(store, POLICY, drawn, SIGNED)
    point = Drawing("B9", Point(114.2, 38.1), "", "示意框", None, "来文", TODAY, "2026年8号")
    placed = apply_drawing(store, POLICY, point, SIGNED)
    found = district_of(store, POLICY).compounds
    assert found.geometry["A1"].equals(box(114.1, 38, 114.102, 38.002))
    assert found.loc["A1", ["geom_source", "geom_accuracy_m"]].tolist() == ["现场", 2.5]
    assert found.geometry["B9"].equals(Point(114.2, 38.1))
    assert found.loc["B9", ["lon", "lat"]].tolist() == [114.2, 38.1]
    stale = apply_drawing(store, POLICY, replace(drawn, shape=box(114, 38, 114.1, 38.1)), SIGNED)
    assert stale.held["field"].tolist() == ["geometry"]
    for receipt in (stale, placed, boundary):
        assert receipt.batch is not None
        undo_batch(store, receipt.batch, actor="王工", at=AT)
    assert {k: v for k, v in says(store).items() if k != "planner_held"} == before
    assert verify(store).empty
