"""The checked district: every field in its type, absent ones missing, and the builder that tests start from."""

from __future__ import annotations

import pandas as pd
import pytest
from builders import make_district, make_table, shared_policy
from shapely.geometry import Point

from planner.district.column_spec import column_specs, limits_text
from planner.district.district import DTYPES, LAYERS, TABLES, as_layer, empty_layer, empty_table, typed, year_ends

POLICY = shared_policy()
ALL = ("compounds", *LAYERS, *TABLES)


@pytest.mark.parametrize("table", ALL)
def test_an_empty_table_has_every_field_in_its_type(table: str) -> None:
    frame = empty_table(POLICY, table)
    kinds = POLICY.fields(table)["type"]
    assert len(frame) == 0
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {f: DTYPES[k] for f, k in kinds.items()}


def test_absent_fields_are_missing_and_others_are_dropped() -> None:
    frame = typed(pd.DataFrame({"name": ["甲"], "extra": [1]}, index=["x"]), POLICY, "compounds")
    assert frame.index.tolist() == ["x"]
    assert frame.loc["x", "name"] == "甲"
    assert "extra" not in frame.columns
    assert frame.drop(columns="name").isna().all(axis=None)


def test_columns_that_were_absent_do_not_share_their_values() -> None:
    frame = typed(pd.DataFrame(index=range(2)), POLICY, "compounds")
    frame.loc[0, "households"] = 80
    assert frame["buildings_n"].isna().all()


def test_layers_are_in_4490() -> None:
    layer = as_layer(make_table([{"entrance_id": "e"}], "entrances"), [Point(114, 38)])
    assert layer.crs.to_epsg() == empty_layer(POLICY, "roads").crs.to_epsg() == 4490
    assert layer.geometry[0] == Point(114, 38)


def test_the_ends_of_documented_years_stand_in_for_each_other() -> None:
    frame = make_district(
        [
            {"compound_id": "a", "built_year_min": 1980, "built_year_max": 1985},
            {"compound_id": "b", "built_year_min": 1980},
            {"compound_id": "c", "built_year_max": 1985},
            {"compound_id": "d"},
        ]
    ).compounds
    ends = year_ends(frame).astype(object).where(lambda cells: cells.notna(), None)
    assert ends.to_numpy().tolist() == [[1980, 1985], [1980, 1980], [1985, 1985], [None, None]]


def test_the_builder_refuses_mistakes_of_a_test() -> None:
    with pytest.raises(KeyError, match="no such field"):
        make_district([{"compound_id": "a", "houshold": 3}])
    with pytest.raises(KeyError, match="no such table"):
        make_district([], building=[])
    with pytest.raises(ValueError, match="unique"):
        make_district([{"compound_id": "a"}, {"compound_id": "a"}])


def test_the_builder_marks_what_is_not_applicable() -> None:
    district = make_district([{"compound_id": "a", "heating_type": "na", "year_lo": 1980, "year_hi": 1989}])
    assert district.not_applicable == {("a", "heating_type")}
    assert pd.isna(district.compounds.loc["a", "heating_type"])
    assert district.year_range.loc["a"].tolist() == [1980, 1989]


def test_limits_come_from_columns_csv() -> None:
    spec = column_specs(POLICY, "compounds")["households"]
    assert (spec.hard, spec.soft, spec.unit) == ((1, 20_000), (4, 6_000), "户")
    assert (limits_text(1, 20_000), limits_text(0, None), limits_text(None, 5)) == ("1—20000", "≥0", "≤5")
