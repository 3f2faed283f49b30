"""Another stage of an assessment is what the whole computation gives, and only a few compounds are computed for it."""

from __future__ import annotations

import datetime as dt
from functools import cache

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from planner.decisions import programmes
from planner.decisions.assessment import Assessment
from planner.decisions.pipeline import assess, compute, in_force
from planner.decisions.stage import in_stage, part_of, reads_stage
from planner.decisions.trial import prepare
from planner.district.demo import make_demo
from tests.builders import shared_policy

AS_OF = dt.date(2026, 11, 20)


@cache
def official() -> Assessment:
    return assess(make_demo(240, 5), shared_policy(), as_of=AS_OF)


@pytest.mark.parametrize("profile", ["review", "final"])
def test_another_stage_is_what_the_whole_computation_gives(profile: str) -> None:
    rules = in_force(official().policy, AS_OF, profile, ())
    whole, found = compute(official().district, rules, AS_OF, words=True), in_stage(official(), rules)
    for name in ("costs", "criteria", "scores", "states", "order"):
        assert_frame_equal(getattr(found, name), getattr(whole, name), obj=name, check_exact=True)
    assert not found.costs.equals(official().costs)
    results = [frame["result"].astype(str).to_numpy() for frame in (whole.programmes, official().programmes)]
    moved = set(whole.programmes.loc[results[0] != results[1], "compound_id"])
    assert moved
    assert moved <= set(reads_stage(official().deficits, official().programmes))


def test_the_programmes_of_the_others_are_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    evaluate = programmes.evaluate

    def counted(district: object, *rest: object, **more: object) -> pd.DataFrame:
        asked.append(len(district.compounds))  # type: ignore[attr-defined]
        return evaluate(district, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(programmes, "evaluate", counted)
    prepare(official(), profile="review")
    assert asked == [len(reads_stage(official().deficits, official().programmes))]
    assert 0 < asked[0] < len(official().district.compounds) / 8


def test_a_part_of_a_district_has_its_own_rows_alone() -> None:
    whole = make_demo(60, 3)
    ids = whole.compounds.index[[4, 11]]
    part = part_of(whole, ids)
    assert list(part.compounds.index) == list(ids)
    for frames in ((part.layers, whole.layers), (part.tables, whole.tables)):
        for name, frame in frames[0].items():
            if "compound_id" in frame.columns:
                assert set(frame["compound_id"]) <= set(ids), name
                assert len(frame) == frames[1][name]["compound_id"].isin(ids).sum(), name
    assert {key for key, _ in part.not_applicable} <= set(ids)
