"""The data dictionary: every field that comes in and every column that goes out, from the tables that define them.

The same rows make docs/data_dictionary.md and the codebook sheet of a workbook.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from planner.outputs.columns import ITEM_COLUMNS, PROGRAMME_COLUMNS, RANKING_HEAD, SUFFIXES
from planner.policy import Policy, split_list
from planner.text import t

_FIELD_HEADINGS = ("field", "label", "type", "unit", "values", "range", "required", "survey", "public", "source")


def codebook(policy: Policy, lang: str = "zh") -> pd.DataFrame:
    """Return every column of the result files: file, column, meaning, unit; criteria carry their own label and unit."""
    fixed = [
        ("ranking", RANKING_HEAD),
        ("item_list", ITEM_COLUMNS),
        ("programmes", PROGRAMME_COLUMNS),
    ]
    rows = [(file, name, t(f"docs.{file}.{name}", lang), "") for file, names in fixed for name in names]
    at = len(RANKING_HEAD)
    rows[at:at] = [row for code in policy.criteria.index for row in _criterion_rows(policy, str(code), lang)]
    return pd.DataFrame(rows, columns=["file", "column", "meaning", "unit"])


def data_dictionary(policy: Policy) -> str:
    """Return the data dictionary as Markdown: the tables of columns.csv, then the result files; Chinese and English."""
    tables = policy.columns["table"].drop_duplicates()
    parts = [t("docs.dictionary.head", "zh"), t("docs.dictionary.head", "en"), "## " + _both("docs.dictionary.inputs")]
    parts += [_input_section(policy, str(table)) for table in tables]
    parts += ["## " + _both("docs.dictionary.results")]
    parts += [_result_section(policy, file) for file in ("ranking", "item_list", "programmes")]
    return "\n\n".join(parts) + "\n"


def _criterion_rows(policy: Policy, code: str, lang: str) -> list[tuple[str, str, str, str]]:
    label, unit = policy.label("criteria", code, lang), str(policy.criteria.at[code, "unit"])
    rows = []
    for suffix in SUFFIXES:
        meaning = t(f"docs.ranking.criterion{suffix}", lang, label=label)
        rows.append(("ranking", f"{code}{suffix}", meaning, unit if suffix == "_x" else ""))
    return rows


def _input_section(policy: Policy, table: str) -> str:
    head = [_both(f"docs.dictionary.{name}") for name in _FIELD_HEADINGS]
    rows = [_field_cells(name, row) for name, row in policy.fields(table).iterrows()]
    return f"### {table}：{_both(f'docs.table.{table}')}\n\n" + _markdown(head, rows)


def _field_cells(name: object, row: pd.Series) -> list[str]:
    hard, soft = _range(row["hard_min"], row["hard_max"]), _range(row["soft_min"], row["soft_max"])
    ranges = " ".join(part for part in (hard, f"({soft})" if soft else "") if part)
    flags = [_tick(row[flag]) for flag in ("required", "survey", "public")]
    label, values = f"{row['label_zh']} {row['label_en']}", "、".join(split_list(row["values"]))
    return [f"`{name}`", label, row["type"], row["unit"], values, ranges, *flags, f"{row['source']} [{row['grade']}]"]


def _range(low: str, high: str) -> str:
    return f"{low}–{high}" if low or high else ""


def _tick(cell: str) -> str:
    return "✓" if cell == "yes" else ""


def _result_section(policy: Policy, file: str) -> str:
    zh, en = codebook(policy, "zh"), codebook(policy, "en")
    chosen = zh["file"] == file
    rows = [
        [f"`{name}`", f"{meaning}<br>{english}", unit]
        for name, meaning, english, unit in zip(
            zh.loc[chosen, "column"], zh.loc[chosen, "meaning"], en.loc[chosen, "meaning"], zh.loc[chosen, "unit"],
            strict=True,
        )
    ]  # fmt: skip
    head = [_both(f"docs.dictionary.{name}") for name in ("column", "meaning", "unit")]
    return f"### {_both(f'docs.file.{file}')}\n\n" + _markdown(head, rows)


def _both(key: str) -> str:
    return f"{t(key, 'zh')} {t(key, 'en')}"


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
