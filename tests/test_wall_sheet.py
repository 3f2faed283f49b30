"""The sheet for the wall: every name on it or in its index, sums that add up, colours for every eye, the same bytes."""

from __future__ import annotations

import datetime as dt
import functools
import io
import itertools
import os
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from PIL import Image

from planner.decisions.pipeline import assess
from planner.errors import InputError
from planner.outputs.map_classes import map_layer, state_classes
from planner.outputs.map_looks import READINESS, SEQUENCE
from planner.outputs.map_rules import COLOURS, LIMIT_COLOUR
from planner.outputs.sheet import fonts
from planner.outputs.sheet.compose import draw_sheet, draw_sheets, sheet_pages, sheet_scene
from planner.outputs.sheet.compounds import drawn_compounds
from planner.outputs.sheet.fonts import text_width
from planner.outputs.sheet.frame import frame_of, layout_of
from planner.outputs.sheet.order_table import order_blocks, order_of
from planner.outputs.sheet.paragraph import wrapped
from planner.outputs.sheet.png_file import write_png
from planner.outputs.sheet.render import render
from planner.outputs.sheet.request import SheetRequest
from planner.outputs.sheet.scene import MM_PER_POINT, Page, words_of
from tests.builders import make_district, shared_policy
from tests.test_sheet import Case, demo, shapes, small, texts

AS_OF = dt.date(2026, 11, 20)
FULL = SheetRequest(full=True)
RARE = ("青㙍北区", "䢺城花园", "堃和里", "圪塔沟", "塬上家属院", "坨里小区")
FIRST = "红旗胜利建设解放和平文化友谊永安光明团结"
KINDS = ("小区", "家属院", "里", "花园", "新村")


