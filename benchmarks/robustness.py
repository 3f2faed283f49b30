"""What the store and the survey reader survive: hostile files, kills, torn logs, full disks, twenty people at once.

Each trial counts what was tried and lists every failure; a failure can be run again alone by its number::

    python benchmarks/robustness.py --level ci                    # about a minute of CPU
    python benchmarks/robustness.py --level release --state DIR   # hours; stopped, it goes on where it was
    python benchmarks/robustness.py --only files --first 4711 --count 1

DIR keeps a line per finished chunk (trials.jsonl), so that a level can be run in pieces: `--minutes 20` stops after
the chunk in which the time is over, `--sum` only adds up what was run. The last line is one JSON object; the exit code
is 1 when anything failed or less was run than the level asks.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import harness
import robust_disk
import robust_files
import robust_kills
import robust_sequences
import robust_users
from robust_found import Found

SEED = 4490
LEVELS = ("ci", "release")
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Trial:
    """One kind of trial: what it is called and counts, how often per level, how many in a chunk, who runs them.

    run gets the seed of the level, the numbers of the trials to run and an empty folder; `asked` says what must hold.
    """

    name: str
    unit: str
    counts: Mapping[str, int]
    chunk: int
    run: Callable[[int, range, Path], Found]
    asked: str


TRIALS = (
    Trial("files", "fuzzed survey files", {"ci": 200, "release": 100_000}, 250, robust_files.fuzz, "0 unhandled"),
    Trial("kills", "kill -9 of a client", {"ci": 20, "release": 500}, 20, robust_kills.clients, "0 lost or half"),
    Trial("servers", "kill -9 of PostgreSQL", {"ci": 2, "release": 50}, 5, robust_kills.servers, "0 lost or half"),
    Trial("torn", "torn write-ahead logs", {"ci": 40, "release": 1_000}, 40, robust_disk.torn, "whole batches only"),
    Trial("full", "full disks", {"ci": 10, "release": 100}, 10, robust_disk.full, "refused, store as before"),
    Trial("users", "seconds, 20 users, GeoPackage", {"ci": 5, "release": 600}, 600, robust_users.on_file, "0 errors"),
    Trial("crowd", "seconds, 20 users, PostGIS", {"ci": 5, "release": 600}, 600, robust_users.on_server, "0 errors"),
    Trial("steps", "sequences of steps", {"ci": 10, "release": 1_000}, 50, robust_sequences.run, "verify after each"),
    Trial("backups", "hot backups, GeoPackage", {"ci": 3, "release": 50}, 10, robust_disk.backups, "restore, verify"),
)  # fmt: skip


@dataclass(slots=True)
class Total:
    """What all chunks of one trial came to."""

    done: int = 0
    cpu_s: float = 0.0
    failures: list[str] = field(default_factory=list)
    notes: dict[str, float] = field(default_factory=dict)
    skipped: str = ""

    def add(self, record: Mapping[str, Any]) -> None:
        """Take on one record: counts add up, the greatest counts of notes that begin with `max` or `p95`."""
        self.done += 0 if record["skipped"] else record["count"]
        self.cpu_s += record["cpu_s"]
        self.failures += record["failures"]
        self.skipped = record["skipped"] or self.skipped
        for name, value in record["notes"].items():
            old = self.notes.get(name, 0)
            self.notes[name] = max(old, value) if name.startswith(("max", "p95", "p50")) else old + value


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is asked and not yet done, print the table, and return 0 when everything held."""
    asked = _options(argv)
    trials = [trial for trial in TRIALS if not asked.only or trial.name in asked.only]
    state = Path(asked.state) if asked.state else Path(tempfile.mkdtemp(prefix="robustness-"))
    state.mkdir(parents=True, exist_ok=True)
    file = state / "trials.jsonl"
    end = time.monotonic() + asked.minutes * 60
    for trial in () if asked.sum else trials:
        for numbers in _open_chunks(trial, asked, _records(file)):
            if time.monotonic() < end:
                _append(file, _chunk(trial, asked.seed, numbers))
    return _report(trials, _records(file), asked)


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--level", choices=LEVELS, default="ci")
    parser.add_argument("--only", nargs="+", choices=[trial.name for trial in TRIALS], default=[])
    parser.add_argument("--state", help="folder that keeps what was run, to go on later")
    parser.add_argument("--minutes", type=float, default=1e6, help="begin no further chunk after so many minutes")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--first", type=int, default=0, help="number of the first trial")
    parser.add_argument("--count", type=int, help="so many trials instead of those of the level")
    parser.add_argument("--sum", action="store_true", help="run nothing, add up what the state folder holds")
    return parser.parse_args(argv)


