"""The documentation does what it says: its Python runs, its commands run, its generated pages are fresh."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import shlex
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pandas as pd
import pyogrio
import pytest

import planner
from planner.cli import main as cli
from planner.cli.main import VERBS
from planner.outputs.columns import ranking_columns
from planner.outputs.policy_files import write_policy
from planner.policy import load_policy
from tests.source_tree import ROOT

README = (ROOT / "README.md").read_text("utf8")
GUIDE = sorted(f"docs/user_guide/{file.name}" for file in (ROOT / "docs" / "user_guide").glob("*.md"))
WITH_COMMANDS = "\nplanner "
PAGES = [p for p in ("README.md", *GUIDE, "docs/policy.md") if WITH_COMMANDS in (ROOT / p).read_text("utf8")]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of one language on a page."""
    return [body for name, body in FENCE.findall((ROOT / page).read_text("utf8")) if name == language]


def commands(page: str) -> list[list[str]]:
    """Every ``planner ...`` line of a page as words, comments left out."""
    lines = [line for block in blocks(page, "bash") for line in block.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("planner ")]


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    """docs/build.py as a module."""
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the guide describes it: ``data``, and a ledger with boundaries that a bureau might bring."""
    folder = tmp_path_factory.mktemp("office")
    (folder / "data").symlink_to(ROOT / "data")
    ledger = pd.read_csv(ROOT / "data" / "compounds.csv", dtype=str, keep_default_na=False).head(40)
    labels = load_policy().fields("compounds")["label_zh"]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([labels.get(name, name) for name in ledger.columns])
    for row in ledger.itertuples(index=False):
        sheet.append(list(row))
    book.save(folder / "台账.xlsx")
    survey = f"小区编码,户数,调查日期\n{ledger['compound_id'][0]},{int(ledger['households'][0]) + 1},2026-11-01\n"
    (folder / "踏勘.csv").write_text(survey, "utf8")
    outlines = pyogrio.read_dataframe(ROOT / "data" / "geo" / "district.gpkg", layer="compounds")
    pyogrio.write_dataframe(outlines, folder / "边界.gpkg", layer="compounds")
    write_policy(load_policy(), folder / "试算规则")  # as the page 评分规则 gives it, unpacked
    return folder


def test_the_first_thirty_lines_of_the_readme() -> None:
    head = "\n".join(README.splitlines()[:30])
    assert "docs/img/overview.png" in head
    assert (ROOT / "docs/img/overview.png").stat().st_size > 20_000
    assert "./run.sh" in head
    assert "./test.sh" in head
    assert len(blocks("README.md", "python")[0].splitlines()) == 5
    assert "```python" in head


def test_the_python_of_the_readme_prints_three_compounds_with_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(blocks("README.md", "python")[0], "README.md", "exec"), {})
    lines = said.getvalue().strip().splitlines()
    assert len(lines) == 4
    assert all(re.search(r"[\u4e00-\u9fff]{2,}.*；", line) for line in lines[1:])


def test_the_python_of_the_policy_page_lists_who_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    held: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(blocks("docs/policy.md", "python")[0], "policy.md", "exec"), held)
    assert held["tried"].policy.criteria.at["n2", "weight_screen"] == 40
    assert held["compare"](held["official"], held["tried"], first=30, places=5).counts["moved"] > 0


DEAR = ("docs/user_guide/snapshot.md", "docs/user_guide/survey_forms.md")
"""Pages whose commands draw many sheets of paper: under ./test.sh --full."""


@pytest.mark.parametrize("page", [pytest.param(p, marks=pytest.mark.slow) if p in DEAR else p for p in PAGES])
def test_the_commands_of_the_pages_run(
    page: str, office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(office)
    todo = commands(page)
    assert todo
    if not (office / "我们区").exists():
        todo = [commands("README.md")[0], *todo]
    for words in todo:
        code = cli.main(words)
        said = capsys.readouterr()
        assert code == 0 or (words[0] == "check" and code == 1), f"planner {shlex.join(words)}\n{said.err}"
        if "--out" in words:
            assert (office / words[words.index("--out") + 1]).exists()


def test_every_verb_is_used_on_a_page() -> None:
    assert {words[0] for page in PAGES for words in commands(page)} == set(VERBS)


@pytest.mark.parametrize("name", ["commands.md", "data_dictionary.md"])
def test_generated_pages_are_fresh(pages: ModuleType, name: str) -> None:
    written = (ROOT / "docs" / name).read_text("utf8")
    assert written == pages.PAGES[name](), f"docs/{name} lags behind the program: run python docs/build.py"


def test_every_field_and_result_column_is_documented() -> None:
    text = (ROOT / "docs" / "data_dictionary.md").read_text("utf8")
    policy = load_policy()
    names = [*policy.columns["field"], *ranking_columns(policy)]
    assert len(names) > 200
    assert [name for name in names if f"| `{name}` |" not in text] == []
    assert [table for table in policy.columns["table"].unique() if f"### {table}：" not in text] == []


def test_every_verb_and_option_is_documented() -> None:
    text = (ROOT / "docs" / "commands.md").read_text("utf8")
    parser = cli.build_parser(cli.load_verbs())
    for verb, below in parser.verb_parsers().items():
        section = text.split(f"## planner {verb}\n")[1].split("\n## ")[0]
        options = [option for action in below._actions for option in action.option_strings if option.startswith("--")]
        assert [option for option in options if f"`{option}" not in section] == [], verb
        assert [name for name in below.verb_parsers() if f"## planner {verb} {name}\n" not in text] == []


def test_links_between_the_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
    links = [(p, link) for p in pages for link in re.findall(r"\]\(([^)#]+)\)", p.read_text("utf8"))]
    broken = [f"{p.name}: {k}" for p, k in links if not k.startswith("https://keepa") and not (p.parent / k).exists()]
    assert broken == []


def test_the_public_names_exist_and_are_complete() -> None:
    assert sorted(planner.__all__) == sorted(planner._PUBLIC)
    assert all(callable(getattr(planner, name)) for name in planner.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = planner.nothing
