"""Chromium for the benchmarks of the page: one browser, sessions of their own, and the bytes that a page receives."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, WebSocket, sync_playwright
from running import HERE, PATIENCE_S

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
LAPTOP = {"width": 1366, "height": 768}
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
_PROBE = (HERE / "probe.js").read_text(encoding="utf-8")


@dataclass(slots=True)
class Wire:
    """Bytes that a page received since the last `take`: messages of its websocket, and files."""

    frames: int = 0
    files: int = 0
    _seen: list[str] = field(default_factory=list)

    def take(self) -> tuple[int, int]:
        """Return bytes of messages and of files, and start again at nothing."""
        found = (self.frames, self.files)
        self.frames = self.files = 0
        return found


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's chromium without a screen, painting by software."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def session(browser: Browser) -> Iterator[tuple[Page, Wire]]:
    """A visitor with an empty cache: a page, and what it receives."""
    context = browser.new_context(viewport=LAPTOP)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_S * 1000)
    page, wire = context.new_page(), Wire()
    page.on("websocket", lambda socket: _listen(socket, wire))
    page.on("response", lambda response: _count(response, wire))
    page.add_init_script(_PROBE)
    try:
        yield page, wire
    finally:
        context.close()


def settle(page: Page) -> None:
    """Wait until the script has run and nothing more follows from it."""
    for _ in range(3):
        page.wait_for_timeout(400)
        page.wait_for_selector(IDLE)


def _listen(socket: WebSocket, wire: Wire) -> None:
    def received(payload: str | bytes) -> None:
        wire.frames += len(payload)

    socket.on("framereceived", received)


def _count(response: Any, wire: Wire) -> None:
    wire.files += int(response.headers.get("content-length", 0))
