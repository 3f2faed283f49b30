"""Foreign headers to the fields of columns.csv: exact names, labels, aliases, units in brackets, by hand, remembered.

Comparing ignores width, case, blanks, stars and colons. Stronger readings win: what a person wrote, what was
remembered for this set of headers, the field's own name, its label, an alias; then the same without the last bracket
(户数（户）); then the last part of a Kobo or ODK path (`group/field`, `group:field`, `group-field`). Two headers that
mean one field equally well, and one that means two fields, are never decided in silence.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from planner.district.grid import plain, word_key
from planner.errors import CallError, join_problems, problem
from planner.policy import Policy, split_list
from planner.text import t

HOW = ("hand", "remembered", "name", "label", "alias", "name_unit", "label_unit", "alias_unit", "path")
"""How a header was understood, strongest first."""

DECIDED = ("hand", "left_out")
"""How a header stands that a person decided on, worth remembering."""

LEAVE_OUT = ("", "-", "不导入")
"""What a person writes right of the = to leave a column out: `theirs=` or `theirs=-`."""

COLUMNS = ["header", "field", "how", "unit", "suggestion"]
_BRACKET = re.compile(r"[(（]([^()（）]*)[)）]\s*[*:：]*\s*$")
_PATH = re.compile(r"(?i)[/:\-]|_(?=(?:latitude|longitude)$)")
_ALIKE = 0.6
_PERSONAL = re.compile(
    r"电话|手机|联系方式|身份证|证件号|业主姓名|户主|联系人|车牌|phone|mobile|id.?card", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class HeaderMap:
    """What each header means.

    columns: one row per header in file order: header, field ("" = not mapped), how (one of HOW, "left_out",
    "personal" or ""), unit (text of the header's last bracket where the field was found without it), suggestion
    (the nearest free field of an unmapped header, "").
    problems: PROBLEM_COLUMNS; a conflict or an ambiguity is an error that `theirs=ours` settles.
    """

    columns: pd.DataFrame
    problems: pd.DataFrame

    @property
    def fields(self) -> dict[str, str]:
        """Header -> field of the mapped headers, in file order."""
        mapped = self.columns[self.columns["field"] != ""]
        return dict(zip(mapped["header"], mapped["field"], strict=True))

    @property
    def units(self) -> dict[str, str]:
        """Field -> unit written in its header's bracket, where there is one."""
        mapped = self.columns[(self.columns["field"] != "") & (self.columns["unit"] != "")]
        return dict(zip(mapped["field"], mapped["unit"], strict=True))

    @property
    def unmapped(self) -> list[str]:
        """Headers without a field, in file order."""
        return list(self.columns.loc[self.columns["field"] == "", "header"])


@dataclass(frozen=True, slots=True)
class _Reading:
    field: str
    how: str
    unit: str = ""


def map_headers(
    headers: Sequence[str],
    policy: Policy,
    table: str,
    *,
    by_hand: Mapping[str, str] | None = None,
    remembered: Mapping[str, str] | None = None,
) -> HeaderMap:
    """Return which field of `table` each header means.

    by_hand, remembered: header -> field (or a value of LEAVE_OUT). Headers are compared as everywhere here, fields
    may be written as name or label. Raises CallError where `by_hand` names a header or a field that is not there.
    """
    words = _vocabulary(policy, table)
    said = _hand(by_hand or {}, headers, words, table)
    known = {h: f for h, f in _resolved(remembered or {}, headers, words).items() if h not in said}
    readings = {h: _readings(h, words) for h in headers}
    readings |= {h: [_Reading(f, "remembered", _unit(h))] for h, f in known.items()}
    readings |= {h: [_Reading(f, "hand", _unit(h))] for h, f in said.items()}
    chosen, problems = _settle(readings)
    rows = [_row(h, chosen.get(h), h in said or h in known) for h in headers]
    columns = pd.DataFrame(rows, columns=COLUMNS[:-1])
    columns["suggestion"] = _suggestions(columns, policy, table)
    return HeaderMap(columns, problems)


def header_key(headers: Iterable[str]) -> str:
    """Return the key under which a mapping of this set of headers is remembered; their order does not matter.

    >>> header_key(["小区名称", " 户数 "]) == header_key(["户数", "小区名称"])
    True
    """
    return hashlib.sha256("\n".join(sorted({word_key(h) for h in headers})).encode()).hexdigest()[:16]


def parse_mapping(text: str) -> tuple[str, str]:
    """Return the header and the field of one `theirs=ours`; CallError where there is no header or no equals sign.

    >>> parse_mapping("建成时间=built_year_min")
    ('建成时间', 'built_year_min')
    """
    theirs, sign, ours = text.rpartition("=")
    if not sign or not theirs.strip():
        raise CallError(t("import.bad_mapping", value=text))
    return theirs.strip(), ours.strip()


Vocabulary = dict[str, dict[str, list[str]]]


def _vocabulary(policy: Policy, table: str) -> Vocabulary:
    words: Vocabulary = {"name": {}, "label": {}, "alias": {}, "short": {}}
    rows = policy.fields(table)
    for field, zh, en, aliases in zip(rows.index, rows["label_zh"], rows["label_en"], rows["aliases"], strict=True):
        _add(words["name"], [str(field)], str(field))
        _add(words["label"], (zh, en), str(field))
        _add(words["alias"], split_list(aliases), str(field))
        _add(words["short"], [_BRACKET.sub("", label) for label in (zh, en) if _BRACKET.search(label)], str(field))
    return words


def _add(place: dict[str, list[str]], names: Iterable[str], field: str) -> None:
    for key in {word_key(name) for name in names if name}:
        place.setdefault(key, []).append(field)


def _readings(header: str, words: Vocabulary) -> list[_Reading]:
    """All fields that the header may mean in its strongest reading: one, several (ambiguous) or none."""
    whole, bare = word_key(header), word_key(_BRACKET.sub("", plain(header)))
    for suffix, key, unit in (("", whole, ""), ("_unit", bare, _unit(header))):
        for how in ("name", "label", "alias"):
            if fields := words[how].get(key):
                return [_Reading(field, how + suffix, unit) for field in fields]
    if fields := words["short"].get(whole):
        return [_Reading(field, "alias_unit") for field in fields]
    return _path_reading(header, words)


def _path_reading(header: str, words: Vocabulary) -> list[_Reading]:
    parts = _PATH.split(plain(header))
    if len(parts) < 2:
        return []
    last, bare = word_key(parts[-1]), word_key(_BRACKET.sub("", parts[-1]))
    for key in (last, bare):
        for how in ("name", "label", "alias"):
            if fields := words[how].get(key):
                return [_Reading(field, "path", _unit(header)) for field in fields]
    return []


def _unit(header: str) -> str:
    found = _BRACKET.search(plain(header))
    return found.group(1).strip() if found else ""


def _hand(said: Mapping[str, str], headers: Sequence[str], words: Vocabulary, table: str) -> dict[str, str]:
    keys = {word_key(h) for h in headers}
    for theirs, ours in said.items():
        if word_key(theirs) not in keys:
            raise CallError(t("import.no_such_header", header=theirs, headers="、".join(headers)))
        if ours not in LEAVE_OUT and not _field_of(ours, words):
            raise CallError(t("import.no_such_field", field=ours, table=table))
    return _resolved(said, headers, words)


def _resolved(said: Mapping[str, str], headers: Sequence[str], words: Vocabulary) -> dict[str, str]:
    wanted = {word_key(theirs): ours for theirs, ours in said.items()}
    found = {h: wanted[word_key(h)] for h in headers if word_key(h) in wanted}
    return {h: _field_of(ours, words) for h, ours in found.items() if ours in LEAVE_OUT or _field_of(ours, words)}


def _field_of(ours: str, words: Vocabulary) -> str:
    for how in ("name", "label", "alias"):
        if len(fields := words[how].get(word_key(ours), [])) == 1:
            return fields[0]
    return ""


def _settle(readings: Mapping[str, list[_Reading]]) -> tuple[dict[str, _Reading], pd.DataFrame]:
    """One header per field: the strongest; two equally strong ones, or one with two fields, go to neither."""
    problems: list[pd.DataFrame] = []
    claims: dict[str, list[tuple[str, _Reading]]] = {}
    for header, found in readings.items():
        if len(found) > 1:
            choices = "、".join(f"{header}={r.field}" for r in found)
            problems.append(problem("I01", column=header, choices=choices))
        elif found and found[0].field:
            claims.setdefault(found[0].field, []).append((header, found[0]))
    chosen: dict[str, _Reading] = {}
    for field, claimants in claims.items():
        strength = [HOW.index(reading.how) for _, reading in claimants]
        first = [claim for claim, s in zip(claimants, strength, strict=True) if s == min(strength)]
        rest = [claim for claim, s in zip(claimants, strength, strict=True) if s > min(strength)]
        if len(first) > 1:
            names = "、".join(header for header, _ in first)
            problems.append(problem("I02", column=names, value=field, example=f"{first[0][0]}={field}"))
            continue
        chosen[first[0][0]] = first[0][1]
        problems += [problem("I03", severity="info", column=h, value=field, taken=first[0][0]) for h, _ in rest]
    return chosen, join_problems(problems)


def _row(header: str, reading: _Reading | None, said: bool) -> tuple[str, str, str, str]:
    if reading is not None:
        unit = reading.unit if reading.how not in ("name", "label", "alias") else ""
        return header, reading.field, reading.how, unit
    how = "left_out" if said else "personal" if _PERSONAL.search(header) else ""
    return header, "", how, ""


def _suggestions(columns: pd.DataFrame, policy: Policy, table: str) -> list[str]:
    if not (columns["field"].eq("") & columns["how"].eq("")).any():
        return [""] * len(columns)
    taken = set(columns["field"])
    free = policy.fields(table).loc[lambda f: ~f.index.isin(taken)]
    names = {word_key(free.at[f, label]): str(f) for label in ("label_en", "label_zh") for f in free.index}
    out = []
    for row in columns.itertuples(index=False):
        near = [] if row.field or row.how else difflib.get_close_matches(word_key(row.header), names, 1, _ALIKE)
        out.append(names[near[0]] if near else "")
    return out
