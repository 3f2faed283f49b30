"""Words, numbers in words, and the doors that make data text safe."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Template

from planner.errors import problem
from planner.text import (
    date_text,
    in_language,
    load_words,
    render_problems,
    safe_cell,
    safe_file_name,
    safe_text,
    t,
    wan,
    wan_text,
)

HOSTILE = ["<img src=x onerror=1>", "${1+1}", "`x`", "{{ 7*191 }}", "{% 楼 %}", "{# 3号楼", "</script>", "\\u003c"]


def test_words_by_language_and_placeholders() -> None:
    assert t("unit.wan_yuan", amount="13.4") == "13.4万元"
    assert t("unit.wan_yuan", "en", amount="13.4").startswith("CNY 13.4")


def test_an_unknown_word_is_a_fault_of_the_program() -> None:
    with pytest.raises(KeyError):
        t("no.such.key")


def test_a_key_with_two_meanings_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "text.csv"
    file.write_text("key,zh,en\na,甲,A\na,乙,B\n", encoding="utf-8")
    with pytest.raises(ValueError, match="'a' stands twice"):
        load_words(file)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_inert_even_after_two_jinja_renders(text: str) -> None:
    safe = safe_text(text)
    assert not set(safe) & set("<>`${}%\\\"'")
    twice = Template(Template(safe).render()).render()
    assert twice == safe


@given(st.text())
def test_safe_text_never_leaves_a_character_that_starts_code(text: str) -> None:
    assert not set(safe_text(text)) & set("<>`${}%\\\"'")


def test_missing_text_is_empty() -> None:
    assert safe_text(None) == ""
    assert safe_text(float("nan")) == ""
    assert safe_text(12) == "12"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_formulas_stay_text_in_a_spreadsheet(text: str) -> None:
    assert safe_cell(text) == "'" + text
    assert safe_cell("红旗家属院") == "红旗家属院"
    assert safe_cell(-3) == -3


@given(st.text())
def test_file_names_stay_in_their_folder(text: str) -> None:
    name = safe_file_name(text)
    assert name
    assert not set(name) & set('/\\:*?"<>|\0')
    assert name not in (".", "..")


def test_reserved_and_empty_file_names_fall_back() -> None:
    assert safe_file_name("con.txt") == "planner"
    assert safe_file_name("  ") == "planner"
    assert safe_file_name("红旗/家属院") == "红旗_家属院"


@pytest.mark.parametrize(
    ("yuan", "decimals", "text"),
    [(133600, 1, "13.4"), (6600, 1, "0.7"), (500, 1, "0.1"), (71730000, 2, "7,173.00"), (0, 1, "0.0")],
)
def test_money_in_wan_is_rounded_half_up(yuan: float, decimals: int, text: str) -> None:
    assert wan(yuan, decimals) == text
    assert wan_text(yuan, "zh", decimals) == text + "万元"


def test_dates_as_documents_print_them() -> None:
    assert date_text(dt.date(2026, 11, 23)) == "2026年11月23日"
    assert date_text(dt.date(2026, 11, 23), "en") == "23 November 2026"


def test_problems_are_told_in_both_languages() -> None:
    table = problem("P01", file="items.csv", row=3, column="class", value="basc", choices="basic、safety")
    zh, en = render_problems(table).iloc[0], render_problems(table, "en").iloc[0]
    assert zh["message"] == "items.csv第3行“class”的值“basc”不认识"
    assert zh["fix"] == "请改为下列之一：basic、safety"
    assert "row 3" in en["message"]
    assert list(render_problems(table).columns) == [
        "severity", "file", "row", "column", "value", "rule", "message", "fix",
    ]  # fmt: skip


def test_an_error_can_be_said_again_in_the_other_language() -> None:
    inner = t("unit.wan_yuan", amount="13.4")
    said = t("policy.setting_not_number", setting="x3_years_A", value=inner)
    assert "不是数" in said
    assert in_language(said, "en") == t(
        "policy.setting_not_number", "en", setting="x3_years_A", value=t("unit.wan_yuan", "en", amount="13.4")
    )
    assert in_language("台账原文", "en") == "台账原文"
