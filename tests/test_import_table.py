"""The ledger of an import: headers, repeated rows, refusals, and where every cell went."""

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import CallError, InputError
from tests.import_files import LEDGER, rules, run


def test_every_cell_is_mapped_listed_or_a_problem() -> None:
    done = run(LEDGER + "A4,北里,西山,去年,多,无物业,z\n")
    cells = done.report.summary["cells"]
    assert cells["total"] == 4 * 7 == cells["mapped"] + cells["unmapped"] + cells["problem"]
    assert cells["unmapped"] == 4
    lost = {(c["row"], c["column"], c["value"]) for c in done.report.summary["problem_cells"]}
    assert lost == {(5, "建筑年代", "去年"), (5, "总户数", "多")}
    assert cells["problem"] == 2
    assert "I09" not in rules(done)


def test_identical_rows_merge_with_a_note_and_count_as_mapped() -> None:
    done = run(LEDGER + "A1,红旗家属院,东风,1985年,120,无物业,x\n")
    assert len(done.district.compounds) == 3
    note = done.report.problems[done.report.problems["rule"] == "I05"].iloc[0]
    assert (note["severity"], note["row"], note["params"]["first"]) == ("info", 5, 2)
    assert done.report.summary["cells"] == {"total": 28, "mapped": 24, "unmapped": 4, "problem": 0}
    assert done.report.rejected == 0


def test_the_same_id_with_other_content_is_an_error_and_its_cells_are_problems() -> None:
    done = run(LEDGER + "A1,红旗家属院,东风,1985年,999,无物业,x\n")
    assert done.report.rejected == 1
    assert done.district.compounds.loc["A1", "households"] == 120
    error = done.report.problems[done.report.problems["severity"] == "error"].iloc[0]
    assert (error["rule"], error["row"], error["value"]) == ("district.same_id", 5, "A1")
    assert done.report.summary["cells"] == {"total": 28, "mapped": 18, "unmapped": 3, "problem": 7}


def test_a_table_without_any_name_is_refused_with_the_cure() -> None:
    with pytest.raises(InputError, match="--map"):
        run("甲,乙\n1,2\n3,4\n")


def test_two_columns_for_one_field_are_refused_until_a_hand_decides() -> None:
    text = "小区名称,建成年份,建筑年代\n红旗,1990,1985\n建设,1980,1981\n"
    with pytest.raises(InputError, match="同一字段") as caught:
        run(text)
    assert list(caught.value.problems["rule"]) == ["I02"]
    done = run(text, by_hand={"建筑年代": "built_year_min"})
    assert sorted(done.district.compounds["built_year_min"]) == [1981, 1985]


@pytest.mark.parametrize("hand", [{"没有": "name"}, {"备用": "no_such_field"}])
def test_a_hand_that_fits_nothing_is_a_wrong_call(hand: dict[str, str]) -> None:
    with pytest.raises(CallError, match=r"没有名为|不是表"):
        run(by_hand=hand)


def test_what_was_remembered_is_used() -> None:
    done = run(recall=lambda table, headers: {"备用": "note"} if table == "compounds" and "备用" in headers else {})
    assert done.report.summary["columns"]["备用"] == "note"


def test_unreadable_coordinates_are_problem_cells_and_swapped_columns_are_named_by_hand() -> None:
    text = "小区名称,东,北\n甲乙丙,116.3,39.9\n丁戊己,不详,39.9\n"
    done = run(text, lonlat=("东", "北"), crs="4490")
    assert done.report.summary["cells"] == {"total": 6, "mapped": 5, "unmapped": 0, "problem": 1}
    assert done.district.compounds.geom_type.isna().tolist().count(True) == 1
    with pytest.raises(CallError, match="没有这列"):
        run(text, lonlat=("没有这列", "北"))


def test_personal_cells_are_held_out_and_masked_everywhere() -> None:
    done = run("小区名称,备注\n红旗,找13812345678\n建设,好\n")
    assert done.district.compounds["note"].isna().sum() == 1
    assert "13812345678" not in json.dumps(done.report.summary, ensure_ascii=False)
    assert done.report.summary["cells"]["problem"] == 1


CELL = st.text("0123456789年约户无物业A1,-:/ \n\"'未知na清", max_size=8)


@settings(max_examples=20)
@given(st.lists(st.tuples(CELL, CELL, CELL, CELL), max_size=6))
def test_no_text_whatever_is_lost_in_silence(rows: list[tuple[str, str, str, str]]) -> None:
    table = pd.DataFrame(rows, columns=["小区名称", "总户数", "建筑年代", "物业公司"])
    done = run(table.assign(编码=[f"K{i}" for i in range(len(rows))]).to_csv(index=False))
    cells = done.report.summary["cells"]
    assert cells["total"] == cells["mapped"] + cells["unmapped"] + cells["problem"]
    assert "I09" not in rules(done)
    assert len(done.report.summary["problem_cells"]) == cells["problem"]
