"""``planner sheet``: files of three kinds, extent and street from the call, wrong calls."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from planner.cli import main as cli
from tests.source_tree import ROOT

DISTRICT = ["sheet", "--district", str(ROOT / "data"), "--as-of", "2026-11-20", "--paper", "A4"]


def _words(file: Path) -> str:
    return " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", file.read_text("utf8")))


def test_a_street_on_a_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "street.svg"
    assert cli.main([*DISTRICT, "--street", "清溪街道", "--theme", "need", "--out", str(out), "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["files"] == {"sheet": str(out)}
    assert "清溪街道：小区（院落）38个" in _words(out)
    assert "需求分" in _words(out)


def test_an_extent_portrait(tmp_path: Path) -> None:
    out = tmp_path / "part.pdf"
    assert cli.main([*DISTRICT, "--portrait", "--bbox", "113.975,39.395,113.985,39.405", "--out", str(out)]) == 0
    assert b"/MediaBox [ 0 0 595" in out.read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        ["--out", "a.gif"],
        ["--out", "a.pdf", "--bbox", "1,2,3"],
        ["--out", "a.pdf", "--bbox", "114,39,113,40"],
        ["--out", "a.pdf", "--street", "没有的街道"],
    ],
)
def test_wrong_calls(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main([*DISTRICT, *words]) == 2
    assert not list(tmp_path.iterdir())
