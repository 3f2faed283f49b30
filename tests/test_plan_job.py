"""The solver as a process: the same plan as in this process, stopped, killed, and kept for the next start."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.decisions.assessment import Assessment
from planner.decisions.portfolio.plan import violations
from planner.decisions.portfolio.request import ALLOW, Order, PlanRequest
from planner.decisions.portfolio.solve import QUICK, Effort
from planner.web.plan_job import DONE, LOST, MOST_RUNNING, RUNNING, WRONG, Jobs, PlanJob
from planner.web.plan_side import SideJob
from tests.plan_cases import REQUEST, case_assessment, case_plan
from tests.test_plan import MONEY

ENDLESS = Effort(shakes=10_000_000, exact_streets=0, core_rounds=0, polish_columns=0)


@pytest.fixture(scope="module")
def cases() -> Assessment:
    return case_assessment()


@pytest.fixture(autouse=True)
def own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_VAR", str(tmp_path / "var"))


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    held = Jobs()
    yield held
    held.end_all()


def until_better(job: PlanJob) -> None:
    """Wait until the solver has a bound and a plan."""
    for _ in range(600):
        known = job.known()
        if known.state != RUNNING or (known.progress is not None and np.isfinite(known.progress.bound)):
            return
        time.sleep(0.05)
    raise AssertionError("nothing was heard of the solver")


def test_the_process_gives_the_plan_that_this_process_gives_and_it_is_kept(cases: Assessment, jobs: Jobs) -> None:
    job = jobs.begin("k", cases, REQUEST, QUICK)
    assert job is not None
    known = job.wait(60)
    assert known.state == DONE
    assert known.plan is not None
    own = case_plan()
    pd.testing.assert_frame_equal(known.plan.lines, own.lines)
    pd.testing.assert_frame_equal(known.plan.left_out, own.left_out)
    assert known.plan.assessment.district is cases.district
    assert jobs.begin("k", cases, REQUEST, QUICK) is job
    again = Jobs().find("k", cases)
    assert again is not None
    assert again.known().plan is not None
    pd.testing.assert_frame_equal(again.known().plan.lines, own.lines)  # type: ignore[union-attr]


def test_a_stopped_solver_hands_over_its_best_and_a_killed_one_leaves_it(cases: Assessment, jobs: Jobs) -> None:
    one, other = (jobs.begin(key, cases, REQUEST, ENDLESS) for key in ("stopped", "killed"))
    assert one is not None
    assert other is not None
    assert jobs.begin("third", cases, REQUEST, ENDLESS) is None
    assert MOST_RUNNING == 2
    for job in (one, other):
        until_better(job)
        assert job.known().plan is not None
    one.stop()
    os.kill(other.pid, signal.SIGKILL)
    stopped, killed = one.wait(60), other.wait(60)
    assert (stopped.state, killed.state) == (DONE, LOST)
    for known in (stopped, killed):
        assert known.plan is not None
        assert known.plan.solution.stopped_by == "planner"
        assert violations(known.plan) == []
        assert len(known.plan.lines) > 0
    assert Jobs().find("stopped", cases) is None
    assert jobs.begin("killed", cases, REQUEST, QUICK) is not other


@pytest.mark.slow
def test_how_sure_a_plan_is_and_what_more_money_adds_come_from_processes_too() -> None:
    plan = case_plan()
    sure, more = SideJob(plan, "sure"), SideJob(plan, "more", (50_000, 100_000), True)
    assert (sure.wait(90), more.wait(90)) == (DONE, DONE)
    problem, inside = plan.planning.problem, sure.answer.table["inside"].astype(bool)
    held = {problem.units[unit] for unit in problem.slots.unit[plan.solution.plan >= 0]}
    assert set(sure.answer.table.loc[inside, "compound_id"]) == held
    assert [step.extra for step in more.answer] == [50_000, 100_000]
    assert all(len(step.dropped) == 0 for step in more.answer)
    lost = SideJob(plan, "sure")
    lost.end()
    assert lost.wait(30) == LOST


def test_a_request_that_cannot_be_planned_comes_back_in_words(cases: Assessment, jobs: Jobs) -> None:
    request = PlanRequest(funds=MONEY, unverified=ALLOW, must=(Order("nobody", "依据"),))
    job = jobs.begin("wrong", cases, request, QUICK)
    assert job is not None
    known = job.wait(60)
    assert (known.state, known.plan) == (WRONG, None)
    assert "nobody" in known.wrong
