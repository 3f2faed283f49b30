"""The letters of a sheet: Noto Sans SC, regular and bold, cut down to the characters that the sheet uses.

Regular is the static face of the wheel zhplot, bold is made from the variable face of justmytype-intl-cjk (both under
the SIL Open Font License). The files are found, the packages are not imported. TrueType outlines are needed: PDF
viewers complain about embedded CFF.
"""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from planner.errors import InputError, PlannerError
from planner.outputs.sheet.scene import MM_PER_POINT, Word
from planner.outputs.sheet.truetype import Face, advances, cut, read_face
from planner.text import t

FAMILY = "Noto Sans SC"
_FILES = {False: ("zhplot", "NotoSansSC-Regular.ttf"), True: ("justmytype-intl-cjk", "NotoSansSC[wght].ttf")}
_BOLD = 700
_FIRST_WIDE = 0x2E80
"""From here on characters are Chinese and one em wide in every weight."""


@lru_cache(maxsize=2)
def font_file(bold: bool) -> Path:
    """Return the installed font file; raises PlannerError naming the package that is missing."""
    package, name = _FILES[bold]
    try:
        listed = metadata.files(package) or []
    except metadata.PackageNotFoundError:
        listed = []
    for file in listed:
        path = Path(str(file.locate()))
        if file.name == name and path.exists():
            return path
    raise PlannerError(t("sheet.error.font", package=package))


@lru_cache(maxsize=2)
def _face(bold: bool) -> Face:
    return read_face(font_file(bold).read_bytes())


@lru_cache(maxsize=2)
def _advances(bold: bool) -> Mapping[int, float]:
    """Character -> advance in em; letters and figures of the bold face are wider than the file's own."""
    found = advances(_face(bold))
    if bold:
        narrow = frozenset(code for code in found if code < _FIRST_WIDE)
        found |= advances(read_face(_subset(True, narrow)))
    return found


def glyph_codes(bold: bool) -> Set[int]:
    """Return the code points that the face can draw."""
    return _advances(bold).keys()


@lru_cache(maxsize=20_000)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line in millimetres at ``size`` points; a character without a glyph counts one em."""
    advances = _advances(bold)
    return sum(advances.get(ord(c), 1.0) for c in text) * size * MM_PER_POINT


@dataclass(frozen=True, slots=True)
class FontData:
    """A face cut to some characters, with what a PDF says about it: widths and heights in thousandths of an em."""

    name: str
    content: bytes
    glyphs: Mapping[str, int]
    widths: Mapping[str, int]
    box: tuple[int, ...]
    ascent: int
    descent: int


def font_data(bold: bool, used: Iterable[str], base: bytes | None = None) -> FontData:
    """Return the face cut to these characters; KeyError for one that it does not have (see `check_glyphs`).

    ``base`` is a face that was cut already (`faces_of`): many files from one set of characters cost little each.
    """
    codes = frozenset({ord(c) for c in used} | {0x20})
    content = _subset(bold, codes) if base is None else cut(read_face(base), codes)
    face = read_face(content)
    mille = 1000 / face.units
    glyphs = {c: face.glyphs[ord(c)] for c in used}
    widths = {c: round(float(face.metrics[number, 0]) * mille) for c, number in glyphs.items()}
    box = tuple(round(v * mille) for v in struct.unpack_from(">4h", face.tables["head"], 36))
    ascent, descent = (round(v * mille) for v in struct.unpack_from(">2h", face.tables["hhea"], 4))
    tag = "".join(chr(65 + byte % 26) for byte in hashlib.sha256(content).digest()[:6])
    name = f"{tag}+{FAMILY.replace(' ', '')}-{'Bold' if bold else 'Regular'}"
    return FontData(name, content, glyphs, widths, box, ascent, descent)


def check_glyphs(words: Iterable[Word]) -> None:
    """Raise InputError naming the first character that the font cannot draw, and the text that holds it."""
    for word in words:
        missing = [c for c in word.text if ord(c) not in _advances(word.bold)]
        if missing:
            code = f"U+{ord(missing[0]):04X}"
            raise InputError(t("sheet.error.glyph", character=missing[0], code=code, text=word.text))


def subset_fonts(words: Iterable[Word]) -> dict[bool, bytes]:
    """Return for regular (False) and bold (True) a font file with the characters of these words."""
    used: dict[bool, set[int]] = {False: set(), True: set()}
    for word in words:
        used[word.bold] |= {ord(c) for c in word.text}
    return {bold: _subset(bold, frozenset(codes | {0x20})) for bold, codes in used.items()}


def faces_of(used: Mapping[bool, Iterable[str]]) -> dict[bool, bytes]:
    """Return both faces cut to these characters."""
    return {bold: _subset(bold, frozenset({ord(c) for c in found} | {0x20})) for bold, found in used.items()}


@lru_cache(maxsize=16)
def _subset(bold: bool, codes: frozenset[int]) -> bytes:
    content = cut(_face(bold), codes)
    return _bold(content) if bold else content


def _bold(content: bytes) -> bytes:
    """The bold face of a variable file, under its own PostScript name."""
    with TTFont(io.BytesIO(content), recalcTimestamp=False) as font:
        face = instancer.instantiateVariableFont(font, {"wght": _BOLD}, inplace=True)
        for record in face["name"].names:
            if record.nameID == 6:
                record.string = f"{FAMILY.replace(' ', '')}-Bold"
        written = io.BytesIO()
        face.save(written, reorderTables=False)
    return written.getvalue()
