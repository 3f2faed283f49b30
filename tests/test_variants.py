"""Named variants on disk: what was kept comes back, nothing is lost, one damaged file does not hide the others."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decisions.trial_rules import TrialRules, official_rules, set_weight, with_cells
from planner.errors import InputError
from planner.store import variants
from planner.store.variants import Variant, delete_variant, list_variants, load_variant, save_variant
from planner.text import render_problems
from tests.builders import shared_policy

OFFICIAL = official_rules(shared_policy())
DAY = dt.date(2026, 11, 24)


def variant(name: str, rules: TrialRules = OFFICIAL, day: dt.date = DAY, author: str = "") -> Variant:
    """A variant of this name."""
    return Variant(name, rules, author, day, shared_policy().version)


def test_a_variant_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    rules = TrialRules("final", set_weight(OFFICIAL, "n4", 40).cells, ("n7", "d2"))
    kept = variant("安全与无物业优先", rules, author="王工")
    file = save_variant(tmp_path, kept)
    assert load_variant(tmp_path, "安全与无物业优先") == kept
    assert list_variants(tmp_path)[0] == [kept]
    assert file.read_text(encoding="utf-8-sig").splitlines()[:3] == [
        "what,code,value",
        "name,,安全与无物业优先",
        "author,,王工",
    ]


@given(
    st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc")), min_size=1, max_size=60),
    st.text(max_size=20),
)
def test_any_name_is_kept_inside_the_folder(tmp_path_factory: pytest.TempPathFactory, name: str, author: str) -> None:
    folder = tmp_path_factory.mktemp("var")
    if not name.strip():
        with pytest.raises(InputError):
            save_variant(folder, variant(name))
        return
    author = "".join(c for c in author if c.isprintable())
    file = save_variant(folder, variant(name, author=author))
    assert file.parent == folder / "variants"
    assert [p.parent.name for p in folder.rglob("*.csv")] == ["variants"]
    found = load_variant(folder, name)
    assert (found.name, found.author) == (name.strip(), author)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "CON", "a/b", "=cmd|' /C calc'!A0", "'=1+1", "试算\u202e", "...", "{{7*7}}"]
)
def test_hostile_names_stay_in_their_folder(tmp_path: Path, name: str) -> None:
    file = save_variant(tmp_path, variant(name))
    assert file.resolve().parent == (tmp_path / "variants").resolve()
    assert [v.name for v in list_variants(tmp_path)[0]] == [name]
    values = [line.split(",", 2)[2] for line in file.read_text("utf-8-sig").splitlines()[1:6]]
    assert not any(value.startswith(("=", "+", "-", "@")) for value in values)


def test_names_that_look_alike_on_disk_do_not_share_a_file(tmp_path: Path) -> None:
    for name in ("a/b", "a:b", "a_b"):
        save_variant(tmp_path, variant(name))
    assert sorted(v.name for v in list_variants(tmp_path)[0]) == ["a/b", "a:b", "a_b"]


@pytest.mark.parametrize("name", ["", "   ", "两\n行", "长" * 61])
def test_names_that_cannot_be_read_in_a_list_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        save_variant(tmp_path, variant(name))
    assert not list(tmp_path.rglob("*.csv"))


def test_the_newest_stands_first(tmp_path: Path) -> None:
    for name, day in (("甲", 3), ("乙", 5), ("丙", 5)):
        save_variant(tmp_path, variant(name, day=dt.date(2026, 11, day)))
    assert [v.name for v in list_variants(tmp_path)[0]] == ["丙", "乙", "甲"]


def test_what_is_replaced_or_deleted_is_kept_aside(tmp_path: Path) -> None:
    save_variant(tmp_path, variant("甲"))
    newer = variant("甲", set_weight(OFFICIAL, "n4", 50))
    save_variant(tmp_path, newer)
    assert load_variant(tmp_path, "甲") == newer
    gone = delete_variant(tmp_path, "甲")
    assert list_variants(tmp_path)[0] == []
    aside = sorted((tmp_path / "variants" / "aside").glob("*.csv"))
    assert len(aside) == 2
    assert gone in aside
    texts = [file.read_text("utf-8-sig") for file in aside]
    assert "weight_screen,n4,30" in texts[0]
    assert "weight_screen,n4,50" in texts[1]
    with pytest.raises(InputError):
        delete_variant(tmp_path, "甲")
    with pytest.raises(InputError):
        load_variant(tmp_path, "甲")


NO_DATE = "what,code,value\nname,,乙\nauthor,,\ndate,,昨天\npolicy,,x\nprofile,,screen\npoints,n1,0:0\n"


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n", b"what,code,value\nname,,x\n", NO_DATE.encode()]
)
def test_a_damaged_file_is_said_with_its_cure_and_the_others_open(tmp_path: Path, content: bytes) -> None:
    save_variant(tmp_path, variant("甲"))
    save_variant(tmp_path, variant("乙")).write_bytes(content)
    found, problems = list_variants(tmp_path)
    assert [v.name for v in found] == ["甲"]
    said = render_problems(problems)
    assert said["rule"].tolist() == ["VR1"]
    assert "乙" in said["message"][0]
    assert "备份" in said["fix"][0]
    with pytest.raises(InputError, match="乙"):
        load_variant(tmp_path, "乙")


def test_a_write_that_fails_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_variant(tmp_path, variant("甲"))

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(variants, "_write", full)
    with pytest.raises(OSError, match="space"):
        save_variant(tmp_path, variant("甲", set_weight(OFFICIAL, "n4", 50)))
    monkeypatch.undo()
    replaced = os.replace

    def stopped(source: object, target: object) -> None:
        if str(source).endswith(".tmp"):
            raise OSError("stopped")
        replaced(source, target)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "replace", stopped)
    with pytest.raises(OSError, match="stopped"):
        save_variant(tmp_path, variant("丁"))
    monkeypatch.undo()
    assert not [p for p in (tmp_path / "variants").iterdir() if p.suffix == ".tmp"]
    assert load_variant(tmp_path, "甲").rules == OFFICIAL


def test_cells_that_a_spreadsheet_would_run_come_back_unchanged(tmp_path: Path) -> None:
    rules = with_cells(OFFICIAL, "points", {"n2": "-5:0;5:100"})
    save_variant(tmp_path, variant("甲", rules))
    assert load_variant(tmp_path, "甲").rules.points()["n2"] == "-5:0;5:100"
