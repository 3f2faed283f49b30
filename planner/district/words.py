"""Words in cells: yes and no, enumerations with their synonyms, property service and its firm, words for unknown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from planner.district.grid import plain
from planner.district.reading import Reading
from planner.policy import split_list

YES = frozenset(
    {"是", "有", "对", "√", "✓", "✔", "☑", "y", "yes", "true", "t", "1", "1.0"}
    | {"已", "已有", "已安装", "已建", "已接入", "已完成", "已设", "已设置"}
    | {"具备", "可", "可以", "能", "正常", "完好", "存在", "需要"}
)
NO = frozenset(
    {"否", "无", "没有", "没", "错", "×", "✗", "✘", "x", "n", "no", "false", "f", "0", "0.0"}
    | {"未", "未有", "未安装", "未建", "未接入", "未完成", "未设", "未设置"}
    | {"不具备", "不可", "不可以", "不能", "不是", "不存在", "不需要"}
)
NOT_APPLICABLE = frozenset({"na", "不适用", "不涉及"})
_BRACKET = re.compile(r"^(.+?)\([^()]*\)$")
_NEGATION = re.compile(r"(不|未|没|非|无|没有|并非|尚未|暂无)$")
_LIST = re.compile(r"[;,、|/+和及\s]+")
_SUFFIX = re.compile(r"(级|类|型|制)$")
_FIRM = re.compile(r"^(?!无|没|未|非|原|由|暂无).{2,}(有限|责任|股份|集团|分|服务|管理|物业)公司.{0,12}$")
_SHORT_FIRM = re.compile(r"^(?!无|没|未|非|原|由|暂无|有|是).{2,}(物业|物业管理处|物业服务中心|物业服务部|房产|置业)$")


@dataclass(frozen=True, slots=True)
class Choices:
    """The values of an enumeration by their plain text, and all words that are found inside a cell, longest first."""

    values: Mapping[str, str]
    parts: tuple[tuple[str, str], ...]

    def says(self, words: str) -> bool:
        """Whether the words are a value or one of its synonyms as a whole (不详 may be one, and then is no blank)."""
        return words in self.values or any(words == part for part, _ in self.parts)


@lru_cache(maxsize=1024)
def choices(values: str, synonyms: str) -> Choices:
    """Return the choices of a columns.csv row: `values` as `a;b`, `synonyms` as `a=word|word;b=word`.

    A value is found inside a cell when it has at least two characters; one-character values (好, 无) must be the cell.
    """
    listed = split_list(values)
    words = [(plain(value).lower(), value) for value in listed if len(value) > 1]
    for group in split_list(synonyms):
        value, _, said = group.partition("=")
        words += [(plain(word).lower(), value.strip()) for word in said.split("|") if word.strip()]
    longest = sorted(words, key=lambda pair: (-len(pair[0]), pair[0]))
    return Choices({plain(value).lower(): value for value in listed}, tuple(longest))


def parse_choice(text: str, known: Choices) -> Reading:
    """Return the enumeration value of a cell: the value itself, else the longest word found in it.

    A word right after a negation (没有物业 for 有物业, 不正常) or two words of one length for different values are
    refused, not guessed. Anything that is not the value as written is reported (`repair.synonym`).
    """
    words = re.sub(r"\s+", "", plain(text)).lower()
    exact = known.values.get(words) or known.values.get(_SUFFIX.sub("", words))
    if exact is not None:
        return Reading(exact)
    hits = [(word, value, words.find(word)) for word, value in known.parts if word in words]
    hits = [hit for hit in hits if len(hit[0]) > 1 or hit[0] == words]
    if not hits:
        return _refused(known)
    longest = [hit for hit in hits if len(hit[0]) == len(hits[0][0])]
    word, value, place = longest[0]
    negated = _NEGATION.search(words[:place]) and not _NEGATION.match(word)
    if negated or len({hit[1] for hit in longest}) > 1:
        return _refused(known)
    return Reading(value, "repair.synonym", {"kept": value})


def parse_choice_list(text: str, known: Choices) -> Reading:
    """Return the values of a list cell joined by `;` as they come, each once; one unknown word refuses the cell."""
    whole = parse_choice(text, known)
    if not whole.rule and whole.value is not None:
        return whole
    parts = [part for part in _LIST.split(plain(text)) if part]
    readings = [parse_choice(part, known) for part in parts]
    if not readings or any(reading.value is None for reading in readings):
        return _refused(known)
    kept = ";".join(dict.fromkeys(reading.value for reading in readings))
    return Reading(kept, "" if kept == text.strip() else "repair.synonym", {"kept": kept})


def parse_property(text: str, known: Choices) -> Reading:
    """Return the property status of a free-text cell; a firm's name is 专业物业 with that firm in params `firm`."""
    words = plain(text)
    if _FIRM.match(words):
        return _firm(words)
    reading = parse_choice(text, known)
    if reading.value is None and len(words) >= 4 and _SHORT_FIRM.match(words):
        return _firm(words)
    return reading


def parse_bool(text: str) -> Reading:
    """Return True or False for the words of yes and no; a remark in brackets is reported, anything else refused."""
    words = re.sub(r"\s+", "", plain(text)).lower()
    remark = _BRACKET.match(words)
    core = remark[1] if remark else words
    value = True if core in YES else False if core in NO else None
    if value is None:
        return Reading(rule="cell.bool")
    return Reading(value, "repair.bool", {"kept": "是" if value else "否"}) if remark else Reading(value)


def _firm(name: str) -> Reading:
    return Reading("专业物业", "repair.firm", {"kept": "专业物业", "firm": name})


def _refused(known: Choices) -> Reading:
    return Reading(rule="cell.choice", params={"choices": "、".join(known.values.values())})
