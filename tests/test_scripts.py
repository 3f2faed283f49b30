"""run.sh and its kin: they start from any folder with an empty home, and never open the page to others by accident."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.source_tree import ROOT

SCRIPTS = ("run.sh", "test.sh", ".ci/run")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(home: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(home), "PATH": os.environ["PATH"], **more}


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_sound_and_executable(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)
    subprocess.run(["bash", "-n", str(ROOT / name)], check=True)


def test_ci_only_calls_the_test_script() -> None:
    body = [line for line in (ROOT / ".ci/run").read_text().splitlines() if line and not line.startswith("#")]
    assert body == ["set -eu", 'cd -P "$(dirname "${BASH_SOURCE[0]}")/.."', "PLANNER_STRICT=1 exec ./test.sh --ci"]


@pytest.mark.parametrize("words", [["--server.address", "0.0.0.0"], ["--server.address=10.1.2.3"]])
def test_an_address_for_others_is_refused_without_trust(tmp_path: Path, words: list[str]) -> None:
    result = subprocess.run(
        [str(ROOT / "run.sh"), *words], env=_environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert "PLANNER_TRUSTED_LAN=1" in result.stderr
    assert "只能在本机打开" in result.stderr


@pytest.fixture
def started(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    """The page, started by run.sh through a link, from an empty folder, with an empty home directory."""
    port, link, log = _free_port(), tmp_path / "open.sh", tmp_path / "log"
    link.symlink_to(ROOT / "run.sh")
    (tmp_path / "home").mkdir()
    command = [str(link), "--server.port", str(port)]
    environment = _environment(tmp_path / "home", **request.param)
    with log.open("w") as said:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            start_new_session=True,
        )  # fmt: skip
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health", process, log)
            yield log.read_text(), port
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                assert answer.status == 200
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.25)
    pytest.fail(log.read_text())


def _bound_addresses(port: int) -> set[str]:
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {row[1].split(":")[0] for row in rows if int(row[1].split(":")[1], 16) == port and row[3] == "0A"}


@pytest.mark.parametrize("started", [{}], indirect=True)
def test_the_page_answers_on_this_computer_only(started: tuple[str, int]) -> None:
    said, port = started
    assert "Email" not in said
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        assert b"streamlit" in answer.read().lower()
    assert _bound_addresses(port) == {"0100007F"}


@pytest.mark.parametrize("started", [{"PLANNER_TRUSTED_LAN": "1"}], indirect=True)
def test_a_trusted_network_may_be_served(started: tuple[str, int]) -> None:
    assert _bound_addresses(started[1]) == {"00000000"}


def test_an_environment_is_made_once_and_mended_when_broken(tmp_path: Path) -> None:
    """A copy of run.sh with requirements that need no network: made, then left alone, then made anew when broken."""
    shutil.copy(ROOT / "run.sh", tmp_path)
    (tmp_path / "requirements.txt").write_text("pip\n")
    stamp, python = tmp_path / ".venv" / "installed-requirements.txt", tmp_path / ".venv" / "bin" / "python"

    def prepare() -> str:
        command = [str(tmp_path / "run.sh"), "--prepare"]
        result = subprocess.run(command, env=_environment(tmp_path), capture_output=True, text=True, check=True)
        return result.stderr

    assert "正在建立运行环境" in prepare()
    assert stamp.exists()
    assert prepare() == ""
    (tmp_path / "requirements.txt").write_text("pip\n# new\n")
    assert "正在安装" in prepare()
    python.unlink()
    python.write_text("#!/bin/sh\nexit 1\n")
    assert "正在建立运行环境" in prepare()
    assert prepare() == ""
