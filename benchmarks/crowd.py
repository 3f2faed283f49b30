"""Twenty real browser sessions that change a weight at the same instant: for load.py, beside its clients on the wire.

All pages stand in one chromium on the cores that also run the server, so a figure holds what the browsers do as well:
from the key until every compound that changes its class has its colour and two frames have passed (probe.js).
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence

import numpy as np
from browsing import chromium, session, settle
from playwright.sync_api import Page
from running import Prepared, serving
from ways import SHARES, WAYS, expected, typed

PER_CHANGE, SLOW = "browsers: s per change", "browsers: p95 of a change, s"
_READY_MS = 150
"""Milliseconds per page from when the first is told until all press Enter."""

_TYPE = """([box, value, at]) => {
  const input = document.querySelector(box);
  input.focus();
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, value);
  input.dispatchEvent(new Event('input', { bubbles: true }));
  const enter = new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', bubbles: true });
  setTimeout(() => input.dispatchEvent(enter), at - Date.now());
}"""
"""Type a weight as a person does, and press Enter at a moment that all pages share."""


def crowd_timings(prepared: Prepared, *, sessions: int, rounds: int) -> dict[tuple[str, str], list[float]]:
    """Return seconds per change and p95 of both ways by (way, measure); each way has the machine to itself."""
    found: dict[tuple[str, str], list[float]] = {}
    for name in WAYS:
        with _crowd(name, prepared, sessions) as pages:
            for k in range(rounds):
                waited, whole = _at_once(name, pages, prepared, SHARES[: k + 1])
                p95 = float(np.percentile(waited, 95))
                found.setdefault((name, PER_CHANGE), []).append(whole / len(pages))
                found.setdefault((name, SLOW), []).append(p95)
                line = f"  {prepared.compounds:,} {name}: {len(pages)} browsers in {whole:.1f} s, p95 {p95:.2f} s"
                print(line, file=sys.stderr, flush=True)
    return found


@contextlib.contextmanager
def _crowd(name: str, prepared: Prepared, sessions: int) -> Iterator[list[Page]]:
    """A server with so many sessions, each with its map drawn and nothing more to do."""
    with contextlib.ExitStack() as stack:
        server, browser = stack.enter_context(serving(name, prepared)), stack.enter_context(chromium())
        pages = []
        for _ in range(sessions):
            page, _wire = stack.enter_context(session(browser))
            page.goto(server.address + WAYS[name].path)
            page.evaluate("n => bench.first(n)", prepared.shapes)
            pages.append(page)
        for page in pages:
            settle(page)
        yield pages


def _at_once(name: str, pages: Sequence[Page], prepared: Prepared, shares: Sequence[int]) -> tuple[list[float], float]:
    """Let all pages change to the last of these shares at the same instant; seconds of each, and until the last."""
    wanted = expected(name, prepared.assessment, shares)
    for page in pages:
        before = page.evaluate("n => bench.colours(n)", prepared.shapes)
        changed = {key: colour for key, colour in wanted.items() if before[key] != colour}
        page.evaluate("([wanted, n]) => bench.watch('keydown', wanted, n)", [changed, prepared.shapes])
    value = str(typed(name, prepared.assessment, shares[-1]))
    at = time.time() * 1000 + _READY_MS * len(pages)
    for page in pages:
        page.evaluate(_TYPE, [WAYS[name].box, value, at])
    if time.time() * 1000 > at:
        raise AssertionError("the pages were not ready to begin at the same instant")
    waited = [page.evaluate("benchDone") / 1000 for page in pages]
    whole = time.time() - at / 1000
    for page in pages:
        settle(page)
        now = page.evaluate("n => bench.colours(n)", prepared.shapes)
        if {key: now[key] for key in wanted} != wanted:
            raise AssertionError(f"{name} does not show the classes of a weight of {shares[-1]} %")
    return waited, whole
