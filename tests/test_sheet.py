"""The sheet: true scale and extent, the counts of the web map, words that can be read, the same bytes, hostile text."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import io
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from planner.decisions.pipeline import Assessment, assess
from planner.district.district import District
from planner.district.load import read_district
from planner.errors import CallError, InputError
from planner.outputs.map_classes import LAYERS, held_programmes, map_layer
from planner.outputs.sheet import fonts
from planner.outputs.sheet.compose import draw_sheet, sheet_scene
from planner.outputs.sheet.frame import Frame, frame_of, layout_of, round_scale
from planner.outputs.sheet.furniture import scale_bar
from planner.outputs.sheet.request import SheetRequest, leaflet_box, snapshot_request
from planner.outputs.sheet.room import Room
from planner.outputs.sheet.scene import Mark, Shape, Word, hatch, plain, words_of
from planner.text import t
from tests.builders import make_district, shared_policy
from tests.source_tree import ROOT

AS_OF = dt.date(2026, 11, 20)
PAPERS = [("A3", True), ("A3", False), ("A4", True), ("A4", False)]
Case = tuple[District, Assessment]


@functools.cache
def demo() -> Case:
    """The demo district and its assessment."""
    district = read_district(ROOT / "data", shared_policy())
    return district, assess(district, shared_policy(), as_of=AS_OF)


def small(*names: str, **more: Any) -> Case:
    """A row of compounds of about 200 m, one per name."""
    rows = [
        {
            "compound_id": f"C{n}",
            "name": name,
            "geometry": shapely.box(114 + n * 0.004, 39, 114.002 + n * 0.004, 39.002),
        }
        for n, name in enumerate(names)
    ]
    district = make_district([row | more for row in rows])
    return district, assess(district, shared_policy(), as_of=AS_OF)


def texts(scene: list[Mark], role: str) -> list[str]:
    """The words with this role, in their order."""
    return [word.text for word in words_of(scene) if word.role == role]


def shapes(scene: list[Mark], role: str) -> list[Shape]:
    """The shapes with this role."""
    return [mark for mark in scene if isinstance(mark, Shape) and mark.role == role]


# ---------------------------------------------------------------- scale and extent


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    district, assessment = demo()
    for paper, landscape in PAPERS:
        scene, frame = sheet_scene(district, assessment, SheetRequest(paper=paper, landscape=landscape))
        west, _, east, _ = shapely.total_bounds(np.array([part.shape for part in shapes(scene, "bar")]))
        bar = scale_bar(frame, 66.0 if paper == "A3" else 66.0 * 0.8)
        assert texts(scene, "bar")[-1] in (f"{bar.metres} m", f"{bar.metres // 1000} km")
        assert abs((east - west) - bar.metres * 1000 / frame.scale) < 0.1


def test_a_kilometre_on_the_ground_is_a_kilometre_on_the_paper() -> None:
    _, frame = sheet_scene(*demo(), SheetRequest())
    west, south, east, north = frame.degrees
    lon, lat = (west + east) / 2, (south + north) / 2
    there = pyproj.Geod(ellps="GRS80").fwd(lon, lat, 90, 1000)[:2]
    a, b = frame.paper([shapely.Point(lon, lat), shapely.Point(*there)])
    assert shapely.distance(a, b) == pytest.approx(1_000_000 / frame.scale, rel=0.0005)


BOXES = st.tuples(st.floats(75, 134), st.floats(20, 52), st.floats(0.003, 0.3), st.floats(0.4, 2.5))


@given(BOXES, st.sampled_from(PAPERS))
def test_the_extent_is_the_screens(box: tuple[float, float, float, float], paper: tuple[str, bool]) -> None:
    west, south, wide, shape = box
    bbox = (west, south, west + wide, south + wide * shape * 0.75)
    request = SheetRequest(bbox=bbox, paper=paper[0], landscape=paper[1])
    layout = layout_of(request)
    frame = frame_of(small("甲")[0], request, layout)
    for found, wanted, across in zip(frame.degrees, bbox, (wide, bbox[3] - south) * 2, strict=True):
        assert abs(found - wanted) < 0.01 * across
    x, y, width, height = layout.map
    assert x - 0.01 <= frame.x
    assert frame.x + frame.width <= x + width + 0.01
    assert y - 0.01 <= frame.y
    assert frame.y + frame.height == pytest.approx(y + height)


@example(200_001.0)
@given(st.floats(1, 5e6))
def test_scales_are_round_and_close(needed: float) -> None:
    scale = round_scale(needed)
    assert scale >= needed * (1 - 1e-9)
    assert scale <= max(500, needed * 1.125 + 1)
    assert scale % 50 == 0


def test_the_whole_district_is_inside() -> None:
    district, assessment = demo()
    _, frame = sheet_scene(district, assessment, SheetRequest())
    assert frame.scale == 14_500
    west, south, east, north = frame.degrees
    bounds = district.compounds.total_bounds
    assert west < bounds[0] < bounds[2] < east
    assert south < bounds[1] < bounds[3] < north


def test_north_leans_with_the_convergence_of_the_plane() -> None:
    request = SheetRequest(bbox=(115.2, 39.0, 115.21, 39.01))
    frame = frame_of(small("甲")[0], request, layout_of(request))
    assert frame.north == pytest.approx(1.205 * np.sin(np.radians(39.005)), abs=0.01)


# ---------------------------------------------------------------- counts and classes


@pytest.mark.parametrize("theme", list(LAYERS))
def test_counts_and_colours_are_those_of_the_web_map(theme: str) -> None:
    district, assessment = demo()
    ids = frozenset(district.compounds.index[district.compounds["subdistrict_name"] == "清溪街道"])
    mask = np.asarray(district.compounds.index.isin(list(ids)))
    layer = map_layer(theme, district, assessment)
    for shown, counted in ((None, layer.counts()), (ids, layer.counts(mask))):
        scene, _ = sheet_scene(district, assessment, SheetRequest(theme=theme, shown=shown))
        n = 186 if shown is None else len(ids)
        safety = assessment.states["safety"].reindex(district.compounds.index).to_numpy(dtype=bool)
        red = int((safety & (mask if shown else True)).sum())
        assert texts(scene, "count") == [*map(str, counted), str(n), str(red)]
        labels = [entry.label for entry in layer.classes]
        assert [text for text in texts(scene, "class") if text in labels] == labels
    fills = {mark.fill for mark in scene if isinstance(mark, Shape) and mark.clip and mark.z == 20.0}
    assert fills <= {"#FFFFFF" if entry.fill == "hatch" else entry.fill for entry in layer.classes}


def test_what_the_filter_leaves_out_is_faded_and_said() -> None:
    district, assessment = small("甲院", "乙院", "丙院")
    scene, _ = sheet_scene(district, assessment, SheetRequest(shown=frozenset({"C1"}), filter_words="乙街道"))
    faded = [m for m in scene if isinstance(m, Shape) and m.z == 18.0]
    assert {mark.opacity for mark in faded} == {0.14}
    assert sum(len(np.atleast_1d(mark.shape)) for mark in faded) == 2
    assert texts(scene, "name") == ["乙院"]
    assert texts(scene, "subtitle")[0].startswith("乙街道：小区（院落）1个")
    assert texts(scene, "unseen") == ["淡显的2个不在筛选内，未计入"]


def test_the_letters_of_a_compound_are_its_programmes() -> None:
    district, assessment = demo()
    held = held_programmes(assessment).reindex(district.compounds.index)
    largest = int(np.argmax(shapely.area(district.compounds.geometry.to_numpy()) * (held.sum(axis=1) == 3)))
    west, south, east, north = district.compounds.geometry.iloc[largest].bounds
    scene, _ = sheet_scene(
        district,
        assessment,
        SheetRequest(bbox=(west, south, east, north), shown=frozenset([district.compounds.index[largest]])),
    )
    wanted = [t(f"map.glyph.{code}") for code in held.columns[held.iloc[largest]]]
    assert texts(scene, "glyph") == wanted


def test_streets_are_named_bordered_and_counted() -> None:
    scene, _ = sheet_scene(*demo(), SheetRequest())
    streets = ["云湖街道", "学府街道", "建设路街道", "清溪街道", "光明路街道"]
    assert texts(scene, "street") == streets
    assert texts(scene, "street row") == [*streets, "合计"]
    assert shapely.length(shapes(scene, "streets")[0].shape).sum() > 500
    sums = texts(scene, "street count")[7::8]
    assert [int(n) for n in sums] == [29, 35, 47, 38, 37, 186]


def test_the_marks_of_use() -> None:
    district, assessment = demo()
    scene, _ = sheet_scene(district, assessment, SheetRequest())
    assert texts(scene, "internal") == ["内部资料 注意保存"]
    assert texts(scene, "demo") == ["〔演示数据·虚构〕"]
    assert f"V1.0（初筛，试行）·版本号{assessment.policy.version}" in texts(scene, "fact")
    assert texts(sheet_scene(*small("甲"), SheetRequest())[0], "demo") == []


# ---------------------------------------------------------------- words on the map


def _box_of(word: Word) -> Any:
    wide, tall = fonts.text_width(word.text, word.size, word.bold), word.size * 0.3528 * 0.8
    return shapely.box(word.x - wide / 2, word.y - tall / 2, word.x + wide / 2, word.y + tall / 2)


@pytest.mark.parametrize(("paper", "landscape"), PAPERS)
def test_no_word_on_the_map_covers_another_or_leaves_the_frame(paper: str, landscape: bool) -> None:
    scene, frame = sheet_scene(*demo(), SheetRequest(paper=paper, landscape=landscape))
    roles = ("name", "street", "water", "green", "community", "glyph")
    found = [_box_of(word) for word in words_of(scene) if word.role in roles]
    assert len(found) > 150
    pairs = shapely.STRtree(found).query(found, predicate="overlaps").T
    assert [(a, b) for a, b in pairs if shapely.area(shapely.intersection(found[a], found[b])) > 0.15] == []
    assert all(shapely.contains(frame.box, found))


@pytest.mark.parametrize(("paper", "landscape"), PAPERS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_word_stays_on_the_paper(paper: str, landscape: bool, lang: str) -> None:
    request = SheetRequest(paper=paper, landscape=landscape, bbox=(113.97, 39.39, 113.99, 39.41))
    scene, _ = sheet_scene(*demo(), request, lang)
    shift = {"left": 0.0, "center": 0.5, "right": 1.0}
    for word in words_of(scene):
        wide = 0 if word.turn else fonts.text_width(word.text, word.size, word.bold)
        left = word.x - wide * shift[word.align]
        assert left > 4, word
        assert left + wide < request.size[0] - 4, word
        assert 4 < word.y < request.size[1] - 4, word


def test_a_name_is_never_broken_within_a_number() -> None:
    district, assessment = small("电厂街42号楼")
    scene, _ = sheet_scene(district, assessment, SheetRequest(bbox=(113.9, 38.9, 114.1, 39.1)))
    assert texts(scene, "name") in (["电厂街42号楼"], ["电厂街", "42号楼"])


def test_room_is_taken_once() -> None:
    room = Room(Frame(10, 10, 50, 40, 1000, 0, 0, pyproj.CRS(4547)))
    assert room.place([(30, 30)], 10, 4) == (30, 30)
    assert room.place([(34, 31), (30, 36)], 10, 4) == (30, 36)
    assert room.place([(12, 30)], 10, 4) is None


def test_the_hatch_runs_at_45_degrees_inside_the_shape() -> None:
    lines = hatch(shapely.box(0, 0, 10, 10), step=1.0)
    assert shapely.length(lines) == pytest.approx(100, rel=0.05)
    assert shapely.within(lines, shapely.buffer(shapely.box(0, 0, 10, 10), 1e-6))
    assert hatch([]) is None


# ---------------------------------------------------------------- degenerate districts


POINT, BOX = shapely.Point(114, 39), shapely.box(114, 39, 114.002, 39.002)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"compound_id": "A", "name": "甲院", "geometry": BOX}],
        [{"compound_id": "A", "name": "甲院"}],
        [{"compound_id": f"P{n}", "geometry": shapely.Point(114 + n / 1000, 39)} for n in range(9)],
        [{"compound_id": "A", "geometry": POINT}],
        [{"compound_id": "A", "geometry": BOX}, {"compound_id": "B", "geometry": POINT}, {"compound_id": "C"}],
    ],
    ids=["none", "one", "nowhere", "points", "point", "mixed"],
)
def test_degenerate_districts_are_drawn(rows: list[dict[str, Any]]) -> None:
    district = make_district(rows)
    assessment = assess(district, shared_policy(), as_of=AS_OF)
    scene, frame = sheet_scene(district, assessment, SheetRequest(paper="A4"))
    assert sum(map(int, texts(scene, "count")[:7])) == len(rows)
    nowhere = sum("geometry" not in row for row in rows)
    assert any("没有位置" in text for text in texts(scene, "unseen")) == bool(nowhere)
    assert bool(texts(scene, "nothing")) == (nowhere == len(rows))
    assert frame.empty == (nowhere == len(rows))
    assert draw_sheet(district, assessment, SheetRequest(paper="A4", format="svg"))


# ---------------------------------------------------------------- files


@functools.cache
def _pdf() -> bytes:
    return draw_sheet(*demo(), SheetRequest())


def test_the_words_of_the_pdf_can_be_searched(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(_pdf())
    found = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True).stdout.decode()
    for word in ("云湖区老旧小区改造办理建议图", "先落实管护", "待核实", "1:14,500", "清溪街道", "〔演示数据·虚构〕"):
        assert word in found
    size = subprocess.run(["pdfinfo", file], capture_output=True, check=True).stdout.decode()
    assert "1190.55 x 841.89 pts" in size
    listed = subprocess.run(["pdffonts", file], capture_output=True, check=True).stdout.decode()
    assert "NotoSansSC-Bold" in listed
    assert "Type 3" not in listed


def test_the_same_input_gives_the_same_bytes() -> None:
    fonts._subset.cache_clear()
    assert draw_sheet(*demo(), SheetRequest()) == _pdf()
    case = small("甲院", "乙院")
    for kind in ("png", "svg"):
        request = SheetRequest(paper="A4", format=kind)
        first = draw_sheet(*case, request)
        fonts._subset.cache_clear()
        assert draw_sheet(*case, request) == first
    assert b"2026-11-20" in first


def test_a_png_has_300_dots_per_inch() -> None:
    picture = Image.open(io.BytesIO(draw_sheet(*small("甲"), SheetRequest(paper="A4", format="png"))))
    assert picture.size == (3507, 2480)


def test_an_svg_carries_its_fonts_and_reaches_for_nothing() -> None:
    written = draw_sheet(*small("甲院"), SheetRequest(paper="A4", format="svg"))
    assert written.count(b"@font-face") == 2
    assert b"url(http" not in written
    words = [node.text for node in ET.fromstring(written).iter("{http://www.w3.org/2000/svg}text")]
    assert "甲院" in words


HOSTILE = ["$\\frac{1}{0}$", "<script>x</script>", "{{7*7}}", "]]><a>", "a\nb\x00\x1b", "甲\u202e乙", "&amp;#", "%n%s"]


def test_hostile_text_is_inert() -> None:
    case = small(*HOSTILE, subdistrict_name="<b>$x$</b>")
    request = SheetRequest(paper="A4", format="svg", shown=frozenset({f"C{n}" for n in range(8)}), filter_words="$<i>")
    written = draw_sheet(*case, request)
    tree = ET.fromstring(written)
    words = {node.text for node in tree.iter("{http://www.w3.org/2000/svg}text")}
    assert {"$\\frac{1}{0}$", "{{7*7}}", "a b", "甲乙", "<b>$x$</b>"} <= words
    assert not [n for n in tree.iter() if n.tag.rpartition("}")[2] in ("script", "a", "i", "b", "foreignObject")]
    assert draw_sheet(*case, dataclasses.replace(request, format="pdf")).startswith(b"%PDF")


def test_a_character_without_a_glyph_is_named() -> None:
    with pytest.raises(InputError, match=r"𡋾.*U\+212FE.*甲𡋾院"):
        draw_sheet(*small("甲𡋾院"), SheetRequest(paper="A4"))
    draw_sheet(*small("堃㙍䢺坨塬圪"), SheetRequest(paper="A4", format="svg"))


@given(st.text(max_size=40))
def test_plain_text_is_one_line_without_control(text: str) -> None:
    found = plain(text, 12)
    assert len(found) <= 12
    assert found.isprintable() or all(c.isprintable() or ord(c) > 0x7F for c in found)
    assert plain(found, 12) == found


# ---------------------------------------------------------------- requests


def test_leaflets_bounds_become_a_request() -> None:
    bounds = {"_southWest": {"lat": 39.1, "lng": 114.0}, "_northEast": {"lat": 39.2, "lng": 114.2}}
    request = snapshot_request(bounds, theme="heat", shown=["C1"], filter_words="甲街道")
    assert request.bbox == (114.0, 39.1, 114.2, 39.2)
    assert request.shown == frozenset({"C1"})
    assert leaflet_box(None) is None
    assert leaflet_box({"_southWest": {"lat": 1, "lng": 2}}) is None
    assert leaflet_box({"_southWest": {"lat": 1, "lng": 2}, "_northEast": {"lat": 1, "lng": 2}}) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"theme": "x"}, {"paper": "A0"}, {"format": "gif"}, {"bbox": (2.0, 1.0, 1.0, 2.0)},
        {"bbox": (100.0, 20.0, 110.0, 21.0)}, {"bbox": (float("nan"), 1.0, 2.0, 2.0)},
    ],
)  # fmt: skip
def test_a_wrong_request_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(CallError):
        draw_sheet(*small("甲"), SheetRequest(**wrong))
