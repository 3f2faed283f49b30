"""建议次序 as plain frames: filters, search, order, subtotals and the range of places, by numbers made by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decisions.pipeline import Assessment, assess
from planner.outputs import ranking_view
from planner.outputs.map_classes import PROGRAMMES, STATE_KEYS
from planner.outputs.ranking_view import SORTS, RankingView
from planner.web.address import PARAMETERS, decode, encode
from tests.builders import make_district, shared_policy
from tests.cases import AS_OF

OLD: dict[str, Any] = {
    "object_type": "小区",
    "built_year_min": 1986,
    "built_year_max": 1986,
    "built_year_source": "竣工档案",
}
FOUR: list[dict[str, Any]] = [
    {"compound_id": "A1", "name": "幸福里", "subdistrict_name": "东街", "community_name": "甲社区", "households": 100,
     "property_status": "无", "custodian_type": "无", "custodian_doc": "无", "sanwu_official": True, **OLD},
    {"compound_id": "B2", "name": "红旗家属院", "alias": "毛巾厂宿舍", "subdistrict_name": "西街", "households": 50,
     "property_status": "专业物业", "sanwu_official": False, **OLD},
    {"compound_id": "C3", "name": "ＡＢ公寓", "subdistrict_name": "东街", "community_name": "乙社区", **OLD},
    {"compound_id": "D4"},
]  # fmt: skip


@pytest.fixture(scope="module")
def four() -> Assessment:
    """Four compounds, two of them in one sub-district, one of which nobody knows anything."""
    return assess(make_district(FOUR), shared_policy(), as_of=AS_OF)


def ids(assessment: Assessment, **view: Any) -> set[str]:
    """The ids that a view shows."""
    return set(ranking_view.view_rows(assessment, RankingView(**view)).index)


def test_search_finds_name_former_name_and_id_whatever_width_and_case(four: Assessment) -> None:
    assert ids(four, q="幸福") == {"A1"}
    assert ids(four, q="毛巾厂") == {"B2"}
    assert ids(four, q="c3") == {"C3"}
    assert ids(four, q="ab公寓") == {"C3"}
    assert ids(four, q="家属 红旗") == {"B2"}
    assert ids(four, q="(") == set()


def test_filters_take_away_what_does_not_fit_and_the_unknown(four: Assessment) -> None:
    assert ids(four) == {"A1", "B2", "C3", "D4"}
    assert ids(four, street="东街") == {"A1", "C3"}
    assert ids(four, street="东街", community="乙社区") == {"C3"}
    assert ids(four, sanwu=True) >= {"A1"}
    assert not ids(four, sanwu=True) & {"B2", "D4"}
    assert "D4" not in ids(four, completeness=1)
    assert ids(four, programme="Z") == {"A1"}


def test_every_compound_is_in_exactly_one_state(four: Assessment) -> None:
    found = [ids(four, state=key) for key in STATE_KEYS]
    assert sum(map(len, found)) == 4
    assert set.union(*found) == {"A1", "B2", "C3", "D4"}


def test_order_by_a_column_keeps_the_unknown_last_both_ways(four: Assessment) -> None:
    up = ranking_view.view_rows(four, RankingView(sort="households"))
    down = ranking_view.view_rows(four, RankingView(sort="-households"))
    assert list(up.index[:2]) == ["B2", "A1"]
    assert list(down.index[:2]) == ["A1", "B2"]
    assert set(up.index[2:]) == set(down.index[2:]) == {"C3", "D4"}
    plain = list(four.ranking["compound_id"])
    assert list(ranking_view.view_rows(four, RankingView()).index) == plain
    assert list(ranking_view.view_rows(four, RankingView(sort="nonsense")).index) == plain


def test_subtotals_add_up_column_by_column(four: Assessment) -> None:
    table = ranking_view.subtotals(ranking_view.ranking_rows(four), ["西街", "东街"])
    assert list(table["street"])[:3] == ["西街", "东街", ""]
    assert list(table["compounds"]) == [1, 2, 1, 4]
    assert list(table["households"]) == [50, 100, 0, 150]
    for name in ("compounds", "households", *STATE_KEYS, "sanwu", "cost", "cost_low", "cost_high"):
        assert table[name].iloc[:-1].sum() == table[name].iloc[-1]
    assert table[list(STATE_KEYS)].sum(axis=1).tolist() == table["compounds"].tolist()


def test_no_rows_give_a_sum_of_zeros() -> None:
    nobody = assess(make_district([]), shared_policy(), as_of=AS_OF)
    rows = ranking_view.ranking_rows(nobody)
    table = ranking_view.subtotals(rows, ranking_view.street_names(nobody))
    assert len(table) == 1
    assert table.iloc[0]["compounds"] == 0
    assert ranking_view.community_names(rows, "") == []
    assert list(ranking_view.view_rows(nobody, RankingView(q="x", sort="-need")).index) == []


def test_the_range_of_places_counts_who_may_pass() -> None:
    rows = pd.DataFrame(
        {
            "block": ["a"] * 4,
            "rank": [1, 2, 3, 4],
            "score": [80.0, 70.0, 60.0, 50.0],
            "score_low": [80.0, 55.0, 60.0, 50.0],
            "score_high": [80.0, 90.0, 60.0, 75.0],
        },
        index=list("PQRS"),
    )
    assert ranking_view.place_range(rows, "P") == (1, 1)
    assert ranking_view.place_range(rows, "Q") == (1, 3)
    assert ranking_view.place_range(rows, "S") == (2, 4)


texts = st.text(max_size=30)
views = st.builds(
    RankingView,
    street=texts,
    community=texts,
    state=st.sampled_from(["", *STATE_KEYS]),
    programme=st.sampled_from(["", *PROGRAMMES]),
    sanwu=st.booleans(),
    completeness=st.integers(0, 100),
    q=texts,
    sort=st.sampled_from(["", *SORTS, *(f"-{name}" for name in SORTS)]),
    chosen=texts,
)


@given(views)
def test_a_view_survives_the_address(view: RankingView) -> None:
    parameters = encode(view)
    assert set(parameters) <= set(PARAMETERS)
    assert all(parameters.values())
    assert decode(parameters) == view


@given(st.dictionaries(st.sampled_from([*PARAMETERS, "lang", "other"]), st.text(max_size=300)))
def test_any_address_is_understood(parameters: dict[str, str]) -> None:
    view = decode(parameters)
    assert view.state in ("", *STATE_KEYS)
    assert 0 <= view.completeness <= 100
    assert decode(encode(view)) == view


def test_the_address_says_only_what_differs() -> None:
    assert encode(RankingView()) == {}
    assert encode(RankingView(street="东街", completeness=60, sanwu=True)) == {
        "street": "东街",
        "complete": "60",
        "sanwu": "1",
    }
    assert decode({"complete": "1e3", "state": "drop table", "sort": "--need", "sanwu": "yes"}) == RankingView()
