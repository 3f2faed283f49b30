"""Personal data that no table may hold: mobile numbers, identity numbers, plates; found, masked, held out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import numpy as np
import pandas as pd

_PHONE = r"(?<![\d.])(?:\+?86[-\s]?)?1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}(?![\d])"
_IDENTITY = r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
_PROVINCE = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
_PLATE = (
    _PROVINCE + r"[A-HJ-NP-Z][·•.\-\s]?"
    r"(?=[A-HJ-NP-Z0-9]*\d)[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9学警港澳挂](?![A-Za-z0-9])"
)
_ROOM = r"\d+(?:号楼|栋|幢|号院)[-\s]?\d+单元[-\s]?\d{2,4}(?:室|号|户)"
_ANY = re.compile("|".join((_PHONE, _IDENTITY, _PLATE)))
_IN_NOTES = re.compile("|".join((_PHONE, _IDENTITY, _PLATE, _ROOM)))
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_SHOWN = 40
_D, _GAP = "[0-9０-９]", "[-－ \t\r\n\u00a0\u3000]?"
_LIKE_IDENTITY = f"{_D}{{17}}[0-9０-９XxＸｘ]"
_LIKE_PERSONAL = "|".join(
    (
        f"[1１][3-9３-９]{_D}{_GAP}{_D}{{4}}{_GAP}{_D}{{4}}",
        _LIKE_IDENTITY,
        f"{_PROVINCE}[A-ZＡ-Ｚ].?[A-Z0-9Ａ-Ｚ０-９]{{5}}",
        f"(?:号楼|栋|幢|号院){_GAP}{_D}+单元",
    )
)
"""The same without looking around, for Arrow's engine: every cell that the exact patterns find has one of these."""


def mask(text: str) -> str:
    """Return the text, at most 40 characters, with every number of a person replaced by stars but for its ends."""
    normal = unicodedata.normalize("NFKC", text)
    return _IN_NOTES.sub(lambda match: _stars(match[0]), normal)[:_SHOWN]


def holds_personal(text: str) -> bool:
    """Whether a text holds a mobile, identity or plate number."""
    return bool(_ANY.search(unicodedata.normalize("NFKC", text)))


def holds_in_notes(text: str) -> bool:
    """Whether a free text holds one of those, or a room (3号楼2单元502室)."""
    return bool(_IN_NOTES.search(unicodedata.normalize("NFKC", text)))


def personal_cells(text: pd.Series, *, kind: str, notes: bool) -> np.ndarray:
    """Return which cells hold personal numbers (booleans by position).

    kind: the columns.csv type. Codes (id, ids) have digits of their own: there only a whole identity number with a
    right check digit counts. notes: free text (personal = risk), where a room (3号楼2单元502室) counts too.
    """
    holds: Callable[[str], bool]
    if kind in ("id", "ids"):
        candidates, holds = text.str.contains(_LIKE_IDENTITY, regex=True), _is_identity
    else:
        candidates, holds = text.str.contains(_LIKE_PERSONAL, regex=True), (holds_in_notes if notes else holds_personal)
    found: np.ndarray = candidates.to_numpy(dtype=bool).copy()
    found[found] = [holds(cell) for cell in text[found].to_numpy(dtype=object)]
    return found


def _is_identity(cell: str) -> bool:
    digits = cell.strip().upper()
    if not re.fullmatch(_IDENTITY, digits):
        return False
    total = sum(int(c) * w for c, w in zip(digits[:17], _WEIGHTS, strict=True))
    return _CHECK[total % 11] == digits[17]


def _stars(found: str) -> str:
    return found[:3] + "*" * max(4, len(found) - 5) + found[-2:] if len(found) > 7 else found[:2] + "*****"
