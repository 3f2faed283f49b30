"""Processes of our own that write into a store until they are killed: forked, so that a kill costs no new start."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from robust_found import lines, opened, standing, write_all

from planner.errors import StoreError

Say = Callable[[object], None]


@dataclass(slots=True)
class Child:
    """A forked process and the end of the pipe on which it reports, one JSON value per line."""

    pid: int
    pipe: int
    said: str = ""

    def wait_for(self, count: int, patience_s: float = 120.0) -> None:
        """Read until the child has reported so many lines, or has ended."""
        end = time.monotonic() + patience_s
        while self.said.count("\n") < count and time.monotonic() < end:
            ready, _, _ = select.select([self.pipe], [], [], 1.0)
            if ready and not self._read():
                return

    def kill(self) -> None:
        """Send SIGKILL; a child that has ended already is none the worse."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def finish(self) -> list[object]:
        """Wait for the end and return everything that it reported."""
        while self._read():
            pass
        os.close(self.pipe)
        os.waitpid(self.pid, 0)
        return lines(self.said)

    def _read(self) -> bool:
        part = os.read(self.pipe, 65536)
        self.said += part.decode("utf-8", "replace")
        return bool(part)


def fork(work: Callable[[Say], None]) -> Child:
    """Run `work` in a process of its own; it is given what reports a value to us. It never returns here."""
    sys.stdout.flush()
    sys.stderr.flush()
    out, into = os.pipe()
    pid = os.fork()
    if pid:
        os.close(into)
        return Child(pid, out)
    code = 1
    try:
        os.close(out)
        work(lambda value: _say(into, value))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _say(pipe: int, value: object) -> None:
    os.write(pipe, (json.dumps(value) + "\n").encode())


def writer(place: Path | str, name: str, count: int = 1_000_000) -> Callable[[Say], None]:
    """Return the work of a writer: it reports each batch as it begins (["begin", n]) and as it is told ["done", batch].

    It ends where the store cannot be reached any more, reporting ["error", what was said].
    """

    def work(say: Say) -> None:
        try:
            with opened(place) as store:
                ids = standing(store)
                for number in range(count):
                    say(["begin", number])
                    say(["done", write_all(store, ids, f"{name} {number}")])
        except StoreError as error:
            say(["error", str(error)])

    return work


def told(reports: list[object], what: str) -> list[object]:
    """The second words of the reports of one kind."""
    return [report[1] for report in reports if isinstance(report, list) and report[0] == what]
