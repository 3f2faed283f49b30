"""Cutting a face down: the same outlines and advances as in the whole file, valid files, parts of composite glyphs."""

from __future__ import annotations

import functools
import io

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

from planner.outputs.sheet import fonts
from planner.outputs.sheet.truetype import advances, cut, read_face

TEXT = "AÁgjéüñ09.%,（）。、青㙍堃䢺坨塬圪云湖区"


@functools.cache
def whole() -> TTFont:
    """The regular face as fontTools reads it."""
    return TTFont(fonts.font_file(False), lazy=True)


def test_outlines_and_advances_are_those_of_the_whole_face() -> None:
    small = TTFont(io.BytesIO(cut(fonts._face(False), map(ord, TEXT))))
    ours, theirs = small.getBestCmap(), whole().getBestCmap()
    assert set(ours) == set(map(ord, TEXT))
    for code in ours:
        a, b = small["glyf"][ours[code]], whole()["glyf"][theirs[code]]
        assert a.getCoordinates(small["glyf"])[0] == b.getCoordinates(whole()["glyf"])[0], chr(code)
        assert small["hmtx"][ours[code]] == whole()["hmtx"][theirs[code]]


def test_parts_of_composite_glyphs_come_along() -> None:
    square, pair = TTGlyphPen(None), TTGlyphPen({"square": None, "pair": None, ".notdef": None})
    square.moveTo((0, 0))
    for point in ((0, 500), (500, 500), (500, 0)):
        square.lineTo(point)
    square.closePath()
    for shift in (0, 600):
        pair.addComponent("square", (1, 0, 0, 1, shift, 0))
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "square", "pair"])
    builder.setupCharacterMap({0x41: "pair"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "square": square.glyph(), "pair": pair.glyph()})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", "square", "pair"), (1100, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupPost(keepGlyphNames=False)
    source = builder.font
    wide = CmapSubtable.newSubtable(12)
    wide.platformID, wide.platEncID, wide.language, wide.cmap = 3, 10, 0, {0x41: "pair"}
    source["cmap"].tables.append(wide)
    written = io.BytesIO()
    source.save(written)
    small = TTFont(io.BytesIO(cut(read_face(written.getvalue()), [0x41])))
    assert small["maxp"].numGlyphs == 3
    points = list(small["glyf"][small.getBestCmap()[0x41]].getCoordinates(small["glyf"])[0])
    assert (max(points), len(points)) == ((1100, 500), 8)


def test_the_bold_face_is_heavier_and_as_wide() -> None:
    codes = frozenset(map(ord, TEXT))
    bold = TTFont(io.BytesIO(fonts._subset(True, codes)))
    thin = TTFont(io.BytesIO(cut(fonts._face(True), codes)))
    assert "gvar" in thin
    assert "gvar" not in bold
    glyph = bold.getBestCmap()[ord("云")]
    assert bold["hmtx"][glyph][0] == 1000
    assert bold["hmtx"][bold.getBestCmap()[ord("A")]][0] > thin["hmtx"][thin.getBestCmap()[ord("A")]][0]
    assert bold["name"].getDebugName(6) == "NotoSansSC-Bold"


def test_a_cut_of_a_cut_is_the_cut() -> None:
    first = cut(fonts._face(False), map(ord, TEXT))
    assert cut(read_face(first), map(ord, "云湖")) == cut(fonts._face(False), map(ord, "云湖"))
    assert advances(read_face(first))[ord("云")] == pytest.approx(1.0)


def test_unknown_codes_are_left_out() -> None:
    assert read_face(cut(fonts._face(False), [0x212FE, 0x41])).glyphs.keys() == {0x41}
