"""Twenty sessions that change a weight at once, against the plain way: reruns per second, and how long the slow wait.

Ours is the app itself, page 评分规则; the plain way is plain_app.py (its first lines say what it does). Each is one
server process, as the software is run. The sessions come in two kinds:

* websocket clients (wire.py), which measure the server: in an office every browser has a computer of its own. They all
  start at the same instant, and each sends its next weight when the answer to the last one is whole; the two servers
  take turns, round by round, and the one that waits does nothing.
* twenty pages of chromium (crowd.py) on the same cores, from the key until the frame; not with --quick, since forty
  pages take minutes to open.

seconds per rerun = the whole time / all reruns of all sessions (its inverse is reruns per second); p95 = what one rerun
in twenty exceeds, over all reruns of a round.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Sequence

import harness
import numpy as np
from crowd import PER_CHANGE, SLOW, crowd_timings
from running import OURS, PLAIN, Prepared, prepare, serving, workplace
from ways import CODE, WAYS, typed
from wire import Visitor

PER_RERUN, P95, RECEIVED = "s per rerun", "p95 of a rerun, s", "received, kB"
SESSIONS, CHANGES, QUICK_CHANGES = 20, 4, 2
SIZES, QUICK_SIZES, SIZE = (300, 3_000), (3_000,), 3_000
TIMES_FASTER = 5
QUICK_MEASURES, MEASURES = (PER_RERUN, P95), (PER_RERUN, P95, PER_CHANGE, SLOW)


def main() -> int:
    """Measure, print the table and return the exit code."""
    options = harness.options(__doc__)
    timings: list[harness.Timing] = []
    with workplace() as folder:
        for size in QUICK_SIZES if options.quick else SIZES:
            prepared = prepare(folder, compounds=size)
            rounds, changes = (1, QUICK_CHANGES) if options.quick else (3, CHANGES)
            timings += asyncio.run(load_timings(prepared, rounds, changes))
            if size == SIZE and not options.quick:
                crowd = crowd_timings(prepared, sessions=SESSIONS, rounds=rounds)
                timings += [harness.Timing(name, size, tuple(taken), what) for (name, what), taken in crowd.items()]
    rates = {f"{t.name} at {t.size}": round(1 / t.median, 2) for t in timings if t.measure == PER_RERUN}
    for who, rate in rates.items():
        print(f"{SESSIONS} sessions, {who}: {rate} reruns per second")
    measures = QUICK_MEASURES if options.quick else MEASURES
    bars = [harness.Bar(OURS, PLAIN, size=SIZE, at_most=1 / TIMES_FASTER, measure=name) for name in measures]
    client = "websocket" if options.quick else "websocket, and chromium pages on the same cores"
    return harness.report(
        "load", timings, bars, quick=options.quick, sessions=SESSIONS, client=client, **{"reruns per second": rates}
    )


async def load_timings(prepared: Prepared, rounds: int, changes: int) -> list[harness.Timing]:
    """Return seconds per rerun, p95 and bytes per rerun of both ways at one size."""
    found: dict[tuple[str, str], list[float]] = {}
    async with contextlib.AsyncExitStack() as stack:
        visitors = {}
        for name in (PLAIN, OURS):
            address = stack.enter_context(serving(name, prepared)).address
            rooms = [Visitor(address, WAYS[name].path, f"weight-{CODE}") for _ in range(SESSIONS)]
            visitors[name] = [await stack.enter_async_context(room) for room in rooms]
        for turn in range(rounds):
            for name, here in visitors.items():
                values = [[_share(turn * changes + k, s) for k in range(changes)] for s in range(SESSIONS)]
                for measure, value in (await at_once(name, here, prepared, values)).items():
                    found.setdefault((name, measure), []).append(value)
    return [harness.Timing(name, prepared.compounds, tuple(taken), what) for (name, what), taken in found.items()]


async def at_once(
    name: str, visitors: Sequence[Visitor], prepared: Prepared, values: Sequence[Sequence[int]]
) -> dict[str, float]:
    """Let all visitors change their weight at the same instant, each one value after the other."""
    begin = time.perf_counter()
    rooms = zip(visitors, values, strict=True)
    taken = await asyncio.gather(*(_session(name, visitor, prepared, shares) for visitor, shares in rooms))
    whole = time.perf_counter() - begin
    waited = [seconds for session in taken for seconds, _ in session]
    result = {
        PER_RERUN: whole / len(waited),
        P95: float(np.percentile(waited, 95)),
        RECEIVED: float(np.median([size for session in taken for _, size in session])) / 1000,
    }
    line = f"  {prepared.compounds:,} {name}: {len(waited)} reruns in {whole:.1f} s, p95 {result[P95]:.2f} s"
    print(line, file=sys.stderr, flush=True)
    return result


async def _session(
    name: str, visitor: Visitor, prepared: Prepared, shares: Sequence[int]
) -> list[tuple[float, int]]:
    """Return seconds and bytes of every change; an answer shorter than one character per compound is no map."""
    taken = []
    for share in shares:
        seconds = await visitor.change(typed(name, prepared.assessment, share))
        if visitor.received < prepared.shapes:
            raise AssertionError(f"{name} answered without a map: {visitor.received} bytes")
        taken.append((seconds, visitor.received))
    return taken


def _share(k: int, session: int) -> int:
    """Return a weight in per cent for the k-th change of a session, never the same twice in a row."""
    return 5 + (37 * k + 11 * session) % 85


if __name__ == "__main__":
    raise SystemExit(main())
