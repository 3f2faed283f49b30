"""The robustness trials: each kind once or a few times, that they see what they look for, and that they go on."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from planner.store.connection import Store
from tests.stores import cell, change

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def trials() -> Iterator[SimpleNamespace]:
    """The modules of the benchmark."""
    sys.path.insert(0, str(FOLDER))
    import robust_disk
    import robust_files
    import robust_found
    import robust_kills
    import robust_sequences
    import robust_users
    import robustness

    yield SimpleNamespace(
        main=robustness, found=robust_found, files=robust_files, kills=robust_kills, disk=robust_disk,
        users=robust_users, sequences=robust_sequences,
    )  # fmt: skip
    sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module")
def folder(trials: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the store that most trials begin with, made once."""
    place = tmp_path_factory.mktemp("robust")
    trials.found.filled_file(place)
    return place


def test_a_killed_client_loses_nothing(trials: SimpleNamespace, folder: Path) -> None:
    found = trials.kills.clients(1, range(1), folder)
    assert (found.failures, found.notes["kills"], found.notes["lost"]) == ([], 1, 0)


def test_a_torn_log_leaves_whole_batches(trials: SimpleNamespace, folder: Path) -> None:
    found = trials.disk.torn(1, range(3), folder)
    assert found.failures == []
    assert sum(found.notes.get(way, 0) for way in trials.disk.WAYS) == 3


def test_a_full_disk_is_refused_both_ways(trials: SimpleNamespace, folder: Path) -> None:
    found = trials.disk.full(1, range(2), folder)
    assert (found.failures, found.notes["refused"], found.notes["valid afterwards"]) == ([], 2, 2)
    assert found.notes["by max_page_count"] == found.notes["by RLIMIT_FSIZE"] == 1


def test_hostile_files_are_used_or_refused(trials: SimpleNamespace, folder: Path) -> None:
    found = trials.files.fuzz(4490, range(8), folder)
    assert found.failures == []
    assert found.notes["refused"] + found.notes["used in part or whole"] == 8


def test_an_unhandled_error_is_a_failure_with_its_number(
    trials: SimpleNamespace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials.files, "check_usable", lambda *_: 1 / 0)
    found = trials.files.fuzz(4490, range(7, 8), folder)
    assert found.notes["unhandled"] == 1
    assert found.failures[0].startswith("7: ZeroDivisionError")


def test_a_lost_and_a_half_batch_are_seen(trials: SimpleNamespace, file_store: Store) -> None:
    lost = trials.found.Found()
    trials.found.judge(lost, 3, file_store, {2})
    assert (lost.failures, lost.notes["lost"]) == (["3: lost batches [2]"], 1)
    change(file_store, cell("A1", "note", "half"))
    half = trials.found.Found()
    trials.found.judge(half, 4, file_store, {2})
    assert half.notes["half"] == 1
    whole = trials.found.Found()
    change(file_store, *[cell(row, "note", "whole") for row in ("A1", "A2", "B10", "B9")])
    trials.found.judge(whole, 5, file_store, {2, 3})
    assert whole.failures == []



def test_a_level_goes_on_where_it_was_stopped(
    trials: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[range] = []

    def run(_: int, numbers: range, folder: Path) -> object:
        assert folder.is_dir()
        ran.append(numbers)
        found = trials.found.Found()
        if 3 in numbers:
            found.fail(3, "seen")
        return found

    trial = trials.main.Trial("files", "files", {"ci": 5, "release": 5}, 2, run, "0")
    monkeypatch.setattr(trials.main, "TRIALS", (trial,))
    state = ["--state", str(tmp_path), "--only", "files"]
    assert trials.main.main([*state, "--count", "2"]) == 0
    assert trials.main.main([*state]) == 1
    assert ran == [range(2), range(2, 4), range(4, 5)]
    assert trials.main.main([*state, "--sum"]) == 1
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (told["trials"][0]["done"], told["trials"][0]["failures"]) == (5, ["3: seen"])
    assert trials.main.main([*state, "--first", "4", "--count", "9", "--minutes", "0"]) == 1


@pytest.mark.slow
def test_a_killed_server_loses_nothing(trials: SimpleNamespace, tmp_path: Path) -> None:
    found = trials.kills.servers(1, range(1), tmp_path)
    assert found.failures == []


@pytest.mark.slow
def test_twenty_users_have_no_error(trials: SimpleNamespace, tmp_path: Path) -> None:
    found = trials.users.on_file(1, range(4), tmp_path)
    assert (found.failures, found.notes["errors"]) == ([], 0)


@pytest.mark.slow
def test_a_hot_backup_is_whole(trials: SimpleNamespace, tmp_path: Path) -> None:
    found = trials.disk.backups(1, range(2), tmp_path)
    assert (found.failures, found.notes["restored"]) == ([], 2)


@pytest.mark.slow
def test_sequences_of_steps(trials: SimpleNamespace, tmp_path: Path) -> None:
    found = trials.sequences.run(1, range(2), tmp_path)
    assert found.failures == []
    assert found.notes["steps"] >= 2 * trials.sequences.STEPS
