"""Sentences: form and length, what is dropped first, every number read back from the cell it comes from."""

from __future__ import annotations

import datetime as dt
import functools
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.decisions.assessment import Assessment
from planner.decisions.pipeline import assess
from planner.district.load import read_district
from planner.policy import with_settings
from planner.text import wan
from tests.builders import make_district, shared_policy
from tests.cases import AS_OF, case_1, case_2, case_4, case_8, case_policy
from tests.conftest import ROOT
from tests.test_pipeline import sample

DEMO_DATE = dt.date(2026, 11, 20)
NUMBER = re.compile(r"\d+(?:\.\d+)?")


@functools.cache
def demo() -> Assessment:
    return assess(read_district(ROOT / "data", shared_policy()), shared_policy(), as_of=DEMO_DATE)


@functools.cache
def random_ones() -> Assessment:
    return assess(make_district(sample(77, 60)), shared_policy(), as_of=DEMO_DATE, profile="review")


def one(district: Any, **settings: str) -> pd.Series:
    """The sentences of a district of one compound."""
    return assess(district, case_policy(**settings), as_of=AS_OF).sentences().iloc[0]


FOUND = pytest.mark.parametrize("found", [demo, random_ones])


@FOUND
def test_at_most_65_characters_in_four_parts(found: Any) -> None:
    for sentence in found().ranking["sentence"]:
        assert len(sentence) <= 65, sentence
        assert sentence.endswith("。"), sentence
        assert "{" not in sentence
        assert 3 <= len(sentence.split("；")) <= 4, sentence
        assert not re.search(r"nan|None|<NA>|\d\.0[^\d万]", sentence), sentence


@FOUND
def test_years_households_buildings_and_money_equal_their_cells(found: Any) -> None:
    result = found()
    compounds, costs = result.district.compounds, result.costs
    buildings = result.deficits.numbers["buildings_n"]
    checked = 0
    for key, sentence in result.words["sentence"].items():
        own = compounds.loc[key]
        if match := re.search(r"(\d+)年建", sentence):
            assert int(match[1]) in {own["built_year_min"], own["built_year_max"]}, sentence
        if match := re.search(r"(?:(\d+)栋)?(\d+)户、", sentence):
            assert int(match[2]) == own["households"], sentence
            assert match[1] is None or int(match[1]) == buildings[key], sentence
        if match := re.search(r"约([\d.,]+)万元", sentence):
            assert match[1] == wan(int(costs.at[key, "cost_now"]), 1), sentence
            checked += 1
    assert checked > 3


PIECES = {
    "门禁": ("ac_unit", "ac_lock", "ac_repair"),
    "机械锁": ("ac_mech",),
    "道闸": ("bar_lane", "bar_repair"),
    "监控": ("cctv_wall", "cctv_pole", "cctv_repair"),
    "路灯": ("light_road",),
    "楼道灯": ("light_stair", "light_repair"),
    "路面": ("road",),
    "排水": ("drain",),
    "围栏": ("fence",),
}


@FOUND
def test_quantities_equal_the_item_list(found: Any) -> None:
    result = found()
    items, checked = result.items, 0
    for key, sentence in result.words["sentence"].items():
        advice = sentence.split("；")[-1]
        own = items[(items["compound_id"] == key) & items["qty"].notna()]
        for word, codes in PIECES.items():
            for match in re.finditer(rf"{word}(\d+)[樘套路盏平米]", advice):
                rows = own[own["item"].isin(codes)]
                assert int(match[1]) in {int(rows["qty"].sum()), *rows["qty"].astype(int)}, (sentence, rows)
                checked += 1
    assert checked > 20 or found is random_ones


@FOUND
def test_no_number_comes_from_nowhere(found: Any) -> None:
    """Every number is a cell of the compound, of its tables, its items, its deficits, or a sum or share of these."""
    result = found()
    for key, sentence in result.words["sentence"].items():
        text = re.sub(r"（[^）]*征[^）]*）", "", sentence)
        numbers = {float(number) for number in NUMBER.findall(text)}
        assert numbers <= allowed(result, str(key)), (sentence, numbers - allowed(result, str(key)))


