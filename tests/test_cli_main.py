"""The command line as a whole: help in two languages, every ending its exit code, progress, the date."""

from __future__ import annotations

import argparse
import datetime as dt
import re
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unicodedata import east_asian_width

import pytest

from planner.cli import main as cli
from planner.cli import terminal
from planner.cli.inputs import read_policy, resolve_as_of
from planner.cli.main import VERBS
from planner.cli.parser import Parser, help_text, language_of, language_option
from planner.cli.terminal import progress, report_error
from planner.errors import CallError, InputError, join_problems, problem
from planner.policy import load_policy, with_settings
from planner.text import t


def _verb(ending: BaseException | None = None, code: int = 0) -> Any:
    def add_parser(subparsers: Any) -> None:
        subparsers.add_parser("work", help=help_text("cli.score.help")).add_argument("--size", type=int)

    def run(_args: argparse.Namespace) -> int:
        if ending is not None:
            raise ending
        return code

    return SimpleNamespace(add_parser=add_parser, run=run)


def _main(monkeypatch: pytest.MonkeyPatch, verb: Any, *words: str) -> int:
    monkeypatch.setattr(cli, "load_verbs", lambda _words=(): {"work": verb})
    return cli.main(["work", *words])


@pytest.mark.parametrize(
    ("ending", "code", "said"),
    [
        (None, 0, ""),
        (InputError("台账缺少小区名称，请补上"), 1, "台账缺少小区名称，请补上"),
        (CallError("没有这个阶段"), 2, "没有这个阶段"),
        (KeyboardInterrupt(), 130, "已中断"),
        (PermissionError(13, "Permission denied", "ranking.csv"), 1, "ranking.csv"),
    ],
)
def test_every_ending_has_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ending: Any, code: int, said: str
) -> None:
    assert _main(monkeypatch, _verb(ending)) == code
    out, err = capsys.readouterr()
    assert said in err
    assert out == ""


def test_a_fault_of_the_program_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError):
        _main(monkeypatch, _verb(ZeroDivisionError()))


def test_an_error_is_said_in_the_language_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = InputError(t("cli.error.nothing_usable"), problem("P03", file="a.csv", row=3, column="户数", value="x"))
    assert _main(monkeypatch, _verb(error), "--lang", "en") == 1
    err = capsys.readouterr().err
    assert err.startswith("Not one compound is usable")
    assert "a.csv, row 3" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--size", "x"], "--size 的值 'x' 写法不对"),
        (["--siz", "3"], "不认识 --siz 3"),
        (["more"], "不认识 more"),
        (["--size"], "--size 后面没有值"),
        (["--lang", "fr"], "--lang 不能是 'fr'，可选"),
    ],
)
def test_a_wrong_call_is_exit_2_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as leaving:
        _main(monkeypatch, _verb(), *words)
    assert leaving.value.code == 2
    err = capsys.readouterr().err
    assert "命令写法有误" in err
    assert said in err
    assert err.startswith("用法  usage: planner ")


def test_no_verb_prints_the_help_and_is_exit_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "load_verbs", lambda _words=(): {"work": _verb()})
    assert cli.main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(r"work\s+评分并列出建议次序\s+score and list", err)


def test_help_is_wrapped_to_the_width_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    for parser in _every_parser().values():
        for line in parser.format_help().splitlines():
            assert sum(2 if east_asian_width(c) in "WF" else 1 for c in line) <= 60 or "--" in line, line


def test_the_language_is_known_before_the_call_is_understood() -> None:
    assert language_of(["score", "--lang", "en", "--wrong"]) == "en"
    assert language_of(["--lang=en"]) == "en"
    assert language_of(["score", "--lang", "fr"]) == "zh"
    assert language_of(["--lang"]) == "zh"


def test_a_language_before_the_verb_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    verb = _verb()
    verb.run = lambda args: seen.append(args.lang) or 0
    monkeypatch.setattr(cli, "load_verbs", lambda _words=(): {"work": verb})
    for words in (["--lang", "en", "work"], ["work", "--lang", "en"], ["work"]):
        cli.main(words)
    assert seen == ["en", "en", "zh"]


