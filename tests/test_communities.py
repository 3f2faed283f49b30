"""街道 and 社区 from the community layer: by code, by name, by place, never against the ledger."""

import geopandas as gpd
import pandas as pd
import shapely
from hypothesis import given
from hypothesis import strategies as st

from planner.district.communities import community_of, fill_communities
from tests.builders import make_district


def box(x: float, y: float, size: float = 0.01) -> shapely.Geometry:
    return shapely.box(116 + x, 40 + y, 116 + x + size, 40 + y + size)


COMMUNITIES = [
    {"community_code": "01", "community_name": "东风", "subdistrict_name": "城关", "geometry": box(0, 0)},
    {"community_code": "02", "community_name": "西山", "subdistrict_name": "西关", "geometry": box(0.01, 0)},
    {"community_code": "03", "community_name": "重名", "subdistrict_name": "甲", "geometry": box(0.02, 0)},
    {"community_code": "04", "community_name": "重名", "subdistrict_name": "乙", "geometry": box(0.03, 0)},
]


def run(*compounds: dict[str, object]) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    district = make_district(compounds, communities=COMMUNITIES)
    return fill_communities(district.compounds, district.layers["communities"])


def test_a_name_or_a_code_brings_the_rest() -> None:
    frame, filled = run(
        {"compound_id": "A", "community_name": "西山"},
        {"compound_id": "B", "community_code": "01", "geometry": box(0.011, 0.001, 0.001)},
    )
    assert frame["subdistrict_name"].tolist() == ["西关", "城关"]
    assert frame["community_code"].tolist() == ["02", "01"]
    assert set(filled["field"]) == {"community_code", "community_name", "subdistrict_name"}
    assert len(filled) == 4


def test_the_place_decides_only_where_the_ledger_says_nothing() -> None:
    inside = box(0.011, 0.001, 0.001)
    frame, _ = run(
        {"compound_id": "A", "geometry": inside},
        {"compound_id": "B", "geometry": shapely.Point(116.005, 40.005)},
        {"compound_id": "C", "geometry": inside, "community_name": "别处"},
        {"compound_id": "D", "geometry": box(5, 5)},
        {"compound_id": "E"},
    )
    assert frame["community_name"].fillna("").tolist() == ["西山", "东风", "别处", "", ""]
    assert frame["subdistrict_name"].fillna("").tolist() == ["西关", "城关", "", "", ""]


def test_what_the_ledger_says_stays_and_an_ambiguous_name_brings_nothing() -> None:
    frame, filled = run(
        {"compound_id": "A", "community_name": "东风", "subdistrict_name": "老名"},
        {"compound_id": "B", "community_name": "重名"},
    )
    assert frame["subdistrict_name"].fillna("").tolist() == ["老名", ""]
    assert filled["compound_id"].tolist() == ["A"]


def test_without_communities_or_compounds_nothing_happens() -> None:
    alone = make_district([{"compound_id": "A", "geometry": box(0, 0)}])
    frame, filled = fill_communities(alone.compounds, alone.layers["communities"])
    assert len(filled) == 0
    pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(alone.compounds))
    assert len(run()[0]) == 0


@given(st.lists(st.tuples(st.sampled_from([None, "东风", "重名", "无此社区"]), st.integers(0, 5)), max_size=8))
def test_order_never_matters_and_inputs_stay(rows: list[tuple[str | None, int]]) -> None:
    people = [
        {"compound_id": f"C{i}", "community_name": name, "geometry": box(0.01 * x + 0.001, 0.001, 0.002)}
        for i, (name, x) in enumerate(rows)
    ]
    district = make_district(people, communities=COMMUNITIES)
    before = district.compounds.copy()
    straight = community_of(district.compounds, district.layers["communities"])
    turned = community_of(district.compounds.iloc[::-1], district.layers["communities"])
    pd.testing.assert_series_equal(straight, turned.iloc[::-1])
    assert district.compounds.equals(before)
