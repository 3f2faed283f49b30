"""A running app, a browser without internet, and the questions that the tests ask of the map."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Frame, Page, ProxySettings, Request, sync_playwright

from planner.__main__ import main

ROOT = Path(__file__).resolve().parent.parent.parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
LAPTOP, WIDE = {"width": 1366, "height": 768}, {"width": 1920, "height": 1080}
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"


class Tabs:
    """Tabs of one profile, used again: one that knows Streamlit's script opens in half the time."""

    def __init__(self, context: BrowserContext) -> None:
        self.context, self.free = context, list[Page]()

    def take(self) -> Page:
        """A tab that nobody uses."""
        return self.free.pop() if self.free else self.context.new_page()

    def give_back(self, page: Page) -> None:
        """Forget what the visit left in the tab, so that the next finds it as new."""
        if not page.is_closed():
            page.evaluate(
                "() => { if (location.protocol === 'http:') { localStorage.clear(); sessionStorage.clear() } }"
            )
            self.context.clear_cookies()
            page.goto("about:blank")
            self.free.append(page)


@dataclass
class Visit:
    """One page in the browser: what it asked of other hosts than ``home``, and what went wrong in it."""

    page: Page
    home: str
    tabs: Tabs | None = None
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._asked)
        self.page.on("pageerror", self._failed)

    def _asked(self, request: Request) -> None:
        host = urlparse(request.url).netloc
        if host and host != self.home:
            self.outside.append(request.url)

    def _failed(self, error: Error) -> None:
        self.errors.append(str(error)[:300])

    def leave(self) -> None:
        """End the visit; the tab is free for another."""
        if self.page.is_closed():
            return
        self.page.remove_listener("request", self._asked)
        self.page.remove_listener("pageerror", self._failed)
        if self.tabs is None:
            self.page.close()
        else:
            self.tabs.give_back(self.page)

    def idle(self) -> None:
        """Wait until the script has run and the page is drawn."""
        self.page.wait_for_timeout(250)
        self.page.wait_for_selector(IDLE, timeout=90_000)
        self.page.wait_for_timeout(250)

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds: a loaded machine may answer late, but it must answer."""
        for _ in range(120):
            if holds():
                return
            self.page.wait_for_timeout(250)
        raise AssertionError("it never came true")

    def map(self) -> Frame:
        """The frame of the live map, once its shapes are drawn and coloured."""
        self.page.wait_for_selector("iframe[title*=st_folium]", timeout=60_000)
        for _ in range(120):
            for frame in self.page.frames:
                if "streamlit_folium" in frame.url and frame.evaluate("Boolean(window.plannerRev)"):
                    return frame
            self.page.wait_for_timeout(250)
        raise AssertionError("the map was not drawn")

    def repainted(self, before: str) -> Frame:
        """The frame of the map once its colours have changed."""
        frame = self.map()
        frame.wait_for_function("before => window.plannerRev !== before", arg=before, timeout=30_000)
        return frame

    def clean(self) -> None:
        """Nothing was asked of another host and nothing broke."""
        assert self.page.get_by_text("程序出错").count() == 0
        assert self.outside == []
        assert self.errors == []


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running_app(district: Path | None, var: Path, *, script: str = "app.py", **environment: str) -> Iterator[str]:
    """Start the app (or another page of Streamlit) on a free port and stop it in the end; yields its address."""
    port = free_port()
    names = {**os.environ, "PLANNER_VAR": str(var), **environment}
    names.pop("PLANNER_DISTRICT", None)
    if district is not None:
        names["PLANNER_DISTRICT"] = str(district)
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
    with (
        (var / "server.log").open("w") as log,
        subprocess.Popen(command, cwd=ROOT, env=names, stdout=log, stderr=log) as server,
    ):
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        assert server.poll() is None, "the server stopped"
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=2):
            return
        time.sleep(0.25)
    raise AssertionError("the server does not answer")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Debian chromium for all tests; what is not of this machine goes to a proxy that nobody answers for."""
    nowhere: ProxySettings = {"server": f"http://127.0.0.1:{free_port()}", "bypass": "127.0.0.1"}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS, proxy=nowhere)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Iterator[Tabs]:
    """The tabs that are used again."""
    context = browser.new_context(viewport=LAPTOP)  # type: ignore[arg-type]
    yield Tabs(context)
    context.close()


@pytest.fixture
def visit(browser: Browser, tabs: Tabs) -> Iterator[Callable[..., Visit]]:
    """Opens an address in a tab; what it asks of other hosts goes nowhere and is recorded.

    A visit with ``options`` (a locale, touch, ...) gets a profile of its own.
    """
    visits: list[Visit] = []

    def go(address: str, size: dict[str, int] = LAPTOP, **options: Any) -> Visit:
        page = browser.new_page(**options) if options else tabs.take()
        page.set_viewport_size(size)  # type: ignore[arg-type]
        home = urlparse(address).netloc
        visits.append(Visit(page, home, None if options else tabs))
        page.goto(address)
        if home:
            page.wait_for_selector(IDLE, timeout=90_000)
        return visits[-1]

    yield go
    for visited in visits:
        visited.leave()


@pytest.fixture(scope="session")
def demo_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with the demo district."""
    with running_app(None, tmp_path_factory.mktemp("var")) as address:
        yield address


@pytest.fixture(scope="session")
def real_district(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Path:
    """The real district, imported for this run only."""
    out, source = tmp_path_factory.mktemp("real") / "district", shared / "real_district"
    shapes = f"{source / 'real_district.gpkg'}"
    table = str(source / "real_compounds.csv")
    arguments = ["import", "--table", table, "--footprints", f"{shapes}:compounds", "--out", str(out)]
    assert main([*arguments, "--layer", f"buildings={shapes}:buildings"]) == 0
    return out


def make_plan_of(visit: Visit, *funds: str) -> None:
    """On 年度计划: type the funds of each year in 万元, ask for the plan and wait until it is finished."""
    page = visit.page
    for k, text in enumerate(funds):
        field = page.locator(f".st-key-plan_fund__{k} input")
        field.fill(text)
        field.press("Enter")
        visit.idle()
    page.locator(".st-key-planner-plan-go button").click()
    page.wait_for_selector(".ql-good", timeout=150_000)
    visit.idle()


def choose_theme(page: Visit, title: str) -> None:
    """Choose a theme in the list of all themes by typing it, as a person without a mouse does."""
    box = page.page.locator(".st-key-layer_all input")
    box.click()
    box.fill(title)
    page.page.get_by_role("option", name=title, exact=True).wait_for()
    box.press("Enter")


def drawn_fills(frame: Frame) -> dict[str, str | None]:
    """Compound id -> the fill that stands in the drawing (SVG attribute, or the canvas layer's option)."""
    script = """() => Object.fromEntries(window.plannerMap.planner.layers.filter(Boolean).map(layer => {
        const node = layer.getElement && layer.getElement();
        const fill = node ? node.getAttribute('fill') : layer.options.fillColor;
        return [PlannerMap.typed(layer.feature.properties.id), fill];
      }))"""
    return dict(frame.evaluate(script))
