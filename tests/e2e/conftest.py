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
from playwright.sync_api import Browser, Frame, Page, Route, sync_playwright

from planner.__main__ import main

ROOT = Path(__file__).resolve().parent.parent.parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
LAPTOP, WIDE = {"width": 1366, "height": 768}, {"width": 1920, "height": 1080}
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"


@dataclass
class Visit:
    """One page in the browser: what it asked of other hosts, and what went wrong in it."""

    page: Page
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

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
    """One Debian chromium for all tests."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens an address in a page of its own, every other host blocked and recorded."""
    opened: list[Page] = []

    def go(address: str, size: dict[str, int] = LAPTOP, **options: Any) -> Visit:
        page = browser.new_page(viewport=size, **options)  # type: ignore[arg-type]
        opened.append(page)
        found, home = Visit(page), urlparse(address).netloc
        page.on("pageerror", lambda error: found.errors.append(str(error)[:300]))

        def gate(route: Route) -> None:
            host = urlparse(route.request.url).netloc
            if host and host != home:
                found.outside.append(route.request.url)
                route.abort()
            else:
                route.continue_()

        page.route("**/*", gate)
        page.goto(address)
        if home:
            page.wait_for_selector(IDLE, timeout=90_000)
        return found

    yield go
    for page in opened:
        page.close()


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
