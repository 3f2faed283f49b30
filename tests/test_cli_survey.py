"""`planner survey check` from the command line, on the demo district and on the real files of ../shared."""

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from planner.cli.main import main
from planner.district.load import read_district
from planner.district.survey.survey_file import STATUSES
from planner.district.write import write_district
from tests.builders import make_district, shared_policy
from tests.survey_files import ledger, read

SHARED = Path(os.environ.get("PLANNER_SHARED", "../shared")) / "data"


@pytest.fixture(autouse=True)
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "memory"
    monkeypatch.setenv("PLANNER_VAR", str(folder))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A district folder with the ledger of the survey tests."""
    place = tmp_path / "district"
    write_district(ledger(), place)
    return place


def check(folder: Path, content: str | Path, *words: object) -> int:
    """Run `planner survey check` on a file with this content."""
    path = content if isinstance(content, Path) else folder.parent / "踏勘.csv"
    if isinstance(content, str):
        path.write_text(content, "gb18030")
    return main(["survey", "check", str(path), "--district", str(folder), "--as-of", "2026-11-20", *map(str, words)])


def summary(capsys: pytest.CaptureFixture[str], folder: Path, content: str | Path, *words: object) -> dict[str, Any]:
    capsys.readouterr()
    check(folder, content, "--json", *words)
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    assert sum(found["rows"].values()) == found["records"]
    assert list(found["rows"]) == list(STATUSES)
    return found


def test_a_good_file_is_told_in_words_and_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "compounds.csv").read_bytes()
    assert check(folder, "小区编码,户数,调查日期\nC1,110,2026-05-01\nC3,12,2026-05-01\n") == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "共3行——采用2行、表头1行" in said.err
    assert "可入库2，与台账相同0" in said.err
    assert "入库后：" in said.err
    assert (folder / "compounds.csv").read_bytes() == before


def test_mistakes_are_told_with_row_and_column_and_come_as_files(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problems, wrong = tmp_path / "problems.csv", tmp_path / "wrong.csv"
    text = "小区编码,户数,调查日期\nC1,很多,2026-05-01\nC2,999,2026-05-01\n"
    assert check(folder, text, "--problems", problems, "--correct", wrong) == 1
    assert "第2行“户数”的“很多”不是数" in capsys.readouterr().err
    table = pd.read_csv(problems, dtype=str)
    assert table["rule"].tolist() == ["survey.cell.number", "survey.held.large"]
    assert pd.read_csv(wrong, dtype=str)["行号（原文件）"].tolist() == ["2", "3"]
    assert check(folder, text, "--accept-large", "--correct", wrong, "--lang", "en") == 1
    assert pd.read_csv(wrong, dtype=str)["Line in the file"].tolist() == ["2"]


def test_a_refused_file_says_why_and_exits_with_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = summary(capsys, folder, "村,户数\n东,5\n")
    assert (found["refused"], found["rows"]["refused"], found["cells"]) == (True, 1, {})
    assert check(folder, "村,户数\n东,5\n") == 1
    assert "整个文件没有采用" in capsys.readouterr().err


def test_a_hand_is_remembered_for_the_same_headers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "小区编码,住户\nC1,105\n"
    assert summary(capsys, folder, text)["cells"]["apply"] == 0
    assert summary(capsys, folder, text, "--map", "住户=households")["cells"]["apply"] == 1
    assert summary(capsys, folder, text)["cells"]["apply"] == 1


def test_the_effect_is_part_of_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "other"
    row = {
        "compound_id": "K1",
        "name": "甲院",
        "built_year_min": 1988,
        "built_year_max": 1988,
        "households": 48,
        "units_n": 4,
    }
    row |= {"access_ctrl_units": 0, "property_status": "社区托管", "custodian_type": "无", "perimeter_closable": "可"}
    write_district(make_district([row]), place)
    found = summary(capsys, place, "小区编码,管护责任主体,管护文件\nK1,社区,管护承诺书\n")
    assert found["effect"]["enters"] == ["K1"]
    assert found["effect"]["cost_now_change"] > 0


def test_defaults_and_wrong_calls(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(folder, "小区编码,户数\nC1,105\n", "--date", "2026-05-01", "--surveyor", "甲") == 0
    assert check(folder, "小区编码,户数\nC1,105\n", "--date", "1/5/2026") == 2
    assert check(folder, "小区编码,户数\nC1,105\n", "--map", "没有=户数") == 2
    assert check(folder, folder.parent / "none.csv") == 1
    assert check(folder / "nowhere", "小区编码\n") == 2
    assert "none.csv" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(["survey"])
    assert stopped.value.code == 2


@pytest.mark.needs_shared
@pytest.mark.parametrize("name", sorted(path.name for path in (SHARED / "safi_survey").glob("*.csv")))
def test_the_safi_survey_is_accounted_for(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """131 rows of farms: nothing of it is a compound, and each row says so."""
    path = SHARED / "safi_survey" / name
    found = summary(capsys, folder, path)
    assert (found["refused"], found["rows"]["refused"], found["rows"]["header"]) == (True, 131, 1)
    village = next(c for c in pd.read_csv(path, nrows=0).columns if c.endswith("village"))
    day = next(c for c in pd.read_csv(path, nrows=0).columns if c.endswith("interview_date"))
    named = read(path.read_bytes(), by_hand={village: "name", day: "-"})
    assert named.counts["proposal"] + named.counts["repeated"] == 131
    assert len(named.proposals) == named.counts["proposal"]
    dated = summary(capsys, folder, path, "--map", f"{village}=name", "--map", f"{day}=surveyed_on")
    assert dated["rows"]["refused"] + dated["rows"]["proposal"] == 131
    told = [p for p in dated["problems"] if p["rule"] == "survey.date"]
    assert len(told) == dated["rows"]["refused"] > 100
    assert all(p["row"] and p["column"] == day and "不是可靠的日期" in p["message"] for p in told)


@pytest.mark.needs_shared
@pytest.mark.parametrize("name", ["real_compounds.csv", "real_compounds_gb18030.csv"])
def test_the_real_ledger_comes_back(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Read against the district that it makes itself: every cell equal, the ranges of fees named by row and column."""
    place = tmp_path / "real"
    table = SHARED / "real_district" / "real_compounds.csv"
    assert main(["import", "--table", str(table), "--out", str(place)]) == 0
    found = summary(capsys, place, SHARED / "real_district" / name)
    assert (found["records"], found["rows"]["header"]) == (762, 1)
    assert found["rows"]["used"] + found["rows"]["partly"] + found["rows"]["nothing"] == 761
    assert (found["cells"]["apply"], found["cells"]["held"]) == (0, 0)
    assert found["cells"]["same"] > 4000
    errors = [p for p in found["problems"] if p["severity"] == "error"]
    assert {(p["rule"], p["column"]) for p in errors} == {("survey.cell.range", "物业费")}
    assert found["rows"]["partly"] == len(errors) == 22
    assert len(read_district(place, shared_policy()).compounds) == 761


def test_the_helper_files_stay_good() -> None:
    assert read("小区编码\nC1\n").counts["nothing"] == 1
