"""What a page says can be had from a few lines of Python: another process, in which streamlit is never imported.

Each script below is what docs and colleagues would write; its figures must be those that stand on the page.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from planner.outputs.map_classes import STATE_KEYS
from tests.test_compound_page import COMPOUND, RANKING, opened, table
from tests.test_overview import html

ROOT = Path(__file__).resolve().parent.parent
OVERVIEW, QUALITY, POLICY = (f"planner/pages/{name}.py" for name in ("overview", "quality", "policy"))
OPEN = """
import datetime as dt, json, sys
from planner import assess, load_policy, read_district
policy = load_policy()
result = assess(read_district("data", policy), policy, as_of=dt.date.today())
"""


@pytest.fixture(autouse=True)
def _own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("PLANNER_DISTRICT", raising=False)
    monkeypatch.setenv("PLANNER_TRUSTED_LAN", "0")


def computed(script: str) -> dict[str, Any]:
    """Run a script without streamlit and return the JSON object of its last line."""
    whole = f"{OPEN}{script}\nassert 'streamlit' not in sys.modules\nprint(json.dumps(found, ensure_ascii=False))"
    done = subprocess.run([sys.executable, "-c", whole], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def words(app: AppTest) -> str:
    """The text of all HTML blocks without marks."""
    return re.sub(r"<[^>]+>", "", html(app))


def test_the_overview() -> None:
    found = computed(
        """
from planner.decisions.pipeline import headline
head = headline(result, "zh")
found = {"sentence": head["sentence"], "states": result.states["state"].value_counts().to_dict()}"""
    )
    app = opened(OVERVIEW)
    assert re.sub(r"\\*\\*", "", found["sentence"]).replace("*", "") in words(app)
    tabs = next(group for group in app.get("button_group") if len(group.proto.options) == len(STATE_KEYS) + 1)
    counts = [int(option.content.split()[-1]) for option in tabs.proto.options][: len(STATE_KEYS)]
    assert sorted(n for n in counts if n) == sorted(found["states"].values())


def test_one_compound() -> None:
    found = computed(
        """
from planner.outputs.compound_sheet import breakdown, item_rows
key = result.ranking["compound_id"][4]
points = breakdown(result, key)
found = {"key": key, "sentence": result.sentences("zh").at[key, "sentence"],
         "points": [f"{p:.1f} / {m:.1f}" for p, m in zip(points["points"], points["maximum"]) if p == p],
         "items": list(item_rows(result, key)["label"])}"""
    )
    said = words(opened(COMPOUND, id=found["key"]))
    assert found["sentence"] in said
    assert len(found["points"]) >= 3
    assert [p for p in found["points"] if p not in said] == []
    assert [label for label in found["items"] if label not in said] == []


def test_the_list() -> None:
    found = computed(
        """
from planner.outputs.ranking_view import RankingView, view_rows
rows = view_rows(result, RankingView(street="清溪街道", programme="M", sort="-need"))
found = {"ids": list(rows.index)}"""
    )
    app = opened(RANKING, street="清溪街道", programme="M", sort="-need")
    assert [row["id"] for row in table(app)["rows"]] == found["ids"]
    assert len(found["ids"]) > 5


def test_the_data_check() -> None:
    found = computed(
        """
from planner.outputs import quality_view
all_of_them = quality_view.find(result.district, policy, result.as_of)
groups = quality_view.groups(all_of_them, quality_view.shown(all_of_them, quality_view.QualityView()))
found = {"groups": [[rule, int(n)] for rule, n in zip(groups["rule"], groups["n"])]}"""
    )
    listed = [[group["rule"], int(re.sub(r"\D", "", group["count"]))] for group in table(opened(QUALITY))["groups"]]
    assert listed == found["groups"]
    assert len(listed) > 8


def test_the_trial_of_the_guide() -> None:
    found = computed(
        """
from planner.decisions.trial import trial
from planner.decisions.trial_compare import compare, movers
from planner.decisions.trial_rules import checked_policy, official_rules, set_weight
tried = trial(result, checked_policy(set_weight(official_rules(policy), "n2", 40), policy))
moved = movers(compare(result, tried, first=30, places=5))
found = {"places": [[str(a), str(b)] for a, b in zip(moved["rank_old"], moved["rank_new"])], "n": len(moved)}"""
    )
    app = opened(POLICY)
    app.number_input(key="weight-n2").set_value(40.0).run()
    shown = re.findall(r"<td>([\d—]+)→([\d—]+)<td>", html(app))
    assert len(shown) >= 5
    assert [list(places) for places in shown] == found["places"][: len(shown)]
    assert f"<b>{found['n']}</b>" in html(app)
