"""总览 without a browser: what the page says for the demo, for odd districts, and after each choice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import Point, box
from streamlit.testing.v1 import AppTest

from planner.decisions.pipeline import assess
from planner.decisions.states import STATES
from planner.district.write import write_district
from planner.outputs.map_classes import STATE_KEYS
from planner.pages import overview
from planner.text import t
from planner.web import installation
from tests.builders import make_district, shared_policy
from tests.cases import AS_OF

ROOT = Path(__file__).resolve().parent.parent
HOSTILE = "<img src=x onerror=alert(1)>${7*7}`{{7*191}}{% 楼 %}</script>"
OLD: dict[str, Any] = {
    "object_type": "小区",
    "housing_type": "房改房",
    "built_year_min": 1986,
    "built_year_max": 1986,
    "built_year_source": "竣工档案",
    "households": 96,
    "property_status": "无",
    "subdistrict_name": "湖滨街道",
    "community_name": "湖滨社区",
}


@pytest.fixture(autouse=True)
def _own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("PLANNER_DISTRICT", raising=False)
    monkeypatch.setenv("PLANNER_TRUSTED_LAN", "0")


def run(**address: str) -> AppTest:
    """The page after its first run."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    fine(app)
    return app


def fine(app: AppTest) -> None:
    """The page ran to its end: no exception, and none that was caught and said."""
    assert not app.exception, app.exception
    assert t("web.broken") not in html(app)


def open_folder(folder: Path, monkeypatch: pytest.MonkeyPatch, *compounds: dict[str, Any], **more: Any) -> AppTest:
    """The page of a district of these compounds."""
    write_district(make_district(compounds, **more), folder)
    monkeypatch.setenv("PLANNER_DISTRICT", str(folder))
    return run()


def html(app: AppTest) -> str:
    """All HTML blocks of the page in one text."""
    return "\n".join(block.proto.body for block in app.get("html"))


def component(app: AppTest) -> dict[str, Any]:
    """What the map's component was sent."""
    return dict(json.loads(app.get("component_instance")[0].proto.json_args))


def list_data(app: AppTest) -> dict[str, Any]:
    """What the list's component was sent."""
    return dict(json.loads(app.get("bidi_component")[0].proto.json))


def tab_counts(app: AppTest) -> list[int]:
    """The numbers on the tabs."""
    group = next(g for g in app.get("button_group") if g.key == "tab")
    return [int(option.content.split()[-1]) for option in group.proto.options]


def test_the_demo_says_its_name_date_rules_and_that_it_is_fiction() -> None:
    app = run()
    text = html(app)
    for words in ("云湖区老旧小区改造计划", "数据截至", "评分规则V", t("overview.demo"), t("web.notice")):
        assert words in text
    assert sum(tab_counts(app)[: len(STATES)]) == 186


def test_the_map_asks_for_our_own_files_only_and_sends_no_shapes() -> None:
    sent = component(run())
    assert all(link.startswith("/app/static/vendor/") for link in sent["js_links"] + sent["css_links"])
    assert "coordinates" not in sent["script"] + sent["feature_group"]
    assert len(sent["feature_group"]) < 6_000


def test_recolouring_does_not_mount_the_map_anew() -> None:
    app = run()
    first = app.get("component_instance")[0].proto.id
    sent = component(app)["feature_group"]
    app.session_state["layer"] = "need"
    app.run()
    fine(app)
    assert app.get("component_instance")[0].proto.id == first
    assert component(app)["feature_group"] != sent


def test_a_card_filters_the_tabs_and_a_second_click_lets_go() -> None:
    app = run()
    before = tab_counts(app)
    app.button(key="planner-hit-micro").click().run()
    fine(app)
    assert sum(tab_counts(app)[:7]) < 186
    app.button(key="planner-hit-micro").click().run()
    assert tab_counts(app) == before


def test_the_card_of_the_unknown_opens_its_tab_and_offers_the_list() -> None:
    app = run()
    offered = {button.key for button in app.get("download_button")}
    app.button(key="planner-hit-verify").click().run()
    assert app.session_state["tab"] == "verify"
    assert len({button.key for button in app.get("download_button")} - offered) == 1
    assert len(list_data(app)["rows"]) == tab_counts(app)[STATE_KEYS.index("verify")]


def test_a_street_is_followed_by_sentence_tabs_and_table() -> None:
    app = run()
    street = app.selectbox(key="street").options[1]
    app.selectbox(key="street").select(street).run()
    fine(app)
    sentence = next(block.proto.body for block in app.get("html") if 'class="sen"' in block.proto.body)
    assert street in sentence
    assert 0 < sum(tab_counts(app)[:7]) < 186


def test_an_address_that_names_a_compound_opens_it() -> None:
    first = list_data(run())["rows"][3]["id"]
    data = list_data(run(id=first))
    assert data["chosen"] == first
    assert data["detail"]["parts"]
    assert list_data(run(id="nobody"))["chosen"] == ""


