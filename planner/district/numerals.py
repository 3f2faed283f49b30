"""Chinese numerals to numbers: 三百二十, 两万, 一九八五, 八成."""

from __future__ import annotations

DIGITS = {"零": 0, "〇": 0, "○": 0, "两": 2} | {c: n for n, c in enumerate("一二三四五六七八九", start=1)}
_SMALL = {"十": 10, "百": 100, "千": 1_000}
_LARGE = {"万": 10_000, "亿": 100_000_000}
CHARACTERS = "".join(DIGITS) + "".join(_SMALL) + "".join(_LARGE)


def chinese_number(text: str) -> int | None:
    """Return the whole number that the numerals say, None where they say none: 三百二十 is 320, 一九八五 is 1985."""
    if not text or any(c not in CHARACTERS for c in text):
        return None
    if all(c in DIGITS for c in text):
        return int("".join(str(DIGITS[c]) for c in text))
    total = section = digit = 0
    for c in text:
        if c in DIGITS:
            digit = DIGITS[c]
        elif c in _SMALL:
            section += (digit or 1) * _SMALL[c]
            digit = 0
        else:
            total = (total + section + digit) * _LARGE[c]
            section = digit = 0
    return total + section + digit
