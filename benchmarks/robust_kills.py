"""Kill -9 while batches are written: of the client that writes, and of the database server under its clients."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from robust_found import Found, attempt, copied, demo_folder, dice, filled_file, judge, opened
from robust_writers import fork, told, writer

from planner.store.history import list_batches
from tests.stores import seeded

BIN = Path("/usr/lib/postgresql/15/bin")
CLIENTS = 3
PATIENCE_S = 120.0
NO_SERVER = "no PostgreSQL 15 on this machine"


def clients(seed: int, numbers: range, folder: Path) -> Found:
    """Kill a writing client at a random moment, again and again, on one store; look at the store after each."""
    found = Found()
    place = copied(filled_file(folder), folder / "planner.gpkg")
    for number in numbers:
        attempt(found, number, lambda n=number: _kill_client(found, n, place, seed))  # type: ignore[misc]
    return found


def _kill_client(found: Found, number: int, place: Path, seed: int) -> None:
    rng = dice(seed, "kills", number)
    with opened(place) as store:
        before = {int(b) for b in list_batches(store)["batch"]}
    child = fork(writer(place, f"client {number}"))
    child.wait_for(2 * rng.randint(0, 2) + 1)
    time.sleep(rng.uniform(0, 0.12))
    child.kill()
    reports = child.finish()
    inside = len(told(reports, "begin")) - len(told(reports, "done"))
    found.count("kills")
    found.count("inside an apply", inside)
    with opened(place) as store:
        judge(found, number, store, {int(str(b)) for b in told(reports, "done")}, before=before)


def servers(seed: int, numbers: range, folder: Path) -> Found:
    """Kill the postmaster and all its processes while clients write, start it again, look at the store."""
    found = Found()
    if not (BIN / "initdb").exists():
        found.skipped = NO_SERVER
        return found
    with Cluster() as cluster:
        cluster.start()
        url = cluster.database("kills")
        seeded(url, demo_folder(folder)).close()
        known = {1}
        for number in numbers:
            attempt(found, number, lambda n=number: _kill_server(found, n, cluster, known=known, seed=seed))  # type: ignore[misc]
    return found


def _kill_server(found: Found, number: int, cluster: Cluster, *, known: set[int], seed: int) -> None:
    rng = dice(seed, "servers", number)
    url = cluster.url("kills")
    children = [fork(writer(url, f"client {number}.{name}")) for name in range(CLIENTS)]
    for child in children:
        child.wait_for(1)
    children[0].wait_for(2 * rng.randint(0, 2) + 1)
    time.sleep(rng.uniform(0, 0.25))
    found.count("processes killed", cluster.kill())
    reports = [child.finish() for child in children]
    done = {int(str(b)) for report in reports for b in told(report, "done")}
    found.count("kills")
    found.count("inside an apply", sum(len(told(r, "begin")) - len(told(r, "done")) for r in reports))
    cluster.start()
    with opened(url) as store:
        judge(found, number, store, done, before=known, writers=CLIENTS)
        known.update(int(b) for b in list_batches(store)["batch"])


class Cluster:
    """A PostgreSQL server of our own on the loopback, with its usual promises (fsync on), thrown away in the end."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="robust-postgres-"))
        self.process: subprocess.Popen[bytes] | None = None
        self._as = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        if getpass.getuser() != "root":
            self._as = []
        else:
            shutil.chown(self.folder, "postgres", "postgres")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    def __enter__(self) -> Cluster:
        made = [*self._as, str(BIN / "initdb"), "-D", "data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "-N"]
        subprocess.run([*made, "--locale=C.UTF-8"], cwd=self.folder, check=True, capture_output=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """The address of one database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def database(self, name: str) -> str:
        """Make a database and return its address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def start(self) -> None:
        """Start the server and wait until it answers; after a kill it recovers first."""
        said = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=100"]
        command = [*self._as, str(BIN / "postgres"), "-D", "data", "-p", str(self.port), *said]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.url("postgres")):
                return
            time.sleep(0.05)
        raise RuntimeError((self.folder / "log").read_text(errors="replace")[-500:])

    def kill(self) -> int:
        """Kill the server and every process of it with SIGKILL; return how many there were."""
        if self.process is None:
            return 0
        pids = [self.process.pid, *_children(self.process.pid)]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        while any(Path(f"/proc/{pid}").exists() and not _is_dead(pid) for pid in pids):
            time.sleep(0.01)
        self.process = None
        return len(pids)


def _children(parent: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                    yield int(entry.name)


def _is_dead(pid: int) -> bool:
    """Whether a process is gone, or only waits to be counted out by its parent."""
    with contextlib.suppress(OSError):
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True
