"""The solver as a process of its own, started by `plan_job`: frames in and out are objects of `kept.packed`.

In: the assessment, then a task with its arguments, one of TASKS. Out: ("stated", Stated), ("better", Progress) at
every improvement, ("share", done), ("done", result), or ("wrong", words and their values) for a request that cannot be
planned. A line on the first stream after these asks it to stop; the end of that stream means that the app is gone, and
so is this process.
"""

from __future__ import annotations

import os
import struct
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO

import numpy as np
import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.portfolio.effort import Effort
from planner.decisions.portfolio.more_money import Step, more_money
from planner.decisions.portfolio.plan import Plan, Stated, make_plan
from planner.decisions.portfolio.request import PlanRequest
from planner.decisions.portfolio.robust import Robustness, robustness
from planner.decisions.portfolio.solve import Progress
from planner.decisions.portfolio.ways_in import ways_in
from planner.errors import PlannerError
from planner.text import Words
from planner.web.kept import packed, unpacked

_HEAD = struct.Struct(">Q")
SHARED = ("district", "measures", "deficits", "programmes", "items", "costs", "criteria", "scores", "states", "order",
          "words", "ranking")  # fmt: skip
"""Parts of an assessment that both sides have and that never travel back."""


def send(stream: BinaryIO, data: bytes) -> None:
    """Write one frame: its length, then its bytes."""
    stream.write(_HEAD.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: BinaryIO) -> bytes:
    """Read one frame; raises EOFError where the stream ends."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise EOFError
    size = int(_HEAD.unpack(head)[0])
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def shared_parts(assessment: object) -> dict[str, object]:
    """Return the parts of an assessment by name, for `kept.packed`."""
    return {name: getattr(assessment, name) for name in SHARED}


def main() -> None:
    """Solve one request from the first stream, and tell on what was the second."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a library that prints must not write between the frames
    given = sys.stdin.buffer
    assessment = unpacked(receive(given))
    parts, stop = shared_parts(assessment), threading.Event()
    task, *arguments = unpacked(receive(given), parts)
    threading.Thread(target=_listen, args=(given, stop), daemon=True).start()
    teller = _Teller(out, parts, stop)
    try:
        send(out, packed(("done", TASKS[task](teller, assessment, *arguments)), parts))
    except PlannerError as error:
        said = error.args[0]
        send(out, packed(("wrong", (said.key, said.params) if isinstance(said, Words) else (str(said), None))))


class _Teller:
    """Tells the app how far a task is, and hears whether it is to stop."""

    def __init__(self, out: BinaryIO, parts: dict[str, object], stop: threading.Event) -> None:
        self._out, self._parts, self._stop = out, parts, stop
        self._best, self._stage = -np.inf, ""

    def stated(self, found: Stated) -> None:
        """The problem is stated."""
        send(self._out, packed(("stated", found), self._parts))

    def watch(self, progress: Progress) -> bool:
        """A plan, a bound or a stage is new; True to stop."""
        if progress.objective > self._best or progress.stage != self._stage or self._stage == "prices":
            self._best, self._stage = progress.objective, progress.stage
            send(self._out, packed(("better", progress)))
        return self._stop.is_set()

    def share(self, done: float) -> bool:
        """So much of a task is done; True to stop."""
        send(self._out, packed(("share", done)))
        return self._stop.is_set()


def _plan(teller: _Teller, assessment: Assessment, request: PlanRequest, effort: Effort) -> Plan:
    return make_plan(assessment, request, effort=effort, watch=teller.watch, stated=teller.stated)


def _sure(teller: _Teller, _assessment: Assessment, plan: Plan) -> Robustness:
    return robustness(plan, watch=teller.share)


def _more(teller: _Teller, _assessment: Assessment, plan: Plan, steps: Sequence[int], keep: bool) -> list[Step]:
    teller.share(0.0)
    return more_money(plan, steps, keep=keep)


def _ways(teller: _Teller, _assessment: Assessment, plan: Plan) -> pd.DataFrame:
    return ways_in(plan, watch=teller.share)


TASKS: Mapping[str, Callable[..., object]] = {"plan": _plan, "sure": _sure, "more": _more, "ways": _ways}
"""What the process can be asked for."""


def _listen(given: BinaryIO, stop: threading.Event) -> None:
    if given.readline():
        stop.set()
    if not given.readline():
        os._exit(1)


if __name__ == "__main__":
    main()
