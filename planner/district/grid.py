"""A sheet as a person sees it: rows of text, merged ranges, nothing interpreted yet."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_MARKS = re.compile(r"[\s*:]+")
_BRACKET = re.compile(r"\([^()]*\)$")


@dataclass(frozen=True, slots=True)
class Merge:
    """One merged range, ends included, counted from 0."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of cells as text ("" is blank); row i of the list is row i + 1 of the file. All rows are equally wide.

    `lengths` holds how many cells each row had in a text file; it is empty for sheets, whose rows have no length.
    """

    rows: list[list[str]]
    merges: tuple[Merge, ...] = ()
    sheet: str = ""
    width: int = 0
    lengths: tuple[int, ...] = ()


def plain(text: str) -> str:
    """Return text for comparing: NFKC, invisible characters out, trimmed."""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFKC", text).translate(_INVISIBLE).strip()


@lru_cache(maxsize=16_384)
def word_key(text: str) -> str:
    """Return a header for comparing: as `plain`, without blanks, stars and colons, in lower case."""
    return _MARKS.sub("", plain(text)).lower()


def word_keys(text: str) -> tuple[str, str]:
    """Return the key of a header with and without its last bracket, in which its unit may stand."""
    key = word_key(text)
    return key, _BRACKET.sub("", key)


def text_grid(rows: list[list[str]]) -> Grid:
    """Return the records of a text file as a grid that knows how long each record was."""
    grid = sheet_grid(rows)
    return Grid(grid.rows, width=grid.width, lengths=tuple(len(row) for row in rows))


def sheet_grid(rows: list[list[str]], merges: tuple[Merge, ...] = (), sheet: str = "") -> Grid:
    """Return the rows padded to one width; trailing columns that are blank in every row are dropped."""
    width = 0
    for row in rows:
        if len(row) > width:  # a row that is no longer cannot be filled further
            width = max(width, _filled_width(row))
    even = [row if len(row) == width else _fitted(row, width) for row in rows]
    return Grid(even, merges, sheet, width)


def _fitted(row: list[str], width: int) -> list[str]:
    return row[:width] if len(row) > width else row + [""] * (width - len(row))


def _filled_width(row: list[str]) -> int:
    width = len(row)
    while width and not row[width - 1].strip():
        width -= 1
    return width