@functools.cache
def town(n: int) -> Case:
    """``n`` compounds of about 90 m in a grid, four streets, names that nobody has twice; ids run along the rows."""
    wide = int(np.ceil(np.sqrt(n)))
    rng = np.random.default_rng(7)
    rows = []
    for i in range(n):
        x, y = 114 + (i % wide) * 0.0013, 39 + (i // wide) * 0.001
        name = RARE[i] if i < len(RARE) else f"{FIRST[i % 10]}{FIRST[i // 10 % 10]}{i}号{KINDS[i % 5]}"
        box = shapely.box(x, y, x + rng.uniform(0.0006, 0.0011), y + rng.uniform(0.0004, 0.0008))
        street = "东南西北"[2 * (i % wide >= wide / 2) + (i // wide >= wide / 2)] + "街道"
        rows.append({"compound_id": f"T{i:04d}", "name": name, "households": 10 + i % 300, "geometry": box,
                     "subdistrict_name": street, "community_name": street[0] + "社区"})  # fmt: skip
    district = make_district(rows)
    return district, assess(district, shared_policy(), as_of=AS_OF)


@functools.cache
def demo_pages() -> list[Page]:
    """The pages of the full sheet of the demo district."""
    return sheet_pages(*demo(), FULL)


def pdf_words(pages: list[Page], tmp_path: Path) -> str:
    """What pdftotext finds, without the blanks that it puts between lines."""
    file = tmp_path / "a.pdf"
    file.write_bytes(render(pages, kind="pdf", title="", stamp=AS_OF)[0])
    found = subprocess.run(["pdftotext", "-raw", file, "-"], capture_output=True, check=True).stdout.decode()
    return re.sub(r"\s+", "", found)


# ---------------------------------------------------------------- names


def boxes_of(page: Page) -> Any:
    """The measured extents of the words that stand on the map, letters that run along a road aside."""
    roles = ("name", "street", "water", "green", "community", "glyph", "index number")
    words = [word for word in words_of(page.scene) if word.role in roles]
    ends = [(text_width(w.text, w.size, w.bold) / 2, w.size * MM_PER_POINT * 0.4) for w in words]
    return np.array([shapely.box(w.x - a, w.y - b, w.x + a, w.y + b) for w, (a, b) in zip(words, ends, strict=True)])


@pytest.mark.parametrize(
    "n", [50, pytest.param(300, marks=pytest.mark.slow), pytest.param(3000, marks=pytest.mark.slow)]
)
def test_no_names_overlap_and_none_is_lost(n: int, tmp_path: Path) -> None:
    district, assessment = town(n)
    pages = sheet_pages(district, assessment, FULL)
    for page in pages:
        found = boxes_of(page)
        pairs = shapely.STRtree(found).query(found, predicate="overlaps").T if len(found) else []
        shared = [shapely.area(shapely.intersection(found[a], found[b])) for a, b in pairs]
        assert [area for area in shared if area > 0.15] == []
    names = district.compounds["name"].tolist()
    said = pdf_words(pages, tmp_path)
    assert [name for name in names if name not in said] == []
    assert all(name in said for name in RARE)


def test_every_name_of_the_demo_is_on_its_sheet(tmp_path: Path) -> None:
    district, pages = demo()[0], demo_pages()
    said = pdf_words(pages, tmp_path)
    assert [name for name in district.compounds["name"] if name not in said] == []
    labels = [w.text for p in pages for w in words_of(p.scene) if w.role == "name"]
    numbers = [w.text for p in pages for w in words_of(p.scene) if w.role == "index number"]
    assert numbers == [str(n + 1) for n in range(len(numbers))]
    assert len(labels) >= 160


def test_what_has_no_place_stands_in_the_index() -> None:
    rows = [
        {"compound_id": "A", "name": "有图里", "geometry": shapely.box(114, 39, 114.002, 39.002)},
        {"compound_id": "B", "name": "无图里", "community_name": "东社区"},
    ]
    district = make_district(rows)
    page = sheet_pages(district, assess(district, shared_policy(), as_of=AS_OF), FULL)[0]
    assert texts(list(page.scene), "index") == ["—", "无图里（东社区）"]


def test_a_crowded_district_becomes_a_set_by_street(tmp_path: Path) -> None:
    rows = []
    for n in range(60):
        x, y = 114 + n % 12 * 0.0003 + 0.2 * (n >= 30), 39 + n // 12 * 0.0002
        street, shape = "一街道" if n < 30 else "二街道", shapely.box(x, y, x + 2e-4, y + 1e-4)
        name = f"名字很长的第{n}家属院"
        rows.append({"compound_id": f"C{n}", "name": name, "subdistrict_name": street, "geometry": shape})
    district = make_district(rows)
    assessment = assess(district, shared_policy(), as_of=AS_OF)
    pages = sheet_pages(district, assessment, FULL)
    sheets = [page for page in pages if texts(list(page.scene), "frame") or shapes(list(page.scene), "frame")]
    assert len(sheets) == 3
    facts = [" ".join(texts(list(page.scene), "fact")) for page in sheets]
    assert [re.search(r"第\d幅 共\d幅", text).group() for text in facts] == [
        "第1幅 共3幅",
        "第2幅 共3幅",
        "第3幅 共3幅",
    ]  # type: ignore[union-attr]
    assert [page.name for page in sheets] == [
        "测试区老旧小区改造办理建议图", "测试区一街道老旧小区改造办理建议图", "测试区二街道老旧小区改造办理建议图",
    ]  # fmt: skip
    said = pdf_words(pages, tmp_path)
    assert [name for name in district.compounds["name"] if name not in said] == []


# ---------------------------------------------------------------- tables


def test_the_list_by_street_adds_up() -> None:
    assessment, scene = demo()[1], list(demo_pages()[0].scene)
    sums = texts(scene, "order sum")
    names, people, money = sums[0::3], sums[1::3], sums[2::3]
    assert names[-1] == "合计　34个"
    assert [name.split("　")[0] for name in names[:-1]] == [
        "云湖街道", "学府街道", "建设路街道", "清溪街道", "光明路街道",
    ]  # fmt: skip
    ready = assessment.ranking[assessment.ranking["state"] == "可列入"]
    assert money[-1] == f"{ready['cost_now'].sum() / 10_000:,.2f}"
    assert people[-1] == f"{ready['households'].sum():,}"
    assert sum(float(m.replace(",", "")) for m in money[:-1]) == pytest.approx(float(money[-1].replace(",", "")))
    cells = texts(scene, "order")
    assert len(cells) in (34 * 5, 34 * 5 - 1)


def test_a_sum_with_unknown_parts_says_at_least() -> None:
    rows = [
        {"compound_id": "A", "name": "甲院", "households": 100, "geometry": shapely.box(114, 39, 114.002, 39.002)},
        {"compound_id": "B", "name": "乙院", "geometry": shapely.box(114.003, 39, 114.005, 39.002)},
    ]
    district = make_district(rows)
    scene, _ = sheet_scene(district, assess(district, shared_policy(), as_of=AS_OF), FULL)
    assert texts(scene, "order sum") == ["合计　2个", "≥100", "—"]
    assert texts(scene, "summary") == ["合计", "2", "≥100", "0", "0.00"]


def test_an_item_lists_quantities() -> None:
    district, assessment = demo()
    scene, _ = sheet_scene(district, assessment, SheetRequest(full=True, theme="item:ac_unit"))
    own = assessment.items[(assessment.items["item"] == "ac_unit") & (assessment.items["qty"] > 0)]
    sums = texts(scene, "order sum")
    assert sums[-1] == f"{own['cost'].sum() / 10_000:,.2f}"
    assert sums[-3] == f"合计　{len(own)}个"
    assert f"{int(own['qty'].iloc[0])}樘" in texts(scene, "order")


# ---------------------------------------------------------------- furniture


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("paper", "landscape"),
    [("A3", True), ("A4", False), pytest.param("A3", False, marks=SLOW), pytest.param("A4", True, marks=SLOW)],
)
def test_every_word_stays_on_the_paper_and_the_scale_is_true(paper: str, landscape: bool) -> None:
    request = SheetRequest(paper=paper, landscape=landscape, full=True)
    scene, frame = sheet_scene(*demo(), request)
    shift = {"left": 0.0, "center": 0.5, "right": 1.0}
    for word in words_of(scene):
        wide = 0 if word.turn else text_width(word.text, word.size, word.bold)
        left = word.x - wide * shift[word.align]
        assert left > 4, word
        assert left + wide < request.size[0] - 4, word
        assert 4 < word.y < request.size[1] - 4, word
    west, _, east, _ = shapely.total_bounds(np.array([part.shape for part in shapes(scene, "bar")]))
    said = texts(scene, "bar")[-1]
    metres = float(said.split()[0]) * (1000 if said.endswith("km") else 1)
    assert abs((east - west) - metres * 1000 / frame.scale) < 0.1
    assert texts(scene, "ratio") == [f"1:{frame.scale:,}"]
    assert len(texts(scene, "corner")) == 4
    assert len(shapes(scene, "locator window")) == 1
    assert texts(scene, "internal") == ["内部资料 注意保存"]


def test_a_list_beyond_its_column_keeps_the_first_and_all_sums() -> None:
    district, assessment = demo()
    frame = frame_of(district, FULL, layout_of(FULL))
    layer = map_layer("item:ac_unit", district, assessment)
    shown = np.ones(len(district.compounds), dtype=bool)
    order = order_of(district, assessment, drawn_compounds(district, assessment, layer, shown=shown, frame=frame))
    short, whole = order_blocks(order, [90.0, 60.0], width=65, k=1)
    assert not whole
    assert [block.height <= room + 0.1 for block, room in zip(short, (90.0, 60.0), strict=True)] == [True, True]
    marks = [mark for block in short for mark in block.marks]
    assert "合计　50个" in texts(marks, "order sum")
    assert texts(marks, "rest")[0] == f"另有{50 - len(texts(marks, 'order')) // 5}个见附表"
    _, whole = order_blocks(order, [300.0], width=65, k=1)
    assert whole


@pytest.mark.parametrize(
    "rows", [[], [{"compound_id": "A", "name": "甲院"}], [{"compound_id": "P", "geometry": shapely.Point(114, 39)}]]
)
def test_poor_districts_have_a_full_sheet(rows: list[dict[str, Any]]) -> None:
    district = make_district(rows)
    assessment = assess(district, shared_policy(), as_of=AS_OF)
    _, frame = sheet_scene(district, assessment, FULL)
    assert frame.empty == ("geometry" not in (rows or [{}])[0])
    assert draw_sheet(district, assessment, FULL).startswith(b"%PDF")


# ---------------------------------------------------------------- colours


MACHADO = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB."""


def lab(colour: str, eye: str = "") -> Any:
    """CIE L*a*b* (D65) of a colour as an eye sees it."""
    rgb = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(MACHADO[eye]) @ linear, 0, 1) if eye else linear
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    f = np.where((u := xyz / (0.9505, 1.0, 1.089)) > 0.008856, np.cbrt(u), 7.787 * u + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def fill(colour: str) -> str:
    """A hatch on white is seen as a light grey."""
    return "#DDE1E5" if colour == "hatch" else colour


@pytest.mark.parametrize("eye", ["", *MACHADO])
def test_categories_differ_for_every_eye(eye: str) -> None:
    states = [c for c in state_classes() if c.fill != "hatch"]
    for fills in ([c.fill for c in states], [COLOURS[k] for k in "AHEMZ"]):
        for a, b in itertools.combinations(fills, 2):
            assert np.linalg.norm(lab(a, eye) - lab(b, eye)) >= 16.5, (a, b)
    for colour in (*COLOURS.values(), LIMIT_COLOUR):
        for other in ("#FBFBFA", fill("hatch")):
            assert np.linalg.norm(lab(colour, eye) - lab(other, eye)) >= 16.5, (colour, other)


def test_categories_can_be_told_in_grey_print() -> None:
    for a, b in itertools.combinations(state_classes(), 2):
        lighter = abs(lab(fill(a.fill))[0] - lab(fill(b.fill))[0])
        drawn = [(c.pattern or ("hatch" if c.fill == "hatch" else "")) for c in (a, b)]
        assert lighter >= 12 or drawn[0] != drawn[1], (a.label, b.label)


@pytest.mark.parametrize("theme", ["need", "readiness", "micro", "completeness", "item:ac_unit"])
def test_sequences_fall_in_lightness(theme: str) -> None:
    layer = map_layer(theme, *demo())
    fills = [c.fill for c in layer.classes if c.fill in (*SEQUENCE, *READINESS, "#E5AE63", "#CF7F3B", "#8A3D15")]
    lightness = [lab(colour)[0] for colour in fills]
    falling = [b - a for a, b in itertools.pairwise(lightness)]
    assert len(fills) >= 3
    assert max(falling) < -5 or min(falling) > 5


# ---------------------------------------------------------------- files


def test_full_sheets_are_the_same_bytes() -> None:
    case = small("甲院", "乙院")
    for kind in ("pdf", "svg"):
        request = SheetRequest(paper="A4", format=kind, full=True)
        first = draw_sheets(*case, request)
        fonts._subset.cache_clear()
        assert draw_sheets(*case, request) == first


def test_a_png_has_a_palette_and_its_size() -> None:
    page = sheet_pages(*small("甲院"), SheetRequest(paper="A4", full=True))[0]
    picture = Image.open(io.BytesIO(write_png(page, 50)))
    assert picture.mode == "P"
    assert picture.size == (584, 413)
    assert picture.info["dpi"] == pytest.approx((50, 50), abs=0.1)


def test_the_svg_says_the_same_words_as_the_scene() -> None:
    case = small("青㙍北区", "䢺城花园")
    request = SheetRequest(paper="A4", format="svg", full=True)
    scene = sheet_pages(*case, request)[0].scene
    tree = ET.fromstring(draw_sheet(*case, request))
    words = [node.text for node in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert sorted(words) == sorted(word.text for word in words_of(scene))  # type: ignore[type-var]


def test_halos_do_not_double_the_words(tmp_path: Path) -> None:
    said = pdf_words(sheet_pages(*small("独一无二里"), SheetRequest(paper="A4")), tmp_path)
    assert said.count("独一无二里") == 1


def test_a_missing_glyph_is_named_on_full_sheets() -> None:
    with pytest.raises(InputError, match=r"𡋾.*U\+212FE"):
        draw_sheet(*small("甲𡋾院"), FULL)


def test_bold_figures_are_measured_as_they_are_drawn() -> None:
    assert text_width("1,447.42", 10, True) > text_width("1,447.42", 10) * 1.02
    assert text_width("堃㙍", 10, True) == pytest.approx(2 * 10 * MM_PER_POINT)


def test_lines_break_by_width_and_never_before_a_comma() -> None:
    lines = wrapped("门禁18樘、监控14路，约15.9万元，另有其他。", 20, 7.2)
    assert "".join(lines) == "门禁18樘、监控14路，约15.9万元，另有其他。"
    assert all(line[0] not in "，。、" for line in lines)
    assert "15.9" in " ".join(lines)
    assert wrapped("", 20, 7) == []


@pytest.mark.parametrize("name", ["wall", pytest.param("portrait", marks=SLOW), pytest.param("one", marks=SLOW)])
def test_sheets_look_as_they_did(name: str) -> None:
    compare_golden(name, _golden_page(name))


def _golden_page(name: str) -> Page:
    if name == "one":
        return sheet_pages(*small("青㙍北区", subdistrict_name="城关街道", households=216), FULL)[0]
    portrait = SheetRequest(full=True, paper="A4", landscape=False, theme="item:ac_unit")
    return demo_pages()[0] if name == "wall" else sheet_pages(*demo(), portrait)[0]


GOLDEN = Path(__file__).parent / "golden"


def compare_golden(name: str, page: Page, dpi: int = 50) -> None:
    """Compare a page with the picture that somebody looked at: shares of changed and of much changed points are small.

    To accept a new look: look at it, then write it with PLANNER_GOLDEN=write.
    """
    drawn = Image.open(io.BytesIO(write_png(page, dpi))).convert("RGB")
    file = GOLDEN / f"sheet_{name}.png"
    if os.environ.get("PLANNER_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        drawn.quantize(64, dither=Image.Dither.NONE).save(file, optimize=True)
    wanted = Image.open(file).convert("RGB")
    assert drawn.size == wanted.size
    far = np.abs(np.asarray(drawn, dtype=int) - np.asarray(wanted, dtype=int)).max(axis=2)
    assert (far > 60).mean() < 0.005, f"{(far > 60).mean():.4f} of {name} changed"
