"""The figures of 总览: they add up, in the whole district and in any part of it, and the words repeat the numbers."""

from __future__ import annotations

import datetime as dt
import functools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decisions.assessment import Assessment
from planner.decisions.pipeline import assess, headline
from planner.decisions.states import STATES
from planner.decisions.summary import largest_remainder, streets, to_wan, works_window
from planner.decisions.summary_text import STREET_COLUMNS
from planner.district.load import read_district
from planner.policy import with_settings
from tests.builders import make_district, shared_policy
from tests.cases import AS_OF, case_1, case_2, case_policy
from tests.conftest import ROOT

DEMO_DATE = dt.date(2026, 11, 20)


@functools.cache
def demo() -> Assessment:
    return assess(read_district(ROOT / "data", shared_policy()), shared_policy(), as_of=DEMO_DATE)


def inside(street: str) -> np.ndarray:
    return (demo().district.compounds["subdistrict_name"] == street).to_numpy(dtype=bool, na_value=False)


def all_streets() -> list[str]:
    return sorted(demo().district.compounds["subdistrict_name"].dropna().unique())


class TestNumbers:
    """Recounted from the frames."""

    def test_counts(self) -> None:
        found, figures = demo(), headline(demo())
        compounds, states = found.district.compounds, found.states
        counts = figures["counts"]
        assert counts["compounds"] == len(compounds)
        assert counts["no_service"] == (compounds["property_status"] == "无").sum()
        assert counts["service_unknown"] == compounds["property_status"].isna().sum()
        assert counts["courtyards"] == (compounds["object_type"] == "院落").sum()
        assert counts["ready"] == (states["state"] == "可列入").sum()
        assert counts["safety"] == states["safety"].sum()
        assert figures["people"]["households"] == compounds["households"].sum()

    def test_the_ready_are_counted_once_each(self) -> None:
        counts = headline(demo())["counts"]
        assert counts["ready_A"] + counts["ready_M"] + counts["ready_E"] == counts["ready"]
        assert counts["ready"] > 0

    def test_the_tabs_add_up_to_all(self) -> None:
        tabs = headline(demo())["tabs"]
        assert list(tabs) == list(STATES)
        assert sum(tabs.values()) == len(demo().states)

    def test_money_is_rounded_by_purse_then_added(self) -> None:
        found, money = demo(), headline(demo())["money"]
        ready = found.states["state"] == "可列入"
        for code in ("A", "M", "E"):
            own = found.costs.loc[ready & (found.states["lead"] == code), ["cost_now_low", "cost_now", "cost_now_high"]]
            assert [money[code][end] for end in ("low", "likely", "high")] == [to_wan(total) for total in own.sum()]
        assert money["total"]["likely"] == sum(money[code]["likely"] for code in "AME")
        assert money["upper"] == money["A"]
        assert money["district"]["high"] == money["M"]["high"] + money["E"]["high"]
        assert money["total"]["low"] < money["total"]["likely"] < money["total"]["high"]

    def test_may_change_is_neither_surely_first_nor_surely_later(self) -> None:
        found = demo()
        open_ = found.states["verify"].isin(["核实后定", "资料空白"])
        low, high = found.scores["score_low"], found.scores["score_high"]
        wide = (low < 50) & (high >= 50)
        assert headline(found)["counts"]["may_change"] == int((open_ & wide).sum())

    def test_the_season_for_works(self) -> None:
        first, last = works_window(shared_policy())
        assert ((first.month, first.day), (last.month, last.day)) == ((4, 14), (10, 4))


class TestStreets:
    """The table by sub-district."""

    @pytest.mark.parametrize("column", STREET_COLUMNS)
    def test_every_column_adds_up(self, column: str) -> None:
        table = streets(demo())
        assert table[column].iloc[:-1].sum() == table[column].iloc[-1]

    def test_the_sum_is_the_sentence(self) -> None:
        figures = headline(demo())
        last = figures["streets"].iloc[-1]
        for code in ("A", "M", "E", "total"):
            assert last[code] == figures["money"][code]["likely"]
        assert last["compounds"] == figures["counts"]["compounds"]
        assert last["custodian_first"] == figures["tabs"]["先落实管护"]
        assert figures["street_rows"][-1][0] == "合计"
        assert len(figures["street_rows"][0]) == len(figures["street_heads"])

    def test_administrative_order_then_code_then_mention(self) -> None:
        rows = [
            {"compound_id": i, "subdistrict_name": name, "subdistrict_code": code}
            for i, (name, code) in enumerate([("丙", "03"), ("甲", "09"), (None, None), ("乙", "01"), ("丁", "02")])
        ]
        rows = [{**row, "compound_id": str(row["compound_id"])} for row in rows]
        layer = [{"community_code": "1", "community_name": "x", "subdistrict_name": "甲", "subdistrict_order": 1}]
        found = assess(make_district(rows, communities=layer), shared_policy(), as_of=AS_OF)
        assert streets(found)["street"].iloc[:-1].tolist() == ["甲", "乙", "丁", "丙", ""]

    @pytest.mark.parametrize("street", all_streets())
    def test_a_part_is_the_row_of_the_whole(self, street: str) -> None:
        part = headline(demo(), inside=inside(street), place=street)
        row = streets(demo()).set_index("street").loc[street]
        assert part["counts"]["compounds"] == row["compounds"]
        assert part["counts"]["ready"] == row["ready"]
        assert abs(part["money"]["total"]["likely"] - row["total"]) <= 2
        assert part["sentence"].startswith(street)
        assert sum(part["tabs"].values()) == row["compounds"]


