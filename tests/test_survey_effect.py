"""From a survey to the district after it, what moves in the decisions, and the preview of both."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from planner.decisions.effect import effect_of
from planner.decisions.pipeline import assess
from planner.district.district import District
from planner.district.load import read_district
from planner.district.survey.applied import changed_district
from planner.district.survey.held import held_problems
from planner.district.survey.incoming import incoming_cells, ledger_cells, no_base
from planner.district.survey.merge import Merge, merge, merge_policy
from planner.district.survey.preview import preview_cells, preview_counts, why_counts
from planner.district.write import ledger_texts, write_district
from planner.text import render_problems
from tests.builders import make_district, shared_policy
from tests.source_tree import ROOT
from tests.survey_files import AS_OF, ledger, read

POLICY = shared_policy()


def merged(text: str, district: District, **options: Any) -> Merge:
    """The merge of a survey into a district."""
    cells = incoming_cells(read(text, district))
    return merge(no_base(), ledger_cells(district, cells), cells, merge_policy(POLICY, **options))


def test_the_district_after_a_survey_reads_like_a_folder_with_its_cells(tmp_path: Any) -> None:
    district = ledger(built_year_min=1985, built_year_max=1985, heating_type="na", original={"households": "约100户"})
    head = "小区编码,户数,建成年代（最早）,建成年代（最晚）,供热方式,备注,收缴率"
    text = f"{head}\nC1,120,90年代,90年代,集中供热,新,\nC2,,,,na,,#清空\n"
    after = changed_district(district, merged(text, district).applied, POLICY)
    c1 = after.compounds.loc["C1"]
    assert (c1["households"], c1["built_year_min"], c1["heating_type"], c1["note"]) == (120, 1995, "集中供热", "新")
    assert tuple(after.year_range.loc["C1"]) == (1990, 1999)
    assert after.not_applicable == {("C2", "heating_type")}
    assert len(after.original) == 0
    assert district.compounds.at["C1", "households"] == 100
    assert district.not_applicable == {("C1", "heating_type")}
    write_district(after, tmp_path)
    again = read_district(tmp_path, POLICY)
    pd.testing.assert_frame_equal(ledger_texts(again), ledger_texts(after))


def test_a_survey_that_changes_nothing_leaves_the_district_itself() -> None:
    district = ledger()
    assert changed_district(district, merged("小区编码,户数\nC1,100\n", district).applied, POLICY) is district


def test_ledger_cells_have_the_facts_of_their_row() -> None:
    district = ledger(surveyed_on=dt.datetime(2026, 3, 1), surveyor_code="D7", row_version=5)
    wanted = pd.DataFrame({"compound_id": ["C1", "C1", "C3"], "field": ["households", "units_n", "households"]})
    cells = ledger_cells(district, wanted)
    assert cells.fillna(0).to_numpy().tolist() == [
        ["C1", "households", "100", 5, "2026-03-01", "D7"],
        ["C1", "units_n", "", 5, "", ""],
        ["C3", "households", "", 0, "", ""],
    ]


def old_yard(compound: str, **values: Any) -> dict[str, Any]:
    """A compound of 1988 without service whose doors and cameras are known to be missing."""
    return {
        "compound_id": compound,
        "name": compound,
        "built_year_min": 1988,
        "built_year_max": 1988,
        "built_year_source": "竣工档案",
        "households": 48,
        "buildings_n": 1,
        "units_n": 4,
        "access_ctrl_units": 0,
        "access_ctrl_working": 0,
        "cctv_points": 0,
        "cctv_working": 0,
        "perimeter_closable": "可",
        "property_status": "社区托管",
    } | values


def test_a_custodian_makes_a_compound_ready_and_the_effect_says_so() -> None:
    district = make_district([old_yard("K1", custodian_type="无"), old_yard("K2", custodian_type="无")])
    text = "小区编码,管护责任主体,管护文件\nK1,社区,管护承诺书\n"
    after = changed_district(district, merged(text, district).applied, POLICY)
    effect = effect_of(district, after, POLICY, as_of=AS_OF)
    then, now = (assess(d, POLICY, as_of=AS_OF) for d in (district, after))
    assert (then.states.at["K1", "state"], now.states.at["K1", "state"]) == ("先落实管护", "可列入")
    assert effect.states.to_numpy().tolist() == [["K1", "K1", "先落实管护", "可列入", "enters"]]
    assert (effect.enters, effect.leaves, effect.scored) == (["K1"], [], 1)
    assert set(effect.ranks["compound_id"]) == {"K1"}
    assert effect.ranks["score_after"].tolist() == [now.scores.at["K1", "score"]]
    changed = now.costs["cost_now"].sum() - then.costs["cost_now"].sum()
    assert effect.cost_now_change == changed > 0
    assert effect.costs["compound_id"].tolist() == ["K1"]
    assert set(effect.programmes["compound_id"]) <= {"K1"}
    back = effect_of(after, district, POLICY, as_of=AS_OF)
    assert (back.enters, back.leaves, back.cost_now_change) == ([], ["K1"], -changed)


def test_quantities_that_change() -> None:
    district = make_district([old_yard("K1", custodian_type="社区", custodian_doc="管护承诺书")])
    after = changed_district(district, merged("小区编码,单元数\nK1,5\n", district).applied, POLICY)
    effect = effect_of(district, after, POLICY, as_of=AS_OF)
    doors = effect.items.set_index("item").loc["ac_unit"]
    assert (doors["qty_before"], doors["qty_after"], doors["unit"]) == (4, 5, "樘")
    assert doors["cost_after"] > doors["cost_before"]


def test_nothing_changes_where_nothing_does_and_a_new_compound_is_all_new() -> None:
    district = make_district([old_yard("K1")])
    same = effect_of(district, district, POLICY, as_of=AS_OF)
    frames = (same.states, same.ranks, same.programmes, same.items, same.costs)
    assert ([len(f) for f in frames], same.scored, same.cost_now_change) == ([0] * 5, 0, 0)
    both = make_district([old_yard("K1"), old_yard("K2")])
    grown = effect_of(district, both, POLICY, as_of=AS_OF)
    assert grown.states["compound_id"].tolist() == ["K2"]
    assert grown.states["before"].tolist() == [""]
    assert set(grown.programmes["before"]) == {""}
    empty = effect_of(make_district([]), make_district([]), POLICY, as_of=AS_OF)
    assert len(empty.states) == 0


def test_the_effect_on_the_demo_district_is_the_difference_of_two_assessments() -> None:
    district = read_district(ROOT / "data", POLICY)
    ids = list(district.compounds.index[:40])
    text = "小区编码,监控路数,管护责任主体,调查日期\n" + "".join(f"{i},0,社区,2026-11-01\n" for i in ids)
    after = changed_district(district, merged(text, district, accept_large=True).applied, POLICY)
    effect = effect_of(district, after, POLICY, as_of=AS_OF)
    then, now = (assess(d, POLICY, as_of=AS_OF) for d in (district, after))
    moved = then.states["state"].ne(now.states["state"])
    assert moved.any()
    assert sorted(effect.states["compound_id"]) == sorted(moved.index[moved])
    assert effect.cost_now_change == now.costs["cost_now"].fillna(0).sum() - then.costs["cost_now"].fillna(0).sum()
    ranks = effect.ranks.set_index("compound_id")
    assert ranks["after"].equals(now.order["rank"].reindex(ranks.index).rename("after"))


def test_the_preview_shows_old_and_new_by_compound() -> None:
    district = ledger(surveyed_on=dt.datetime(2026, 3, 1))
    text = "小区编码,户数,备注,单元数,调查日期\nC2,281,,,2026-05-01\nC1,90,新,9,2026-02-01\nC3,,#清空,,2026-05-01\n"
    found = merged(text, district)
    names = district.compounds["name"]
    cells = preview_cells(found, names, POLICY)
    assert cells[["compound_id", "label", "old", "new", "outcome", "why", "row"]].to_numpy().tolist() == [
        ["C1", "户数", "100", "90", "held", "stale", 3],
        ["C1", "单元数", "未知", "9", "apply", "", 3],
        ["C1", "备注", "未知", "新", "apply", "", 3],
        ["C2", "户数", "280", "281", "apply", "", 2],
    ]
    counts = preview_counts(found, names)
    assert counts[["compound_id", "apply", "same", "held"]].to_numpy().tolist() == [
        ["C1", 2, 0, 1],
        ["C2", 1, 0, 0],
        ["C3", 0, 1, 0],
    ]
    assert why_counts(found)["stale"] == 1
    assert preview_cells(found, names, POLICY, "en")["old"].iloc[1] == "unknown"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_held_cell_is_explained(lang: str) -> None:
    district = ledger(surveyed_on=dt.datetime(2026, 3, 1))
    found = merged("小区编码,总户数,调查日期\nC1,90,2026-02-01\n", district)
    problems = held_problems(found, pd.Series({"households": "总户数"}), file="a.csv")
    words = render_problems(problems, lang)["message"].iloc[0]
    assert "总户数" in words
    assert "90" in words
    assert "100" in words
