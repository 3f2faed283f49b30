"""Every page of the frame on every kind of district, other hosts blocked: drawn, nothing asked outside, no error.

The pages are read from app.py, so that a new page is under test from its first day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from planner.text import t
from tests.e2e.conftest import ROOT, Visit, running_app
from tests.e2e.districts import DEGENERATE, write_degenerate

pytestmark = pytest.mark.needs_chromium
Go = Callable[..., Visit]

_FRAME = (ROOT / "app.py").read_text(encoding="utf-8")
PAGES = re.findall(r'st\.Page\(\s*"planner/pages/\w+\.py".*?url_path="(\w+)"', _FRAME, re.DOTALL)
"""The addresses of all pages, the first is the default and answers at the root."""

WITHOUT_MAP = ("survey",)
"""Pages that open without a map."""

IN_CI = ("none", "unknown")
"""Each is five pages; the rest run under ./test.sh --full."""


def address_of(app: str, page: str, query: str = "") -> str:
    """The address of a page; the default page has none of its own."""
    return f"{app}/{'' if page == PAGES[0] else page}{query}"


class Switched:
    """A running app whose district is changed between visits, as somebody at the computer changes it."""

    def __init__(self, app: str, var: Path) -> None:
        self.app, self._chosen = app, var / "district.txt"

    def open(self, folder: Path | None) -> str:
        """Choose a district and return the address of the app."""
        self._chosen.write_text(f"{folder or ROOT / 'data'}\n", encoding="utf-8")
        return self.app


@pytest.fixture(scope="module")
def switched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switched]:
    """One app for all districts of this module."""
    var = tmp_path_factory.mktemp("var")
    with running_app(None, var) as app:
        yield Switched(app, var)


def drawn(visit: Go, app: str) -> None:
    """Every page, in both languages at once: words stand on it, nothing asked outside, nothing broke."""
    for k, page in enumerate(PAGES):
        lang = ("zh", "en")[k % 2]
        opened = visit(address_of(app, page, "" if lang == "zh" else "?lang=en"))
        opened.idle()
        assert opened.page.locator("[data-testid=stException]").count() == 0, page
        assert opened.page.get_by_text(t("web.broken", lang)).count() == 0, page
        assert len(opened.page.locator("[data-testid=stMain]").inner_text()) > 40, page
        opened.clean()
        opened.leave()


def test_all_pages_of_the_frame_are_known() -> None:
    files = {file.stem for file in (ROOT / "planner" / "pages").glob("*.py")} - {"__init__"}
    assert set(PAGES) == files
    assert PAGES[0] == "overview"


@pytest.mark.parametrize("name", [n if n in IN_CI else pytest.param(n, marks=pytest.mark.slow) for n in DEGENERATE])
def test_every_page_of_a_degenerate_district(visit: Go, switched: Switched, tmp_path: Path, name: str) -> None:
    drawn(visit, switched.open(write_degenerate(name, tmp_path)))


@pytest.mark.parametrize("page", [page for page in PAGES if page not in WITHOUT_MAP])
def test_every_page_of_the_demo_district_draws_its_map(visit: Go, switched: Switched, page: str) -> None:
    opened = visit(address_of(switched.open(None), page))
    frame = opened.map()
    assert frame.locator("path.leaflet-interactive").count() > 10
    opened.clean()


@pytest.mark.needs_shared
def test_every_page_of_the_real_district(visit: Go, switched: Switched, real_district: Path) -> None:
    app = switched.open(real_district)
    for page in PAGES:
        opened = visit(address_of(app, page))
        if page not in WITHOUT_MAP:
            opened.map()
        assert opened.page.locator("[data-testid=stException]").count() == 0, page
        opened.clean()
        opened.leave()
