"""What the table of 数据核对 shows: its rules, the rows of the open one, the problems of the chosen compound.

Nothing here is escaped: the script shows every text by textContent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from planner.district.district import LAYERS, TABLES, District
from planner.outputs.import_note import table_name
from planner.outputs.quality_view import Findings
from planner.outputs.quality_words import rule_title
from planner.policy import Policy
from planner.text import load_words, render_problems, t

MOST_OF_ONE = 60
"""Problems of the chosen compound that are listed; the rest is counted."""


def table_words(lang: str) -> dict[str, str]:
    """Return the words of the table."""
    keys = ("none", "open", "go", "close", "fix", "shown", "colon", "value")
    severities = {f"severity_{key}": t(f"web.severity.{key}", lang) for key in ("error", "warning", "info")}
    return {key: t(f"quality.table.{key}", lang) for key in keys} | severities


def group_rows(groups: pd.DataFrame, lang: str) -> list[dict[str, Any]]:
    """Return one entry per row of `quality_view.groups`: key, rule, severity, title, counts, cure."""
    return [
        {
            "rule": str(row["rule"]),
            "severity": str(row["severity"]),
            "title": rule_title(str(row["rule"]), lang),
            "count": t("quality.table.count", lang, n=f"{row['n']:,}"),
            "whose": t("quality.table.whose", lang, n=f"{row['compounds']:,}") if row["compounds"] else "",
            "fix": _cure(str(row["rule"]), lang),
        }
        for row in groups.to_dict("records")
    ]


def problem_rows(
    findings: Findings, district: District, policy: Policy, numbers: Sequence[int], lang: str
) -> list[dict[str, Any]]:
    """Return the problems with these numbers: whose they are, where they stand, what is wrong, what to do."""
    own = findings.problems.loc[list(numbers)]
    words = render_problems(own, lang)
    links = findings.links[findings.links["problem"].isin(own.index)].drop_duplicates("problem").set_index("problem")
    first = links["at"].reindex(own.index)
    index, names = district.compounds.index, district.compounds["name"]
    rows = []
    for at, (number, record) in zip(first, zip(own.index, words.to_dict("records"), strict=True), strict=True):
        key = "" if pd.isna(at) else str(index[int(at)])
        name = "" if not key else key if pd.isna(names.iloc[int(at)]) else str(names.iloc[int(at)])
        rows.append({"n": int(number), "id": key, "name": name, **_place(record, policy, lang)})
    return rows


def _place(record: dict[Any, Any], policy: Policy, lang: str) -> dict[str, str]:
    file, column = str(record["file"]), str(record["column"])
    row = "" if pd.isna(record["row"]) else t("quality.table.row", lang, n=int(record["row"]))
    return {
        "severity": str(record["severity"]),
        "rule": rule_title(str(record["rule"]), lang),
        "file": " ".join(filter(None, (_file_words(file, column, lang), row))),
        "title": file,
        "column": column_words(file, column, policy, lang),
        "value": str(record["value"]),
        "message": str(record["message"]),
        "fix": str(record["fix"]),
    }


def column_words(file: str, column: str, policy: Policy, lang: str) -> str:
    """Return a field by its label; what the file calls it otherwise."""
    if column == "geometry":
        return t("quality.table.geometry", lang)
    columns = policy.columns
    own = columns[(columns["table"] == _table_of(file)) & (columns["field"] == column)]
    return str(own[f"label_{lang}"].iloc[0]) if len(own) else column


def _file_words(file: str, column: str, lang: str) -> str:
    table = _table_of(file)
    if table == "compounds" and column == "geometry":
        return t("quality.table.outline", lang)
    return table_name(table, lang) if table in (*LAYERS, *TABLES, "compounds") else file


def _table_of(file: str) -> str:
    """geo/district.gpkg:entrances, governance/meetings.csv and compounds.csv as the tables of columns.csv."""
    return file.rpartition(":")[2] if ":" in file else file.rpartition("/")[2].partition(".")[0]


def _cure(rule: str, lang: str) -> str:
    """The cure of a rule where it is the same for all its rows; else each row says its own."""
    template = load_words()[f"problem.{rule}.fix"][lang]
    return "" if "{" in template else template