def allowed(result: Assessment, key: str) -> set[float]:
    """All numbers that a sentence may use."""
    district, items = result.district, result.items
    row = pd.concat([district.compounds.loc[key].drop("geometry"), district.year_range.loc[key]])
    numbers = result.deficits.numbers.loc[key]
    own = items[items["compound_id"] == key]
    qty = own.set_index("item")["qty"].dropna().astype(float)
    cells = [float(v) for v in [*row, *numbers] if isinstance(v, int | float | np.number) and not pd.isna(v)]
    found = set(cells) | set(qty) | {round(100 * v) for v in cells} | {round(v, 2) for v in cells}
    found |= {float(wan(int(result.costs.at[key, "cost_now"]), 1)), float(len(own))}
    for codes in (*PIECES.values(), ("ac_gate", "ac_gate_simple")):
        found |= {qty[qty.index.isin(codes)].sum()}
    found |= {float(n) for n in range(1, len(result.policy.items) + 1)} & {float(n) for n in range(1, 40)}
    for target in ("lock_target", "camera_target", "lanes_needed"):
        existing = f"{target.split('_')[0]}_existing"
        if numbers[[target, existing]].notna().all():
            found.add(float(numbers[target]) - float(numbers[existing]))
    if pd.notna(numbers["heat_laid_year"]):
        found.add(float(result.as_of.year) - float(numbers["heat_laid_year"]))
    if pd.notna(row["households"]) and pd.notna(row["support_households_n"]):
        found.add(float(-(-2 * int(row["households"]) // 3) - int(row["support_households_n"])))
    for table in (district.tables["interventions"], district.layers["buildings"]):
        mine = table[table["compound_id"] == key]
        for column in mine.columns:
            if str(mine[column].dtype).startswith("datetime"):
                found |= {float(d) for day in mine[column].dropna() for d in (day.year, day.month)}
            elif mine[column].dtype in ("Int64", "Float64"):
                found |= set(mine[column].dropna().astype(float))
    return found


class TestForm:
    """Unknown parts say so; what does not fit goes to the reason, in order."""

    def test_nothing_known(self) -> None:
        row = one(make_district([{"compound_id": "a"}]), profile="screen")
        assert row["sentence"].startswith("建成年代待核实、户数待核实、物业待核实；")
        assert row["sentence"].endswith("先补年代和物业资料。")
        assert "建成年代" in row["would_raise"]
        assert "监控路数" in row["unknowns"]

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"built_year_min": 1988, "built_year_max": 1988}, "1988年建、"),
            ({"built_year_min": 1988, "built_year_max": 1996}, "1988—1996年建、"),
            ({"built_year_min": 1988, "built_year_max": 1988, "built_year_source": "居民口述"}, "1988年建（口述）、"),
            ({"built_year_min": 1980, "built_year_max": 1989, "built_year_source": "估计"}, "1980年代建（口述）、"),
            ({"year_lo": 1990, "year_hi": 1999}, "1990年代建、"),
            ({"year_lo": 1986, "year_hi": 1988}, "1986—1988年建、"),
        ],
    )
    def test_how_a_year_is_told(self, fields: dict[str, Any], words: str) -> None:
        assert one(make_district([{"compound_id": "a", **fields}]))["sentence"].startswith(words)

    def test_first_the_second_shortfall_goes_then_buildings_then_items(self) -> None:
        policy = {"reason_max_chars": "200"}
        whole = one(case_1(), **policy)["sentence"]
        assert "9樘单元门无锁、无监控；" in whole
        assert "3栋108户" in whole
        assert "门禁9樘、道闸1套、监控12路" in whole
        sizes = {}
        for most in range(70, 50, -1):
            row = one(case_1(), reason_max_chars=str(most))
            sizes[most] = (
                "、无监控；" in row["sentence"],
                "3栋" in row["sentence"],
                "监控12路" in row["sentence"],
            )
            assert len(row["sentence"]) <= most
            if "、无监控；" not in row["sentence"]:
                assert "无监控" in row["state_reason"]
        steps = list(dict.fromkeys(sizes.values()))
        assert steps == sorted(steps, reverse=True)
        assert steps[-1] == (False, False, False)

    def test_items_after_the_second_are_counted(self) -> None:
        row = one(case_1(), reason_max_chars="62")
        assert "门禁9樘、道闸1套等3项" in row["sentence"]
        assert "监控12路" in row["state_reason"]

    def test_a_very_long_document_number_cannot_break_the_limit(self) -> None:
        row = {"compound_id": "a", "expropriation_status": "已划定范围", "expropriation_doc": "某" * 300}
        sentence = one(make_district([row]))["sentence"]
        assert len(sentence) <= 65
        assert "已划入房屋征收范围" in sentence

    def test_braces_in_the_data_are_text(self) -> None:
        row = {"compound_id": "a", "expropriation_status": "已划定范围", "expropriation_doc": "{{7*191}}{n}"}
        assert "{{7*191}}{n}" in one(make_district([row]))["sentence"]


