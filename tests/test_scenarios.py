"""Plans under a name: kept, moved on with basis and document, undone on the record, never lost."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from planner.errors import InputError
from planner.store.connection import Store
from planner.store.history import list_batches
from planner.store.remembering import InStore
from planner.store.scenarios import (
    DRAFT,
    FOLDER,
    ISSUED,
    PUBLISHED,
    REVIEWED,
    FolderShelf,
    Shelf,
    keep_form,
    keep_scenario,
    last_form,
    list_scenarios,
    move_on,
    shelf_of,
    take_back,
    take_out,
)
from planner.store.verify import verify

AT = dt.datetime(2026, 11, 25, 9, 30, tzinfo=dt.UTC)
BASIS = {"basis": "常务会议纪要", "document": "〔2026〕31号"}


@pytest.fixture(params=["folder", "store"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    """The folder of an installation, and a store: both promise the same."""
    if request.param == "folder":
        return shelf_of(tmp_path)
    return shelf_of(InStore(request.getfixturevalue("file_store"), "张工", AT))


def kept(shelf: Shelf, name: str = "方案一", minutes: int = 0, **body: object) -> None:
    keep_scenario(shelf, name, {"plan": {}, **body}, actor="张工", at=AT + dt.timedelta(minutes=minutes))


def move(shelf: Shelf, name: str = "方案一", **basis: str) -> str:
    return move_on(shelf, name, actor="李科", at=AT, **{**BASIS, **basis})


def test_a_plan_comes_back_with_who_and_when_the_newest_first(shelf: Shelf) -> None:
    kept(shelf, "方案一", 0, n=1)
    kept(shelf, "方案二 <b>", 1, n=2)
    kept(shelf, "方案一", 2, n=3)
    found, problems = list_scenarios(shelf)
    assert not len(problems)
    assert [(s.name, s.body["n"], s.state) for s in found] == [("方案一", 3, DRAFT), ("方案二 <b>", 2, DRAFT)]
    assert (found[0].kept.actor, found[0].kept.at) == ("张工", "2026-11-25T09:32:00+00:00")
    assert len(found[0].entries) == 2


def test_forward_only_one_step_at_a_time_each_with_basis_and_document(shelf: Shelf) -> None:
    kept(shelf)
    for missing in ({"basis": " "}, {"document": ""}):
        with pytest.raises(InputError, match="依据和文号"):
            move(shelf, **missing)
    assert [move(shelf), move(shelf), move(shelf)] == [REVIEWED, PUBLISHED, ISSUED]
    with pytest.raises(InputError, match="没有下一步"):
        move(shelf)
    last = list_scenarios(shelf)[0][0].entries[-1]
    assert (last.state, last.actor, last.basis, last.document) == (ISSUED, "李科", BASIS["basis"], BASIS["document"])


def test_a_step_is_undone_with_a_reason_and_both_stay_recorded(shelf: Shelf) -> None:
    kept(shelf)
    move(shelf)
    with pytest.raises(InputError, match="原因"):
        take_back(shelf, "方案一", actor="李科", at=AT, basis=" ")
    assert take_back(shelf, "方案一", actor="李科", at=AT, basis="异议成立") == DRAFT
    with pytest.raises(InputError, match="没有可撤销"):
        take_back(shelf, "方案一", actor="李科", at=AT, basis="再撤")
    assert [e.action for e in list_scenarios(shelf)[0][0].entries] == ["kept", "moved", "back"]


def test_past_its_draft_a_plan_is_neither_replaced_nor_taken_out(shelf: Shelf) -> None:
    kept(shelf)
    move(shelf)
    with pytest.raises(InputError, match="不能改动"):
        kept(shelf)
    with pytest.raises(InputError, match="不能改动"):
        take_out(shelf, "方案一", actor="", at=AT)


def test_taken_out_it_is_not_listed_its_record_stays_and_the_name_is_free(shelf: Shelf) -> None:
    kept(shelf, n=1)
    take_out(shelf, "方案一", actor="张工", at=AT)
    assert list_scenarios(shelf)[0] == []
    assert len(shelf.entries()[0]) == 2
    kept(shelf, n=2)
    (again,) = list_scenarios(shelf)[0]
    assert (again.body["n"], len(again.entries)) == (2, 1)


def test_in_a_store_every_entry_is_a_batch_of_its_own_and_the_chain_holds(file_store: Store) -> None:
    shelf = shelf_of(InStore(file_store, "张工", AT))
    before = len(list_batches(file_store))
    kept(shelf)
    move(shelf)
    assert len(list_batches(file_store)) == before + 2
    assert not len(verify(file_store))
    assert [s.state for s in list_scenarios(shelf)[0]] == [REVIEWED]


@pytest.mark.parametrize("name", ["", "  ", "一" * 41, "两\n行"])
def test_names_that_cannot_be_listed_are_refused(shelf: Shelf, name: str) -> None:
    with pytest.raises(InputError, match="名称"):
        kept(shelf, name)


@pytest.mark.parametrize("name", ["../../etc/x", "a/b", "con", "方案|?*", "。"])
def test_any_other_name_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    kept(FolderShelf(tmp_path), name)
    assert [s.name for s in list_scenarios(FolderShelf(tmp_path))[0]] == [name]
    assert {file.parent for file in tmp_path.rglob("*.jsonl")} == {tmp_path / FOLDER}


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{}\n", b'{"name":"x"}\n', b"[1]\n", b'{"a":'])
def test_a_damaged_file_is_said_and_the_others_open(tmp_path: Path, content: bytes) -> None:
    shelf = FolderShelf(tmp_path)
    kept(shelf)
    (tmp_path / FOLDER / "bad.jsonl").write_bytes(content)
    found, problems = list_scenarios(shelf)
    assert [s.name for s in found] == ["方案一"]
    assert list(problems["file"]) == ["bad.jsonl"]


def test_what_was_typed_last_is_remembered_per_district_and_a_damaged_file_costs_only_that(tmp_path: Path) -> None:
    assert last_form(tmp_path, "甲区") is None
    keep_form(tmp_path, "甲区", {"years": 3})
    keep_form(tmp_path, "乙区", {"years": 5})
    assert last_form(tmp_path, "甲区") == {"years": 3}
    (tmp_path / "plan_forms.json").write_text("{", encoding="utf-8")
    assert last_form(tmp_path, "甲区") is None
    keep_form(tmp_path, "甲区", {"years": 2})
    assert last_form(tmp_path, "甲区") == {"years": 2}
