"""Hostile text in every text field of every table, in layer and file names and in policy labels: shown, never run."""

from __future__ import annotations

import csv
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import LineString, box

from planner.__main__ import main
from planner.district.district import LAYERS, TABLES
from planner.district.write import write_district
from planner.policy import POLICY_FOLDER, load_policy
from planner.text import t
from tests.builders import make_district
from tests.e2e.conftest import Visit, running_app
from tests.e2e.test_every_page_browser import PAGES, WITHOUT_MAP, address_of
from tests.e2e.test_snapshot_browser import snapshot

pytestmark = pytest.mark.needs_chromium
Go = Callable[..., Visit]

HOSTILE = (
    '<img src=x onerror="window.hacked=1">${window.hacked=1}`${window.hacked=2}`</script>'
    "<script>window.hacked=3</script>"
    "{{7*191}}{% 楼 %}{# 3号 \\u003cimg src=x onerror=window.hacked=4\\u003e 'x' \"y\" & **z**"
)
LAYER_NAME = "{{7*191}}<img src=x onerror=window.hacked=7>"
FILE_NAME = "台账<img src=x onerror=window.hacked=5>{{7*191}}.csv"


def _texts(table: str, **more: Any) -> dict[str, Any]:
    """One row of a table with hostile text in every field that holds free text."""
    fields = load_policy().fields(table)
    return {str(field): HOSTILE for field in fields.index[fields["type"] == "text"]} | more


@pytest.fixture(scope="module")
def hostile_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district with hostile text wherever text may stand, and its own policy with hostile labels."""
    folder = tmp_path_factory.mktemp("hostile") / "{{7*191}}<img src=x onerror=window.hacked=6>"
    shapes = {
        "communities": box(115.99, 38.99, 116.02, 39.01),
        "roads": LineString([(115.99, 39.0), (116.02, 39.0)]),
        "water": box(115.99, 39.005, 116.02, 39.006),
        "green": box(116.0, 38.992, 116.01, 38.998),
        "buildings": box(116.0002, 39.0002, 116.0005, 39.0004),
    }
    layers = {name: [_texts(name, geometry=shapes.get(name, box(116, 39, 116.0001, 39.0001)))] for name in LAYERS}
    tables = {name: [_texts(name)] for name in TABLES if name != "interventions"}
    old = {"object_type": "小区", "housing_type": "房改房", "built_year_min": 1986, "households": 90}
    compounds = [
        _texts("compounds", compound_id=f"A{k}", geometry=box(116 + k * 0.002, 39, 116.001 + k * 0.002, 39.001), **old)
        for k in range(3)
    ]
    write_district(make_district(compounds, **layers, **tables), folder)
    _hostile_policy(folder / "policy")
    return folder


def _hostile_policy(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in ("criteria.csv", "items.csv", "programmes.csv", "columns.csv"):
        with (POLICY_FOLDER / name).open(encoding="utf-8-sig", newline="") as source:
            rows = list(csv.DictReader(source))
        for row in rows:
            row["label_zh"] = row["label_en"] = (
                f"{row['label_zh']}{HOSTILE}" if name != "columns.csv" else row["label_zh"]
            )
        with (folder / name).open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    for name in ("settings.csv", "text.csv"):
        shutil.copy(POLICY_FOLDER / name, folder / name)


@pytest.fixture(scope="module")
def hostile_app(hostile_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with that district."""
    with running_app(hostile_folder, tmp_path_factory.mktemp("var")) as address:
        yield address


def _rename_layer(file: Path, old: str, new: str) -> None:
    """Give a layer a name that no writer would accept, as somebody who means harm would."""
    with sqlite3.connect(file) as base:
        for table in ("gpkg_contents", "gpkg_geometry_columns", "gpkg_ogr_contents"):
            base.execute(f"UPDATE {table} SET table_name = ? WHERE table_name = ?", (new, old))
        base.execute(f'ALTER TABLE "{old}" RENAME TO "{new}"')
    base.close()


def untouched(visit: Visit) -> None:
    """No frame ran anything, nothing was evaluated on the server, nothing broke."""
    for frame in visit.page.frames:
        assert frame.evaluate("window.hacked") is None
        assert "1337" not in frame.content()
    visit.clean()


