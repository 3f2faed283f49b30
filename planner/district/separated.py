"""Text with separators (.csv .txt .tsv) to a grid, by the standard library's strict parser."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from itertools import islice

from planner.district.grid import word_keys
from planner.district.refusal import refuse

SEPARATORS = ",;\t|，；"
_TOLD = re.compile(r"sep=(.)\r?\n?$", re.IGNORECASE)
_LOOKED_AT = 60


def split_rows(text: str, known: frozenset[str], *, file: str) -> tuple[list[list[str]], str]:
    """Return the records of the text and the separator found; a first line `sep=;` is honoured and blanked.

    The separator is the one that shows most `known` headers, then most rows of one width. Quotes are strict: a quote
    that is not closed refuses the file with its record, because everything after it would become one cell.
    """
    separator, told = told_or_sniffed(text, known)
    rows = parse_rows(text, separator, file=file)
    if told:
        rows[0] = []
    return rows, separator


def told_or_sniffed(text: str, known: frozenset[str]) -> tuple[str, bool]:
    """Return the separator, and whether a first line `sep=;` named it (that line is no record then)."""
    told = _TOLD.match(text.partition("\n")[0])
    return (told[1], True) if told else (sniff(text, known), False)


def sniff(text: str, known: frozenset[str]) -> str:
    """Return the separator of the text; a comma where nothing separates."""
    return max(SEPARATORS, key=lambda separator: (*_fit(text, separator, known), -SEPARATORS.index(separator)))


def _fit(text: str, separator: str, known: frozenset[str]) -> tuple[int, float]:
    try:
        rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), _LOOKED_AT))
    except csv.Error:
        return 0, 0.0
    hits = max((sum(not known.isdisjoint(word_keys(cell)) for cell in row) for row in rows), default=0)
    widths = Counter(len(row) for row in rows if len(row) > 1)
    width, count = widths.most_common(1)[0] if widths else (1, 0)
    return hits if hits > 1 else 0, count + width / 1000


def parse_rows(text: str, separator: str, *, file: str) -> list[list[str]]:
    """Return the records of text whose separator is known; InputError names the record where strict reading ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[str]] = []
    try:
        rows.extend(reader)
    except csv.Error as error:
        rule = "file.quote" if "end of data" in str(error) else "file.csv"
        raise refuse(rule, file=file, row=len(rows) + 1, reason=str(error)) from error
    return rows
