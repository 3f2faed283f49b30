"""Cutting a face down: the same outlines and advances as in the whole file, valid files, parts of composite glyphs."""

from __future__ import annotations

import functools
import io

import pytest
from fontTools.ttLib import TTFont

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
    composite = next(c for c in TEXT if whole()["glyf"][whole().getBestCmap()[ord(c)]].isComposite())
    small = TTFont(io.BytesIO(cut(fonts._face(False), [ord(composite)])))
    assert small["maxp"].numGlyphs >= 3


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
