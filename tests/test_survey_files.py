"""The specification of survey files (survey_and_store.md, CSV survey update), one test per row of its table."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from planner.district.district import District
from planner.district.survey import records
from planner.district.survey.corrections import rows_to_correct
from planner.district.survey.survey_file import SurveyFile
from planner.errors import CallError
from planner.outputs.csv_file import csv_bytes
from planner.text import render_problems
from tests.builders import make_district
from tests.survey_files import GOOD, all_accounted_for, ledger, read, rules, table, values


def test_a_good_file_is_used_whole() -> None:
    found = read(GOOD)
    assert found.counts["used"] == 3
    assert (rules(found), rules(found, "warning")) == ([], [])
    assert values(found)[("C1", "households")] == 120
    assert values(found)[("C2", "party_branch")] is False
    assert values(found)[("C2", "contract_end")] == dt.date(2027, 6, 30)
    assert values(found)[("C3", "note")] == "两栋，分期建"
    assert list(found.changes["row"].unique()) == [2, 3, 4]
    assert all_accounted_for(found)


def test_size_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    big = read(b"\xe5" * (20 << 20) + b"x")
    assert (big.refused, rules(big)) == (True, ["file.large"])
    assert "20" in render_problems(big.problems)["message"][0]
    wide = read(",".join(["小区编码", *(f"列{n}" for n in range(200))]) + "\n")
    assert rules(wide) == ["file.columns"]
    monkeypatch.setattr(records, "MAX_ROWS", 2)
    assert rules(read(GOOD)) == ["survey.rows"]
    assert "超过2行" in render_problems(read(GOOD).problems)["message"][0]


def test_a_cell_over_2000_characters_is_not_used_and_the_rest_of_its_row_is() -> None:
    found = table("小区编码,备注,户数", "C1," + "长" * 2001 + ",12", "C2," + "长" * 2000 + ",13")
    assert values(found) == {("C1", "households"): 12, ("C2", "note"): "长" * 2000, ("C2", "households"): 13}
    assert rules(found) == ["survey.cell.long"]
    assert (found.counts["partly"], found.counts["used"]) == (1, 1)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\r\n\r\n  "])
def test_empty_or_only_a_mark_is_refused(content: bytes) -> None:
    found = read(content)
    assert (found.refused, rules(found)) == (True, ["file.empty"])


def test_a_header_alone_is_accepted_with_no_rows_and_says_so() -> None:
    found = read("小区编码,户数\n")
    assert (found.refused, rules(found, "warning"), len(found.changes)) == (False, ["survey.no_rows"], 0)
    assert found.counts["header"] == len(found.rows) == 1


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"PK\x03\x04 no workbook", "file.workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 no workbook", "file.workbook"),
        (b"%PDF-1.7", "file.not_text"),
        (bytes(range(1, 9)) * 400, "file.binary"),
    ],
)
def test_magic_bytes(content: bytes, rule: str) -> None:
    found = read(content)
    assert (found.refused, rules(found)) == (True, [rule])


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 (BOM)"),
        ("utf-16", "UTF-16-LE (BOM)"),
        ("gb18030", "GB18030"),
    ],
)
def test_encoding_is_proved_and_reported(codec: str, name: str) -> None:
    found = read(GOOD.encode(codec))
    assert (found.encoding, found.counts["used"]) == (name, 3)


def test_encoding_that_fails_is_refused_with_the_place() -> None:
    cut = read(GOOD.encode()[:-3])
    assert rules(cut) == ["file.cut"]
    assert f"第{len(GOOD.encode()) - 4}个字节" in render_problems(cut.problems)["message"][0]
    assert rules(read(GOOD.encode("gb18030") + b"\xff\xff\xff")) == ["file.encoding_none"]
    assert read(GOOD.encode("gb18030"), encoding="gb18030").counts["used"] == 3


def test_nul_is_refused_with_its_line() -> None:
    found = read("小区编码,户数\nC1,1\nC2,\0\n")
    assert rules(found) == ["file.binary"]
    assert list(found.problems["row"]) == [3]


@pytest.mark.parametrize("sign", [",", "\t", ";", "|", "，"])
def test_delimiter_is_the_one_with_most_known_headers(sign: str) -> None:
    found = table(sign.join(("小区编码", "户数", "备注")), sign.join(("C1", "12", "a.b")))
    assert (found.separator, values(found)[("C1", "households")]) == (sign, 12)


def test_a_sep_line_is_honoured() -> None:
    found = read("sep=;\n小区编码;户数\nC1;12\n")
    assert (values(found), found.counts["blank"]) == ({("C1", "households"): 12}, 1)
    assert list(found.changes["row"]) == [3]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_line_ends(end: str) -> None:
    assert read(GOOD.replace("\n", end).encode()).counts["used"] == 3


def test_mixed_line_ends_and_a_newline_in_quotes_keep_physical_lines() -> None:
    found = read(b"\xef\xbb\xbf" + '小区编码,备注,户数\r\nC1,"一\n二",5\nC2,x,6\r'.encode())
    rows = found.rows.set_index("compound_id")
    assert (rows.at["C1", "row"], rows.at["C1", "record"]) == (3, 2)
    assert (rows.at["C2", "row"], rows.at["C2", "record"]) == (4, 3)
    assert values(found)[("C1", "note")] == "一\n二"


def test_quotes_are_strict_and_an_open_one_refuses_the_file_with_its_line() -> None:
    found = read('小区编码,备注\nC1,a\nC2,"b\nC3,c\n')
    assert (found.refused, rules(found), list(found.problems["row"])) == (True, ["file.quote"], [3])
    assert values(table("小区编码,备注", 'C1,5"楼')) == {("C1", "note"): '5"楼'}


def test_width_other_than_the_header_is_a_row_error_never_padded_or_shifted() -> None:
    found = table("小区编码,户数,监控路数", "C1,1,2,350", "C2,7", "C3,1,2,,,")
    assert rules(found) == ["survey.width", "survey.width"]
    assert list(found.problems.loc[found.problems["severity"] != "warning", "row"]) == [2, 3]
    assert values(found) == {("C3", "households"): 1, ("C3", "cctv_points"): 2}
    assert (found.counts["refused"], found.counts["used"]) == (2, 1)


def test_a_row_that_was_cut_is_no_note_below_the_table() -> None:
    found = table("小区编码,户数,备注", "C1,1,a", "XQ-370203001-0000000000000123")
    assert (found.counts["refused"], rules(found)) == (1, ["survey.width"])


def test_headers_in_any_dress() -> None:
    found = table(" ＊小区编码：,总建筑面积（万平方米）,group/户数,data-cctv_points", "C1,1.2,8,9")
    assert values(found) == {("C1", "floor_area_m2"): 12000.0, ("C1", "households"): 8, ("C1", "cctv_points"): 9}
    english = table("COMPOUND_ID,Households,Note", "C1,8,x")
    assert values(english) == {("C1", "households"): 8, ("C1", "note"): "x"}


def test_two_columns_for_one_field_are_refused_until_one_is_named() -> None:
    text = "小区编码,户数,总户数\nC1,8,9\n"
    found = read(text)
    assert (found.refused, rules(found), found.counts["refused"]) == (True, ["survey.I03"], 1)
    assert values(read(text, by_hand={"户数": "-"})) == {("C1", "households"): 9}
    assert rules(read("小区编码,调查日期,踏勘日期\nC1,2026-1-1,2026-1-2\n")) in (["survey.I03"], ["survey.I02"])


def test_unknown_columns_are_listed_and_ignored_and_may_be_mapped() -> None:
    text = "小区编码,住了几户\nC1,8\n"
    found = read(text)
    assert rules(found, "info") == ["survey.unmapped"]
    assert found.counts["nothing"] == 1
    assert values(read(text, by_hand={"住了几户": "户数"})) == {("C1", "households"): 8}
    assert values(read(text, recall=lambda headers: {headers[1]: "households"})) == {("C1", "households"): 8}
    with pytest.raises(CallError, match="没这列"):
        read(text, by_hand={"没这列": "户数"})


def test_no_key_column_is_refused_with_the_headers_seen() -> None:
    found = read("户数,村\n8,东\n")
    assert (found.refused, rules(found)) == (True, ["survey.no_key"])
    assert "户数、村" in render_problems(found.problems)["message"][0]
    assert found.counts["refused"] == 1


def test_keys_are_text() -> None:
    ids = ["0012", "370203001000000123", "1E5"]
    found = read("小区编码,户数\n００１２ ,1\n370203001000000123,2\n1E5,3\n12,4\n3.70203E+17,5\n", _named(ids))
    assert list(found.changes["compound_id"]) == ids
    assert list(found.proposals["written_id"]) == ["12"]
    assert rules(found) == ["survey.id_destroyed"]
    assert found.counts["refused"] == 1


def _named(ids: list[str]) -> District:
    """A ledger with these ids and nothing else."""
    return make_district([{"compound_id": name} for name in ids])


def test_three_kinds_of_cell() -> None:
    found = table(
        "小区编码,户数,物业服务状态,备注,收缴率", "C1,,#清空,不详,85%", "C2,＃清空, #clear ,—,待核", "C3,NA,na,NULL,/"
    )
    assert values(found) == {
        ("C1", "property_status"): None,
        ("C1", "fee_collection_rate"): 0.85,
        ("C2", "households"): None,
        ("C2", "property_status"): None,
        ("C3", "property_status"): "na",
    }
    kinds = found.changes.set_index(["compound_id", "field"])["kind"]
    assert kinds[("C1", "property_status")] == "clear"
    assert kinds[("C1", "note")] == kinds[("C2", "note")] == kinds[("C3", "households")] == "keep"
    assert set(rules(found, "warning")) == {"survey.cell.unknown_word"}
    assert len(rules(found, "warning")) == 6
    assert rules(found) == []


def _each(header: str, cells: list[str], *more: str) -> SurveyFile:
    """A file with one row for each cell, about compounds K0, K1 ..."""
    rows = [",".join((f"K{n}", f'"{cell}"', *more)) for n, cell in enumerate(cells)]
    return read("\n".join((header, *rows)) + "\n", _named([f"K{n}" for n in range(len(cells))]))


def test_integers_that_are_read() -> None:
    exact = {"１２０": 120, "1,234": 1234, "0.5万户": 5000, "2千": 2000, "80.0": 80}
    about = {"约80户": 80, "近300": 300, "80多户": 80, "90余": 90, "75左右": 75}
    found = _each("小区编码,户数", [*exact, *about])
    assert list(found.changes["value"]) == [*exact.values(), *about.values()]
    assert list(found.changes["about"]) == [False] * len(exact) + [True] * len(about)
    assert rules(found) == []


def test_integers_that_are_not() -> None:
    wrong = ["120-130", "一百二十", "1e3", "80.5", "1234567890123456", "两户", "无数", "80人", "12,34", "-5", "20001"]
    found = _each("小区编码,户数", [*wrong, "inf", "∞"])
    assert sorted(found.problems.loc[found.problems["severity"] == "error", "row"]) == list(range(2, len(wrong) + 4))
    assert (values(found), found.counts["partly"]) == ({}, len(wrong) + 2)


def test_units_of_the_header_and_of_the_cell() -> None:
    found = table("小区编码,总建筑面积（万平方米）", "C1,1.5", "C2,12000平方米", "C3,1.5万平方米")
    assert list(values(found).values()) == [15000.0, 12000.0, 15000.0]


def test_ranges() -> None:
    found = table(
        "小区编码,建成年代（最早）,建成年代（最晚）,户数,监控路数", "C1,1899,2027,20001,5001", "C2,1900,2026,1,0"
    )
    assert rules(found).count("survey.cell.hard_limit") == 4
    assert list(values(found).values()) == [1900, 2026, 1, 0]
    assert "1—20000" in "".join(render_problems(found.problems)["message"])


def test_booleans() -> None:
    yes = ["是", "有", "已安装", "已建", "√", "✓", "y", "YES", "true", "1"]
    no = ["否", "无", "没有", "未安装", "未建", "×", "n", "No", "false", "0"]
    found = _each("小区编码,小区党支部", yes + no)
    assert list(found.changes["value"]) == [True] * len(yes) + [False] * len(no)
    assert rules(table("小区编码,小区党支部,监控路数", "C1,也许,有")) == ["survey.cell.bool", "survey.cell.number"]


def test_enumerations_are_values_or_listed_words_never_guesses() -> None:
    found = table("小区编码,物业服务状态,室外消火栓", "C1,没有物业,好", "C2,无物业管理服务,完好无损不坏", "C3,屋业,坏")
    assert values(found)[("C1", "property_status")] == "无"
    assert values(found)[("C3", "hydrant_ok")] == "坏"
    assert ("C3", "property_status") not in values(found)
    assert "survey.cell.choice" in rules(found)
    assert "专业物业、单位自管" in "".join(render_problems(found.problems)["fix"])


DATES = {
    "2023-5-1": ("2023-05-01", "day"),
    "2023/5/1": ("2023-05-01", "day"),
    "2023.5.1": ("2023-05-01", "day"),
    "20230501": ("2023-05-01", "day"),
    "2023年5月1日": ("2023-05-01", "day"),
    "2023-05-01T08:15:00.000Z": ("2023-05-01", "day"),
    "45047": ("2023-05-01", "day"),
    "二〇二三年五月": ("2023-05-01", "month"),
    "2023年5月": ("2023-05-01", "month"),
    "2023-05": ("2023-05-01", "month"),
    "2023年": ("2023-01-01", "year"),
    "2026-11-21": ("2026-11-21", "day"),
}


def test_dates_with_their_precision() -> None:
    rows = _each("小区编码,调查日期,户数", list(DATES), "8").rows.iloc[1:]
    assert list(zip(rows["surveyed_on"].dt.date.astype(str), rows["precision"], strict=True)) == list(DATES.values())
    assert rows["status"].eq("used").all()


def test_dates_that_refuse_their_row() -> None:
    wrong = ["1/5/2023", "23-5-1", "17-Nov-16", "2026-11-22", "1948-12-31", "2023-02-30", "昨天"]
    found = _each("小区编码,调查日期,户数", [*wrong, "2026-11-21"], "9")
    assert rules(found) == ["survey.date"] * len(wrong)
    assert values(found) == {(f"K{len(wrong)}", "households"): 9}
    assert (found.counts["refused"], found.counts["used"]) == (len(wrong), 1)


def test_dates_of_documents_may_not_lie_ahead_but_a_contract_may_end() -> None:
    found = table("小区编码,合同到期,征询日期,管护文件日期", "C1,2030-01-01,2030-01-01,1948-01-01")
    assert values(found) == {("C1", "contract_end"): dt.date(2030, 1, 1)}
    assert rules(found) == ["survey.cell.date_time", "survey.cell.date_time"]


def test_duplicate_rows() -> None:
    found = table("小区编码,户数", "C1,80", "C1,80户", "C2,70", "C2,90", "C3,10")
    assert values(found) == {("C1", "households"): 80, ("C3", "households"): 10}
    assert (found.counts["used"], found.counts["repeated"], found.counts["contradicting"]) == (2, 1, 2)
    assert rules(found, "warning") == ["survey.repeated"]
    messages = render_problems(found.problems[found.problems["rule"] == "survey.contradicting"])["message"]
    assert "第4行与第5行" in messages.iloc[0]
    assert "第5行与第4行" in messages.iloc[1]


def test_an_unknown_id_is_a_proposal_and_creates_nothing() -> None:
    found = table(
        "小区编码,小区名称,社区,户数,经度,纬度", "C9,新村,东街社区,50,120.1,36.2", "C8,滨河花园,西街社区,280,,"
    )
    assert len(found.changes) == 0
    assert found.counts["proposal"] == 2
    first = found.proposals.iloc[0]
    assert (first["written_id"], first["name"], first["row"], first["lon"]) == ("C9", "新村", 2, "120.1")
    assert list(found.proposed.loc[found.proposed["row"] == 2, "value"]) == ["新村", 50]
    likely = found.candidates[found.candidates["row"] == 3]
    assert (likely["compound_id"].iloc[0], likely["score"].iloc[0]) == ("C2", 1.0)


def test_a_file_without_codes_is_matched_by_name() -> None:
    text = "小区名称,社区,户数\n红旗小区,东街社区,88\n向阳苑,东街社区,9\n毛巾厂宿舍楼,,1\n"
    found = read(text)
    assert values(found) == {("C1", "households"): 88}
    assert list(found.rows["by"].dropna()) == ["name", "", ""]
    assert found.counts["proposal"] == 2
    assert found.candidates[found.candidates["row"] == 3]["compound_id"].tolist() == ["C3"]
    names = pd.DataFrame({"name": ["向阳苑"], "community": ["东街社区"], "compound_id": ["C3"]}, dtype="string")
    again = read(text, names=names)
    assert values(again)[("C3", "households")] == 9
    assert ("C3", "name") not in values(again)


def test_a_blank_code_with_a_name_is_matched_and_without_one_refused() -> None:
    found = table("小区编码,小区名称,户数", ",滨河花园,5", ",,6")
    assert (values(found), rules(found)) == ({("C2", "households"): 5}, ["survey.no_key_cell"])


def test_a_code_and_a_name_of_two_compounds_refuse_the_row() -> None:
    found = table("小区编码,小区名称,户数", "C1,滨河花园,5", "C2,滨河大院,6")
    assert rules(found) == ["survey.key_name"]
    assert values(found) == {("C2", "name"): "滨河大院", ("C2", "households"): 6}


def test_base_version_is_a_whole_number_or_refuses_the_row() -> None:
    found = read("小区编码,户数,base_version\nC1,5,3\nC2,6,x\nC3,7,9\n", ledger(row_version=4))
    assert list(found.rows["base_version"].dropna()) == [3, 9]
    assert rules(found) == ["survey.base_version"]
    ahead = read("小区编码,户数,行版本\nC1,5,9\n", ledger(row_version=4))
    assert rules(ahead) == ["survey.base_ahead"]


def test_partial_acceptance_and_the_rows_to_correct_come_back_alone() -> None:
    found = table("小区编码,户数,备注,调查日期", "C1,很多,好,2026-01-01", "C2,5,好,2026-01-01", "C3,6,x,坏日子")
    assert values(found) == {("C1", "note"): "好", ("C2", "households"): 5, ("C2", "note"): "好"}
    wrong = rows_to_correct(found)
    assert list(wrong.columns) == ["行号（原文件）", "小区编码", "户数", "备注", "调查日期", "退回原因"]
    assert list(wrong["行号（原文件）"]) == [2, 4]
    assert wrong["退回原因"][0].startswith("“户数”的“很多”不是数，没有采用")
    assert "整行没有采用" in wrong["退回原因"][1]
    right = csv_bytes(wrong).decode("utf-8-sig").replace("很多", "8").replace("坏日子", "2026-01-02")
    again = read(right)
    assert values(again)[("C1", "households")] == 8
    assert values(again)[("C3", "households")] == 6
    assert (rules(again), rules(again, "info")) == ([], [])
    assert rows_to_correct(found, "en").columns[-1] == "Reason"


def test_idempotency_key_is_bytes_mapping_and_decisions() -> None:
    text = "小区编码,户数,别的\nC1,5,6\n"
    first, again = read(text), read(text)
    assert first.content_key() == again.content_key()
    assert first.content_key() != first.content_key("C1 households current")
    assert first.content_key() != read(text, by_hand={"别的": "监控路数"}).content_key()
    assert first.content_key() != read(text + "\n").content_key()


def test_personal_columns_are_not_read_and_named() -> None:
    found = table("小区编码,联系电话,业主姓名,户数", "C1,13912345678,王某,8", "C2,1,李某,很多")
    assert rules(found, "warning") == ["survey.personal", "survey.personal"]
    assert list(found.cells.columns) == ["小区编码", "户数"]
    everything = "".join(map(str, [found.changes, found.cells, rows_to_correct(found), found.problems.to_dict()]))
    assert "王某" not in everything
    assert "李某" not in everything
    assert "13912345678" not in everything


def test_a_number_of_a_person_in_free_text_is_held_out_and_masked() -> None:
    found = table("小区编码,备注,户数", "C1,找老王13912345678,8", "C2,证件370202199001011234,9")
    assert values(found) == {("C1", "households"): 8, ("C2", "households"): 9}
    assert rules(found) == ["V26", "V26"]
    shown = csv_bytes(rows_to_correct(found)).decode("utf-8-sig") + str(found.problems.to_dict())
    assert "13912345678" not in shown
    assert "199001011234" not in shown
    assert "139******78" in shown


def test_formulas_are_text_and_flagged() -> None:
    found = table("小区编码,备注,曾用名,户数", "C1,=1+1,@SUM(A1),=2*4")
    assert values(found) == {("C1", "note"): "=1+1", ("C1", "alias"): "@SUM(A1)"}
    assert rules(found, "info") == ["survey.formula", "survey.formula"]
    assert rules(found) == ["survey.cell.number"]
    assert "'=1+1" in csv_bytes(rows_to_correct(found)).decode("utf-8-sig")


def test_fields_that_no_survey_fills_wait_for_the_ledger_that_comes_back() -> None:
    text = "小区编码,征收状态,户数\nC1,拟征收,8\n"
    found = read(text)
    assert (values(found), rules(found, "info")) == ({("C1", "households"): 8}, ["survey.not_survey"])
    assert values(read(text, every_field=True))[("C1", "expropriation_status")] == "拟征收"


def test_rough_years_keep_their_ends_and_say_where_they_come_from() -> None:
    found = table("小区编码,建成年代", "C1,90年代", "C2,1995-1998", "C3,#清空")
    told = found.changes.set_index(["compound_id", "field"])
    assert tuple(told.loc[("C1", "built_year_min"), ["value", "cell", "low", "high"]]) == (1995, "90年代", 1990, 1999)
    assert told.at[("C1", "built_year_source"), "value"] == "估计"
    assert (told.at[("C2", "built_year_min"), "cell"], told.at[("C2", "built_year_max"), "cell"]) == ("1995", "1998")
    assert list(told.loc["C3"]["kind"]) == ["clear", "clear"]


def test_a_firm_in_the_status_names_the_firm_too() -> None:
    found = table("小区编码,物业公司", "C1,青岛某某物业管理有限公司")
    assert values(found) == {("C1", "property_status"): "专业物业", ("C1", "property_firm"): "青岛某某物业管理有限公司"}


def test_titles_totals_notes_and_blank_lines_are_counted() -> None:
    lines = ["东街社区踏勘汇总表,,", "", "小区编码,户数,备注", "C1,8,", ",,", "合计,8,", "填表人：张三,,"]
    found = read("\n".join(lines) + "\n")
    counts = {status: n for status, n in found.counts.items() if n}
    assert counts == {"used": 1, "skipped": 2, "blank": 2, "title": 1, "header": 1}
    assert len(found.rows) == len(lines)


def test_defaults_stand_for_rows_that_do_not_say() -> None:
    found = read(
        "小区编码,户数,调查日期,调查人\nC1,8,,\nC2,9,2026-02-01,乙\n", surveyed_on=dt.date(2026, 3, 1), surveyor="甲"
    )
    rows = found.rows.set_index("compound_id")
    assert [str(day.date()) for day in rows["surveyed_on"].dropna()] == ["2026-03-01", "2026-02-01"]
    assert list(rows["surveyor"].dropna()) == ["甲", "乙"]


def test_every_error_names_row_and_column() -> None:
    found = table("小区编码,户数,备注,调查日期", "C1,很多,好,2026-01-01", "C1x,1", "C3,6,x,坏日子", "C2,5,13912345678,")
    errors = found.problems[found.problems["severity"] == "error"]
    assert errors["row"].notna().all()
    assert (errors["column"].ne("") | errors["rule"].eq("survey.width")).all()
