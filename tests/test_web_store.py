"""The open district in its store: made at the first start, read from then on, a colleague's write seen next time."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from planner.errors import CallError, StoreError
from planner.store import place
from planner.store.chosen import Chosen, chosen_by, chosen_folder
from planner.store.heads import ledger_hash, read_head
from planner.store.history import list_batches
from planner.store.mappings import recall_headers, remember_headers
from planner.store.opening import create_store, open_store
from planner.store.remembering import InStore
from planner.store.take_over import carry_over, take_over
from planner.store.values import SingleValue, set_value
from planner.store.variants import delete_variant, list_variants, load_variant, save_variant
from planner.store.verify import verify
from planner.web import session, who, writing
from tests.stores import AT, POLICY, cell, change
from tests.test_variants import variant


@pytest.fixture(autouse=True)
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation of one's own in which no store is forbidden."""
    st.cache_resource.clear()
    for name in ("PLANNER_STORE", "PLANNER_DISTRICT", "PLANNER_TRUSTED_LAN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PLANNER_VAR", str(tmp_path / "var"))
    yield tmp_path / "var"
    st.session_state.clear()


@pytest.fixture
def demo(small_district: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small district in the place of the demo district."""
    folder = Path(shutil.copytree(small_district, tmp_path / "demo"))
    shutil.copytree(session.DEMO / "policy", folder / "policy")
    monkeypatch.setattr(session, "DEMO", folder)
    return folder


def households(opened: session.Opened) -> int:
    """What the ledger says of A1."""
    return int(opened.district.compounds.at["A1", "households"])


def test_what_the_environment_names_goes_before_what_was_opened_last(tmp_path: Path) -> None:
    var, demo, own = tmp_path / "var", tmp_path / "data", tmp_path / "var" / "districts" / "甲-12345678"
    rest = {"var": var, "demo": demo}
    assert chosen_by({}, **rest) == Chosen(var / "planner.gpkg", demo, made=True)
    assert chosen_by({}, **rest, remembered=own) == Chosen(var / "districts" / "甲-12345678.gpkg", own, made=True)
    elsewhere = chosen_by({"PLANNER_DISTRICT": "/srv/区"}, **rest, remembered=own)
    assert (elsewhere.folder, elsewhere.made) == (Path("/srv/区"), False)
    assert str(elsewhere.store).startswith(str(var / "districts" / "区-"))
    assert elsewhere.store != chosen_folder(Path("/srv2/区"), **rest).store
    both = {"PLANNER_DISTRICT": "/srv/区", "PLANNER_STORE": "postgresql://db/x"}
    assert chosen_by(both, **rest) == Chosen("postgresql://db/x", Path("/srv/区"), made=True, asked=True)
    assert chosen_by({"PLANNER_STORE": "none"}, **rest) == Chosen(None, demo)


def test_the_first_start_makes_the_store_and_changes_of_others_are_seen(var: Path, demo: Path) -> None:
    first = session.open_district()
    assert first.store == var / "planner.gpkg"
    assert households(first) == 80
    assert session.open_district() is first
    with_colleague = open_store(first.store, POLICY)
    set_value(with_colleague, POLICY, SingleValue("A1", "households", "95", "电话"), actor="甲", at=AT)
    second = session.open_district()
    assert (households(second), second.key != first.key) == (95, True)
    (demo / "compounds.csv").write_bytes((demo / "compounds.csv").read_bytes().replace(b"80", b"81"))
    assert households(session.open_district()) == 95
    save_variant(InStore(with_colleague, "甲", AT), variant("方案"))
    assert session.open_district() is second, "a variant is no change of the ledger"
    with_colleague.close()


def test_an_own_store_is_filled_from_the_district_and_a_replaced_file_is_opened_anew(
    var: Path, small_district: Path, filled_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PLANNER_STORE", str(tmp_path / "own.gpkg"))
    monkeypatch.setenv("PLANNER_DISTRICT", str(small_district))
    opened = session.open_district()
    assert (opened.store, opened.folder, households(opened)) == (tmp_path / "own.gpkg", small_district, 80)
    assert not (var / "planner.gpkg").exists()
    st.session_state["planner_name"] = "王工"
    writer = writing.writer(opened)
    set_value(writer.store, POLICY, SingleValue("A1", "households", "90", "来文"), actor=writer.actor, at=writer.now())
    assert households(session.open_district()) == 90
    assert list_batches(writer.store)["actor"].tolist()[-1] == "王工"
    shutil.copyfile(filled_file, tmp_path / "other.gpkg")
    for ending in ("-wal", "-shm"):
        (tmp_path / f"own.gpkg{ending}").unlink(missing_ok=True)
    (tmp_path / "other.gpkg").replace(tmp_path / "own.gpkg")
    assert households(session.open_district()) == 80


@pytest.mark.needs_postgres
def test_a_server_is_filled_and_read_like_a_file(
    small_district: Path, postgres: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.new()  # type: ignore[attr-defined]
    monkeypatch.setenv("PLANNER_STORE", url)
    monkeypatch.setenv("PLANNER_DISTRICT", str(small_district))
    opened = session.open_district()
    assert (opened.store, households(opened)) == (url, 80)
    st.session_state["planner_name"] = "王工"
    change(writing.writer(opened).store, cell("A1", "households", "70"))
    assert households(session.open_district()) == 70


def test_a_folder_without_a_store_is_read_as_it_is_until_somebody_makes_one(
    small_district: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANNER_DISTRICT", str(small_district))
    opened = session.open_district()
    assert opened.store is None
    assert "没有台账库" in writing.why_not(opened)
    with pytest.raises(CallError, match="没有台账库"):
        writing.writer(opened)
    session.make_store(opened)
    kept = session.open_district()
    assert kept.store is not None
    assert writing.why_not(kept) == ""
    with pytest.raises(CallError, match="姓名"):
        writing.writer(kept)


@pytest.mark.usefixtures("demo")
def test_a_store_that_cannot_be_made_or_written_is_said_and_the_page_still_opens(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:

        def full(*_: object, **__: object) -> None:
            raise OSError("No space left on device")

        broken.setattr("planner.web.stores.open_or_create", full)
        opened = session.open_district()
        assert (opened.store, households(opened)) == (None, 80)
        assert "No space left" in writing.why_not(opened)
        broken.setenv("PLANNER_STORE", str(var / "asked.gpkg"))
        with pytest.raises(StoreError, match="No space left"):
            session.open_district()
    session._failures().clear()
    made = session.open_district()
    assert writing.why_not(made) == ""
    for module in ("store.file_head", "store.place", "store.connection", "store.opening"):
        monkeypatch.setattr(f"planner.{module}.writable", lambda _path: False)
    assert "只能读" in writing.why_not(session.open_district())
    assert place.is_store(var / "planner.gpkg")
    store = open_store(var / "planner.gpkg", POLICY)
    with pytest.raises(StoreError, match="不可写"):
        change(store, cell("A1", "households", "95"))
    store.close()


def test_variants_and_mappings_live_in_the_store_and_files_are_taken_over_once(store, tmp_path: Path) -> None:
    where = InStore(store, "甲", AT)
    save_variant(tmp_path, variant("旧方案"))
    save_variant(tmp_path, variant("同名", author="文件"))
    save_variant(where, variant("同名", author="库"))
    remember_headers(tmp_path, "compounds", ["甲", "乙"], {"甲": "name"})
    before = ledger_hash(store)
    assert take_over(store, tmp_path, actor="程序", at=AT) is not None
    assert take_over(store, tmp_path, actor="程序", at=AT) is not None, "the same batch is named"
    assert read_head(store).batch == 3
    assert {v.name: v.author for v in list_variants(where)[0]} == {"旧方案": "", "同名": "库"}
    assert recall_headers(where, "compounds", ["乙", "甲"]) == {"甲": "name"}
    assert ledger_hash(store) == before
    delete_variant(where, "旧方案")
    save_variant(tmp_path, variant("新方案"))
    take_over(store, tmp_path, actor="程序", at=AT)
    assert {v.name for v in list_variants(where)[0]} == {"同名", "新方案"}, "what was deleted does not come back"
    assert load_variant(where, "新方案").rules == variant("新方案").rules
    remember_headers(where, "compounds", ["甲", "乙"], {"甲": "alias", "乙": ""})
    assert recall_headers(where, "compounds", ["甲", "乙"]) == {"甲": "alias", "乙": ""}
    assert verify(store).empty


def test_a_new_store_knows_what_the_old_one_knew_of_foreign_tables(file_store, tmp_path: Path) -> None:
    remember_headers(InStore(file_store, "甲", AT), "compounds", ["甲"], {"甲": "name"})
    fresh = create_store(tmp_path / "fresh.gpkg", POLICY, at=AT)
    target = InStore(fresh, "乙", AT)
    carry_over(file_store, target)
    assert recall_headers(target, "compounds", ["甲"]) == {"甲": "name"}
    assert carry_over(file_store, target) is None
    fresh.close()


def test_a_name_is_remembered_for_the_installation_but_not_on_a_shared_network(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert who.who() == ""
    who.introduce(" 王\n工 ")
    assert who.who() == "王 工"
    key = str(st.session_state["planner_browser_key"])
    assert key in who.script()
    kept = (var / "people.json").read_text(encoding="utf-8")
    assert key not in kept
    st.session_state.clear()
    assert who.who() == "王 工"
    st.session_state.clear()
    monkeypatch.setenv("PLANNER_TRUSTED_LAN", "1")
    assert who.who() == ""
    monkeypatch.setattr("planner.web.who._browser_key", lambda: key)
    st.session_state.clear()
    assert who.who() == "王 工"
    (var / "people.json").write_text("damaged", encoding="utf-8")
    st.session_state.clear()
    assert who.who() == ""


def test_a_moment_of_a_writer_has_its_time_zone() -> None:
    assert writing.Writer.now().utcoffset() == dt.timedelta(0)