def _wanted(trial: Trial, asked: argparse.Namespace) -> int:
    return int(asked.count if asked.count is not None else trial.counts[asked.level])


def _open_chunks(trial: Trial, asked: argparse.Namespace, records: Sequence[Mapping[str, Any]]) -> list[range]:
    """The chunks that no record of this seed covers yet; numbers of a chunk are the same in every run."""
    own = [r for r in records if r["trial"] == trial.name and r["seed"] == asked.seed and not r["skipped"]]
    done = {n for r in own for n in range(r["first"], r["first"] + r["count"])}
    last = asked.first + _wanted(trial, asked)
    chunks = [range(n, min(n + trial.chunk, last)) for n in range(asked.first, last, trial.chunk)]
    return [chunk for chunk in chunks if not done.issuperset(chunk)]


def _chunk(trial: Trial, seed: int, numbers: range) -> dict[str, Any]:
    """Run one chunk in a folder of its own and return its record."""
    cpu, wall = harness.cpu_seconds(), time.perf_counter()
    with tempfile.TemporaryDirectory(prefix=f"robust-{trial.name}-") as folder:
        found = trial.run(seed, numbers, Path(folder))
    record = {
        "trial": trial.name, "seed": seed, "first": numbers.start, "count": len(numbers), "failures": found.failures,
        "notes": found.notes, "skipped": found.skipped, "cpu_s": round(harness.cpu_seconds() - cpu, 2),
        "wall_s": round(time.perf_counter() - wall, 2), "code": _code(), "at": _now(),
    }  # fmt: skip
    said = found.skipped or f"{len(found.failures)} failed, {record['cpu_s']} s CPU"
    print(f"  {trial.name} {numbers.start}..{numbers.stop - 1}: {said}", file=sys.stderr, flush=True)
    return record


def _code() -> str:
    """The revision that ran, where git knows it (CODE_REVISION says it for a copy)."""
    if told := os.environ.get("CODE_REVISION"):
        return told
    asked = ["git", "-C", str(harness.ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def _records(file: Path) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]


def _append(file: Path, record: Mapping[str, Any]) -> None:
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(record, ensure_ascii=False) + "\n")


def _report(trials: Sequence[Trial], records: Sequence[Mapping[str, Any]], asked: argparse.Namespace) -> int:
    """Print a line per trial, the failures, and one JSON object."""
    rows, whole = [], True
    for trial in trials:
        total = Total()
        for record in records:
            if record["trial"] == trial.name and record["seed"] == asked.seed:
                total.add(record)
        wanted = _wanted(trial, asked)
        met = total.done >= wanted and not total.failures
        whole &= met or (asked.level == "ci" and bool(total.skipped) and not total.failures)
        rows.append({"trial": trial.name, "unit": trial.unit, "asked": trial.asked, "wanted": wanted, "met": met,
                     "done": total.done, "failed": len(total.failures), "failures": total.failures[:SHOWN],
                     "notes": {name: round(value, 4) for name, value in total.notes.items()},
                     "skipped": total.skipped, "cpu_s": round(total.cpu_s, 1)})  # fmt: skip
    for row in rows:
        print(_line(row))
    for row in rows:
        for failure in row["failures"]:
            print(f"FAILED {row['trial']}: {failure}")
    machine = {"cores": os.cpu_count(), "python": sys.version.split()[0]}
    told = {"benchmark": "robustness", "level": asked.level, "seed": asked.seed, "ok": whole, "machine": machine}
    print(json.dumps({**told, "trials": rows}, ensure_ascii=False))
    return 0 if whole else 1


def _line(row: Mapping[str, Any]) -> str:
    verdict = "met   " if row["met"] else "SKIPPED" if row["skipped"] else "MISSED"
    notes = ", ".join(f"{name} {value:g}" for name, value in row["notes"].items())
    counted = f"{row['done']:,} of {row['wanted']:,} {row['unit']}, {row['failed']} failed (asked: {row['asked']})"
    return f"{verdict} {counted}; {row['skipped'] or notes}; {row['cpu_s']} s CPU"


if __name__ == "__main__":
    raise SystemExit(main())
