"""What is asked of a finished plan besides: how sure it is, what more money adds; each in a process of its own."""

from __future__ import annotations

import contextlib
import threading
from typing import Any, BinaryIO, cast

import streamlit as st

from planner.decisions.portfolio.plan import Plan
from planner.web.kept import packed, unpacked
from planner.web.plan_child import receive, send, shared_parts
from planner.web.plan_job import DONE, LOST, RUNNING, end_process, start_process

MOST = 4


class SideJob:
    """One question about a plan; the answer is there when ``state`` is ``done``."""

    def __init__(self, plan: Plan, task: str, *arguments: object) -> None:
        self.state, self.share, self.answer = RUNNING, 0.0, cast(Any, None)
        self._parts, self._process = shared_parts(plan.assessment), start_process()
        self._thread = threading.Thread(target=self._run, args=(plan, (task, plan, *arguments)), daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> str:
        """Wait until it is answered, at most so long; return the state."""
        self._thread.join(seconds)
        return self.state

    def end(self) -> None:
        """Kill the process."""
        end_process(self._process)

    def _run(self, plan: Plan, asked: tuple[object, ...]) -> None:
        given, out = cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)
        try:
            send(given, packed(plan.assessment))
            send(given, packed(asked, self._parts))
            while self.state == RUNNING:
                kind, told = unpacked(receive(out), self._parts)
                self._take(str(kind), told)
        except (EOFError, OSError):
            self.state = LOST
        finally:
            self.end()
            for stream in (given, out):
                with contextlib.suppress(OSError):
                    stream.close()
            self._process.wait()

    def _take(self, kind: str, told: Any) -> None:
        if kind == "share":
            self.share = float(told)
        else:
            self.answer = told
            self.state = DONE if kind == "done" else LOST


def side_job(key: str, begin: bool, plan: Plan, task: str, *arguments: object) -> SideJob | None:
    """Return the job of a key, begun anew where ``begin``; None where nobody asked yet."""
    held = _held()
    if begin and (key not in held or held[key].state == LOST):
        for old in list(held)[: max(0, len(held) - MOST + 1)]:
            held.pop(old).end()
        held[key] = SideJob(plan, task, *arguments)
    return held.get(key)


def _held() -> dict[str, SideJob]:
    found: dict[str, SideJob] = st.session_state.setdefault("plan_side", {})
    return found
