"""The seven action states: each by hand, which comes first, what an unknown does, kinds of 待核实, lead and safety."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decisions import deficits, states
from planner.decisions.states import STATES, agreed
from planner.policy import Policy
from tests.builders import make_district
from tests.cases import case_policy

PAPER = {"custodian_type": "社区", "custodian_doc": "管护承诺书"}
NOBODY = {"custodian_type": "无", "custodian_doc": "无"}
CODES = ("X1", "X2", "X4", "X7", "X8", "A", "M", "E", "Z", "H", "W", "S")


def decided(
    results: dict[str, str], *, policy: Policy | None = None, scores: tuple[float, float] = (40, 60), **fields: Any
) -> pd.Series:
    """The state of one compound whose programme rows have these results (others no)."""
    under_way = fields.pop("under_way", None)
    rows = [{"intervention_id": "i", "compound_id": "A", "programme": "M", "year": 2026, "status": under_way}]
    district = make_district([{"compound_id": "A", **fields}], interventions=rows if under_way else [])
    policy = policy or case_policy()
    found = deficits.find_deficits(district, pd.DataFrame(index=district.compounds.index), policy)
    programmes = pd.DataFrame(
        {
            "compound_id": "A",
            "code": pd.Categorical(CODES, categories=CODES),
            "result": [results.get(code, "no") for code in CODES],
            "triggers_zh": [f"{code}的理由" for code in CODES],
            "triggers_en": [f"why {code}" for code in CODES],
        }
    )
    low, high = scores
    frame = pd.DataFrame({"score_low": [low], "score_high": [high]}, index=district.compounds.index, dtype="Float64")
    return states.decide(district, programmes, found, scores=frame, policy=policy).iloc[0]


def state(results: dict[str, str], **fields: Any) -> str:
    return str(decided(results, **fields)["state"])


class TestEach:
    """One hand case per state."""

    @pytest.mark.parametrize("code", ["X1", "X2", "X8"])
    def test_excluded(self, code: str) -> None:
        assert state({code: "yes", "A": "no"}) == "不予安排"

    @pytest.mark.parametrize("status", ["已公示", "已批", "施工", "完工"])
    def test_listed(self, status: str) -> None:
        assert state({"M": "yes"}, under_way=status, **PAPER) == "已列入/在建"

    @pytest.mark.parametrize("status", ["建议", "拟列入", "验收", "撤销"])
    def test_not_yet_or_no_longer_listed(self, status: str) -> None:
        assert state({"M": "yes"}, under_way=status, **PAPER) == "可列入"

    def test_ready(self) -> None:
        assert state({"A": "yes"}, **PAPER) == "可列入"
        assert state({"M": "yes", "X7": "yes"}, **PAPER) == "可列入"
        assert state({"E": "yes"}) == "可列入"

    def test_custodian_first(self) -> None:
        assert state({"Z": "yes"}, **NOBODY) == "先落实管护"
        assert state({"A": "yes"}, **NOBODY) == "先落实管护"
        assert state({"M": "yes"}, custodian_doc="口头") == "先落实管护"

    def test_consult_first(self) -> None:
        assert state({"A": "yes", "X7": "yes"}, **PAPER) == "先征询意愿"
        assert state({"A": "yes", "X7": "unknown"}, **PAPER) == "先征询意愿"

    def test_to_verify(self) -> None:
        assert state({"A": "unknown"}, **PAPER) == "待核实"
        assert state({"M": "unknown"}, **PAPER) == "待核实"
        assert state({"Z": "unknown"}) == "待核实"
        assert state({"A": "yes"}) == "待核实"
        assert state({"M": "yes"}) == "待核实"

    def test_no_need(self) -> None:
        assert state({}) == "维修维护/暂无需求"
        assert state({"W": "yes"}) == "维修维护/暂无需求"


class TestRules:
    """What CONTRACTS 2 says in one clause each."""

    @pytest.mark.parametrize("code", ["H", "W", "S"])
    def test_heating_repair_and_safety_never_make_it_ready(self, code: str) -> None:
        assert state({code: "yes"}, **PAPER) == "维修维护/暂无需求"

    def test_z_never_makes_it_ready(self) -> None:
        assert state({"Z": "yes"}, **PAPER) == "先落实管护"

    @pytest.mark.parametrize("code", ["H", "E"])
    def test_unknown_heating_or_environment_alone_needs_no_verification(self, code: str) -> None:
        assert state({code: "unknown"}) == "维修维护/暂无需求"

    def test_unknown_environment_counts_in_a_courtyard(self) -> None:
        assert state({"E": "unknown", "X4": "yes"}) == "待核实"

    def test_unknown_exclusions_exclude_nobody(self) -> None:
        assert state({"X1": "unknown", "X8": "unknown", "M": "yes"}, **PAPER) == "可列入"

    def test_the_first_that_holds(self) -> None:
        assert state({"X1": "yes", "M": "yes"}, under_way="施工", **PAPER) == "不予安排"
        assert state({"Z": "yes", "E": "yes"}, **NOBODY) == "可列入"
        assert state({"A": "yes", "M": "unknown", "X7": "yes"}, **PAPER) == "先征询意愿"

    def test_a_vote_for_micro_is_a_start_gate_unless_the_policy_asks_for_it(self) -> None:
        asked = {"households": 12, "support_households_n": 6, "surveyed_households_n": 12}
        assert state({"M": "yes"}, **PAPER, **asked) == "可列入"
        policy = case_policy(consent_min_M="2/3")
        assert state({"M": "yes"}, policy=policy, **PAPER, **asked) == "先征询意愿"
        assert state({"M": "yes"}, policy=policy, **PAPER, **{**asked, "support_households_n": 8}) == "可列入"

    def test_two_thirds_is_exact(self) -> None:
        """8 of 12 is enough; as 0.667 it would not be."""
        district = make_district([{"compound_id": "A", "households": 12, "support_households_n": 8}])
        found = deficits.find_deficits(district, pd.DataFrame(index=district.compounds.index), case_policy())
        assert agreed(found.need.ledger, Fraction(2, 3)).yes.all()


class TestOverlayAndLead:
    """Safety, lead, kinds of 待核实."""

    def test_safety_lies_over_any_state(self) -> None:
        row = decided({"S": "yes", "M": "yes"}, **PAPER)
        assert (row["state"], row["safety"], row["safety_zh"], row["safety_en"]) == ("可列入", True, "S的理由", "why S")
        assert decided({})["safety_zh"] == ""

    def test_lead_is_the_first_that_makes_it_ready(self) -> None:
        assert decided({"A": "yes", "M": "yes", "E": "yes"}, **PAPER)["lead"] == "A"
        assert decided({"A": "yes", "M": "yes", "X7": "yes"}, **PAPER)["lead"] == "M"
        assert decided({"M": "yes", "E": "yes"}, **NOBODY)["lead"] == "E"

    def test_lead_of_what_is_not_ready_is_what_it_would_be(self) -> None:
        assert decided({"A": "yes", "M": "yes"}, **NOBODY)["lead"] == "A"
        assert decided({})["lead"] == ""

    @pytest.mark.parametrize(
        ("scores", "known", "kind"),
        [
            ((60.0, 90.0), {}, "资料空白"),
            ((60.0, 90.0), {"property_status": "无"}, "重点摸底"),
            ((10.0, 49.9), {"built_year_min": 1990}, "暂缓摸底"),
            ((49.9, 50.0), {"built_year_min": 1990}, "核实后定"),
            ((50.0, 90.0), {"built_year_max": 1990}, "重点摸底"),
        ],
    )
    def test_kinds_of_verification(self, scores: tuple[float, float], known: dict[str, Any], kind: str) -> None:
        row = decided({"A": "unknown"}, policy=case_policy(profile="screen"), scores=scores, **known)
        assert row["verify"] == kind

    def test_kinds_are_of_screening_and_of_to_verify_only(self) -> None:
        assert pd.isna(decided({"A": "unknown"})["verify"])
        assert pd.isna(decided({"M": "yes"}, policy=case_policy(profile="screen"), **PAPER)["verify"])


RESULT = st.sampled_from(["yes", "no", "unknown"])


@given(st.fixed_dictionaries(dict.fromkeys(CODES, RESULT)), st.sampled_from([PAPER, NOBODY, {}]))
def test_exactly_one_of_seven(results: dict[str, str], people: dict[str, str]) -> None:
    row = decided(results, **people)
    assert row["state"] in STATES
    assert (row["state"] == "不予安排") == any(results[code] == "yes" for code in ("X1", "X2", "X8"))
    if row["state"] == "可列入":
        assert "yes" in (results["A"], results["M"], results["E"])
        assert row["lead"] != ""