def test_the_language_option_is_added_once() -> None:
    parser = Parser(prog="x")
    language_option(parser)
    language_option(parser)
    assert parser.parse_args(["--lang", "en"]).lang == "en"


def _every_parser() -> dict[str, argparse.ArgumentParser]:
    parser = cli.build_parser(cli.load_verbs())
    return {"planner": parser, **parser.verb_parsers()}


def test_every_verb_below_a_verb_has_help_in_both_languages() -> None:
    nested = {v: p.verb_parsers() for v, p in cli.build_parser(cli.load_verbs()).verb_parsers().items()}
    assert set(nested["store"]) >= {"verify", "backup", "restore", "export"}
    bare = [
        f"{verb} {name} {action.option_strings or action.dest}"
        for verb, below in nested.items()
        for name, parser in below.items()
        for action in parser._actions
        if not re.search(r"[\u4e00-\u9fff].*  .*[A-Za-z]{2}", str(action.help), re.DOTALL)
    ]
    assert bare == []


def test_every_verb_and_option_has_help_in_both_languages() -> None:
    parsers = _every_parser()
    assert list(parsers)[1:] == list(VERBS)
    bare = [
        f"{verb} {action.option_strings or action.dest}"
        for verb, parser in parsers.items()
        for action in parser._actions
        if action.option_strings and not re.search(r"[\u4e00-\u9fff].*  .*[A-Za-z]{2}", str(action.help), re.DOTALL)
    ]
    assert bare == []
    for verb, parser in parsers.items():
        assert re.search(r"[\u4e00-\u9fff].*  .*[A-Za-z]{2}", str(parser.description), re.DOTALL), verb
        assert parser.format_help()


@pytest.mark.parametrize("text", ["2026-11-20", "today"])
def test_today_is_resolved_here_and_a_date_stays(text: str) -> None:
    policy = with_settings(load_policy(), as_of=text)
    expected = dt.date.today() if text == "today" else dt.date(2026, 11, 20)
    assert resolve_as_of(None, policy) == expected
    assert resolve_as_of("2025-01-02", policy) == dt.date(2025, 1, 2)


@pytest.mark.parametrize("text", ["20.11.2026", "2026-13-01", "tomorrow"])
def test_a_date_that_is_none_is_a_wrong_call(text: str) -> None:
    with pytest.raises(CallError, match=re.escape(text)):
        resolve_as_of(text, load_policy())


def test_a_district_brings_its_own_rules(tmp_path: Path) -> None:
    assert read_policy(tmp_path, None).version == load_policy().version
    own = tmp_path / "policy"
    own.mkdir()
    settings = (load_policy().folder / "settings.csv").read_text("utf-8-sig")
    (own / "settings.csv").write_text(settings.replace("band_first,60", "band_first,70"), "utf8")
    assert read_policy(tmp_path, None).number("band_first") == 70
    assert read_policy(tmp_path, load_policy().folder).number("band_first") == 60
    with pytest.raises(CallError, match="absent"):
        read_policy(tmp_path / "absent", None)
    with pytest.raises(CallError, match="absent"):
        read_policy(tmp_path, tmp_path / "absent")


def test_short_work_is_silent_and_long_work_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terminal, "QUIET_SECONDS", 0.05)
    with progress("cli.progress.check", "zh"):
        pass
    assert capsys.readouterr().err == ""
    with progress("cli.progress.check", "zh"):
        time.sleep(0.3)
    err = capsys.readouterr().err
    assert "正在核对……已用0秒" in err
    assert re.search(r"正在核对，完成，用时0\.\d秒", err)


def test_progress_ends_with_the_work_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="x"), progress("cli.progress.check", "zh"):
        raise ValueError("x")
    assert capsys.readouterr().err == ""


def test_a_long_list_of_problems_is_cut_and_errors_come_first(capsys: pytest.CaptureFixture[str]) -> None:
    many = [problem("P08", severity="warning", file=f"{n}.csv", folder="f") for n in range(30)]
    report_error(InputError("坏", join_problems([*many, problem("P08", file="last.csv", folder="f")])), "zh")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "坏"
    assert "last.csv" in lines[1]
    assert len(lines) == 22
    assert "另有11处" in lines[-1]
