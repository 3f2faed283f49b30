"""调查更新 without a browser: a file up, its columns said, applied, undone; held cells; the log; hostile text."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from planner.district.write import write_district
from planner.store.connection import Store
from planner.store.heads import read_head
from planner.store.history import held_cells, list_batches
from planner.store.opening import create_store, open_store
from planner.store.seeding import seed_store
from planner.store.state import table_state
from planner.text import t
from planner.web.shelf import KEPT_SECONDS, MOST_FILES, Shelf
from tests.builders import make_district
from tests.stores import AT, POLICY, cell, change
from tests.test_compound_page import opened
from tests.test_overview import HOSTILE, OLD, fine, html

SURVEY = "planner/pages/survey.py"
DAY = "2026-11-01"
FILE = f"""小区编码,户数,监控路数,住着几家,调查日期,调查人
C1,110,12,7,{DAY},王
C2,900,,8,{DAY},王
C2x,5,,9,{DAY},王
C3,很多,,,{DAY},王
"""
ROWS: list[dict[str, Any]] = [
    {"compound_id": "C1", **OLD, "name": "红旗家属院", "households": 100},
    {"compound_id": "C2", **OLD, "name": "滨河花园", "households": 280},
    {"compound_id": "C3", "name": "向阳小区", "community_name": "东街社区"},
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district of three compounds and its store, made once."""
    place = tmp_path_factory.mktemp("survey")
    write_district(make_district(ROWS), place / "district")
    store = create_store(place / "planner.gpkg", POLICY, at=AT)
    seed_store(store, place / "district", POLICY, actor="甲", at=AT)
    store.close()
    return place


