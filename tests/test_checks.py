"""Checks V01 to V29 on hand-made districts: each fires, does not fire, and does not fire on the unknown."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import make_district, make_table, shared_policy

from planner.district.checks import CHECKS, EXPORT_RULES, run_checks, summarise
from planner.district.checks.facts import Facts
from planner.district.district import District
from planner.errors import PROBLEM_COLUMNS, PolicyError
from planner.policy import with_settings
from planner.text import LANGUAGES, render_problems, t

AS_OF = dt.date(2026, 11, 20)
Row = dict[str, Any]


def district(compound: Row | None = None, **rows: list[Row]) -> District:
    """One compound C1 with these values; rows of other tables belong to it unless they say otherwise."""
    owned = {
        name: [row if {"compound_id", "compound_ids"} & set(row) else {"compound_id": "C1", **row} for row in table]
        for name, table in rows.items()
    }
    return make_district([{"compound_id": "C1", "name": "幸福里", **(compound or {})}], **owned)


def codes(checked: District, rule: str) -> list[str]:
    """The codes of what one check finds, in order."""
    return list(CHECKS[rule](Facts(checked, shared_policy(), AS_OF))["rule"])


# rule, code, the district that has it, the one that has not, the one that does not know
EXAMPLES: list[tuple[str, str, District, District, District]] = [
    (
        "V01",
        "V01",
        district({"built_year_min": 1999, "built_year_max": 1998}),
        district({"built_year_min": 1998, "built_year_max": 1998}),
        district({"built_year_min": 1999}),
    ),
    (
        "V01",
        "V01",
        district({"built_year_max": 2027}),
        district({"built_year_max": 2026}),
        district(),
    ),
    (
        "V02",
        "V02",
        district(buildings=[{"built_year": 1990, "renovated_year": 1989}]),
        district(buildings=[{"built_year": 1990, "renovated_year": 1990}]),
        district(buildings=[{"renovated_year": 1989}]),
    ),
    (
        "V02",
        "V02b",
        district(interventions=[{"start": dt.date(2024, 5, 2), "end": dt.date(2024, 5, 1)}]),
        district(interventions=[{"start": dt.date(2024, 5, 1), "end": dt.date(2024, 5, 1)}]),
        district(interventions=[{"end": dt.date(2024, 5, 1)}]),
    ),
    (
        "V02",
        "V02c",
        district(interventions=[{"programme": "A", "year": 2017}, {"programme": "A", "year": 2024}]),
        district(interventions=[{"programme": "A", "year": 2016}, {"programme": "A", "year": 2024}]),
        district(interventions=[{"programme": "A", "year": 2017}, {"programme": "A"}, {"year": 2024}]),
    ),
    (
        "V03",
        "V03",
        district({"floor_area_m2": 2990.0, "households": 100}),
        district({"floor_area_m2": 7360.0, "households": 100}),
        district({"floor_area_m2": 2990.0}),
    ),
    (
        "V03",
        "V03b",
        district({"floor_area_m2": 4400.0, "households": 100}),
        district({"floor_area_m2": 4500.0, "households": 100}),
        district({"households": 100}),
    ),
    (
        "V04",
        "V04",
        district({"population": 401, "households": 100}),
        district({"population": 150, "households": 100}),
        district({"population": 401}),
    ),
    (
        "V05",
        "V05",
        district({"households": 100}, buildings=[{"households": 50}, {"households": 44}]),
        district({"households": 100}, buildings=[{"households": 50}, {"households": 45}]),
        district({"households": 100}, buildings=[{"households": 50}, {}]),
    ),
    (
        "V07",
        "V07",
        district({"units_n": 13, "households": 12}),
        district({"units_n": 12, "households": 12}),
        district({"units_n": 13}),
    ),
    (
        "V07",
        "V07b",
        district({"units_n": 1, "households": 37}, buildings=[{"floors": 7}]),
        district({"units_n": 1, "households": 37}, buildings=[{"floors": 7}, {"floors": 18}]),
        district({"units_n": 1, "households": 37}, buildings=[{"floors": 7}, {}]),
    ),
    (
        "V08",
        "V08b",
        district({"property_status": "无", "contract_end": dt.date(2027, 1, 1)}),
        district({"property_status": "专业物业", "contract_end": dt.date(2027, 1, 1)}),
        district({"contract_end": dt.date(2027, 1, 1)}),
    ),
    (
        "V08",
        "V08",
        district({"property_status": "无", "property_firm": "云湖物业服务有限公司"}),
        district({"property_status": "专业物业", "property_firm": "云湖物业服务有限公司"}),
        district({"property_firm": "云湖物业服务有限公司"}),
    ),
    (
        "V08",
        "V08c",
        district({"property_status": "无", "fee_yuan_m2_month": 0.3}),
        district({"property_status": "无", "fee_yuan_m2_month": 0.0}),
        district({"property_status": "无"}),
    ),
    (
        "V10",
        "V10",
        district({"sanwu_official": True, "property_status": "专业物业"}),
        district({"sanwu_official": False, "property_status": "专业物业"}),
        district({"sanwu_official": True, "property_status": "无"}),
    ),
    (
        "V10",
        "V10b",
        district(
            {
                "sanwu_official": False,
                "property_status": "无",
                "custodian_type": "无",
                "cctv_points": 0,
                "access_ctrl_units": 0,
            }
        ),
        district(
            {
                "sanwu_official": True,
                "property_status": "无",
                "custodian_type": "无",
                "cctv_points": 0,
                "access_ctrl_units": 0,
            }
        ),
        district({"sanwu_official": False, "property_status": "无", "custodian_type": "无", "cctv_points": 0}),
    ),
    (
        "V11",
        "V11",
        district(committees=[{"kind": "联合业委会", "compound_ids": "C1"}]),
        district(committees=[{"kind": "业委会", "compound_ids": "C1"}]),
        district(committees=[{"kind": "联合业委会", "compound_ids": None}]),
    ),
    (
        "V13",
        "V13",
        district({"cctv_points": 4, "cctv_working": 5}),
        district({"cctv_points": 5, "cctv_working": 5}),
        district({"cctv_working": 5}),
    ),
    (
        "V13",
        "V13b",
        district({"units_n": 4, "access_ctrl_units": 5}),
        district({"units_n": 5, "access_ctrl_units": 5}),
        district({"access_ctrl_units": 5}),
    ),
    (
        "V13",
        "V13c",
        district({"access_ctrl_units": 4, "access_ctrl_working": 5}),
        district({"access_ctrl_units": 5, "access_ctrl_working": 5}),
        district({"access_ctrl_working": 5}),
    ),
    (
        "V13",
        "V13d",
        district({"vehicle_gates_n": 0, "barrier_lanes_n": 1}),
        district({"vehicle_gates_n": 1, "barrier_lanes_n": 1}),
        district({"barrier_lanes_n": 1}),
    ),
    (
        "V14",
        "V14",
        district({"barrier_lanes_n": 1, "custodian_type": "无"}),
        district({"barrier_lanes_n": 1, "custodian_type": "社区"}),
        district({"barrier_lanes_n": 1}),
    ),
    ("V15", "V15", district({"face_only": True}), district({"face_only": False}), district()),
    (
        "V16",
        "V16",
        district(entrances=[{"is_fire_access": True, "clear_width_m": 3.9}]),
        district(entrances=[{"is_fire_access": True, "clear_width_m": 4.0}]),
        district(entrances=[{"is_fire_access": True}, {"clear_width_m": 3.9}]),
    ),
    (
        "V16",
        "V16",
        district(entrances=[{"gate_type": "消防专用", "clear_width_m": 3.9}]),
        district(entrances=[{"gate_type": "人行", "is_fire_access": False, "clear_width_m": 1.2}]),
        district(entrances=[{"gate_type": "人行", "clear_width_m": 1.2}]),
    ),
    (
        "V17",
        "V17",
        district({"support_households_n": 9, "surveyed_households_n": 8}),
        district({"support_households_n": 8, "surveyed_households_n": 8}),
        district({"surveyed_households_n": 8}),
    ),
    (
        "V17",
        "V17b",
        district({"surveyed_households_n": 9, "households": 8}),
        district({"surveyed_households_n": 8, "households": 8}),
        district({"surveyed_households_n": 9}),
    ),
    (
        "V17",
        "V17c",
        district({"support_households_n": 9, "households": 8}),
        district({"support_households_n": 8, "households": 8}),
        district({"support_households_n": 9}),
    ),
    (
        "V17",
        "V17d",
        district({"support_area_share": 1.01}),
        district({"support_area_share": 1.0}),
        district(),
    ),
    (
        "V17",
        "V17e",
        district({"vote_type": "业主表决", "support_households_n": 8}),
        district({"vote_type": "业主表决", "support_households_n": 8, "support_area_share": 0.7}),
        district({"vote_type": "业主表决"}),
    ),
    (
        "V18",
        "V18",
        district({"hotline_12m_total": 4, "hotline_12m_heating": 3, "hotline_12m_parking": 2}),
        district({"hotline_12m_total": 5, "hotline_12m_heating": 3, "hotline_12m_parking": 2}),
        district({"hotline_12m_heating": 3, "hotline_12m_parking": 2}),
    ),
    (
        "V18",
        "V18b",
        district({"hotline_12m_total": 51, "households": 100}),
        district({"hotline_12m_total": 50, "households": 100}),
        district({"hotline_12m_total": 51}),
    ),
    (
        "V19",
        "V19",
        district(heat_branches=[{"compound_ids": "C1", "homes_measured_n": 4, "homes_below_18_n": 5}]),
        district(heat_branches=[{"compound_ids": "C1", "homes_measured_n": 5, "homes_below_18_n": 5}]),
        district(heat_branches=[{"compound_ids": "C1", "homes_below_18_n": 5}]),
    ),
    (
        "V19",
        "V19b",
        district({"households": 300}, heat_branches=[{"compound_ids": "C1", "homes_measured_n": 8}]),
        district({"households": 300}, heat_branches=[{"compound_ids": "C1", "homes_measured_n": 9}]),
        district({"households": 300}, heat_branches=[{"compound_ids": "C1;C9", "homes_measured_n": 8}]),
    ),
    (
        "V20",
        "V20",
        district(heat_branches=[{"compound_ids": "C1", "laid_year": 1990, "renewed_year": 1989}]),
        district(heat_branches=[{"compound_ids": "C1", "laid_year": 1990, "renewed_year": 1990}]),
        district(heat_branches=[{"compound_ids": "C1", "renewed_year": 1989}]),
    ),
    (
        "V20",
        "V20b",
        district({"built_year_min": 1990}, heat_branches=[{"compound_ids": "C1", "laid_year": 1986}]),
        district({"built_year_min": 1990}, heat_branches=[{"compound_ids": "C1", "laid_year": 1987}]),
        district({"built_year_min": 1990}, heat_branches=[{"compound_ids": "C1;C9", "laid_year": 1986}]),
    ),
    (
        "V21",
        "V21",
        district({"perimeter_m": 100.0, "closed_perimeter_m": 101.0}),
        district({"perimeter_m": 100.0, "closed_perimeter_m": 100.0}),
        district({"closed_perimeter_m": 101.0}),
    ),
    (
        "V24",
        "V24",
        district({"expropriation_status": "实施中"}, interventions=[{"programme": "M", "status": "拟列入"}]),
        district({"expropriation_status": "实施中"}, interventions=[{"programme": "M", "status": "验收"}]),
        district({"expropriation_status": "拟征收"}, interventions=[{"programme": "M", "status": "拟列入"}]),
    ),
    (
        "V28",
        "V28",
        district({"floor_area_m2": 0.9, "households": 100}),
        district({"floor_area_m2": 9000.0, "households": 100}),
        district({"floor_area_m2": 0.9}),
    ),
    ("V28", "V28", district({"site_area_m2": 1.2}), district({"site_area_m2": 12_000.0}), district()),
    (
        "V28",
        "V28b",
        district({"self_fund_commit_yuan": 3.5, "households": 100}),
        district({"self_fund_commit_yuan": 600.0, "households": 12}),  # half a million each is no likely meaning
        district({"self_fund_commit_yuan": 3.5}),
    ),
    ("V28", "V28c", district({"built_year_min": 89}), district({"built_year_min": 1989}), district()),
    (
        "V28",
        "V28d",
        district({"lon": 31.3, "lat": 120.6}),
        district({"lon": 120.6, "lat": 31.3}),
        district({"lon": 31.3}),
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{e[1]}-{i}" for i, e in enumerate(EXAMPLES)])
def test_a_check_finds_what_is_certain_and_nothing_else(example: tuple[str, str, District, District, District]) -> None:
    rule, code, has, has_not, unknown = example
    assert codes(has, rule) == [code]
    assert codes(has_not, rule) == []
    assert codes(unknown, rule) == []


def test_every_rule_of_the_document_is_a_check_or_an_export_rule() -> None:
    rules = {f"V{n:02d}" for n in range(1, 30)}
    assert rules - set(CHECKS) == set(EXPORT_RULES) == {"V25"}
    covered = {example[0] for example in EXAMPLES}
    elsewhere = {"V06", "V09", "V12", "V22", "V23", "V25", "V26", "V27", "V29"}
    assert covered | elsewhere == rules


def test_every_code_has_its_words_in_both_languages() -> None:
    found = {example[1] for example in EXAMPLES}
    for code in found:
        for lang in LANGUAGES:
            assert t(f"problem.{code}.message", lang)
            assert t(f"problem.{code}.fix", lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_messages_have_no_unfilled_placeholder_and_no_forbidden_word(lang: str) -> None:
    problems = pd.concat([CHECKS[e[0]](Facts(e[2], shared_policy(), AS_OF)) for e in EXAMPLES], ignore_index=True)
    shown = render_problems(problems, lang)
    text = shown["message"] + shown["fix"]
    assert not text.str.contains(r"\{\w+\}").any()
    assert not text.str.contains("违建|物业公司|弃管|摄像头|排名|缺失|异常|拆迁|nan|<NA>|NaT", regex=True).any()


def test_a_finding_says_which_compound_which_value_and_what_to_do() -> None:
    problems = run_checks(district({"cctv_points": 4, "cctv_working": 5}), shared_policy(), AS_OF)
    assert list(problems.columns) == PROBLEM_COLUMNS
    row = render_problems(problems).iloc[0]
    assert (row["severity"], row["file"], row["column"], row["value"], row["rule"]) == (
        "error",
        "compounds.csv",
        "cctv_working",
        "5",
        "V13",
    )
    assert row["row"] is pd.NA
    assert row["message"] == "幸福里（C1）监控完好5路，多于总数4路"
    assert problems["params"].iloc[0]["compound_id"] == "C1"


def test_findings_of_other_tables_name_the_file_and_the_compound() -> None:
    checked = district(entrances=[{"entrance_id": "E7", "is_fire_access": True, "clear_width_m": 3.4}])
    row = render_problems(run_checks(checked, shared_policy(), AS_OF)).iloc[0]
    assert row["file"] == "geo/district.gpkg:entrances"
    assert row["message"] == "幸福里（C1）的消防车出入口E7净宽3.4米，不足4米"


def test_firm_and_contract_are_asked_for_only_where_the_ledger_has_them() -> None:
    served = {"compound_id": "C1", "property_status": "专业物业"}
    bare = make_district([served, {"compound_id": "C2"}])
    assert codes(bare, "V09") == []
    other = {"compound_id": "C2", "property_firm": "云湖物业服务有限公司", "contract_end": dt.date(2027, 6, 30)}
    assert codes(make_district([served, other]), "V09") == ["V09", "V09b"]
    explained = {**served, "property_firm_id": "F1", "note": "事实服务，合同续签中"}
    assert codes(make_district([explained, other]), "V09") == []
    assert codes(make_district([{"compound_id": "C1"}, other]), "V09") == []


JOINT = {"committee_id": "K1", "kind": "联合业委会", "compound_ids": "C1;C2"}


def test_a_joint_committee_stays_in_one_community_or_is_merged() -> None:
    pair = [{"compound_id": "C1", "community_name": "东湖"}, {"compound_id": "C2", "community_name": "西湖"}]
    assert codes(make_district(pair, committees=[JOINT]), "V11") == ["V11b"]
    assert codes(make_district(pair, committees=[{**JOINT, "legal_form": "合并物业区域"}]), "V11") == []
    assert codes(make_district([pair[0], {"compound_id": "C2"}], committees=[JOINT]), "V11") == []


def test_members_of_a_joint_committee_point_back() -> None:
    pair = [{"compound_id": "C1", "committee_id": "K1"}, {"compound_id": "C2", "committee_id": "K2"}]
    found = CHECKS["V11"](Facts(make_district(pair, committees=[JOINT]), shared_policy(), AS_OF))
    assert [(p["compound_id"], p["committee"]) for p in found["params"]] == [("C2", "K1")]
    assert codes(make_district([pair[0], {"compound_id": "C2"}], committees=[JOINT]), "V11") == []


def test_two_bodies_in_office_and_what_is_not_in_office() -> None:
    def found(**second: Any) -> list[str]:
        first = {"committee_id": "K1", "kind": "业委会", "compound_ids": "C1", "term_end": dt.date(2028, 1, 1)}
        return codes(district(committees=[first, {"committee_id": "K2", "compound_ids": "C1", **second}]), "V12")

    assert found(kind="物管会", working=True) == ["V12"]
    assert found(kind="物管会", term_end=AS_OF) == ["V12"]
    assert found(kind="物管会", term_end=dt.date(2026, 11, 19)) == []
    assert found(kind="物管会", term_end=dt.date(2028, 1, 1), working=False) == []
    assert found(kind="物管会", working=True, formed_on=dt.date(2026, 12, 1)) == []
    assert found(kind="自管小组", working=True) == []
    assert found(kind="物管会") == []


def test_a_held_vote_needs_both_counts_and_a_coming_one_does_not() -> None:
    vote = {"vote_type": "业主表决", "vote_date": AS_OF}
    assert codes(district(vote), "V17") == ["V17e"]
    assert codes(district({**vote, "vote_date": dt.date(2026, 12, 1)}), "V17") == []
    assert codes(district({**vote, "vote_type": "意愿征询"}), "V17") == []


def test_cancelled_works_are_no_renovation() -> None:
    works = [{"programme": "A", "year": 2020, "status": "撤销"}, {"programme": "A", "year": 2024, "status": "施工"}]
    assert codes(district(interventions=works), "V02") == []
    apart = [{"programme": "A", "year": 2020}, {"programme": "A", "year": 2024, "compound_id": "C2"}]
    assert codes(district(interventions=apart), "V02") == []


def test_a_hearsay_decade_counts_by_its_early_end() -> None:
    branch = {"branch_id": "B1", "compound_ids": "C1", "laid_year": 1986}
    assert codes(district({"year_lo": 1990, "year_hi": 1999}, heat_branches=[branch]), "V20") == ["V20b"]
    assert codes(district({"year_lo": 1980, "year_hi": 1989}, heat_branches=[branch]), "V20") == []


def test_personal_data_is_found_in_every_text_and_shown_masked() -> None:
    texts = ["找王女士13812345678", "身份证320106198003151234。", "占道车苏E·12345", "3号楼2单元501室漏水"]
    for text in texts:
        problems = CHECKS["V26"](Facts(district({"note": text}), shared_policy(), AS_OF))
        assert list(problems["rule"]) == ["V26"]
        assert not re.search(r"12345|19800315|501室", problems["value"].iloc[0])
    assert codes(district(issues=[{"issue_id": "I1", "note": "电话 138-1234-5678"}]), "V26") == ["V26"]
    harmless = "2026年11月20日，3号楼2单元门禁损坏，工单20261120001234，预算13812345.67元"
    assert codes(district({"note": harmless, "address": "幸福路28号"}), "V26") == []


def test_an_older_survey_of_the_same_compound() -> None:
    first = district({"surveyed_on": dt.date(2026, 5, 1)})
    second = district({"surveyed_on": dt.date(2026, 6, 1)})
    both = dataclasses.replace(first, compounds=pd.concat([second.compounds, first.compounds]))
    found = CHECKS["V27"](Facts(both, shared_policy(), AS_OF))
    assert [(v, p["newest"]) for v, p in zip(found["value"], found["params"], strict=True)] == [
        ("2026-05-01", "2026-06-01")
    ]
    assert codes(first, "V27") == []
    unknown = dataclasses.replace(first, compounds=pd.concat([district().compounds, first.compounds]))
    assert codes(unknown, "V27") == []


def heap(n_default: int, n_other: int) -> District:
    years = [2000] * n_default + [1960 + i % 40 for i in range(n_other)]
    return make_district([{"compound_id": f"C{i}", "built_year_max": year} for i, year in enumerate(years)])


def test_a_heaped_threshold_year_is_one_finding_for_the_district() -> None:
    found = CHECKS["V29"](Facts(heap(11, 89), shared_policy(), AS_OF))
    assert list(found["value"]) == ["2000"]
    assert found["params"].iloc[0]["n"] == 11
    assert codes(heap(10, 90), "V29") == []  # not over 10 %
    assert codes(heap(4, 6), "V29") == []  # four compounds are no heap
    many_of_another_year = make_district([{"compound_id": f"C{i}", "built_year_max": 1987} for i in range(50)])
    assert codes(many_of_another_year, "V29") == []


def test_problems_come_worst_first_then_by_rule_and_compound() -> None:
    rows = [
        {"compound_id": "C2", "face_only": True, "cctv_points": 1, "cctv_working": 2},
        {"compound_id": "C1", "face_only": True, "floor_area_m2": 4400.0, "households": 100, "population": 900},
    ]
    problems = run_checks(make_district(rows), shared_policy(), AS_OF)
    listed = list(
        zip(problems["severity"], problems["rule"], [p["compound_id"] for p in problems["params"]], strict=True)
    )
    assert listed == [
        ("error", "V13", "C2"),
        ("error", "V15", "C1"),
        ("error", "V15", "C2"),
        ("warning", "V04", "C1"),
        ("info", "V03b", "C1"),
    ]
    summary = summarise(problems)
    assert summary.to_dict("list") == {
        "severity": ["error", "error", "warning", "info"],
        "rule": ["V15", "V13", "V04", "V03b"],
        "n": [2, 1, 1, 1],
    }


def test_an_empty_district_and_a_bare_one_have_no_finding() -> None:
    for checked in (make_district(), district()):
        assert run_checks(checked, shared_policy(), AS_OF).empty
        assert summarise(run_checks(checked, shared_policy(), AS_OF)).empty


def test_row_order_does_not_matter_and_the_district_is_not_changed() -> None:
    rows = [
        {"compound_id": f"C{i}", "households": 10, "population": 10 * i, "built_year_min": 2020 + i} for i in range(9)
    ]
    one, other = make_district(rows), make_district(rows[::-1])
    before = one.compounds.copy(deep=True)
    pd.testing.assert_frame_equal(run_checks(one, shared_policy(), AS_OF), run_checks(other, shared_policy(), AS_OF))
    pd.testing.assert_frame_equal(one.compounds, before)


def test_a_sample_size_that_cannot_be_read_is_a_policy_error() -> None:
    policy = with_settings(shared_policy(), heat_min_sample="viele")
    checked = district(heat_branches=[{"compound_ids": "C1", "homes_measured_n": 8}])
    with pytest.raises(PolicyError, match="heat_min_sample"):
        run_checks(checked, policy, AS_OF)


def large_district(n: int) -> District:
    """n compounds and ten buildings of each, most of them sound; every hundredth compound has a fault."""
    rng = np.random.default_rng(7)
    households = rng.integers(20, 600, n)
    bad = np.arange(n) % 100 == 0
    values = pd.DataFrame(
        {
            "compound_id": [f"C{i:06d}" for i in range(n)],
            "name": "小区",
            "note": "门禁损坏，需更换",
            "households": households,
            "population": households * 3,
            "floor_area_m2": households * 80.0,
            "built_year_min": rng.integers(1970, 2010, n),
            "cctv_points": 10,
            "cctv_working": np.where(bad, 11, 9),
            "property_status": np.where(bad, "无", "专业物业"),
        }
    )
    values["built_year_max"] = values["built_year_min"]
    small = make_district([{"compound_id": "X"}])
    table = make_table(values.to_dict("records"), "compounds")
    compounds = type(small.compounds)(table, geometry=[None] * n, crs=small.compounds.crs).set_index("compound_id")
    years = compounds[["built_year_min"]].astype("Float64").set_axis(["year_lo"], axis=1)
    return dataclasses.replace(small, compounds=compounds, year_range=years.assign(year_hi=years["year_lo"]))


def test_a_hundred_thousand_compounds_take_seconds() -> None:
    checked = large_district(100_000)
    start = time.process_time()
    problems = run_checks(checked, shared_policy(), AS_OF)
    assert time.process_time() - start < 8
    assert (problems["rule"] == "V13").sum() == 1000
