"""What every benchmark shares: samples, a table of medians with the ratio to each peer, one JSON object, bars.

A benchmark is a script of three steps::

    timings = harness.compare({"planner": ours, "np.interp": theirs}, size=220_000, rounds=5)
    bars = [harness.Bar("planner", "np.interp", size=220_000, at_most=3.0)]
    raise SystemExit(harness.report("scoring", timings, bars, quick=options.quick))

Contenders of one comparison run in turn, round by round, so that a busy machine hits all of them alike. A sample is
CPU time of this process, all its threads and its finished children; one that is over in less than SHORT_S is taken as
the best of BEST_OF calls. What a person waits for, or what goes over the wire, is measured by the benchmark itself and
named by `measure`; a bar compares two contenders in one measure. The last line that `report` prints is the JSON object;
it returns 1 when a bar is missed.
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
CPU = "CPU s"

if str(ROOT) not in sys.path:  # `python benchmarks/NAME.py` puts this folder on the path, not the project's
    sys.path.insert(0, str(ROOT))


@dataclass(frozen=True, slots=True)
class Timing:
    """What one contender took at one size, one sample per round; CPU seconds unless ``measure`` says something else."""

    name: str
    size: int
    samples: tuple[float, ...]
    measure: str = CPU

    @property
    def median(self) -> float:
        """Median of the samples, in the unit of the measure."""
        return median(self.samples)


@dataclass(frozen=True, slots=True)
class Bar:
    """A promise: at this size `ours` takes at most `at_most` times what `peer` takes ("20 x faster" is 1 / 20).

    Without a peer `at_most` is the limit itself, in the unit of the measure.
    """

    ours: str
    peer: str
    size: int
    at_most: float
    measure: str = CPU


@dataclass(frozen=True, slots=True)
class Verdict:
    """A bar with the ratio that was measured; `met` is False when either contender was not run."""

    ours: str
    peer: str
    size: int
    at_most: float
    measure: str
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
    found = {(timing.name, timing.size, timing.measure): timing.median for timing in timings}
    verdicts = []
    for bar in bars:
        ours = found.get((bar.ours, bar.size, bar.measure))
        peer = found.get((bar.peer, bar.size, bar.measure)) if bar.peer else 1.0
        ratio = None if ours is None or not peer else ours / peer
        verdicts.append(Verdict(**asdict(bar), ratio=ratio, met=ratio is not None and ratio <= bar.at_most))
    return verdicts


def table(timings: Sequence[Timing]) -> str:
    """Return the medians as text: size, contender, measure, median and spread, ratio to each other contender."""
    names = list(dict.fromkeys(timing.name for timing in timings))
    found = {(timing.name, timing.size, timing.measure): timing.median for timing in timings}
    rows = [["size", "contender", "measure", "median", "min", "max", *(f"/ {name}" for name in names)]]
    for timing in timings:
        spread = [f"{value:.4g}" for value in (timing.median, min(timing.samples), max(timing.samples))]
        ratios = (_ratio(timing, found, name) for name in names)
        rows.append([f"{timing.size:,}", timing.name, timing.measure, *spread, *ratios])
    return _aligned(rows)


def report(name: str, timings: Sequence[Timing], bars: Sequence[Bar], *, quick: bool, **notes: object) -> int:
    """Print the table, each bar and, as the last line, one JSON object; return 0, or 1 when a bar is missed."""
    verdicts = judge(timings, bars)
    print(table(timings))
    for verdict in verdicts:
        print(_line(verdict))
    done = all(verdict.met for verdict in verdicts)
    rows = [asdict(timing) | {"median": timing.median} for timing in timings]
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


def _line(verdict: Verdict) -> str:
    """Return one bar in words."""
    unit = " x" if verdict.peer else ""
    measured = "not measured" if verdict.ratio is None else f"{verdict.ratio:.3g}{unit}"
    what = f"{verdict.ours} / {verdict.peer}" if verdict.peer else verdict.ours
    what += f" at {verdict.size:,}, {verdict.measure}"
    return f"{'met   ' if verdict.met else 'MISSED'} {what}: {measured}, bar {verdict.at_most:.3g}{unit}"


def _ratio(timing: Timing, found: Mapping[tuple[str, int, str], float], peer: str) -> str:
    """Return the cell of the table for one contender against one peer in the same measure; blank against itself."""
    other = found.get((peer, timing.size, timing.measure))
    return "" if peer == timing.name or not other else f"{timing.median / other:.3g} x"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as lines with columns of one width."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    padded = (map(str.ljust, row, widths) for row in rows)
    return "\n".join("  ".join(cells).rstrip() for cells in padded)


def _machine() -> dict[str, object]:
    """Return what a reader needs to compare figures of two runs."""
    return {"python": platform.python_version(), "system": platform.system(), "cores": os.cpu_count()}
