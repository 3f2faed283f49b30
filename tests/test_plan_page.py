"""年度计划 without a browser: funds good and bad, decisions, the year, kept plans, and that nothing stops the page."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from planner.decisions.portfolio.plan import make_plan, quality_text
from planner.decisions.portfolio.plan_form import Ground, first_form, form_dict, read_form
from planner.decisions.portfolio.solve import QUICK
from planner.decisions.summary import headline
from planner.district.write import write_district
from planner.outputs.plan_compare import scenario_body
from planner.store.scenarios import list_scenarios, shelf_of
from planner.text import t
from planner.web import plan_job, plan_state
from planner.web.plan_job import LOST, RUNNING, Jobs, PlanJob
from planner.web.session import open_district
from tests.joined import case_district
from tests.test_overview import HOSTILE, fine, html

ROOT = Path(__file__).resolve().parent.parent
PAGE = "planner/pages/plan.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The acceptance cases as a district folder, its first name hostile."""
    district = case_district()
    district.compounds.loc[district.compounds.index[0], "name"] = HOSTILE
    out = tmp_path_factory.mktemp("plan") / "district"
    write_district(district, out)
    return out


@pytest.fixture(autouse=True)
def own_var(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PLANNER_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("PLANNER_DISTRICT", str(folder))
    monkeypatch.setenv("PLANNER_STORE", "none")
    monkeypatch.setenv("PLANNER_TRUSTED_LAN", "0")
    held = Jobs()
    monkeypatch.setattr(plan_state, "jobs", lambda: held)
    yield tmp_path / "var"
    held.end_all()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans are made in this process, quickly: what the page shows is under test, not the solver."""

    def begun(jobs: Jobs, key: str, assessment: Any, request: Any, effort: Any) -> PlanJob:  # noqa: ARG001
        return jobs._remember(PlanJob.finished(make_plan(assessment, request, effort=QUICK), key))

    monkeypatch.setattr(plan_job.Jobs, "begin", begun)


def opened(**address: str) -> AppTest:
    """The page after its first run."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.switch_page(PAGE)
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    fine(app)
    return app


def asked(*funds: str, app: AppTest | None = None) -> AppTest:
    """The page after funds were typed and the plan was asked for."""
    app = app or opened()
    for k, text in enumerate(funds):
        app.text_input(key=plan_state.fund_key("", k)).set_value(text)
    app.button(key="planner-plan-go").click().run()
    fine(app)
    return app


def table(app: AppTest) -> dict[str, Any]:
    """What the plan table was sent."""

    return dict(json.loads(app.get("bidi_component")[-1].proto.json))


def section(app: AppTest, key: str) -> AppTest:
    app.button_group(key="plan_section").set_value(key).run()
    fine(app)
    return app


def expected() -> Any:
    """The plan of 15万元 a year in two years, as the command line makes it."""
    district = open_district()
    ground = Ground(set(district.assessment.states.index), district.assessment.as_of, district.policy)
    form = first_form(ground)
    request, _ = read_form(form.__class__(**{**form_dict(form), "funds": {"": ("15", "15")}, "years": 3}), ground)
    assert request is not None
    return make_plan(district.assessment, request, effort=QUICK)


def test_before_a_plan_the_page_says_what_to_do_and_shows_the_map() -> None:
    app = opened()
    assert t("plan.empty.1") in html(app)
    assert len(app.get("component_instance")) == 1
    assert app.radio(key="plan_unverified").value == "allow"
    assert "名单未核对" in html(app)


def test_bad_funds_are_all_said_at_once_and_nothing_is_computed() -> None:
    app = asked("八百", "8000000", "800")
    text = html(app)
    assert t("plan.form.wrong", n=2) in text
    assert "“八百”看不懂" in text
    assert "疑把元写成了万元" in text
    assert plan_state.jobs()._jobs == {}
    assert app.text_input(key=plan_state.fund_key("", 0)).value == "八百"


@pytest.mark.usefixtures("at_once")
def test_a_plan_says_its_quality_and_lists_the_projects_of_the_command_line() -> None:
    app = asked("15", "15", "")
    plan = expected()
    assert quality_text(plan) in html(app)
    told = table(app)
    ids = {row["id"] for group in told["groups"] for row in group["rows"]}
    assert ids == set(plan.lines["compound_id"])
    keys = ["year", "compound_id", "programme"]
    assert sum(len(group["rows"]) for group in told["groups"]) == len(plan.lines.drop_duplicates(keys))
    assert "<img src=x" not in html(app)
    for key in plan_state.SECTIONS:
        section(app, key)


@pytest.mark.usefixtures("at_once")
def test_the_year_slider_leaves_only_the_projects_of_that_year() -> None:
    app = asked("15", "15", "")
    whole = table(app)
    app.select_slider(key="plan_year").set_value(2028).run()
    fine(app)
    years = {row["year"] for group in table(app)["groups"] for row in group["rows"]}
    assert years <= {"2028"}
    assert table(app)["view"] != whole["view"]


@pytest.mark.usefixtures("at_once")
def test_a_must_needs_basis_and_document_and_then_is_in() -> None:
    app = asked("3", "", "")
    inside = {row["id"] for group in table(app)["groups"] for row in group["rows"]}
    compound = next(
        c for c in open_district().assessment.states.index if c in set(expected().lines["compound_id"]) - inside
    )
    app.session_state["plan_chosen"] = compound
    app.run()
    app.button(key="planner-plan-take-chosen").click().run()
    fine(app)
    assert t("plan.order.refused") in html(app)
    assert app.session_state["plan_form"].orders == ()
    app.text_input(key="plan_order_basis_chosen").set_value("区政府民生实事")
    app.text_input(key="plan_order_document_chosen").set_value("某政办〔2026〕12号")
    app.button(key="planner-plan-take-chosen").click().run()
    fine(app)
    assert [row.compound_id for row in app.session_state["plan_form"].orders] == [compound]
    asked("30", "", "", app=app)
    rows = [row for group in table(app)["groups"] for row in group["rows"] if row["id"] == compound]
    assert any("某政办〔2026〕12号" in row["note"] for row in rows)
    app.button(key="planner-plan-drop-0").click().run()
    assert app.session_state["plan_form"].orders == ()


@pytest.mark.usefixtures("at_once")
def test_a_forbidden_compound_is_out() -> None:
    app = asked("15", "15", "")
    compound = table(app)["groups"][0]["rows"][0]["id"]
    app.session_state["plan_chosen"] = compound
    app.run()
    app.button_group(key="plan_order_kind_table").set_value("never").run()
    app.text_input(key="plan_order_basis_table").set_value("拟征收")
    app.button(key="planner-plan-take-table").click().run()
    asked("15", "15", "", app=app)
    assert compound not in {row["id"] for group in table(app)["groups"] for row in group["rows"]}


@pytest.mark.slow
@pytest.mark.usefixtures("at_once")
def test_what_cannot_be_done_says_what_clashes_and_what_would_cure_it() -> None:
    app = opened()
    compound = str(expected().lines["compound_id"].iloc[0])
    app.session_state["plan_chosen"] = compound
    app.run()
    app.text_input(key="plan_order_basis_chosen").set_value("民生实事")
    app.text_input(key="plan_order_document_chosen").set_value("12号")
    app.button(key="planner-plan-take-chosen").click().run()
    asked("0.01", "", "", app=app)
    assert t("plan.quality.infeasible") in html(app)
    assert t("plan.clash.cure") in html(app)


@pytest.mark.usefixtures("at_once")
def test_plans_are_kept_compared_moved_on_and_undone(own_var: Path) -> None:
    app = section(asked("15", "15", ""), "compare")
    app.text_input(key="plan_name").set_value("方案一")
    app.button(key="planner-plan-keep-now").click().run()
    fine(app)
    asked("40", "", "", app=app)
    app.text_input(key="plan_name").set_value("方案二 <b>x</b>")
    app.button(key="planner-plan-keep-now").click().run()
    fine(app)
    text = html(app)
    assert t("plan.differences") in text
    assert "<b>x</b>" not in text
    assert "smap" in text
    app.button(key="planner-plan-move-now-0").click().run()
    assert t("plan.scenario.no_basis") in html(app)
    app.text_input(key="plan_move_basis_0").set_value("常务会议纪要")
    app.text_input(key="plan_move_document_0").set_value("〔2026〕31号")
    app.button(key="planner-plan-move-now-0").click().run()
    fine(app)
    assert "常务会议纪要" in html(app)
    app.text_input(key="plan_back_reason_0").set_value("异议成立")
    app.button(key="planner-plan-back-now-0").click().run()
    fine(app)
    states = {s.name: (s.state, len(s.entries)) for s in list_scenarios(shelf_of(own_var))[0]}
    assert states == {"方案一": ("draft", 1), "方案二 <b>x</b>": ("draft", 3)}


@pytest.mark.usefixtures("at_once")
def test_a_plan_kept_on_other_data_says_so_and_offers_to_compute_anew(own_var: Path) -> None:
    body = scenario_body(expected(), form_dict(first_form(_ground())), rules="older")
    body["plan"]["versions"]["data"] = "00000000"
    body["form"]["funds"] = {"": ["20", "", ""]}
    from planner.store.scenarios import keep_scenario

    keep_scenario(shelf_of(own_var), "旧方案", body, actor="", at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    app = opened()
    stale = t("plan.stale", what=f"{t('plan.stale.data')}、{t('plan.stale.rules')}")
    assert stale in html(app)
    app.button(key="planner-plan-load-旧方案").click().run()
    fine(app)
    assert app.text_input(key=plan_state.fund_key("", 0)).value == "20"
    assert table(app)["groups"]


def _ground() -> Ground:
    district = open_district()
    return Ground(set(district.assessment.states.index), district.assessment.as_of, district.policy)


@pytest.mark.usefixtures("at_once")
def test_what_was_typed_stands_there_the_next_day_with_its_plan() -> None:
    asked("15", "15", "")
    again = opened()
    assert again.text_input(key=plan_state.fund_key("", 1)).value == "15"
    assert table(again)["groups"]


def test_the_page_lives_while_the_solver_runs_and_after_it_was_killed() -> None:
    app = asked("15", "15", "")
    (job,) = plan_state.jobs()._jobs.values()
    for _ in range(200):
        if job.known().plan is not None:
            break
        job.wait(0.1)
    app.run()
    fine(app)
    if job.known().state == RUNNING:
        assert t("plan.stop") in [button.label for button in app.button]
        os.kill(job.pid, signal.SIGKILL)
    job.wait(20)
    app.run()
    fine(app)
    assert table(app)["groups"]
    if job.known().state == LOST:
        assert t("plan.lost") in html(app)
    st.cache_resource.clear()


@pytest.mark.usefixtures("at_once")
def test_once_funds_are_entered_the_overview_says_the_gap() -> None:
    assert headline(open_district().assessment)["funds"] is None
    asked("0.5", "", "")
    after = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    sentence = html(after).split('<p class="sen"')[1].split("</p>")[0]
    figures = headline(open_district().assessment, funds=5_000)["funds"]
    assert figures["gap"] == headline(open_district().assessment)["money"]["total"]["likely"] - 1
    assert t("summary.funds", **figures) in re.sub("<[^>]+>", "", sentence)
    assert t("summary.card.full.funds", year=2027, **figures) in html(after)
