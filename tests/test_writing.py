"""Results appear whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from planner.cli.writing import replacing, replacing_folder
from planner.errors import CallError
from tests.source_tree import ROOT


def test_a_file_appears_when_the_block_ends_well(tmp_path: Path) -> None:
    target = tmp_path / "new" / "ranking.csv"
    with replacing(target) as path:
        path.write_text("half")
        assert not target.exists()
        assert path.parent == target.parent
        assert path.suffix == ".csv"
    assert target.read_text() == "half"
    assert os.listdir(target.parent) == ["ranking.csv"]


@pytest.mark.parametrize("ending", [KeyboardInterrupt, ValueError, SystemExit])
def test_a_file_stays_as_it_was_when_the_block_fails(tmp_path: Path, ending: type[BaseException]) -> None:
    target = tmp_path / "ranking.csv"
    target.write_text("before")
    with pytest.raises(ending), replacing(target) as path:
        path.write_text("half")
        raise ending
    assert target.read_text() == "before"
    assert os.listdir(tmp_path) == ["ranking.csv"]


def test_a_folder_in_place_of_the_file_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="文件夹"), replacing(tmp_path):
        pass


def test_a_folder_is_replaced_whole_and_keeps_its_own_policy_and_governance(tmp_path: Path) -> None:
    target = tmp_path / "district"
    (target / "policy").mkdir(parents=True)
    (target / "policy" / "settings.csv").write_text("ours")
    (target / "compounds.csv").write_text("old")
    (target / "geo").mkdir()
    (target / "governance").mkdir()
    (target / "governance" / "meetings.csv").write_text("minutes")
    with replacing_folder(target) as folder:
        (folder / "compounds.csv").write_text("new")
        assert (target / "compounds.csv").read_text() == "old"
    assert (target / "compounds.csv").read_text() == "new"
    assert (target / "policy" / "settings.csv").read_text() == "ours"
    assert (target / "governance" / "meetings.csv").read_text() == "minutes"
    assert not (target / "geo").exists()
    assert os.listdir(tmp_path) == ["district"]


def test_a_folder_with_other_things_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_text("x")
    with pytest.raises(CallError, match="holiday"), replacing_folder(tmp_path):
        pass
    assert (tmp_path / "holiday.jpg").exists()


def test_a_failed_folder_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), replacing_folder(tmp_path / "district") as folder:
        (folder / "compounds.csv").write_text("half")
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []


def test_the_current_folder_by_its_short_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with replacing(Path("ranking.csv")) as path:
        path.write_text("x")
    assert os.listdir(tmp_path) == ["ranking.csv"]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_process_leaves_no_half_result(tmp_path: Path, sent: signal.Signals) -> None:
    body = """
        import pathlib, sys, time
        import planner.cli.main as main
        from planner.cli.writing import replacing
        class Slow:
            @staticmethod
            def add_parser(subparsers):
                subparsers.add_parser("slow")
            @staticmethod
            def run(args):
                with replacing(pathlib.Path("out.csv")) as path:
                    path.write_text("half"), print("ready", flush=True), time.sleep(30)
        main.load_verbs = lambda words: {"slow": Slow}
        sys.argv[1:] = ["slow"]
        import runpy
        runpy.run_module("planner", run_name="__main__")
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(body)], cwd=tmp_path, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(sent)
    start = time.monotonic()
    _, said = process.communicate(timeout=20)
    assert time.monotonic() - start < 10
    assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}[sent]
    assert os.listdir(tmp_path) == []
    assert ("已中断" in said) == (sent == signal.SIGINT)
