"""Checks of the policy tables: every mistake at once, each with file, row, column, value and choices."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from planner.errors import join_problems, problem, problem_rows

_HEADER_LINES: Mapping[str, str] = {
    "columns.csv": "table,field,label_zh,label_en,aliases,type,unit,values,synonyms,hard_min,hard_max,soft_min,"
    "soft_max,required,survey,personal,public,grade,source",
    "criteria.csv": "code,group,label_zh,label_en,kind,raw,unit,points,weight_screen,weight_review,weight_final,scope,"
    "grade,source,note",
    "items.csv": "code,label_zh,label_en,class,unit,deficit,quantity,cost_low,cost_likely,cost_high,purse,requires,"
    "conflicts,after,custodian_min,vote,in_programmes,repairs,grade,source,note",
    "programmes.csv": "code,order,kind,label_zh,label_en,rule,params,fields,blank_means,effect,makes_listable,consent,"
    "custodian,money_purse,grade,source,note",
    "settings.csv": "key,value,unit,grade,source,note",
}
HEADERS: Mapping[str, tuple[str, ...]] = {name: tuple(line.split(",")) for name, line in _HEADER_LINES.items()}
GRADES = ("L", "P", "C", "D", "K", "J")
YES_NO = ("yes", "no")
CHOICES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("columns.csv", "type"): (
        "id", "ids", "text", "enum", "enums", "int", "year", "decimal", "ratio", "area", "money", "bool", "date",
    ),
    ("columns.csv", "required"): YES_NO,
    ("columns.csv", "survey"): YES_NO,
    ("columns.csv", "public"): YES_NO,
    ("columns.csv", "personal"): ("no", "agg", "risk", "yes"),
    ("criteria.csv", "group"): ("N", "D", "R", "V"),
    ("criteria.csv", "kind"): ("curve", "category"),
    ("criteria.csv", "scope"): ("own", "reference"),
    ("items.csv", "class"): ("safety", "basic", "improving", "repair"),
    ("items.csv", "custodian_min"): ("none", "self_group", "community", "firm"),
    ("items.csv", "vote"): ("none", "ordinary", "special"),
    ("programmes.csv", "kind"): ("exclusion", "hold", "programme", "candidate", "note", "suppress", "overlay"),
    ("programmes.csv", "makes_listable"): YES_NO,
    **{(name, "grade"): GRADES for name in HEADERS},
}  # fmt: skip
NUMBERS: Mapping[str, tuple[str, ...]] = {
    "criteria.csv": ("weight_screen", "weight_review", "weight_final"),
    "items.csv": ("cost_low", "cost_likely", "cost_high"),
    "programmes.csv": ("order",),
}
KEYS: Mapping[str, tuple[str, ...]] = {
    "columns.csv": ("table", "field"),
    "criteria.csv": ("code",),
    "items.csv": ("code",),
    "programmes.csv": ("code",),
    "settings.csv": ("key",),
}
ITEM_REFERENCES = ("conflicts", "after", "repairs")
_NOTHING = join_problems([])


def check_policy(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return every mistake of the five policy tables as a problem table (empty when they are sound).

    ``tables`` maps file name to a table of text cells. A table whose header is wrong is not looked at further.
    """
    headers = [_check_header(name, table) for name, table in tables.items()]
    sound = {name: table for (name, table), found in zip(tables.items(), headers, strict=True) if not len(found)}
    found = [*headers]
    for name, table in sound.items():
        found += [_check_unique(name, table), *_check_choices(name, table), *_check_numbers(name, table)]
    if "criteria.csv" in sound:
        found += _check_criteria(sound["criteria.csv"])
    if "items.csv" in sound:
        found += _check_item_references(sound["items.csv"])
    if {"columns.csv", "programmes.csv", "items.csv"} <= set(sound):
        found += [_check_programme_fields(sound["programmes.csv"], sound["columns.csv"])]
        found += [_check_item_programmes(sound["items.csv"], sound["programmes.csv"])]
    return join_problems(found)


def check_criteria_numbers(criteria: pd.DataFrame) -> pd.DataFrame:
    """Return what `check_policy` finds in the weights and breakpoints of criteria.csv, whose other columns are sound.

    Needed are the columns kind, points and the weights, as text cells.
    """
    return join_problems([*_check_numbers("criteria.csv", criteria), *_check_criteria(criteria)])


def _rows(mask: pd.Series) -> list[int]:
    return [int(i) + 2 for i in mask.index[mask]]


def _report(rule: str, name: str, column: str, values: pd.Series, bad: pd.Series, **params: object) -> pd.DataFrame:
    if not bad.any():
        return _NOTHING
    wrong = values[bad]
    return problem_rows(
        rule, _rows(bad), severity="error", file=name, column=column, values=wrong, params=[params] * len(wrong)
    )


