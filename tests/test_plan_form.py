"""The form of an annual plan: amounts as people type them, all problems at once, decisions with their basis."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.decisions.portfolio.plan_form import (
    MUST,
    NEVER,
    STARTED,
    Ground,
    OrderRow,
    PlanForm,
    first_form,
    form_dict,
    form_of,
    read_form,
    sources,
    with_order,
    without_order,
    yuan_of,
)
from planner.decisions.portfolio.request import ALLOW, RESERVE, Order
from planner.text import render_problems
from tests.builders import shared_policy
from tests.test_plan import checked_policy

GROUND = Ground({"甲", "乙"}, dt.date(2026, 11, 23), checked_policy())
BASIS = {"basis": "区政府民生实事", "document": "某政办〔2026〕12号"}


def filled(**more: object) -> PlanForm:
    """A form with 800万元 a year."""
    return replace(first_form(GROUND), funds={"": ("800", "800", "800")}, **more)  # type: ignore[arg-type]


def rules_of(form: PlanForm, ground: Ground = GROUND) -> list[str]:
    """The rules of all problems of a form that is refused."""
    request, problems = read_form(form, ground)
    assert (request is None) == bool(len(problems))
    return sorted(problems["rule"])


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("800", 8_000_000), ("８００", 8_000_000), ("1,200.5", 12_005_000), ("0.5亿", 50_000_000),
        ("800万元", 8_000_000),
        ("8000000元", 8_000_000), (" 0 ", 0), (".5", 5_000), ("0.00005", None), ("八百", None), ("-3", None),
        ("8e2", None), ("800,", None), ("", None), ("1" * 20, int("1" * 20) * 10_000),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_type_them(text: str, yuan: int | None) -> None:
    assert yuan_of(text) == yuan


def test_a_filled_form_is_the_request_of_the_command_line() -> None:
    request, problems = read_form(filled(), GROUND)
    assert not len(problems)
    assert request is not None
    assert request.funds == {(2027, ""): 8_000_000, (2028, ""): 8_000_000, (2029, ""): 8_000_000}
    assert (request.unverified, request.rules, request.capacities, request.must) == (RESERVE, {}, {}, ())


def test_all_problems_are_told_at_once_with_where_and_what_to_do() -> None:
    wrong = filled(
        shares={**first_form(GROUND).shares, "plan_floor_share": "120"},
        capacity={"trench_m": "3km"},
        orders=(OrderRow(MUST, "甲", basis="口头"), OrderRow(NEVER, "丙", basis="x"), OrderRow(NEVER, "乙")),
    )
    wrong = replace(wrong, funds={"": ("八百", "8000000", "800")})
    assert rules_of(wrong) == ["PF2", "PF3", "PF5", "PF6", "PF7", "PF8", "PF8n"]
    shown = render_problems(read_form(wrong, GROUND)[1])
    assert list(shown["column"])[:2] == ["2027", "2028"]
    assert all(shown["message"].str.len() > 5)
    assert all(shown["fix"].str.len() > 3)


def test_no_funds_at_all_is_said_and_a_year_without_funds_stays_a_year() -> None:
    assert rules_of(replace(filled(), funds={"": ("", "0", "")})) == ["PF4"]
    request, _ = read_form(replace(filled(), funds={"": ("", "800", "")}), GROUND)
    assert request is not None
    assert request.years == (2027, 2028, 2029)
    assert request.yuan("", 2027) == 0


def test_by_source_only_the_sources_count() -> None:
    assert sources(shared_policy()) == ("上级资金", "区级资金", "供热企业")
    form = replace(filled(by_source=True), funds={"": ("800",) * 3, "区级资金": ("300", "", "300")})
    request, _ = read_form(form, GROUND)
    assert request is not None
    assert request.sources == ("区级资金",)
    assert request.funds == {(2027, "区级资金"): 3_000_000, (2029, "区级资金"): 3_000_000}


@pytest.mark.parametrize(("basis", "document"), [("", ""), ("民生实事", ""), ("", "12号"), ("  ", "12号")])
@pytest.mark.parametrize("kind", [MUST, STARTED])
def test_a_must_without_basis_or_document_is_refused(kind: str, basis: str, document: str) -> None:
    row = OrderRow(kind, "甲", "A", "2027", basis, document)
    assert rules_of(filled(orders=(row,))) == ["PF8"]


def test_decisions_become_orders_with_basis_and_document() -> None:
    form = filled(orders=(OrderRow(MUST, "甲", "", "2028", **BASIS), OrderRow(STARTED, "乙", "A", "2027", **BASIS)))
    request, _ = read_form(form, GROUND)
    assert request is not None
    basis = "区政府民生实事（某政办〔2026〕12号）"
    assert request.must == (Order("甲", basis, "", 2028),)
    assert request.under_way == (Order("乙", basis, "A", 2027),)


def test_contradictions_and_years_outside_are_refused() -> None:
    both = (OrderRow(MUST, "甲", "A", "", **BASIS), OrderRow(NEVER, "甲", "", "", **BASIS))
    assert rules_of(filled(orders=both)) == ["PF9"]
    assert rules_of(filled(orders=(OrderRow(MUST, "甲", "", "2031", **BASIS),))) == ["PF11"]
    assert rules_of(filled(orders=(OrderRow(STARTED, "甲", "", "", **BASIS),))) == ["PF12"]
    assert rules_of(replace(filled(), first_year=2020)) == ["PF1"]


def test_a_later_decision_about_the_same_takes_the_place_of_the_earlier() -> None:
    form = with_order(with_order(filled(), OrderRow(MUST, "甲", **BASIS)), OrderRow(NEVER, "甲", basis="征收"))
    assert [row.kind for row in form.orders] == [NEVER]
    assert without_order(form, "甲", "").orders == ()


def test_while_registers_are_not_compared_only_allow_can_be_planned_and_the_form_begins_so() -> None:
    ground = replace(GROUND, policy=shared_policy())
    assert first_form(ground).unverified == ALLOW
    assert rules_of(replace(filled(), unverified=RESERVE), ground) == ["PF10"]
    assert rules_of(replace(filled(), unverified=ALLOW), ground) == []
    assert first_form(GROUND).unverified == RESERVE


def test_changed_shares_become_rules_of_the_request_and_equal_ones_do_not() -> None:
    form = filled(shares={"plan_floor_share": "35.0", "plan_share_sanwu": "２０%"})
    request, _ = read_form(form, GROUND)
    assert request is not None
    assert request.rules == {"plan_share_sanwu": "0.2"}


@settings(max_examples=12)
@given(st.lists(st.text(max_size=6), max_size=5), st.text(max_size=9), st.sampled_from([MUST, NEVER, STARTED]))
def test_a_form_comes_back_as_it_was_kept_and_no_text_breaks_it(funds: list[str], text: str, kind: str) -> None:
    form = filled(orders=(OrderRow(kind, text, text, text, text, text),), capacity={"crews": text})
    form = replace(form, funds={"": tuple(funds)}, shares={"plan_floor_share": text})
    assert form_of(form_dict(form)) == form
    read_form(form, GROUND)
