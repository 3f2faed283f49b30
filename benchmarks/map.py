"""The map of the page against the plain way: a change of a weight until it is on the screen, and the start.

Ours is the app itself, page 评分规则; the plain way is plain_app.py, a folium.GeoJson with a style_function built anew
and shown by st_folium (its first lines say what it does; it is not slowed down). Both run in chromium, painted by
software, with the same districts of `planner demo`, the same weights and the same colours.

* click to frame: from the key or button that gives a new weight until every compound that changes its class has its
  new colour and two animation frames have passed, by performance.now in the page. The two take turns, change by change.
* received: bytes of the websocket per change. Files fetched per change are counted too and stand in the JSON object.
* the view (zoom and centre) is moved before the first change and must be the same after the last.
* after every change the colours of all compounds are compared with those that planner.decisions.scoring gives.
* start: from the start of the server's process to the first map with all compounds in it, in a browser that is open
  already and has nothing in its cache, against an empty page that imports geopandas and folium (until its text shows).
  Every process is new; the folder var/ of the app is that of the day before, so the district was read once already.
  Without a bar stand beside it: the very first start with a district, and a second visitor, when the server is warm.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import harness
from browsing import Wire, chromium, session, settle
from playwright.sync_api import Browser, Page
from running import EMPTY, OURS, PLAIN, Prepared, Server, forgotten, prepare, serving, workplace
from ways import SHARES, WAYS, expected, typed

CHANGE, RECEIVED = "click to frame, s", "received, kB"
FIRST, COLD, WARM = "very first start, s", "start to map, s", "second visitor, s"
SIZES, QUICK_SIZES, SIZE = (300, 3_000, 20_000), (3_000,), 3_000
START_SIZES, QUICK_START_SIZES, START_SIZE = (300, 3_000), (300,), 300
TIMES_FASTER, MOST_KB, MOST_START = 8, 10.0, 1.5
BARS = (
    harness.Bar(OURS, PLAIN, size=SIZE, at_most=1 / TIMES_FASTER, measure=CHANGE),
    harness.Bar(OURS, "", size=SIZE, at_most=MOST_KB, measure=RECEIVED),
    harness.Bar(OURS, EMPTY, size=START_SIZE, at_most=MOST_START, measure=COLD),
)


def main() -> int:
    """Measure, print the table and return the exit code."""
    options = harness.options(__doc__)
    sizes, starts = (QUICK_SIZES, QUICK_START_SIZES) if options.quick else (SIZES, START_SIZES)
    timings: list[harness.Timing] = []
    notes: dict[str, object] = {}
    with workplace() as folder, chromium() as browser:
        for size in sorted({*sizes, *starts}):
            prepared = prepare(folder, compounds=size)
            if size in starts:
                timings += start_timings(browser, prepared, rounds=2 if options.quick else 5)
            if size in sizes:
                found, notes[f"changes at {size}"] = change_timings(browser, prepared, rounds=5 if options.quick else 9)
                timings += found
    return harness.report("map", timings, BARS, quick=options.quick, **notes)


# ------------------------------------------------------------------------------------------------ a change of a weight


@dataclass(slots=True)
class Visit:
    """A page in the browser that shows the map, and what was measured in it, change by change."""

    name: str
    page: Page
    wire: Wire
    seconds: list[float] = field(default_factory=list)
    frames: list[float] = field(default_factory=list)
    files: list[float] = field(default_factory=list)
    view: list[float] = field(default_factory=list)


def change_timings(browser: Browser, prepared: Prepared, rounds: int) -> tuple[list[harness.Timing], dict[str, object]]:
    """Return click to frame and bytes of both ways at one size, and what else was seen."""
    with contextlib.ExitStack() as stack:
        visits = [stack.enter_context(visiting(browser, prepared, name)) for name in (PLAIN, OURS)]
        for k in range(rounds):
            for visit in visits:
                change(visit, prepared, SHARES[: k + 1])
        seen = {visit.name: visit.page.evaluate("n => bench.view(n)", prepared.shapes) for visit in visits}
    kept = {visit.name: seen[visit.name] == visit.view for visit in visits}
    found = []
    for visit in visits:
        found += [harness.Timing(visit.name, prepared.compounds, tuple(visit.seconds), CHANGE)]
        found += [harness.Timing(visit.name, prepared.compounds, tuple(visit.frames), RECEIVED)]
    if not kept[OURS]:
        raise AssertionError("a change of the weight moved the map of the planner")
    return found, {"view kept": kept, "files fetched, kB": {visit.name: max(visit.files) for visit in visits}}


@contextlib.contextmanager
def visiting(browser: Browser, prepared: Prepared, name: str) -> Iterator[Visit]:
    """A server of its own and a page that stands still, looking a little closer at the map."""
    with serving(name, prepared) as server, session(browser) as (page, wire):
        page.goto(server.address + WAYS[name].path)
        page.evaluate("n => bench.first(n)", prepared.shapes)
        settle(page)
        page.evaluate("n => bench.move(n)", prepared.shapes)
        settle(page)
        yield Visit(name, page, wire, view=page.evaluate("n => bench.view(n)", prepared.shapes))


def change(visit: Visit, prepared: Prepared, shares: Sequence[int]) -> None:
    """Type the last of these shares, press Enter, wait for the colours; note seconds and bytes; check every colour."""
    page, wanted = visit.page, expected(visit.name, prepared.assessment, shares)
    before = page.evaluate("n => bench.colours(n)", prepared.shapes)
    changed = {key: colour for key, colour in wanted.items() if before[key] != colour}
    box = page.locator(WAYS[visit.name].box)
    box.fill(str(typed(visit.name, prepared.assessment, shares[-1])))
    visit.wire.take()
    page.evaluate("([wanted, n]) => bench.watch('keydown', wanted, n)", [changed, prepared.shapes])
    box.press("Enter")
    visit.seconds.append(page.evaluate("benchDone") / 1000)
    settle(page)
    frames, files = visit.wire.take()
    visit.frames.append(frames / 1000)
    visit.files.append(files / 1000)
    now = page.evaluate("n => bench.colours(n)", prepared.shapes)
    if {key: now[key] for key in wanted} != wanted:
        raise AssertionError(f"{visit.name} does not show the classes of a weight of {shares[-1]} %")
    line = f"{visit.seconds[-1]:.3f} s, {visit.frames[-1]:.1f} kB, {len(changed)} changed"
    print(f"  {prepared.compounds:,} {visit.name}: {line}", file=sys.stderr, flush=True)


# ------------------------------------------------------------------------------------------------ the start


def start_timings(browser: Browser, prepared: Prepared, rounds: int) -> list[harness.Timing]:
    """Return the starts of the three pages and their second visits; they take turns."""
    found: dict[tuple[str, str], list[float]] = {}
    for _ in range(rounds):
        forgotten(prepared)
        for name, what in ((OURS, FIRST), (EMPTY, COLD), (OURS, COLD), (PLAIN, COLD)):
            with serving(name, prepared) as server:
                cold = opened(browser, server, prepared, name) - server.began
                begin = time.perf_counter()
                warm = opened(browser, server, prepared, name) - begin
            found.setdefault((name, what), []).append(cold)
            if what == COLD:
                found.setdefault((name, WARM), []).append(warm)
            print(f"  {prepared.compounds:,} {name}: {what} {cold:.2f}, then {warm:.2f}", file=sys.stderr, flush=True)
    return [harness.Timing(name, prepared.compounds, tuple(taken), what) for (name, what), taken in found.items()]


def opened(browser: Browser, server: Server, prepared: Prepared, name: str) -> float:
    """Open the first page of a server and return the moment (time.perf_counter) at which it shows what it has."""
    with session(browser) as (page, _):
        page.goto(server.address, wait_until="commit")
        if name == EMPTY:
            page.wait_for_selector("text=empty page")
        else:
            page.evaluate("n => bench.first(n)", prepared.shapes)
        return time.perf_counter()


if __name__ == "__main__":
    raise SystemExit(main())
