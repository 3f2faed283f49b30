"""Scoring without words gives the numbers of the whole assessment."""

from __future__ import annotations

import pandas as pd

from planner.decisions.pipeline import assess, score_district
from planner.district.demo import AS_OF, make_demo
from planner.policy import load_policy


def test_scores_without_words_are_those_of_the_assessment() -> None:
    district, policy = make_demo(60), load_policy()
    whole, alone = assess(district, policy, as_of=AS_OF), score_district(district, policy, as_of=AS_OF)
    for frame in (whole.order, whole.scores, whole.costs):
        pd.testing.assert_frame_equal(alone[frame.columns], frame, check_names=False)
    pd.testing.assert_series_equal(alone["state"], whole.states["state"])
    assert list(alone.index) == list(district.compounds.index)


def test_a_district_without_compounds_scores_nothing() -> None:
    district, policy = make_demo(0), load_policy()
    assert score_district(district, policy, as_of=AS_OF).empty
