"""Rows and details of the list: every number is the cell that it comes from, the unknown says so."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from planner.decisions.pipeline import Assessment, assess
from planner.district.district import District
from planner.text import wan
from planner.web import rows
from tests import cases
from tests.builders import make_district, shared_policy


def assessed(district: District) -> Assessment:
    """The assessment of an acceptance case at its date."""
    return assess(district, shared_policy(), as_of=cases.AS_OF)


@pytest.fixture(scope="module")
def first() -> tuple[District, Assessment]:
    """Acceptance case 1: micro-renovation with a paper, year by hearsay."""
    district = cases.case_1()
    return district, assessed(district)


def only_row(district: District, assessment: Assessment, lang: str = "zh") -> dict[str, Any]:
    """The one row of a district of one compound."""
    return rows.list_rows(rows.row_frame(district, assessment, assessment.sentences(lang), lang))[0]


def test_a_row_shows_the_cells(first: tuple[District, Assessment]) -> None:
    district, assessment = first
    row = only_row(district, assessment)
    costs, scores = assessment.costs.iloc[0], assessment.scores.iloc[0]
    assert row["no"] == 1
    assert row["name"] == district.compounds["name"].iloc[0]
    assert row["households"] == "108"
    assert row["programmes"][3] == "yes"
    assert row["programmes"][0] == "unknown"
    assert row["money"] == wan(int(costs["cost_now"]))
    assert row["range"] == f"{wan(int(costs['cost_now_low']))}–{wan(int(costs['cost_now_high']))}"
    assert row["need"] == round(float(scores["need"]))
    assert row["completeness"] == f"{100 * float(scores['completeness']):.0f}%"
    assert row["sentence"] == assessment.ranking["sentence"].iloc[0]
    assert wan(int(costs["cost_now"]), 1) in row["sentence"]


def test_nothing_known_is_said_and_is_not_zero() -> None:
    district = make_district([{"compound_id": "A"}])
    row = only_row(district, assessed(district))
    assert row["name"] == "A"
    assert row["households"] == "待核实"
    assert (row["money"], row["range"]) == ("—", "")
    assert row["kind"] == "资料空白"
    assert row["completeness"] == "0%"


def test_the_detail_lists_every_item_with_its_quantity_and_cost(first: tuple[District, Assessment]) -> None:
    district, assessment = first
    key = str(district.compounds.index[0])
    found = rows.detail(key, assessment, assessment.sentences(), "zh")
    own = assessment.items[assessment.items["compound_id"] == key]
    assert len(found["items"]) == len(own)
    cells = {line["cells"][0]: line["cells"] for line in found["items"]}
    doors = own[own["item"] == "ac_unit"].iloc[0]
    label = shared_policy().label("items", "ac_unit")
    assert cells[label][1].startswith("9樘")
    assert cells[label][2].startswith(wan(int(doors["cost"])))
    labels = [part["label"] for part in found["parts"]]
    assert {"说明", "怎样才能列入", "建议次序"} <= set(labels)


def test_blocked_items_are_marked() -> None:
    district = cases.case_2()
    found = rows.detail(str(district.compounds.index[0]), assessed(district), assessed(district).sentences(), "zh")
    assert any(line["blocked"] for line in found["items"])
    assert any("立查立改" in part["label"] for part in found["parts"])


def test_quantities_of_unknown_deficits_are_at_most() -> None:
    district = make_district([{"compound_id": "A", "households": 96, "units_n": 6, "property_status": "无"}])
    found = rows.detail("A", assessed(district), assessed(district).sentences(), "zh")
    assert any(line["cells"][1].startswith("至多") and line["cells"][2] == "—" for line in found["items"])


def test_rows_stand_in_the_order_of_the_ranking() -> None:
    people = [
        {"compound_id": k, "households": n, "property_status": "无"} for k, n in (("a", 10), ("b", 400), ("c", 90))
    ]
    district = make_district(people)
    assessment = assessed(district)
    frame = rows.row_frame(district, assessment, assessment.sentences(), "zh")
    assert frame.index.tolist() == assessment.ranking["compound_id"].tolist()


def test_english_has_no_chinese_of_ours(first: tuple[District, Assessment]) -> None:
    row = only_row(*first, lang="en")
    words = " ".join([row["bars"], row["money_title"], row["kind"], *rows.list_words("en").values()])
    assert not any("\u4e00" <= c <= "\u9fff" for c in words)


def test_input_frames_stay_as_they_were(first: tuple[District, Assessment]) -> None:
    district, assessment = first
    before = assessment.ranking.copy(deep=True)
    rows.row_frame(district, assessment, assessment.sentences(), "zh")
    pd.testing.assert_frame_equal(assessment.ranking, before)
