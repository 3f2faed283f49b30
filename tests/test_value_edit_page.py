"""Changing things on the pages without a browser: a value, a boundary, a folder changed outside, a backup."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import box, mapping
from streamlit.testing.v1 import AppTest

from planner.errors import CallError
from planner.policy import with_settings
from planner.store.backup_notes import BackupNote, last_backup
from planner.store.connection import Store
from planner.store.editing import current_text
from planner.store.history import list_batches
from planner.store.opening import open_store
from planner.store.verify import verify
from planner.text import t
from planner.web import keeping
from planner.web.installation import ROOT, var_folder
from tests.stores import AT, POLICY, cell, change
from tests.test_compound_page import COMPOUND, opened
from tests.test_overview import fine, html

QUALITY = "planner/pages/quality.py"


@pytest.fixture
def folder(small_district: Path, tmp_path: Path) -> Path:
    """The district's folder, to be changed."""
    return Path(shutil.copytree(small_district, tmp_path / "district"))


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the installation: what one test has computed, the next one finds."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture
def kept(
    filled_file: Path, small_district: Path, var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    """The store that the pages show, open beside them as a colleague has it."""
    place = tmp_path / "store" / "planner.gpkg"
    place.parent.mkdir()
    shutil.copyfile(filled_file, place)
    for name, value in {"VAR": var, "STORE": place, "DISTRICT": small_district, "TRUSTED_LAN": "0"}.items():
        monkeypatch.setenv(f"PLANNER_{name}", str(value))
    monkeypatch.setattr("planner.decisions.levers.levers", lambda *_: [])  # what would list it has tests of its own
    store = open_store(place, POLICY)
    yield store
    store.close()


def facts(app: AppTest) -> dict[str, dict[str, str]]:
    """The table of facts as it was sent: label -> row."""
    tables = [json.loads(found.proto.json) for found in app.get("bidi_component")]
    return {row["label"]: row for table in tables for row in table["rows"]}


def asked(fields: tuple[str, ...], name: str = "王工") -> AppTest:
    """The page of A1 with the dialog of these fields, as a click on the value leaves it."""
    app = opened(COMPOUND, id="A1")
    app.session_state["planner_name"] = name
    app.session_state["edit_open"] = ("A1", fields)
    app.run()
    fine(app)
    return app


def test_a_value_is_changed_previewed_saved_and_undone(kept: Store) -> None:
    app = asked(("buildings_n", "households"))
    app.segmented_control(key="edit_field").set_value("households").run()
    assert "约80户" in html(app)
    app.number_input(key="edit_value_households").set_value(130)
    app.segmented_control(key="edit_source").set_value("来文")
    app.text_input(key="edit_remark").set_value("2026年8号")
    app.button(key="planner-edit-preview").click().run()
    assert "80 户 → <b>130 户</b>" in html(app)
    assert t("edit.effect") in html(app)
    app.button(key="planner-edit-save").click().run()
    fine(app)
    assert "已保存：户数 80 → 130（变更记录第2批）" in html(app)
    assert (facts(app)["户数"]["value"], facts(app)["户数"]["source"]) == ("130户", "来文")
    assert list_batches(kept).iloc[-1][["actor", "reason"]].tolist() == ["王工", "来文：2026年8号"]
    app.button(key="planner-edit-undo").click().run()
    assert "已撤销第2批（记为第3批）" in html(app)
    assert facts(app)["户数"]["value"] == "约80户"
    app.session_state["edit_open"] = ("A1", ("households",))
    app.run()
    assert "130 户 → 80 户" in html(app)
    assert verify(kept).empty


def test_everything_wrong_is_said_and_nothing_saved_without_a_name(kept: Store) -> None:
    app = asked(("households",), name="")
    app.checkbox(key="edit_value_households_rough").check().run()
    app.text_input(key="edit_value_households_said").set_value("很多")
    app.button(key="planner-edit-preview").click().run()
    said = html(app)
    assert "请选一项：电话、来文、踏勘、档案" in said
    assert "很多" in said
    assert not [b for b in app.button if b.key == "planner-edit-save"]
    app.text_input(key="edit_value_households_said").set_value("约90户")
    app.segmented_control(key="edit_source").set_value("电话")
    app.button(key="planner-edit-preview").click().run()
    app.button(key="planner-edit-save").click().run()
    assert t("writing.nobody") in html(app)
    change(kept, cell("A1", "households", "85"))
    app.text_input(key="edit_who_name").set_value("李工").run()
    app.button(key="planner-edit-preview").click().run()
    change(kept, cell("A1", "households", "86"))
    assert len(list_batches(kept)) == 3
    app.button(key="planner-edit-save").click().run()
    assert current_text(kept, "A1", "households") == "86"


@pytest.mark.slow
def test_the_field_follows_the_type_of_the_column(kept: Store) -> None:  # noqa: ARG001
    app = asked(("property_status", "lpr", "contract_end", "housing_type", "note"))
    assert app.selectbox(key="edit_value_property_status").options[0] == "专业物业"
    for field, kind in {"lpr": "segmented_control", "contract_end": "date_input", "housing_type": "multiselect",
                        "note": "text_input"}.items():  # fmt: skip
        app.segmented_control(key="edit_field").set_value(field).run()
        assert getattr(app, kind)(key=f"edit_value_{field}") is not None


def test_a_boundary_is_drawn_and_a_crossed_one_refused(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr("planner.web.mapview.draw_map", lambda *_, **__: drawn or None)
    app = opened(COMPOUND, id="A1")
    app.session_state["planner_name"] = "王工"
    app.button(key="planner-draw").click().run()
    assert t("draw.nothing_yet") in html(app)
    crossed = {
        "type": "Polygon",
        "coordinates": [[[114, 38], [114.002, 38.002], [114.002, 38], [114, 38.002], [114, 38]]],
    }
    drawn.append(crossed)
    app.segmented_control(key="draw_source").set_value("踏勘").run()
    assert "边界自己相交" in html(app)
    drawn[0] = {"type": "Feature", "geometry": mapping(box(114, 38, 114.002, 38.002))}
    app.run()
    app.button(key="planner-draw-preview").click().run()
    app.button(key="planner-draw-save").click().run()
    fine(app)
    assert "已保存：边界（变更记录第2批）" in html(app)
    assert len(current_text(kept, "A1", "geometry")) > 0
    app.button(key="planner-edit-undo").click().run()
    assert "已撤销第2批" in html(app)


def test_a_folder_without_a_store_says_why_it_cannot_be_changed(
    small_district: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANNER_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("PLANNER_DISTRICT", str(small_district))
    monkeypatch.setenv("PLANNER_STORE", "none")
    app = asked(("households",))
    assert t("writing.no_store") in html(app)
    assert not [b for b in app.button if b.key == "planner-edit-preview"]


def test_a_changed_ledger_is_offered_with_its_effect_and_taken_or_declined(
    kept: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANNER_DISTRICT", str(folder))
    change(kept, cell("B9", "households", "40"))
    ledger = folder / "compounds.csv"
    ledger.write_bytes(ledger.read_bytes().replace("丙".encode(), "丙苑".encode()))
    app = opened(COMPOUND, id="B9")
    assert "在外面被改过" in html(app)
    assert current_text(kept, "B9", "name") == "丙"
    app.button(key="planner-folder-look").click().run()
    assert "变更<b>1</b>行<b>1</b>处" in html(app)
    app.button(key="planner-folder-decline").click().run()
    assert "在外面被改过" not in html(app)
    ledger.write_bytes(ledger.read_bytes().replace("丙苑".encode(), "丙园".encode()))
    app.session_state["planner_name"] = "王工"
    app.run()
    app.button(key="planner-folder-look").click().run()
    app.button(key="planner-folder-take").click().run()
    fine(app)
    assert "已写入：变更1处" in html(app)
    assert (current_text(kept, "B9", "name"), current_text(kept, "B9", "households")) == ("丙园", "40")
    app.run()
    assert "在外面被改过" not in html(app)


def test_a_backup_goes_where_it_is_wanted_is_verified_and_remembered(kept: Store, tmp_path: Path) -> None:
    app = opened(QUALITY)
    assert t("keeping.never") in html(app)
    app.text_input(key="keeping_folder").set_value("备份")
    app.button(key="planner-backup").click().run()
    assert "不是完整路径" in html(app)
    app.text_input(key="keeping_folder").set_value(str(tmp_path / "usb"))
    app.button(key="planner-backup").click().run()
    fine(app)
    (file,) = (tmp_path / "usb").glob("planner-*.gpkg")
    assert f"已备份到{file}" in html(app)
    copy = open_store(file, POLICY)
    assert list_batches(copy)["hash"].tolist() == list_batches(kept)["hash"].tolist()
    copy.close()
    note = last_backup(var_folder(), kept.place)
    assert note is not None
    assert (note.file, note.batch) == (file, 1)
    assert keeping.backup_bytes(kept)[:15] == b"SQLite format 3"


@pytest.mark.parametrize(
    ("hours", "days", "late"), [(0, 0, False), (24 * 3, 3, False), (24 * 3 + 1, 3, False), (96, 4, True)]
)
def test_a_backup_is_late_after_the_days_of_the_settings(hours: int, days: int, late: bool) -> None:
    policy = with_settings(POLICY, backup_max_age_days="3")
    note = BackupNote(AT, Path("x"), 1, "h")
    assert keeping.age_of(note, policy, AT + dt.timedelta(hours=hours)) == keeping.Age(days, late)
    assert keeping.age_of(None, policy, AT) == keeping.Age(None, True)


@pytest.mark.parametrize("text", ["", "相对/路径", str(ROOT / "static" / "x"), "/proc/nowhere", "{store}"])
def test_a_folder_that_will_not_do_is_refused_with_the_cure(text: str, tmp_path: Path) -> None:
    with pytest.raises(CallError, match="。"):
        keeping.check_folder(text.replace("{store}", str(tmp_path)), store=tmp_path / "planner.gpkg")
