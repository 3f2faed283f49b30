"""Forms: what is asked, and that every form comes back as it went out: untouched nothing, edited exactly the edits."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from shapely.geometry import Point, box

from planner.decisions.pipeline import Assessment, assess
from planner.decisions.survey_tasks import survey_tasks
from planner.district.district import District
from planner.district.survey.incoming import incoming_cells, ledger_cells, no_base
from planner.district.survey.merge import Merge, merge, merge_policy
from planner.district.survey.request import SurveyRequest
from planner.district.survey.survey_file import read_survey
from planner.errors import CallError
from planner.outputs.csv_file import csv_bytes
from planner.outputs.forms.form_fields import GROUPS, form_fields
from planner.outputs.forms.form_pdf import form_page, forms_pdf
from planner.outputs.forms.form_set import FormSet, form_set
from planner.outputs.forms.form_table import empty_table, form_columns, form_table
from planner.outputs.forms.form_xlsx import HEADER_ROW, forms_xlsx, forms_zip
from planner.outputs.forms.xlsform import xlsform
from planner.outputs.sheet.scene import words_of
from tests.builders import NA, make_district, shared_policy
from tests.task_oracle import AS_OF

POLICY = shared_policy()
_SQUARE = box(116.0, 36.0, 116.001, 36.001)


def _rows() -> list[dict[str, Any]]:
    here = {"subdistrict_name": "东街", "community_name": "红旗"}
    there = {"subdistrict_name": "东街", "community_name": "翠湖"}
    return [
        {"compound_id": "0012", "name": "=1+1", "address": "红旗路12号", "households": 216, "cctv_points": 0, **here,
         "property_status": "无", "access_type": "刷卡;密码", "stair_light_broken_rate": 0.145, "geometry": _SQUARE,
         "fire_lane_min_width_m": 3.4, "built_year_min": 1987, "built_year_max": 1987, "row_version": 7},
        {"compound_id": "1E5", "name": "光明里", "vehicle_gates_n": NA, "hydrant_ok": "未查", "row_version": 2, **here,
         "built_year_min": 1995,
         "built_year_max": 1995, "built_year_source": "估计", "year_lo": 1990, "year_hi": 1999,
         "geometry": Point(116.002, 36.002),
         "original": {"built_year_min": "90年代", "built_year_max": "90年代"},
         "custodian_doc_date": pd.Timestamp("2024-03-05")},
        {"compound_id": "X", "name": None, "indoor_charging": True, "custodian_name": "社区居委会", **there},
    ]  # fmt: skip


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return assess(make_district(_rows()), POLICY, as_of=AS_OF)


@pytest.fixture(scope="module")
def forms(assessment: Assessment) -> FormSet:
    return form_set(assessment, list(assessment.district.compounds.index), tasks=survey_tasks(assessment))


def checked(data: bytes, district: District, name: str) -> Merge:
    """What a form that comes back would do to the ledger; every row of it must be readable."""
    request = SurveyRequest(policy=POLICY, as_of=AS_OF)
    survey = read_survey(data, pd.DataFrame(district.compounds), request, name=name)
    assert not survey.problems["severity"].eq("error").any(), survey.problems.to_string()
    cells = incoming_cells(survey)
    return merge(no_base(), ledger_cells(district, cells), cells, merge_policy(POLICY))


def told(merged: Merge) -> set[tuple[str, str, str]]:
    """Cells that would change the ledger, or wait for a planner."""
    rows = merged.cells[merged.cells["outcome"].isin(["apply", "held"])]
    return set(zip(rows["compound_id"], rows["field"], rows["incoming"], strict=True))


def edited(data: bytes, changes: dict[tuple[str, str], object]) -> bytes:
    """The workbook with cells written over, as a person does it: (compound_id, heading) -> value."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.worksheets[0]
    heads = {cell.value: cell.column for cell in sheet[HEADER_ROW + 1]}
    rows = {sheet.cell(row, heads["小区编码"]).value: row for row in range(HEADER_ROW + 2, sheet.max_row + 1)}
    for (key, heading), value in changes.items():
        sheet.cell(rows[key], heads[heading]).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_the_form_asks_what_the_settings_say_in_their_order() -> None:
    fields = form_fields(POLICY, AS_OF)
    assert [one.field for one in fields[:2]] == ["object_type", "built_year_min"]
    assert list(dict.fromkeys(one.group for one in fields)) == list(GROUPS)
    year = next(one for one in fields if one.field == "built_year_min")
    assert (year.low, year.high, year.heading()) == (1900.0, 2026.0, "建成年代（最早）")
    surveyed = POLICY.fields("compounds")["survey"].eq("yes")
    assert {one.field for one in form_fields(POLICY, AS_OF, every=True)} == set(surveyed.index[surveyed])


