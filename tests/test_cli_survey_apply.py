"""`planner survey apply`, `conflicts` and `undo --preview`: a file goes in, what waits is settled, an undo is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from planner.store.connection import Store
from planner.store.heads import read_head
from planner.store.opening import open_store
from planner.store.state import table_state
from tests.stores import POLICY
from tests.test_cli_store import Run, place, run

__all__ = ["place", "run"]
ROWS = "小区编码,户数,监控路数,调查日期,调查人\nA1,900,12,2026-11-01,王\nB9,很多,3,2026-11-01,王\n"


@pytest.fixture(autouse=True)
def _own_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_VAR", str(tmp_path / "var"))


def opened(place: Path) -> Store:
    """The store, to look into."""
    return open_store(place, POLICY)


def test_a_file_goes_in_whole_or_in_part_and_once(run: Run, place: Path, tmp_path: Path) -> None:
    file = tmp_path / "踏勘.csv"
    file.write_text(ROWS, "gb18030")
    words = ("survey", "apply", file, "--store", place, "--who", "李", "--as-of", "2026-11-20", "--reason", "十一月")
    code, _, err = run(*words)
    assert (code, "有1处不能用、1格等待确定，整份没有入库" in err) == (1, True)
    code, out, err = run(*words, "--partial", "--json")
    told = json.loads(out)
    assert (code, told["batch"], told["cells"], told["held"], told["already"]) == (0, 2, 2, 1, False)
    assert "第3行“户数”的“很多”不是数" in err
    code, out, err = run(*words, "--partial", "--json")
    assert (code, json.loads(out)["already"], "已作为第2批入库" in err) == (0, True, True)
    code, out, _ = run("survey", "conflicts", "--district", place, "--json")
    held = json.loads(out)
    assert [(h["row_id"], h["field"], h["current"], h["incoming"], h["why"]) for h in held] == [
        ("A1", "households", "80", "900", "large")
    ]
    assert run("survey", "conflicts", "--store", place, "--take", "mine", "A1", "households")[0] == 2
    assert run("survey", "conflicts", "--store", place, "--take", "survey", "B9", "households")[0] == 2
    by = ("--store", place, "--by", "李")
    assert run("survey", "conflicts", *by, "--take", "survey", "A1", "households")[0] == 0
    store = opened(place)
    assert table_state(store, "compounds").loc["A1", ["households", "cctv_points"]].tolist() == ["900", "12"]
    assert read_head(store).batch == 3
    code, out, err = run("survey", "undo", "2", "--preview", "--store", place)
    assert (code, "可以撤销2格；0格" in err) == (0, True)
    assert "compounds,A1,cctv_points,12," in out
    assert read_head(store).batch == 3
    store.close()


def test_a_file_that_cannot_be_read_and_a_store_that_is_not_there(run: Run, place: Path, tmp_path: Path) -> None:
    file = tmp_path / "坏.csv"
    file.write_text("村,户数\n东,5\n", "utf-8")
    assert run("survey", "apply", file, "--store", place, "--partial")[0] == 1
    assert run("survey", "apply", file, "--store", tmp_path / "none.gpkg", "--partial")[0] == 2
