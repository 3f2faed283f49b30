"""Sheets and atlas against the plain way: every layer drawn on every page, words in the whole font, a file per page.

* district sheet: CPU seconds of the full A3 sheet of the district (map, list, summary, locator, index; further pages
  where it has some) as PDF, SVG and PNG, at 50, 300 and 3,000 compounds of `planner demo`.
* atlas: CPU seconds per page of one book of 48 and 200 pages, index, fonts and bookmarks included.
* the plain way (atlas): geopandas draws all layers, projected once beforehand, with matplotlib on each page, the same
  words stand at the same places, and each page is saved as a PDF with the whole font. The words are made outside its
  clock and inside ours. 5 pages are timed.
* memory: the greatest of this process after all of ours, before the plain way.

Bars: an atlas page at least 7 times faster than the plain way; under 500 MB. A QGIS layout atlas of the same layers is
timed where Debian's qgis is installed; where it is not, the JSON object says so.
"""

from __future__ import annotations

import datetime as dt
import io
import resource
import shutil
from collections.abc import Callable

import geopandas as gpd
import harness
import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from planner.decisions.pipeline import Assessment, assess
from planner.district.demo import make_demo
from planner.district.district import District
from planner.outputs.atlas.book import Choice, chosen, write_atlas
from planner.outputs.atlas.page import Atlas, atlas_of, compound_page
from planner.outputs.sheet import fonts
from planner.outputs.sheet.compose import draw_sheets
from planner.outputs.sheet.fonts import font_file
from planner.outputs.sheet.request import SheetRequest
from planner.outputs.sheet.scene import MIDDLE, MM_PER_POINT, Page, Word, words_of
from planner.policy import load_policy

OURS, PLAIN = "planner", "plain"
SEED, AS_OF = 7, dt.date(2026, 11, 20)
SIZES, QUICK_SIZES = (50, 300, 3_000), (50, 300)
PAGES, QUICK_PAGES, ATLAS_OF = (48, 200), (48,), 300
PLAIN_PAGES = 5
TIMES_FASTER, MOST_MB = 7, 500.0
PER_PAGE, MEMORY = "atlas page, CPU s", "memory, MB"
LAYERS = {"green": "#E1EBD8", "water": "#CCE0EC", "roads": "#CFC8B9", "communities": "#FBFAF6", "buildings": "#D2C8B8",
          "heat_branches": "#B3401E", "entrances": "#009E73"}  # fmt: skip


def main() -> int:
    """Measure, print the table and return the exit code."""
    options = harness.options(__doc__)
    sizes, pages = (QUICK_SIZES, QUICK_PAGES) if options.quick else (SIZES, PAGES)
    timings: list[harness.Timing] = []
    for size in sizes:
        timings += sheet_timings(*case(size), size=size)
    atlas = atlas_of(*case(ATLAS_OF))
    timings += [atlas_timing(atlas, n) for n in pages]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    timings.append(harness.Timing(OURS, pages[-1], (peak,), MEMORY))
    plain = plain_seconds(atlas, 2 if options.quick else PLAIN_PAGES)
    timings += [harness.Timing(PLAIN, n, plain, PER_PAGE) for n in pages]
    bars = [harness.Bar(OURS, PLAIN, size=n, at_most=1 / TIMES_FASTER, measure=PER_PAGE) for n in pages]
    bars.append(harness.Bar(OURS, "", size=pages[-1], at_most=MOST_MB, measure=MEMORY))
    qgis = "installed, not timed" if shutil.which("qgis") else "not installed: not compared"
    return harness.report("sheets", timings, bars, quick=options.quick, qgis=qgis)


def case(compounds: int) -> tuple[District, Assessment]:
    """Return a demo district of that size and its assessment."""
    district = make_demo(compounds, SEED)
    return district, assess(district, load_policy(), as_of=AS_OF)


def sheet_timings(district: District, assessment: Assessment, *, size: int) -> list[harness.Timing]:
    """Return the CPU seconds of the district sheet in each format; fonts are cut anew each time."""
    found = []
    for kind in ("pdf", "svg", "png"):
        request = SheetRequest(full=True, format=kind)

        def drawn(request: SheetRequest = request) -> None:
            fonts._subset.cache_clear()
            draw_sheets(district, assessment, request)

        found.append(harness.Timing(OURS, size, (harness.sample(drawn),), f"district sheet {kind}, CPU s"))
    return found


def atlas_timing(atlas: Atlas, pages: int) -> harness.Timing:
    """Return the CPU seconds per page of a book of that many pages."""
    keys = chosen(atlas.district, Choice())[:pages]

    def written() -> None:
        fonts._subset.cache_clear()
        write_atlas(atlas, keys, io.BytesIO())

    return harness.Timing(OURS, pages, (harness.sample(written) / len(keys),), PER_PAGE)


def plain_seconds(atlas: Atlas, pages: int) -> tuple[float, ...]:
    """Return the CPU seconds of each of some pages drawn the plain way, the first one (loading) aside."""
    keys = chosen(atlas.district, Choice())[: pages + 1]
    layers = {name: atlas.district.layers[name].to_crs(atlas.crs) for name in LAYERS}
    layers["compounds"] = atlas.district.compounds.to_crs(atlas.crs)
    drawn = [(key, compound_page(atlas, key)) for key in keys]
    return tuple(_once(lambda key=key, page=page: plain_page(layers, key, page)) for key, page in drawn)[1:]  # type: ignore[misc]


def _once(call: Callable[[], object]) -> float:
    start = harness.cpu_seconds()
    call()
    return harness.cpu_seconds() - start


def plain_page(layers: dict[str, gpd.GeoDataFrame], key: str, page: Page) -> bytes:
    """Return a page as somebody writes it at first: all layers plotted, the window set, the words added, saved."""
    width, height = page.size
    regular = FontProperties(fname=str(font_file(False)))
    with mpl.rc_context({"pdf.fonttype": 42}):
        figure = Figure(figsize=(width / 25.4, height / 25.4))
        x, y, wide, tall = page.window
        axes = figure.add_axes((x / width, y / height, wide / width, tall / height))
        for name, colour in LAYERS.items():
            layers[name].plot(ax=axes, color=colour, edgecolor="#6B5B4B", linewidth=0.4)
        compounds = layers["compounds"]
        compounds.plot(ax=axes, color="#EFECE5", edgecolor="#B9AFA2", linewidth=0.5)
        own = compounds.loc[[key]]
        own.plot(ax=axes, color="#FFF3CC", edgecolor="#1D5C8F", linewidth=2.2)
        west, south, east, north = own.total_bounds
        axes.set_xlim(west - 60, east + 60)
        axes.set_ylim(south - 60, north + 60)
        whole = figure.add_axes((0, 0, 1, 1), facecolor="none")
        whole.set_xlim(0, width)
        whole.set_ylim(0, height)
        whole.axis("off")
        for word in words_of(page.scene):
            _write(whole, word, regular)
        written = io.BytesIO()
        figure.savefig(written, format="pdf")
    return written.getvalue()


def _write(axes: mpl.axes.Axes, word: Word, face: FontProperties) -> None:
    sized = face.copy()
    sized.set_size(word.size)
    low = word.y - MIDDLE * word.size * MM_PER_POINT
    axes.text(word.x, low, word.text, color=word.colour, ha=word.align, rotation=word.turn, fontproperties=sized,
              parse_math=False)  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
