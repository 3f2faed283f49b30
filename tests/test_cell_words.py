"""Enumerations, property service, yes and no."""

from __future__ import annotations

import pandas as pd
import pytest
from builders import shared_policy

from planner.district.words import choices, parse_bool, parse_choice, parse_choice_list, parse_property


def _choices(table: str, field: str):
    row = shared_policy().fields(table).loc[field]
    return choices(row["values"], row["synonyms"])


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("专业物业", "专业物业"),
        ("私人承办物业", "专业物业"),
        ("有", "专业物业"),
        ("业主自筹物业", "居民自管"),
        ("业主委员会自行管理  ", "居民自管"),
        ("街道办事处（委员会）代管物业", "社区托管"),
        ("小区物管处", "单位自管"),
        ("单位自管物业", "单位自管"),
        ("无物业管理服务", "无"),
        ("没有物业", "无"),
        ("无物业公司", "无"),
        ("弃管小区", "无"),
    ],
)
def test_status_words_of_ledgers(text: str, status: str) -> None:
    assert parse_property(text, _choices("compounds", "property_status")).value == status


@pytest.mark.parametrize(
    "text", ["成都麓山物业管理有限公司", "四川廷全佳宝物业服务有限公司成都分公司", "万科物业", "自治物业管理有限公司"]
)
def test_a_firm_is_professional_service_by_that_firm(text: str) -> None:
    reading = parse_property(text, _choices("compounds", "property_status"))
    assert (reading.value, reading.params["firm"]) == ("专业物业", text)


@pytest.mark.parametrize("text", ["非专业物业", "物业公司已撤出", "物业", "情况复杂"])
def test_what_says_neither_is_unknown_never_none(text: str) -> None:
    reading = parse_property(text, _choices("compounds", "property_status"))
    assert (reading.value, reading.rule) == (None, "cell.choice")
    assert "专业物业" in reading.params["choices"]


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("hydrant_ok", "完好", "好"),
        ("hydrant_ok", "不正常", None),
        ("hydrant_ok", "没有", "无"),
        ("service_grade", "A级", "A"),
        ("drain_type", "合流制", "合流"),
        ("expropriation_status", "拟征收", "拟征收"),
        ("perimeter_closable", "不可以", "不可"),
        ("custodian_type", "居委会", "社区"),
        ("gas", "管道燃气", "管道"),
    ],
)
def test_enumerations(field: str, text: str, value: str | None) -> None:
    assert parse_choice(text, _choices("compounds", field)).value == value


def test_two_words_of_one_length_for_two_values_are_refused() -> None:
    known = choices("甲;乙", "甲=红色;乙=蓝色")
    assert parse_choice("红色蓝色", known).value is None
    assert parse_choice("红色的", known).value == "甲"


def test_lists_keep_their_order_and_refuse_what_they_do_not_know() -> None:
    known = _choices("compounds", "access_type")
    assert parse_choice_list("人脸、刷卡", known).value == "人脸;刷卡"
    assert parse_choice_list("刷卡;密码", known).rule == ""
    assert parse_choice_list("刷卡、念咒", known).value is None
    material = _choices("heat_branches", "material")
    assert parse_choice("PPR/PE-RT", material).value == "PPR/PE-RT"


@pytest.mark.parametrize("text", ["是", "有", "√", "Y", "yes", "1", "已安装", "有（3处）"])
def test_yes(text: str) -> None:
    assert parse_bool(text).value is True


@pytest.mark.parametrize("text", ["否", "无", "×", "N", "no", "0", "未安装", "没有"])
def test_no(text: str) -> None:
    assert parse_bool(text).value is False


@pytest.mark.parametrize("text", ["2", "部分", "好像有", ""])
def test_neither(text: str) -> None:
    assert parse_bool(text).value is None


@pytest.mark.needs_shared
def test_the_real_column_of_firms_and_statuses(shared) -> None:
    ledger = pd.read_csv(shared / "real_district/real_compounds.csv", dtype=str, keep_default_na=False)
    known = _choices("compounds", "property_status")
    told = ledger["物业公司"][ledger["物业公司"] != "暂无信息"]
    found = told.map(lambda text: parse_property(text, known).value)
    assert found.value_counts().to_dict() == {"专业物业": 163, "居民自管": 56, "单位自管": 36, "社区托管": 35, "无": 4}
