"""A large survey against what others do with it: read and checked, merged and previewed, applied, undone, verified.

100,000 rows with three changed cells each. The peer of reading is `frictionless validate` of the same file against the
same schema (types, limits and choices of columns.csv); it neither repairs, merges nor previews. The floor of applying
is a bare SQL transaction that makes the same writes on the same GeoPackage, with everything to write at hand. Each step
is a process of its own: its CPU seconds without imports, and its greatest memory with them. Then `planner survey apply`
is stopped half-way by SIGINT and SIGTERM: no half batch may be left. --quick has 50,000 rows, once.
"""

from __future__ import annotations

import datetime as dt
import json
import pickle
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import harness
import numpy as np
import pandas as pd

from planner.policy import load_policy

AS_OF = dt.date(2026, 11, 20)
AT = dt.datetime(2026, 11, 20, 8, 0, tzinfo=dt.UTC)
FULL, QUICK, ROUNDS = 100_000, 50_000, 3
PEAK, LEFT = "peak MB", "half batches"
PEER, FLOOR = "frictionless validate", "bare SQL"
READ, CHECK, APPLY, UNDO, VERIFY = "read and check cells", "check, merge, preview", "apply", "undo", "verify"
HEADERS = {
    "小区编码": "compound_id", "小区名称": "name", "户数": "households", "监控路数": "cctv_points",
    "物业服务状态": "property_status", "调查日期": "surveyed_on", "调查人": "surveyor_code",
}  # fmt: skip
NEXT = {"专业物业": "社区托管", "社区托管": "无", "无": "专业物业"}


def main() -> int:
    """Prepare the files, run every step in turn, stop two applications half-way, report."""
    if sys.argv[1:2] == ["--step"]:
        return _in_this_process(sys.argv[2], Path(sys.argv[3]))
    options = harness.options(__doc__)
    size, rounds = (QUICK, 1) if options.quick else (FULL, ROUNDS)
    with tempfile.TemporaryDirectory(prefix="survey-") as name:
        folder = Path(name)
        prepare(folder, size)
        samples: dict[str, list[dict[str, float]]] = {step: [] for step in STEPS}
        for turn in range(rounds):
            for step, taken in samples.items():
                taken.append(_run(step, folder))
                told = f"{taken[-1]['cpu']:.2f} s CPU, {taken[-1]['peak']:.0f} MB"
                print(f"  {size:,} {step}: {told} ({turn + 1}/{rounds})", file=sys.stderr, flush=True)
        halves = [float(stopped(folder, sent)) for sent in (signal.SIGINT, signal.SIGTERM)]
    timings = [harness.Timing(step, size, tuple(s["cpu"] for s in taken)) for step, taken in samples.items()]
    timings += [harness.Timing(step, size, tuple(s["peak"] for s in taken), PEAK) for step, taken in samples.items()]
    timings.append(harness.Timing("stopped half-way", size, tuple(halves), LEFT))
    return harness.report("survey", timings, _bars(size), quick=options.quick)


def _bars(size: int) -> list[harness.Bar]:
    return [
        harness.Bar(READ, PEER, size, 0.8),
        harness.Bar(CHECK, PEER, size, 1.5),
        harness.Bar(APPLY, FLOOR, size, 4.0),
        *[harness.Bar(step, "", size, 400.0, PEAK) for step in (CHECK, APPLY, UNDO, VERIFY)],
        harness.Bar("stopped half-way", "", size, 0.0, LEFT),
    ]


def prepare(folder: Path, size: int) -> None:
    """Write a ledger, its store, the survey, and what the bare SQL writes (from a store to which it was applied)."""
    from planner.store.opening import create_store
    from planner.store.seeding import seed_store

    draw = np.random.default_rng(20261120)
    ledger = pd.DataFrame(
        {
            "compound_id": [f"XQ{i:06d}" for i in range(size)],
            "name": [f"幸福路{i}号院" for i in range(size)],
            "households": draw.integers(40, 900, size),
            "cctv_points": draw.integers(0, 40, size),
            "property_status": draw.choice(list(NEXT), size),
            "buildings_n": draw.integers(1, 20, size),
            "built_year_min": draw.integers(1975, 2012, size),
        }
    )
    (folder / "district").mkdir()
    ledger.to_csv(folder / "district" / "compounds.csv", index=False, encoding="utf-8-sig")
    _survey(ledger, draw).to_csv(folder / "survey.csv", index=False, encoding="utf-8")
    store = create_store(folder / "filled.gpkg", load_policy(), at=AT)
    seed_store(store, folder / "district", load_policy(), actor="甲", at=AT)
    store.close()
    for step in (CHECK, APPLY):
        _run(step, folder)
    shutil.copyfile(folder / "work.gpkg", folder / "applied.gpkg")


