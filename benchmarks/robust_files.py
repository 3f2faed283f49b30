"""Survey files that nobody should send, read and taken through everything that follows; none may end in an error."""

from __future__ import annotations

import io
import random
import time
from pathlib import Path

import openpyxl
from robust_found import Found, dice

from tests.survey_files import GOOD, KOBO, ODK, TOLD_TWICE, check_usable, ledger, mutation, read

_TEXTS = (GOOD, GOOD, GOOD, ODK, KOBO, TOLD_TWICE, TOLD_TWICE, GOOD.replace(",", "\t"), GOOD.replace(",", ";"))
_WORKBOOK_SHARE = 0.05


def fuzz(seed: int, numbers: range, folder: Path) -> Found:
    """Read one mutated file per number and do with it what the page and the commands do: count, explain, merge."""
    del folder
    found, district, book = Found(), ledger(), _workbook(TOLD_TWICE)
    for number in numbers:
        data = hostile(dice(seed, "files", number), book)
        began = time.process_time()
        try:
            survey = read(data, district)
            check_usable(survey, district)
            found.count("refused" if survey.refused else "used in part or whole")
        except Exception as error:
            found.count("unhandled")
            found.fail(number, error)
        found.greatest("max ms", round((time.process_time() - began) * 1000, 1))
    return found


def hostile(rng: random.Random, book: bytes) -> bytes:
    """One file: a good one of some kind with up to five mistakes, in some encoding; a few are workbooks."""
    if rng.random() < _WORKBOOK_SHARE:
        data = bytearray(book)
        for _ in range(rng.randint(0, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        return bytes(data[: rng.randrange(len(data))] if rng.random() < 0.2 else data)
    return mutation(rng, rng.choice(_TEXTS))


def _workbook(text: str) -> bytes:
    book = openpyxl.Workbook()
    for line in text.splitlines():
        book.active.append(line.split(","))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()

