"""A plan being made: the solver runs in a process of its own, and the page asks how far it is.

Whatever happens to that process (stopped, killed, out of memory), the app lives and the best plan told so far is shown.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import BinaryIO, cast

import numpy as np

from planner.decisions.assessment import Assessment
from planner.decisions.portfolio.plan import Plan, Stated, written
from planner.decisions.portfolio.request import PlanRequest
from planner.decisions.portfolio.solve import STOPPED, Effort, Progress, Solution
from planner.text import t
from planner.web.installation import ROOT
from planner.web.kept import already, keep, packed, unpacked
from planner.web.plan_child import receive, send, shared_parts

RUNNING, DONE, WRONG, LOST = "running", "done", "wrong", "lost"
MOST_RUNNING = 2
"""Solvers that may run at the same time on one server."""
MOST_KEPT = 6
_CHILD = "import sys; sys.path.insert(0, {root!r}); from planner.web.plan_child import main; main()"


@dataclass(frozen=True, slots=True)
class Known:
    """How far a job is: its state, the last progress, the plan that can be shown, and the words of what is wrong."""

    state: str
    progress: Progress | None
    plan: Plan | None
    wrong: str
    seconds: float


class PlanJob:
    """One request being solved. All methods may be called from any thread."""

    def __init__(self, assessment: Assessment, request: PlanRequest, effort: Effort, key: str) -> None:
        self.key, self._assessment, self._parts = key, assessment, shared_parts(assessment)
        self._state, self._wrong, self._seconds = RUNNING, "", 0.0
        self._progress: Progress | None = None
        self._stated: Stated | None = None
        self._plan: Plan | None = None
        self._shown: tuple[bytes, Plan] | None = None
        self._began = time.monotonic()
        self._process = start_process()
        self._thread = threading.Thread(target=self._run, args=(request, effort), daemon=True)
        self._thread.start()

    @classmethod
    def finished(cls, plan: Plan, key: str) -> PlanJob:
        """Return a job that is done already: its plan was kept by an earlier run of the server."""
        job = cls.__new__(cls)
        job.key, job._assessment, job._parts = key, plan.assessment, {}
        job._state, job._wrong, job._seconds = DONE, "", 0.0
        job._progress, job._stated, job._plan, job._shown, job._began = None, None, plan, None, time.monotonic()
        return job

    @property
    def pid(self) -> int:
        """The number of the solver's process."""
        return self._process.pid

    def known(self) -> Known:
        """Return how far it is; while it runs, or when it was lost, the plan is the best one told so far."""
        running = self._state == RUNNING
        seconds = time.monotonic() - self._began if running else self._seconds
        return Known(self._state, self._progress, self._plan or self._best(), self._wrong, seconds)

    def stop(self) -> None:
        """Ask the solver to end with what it has; it still writes the plan with all its tables."""
        with contextlib.suppress(OSError, ValueError):
            assert self._process.stdin is not None
            self._process.stdin.write(b"stop\n")
            self._process.stdin.flush()

    def end(self) -> None:
        """Kill the solver and what it started."""
        end_process(self._process)

    def wait(self, seconds: float) -> Known:
        """Wait until it is done, at most so long."""
        if self._state == RUNNING:
            self._thread.join(seconds)
        return self.known()

    def _best(self) -> Plan | None:
        """The best plan told so far, as people read it; made anew only when it changed."""
        stated, progress = self._stated, self._progress
        if stated is None or progress is None or not np.isfinite(progress.objective):
            return None
        mark = progress.plan.tobytes()
        if self._shown is None or self._shown[0] != mark:
            self._shown = mark, written(stated, _solution(stated, progress))
        return self._shown[1]

    def _run(self, request: PlanRequest, effort: Effort) -> None:
        given, out = cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)
        try:
            send(given, packed(self._assessment))
            send(given, packed(("plan", request, effort)))
            while self._state == RUNNING:
                kind, told = unpacked(receive(out), self._parts)
                self._take(kind, told)
        except (EOFError, OSError):
            self._seconds, self._state = time.monotonic() - self._began, LOST
        finally:
            self.end()
            for stream in (given, out):
                with contextlib.suppress(OSError):
                    stream.close()
            self._process.wait()

    def _take(self, kind: str, told: object) -> None:
        if isinstance(told, Stated):
            self._stated = told
        elif isinstance(told, Progress):
            self._progress = told
        elif isinstance(told, Plan):
            if told.solution.stopped_by == "":
                keep("plan", self.key, told, self._parts)
            self._plan = told
            self._seconds, self._state = time.monotonic() - self._began, DONE
        elif kind == "wrong" and isinstance(told, tuple):
            word, params = told
            self._wrong = word if params is None else t(word, **params)
            self._seconds, self._state = time.monotonic() - self._began, WRONG


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Kill a process of `start_process` and what it started."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def start_process() -> subprocess.Popen[bytes]:
    """Start a process that waits for a task (plan_child)."""
    call = [sys.executable, "-c", _CHILD.format(root=str(ROOT))]
    return subprocess.Popen(
        call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True, cwd=ROOT
    )


def _solution(stated: Stated, progress: Progress) -> Solution:
    """What is known while the solver is at work: a plan and perhaps a bound; no worth of money yet."""
    nothing = stated.planning.problem.nothing()
    return Solution(
        plan=progress.plan, objective=progress.objective, bound=progress.bound, status=STOPPED, stopped_by="planner",
        unmet=(), nearest=nothing, price=np.zeros(0), street_price=np.zeros(0), rounds=0, columns=0, nodes=0,
        first=(0.0, 0.0),
    )  # fmt: skip


class Jobs:
    """The jobs of this server by key: the same question is answered once, for all sessions."""

    def __init__(self) -> None:
        self._jobs: dict[str, PlanJob] = {}
        self._guard = threading.Lock()

    def find(self, key: str, assessment: Assessment) -> PlanJob | None:
        """Return the job of a key: one of this run of the server, or the plan kept by an earlier one."""
        with self._guard:
            job = self._jobs.get(key)
            if job is not None:
                return job
            for plan in already("plan", key, shared_parts(assessment)):
                return self._remember(PlanJob.finished(plan, key))
        return None

    def begin(self, key: str, assessment: Assessment, request: PlanRequest, effort: Effort) -> PlanJob | None:
        """Return the job of a key, begun where it is new or did not come to its end; None: too many are running."""
        found = self.find(key, assessment)
        if found is not None and _complete(found):
            return found
        with self._guard:
            if sum(job.known().state == RUNNING for job in self._jobs.values()) >= MOST_RUNNING:
                return None
            return self._remember(PlanJob(assessment, request, effort, key))

    def end_all(self) -> None:
        """End every solver that runs."""
        with self._guard:
            for job in self._jobs.values():
                if job.known().state == RUNNING:
                    job.end()
                    job.wait(10)

    def _remember(self, job: PlanJob) -> PlanJob:
        self._jobs.pop(job.key, None)
        self._jobs[job.key] = job
        for key in list(self._jobs)[:-MOST_KEPT]:
            if self._jobs[key].known().state != RUNNING:
                del self._jobs[key]
        return job


def _complete(job: PlanJob) -> bool:
    known = job.known()
    if known.state == RUNNING:
        return True
    return known.state == DONE and known.plan is not None and not known.plan.solution.stopped_by