def test_the_page_shows_it_as_typed_and_runs_nothing(visit: Go, hostile_app: str) -> None:
    page = visit(hostile_app)
    frame = page.map()
    for tab in range(8):
        page.page.locator(".st-key-planner-tabs button[role=radio]").nth(tab).click()
        page.idle()
        if page.page.locator(".rank-list .li").count():
            if not page.page.locator(".rank-list .li.on").count():
                page.page.locator(".rank-list .li").first.click()
            page.page.wait_for_selector(".rank-list .li.on .dt", timeout=30_000)
            assert page.page.locator(".rank-list .li .nm b").first.inner_text() == HOSTILE
    assert page.page.locator(".hd h1").inner_text().startswith(("测试区", HOSTILE))
    tip = frame.evaluate(
        """() => { const l = map.planner.layers[0]; l.fire('mouseover', {latlng: l.getBounds().getCenter()}, true);
        return document.querySelector('.pm-tip b').textContent; }"""
    )
    assert tip == HOSTILE
    frame.locator(".pm-search input").fill("onerror")
    assert frame.locator("#pm-hits li b").first.inner_text() == HOSTILE
    frame.evaluate("PlannerMap.popup(map, map.planner.layers[0].feature.properties, map.getCenter())")
    assert frame.locator(".pm-card-head b").inner_text() == HOSTILE
    assert frame.evaluate("document.querySelector('.pm-legend b').textContent") == "办理建议"
    frame.evaluate("map.setView([39.0005, 116.002], 17, {animate: false})")
    page.page.wait_for_timeout(600)
    assert HOSTILE in frame.evaluate("[...document.querySelectorAll('.pm-name')].map(n => n.textContent)")
    untouched(page)


def test_every_layer_and_the_street_filter_stay_harmless(visit: Go, hostile_app: str) -> None:
    page = visit(hostile_app)
    page.map()
    buttons = page.page.locator(".st-key-planner-layers button[role=radio]")
    for k in range(buttons.count()):
        buttons.nth(k).click()
        page.idle()
    page.page.locator(".st-key-planner-map-layers button").first.click()
    pills = page.page.locator("[data-testid=stPopoverBody] button")
    assert pills.count() > 3
    for k in range(pills.count()):
        pills.nth(k).click()
        page.idle()
    page.page.keyboard.press("Escape")
    page.page.locator(".st-key-planner-head [data-testid=stSelectbox]").click()
    page.page.get_by_role("option").nth(1).click()
    page.idle()
    untouched(page)


@pytest.mark.parametrize("name", [page for page in PAGES if page not in WITHOUT_MAP])
def test_every_page_shows_it_and_runs_nothing(visit: Go, hostile_app: str, name: str) -> None:
    page = visit(address_of(hostile_app, name))
    frame = page.map()
    frame.evaluate("map.planner.layers[0].fire('mouseover', {latlng: map.getCenter()}, true)")
    frame.evaluate("map.planner.layers[0].fire('click', {latlng: map.getCenter()}, true)")
    page.idle()
    assert "{{7*191}}" in page.page.locator("[data-testid=stMain]").inner_text()
    untouched(page)


