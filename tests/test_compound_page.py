"""一小区一策 and 建议次序 without a browser: the demo, odd districts, hostile text, and the way between the pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import Point, box
from streamlit.testing.v1 import AppTest

from planner.decisions.ledger import UNKNOWN_WORDS
from planner.district.write import write_district
from planner.outputs.compound_words import shortened
from planner.text import t
from tests.builders import make_district
from tests.test_overview import HOSTILE, OLD, fine, html

ROOT = Path(__file__).resolve().parent.parent
COMPOUND, RANKING = "planner/pages/compound.py", "planner/pages/ranking.py"
ODD: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "one": [{"compound_id": "A", "geometry": box(116, 39, 116.001, 39.001), **OLD}],
    "nothing known": [{"compound_id": "A"}, {"compound_id": "B"}],
    "all excluded": [{"compound_id": "A", "expropriation_status": "已划定范围", "geometry": Point(116, 39), **OLD}],
    "points only": [{"compound_id": f"P{k}", "geometry": Point(116 + k / 1000, 39), **OLD} for k in range(5)],
}


@pytest.fixture(autouse=True)
def _own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("PLANNER_DISTRICT", raising=False)
    monkeypatch.setenv("PLANNER_TRUSTED_LAN", "0")


def opened(page: str, **address: str) -> AppTest:
    """A page after its first run."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.switch_page(page)
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    fine(app)
    return app


def table(app: AppTest) -> dict[str, Any]:
    """What the table was sent."""
    return dict(json.loads(app.get("bidi_component")[0].proto.json))


def district(folder: Path, monkeypatch: pytest.MonkeyPatch, *compounds: dict[str, Any], **more: Any) -> None:
    """Make these compounds the open district."""
    write_district(make_district(compounds, **more), folder)
    monkeypatch.setenv("PLANNER_DISTRICT", str(folder))


def test_a_link_opens_its_compound_and_previous_and_next_follow_the_order() -> None:
    order = [row["id"] for row in table(opened(RANKING))["rows"]]
    app = opened(COMPOUND, id=order[3])
    assert f"<span>{order[3]}</span>" in html(app)
    app.button(key="planner-after").click().run()
    fine(app)
    assert app.query_params["id"] in (order[4], [order[4]])
    assert f"<span>{order[4]}</span>" in html(app)
    app.button(key="planner-before").click().run()
    app.button(key="planner-before").click().run()
    assert f"<span>{order[2]}</span>" in html(app)
    first = opened(COMPOUND, id=order[0])
    assert first.button(key="planner-before").disabled


def test_the_page_shows_every_part_of_a_compound() -> None:
    text = html(opened(COMPOUND, id="YH0159"))
    for key in ("facts", "score", "map", "items", "programmes", "would", "history"):
        assert t(f"compound.{key}") in text
    assert t("compound.unknown") in text
    assert t("overview.demo").strip("〔〕") in text
    assert not any(word in text for word in ("None", "NaT", "<NA>", "nan"))
    assert UNKNOWN_WORDS[0] not in text.split(t("compound.all_facts").split("（")[0])[0]


def test_an_unknown_id_is_said_and_the_first_compound_shown() -> None:
    text = html(opened(COMPOUND, id="<b>nobody</b>"))
    assert "<b>nobody" not in text
    assert t("compound.nobody", id="").split("的")[0] in text


def test_filters_reach_table_title_subtotals_and_address() -> None:
    app = opened(RANKING)
    assert len(table(app)["rows"]) == 186
    app.selectbox(key="ranking_programme").select("M").run()
    fine(app)
    shown = table(app)["rows"]
    assert 0 < len(shown) < 186
    assert all(row["programmes"][3] == "yes" for row in shown)
    assert app.query_params["programme"] in ("M", ["M"])
    assert f"<b>{len(shown)}</b>" in html(app)
    app.text_input(key="ranking_q").set_value(shown[2]["name"]).run()
    assert shown[2]["id"] in [row["id"] for row in table(app)["rows"]]
    app.button(key="planner-clear").click().run()
    fine(app)
    assert len(table(app)["rows"]) == 186
    assert "programme" not in app.query_params


def test_an_address_opens_the_same_view() -> None:
    app = opened(RANKING, state="ready", sort="-need", complete="80", id="YH0087")
    data = table(app)
    assert data["sort"] == "-need"
    assert data["chosen"] == "YH0087"
    needs = [row["need"] for row in data["rows"]]
    assert needs == sorted(needs, reverse=True)
    assert {row["state"]["label"] for row in data["rows"]} == {t("map.state.ready")}
    assert all(row["completeness"] >= 80 for row in data["rows"])
    assert len(table(opened(RANKING, street="没有这个街道", state="nonsense"))["rows"]) == 186


def test_the_chosen_compound_leads_to_its_page_and_back() -> None:
    app = opened(RANKING, id="YH0087")
    app.button(key="planner-open-compound").click().run()
    fine(app)
    assert "<span>YH0087</span>" in html(app)
    app.button(key="planner-to-ranking").click().run()
    fine(app)
    assert table(app)["chosen"] == "YH0087"


def test_english_pages_have_english_words() -> None:
    for page in (COMPOUND, RANKING):
        text = html(opened(page, lang="en"))
        assert "data as of" in text
        assert "数据截至" not in text


@pytest.mark.parametrize("kind", list(ODD))
@pytest.mark.parametrize("page", [COMPOUND, RANKING])
def test_odd_districts_have_a_page(kind: str, page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    district(tmp_path / "district", monkeypatch, *ODD[kind])
    app = opened(page)
    if page == RANKING:
        assert len(table(app)["rows"]) == len(ODD[kind])
    elif kind == "none":
        assert t("compound.empty") in html(app)
    else:
        assert t("compound.facts") in html(app)


def test_hostile_text_runs_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = dict.fromkeys(
        ("name", "alias", "community_name", "address", "note", "property_firm", "source", "custodian_name"), HOSTILE
    )
    row = {"compound_id": "A", **OLD, **bad, "subdistrict_name": HOSTILE, "geometry": box(116, 39, 116.001, 39.001)}
    works = [{"intervention_id": "X", "compound_id": "A", "programme": "A", "year": 2019, "status": "验收",
              "items": HOSTILE, "document_no": HOSTILE}]  # fmt: skip
    district(tmp_path / "district", monkeypatch, row, interventions=works)
    for page in (COMPOUND, RANKING):
        app = opened(page, id="A", q=HOSTILE if page == RANKING else "")
        text = html(app)
        assert "<img" not in text
        assert "1337" not in text
        assert "%}</script>" not in text
    assert table(app)["rows"][0]["name"] == HOSTILE


def test_long_enumerations_are_cut_and_counted() -> None:
    assert shortened("甲、乙、丙", "zh") == "甲、乙、丙"
    assert shortened("待核实：甲、乙、丙、丁；须戊", "zh") == "待核实：甲、乙、丙等4项；须戊"
    assert shortened("", "zh") == ""
