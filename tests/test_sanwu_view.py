"""The 三无 list against the rule: nine combinations by hand, and the facts that decide."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.district.checks import find_problems
from planner.district.sanwu import PREDICATES
from planner.outputs.sanwu_view import ANSWERS, FIELDS, KINDS, sanwu_counts, sanwu_headings, sanwu_rows, sanwu_table
from planner.policy import with_settings
from tests.builders import make_district, shared_policy
from tests.cases import AS_OF

YES = {"property_status": "无", "custodian_type": "无", "former_unit_status": "破产", "cctv_points": 0,
       "access_ctrl_units": 0}  # fmt: skip
NO = {**YES, "property_status": "专业物业", "property_firm": "某企业"}
UNSURE: dict[str, Any] = {**YES, "cctv_points": None}
CASES = {("yes", "yes"): "", ("yes", "no"): "listed_no", ("yes", "unknown"): "listed_unknown",
         ("no", "yes"): "unlisted_yes", ("no", "no"): "", ("no", "unknown"): "unlisted_unknown",
         ("unknown", "yes"): "unnamed_yes", ("unknown", "no"): "", ("unknown", "unknown"): ""}  # fmt: skip


def nine() -> list[dict[str, Any]]:
    """One compound for every answer of the list and of the rule."""
    said = {"yes": True, "no": False, "unknown": None}
    facts = {"yes": YES, "no": NO, "unknown": UNSURE}
    return [
        {"compound_id": f"{a}-{b}", "name": f"{a}{b}", "sanwu_official": said[a], **facts[b]}
        for a in ANSWERS
        for b in ANSWERS
    ]


def test_nine_combinations() -> None:
    table = sanwu_table(make_district(nine()), shared_policy())
    found = {(row["list"], row["rule"]): row["kind"] for row in table.to_dict("records")}
    assert found == CASES
    counts = sanwu_counts(table)
    assert (counts == 1).all(axis=None)
    assert counts.to_numpy().sum() == 9


def test_the_two_contradictions_are_those_of_the_check() -> None:
    district = make_district(nine())
    table = sanwu_table(district, shared_policy())
    problems = find_problems(district, shared_policy(), AS_OF)
    for rule, kind in (("V10", "listed_no"), ("V10b", "unlisted_yes")):
        checked = [p["compound_id"] for p in problems.loc[problems["rule"] == rule, "params"]]
        assert checked == list(table.index[table["kind"] == kind])


def test_the_facts_that_decide_are_shown_and_the_unknown_is_said() -> None:
    rows = sanwu_rows(make_district(nine()), shared_policy(), "listed_unknown")
    assert rows.index.tolist() == ["yes-unknown"]
    row = rows.loc["yes-unknown"]
    assert row["no_property_service"] == "是"
    assert row["no_security"] == "待核实"
    assert row["no_security_facts"] == "监控路数 待核实、已装门禁单元数 0"
    listed = sanwu_rows(make_district(nine()), shared_policy(), "listed_no").iloc[0]
    assert listed["no_property_service"] == "否"
    assert "专业物业" in listed["no_property_service_facts"]
    with pytest.raises(KeyError):
        sanwu_rows(make_district(nine()), shared_policy(), "nonsense")


def test_every_predicate_has_fields_and_headings() -> None:
    assert set(FIELDS) == set(PREDICATES)
    assert {f for fields in FIELDS.values() for f in fields} <= set(shared_policy().fields("compounds").index)
    policy = with_settings(shared_policy(), sanwu_predicates=";".join(PREDICATES), sanwu_need="4")
    rows = sanwu_rows(make_district(nine()), policy, "unlisted_unknown")
    assert set(rows.columns) | {"compound_id"} == set(sanwu_headings(policy))


@pytest.mark.parametrize("name", list(PREDICATES))
def test_a_predicate_reads_exactly_its_fields(name: str) -> None:
    full = {**YES, "maint_fund_exists": False}
    compounds = make_district([{"compound_id": "A", **full}]).compounds
    known = PREDICATES[name](compounds)
    assert known.tolist() == [True]
    blank = {f: pd.Series(pd.NA, index=compounds.index, dtype=compounds[f].dtype) for f in full}
    other = {
        f: 1 if f in ("cctv_points", "access_ctrl_units") else True if f == "maint_fund_exists" else "存续"
        for f in full
    }
    still = {
        f: [PREDICATES[name](compounds.assign(**{f: v})).fillna(False).all() for v in (blank[f], other[f])]
        for f in full
    }
    needed = {f for f, holds in still.items() if not all(holds)}
    assert needed == set(FIELDS[name])


@settings(max_examples=25)
@given(st.lists(st.sampled_from(list(CASES)), max_size=12))
def test_the_table_adds_up(chosen: list[tuple[str, str]]) -> None:
    rows = {f"{a}-{b}": row for (a, b), row in zip([(a, b) for a in ANSWERS for b in ANSWERS], nine(), strict=True)}
    district = make_district([{**rows[f"{a}-{b}"], "compound_id": f"C{k}"} for k, (a, b) in enumerate(chosen)])
    table = sanwu_table(district, shared_policy())
    assert sanwu_counts(table).to_numpy().sum() == len(chosen)
    parts = [len(sanwu_rows(district, shared_policy(), kind)) for kind in KINDS]
    assert sum(parts) == sum(bool(CASES[pair]) for pair in chosen)
