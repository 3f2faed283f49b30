"""Dates as offices write them: 2024.3.5, 2024年3月, 20240305, 45356, 二〇二四年三月五日."""

from __future__ import annotations

import datetime as dt
import re

from planner.district.grid import plain
from planner.district.numerals import DIGITS, chinese_number
from planner.district.reading import Reading

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[t ].*)?$")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?(?:份)?$")
_YEAR = re.compile(r"(\d{4})年$")
_FEW = "[一二三四五六七八九十]{1,3}"
_CHINESE = re.compile(rf"([〇零○一二三四五六七八九]{{4}})年(?:({_FEW})月)?(?:({_FEW})日)?$")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?$")
_EPOCH = dt.date(1899, 12, 30)
_FIRST, _LAST = 1900, 2100


def parse_date(text: str) -> Reading:
    """Return the date that a cell says (`datetime.date`), or a refusal.

    ISO dates are plain; other forms are `repair.date`. A month or a year alone stands for its first day and says so
    (`repair.date_coarse`). Two-digit years and day-first forms (1/5/2023) are refused, as are days that do not exist.
    """
    words = _chinese(re.sub(r"\s+", " ", plain(text)).lower())
    if match := re.match(r"(\d{4})-(\d{2})-(\d{2})(?:[t ]00:00(?::00(?:\.0+)?)?z?)?$", words):
        return _dated(match.groups(), "")
    if match := _DAY.match(words) or _COMPACT.match(words):
        return _dated(match.groups(), "repair.date")
    if match := _MONTH.match(words):
        return _dated((*match.groups(), "1"), "repair.date_coarse")
    if match := _YEAR.match(words):
        return _dated((match[1], "1", "1"), "repair.date_coarse")
    if (match := _SERIAL.match(words)) and 20_000 < int(match[1]) < 60_000:
        day = _EPOCH + dt.timedelta(int(match[1]))
        return Reading(day, "repair.date_serial", {"kept": day.isoformat()})
    return Reading(rule="cell.date")


def _dated(parts: tuple[str, ...], rule: str) -> Reading:
    try:
        day = dt.date(*(int(part) for part in parts))
    except ValueError:
        return Reading(rule="cell.date")
    if not _FIRST <= day.year <= _LAST:
        return Reading(rule="cell.date")
    return Reading(day, rule, {"kept": day.isoformat()} if rule else {})


def _chinese(words: str) -> str:
    match = _CHINESE.match(words)
    if not match:
        return words
    year = "".join(str(DIGITS[c]) for c in match[1])
    rest = [f"{chinese_number(part)}{name}" for part, name in zip(match.groups()[1:], "月日", strict=True) if part]
    return f"{year}年{''.join(rest)}"