def _check_header(name: str, table: pd.DataFrame) -> pd.DataFrame:
    expected, actual = HEADERS[name], tuple(table.columns)
    if actual == expected:
        return join_problems([])
    missing = "、".join(c for c in expected if c not in actual) or "—"
    extra = "、".join(c for c in actual if c not in expected) or "—"
    return problem("P02", file=name, row=1, missing=missing, extra=extra, header=",".join(expected))


def _check_unique(name: str, table: pd.DataFrame) -> pd.DataFrame:
    columns = KEYS[name]
    key = table[columns[0]] if len(columns) == 1 or not len(table) else table[list(columns)].agg(".".join, axis=1)
    return _report("P04", name, columns[-1], key, key.duplicated())


def _check_choices(name: str, table: pd.DataFrame) -> list[pd.DataFrame]:
    found = []
    for (file, column), allowed in CHOICES.items():
        if file == name:
            bad = ~table[column].isin(allowed)
            found.append(_report("P01", name, column, table[column], bad, choices="、".join(allowed)))
    return found


def _check_numbers(name: str, table: pd.DataFrame) -> list[pd.DataFrame]:
    columns = NUMBERS.get(name, ())
    return [
        _report("P03", name, c, table[c], pd.to_numeric(table[c], errors="coerce").isna() | (table[c] == ""))
        for c in columns
    ]


def _check_criteria(criteria: pd.DataFrame) -> list[pd.DataFrame]:
    bad = ~pd.Series(
        [_points_ok(kind, cell) for kind, cell in zip(criteria["kind"], criteria["points"], strict=True)],
        index=criteria.index,
        dtype=bool,
    )
    found = [_report("P05", "criteria.csv", "points", criteria["points"], bad)]
    for column in NUMBERS["criteria.csv"]:
        weights = pd.to_numeric(criteria[column], errors="coerce")
        found.append(_report("P10", "criteria.csv", column, criteria[column], weights < 0))
        total = weights.sum()
        if abs(total - 100) > 1e-9:
            found.append(problem("P06", file="criteria.csv", column=column, value=f"{total:g}"))
    return found


def _points_ok(kind: str, cell: str) -> bool:
    try:
        parts = [part.rsplit(":", 1) for part in cell.split(";") if part.strip()]
        values = [float(v) for _, v in parts]
        xs = [float(x) for x, _ in parts] if kind == "curve" else list(range(len(parts)))
    except ValueError:
        return False
    rising = all(a < b for a, b in itertools.pairwise(xs))
    falling = all(a > b for a, b in itertools.pairwise(xs))
    finite = all(map(math.isfinite, xs))
    return bool(parts) and finite and (rising or falling) and all(0 <= v <= 100 for v in values)


def _unknown_parts(cells: pd.Series, allowed: Iterable[str], strip: str = "") -> pd.Series:
    known = set(allowed)
    return pd.Series(
        [[p for p in _parts(cell, strip) if p not in known] for cell in cells], index=cells.index, dtype=object
    )


def _parts(cell: str, strip: str = "") -> list[str]:
    return [p.strip().rstrip(strip) for p in cell.split(";") if p.strip()]


def _check_item_references(items: pd.DataFrame) -> list[pd.DataFrame]:
    allowed = {*items["code"], "pipes"}
    found = []
    for column in ITEM_REFERENCES:
        unknown = _unknown_parts(items[column], allowed)
        bad = unknown.map(bool)
        names = unknown.map("、".join)
        found.append(_report("P09", "items.csv", column, names, bad, choices="、".join(sorted(allowed))))
    return found


def _check_item_programmes(items: pd.DataFrame, programmes: pd.DataFrame) -> pd.DataFrame:
    unknown = _unknown_parts(items["in_programmes"], programmes["code"])
    choices = "、".join(programmes["code"])
    names = unknown.map("、".join)
    return _report("P09", "items.csv", "in_programmes", names, unknown.map(bool), choices=choices)


def _check_programme_fields(programmes: pd.DataFrame, columns: pd.DataFrame) -> pd.DataFrame:
    compound = columns.loc[columns["table"] == "compounds", "field"]
    allowed: set[str] = {*compound, *programmes["code"], *_qualified(columns)}
    unknown = _unknown_parts(programmes["fields"], allowed)
    names: pd.Series = unknown.map("、".join)
    choices = "columns.csv: field / table.field"
    return _report("P09", "programmes.csv", "fields", names, unknown.map(bool), choices=choices)


def _qualified(columns: pd.DataFrame) -> Sequence[str]:
    return [f"{table}.{field}" for table, field in zip(columns["table"], columns["field"], strict=True)]
