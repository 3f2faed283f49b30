"""A PDF of any number of pages: each face embedded once, cut to its characters; bookmarks; the same bytes."""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import IO

from planner.outputs.sheet.fonts import FontData, font_data
from planner.outputs.sheet.pdf_page import Content, code_of
from planner.outputs.sheet.scene import MM_PER_POINT

_CATALOG, _TREE, _RESOURCES, _INFO, _OUTLINES = range(1, 6)
_FIRST = 6


def write_pdf(
    contents: Iterable[Content], file: IO[bytes], *, title: str, stamp: dt.date,
    faces: Mapping[bool, bytes] | None = None,
) -> None:  # fmt: skip
    """Write the pages one after the other into ``file``, then what they share.

    ``faces`` are regular and bold cut to more characters than these pages use, where many files share them.
    """
    writer = _Writer(file)
    pages = [(writer.page(content), content) for content in contents]
    fonts = {}
    for bold in (False, True):
        used = frozenset().union(*(c.bold if bold else c.regular for _, c in pages))
        fonts[f"F{int(bold)}"] = writer.font(font_data(bold, used, (faces or {}).get(bold)), used)
    opacities = sorted(frozenset().union(*(c.opacities for _, c in pages)))
    states = " ".join(f"/A{n} <</ca {n / 100:g} /CA {n / 100:g}>>" for n in opacities)
    named = " ".join(f"/{name} {number} 0 R" for name, number in fonts.items())
    writer.put(_RESOURCES, f"<</Font <<{named}>> /ExtGState <<{states}>>>>")
    kids = " ".join(f"{number} 0 R" for number, _ in pages)
    writer.put(_TREE, f"<</Type /Pages /Count {len(pages)} /Kids [{kids}]>>")
    outlines = writer.outlines([(number, c.chapter, c.name) for number, c in pages if c.name])
    shown = f" /Outlines {_OUTLINES} 0 R /PageMode /UseOutlines" if outlines else ""
    writer.put(_CATALOG, f"<</Type /Catalog /Pages {_TREE} 0 R /Lang (zh-CN){shown}>>")
    date = f"(D:{stamp:%Y%m%d}000000Z)"
    made = f"/CreationDate {date} /ModDate {date} /Creator (planner) /Producer (planner)"
    writer.put(_INFO, f"<</Title {_text(title)} {made}>>")
    writer.close()


