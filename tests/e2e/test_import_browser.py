"""换成我们区的数据 in a browser: drop the ledger and the boundaries, see the columns, say the system, use the data."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import pytest
from playwright.sync_api import Page
from shapely.geometry import box

from planner.district.load import read_district
from planner.policy import load_policy
from planner.text import t
from tests.e2e.conftest import Visit, running_app

pytestmark = pytest.mark.needs_chromium
Go = Callable[..., Visit]

LEDGER = """云湖区老旧小区台账
序号,小区名称,所属街道,社区,户数,建成时间,物业情况,楼栋数,怪列
1,红旗家属院,东街街道,红旗社区,120,1986,无,4,甲
2,幸福里,东街街道,红旗社区,60,80年代,社区托管,2,乙
小计,,,,180,,,6,
3,和平小区,西街街道,站前社区,48,1992,专业物业,1,丙
"""
NAMES = ["红旗家属院", "幸福里", "和平小区"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger as an office writes it (GBK), and boundaries in a 3-degree zone that no file declares."""
    folder = tmp_path_factory.mktemp("office")
    (folder / "台账.csv").write_bytes(LEDGER.encode("gbk"))
    shapes = [box(118 + k * 0.003, 36.8, 118.001 + k * 0.003, 36.801) for k in range(3)]
    layer = gpd.GeoDataFrame({"小区名称": NAMES}, geometry=shapes, crs="EPSG:4490").to_crs("EPSG:4548")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layer.to_file(folder / "边界.shp", encoding="UTF-8")
    with zipfile.ZipFile(folder / "边界.zip", "w") as archive:
        for part in folder.glob("边界.*"):
            if part.suffix not in (".zip", ".prj"):
                archive.write(part, part.name)
    return folder


@pytest.fixture(scope="module")
def own_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """An app whose memory nobody else uses, with the folder of that memory."""
    var = tmp_path_factory.mktemp("var")
    with running_app(None, var) as address:
        yield address, var


def choose(page: Page, label: str, typed: str) -> None:
    """Choose in a select box by typing."""
    page.get_by_role("combobox", name=label).fill(typed)
    page.get_by_role("option").first.click()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_from_two_files_to_the_district_on_the_first_page(
    visit: Go, own_app: tuple[str, Path], files: Path, lang: str
) -> None:
    address, var = own_app
    visited = visit(address + ("/?lang=en" if lang == "en" else ""), locale="zh-CN")
    page = visited.page
    page.locator(".st-key-planner-own-data button").click()
    page.wait_for_selector(".st-key-planner-import")
    page.locator("input[type=file]").nth(0).set_input_files(files / "台账.csv")
    page.wait_for_selector(".got", timeout=60_000)
    assert "**" not in page.locator(".got").inner_text()
    assert page.locator(".got b").all_inner_texts()[:2] == ["4", "3"]
    page.get_by_test_id("stDataFrame").wait_for(timeout=30_000)
    page.locator("input[type=file]").nth(1).set_input_files(files / "边界.zip")
    page.wait_for_selector(".err", timeout=60_000)
    assert t("import.page.crs.ask", lang) in page.locator(".note").all_inner_texts()
    choose(page, t("import.page.system.footprints", lang), "4548")
    page.wait_for_selector(".got", timeout=60_000)
    visited.idle()
    assert page.locator(".err").count() == 0
    assert "EPSG:4548" in page.locator(".lgg").first.inner_text()
    name = {"zh": "清河区", "en": "河西区"}[lang]
    page.get_by_label(t("import.page.name", lang)).fill(name)
    page.keyboard.press("Enter")
    visited.idle()
    page.locator(".st-key-planner-import-use button").click()
    page.wait_for_selector(".st-key-planner-overview", timeout=60_000)
    visited.idle()
    assert page.locator(".hd h1").inner_text().startswith(name)
    assert page.locator(".hd .dm").count() == 0
    folder = Path((var / "district.txt").read_text(encoding="utf-8").strip())
    district = read_district(folder, load_policy())
    assert sorted(district.compounds["name"]) == sorted(NAMES)
    west = district.compounds.set_index("name").geometry.bounds["minx"]
    assert west[NAMES].round(4).tolist() == [118.0, 118.003, 118.006]
    visited.clean()
