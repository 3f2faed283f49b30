"""The store on the command line: filled, changed, undone, verified, backed up, restored, read by the other verbs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from planner.cli import main as cli
from planner.store.place import as_place

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run one command line; exit code, standard output, standard error."""

    def call(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def place(filled_file: Path, tmp_path: Path) -> Path:
    """A store file of the small district."""
    return Path(shutil.copyfile(filled_file, tmp_path / "planner.gpkg"))


def test_filled_verified_and_given_out(run: Run, small_district: Path, tmp_path: Path) -> None:
    place = tmp_path / "new" / "planner.gpkg"
    code, _, err = run("store", "seed", "--district", small_district, "--store", place, "--by", "甲")
    assert (code, "12行" in err) == (0, True)
    code, out, err = run("store", "verify", "--store", place, "--json")
    assert (code, json.loads(out), "核验无误，共1批变更" in err) == (0, [], True)
    assert run("store", "export", "--store", place, "--out", tmp_path / "out")[0] == 0
    written = {p.relative_to(tmp_path / "out"): p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert written == {p.relative_to(small_district): p.read_bytes() for p in small_district.rglob("*") if p.is_file()}
    assert run("store", "seed", "--district", small_district, "--store", place)[0] == 2


def test_one_value_set_its_history_and_its_undo(run: Run, place: Path) -> None:
    words = ("--source", "电话", "--date", "2026-11-20", "--by", "王", "--store", place)
    code, _, err = run("survey", "set", "A1", "户数", "约90户", *words)
    assert (code, "第2批：1行、1处" in err) == (0, True)
    _, out, _ = run("survey", "log", "--id", "A1", "--field", "households", "--json", "--store", place)
    last = json.loads(out)[-1]
    assert {k: last[k] for k in ("actor", "old", "new", "surveyed_on", "source", "reason")} == {
        "actor": "王", "old": "80", "new": "90", "surveyed_on": "2026-11-20", "source": "电话", "reason": "电话",
    }  # fmt: skip
    assert run("survey", "undo", "2", "--store", place, "--by", "王")[0] == 0
    _, out, _ = run("survey", "log", "--store", place)
    assert [line.split(",")[1] for line in out.splitlines()] == ["kind", "seed", "set", "undo"]
    _, out, _ = run("survey", "log", "--batch", "3", "--store", place)
    assert "households,90,80" in out


def test_undo_names_what_was_changed_since(run: Run, place: Path) -> None:
    for value in ("90", "95"):
        run("survey", "set", "A1", "households", value, "--source", "电话", "--store", place)
    code, _, err = run("survey", "undo", "2", "--store", place)
    assert code == 1
    assert "A1 households未撤销" in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("A1", "households", "许多"), 1, "许多"),
        (("A1", "households", "13800138000"), 1, "A1|households|1"),
        (("Z9", "households", "5"), 1, "Z9"),
        (("A1", "nothing", "5"), 2, "nothing"),
        (("A1", "households", "80"), 0, "没有需要写入的变更"),
        (("A1", "households", "5", "--date", "昨天"), 2, "昨天"),
    ],
)
def test_values_that_cannot_be_taken(run: Run, place: Path, words: tuple[str, ...], code: int, said: str) -> None:
    found, _, err = run("survey", "set", *words, "--source", "电话", "--store", place)
    assert found == code
    assert any(part in err for part in said.split("|"))
    assert "核验无误，共1批变更" in run("store", "verify", "--store", place)[2]


@pytest.mark.parametrize(
    ("field", "written", "text"),
    [
        ("built_year_min", "90年代", "90年代"),
        ("heating_type", "na", "na"),
        ("households", "#清空", ""),
        ("lpr", "有", "是"),
    ],
)
def test_values_are_stored_as_files_hold_them(run: Run, place: Path, field: str, written: str, text: str) -> None:
    run("survey", "set", "A1", field, written, "--source", "踏勘", "--store", place)
    _, out, _ = run("survey", "log", "--id", "A1", "--field", field, "--json", "--store", place)
    assert json.loads(out)[-1]["new"] == text
    code, _, _ = run("store", "export", "--store", place, "--out", place.parent / "out")
    ledger = pd.read_csv(place.parent / "out" / "compounds.csv", dtype=str, keep_default_na=False, index_col=0)
    assert code == 0
    assert (ledger.at["A1", field] if field in ledger.columns else "") == text


def test_a_point_moves_with_its_coordinates(run: Run, place: Path) -> None:
    run("survey", "set", "B10", "lon", "114.06", "--source", "踏勘", "--store", place)
    run("survey", "set", "A1", "lon", "114.06", "--source", "踏勘", "--store", place)
    fields = {}
    for row in ("B10", "A1"):
        _, out, _ = run("survey", "log", "--id", row, "--json", "--store", place)
        fields[row] = [change["field"] for change in json.loads(out) if change["batch"] > 1]
    assert fields == {"B10": ["geometry", "lon"], "A1": ["lon"]}