class _Writer:
    """Numbers objects, remembers where each begins, and writes the table of them at the end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._at, self._next = file, 0, _FIRST
        self._starts: dict[int, int] = {}
        self._digest = hashlib.sha256()
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def put(self, number: int, body: str | bytes) -> None:
        """Write an object under its number."""
        self._starts[number] = self._at
        content = body.encode("ascii") if isinstance(body, str) else body
        self._write(b"%d 0 obj\n%s\nendobj\n" % (number, content))

    def add(self, body: str | bytes) -> int:
        """Write an object under the next free number and return that number."""
        number = self._next
        self._next += 1
        self.put(number, body)
        return number

    def stream(self, data: bytes, extra: str = "") -> int:
        """Write a compressed stream and return its number."""
        packed = zlib.compress(data, 6)
        head = f"<</Length {len(packed)} /Filter /FlateDecode{extra}>>\nstream\n"
        return self.add(head.encode("ascii") + packed + b"\nendstream")

    def page(self, content: Content) -> int:
        """Write a page and return its number."""
        drawn = self.stream(content.operators)
        width, height = (f"{side / MM_PER_POINT:.2f}" for side in content.size)
        box = f"/MediaBox [ 0 0 {width} {height} ]"
        return self.add(f"<</Type /Page /Parent {_TREE} 0 R {box} /Resources {_RESOURCES} 0 R /Contents {drawn} 0 R>>")

    def font(self, face: FontData, used: frozenset[str]) -> int:
        """Write a face with the characters of ``used`` and return the number of its font."""
        codes = {code_of(c): c for c in sorted(used, key=code_of)}
        file = self.stream(face.content, f" /Length1 {len(face.content)}")
        to_glyph = bytearray(2 * (max(codes, default=0) + 1))
        for code, c in codes.items():
            to_glyph[2 * code : 2 * code + 2] = face.glyphs[c].to_bytes(2, "big")
        glyphs = self.stream(bytes(to_glyph))
        box = " ".join(map(str, face.box))
        lines = f"/Ascent {face.ascent} /Descent {face.descent} /CapHeight {face.ascent} /ItalicAngle 0 /StemV 80"
        descriptor = self.add(
            f"<</Type /FontDescriptor /FontName /{face.name} /Flags 4 /FontBBox [{box}] {lines} /FontFile2 {file} 0 R>>"
        )
        widths = " ".join(f"{code} [{face.widths[c]}]" for code, c in codes.items())
        system = "/CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>>"
        child = self.add(
            f"<</Type /Font /Subtype /CIDFontType2 /BaseFont /{face.name} {system} /FontDescriptor {descriptor} 0 R "
            f"/DW 1000 /W [{widths}] /CIDToGIDMap {glyphs} 0 R>>"
        )
        unicode = self.stream(_to_unicode(codes))
        return self.add(
            f"<</Type /Font /Subtype /Type0 /BaseFont /{face.name} /Encoding /Identity-H "
            f"/DescendantFonts [{child} 0 R] /ToUnicode {unicode} 0 R>>"
        )

    def outlines(self, entries: Sequence[tuple[int, str, str]]) -> bool:
        """Write the bookmarks: pages below the chapters that they name, else at the top; False where there are none."""
        chapters: list[tuple[str, int, list[tuple[int, str]]]] = []
        for page, chapter, name in entries:
            if not chapter:
                chapters.append((name, page, []))
            elif chapters and chapters[-1][0] == chapter and chapters[-1][2]:
                chapters[-1][2].append((page, name))
            else:
                chapters.append((chapter, page, [(page, name)]))
        if not chapters:
            return False
        first = self._next
        starts = [first + sum(1 + len(c[2]) for c in chapters[:n]) for n in range(len(chapters))]
        for n, (name, page, below) in enumerate(chapters):
            kids = [starts[n] + 1 + k for k in range(len(below))]
            family = f" /First {kids[0]} 0 R /Last {kids[-1]} 0 R /Count -{len(kids)}" if kids else ""
            self.add(_bookmark(name, page, (_OUTLINES, *_around(starts, n))) + family + ">>")
            for k, (at, words) in enumerate(below):
                self.add(_bookmark(words, at, (starts[n], *_around(kids, k))) + ">>")
        self.put(_OUTLINES, f"<</Type /Outlines /First {starts[0]} 0 R /Last {starts[-1]} 0 R /Count {len(starts)}>>")
        return True

    def close(self) -> None:
        """Write the table of objects and the end of the file."""
        if _OUTLINES not in self._starts:
            self.put(_OUTLINES, "<</Type /Outlines /Count 0>>")
        start, size = self._at, self._next
        rows = "".join(f"{self._starts[n]:010d} 00000 n \n" for n in range(1, size))
        mark = self._digest.hexdigest()[:32]
        self._write(f"xref\n0 {size}\n0000000000 65535 f \n{rows}".encode())
        head = f"/Size {size} /Root {_CATALOG} 0 R /Info {_INFO} 0 R /ID [<{mark}> <{mark}>]"
        self._write(f"trailer\n<<{head}>>\nstartxref\n{start}\n%%EOF\n".encode())

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self._at += len(data)


def _bookmark(name: str, page: int, family: tuple[int, int, int]) -> str:
    """The beginning of a bookmark; ``family`` are the numbers of its parent, the one before and the one after."""
    parent, before, after = family
    ties = (f" /Prev {before} 0 R" if before else "") + (f" /Next {after} 0 R" if after else "")
    return f"<</Title {_text(name)} /Parent {parent} 0 R /Dest [{page} 0 R /Fit]{ties}"


def _around(numbers: Sequence[int], at: int) -> tuple[int, int]:
    return (numbers[at - 1] if at else 0), (numbers[at + 1] if at + 1 < len(numbers) else 0)


def _text(words: str) -> str:
    return "<FEFF" + words.encode("utf-16-be", "replace").hex().upper() + ">"


def _to_unicode(codes: dict[int, str]) -> bytes:
    rows = [f"<{code:04X}> <{c.encode('utf-16-be').hex().upper()}>" for code, c in codes.items()]
    parts = [rows[n : n + 100] for n in range(0, len(rows), 100)]
    listed = "\n".join(f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar" for part in parts)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        f"{listed}\nendcmap CMapName currentdict /CMap defineresource pop end end"
    ).encode("ascii")
