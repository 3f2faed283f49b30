"""Which encoding the text of a shapefile is in: its .cpg where that is true, else proved from the DBF itself."""

from __future__ import annotations

import codecs
from pathlib import Path

from planner.district.decoder import decode

_SAMPLE = 1 << 20
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
    found = decode(text, file=shapefile.name).encoding
    return _CODECS.get(found, found)


def character_bytes(table: Path) -> bytes:
    """Return the bytes of the character fields and field names of a DBF, one field a line, at most a megabyte."""
    data = table.read_bytes()[: 32 + _SAMPLE]
    header, record = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
    names, spans, place = [], [], 1
    for start in range(32, max(header - 1, 32), 32):
        field = data[start : start + 32]
        if len(field) < 32 or field[0] == 0x0D:
            break
        names.append(field[:11].split(b"\0")[0])
        if field[11:12] == b"C":
            spans.append((place, place + field[16]))
        place += field[16]
    rows = range(header, len(data) - record + 1, record) if record > 0 else range(0)
    cells = [data[row + a : row + b].rstrip(b" \0") for row in rows for a, b in spans]
    return b"\n".join([*names, *cells]).replace(b"\0", b" ")


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
