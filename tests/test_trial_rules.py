"""What a planner types: starts from the rules in force, is checked whole, becomes a policy like any other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decisions.trial_rules import (
    SETTINGS,
    WEIGHTS,
    TrialRules,
    changes,
    check_rules,
    checked_policy,
    fitted,
    made_100,
    official_rules,
    plain,
    points_text,
    set_weight,
    total,
    with_cells,
)
from planner.errors import PolicyError
from planner.policy import PROFILES
from planner.text import render_problems
from tests.builders import shared_policy

BASE = shared_policy()
OFFICIAL = official_rules(BASE)


def said(rules: TrialRules, lang: str = "zh") -> list[tuple[str, str]]:
    """Rule and message of every problem."""
    found = render_problems(check_rules(rules, BASE, lang), lang)
    return list(zip(found["rule"], found["message"], strict=True))


def test_the_rules_in_force_are_sound_and_unchanged() -> None:
    assert said(OFFICIAL) == []
    assert not len(changes(OFFICIAL, BASE))
    policy = checked_policy(OFFICIAL, BASE)
    assert policy.version == BASE.version
    assert policy.criteria.equals(BASE.criteria)
    assert dict(policy.settings) == dict(BASE.settings)


def test_every_problem_is_said_at_once_by_the_name_of_the_criterion() -> None:
    rules = with_cells(OFFICIAL, WEIGHTS["screen"], {"n1": "x", "n4": "-3"})
    rules = with_cells(rules, "points", {"n2": "5:0;5:10", "n4": "专业物业:0;无:120"})
    rules = with_cells(rules, "setting", {"unknown_value": "150", "band_first": "10"})
    rules = TrialRules("screen", rules.cells, ("zz",))
    assert said(rules) == [
        ("TR1", "“安全隐患”的初筛权重“x”不是数"),
        ("TR3", "“建成年代”的取分“5:0;5:10”写法有误"),
        ("TR3", "“物业服务状态”的取分“专业物业:0;无:120”写法有误"),
        ("TR2", "“物业服务状态”的初筛权重-3小于0"),
        ("TR4", "初筛权重合计为67，不是100"),
        ("TR5", "“未知指标按几分计”填的“150”不在0至100之间"),
        ("TR6", "“一类不低于”小于“二类不低于”"),
        ("TR8", "没有代码为“zz”的指标"),
    ]
    assert said(rules, "en")[0] == ("TR1", "Safety hazards: the screening weight “x” is not a number")
    with pytest.raises(PolicyError) as error:
        checked_policy(rules, BASE)
    assert len(error.value.problems) == 8


@pytest.mark.parametrize(
    ("points", "sound"),
    [
        ("0:0;1:100", True),
        ("1:100;0:0", True),
        ("0:0;0:100", False),
        ("0:0;2:50;1:100", False),
        ("0:;1:100", False),
        (":0;1:100", False),
        ("nan:0", False),
        ("0:0;inf:100", False),
        ("0:-1;1:100", False),
        ("", False),
    ],
)
def test_a_curve_must_rise_and_stay_within_its_values(points: str, sound: bool) -> None:
    assert (not said(with_cells(OFFICIAL, "points", {"n2": points}))) is sound


def test_setting_everything_aside_is_refused() -> None:
    weighed = tuple(code for code, text in OFFICIAL.weights("screen").items() if float(text) > 0)
    assert [rule for rule, _ in said(TrialRules("screen", OFFICIAL.cells, weighed))] == ["TR7"]
    assert said(TrialRules("screen", OFFICIAL.cells, weighed[1:])) == []


def test_one_weight_changes_and_the_others_follow_in_proportion() -> None:
    rules = set_weight(OFFICIAL, "n4", 40)  # 32 14 30 10 14 -> the other 70 share 60
    assert {c: w for c, w in rules.weights("screen").items() if w != "0"} == {
        "n2": "27.4", "n3": "12", "n4": "40", "n8": "8.6", "r1": "12",
    }  # fmt: skip
    assert rules.weights("final") == OFFICIAL.weights("final")
    assert said(rules) == []
    assert set_weight(OFFICIAL, "n2", 100).weights("screen")["n4"] == "0"
    alone = set_weight(set_weight(OFFICIAL, "n2", 100), "n2", 90).weights("screen")  # nothing to keep in proportion
    assert total(alone.values()) == 100
    assert min(map(float, alone.values())) > 0


@given(st.sampled_from(sorted(OFFICIAL.weights())), st.floats(-5, 130), st.sampled_from(PROFILES))
def test_weights_make_100_whatever_one_of_them_becomes(code: str, weight: float, profile: str) -> None:
    rules = set_weight(TrialRules(profile, OFFICIAL.cells), code, weight)
    assert total(rules.weights().values()) == 100
    assert said(rules) == []
    assert abs(float(rules.weights()[code]) - min(max(weight, 0), 100)) <= 0.05 + 1e-9


@given(st.lists(st.floats(0, 500), min_size=16, max_size=16))
def test_typed_weights_can_be_brought_to_100(weights: list[float]) -> None:
    typed = dict(zip(OFFICIAL.weights(), map(plain, weights), strict=True))
    rules = made_100(with_cells(OFFICIAL, WEIGHTS["screen"], typed))
    assert total(rules.weights().values()) == 100
    assert said(rules) == []


def test_changes_are_told_by_what_they_mean() -> None:
    rules = with_cells(OFFICIAL, WEIGHTS["screen"], {"n2": "32.0"})
    rules = with_cells(rules, "points", {"n1": "0:0; 1:40;2:65;3:85;5:100.0", "n2": "15:0;40:100"})
    rules = with_cells(rules, "setting", {"unknown_value": "30"})
    found = changes(TrialRules("screen", rules.cells, ("n3",)), BASE)
    assert found.to_numpy().tolist() == [
        ["points", "n2", "15:0;20:30;25:50;30:70;40:100", "15:0;40:100"],
        ["setting", "unknown_value", "50", "30"],
        ["unused", "n3", "", "1"],
    ]


def test_the_policy_holds_what_was_typed() -> None:
    rules = with_cells(set_weight(OFFICIAL, "n4", 40), "setting", {"band_first": "70"})
    policy = checked_policy(TrialRules("screen", rules.cells, ("r1",)), BASE)
    assert policy.criteria.at["n4", "weight_screen"] == 40.0
    assert (policy.number("band_first"), policy.values("unused_criteria")) == (70.0, ("r1",))
    assert policy.version != BASE.version
    assert policy.version == checked_policy(TrialRules("screen", rules.cells, ("r1",)), BASE).version


def test_rules_of_another_policy_are_fitted_to_this_one() -> None:
    cells = {("points", "n2"): "0:0;1:100", ("points", "old"): "0:0", ("setting", "gone"): "1"}
    found = fitted(TrialRules("nobody", cells, ("n3", "old")), BASE)
    assert set(found.cells) == set(OFFICIAL.cells)
    assert found.points()["n2"] == "0:0;1:100"
    assert (found.profile, found.unused) == ("screen", ("n3",))


def test_points_as_an_editor_gives_them() -> None:
    assert points_text("curve", [(0.0, 0.0), (12.5, 100.0), (None, 3.0)]) == "0:0;12.5:100;:3"
    assert points_text("category", [("无", 100.0), ("有", float("nan"))]) == "无:100;有:"
    assert set(SETTINGS) <= set(BASE.settings)
