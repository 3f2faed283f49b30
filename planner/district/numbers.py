"""Numbers as offices write them: 约80户, 1,234, 1.2万平方米, 0.5元/平米/月, 85%, 三百二十."""

from __future__ import annotations

import re
from decimal import Decimal

from planner.district.grid import plain
from planner.district.numerals import CHARACTERS, DIGITS, chinese_number
from planner.district.reading import Reading

_ABOUT = ("大约", "大概", "约为", "约计", "将近", "接近", "估计", "左右", "约", "約", "近", "估")
_AT_LEAST = ("超过", "多于", "不少于", "不低于", "逾", "超", ">=", "≥", ">")
_TOTAL = ("总共", "共计", "合计", "共有", "现有", "共", "计", "有")
_AT_MOST = ("不足", "不到", "不超过", "少于", "小于", "<=", "≤", "<", "以下", "以内")
_TAILS = ("左右", "上下", "以上", "余", "多", "+")
_NUMBER = re.compile(r"([-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?)")
_CHINESE = re.compile(f"([{CHARACTERS}]+)")
_BRACKET = re.compile(r"^(.*?\S)\([^()]*\)$")
_RANGE = re.compile(r"\d[^\d,.~至到—–-]{0,8}(?:~|至|到|—|–|-{1,2})[^\d]{0,2}\d")
_TIMES = {"百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_LIMIT = 1e15
_DIGITS = 30
_ZEROS = frozenset(c for c, digit in DIGITS.items() if digit == 0)

Factors = dict[str, int | Decimal]
_AREA: Factors = {"平方米": 1, "平米": 1, "m2": 1, "平方": 1, "平": 1, "方": 1}
_AREA |= {"公顷": 10_000, "ha": 10_000, "亩": Decimal(2000) / 3}
_LENGTH: Factors = {
    "米": 1,
    "m": 1,
    "公里": 1_000,
    "千米": 1_000,
    "km": 1_000,
    "厘米": Decimal("0.01"),
    "cm": Decimal("0.01"),
}
_MONEY: Factors = {"元": 1, "块": 1, "块钱": 1, "圆": 1, "人民币": 1}
_GATE: Factors = {"樘": 1, "套": 1, "个": 1, "处": 1, "扇": 1, "道": 1, "单元": 1}
UNITS: dict[str, Factors] = {
    "平方米": _AREA,
    "米": _LENGTH,
    "元": _MONEY,
    "毫米": {"毫米": 1, "mm": 1, "厘米": 10, "cm": 10, "米": 1_000, "m": 1_000},
    "比例": {"%": Decimal("0.01"), "成": Decimal("0.1"), "‰": Decimal("0.001")},
    "%": {"%": 1},
    "摄氏度": {"度": 1, "°c": 1, "℃": 1, "摄氏度": 1},
    "度": {"度": 1, "°": 1},
    "户": {"户": 1, "家": 1, "套": 1, "户居民": 1, "住户": 1},
    "人": {"人": 1, "名": 1, "位": 1, "个": 1, "口": 1, "口人": 1},
    "栋": {"栋": 1, "幢": 1, "座": 1, "栋楼": 1, "幢楼": 1, "座楼": 1, "楼": 1, "个": 1},
    "个": {"个": 1, "处": 1, "单元": 1, "个单元": 1, "位": 1, "台": 1, "个车位": 1},
    "处": {"处": 1, "个": 1, "座": 1, "块": 1, "片": 1},
    "樘": _GATE,
    "套": {**_GATE, "车道": 1, "台": 1},
    "路": {"路": 1, "个": 1, "台": 1, "点": 1, "个点": 1, "点位": 1, "个点位": 1, "套": 1, "处": 1, "只": 1, "支": 1},
    "辆": {"辆": 1, "台": 1, "部": 1},
    "部": {"部": 1, "台": 1, "个": 1},
    "盏": {"盏": 1, "个": 1, "只": 1},
    "口": {"口": 1, "个": 1, "处": 1, "路": 1},
    "件": {"件": 1, "起": 1, "次": 1, "宗": 1, "例": 1, "个": 1, "项": 1, "多件": 1},
    "次": {"次": 1, "起": 1, "回": 1},
    "天": {"天": 1, "日": 1},
    "层": {"层": 1, "楼": 1},
    "条": {"条": 1, "个": 1, "车道": 1},
    "分": {"分": 1},
}
"""Words that may follow a number in a column of that unit (columns.csv `unit`), and what they multiply it by."""


def parse_number(text: str, unit: str, *, whole: bool = False) -> Reading:
    """Return the number that a cell says, in the column's unit, or a refusal.

    Thousands, full-width digits, 万, unit words, remarks in brackets, 约, 余 and Chinese numerals are read and reported
    (`repair.number`, `repair.about`, `repair.at_least`). Ranges, upper limits, a unit that does not belong to the
    column, fractions where whole numbers are due and anything else are refused: their value is unknown.
    """
    words = re.sub(r"\s+", "", plain(text)).lower().replace("¥", "").replace("￥", "")
    remark = _BRACKET.match(words)
    core = remark[1] if remark else words
    if _RANGE.search(core):
        return Reading(rule="cell.range")
    if any(core.startswith(word) or core.endswith(word) for word in _AT_MOST):
        return Reading(rule="cell.at_most")
    core, degree = _degree(core)
    number, rest = _leading_number(core)
    if number is None or (whole and "e" in core):
        return _none_means_zero(core) if whole else Reading(rule="cell.number")
    return _valued(number, rest, degree, unit=unit, whole=whole)


def is_percent_of_ratio(value: float) -> bool:
    """Whether a number in a ratio column is likely a percentage without its sign: 85 for 0.85."""
    return 1 < value <= 100


def _valued(number: Decimal, rest: str, degree: str, *, unit: str, whole: bool) -> Reading:
    rest, more = _tail(rest)
    factor = _factor(rest, unit)
    if factor is None and rest[0] in ",.":
        return Reading(rule="cell.number")
    if factor is None:
        return Reading(rule="cell.unit", params={"unit": unit, "found": rest})
    if number.adjusted() >= _DIGITS:
        return Reading(rule="cell.number")
    value = number * factor
    if abs(value) >= _LIMIT:
        return Reading(rule="cell.number")
    if whole and value != value.to_integral_value():
        return Reading(rule="cell.integer")
    kept = int(value) if whole else float(value)
    rule = {"": "repair.number", "about": "repair.about", "at_least": "repair.at_least"}[more or degree]
    return Reading(kept, rule, {"kept": f"{kept:.12g}"})


def _degree(core: str) -> tuple[str, str]:
    for words, degree in ((_AT_LEAST, "at_least"), (_ABOUT, "about"), (_TOTAL, "")):
        for word in words:
            if core.startswith(word) and len(core) > len(word):
                return core[len(word) :], degree
    return core, ""


def _leading_number(core: str) -> tuple[Decimal | None, str]:
    if core.startswith("百分之"):
        number, rest = _leading_number(core[3:])
        return number, f"{rest}%"
    match = _NUMBER.match(core)
    if match:
        return Decimal(match[1].replace(",", "")), core[match.end() :]
    match = _CHINESE.match(core)
    said = chinese_number(match[1]) if match else None
    if said is None or match is None or (said == 0 and not set(match[1]) & _ZEROS):
        return None, core
    return Decimal(said), core[match.end() :]


def _none_means_zero(core: str) -> Reading:
    """无 in a column of counts is a statement: there is none. It is not a word for unknown."""
    none = core in ("无", "没有", "无此项")
    return Reading(0, "repair.none", {"kept": "0"}) if none else Reading(rule="cell.number")


def _tail(rest: str) -> tuple[str, str]:
    for word in _TAILS:
        if rest.endswith(word):
            return rest[: -len(word)], "about" if word in ("左右", "上下") else "at_least"
    match = re.match(r"([百千万亿]?)([余多来])(.*)$", rest)
    return (match[1] + match[3], "at_least") if match else (rest, "")


def _factor(rest: str, unit: str) -> Decimal | None:
    """What a number with this rest is multiplied by, None where the rest is no unit of the column."""
    times = Decimal(1)
    if rest == "":
        return times
    if "/" in unit:
        return _fee_factor(rest)
    known = UNITS.get(unit, {unit: 1})
    if rest in known:
        return Decimal(known[rest])
    if rest[0] in _TIMES:
        times, rest = Decimal(_TIMES[rest[0]]), rest[1:]
        return times if rest == "" else times * known[rest] if rest in known else None
    return None


def _fee_factor(rest: str) -> Decimal | None:
    """元/平米/月 in any order and with any stroke; a yearly fee is a twelfth a month."""
    parts = set(re.sub(r"平方米|平米|平方|m2|平", "m2", re.sub(r"每|[·.、*]", "/", rest)).split("/")) - {""}
    if parts <= {"元", "块", "m2", "月", "m2月"} and parts & {"元", "块"}:
        return Decimal(1)
    if parts <= {"元", "块", "m2", "年", "m2年"} and "m2" in parts and parts & {"年", "m2年"}:
        return Decimal(1) / 12
    return None
