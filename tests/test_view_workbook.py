"""The workbook of what 建议次序 shows: the rows of the view in its order, the filter in its head."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from planner.decisions.pipeline import Assessment, assess
from planner.district.district import District
from planner.outputs.ranking_view import RankingView, view_rows, view_words
from planner.outputs.tables import item_table, view_workbook
from planner.text import t
from tests.builders import make_district, shared_policy
from tests.cases import AS_OF
from tests.test_ranking_view import FOUR


@pytest.fixture(scope="module")
def four() -> tuple[District, Assessment]:
    """Four compounds in two sub-districts."""
    district = make_district(FOUR)
    return district, assess(district, shared_policy(), as_of=AS_OF)


def book(four: tuple[District, Assessment], lang: str = "zh", **view: Any) -> openpyxl.Workbook:
    """The workbook of a view, read again."""
    district, assessment = four
    return openpyxl.load_workbook(io.BytesIO(view_workbook(assessment, district, RankingView(**view), lang)))


def names(sheet: Any, column: int = 2) -> list[Any]:
    """The names of a sheet below its heading."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(k for k, row in enumerate(rows) if row[0] == t("table.overview.no"))
    return [row[column - 1] for row in rows[head + 1 :] if row[0] is not None]


def test_only_what_is_shown_and_in_its_order(four: tuple[District, Assessment]) -> None:
    shown = view_rows(four[1], RankingView(street="东街", sort="-name"))
    found = names(book(four, street="东街", sort="-name")["一览表（筛选）"])
    assert found == [str(name) for name in shown["name"]]
    assert set(found) == {"幸福里", "ＡＢ公寓"}
    everything = names(book(four)["一览表（筛选）"])
    assert len(everything) == 4


def test_the_filter_and_the_numbers_stand_in_the_head(four: tuple[District, Assessment]) -> None:
    found = book(four, street="东街", state="verify", completeness=40, sanwu=True, q="幸福")
    for name in ("一览表（筛选）", "项目清单"):
        top = " ".join(str(cell.value) for row in found[name].iter_rows(max_row=3) for cell in row if cell.value)
        assert "筛选：街道 东街；办理建议 待核实；资料完整度 40%以上；查找 幸福；只看“三无”" in top
        assert "全区4个" in top
    assert "筛选：无，4个（全区4个）" in str(
        [c.value for row in book(four)["一览表（筛选）"].iter_rows(max_row=3) for c in row]
    )


def test_items_and_ranking_are_those_of_the_same_compounds(four: tuple[District, Assessment]) -> None:
    found = book(four, street="东街")
    ranking = [row[0].value for row in found["ranking"].iter_rows(min_row=2)]
    assert set(ranking) == {"A1", "C3"}
    own = item_table(four[1].items)
    wanted = int(own["compound_id"].isin(["A1", "C3"]).sum())
    rows = [row for row in found["项目清单"].iter_rows(values_only=True) if any(row)]
    head = next(k for k, row in enumerate(rows) if t("table.items.name") in row)
    assert len(rows) - head - 1 == wanted


def test_nothing_shown_is_a_workbook_with_headings_only(four: tuple[District, Assessment]) -> None:
    assert names(book(four, q="没有这个小区")["一览表（筛选）"]) == []


def test_words_of_a_view_in_both_languages(four: tuple[District, Assessment]) -> None:
    view = RankingView(programme="A", community="甲社区")
    assert view_words(four[1], view) == "社区 甲社区；改造方案（符合） 全面改造"
    assert view_words(four[1], view, "en") == "Community 甲社区; Programme (holds) Comprehensive"
    assert view_words(four[1], RankingView(state="nonsense", programme="nonsense")) == ""
    assert "Filter: none; 4 of 4" in str(
        [c.value for row in book(four, "en")["Filtered list"].iter_rows(max_row=3) for c in row]
    )
