"""check, score, items and map on every kind of district: files, counts, JSON, exit codes, the same bytes twice."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.cli.main import main
from planner.district.district import District
from planner.district.write import write_district
from planner.policy import load_policy
from tests.builders import make_district
from tests.cases import case_7
from tests.joined import case_district, joined

AS_OF = "2026-11-23"
Capture = pytest.CaptureFixture[str]


def _unknown() -> District:
    return make_district([{"compound_id": f"U{n}", "name": f"小区{n}"} for n in range(3)])


def _excluded() -> District:
    return joined([case_7()])


DISTRICTS: dict[str, Callable[[], District]] = {
    "none": lambda: make_district([]),
    "one": lambda: make_district([{"compound_id": "A", "name": "独苗", "households": 20, "built_year_min": 1985}]),
    "all unknown": _unknown,
    "all excluded": _excluded,
    "points only": lambda: make_district([{"compound_id": "P", "name": "点", "lon": 118.05, "lat": 36.8}]),
    "cases": case_district,
}


@pytest.fixture(scope="module", params=list(DISTRICTS))
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every kind of district as a folder."""
    folder = tmp_path_factory.mktemp("district") / "d"
    folder.mkdir()
    write_district(DISTRICTS[request.param](), folder)
    return folder


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The acceptance cases as a folder."""
    folder = tmp_path_factory.mktemp("cases") / "d"
    folder.mkdir()
    write_district(case_district(), folder)
    return folder


def _run(capsys: Capture, *words: str | Path) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize(
    ("verb", "out"), [("score", "r.csv"), ("score", "r.gpkg"), ("items", "i.xlsx"), ("map", "m.html")]
)
def test_every_verb_works_on_every_district(folder: Path, verb: str, out: str, tmp_path: Path, capsys: Capture) -> None:
    code, said, told = _run(capsys, verb, "--district", folder, "--as-of", AS_OF, "--out", tmp_path / out)
    assert (code, said) == (0, "")
    assert (tmp_path / out).stat().st_size > 0
    assert "数据截至2026年11月23日" in told
    assert "小区（院落）" in told
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]


def test_check_works_on_every_district(folder: Path, capsys: Capture) -> None:
    code, said, told = _run(capsys, "check", "--district", folder, "--as-of", AS_OF, "--json", "--lang", "en")
    problems = json.loads(said)
    columns = ["severity", "file", "row", "column", "value", "rule", "message", "fix"]
    assert all(list(problem) == columns for problem in problems)
    assert code == int(any(problem["severity"] == "error" for problem in problems))
    assert "Checked:" in told


def test_check_says_the_same_as_csv_on_standard_output_and_in_a_file(
    cases: Path, tmp_path: Path, capsys: Capture
) -> None:
    words = ("check", "--district", cases, "--as-of", "2030-01-01")
    _, as_json, _ = _run(capsys, *words, "--json")
    _, as_csv, _ = _run(capsys, *words)
    _, nothing, _ = _run(capsys, *words, "--out", tmp_path / "p.csv")
    assert nothing == ""
    rows = list(csv.DictReader(io.StringIO(as_csv)))
    assert rows == list(csv.DictReader(io.StringIO((tmp_path / "p.csv").read_text("utf-8-sig"))))
    assert [row["rule"] for row in rows] == [problem["rule"] for problem in json.loads(as_json)]
    assert "D01" in {row["rule"] for row in rows}


def test_check_reports_a_broken_policy_as_rows(cases: Path, tmp_path: Path, capsys: Capture) -> None:
    criteria = (load_policy().folder / "criteria.csv").read_text("utf-8-sig")
    (tmp_path / "criteria.csv").write_text(criteria.replace("curve,safety_count", "curv,safety_count"), "utf8")
    code, said, told = _run(capsys, "check", "--district", cases, "--policy", tmp_path, "--json")
    assert code == 1
    first = json.loads(said)[0]
    assert (first["file"], first["row"], first["column"], first["value"]) == ("criteria.csv", 2, "kind", "curv")
    assert "错误" in told
    code, said, told = _run(capsys, "score", "--district", cases, "--policy", tmp_path, "--out", tmp_path / "r.csv")
    assert (code, said) == (1, "")
    assert "curve" in told
    assert not (tmp_path / "r.csv").exists()


def test_score_writes_the_programmes_beside_a_csv_and_says_so(cases: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "new" / "ranking.csv"
    words = ("score", "--district", cases, "--as-of", AS_OF, "--profile", "final", "--unused", "n7,d2", "--out", out)
    code, said, told = _run(capsys, *words, "--json")
    summary = json.loads(said)
    assert code == 0
    assert sorted(file.name for file in out.parent.iterdir()) == ["ranking.csv", "ranking_programmes.csv"]
    assert summary["compounds"] == 7 == sum(summary["states"].values())
    assert (summary["profile"], summary["unused"], summary["as_of"]) == ("final", ["n7", "d2"], AS_OF)
    assert summary["files"] == {"ranking": str(out), "programmes": str(out.with_name("ranking_programmes.csv"))}
    assert "本年度不采用的准则：n7、d2" in told
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    assert {row["n7_x"] for row in rows} == {"na"}
    assert {row["profile"] for row in rows} == {"final"}


def test_items_known_leaves_out_the_unknown(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    for name, more in (("all.csv", ()), ("known.csv", ("--known",))):
        assert _run(capsys, "items", "--district", folder, *more, "--out", tmp_path / name)[0] == 0
    everything, known = (
        list(csv.DictReader(io.StringIO((tmp_path / name).read_text("utf-8-sig")))) for name in ("all.csv", "known.csv")
    )
    assert known == [row for row in everything if row["deficit"]]


@pytest.mark.parametrize("out", ["r.csv", "r.xlsx", "r.gpkg"])
def test_two_runs_give_the_same_bytes(cases: Path, out: str, tmp_path: Path, capsys: Capture) -> None:
    for name in ("one", "two"):
        assert _run(capsys, "score", "--district", cases, "--as-of", AS_OF, "--out", tmp_path / name / out)[0] == 0
    files = sorted(file.name for file in (tmp_path / "one").iterdir())
    assert files == sorted(file.name for file in (tmp_path / "two").iterdir())
    assert all((tmp_path / "one" / f).read_bytes() == (tmp_path / "two" / f).read_bytes() for f in files)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("score", "--district", "absent", "--out", "r.csv"), "找不到区数据文件夹absent"),
        (("score", "--district", ".", "--out", "r.docx"), "扩展名可用：.csv"),
        (("items", "--district", ".", "--out", "r.gpkg"), "扩展名可用：.csv、.xlsx"),
        (("map", "--district", ".", "--out", "m.pdf"), ".html"),
        (("score", "--district", ".", "--as-of", "gestern", "--out", "r.csv"), "gestern"),
        (("score", "--district", ".", "--unused", "n1,zz", "--out", "r.csv"), "zz"),
        (("score", "--district", ".", "--policy", "absent", "--out", "r.csv"), "absent"),
    ],
)
def test_a_call_that_cannot_be_meant_is_exit_2(
    words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, told = _run(capsys, *words)
    assert (code, out) == (2, "")
    assert said in told
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_district_is_exit_1(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "d").mkdir()
    code, _, told = _run(capsys, "score", "--district", tmp_path / "d", "--out", tmp_path / "r.csv")
    assert code == 1
    assert told.strip()
    assert not (tmp_path / "r.csv").exists()


def test_a_place_that_cannot_be_written_is_said_with_its_path(cases: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "file").write_text("x")
    code, _, told = _run(capsys, "score", "--district", cases, "--out", tmp_path / "file" / "r.csv")
    assert code == 1
    assert "无法读写文件" in told
    assert str(tmp_path / "file") in told
