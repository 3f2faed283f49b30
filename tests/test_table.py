"""Tables of offices, as text: separators, titles, two-row headers, subtotals, 同上, notes, widths."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import shared_policy
from hypothesis import given
from hypothesis import strategies as st

from planner.district.table import known_headers, read_table
from planner.errors import InputError

KNOWN = known_headers(shared_policy(), "compounds")


def _read(text: str, **options):
    return read_table(
        text.encode("gb18030" if not text.isascii() else "ascii"), name="台账.csv", known=KNOWN, **options
    )


def _rules(table, rule: str) -> list[int | None]:
    found = table.problems[table.problems["rule"] == rule]
    return found["row"].tolist()


LEDGER = """XX区老旧小区台账,,,,,,,
填报单位：区住建局,,,,,,2024年,
序号,街道,社区,小区名称,建成年代,,户数,监控
,,,,最早,最晚,,点位数
1,红旗街道,一社区,甲小区,1980,1985,80,4
2,,,乙小区,1990,,同上,2
3,,二社区,丙小区,1991,,30,

,小计,,,,,110,6
4,东风街道,三社区,丁小区,1991,,30,
5,,,戊小区,1991,,〃,
,合　计,,,,,110,6
备注：本表数据截至2024年,,,,,,,
"""


def test_a_whole_office_ledger() -> None:
    table = _read(LEDGER)
    assert table.cells.columns.tolist() == [
        "序号", "街道", "社区", "小区名称", "建成年代（最早）", "建成年代（最晚）", "户数", "监控点位数",
    ]  # fmt: skip
    assert table.header_rows == (3, 4)
    assert table.row_numbers.tolist() == [5, 6, 7, 10, 11]
    assert table.cells["街道"].tolist() == ["红旗街道"] * 3 + ["东风街道"] * 2
    assert table.cells["社区"].tolist() == ["一社区", "一社区", "二社区", "三社区", "三社区"]
    assert table.cells["户数"].tolist() == ["80", "80", "30", "30", "30"]
    assert _rules(table, "read.title") == [1, 2]
    assert _rules(table, "read.total") == [9, 12]
    assert _rules(table, "read.note") == [13]
    assert _rules(table, "repair.ditto") == [6, 11]
    assert set(_rules(table, "repair.fill_down")) == {6, 7, 11}
    assert (table.encoding, table.separator, table.sheet) == ("GB18030", ",", "")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "，"])
def test_separators(separator: str) -> None:
    text = "\n".join(separator.join(row) for row in (["小区名称", "户数"], ["甲", "80"], ["乙", "30"]))
    table = _read(text)
    assert table.cells.to_dict("list") == {"小区名称": ["甲", "乙"], "户数": ["80", "30"]}


def test_a_line_that_names_the_separator() -> None:
    table = _read("sep=;\n小区名称;户数\n甲,乙;80\n")
    assert table.cells["小区名称"].tolist() == ["甲,乙"]
    assert table.row_numbers.tolist() == [3]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_newlines_in_cells(end: str) -> None:
    table = _read(end.join(["小区名称,备注", '甲,"两行', '备注"', "乙,好"]))
    assert table.cells["备注"].tolist() == [f"两行{end}备注", "好"]
    assert table.row_numbers.tolist() == [2, 3]


def test_gaps_are_not_merged_cells() -> None:
    text = "小区名称,街道,社区\n甲,红旗街道,一社区\n乙,红旗街道,\n丙,,二社区\n丁,东风街道,三社区\n"
    assert _read(text).cells["街道"].tolist() == ["红旗街道", "红旗街道", "", "东风街道"]


def test_filling_stops_at_the_outer_group() -> None:
    text = "街道,社区,小区名称\n红旗街道,一社区,甲\n,,乙\n,,丙\n东风街道,,丁\n,,戊\n,,己\n"
    table = _read(text)
    assert table.cells["街道"].tolist() == ["红旗街道"] * 3 + ["东风街道"] * 3
    assert table.cells["社区"].tolist() == ["一社区"] + [""] * 5


def test_duplicate_and_blank_headers_are_numbered_and_reported() -> None:
    table = _read("小区名称,户数,户数,\n甲,80,90,x\n")
    assert table.cells.columns.tolist() == ["小区名称", "户数", "户数（2）", "（第4列）"]
    assert _rules(table, "read.header_renamed") == [1, 1]


def test_blank_columns_are_dropped_in_silence() -> None:
    table = _read("小区名称,,户数\n甲,,80\n")
    assert table.cells.columns.tolist() == ["小区名称", "户数"]
    assert table.problems.empty


def test_numbering_repeated_headers_and_sections() -> None:
    header = "小区名称,户数,楼栋数,地址\n"
    table = _read(f"{header}甲,1,2,3\n一、红旗街道,,,\n甲小区,80,3,甲路\n{header}乙小区,30,1,乙路\n")
    assert table.cells["小区名称"].tolist() == ["甲小区", "乙小区"]
    assert _rules(table, "read.numbering") == [2]
    assert _rules(table, "read.section") == [3]
    assert _rules(table, "read.header_again") == [5]


def test_grouped_headers_keep_the_parent_where_the_child_says_nothing() -> None:
    text = "小区名称,门禁,,监控,\n,数量,完好,数量,完好\n甲,9,8,12,10\n"
    table = _read(text)
    assert table.cells.columns.tolist() == ["小区名称", "门禁数量", "门禁完好", "监控数量", "监控完好"]


def test_a_row_with_too_many_cells_is_an_error_and_stays_out() -> None:
    table = _read("小区名称,户数\n甲,1,234\n乙,30\n丙,20\n")
    assert table.cells["小区名称"].tolist() == ["乙", "丙"]
    over = table.problems[table.problems["rule"] == "read.overlong"].iloc[0]
    assert (over["severity"], over["row"], over["value"]) == ("error", 2, "甲 1 234")


def test_a_short_row_is_kept_with_a_warning() -> None:
    table = _read("小区名称,户数,地址\n甲,80,甲路\n乙,30\n")
    assert table.cells.iloc[1].tolist() == ["乙", "30", ""]
    assert _rules(table, "read.short") == [3]


def test_without_known_words_the_first_row_of_texts_over_data_is_the_header() -> None:
    table = read_table("统计表,,\n甲列,乙列,丙列\n1,2,3\n4,5,6\n".encode(), name="x.csv")
    assert table.cells.columns.tolist() == ["甲列", "乙列", "丙列"]
    assert table.row_numbers.tolist() == [3, 4]


def test_a_header_alone_is_a_table_without_rows() -> None:
    table = _read("小区名称,户数\n")
    assert table.cells.shape == (0, 2)


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf\r\n \n", b",,\n,,\n"])
def test_empty_files_are_refused(data: bytes) -> None:
    with pytest.raises(InputError, match=r"台账\.csv：文件是空的"):
        read_table(data, name="台账.csv")


def test_an_open_quote_names_its_row() -> None:
    with pytest.raises(InputError, match="第3行起引号没有配对"):
        _read('小区名称,户数\n甲,80\n"乙,30\n丙,20\n')


def test_a_web_page_called_xls_is_named() -> None:
    with pytest.raises(InputError, match="网页"):
        read_table(b"<html><table><tr><td>1</td></tr></table></html>", name="ledger.xls")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"没有\.csv"):
        read_table(tmp_path / "没有.csv")


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), max_size=5), max_size=8
    )
)
def test_any_table_is_read_or_refused(rows: list[list[str]]) -> None:
    text = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    try:
        table = read_table(text.encode(), name="x.csv", known=KNOWN)
    except InputError:
        return
    assert len(table.cells) == len(table.row_numbers)
    assert table.cells.columns.is_unique
