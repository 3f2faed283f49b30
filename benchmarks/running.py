"""What the benchmarks of the page share: districts of the demo, servers of Streamlit, the data of the plain way."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import harness
import pyogrio

from planner.decisions.pipeline import Assessment, assess
from planner.district.load import read_district
from planner.outputs import assets
from planner.policy import load_policy

SEED = 7
HERE = Path(__file__).resolve().parent
PATIENCE_S = 240.0
OURS, PLAIN, EMPTY = "planner", "plain", "empty page"
SCRIPTS: Mapping[str, str] = {PLAIN: "plain_app.py", EMPTY: "empty_app.py"}


@dataclass(frozen=True, slots=True)
class Server:
    """A page that answers: its address, and when its process was started (time.perf_counter)."""

    address: str
    began: float


@dataclass(frozen=True, slots=True)
class Prepared:
    """A district of one size: its folder, the folder of the plain way and of what servers leave, its assessment."""

    compounds: int
    district: Path
    plain: Path
    var: Path
    assessment: Assessment

    @property
    def shapes(self) -> int:
        """How many compounds have a shape to draw."""
        return int(self.assessment.district.compounds.geometry.notna().sum())


def prepare(folder: Path, *, compounds: int) -> Prepared:
    """Write the demo district of that size below ``folder`` by `planner demo`, and what the plain way reads."""
    out = folder / f"district-{compounds}"
    command = [sys.executable, "-m", "planner", "demo", str(out), "--compounds", str(compounds), "--seed", str(SEED)]
    subprocess.run(command, cwd=harness.ROOT, check=True, capture_output=True)
    policy = load_policy()
    assessment = assess(read_district(out, policy), policy, as_of=dt.date.today())
    plain, var = folder / f"plain-{compounds}", folder / f"var-{compounds}"
    for made in (plain, var):
        made.mkdir()
    _write_plain(plain, assessment)
    return Prepared(compounds, out, plain, var, assessment)


def forgotten(prepared: Prepared) -> None:
    """Empty the folder in which the app keeps what it computed: its next start is the first with this district."""
    shutil.rmtree(prepared.var)
    prepared.var.mkdir()


def _write_plain(folder: Path, assessment: Assessment) -> None:
    """Write what the plain page reads: the same polygons, the values of the criteria and the official weights."""
    compounds, criteria = assessment.district.compounds, assessment.policy.criteria
    drawn = compounds[["name", "geometry"]].dropna(subset="geometry")
    pyogrio.write_dataframe(drawn.reset_index(), folder / "shapes.gpkg")
    values = assessment.scores[[f"{code}_v" for code in criteria.index]]
    values.set_axis(criteria.index, axis=1).to_csv(folder / "values.csv", index_label="compound_id")
    official = criteria[["group", "label_zh", f"weight_{assessment.profile}"]]
    official.set_axis(["group", "label", "weight"], axis=1).to_csv(folder / "weights.csv", index_label="code")


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """A folder for districts and servers; a benchmark that is told to stop (SIGTERM) leaves no server behind.

    The shapes that the app laid out in static/ are removed in the end.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    static = harness.ROOT / "static"
    before = set(static.glob("geo_*"))
    try:
        with tempfile.TemporaryDirectory() as name:
            yield Path(name)
    finally:
        for file in set(static.glob("geo_*")) - before:
            file.unlink(missing_ok=True)


@contextlib.contextmanager
def serving(name: str, prepared: Prepared) -> Iterator[Server]:
    """Start the page of a contender, wait for its first answer, stop it in the end.

    Ours is the app itself, in the project's folder. The others run in a folder of their own with Leaflet beside them;
    all have the same settings (.streamlit/config.toml).
    """
    folder = prepared.plain if name == PLAIN else prepared.var
    script = "app.py" if name == OURS else str(_beside(folder, SCRIPTS[name]))
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
    names = {**os.environ, "PYTHONPATH": str(harness.ROOT), "PLAIN_DATA": str(prepared.plain)}
    names |= {"PLANNER_DISTRICT": str(prepared.district), "PLANNER_VAR": str(prepared.var)}
    began = time.perf_counter()
    with (
        (folder / "server.log").open("a") as log,
        subprocess.Popen(command, cwd=harness.ROOT, env=names, stdout=log, stderr=log) as process,
    ):
        try:
            _wait_for(port, process)
            yield Server(f"http://127.0.0.1:{port}", began)
        finally:
            process.terminate()
            process.wait()


def _beside(folder: Path, script: str) -> Path:
    """Copy a page where Streamlit finds Leaflet for it (static/ beside the script)."""
    assets.lay_out(folder / "static" / "vendor")
    return Path(shutil.copy(HERE / script, folder / script))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.perf_counter() + PATIENCE_S
    while time.perf_counter() < end:
        if process.poll() is not None:
            raise RuntimeError("the server stopped")
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
            return
        time.sleep(0.02)
    raise TimeoutError("the server does not answer")
