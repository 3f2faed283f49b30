"""Pictures of every page at two widths: those of the guide (docs/img) must show what the pages show today.

``PLANNER_PICTURES=1 pytest tests/e2e/test_pictures_browser.py`` takes them anew. Those of the real district go to
docs/img/real, which git passes over: its rows are for testing on the spot only.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.e2e.conftest import LAPTOP, ROOT, WIDE, Visit, make_plan_of, running_app
from tests.e2e.test_every_page_browser import PAGES, WITHOUT_MAP, address_of
from tests.survey_mistakes import messy_file

pytestmark = pytest.mark.needs_chromium
Go = Callable[..., Visit]
IMAGES = ROOT / "docs" / "img"
ANEW = os.environ.get("PLANNER_PICTURES") == "1"
SIZES = {"1366": LAPTOP, "1920": WIDE}
_CUT = """() => { const cut = [];
  if (document.querySelector('[data-testid=stMain]').scrollWidth > innerWidth) cut.push('page');
  for (const node of document.querySelectorAll('button p, .card, h1, .sen, .lg7 span, th')) {
    const style = getComputedStyle(node);
    if (style.textOverflow !== 'ellipsis' && node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0
        && style.overflowX === 'hidden') cut.push(node.textContent.slice(0, 40)); }
  return cut; }"""
"""What stands wider than its place, and the page itself where it scrolls sideways."""
_MOST_DIFFERENT = 0.06
"""Share of pixels that may differ: letters drawn by another version of the browser, today's date."""


@pytest.fixture(scope="module")
def dated_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with the demo district on a day that does not move: pictures of next year must not differ."""
    folder = tmp_path_factory.mktemp("demo") / "district"
    shutil.copytree(ROOT / "data", folder)
    settings = folder / "policy" / "settings.csv"
    text = settings.read_text(encoding="utf-8")
    assert "\nas_of,today," in text
    settings.write_text(text.replace("\nas_of,today,", "\nas_of,2026-11-20,"), encoding="utf-8")
    var = tmp_path_factory.mktemp("var")
    with running_app(folder, var, PLANNER_STORE=str(var / "planner.gpkg")) as address:
        yield address


def prepare(opened: Visit, page: str) -> None:
    """Bring a page to where it has something to show: 年度计划 needs a plan (and remembers it), 调查更新 a file."""
    if page == "plan" and not opened.page.locator(".ql-good").count():
        make_plan_of(opened, "800", "800", "800")
    if page == "survey":
        opened.page.wait_for_selector(".st-key-planner-survey", timeout=60_000)
        opened.idle()
    if page == "survey" and opened.page.locator("input[type=file]").count():
        file = {"name": "现场调查表.csv", "mimeType": "text/csv", "buffer": messy_file()}
        opened.page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
        opened.page.wait_for_selector(".svfs", timeout=60_000)


def picture(page: Visit, *, whole: bool, drawn: bool = True) -> Image.Image:
    """The page as it stands once its map is drawn (where it has one): the first screen, or all of it."""
    if drawn:
        page.map()
    page.idle()
    for _ in range(2 if whole else 0):  # a tall window makes the map taller
        height = page.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        size = page.page.viewport_size
        assert size is not None
        page.page.set_viewport_size({"width": size["width"], "height": max(size["height"], int(height))})
        page.page.wait_for_timeout(400)
    page.page.wait_for_timeout(2200)
    page.idle()
    return Image.open(io.BytesIO(page.page.screenshot())).convert("RGB")


def kept(image: Image.Image, file: Path) -> None:
    """Write a picture small enough for a repository."""
    file.parent.mkdir(parents=True, exist_ok=True)
    image.quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)


def difference(image: Image.Image, file: Path) -> float:
    """Share of pixels that differ clearly; 1 where the widths are not the same."""
    with Image.open(file) as old:
        known = np.asarray(old.convert("RGB"), dtype=np.int16)
    fresh = np.asarray(image, dtype=np.int16)
    if known.shape[1] != fresh.shape[1] or abs(known.shape[0] - fresh.shape[0]) > 40:
        return 1.0
    rows = min(len(known), len(fresh))
    return float((np.abs(known[:rows] - fresh[:rows]).max(axis=2) > 48).mean())


@pytest.mark.slow
@pytest.mark.parametrize("width", list(SIZES))
@pytest.mark.parametrize("page", PAGES)
def test_the_guide_shows_the_page_as_it_is(visit: Go, dated_app: str, page: str, width: str) -> None:
    opened = visit(address_of(dated_app, page), SIZES[width])
    prepare(opened, page)
    image = picture(opened, whole=page != PAGES[0], drawn=page not in WITHOUT_MAP)
    file = IMAGES / f"{page}_{width}.png"
    if ANEW:
        kept(image, file)
    assert difference(image, file) < _MOST_DIFFERENT
    opened.clean()


@pytest.fixture(scope="module")
def real_app(real_district: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with the real district."""
    with running_app(real_district, tmp_path_factory.mktemp("var")) as address:
        yield address


@pytest.mark.slow
@pytest.mark.needs_shared
@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_cut_off_on_the_real_district(visit: Go, real_app: str, page: str) -> None:
    for width, size in SIZES.items():
        opened = visit(address_of(real_app, page), size)
        prepare(opened, page)
        image = picture(opened, whole=page != PAGES[0], drawn=page not in WITHOUT_MAP)
        if ANEW:
            kept(image, IMAGES / "real" / f"{page}_{width}.png")
        assert opened.page.evaluate(_CUT) == []
        opened.clean()
        opened.leave()
