"""The policy tables: the committed ones are sound, and every kind of mistake is named with its place and its cure."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from planner.errors import PolicyError
from planner.policy import POLICY_FOLDER, load_policy, parse_categories, parse_points, with_settings
from planner.text import render_problems

Edit = Callable[[list[list[str]]], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "policy"
    shutil.copytree(POLICY_FOLDER, target)
    return target


def edit(folder: Path, name: str, change: Edit) -> None:
    file = folder / name
    with file.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.reader(handle))
    change(rows)
    with file.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(rows)


def set_cell(row: int, column: str, value: str) -> Edit:
    def change(rows: list[list[str]]) -> None:
        rows[row - 1][rows[0].index(column)] = value

    return change


def test_the_committed_policy_is_sound_and_typed() -> None:
    policy = load_policy()
    assert len(policy.version) == 8
    assert policy.criteria["weight_screen"].sum() == pytest.approx(100)
    assert policy.fraction("consent_min_A") == Fraction(2, 3)
    assert policy.number("two_lane_min_m") == 7.8
    assert policy.values("headline_order") == ("A", "M", "E")
    assert policy.label("items", "bar_lane", "en") == "Barrier gate"
    assert policy.fields("compounds").at["households", "unit"] == "户"


def test_points_rise_whatever_the_order_they_are_written_in() -> None:
    x, v = parse_points("500:100;60000:0")
    assert x.tolist() == [500, 60000]
    assert v.tolist() == [100, 0]
    x, v = parse_points("300:0;5:100")
    assert (x.tolist(), v.tolist()) == ([5, 300], [100, 0])
    assert np.interp(152.5, x, v) == 50
    with pytest.raises(ValueError, match="rise or fall"):
        parse_points("1:0;1:5")


def test_categories() -> None:
    assert parse_categories("无:0;有:100") == {"无": 0.0, "有": 100.0}


@pytest.mark.parametrize(
    ("name", "row", "column", "value", "rule"),
    [
        ("items.csv", 3, "class", "basc", "P01"),
        ("items.csv", 3, "cost_low", "两千", "P03"),
        ("items.csv", 3, "after", "no_item", "P09"),
        ("items.csv", 3, "in_programmes", "Q", "P09"),
        ("items.csv", 3, "code", "public_meter", "P04"),
        ("criteria.csv", 2, "points", "0:0;0:40", "P05"),
        ("criteria.csv", 2, "points", "0:0;1:140", "P05"),
        ("criteria.csv", 3, "weight_screen", "33", "P06"),
        ("programmes.csv", 2, "fields", "no_field", "P09"),
        ("programmes.csv", 2, "kind", "exclusions", "P01"),
        ("columns.csv", 2, "type", "string", "P01"),
        ("settings.csv", 2, "grade", "Z", "P01"),
    ],
)
def test_each_mistake_is_named(folder: Path, name: str, row: int, column: str, value: str, rule: str) -> None:
    edit(folder, name, set_cell(row, column, value))
    with pytest.raises(PolicyError) as caught:
        load_policy(folder)
    told = render_problems(caught.value.problems)
    hit = told[(told["rule"] == rule) & (told["file"] == name)]
    assert len(hit) >= 1
    assert hit.iloc[0]["fix"]
    assert name in str(caught.value)


def test_all_mistakes_come_at_once(folder: Path) -> None:
    edit(folder, "items.csv", set_cell(3, "class", "basc"))
    edit(folder, "criteria.csv", set_cell(3, "weight_screen", "33"))
    with pytest.raises(PolicyError) as caught:
        load_policy(folder)
    assert set(caught.value.problems["rule"]) == {"P01", "P06"}


def test_a_wrong_header_is_told_with_what_is_missing(folder: Path) -> None:
    edit(folder, "items.csv", set_cell(1, "unit", "units"))
    with pytest.raises(PolicyError, match="缺少unit"):
        load_policy(folder)


def test_missing_tables_fall_back_to_the_projects_own(tmp_path: Path) -> None:
    assert load_policy(tmp_path).version == load_policy().version


def test_the_version_follows_the_content(folder: Path) -> None:
    before = load_policy(folder).version
    edit(folder, "items.csv", set_cell(2, "note", "改"))
    assert load_policy(folder).version != before


def test_changed_settings_are_a_new_version_and_unknown_ones_are_refused() -> None:
    policy = load_policy()
    changed = with_settings(policy, profile="final", hazard_register_as_of="2026-11-01")
    assert changed.text("profile") == "final"
    assert policy.text("profile") == "screen"
    assert changed.date("hazard_register_as_of") == dt.date(2026, 11, 1)
    assert policy.date("hazard_register_as_of") is None
    assert changed.version != policy.version
    with pytest.raises(PolicyError, match="nosuch"):
        with_settings(policy, nosuch="1")


def test_a_setting_that_is_no_number_says_which() -> None:
    with pytest.raises(PolicyError, match="headline_order"):
        load_policy().number("headline_order")
    with pytest.raises(PolicyError, match="headline_order"):
        load_policy().fraction("headline_order")
    with pytest.raises(PolicyError, match="nosuch"):
        load_policy().text("nosuch")
