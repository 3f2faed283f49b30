"""Which encoding the text of a shapefile is in: its .cpg where that is true, else proved from the DBF itself."""

from __future__ import annotations

import codecs
import glob
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from planner.district.decoder import decode

_SAMPLE = 1 << 20
_NAME_WIDTH = 10
_STUMP = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")
"""The beginning of a UTF-8 character at the end of a text."""

_CODECS = {"UTF-8 (BOM)": "UTF-8", "Big5": "CP950"}


def dbf_encoding(shapefile: Path, encoding: str | None = None) -> str:
    """Return the encoding of a shapefile's attributes as GDAL names it.

    `encoding` settles it; a .cpg counts when the text really decodes in it (many say UTF-8 over GBK); else the
    character fields of the first megabyte are decoded as any other text (decoder.decode). ASCII only is UTF-8.
    Raises InputError where two encodings are equally likely.
    """
    if encoding:
        return encoding
    table = _beside(shapefile, ".dbf")
    text = character_bytes(table) if table else b""
    told = _told(_beside(shapefile, ".cpg"))
    if told and _decodes(text, told):
        return told
    cut = character_bytes(table, cut=True) if table else b""
    if cut != text and _decodes(cut, "UTF-8"):
        return "UTF-8"
    found = decode(text, file=shapefile.name).encoding
    return _CODECS.get(found, found)


def character_bytes(table: Path, *, cut: bool = False) -> bytes:
    """Return the bytes of the character fields and field names of a DBF, one field a line, at most a megabyte.

    ``cut``: where a name or a cell fills its whole width, the beginning of a character that found no room any more
    is left out (writers of UTF-8 cut by bytes: 小区名称 becomes 小区名 and one byte).
    """
    data = table.read_bytes()[: 32 + _SAMPLE]
    whole = _without_stump if cut else _as_written
    spots = [(data[a:b].split(b"\0")[0] if name else data[a:b].rstrip(b" \0"), b - a) for a, b, name in _spots(data)]
    return b"\n".join(whole(text, width) for text, width in spots).replace(b"\0", b" ")


def whole_characters(shapefile: Path, folder: Path) -> Path:
    """Return the shapefile, or a copy in ``folder`` whose names and cells end with a whole UTF-8 character.

    A copy is made only where its text is UTF-8 apart from such ends: GDAL refuses a name that is cut in the middle.
    """
    table = _beside(shapefile, ".dbf")
    if (
        table is None
        or _decodes(character_bytes(table), "UTF-8")
        or not _decodes(character_bytes(table, cut=True), "UTF-8")
    ):
        return shapefile
    data = bytearray(table.read_bytes())
    for start, end, name in list(_spots(bytes(data))):
        text = bytes(data[start:end])
        kept = _without_stump(text, end - start)
        data[start:end] = kept.ljust(end - start, b"\0" if name else b" ")
    for part in shapefile.parent.glob(f"{glob.escape(shapefile.stem)}.*"):
        shutil.copy(part, folder / part.name)
    (folder / table.name).write_bytes(data)
    return folder / shapefile.name


def _spots(data: bytes) -> Iterator[tuple[int, int, bool]]:
    """Where the field names (True) and the cells of character fields (False) of a DBF stand."""
    header, record = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
    spans, place = [], 1
    for start in range(32, max(header - 1, 32), 32):
        field = data[start : start + 32]
        if len(field) < 32 or field[0] == 0x0D:
            break
        yield start, start + _NAME_WIDTH, True
        if field[11:12] == b"C":
            spans.append((place, place + field[16]))
        place += field[16]
    rows = range(header, len(data) - record + 1, record) if record > 0 else range(0)
    yield from ((row + a, row + b, False) for row in rows for a, b in spans)


def _without_stump(text: bytes, width: int) -> bytes:
    return _STUMP.sub(b"", text) if len(text) >= width else text


def _as_written(text: bytes, _width: int) -> bytes:
    return text


def _beside(shapefile: Path, suffix: str) -> Path | None:
    for candidate in (shapefile.with_suffix(suffix), shapefile.with_suffix(suffix.upper())):
        if candidate.exists():
            return candidate
    return None


def _told(cpg: Path | None) -> str:
    if cpg is None:
        return ""
    name = cpg.read_text(encoding="ascii", errors="ignore").strip()
    name = {"936": "GBK", "950": "CP950", "65001": "UTF-8"}.get(name.removeprefix("CP").removeprefix("ANSI "), name)
    try:
        return codecs.lookup(name).name.upper()
    except LookupError:
        return ""


def _decodes(text: bytes, codec: str) -> bool:
    try:
        text.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return False
    return True
