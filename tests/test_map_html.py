"""The offline map as text: complete, closed, the same bytes for the same input."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import folium
import pytest
from folium.elements import JSCSSMixin
from shapely.geometry import Point, box

from planner.__main__ import main
from planner.decisions.pipeline import assess
from planner.district.write import write_district
from planner.outputs import assets, map_layers
from planner.outputs.map_classes import themes
from planner.outputs.map_html import DATA_ID, ExportPage, map_page
from tests.builders import make_district, shared_policy
from tests.cases import AS_OF

HOSTILE = "<img src=x onerror=alert(1)>${7*7}`{{7*191}}{% 楼 %}</script>"
COMPOUNDS: list[dict[str, Any]] = [
    {"compound_id": "A", "name": "幸福里", "households": 96, "geometry": box(116, 39, 116.001, 39.001)},
    {"compound_id": "B", "name": HOSTILE, "geometry": Point(116.002, 39)},
    {"compound_id": "C", "name": "无图院"},
]


def page_of(*compounds: dict[str, Any], lang: str = "zh", **more: Any) -> str:
    """The map of these compounds."""
    district = make_district(compounds, **more)
    return map_page(district, assess(district, shared_policy(), as_of=AS_OF), lang)


def block(html: str) -> dict[str, Any]:
    """The data that the page carries."""
    found = re.search(rf'<script type="application/json" id="{DATA_ID}">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


class _Scripts(HTMLParser):
    """Counts script tags as a browser sees them."""

    opened = closed = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.opened += tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self.closed += tag == "script"


def test_the_page_holds_every_layer_compound_and_sentence() -> None:
    data = block(page_of(*COMPOUNDS))
    assert [layer["key"] for layer in data["page"]["layers"]] == list(themes(shared_policy()))
    assert all(sum(layer["counts"]) == 3 for layer in data["page"]["layers"])
    assert data["page"]["rows"][0]["name"] == "幸福里"
    assert [len(line) for line in data["lines"]] == [5, 5, 5]
    assert all(line[0] for line in data["lines"])
    assert [f["properties"]["id"] for f in data["shapes"]["compounds"]["features"]] == ["A", "B"]
    assert data["page"]["notes"] == ["1个小区没有位置，未画出，可按名称查找。"]


def test_nothing_of_it_runs_and_nothing_is_fetched() -> None:
    html = page_of(*COMPOUNDS)
    assets.assert_offline(html)
    assert "1337" not in html
    assert "<img src=x" not in html
    assert "/app/static" not in html
    counted = _Scripts()
    counted.feed(html)
    assert counted.opened == counted.closed == 8


def test_the_same_input_gives_the_same_bytes() -> None:
    assert page_of(*COMPOUNDS) == page_of(*COMPOUNDS)


def test_demo_data_and_internal_use_are_marked() -> None:
    assert block(page_of(*COMPOUNDS, demo=True))["page"]["marks"] == ["〔演示数据·虚构〕", "内部资料 注意保存"]
    assert block(page_of(*COMPOUNDS))["page"]["marks"] == ["内部资料 注意保存"]
    assert block(page_of(*COMPOUNDS, lang="en", demo=True))["page"]["marks"][1] == "Internal use"


@pytest.mark.parametrize("compounds", [[], [{"compound_id": "A"}], COMPOUNDS[1:2]], ids=["none", "unknown", "points"])
def test_odd_districts_have_a_map(compounds: list[dict[str, Any]]) -> None:
    data = block(page_of(*compounds))
    assert len(data["page"]["rows"]) == len(compounds)


def test_buildings_come_along_in_cells() -> None:
    html = page_of(*COMPOUNDS, buildings=[{"building_id": "1", "geometry": box(116, 39, 116.0002, 39.0001)}])
    data = block(html)
    assert set(data["cells"]) == set(data["shapes"]["buildings"]["names"]) == {"11600_3900"}


def test_maps_are_made_of_usable_classes_only() -> None:
    assets.use_local()
    made = map_layers.base_map(box=None, rows=1)
    made.add_child(map_layers.PlannerMap({}))
    made.add_child(ExportPage())
    found: list[Any] = [made, *made._children.values()]
    assert all(assets.usable(type(part)) for part in found if isinstance(part, JSCSSMixin | folium.Map))


def test_the_command_writes_the_file_and_counts_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_district(make_district(COMPOUNDS), tmp_path / "district")
    target = tmp_path / "out" / "map.html"
    call = ["map", "--district", str(tmp_path / "district"), "--out", str(target), "--as-of", "2026-11-23", "--json"]
    assert main(call) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["files"] == {"map": str(target)}
    assert json.loads(said.out)["compounds"] == 3
    assert json.loads(said.out)["bytes"] == target.stat().st_size
    assert "3" in said.err
    assert block(target.read_text(encoding="utf-8"))["page"]["rows"]


def test_another_kind_of_file_is_a_wrong_call(tmp_path: Path) -> None:
    write_district(make_district(COMPOUNDS), tmp_path / "district")
    assert main(["map", "--district", str(tmp_path / "district"), "--out", str(tmp_path / "map.pdf")]) == 2