def test_the_workbook_untouched_changes_nothing(assessment: Assessment, forms: FormSet) -> None:
    assert told(checked(forms_xlsx(forms), assessment.district, "x.xlsx")) == set()


_CHANGES = {
    ("0012", "监控路数（路）"): (st.integers(1, 5000), "cctv_points"),
    ("0012", "物业服务状态"): (st.sampled_from(["专业物业", "社区托管"]), "property_status"),
    ("0012", "单元数（个）"): (st.integers(0, 5000), "units_n"),
    ("1E5", "室外消火栓"): (st.sampled_from(["好", "坏", "无"]), "hydrant_ok"),
    ("1E5", "户数（户）"): (st.integers(1, 20000), "households"),
    ("X", "楼内充电"): (st.just("否"), "indoor_charging"),
    ("X", "停车面积（平方米）"): (st.integers(0, 10**6), "parking_area_m2"),
}


@given(st.fixed_dictionaries({}, optional={key: values for key, (values, _) in _CHANGES.items()}))
@settings(max_examples=4)
def test_the_workbook_edited_changes_exactly_the_edits(changes: dict[tuple[str, str], object]) -> None:
    district = make_district(_rows())
    made = form_set(assess(district, POLICY, as_of=AS_OF), list(district.compounds.index))
    wanted = {(key, _CHANGES[key, heading][1], str(value)) for (key, heading), value in changes.items()}
    assert told(checked(edited(forms_xlsx(made), changes), district, "x.xlsx")) == wanted


def test_the_workbook_has_dropdowns_limits_and_the_version(forms: FormSet) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(forms_xlsx(forms))).worksheets[0]
    heads = {cell.value: cell.column_letter for cell in sheet[HEADER_ROW + 1]}
    rules = {str(rule.sqref).split(":")[0].rstrip("0123456789"): rule for rule in sheet.data_validations.dataValidation}
    assert rules[heads["物业服务状态"]].formula1.startswith('"专业物业,单位自管')
    limits = rules[heads["监控路数（路）"]]
    assert (limits.type, float(limits.formula1), float(limits.formula2)) == ("whole", 0, 5000)
    versions = {sheet[f"A{r}"].value: sheet[f"{heads['台账版本']}{r}"].value for r in (4, 5, 6)}
    assert versions["0012"] == "7"
    assert versions["X"] is None


def test_one_file_per_community_and_the_same_bytes_again(forms: FormSet) -> None:
    data = forms_zip(forms)
    assert data == forms_zip(forms)
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert sorted(names) == ["踏勘单_东街 红旗.xlsx", "踏勘单_东街 翠湖.xlsx"]


def test_the_template_reads_back_and_blank_keeps(assessment: Assessment, forms: FormSet) -> None:
    table = form_table(forms, prefilled=False)
    heads = [column.heading for column in table.columns]
    data = csv_bytes(table.rows.drop(columns=["name", "address"]).set_axis(
        [h for h in heads if h not in ("小区名称", "坐落")], axis=1))  # fmt: skip
    assert told(checked(data, assessment.district, "t.csv")) == set()
    assert len(empty_table(POLICY, AS_OF).rows) == 0
    assert len(form_columns(POLICY, AS_OF)) > 80