def _survey(ledger: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """Three changed cells per row, a date and a surveyor."""
    told = ledger[["compound_id", "name"]].assign(
        households=ledger["households"] + 1,
        cctv_points=ledger["cctv_points"] + 1,
        property_status=ledger["property_status"].map(NEXT),
        surveyed_on=[f"2026-{m:02d}-{d:02d}" for m, d in draw.integers(1, 11, (len(ledger), 2))],
        surveyor_code=draw.choice(["甲", "乙", "丙"], len(ledger)),
    )
    return told.set_axis(list(HEADERS), axis=1)


def validated(folder: Path) -> Callable[[], object]:
    """`frictionless validate` of the survey."""
    from frictionless import Resource, Schema, validate

    fields = load_policy().fields("compounds")
    schema = Schema.from_descriptor({"fields": [_described(h, fields.loc[f]) for h, f in HEADERS.items()]})

    def call() -> None:
        report = validate(Resource(path="survey.csv", basepath=str(folder), schema=schema))
        assert report.valid, report.flatten(["rowNumber", "note"])[:5]

    return call


def _described(header: str, field: pd.Series) -> dict[str, object]:
    """A field of columns.csv as frictionless describes one."""
    kinds = {"int": "integer", "year": "integer", "decimal": "number", "date": "date"}
    rules: dict[str, object] = {"required": True, "unique": True} if header == "小区编码" else {}
    rules |= {"minimum": int(field["hard_min"])} if field["hard_min"] else {}
    rules |= {"maximum": int(field["hard_max"])} if field["hard_max"].isdigit() else {}
    rules |= {"enum": field["values"].split(";")} if field["type"] == "enum" else {}
    return {"name": header, "type": kinds.get(field["type"], "string"), "constraints": rules}


def read(folder: Path) -> Callable[[], object]:
    """The survey file read, every cell checked and repaired."""
    from planner.district.survey.request import SurveyRequest
    from planner.district.survey.survey_file import read_survey

    compounds, request = _compounds(folder), SurveyRequest(load_policy(), AS_OF)
    return lambda: (read_survey(folder / "survey.csv", compounds, request), compounds["name"])


def _compounds(folder: Path) -> pd.DataFrame:
    """What reading needs to know of the ledger: names and versions."""
    from planner.store.opening import open_store
    from planner.store.state import row_versions

    store = open_store(folder / "filled.gpkg", load_policy())
    versions = row_versions(store, "compounds")
    store.close()
    names = pd.read_csv(folder / "district" / "compounds.csv", usecols=["compound_id", "name"], dtype="string")
    named = names.set_index("compound_id")
    return named.assign(row_version=versions.reindex(named.index))


def checked(folder: Path) -> Callable[[], object]:
    """Read, compared three ways with the store, previewed; what is to be written is kept for `apply`."""
    from planner.district.survey.corrections import rows_to_correct
    from planner.district.survey.held import changes_to_write, held_problems
    from planner.district.survey.incoming import incoming_cells
    from planner.district.survey.merge import merge, merge_policy
    from planner.district.survey.preview import preview_cells, preview_counts, why_counts
    from planner.store.ledger_cells import base_cells, ledger_cells
    from planner.store.opening import open_store

    policy, reading = load_policy(), read(folder)

    def call() -> object:
        survey, names = reading()  # type: ignore[misc]
        cells = incoming_cells(survey)
        store = open_store(folder / "filled.gpkg", policy)
        current = ledger_cells(store, cells)
        merged = merge(base_cells(store, cells, current), current, cells, merge_policy(policy, accept_large=True))
        store.close()
        del cells, current
        preview_counts(merged, names), why_counts(merged), preview_cells(merged, names, policy)
        rows_to_correct(survey, more=held_problems(merged, pd.Series(dtype=object), file="survey.csv"))
        assert merged.counts["apply"] == 3 * len(names), merged.counts
        return merged

    def kept() -> None:
        merged = call()
        with (folder / "changes.pickle").open("wb") as out:
            pickle.dump(changes_to_write(merged, source="survey.csv"), out)  # type: ignore[arg-type]

    return call if (folder / "changes.pickle").exists() else kept


def applied(folder: Path) -> Callable[[], object]:
    """One batch with every cell of the survey."""
    from planner.store.batches import Batch, apply_batch
    from planner.store.opening import open_store

    _fresh(folder / "filled.gpkg", folder / "work.gpkg")
    changes = pd.read_pickle(folder / "changes.pickle")
    store = open_store(folder / "work.gpkg", load_policy())
    batch = Batch("survey", "甲", AT, "调查", changes, file="survey.csv", content_key="survey")

    def call() -> None:
        receipt = apply_batch(store, batch)
        assert receipt.cells == len(changes), receipt.cells
        store.close()

    return call


def floor(folder: Path) -> Callable[[], object]:
    """The same writes as `apply` makes, in one transaction of bare SQL."""
    with closing(sqlite3.connect(folder / "applied.gpkg")) as done:
        batch = done.execute("SELECT * FROM planner_batches WHERE id = 2").fetchall()
        events = done.execute("SELECT * FROM planner_events WHERE batch_id = 2 ORDER BY seq").fetchall()
        told = ("households", "cctv_points", "property_status", "planner_version", "planner_told", "planner_stamps")
        rows = done.execute(f"SELECT {', '.join(told)}, planner_row FROM compounds").fetchall()
        head = done.execute("SELECT batch_id, seq, hash FROM planner_head").fetchall()
    _fresh(folder / "filled.gpkg", folder / "floor.gpkg")
    connection = sqlite3.connect(folder / "floor.gpkg", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")

    def call() -> None:
        run = connection.executemany
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE planner_head SET writing = 1")
        run(f"INSERT INTO planner_batches VALUES ({_marks(batch)})", batch)
        run(f"INSERT INTO planner_events VALUES ({_marks(events)})", events)
        run(f"UPDATE compounds SET {', '.join(f'{name} = ?' for name in told)} WHERE planner_row = ?", rows)
        run("UPDATE planner_head SET writing = 0, batch_id = ?, seq = ?, hash = ?", head)
        connection.execute("COMMIT")

    return call


def _marks(rows: list[tuple[object, ...]]) -> str:
    return ", ".join("?" * len(rows[0]))


def undone(folder: Path) -> Callable[[], object]:
    """The batch taken back."""
    from planner.store.opening import open_store
    from planner.store.undo import undo_batch

    _fresh(folder / "applied.gpkg", folder / "undone.gpkg")
    store = open_store(folder / "undone.gpkg", load_policy())
    return lambda: undo_batch(store, 2, actor="甲", at=AT)


def verified(folder: Path) -> Callable[[], object]:
    """The whole log replayed: seed, survey, undo."""
    from planner.store.opening import open_store
    from planner.store.verify import verify

    store = open_store(folder / "undone.gpkg", load_policy())

    def call() -> None:
        faults = verify(store)
        assert faults.empty, faults

    return call


STEPS: dict[str, Callable[[Path], Callable[[], object]]] = {
    PEER: validated, READ: read, CHECK: checked, FLOOR: floor, APPLY: applied, UNDO: undone, VERIFY: verified,
}  # fmt: skip


def stopped(folder: Path, sent: signal.Signals) -> int:
    """Stop `planner survey apply` half-way; return how many faults and batches it left beside the seed."""
    from planner.store.history import list_batches
    from planner.store.opening import open_store
    from planner.store.verify import verify

    place = _fresh(folder / "filled.gpkg", folder / "stopped.gpkg")
    log = Path(f"{place}-wal")
    command = [sys.executable, "-m", "planner", "survey", "apply", str(folder / "survey.csv"), "--store", str(place)]
    command += ["--by", "甲", "--as-of", AS_OF.isoformat(), "--accept-large"]
    with subprocess.Popen(command, cwd=harness.ROOT, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not (log.exists() and log.stat().st_size > 1_000_000):
            time.sleep(0.01)
        begun = process.poll() is None
        process.send_signal(sent)
        said = process.communicate()[1]
    print(f"  {sent.name}: exit {process.returncode}, said {said.splitlines()[:3]}", file=sys.stderr, flush=True)
    store = open_store(place, load_policy())
    left = len(verify(store)) + len(list_batches(store)) - 1
    store.close()
    return left if begun and process.returncode else 1  # it must have been stopped half-way, not before or after


def _fresh(source: Path, target: Path) -> Path:
    for ending in ("", "-wal", "-shm"):
        Path(f"{target}{ending}").unlink(missing_ok=True)
    return Path(shutil.copyfile(source, target))


def _run(step: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--step", step, str(folder)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(told.splitlines()[-1])
    return found


def _in_this_process(step: str, folder: Path) -> int:
    call = STEPS[step](folder)
    before = time.process_time()
    call()
    cpu = time.process_time() - before
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    print(json.dumps({"cpu": cpu, "peak": peak}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