def test_rows_carry_what_the_columns_promise() -> None:
    data = list_data(run())
    row = data["rows"][0]
    assert row["no"] == 1
    assert row["sentence"]
    assert len(row["sentence"]) <= 65
    assert set(row["programmes"]) <= {"yes", "no", "unknown"}
    assert len(row["programmes"]) == 5
    assert 0 <= row["need"] <= 100


def test_english_words() -> None:
    text = html(run(lang="en"))
    assert "Data as of" in text
    assert "数据截至" not in text


@pytest.mark.parametrize(
    "compounds",
    [
        [],
        [{"compound_id": "A", "geometry": box(116, 39, 116.001, 39.001), **OLD}],
        [{"compound_id": "A"}, {"compound_id": "B"}],
        [{"compound_id": "A", "expropriation_status": "已划定范围", "geometry": Point(116, 39), **OLD}],
        [{"compound_id": f"P{k}", "geometry": Point(116 + k / 1000, 39), **OLD} for k in range(5)],
    ],
    ids=["none", "one", "nothing known", "all excluded", "points only"],
)
def test_odd_districts_have_a_page(
    compounds: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_folder(tmp_path / "district", monkeypatch, *compounds)
    assert sum(tab_counts(app)[:7]) == len(compounds)
    for layer in ("micro", "heat", "service", "need", "completeness"):
        app.session_state["layer"] = layer
        app.run()
        fine(app)
    app.button(key="planner-hit-no_service").click().run()
    fine(app)


def test_hostile_text_runs_nowhere_and_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = {"name": HOSTILE, "community_name": HOSTILE, "address": HOSTILE, "note": HOSTILE}
    where = {"subdistrict_name": HOSTILE, "geometry": box(116, 39, 116.001, 39.001)}
    app = open_folder(tmp_path / "district", monkeypatch, {"compound_id": "A", **OLD, **bad, **where})
    assert "<img" not in html(app)
    assert "1337" not in json.dumps(list_data(app)) + html(app)
    names = []
    for tab in STATE_KEYS:
        app.session_state["tab"] = tab
        app.run()
        fine(app)
        names += [(row["name"], row["community"]) for row in list_data(app)["rows"]]
    assert names == [(HOSTILE, f"（{HOSTILE}）")]
    app.selectbox(key="street").select(HOSTILE).run()
    fine(app)


def test_a_broken_folder_is_said_with_its_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_DISTRICT", str(tmp_path / "nowhere"))
    app = run()
    assert 'role="alert"' in html(app)
    app.button(key="planner-own-data").click().run()
    assert app.file_uploader


def test_the_import_step_says_what_it_read_and_switches(tmp_path: Path) -> None:
    app = run()
    app.button(key="planner-own-data").click().run()
    table = "小区名称,街道,户数,建成年份\n红旗家属院,站前街道,120,1986\n幸福里,站前街道,48,80年代\n"
    app.file_uploader(key="imp_file_ledger").set_value(("台账.csv", table.encode("gb18030"), "text/csv")).run()
    fine(app)
    assert "读到<b>2</b>行" in html(app)
    app.text_input(key="imp_name").set_value("新区").run()
    app.button(key="planner-import-use").click().run()
    fine(app)
    assert "新区老旧小区改造计划" in html(app)
    assert sum(tab_counts(app)[:7]) == 2
    assert (installation.var_folder() / "district.txt").read_text(encoding="utf-8").strip().startswith(str(tmp_path))
    assert "新区老旧小区改造计划" in html(run())


def test_a_trusted_network_says_so_and_wants_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_TRUSTED_LAN", "1")
    app = run()
    assert t("web.lan") in html(app)
    assert app.text_input(key="planner_person").value == ""


def test_without_a_login_the_network_gets_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.web.guard.is_loopback", lambda _address: False)
    app = run()
    assert [error.value for error in app.error] == [t("web.guard.not_loopback")]
    assert not app.get("component_instance")


def test_criteria_that_nobody_has_are_offered_to_be_set_aside_and_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = {k: v for k, v in OLD.items() if k in ("households", "property_status", "subdistrict_name")}
    app = open_folder(
        tmp_path / "district", monkeypatch, {"compound_id": "A", **ledger}, {"compound_id": "B", **ledger}
    )
    assert "没有" in html(app)
    app.button(key="planner-aside-on").click().run()
    fine(app)
    assert "本年度不采用" in html(app)
    assert "n3" in "".join(app.query_params["unused"])
    app.button(key="planner-aside-off").click().run()
    assert "unused" not in app.query_params


def test_nothing_is_offered_to_be_set_aside_where_nothing_at_all_is_known() -> None:
    district = make_district([{"compound_id": "A"}])
    assert overview.nobody_has(assess(district, shared_policy(), as_of=AS_OF)) == ()


def test_a_fault_of_the_program_is_said_in_chinese_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("planner.web.opening.open_district", broken)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    assert not app.exception
    assert t("web.broken") in html(app)
    assert "secret detail" not in html(app)
