"""“三无” by rule: each predicate, how many must hold, and that unknown never makes a compound 三无."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from builders import make_district, shared_policy
from hypothesis import given
from hypothesis import strategies as st

from planner.district.sanwu import PREDICATES, derive_sanwu
from planner.errors import PolicyError
from planner.policy import with_settings

NOTHING = {"custodian_type": "无", "property_status": "无", "cctv_points": 0, "access_ctrl_units": 0}


def derived(*rows: dict[str, Any], **settings: str) -> list[Any]:
    compounds = make_district([{"compound_id": f"C{i}", **row} for i, row in enumerate(rows)]).compounds
    policy = with_settings(shared_policy(), **settings) if settings else shared_policy()
    return [None if value is pd.NA else bool(value) for value in derive_sanwu(compounds, policy)]


def test_nothing_at_all_is_sanwu_and_one_of_anything_is_not() -> None:
    assert derived(NOTHING) == [True]
    assert derived({**NOTHING, "former_unit_status": "破产"}) == [True]
    something = [
        {"custodian_type": "社区"},
        {"former_unit_status": "存续"},
        {"property_status": "居民自管"},
        {"cctv_points": 1},
        {"access_ctrl_units": 1},
    ]
    assert derived(*({**NOTHING, **one} for one in something)) == [False] * 5


def test_unknown_stays_unknown_unless_something_is_known_to_be_there() -> None:
    assert derived(*({**NOTHING, field: None} for field in NOTHING)) == [None] * 4
    assert derived({}) == [None]
    assert derived({"property_status": "专业物业"}) == [False]
    assert derived({**NOTHING, "custodian_type": None, "former_unit_status": "破产"}) == [None]
    assert derived({**NOTHING, "custodian_type": None, "former_unit_status": "存续"}) == [False]


def test_two_of_three_and_other_lists_are_policy() -> None:
    no_camera_known = {**NOTHING, "cctv_points": 4}
    assert derived(no_camera_known, sanwu_need="2") == [True]
    assert derived({**NOTHING, "cctv_points": None}, sanwu_need="2") == [True]
    assert derived({"property_status": "无"}, sanwu_need="1", sanwu_predicates="no_property_service") == [True]
    fund = {"sanwu_need": "1", "sanwu_predicates": "no_maintenance_fund"}
    assert derived({"maint_fund_exists": False}, {"maint_fund_exists": True}, {}, **fund) == [True, False, None]


def test_an_unknown_predicate_is_a_policy_error() -> None:
    with pytest.raises(PolicyError, match="no_gate"):
        derived(NOTHING, sanwu_predicates="no_gate")


def test_no_compound_gives_an_empty_series() -> None:
    result = derive_sanwu(make_district().compounds, shared_policy())
    assert result.empty
    assert str(result.dtype) == "boolean"


FIELDS = {
    "custodian_type": [None, "无", "社区"],
    "former_unit_status": [None, "破产", "存续"],
    "property_status": [None, "无", "专业物业"],
    "cctv_points": [None, 0, 3],
    "access_ctrl_units": [None, 0, 3],
}
ROWS = st.fixed_dictionaries({field: st.sampled_from(values) for field, values in FIELDS.items()})


@given(row=ROWS, field=st.sampled_from(list(FIELDS)), choice=st.sampled_from([1, 2]), need=st.integers(1, 3))
def test_learning_a_field_never_turns_a_known_answer(row: dict[str, Any], field: str, choice: int, need: int) -> None:
    if row[field] is not None or field == "former_unit_status":
        return
    before, after = derived(row, {**row, field: FIELDS[field][choice]}, sanwu_need=str(need))
    assert before is None or before == after


def test_every_predicate_is_boolean_and_aligned() -> None:
    compounds = make_district([{"compound_id": "C9", **NOTHING}, {"compound_id": "C1"}]).compounds
    for predicate in PREDICATES.values():
        values = predicate(compounds)
        assert str(values.dtype) == "boolean"
        assert list(values.index) == ["C9", "C1"]
