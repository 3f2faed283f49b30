"""Choices that an exporter spread over columns (`access_type/刷卡` with 1 and 0) back in the one cell that they are."""

from __future__ import annotations

import pandas as pd

from planner.district.grid import plain, word_key
from planner.district.survey.export_columns import last_word
from planner.district.words import YES
from planner.policy import Policy, split_list

_LIST_TYPES = ("enums",)


def join_choices(cells: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the cells with the columns `group/field/choice` of a list field as one column `group/field`.

    Where the export has that column as well, it counts and the others are left out. A row with no choice is blank.
    """
    fields = policy.fields("compounds")
    lists = fields[fields["type"].isin(_LIST_TYPES)]
    words = {word_key(w): str(f) for f in lists.index for w in (f, *lists.loc[f, ["label_zh", "label_en"]])}
    choices = {str(f): set(split_list(lists.at[f, "values"])) for f in lists.index}
    found: dict[str, list[str]] = {}
    for header in cells.columns:
        question, slash, choice = header.rpartition("/")
        field = words.get(last_word(question), "") if slash else ""
        if field and plain(choice) in choices[field]:
            found.setdefault(question, []).append(header)
    out = cells
    for question, headers in found.items():
        if question not in cells.columns:
            out = out.assign(**{question: _joined(cells[headers])})
    return out.drop(columns=[header for headers in found.values() for header in headers])


def _joined(columns: pd.DataFrame) -> pd.Series:
    """The choices of each row whose cell says yes, joined by ;."""
    joined = pd.Series("", index=columns.index, dtype=object)
    for header in columns.columns:
        choice = plain(header.rpartition("/")[2])
        yes = columns[header].map(lambda cell: plain(cell).lower() in YES).astype(bool)
        joined = joined.mask(yes & joined.ne(""), joined + ";" + choice).mask(yes & joined.eq(""), choice)
    return joined.astype(str)
