"""Years as ledgers tell them: 1989年, 89年, 1995-1998, 90年代, 八十年代末, 1985年前后."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from planner.district.grid import plain
from planner.district.numerals import DIGITS
from planner.district.reading import Reading

_CN = "".join(DIGITS)
_DATE = re.compile(r"(\d{4})[-/.年](?:0?[1-9]|1[0-2])(?:月|(?:[-/.月](?:0?[1-9]|[12]\d|3[01])日?(?:[t ]?[\d:.]+)?)?)$")
_COMPACT = re.compile(r"(\d{4})(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$")
_SHORT_DATE = re.compile(r"(\d{2})[.年](?:0?[1-9]|1[0-2])月?$")
_YEAR = re.compile(r"(\d{4})(?:\.0+)?$")
_TOLD = re.compile(r"(?:建于|始建于|建成于|于)?(\d{4})(?:年?)(?:建成|竣工|建造|建设|建|投入使用|交付|入住|度)?$")
_SHORT = re.compile(r"(\d{2})年(?:建成|竣工|建造|建)?$")
_RANGE = re.compile(r"(\d{4})年?(?:~|至|到|—|–|-{1,2})(\d{4}|\d{2})年?(?:间|之间)?(?:建成|竣工|建)?$")
_LIST = re.compile(r"\d{4}年?(?:[、,;/和及]\d{4}年?)+$")
_ABOUT = re.compile(r"(约|大约|大概|近|估计)?(\d{4})年?(左右|前后|上下)?(?:建成|竣工|建)?$")
_ENDS = re.compile(r"(\d{4})-(\d{4})\(估\)$")
_DECADE = re.compile(
    r"(?P<century>上世纪|上个世纪|20世纪|二十世纪|19|20|18)?(?P<ten>[0-9一二三四五六七八九零〇]0|[二三四五六七八九]十|[0-9]0)"
    r"年?代(?P<part>初期|早期|前期|初|前半期|中期|中叶|中|末期|晚期|末|后期|后半期)?(?:建成|竣工|建造|建)?$"
)
_PARTS = {"初": (0, 2), "早": (0, 2), "前": (0, 4), "中": (3, 6), "末": (7, 9), "晚": (7, 9), "后": (5, 9)}
_SERIAL = (20_000, 60_000)


@dataclass(frozen=True, slots=True)
class Years:
    """The earliest and latest year a cell tells; `exact` where both are documented years, not ends of a guess."""

    low: int
    high: int
    exact: bool
    rule: str


def parse_year(text: str, margin: int) -> Reading:
    """Return the year that a cell tells.

    An exact year is a plain value; a pair of years (`repair.year_span`) has both as ends; a decade or 前后
    (`repair.year_ends`) has the mean, rounded half up, as value and its two ends. `margin` is what 前后 means, in
    years (settings.year_about_margin). What is no year, or only one end of one (1985年以前), is refused.
    """
    words = _digits(re.sub(r"\s+", " ", plain(text)).lower())
    found = _exact(words) or _pair(words) or _decade(words) or _about(words, margin)
    if found is None:
        one_end = re.search(r"\d{2,4}年?(以前|之前|前|以后|之后|后)", words)
        return Reading(rule="cell.year_one_end" if one_end else "cell.year")
    if found.exact:
        return Reading(found.low, found.rule, {"kept": found.low}, found.low, found.high)
    middle = (found.low + found.high + 1) // 2
    return Reading(middle, found.rule, {"low": found.low, "high": found.high, "kept": middle}, found.low, found.high)


def ends_text(low: int, high: int) -> str:
    """Return the text that `parse_year` reads back as a year between these ends: `1980年代`, `1983-1987（估）`."""
    return f"{low}年代" if low % 10 == 0 and high == low + 9 else f"{low}-{high}（估）"


def _digits(text: str) -> str:
    """一九八五 to 1985, so that one grammar reads both."""
    return re.sub(f"[{_CN}]{{4}}|[{_CN}]{{2}}(?=年)", lambda m: "".join(str(DIGITS[c]) for c in m[0]), text)


def _exact(words: str) -> Years | None:
    if match := _YEAR.match(words):
        return Years(int(match[1]), int(match[1]), True, "")
    if match := _DATE.match(words) or _COMPACT.match(words) or _TOLD.match(words):
        return Years(int(match[1]), int(match[1]), True, "repair.year")
    if match := _SHORT.match(words) or _SHORT_DATE.match(words) or re.match(r"([3-9]\d)$", words):
        year = _century(int(match[1]))
        return Years(year, year, True, "repair.year_short")
    if words.isdigit() and _SERIAL[0] < int(words) < _SERIAL[1]:
        year = (dt.date(1899, 12, 30) + dt.timedelta(int(words))).year
        return Years(year, year, True, "repair.year_serial")
    return None


def _century(two: int) -> int:
    return 1900 + two if two >= 30 else 2000 + two


def _pair(words: str) -> Years | None:
    if match := _ENDS.match(words):
        return _ordered(int(match[1]), int(match[2]), "repair.year_ends")
    if match := _RANGE.match(words):
        low = int(match[1])
        high = int(match[2]) if len(match[2]) == 4 else low // 100 * 100 + int(match[2])
        return _ordered(low, high, "repair.year_span")
    if _LIST.match(words):
        years = [int(year) for year in re.findall(r"\d{4}", words)]
        return Years(min(years), max(years), True, "repair.year_span")
    return None


def _ordered(low: int, high: int, rule: str) -> Years | None:
    return None if high < low else Years(low, high, rule == "repair.year_span", rule)


def _decade(words: str) -> Years | None:
    match = _DECADE.match(words)
    if not match:
        return None
    ten = int(DIGITS.get(match["ten"][0], match["ten"][0] if match["ten"][0].isdigit() else 0))
    start = _decade_start(match["century"] or "", ten)
    first, last = _PARTS[match["part"][0]] if match["part"] else (0, 9)
    return Years(start + first, start + last, False, "repair.year_ends")


def _decade_start(century: str, ten: int) -> int:
    if century in ("20", "18"):
        return int(century) * 100 + ten * 10
    return 1900 + ten * 10 if century or ten >= 3 else 2000 + ten * 10


def _about(words: str, margin: int) -> Years | None:
    match = _ABOUT.match(words)
    if not match or not (match[1] or match[3]):
        return None
    year = int(match[2])
    return Years(year - margin, year + margin, False, "repair.year_ends")