class TestWords:
    """Sentence, strip and cards repeat the numbers."""

    def test_the_sentence(self) -> None:
        figures = headline(demo())
        counts, money = figures["counts"], figures["money"]
        sentence = figures["sentence"]
        for part in (
            f"全区{counts['compounds']}个小区（院落）",
            f"无物业服务{counts['no_service']}个（另有{counts['service_unknown']}个待核实）",
            f"建议2027年列入{counts['ready']}个：全面改造{counts['ready_A']}个、微改造{counts['ready_M']}个",
            f"估算{money['total']['likely']}万元（{money['total']['low']}—{money['total']['high']}万元）",
            f"全面改造（上级资金）{money['A']['likely']}万元、微改造（区级资金）{money['M']['likely']}万元",
            f"另有{counts['custodian_first']}个先落实管护责任主体后再列。",
        ):
            assert part in sentence, sentence
        assert "**" not in sentence
        assert figures["sentence_marked"].replace("**", "") == sentence
        assert "缺口" not in sentence

    def test_the_strip_adds_up_and_is_silent_without_danger(self) -> None:
        figures = headline(demo())
        first, *others = [int(n) for n in re.findall(r"(\d+)[处栋]", figures["safety_sentence"])]
        assert first == sum(others) == sum(figures["safety"].values())
        assert headline(assess(case_1(), case_policy(), as_of=AS_OF))["safety_sentence"] == ""
        assert "消防车通道不足4米或被占1处" in headline(assess(case_2(), case_policy(), as_of=AS_OF))["safety_sentence"]

    def test_six_cards_in_order(self) -> None:
        figures = headline(demo())
        assert [card["key"] for card in figures["cards"]] == ["all", "no_service", "micro", "heat", "full", "verify"]
        assert set(figures["masks"]) == {*(card["key"] for card in figures["cards"]), "safety"}
        assert f"**{figures['counts']['holds_M']}**" in figures["cards"][2]["title"]
        assert figures["masks"]["micro"].sum() == figures["counts"]["holds_M"]
        assert figures["masks"]["verify"].sum() == figures["tabs"]["待核实"]
        for card in figures["cards"]:
            assert len(card["lines"]) <= 2
            assert "{" not in card["title"] + "".join(card["lines"])

    def test_no_district_heating_says_so(self) -> None:
        policy = with_settings(shared_policy(), heating="无")
        found = assess(make_district([{"compound_id": "a"}]), policy, as_of=AS_OF)
        assert headline(found)["cards"][3]["lines"] == ["无集中供热"]

    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_an_empty_district_says_so(self, lang: str) -> None:
        figures = headline(assess(make_district([]), shared_policy(), as_of=AS_OF), lang)
        assert figures["sentence"]
        assert sum(figures["tabs"].values()) == 0
        assert len(figures["street_rows"]) == 1
        assert figures["money"]["total"]["likely"] == 0

    def test_nothing_ready_says_so(self) -> None:
        figures = headline(assess(make_district([{"compound_id": "a"}]), shared_policy(), as_of=AS_OF))
        assert "2027年暂无可列入的小区" in figures["sentence"]

    def test_english_has_no_chinese(self) -> None:
        figures = headline(demo(), "en")
        text = figures["sentence"] + figures["safety_sentence"] + "".join(figures["street_heads"])
        text += "".join(card["title"] + "".join(card["lines"]) for card in figures["cards"])
        assert not re.search(r"[\u4e00-\u9fff]", text.replace("三无", "")), text


def test_case_1_money_of_the_sentence() -> None:
    figures = headline(assess(case_1(), case_policy(), as_of=AS_OF))
    assert figures["money"]["M"] == {"low": 8, "likely": 13, "high": 25}
    assert "微改造1个，估算13万元（8—25万元）" in figures["sentence"]
    assert "由区级资金安排" in figures["sentence"]


def test_notices_name_registers_and_criteria_without_data() -> None:
    dates = {f"{name}_register_as_of": "2026-11-01" for name in ("expropriation", "renovation", "hazard", "land")}
    policy = with_settings(shared_policy(), **dates)
    found = assess(make_district([{"compound_id": "a", "households": 9}]), policy, as_of=AS_OF, profile="screen")
    figures = headline(found)
    assert figures["without_data"] == ["n2", "n3", "n4", "r1"]
    assert figures["unchecked"] == ["heritage"]
    assert figures["notices"][0].startswith("未与名单核对：历史保护")
    assert "建成年代、基本安防缺失" in figures["notices"][1]
    fewer = assess(found.district, policy, as_of=AS_OF, profile="screen", unused=("n3",))
    assert headline(fewer)["without_data"] == ["n2", "n4", "r1"]
    assert headline(assess(make_district([]), policy, as_of=AS_OF))["notices"] == []


def test_half_up() -> None:
    assert [to_wan(yuan) for yuan in (4_999, 5_000, 14_999, 15_000, 25_000)] == [0, 1, 1, 2, 3]


@given(st.lists(st.floats(0, 1e6), max_size=12))
def test_largest_remainder_adds_up_and_stays_near(values: list[float]) -> None:
    array = np.array(values, dtype=float)
    total = int(np.floor(array.sum() + 0.5))
    whole = largest_remainder(array, total)
    assert whole.sum() == total
    assert (np.abs(whole - array) < 1 + 1e-6).all()
    assert (whole >= 0).all()


def test_largest_remainder_by_hand() -> None:
    assert largest_remainder(np.array([1.4, 1.4, 1.2]), 4).tolist() == [2, 1, 1]
    assert largest_remainder(np.array([2.6, 2.6, 2.6]), 8).tolist() == [3, 3, 2]
    assert largest_remainder(np.array([]), 0).tolist() == []
