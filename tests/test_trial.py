"""A trial of other rules gives the numbers of a full assessment under these rules, to the last bit."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from planner.decisions.pipeline import Assessment, assess
from planner.decisions.trial import Ground, prepare, trial, without_data
from planner.decisions.trial_rules import WEIGHTS, checked_policy, official_rules, with_cells
from planner.district.load import read_district
from planner.errors import PolicyError
from planner.policy import PROFILES, Policy, with_settings
from tests.builders import make_district, shared_policy
from tests.cases import AS_OF
from tests.joined import case_district

ROOT = Path(__file__).resolve().parent.parent
CODES = tuple(map(str, shared_policy().criteria.index))


@cache
def cases() -> Assessment:
    """The seven acceptance cases."""
    return assess(case_district(), shared_policy(), as_of=AS_OF)


@cache
def ground(profile: str) -> Ground:
    """Their ground in a profile."""
    return prepare(cases(), profile=profile)


@cache
def demo() -> Assessment:
    """The demo district."""
    return assess(read_district(ROOT / "data", shared_policy()), shared_policy(), as_of=dt.date(2026, 11, 20))


def same_as_assessed(assessment: Assessment, policy: Policy, **how: object) -> None:
    """Compare a trial with the assessment of the same rules."""
    found = trial(assessment, policy, **how)  # type: ignore[arg-type]
    whole = assess(
        assessment.district,
        policy,
        as_of=assessment.as_of,
        profile=how.get("profile"),  # type: ignore[arg-type]
        unused=how.get("unused", ()),  # type: ignore[arg-type]
    )
    assert_frame_equal(found.all_scores(), whole.scores)
    assert_frame_equal(found.order, whole.order)
    words = ["safety_zh", "safety_en"]
    assert_frame_equal(found.states.drop(columns=words), whole.states.drop(columns=words))
    for name in found.scores.columns:
        assert found.scores[name].equals(whole.scores[name]), name
    assert (found.profile, found.unused) == (whole.profile, whole.unused)
    assert found.policy.version == whole.policy.version


@st.composite
def policies(draw: st.DrawFn) -> tuple[Policy, str, tuple[str, ...]]:
    """Other weights, curves, settings, a profile, and criteria set aside."""
    base, profile = shared_policy(), draw(st.sampled_from(PROFILES))
    cuts = sorted(draw(st.lists(st.integers(0, 1000), min_size=len(CODES) - 1, max_size=len(CODES) - 1)))
    tenths = np.diff([0, *cuts, 1000])
    rules = with_cells(
        official_rules(base), WEIGHTS[profile], {c: f"{n / 10:g}" for c, n in zip(CODES, tenths, strict=True)}
    )
    ages = draw(st.lists(st.integers(0, 100), min_size=2, max_size=5, unique=True).map(sorted))
    values = draw(st.lists(st.integers(0, 100), min_size=len(ages), max_size=len(ages)))
    rules = with_cells(rules, "points", {"n2": ";".join(f"{x}:{v}" for x, v in zip(ages, values, strict=True))})
    low = draw(st.integers(0, 60))
    typed = {
        "unknown_value": draw(st.integers(0, 100)),
        "screen_low": low,
        "screen_high": low + draw(st.integers(0, 40)),
    }
    typed |= {"min_completeness": draw(st.sampled_from([0, 0.3, 0.6, 1])), "band_second": low, "band_first": low + 20}
    rules = with_cells(rules, "setting", {key: str(value) for key, value in typed.items()})
    weighed = [c for c, n in zip(CODES, tenths, strict=True) if n > 0]
    unused = tuple(draw(st.lists(st.sampled_from(CODES), max_size=3, unique=True)))
    unused = unused if set(weighed) - set(unused) else ()
    return checked_policy(rules, base), profile, unused


@given(policies())
@settings(max_examples=15)
def test_any_weights_curves_settings_and_unused_criteria(drawn: tuple[Policy, str, tuple[str, ...]]) -> None:
    policy, profile, unused = drawn
    same_as_assessed(cases(), policy, profile=profile, unused=unused, ground=ground(profile))


@pytest.mark.parametrize("profile", PROFILES)
def test_the_demo_district_in_every_profile(profile: str) -> None:
    same_as_assessed(demo(), shared_policy(), profile=profile, unused=("n3", "d3"))


def test_rules_that_reach_further_are_computed_from_the_start() -> None:
    policy = with_settings(shared_policy(), police_prior_per100="5", built_before_A="1990")
    assert not ground("final").serves(policy)
    same_as_assessed(cases(), policy, profile="final", ground=ground("final"))


def test_a_ground_serves_only_what_it_was_made_for() -> None:
    own = ground("screen")
    rules = own.numbers.rules
    assert own.serves(rules)
    assert own.serves(with_settings(rules, unknown_value="10", unused_criteria="n1"))
    assert not own.serves(with_settings(rules, profile="final"))
    assert not own.serves(replace(rules, items=rules.items.assign(cost_low=0.0)))
    assert not own.serves(replace(rules, criteria=rules.criteria.assign(raw=rules.criteria["raw"].to_numpy()[::-1])))


def test_criteria_set_aside_in_the_official_rules_can_be_taken_back() -> None:
    aside = assess(case_district(), shared_policy(), as_of=AS_OF, unused=("n2", "n4"))
    same_as_assessed(aside, shared_policy())
    assert (aside.scores["n4_w"].isna()).all()
    assert trial(aside, shared_policy()).all_scores()["n4_w"].notna().all()


def test_a_trial_leaves_the_official_assessment_as_it_was() -> None:
    before = {name: getattr(cases(), name).copy() for name in ("scores", "states", "order", "criteria")}
    policy = checked_policy(
        with_cells(official_rules(shared_policy()), "points", {"n2": "0:100;50:0"}), shared_policy()
    )
    found = trial(cases(), policy, unused=("n1",))
    assert found.scores["score"].ne(cases().scores["score"]).any()
    for name, frame in before.items():
        assert_frame_equal(getattr(cases(), name), frame)


def test_explained_is_the_assessment_with_its_sentences() -> None:
    policy = checked_policy(
        with_cells(official_rules(shared_policy()), "points", {"n2": "0:100;50:0"}), shared_policy()
    )
    found = trial(cases(), policy)
    whole = found.explained(cases())
    assert_frame_equal(whole.order, found.order)
    assert whole.ranking["sentence"].str.len().gt(10).all()


def test_unknown_criteria_and_profiles_are_refused() -> None:
    with pytest.raises(PolicyError):
        trial(cases(), shared_policy(), unused=("zz",))
    with pytest.raises(PolicyError):
        trial(cases(), shared_policy(), profile="nobody")


@pytest.mark.parametrize(
    "rows", [[], [{"compound_id": "A"}], [{"compound_id": "A"}, {"compound_id": "B", "households": 9}]]
)
def test_districts_without_compounds_or_facts(rows: list[dict[str, object]]) -> None:
    same_as_assessed(assess(make_district(rows), shared_policy(), as_of=AS_OF), shared_policy(), profile="review")


def test_what_nobody_has_is_offered_and_never_everything() -> None:
    bare = [{"compound_id": "A", "households": 80}, {"compound_id": "B", "households": 200}]
    found = prepare(assess(make_district(bare), shared_policy(), as_of=AS_OF))
    empty = without_data(found, shared_policy(), "screen")
    assert "n2" in empty
    assert "n8" not in empty
    assert (
        without_data(prepare(assess(make_district([]), shared_policy(), as_of=AS_OF)), shared_policy(), "screen") == ()
    )