def _shown(forms: FormSet, key: str) -> list[str]:
    return [word.text for word in words_of(form_page(forms, key).scene)]


def test_the_sheet_shows_version_unknowns_and_what_to_look_for(forms: FormSet) -> None:
    words = _shown(forms, "0012")
    whole = "\n".join(words)
    assert "台账版本：7" in whole
    assert "3.4米" in words
    assert words.count("未知") > 30
    assert any(word.startswith("★") for word in words)
    assert "监控路数" in whole


def test_the_sheet_without_a_place_has_room_to_sketch(forms: FormSet) -> None:
    assert any("请在此画示意图" in word for word in _shown(forms, "X"))


def test_every_word_and_box_lies_on_the_paper(forms: FormSet) -> None:
    for key in forms.ids:
        page = form_page(forms, key)
        for word in words_of(page.scene):
            assert 8 < word.y < 290, word
            assert 8 < word.x < 202, word


def test_the_pdf_is_the_same_again_and_embeds_its_fonts(forms: FormSet) -> None:
    data = forms_pdf(forms)
    assert data == forms_pdf(forms)
    assert data.count(b"/Type /Page ") == 3
    assert b"/FontFile2" in data


def test_nobody_and_strange_ids_are_refused(assessment: Assessment) -> None:
    with pytest.raises(CallError, match="没有选中"):
        forms_pdf(form_set(assessment, []))
    with pytest.raises(CallError, match="不存在的编码"):
        form_set(assessment, ["不存在的编码"])


def _converted(data: bytes, tmp_path: Path) -> str:
    from pyxform.xls2xform import convert

    place = tmp_path / "xlsform.xlsx"
    place.write_bytes(data)
    result = convert(str(place), validate=False)
    assert result.warnings == []
    return str(result.xform)


def test_the_phone_form_converts_with_limits_and_versions(forms: FormSet, tmp_path: Path) -> None:
    form = _converted(xlsform(POLICY, AS_OF, forms=forms), tmp_path)
    assert "instance('compounds')/root/item[name= /data/compound_id ]/row_version" in form
    assert 'constraint=". &gt;= 0 and . &lt;= 5000"' in form
    assert '<translation lang="English(en)">' in form
    assert "<instanceID/>" in form
    assert "base_version" not in _converted(xlsform(POLICY, AS_OF), tmp_path)


def _central(rows: list[dict[str, str]]) -> bytes:
    """Answers as ODK Central exports them: groups before the names, the submission's columns behind."""
    tail = {"KEY": "uuid:1", "SubmitterName": "w07", "AttachmentsPresent": "0", "ReviewState": "approved"}
    lines = [{"SubmissionDate": "2026-11-19T08:00:00.000Z", "today": "2026-11-19", **row, **tail} for row in rows]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(lines[0]))
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode()


def test_an_export_of_the_phone_form_reads_back(assessment: Assessment) -> None:
    answers = {
        "compound_id": "0012", "base_version": "7", "surveyed_on": "2026-11-19", "surveyor": "w07",
        "group_care-property_status": "社区托管", "group_devices-cctv_points": "12",
        "group_devices-access_type": "刷卡 人脸", "group_safety-indoor_charging": "否", "group_base-units_n": "",
        "location-Latitude": "36.0005", "location-Longitude": "116.0005", "location-Accuracy": "5",
    }  # fmt: skip
    merged = checked(_central([answers]), assessment.district, "export.csv")
    assert told(merged) == {
        ("0012", "property_status", "社区托管"),
        ("0012", "cctv_points", "12"),
        ("0012", "access_type", "刷卡;人脸"),
        ("0012", "indoor_charging", "否"),
    }
    assert set(merged.cells["base_version"]) == {7}