def test_backup_and_restore(run: Run, place: Path, tmp_path: Path) -> None:
    assert run("store", "backup", "--store", place, "--out", tmp_path / "copies" / "b.gpkg")[0] == 0
    run("survey", "set", "A1", "households", "90", "--source", "电话", "--store", place)
    code, _, err = run("store", "restore", tmp_path / "copies" / "b.gpkg", "--store", place)
    assert (code, "planner.before-restore.gpkg" in err) == (0, True)
    assert "共1批变更" in run("store", "verify", "--store", place)[2]


def test_a_fault_gives_exit_code_1(run: Run, place: Path) -> None:
    whole = place.read_bytes()
    place.write_bytes(whole.replace("约80户".encode(), "约81户".encode()))
    code, out, _ = run("store", "verify", "--store", place, "--json")
    assert code == 1
    assert json.loads(out)[0]["severity"] == "error"


def test_an_update_is_a_preview_until_it_is_applied(
    run: Run, place: Path, small_district: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(small_district, tmp_path / "copy")
    ledger = (copy / "compounds.csv").read_text("utf-8-sig")
    (copy / "compounds.csv").write_text(ledger.replace("丙", "丁"), encoding="utf-8-sig")
    _, _, err = run("store", "update", "--district", copy, "--store", place)
    assert "compounds B9 name：丙 → 丁" in err
    assert "尚未写入" in err
    assert "共1批变更" in run("store", "verify", "--store", place)[2]
    assert "第2批" in run("store", "update", "--district", copy, "--store", place, "--apply")[2]
    assert "没有不同" in run("store", "update", "--district", copy, "--store", place)[2]


def test_the_other_verbs_take_a_store(run: Run, place: Path, small_district: Path, tmp_path: Path) -> None:
    outs = {}
    for name, where in (("folder", small_district), ("store", place)):
        run("score", "--district", where, "--as-of", "2026-11-24", "--out", tmp_path / f"{name}.csv")
        checked = run("check", "--district", where, "--as-of", "2026-11-24")[1]
        outs[name] = [(tmp_path / f"{name}.csv").read_bytes(), checked]
    assert outs["folder"] == outs["store"]


@pytest.mark.parametrize("verb", [("store", "verify"), ("survey", "log")])
def test_what_is_no_store_is_said(run: Run, tmp_path: Path, verb: tuple[str, str]) -> None:
    code, _, err = run(*verb, "--store", tmp_path / "none.gpkg")
    assert (code, "不是台账库" in err) == (2, True)
    assert not (tmp_path / "none.gpkg").exists()


@pytest.mark.needs_postgres
def test_a_server_is_taken_like_a_file(run: Run, filled_database: str, tmp_path: Path) -> None:
    code, _, err = run("store", "verify", "--store", filled_database)
    assert (code, "核验无误" in err) == (0, True)
    assert run("score", "--district", filled_database, "--out", tmp_path / "ranking.csv")[0] == 0


def test_a_server_that_is_not_there_is_said_without_the_password(run: Run) -> None:
    code, _, err = run("store", "verify", "--store", "postgresql://me:secret@127.0.0.1:9/none?connect_timeout=2")
    assert code == 1
    assert "连不上" in err
    assert "secret" not in err


def test_places() -> None:
    assert as_place("postgresql://u@h/db") == "postgresql://u@h/db"
    assert as_place("var/planner.gpkg") == Path("var/planner.gpkg")


def test_a_verb_without_a_district_works_on_what_the_installation_has(
    run: Run, small_district: Path, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def name_of_b9() -> str:
        code, _, said = run("score", "--out", tmp_path / "r.csv")
        assert code == 0, said
        return str(pd.read_csv(tmp_path / "r.csv", dtype=str).set_index("compound_id").at["B9", "name"])

    run("survey", "set", "B9", "name", "丙苑", "--source", "电话", "--store", place, "--by", "张")
    monkeypatch.setenv("PLANNER_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("PLANNER_STORE", "none")
    with pytest.raises(SystemExit):
        run("score", "--out", tmp_path / "r.csv")
    monkeypatch.setenv("PLANNER_DISTRICT", str(small_district))
    assert name_of_b9() == "丙"
    monkeypatch.setenv("PLANNER_STORE", str(place))
    assert name_of_b9() == "丙苑", "the store goes before the folder"
    monkeypatch.delenv("PLANNER_STORE")
    monkeypatch.delenv("PLANNER_DISTRICT")
    (tmp_path / "var").mkdir()
    shutil.copyfile(place, tmp_path / "var" / "planner.gpkg")
    assert name_of_b9() == "丙苑", "the store of the pages"
