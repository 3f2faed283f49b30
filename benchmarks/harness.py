"""What every benchmark shares: CPU seconds, a table of medians with the ratio to each peer, one JSON object, bars.

A benchmark is a script of three steps::

    timings = harness.compare({"planner": ours, "np.interp": theirs}, size=220_000, rounds=5)
    bars = [harness.Bar("planner", "np.interp", size=220_000, at_most=3.0)]
    raise SystemExit(harness.report("scoring", timings, bars, quick=options.quick))

Contenders of one comparison run in turn, round by round, so that a busy machine hits all of them alike. A sample is
CPU time of this process, all its threads and its finished children; one that is over in less than SHORT_S is taken as
the best of BEST_OF calls. The last line that `report` prints is the JSON object; it returns 1 when a bar is missed.
"""

import argparse
import gc
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
SHORT_S = 1.0
BEST_OF = 5

if str(ROOT) not in sys.path:  # `python benchmarks/NAME.py` puts this folder on the path, not the project's
    sys.path.insert(0, str(ROOT))


@dataclass(frozen=True, slots=True)
class Timing:
    """CPU seconds of one contender at one size, one sample per round."""

    name: str
    size: int
    samples: tuple[float, ...]

    @property
    def cpu_s(self) -> float:
        """Median of the samples, in seconds."""
        return median(self.samples)


@dataclass(frozen=True, slots=True)
class Bar:
    """A promise: at this size `ours` takes at most `at_most` times the CPU of `peer` ("20 x faster" is 1 / 20)."""

    ours: str
    peer: str
    size: int
    at_most: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """A bar with the ratio that was measured; `met` is False when either contender was not run."""

    ours: str
    peer: str
    size: int
    at_most: float
    ratio: float | None
    met: bool


def options(description: str | None, argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the parsed command line; the one switch is `--quick` (done within two minutes)."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller sizes and fewer rounds, within two minutes")
    return parser.parse_args(argv)


def cpu_seconds() -> float:
    """Return the CPU time so far of this process, its threads and its finished children, in seconds."""
    children = os.times()
    return time.process_time() + children.children_user + children.children_system


def sample(call: Callable[[], object]) -> float:
    """Return the CPU seconds of one call, or the best of BEST_OF calls where a call is short."""
    first = _once(call)
    if first >= SHORT_S:
        return first
    return min(first, *(_once(call) for _ in range(BEST_OF - 1)))


def compare(contenders: Mapping[str, Callable[[], object]], *, size: int, rounds: int = 5) -> list[Timing]:
    """Return one Timing per contender; they take turns, round by round, with a line of progress on stderr."""
    samples: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds):
        for name, call in contenders.items():
            samples[name].append(sample(call))
            line = f"  {size:,} {name}: {samples[name][-1]:.4g} s CPU ({turn + 1}/{rounds})"
            print(line, file=sys.stderr, flush=True)
    return [Timing(name, size, tuple(taken)) for name, taken in samples.items()]


def judge(timings: Iterable[Timing], bars: Iterable[Bar]) -> list[Verdict]:
    """Return each bar with its measured ratio of medians; a contender that was not run misses its bar."""
    cpu = {(timing.name, timing.size): timing.cpu_s for timing in timings}
    verdicts = []
    for bar in bars:
        ours, peer = cpu.get((bar.ours, bar.size)), cpu.get((bar.peer, bar.size))
        ratio = None if ours is None or not peer else ours / peer
        verdicts.append(Verdict(**asdict(bar), ratio=ratio, met=ratio is not None and ratio <= bar.at_most))
    return verdicts


def table(timings: Sequence[Timing]) -> str:
    """Return the medians as text: size, contender, median and spread in seconds, ratio to each other contender."""
    names = list(dict.fromkeys(timing.name for timing in timings))
    cpu = {(timing.name, timing.size): timing.cpu_s for timing in timings}
    rows = [["size", "contender", "CPU s (median)", "min", "max", *(f"/ {name}" for name in names)]]
    for timing in timings:
        spread = [f"{value:.4g}" for value in (timing.cpu_s, min(timing.samples), max(timing.samples))]
        rows.append([f"{timing.size:,}", timing.name, *spread, *(_ratio(timing, cpu, name) for name in names)])
    return _aligned(rows)


def report(name: str, timings: Sequence[Timing], bars: Sequence[Bar], *, quick: bool, **notes: object) -> int:
    """Print the table, each bar and, as the last line, one JSON object; return 0, or 1 when a bar is missed."""
    verdicts = judge(timings, bars)
    print(table(timings))
    for verdict in verdicts:
        measured = "not measured" if verdict.ratio is None else f"{verdict.ratio:.3g} x"
        sign = "met   " if verdict.met else "MISSED"
        print(f"{sign} {verdict.ours} / {verdict.peer} at {verdict.size:,}: {measured}, bar {verdict.at_most:.3g} x")
    done = all(verdict.met for verdict in verdicts)
    rows = [asdict(timing) | {"cpu_s": timing.cpu_s} for timing in timings]
    print(
        json.dumps(
            {
                "benchmark": name,
                "quick": quick,
                "ok": done,
                "timings": rows,
                "bars": [asdict(verdict) for verdict in verdicts],
                "machine": _machine(),
                **notes,
            }
        )
    )
    return 0 if done else 1


def _once(call: Callable[[], object]) -> float:
    """Return the CPU seconds of one call; rubbish of the run before is collected outside the clock."""
    gc.collect()
    start = cpu_seconds()
    call()
    return cpu_seconds() - start


def _ratio(timing: Timing, cpu: Mapping[tuple[str, int], float], peer: str) -> str:
    """Return the cell of the table for one contender against one peer at the same size; blank against itself."""
    other = cpu.get((peer, timing.size))
    return "" if peer == timing.name or not other else f"{timing.cpu_s / other:.3g} x"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as lines with columns of one width."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    padded = (map(str.ljust, row, widths) for row in rows)
    return "\n".join("  ".join(cells).rstrip() for cells in padded)


def _machine() -> dict[str, object]:
    """Return what a reader needs to compare figures of two runs."""
    return {"python": platform.python_version(), "system": platform.system(), "cores": os.cpu_count()}
