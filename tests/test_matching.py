"""Names without ids: folding, equal names, candidates, memory, and ids that stay."""

import doctest

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.district import matching
from planner.district.matching import make_ids, match_names, name_key

KNOWN = pd.DataFrame(
    {
        "name": ["红旗家属院", "红旗路12号院", "建设小区", "建设小区", "滨河花园"],
        "alias": [None, "原毛巾厂宿舍；毛巾厂院", None, None, None],
        "community_name": ["红旗社区", "红旗社区", "东风社区", "西山社区", "滨河社区"],
        "address": ["红旗路10号", "红旗路12号", "建设街1号", "建设街9号", "滨河路88号"],
    },
    index=["C1", "C2", "C3", "C4", "C5"],
)


def wanted(*rows: tuple[str | None, str | None], **more: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"name": [r[0] for r in rows], "community_name": [r[1] for r in rows], **more})


def found(table: pd.DataFrame, **how: pd.DataFrame) -> list[str | None]:
    ids = match_names(table, KNOWN, least=0.6, **how).found["compound_id"]
    return [None if pd.isna(v) else v for v in ids]


def test_the_examples_of_the_docstrings() -> None:
    assert doctest.testmod(matching).failed == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("红旗家属院", "红旗 小区", True),
        ("Ａ区１号院", "a区1号", True),
        ("红旗（家属院）", "红旗", True),
        ("红旗一期", "红旗二期", False),
        ("大院", "小区", False),
    ],
)
def test_folding_keeps_apart_what_is_apart(one: str, other: str, same: bool) -> None:
    first, second = name_key(pd.Series([one, other]))
    assert (first == second) is same


def test_names_of_nothing_are_missing() -> None:
    assert name_key(pd.Series([None, "", " （） "])).isna().all()


def test_equal_names_in_one_community_match() -> None:
    assert found(wanted(("红旗小区", "红旗"), ("滨河花园", None), ("建设小区", "西山社区居委会"))) == ["C1", "C5", "C4"]


def test_a_former_name_matches_in_its_column_or_in_brackets() -> None:
    assert found(wanted(("毛巾厂", None))) == ["C2"]
    assert found(wanted(("幸福里（原滨河花园）", "滨河社区"))) == ["C5"]
    assert found(wanted(("新名", None), alias=["旧名;红旗家属院"])) == ["C1"]


def test_an_equal_name_is_not_enough_where_it_stands_twice_or_elsewhere() -> None:
    assert found(wanted(("建设小区", None))) == [None]
    assert found(wanted(("滨河花园", "红旗社区"))) == [None]
    assert found(wanted(("滨河花园", None), ("滨河花园小区", None))) == [None, None]


def test_what_is_alike_is_a_candidate_with_its_score_and_never_a_match() -> None:
    outcome = match_names(wanted(("滨河花苑", "滨河社区"), ("北京路", None)), KNOWN, least=0.6)
    assert outcome.found["compound_id"].isna().all()
    first = outcome.candidates.iloc[0]
    assert (first["row"], first["compound_id"], first["by"], first["community"]) == (0, "C5", "name-name", "same")
    assert first["score"] == pytest.approx(2 * 2 / 6, abs=1e-4)
    assert set(outcome.candidates["row"]) == {0}


def test_a_candidate_by_address_and_order_by_community() -> None:
    outcome = match_names(wanted(("建设", None), ("纺织大院", None), address=["", "滨河路88号"]), KNOWN, least=0.6)
    second = outcome.candidates[outcome.candidates["row"] == 1].iloc[0]
    assert (second["compound_id"], second["by"], second["score"]) == ("C5", "address-address", 1.0)
    first = outcome.candidates[outcome.candidates["row"] == 0]
    assert list(first["compound_id"][:2]) == ["C3", "C4"]


def test_a_confirmed_name_is_remembered_and_beats_likeness() -> None:
    memory = pd.DataFrame({"name": ["纺织大院"], "community": ["滨河社区"], "compound_id": ["C5"]})
    table = wanted(("纺织大院", "滨河"), ("滨河花园", "滨河"))
    outcome = match_names(table, KNOWN, least=0.6, remembered=memory)
    assert list(outcome.found["compound_id"].fillna("")) == ["C5", ""]
    assert list(outcome.found["how"]) == ["remembered", ""]
    assert found(wanted(("纺织大院", "红旗")), remembered=memory) == [None]
    assert found(wanted(("纺织大院", "滨河")), remembered=memory.assign(compound_id="gone")) == [None]


def test_nothing_to_match_with_gives_nothing() -> None:
    assert found(wanted((None, None))) == [None]
    empty = match_names(wanted(("红旗", None)), KNOWN.iloc[:0], least=0.6)
    assert empty.found["compound_id"].isna().all()
    assert len(empty.candidates) == 0
    assert len(match_names(KNOWN.iloc[:0], KNOWN, least=0.6).found) == 0


def test_ids_count_within_the_community_whatever_the_row_order() -> None:
    table = pd.DataFrame(
        {
            "name": ["乙", "甲", "甲", None],
            "community_code": ["51-0108", "510108", None, None],
            "note": ["", "", "", ""],
        }
    )
    ids = make_ids(table)
    assert list(ids) == ["XQ-510108-001", "XQ-510108-002", "XQ-000-002", "XQ-000-001"]
    turned = make_ids(table.iloc[::-1])
    assert dict(zip(turned.index, turned, strict=True)) == dict(enumerate(ids))


def test_more_than_999_compounds_get_longer_numbers() -> None:
    ids = make_ids(pd.DataFrame({"name": [f"小区{n:04}" for n in range(1001)]}))
    assert (ids.iloc[0], ids.iloc[1000]) == ("XQ-000-001", "XQ-000-1001")
    assert ids.is_unique


def test_ids_stay_when_the_table_is_imported_again_with_more_rows() -> None:
    first = pd.DataFrame({"name": ["电厂", "毛巾厂"], "community_name": ["红旗", "红旗"]})
    before = first.set_index(make_ids(first))
    assert list(before.index) == ["XQ-000-002", "XQ-000-001"]
    again = pd.DataFrame({"name": ["北方", "电厂", "毛巾厂宿舍"], "community_name": ["红旗", "红旗社区", None]})
    assert list(make_ids(again, previous=before)) == ["XQ-000-003", "XQ-000-002", "XQ-000-001"]


@given(
    st.lists(st.tuples(st.text("甲乙丙", max_size=2), st.text("12", max_size=1)), unique=True, max_size=12),
    st.randoms(),
)
def test_ids_are_unique_and_independent_of_order(rows: list[tuple[str, str]], random) -> None:  # type: ignore[no-untyped-def]
    table = pd.DataFrame(rows, columns=["name", "community_code"])
    ids = make_ids(table)
    assert ids.is_unique
    assert ids.notna().all()
    order = list(range(len(rows)))
    random.shuffle(order)
    turned = make_ids(table.iloc[order])
    assert dict(zip(turned.index, turned, strict=True)) == dict(zip(ids.index, ids, strict=True))
