"""数据核对 without a browser: cards, rules, sub-districts, a click on the map, odd districts, hostile text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import Point, box
from streamlit.testing.v1 import AppTest

from planner.district.write import write_district
from planner.errors import SEVERITIES
from planner.outputs import quality_view
from planner.outputs.quality_view import QualityView
from planner.pages import quality
from planner.text import safe_text, t
from planner.web import session
from tests.builders import make_district
from tests.test_compound_page import ODD, district, opened
from tests.test_overview import HOSTILE, OLD, component, fine, html

QUALITY = "planner/pages/quality.py"


@pytest.fixture(autouse=True)
def _own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("PLANNER_DISTRICT", raising=False)
    monkeypatch.setenv("PLANNER_TRUSTED_LAN", "0")


def table(app: AppTest) -> dict[str, Any]:
    """What the table was sent."""
    return dict(json.loads(app.get("bidi_component")[0].proto.json))


def counts(app: AppTest) -> dict[str, int]:
    """Problems per severity among the rules that are listed."""
    groups = table(app)["groups"]
    return {
        s: sum(int(g["count"].rstrip("处").replace(",", "")) for g in groups if g["severity"] == s) for s in SEVERITIES
    }


def test_a_card_leaves_its_severity_and_a_second_click_brings_all_back() -> None:
    app = opened(QUALITY)
    everything = counts(app)
    assert all(n > 0 for n in everything.values())
    for severity, n in everything.items():
        word = t("quality.card.title", word=t(f"web.severity.{severity}"), n=n)
        assert word.replace("**", "") in html(app).replace("<b>", "").replace("</b>", "")
    app.button(key="planner-hit-error").click().run()
    fine(app)
    assert counts(app) == {"error": everything["error"], "warning": 0, "info": 0}
    assert app.query_params["severity"] in ("error", ["error"])
    app.button(key="planner-hit-error").click().run()
    assert counts(app) == everything
    assert "severity" not in app.query_params


def test_a_rule_opens_its_rows_and_leaves_the_map_to_them() -> None:
    app = opened(QUALITY, severity="warning")
    group = next(g for g in table(app)["groups"] if g["rule"] == "V05b")
    assert table(app)["rows"] == []
    app.selectbox(key="quality_rule").select("V05b").run()
    fine(app)
    data = table(app)
    assert data["open"] == "V05b"
    assert t("quality.table.count", n=len(data["rows"])) == group["count"]
    assert all(row["id"] and row["message"] and row["value"] for row in data["rows"])
    assert data["rows"][0]["column"] == "楼栋数"
    assert f"{t('quality.class.warning')}<u>{len(data['rows'])}</u>" in html(app)
    app.button(key="planner-clear").click().run()
    assert table(app)["open"] == ""
    assert "rule" not in app.query_params


def test_a_click_on_the_map_shows_the_problems_of_the_compound() -> None:
    app = opened(QUALITY)
    app.session_state["map_pick"] = "YH0022"
    app.run()
    fine(app)
    chosen = table(app)["chosen"]
    assert chosen["id"] == "YH0022"
    assert {row["rule"] for row in chosen["rows"]} >= {t("quality.rule.V09"), t("quality.rule.V09b")}
    assert app.query_params["id"] in ("YH0022", ["YH0022"])
    again = opened(QUALITY, id="YH0022")
    assert table(again)["chosen"] == chosen
    assert table(opened(QUALITY, id="nobody"))["chosen"] == {"id": ""}


def test_a_compound_from_a_row_leads_to_its_own_page() -> None:
    app = opened(QUALITY, rule="V05b")
    app.session_state["planner_wanted_compound"] = table(app)["rows"][0]["id"]
    app.run()
    fine(app)
    assert t("compound.facts") in html(app)
    assert f"<span>{table_id(app)}</span>" in html(app)


def table_id(app: AppTest) -> str:
    """The id in the address."""
    found = app.query_params["id"]
    return str(found[0] if isinstance(found, list) else found)


def test_a_sub_district_filters_everything_and_stands_in_the_address() -> None:
    app = opened(QUALITY)
    whole = sum(counts(app).values())
    street = next(
        name for name in app.selectbox(key="quality_street").options if name.endswith("街道") and "全部" not in name
    )
    app.selectbox(key="quality_street").select(street).run()
    fine(app)
    assert 0 < sum(counts(app).values()) < whole
    assert street in html(app)
    same = opened(QUALITY, street=street)
    assert counts(same) == counts(app)
    assert counts(opened(QUALITY, street="没有这个街道")) == counts(opened(QUALITY))


def test_the_page_shows_what_the_functions_find() -> None:
    app = opened(QUALITY, lang="en")
    found = session.open_district()
    findings = quality._cached_findings(found.key, found)
    groups = quality_view.groups(findings, quality_view.shown(findings, QualityView()))
    listed = [(g["rule"], int(g["count"].replace(",", ""))) for g in table(app)["groups"]]
    assert listed == list(zip(groups["rule"], groups["n"], strict=True))
    assert "数据截至" not in html(app)


def test_kinds_of_disagreement_are_chosen_and_kept_only_when_they_say_something() -> None:
    app = opened(QUALITY)
    assert "sanwu" not in app.query_params
    rows = html(app)
    app.session_state["quality_sanwu"] = "unlisted_yes"
    app.run()
    fine(app)
    assert app.query_params["sanwu"] in ("unlisted_yes", ["unlisted_yes"])
    assert html(app) != rows


def test_the_rest_of_the_fields_is_shown_on_request() -> None:
    app = opened(QUALITY)
    label = session.open_district().policy.fields("compounds").at["alias", "label_zh"]
    assert label not in html(app)
    app.toggle(key="quality_all_fields").set_value(True).run()
    fine(app)
    assert label in html(app)


@pytest.mark.parametrize("kind", list(ODD))
def test_odd_districts_have_a_page(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    district(tmp_path / "district", monkeypatch, *ODD[kind])
    app = opened(QUALITY)
    text = html(app)
    assert ("还没有小区" in text) == (kind == "none")
    assert not any(word in text for word in ("None", "NaT", "<NA>", "nan%"))
    assert t("quality.crs.state.unknown") in text
    if kind == "nothing known":
        assert "0%" in text


def test_many_problems_are_sent_page_by_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"compound_id": f"C{k:04}", "name": f"小区{k}", "face_only": True} for k in range(350)]
    district(tmp_path / "district", monkeypatch, *rows)
    app = opened(QUALITY, rule="V15")
    assert len(table(app)["rows"]) == 100
    assert "100" in table(app)["more"]
    app.session_state["quality_rows"] = 400
    app.run()
    assert len(table(app)["rows"]) == 350
    assert table(app)["more"] == ""


def test_hostile_text_runs_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = dict.fromkeys(("name", "alias", "property_firm", "custodian_name", "subdistrict_name", "note"), HOSTILE)
    row = {"compound_id": "A", **OLD, **bad, "face_only": True, "sanwu_official": True,
           "geometry": box(116, 39, 116.001, 39.001), "original": {"households": HOSTILE}}  # fmt: skip
    district(tmp_path / "district", monkeypatch, row, {"compound_id": "B", "geometry": Point(116, 39)})
    note = {"unmapped": [HOSTILE], "problem_cells": [{"row": 2, "column": HOSTILE, "value": HOSTILE, "rule": HOSTILE}],
            "crs": {"applied": {"table": HOSTILE, HOSTILE: HOSTILE}, "declared": {}, "clear": True, "points": 3,
                    "proposed": {"table": HOSTILE}, "evidence": [{"table": HOSTILE, "areas": HOSTILE, "agreement": 1}]},
            "layers": {HOSTILE: {"crs": HOSTILE, "file": HOSTILE, "features": 1, "unmapped": [HOSTILE]}}}  # fmt: skip
    (tmp_path / "district" / "import.json").write_text(json.dumps(note), encoding="utf-8")
    for address in ({"rule": "V15", "id": "A"}, {"street": HOSTILE, "severity": "error"}):
        app = opened(QUALITY, **address)
        text = html(app)
        assert "<img" not in text
        assert "1337" not in text
        assert "%}</script>" not in text
        assert safe_text(HOSTILE) in text
        assert "<img" not in json.dumps(component(app))
    first = table(opened(QUALITY, rule="V15", id="A"))
    assert first["rows"][0]["name"] == HOSTILE == first["chosen"]["name"]


def test_a_district_with_an_import_says_what_was_left_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_district([{"compound_id": "A", "households": 80, "original": {"households": "约80户"}}])
    write_district(made, tmp_path / "d")
    note = {"unmapped": ["开发商"], "cells": {"total": 9, "mapped": 6, "unmapped": 2, "problem": 1},
            "problem_cells": [{"row": 7, "column": "物业费", "value": "1至2元", "rule": "cell.range"}]}  # fmt: skip
    (tmp_path / "d" / "import.json").write_text(json.dumps(note), encoding="utf-8")
    monkeypatch.setenv("PLANNER_DISTRICT", str(tmp_path / "d"))
    text = html(opened(QUALITY))
    for word in ("开发商", "1至2元", t("quality.rule.cell.range"), "约80户"):
        assert word in text