@pytest.fixture
def store(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store of the open district, for the test to look into."""
    place = Path(shutil.copyfile(made / "planner.gpkg", tmp_path / "planner.gpkg"))
    for name, value in {"VAR": tmp_path / "var", "DISTRICT": made / "district", "STORE": place}.items():
        monkeypatch.setenv(f"PLANNER_{name}", str(value))
    monkeypatch.setenv("PLANNER_TRUSTED_LAN", "0")
    found = open_store(place, POLICY)
    yield found
    found.close()
    st.cache_resource.clear()


def handed(text: str | bytes = FILE, name: str = "踏勘.csv") -> AppTest:
    """The page after a file was dropped on it."""
    app = opened(SURVEY)
    data = text.encode("gb18030") if isinstance(text, str) else text
    app.get("file_uploader")[0].set_value((name, data, "text/csv")).run()
    fine(app)
    return app


def said_name(app: AppTest, key: str) -> AppTest:
    """The page after somebody typed a name."""
    app.text_input(key=f"{key}_name").set_value("李工").run()
    return app


def households(store: Store) -> list[str]:
    """What the ledger says of the three compounds."""
    return table_state(store, "compounds").loc[["C1", "C2", "C3"], "households"].tolist()


def text_of(app: AppTest) -> str:
    """The words of the page, without marks."""
    return html(app).replace("<b>", "").replace("</b>", "")


def test_a_file_is_previewed_kept_over_a_reload_applied_once_and_undone(store: Store) -> None:
    app = handed()
    assert read_head(store).batch == 1
    text = text_of(app)
    for words in ("GB18030", "100 户", "110 户", "280 户", t("survey.page.why.large"), "“很多”不是数", "C2x"):
        assert words in text
    assert "入库2格，涉及1个小区；1格等待确定，1行有要改正的" in text
    again = opened(SURVEY, file=token(app))
    assert "110 户" in text_of(again)
    app.button(key="planner-survey-apply").click().run()
    assert t("writing.nobody") in html(app)
    assert read_head(store).batch == 1
    said_name(app, "survey_who").text_input(key="survey_reason").set_value("十一月").run()
    app.button(key="planner-survey-apply").click().run()
    fine(app)
    assert "第2批，1个小区2格；1格等待确定" in text_of(app).replace("1个小区", "1个小区")
    assert households(store) == ["110", "280", ""]
    assert list_batches(store).iloc[-1][["kind", "actor", "reason", "file"]].tolist() == [
        "survey", "李工", "十一月", "踏勘.csv",
    ]  # fmt: skip
    assert "file" not in app.query_params
    same = handed()
    assert t("survey.page.known", batch=2) in html(same)
    assert same.button(key="planner-survey-apply").disabled
    app.button(key="planner-survey-see").click().run()
    fine(app)
    assert (app.query_params["view"], app.query_params["batch"]) in (("log", "2"), (["log"], ["2"]))
    app.button(key="planner-survey-undo").click().run()
    fine(app)
    assert "已撤销第2批：记为第3批，恢复2格" in text_of(app)
    assert (households(store), len(held_cells(store))) == (["100", "280", ""], 0)


def token(app: AppTest) -> str:
    """The name of the file in the address."""
    found = app.query_params["file"]
    return str(found[0] if isinstance(found, list) else found)


def test_a_held_cell_is_decided_before_applying_and_compounds_are_left_out(store: Store) -> None:
    app = handed()
    taken = next(group for group in app.get("button_group") if str(group.key).startswith("survey_take_"))
    taken.set_value("survey").run()
    fine(app)
    assert "入库3格，涉及2个小区；0格等待确定" in text_of(app)
    left = next(one for one in app.multiselect if str(one.key).startswith("survey_left_"))
    left.set_value(["C1"]).run()
    assert "入库1格，涉及1个小区；0格等待确定" in text_of(app)
    next(one for one in app.checkbox if str(one.key).startswith("survey_whole_")).check().run()
    assert app.button(key="planner-survey-apply").disabled
    next(one for one in app.checkbox if str(one.key).startswith("survey_whole_")).uncheck().run()
    said_name(app, "survey_who").button(key="planner-survey-apply").click().run()
    fine(app)
    assert households(store) == ["100", "900", ""]
    assert table_state(store, "planner_held")["decision"].tolist() == ["survey"]


def test_a_column_is_explained_once_and_remembered_for_the_same_headers(store: Store) -> None:
    app = handed()
    assert "已指定1列" not in "".join(c.value for c in app.caption)
    app.selectbox(key=f"survey_field_{token(app)}").select("surveyed_households_n").run()
    assert app.selectbox(key=f"survey_header_{token(app)}").value == "住着几家"
    app.button(key="planner-survey-hand-now").click().run()
    fine(app)
    assert "入库4格" in text_of(app)
    assert "入库4格" in text_of(handed(FILE.replace("110", "111"), "又一份.csv"))
    assert households(store) == ["100", "280", ""]


@pytest.mark.usefixtures("store")
def test_a_name_that_the_ledger_does_not_have_is_said_once() -> None:
    app = handed(f"小区名称,社区,户数,调查日期\n红旗家属楼,东街,120,{DAY}\n", "按名称.csv")
    assert "新增小区建议1个" in text_of(app)
    choice = next(one for one in app.selectbox if str(one.key).startswith("survey_new_"))
    choice.select("C1").run()
    app.button(key="planner-survey-same-2").click().run()
    fine(app)
    assert "新增小区建议1个" not in text_of(app)
    assert "入库1格，涉及1个小区" in text_of(app)


@pytest.mark.usefixtures("store")
def test_what_cannot_be_read_says_why_and_asks_for_what_is_missing() -> None:
    app = handed("村,户数\n东,5\n", "坏.csv")
    assert "整个文件没有采用" in html(app)
    assert "村" in app.selectbox(key=f"survey_header_{token(app)}").options
    app.button(key="planner-survey-other").click().run()
    fine(app)
    assert "file" not in app.query_params
    empty = handed(b"", "空.csv")
    assert "整个文件没有采用" in html(empty)
    gone = opened(SURVEY, file="AAAAAAAAAAAAAAAA")
    assert t("survey.page.gone") in html(gone)


def test_held_cells_are_settled_together_and_the_log_says_so(store: Store) -> None:
    change(store, cell("C1", "households", "105", old="1"), cell("C2", "households", "290", old="2"), file="旧.csv")
    app = opened(SURVEY, view="held")
    assert "旧.csv" in html(app)
    first = app.get("button_group")
    takes = [group for group in first if str(group.key).startswith("survey_take_store")]
    assert len(takes) == 2
    takes[0].set_value("incoming").run()
    takes = [group for group in app.get("button_group") if str(group.key).startswith("survey_take_store")]
    takes[1].set_value("current").run()
    fine(app)
    assert app.button(key="planner-survey-decide-now").label == "确定所选2格"
    said_name(app, "survey_held_who").button(key="planner-survey-decide-now").click().run()
    fine(app)
    assert "记为第3批，台账改了1格" in text_of(app)
    assert t("survey.page.held_none") in html(app)
    assert households(store) == ["105", "280", ""]
    assert list_batches(store)["kind"].tolist() == ["seed", "survey", "decision"]


def test_the_log_shows_what_later_edits_keep_an_undo_from_and_the_life_of_a_cell(store: Store) -> None:
    change(store, cell("C1", "households", "110"), cell("C1", "cctv_points", "4"), kind="set")
    change(store, cell("C1", "households", "120"), kind="set")
    app = opened(SURVEY, view="log", batch="2")
    assert "可恢复1格；1格之后又改过" in text_of(app)
    assert t("survey.page.refused.later") in html(app)
    app.selectbox(key="survey_cell_owner").select("C1").run()
    app.selectbox(key="survey_cell_field").select("households").run()
    fine(app)
    life = text_of(app).split('class="tb lg wide"')[-1]
    steps = [life.index(f"{old}</td><td>{new}") for old, new in (("110 户", "120 户"), ("100 户", "110 户"))]
    assert steps == sorted(steps)
    assert app.query_params["cell"] in ("C1/households", ["C1/households"])
    assert text_of(opened(SURVEY, view="log", cell="C1/households")).split('class="tb lg wide"')[-1] == life
    app.button(key="planner-survey-verify").click().run()
    fine(app)
    assert t("survey.page.verify_good", mark=read_head(store).hash[:8]) in html(app)


def test_hostile_text_is_shown_and_never_run_in_any_view(store: Store) -> None:
    change(store, cell("C1", "name", HOSTILE), cell("C1", "note", HOSTILE, old="1"), file=f"{HOSTILE}.csv")
    rows = f'C1,"{HOSTILE}",{DAY},"{HOSTILE}","{HOSTILE}"\n"{HOSTILE}",x,{DAY},,\n'
    app = handed(f'小区编码,备注,调查日期,调查人,"{HOSTILE}"\n{rows}', f"{HOSTILE}.csv")
    for page in (app, opened(SURVEY, view="held"), opened(SURVEY, view="log", batch="2", cell="C1/name")):
        assert "<img" not in html(page)
        assert "&#60;img" in html(page) or "&#x3c;img" in html(page).lower() or "&lt;img" in html(page)
        fine(page)


@pytest.mark.parametrize("view", ["held", *(pytest.param(v, marks=pytest.mark.slow) for v in ("upload", "log"))])
def test_every_view_in_english(store: Store, view: str) -> None:
    change(store, cell("C1", "households", "105", old="1"), file="old.csv", kind="survey")
    app = handed() if view == "upload" else opened(SURVEY, view=view)
    app.session_state["lang"] = "en"
    app.run()
    fine(app)
    assert t("survey.page.name", "en") in html(app)
    assert t("survey.page.question") not in html(app)


@pytest.mark.usefixtures("store")
def test_a_district_without_a_store_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_STORE", "none")
    app = opened(SURVEY)
    assert t("writing.no_store") in html(app)
    assert not app.get("file_uploader")


def test_the_shelf_lets_go_of_the_oldest_and_of_the_forgotten() -> None:
    now = [0.0]
    shelf = Shelf(clock=lambda: now[0])
    names = []
    for number in range(MOST_FILES + 2):
        now[0] += 1
        names.append(shelf.put(number, 1))
    assert [shelf.get(name) for name in names[:3]] == [None, None, 2]
    big = shelf.put("big", 200 << 20)
    assert (shelf.get(big), shelf.get(names[-1])) == ("big", None)
    now[0] += KEPT_SECONDS + 1
    assert shelf.get(big) is None
    assert len({*names, big}) == MOST_FILES + 3


def test_moments_are_told_by_the_clock_of_this_computer() -> None:
    from planner.web.survey_log import when

    local = dt.datetime(2026, 11, 24, 8, 30, tzinfo=dt.UTC).astimezone()
    assert when("2026-11-24T08:30:00+00:00") == f"{local:%Y-%m-%d %H:%M}"