class TestWays:
    """怎样才能列入."""

    def test_consent_says_how_many_more(self) -> None:
        district = case_2(
            custodian_doc="管护承诺书", custodian_type="社区", access_ctrl_units=4, access_ctrl_working=4,
            cctv_points=9, cctv_working=9, road_bad_share=0.5, waste_sorting="无", support_households_n=20,
            surveyed_households_n=48,
        )  # fmt: skip
        row = one(district)
        assert "先征询意愿" in row["state_reason"]
        assert "再有12户同意（需32户，现有20户、共48户）" in row["would_raise"]
        assert "同意20户、尚差12户" in row["sentence"]

    def test_ready_says_what_would_still_help(self) -> None:
        assert one(case_8())["would_raise"].startswith("已可列入；")

    def test_excluded_and_listed_say_what_would_change_it(self) -> None:
        fixed = one(make_district([{"compound_id": "a", "expropriation_status": "实施中"}]))
        assert "征收范围" in fixed["would_raise"]
        work = {"intervention_id": "i", "compound_id": "a", "programme": "A", "year": 2026, "status": "施工"}
        listed = one(make_district([{"compound_id": "a"}], interventions=[work]))
        assert "2026年全面改造施工中" in listed["sentence"]
        assert "验收" in listed["would_raise"]

    def test_the_latest_work_is_named_whatever_the_order_of_rows(self) -> None:
        works = [
            {"intervention_id": i, "compound_id": "a", "programme": p, "year": y, "status": s}
            for i, p, y, s in (("1", "H", 2024, "完工"), ("2", "M", 2026, "已批"), ("3", "E", 2025, "施工"))
        ]
        for some in (works, works[::-1]):
            row = one(make_district([{"compound_id": "a"}], interventions=some))
            assert "2026年微改造已批" in row["sentence"]


@FOUND
def test_state_reason_names_the_state_and_every_language_has_words(found: Any) -> None:
    result = found()
    english = result.sentences("en")
    for key, state in result.states["state"].items():
        assert state in result.words.at[key, "state_reason"]
        assert english.at[key, "state_reason"].startswith("suggested action: ")
    for column in ("sentence", "state_reason", "would_raise", "unknowns"):
        assert not english[column].str.contains("[；，。]").any(), column
        assert not english[column].str.contains("{", regex=False).any()
        assert not result.words[column].str.contains("{", regex=False).any()


@FOUND
def test_words_that_no_print_may_hold(found: Any) -> None:
    text = " ".join(found().words[["sentence", "would_raise", "state_reason"]].to_numpy(dtype=str).ravel())
    for word in ("盗", "违建", "拆迁", "排名", "支持率", "投诉率", "摄像头", "栏杆", "弃管", "保证", "依法"):
        assert word not in text, word


def test_a_new_item_of_the_policy_is_named_by_its_label() -> None:
    policy = shared_policy()
    row = policy.items.loc[["road"]].assign(label_zh="沥青面层").rename({"road": "asphalt"})
    items = pd.concat([policy.items, row]).rename_axis("code")
    changed = with_settings(policy, as_of=AS_OF.isoformat(), profile="final", reason_max_chars="99")
    fields = {name: getattr(changed, name) for name in type(changed).__slots__} | {"items": items}
    district = case_4(road_area_m2=200.0, road_bad_share=0.5, drain_bad_m=0.0, ponding_points=0)
    sentence = assess(district, type(changed)(**fields), as_of=AS_OF).sentences().iloc[0]["sentence"]
    assert "沥青面层100平方米" in sentence
