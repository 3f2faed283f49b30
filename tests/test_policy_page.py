"""评分规则 without a browser: a weight changes, who moves, variants, what is refused, and that nothing else changes."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from pandas.testing import assert_frame_equal
from streamlit.testing.v1 import AppTest

from planner.decisions import trial as trial_module
from planner.decisions.pipeline import assess
from planner.decisions.trial import trial
from planner.decisions.trial_compare import compare, movers
from planner.decisions.trial_rules import checked_policy, official_rules, set_weight, with_cells
from planner.district.write import write_district
from planner.outputs.trial_layers import trial_layer
from planner.store.variants import Variant, list_variants, save_variant
from planner.text import t
from planner.web import mapview
from planner.web.policy_state import ROWS
from tests.builders import make_district, shared_policy
from tests.test_compound_page import ODD
from tests.test_overview import HOSTILE, fine, html
from tests.test_trial import demo
from tests.test_variants import variant

ROOT = Path(__file__).resolve().parent.parent
PAGE = "planner/pages/policy.py"
NODES = ("pm-paint", "pm-looks")


@pytest.fixture(autouse=True)
def own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This installation's own folder, and the demo district at its own date."""
    monkeypatch.setenv("PLANNER_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("PLANNER_DISTRICT", raising=False)
    monkeypatch.setenv("PLANNER_TRUSTED_LAN", "0")
    (tmp_path / "var").mkdir()
    return tmp_path / "var"


def opened(**address: str) -> AppTest:
    """The page after its first run."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.switch_page(PAGE)
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    fine(app)
    return app


def paint(app: AppTest) -> dict[str, Any]:
    """What the map was told."""
    (changing,), (fixed,) = (re.findall(rf'<div class="{name}"[^>]*>(.*?)</div>', html(app)) for name in NODES)
    return {**json.loads(fixed.replace("&amp;", "&")), **json.loads(changing.replace("&amp;", "&"))}


def moved(app: AppTest) -> list[tuple[str, str]]:
    """Old and new place in the table of movers."""
    table = html(app).split('<table class="tb mv">')
    return re.findall(r"<td>([\d—]+)→([\d—]+)<td>", table[1]) if len(table) > 1 else []


def test_the_page_opens_on_the_rules_in_force_as_a_trial() -> None:
    app = opened()
    text = html(app)
    assert "试算，不作依据" in text
    assert t("policy.nobody_moves") in text
    assert moved(app) == []
    assert app.number_input(key="weight-n2").value == 32.0
    assert text.index('class="pm-paint"') < text.index('class="trial"')  # the colours go out before anything else
    assert '<div class="sct">' not in text
    app.button(key="planner-try-n4").click().run()
    fine(app)
    assert app.number_input(key="weight-n4").value == 40.0
    assert app.selectbox(key="policy_criterion").value == "n4"
    assert len(moved(app)) == ROWS
    assert not any(button.key == "planner-try-n4" for button in app.button)


def test_a_map_of_scores_is_sent_before_anybody_is_placed(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened()
    sent: list[str] = []
    placed, show_paint = trial_module.placed, mapview.show_paint
    monkeypatch.setattr(mapview, "show_paint", lambda *given: (sent.append("colours"), show_paint(*given)))
    monkeypatch.setattr(trial_module, "placed", lambda run: (sent.append("placed"), placed(run))[1])
    app.number_input(key="weight-n2").set_value(60.0).run()
    fine(app)
    assert sent == ["colours", "placed"]
    app.segmented_control(key="policy_layer").set_value("move").run()
    assert sent[2:] == ["placed", "colours"]


def test_a_changed_weight_recolours_the_map_and_lists_who_moves() -> None:
    app = opened()
    before = paint(app)
    app.number_input(key="weight-n2").set_value(60.0).run()
    fine(app)
    tried = app.session_state["policy_scored"][1]
    assert (
        tried.policy.criteria["weight_screen"].to_dict()
        == checked_policy(set_weight(official_rules(shared_policy()), "n2", 60), shared_policy())
        .criteria["weight_screen"]
        .to_dict()
    )
    held = app.session_state["policy_compared"]["found"]
    first = movers(held).index[:ROWS]
    assert moved(app) == [(str(held.rows.at[k, "rank_old"]), str(held.rows.at[k, "rank_new"])) for k in first]
    after = paint(app)
    assert after["codes"] != before["codes"]
    assert sum(after["counts"]) == len(held.rows)
    assert t("policy.banner.differs", n=5, version=tried.policy.version).replace("**", "") in re.sub(
        "<[^>]+>", "", html(app)
    )


def test_the_numbers_are_those_of_five_lines_of_python() -> None:
    app = opened()
    app.number_input(key="weight-n2").set_value(50.0).run()
    official = assess(demo().district, shared_policy(), as_of=dt.date.today())
    rules = set_weight(official_rules(official.policy), "n2", 50)
    tried = trial(official, checked_policy(rules, official.policy))
    found = compare(official, tried, first=30, places=5)
    held = app.session_state["policy_compared"]["found"]
    assert_frame_equal(held.rows, found.rows)
    assert held.counts == found.counts
    first = movers(found).iloc[:ROWS]
    assert moved(app) == [(str(a), str(b)) for a, b in zip(first["rank_old"], first["rank_new"], strict=True)]
    assert paint(app)["counts"] == trial_layer("score", tried, found, places=5).counts()


def test_other_layers_and_more_rows() -> None:
    app = opened()
    app.number_input(key="weight-n2").set_value(90.0).run()
    assert len(moved(app)) == ROWS
    app.button(key="planner-movers-more").click().run()
    assert len(moved(app)) == 2 * ROWS
    app.button_group(key="policy_layer").set_value("move").run()
    fine(app)
    assert paint(app)["title"] == t("policy.layer.move")
    app.session_state["map_pick"] = "YH0001"
    app.run()
    assert "YH0001" in app.session_state["policy_chosen"]
    assert paint(app)["chosen"] == 0


def test_another_stage_has_its_own_weights_and_can_be_compared_with_itself() -> None:
    app = opened()
    app.button_group(key="policy_profile").set_value("review").run()
    fine(app)
    assert app.session_state["policy_scored"][1].policy.text("profile") == "review"
    assert app.session_state["policy_compared"]["found"].counts["moved"] > 0
    app.button_group(key="policy_against").set_value("same").run()
    fine(app)
    assert app.session_state["policy_compared"]["found"].counts["moved"] == 0


def test_the_whole_table_takes_what_is_typed_and_says_what_is_wrong() -> None:
    app = opened()
    app.session_state["planner-whole"] = True
    app.run()
    fine(app)
    key = next(k for k in app.session_state if str(k).startswith("policy-weights-"))
    app.session_state[key] = {"edited_rows": {0: {"tried": 13.0}}, "added_rows": [], "deleted_rows": []}
    app.run()
    assert "试算合计<b>113</b>" in html(app)
    app.button(key="planner-whole-take").click().run()
    fine(app)
    text = html(app)
    assert t("problem.TR4.message", profile="初筛", value="113") in text
    assert "规则还有错" in text
    assert moved(app) == []  # the last sound trial stays
    app.button(key="planner-make-100").click().run()
    fine(app)
    assert "规则还有错" not in html(app)
    assert len(moved(app)) == ROWS
    app.button(key="planner-policy-back").click().run()
    assert moved(app) == []


def test_a_variant_is_kept_listed_opened_again_and_taken_out(own_var: Path) -> None:
    app = opened()
    app.number_input(key="weight-n2").set_value(60.0).run()
    kept = app.session_state["policy_held"]["rules"]
    before = moved(app)
    app.text_input(key="policy_name").set_value("年代优先").run()
    app.button(key="planner-keep-now").click().run()
    fine(app)
    found = list_variants(own_var)[0]
    assert [(v.name, v.rules, v.date, v.policy) for v in found] == [
        ("年代优先", kept, dt.date.today(), shared_policy().version)
    ]
    other = opened()
    assert moved(other) == []
    other.selectbox(key="policy_variant").set_value("年代优先").run()
    fine(other)
    assert other.session_state["policy_held"]["rules"] == kept
    assert moved(other) == before
    other.button(key="planner-delete-now").click().run()
    fine(other)
    assert list_variants(own_var)[0] == []
    assert len(list((own_var / "variants" / "aside").iterdir())) == 1
    assert moved(other) == before  # the rules stay on the screen, only the name is gone


def test_a_name_is_needed_and_rules_must_be_sound_to_be_kept(own_var: Path) -> None:
    app = opened()
    app.button(key="planner-keep-now").click().run()
    assert t("policy.variant.bad_name", longest=60) in html(app)
    official = official_rules(shared_policy())
    app.session_state["policy_held"]["rules"] = with_cells(official, "points", {"n2": "5:0;4:3;9:9"})
    app.text_input(key="policy_name").set_value("错的").run()
    app.button(key="planner-keep-now").click().run()
    assert t("policy.keep_wrong") in html(app)
    assert list_variants(own_var)[0] == []


def test_variants_of_other_rules_and_damaged_files_are_said(own_var: Path) -> None:
    save_variant(
        own_var,
        Variant("旧方案", official_rules(shared_policy()), "", dt.date(2026, 1, 1), "00000000"),
    )
    (own_var / "variants" / "坏的.csv").write_text("x", encoding="utf-8")
    app = opened()
    assert "坏的.csv" in html(app)
    app.selectbox(key="policy_variant").set_value("旧方案").run()
    fine(app)
    assert t("policy.variant.other_base", old="00000000", new=shared_policy().version) in html(app)


def test_a_curve_is_tried_and_refused_when_it_does_not_rise() -> None:
    app = opened()
    app.selectbox(key="policy_curve").set_value("n2").run()
    fine(app)
    key = next(k for k in app.session_state if str(k).startswith("policy-points-n2-"))
    app.session_state[key] = {"edited_rows": {1: {"x": 15.0}}, "added_rows": [], "deleted_rows": []}
    submit = next(b for b in app.button if b.label == t("policy.curve_apply"))
    submit.click().run()
    fine(app)
    assert t("problem.TR3.message", name="建成年代", value="15:0;15:30;25:50;30:70;40:100") in html(app)
    app.button(key="planner-policy-back").click().run()
    key = next(k for k in app.session_state if str(k).startswith("policy-points-n2-"))
    app.session_state[key] = {"edited_rows": {1: {"v": 0.0}}, "added_rows": [], "deleted_rows": []}
    next(b for b in app.button if b.label == t("policy.curve_apply")).click().run()
    fine(app)
    assert app.session_state["policy_held"]["rules"].points()["n2"] == "15:0;20:0;25:50;30:70;40:100"
    assert app.session_state["policy_scored"][1].policy.criteria.at["n2", "points"] == "15:0;20:0;25:50;30:70;40:100"


def test_settings_are_tried() -> None:
    app = opened()
    box = next(n for n in app.number_input if n.label == t("policy.setting.unknown_value"))
    box.set_value(20.0)
    next(b for b in app.button if b.label == t("policy.settings_apply")).click().run()
    fine(app)
    assert app.session_state["policy_scored"][1].policy.number("unknown_value") == 20
    assert len(moved(app)) == ROWS


def test_what_nobody_has_is_offered_and_set_aside_in_the_trial_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"compound_id": f"K{k}", "households": 40 + 30 * k, "property_status": "无"} for k in range(4)]
    write_district(make_district(rows), tmp_path / "district")
    monkeypatch.setenv("PLANNER_DISTRICT", str(tmp_path / "district"))
    app = opened()
    assert "全区都没有这些指标的资料" in html(app)
    app.button(key="planner-aside-take").click().run()
    fine(app)
    unused = app.session_state["policy_held"]["rules"].unused
    assert "n2" in unused
    assert app.session_state["policy_scored"][1].values.completeness.min() > 0.3
    assert "unused" not in app.query_params
    assert "全区都没有这些指标的资料" not in html(app)


def test_the_official_pages_do_not_change() -> None:
    app = opened()
    app.switch_page("planner/pages/ranking.py").run()
    before = html(app)
    app.switch_page(PAGE).run()
    app.number_input(key="weight-n2").set_value(90.0).run()
    app.switch_page("planner/pages/ranking.py").run()
    fine(app)
    assert html(app) == before
    app.switch_page(PAGE).run()
    assert app.number_input(key="weight-n2").value == 90.0  # the trial is still there


@pytest.mark.parametrize("name", list(ODD))
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_odd_districts_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, lang: str) -> None:
    write_district(make_district(ODD[name]), tmp_path / "district")
    monkeypatch.setenv("PLANNER_DISTRICT", str(tmp_path / "district"))
    app = opened(lang=lang)
    app.number_input(key="weight-n2").set_value(40.0).run()
    fine(app)


def test_hostile_names_are_inert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_var: Path) -> None:
    rows = [dict(ODD["one"][0]) | {"compound_id": f"H{k}", "name": HOSTILE, "households": 9 + k} for k in range(3)]
    write_district(make_district(rows), tmp_path / "district")
    monkeypatch.setenv("PLANNER_DISTRICT", str(tmp_path / "district"))
    save_variant(own_var, variant(HOSTILE[:60]))
    app = opened()
    app.number_input(key="weight-n2").set_value(40.0).run()
    app.session_state["map_pick"] = "H1"
    app.run()
    fine(app)
    assert "<img src=x" not in html(app)
    assert "%}</script>" not in html(app)
    assert "1337" not in html(app)


def test_numbers_can_be_searched() -> None:
    app = opened()
    app.text_input(key="policy_search").set_value("供热问题").run()
    fine(app)
    assert len(app.dataframe[-1].value) == 4
