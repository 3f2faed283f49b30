"""An .xlsx looked into before anything reads it: bombs, lies about sizes, a cell at the end of the world."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

from planner.district.refusal import refuse
from planner.errors import InputError
from planner.text import t

MAX_UNPACKED = 512 << 20
"""Bytes a workbook may unpack to; a 100,000-row ledger of 40 columns takes about 200 MiB."""
MAX_RATIO = 400
"""Unpacked to packed size; honest sheets reach about 60."""
MAX_MEMBERS = 2_000
MAX_CELLS = 10_000_000
"""Cells of one sheet's used range. The reader makes all of them: for one cell at XFD1048576 it would ask for hundreds
of gigabytes, and being refused them ends the process, not the call."""
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})?([0-9]{1,7})["']""")
_CHUNK = 1 << 20
_OVERLAP = 64


def refuse_unsafe_zip(data: bytes, *, file: str) -> None:
    """Raise InputError unless the bytes are an .xlsx that unpacks to what it says, and to a sheet that fits.

    Every member is unpacked once, in pieces: a checksum that fails (also where the stated size is a lie), an archive
    of another kind, too many members, too large, too dense or a used range over MAX_CELLS are refused.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_by_directory(archive, len(data), file)
            for member in archive.infolist():
                _look_through(archive, member, file)
    except InputError:
        raise
    except Exception as error:  # zipfile raises half a dozen kinds on damaged archives, struct.error among them
        raise refuse("file.workbook", file=file, reason=str(error)[:120]) from error


def _refuse_by_directory(archive: zipfile.ZipFile, packed: int, file: str) -> None:
    members = archive.infolist()
    names = {member.filename for member in members}
    total = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or total > MAX_UNPACKED or total > MAX_RATIO * max(packed, 1 << 10):
        raise refuse("file.bomb", file=file, size=total >> 20, members=len(members))
    if "xl/workbook.xml" not in names:
        kind = "word" if any(name.startswith("word/") for name in names) else "archive"
        raise refuse("file.not_text", file=file, kind=t(f"read.kind.{kind}"))


def _look_through(archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: str) -> None:
    is_sheet = member.filename.startswith("xl/") and "sharedStrings" not in member.filename
    rows, columns = 1, 1
    for piece in _pieces(archive, member):
        if is_sheet:
            found = set(_REFERENCE.findall(piece))
            rows = max(rows, max((int(row) for _, row in found), default=1))
            columns = max(columns, max((_column(letters) for letters in {c for c, _ in found}), default=1))
        if rows * columns > MAX_CELLS:
            raise refuse("file.huge", file=file, value=member.filename, rows=rows, columns=columns)


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    tail = b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            yield tail + chunk
            tail = chunk[-_OVERLAP:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