@pytest.mark.slow
def test_a_survey_full_of_it_stays_harmless(visit: Go, hostile_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "调查{{7*191}}.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = [("A0", HOSTILE + "改", "甲"), ("A0x", HOSTILE, HOSTILE), ("A1", HOSTILE + "改", "")]
        csv.writer(out).writerows([("小区编码", "备注", HOSTILE), *rows])
    with running_app(hostile_folder, tmp_path, PLANNER_STORE=str(tmp_path / "planner.gpkg")) as address:
        page = visit(address_of(address, "survey"))
        page.page.locator("input[type=file]").set_input_files(file)
        page.page.wait_for_selector(".svfs", timeout=60_000)
        page.idle()
        assert "{{7*191}}" in page.page.locator("[data-testid=stMain]").inner_text()
        untouched(page)
        page.page.get_by_label(t("who.ask")).fill(HOSTILE[:30])
        page.page.keyboard.press("Tab")
        page.idle()
        page.page.locator(".st-key-planner-survey-apply button").click()
        page.page.wait_for_selector(".st-key-planner-survey-receipt", timeout=60_000)
        for view in ("held", "log"):
            page.page.locator(".st-key-survey_view").get_by_text(t(f"survey.page.view.{view}")).click()
            page.idle()
            untouched(page)


def test_a_snapshot_holds_it_as_text(visit: Go, hostile_app: str, tmp_path: Path) -> None:
    page = visit(hostile_app)
    page.map()
    page.idle()
    svg = snapshot(page, tmp_path / "now.svg")
    assert "<script" not in svg
    assert "<img" not in svg
    assert "&lt;img src=x" in svg
    opened = visit(f"file://{tmp_path / 'now.svg'}")
    assert opened.page.evaluate("window.hacked") is None
    opened.clean()
    untouched(page)


def test_the_data_check_stays_harmless(visit: Go, hostile_app: str) -> None:
    page = visit(f"{hostile_app}/quality")
    page.map()
    heads = page.page.locator(".quality-table .gh")
    for rule in heads.evaluate_all("found => found.map(head => head.dataset.rule)")[:4]:
        page.page.locator(f".quality-table .gh[data-rule='{rule}']").click()
        page.page.locator(f".quality-table .gh.on[data-rule='{rule}']").wait_for(timeout=30_000)
        page.idle()
    page.page.locator("[data-testid=stToggle], [data-testid=stCheckbox]").last.click()
    page.idle()
    untouched(page)


def test_the_exported_map_shows_it_as_typed_and_runs_nothing(visit: Go, hostile_folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "map.html"
    assert main(["map", "--district", str(hostile_folder), "--out", str(target)]) == 0
    page = visit(f"file://{target}")
    page.page.wait_for_function("window.plannerReady", timeout=30_000)
    page.page.evaluate("plannerMap.fire('planner:pick', {i: 0})")
    assert page.page.locator(".px-card b").inner_text() == HOSTILE
    page.page.evaluate("plannerMap.setView([39.0005, 116.002], 17, {animate: false})")
    names = page.page.evaluate("[...document.querySelectorAll('.pm-name')].map(n => n.textContent)")
    assert HOSTILE in names
    page.page.locator(".pm-search input").fill("onerror")
    assert HOSTILE in page.page.locator(".pm-search li b").all_inner_texts()
    for value in page.page.locator(".px-themes option").evaluate_all("all => all.map(option => option.value)"):
        page.page.select_option(".px-themes", value)
    untouched(page)


def test_an_import_of_hostile_files_is_harmless(visit: Go, hostile_app: str, tmp_path: Path) -> None:
    page = visit(hostile_app)
    page.map()
    page.page.locator(".st-key-planner-own-data button").click()
    page.idle()
    ledger = (
        f'小区名称,户数,"{HOSTILE.replace(chr(34), chr(34) * 2)}"\n"{HOSTILE.replace(chr(34), chr(34) * 2)}",12,x\n'
    )
    inputs = page.page.locator("input[type=file]")
    inputs.nth(0).set_input_files({"name": FILE_NAME, "mimeType": "text/csv", "buffer": ledger.encode("utf-8")})
    page.idle()
    boundaries = tmp_path / "b.gpkg"
    shapes = gpd.GeoDataFrame({"小区名称": [HOSTILE]}, geometry=[box(116, 39, 116.001, 39.001)], crs="EPSG:4490")
    for layer in ("compounds", "evil"):
        shapes.to_file(boundaries, layer=layer, driver="GPKG", engine="pyogrio", SPATIAL_INDEX="NO")
    _rename_layer(boundaries, "evil", LAYER_NAME)
    inputs.nth(1).set_input_files(boundaries)
    page.idle()
    page.page.wait_for_selector(".got", timeout=60_000)
    page.page.locator(".st-key-imp_layer [data-testid=stSelectbox]").click()
    assert LAYER_NAME in page.page.get_by_role("option").all_inner_texts()
    untouched(page)


def test_a_file_name_that_asks_for_a_picture_gets_none(visit: Go, hostile_app: str) -> None:
    page = visit(hostile_app)
    page.map()
    page.page.locator(".st-key-planner-own-data button").click()
    page.idle()
    name = "![x](http://evil.example/x.png) :red[a].csv"
    inputs = page.page.locator("input[type=file]")
    inputs.nth(0).set_input_files({"name": name, "mimeType": "text/csv", "buffer": b"\x00\x01\x02"})
    page.page.wait_for_selector(".err", timeout=60_000)
    assert "![x]" in page.page.locator(".err").inner_text()
    untouched(page)
