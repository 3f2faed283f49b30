"""The solver as a process of its own, started by `plan_job`: frames in and out are objects of `kept.packed`.

In: the assessment, then (request, effort). Out: ("stated", Stated), ("better", Progress) at every improvement,
("done", Plan), or ("wrong", words and their values) for a request that cannot be planned. A line on the first stream
after these asks it to stop; the end of that stream means that the app is gone, and so is this process.
"""

from __future__ import annotations

import os
import struct
import sys
import threading
from typing import BinaryIO

import numpy as np

from planner.decisions.portfolio.plan import Stated, make_plan
from planner.decisions.portfolio.solve import Progress
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
    request, effort = unpacked(receive(given))
    parts, stop = shared_parts(assessment), threading.Event()
    threading.Thread(target=_listen, args=(given, stop), daemon=True).start()
    best, stage = -np.inf, ""

    def stated(found: Stated) -> None:
        send(out, packed(("stated", found), parts))

    def watch(progress: Progress) -> bool:
        nonlocal best, stage
        if progress.objective > best or progress.stage != stage or stage == "prices":
            best, stage = progress.objective, progress.stage
            send(out, packed(("better", progress)))
        return stop.is_set()

    try:
        plan = make_plan(assessment, request, effort=effort, watch=watch, stated=stated)
        send(out, packed(("done", plan), parts))
    except PlannerError as error:
        said = error.args[0]
        send(out, packed(("wrong", (said.key, said.params) if isinstance(said, Words) else (str(said), None))))


def _listen(given: BinaryIO, stop: threading.Event) -> None:
    if given.readline():
        stop.set()
    if not given.readline():
        os._exit(1)


if __name__ == "__main__":
    main()
