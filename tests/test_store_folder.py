"""Folder and store: the seed, the same district from both, the canonical export, an update that is never silent."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from planner import read_district
from planner.district.district import District
from planner.district.load import read_district as read_folder
from planner.errors import CallError
from planner.policy import load_policy
from planner.store.as_district import district_of, table_bytes
from planner.store.connection import Store
from planner.store.export import export_store, own_folder
from planner.store.history import held_cells, list_batches
from planner.store.opening import create_store, open_store
from planner.store.seeding import apply_folder, compare_folder, folder_changed, seed_store
from planner.store.state import row_versions, table_state
from planner.store.tables import PRESENT
from planner.store.verify import verify
from tests.conftest import ROOT
from tests.stores import AT, POLICY, cell, change, exported
from tests.test_inputs_unchanged import fingerprint


def _same(one: District, other: District) -> None:
    left, right = fingerprint(one), fingerprint(other)
    differing = [name for name in left if left[name] != right.get(name) and name != ".original"]
    assert differing == []
    for name in ("name", "not_applicable", "demo", "crs_note"):
        assert getattr(one, name) == getattr(other, name), name
    texts = [sorted(map(tuple, d.original.to_numpy().tolist())) for d in (one, other)]
    assert texts[0] == texts[1]


def _files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_district_from_folder_and_store(store: Store, store_place: Path | str, small_district: Path) -> None:
    folder = read_folder(small_district, POLICY)
    _same(folder, district_of(store, POLICY))
    _same(folder, read_district(store_place, POLICY))
    assert len(folder.layers["roads"]) == 1
    assert own_folder(store) == small_district


def test_export_is_what_write_district_writes(store: Store, small_district: Path, tmp_path: Path) -> None:
    assert exported(store, tmp_path / "out") == _files(small_district)


def test_the_demo_district_goes_through_the_store_byte_for_byte(tmp_path: Path) -> None:
    data = ROOT / "data"
    store = create_store(tmp_path / "planner.gpkg", POLICY, at=AT)
    seed_store(store, data, POLICY, actor="测试", at=AT)
    _same(read_folder(data, POLICY), district_of(store, POLICY))
    for name in ("compounds", "committees", "meetings", "issues", "appraisals", "interventions"):
        path = data / "compounds.csv" if name == "compounds" else data / "governance" / f"{name}.csv"
        assert table_bytes(table_state(store, name), POLICY, name) == path.read_bytes(), name
    assert verify(store).empty
    store.close()


def test_exporting_twice_and_seeding_from_it_gives_the_same_bytes(file_store: Store, tmp_path: Path) -> None:
    change(
        file_store,
        cell("A1", "households", "91"),
        cell("B9", PRESENT, ""),
        cell("C1", PRESENT, "1"),
        cell("C1", "name", "新"),
    )
    first = exported(file_store, tmp_path / "a")
    other = create_store(tmp_path / "other.gpkg", POLICY, at=AT)
    seed_store(other, tmp_path / "a", POLICY, actor="测试", at=AT)
    assert exported(other, tmp_path / "b") == first
    other.close()


def test_only_an_empty_store_is_seeded(file_store: Store, small_district: Path) -> None:
    with pytest.raises(CallError, match="update"):
        seed_store(file_store, small_district, POLICY, actor="测试", at=AT)
    assert len(list_batches(file_store)) == 1


def test_the_seed_carries_the_survey_date(file_store: Store) -> None:
    assert change(file_store, cell("A1", "households", "85", base_version=0)).held["incoming"].tolist() == ["85"]
    assert row_versions(file_store, "compounds").eq(1).sum() == 4


def _changed_folder(folder: Path, tmp_path: Path, **texts: str) -> Path:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    ledger = (copy / "compounds.csv").read_text("utf-8-sig")
    for old, new in texts.items():
        assert old in ledger
        ledger = ledger.replace(old, new)
    (copy / "compounds.csv").write_text(ledger, encoding="utf-8-sig", newline="\n")
    return copy


def test_a_changed_folder_is_noticed_previewed_and_taken(store: Store, small_district: Path, tmp_path: Path) -> None:
    assert not folder_changed(store)
    copy = _changed_folder(small_district, tmp_path, 丙="丁", 甲="甲院")
    lines = (copy / "compounds.csv").read_text("utf-8-sig").splitlines()
    added = "D1,新院" + "," * (lines[0].count(",") - 1)
    text = (copy / "compounds.csv").read_text("utf-8-sig")
    assert "B10" in text
    start, end = text.index("B10"), text.index("B9,")
    (copy / "compounds.csv").write_text(text[:start] + text[end:] + added + "\n", encoding="utf-8-sig", newline="\n")
    assert folder_changed(store, copy)
    update = compare_folder(store, copy, POLICY)
    assert update.counts.loc["compounds"].to_dict() == {"new": 1, "gone": 1, "rows": 2, "cells": 2}
    assert update.gone.to_numpy().tolist() == [["compounds", "B10"]]
    cells = update.changes[update.changes["field"] == "name"][["row_id", "old", "value"]]
    assert cells.fillna("").to_numpy().tolist() == [["A1", "甲", "甲院"], ["B9", "丙", "丁"], ["D1", "", "新院"]]
    assert len(list_batches(store)) == 1
    receipt = apply_folder(store, update, actor="测试", at=AT, reason="外部修改")
    assert (receipt.batch, receipt.rows, len(receipt.held)) == (2, 3, 0)
    assert table_state(store, "compounds").index.tolist() == ["A1", "A2", "B10", "B9", "D1"]
    assert not folder_changed(store, copy)
    assert verify(store).empty


def test_rows_that_the_folder_lost_are_retired_only_when_asked(
    file_store: Store, small_district: Path, tmp_path: Path
) -> None:
    copy = _changed_folder(small_district, tmp_path, **{"B9,丙": "B8,丙"})
    update = compare_folder(file_store, copy, POLICY)
    apply_folder(file_store, update, actor="测试", at=AT, reason="", retire=True)
    assert table_state(file_store, "compounds").index.tolist() == ["A1", "A2", "B10", "B8"]


def test_what_was_edited_in_the_store_is_not_overwritten(
    file_store: Store, small_district: Path, tmp_path: Path
) -> None:
    change(file_store, cell("A1", "name", "电话改"), cell("B9", "households", "12"))
    assert compare_folder(file_store, small_district, POLICY).changes.empty
    copy = _changed_folder(small_district, tmp_path, 甲="甲院")
    update = compare_folder(file_store, copy, POLICY)
    assert update.changes[["row_id", "field"]].to_numpy().tolist() == [["A1", "name"]]
    receipt = apply_folder(file_store, update, actor="测试", at=AT, reason="")
    assert len(receipt.held) == 1
    assert table_state(file_store, "compounds").at["A1", "name"] == "电话改"
    assert held_cells(file_store)[["base", "current", "incoming"]].to_numpy().tolist() == [["甲", "电话改", "甲院"]]


def test_export_into_its_own_folder_counts_as_agreed(small_district: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(small_district, tmp_path / "district")
    store = create_store(tmp_path / "planner.gpkg", POLICY, at=AT)
    seed_store(store, folder, POLICY, actor="测试", at=AT)
    change(store, cell("A1", "name", "电话改"))
    export_store(store, POLICY, folder)
    assert "电话改" in (folder / "compounds.csv").read_text("utf8")
    assert not folder_changed(store)
    assert compare_folder(store, folder, POLICY).changes.empty
    store.close()


def test_base_layers_that_changed_or_went_are_said(small_district: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(small_district, tmp_path / "district")
    store = create_store(tmp_path / "planner.gpkg", POLICY, at=AT)
    seed_store(store, folder, POLICY, actor="测试", at=AT)
    (folder / "geo" / "more.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": []}))
    assert "store.layers_changed" in set(district_of(store, POLICY).problems["rule"])
    shutil.rmtree(folder)
    district = district_of(store, POLICY)
    assert "store.no_layers" in set(district.problems["rule"])
    assert len(district.layers["roads"]) == 0
    assert len(district.layers["buildings"]) == 2
    assert len(district_of(store, POLICY, layers=small_district).layers["roads"]) == 1
    store.close()


def test_an_empty_store_is_a_district_without_compounds(empty_place: Path | str) -> None:
    create_store(empty_place, POLICY, at=AT).close()
    assert len(read_district(empty_place, POLICY).compounds) == 0


def test_a_new_column_of_the_policy_is_added_when_a_store_is_opened(store: Store, store_place: Path | str) -> None:
    columns = load_policy().columns
    row = columns[(columns["table"] == "compounds") & (columns["field"] == "households")].assign(field="kitchens_n")
    grown = dataclasses.replace(POLICY, columns=pd.concat([columns, row], ignore_index=True))
    reopened = open_store(store_place, grown)
    change(reopened, cell("A1", "kitchens_n", "3"))
    assert table_state(reopened, "compounds").loc["A1", ["kitchens_n", "households"]].tolist() == ["3", "80"]
    assert verify(reopened).empty
    reopened.close()
    back = open_store(store_place, POLICY)
    assert table_state(back, "compounds").at["A1", "kitchens_n"] == "3"
    assert verify(back).empty
    assert len(district_of(back, POLICY).compounds) == 4
    back.close()
    assert store.fields["compounds"].get("kitchens_n") is None
